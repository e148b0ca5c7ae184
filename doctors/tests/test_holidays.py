"""Public holidays: which there are, which are left to take over, closing on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from docspot.tests import cast
from docspot.tests.desk import change_url
from docspot.tests.fixtures import browser_of
from doctors import services
from doctors.holidays import known_calendars, not_closed, public_holidays, whole_day
from doctors.models import Location, TimeOff

KOLKATA, LONDON = ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/London")
GOOD_FRIDAY, EASTER_MONDAY = date(2026, 4, 3), date(2026, 4, 6)
EASTER = [(GOOD_FRIDAY, "Good Friday"), (EASTER_MONDAY, "Easter Monday")]


def test_calendars_are_those_of_countries_and_their_regions() -> None:
    assert {"IN", "IN-TS", "GB", "GB-SCT", "US"} <= known_calendars()
    assert not {"XX", "IN-XX", "in", ""} & known_calendars()


def test_holidays_are_those_between_two_days_both_included() -> None:
    found = public_holidays("GB-ENG", GOOD_FRIDAY, EASTER_MONDAY)
    assert found == EASTER
    assert public_holidays("GB-ENG", date(2026, 4, 4), date(2026, 4, 5)) == []


def test_whole_day_lasts_from_midnight_to_midnight_there() -> None:
    assert whole_day(date(2026, 3, 29), LONDON) == (
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 23, tzinfo=UTC),  # the clock goes forward on that day
    )


@pytest.mark.parametrize(
    ("closure", "left"),
    [
        ((cast.at(3, 0, month=4), cast.at(4, 0, month=4)), EASTER[1:]),
        ((cast.at(1, 0, month=4), cast.at(30, 0, month=4)), []),
        ((cast.at(3, 0, 1, month=4), cast.at(4, 0, month=4)), EASTER),
        ((cast.at(3, 0, month=4), cast.at(3, 23, 59, month=4)), EASTER),
    ],
)
def test_day_is_closed_if_one_closure_covers_it_whole(
    closure: tuple[datetime, datetime], left: list[Any]
) -> None:
    assert not_closed(EASTER, [closure], KOLKATA) == left


# Closing a place


@pytest.fixture
def place(db: None) -> Location:
    return cast.make_location(holiday_calendar="GB-ENG")


def closures(place: Location) -> list[tuple[datetime, datetime, str]]:
    return list(place.time_off.values_list("start", "end", "reason"))


def test_close_on_closes_from_midnight_to_midnight_of_the_place(place: Location) -> None:
    assert services.close_on(location=place, days=EASTER) == 2
    assert closures(place) == [
        (cast.at(3, 0, month=4), cast.at(4, 0, month=4), "Good Friday"),
        (cast.at(6, 0, month=4), cast.at(7, 0, month=4), "Easter Monday"),
    ]


def test_close_on_passes_over_days_that_are_closed(place: Location) -> None:
    services.close_on(location=place, days=EASTER[:1])
    assert services.close_on(location=place, days=EASTER) == 1
    assert services.close_on(location=place, days=EASTER) == 0
    assert len(closures(place)) == 2


def test_close_on_closes_no_other_place(place: Location) -> None:
    services.close_on(location=cast.make_location("Guntur"), days=EASTER)
    assert services.close_on(location=place, days=EASTER) == 2


def test_close_on_closes_a_day_that_is_named_twice_once(place: Location) -> None:
    assert services.close_on(location=place, days=[*EASTER, *EASTER]) == 2


def test_close_on_cuts_a_long_name(place: Location) -> None:
    services.close_on(location=place, days=[(GOOD_FRIDAY, "x" * 300)])
    assert closures(place)[0][2] == "x" * 200


# The page


@pytest.fixture
def desk(staff: User, clock: time_machine.Traveller) -> Client:
    return browser_of(staff)


def url_of(place: Location) -> str:
    return reverse("admin:doctors_location_holidays", args=[place.pk])


def offered(client: Client, place: Location) -> list[str]:
    form = client.get(url_of(place)).context["form"]
    return [label for _, label in form.fields["days"].choices]


def test_page_lists_the_holidays_of_18_months_all_ticked(desk: Client, place: Location) -> None:
    days = offered(desk, place)
    assert days[0] == "Friday 3 April 2026: Good Friday"
    assert days[-1] == "Monday 30 August 2027: Late Summer Bank Holiday"
    page = desk.get(url_of(place)).content.decode()
    assert page.count('type="checkbox"') == page.count("checked") == len(days)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (cast.at(3, 0, month=4), "Friday 3 April 2026: Good Friday"),  # in London still Thursday
        (cast.at(4, 0, month=4), "Monday 6 April 2026: Easter Monday"),
    ],
)
def test_page_begins_with_today_at_the_place(
    staff: User, place: Location, clock: time_machine.Traveller, now: datetime, first: str
) -> None:
    clock.move_to(now)
    assert offered(browser_of(staff), place)[0] == first


def test_page_closes_on_the_days_that_are_ticked(desk: Client, place: Location) -> None:
    response = desk.post(url_of(place), {"days": ["2026-04-03"]}, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "City Heart Clinic, Hyderabad will be closed on 1 more day."
    ]
    assert [reason for *_, reason in closures(place)] == ["Good Friday"]
    assert offered(desk, place)[0] == "Monday 6 April 2026: Easter Monday"


@pytest.mark.parametrize(
    ("days", "error"),
    [
        ([], "Tick the days on which the place shall be closed."),
        (["2026-04-04"], "Tick days from the list. It has changed meanwhile."),
        (["banana"], "Tick days from the list. It has changed meanwhile."),
    ],
)
def test_page_closes_on_no_other_days(
    desk: Client, place: Location, days: list[str], error: str
) -> None:
    response = desk.post(url_of(place), {"days": days})
    assert response.context["form"].errors == {"days": [error]}
    assert error in response.content.decode()
    assert closures(place) == []


def test_page_says_when_nothing_is_left(desk: Client, place: Location) -> None:
    place.time_off.create(start=cast.NOW, end=cast.at(1, 0, month=3).replace(year=2030))
    page = desk.get(url_of(place)).content.decode()
    assert "closed on all public holidays of GB-ENG" in page
    assert "Close on these days" not in page


def test_page_without_a_calendar_says_what_to_do(desk: Client) -> None:
    place = cast.make_location()
    page = desk.get(url_of(place)).content.decode()
    assert "This place has no calendar of public holidays." in page
    assert "Close on these days" not in page
    assert desk.post(url_of(place), {"days": ["2026-04-03"]}).status_code == 200
    assert closures(place) == []


def test_page_of_the_place_leads_to_it(desk: Client, place: Location) -> None:
    assert f'href="{url_of(place)}"' in desk.get(change_url(place)).content.decode()


def test_page_of_no_place_leads_to_the_front_desk(desk: Client, place: Location) -> None:
    for key in ("0", "banana"):
        response = desk.get(reverse("admin:doctors_location_holidays", args=[key]))
        assert response.status_code == 302


@pytest.mark.parametrize(
    ("codenames", "status"),
    [
        (["change_location", "add_timeoff"], 200),
        (["change_location"], 403),
        (["add_timeoff", "view_location"], 403),
    ],
)
def test_page_is_for_who_may_change_the_place_and_add_time_off(
    place: Location, clock: time_machine.Traveller, codenames: list[str], status: int
) -> None:
    clerk = cast.make_user(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = browser_of(clerk)
    assert client.get(url_of(place)).status_code == status
    client.post(url_of(place), {"days": ["2026-04-03"]})
    assert TimeOff.objects.exists() is (status == 200)
