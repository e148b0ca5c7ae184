"""Pages that come quickly on a slow line."""

import gzip

import pytest
from playwright.sync_api import Page, Response

from docspot.tests.cast import make_doctor, make_specialty

MOST = 70_000  # bytes, compressed, with all that the page loads


@pytest.mark.parametrize("address", ["/", "/doctors/", "/doctors/dr-number-0/"])
def test_page_is_light(page: Page, address: str) -> None:
    for number in range(20):
        make_doctor(
            f"Dr. Number {number}",
            specialty=make_specialty(f"Medicine {number}"),
            days=range(7),
            duration=15,
            languages=("English", "Telugu"),
        )
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(address)
    weight = {response.url: len(gzip.compress(response.body())) for response in loaded}
    assert sum(weight.values()) <= MOST, weight
