"""The links of mails: their keys, how long they are good, and what their holders may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts.keys import digest_of
from accounts.models import Patient, PatientAccess, User
from accounts.selectors import contacts_of
from appointments import exceptions, services
from appointments.actors import Holder
from appointments.links.exceptions import LinkEnded
from appointments.links.selectors import holder_of, link_at
from appointments.links.services import acting, end_links, key_of
from appointments.models import Appointment, AppointmentEvent, BookingPolicy, VisitLink
from appointments.querysets import is_promise
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_person,
    patient_of,
)
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Kind = AppointmentEvent.Kind
LATER = NOW + timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(4, 9, 30), reason="Chest pain")


@pytest.fixture
def key(visit: Appointment) -> str:
    return key_for(visit)


def key_for(visit: Appointment, now: datetime = NOW, which: int = 0) -> str:
    return key_of(appointment=visit, contact=contacts_of(visit.patient)[which], now=now)


def is_good(key: str, now: datetime = LATER) -> bool:
    return link_at(key, now) is not None


def story(visit: Appointment) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in visit.events.values_list("kind", "by__email", "by_link")][1:]


def link_of(key: str) -> VisitLink:
    link = link_at(key, LATER)
    assert link is not None
    return link


# Keys


def test_key_has_the_bits_of_a_sha256_and_is_kept_as_its_hash(key: str) -> None:
    assert len(key) * 6 >= 256
    link = VisitLink.objects.get()
    assert (link.digest, link.email, link.generation) == (digest_of(key), "asha@example.com", 1)


def test_key_is_the_same_in_each_mail(visit: Appointment, key: str) -> None:
    assert key_for(visit, LATER) == key
    assert VisitLink.objects.count() == 1


def test_keys_differ_by_visit_and_by_address(
    visit: Appointment, key: str, doctor: Doctor, person: User, stranger: User
) -> None:
    PatientAccess.objects.create(user=stranger, patient=visit.patient, relation="carer")
    other = make_appointment(doctor, person, at(5, 9))
    keys = {key, key_for(visit, which=1), key_for(other), key_for(other, which=1)}
    assert len(keys) == 4
    assert {link_of(one).appointment_id for one in (key, key_for(visit, which=1))} == {visit.pk}


def test_address_is_one_whatever_its_case(visit: Appointment, key: str) -> None:
    contact = contacts_of(visit.patient)[0]._replace(email="ASHA@example.com")
    assert key_of(appointment=visit, contact=contact, now=NOW) == key


def test_patient_without_a_login_has_a_link_that_is_nobodys(
    visit: Appointment, stranger: User
) -> None:
    """Though a login has the same address: it does not act for this patient."""
    Appointment.objects.update(patient=Patient.objects.create(name="Ravi", email=stranger.email))
    visit.refresh_from_db()
    assert holder_of(link_of(key_for(visit))).user is None


def test_another_secret_key_ends_the_links_that_are_sent(
    visit: Appointment, key: str, settings: Settings
) -> None:
    settings.SECRET_KEY = "another secret key, which is long enough for all that is signed"
    assert not is_good(key)
    again = key_for(visit)
    assert again != key
    assert is_good(again)
    assert not is_good(key)


@pytest.mark.parametrize("wrong", ["", "a", "a" * 43, "\x00", "ß" * 43, "a" * 5000])
def test_wrong_key_leads_nowhere(key: str, wrong: str) -> None:
    assert not is_good(wrong)
    assert not is_good(key[:-1])
    assert not is_good(key + "A")
    assert not is_good(key.swapcase())
    assert not is_good(digest_of(key))


def test_no_table_has_the_key_as_it_is(person: User, doctor: Doctor, queue: None) -> None:
    """Neither once the mails are in the queue nor once the link is used."""
    visit = services.book(
        doctor=doctor,
        patient=patient_of(person),
        visit_type=doctor.visit_types.get(),
        start=at(4, 9, 30),
        by=person,
        now=NOW,
    )
    key = key_for(visit)
    acting.attend(key=key, now=LATER)
    acting.move(key=key, start=at(4, 10), now=LATER)
    acting.cancel(key=key, now=LATER, reason="Ill")
    assert DBTaskResult.objects.count() == 3
    assert not is_kept(key)
    assert is_kept(digest_of(key))


def is_kept(key: str) -> bool:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(key in str(value) for row in cursor.fetchall() for value in row):
                return True
    return False


# How long a link is good


def test_link_is_good_until_the_visit_ends(visit: Appointment, key: str) -> None:
    assert is_good(key, visit.end - timedelta(seconds=1))
    assert not is_good(key, visit.end)


@pytest.mark.parametrize("status", Appointment.Status.values)
def test_link_ends_with_the_visit(visit: Appointment, key: str, status: str) -> None:
    Appointment.objects.update(status=status)
    assert is_good(key) == (status in ("pending", "confirmed"))


def test_link_of_a_visit_whose_doctor_was_suspended_is_good(visit: Appointment, key: str) -> None:
    Doctor.objects.update(status=Doctor.Status.SUSPENDED)
    assert is_good(key)


def end_access(visit: Appointment) -> None:
    PatientAccess.objects.filter(patient=visit.patient).update(ended_at=NOW)


def keep_out(visit: Appointment) -> None:
    User.objects.filter(email="asha@example.com").update(is_active=False)


def change_address(visit: Appointment) -> None:
    User.objects.filter(email="asha@example.com").update(email="new@example.com")


def take_the_visit_away(visit: Appointment) -> None:
    Appointment.objects.update(patient=Patient.objects.create(name="Ravi", email="r@example.com"))


def end_and_write_to_the_patient(visit: Appointment) -> None:
    """The address is the same, but who acts is not who acted."""
    end_access(visit)
    Patient.objects.update(email="asha@example.com")


@pytest.mark.parametrize(
    "happens",
    [end_access, keep_out, change_address, take_the_visit_away, end_and_write_to_the_patient],
)
def test_link_ends_when_its_address_is_not_to_be_written_to(
    visit: Appointment, key: str, happens: Callable[[Appointment], None]
) -> None:
    happens(visit)
    assert not is_good(key)


def test_link_does_not_come_back_with_a_new_access(visit: Appointment, key: str) -> None:
    end_access(visit)
    PatientAccess.objects.create(
        user=User.objects.get(email="asha@example.com"),
        patient=visit.patient,
        relation="self",
        created_at=NOW + DAY,
    )
    assert not is_good(key, NOW + DAY)
    again = key_for(visit, NOW + DAY)
    assert again != key
    assert [is_good(one, NOW + DAY) for one in (key, again)] == [False, True]
    assert key_for(visit, NOW + DAY + timedelta(hours=1)) == again


def test_renewed_link_ends_and_the_next_mail_has_another(
    visit: Appointment, key: str, person: User, stranger: User
) -> None:
    PatientAccess.objects.create(user=stranger, patient=visit.patient, relation="carer")
    of_carer = key_for(visit, which=1)
    assert end_links(appointment=visit, by=person, now=LATER) == 2
    assert not is_good(key)
    assert not is_good(of_carer)
    again = key_for(visit, LATER)
    assert again != key
    assert is_good(again)
    assert not is_good(key)


def test_strangers_end_no_links(visit: Appointment, key: str, stranger: User) -> None:
    with pytest.raises(exceptions.NotYourPatient):
        end_links(appointment=visit, by=stranger, now=LATER)
    assert is_good(key)


def test_clinic_ends_links_for_a_patient(visit: Appointment, key: str, staff: User) -> None:
    assert end_links(appointment=visit, by=staff, now=LATER) == 1
    assert not is_good(key)


# What a holder may do


def test_holder_attends_once(visit: Appointment, key: str) -> None:
    for _ in range(2):
        acting.attend(key=key, now=LATER)
    assert story(visit) == [("attends", "asha@example.com", True)]


def test_holder_cancels_once(
    visit: Appointment, key: str, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert acting.cancel(key=key, now=LATER, reason="Ill").status == "cancelled"
    assert story(visit) == [("cancelled", "asha@example.com", True)]
    assert visit.events.get(kind="cancelled").note == "Ill"
    assert [message.to for message in mailoutbox] == [["asha@example.com"]]


def test_holder_moves_once(
    visit: Appointment, key: str, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            assert acting.move(key=key, start=at(4, 10), now=LATER).start == at(4, 10)
    assert story(visit) == [("moved", "asha@example.com", True)]
    assert len(mailoutbox) == 1
    assert is_good(key)  # a mail that is read again leads to the visit at its new time


def test_link_that_has_ended_does_nothing(visit: Appointment, key: str, person: User) -> None:
    end_links(appointment=visit, by=person, now=LATER)
    acts: list[Callable[[], Any]] = [
        lambda: acting.attend(key=key, now=LATER),
        lambda: acting.cancel(key=key, now=LATER),
        lambda: acting.move(key=key, start=at(4, 10), now=LATER),
    ]
    for act in acts:
        with pytest.raises(LinkEnded):
            act()
    visit.refresh_from_db()
    assert (visit.status, visit.start, story(visit)) == ("confirmed", at(4, 9, 30), [])


def test_holder_without_a_login_stands_in_the_story_as_the_link(
    visit: Appointment, stranger: User
) -> None:
    patient = Patient.objects.create(name="Ravi", email="ravi@example.com")
    Appointment.objects.update(patient=patient)
    key = key_for(Appointment.objects.get())
    acting.attend(key=key, now=LATER)
    acting.move(key=key, start=at(4, 10), now=LATER)
    acting.cancel(key=key, now=LATER)
    assert story(visit) == [(kind, None, True) for kind in ("attends", "moved", "cancelled")]


@pytest.mark.parametrize("who", ["staff", "its doctor"])
def test_holder_acts_for_the_patient_whoever_they_are(
    visit: Appointment, staff: User, who: str
) -> None:
    """The clinic may cancel and move until the visit begins: not so by a mail's link."""
    user = staff if who == "staff" else visit.doctor.user
    assert user is not None
    PatientAccess.objects.create(user=user, patient=visit.patient, relation="carer")
    key = key_for(visit, which=1)
    late = visit.start - timedelta(hours=1)
    with pytest.raises(exceptions.TooLateToCancel):
        acting.cancel(key=key, now=late)
    with pytest.raises(exceptions.TooLateToReschedule):
        acting.move(key=key, start=at(5, 10), now=late)
    holder = holder_of(link_of(key))
    for service in (services.confirm, services.decline, services.check_in, services.mark_no_show):
        with pytest.raises(exceptions.NotAllowed):
            service(appointment=visit, by=holder, now=visit.start)
    with pytest.raises(exceptions.NotAllowed):
        services.reschedule(appointment=visit, start=at(4, 10), by=holder, now=NOW, overrule=True)
    assert story(visit) == []


def test_cut_off_is_that_of_patients(visit: Appointment, key: str) -> None:
    BookingPolicy.objects.create(pk=1, cancel_notice_hours=24, reschedule_notice_hours=48)
    with pytest.raises(exceptions.TooLateToReschedule):
        acting.move(key=key, start=at(5, 10), now=visit.start - timedelta(hours=47))
    with pytest.raises(exceptions.TooLateToCancel):
        acting.cancel(key=key, now=visit.start - timedelta(hours=23))
    acting.cancel(key=key, now=visit.start - timedelta(hours=24))


def test_move_asks_the_doctor_who_approves_bookings(visit: Appointment, key: str) -> None:
    Doctor.objects.update(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    assert acting.move(key=key, start=at(4, 10), now=LATER).status == "pending"


def test_holder_acts_on_their_visit_alone(
    visit: Appointment, key: str, doctor: Doctor, person: User
) -> None:
    holder = holder_of(link_of(key))
    same_patient = make_appointment(doctor, person, at(5, 9))
    other_patient = make_appointment(doctor, make_person("Sam"), at(5, 10))
    for other in (same_patient, other_patient):
        for service in (services.attend, services.cancel):
            with pytest.raises(exceptions.NotYourPatient):
                service(appointment=other, by=holder, now=LATER)
        with pytest.raises(exceptions.NotYourPatient):
            services.reschedule(appointment=other, start=at(6, 9), by=holder, now=LATER)


@pytest.mark.parametrize(
    "holder",
    [
        {"email": "other@example.com"},
        {"user": None},
        {"patient_id": 0},
    ],
)
def test_holder_is_one_to_be_written_to(
    visit: Appointment, person: User, holder: dict[str, Any]
) -> None:
    right = {"patient_id": visit.patient_id, "email": "Asha@example.com", "user": person}
    with pytest.raises(exceptions.NotYourPatient):
        services.attend(appointment=visit, by=Holder(**(right | holder)), now=LATER)
    services.attend(appointment=visit, by=Holder(**right), now=LATER)  # of no visit in particular


def offered(visit: Appointment, person: User, **changes: Any) -> Holder:
    """Who holds the link of a mail that offers a time."""
    patient = visit.patient
    return Holder(**({"patient_id": patient.pk, "email": person.email, "user": person} | changes))


def book_as(holder: Holder, visit: Appointment) -> Appointment:
    return services.book(
        doctor=visit.doctor,
        patient=visit.patient,
        visit_type=visit.visit_type,
        start=at(5, 9),
        by=holder,
        now=NOW,
    )


def test_holder_books_what_a_mail_offers(visit: Appointment, person: User) -> None:
    booked = book_as(offered(visit, person), visit)
    assert (booked.status, booked.booked_by) == ("confirmed", person)
    assert list(booked.events.values_list("by__email", "by_link")) == [("asha@example.com", True)]


def test_holder_without_a_login_books_in_the_name_of_who_asked_for_the_time(
    visit: Appointment, staff: User
) -> None:
    visit.patient = Patient.objects.create(name="Ravi", email="ravi@example.com")
    holder = Holder(visit.patient.pk, "ravi@example.com", stand_in=staff)
    booked = book_as(holder, visit)
    assert booked.booked_by == staff
    assert [(event.by, event.by_link) for event in booked.events.all()] == [(None, True)]


def test_holder_of_a_visits_link_books_no_other(
    visit: Appointment, key: str, person: User, stranger: User
) -> None:
    holders = [
        holder_of(link_of(key)),
        offered(visit, person, email="other@example.com"),
        offered(visit, person, user=stranger),
        offered(visit, person, patient_id=patient_of(stranger).pk),
    ]
    for holder in holders:
        with pytest.raises(exceptions.NotYourPatient):
            book_as(holder, visit)


# Coming


def test_person_who_is_logged_in_attends(visit: Appointment, person: User) -> None:
    services.attend(appointment=visit, by=person, now=LATER)
    assert story(visit) == [("attends", "asha@example.com", False)]


def test_stranger_cannot_attend(visit: Appointment, stranger: User) -> None:
    with pytest.raises(exceptions.NotYourPatient):
        services.attend(appointment=visit, by=stranger, now=LATER)


@pytest.mark.parametrize(
    "status", ["pending", "checked_in", "completed", "no_show", "declined", "cancelled"]
)
def test_only_a_confirmed_visit_is_attended(visit: Appointment, person: User, status: str) -> None:
    Appointment.objects.update(status=status)
    with pytest.raises(exceptions.WrongStatus):
        services.attend(appointment=visit, by=person, now=LATER)
    assert story(visit) == []


def test_visit_that_is_over_is_not_attended(visit: Appointment, person: User) -> None:
    with pytest.raises(exceptions.AlreadyPast):
        services.attend(appointment=visit, by=person, now=visit.end)


def test_visit_that_is_to_be_moved_is_not_attended(visit: Appointment, person: User) -> None:
    visit.events.create(kind=Kind.OFFERED, at=NOW, start=visit.start)
    with pytest.raises(exceptions.WrongStatus, match="Choose another time"):
        services.attend(appointment=visit, by=person, now=LATER)


def promised(visit: Appointment) -> bool:
    """In the three ways in which it is asked; they agree."""
    with_events = Appointment.objects.with_details().get(pk=visit.pk).is_promised
    annotated = Appointment.objects.with_promises().get(pk=visit.pk).is_promised
    found = Appointment.objects.promised().filter(pk=visit.pk).exists()
    assert with_events == annotated == found
    return with_events


def test_moved_visit_is_to_be_promised_anew(visit: Appointment, key: str) -> None:
    assert not promised(visit)
    acting.attend(key=key, now=LATER)
    assert promised(visit)
    acting.move(key=key, start=at(4, 10), now=LATER)
    assert not promised(visit)
    acting.attend(key=key, now=LATER)
    assert promised(visit)
    assert [kind for kind, *_ in story(visit)] == ["attends", "moved", "attends"]
    acting.cancel(key=key, now=LATER)
    assert not promised(visit)


@pytest.mark.parametrize(
    ("status", "kinds", "promise"),
    [
        ("confirmed", [], False),
        ("confirmed", ["confirmed", "attends"], True),
        ("confirmed", ["attends", "moved"], False),
        ("confirmed", ["attends", "offered"], False),
        ("confirmed", ["attends", "confirmed"], False),
        ("confirmed", ["moved", "attends", "no_show"], True),
        ("cancelled", ["attends", "cancelled"], False),
        ("checked_in", ["attends", "checked_in"], False),
    ],
)
def test_promise(status: str, kinds: list[str], promise: bool) -> None:
    assert is_promise(status, kinds) == promise


def test_promise_of_a_visit_that_is_handed_over_is_about_the_other_doctor(
    visit: Appointment, person: User
) -> None:
    """A visit at the same time, but moved."""
    services.attend(appointment=visit, by=person, now=LATER)
    Appointment.objects.update(doctor=make_doctor("Dr. Priya"))
    visit.events.create(kind=Kind.MOVED, at=LATER, start=visit.start)
    assert not promised(visit)
