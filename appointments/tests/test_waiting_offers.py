"""Who is offered which free time, and what comes of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.keys import derived_key
from accounts.models import Patient, User
from appointments import services
from appointments.exceptions import NotYourPatient, PatientBusy, SlotUnavailable, TooManyOpen
from appointments.models import (
    Appointment,
    AppointmentEvent,
    BookingPolicy,
    HeldTime,
    WaitingEntry,
    WaitingOffer,
)
from appointments.selectors import any_free, free_times_ahead, slot_at
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.selectors import open_offer_at
from appointments.waiting.services import (
    lapse_offers,
    offer_times_of,
    offer_to,
    tick_waiting,
    withdraw_offers,
)
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_location,
    make_person,
    patient_of,
)
from docspot.tests.waiting import (
    check_held_times,
    offered,
    open_offer_of,
    open_on,
    tell_all,
    wait_for,
    wait_for_any,
)
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, TimeOff, VisitType

pytestmark = pytest.mark.django_db

HALF = timedelta(minutes=30)
NINE = at(4, 9)  # on a Wednesday
WAITING, PAUSED, MET, OVER = "waiting", "paused", "met", "over"
Status = Appointment.Status


@pytest.fixture
def doctor(db: None) -> Doctor:
    """One hour on the Wednesday, two visits, is all there is."""
    found = make_doctor("Dr. Smith", days=(), duration=30)
    open_on(found, date(2026, 3, 4))
    return found


@pytest.fixture
def booked(doctor: Doctor) -> list[Appointment]:
    """The hour is full: 9:00 and 9:30, each of somebody of their own."""
    return [make_appointment(doctor, make_person(), NINE + number * HALF) for number in range(2)]


@pytest.fixture
def first(doctor: Doctor) -> User:
    return make_person("First Person", "first@example.com")


@pytest.fixture
def second(doctor: Doctor) -> User:
    return make_person("Second Person", "second@example.com")


def cancel(visit: Appointment, now: datetime = NOW) -> None:
    services.cancel(appointment=visit, by=visit.booked_by, now=now)


def status_of(entry: WaitingEntry) -> str:
    return WaitingEntry.objects.get(pk=entry.pk).status


def free(doctor: Doctor, now: datetime = NOW) -> list[datetime]:
    """The free times as everybody sees them."""
    known = doctor_to_book(pk=doctor.pk)
    kind = doctor.visit_types.first()
    times = free_times_ahead([known], policy=BookingPolicy.current(), now=now)
    return [slot.start for slot in times.of(known, kind)]


def take(doctor: Doctor, user: User, start: datetime, now: datetime = NOW) -> Appointment:
    return services.book(
        doctor=doctor,
        patient=patient_of(user),
        visit_type=doctor.visit_types.first(),
        start=start,
        by=user,
        now=now,
    )


# Who is offered what


def test_freed_time_is_held_for_the_first_who_waits(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    cancel(booked[0])
    assert [offered(entry) for entry in entries] == [[("04 09:00", "open")], []]
    offer = open_offer_of(entries[0])
    assert (offer.start, offer.end, offer.until) == (NINE, NINE + HALF, NOW + HALF)
    assert (offer.made_at, offer.answered_at, offer.appointment) == (NOW, None, None)
    assert (offer.held.start, offer.held.end) == (NINE, NINE + HALF)
    check_held_times()
    assert free(doctor) == []


def test_held_time_is_free_for_nobody_else(
    doctor: Doctor, booked: list[Appointment], first: User, second: User, staff: User
) -> None:
    wait_for(doctor, first)
    cancel(booked[0])
    known, policy = doctor_to_book(pk=doctor.pk), BookingPolicy.current()
    kind = known.first_visit_type
    asked = {"doctor": known, "visit_type": kind, "start": NINE, "policy": policy, "now": NOW}
    assert slot_at(**asked) is None
    assert slot_at(**asked, overrule=True, off_grid=True) is None
    days = {"first_day": date(2026, 3, 3), "last_day": date(2026, 3, 5)}
    assert any_free([known], "Hyderabad", policy=policy, now=NOW, **days) == {}
    for user in (first, second):
        with pytest.raises(SlotUnavailable):
            take(doctor, user, NINE)
    with pytest.raises(SlotUnavailable):
        services.take_in(
            doctor=doctor,
            patient=patient_of(second),
            visit_type=kind,
            by=staff,
            now=NOW,
            start=NINE,
        )
    with pytest.raises(SlotUnavailable):
        services.reschedule(appointment=booked[1], start=NINE, by=staff, now=NOW, overrule=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"weekdays": 0b1111011},
        {"from_time": time(9, 30)},
        {"to_time": time(9)},
        {"first_day": date(2026, 3, 5)},
        {"last_day": date(2026, 3, 3)},
        {"status": PAUSED},
        {"status": "left"},
        {"status": MET},
        {"status": OVER},
    ],
)
def test_who_does_not_want_the_time_is_passed_over(
    doctor: Doctor,
    booked: list[Appointment],
    first: User,
    second: User,
    fields: dict[str, Any],
) -> None:
    entries = [wait_for(doctor, first, **fields), wait_for(doctor, second)]
    cancel(booked[0])
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]


def test_order_is_priority_then_who_came_first(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    late = make_person()
    entries = [
        wait_for(doctor, first, joined_at=NOW + HALF),
        wait_for(doctor, second),
        wait_for(doctor, late, joined_at=NOW + 2 * HALF, priority=1),
    ]
    cancel(booked[0])
    cancel(booked[1])
    assert [offered(entry) for entry in entries] == [
        [],
        [("04 09:30", "open")],
        [("04 09:00", "open")],
    ]


def test_earliest_time_goes_to_the_first(doctor: Doctor, first: User, second: User) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    offer_times_of(doctor.pk, now=NOW)
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "open")],
        [("04 09:30", "open")],
    ]
    check_held_times()


def test_who_joins_is_offered_what_is_free(doctor: Doctor, first: User) -> None:
    entry = wait_for(doctor, first)
    [offer] = offer_to(entry=entry, now=NOW)
    assert (offer.entry, offer.start) == (entry, NINE)
    assert offer_to(entry=entry, now=NOW) == []


def test_who_waits_for_a_specialty_is_offered_any_of_its_doctors_there(
    doctor: Doctor, first: User, second: User
) -> None:
    elsewhere = make_location("Mumbai")
    make_doctor("Dr. Away", location=elsewhere)
    entries = [wait_for_any(doctor, first), wait_for_any(doctor, second, city="Chennai")]
    for entry in entries:
        offer_to(entry=entry, now=NOW)
    assert [offered(entry) for entry in entries] == [[("04 09:00", "open")], []]


def test_both_ways_to_wait_stand_in_one_line(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    entries = [wait_for_any(doctor, first), wait_for(doctor, second)]
    cancel(booked[0])
    assert [offered(entry) for entry in entries] == [[("04 09:00", "open")], []]


def test_other_kind_of_visit_is_another_line(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    long = VisitType.objects.create(doctor=doctor, name="Long", duration_minutes=60)
    entries = [wait_for(doctor, first, visit_type=long), wait_for(doctor, second)]
    cancel(booked[0])
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]


def test_kind_that_is_not_booked_online_is_not_offered(doctor: Doctor, first: User) -> None:
    desk = VisitType.objects.create(
        doctor=doctor, name="Desk", duration_minutes=30, is_online=False
    )
    entry = wait_for(doctor, first, visit_type=desk)
    assert offer_to(entry=entry, now=NOW) == []


def test_kind_for_who_was_here_before_is_not_offered_to_others(
    doctor: Doctor, first: User, second: User
) -> None:
    doctor.visit_types.update(audience=VisitType.Audience.KNOWN)
    make_appointment(doctor, second, NOW - timedelta(days=9), status=Status.COMPLETED)
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    offer_times_of(doctor.pk, now=NOW)
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]


def test_time_is_offered_to_nobody_twice(
    doctor: Doctor, booked: list[Appointment], first: User
) -> None:
    entry = wait_for(doctor, first)
    cancel(booked[0])
    decline(offer=open_offer_of(entry), by=first, now=NOW)
    offer_times_of(doctor.pk, now=NOW)
    assert offered(entry) == [("04 09:00", "declined")]
    assert free(doctor) == [NINE]


def test_who_is_busy_then_is_passed_over(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    make_appointment(make_doctor("Dr. Priya"), first, NINE + HALF / 2)
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    cancel(booked[0])
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]


def test_who_has_an_open_offer_of_that_time_is_passed_over(
    doctor: Doctor, booked: list[Appointment], first: User
) -> None:
    other = make_doctor("Dr. Priya", days=(), duration=30)
    open_on(other, date(2026, 3, 4))
    entries = [wait_for(doctor, first), wait_for(other, first)]
    cancel(booked[0])
    offer_times_of(other.pk, now=NOW)
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "open")],
        [("04 09:30", "open")],
    ]


def test_only_a_time_before_the_visit_it_is_instead_of_is_offered(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    open_on(doctor, date(2026, 3, 3))
    other = take(doctor, first, at(3, 9))
    entry = wait_for(doctor, first, instead_of=other)
    taken = take(doctor, second, at(3, 9, 30))
    cancel(booked[0])
    assert offered(entry) == []
    cancel(taken)
    assert offered(entry) == []
    cancel(other)  # now any time is an earlier one, but for the one that they gave up
    assert offered(entry) == [("03 09:30", "open")]


def test_time_that_overlaps_the_visit_it_is_instead_of_is_offered(
    doctor: Doctor, first: User
) -> None:
    other = make_appointment(make_doctor("Dr. Priya"), first, NINE + HALF / 2)
    entry = wait_for(doctor, first, instead_of=other)
    offer_to(entry=entry, now=NOW)
    assert offered(entry) == [("04 09:00", "open")]


# When


@pytest.mark.parametrize(
    ("now", "made"),
    [
        (NINE - timedelta(hours=13), 1),  # 8:30pm less half an hour: kept until 8:30pm
        (NINE - timedelta(hours=12, minutes=30), 0),  # at 8:30pm: kept until 8:30am
        (NINE - timedelta(hours=2, minutes=30), 0),  # at 6:30am: kept until 8:30am
    ],
)
def test_time_that_is_nearly_here_is_not_offered(
    doctor: Doctor, booked: list[Appointment], first: User, now: datetime, made: int
) -> None:
    entry = wait_for(doctor, first)
    BookingPolicy.objects.create(pk=1, cancel_notice_hours=0)
    cancel(booked[1], now)
    assert len(offered(entry)) == made


def test_time_beyond_the_horizon_is_offered_when_it_comes_near(doctor: Doctor, first: User) -> None:
    BookingPolicy.objects.create(pk=1, horizon_days=1)
    entry = wait_for(doctor, first)
    tick_waiting(now=NOW)
    assert offered(entry) == []
    tick_waiting(now=NINE - timedelta(hours=22))
    assert offered(entry) == [("04 09:00", "open")]


def test_hours_that_are_added_are_offered_at_the_next_tick(
    doctor: Doctor, booked: list[Appointment], first: User
) -> None:
    entry = wait_for_any(doctor, first)
    tick_waiting(now=NOW)
    assert offered(entry) == []
    open_on(doctor, date(2026, 3, 5))
    tick_waiting(now=NOW)
    assert offered(entry) == [("05 09:00", "open")]


def test_time_off_withdraws_what_is_offered_and_gives_it_back_when_it_ends(
    doctor: Doctor, first: User, second: User
) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    tick_waiting(now=NOW)
    off = TimeOff.objects.create(doctor=doctor, start=NINE, end=NINE + HALF)
    tick_waiting(now=NOW)
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "withdrawn")],
        [("04 09:30", "open")],
    ]
    check_held_times()
    off.delete()
    wait_for(doctor, make_person())
    tick_waiting(now=NOW)
    assert [offer.start for offer in WaitingOffer.objects.filter(status="open")] == [
        NINE,
        NINE + HALF,
    ]


def test_entry_whose_last_day_is_over_everywhere_ends(doctor: Doctor, first: User) -> None:
    entry = wait_for(doctor, first, last_day=date(2026, 3, 2))
    tick_waiting(now=at(3, 12))
    assert status_of(entry) == WAITING
    tick_waiting(now=at(4, 12))
    assert status_of(entry) == OVER


# Answers


def test_accept_books_the_time(doctor: Doctor, booked: list[Appointment], first: User) -> None:
    entry = wait_for(doctor, first, reason="Back pain")
    cancel(booked[0])
    offer = open_offer_of(entry)
    visit = accept(offer=offer, by=first, now=NOW)
    assert (visit.start, visit.status, visit.reason) == (NINE, Status.CONFIRMED, "Back pain")
    assert (visit.booked_by, visit.patient) == (first, patient_of(first))
    offer.refresh_from_db()
    assert (offer.status, offer.appointment, offer.answered_at) == ("accepted", visit, NOW)
    assert status_of(entry) == MET
    assert not HeldTime.objects.exists()


def test_accept_by_who_holds_the_link_is_by_whose_address_it_is(
    doctor: Doctor, first: User, staff: User
) -> None:
    entry = wait_for(doctor, first, joined_by=staff)
    [offer] = offer_to(entry=entry, now=NOW)
    visit = accept(offer=offer, by=whoever_has_the_mail(offer), now=NOW)
    assert visit.booked_by == first
    assert [(event.by, event.by_link) for event in visit.events.all()] == [(first, True)]


def test_accept_by_the_link_of_a_patient_without_a_login_is_by_who_joined(
    doctor: Doctor, first: User, staff: User
) -> None:
    entry = wait_for(doctor, first, joined_by=staff)
    first.accesses.all().delete()
    Patient.objects.update(email="own@example.com")
    [offer] = offer_to(entry=entry, now=NOW)
    visit = accept(offer=offer, by=whoever_has_the_mail(offer), now=NOW)
    assert visit.booked_by == staff
    assert [(event.by, event.by_link) for event in visit.events.all()] == [(None, True)]


def test_accept_within_the_notice_is_good(
    doctor: Doctor, booked: list[Appointment], first: User
) -> None:
    """It counts as booked when it was offered."""
    made = NINE - timedelta(hours=2, minutes=30)
    open_on(doctor, date(2026, 3, 4), time(11), time(11, 30))
    entry = wait_for(doctor, first)
    offer_to(entry=entry, now=made)
    offer = open_offer_of(entry)
    assert offer.start == at(4, 11)
    BookingPolicy.objects.create(pk=1, notice_minutes=24 * 60)
    assert accept(offer=offer, by=first, now=made).start == at(4, 11)


def test_accept_moves_the_later_visit_and_offers_its_time_to_the_next(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    open_on(doctor, date(2026, 3, 6))
    later = take(doctor, first, at(6, 9))
    taken = take(doctor, make_person(), at(6, 9, 30))
    entry = wait_for(doctor, first, instead_of=later)
    other = wait_for(doctor, second, first_day=date(2026, 3, 6))
    cancel(booked[0])
    visit = accept(offer=open_offer_of(entry), by=first, now=NOW)
    assert (visit.pk, visit.start, visit.sequence) == (later.pk, NINE, 1)
    assert status_of(entry) == MET
    assert offered(other) == [("06 09:00", "open")]
    assert Appointment.objects.get(pk=taken.pk).start == at(6, 9, 30)
    check_held_times()


def test_accept_at_another_doctor_cancels_the_later_visit_and_books(
    doctor: Doctor, first: User, second: User
) -> None:
    priya = make_doctor("Dr. Priya", days=(), duration=30)
    open_on(priya, date(2026, 3, 6), time(9), time(9, 30))
    later = take(priya, first, at(6, 9))
    entry = wait_for_any(doctor, first, instead_of=later)
    other = wait_for(priya, second)
    offer_to(entry=entry, now=NOW)
    visit = accept(offer=open_offer_of(entry), by=first, now=NOW)
    later.refresh_from_db()
    assert (visit.doctor, visit.start, later.status) == (doctor, NINE, Status.CANCELLED)
    assert offered(other) == [("06 09:00", "open")]


def test_accept_that_is_refused_changes_nothing(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    make_appointment(make_doctor("Dr. Priya"), first, at(5, 9))
    entry = wait_for(doctor, first)
    cancel(booked[0])
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    offer = open_offer_of(entry)
    with pytest.raises(TooManyOpen):
        accept(offer=offer, by=first, now=NOW)
    with pytest.raises(NotYourPatient):
        accept(offer=offer, by=second, now=NOW)
    with pytest.raises(NotYourPatient):
        decline(offer=offer, by=second, now=NOW)
    assert offered(entry) == [("04 09:00", "open")]
    assert status_of(entry) == WAITING
    check_held_times()


@pytest.mark.parametrize("answer", [accept, decline])
def test_answer_to_an_offer_that_has_ended_is_refused(
    doctor: Doctor, booked: list[Appointment], first: User, answer: Any
) -> None:
    entry = wait_for(doctor, first)
    cancel(booked[0])
    offer = open_offer_of(entry)
    with pytest.raises(OfferOver):
        answer(offer=offer, by=first, now=offer.until)
    answer(offer=offer, by=first, now=NOW)
    for again in (accept, decline):
        with pytest.raises(OfferOver):
            again(offer=offer, by=first, now=NOW)
    assert AppointmentEvent.objects.filter(kind="confirmed", at=NOW).count() <= 3


def test_declined_offer_goes_to_the_next_and_the_person_waits_on(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    cancel(booked[0])
    decline(offer=open_offer_of(entries[0]), by=first, now=NOW)
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "declined")],
        [("04 09:00", "open")],
    ]
    cancel(booked[1])
    assert offered(entries[0])[1:] == [("04 09:30", "open")]
    check_held_times()


# Lapses


def test_unanswered_offer_lapses_to_the_next(
    doctor: Doctor, booked: list[Appointment], first: User, second: User
) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second)]
    cancel(booked[0])
    assert lapse_offers(now=NOW + HALF - timedelta(seconds=1)) == 0
    assert lapse_offers(now=NOW + HALF) == 1
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "lapsed")],
        [("04 09:00", "open")],
    ]
    check_held_times()


def test_third_lapse_in_a_row_pauses(doctor: Doctor, first: User) -> None:
    for day in (5, 6, 9):
        open_on(doctor, date(2026, 3, day))
    entry = wait_for(doctor, first)
    now = NOW
    tick_waiting(now=now)
    for lapses in (1, 2, 3):
        assert status_of(entry) == WAITING
        tell_all()
        now = open_offer_of(entry).until
        tick_waiting(now=now)
        assert [status for _, status in offered(entry)][:lapses] == ["lapsed"] * lapses
    assert status_of(entry) == PAUSED
    assert open_offer_of(entry) is None


def test_lapses_before_an_answer_do_not_count(doctor: Doctor, first: User) -> None:
    for day in (5, 6, 9):
        open_on(doctor, date(2026, 3, day))
    entry = wait_for(doctor, first)
    now = NOW
    tick_waiting(now=now)
    for answered in (False, False, True, False, False):
        tell_all()
        offer = open_offer_of(entry)
        if answered:
            decline(offer=offer, by=first, now=now)
        else:
            now = offer.until
            tick_waiting(now=now)
    assert status_of(entry) == WAITING


def test_pause_counts_anew_after_it(doctor: Doctor, first: User) -> None:
    for day in (5, 6, 9):
        open_on(doctor, date(2026, 3, day))
    entry = wait_for(doctor, first)
    now = NOW
    tick_waiting(now=now)
    for _lapse in range(3):
        tell_all()
        now = open_offer_of(entry).until
        tick_waiting(now=now)
    WaitingEntry.objects.filter(pk=entry.pk).update(status=WAITING)
    tick_waiting(now=now)
    tell_all()
    now = open_offer_of(entry).until
    tick_waiting(now=now)
    assert status_of(entry) == WAITING


# Who has a time waits no longer


def test_booking_meets_the_entry_and_frees_what_was_offered(
    doctor: Doctor, first: User, second: User
) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second, to_time=time(9, 30))]
    offer_times_of(doctor.pk, now=NOW)
    assert offered(entries[0]) == [("04 09:00", "open")]
    take(doctor, first, NINE + HALF)
    assert status_of(entries[0]) == MET
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "withdrawn")],
        [("04 09:00", "open")],
    ]
    check_held_times()


def test_booking_with_a_colleague_meets_who_waits_for_the_specialty(
    doctor: Doctor, first: User, second: User
) -> None:
    priya = make_doctor("Dr. Priya")
    entries = [wait_for_any(doctor, first), wait_for(doctor, second, to_time=time(9, 30))]
    offer_times_of(doctor.pk, now=NOW)
    take(priya, first, at(3, 11))
    assert status_of(entries[0]) == MET
    assert offered(entries[1]) == [("04 09:00", "open")]


@pytest.mark.parametrize(
    "fields", [{"to_time": time(9)}, {"weekdays": 0b1}, {"first_day": date(2026, 3, 5)}]
)
def test_booking_that_is_not_as_wished_meets_nobody(
    doctor: Doctor, first: User, fields: dict[str, Any]
) -> None:
    entry = wait_for(doctor, first, **fields)
    take(doctor, first, NINE)
    assert status_of(entry) == WAITING


def test_later_booking_does_not_meet_who_wants_an_earlier_time(doctor: Doctor, first: User) -> None:
    open_on(doctor, date(2026, 3, 6))
    later = take(doctor, first, NINE)
    entry = wait_for(doctor, first, instead_of=later)
    take(doctor, first, at(6, 9))
    assert status_of(entry) == WAITING


@pytest.mark.parametrize(("start", "status"), [(at(6, 9, 30), WAITING), (NINE, MET)])
def test_move_meets_who_wants_an_earlier_time_if_it_is_earlier(
    doctor: Doctor, first: User, start: datetime, status: str
) -> None:
    open_on(doctor, date(2026, 3, 6))
    later = take(doctor, first, at(6, 9))
    entry = wait_for(doctor, first, instead_of=later)
    services.reschedule(appointment=later, start=start, by=first, now=NOW)
    assert status_of(entry) == status


def test_confirmation_of_a_request_meets_nobody(doctor: Doctor, first: User, staff: User) -> None:
    later = make_appointment(doctor, first, NINE, status=Status.PENDING)
    entry = wait_for(doctor, first)
    services.confirm(appointment=later, by=staff, now=NOW)
    assert status_of(entry) == WAITING


def test_visit_elsewhere_at_that_time_withdraws_the_offer(
    doctor: Doctor, first: User, second: User
) -> None:
    priya = make_doctor("Dr. Priya")
    entries = [wait_for(doctor, first), wait_for(doctor, second, to_time=time(9, 30))]
    offer_times_of(doctor.pk, now=NOW)
    take(priya, first, NINE)
    assert status_of(entries[0]) == WAITING
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "withdrawn"), ("04 09:30", "open")],
        [("04 09:00", "open")],
    ]


def test_tick_withdraws_what_the_patient_cannot_keep(doctor: Doctor, first: User) -> None:
    entry = wait_for(doctor, first)
    offer_to(entry=entry, now=NOW)
    make_appointment(make_doctor("Dr. Priya"), first, NINE)  # past the services
    with pytest.raises(PatientBusy):
        accept(offer=open_offer_of(entry), by=first, now=NOW)
    tick_waiting(now=NOW)
    assert offered(entry) == [("04 09:00", "withdrawn"), ("04 09:30", "open")]


def test_who_leaves_gives_the_offer_to_the_next(doctor: Doctor, first: User, second: User) -> None:
    entries = [wait_for(doctor, first), wait_for(doctor, second, to_time=time(9, 30))]
    offer_times_of(doctor.pk, now=NOW)
    WaitingEntry.objects.filter(pk=entries[0].pk).update(status="left")
    withdraw_offers(entry=entries[0], now=NOW)
    assert [offered(entry) for entry in entries] == [
        [("04 09:00", "withdrawn")],
        [("04 09:00", "open")],
    ]


# All ways in which a time is freed


@pytest.mark.parametrize("how", ["cancel", "decline", "expire", "move"])
def test_freed_time_is_offered_however_it_is_freed(
    doctor: Doctor, staff: User, first: User, how: str
) -> None:
    open_on(doctor, date(2026, 3, 6))
    visit = make_appointment(doctor, make_person(), NINE, status=Status.PENDING, answer_by=NOW)
    entry = wait_for(doctor, first, last_day=date(2026, 3, 4), to_time=time(9, 30))
    if how == "expire":
        services.expire_requests(now=NOW)
    elif how == "move":
        services.reschedule(appointment=visit, start=at(6, 9), by=staff, now=NOW)
    else:
        getattr(services, how)(appointment=visit, by=staff, now=NOW)
    assert offered(entry) == [("04 09:00", "open")]


def test_held_time_counts_for_the_daily_maximum(doctor: Doctor, first: User, second: User) -> None:
    Doctor.objects.filter(pk=doctor.pk).update(max_visits_per_day=1)
    entry = wait_for(doctor, first)
    offer_to(entry=entry, now=NOW)
    assert free(doctor) == []
    with pytest.raises(SlotUnavailable):
        take(doctor, second, NINE + HALF)
    assert accept(offer=open_offer_of(entry), by=first, now=NOW).start == NINE


def test_held_time_keeps_the_time_after_it_free(doctor: Doctor, first: User) -> None:
    doctor.visit_types.update(buffer_minutes=10)
    offer_to(entry=wait_for(doctor, first), now=NOW)
    [held] = HeldTime.objects.all()
    assert (held.start, held.end) == (NINE, NINE + timedelta(minutes=40))


def test_cancel_costs_one_query_more_where_nobody_waits(booked: list[Appointment]) -> None:
    with CaptureQueriesContext(connection) as queries:
        cancel(booked[0])
    assert len([one for one in queries if "waiting" in one["sql"]]) == 1


def test_offers_address_leads_to_the_open_offer_alone(doctor: Doctor, first: User) -> None:
    [offer] = offer_to(entry=wait_for(doctor, first), now=NOW)
    key = derived_key("offer", offer.pk)
    assert open_offer_at(key, NOW) == offer
    assert open_offer_at("x" * 43, NOW) is None
    decline(offer=offer, by=first, now=NOW)
    assert open_offer_at(key, NOW) is None
