"""The kept next free times against those computed anew, after whatever may change them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from time_machine import Traveller

from accounts.models import User
from appointments import services
from appointments.exceptions import BookingError
from appointments.models import Appointment, BookingPolicy, NextFree, NextFreeState
from appointments.next_free.models import Part
from appointments.next_free.selectors import NextFreeTimes, Wanted
from appointments.next_free.services import find_out
from appointments.selectors import free_times_ahead
from docspot.tests import cast
from docspot.tests.cast import NOW, at
from doctors.availability import Slot
from doctors.models import Doctor, TimeOff, WorkingHours

pytestmark = pytest.mark.django_db

EVERY_QUESTION = [Wanted(part, weekend) for part in Part for weekend in (False, True)]


def answers(slot: Slot, wanted: Wanted) -> bool:
    local = slot.start.astimezone(slot.location.zone)
    in_part = {
        Part.ANY: True,
        Part.EARLY: local.time() < time(10),
        Part.LATE: local.time() >= time(17),
    }
    return in_part[wanted.part] and (not wanted.weekend or local.weekday() >= 5)


def computed(wanted: Wanted, now: datetime, count: int = 3) -> dict[int, list[datetime]]:
    """The truth: all free times of every doctor, one after the other."""
    doctors = list(Doctor.objects.bookable().with_card())
    ahead = free_times_ahead(doctors, policy=BookingPolicy.current(), now=now)
    found = {}
    for doctor in doctors:
        kind = doctor.first_visit_type
        slots = ahead.of(doctor, kind) if kind else iter(())
        fitting = (slot.start for slot in slots if answers(slot, wanted))
        found[doctor.pk] = list(islice(fitting, count))
    return {pk: starts for pk, starts in found.items() if starts}


def kept(wanted: Wanted, now: datetime) -> dict[int, list[datetime]]:
    times = NextFreeTimes(wanted, now=now)
    doctors = list(Doctor.objects.bookable())
    found = times.of([doctor.pk for doctor in doctors])
    return {pk: [slot.start for slot in slots] for pk, slots in found.items()}


def in_order(wanted: Wanted, now: datetime) -> list[int]:
    having = NextFreeTimes(wanted, now=now).having(Doctor.objects.bookable())
    return list(having.values_list("pk", flat=True))


def agree(now: datetime) -> None:
    for wanted in EVERY_QUESTION:
        truth = computed(wanted, now)
        assert kept(wanted, now) == truth, (wanted, now)
        assert in_order(wanted, now) == sorted(truth, key=lambda pk: (truth[pk][0], pk))


@pytest.fixture
def clinic(person: User) -> list[Doctor]:
    """Doctors of several hours and zones: with few times, with many, at weekends, at night."""
    london = cast.make_location("London", name="Harley", time_zone="Europe/London")
    doctors = [
        cast.make_doctor("Dr. A"),
        cast.make_doctor("Dr. B", location=london, hours=((time(8), time(19)),), duration=60),
        cast.make_doctor("Dr. C", days=(5, 6), hours=((time(7), time(11)),), step_minutes=20),
        cast.make_doctor("Dr. D", days=(0,), hours=((time(9), time(10)),), max_visits_per_day=1),
        cast.make_doctor("Dr. E", days=(), location=london),
    ]
    night = {"opens": time(22), "closes": time(2), "closes_next_day": True}
    doctors[4].working_hours.create(location=london, weekday=4, **night)
    kind = doctors[1].visit_types.get()
    kind.notice_minutes, kind.horizon_days = 24 * 60, 20
    kind.save()
    return doctors


def test_kept_times_are_those_computed(clinic: list[Doctor]) -> None:
    agree(NOW)


@pytest.mark.parametrize("seed", range(2))
def test_kept_times_stay_right_through_changes_and_time(
    clinic: list[Doctor], person: User, seed: int
) -> None:
    chance = random.Random(seed)
    now = NOW
    for _step in range(12):
        act = chance.choice([book_one, cancel_one, move_one, change_hours, close, change_rules])
        act(chance, clinic, person, now)
        agree(now)
        now += timedelta(minutes=chance.choice([0, 1, 29, 30, 31, 240, 1440, 9000]))
        agree(now)


def book_one(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    doctor = chance.choice(clinic)
    starts = computed(Wanted(), now, count=9).get(doctor.pk)
    if starts:
        try:
            services.book(
                doctor=doctor,
                patient=cast.patient_of(cast.make_person()),
                visit_type=doctor.visit_types.get(),
                start=chance.choice(starts),
                by=cast.make_user(is_staff=True, is_superuser=True),
                now=now,
            )
        except BookingError:
            pytest.fail("a time that is shown as free can be booked")


def cancel_one(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    visits = list(Appointment.objects.upcoming(now))
    if visits:
        staff = cast.make_user(is_staff=True, is_superuser=True)
        services.cancel(appointment=chance.choice(visits), by=staff, now=now)


def move_one(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    visits = list(Appointment.objects.upcoming(now).filter(start__gt=now))
    if not visits:
        return
    visit = chance.choice(visits)
    starts = computed(Wanted(), now, count=9).get(visit.doctor_id)
    if starts:
        staff = cast.make_user(is_staff=True, is_superuser=True)
        services.reschedule(appointment=visit, start=chance.choice(starts), by=staff, now=now)


def change_hours(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    hours = chance.choice(list(WorkingHours.objects.filter(closes_next_day=False)))
    hours.closes = time(chance.choice([17, 18, 20]), 30)
    hours.weekday = chance.randrange(7)
    hours.save()


def close(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    start = now + timedelta(hours=chance.randrange(100))
    whose = chance.choice(
        [{"doctor": chance.choice(clinic)}, {"location": cast.make_location()}],
    )
    TimeOff.objects.create(start=start, end=start + timedelta(hours=30), **whose)


def change_rules(chance: random.Random, clinic: list[Doctor], person: User, now: datetime) -> None:
    BookingPolicy.objects.update_or_create(
        pk=1, defaults={"notice_minutes": chance.choice([0, 60, 3000]), "horizon_days": 40}
    )


# Whatever the path


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE doctors_workinghours SET opens = '11:00:00' WHERE doctor_id = {a}",
        "DELETE FROM doctors_workinghours WHERE doctor_id = {a} AND weekday = 0",
        "UPDATE doctors_location SET time_zone = 'Asia/Tokyo' WHERE city = 'Hyderabad'",
        "UPDATE doctors_visittype SET duration_minutes = 45 WHERE doctor_id = {a}",
        "UPDATE doctors_doctor SET step_minutes = 10 WHERE id = {a}",
        "UPDATE doctors_doctor SET status = 'suspended' WHERE id = {a}",
        "UPDATE appointments_appointment SET status = 'cancelled'",
        "UPDATE appointments_appointment SET doctor_id = {b}",
        'INSERT INTO doctors_timeoff (doctor_id, start, "end", reason) '
        "VALUES ({a}, '2026-03-02 00:00:00', '2026-03-03 12:00:00', '')",
        'INSERT INTO doctors_timeoff (location_id, start, "end", reason) '
        "SELECT id, '2026-03-02 00:00:00', '2026-03-03 12:00:00', '' FROM doctors_location",
    ],
)
def test_kept_times_are_forgotten_after_raw_sql(
    clinic: list[Doctor], person: User, change: str
) -> None:
    cast.make_appointment(clinic[0], person, at(2, 11))
    agree(NOW)
    with connection.cursor() as cursor:
        cursor.execute(change.format(a=clinic[0].pk, b=clinic[1].pk))
    agree(NOW)


def test_new_doctor_is_found_out(clinic: list[Doctor]) -> None:
    agree(NOW)
    cast.make_doctor("Dr. New")
    agree(NOW)
    assert len(in_order(Wanted(), NOW)) == 6


def test_deleted_doctor_leaves_nothing(doctor: Doctor) -> None:
    find_out(now=NOW)
    with connection.cursor() as cursor:
        for table in ("workinghours", "visittype", "doctor_languages"):
            cursor.execute(f"DELETE FROM doctors_{table} WHERE doctor_id = {doctor.pk}")
        cursor.execute("DELETE FROM doctors_doctor")
    assert (NextFree.objects.count(), NextFreeState.objects.count()) == (0, 0)


def test_change_while_times_are_found_out_is_not_lost(
    doctor: Doctor, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A booking between the reading and the keeping: what was read must not be kept."""
    from appointments.next_free import services as finding

    read, visits = finding._outlooks, iter([at(2, 11), at(2, 11, 30)])

    def read_then_book(*args: Any) -> list[Any]:
        found = list(read(*args))
        if (start := next(visits, None)) is not None:
            cast.make_appointment(doctor, person, start)
        return found

    monkeypatch.setattr(finding, "_outlooks", read_then_book)
    find_out(now=NOW)
    agree(NOW)
    assert Appointment.objects.count() == 2


def test_nothing_is_written_when_all_is_known(
    doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    find_out(now=NOW)
    with django_assert_num_queries(1):
        find_out(now=NOW + timedelta(minutes=1))


# The directory


def names(client: Client, **query: str) -> list[str]:
    response = client.get(reverse("doctors:directory"), query)
    assert response.status_code == 200
    return [card.doctor.name for card in response.context["cards"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"days": "week"}, ["Dr. A", "Dr. B", "Dr. C", "Dr. D", "Dr. E"]),
        ({"days": "weekend"}, ["Dr. C", "Dr. E"]),
        ({"time": "early"}, ["Dr. A", "Dr. B", "Dr. C", "Dr. D", "Dr. E"]),
        ({"time": "late"}, ["Dr. B", "Dr. E"]),
        ({"time": "late", "days": "weekend"}, []),
        ({"time": "early", "days": "weekend", "sort": "soonest"}, ["Dr. E", "Dr. C"]),
        ({"time": "early", "free_by": "2026-03-03"}, ["Dr. A", "Dr. B", "Dr. D"]),
        ({"sort": "soonest"}, ["Dr. A", "Dr. D", "Dr. B", "Dr. E", "Dr. C"]),
    ],
)
def test_directory_finds_who_is_free_then(
    client: Client, clinic: list[Doctor], clock: Traveller, query: dict[str, str], found: list[str]
) -> None:
    clock.move_to(NOW - timedelta(hours=3))
    assert names(client, **query) == found


def test_directory_shows_times_of_the_part_of_the_day(
    client: Client, clinic: list[Doctor], clock: Traveller
) -> None:
    response = client.get(reverse("doctors:directory"), {"time": "late", "q": "Dr. B"})
    (card,) = response.context["cards"]
    assert {slot.start.hour for slot in card.slots} <= {17, 18}


def test_doctors_without_times_come_last_page_by_page(client: Client, clock: Traveller) -> None:
    for number in range(23):
        cast.make_doctor(f"Dr. {number:02}", days=range(5) if number % 2 else ())
    pages = [names(client, sort="soonest", page=str(page)) for page in (1, 2)]
    free = [f"Dr. {number:02}" for number in range(1, 23, 2)]
    none = [f"Dr. {number:02}" for number in range(0, 23, 2)]
    assert (pages[0] + pages[1], len(pages[0])) == (free + none, 20)


def drawn_times(client: Client) -> str:
    return client.get(reverse("doctors:directory"), {"sort": "soonest"}).content.decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda doctor: Doctor.objects.update(name="Dr. Other"),
        lambda doctor: doctor.specialty.__class__.objects.update(title="Heart doctor"),
        lambda doctor: doctor.places[0].__class__.objects.update(city="Secunderabad"),
        lambda doctor: doctor.languages.clear(),
        lambda doctor: TimeOff.objects.create(doctor=doctor, start=at(2, 9), end=at(2, 12)),
    ],
)
def test_card_is_drawn_anew_after_a_change(
    client: Client, doctor: Doctor, clock: Traveller, change: Callable[[Doctor], object]
) -> None:
    doctor = Doctor.objects.with_card().get()
    before = drawn_times(client)
    change(doctor)
    after = drawn_times(client)
    assert after != before
    caches["drawn"].clear()
    assert drawn_times(client) == after


def test_card_is_drawn_anew_when_time_has_passed(
    client: Client, doctor: Doctor, clock: Traveller
) -> None:
    for hours in range(30):
        clock.move_to(NOW + timedelta(hours=hours))
        shown = drawn_times(client)
        caches["drawn"].clear()
        assert drawn_times(client) == shown
