"""Rivals for a time that is freed, with connections of their own: one of them has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from appointments import services
from appointments.models import Appointment, HeldTime, WaitingEntry, WaitingEvent, WaitingOffer
from appointments.tests.test_races import booking, forget_visits, in_rounds, rivals
from appointments.waiting.services import lapse_offers, offer_times_of, tick_waiting
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_location, make_person
from docspot.tests.waiting import check_held_times, wait_for, wait_for_any
from doctors.models import Doctor, WorkingHours

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RIVALS = 50
NINE = at(4, 9)


def doctor_of_half_an_hour(name: str = "Dr. Smith") -> Doctor:
    """Who sees one patient, on one day, and that is all."""
    doctor = make_doctor(name, days=())
    day = date(2026, 3, 4)
    WorkingHours.objects.create(
        doctor=doctor,
        location=make_location(),
        weekday=day.weekday(),
        opens=time(9),
        closes=time(9, 30),
        valid_from=day,
        valid_until=day,
    )
    return doctor


def forget_all() -> None:
    waiting = (WaitingEvent.objects, WaitingOffer.objects, HeldTime.objects, WaitingEntry.objects)
    for rows in waiting:
        rows.all()._raw_delete(connection.alias)
    forget_visits()


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_person(f"Rival {number}") for number in range(RIVALS)]


def own(offer: WaitingOffer) -> WaitingOffer:
    """A row of its own, as each has from their own page."""
    return WaitingOffer.objects.select_related("entry__joined_by", "entry__patient").get(
        pk=offer.pk
    )


@in_rounds(10, 50)
def test_held_time_is_taken_once_and_by_whom_it_is_held_for(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    """One accepts, again and again; all others book the same time."""
    doctor = doctor_of_half_an_hour()
    with rivals(RIVALS) as together:
        for _round in range(rounds):
            wait_for(doctor, people[0])
            [offer] = offer_times_of(doctor.pk, now=NOW)
            holder = whoever_has_the_mail(offer)
            acts: list[Callable[[], Any]] = [
                *(partial(accept, offer=own(offer), by=holder, now=NOW) for _ in range(5)),
                *(booking(doctor, person, NINE) for person in people[5:]),
            ]
            ends = together(acts)
            assert ends == {"done": 1, "OfferOver": 4, "SlotUnavailable": RIVALS - 5}
            [visit] = Appointment.objects.all()
            assert (visit.booked_by, visit.start) == (people[0], NINE)
            check_held_times()
            forget_all()


@in_rounds(10, 50)
def test_time_that_is_freed_while_all_want_it_is_the_first_ones(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    """Between the cancelling and the offer there is no instant at which the time is free."""
    doctor = doctor_of_half_an_hour()
    with rivals(RIVALS) as together:
        for _round in range(rounds):
            visit = make_appointment(doctor, people[0], NINE)
            entry = wait_for(doctor, people[1])
            cancel = partial(services.cancel, appointment=visit, by=people[0], now=NOW)
            ends = together([cancel, *(booking(doctor, person, NINE) for person in people[1:])])
            assert ends == {"done": 1, "SlotUnavailable": RIVALS - 1}
            assert [offer.entry for offer in WaitingOffer.objects.all()] == [entry]
            check_held_times()
            forget_all()


@in_rounds(10, 50)
def test_offer_is_answered_or_lapses_once(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    """At the last moment: accepted and declined, while the worker ends it, and others would book.

    Whoever is first, it is offered on at most once, and the time is never in two hands.
    """
    doctor = doctor_of_half_an_hour()
    with rivals(8) as together:
        for _round in range(rounds):
            entries = [wait_for(doctor, person) for person in people[:2]]
            [offer] = offer_times_of(doctor.pk, now=NOW)
            late = offer.until
            ends = together(
                [
                    partial(accept, offer=own(offer), by=whoever_has_the_mail(offer), now=NOW),
                    partial(decline, offer=own(offer), by=whoever_has_the_mail(offer), now=NOW),
                    partial(lapse_offers, now=late),
                    partial(tick_waiting, now=late),
                    *(booking(doctor, person, NINE) for person in people[2:6]),
                ]
            )
            assert set(ends) <= {"done", "OfferOver", "SlotUnavailable"}
            statuses = [list(entry.offers.values_list("status", flat=True)) for entry in entries]
            taken = Appointment.objects.count()
            assert (statuses, taken) in [
                ([["accepted"], []], 1),
                ([["declined"], ["open"]], 0),
                ([["lapsed"], ["open"]], 0),
            ]
            check_held_times()
            forget_all()


@in_rounds(10, 50)
def test_two_times_that_are_freed_at_once_go_to_two_people(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    doctors = [doctor_of_half_an_hour(f"Dr. {name}") for name in ("A", "B", "C", "D")]
    with rivals(len(doctors)) as together:
        for _round in range(rounds):
            visits = [
                make_appointment(doctor, person, NINE)
                for doctor, person in zip(doctors, people, strict=False)
            ]
            entries = [wait_for_any(doctors[0], person) for person in people[4:7]]
            ends = together(
                [
                    partial(services.cancel, appointment=visit, by=visit.booked_by, now=NOW)
                    for visit in visits
                ]
            )
            assert ends == {"done": 4}
            tick_waiting(now=NOW)  # where one was in other hands at that moment
            open_ones = WaitingOffer.objects.filter(status="open")
            assert {offer.entry for offer in open_ones} == set(entries)
            assert open_ones.count() == WaitingOffer.objects.count() == 3
            check_held_times()
            forget_all()


@in_rounds(10, 50)
def test_those_with_offers_of_each_others_doctors_book_at_once(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    """Each booking withdraws an offer of a doctor whom the other one has locked."""
    doctors = [doctor_of_half_an_hour("Dr. A"), doctor_of_half_an_hour("Dr. B")]
    WorkingHours.objects.filter(doctor=doctors[0]).update(closes=time(10))
    WorkingHours.objects.filter(doctor=doctors[1]).update(opens=time(9, 15), closes=time(10, 15))
    with rivals(2) as together:
        for _round in range(rounds):
            wait_for(doctors[0], people[0], to_time=time(9, 30))
            wait_for(doctors[1], people[1], from_time=time(9, 30))
            for doctor in doctors:
                offer_times_of(doctor.pk, now=NOW)
            acts = [
                booking(
                    doctors[1], people[0], at(4, 9, 15)
                ),  # meets 9:00am, which they are offered
                booking(doctors[0], people[1], at(4, 9, 30)),  # meets 9:45am
            ]
            assert together(acts) == {"done": 2}
            tick_waiting(now=NOW)  # where a doctor was in other hands at that moment
            assert set(WaitingOffer.objects.values_list("status", flat=True)) == {"withdrawn"}
            check_held_times()
            forget_all()
