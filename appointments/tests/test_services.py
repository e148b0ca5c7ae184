"""The booking rules, each at its service."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.models import Patient, PatientAccess, User
from appointments import exceptions, services
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
    make_user,
    patient_of,
)
from doctors.models import Doctor, TimeOff, VisitType

Status = Appointment.Status
TUESDAY_9 = at(3, 9)


def book(doctor, user, start=TUESDAY_9, *, now=NOW, patient=None, **options):
    return services.book(
        doctor=doctor,
        patient=patient or patient_of(user),
        visit_type=options.pop("visit_type", None) or doctor.visit_types.get(),
        start=start,
        by=options.pop("by", user),
        now=now,
        **options,
    )


def story(appointment: Appointment) -> list[tuple[str, User | None]]:
    return [(event.kind, event.by) for event in appointment.events.select_related("by")]


def test_book_writes_the_visit_and_its_event(doctor: Doctor, person: User) -> None:
    booked = book(doctor, person, reason="Chest pain")
    booked.refresh_from_db()
    assert (booked.start, booked.end) == (TUESDAY_9, TUESDAY_9 + timedelta(minutes=30))
    assert (booked.status, booked.reason) == (Status.CONFIRMED, "Chest pain")
    assert (booked.doctor, booked.patient) == (doctor, patient_of(person))
    assert (booked.booked_by, booked.booked_at) == (person, NOW)
    assert booked.location.city == "Hyderabad"
    assert story(booked) == [("confirmed", person)]


def test_book_waits_for_approval_where_the_doctor_wants_it(person: User) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    booked = book(doctor, person)
    assert booked.status == Status.PENDING
    assert story(booked) == [("requested", person)]


def test_book_refuses_a_time_that_is_taken(doctor: Doctor, person: User, stranger: User) -> None:
    book(doctor, person)
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, stranger)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN])
def test_blocking_status_keeps_the_time(
    doctor: Doctor, person: User, stranger: User, status: str
) -> None:
    make_appointment(doctor, stranger, TUESDAY_9, status=status)
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, person)


@pytest.mark.parametrize(
    "status", [Status.DECLINED, Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED]
)
def test_ended_status_frees_the_time(
    doctor: Doctor, person: User, stranger: User, status: str
) -> None:
    make_appointment(doctor, stranger, TUESDAY_9, status=status)
    assert book(doctor, person).start == TUESDAY_9


def test_book_offers_the_very_next_time(doctor: Doctor, person: User, stranger: User) -> None:
    book(doctor, stranger)
    assert book(doctor, person, at(3, 9, 30)).start == at(3, 9, 30)


@pytest.mark.parametrize(
    "start",
    [
        at(3, 9, 10),  # off the grid
        at(3, 3, 17),  # in the night
        at(3, 13),  # in the lunch break
        at(3, 12, 45),  # would run into the break
        at(3, 17),  # after closing
        at(7, 9),  # on a Saturday
    ],
)
def test_book_refuses_what_is_no_slot(doctor: Doctor, person: User, start) -> None:
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, person, start)


def test_book_refuses_time_off_of_the_doctor(doctor: Doctor, person: User) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(3, 8), end=at(3, 9, 15))
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, person)
    assert book(doctor, person, at(3, 9, 30)).start == at(3, 9, 30)


def test_book_refuses_time_off_of_the_place(doctor: Doctor, person: User) -> None:
    TimeOff.objects.create(location=make_location(), start=at(3, 0), end=at(4, 0))
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, person)


def test_book_keeps_the_buffer_of_the_visit_before(person: User, stranger: User) -> None:
    doctor = make_doctor(duration=20)
    visit_type = doctor.visit_types.get()
    visit_type.buffer_minutes = 10
    visit_type.save()
    short = VisitType.objects.create(doctor=doctor, name="Short", duration_minutes=10)
    book(doctor, stranger, visit_type=visit_type)
    with pytest.raises(exceptions.SlotUnavailable):
        book(doctor, person, at(3, 9, 20), visit_type=short)
    assert book(doctor, person, at(3, 9, 30), visit_type=short).start == at(3, 9, 30)


@pytest.mark.parametrize(
    ("start", "now"),
    [
        (TUESDAY_9, TUESDAY_9 + timedelta(minutes=1)),  # passed
        (TUESDAY_9, TUESDAY_9),  # begins now
        (TUESDAY_9, TUESDAY_9 - timedelta(minutes=119)),  # within the notice
        (at(8, 9, month=6), NOW),  # past the horizon
    ],
)
def test_book_refuses_outside_the_window(doctor: Doctor, person: User, start, now) -> None:
    with pytest.raises(exceptions.OutsideBookingWindow):
        book(doctor, person, start, now=now)


def test_book_allows_the_last_minute_of_the_notice(doctor: Doctor, person: User) -> None:
    assert book(doctor, person, now=TUESDAY_9 - timedelta(minutes=120)).start == TUESDAY_9


def test_policy_is_the_one_that_the_clinic_has_set(doctor: Doctor, person: User) -> None:
    BookingPolicy.objects.create(pk=1, notice_minutes=0)
    assert book(doctor, person, now=TUESDAY_9 - timedelta(minutes=1)).start == TUESDAY_9


def test_book_refuses_more_open_visits_than_the_policy(doctor: Doctor, person: User) -> None:
    BookingPolicy.objects.create(pk=1, max_open_visits=2)
    first = book(doctor, person, at(3, 9))
    book(doctor, person, at(3, 10))
    with pytest.raises(exceptions.TooManyOpen, match="You can hold 2 appointments at a time"):
        book(doctor, person, at(3, 11))
    services.cancel(appointment=first, by=person, now=NOW)
    assert book(doctor, person, at(3, 11)).start == at(3, 11)


def test_book_twice_is_told_of_the_first(doctor: Doctor, person: User) -> None:
    first = book(doctor, person)
    with pytest.raises(exceptions.AlreadyBooked) as refusal:
        book(doctor, person)
    assert refusal.value.appointment == first
    assert str(refusal.value) == (
        "You already have an appointment with Dr. Smith on Tuesday 3 March 2026, 9:00am."
    )


def test_book_refuses_two_doctors_at_once_for_one_patient(doctor: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya", duration=60)
    book(doctor, person, at(3, 9, 30))
    with pytest.raises(exceptions.PatientBusy):
        book(other, person, at(3, 9))
    assert book(other, person, at(3, 10)).start == at(3, 10)


def test_book_for_a_child(doctor: Doctor, person: User) -> None:
    child = make_child(person)
    assert book(doctor, person, patient=child).patient == child


def test_book_refuses_a_patient_of_somebody_else(
    doctor: Doctor, person: User, stranger: User
) -> None:
    with pytest.raises(exceptions.NotYourPatient):
        book(doctor, person, patient=patient_of(stranger))


def test_book_refuses_after_the_access_has_ended(doctor: Doctor, person: User) -> None:
    child = make_child(person)
    PatientAccess.objects.filter(patient=child).update(ended_at=NOW)
    with pytest.raises(exceptions.NotYourPatient):
        book(doctor, person, patient=child)


def test_staff_book_for_any_patient(doctor: Doctor, person: User, staff: User) -> None:
    assert book(doctor, person, by=staff).booked_by == staff


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_book_refuses_a_doctor_who_is_not_approved(person: User, status: str) -> None:
    with pytest.raises(exceptions.DoctorNotBookable):
        book(make_doctor(status=status), person)


def test_book_refuses_another_doctors_visit_type(doctor: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya")
    with pytest.raises(exceptions.VisitTypeNotOffered):
        book(doctor, person, visit_type=other.visit_types.get())


def test_book_refuses_a_visit_type_that_is_switched_off(doctor: Doctor, person: User) -> None:
    doctor.visit_types.update(is_active=False)
    with pytest.raises(exceptions.VisitTypeNotOffered):
        book(doctor, person)


def test_book_asks_for_a_confirmed_address_where_the_clinic_does(
    doctor: Doctor, person: User, settings
) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    with pytest.raises(exceptions.EmailNotConfirmedYet):
        book(doctor, person)
    EmailAddress.objects.filter(user=person).update(verified=True)
    assert book(doctor, person).start == TUESDAY_9


def test_book_first_free_takes_the_first_of_the_day(
    doctor: Doctor, person: User, stranger: User
) -> None:
    day = {"doctor": doctor, "visit_type": doctor.visit_types.get(), "day": TUESDAY_9.date()}
    first = services.book_first_free(**day, patient=patient_of(person), by=person, now=NOW)
    second = services.book_first_free(**day, patient=patient_of(stranger), by=stranger, now=NOW)
    assert (first.start, second.start) == (at(3, 9), at(3, 9, 30))


def test_book_first_free_books_once_a_day(doctor: Doctor, person: User) -> None:
    day = {"doctor": doctor, "visit_type": doctor.visit_types.get(), "day": TUESDAY_9.date()}
    acting = {"patient": patient_of(person), "by": person, "now": NOW}
    first = services.book_first_free(**day, **acting)
    with pytest.raises(exceptions.AlreadyBooked) as refusal:
        services.book_first_free(**day, **acting)
    assert refusal.value.appointment == first


@pytest.mark.parametrize(
    ("day", "refusal"),
    [
        (at(7, 9).date(), exceptions.SlotUnavailable),  # Saturday
        (at(28, 9, month=2).date(), exceptions.OutsideBookingWindow),  # past, in every zone
        (at(8, 9, month=6).date(), exceptions.OutsideBookingWindow),
        (at(1, 9).date().replace(year=9999, month=12, day=31), exceptions.OutsideBookingWindow),
        (at(1, 9).date().replace(year=1), exceptions.OutsideBookingWindow),
    ],
)
def test_book_first_free_refuses_a_day_without_times(
    doctor: Doctor, person: User, day, refusal
) -> None:
    with pytest.raises(refusal):
        services.book_first_free(
            doctor=doctor,
            visit_type=doctor.visit_types.get(),
            day=day,
            patient=patient_of(person),
            by=person,
            now=NOW,
        )
    assert Appointment.objects.count() == 0


def test_cancel_frees_the_time_and_says_who(doctor: Doctor, person: User, stranger: User) -> None:
    booked = book(doctor, person)
    services.cancel(appointment=booked, by=person, now=NOW, reason="Feeling better")
    booked.refresh_from_db()
    assert booked.status == Status.CANCELLED
    assert story(booked) == [("confirmed", person), ("cancelled", person)]
    assert booked.events.last().note == "Feeling better"
    assert book(doctor, stranger).start == TUESDAY_9


def test_patient_cancels_until_the_cut_off(doctor: Doctor, person: User) -> None:
    cut_off = TUESDAY_9 - timedelta(hours=2)
    booked = book(doctor, person)
    with pytest.raises(exceptions.TooLateToCancel):
        services.cancel(appointment=booked, by=person, now=cut_off + timedelta(seconds=1))
    assert services.cancel(appointment=booked, by=person, now=cut_off).status == Status.CANCELLED


@pytest.mark.parametrize("who", ["staff", "doctor"])
def test_clinic_cancels_after_the_cut_off(
    doctor: Doctor, person: User, staff: User, who: str
) -> None:
    booked = book(doctor, person)
    by = staff if who == "staff" else doctor.user
    late = TUESDAY_9 + timedelta(minutes=1)
    assert services.cancel(appointment=booked, by=by, now=late).status == Status.CANCELLED


def test_nobody_cancels_what_is_over(doctor: Doctor, person: User, staff: User) -> None:
    booked = book(doctor, person)
    with pytest.raises(exceptions.AlreadyPast):
        services.cancel(appointment=booked, by=staff, now=booked.end)


def test_stranger_cannot_cancel(doctor: Doctor, person: User, stranger: User) -> None:
    booked = book(doctor, person)
    with pytest.raises(exceptions.NotYourPatient):
        services.cancel(appointment=booked, by=stranger, now=NOW)


def test_suspended_doctor_is_no_longer_the_clinic(doctor: Doctor, person: User) -> None:
    booked = book(doctor, person)
    doctor.status = Doctor.Status.SUSPENDED
    doctor.save()
    booked.refresh_from_db()
    with pytest.raises(exceptions.NotYourPatient):
        services.cancel(appointment=booked, by=doctor.user, now=NOW)


ACTS = {
    Status.CONFIRMED: services.confirm,
    Status.DECLINED: services.decline,
    Status.CANCELLED: services.cancel,
    Status.CHECKED_IN: services.check_in,
    Status.NO_SHOW: services.mark_no_show,
    Status.COMPLETED: services.complete,
}
ALLOWED = {
    (Status.PENDING, Status.CONFIRMED),
    (Status.PENDING, Status.DECLINED),
    (Status.PENDING, Status.CANCELLED),
    (Status.CONFIRMED, Status.CHECKED_IN),
    (Status.CONFIRMED, Status.CANCELLED),
    (Status.CONFIRMED, Status.NO_SHOW),
    (Status.CHECKED_IN, Status.COMPLETED),
}


@pytest.mark.parametrize("old", list(Status))
@pytest.mark.parametrize("new", list(ACTS))
def test_transition_is_allowed_or_refused(
    doctor: Doctor, person: User, staff: User, old: Status, new: Status
) -> None:
    visit = make_appointment(doctor, person, TUESDAY_9, status=old)
    now = TUESDAY_9 + timedelta(minutes=5) if new == Status.NO_SHOW else at(3, 8)
    if (old, new) in ALLOWED:
        assert ACTS[new](appointment=visit, by=staff, now=now).status == new
    else:
        with pytest.raises(exceptions.WrongStatus):
            ACTS[new](appointment=visit, by=staff, now=now)
    visit.refresh_from_db()
    assert visit.status == (new if (old, new) in ALLOWED else old)
    assert visit.events.count() == (2 if (old, new) in ALLOWED else 1)


@pytest.mark.parametrize("new", [status for status in ACTS if status != Status.CANCELLED])
def test_patient_cannot_act_for_the_clinic(doctor: Doctor, person: User, new: Status) -> None:
    old = next(before for before, after in ALLOWED if after == new)
    visit = make_appointment(doctor, person, TUESDAY_9, status=old)
    with pytest.raises(exceptions.NotAllowed):
        ACTS[new](appointment=visit, by=person, now=at(3, 9, 5))


def test_other_doctor_cannot_act(doctor: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya", user=make_user())
    visit = make_appointment(doctor, person, TUESDAY_9)
    with pytest.raises(exceptions.NotAllowed):
        services.check_in(appointment=visit, by=other.user, now=TUESDAY_9)


def test_confirm_refuses_a_request_that_is_past(doctor: Doctor, person: User, staff: User) -> None:
    visit = make_appointment(doctor, person, TUESDAY_9, status=Status.PENDING)
    with pytest.raises(exceptions.AlreadyPast):
        services.confirm(appointment=visit, by=staff, now=TUESDAY_9)


def test_check_in_refuses_tomorrows_visit(doctor: Doctor, person: User, staff: User) -> None:
    visit = make_appointment(doctor, person, TUESDAY_9)
    with pytest.raises(exceptions.TooEarly):
        services.check_in(appointment=visit, by=staff, now=at(2, 23, 59))
    assert services.check_in(appointment=visit, by=staff, now=at(3, 0)).status == Status.CHECKED_IN


def test_no_show_waits_for_the_start(doctor: Doctor, person: User, staff: User) -> None:
    visit = make_appointment(doctor, person, TUESDAY_9)
    with pytest.raises(exceptions.TooEarly):
        services.mark_no_show(appointment=visit, by=staff, now=TUESDAY_9 - timedelta(seconds=1))


def test_second_of_two_who_read_the_same_request_is_refused(
    doctor: Doctor, person: User, staff: User
) -> None:
    visit = make_appointment(doctor, person, TUESDAY_9, status=Status.PENDING)
    also = Appointment.objects.get(pk=visit.pk)
    services.confirm(appointment=visit, by=staff, now=NOW)
    with pytest.raises(exceptions.WrongStatus, match="the appointment is “Confirmed”"):
        services.decline(appointment=also, by=staff, now=NOW)
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED
    assert [event.kind for event in visit.events.all()] == ["confirmed", "confirmed"]


def test_reschedule_moves_the_same_appointment(
    doctor: Doctor, person: User, stranger: User
) -> None:
    booked = book(doctor, person)
    services.reschedule(appointment=booked, start=at(4, 10), by=person, now=NOW)
    booked.refresh_from_db()
    assert (booked.start, booked.end) == (at(4, 10), at(4, 10, 30))
    assert (booked.status, booked.sequence) == (Status.CONFIRMED, 1)
    assert story(booked) == [("confirmed", person), ("moved", person)]
    assert book(doctor, stranger).start == TUESDAY_9


def test_cancel_of_a_visit_that_was_just_moved_cancels_it(doctor: Doctor, person: User) -> None:
    booked = book(doctor, person)
    also = Appointment.objects.get(pk=booked.pk)
    services.reschedule(appointment=booked, start=at(4, 10), by=person, now=NOW)
    services.cancel(appointment=also, by=person, now=NOW)
    booked.refresh_from_db()
    assert (booked.status, booked.start) == (Status.CANCELLED, at(4, 10))
    assert [kind for kind, _by in story(booked)] == ["confirmed", "moved", "cancelled"]


@pytest.mark.parametrize(("mover", "status"), [("patient", "pending"), ("clinic", "confirmed")])
def test_reschedule_by_the_patient_waits_for_approval_again(
    person: User, staff: User, mover: str, status: str
) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    booked = book(doctor, person)
    services.confirm(appointment=booked, by=staff, now=NOW)
    by = person if mover == "patient" else staff
    services.reschedule(appointment=booked, start=at(4, 10), by=by, now=NOW)
    booked.refresh_from_db()
    assert booked.status == status


def test_reschedule_may_overlap_its_own_time(person: User) -> None:
    hours = ((time(9), time(10)), (time(9, 30), time(11)))
    doctor = make_doctor(duration=60, hours=hours)
    booked = book(doctor, person)
    assert services.reschedule(
        appointment=booked, start=at(3, 9, 30), by=person, now=NOW
    ).start == at(3, 9, 30)


def test_reschedule_that_fails_keeps_the_old_time(
    doctor: Doctor, person: User, stranger: User
) -> None:
    booked = book(doctor, person)
    book(doctor, stranger, at(3, 10))
    with pytest.raises(exceptions.SlotUnavailable):
        services.reschedule(appointment=booked, start=at(3, 10), by=person, now=NOW)
    booked.refresh_from_db()
    assert (booked.start, booked.sequence, booked.events.count()) == (TUESDAY_9, 0, 1)


def test_reschedule_refuses_another_visit_of_the_patient(doctor: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya")
    booked = book(doctor, person)
    book(other, person, at(3, 10))
    with pytest.raises(exceptions.PatientBusy):
        services.reschedule(appointment=booked, start=at(3, 10), by=person, now=NOW)


def test_reschedule_has_a_cut_off(doctor: Doctor, person: User, staff: User) -> None:
    booked = book(doctor, person)
    late = TUESDAY_9 - timedelta(hours=1)
    with pytest.raises(exceptions.TooLateToReschedule):
        services.reschedule(appointment=booked, start=at(4, 10), by=person, now=late)
    assert services.reschedule(appointment=booked, start=at(4, 10), by=staff, now=late).start == at(
        4, 10
    )


@pytest.mark.django_db(transaction=True)
def test_mails_go_out_after_the_commit(django_capture_on_commit_callbacks) -> None:
    person = make_person("Asha Rao", "asha@example.com")
    doctor = make_doctor()
    mail.outbox.clear()
    booked = book(doctor, person)
    services.cancel(appointment=booked, by=person, now=NOW)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["asha@example.com"], "Your appointment on Tuesday 3 March, 9:00am"),
        (["asha@example.com"], "Your appointment on Tuesday 3 March, 9:00am is cancelled"),
    ]


def test_mail_waits_for_the_commit(doctor: Doctor, person: User) -> None:
    mail.outbox.clear()
    book(doctor, person)  # within the test's own transaction, which never commits
    assert mail.outbox == []


def test_patient_registered_by_phone_gets_mail_at_their_own_address(
    doctor: Doctor, staff: User, django_capture_on_commit_callbacks
) -> None:
    patient = Patient.objects.create(name="Old Friend", email="friend@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        book(doctor, staff, patient=patient)
    assert [sent.to for sent in mail.outbox] == [["friend@example.com"]]


def test_patient_whom_nobody_can_write_to_gets_no_mail(
    doctor: Doctor, staff: User, django_capture_on_commit_callbacks
) -> None:
    patient = Patient.objects.create(name="Old Friend")
    with django_capture_on_commit_callbacks(execute=True):
        book(doctor, staff, patient=patient)
    assert mail.outbox == []


def test_event_of_every_booking_is_written_with_it(doctor: Doctor, person: User) -> None:
    booked = book(doctor, person, now=NOW)
    event = AppointmentEvent.objects.get()
    assert (event.appointment, event.at, event.start) == (booked, NOW, booked.start)
    assert timezone.is_aware(event.at)


# Notice, horizon and kinds of visit


def with_rules(doctor: Doctor, **rules: object) -> VisitType:
    doctor.visit_types.update(**rules)
    return doctor.visit_types.get()


@pytest.mark.parametrize(
    ("rules", "start", "bookable"),
    [
        ({"notice_minutes": 24 * 60}, at(3, 9), True),
        ({"notice_minutes": 24 * 60 + 31}, at(3, 9), False),
        ({"notice_minutes": 0}, at(2, 9), True),
        ({"horizon_days": 1}, at(3, 9), False),
        ({"horizon_days": 2}, at(3, 9), True),
    ],
)
def test_visit_type_has_its_own_notice_and_horizon(
    doctor: Doctor, person: User, rules: dict[str, int], start: datetime, bookable: bool
) -> None:
    kind = with_rules(doctor, **rules)
    details = {"patient": patient_of(person), "visit_type": kind, "by": person, "now": NOW}
    if bookable:
        assert services.book(doctor=doctor, start=start, **details).start == start
    else:
        with pytest.raises(exceptions.OutsideBookingWindow):
            services.book(doctor=doctor, start=start, **details)


@pytest.mark.parametrize("start", [at(2, 9), at(3, 9, month=12)])
def test_staff_overrule_notice_and_horizon(
    doctor: Doctor, person: User, staff: User, start: datetime
) -> None:
    details = {
        "doctor": doctor,
        "patient": patient_of(person),
        "visit_type": doctor.visit_types.get(),
        "start": start,
        "now": NOW,
    }
    with pytest.raises(exceptions.OutsideBookingWindow):
        services.book(by=staff, **details)
    with pytest.raises(exceptions.NotAllowed):
        services.book(by=person, overrule=True, **details)
    assert services.book(by=staff, overrule=True, **details).start == start


def test_staff_overrule_how_many_visits_a_patient_holds(
    doctor: Doctor, person: User, staff: User
) -> None:
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    book(doctor, person)
    with pytest.raises(exceptions.TooManyOpen):
        book(doctor, person, at(4, 9), by=staff)
    assert book(doctor, person, at(4, 9), by=staff, overrule=True).start == at(4, 9)


def test_staff_overrule_no_overlap(doctor: Doctor, person: User, staff: User) -> None:
    make_appointment(doctor, make_person(), at(2, 9))
    with pytest.raises(exceptions.SlotUnavailable):
        services.book(
            doctor=doctor,
            patient=patient_of(person),
            visit_type=doctor.visit_types.get(),
            start=at(2, 9),
            by=staff,
            now=NOW,
            overrule=True,
        )


def test_kind_that_is_not_online_is_booked_by_staff_alone(
    doctor: Doctor, person: User, staff: User
) -> None:
    kind = with_rules(doctor, is_online=False)
    details = {"doctor": doctor, "patient": patient_of(person), "visit_type": kind, "now": NOW}
    with pytest.raises(exceptions.VisitTypeNotOffered):
        services.book(by=person, start=at(3, 9), **details)
    assert services.book(by=staff, start=at(3, 9), **details).visit_type == kind


@pytest.mark.parametrize(
    ("audience", "status", "bookable"),
    [
        ("new", None, True),
        ("new", "completed", False),
        ("new", "cancelled", True),
        ("new", "no_show", True),
        ("known", None, False),
        ("known", "completed", True),
        ("known", "confirmed", True),
        ("known", "declined", False),
    ],
)
def test_kind_is_for_new_or_for_known_patients(
    doctor: Doctor, person: User, audience: str, status: str | None, bookable: bool
) -> None:
    kind = with_rules(doctor, audience=audience)
    if status:
        make_appointment(doctor, person, at(1, 9), status=status)
    details = {"patient": patient_of(person), "visit_type": kind, "by": person, "now": NOW}
    if bookable:
        assert services.book(doctor=doctor, start=at(3, 9), **details).start == at(3, 9)
    else:
        with pytest.raises(exceptions.NotForThisPatient):
            services.book(doctor=doctor, start=at(3, 9), **details)


def test_day_is_full_at_the_daily_maximum(doctor: Doctor, person: User) -> None:
    Doctor.objects.update(max_visits_per_day=2)
    doctor.refresh_from_db()
    make_appointment(doctor, make_person(), at(3, 9))
    make_appointment(doctor, make_person(), at(3, 10), status="cancelled")
    details = {
        "doctor": doctor,
        "patient": patient_of(person),
        "visit_type": doctor.visit_types.get(),
        "by": person,
        "now": NOW,
    }
    services.book(start=at(3, 11), **details)
    with pytest.raises(exceptions.SlotUnavailable):
        services.book(start=at(3, 14), **details)
    assert services.book(start=at(4, 14), **details).start == at(4, 14)


def test_visit_moves_within_a_full_day(doctor: Doctor, person: User) -> None:
    Doctor.objects.update(max_visits_per_day=1)
    visit = make_appointment(doctor, person, at(3, 9))
    moved = services.reschedule(appointment=visit, start=at(3, 11), by=person, now=NOW)
    assert (moved.start, moved.sequence) == (at(3, 11), 1)


def test_buffer_of_another_kind_of_visit_is_kept_free(doctor: Doctor, person: User) -> None:
    long = doctor.visit_types.create(name="Long", duration_minutes=30, buffer_minutes=30)
    make_appointment(doctor, make_person(), at(3, 9), visit_type=long)
    details = {
        "doctor": doctor,
        "patient": patient_of(person),
        "visit_type": doctor.visit_types.get(name="Consultation"),
        "by": person,
        "now": NOW,
    }
    with pytest.raises(exceptions.SlotUnavailable):
        services.book(start=at(3, 9, 30), **details)
    assert services.book(start=at(3, 10), **details).start == at(3, 10)


def test_visit_moves_to_a_time_that_overlaps_its_own(doctor: Doctor, person: User) -> None:
    Doctor.objects.update(step_minutes=10)
    visit = make_appointment(doctor, person, at(3, 9))
    moved = services.reschedule(appointment=visit, start=at(3, 9, 10), by=person, now=NOW)
    assert (moved.pk, moved.start, moved.events.count()) == (visit.pk, at(3, 9, 10), 2)


def test_a_day_is_booked_once_though_its_visit_is_over(doctor: Doctor, person: User) -> None:
    details = {
        "doctor": doctor,
        "patient": patient_of(person),
        "visit_type": doctor.visit_types.get(),
        "day": date(2026, 3, 2),
        "by": person,
    }
    first = services.book_first_free(now=NOW, **details)
    with pytest.raises(exceptions.AlreadyBooked):
        services.book_first_free(now=first.end + timedelta(minutes=1), **details)
