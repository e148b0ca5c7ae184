// A second click on the same button, before the answer is there, sends nothing.
// The server books once anyway; this spares the person a puzzling second page.

const WAIT_MS = 8000; // after that the line has probably broken: let it be sent again

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  setTimeout(() => delete form.dataset.sent, WAIT_MS);
});

// The back button may show the page as it was left, with its forms marked as sent.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
