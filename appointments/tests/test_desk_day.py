"""The day of a place at the front desk: what each doctor's time is, and how it is shown."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, User
from appointments.desk.day.grid import Piece, clipped, gaps, grouped, lay, rows_of
from appointments.desk.day.selectors import PlaceDay, day_of
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_location
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, Location, TimeOff, WorkingHours

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)


def hour(number: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=number)


def piece(start: float, end: float, what: object) -> Piece:
    return Piece(hour(start), hour(end), what)


# The grid, which is pure


def test_upper_layers_lie_over_lower_ones() -> None:
    laid = lay([[piece(10, 11, "visit")], [piece(9, 12, "open")]], hour(8), hour(13))
    assert laid == [
        piece(8, 9, None),
        piece(9, 10, "open"),
        piece(10, 11, "visit"),
        piece(11, 12, "open"),
        piece(12, 13, None),
    ]


def test_pieces_that_touch_stay_apart_unless_they_are_the_same() -> None:
    one, other = ["a"], ["a"]
    laid = lay([[piece(9, 10, one), piece(10, 11, other), piece(11, 12, other)]], hour(9), hour(12))
    assert laid == [piece(9, 10, one), piece(10, 12, other)]


def test_what_lies_outside_is_cut_off() -> None:
    pieces = [piece(7, 9, "a"), piece(9, 10, "b"), piece(11, 14, "c"), piece(13, 14, "d")]
    assert clipped(pieces, hour(9), hour(12)) == [piece(9, 10, "b"), piece(11, 12, "c")]


def test_pieces_that_share_time_are_one_group() -> None:
    a, b, c, d = piece(9, 11, "a"), piece(10, 12, "b"), piece(11, 12, "c"), piece(12, 13, "d")
    assert grouped([d, b, a, c]) == [[a, b, c], [d]]


def test_gaps_are_between_the_groups() -> None:
    assert gaps([piece(14, 17, "b"), piece(9, 13, "a")]) == [(hour(13), hour(14))]
    assert gaps([piece(9, 13, "a"), piece(13, 17, "b")]) == []
    assert gaps([]) == []


def test_rows_begin_where_anything_does() -> None:
    left = [piece(9, 11, "a"), piece(11, 12, "b")]
    right = [piece(9, 10, "c"), piece(10, 12, "d")]
    rows = rows_of([left, right])
    assert [(row.start, row.end) for row in rows] == [
        (hour(9), hour(10)),
        (hour(10), hour(11)),
        (hour(11), hour(12)),
    ]
    cells = [[(cell.piece.what, cell.rows) for cell in row.cells] for row in rows]
    assert cells == [[("a", 2), ("c", 1)], [("d", 2)], [("b", 1)]]
    assert rows_of([]) == []


# What each time is


def said(shown: PlaceDay, number: int = 0) -> list[str]:
    """The blocks of a doctor's day: 09:00-13:00 open."""
    zone = shown.place.zone
    return [
        f"{one.start.astimezone(zone):%H:%M}-{one.end.astimezone(zone):%H:%M} {one.what.kind}"
        for one in shown.doctors[number].blocks
    ]


@pytest.fixture
def place(doctor: Doctor) -> Location:
    return make_location()


@pytest.mark.django_db
def test_day_is_visits_free_times_buffers_and_breaks(person: User) -> None:
    doctor = make_doctor(duration=60, buffer=30, hours=((time(9), time(12)), (time(13), time(14))))
    make_appointment(doctor, person, at(2, 9))
    shown = day_of(make_location(), MONDAY, now=NOW)
    assert said(shown) == [
        "09:00-10:00 visits",
        "10:00-10:30 buffer",
        "10:30-12:00 free",
        "12:00-13:00 break",
        "13:00-14:00 free",
    ]


@pytest.mark.django_db
def test_what_has_passed_is_not_free(doctor: Doctor, place: Location) -> None:
    shown = day_of(place, MONDAY, now=at(2, 16, 10))
    assert said(shown) == [
        "09:00-13:00 open",
        "13:00-14:00 break",
        "14:00-16:30 open",
        "16:30-17:00 free",
    ]
    yesterday = day_of(place, MONDAY - 3 * DAY, now=NOW)
    assert said(yesterday) == ["09:00-13:00 open", "13:00-14:00 break", "14:00-17:00 open"]


@pytest.mark.django_db
def test_free_times_overlook_notice_and_horizon(doctor: Doctor, place: Location) -> None:
    assert said(day_of(place, MONDAY, now=at(2, 8, 59)))[0] == "09:00-09:30 free"
    next_year = date(2027, 3, 1)
    assert said(day_of(place, next_year, now=NOW))[0] == "09:00-09:30 free"


@pytest.mark.django_db
def test_time_off_and_closures_say_why(doctor: Doctor, place: Location) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(2, 11), end=at(2, 20), reason="Dentist")
    TimeOff.objects.create(location=place, start=at(1, 0), end=at(2, 10), reason="Painters")
    shown = day_of(place, MONDAY, now=NOW)
    assert said(shown) == [
        "09:00-10:00 closed",
        "10:00-10:30 free",
        "10:30-11:00 free",
        "11:00-17:00 off",
    ]
    assert [one.what.text for one in shown.doctors[0].blocks] == ["Painters", "", "", "Dentist"]


@pytest.mark.django_db
def test_visit_in_time_off_is_still_shown(doctor: Doctor, place: Location, person: User) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(2, 9), end=at(2, 17))
    make_appointment(doctor, person, at(2, 18))
    make_appointment(doctor, person, at(2, 10))
    assert said(day_of(place, MONDAY, now=NOW)) == [
        "09:00-10:00 off",
        "10:00-10:30 visits",
        "10:30-17:00 off",
        "18:00-18:30 visits",
    ]


@pytest.mark.django_db
def test_who_did_not_come_leaves_room_for_others(
    doctor: Doctor, place: Location, person: User, stranger: User
) -> None:
    missed = make_appointment(doctor, person, at(2, 9), status="no_show")
    walk_in = make_appointment(doctor, stranger, at(2, 9, 15))
    shown = day_of(place, MONDAY, now=at(2, 9, 20))
    assert said(shown)[0] == "09:00-09:45 visits"
    assert shown.doctors[0].blocks[0].what.visits == [missed, walk_in]


@pytest.mark.django_db
def test_visits_in_another_place_take_the_time(
    doctor: Doctor, place: Location, person: User
) -> None:
    other = make_location("Guntur")
    make_appointment(doctor, person, at(2, 9), location=other)
    shown = day_of(place, MONDAY, now=NOW)
    assert said(shown)[:2] == ["09:00-09:30 elsewhere", "09:30-10:00 free"]
    assert [len(one.visits) for one in shown.doctors] == [0]
    assert [one.doctor for one in day_of(other, MONDAY, now=NOW).doctors] == [doctor]


@pytest.mark.django_db
def test_ended_visits_stand_apart(doctor: Doctor, place: Location, person: User) -> None:
    gone = [
        make_appointment(doctor, person, at(2, 9), status=status)
        for status in ("cancelled", "declined")
    ]
    shown = day_of(place, MONDAY, now=NOW)
    assert (set(shown.ended), shown.doctors[0].visits) == (set(gone), [])
    assert said(shown)[0] == "09:00-09:30 free"


@pytest.mark.django_db
def test_doctors_are_those_at_work_and_those_with_visits(place: Location, person: User) -> None:
    make_doctor("Dr. Tuesday", days=(1,))
    make_doctor("Dr. Elsewhere", location=make_location("Guntur"))
    make_doctor("Dr. Pending", status="pending")
    left = make_doctor("Dr. Left", status="suspended")
    make_appointment(left, person, at(2, 9))
    shown = day_of(place, MONDAY, now=NOW)
    assert [one.doctor.name for one in shown.doctors] == ["Dr. Left", "Dr. Smith"]


@pytest.mark.django_db
def test_full_day_offers_nothing_more(person: User) -> None:
    doctor = make_doctor(max_visits_per_day=1, hours=((time(9), time(11)),))
    make_appointment(doctor, person, at(2, 9))
    shown = day_of(make_location(), MONDAY, now=NOW)
    assert (said(shown), shown.doctors[0].full) == (
        ["09:00-09:30 visits", "09:30-11:00 open"],
        True,
    )


@pytest.mark.django_db
def test_night_is_cut_at_midnight_of_the_place() -> None:
    doctor = make_doctor(days=())
    place = make_location()
    WorkingHours.objects.create(
        doctor=doctor,
        location=place,
        weekday=0,
        opens=time(23),
        closes=time(1),
        closes_next_day=True,
    )
    assert said(day_of(place, MONDAY, now=NOW)) == ["23:00-23:30 free", "23:30-00:00 free"]
    assert said(day_of(place, MONDAY + DAY, now=NOW)) == ["00:00-00:30 free", "00:30-01:00 free"]


@pytest.mark.django_db
def test_day_of_a_clock_change_has_its_own_length() -> None:
    """Sunday 8 March 2026, New York: the clock goes from 2:00 to 3:00."""
    place = make_location("New York", time_zone="America/New_York")
    make_doctor(location=place, days=(6,), hours=((time(1), time(4)),))
    shown = day_of(place, date(2026, 3, 8), now=NOW)
    assert shown.end - shown.start == timedelta(hours=23)
    assert said(shown) == [
        "01:00-01:30 free",
        "01:30-03:00 free",
        "03:00-03:30 free",
        "03:30-04:00 free",
    ]


# The page


def ask(client: Client, **query: object) -> str:
    response = client.get(reverse("admin:desk_day"), query)
    assert response.status_code == 200
    return response.content.decode()


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("day", "queries"), [("2026-03-02", 17), ("2026-02-23", 13)])
def test_page_asks_the_same_for_one_and_three_doctors(
    desk: Client,
    doctor: Doctor,
    person: User,
    stranger: User,
    day: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    start = at(2, 10) if day == "2026-03-02" else at(2, 10) - 7 * DAY
    make_appointment(doctor, person, start)
    ask(desk, day=day)
    with django_assert_num_queries(queries):
        ask(desk, day=day)
    for number in (1, 2):
        other = make_doctor(f"Dr. {number}", specialty=cast.make_specialty(f"Art {number}"))
        make_appointment(other, stranger, start + number * timedelta(hours=1))
        make_appointment(other, person, start - number * timedelta(minutes=30), status="pending")
        TimeOff.objects.create(doctor=other, start=start, end=start + DAY)
    with django_assert_num_queries(queries):
        page = ask(desk, day=day)
    assert page.count('<div class="desk-visit') == 10  # five visits, in the table and in a list


@pytest.mark.usefixtures("clock")
def test_today_is_that_of_the_place(desk: Client, person: User) -> None:
    """When it is Monday in India it is still Sunday in California."""
    place = make_location("San Francisco", time_zone="America/Los_Angeles")
    make_doctor(location=place, days=(6,))
    page = ask(desk)
    assert "Sunday 1 March 2026" in page
    assert "It is 7:00pm there." in plain(page)


@pytest.mark.usefixtures("clock")
def test_visits_belong_to_the_day_of_their_place(desk: Client, person: User) -> None:
    place = make_location("San Francisco", time_zone="America/Los_Angeles")
    doctor = make_doctor(location=place, days=range(7))
    evening = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # 11:30pm on Sunday there
    make_appointment(doctor, person, evening)
    assert "11:30pm to midnight" in ask(desk, day="2026-03-01")
    assert "Asha Rao" not in ask(desk, day="2026-03-02")


@pytest.mark.usefixtures("clock")
def test_page_shows_visits_with_what_can_be_done(
    desk: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, person, at(2, 9))
    make_appointment(doctor, stranger, at(2, 10), status="pending", answer_by=at(2, 10))
    words = plain(ask(desk))
    one = "Asha Rao 9:00am to 9:30am, Consultation Confirmed Check in Asha Rao, 9:00am"
    other = (
        "Sam Stranger 10:00am to 10:30am, Consultation Waiting for the clinic "
        "Confirm Sam Stranger, 10:00am Decline Sam Stranger, 10:00am"
    )
    assert (words.count(one), words.count(other)) == (2, 2)
    assert "1 request waiting" in words


def test_page_marks_now(desk: Client, doctor: Doctor) -> None:
    with time_machine.travel(at(2, 16, 40), tick=False):
        page = ask(desk)
        assert "It is 4:40pm there." in plain(page)
        assert plain(page).count("2:00pm Now Not booked") == 2
        assert "is-now" not in ask(desk, day="2026-03-03")


@pytest.mark.usefixtures("clock")
def test_page_narrows_to_a_doctor_or_a_specialty(desk: Client, doctor: Doctor) -> None:
    skin = cast.make_specialty("Dermatology", "Dermatologist")
    other = make_doctor("Dr. Priya", specialty=skin)

    def shown(**query: object) -> list[str]:
        return re.findall(r"<h2>(.*)</h2>", ask(desk, **query))

    assert shown() == ["Dr. Priya", "Dr. Smith"]
    assert shown(doctor=doctor.pk) == ["Dr. Smith"]
    assert shown(specialty=skin.pk) == [other.name]
    assert shown(specialty=skin.pk, doctor=doctor.pk) == []


@pytest.mark.usefixtures("clock")
def test_links_to_other_days_keep_the_rest(desk: Client, doctor: Doctor) -> None:
    page = ask(desk, day="2026-03-02", doctor=doctor.pk)
    kept = f"doctor={doctor.pk}&amp;day="
    assert re.findall(r'rel="(\w+)" href="\?([^"]*)"', page) == [
        ("prev", f"{kept}2026-03-01"),
        ("next", f"{kept}2026-03-03"),
    ]


@pytest.mark.usefixtures("clock", "doctor")
@pytest.mark.parametrize(
    "query",
    [
        {"day": "yesterday"},
        {"day": "2026-02-30"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"place": "0"},
        {"place": "x\x00"},
        {"doctor": "smith"},
        {"specialty": "art"},
    ],
)
def test_what_is_not_there_is_not_found(desk: Client, query: dict[str, str]) -> None:
    assert desk.get(reverse("admin:desk_day"), query).status_code == 404


@pytest.mark.usefixtures("clock")
def test_doctor_of_another_place_is_let_go_when_the_place_changes(
    desk: Client, doctor: Doctor
) -> None:
    other = make_doctor("Dr. Kumar", location=make_location("Mumbai"))
    place = other.working_hours.all()[0].location_id
    query = {"place": place, "doctor": doctor.pk, "specialty": 10**30}
    page = desk.get(reverse("admin:desk_day"), query)
    assert page.status_code == 200
    assert [one.doctor.name for one in page.context["shown"].doctors] == ["Dr. Kumar"]


@pytest.mark.usefixtures("clock")
def test_page_of_an_empty_clinic_says_what_to_do(desk: Client) -> None:
    assert "There is no place yet." in ask(desk)
    make_location()
    assert "Nobody works here on this day" in ask(desk)


@pytest.mark.usefixtures("clock")
def test_who_may_only_look_has_no_buttons(doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(2, 9))
    reader = cast.make_user(is_staff=True)
    cast.allow(reader, "view_appointment")
    page = ask(browser_of(reader))
    assert ("Asha Rao" in page, "formaction" in page, "desk-acts" in page) == (True, False, False)


@pytest.mark.usefixtures("clock")
def test_names_are_text(desk: Client, doctor: Doctor, person: User) -> None:
    eve = Patient.objects.create(name="<b>Eve</b>")
    make_appointment(doctor, person, at(2, 9), patient=eve)
    page = ask(desk)
    assert ("<b>Eve</b>" in page, "&lt;b&gt;Eve&lt;/b&gt;" in page) == (False, True)
