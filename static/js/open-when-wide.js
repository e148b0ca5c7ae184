// Filters are folded on a phone and open on a wide screen. New browsers do that by site.css alone;
// this is for the rest, which cannot show the inside of a closed <details>.

if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 56em)").matches) {
  for (const details of document.querySelectorAll("details.open-when-wide")) {
    details.open = true;
  }
}
