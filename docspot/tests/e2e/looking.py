"""Looking at a page as it stands: axe-core's rules, small and wide, light and dark."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from docspot.tests.e2e.steps import arrive

AXE = (Path(__file__).parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
# Only what is wrong comes back: rule, place, and what is missing there.
RUN_AXE = """
async (options) => {
  const results = await axe.run(document, {...options, resultTypes: ["violations"]});
  return results.violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`
  ));
}
"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES = {
    "runOnly": {"type": "tag", "values": RULES},
    "rules": {"target-size": {"enabled": True}},  # not so by axe's own default
}
RULES_OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

PHONE, SCREEN = 360, 1280
NARROWEST = 320  # WCAG 2.2, 1.4.10: no scrolling in two directions
VIEWS: list[tuple[int, str, dict[str, Any]]] = [
    (PHONE, "light", ALL_RULES),
    (PHONE, "dark", RULES_OF_COLOUR),
    (SCREEN, "light", ALL_RULES),
]


def see(page: Page, heading: str) -> None:
    """Check that the page with this heading is there, and that nobody is kept from using it."""
    arrive(page, heading)
    look(page)


def look(page: Page) -> None:
    page.evaluate(AXE)
    found = []
    for width, scheme, rules in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme}: {wrong}" for wrong in page.evaluate(RUN_AXE, rules)]
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    found += page.evaluate(
        "() => document.documentElement.scrollWidth > innerWidth ? ['scrolls sideways'] : []"
    )
    page.set_viewport_size({"width": SCREEN, "height": 800})
    assert not found, "\n".join([page.url, *found])
