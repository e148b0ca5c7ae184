// A button that prints the page; without scripts it is not shown.

for (const item of document.querySelectorAll("[data-print]")) {
  item.hidden = false;
  item.querySelector("button").addEventListener("click", () => window.print());
}
