"""The figures of the front desk, and who is shown them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, User
from appointments.dashboard.figures import BANDS, Figures, Statuses, Use, by_use
from appointments.dashboard.periods import Period, last_days
from appointments.dashboard.selectors import figures_of, main_zone, zones_in_use
from appointments.models import Appointment
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_location
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

INDEX = reverse("admin:index")
TODAY = date(2026, 3, 2)  # a Monday
WEEK = Period(date(2026, 3, 2), date(2026, 3, 8))
HOUR = 3600


def figures(period: Period = WEEK) -> Figures:
    return figures_of(period, zones=zones_in_use(), now=NOW)


def visits(doctor: Doctor, person: User, **statuses: list[datetime]) -> None:
    for status, starts in statuses.items():
        for start in starts:
            make_appointment(doctor, person, start, status=status)


def desk(*permissions: str) -> User:
    """Staff who may do these things and no more."""
    user = cast.make_user("reception@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


# Visits and rates


def test_visits_are_counted_by_status(doctor: Doctor, person: User) -> None:
    visits(
        doctor,
        person,
        completed=[at(2, 9), at(3, 9), at(3, 10)],
        no_show=[at(4, 9)],
        cancelled=[at(5, 9), at(5, 10)],
        declined=[at(6, 9)],
        pending=[at(6, 10)],
    )
    found = figures()
    assert +found.statuses.counts == Counter(
        {"completed": 3, "no_show": 1, "cancelled": 2, "declined": 1, "pending": 1}
    )
    assert found.statuses.no_show_rate == 1 / 4
    assert found.statuses.cancellation_rate == 2 / 7
    assert (found.waiting, found.now.total) == (1, 1)


def test_visits_outside_the_period_count_in_the_one_before_or_not_at_all(
    doctor: Doctor, person: User
) -> None:
    visits(
        doctor,
        person,
        completed=[at(2, 0), at(8, 23, 59), at(9, 0)],
        no_show=[at(1, 23, 59), at(23, 0, month=2)],
        cancelled=[at(22, 23, 59, month=2)],
    )
    found = figures()
    assert +found.statuses.counts == Counter({"completed": 2})
    assert +found.before.counts == Counter({"no_show": 2})
    assert (found.statuses.no_show_rate, found.before.no_show_rate) == (0, 1)


def test_days_are_those_of_each_place(doctor: Doctor, person: User) -> None:
    """At 3am in London on Monday it is 8:30am in India; each has its own Monday."""
    abroad = make_doctor("Dr. Jones", location=make_location("London", time_zone="Europe/London"))
    other = cast.make_person("Ravi", "ravi@example.com")
    for number, start in enumerate(
        [
            datetime(2026, 3, 2, 0, 0, tzinfo=UTC),  # London's midnight: in
            datetime(2026, 3, 1, 23, 30, tzinfo=UTC),  # before it: out
            datetime(2026, 3, 8, 23, 30, tzinfo=UTC),  # the end of Sunday: in
        ]
    ):
        make_appointment(abroad, other, start, status="completed", reason=str(number))
    make_appointment(doctor, person, datetime(2026, 3, 1, 18, 30, tzinfo=UTC))  # India's midnight
    make_appointment(doctor, person, datetime(2026, 3, 8, 18, 30, tzinfo=UTC))  # Monday there
    found = figures()
    assert +found.statuses.counts == Counter({"completed": 2, "confirmed": 1})
    assert +found.now.counts == Counter({"completed": 1, "confirmed": 1})
    assert [use.booked for use in found.weekdays] == [HOUR, 0, 0, 0, 0, 0, HOUR // 2]


def test_requests_for_times_past_do_not_wait(doctor: Doctor, person: User) -> None:
    visits(
        doctor,
        person,
        pending=[NOW - timedelta(minutes=30), NOW, at(3, 9), at(3, 9, month=9)],
        confirmed=[at(4, 9)],
    )
    assert figures().waiting == 3


def test_rates_of_nothing_are_none() -> None:
    nothing = Statuses(Counter())
    assert (nothing.no_show_rate, nothing.cancellation_rate) == (None, None)


# Use of capacity


def test_use_is_booked_time_of_working_time(doctor: Doctor, person: User) -> None:
    """Seven hours a day from Monday to Friday, less two hours off and a place closed on Friday."""
    visits(
        doctor,
        person,
        confirmed=[at(2, 9), at(2, 10)],
        completed=[at(3, 9)],
        no_show=[at(4, 9)],
        pending=[at(4, 10)],
        cancelled=[at(4, 11)],
        declined=[at(4, 12)],
    )
    doctor.time_off.create(start=at(3, 10), end=at(3, 12))
    place = doctor.working_hours.all()[0].location
    place.time_off.create(start=at(6, 0), end=at(7, 0))
    found = figures()
    half = HOUR // 2
    assert found.weekdays == [
        Use(2 * half, 7 * HOUR),
        Use(half, 5 * HOUR),
        Use(2 * half, 7 * HOUR),
        Use(0, 7 * HOUR),
        Use(0, 0),
        Use(0, 0),
        Use(0, 0),
    ]
    assert found.doctors == [(doctor.pk, (5 * half, 26 * HOUR))]
    assert found.use.rate == 2.5 / 26


def test_use_counts_approved_doctors_alone(doctor: Doctor, person: User) -> None:
    suspended = make_doctor("Dr. Gone", status="suspended")
    make_appointment(suspended, person, at(2, 9))
    found = figures()
    assert [one.doctor for one in found.doctors] == [doctor.pk]
    assert found.use == Use(0, 35 * HOUR)


def test_extra_hours_and_every_other_week_are_read(doctor: Doctor) -> None:
    doctor.working_hours.all().delete()
    place = make_location()
    for weekday, more in (
        (5, {"valid_from": date(2026, 3, 7), "valid_until": date(2026, 3, 7)}),
        (0, {"valid_from": date(2026, 2, 23), "every_weeks": 2}),
        (1, {"valid_from": date(2026, 2, 17), "every_weeks": 2}),
        (2, {"closes_next_day": True}),
    ):
        opens, closes = (time(22), time(2)) if weekday == 2 else (time(9), time(12, 30))
        doctor.working_hours.create(
            location=place, weekday=weekday, opens=opens, closes=closes, **more
        )
    worked = [use.worked / HOUR for use in figures().weekdays]
    assert worked == [0, 3.5, 2, 2, 0, 3.5, 0]


def test_hours_are_read_again_after_a_change(doctor: Doctor) -> None:
    assert figures().use.worked == 35 * HOUR
    doctor.working_hours.filter(weekday=0).delete()
    assert figures().use.worked == 28 * HOUR
    Doctor.objects.update(status="suspended")
    assert figures().use.worked == 0


def test_the_busiest_doctor_is_first() -> None:
    worked = {1: [10] + [0] * 6, 2: [10] * 7, 3: [0] * 7, 4: [1] + [0] * 6}
    assert [one.doctor for one in by_use({1: 5, 2: 70, 3: 5}, worked)] == [2, 1, 4]


# New patients and lead time


def test_new_patients_are_those_added_in_the_days(doctor: Doctor) -> None:
    Patient.objects.all().delete()
    for created in (at(2, 0), at(8, 23), at(9, 0), at(1, 23), at(22, 23, month=2)):
        Patient.objects.create(name="New", created_at=created)
    assert (figures().new_patients, figures().new_patients_before) == (2, 1)


@pytest.mark.parametrize(
    ("booked", "days"),
    [
        (at(5, 0), 0),
        (at(4, 23, 59), 1),
        (at(3, 12), 2),
        (at(2, 12), 3),
        (at(26, 12, month=2), 7),
        (at(25, 12, month=2), 8),
        (at(3, 12, month=2), 30),
        (at(2, 12, month=2), 31),
        (at(5, 18), 0),  # written down afterwards
    ],
)
def test_lead_time_is_in_days_of_the_calendar(
    doctor: Doctor, person: User, booked: datetime, days: int
) -> None:
    make_appointment(doctor, person, at(5, 9), booked_at=booked)
    found = figures()
    assert (found.lead_days, found.lead_median) == (Counter({days: 1}), days)
    band = next(
        n for n, (low, high) in enumerate(BANDS) if low <= days <= (days if high is None else high)
    )
    assert found.lead_bands == [int(number == band) for number in range(5)]


def test_lead_time_of_cancelled_visits_does_not_count(doctor: Doctor, person: User) -> None:
    visits(doctor, person, cancelled=[at(5, 9)], declined=[at(5, 10)])
    assert (figures().lead_days, figures().lead_median) == (Counter(), None)


def test_median_is_the_day_by_which_half_were_booked(doctor: Doctor, person: User) -> None:
    for hour, days in ((9, 0), (10, 1), (11, 20), (12, 40)):
        make_appointment(doctor, person, at(5, hour), booked_at=at(5, 8) - timedelta(days=days))
    assert figures().lead_median == 1


# The clinic without anything


def test_figures_of_an_empty_clinic_are_naught() -> None:
    found = figures()
    assert (found.statuses.total, found.waiting, found.doctors_waiting) == (0, 0, 0)
    assert (found.doctors, found.use, found.lead_median) == ([], Use(0, 0), None)


def test_the_main_zone_is_that_of_most_places() -> None:
    london, india = ZoneInfo("Europe/London"), ZoneInfo("Asia/Kolkata")
    assert main_zone({}).key == "UTC"
    assert main_zone({1: london, 2: india, 3: india}) == india
    assert main_zone({1: london, 2: india}) == india  # by name


# The page


def page_of(user: User, query: str = "") -> Any:
    return browser_of(user).get(f"{INDEX}{query}")


def words(response: HttpResponse) -> str:
    return " ".join(re.sub("<[^>]*>", " ", response.content.decode()).split())


def test_page_shows_the_last_30_days(doctor: Doctor, person: User, staff: User) -> None:
    make_appointment(doctor, person, at(2, 9))
    make_doctor("Dr. New", status="pending")
    response = page_of(staff)
    assert response.context["figures"].period == last_days(TODAY, 30)
    shown = {tile["label"]: tile["value"] for tile in response.context["tiles"]}
    assert shown == {
        "Visits of today, with those cancelled": "1",
        "Requests waiting for an answer": "0",
        "Doctors waiting for approval": "1",
        "Did not come": "None yet",
        "Cancelled": "0.0%",
        "Working time that is booked": "0.3%",
        "New patients": "1",
        "From booking to visit, median": "0 days",
    }
    said = words(response)
    assert "Sunday 1 February 2026 to Monday 2 March 2026 , as of 8:30am." in said
    assert "Dr. Smith" in said


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("?period=1", TODAY, TODAY),
        ("?period=7", date(2026, 2, 24), TODAY),
        ("?period=90", date(2025, 12, 3), TODAY),
        ("?period=year", date(2026, 1, 1), TODAY),
        ("?first=2026-03-05&last=2026-04-01", date(2026, 3, 5), date(2026, 4, 1)),
        ("?first=&last=&period=", date(2026, 2, 1), TODAY),
        ("?first=2024-01-01&last=2024-12-31", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_period_can_be_chosen(
    doctor: Doctor, staff: User, query: str, first: date, last: date
) -> None:
    response = page_of(staff, query)
    assert (response.status_code, response.context["figures"].period) == (200, (first, last))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?period=31", "Choose days from the list"),
        ("?first=2026-03-05", "Enter both days"),
        ("?last=2026-03-05", "Enter both days"),
        ("?first=2026-03-05&last=2026-03-04", "The last day must not be before the first"),
        ("?first=2026-02-30&last=2026-03-04", "Enter the day as year, month and day"),
        ("?first=zz&last=2026-03-04", "Enter the day as year, month and day"),
        ("?first=0001-01-01&last=0001-01-02", "Enter a day between 2000 and 2199"),
        ("?first=9999-12-30&last=9999-12-31", "Enter a day between 2000 and 2199"),
        ("?first=2024-01-01&last=2025-01-01", "Choose a year at most"),
        ("?first=%00&last=2026-03-04", "Enter the day as year, month and day"),
    ],
)
def test_wrong_days_are_refused(staff: User, query: str, said: str) -> None:
    response = page_of(staff, query)
    assert response.status_code == 400
    assert said in words(response)
    assert "figures" not in response.context
    assert "<title>Error: " in response.content.decode()


def test_links_lead_to_what_was_counted(doctor: Doctor, person: User, staff: User) -> None:
    visits(doctor, person, pending=[NOW - timedelta(hours=1), at(3, 9)], confirmed=[at(2, 10)])
    make_doctor("Dr. New", status="pending")
    tiles = page_of(staff).context["tiles"]
    for tile in tiles[:3]:
        listed = browser_of(staff).get(tile["url"])
        assert listed.status_code == 200
        assert str(listed.context["cl"].result_count) == tile["value"]


def test_empty_days_say_so(doctor: Doctor, staff: User) -> None:
    said = words(page_of(staff, "?period=7"))
    assert "No visits today." in said
    assert said.count("No visits in these days.") == 2
    assert "Nothing is booked in these days." in said
    doctor.delete()
    assert "No doctor has working hours in these days." in words(page_of(staff))


def test_all_doctors_are_shown_in_pages(
    doctor: Doctor, person: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appointments.dashboard.views.A_PAGE", 2)
    for number in range(4):
        make_doctor(f"Dr. N{number}")
    make_appointment(Doctor.objects.get(name="Dr. N3"), person, at(2, 9))
    rows = page_of(staff, "?page=1").context["doctors"].values
    assert [row.label for row in rows] == ["Dr. N3", "Dr. Smith"]
    assert "Page 1 of 3" in words(page_of(staff, "?page=1"))
    for last in ("3", "99"):
        rows = page_of(staff, f"?page={last}").context["doctors"].values
        assert [row.label for row in rows] == ["Dr. N2"]
    assert page_of(staff, "?page=zz").context["page"].number == 1


def test_many_doctors_are_shown_from_both_ends(doctor: Doctor, person: User, staff: User) -> None:
    make_appointment(doctor, person, at(2, 9))
    for number in range(21):
        make_doctor(f"Dr. N{number:02}")
    charts = {one["chart"].key: one["chart"] for one in page_of(staff).context["charts"]}
    busiest = [value.label for value in charts["busiest"].values]
    assert busiest == ["Dr. Smith", *(f"Dr. N{number:02}" for number in range(9))]
    assert charts["free"].values[0].label == "Dr. N20"
    assert len(charts["free"].values) == 10


# Who sees it


def test_who_may_not_see_appointments_sees_no_figures(doctor: Doctor) -> None:
    response = page_of(desk("view_doctor"))
    assert response.status_code == 200
    assert "figures" not in response.context
    assert "Doctors" in words(response)
    assert page_of(desk_again(), "?first=zz").status_code == 200


def desk_again() -> User:
    return User.objects.get(email="reception@example.com")


def test_who_may_see_appointments_alone_gets_no_link_to_doctors(doctor: Doctor) -> None:
    response = page_of(desk("view_appointment"))
    urls = {tile["label"]: tile.get("url") for tile in response.context["tiles"]}
    assert urls["Doctors waiting for approval"] == ""
    assert (
        urls["Visits of today, with those cancelled"]
        == "/admin/appointments/appointment/?day=today"
    )


# How it is built


class Charts(HTMLParser):
    """The sections with a picture: its name, and the rows of the table beside it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.pictures: list[dict[str, Any]] = []
        self.ids: set[str] = set()
        self.inline = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.inline += "style" in given
        if tag == "svg" and "viewbox" in given:
            self.pictures.append(given | {"bars": 0, "rows": 0, "tables": 0})
        elif self.pictures:
            picture = self.pictures[-1]
            picture["bars"] += tag == "rect" and given.get("class") == "bar"
            picture["tables"] += tag == "table" and picture["tables"] == 0
            picture["rows"] += given.get("scope") == "row" and "id" not in given


def test_each_picture_has_a_name_and_a_table(doctor: Doctor, person: User, staff: User) -> None:
    make_appointment(doctor, person, at(2, 9))
    page = Charts(page_of(staff).content.decode().split('<div id="content-main">')[0])
    assert [picture["role"] for picture in page.pictures] == ["img"] * 5
    for picture in page.pictures:
        assert picture["aria-labelledby"] in page.ids
        assert picture["tables"] == 1
        assert picture["bars"] == picture["rows"] > 0
    assert page.inline == 0


def test_names_are_escaped_in_charts(doctor: Doctor, person: User, staff: User) -> None:
    Doctor.objects.update(name="<script>alert(1)</script>")
    make_appointment(doctor, person, at(2, 9))
    assert "<script>alert" not in page_of(staff).content.decode()


def test_three_of_each_ask_no_more_than_one(
    doctor: Doctor, person: User, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_appointment(doctor, person, at(2, 9))
    client = browser_of(staff)
    with django_assert_num_queries(13):
        client.get(INDEX)
    with django_assert_num_queries(12):  # the hours are known
        client.get(INDEX)
    for number, zone in enumerate(["Europe/London", "America/New_York"]):
        place = make_location(f"Town {number}", time_zone=zone)
        other = make_doctor(f"Dr. N{number}", location=place)
        make_appointment(other, cast.make_person(), at(3, 9 + number))
        other.time_off.create(start=at(4, 0), end=at(5, 0))
    with django_assert_num_queries(13):
        response = client.get(INDEX)
    assert Appointment.objects.count() == 3
    assert len(response.context["figures"].doctors) == 3
