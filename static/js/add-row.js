// Add a row to a part of a form without leaving the page. Without this the button asks the server.

for (const button of document.querySelectorAll("[data-add-row]")) {
  const part = button.closest("fieldset");
  const total = part.querySelector("[name$='-TOTAL_FORMS']");
  const rows = part.querySelector(".hours-rows");
  const template = part.querySelector("template");
  const most = Number(part.querySelector("[name$='-MAX_NUM_FORMS']").value);

  button.addEventListener("click", (event) => {
    const number = Number(total.value);
    if (number >= most) {
      return; // the server says why
    }
    event.preventDefault();
    const added = document.createElement("template");
    added.innerHTML = template.innerHTML
      .replaceAll("__prefix__", number)
      .replaceAll("__number__", number + 1);
    if (number === 0) {
      rows.replaceChildren();
    }
    rows.append(added.content);
    total.value = number + 1;
    rows.lastElementChild.querySelector("input").focus();
  });
}
