"""Two ways to use a page. Both find things as people do: by what they are and are called."""

from playwright.sync_api import Locator, Page

from docspot.tests.e2e.steps import arrive


class Pointer:
    """Points at things and clicks; types into fields."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def arrive(self, heading: str) -> None:
        arrive(self.page, heading)

    def press(self, role: str, name: str) -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).press_sequentially(text)


class Keyboard(Pointer):
    """Has no pointer: goes from one thing to the next with Tab, as far as it takes."""

    FURTHEST = 150

    def press(self, role: str, name: str) -> None:
        self.go_to(self.page.get_by_role(role, name=name, exact=True).first)
        self.page.keyboard.press("Space" if role in {"button", "radio"} else "Enter")

    def write(self, label: str, text: str) -> None:
        self.go_to(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def go_to(self, target: Locator) -> None:
        for _ in range(self.FURTHEST):
            self.page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"Tab does not get to {target}")
