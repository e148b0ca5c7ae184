"""Fair use, each rule at its service: how much in a specialty, a second visit, missed visits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import PatientAccess, User
from appointments import exceptions, fairness, services
from appointments.fair_use.services import take_back, waive
from appointments.models import (
    Appointment,
    AppointmentEvent,
    BookingPolicy,
    WaitingOffer,
    Waiver,
)
from appointments.tests.test_races import at_once, gap  # noqa: F401 - a fixture
from appointments.waiting.services.answers import accept
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_person,
    make_specialty,
    patient_of,
)
from docspot.tests.waiting import make_offer, wait_for
from doctors.models import Doctor

pytestmark = pytest.mark.django_db
Status = Appointment.Status
Kind = AppointmentEvent.Kind
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def colleague(db: None) -> Doctor:
    """Another cardiologist."""
    return make_doctor("Dr. Priya")


@pytest.fixture
def dermatologist(db: None) -> Doctor:
    return make_doctor("Dr. Skin", specialty=make_specialty("Dermatology", "Dermatologist"))


def rule(**fields: Any) -> BookingPolicy:
    return BookingPolicy.objects.update_or_create(pk=1, defaults=fields)[0]


def book(doctor: Doctor, user: User, start: datetime, **options: Any) -> Appointment:
    asked: dict[str, Any] = {"patient": patient_of(user), "by": user, "now": NOW} | options
    return services.book(doctor=doctor, visit_type=doctor.visit_types.get(), start=start, **asked)


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("start").values_list("status", flat=True))


# How many in a specialty


def test_one_more_in_the_specialty_is_refused_in_words(
    doctor: Doctor, colleague: Doctor, dermatologist: Doctor, person: User, stranger: User
) -> None:
    rule(max_open_per_specialty=2)
    book(doctor, person, at(3, 9))
    book(dermatologist, person, at(3, 10))
    book(colleague, person, at(4, 9))
    with pytest.raises(exceptions.TooManyOpen) as refused:
        book(doctor, person, at(5, 9))
    assert str(refused.value) == (
        "You can hold 2 appointments in Cardiology at a time. You have: Dr. Smith, Tuesday 3 March "
        "2026, 9:00am; Dr. Priya, Wednesday 4 March 2026, 9:00am. Cancel one to book another."
    )
    book(dermatologist, person, at(5, 9))
    book(doctor, stranger, at(5, 9))
    assert Appointment.objects.count() == 5


def test_one_a_specialty_is_said_in_the_singular(doctor: Doctor, person: User) -> None:
    rule(max_open_per_specialty=1)
    visit = book(doctor, person, at(3, 9))
    with pytest.raises(exceptions.TooManyOpen, match="Cancel it to book another"):
        book(doctor, person, at(4, 9))
    services.cancel(appointment=visit, by=person, now=NOW)
    book(doctor, person, at(4, 9))


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (Status.PENDING, True),
        (Status.CHECKED_IN, True),
        (Status.DECLINED, False),
        (Status.NO_SHOW, False),
        (Status.COMPLETED, False),
    ],
)
def test_open_visits_count(doctor: Doctor, person: User, status: str, counts: bool) -> None:
    rule(max_open_per_specialty=1)
    make_appointment(doctor, person, at(3, 9), status=status)
    if counts:
        with pytest.raises(exceptions.TooManyOpen):
            book(doctor, person, at(4, 9))
    else:
        book(doctor, person, at(4, 9))


def test_visit_that_is_over_does_not_count(doctor: Doctor, person: User) -> None:
    rule(max_open_per_specialty=1)
    make_appointment(doctor, person, at(2, 8))  # it ends at the very instant
    book(doctor, person, at(4, 9))


def test_doctor_without_a_specialty_any_more_counts_for_none(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    rule(max_open_per_specialty=1, same_specialty_days=7)
    book(colleague, person, at(3, 9))
    Doctor.objects.filter(pk=colleague.pk).update(status="suspended", specialty=None)
    book(doctor, person, at(4, 9))
    assert fairness.in_specialty([], Doctor()) == []


def test_each_person_has_their_own_limit(doctor: Doctor, person: User) -> None:
    rule(max_open_per_specialty=1)
    book(doctor, person, at(3, 9))
    book(doctor, person, at(4, 9), patient=make_child(person))


def test_staff_overrule_the_limit(doctor: Doctor, person: User, receptionist: User) -> None:
    rule(max_open_per_specialty=1)
    book(doctor, person, at(3, 9))
    by_desk = partial(book, doctor, person, by=receptionist)
    with pytest.raises(exceptions.TooManyOpen):
        by_desk(at(4, 9))
    by_desk(at(4, 9), overrule=True)
    by_desk(at(5, 9), walk_in=True)


def test_move_is_not_one_more(doctor: Doctor, person: User) -> None:
    rule(max_open_per_specialty=1, same_specialty_days=30)
    visit = book(doctor, person, at(3, 9))
    services.reschedule(appointment=visit, start=at(4, 9), by=person, now=NOW)
    assert statuses() == ["confirmed"]


def test_limit_holds_for_the_first_free_and_for_any_doctor(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    rule(max_open_per_specialty=1)
    book(doctor, person, at(3, 9))
    who = {"patient": patient_of(person), "by": person, "now": NOW}
    with pytest.raises(exceptions.TooManyOpen, match="in Cardiology"):
        services.book_first_free(
            doctor=colleague, visit_type=colleague.visit_types.get(), day=date(2026, 3, 4), **who
        )
    with pytest.raises(exceptions.TooManyOpen, match="in Cardiology"):
        services.book_any(doctors=[colleague], city="Hyderabad", start=at(4, 9), **who)
    assert Appointment.objects.count() == 1


# A second visit in the same specialty


@pytest.mark.parametrize(("day", "asks"), [(10, False), (11, True), (17, True), (18, False)])
def test_second_visit_is_asked_about_on_either_side(
    doctor: Doctor, colleague: Doctor, person: User, day: int, asks: bool
) -> None:
    """Saturday 14 March is three days from both; days are those of the calendar, not hours."""
    rule(same_specialty_days=3)
    held = make_appointment(doctor, person, at(14, 9))
    start = at(day, 16) if day < 14 else at(day, 9)
    if not asks:
        book(colleague, person, start)
        return
    with pytest.raises(exceptions.SimilarVisit) as asked:
        book(colleague, person, start)
    assert asked.value.appointment == held
    assert str(asked.value) == (
        "There is already an appointment with Dr. Smith, Cardiologist, on Saturday 14 March 2026, "
        "9:00am. Keep both, or replace it?"
    )
    assert Appointment.objects.count() == 1


def test_other_specialties_people_and_begun_visits_are_not_asked_about(
    doctor: Doctor, dermatologist: Doctor, person: User, stranger: User
) -> None:
    rule(same_specialty_days=30)
    make_appointment(dermatologist, person, at(3, 9))
    make_appointment(doctor, stranger, at(3, 9))
    make_appointment(doctor, person, at(2, 8, 15))  # going on
    make_appointment(doctor, person, at(4, 9), status="cancelled")
    book(doctor, person, at(5, 9))


def test_nearest_of_several_is_named_and_all_are_counted(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    rule(same_specialty_days=7)
    make_appointment(doctor, person, at(3, 9))
    near = make_appointment(doctor, person, at(5, 9))
    with pytest.raises(exceptions.SimilarVisit, match="2 appointments in Cardiology") as asked:
        book(colleague, person, at(6, 9))
    assert asked.value.appointment == near


def test_both_are_kept(doctor: Doctor, colleague: Doctor, person: User) -> None:
    rule(same_specialty_days=7)
    book(doctor, person, at(3, 9))
    book(colleague, person, at(4, 9), keep_both=True)
    assert statuses() == ["confirmed", "confirmed"]


def test_one_replaces_the_other_in_one_story(
    doctor: Doctor,
    colleague: Doctor,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    rule(same_specialty_days=7, max_open_per_specialty=1, max_open_visits=1)
    old = book(doctor, person, at(3, 9))
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        new = book(colleague, person, at(3, 9), replace=old)  # at the very same time
    assert (new.status, Appointment.objects.get(pk=old.pk).status) == ("confirmed", "cancelled")
    last = old.events.last()
    assert (last.kind, last.by, last.note) == (
        Kind.CANCELLED,
        person,
        "Replaced by Dr. Priya, Tuesday 3 March 2026, 9:00am",
    )
    assert [(event.kind, event.note) for event in new.events.all()] == [
        (Kind.CONFIRMED, "Instead of Dr. Smith, Tuesday 3 March 2026, 9:00am")
    ]
    assert len(mail.outbox) == 2


def test_nothing_is_lost_if_the_booking_fails(
    doctor: Doctor, colleague: Doctor, person: User, stranger: User
) -> None:
    rule(same_specialty_days=7)
    old = book(doctor, person, at(3, 9))
    book(colleague, stranger, at(4, 9))
    with pytest.raises(exceptions.SlotUnavailable):
        book(colleague, person, at(4, 9), replace=old)
    old.refresh_from_db()
    assert (old.status, old.events.count()) == ("confirmed", 1)


def test_too_late_to_cancel_is_too_late_to_replace_for_patients(
    doctor: Doctor, colleague: Doctor, person: User, receptionist: User
) -> None:
    rule(same_specialty_days=7, cancel_notice_hours=2)
    old = make_appointment(doctor, person, NOW + 2 * HOUR - SECOND)
    with pytest.raises(exceptions.TooLateToCancel):
        book(colleague, person, at(4, 9), replace=old)
    assert statuses() == ["confirmed"]
    book(colleague, person, at(4, 9), replace=old, by=receptionist)
    assert statuses() == ["cancelled", "confirmed"]


def test_only_the_patients_own_of_the_specialty_is_replaced(
    doctor: Doctor, dermatologist: Doctor, person: User, stranger: User
) -> None:
    child = make_child(person)
    for old in (
        make_appointment(doctor, stranger, at(5, 9)),
        make_appointment(doctor, person, at(5, 10), patient=child),
        make_appointment(dermatologist, person, at(5, 11)),
        make_appointment(doctor, person, at(5, 12), status="cancelled"),
    ):
        with pytest.raises(exceptions.CannotReplace):
            book(doctor, person, at(4, 9), replace=old)
    assert statuses() == ["confirmed", "confirmed", "confirmed", "cancelled"]


def test_visit_handed_to_a_colleague_meanwhile_is_not_replaced(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    """Its new doctor's row is not locked, and it is not what was seen."""
    old = book(doctor, person, at(3, 9))
    Appointment.objects.filter(pk=old.pk).update(doctor=colleague)
    with pytest.raises(exceptions.CannotReplace):
        book(doctor, person, at(4, 9), replace=old)


def test_keeping_both_may_be_one_too_many(doctor: Doctor, person: User) -> None:
    rule(same_specialty_days=7, max_open_per_specialty=1)
    book(doctor, person, at(3, 9))
    with pytest.raises(exceptions.SimilarVisit):
        book(doctor, person, at(4, 9))
    with pytest.raises(exceptions.TooManyOpen):
        book(doctor, person, at(4, 9), keep_both=True)


def test_desk_is_asked_too_but_not_with_the_patient_before_it(
    doctor: Doctor, person: User, receptionist: User
) -> None:
    rule(same_specialty_days=7)
    book(doctor, person, at(3, 9))
    with pytest.raises(exceptions.SimilarVisit):
        book(doctor, person, at(4, 9), by=receptionist, overrule=True)
    book(doctor, person, at(4, 9), by=receptionist, walk_in=True)


def test_first_free_and_any_doctor_ask_likewise(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    rule(same_specialty_days=7)
    old = book(doctor, person, at(3, 9))
    who = {"patient": patient_of(person), "by": person, "now": NOW}
    first_free = partial(
        services.book_first_free,
        doctor=colleague,
        visit_type=colleague.visit_types.get(),
        day=date(2026, 3, 4),
        **who,
    )
    any_of = partial(
        services.book_any, doctors=[doctor, colleague], city="Hyderabad", start=at(5, 9), **who
    )
    for ask in (first_free, any_of):
        with pytest.raises(exceptions.SimilarVisit):
            ask()
    second = first_free(replace=old)
    third = any_of(replace=second)
    any_of(start=at(5, 10), keep_both=True)
    assert statuses() == ["cancelled", "cancelled", "confirmed", "confirmed"]
    assert third.start == at(5, 9)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_replace_one_at_once(gap: None) -> None:  # noqa: F811
    doctor, colleague, person = make_doctor(), make_doctor("Dr. Priya"), make_person()
    rule(same_specialty_days=7)
    old = book(doctor, person, at(3, 9))
    acts = [
        partial(book, who, person, at(4, hour), replace=Appointment.objects.get(pk=old.pk))
        for who, hour in ((doctor, 9), (colleague, 10))
    ]
    found = at_once(acts)
    assert sorted(found.values()) == [1, 1]
    assert found["done"] == 1
    assert any(name.startswith("CannotReplace") for name in found)
    assert statuses() == ["cancelled", "confirmed"]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_book_the_last_of_a_specialty_at_once(gap: None) -> None:  # noqa: F811
    doctor, colleague, person = make_doctor(), make_doctor("Dr. Priya"), make_person()
    rule(max_open_per_specialty=1)
    found = at_once(
        [partial(book, who, person, at(4, hour)) for who, hour in ((doctor, 9), (colleague, 10))]
    )
    assert found["done"] == 1
    assert any(name.startswith("TooManyOpen") for name in found)
    assert statuses() == ["confirmed"]


# Missed visits

MISSED = at(2, 8) - 10 * DAY  # a visit of some days ago


def cancelled(
    doctor: Doctor, user: User, before: timedelta, *, by: User | None, **fields: Any
) -> Appointment:
    """A visit that was cancelled so long before it would have begun."""
    start = fields.pop("start", MISSED)
    visit = make_appointment(doctor, user, start, status=Status.CANCELLED, **fields)
    visit.events.create(kind=Kind.CANCELLED, by=by, at=start - before, start=start)
    return visit


def count_of(user: User, **policy: Any) -> int:
    patient = patient_of(user)
    rules = BookingPolicy(**{"misses_before_approval": 1} | policy)
    return fairness.count_misses([patient], NOW, rules).get(patient.pk, 0)


@pytest.mark.parametrize(
    ("before", "count"), [(24 * HOUR, 0), (24 * HOUR - SECOND, 1), (-HOUR, 1), (48 * HOUR, 0)]
)
def test_late_is_later_than_the_hours_before(
    doctor: Doctor, person: User, before: timedelta, count: int
) -> None:
    cancelled(doctor, person, before, by=person)
    assert count_of(person) == count


@pytest.mark.parametrize(
    ("status", "count"),
    [("no_show", 1), ("completed", 0), ("confirmed", 0), ("declined", 0), ("cancelled", 0)],
)
def test_no_show_counts(doctor: Doctor, person: User, status: str, count: int) -> None:
    make_appointment(doctor, person, MISSED, status=status)
    assert count_of(person) == count


@pytest.mark.parametrize(("age", "count"), [(10 * DAY - SECOND, 1), (10 * DAY, 0)])
def test_miss_counts_for_some_days(
    doctor: Doctor, person: User, age: timedelta, count: int
) -> None:
    visit = make_appointment(doctor, person, NOW - age, status="no_show")
    rules = BookingPolicy(misses_days=10, misses_before_approval=1)
    assert count_of(person, misses_days=10) == count
    assert (fairness.counts_until(visit, rules) > NOW) == bool(count)


def test_visit_to_come_that_was_cancelled_late_counts_at_once(doctor: Doctor, person: User) -> None:
    visit = book(doctor, person, at(2, 11))
    services.cancel(appointment=visit, by=person, now=NOW)
    assert count_of(person) == 1


def test_what_the_clinic_cancelled_does_not_count(
    doctor: Doctor, person: User, receptionist: User
) -> None:
    for by in (receptionist, doctor.user, None):
        cancelled(doctor, person, HOUR, by=by)
    assert count_of(person) == 0


def test_doctor_who_is_the_mother_cancels_as_the_doctor(doctor: Doctor, person: User) -> None:
    assert doctor.user is not None
    PatientAccess.objects.create(user=doctor.user, patient=patient_of(person), relation="parent")
    cancelled(doctor, person, HOUR, by=doctor.user)
    cancelled(make_doctor("Dr. Priya"), person, HOUR, by=doctor.user)  # who has no login
    assert count_of(person) == 1


def test_who_acted_then_counts_though_they_do_not_act_now(doctor: Doctor, person: User) -> None:
    parent = make_person("Meera Rao")
    PatientAccess.objects.create(
        user=parent, patient=patient_of(person), relation="parent", ended_at=NOW
    )
    cancelled(doctor, person, HOUR, by=parent)
    assert count_of(person) == 1


def test_cancelled_through_the_link_of_a_mail_counts(doctor: Doctor, person: User) -> None:
    visit = cancelled(doctor, person, HOUR, by=None)
    visit.events.filter(kind=Kind.CANCELLED).update(by_link=True)
    assert count_of(person) == 1


def test_who_was_asked_to_choose_another_time_missed_nothing(doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, MISSED, status=Status.CANCELLED)
    for kind, before in ((Kind.OFFERED, 9 * HOUR), (Kind.CANCELLED, HOUR)):
        visit.events.create(kind=kind, by=person, at=MISSED - before, start=MISSED)
    assert count_of(person) == 0
    settled = cancelled(doctor, person, HOUR, by=person, start=MISSED + DAY)
    settled.events.create(kind=Kind.OFFERED, at=NOW, start=settled.start)
    settled.events.create(kind=Kind.MOVED, at=NOW, start=settled.start)
    assert count_of(person) == 1


@pytest.mark.parametrize("approved", [True, False])
def test_request_counts_once_it_was_confirmed(
    doctor: Doctor, person: User, receptionist: User, approved: bool
) -> None:
    Doctor.objects.update(confirms_bookings="on_approval")
    visit = book(doctor, person, at(2, 11))
    if approved:
        services.confirm(appointment=visit, by=receptionist, now=NOW)
    policy = BookingPolicy(misses_before_approval=1)
    assert fairness.would_be_missed(visit, person, NOW, policy) == approved
    services.cancel(appointment=visit, by=person, now=NOW)
    assert count_of(person) == approved


def offer_instead(doctor: Doctor, user: User, visit: Appointment, hour: int = 9) -> WaitingOffer:
    """Who holds the visit is offered a time before it, today, with this doctor."""
    return make_offer(wait_for(doctor, user, instead_of=visit), at(2, hour, 30))


def test_visit_given_back_for_an_offer_does_not_count(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    later = make_appointment(doctor, person, at(2, 15))
    accept(offer=offer_instead(colleague, person, later), by=person, now=NOW)
    assert statuses() == ["confirmed", "cancelled"]
    assert count_of(person) == 0


def test_offer_excuses_no_other_cancelling(doctor: Doctor, colleague: Doctor, person: User) -> None:
    """Neither one before it, nor that of the visit which moved to the time that was offered."""
    later = make_appointment(doctor, person, at(2, 15))
    offer = offer_instead(colleague, person, later)
    services.cancel(appointment=later, by=person, now=NOW)
    accept(offer=offer, by=person, now=NOW + SECOND)
    assert count_of(person) == 1
    moved = make_appointment(doctor, person, at(2, 16))
    accept(offer=offer_instead(doctor, person, moved, 11), by=person, now=NOW + SECOND)
    services.cancel(appointment=moved, by=person, now=NOW + HOUR)
    assert count_of(person) == 2


def test_misses_are_each_persons_own(doctor: Doctor, person: User, stranger: User) -> None:
    make_appointment(doctor, stranger, MISSED, status="no_show")
    make_appointment(doctor, person, MISSED + HOUR, status="no_show", patient=make_child(person))
    assert count_of(person) == 0


@pytest.mark.parametrize(
    ("most", "status"), [(None, "confirmed"), (2, "pending"), (3, "confirmed")]
)
def test_bookings_wait_for_approval_from_a_number_on(
    doctor: Doctor, person: User, most: int | None, status: str
) -> None:
    for number in range(2):
        make_appointment(doctor, person, MISSED + number * HOUR, status="no_show")
    rule(misses_before_approval=most)
    booked = book(doctor, person, at(3, 9))
    assert (booked.status, booked.answer_by is not None) == (status, status == "pending")
    assert booked.events.get().kind == ("requested" if status == "pending" else "confirmed")


def test_all_ways_to_book_and_to_move_wait_for_approval(
    doctor: Doctor, colleague: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(6, 9))
    make_appointment(doctor, person, MISSED, status="no_show")
    rule(misses_before_approval=1)
    who = {"patient": patient_of(person), "by": person, "now": NOW}
    services.book_first_free(
        doctor=doctor, visit_type=doctor.visit_types.get(), day=date(2026, 3, 4), **who
    )
    services.book_any(doctors=[colleague], city="Hyderabad", start=at(5, 9), **who)
    book(colleague, person, at(5, 11), replace=visit)
    moved = services.reschedule(
        appointment=make_appointment(doctor, person, at(9, 9)),
        start=at(9, 11),
        by=person,
        now=NOW,
    )
    waiting = Appointment.objects.filter(status="pending", answer_by__isnull=False)
    assert waiting.count() == 4
    assert moved in waiting


def test_staff_book_and_move_as_ever(doctor: Doctor, person: User, receptionist: User) -> None:
    make_appointment(doctor, person, MISSED, status="no_show")
    rule(misses_before_approval=1)
    booked = book(doctor, person, at(3, 9), by=receptionist)
    assert booked.status == "confirmed"
    services.reschedule(appointment=booked, start=at(4, 9), by=receptionist, now=NOW)
    assert booked.status == "confirmed"
    assert book(doctor, person, at(5, 9), by=receptionist, walk_in=True).status == "confirmed"


def test_rules_ask_the_database_once_where_they_count_and_never_while_off(
    doctor: Doctor, person: User
) -> None:
    def queries(start: datetime) -> int:
        with CaptureQueriesContext(connection) as asked:
            book(doctor, person, start)
        return len(asked)

    book(doctor, person, at(5, 9))  # what is read once is read
    before = queries(at(3, 9))
    rule(misses_before_approval=5, max_open_per_specialty=50, same_specialty_days=1)
    assert queries(at(10, 9)) == before + 1


# Waived


def test_waived_miss_does_not_count(doctor: Doctor, person: User, receptionist: User) -> None:
    visit = make_appointment(doctor, person, MISSED, status="no_show")
    waiver = waive(appointment=visit, by=receptionist, now=NOW, note="The bus broke down")
    assert (waiver.by, waiver.at, waiver.note) == (receptionist, NOW, "The bus broke down")
    assert count_of(person) == 0
    assert waive(appointment=visit, by=receptionist, now=NOW + DAY) == waiver
    assert Waiver.objects.get().at == NOW


def test_waiver_is_taken_back_by_who_may(
    doctor: Doctor, person: User, receptionist: User, manager: User
) -> None:
    visit = make_appointment(doctor, person, MISSED, status="no_show")
    waive(appointment=visit, by=manager, now=NOW)
    with pytest.raises(exceptions.NotAllowed):
        take_back(appointment=visit, by=receptionist)
    assert count_of(person) == 0
    for _time in range(2):
        take_back(appointment=visit, by=manager)
    assert count_of(person) == 1


def test_only_staff_waive_and_only_what_was_missed(
    doctor: Doctor, person: User, receptionist: User
) -> None:
    missed = make_appointment(doctor, person, MISSED, status="no_show")
    assert doctor.user is not None
    for by in (person, doctor.user):
        with pytest.raises(exceptions.NotAllowed):
            waive(appointment=missed, by=by, now=NOW)
    seen = make_appointment(doctor, person, MISSED + HOUR, status="completed")
    with pytest.raises(exceptions.WrongStatus):
        waive(appointment=seen, by=receptionist, now=NOW)
    assert not Waiver.objects.exists()


def test_clinics_limits_have_bounds() -> None:
    """A number that makes no sense has words in the admin's form."""
    for field, wrong in (
        ("max_open_per_specialty", (0, 1001, 10**20)),
        ("same_specialty_days", (-1, 366, 10**20)),
        ("late_cancel_hours", (-1, 24 * 90 + 1)),
        ("misses_before_approval", (0, 1001)),
        ("misses_days", (0, 3651, 10**20)),
    ):
        for value in wrong:
            with pytest.raises(ValidationError) as refused:
                BookingPolicy(**{field: value}).clean_fields()
            assert list(refused.value.message_dict) == [field]
            assert "Ensure this value" in refused.value.message_dict[field][0]
