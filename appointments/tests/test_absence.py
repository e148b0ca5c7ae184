"""Time off and closures over booked visits, at the service: all is done, or nothing."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import Patient, User
from appointments import exceptions, services
from appointments.absence.plan import Absence, Ask, Cancel, Decision, Leave, Move, Span, read, said
from appointments.absence.selectors import (
    Touched,
    touched_by,
    touched_with_alternatives,
    unanswered,
    unreachable,
)
from appointments.absence.services import Outcome, take_back_time_off, take_time_off
from appointments.models import Appointment, BookingPolicy
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_person, patient_of
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.django_db

Status = Appointment.Status


@pytest.fixture
def visits(doctor: Doctor) -> list[Appointment]:
    """Three visits to Dr. Smith on Tuesday, of Anna, Boris and Chen."""
    return [
        make_appointment(doctor, make_person(name, f"{name.lower()}@example.com"), at(3, hour))
        for name, hour in (("Anna", 9), ("Boris", 10), ("Chen", 11))
    ]


@pytest.fixture
def tuesday(doctor: Doctor) -> Absence:
    return Absence((Span(at(3, 0), at(4, 0), "Conference"),), doctor=doctor)


@pytest.fixture
def colleague(doctor: Doctor) -> Doctor:
    return make_doctor("Dr. Rao")


def act(absence: Absence, by: User | None = None, *, now: datetime = NOW, **decisions) -> Outcome:
    """Keywords cannot be ids: `v0` stands for the first visit of those there are, by time."""
    rows = list(Appointment.objects.order_by("start", "id"))
    by_id = {rows[int(key[1:])].pk: decision for key, decision in decisions.items()}
    assert absence.doctor is not None or by is not None
    return take_time_off(absence=absence, decisions=by_id, by=by or absence.doctor.user, now=now)


def story(visit: Appointment) -> list[str]:
    return [event.kind for event in visit.events.all()]


def nothing_happened(visits: list[Appointment]) -> bool:
    for visit in visits:
        before = (visit.start, visit.status, visit.version, visit.doctor_id)
        visit.refresh_from_db()
        assert (visit.start, visit.status, visit.version, visit.doctor_id) == before
        assert story(visit) == ["confirmed"]
    return not TimeOff.objects.exists()


# Each of what can be decided


def test_one_is_moved_one_asked_one_cancelled_and_each_is_told(
    doctor: Doctor,
    visits: list[Appointment],
    tuesday: Absence,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        outcome = act(tuesday, v0=Move(at(4, 9), doctor.pk), v1=Ask(), v2=Cancel("I am away."))
    [off] = outcome.time_off
    assert (off.doctor, off.start, off.end) == (doctor, at(3, 0), at(4, 0))
    assert off.reason == "Conference"
    first, second, third = visits
    for visit in visits:
        visit.refresh_from_db()
    assert (first.start, first.end, first.sequence) == (at(4, 9), at(4, 9, 30), 1)
    assert (first.status, second.status, third.status) == ("confirmed", "confirmed", "cancelled")
    assert (second.start, second.sequence) == (at(3, 10), 0)
    assert [story(visit)[1:] for visit in visits] == [["moved"], ["offered"], ["cancelled"]]
    assert third.events.last().note == "I am away."
    assert {(tuple(sent.to), sent.subject) for sent in mail.outbox} == {
        (("anna@example.com",), "Your appointment is now on Wednesday 4 March, 9:00am"),
        (
            ("boris@example.com",),
            "Choose another time: your appointment on Tuesday 3 March, 10:00am",
        ),
        (("chen@example.com",), "Your appointment on Tuesday 3 March, 11:00am is cancelled"),
    }
    assert not any("Conference" in str(sent.body) for sent in mail.outbox)


def test_visit_moves_to_a_colleague(
    doctor: Doctor,
    colleague: Doctor,
    visits: list[Appointment],
    tuesday: Absence,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        act(tuesday, v0=Move(at(3, 9), colleague.pk), v1=Cancel(), v2=Cancel())
    visit = Appointment.objects.get(pk=visits[0].pk)
    assert (visit.doctor, visit.start, visit.sequence) == (colleague, at(3, 9), 1)
    assert visit.visit_type == colleague.visit_types.get()
    assert visit.events.last().note == "Dr. Rao instead of Dr. Smith"
    [message] = [sent for sent in mail.outbox if sent.to == ["anna@example.com"]]
    assert isinstance(message, EmailMultiAlternatives)
    first_line = (
        "Your appointment is now with Dr. Rao, instead of Dr. Smith, on Tuesday 3 March 2026, "
        "9:00am."
    )
    assert message.body.splitlines()[0] == first_line
    assert "With: Dr. Rao\n" in message.body
    assert first_line in str(message.alternatives[0][0])


@pytest.mark.parametrize(("who", "status"), [("doctor", "pending"), ("desk", "confirmed")])
def test_colleague_who_approves_bookings_is_asked_by_a_doctor_not_by_the_desk(
    who: str,
    status: str,
    doctor: Doctor,
    colleague: Doctor,
    staff: User,
    visits: list[Appointment],
    tuesday: Absence,
) -> None:
    Doctor.objects.filter(pk=colleague.pk).update(confirms_bookings="on_approval")
    by = {"doctor": doctor.user, "desk": staff}[who]
    act(tuesday, by, v0=Move(at(3, 9), colleague.pk), v1=Cancel(), v2=Cancel())
    assert Appointment.objects.get(pk=visits[0].pk).status == status


def test_mail_to_who_is_asked_names_free_times_and_leads_to_them(
    doctor: Doctor,
    visits: list[Appointment],
    tuesday: Absence,
    clock: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_appointment(doctor, make_person(), at(4, 9))
    with django_capture_on_commit_callbacks(execute=True):
        act(tuesday, v0=Ask(), v1=Cancel(), v2=Cancel())
    [message] = [sent for sent in mail.outbox if sent.to == ["anna@example.com"]]
    assert isinstance(message, EmailMultiAlternatives)
    lines = message.body.splitlines()
    assert lines[0] == "Choose another time: the clinic cannot see you at the time you have."
    times = [
        "Wednesday 4 March, 9:30am, 30 minutes",
        "Wednesday 4 March, 10:00am, 30 minutes",
        "Wednesday 4 March, 10:30am, 30 minutes",
    ]
    assert [line[2:] for line in lines if line.startswith("- ")] == times
    html = str(message.alternatives[0][0])
    for part in (message.body, html):
        assert re.search(r"/visit/[\w-]{43}/move/", part)
        assert all(when in part for when in times)


def test_kind_of_visit_with_a_colleague_is_the_one_most_like_it(
    doctor: Doctor, colleague: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    colleague.visit_types.update(name="First visit", duration_minutes=60)
    kinds = [
        colleague.visit_types.create(name=name, duration_minutes=minutes, audience=audience)
        for name, minutes, audience in (
            ("Consultation", 15, "known"),  # not for who has not been there before
            ("Talk", 30, "everyone"),
        )
    ]
    act(tuesday, v0=Move(at(3, 9), colleague.pk), v1=Cancel(), v2=Cancel())
    assert Appointment.objects.get(pk=visits[0].pk).visit_type == kinds[1]


def test_pending_request_that_is_moved_stays_one(doctor: Doctor, tuesday: Absence) -> None:
    visit = make_appointment(doctor, make_person(), at(3, 9), status=Status.PENDING)
    act(tuesday, v0=Move(at(4, 9), doctor.pk))
    visit.refresh_from_db()
    assert (visit.status, visit.answer_by) == ("pending", at(4, 8, 30))


def test_pending_request_that_is_asked_about_is_kept_until_its_start(
    doctor: Doctor, tuesday: Absence
) -> None:
    visit = make_appointment(
        doctor, make_person(), at(3, 9), status=Status.PENDING, answer_by=NOW + timedelta(hours=1)
    )
    act(tuesday, v0=Ask())
    visit.refresh_from_db()
    assert (visit.status, visit.answer_by) == ("pending", visit.start)


def test_visit_moves_whatever_the_notice_but_not_into_a_full_day(
    doctor: Doctor, colleague: Doctor, visits: list[Appointment]
) -> None:
    """The day begins in half an hour; with a notice of two."""
    absence = Absence((Span(at(3, 8, 30), at(3, 9, 30)),), doctor=doctor)
    act(absence, v0=Move(at(2, 9), colleague.pk))
    visits[0].refresh_from_db()
    assert visits[0].start == at(2, 9)
    colleague.max_visits_per_day = 1
    colleague.save()
    absence = Absence((Span(at(3, 9, 30), at(3, 10, 30)),), doctor=doctor)
    with pytest.raises(exceptions.AlternativeGone):
        act(absence, v1=Move(at(2, 11), colleague.pk))


def test_partly_touched_and_touching_visits(doctor: Doctor, visits: list[Appointment]) -> None:
    span = Span(at(3, 9, 30), at(3, 10, 15))
    absence = Absence((span,), doctor=doctor)
    assert list(touched_by(absence, NOW)) == [visits[1]]
    act(absence, v1=Cancel())
    assert Appointment.objects.filter(status="confirmed").count() == 2


def test_who_has_arrived_or_is_with_the_doctor_stays(doctor: Doctor) -> None:
    arrived, going_on, later = (
        make_appointment(doctor, make_person(), start, status=status)
        for start, status in (
            (at(2, 9), Status.CHECKED_IN),
            (at(2, 9, 30), Status.CONFIRMED),
            (at(2, 10), Status.CONFIRMED),
        )
    )
    absence = Absence((Span(at(2, 9), at(2, 13)),), doctor=doctor)
    act(absence, now=at(2, 9, 40), v2=Cancel())
    for visit, status in ((arrived, "checked_in"), (going_on, "confirmed"), (later, "cancelled")):
        visit.refresh_from_db()
        assert visit.status == status


def test_entered_twice_it_is_one(tuesday: Absence) -> None:
    assert act(tuesday).time_off == act(tuesday).time_off
    assert TimeOff.objects.count() == 1


def test_what_cannot_be_is_refused(doctor: Doctor, visits: list[Appointment]) -> None:
    over = Absence((Span(NOW - timedelta(days=2), NOW - timedelta(days=1)),), doctor=doctor)
    with pytest.raises(ValidationError):
        act(over)
    assert nothing_happened(visits)


# Nothing is dropped silently


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_visit_without_a_decision_stops_all(
    visits: list[Appointment], tuesday: Absence, missing: int
) -> None:
    """As when it was booked after the list was shown."""
    decisions = {f"v{number}": Cancel() for number in range(3) if number != missing}
    with pytest.raises(exceptions.VisitsChanged) as refusal:
        act(tuesday, **decisions)
    name = ("Anna", "Boris", "Chen")[missing]
    assert str(refusal.value).startswith(f"{name}, Tuesday 3 March 2026, ")
    assert nothing_happened(visits)


def test_visit_that_its_patient_cancels_meanwhile_stops_all(
    visits: list[Appointment], tuesday: Absence
) -> None:
    services.cancel(appointment=visits[0], by=visits[0].booked_by, now=NOW)
    with pytest.raises(exceptions.VisitsChanged, match="moved or cancelled meanwhile"):
        act(tuesday, v0=Cancel(), v1=Cancel(), v2=Cancel())
    assert nothing_happened(visits[1:])


def test_visit_that_its_patient_moves_meanwhile_stops_all(
    visits: list[Appointment], tuesday: Absence
) -> None:
    services.reschedule(appointment=visits[2], start=at(5, 9), by=visits[2].booked_by, now=NOW)
    with pytest.raises(exceptions.VisitsChanged, match="Chen, Thursday 5 March"):
        act(tuesday, v0=Cancel(), v1=Cancel(), v2=Cancel())
    assert nothing_happened(visits[:2])


def test_decision_about_no_visit_stops_all(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    decisions = {visit.pk: Cancel() for visit in visits} | {uuid4(): Cancel()}
    with pytest.raises(exceptions.VisitsChanged):
        take_time_off(absence=tuesday, decisions=decisions, by=doctor.user, now=NOW)
    assert nothing_happened(visits)


def test_time_that_a_rival_books_meanwhile_stops_all(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    make_appointment(doctor, make_person(), at(4, 9))
    with pytest.raises(exceptions.AlternativeGone, match="Anna, Tuesday 3 March"):
        act(tuesday, v0=Move(at(4, 9), doctor.pk), v1=Cancel(), v2=Ask())
    assert nothing_happened(visits)


def test_two_visits_cannot_move_to_one_time(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    to = Move(at(4, 9), doctor.pk)
    with pytest.raises(exceptions.AlternativeGone, match="Boris"):
        act(tuesday, v0=to, v1=to, v2=Ask())
    assert nothing_happened(visits)


def test_visit_cannot_move_within_the_time_off(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    with pytest.raises(exceptions.AlternativeGone):
        act(tuesday, v0=Move(at(3, 16), doctor.pk), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


def test_visit_cannot_move_where_its_patient_has_another(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    other = make_doctor("Dr. Other", specialty=cast.make_specialty("Skin", "Skin doctor"))
    make_appointment(other, visits[0].booked_by, at(4, 9))
    with pytest.raises(exceptions.AlternativeGone):
        act(tuesday, v0=Move(at(4, 9), doctor.pk), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


@pytest.mark.parametrize("status", ["suspended", "pending"])
def test_visit_cannot_move_to_who_takes_no_bookings(
    colleague: Doctor, visits: list[Appointment], tuesday: Absence, status: str
) -> None:
    Doctor.objects.filter(pk=colleague.pk).update(status=status)
    with pytest.raises(exceptions.AlternativeGone):
        act(tuesday, v0=Move(at(3, 9), colleague.pk), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


def test_visit_cannot_move_to_another_specialty_or_to_nobody(
    visits: list[Appointment], tuesday: Absence
) -> None:
    other = make_doctor("Dr. Other", specialty=cast.make_specialty("Skin", "Skin doctor"))
    for doctor_id in (other.pk, 10**17):
        with pytest.raises(exceptions.AlternativeGone):
            act(tuesday, v0=Move(at(3, 9), doctor_id), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


def test_visit_is_left_only_where_its_patient_was_asked(
    visits: list[Appointment], tuesday: Absence
) -> None:
    with pytest.raises(exceptions.VisitsChanged, match="Anna"):
        act(tuesday, v0=Leave(), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


# Who may


def test_doctor_is_away_for_themselves_alone(
    colleague: Doctor, visits: list[Appointment], tuesday: Absence, person: User
) -> None:
    rival = cast.make_user("rao@example.com")
    Doctor.objects.filter(pk=colleague.pk).update(user=rival)
    for by in (rival, person):
        with pytest.raises(exceptions.NotAllowed):
            act(tuesday, by, v0=Ask(), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)


def test_staff_without_the_book_decide_about_no_visit(
    visits: list[Appointment], tuesday: Absence, doctor: Doctor
) -> None:
    manager = cast.make_user("files@example.com", is_staff=True)
    free = Absence((Span(at(5, 0), at(6, 0)),), doctor=doctor)
    with pytest.raises(exceptions.NotAllowed):  # is_staff alone lets nobody enter time off
        act(free, manager)
    cast.allow(manager, "add_timeoff")
    manager = User.objects.get(pk=manager.pk)  # what one may is remembered on the object
    with pytest.raises(exceptions.NotAllowed, match="change appointments"):
        act(tuesday, manager, v0=Ask(), v1=Ask(), v2=Ask())
    assert nothing_happened(visits)
    assert len(act(free, manager).time_off) == 1


# A place


def test_closure_touches_the_visits_at_the_place_alone(
    doctor: Doctor, colleague: Doctor, visits: list[Appointment], staff: User
) -> None:
    elsewhere = make_doctor("Dr. Far", location=cast.make_location("Guntur"))
    make_appointment(elsewhere, make_person(), at(3, 9))
    make_appointment(colleague, make_person("Dora"), at(3, 12))
    place = visits[0].location
    absence = Absence((Span(at(3, 0), at(4, 0), "Holi"),), location=place)
    touched = list(touched_by(absence, NOW))
    assert [visit.patient.name for visit in touched] == ["Anna", "Boris", "Chen", "Dora"]
    outcome = take_time_off(
        absence=absence, decisions={visit.pk: Ask() for visit in touched}, by=staff, now=NOW
    )
    assert [off.location for off in outcome.time_off] == [place]
    assert len(outcome.asked) == 4


def test_closure_on_several_days_is_one_act(
    doctor: Doctor, visits: list[Appointment], staff: User
) -> None:
    later = make_appointment(doctor, visits[0].booked_by, at(6, 9))
    spans = (Span(at(3, 0), at(4, 0), "Holi"), Span(at(6, 0), at(7, 0), "Friday"))
    absence = Absence(spans, location=later.location)
    decisions: dict[UUID, Decision] = {visit.pk: Ask() for visit in visits}
    with pytest.raises(exceptions.VisitsChanged):
        take_time_off(absence=absence, decisions=decisions, by=staff, now=NOW)
    assert nothing_happened([*visits, later])
    decisions[later.pk] = Cancel()
    outcome = take_time_off(absence=absence, decisions=decisions, by=staff, now=NOW)
    assert [off.reason for off in outcome.time_off] == ["Holi", "Friday"]


# Being asked


def test_who_is_asked_may_move_after_the_notice_and_that_ends_it(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    BookingPolicy.objects.create(pk=1, reschedule_notice_hours=49)
    visit, person = visits[0], visits[0].booked_by
    with pytest.raises(exceptions.TooLateToReschedule):
        services.reschedule(appointment=visit, start=at(4, 9), by=person, now=NOW)
    act(tuesday, v0=Ask(), v1=Ask(), v2=Ask())
    visit = Appointment.objects.get(pk=visit.pk)
    assert visit.is_asked
    with pytest.raises(exceptions.AlreadyPast):
        services.reschedule(appointment=visit, start=at(4, 9), by=person, now=visit.start)
    services.reschedule(appointment=visit, start=at(4, 9), by=person, now=NOW)
    visit = Appointment.objects.get(pk=visit.pk)
    assert (visit.start, visit.is_asked) == (at(4, 9), False)
    assert not Appointment.objects.filter(pk=visit.pk).asked().exists()
    with pytest.raises(exceptions.TooLateToReschedule):
        services.reschedule(appointment=visit, start=at(4, 10), by=person, now=NOW)


def test_who_is_asked_may_move_a_visit_that_is_not_booked_online(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    doctor.visit_types.update(is_online=False)
    visit, person = visits[0], visits[0].booked_by
    with pytest.raises(exceptions.VisitTypeNotOffered):
        services.reschedule(appointment=visit, start=at(4, 9), by=person, now=NOW)
    act(tuesday, v0=Ask(), v1=Ask(), v2=Ask())
    services.reschedule(appointment=visit, start=at(4, 9), by=person, now=NOW)


def test_clinic_ends_what_was_not_answered(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    act(tuesday, v0=Ask(), v1=Ask(), v2=Cancel())
    after = at(3, 12)
    assert list(unanswered(after)) == visits[:2]
    with pytest.raises(exceptions.TooLateToCancel):
        services.cancel(appointment=visits[0], by=visits[0].booked_by, now=visits[0].start)
    services.cancel(appointment=visits[0], by=doctor.user, now=after)
    assert list(unanswered(after)) == visits[1:2]
    other = make_appointment(doctor, make_person(), at(2, 9))
    with pytest.raises(exceptions.AlreadyPast):
        services.cancel(appointment=other, by=doctor.user, now=after)


def test_time_off_that_is_entered_already_is_dealt_with(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    [off] = act(tuesday, v0=Ask(), v1=Ask(), v2=Cancel()).time_off
    again = Absence.of(off)
    outcome = act(again, v0=Leave(), v1=Move(at(4, 9), doctor.pk))
    assert (outcome.left, outcome.moved) == ([visits[0]], [visits[1]])
    assert TimeOff.objects.count() == 1
    assert story(visits[0]) == ["confirmed", "offered"]
    off.delete()
    with pytest.raises(exceptions.VisitsChanged, match="taken back"):
        act(again, v0=Cancel())


def test_taking_back_tells_those_who_were_asked(
    doctor: Doctor,
    visits: list[Appointment],
    tuesday: Absence,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    Appointment.objects.filter(pk=visits[1].pk).update(status=Status.PENDING)
    decisions = {"v0": Ask(), "v1": Ask(), "v2": Move(at(4, 9), doctor.pk)}
    [off] = act(tuesday, **decisions).time_off
    with django_capture_on_commit_callbacks(execute=True):
        kept = take_back_time_off(time_off=off, by=doctor.user, now=NOW)
    assert kept == visits[:2]
    assert [story(visit)[1:] for visit in visits] == [
        ["offered", "confirmed"],
        ["offered", "requested"],
        ["moved"],
    ]
    assert [sent.to for sent in mail.outbox] == [["anna@example.com"], ["boris@example.com"]]
    assert not TimeOff.objects.exists()
    assert not Appointment.objects.asked().exists()


def test_taking_back_keeps_asking_where_something_else_is_in_the_way(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    [off] = act(tuesday, v0=Ask(), v1=Ask(), v2=Ask()).time_off
    TimeOff.objects.create(doctor=doctor, start=at(3, 8), end=at(3, 10))
    assert take_back_time_off(time_off=off, by=doctor.user, now=NOW) == visits[1:]
    assert list(Appointment.objects.asked()) == visits[:1]


def test_strangers_take_back_nothing(doctor: Doctor, tuesday: Absence, person: User) -> None:
    [off] = act(tuesday).time_off
    with pytest.raises(exceptions.NotAllowed):
        take_back_time_off(time_off=off, by=person, now=NOW)
    assert TimeOff.objects.exists()


# What is suggested


def suggested(absence: Absence, **chosen) -> list[Touched]:
    rows = list(Appointment.objects.order_by("start", "id"))
    by_id = {rows[int(key[1:])].pk: decision for key, decision in chosen.items()}
    return touched_with_alternatives(absence, chosen=by_id, policy=BookingPolicy.current(), now=NOW)


def times(touched: Touched) -> list[tuple[str, datetime]]:
    return [(offer.doctor.name, offer.slot.start) for offer in touched.alternatives]


def test_same_doctors_next_times_and_a_colleagues_nearest(
    doctor: Doctor, colleague: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    make_doctor("Dr. Skin", specialty=cast.make_specialty("Skin", "Skin doctor"))
    make_doctor("Dr. Far", location=cast.make_location("Guntur"))
    third = make_doctor("Dr. Third", hours=((time(9, 45), time(12)),))
    first, second, last = suggested(tuesday)
    assert times(first) == [
        ("Dr. Smith", at(4, 9)),
        ("Dr. Smith", at(4, 9, 30)),
        ("Dr. Smith", at(4, 10)),
        ("Dr. Rao", at(3, 9)),
        (third.name, at(3, 9, 45)),
    ]
    assert times(second)[0] == ("Dr. Smith", at(4, 9, 30))
    assert times(second)[3] == ("Dr. Rao", at(3, 10))
    assert times(last)[0] == ("Dr. Smith", at(4, 10))


def test_all_first_suggestions_can_be_taken_at_once(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    """Those of one patient do not overlap either."""
    make_appointment(doctor, visits[0].booked_by, at(3, 12))
    first = {
        one.visit.pk: Move(one.alternatives[0].slot.start, one.alternatives[0].doctor.pk)
        for one in suggested(tuesday)
    }
    assert len(first) == 4
    take_time_off(absence=tuesday, decisions=first, by=doctor.user, now=NOW)


def test_time_that_was_chosen_stays_and_is_kept_from_the_others(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    first, second, _third = suggested(tuesday, v1=Move(at(4, 9), doctor.pk))
    assert times(second)[0] == ("Dr. Smith", at(4, 9))
    assert ("Dr. Smith", at(4, 9)) not in times(first)
    gone = suggested(tuesday, v1=Move(at(3, 12), doctor.pk))[1]
    assert ("Dr. Smith", at(3, 12)) not in times(gone)


def test_before_the_visit_where_there_is_nothing_after(
    doctor: Doctor, visits: list[Appointment]
) -> None:
    away = Absence((Span(at(3, 0), at(30, 0, month=6)),), doctor=doctor)
    assert times(suggested(away)[0]) == [
        ("Dr. Smith", at(2, 16, 30)),
        ("Dr. Smith", at(2, 16)),
        ("Dr. Smith", at(2, 15, 30)),
    ]


def test_closed_place_offers_nothing_while_it_is_closed(
    doctor: Doctor, colleague: Doctor, visits: list[Appointment]
) -> None:
    absence = Absence((Span(at(3, 0), at(4, 0)),), location=visits[0].location)
    found = times(suggested(absence)[0])
    assert found[0] == ("Dr. Smith", at(4, 9))
    assert found[3] == ("Dr. Rao", at(2, 16, 30))


def test_suggestions_ask_no_more_for_three_visits_than_for_one(
    doctor: Doctor,
    colleague: Doctor,
    tuesday: Absence,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_appointment(doctor, make_person(), at(3, 9))
    with django_assert_num_queries(11):
        assert len(suggested(tuesday)) == 1
    for hour in (10, 11):
        make_appointment(doctor, make_person(), at(3, hour))
        make_doctor(f"Dr. {hour}")
    with django_assert_num_queries(11):
        assert len(suggested(tuesday)) == 3


def test_whom_a_mail_does_not_reach_is_known(doctor: Doctor, staff: User) -> None:
    rows = [
        make_appointment(doctor, staff, at(3, 9 + number), patient=patient)
        for number, patient in enumerate(
            [
                Patient.objects.create(name="By phone"),
                Patient.objects.create(name="By mail", email="mail@example.com"),
                patient_of(make_person("By login")),
            ]
        )
    ]
    closed = make_person("Closed")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    rows.append(make_appointment(doctor, closed, at(3, 12)))
    assert unreachable(rows) == {rows[0].patient_id, rows[3].patient_id}


# As it is written and said


@pytest.mark.parametrize(
    "decision", [Move(at(4, 9), 7), Ask(), Leave(), Cancel(), Cancel("Not today")]
)
def test_decision_is_read_as_it_was_written(decision) -> None:
    found = read(said(decision), getattr(decision, "note", ""))
    assert (type(found), found) == (type(decision), decision)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stay",
        "move",
        "move:1:2026-03-04",
        "move:1:2026-03-04T09:00:00",  # of which zone?
        "move:1:9999-03-04T09:00:00Z",
        "move:1:2026-13-45T09:00:00Z",
        "move:-1:2026-03-04T09:00:00Z",
        f"move:{'9' * 30}:2026-03-04T09:00:00Z",
    ],
)
def test_what_means_nothing_is_no_decision(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (at(9, 0), at(10, 0), "Monday 9 March 2026"),
        (at(9, 0), at(11, 0), "Monday 9 March 2026 to Tuesday 10 March 2026"),
        (at(9, 14), at(9, 17), "Monday 9 March 2026, 2:00pm to 5:00pm"),
        (at(9, 14), at(10, 9), "Monday 9 March 2026, 2:00pm to Tuesday 10 March 2026, 9:00am"),
    ],
)
def test_span_is_said_as_short_as_it_can_be(start: datetime, end: datetime, words: str) -> None:
    zone = cast.make_location().zone
    assert Span(start, end).say(zone) == words


def test_visit_does_not_move_to_another_town(
    doctor: Doctor, visits: list[Appointment], tuesday: Absence
) -> None:
    far = make_doctor("Dr. Sen", location=cast.make_location("Mumbai"))
    with pytest.raises(exceptions.AlternativeGone):
        act(tuesday, v0=Move(at(3, 9), far.pk), v1=Cancel(), v2=Cancel())
    assert nothing_happened(visits)
