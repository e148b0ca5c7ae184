"""The pages for everybody, in every state they can be in: home, directory, a doctor's page."""

from datetime import date, time

import pytest
from playwright.sync_api import Page, expect

from docspot.tests.cast import make_doctor, make_location, make_specialty
from docspot.tests.e2e.looking import see
from doctors.models import WorkingHours

HOME = "See a doctor, without the telephone."


def second_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text, exact=True)).to_be_visible()


def test_home_states(page: Page) -> None:
    page.goto("/")
    see(page, HOME)
    second_heading(page, "No doctor has free times yet")
    make_doctor("Dr. Smith", languages=("English", "Telugu"))
    make_doctor("Dr. Priya", specialty=make_specialty("Dermatology", "Dermatologist"), days=(4,))
    make_doctor("Dr. Idle", days=())
    page.goto("/")
    see(page, HOME)
    second_heading(page, "Next free times")


def test_directory_states(page: Page) -> None:
    page.goto("/doctors/")
    see(page, "No doctors found")
    for number in range(20):
        make_doctor(f"Dr. Number {number}", location=make_location("Guntur", name="North Clinic"))
    make_doctor("Dr. Smith", languages=("English", "Telugu"), days=(0,))
    page.goto("/doctors/?page=2")
    see(page, "21 doctors")
    page.goto("/doctors/?q=smith&language=te&free_by=2026-03-02&sort=soonest")
    see(page, "1 doctor found")
    page.goto("/doctors/?days=weekend&time=late")
    see(page, "No doctors found")
    page.goto("/doctors/?q=smith&place=Guntur")
    see(page, "No doctors found")
    page.goto("/doctors/?specialty=banana&free_by=banana")
    see(page, "Find a doctor")
    second_heading(page, "There is a problem")


def test_filters_fold_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/doctors/")
    expect(page.get_by_label("Language")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/doctors/")
    expect(page.get_by_label("Language")).to_be_hidden()
    page.get_by_text("Filter and sort").click()
    expect(page.get_by_label("Language")).to_be_visible()


def test_profile_states(page: Page) -> None:
    doctor = make_doctor(bio="Hearts, large and small.\n\nTwenty years in Hyderabad.")
    page.goto("/doctors/dr-smith/")
    see(page, "Dr. Smith")
    doctor.visit_types.create(name="Long consultation", duration_minutes=60)
    for opens, closes in ((time(8), time(9)), (time(17), time(19, 30))):
        WorkingHours.objects.create(
            doctor=doctor,
            location=make_location("Secunderabad", name="Evening Clinic"),
            weekday=1,
            opens=opens,
            closes=closes,
        )
    page.goto("/doctors/dr-smith/")
    page.get_by_label("Long consultation, 60 minutes").check()
    page.get_by_role("button", name="Show times").click()
    expect(page.get_by_label("Long consultation, 60 minutes")).to_be_checked()
    see(page, "Dr. Smith")


def test_profile_states_without_times(page: Page) -> None:
    doctor = make_doctor(days=())
    page.goto("/doctors/dr-smith/")
    see(page, "Dr. Smith")
    expect(page.get_by_text("This doctor cannot be booked here at the moment.")).to_be_visible()
    doctor.working_hours.create(
        location=make_location(),
        weekday=3,
        opens=time(9),
        closes=time(13),
        valid_from=date(2027, 4, 1),  # past the horizon
    )
    page.goto("/doctors/dr-smith/")
    see(page, "Dr. Smith")
    second_heading(page, "No free times")
    doctor.working_hours.update(valid_from=date(2026, 4, 1))
    page.goto("/doctors/dr-smith/")
    see(page, "Dr. Smith")
    second_heading(page, "No free times this week")
    page.get_by_role("link", name="Thursday 2 April 2026, 9:00am").click()
    expect(page.get_by_role("link", name="Thursday 2 April, 9:30am")).to_be_visible()
    doctor.visit_types.update(is_active=False)
    page.goto("/doctors/dr-smith/")
    see(page, "Dr. Smith")
    expect(page.get_by_text("This doctor cannot be booked here at the moment.")).to_be_visible()


@pytest.mark.thorough
def test_api_description(page: Page) -> None:
    page.goto("/api/docs/")
    see(page, "The API")
