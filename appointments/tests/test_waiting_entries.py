"""Places on the waiting list: taken, changed, paused, left; who may, and what is refused."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from accounts.models import Patient, User
from appointments.exceptions import (
    AlreadyPast,
    DoctorNotBookable,
    NotAllowed,
    NotForThisPatient,
    NotYourPatient,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import WaitingEntry
from appointments.services import cancel
from appointments.waiting.exceptions import AlreadyWaiting, TimesFreeNow, WishesRefused
from appointments.waiting.line import with_places
from appointments.waiting.services.entries import (
    change_wishes,
    join,
    leave,
    let_go_first,
    pause,
    resume,
)
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_person,
    make_specialty,
    patient_of,
)
from doctors.models import Doctor, VisitType

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(doctor: Doctor) -> Doctor:
    """Nothing of Dr. Smith's is free until Wednesday 11 March."""
    doctor.time_off.create(start=at(1, 0), end=at(11, 0))
    return doctor


def kind_of(doctor: Doctor) -> VisitType:
    kind = doctor.visit_types.first()
    assert kind is not None
    return kind


def enter(person: User, away: Doctor, **fields: Any) -> WaitingEntry:
    asked = {
        "patient": fields.get("patient") or patient_of(person),
        "by": person,
        "now": NOW,
        "doctor": away,
        "visit_type": kind_of(away),
        "first_day": date(2026, 3, 2),
        "last_day": date(2026, 3, 10),
    }
    return join(**(asked | fields))


def test_join_writes_who_waits_for_what(away: Doctor, person: User) -> None:
    entry = enter(person, away, weekdays=0b11, from_time=time(9), to_time=time(12), reason="Cough")
    entry.refresh_from_db()
    assert (entry.patient, entry.doctor, entry.visit_type) == (
        patient_of(person),
        away,
        kind_of(away),
    )
    assert (entry.weekdays, entry.from_time, entry.to_time) == (0b11, time(9), time(12))
    assert (entry.first_day, entry.last_day) == (date(2026, 3, 2), date(2026, 3, 10))
    assert (entry.status, entry.priority, entry.reason) == ("waiting", 0, "Cough")
    assert (entry.joined_at, entry.joined_by) == (NOW, person)


def test_join_for_any_doctor_takes_the_town_as_the_clinic_writes_it(
    away: Doctor, person: User
) -> None:
    entry = enter(
        person, away, doctor=None, visit_type=None, specialty=away.specialty, city="hyderabad"
    )
    assert (entry.specialty, entry.city, entry.doctor) == (away.specialty, "Hyderabad", None)


def test_join_is_refused_while_a_time_that_suits_is_free(away: Doctor, person: User) -> None:
    with pytest.raises(TimesFreeNow) as refused:
        enter(person, away, last_day=date(2026, 3, 11), from_time=time(16))
    assert [one.slot.start for one in refused.value.times] == [at(11, 16), at(11, 16, 30)]
    assert not WaitingEntry.objects.exists()


def test_a_time_at_which_the_patient_is_elsewhere_does_not_suit(away: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya")
    make_appointment(other, person, at(11, 16))
    make_appointment(other, person, at(11, 16, 30))
    entry = enter(person, away, last_day=date(2026, 3, 11), from_time=time(16))
    assert entry.status == "waiting"


def test_times_after_the_visit_that_there_is_do_not_suit(away: Doctor, person: User) -> None:
    visit = make_appointment(away, person, at(11, 9))
    entry = enter(person, away, last_day=date(2026, 3, 11), instead_of=visit)
    assert entry.instead_of == visit


def test_times_of_any_doctor_are_told_with_who_is_free(away: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya")
    with pytest.raises(TimesFreeNow) as refused:
        enter(
            person, away, doctor=None, visit_type=None, specialty=away.specialty, city="Hyderabad"
        )
    first = refused.value.times[0]
    assert (first.doctor, first.slot.start) == (other, at(2, 10, 30))


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"weekdays": 0}, "Choose at least one day of the week."),
        ({"weekdays": 128}, "Choose at least one day of the week."),
        (
            {"from_time": time(12), "to_time": time(12)},
            "The hours end before they begin. Choose a later end.",
        ),
        (
            {"last_day": date(2026, 3, 1)},
            "The last day is before the first. Choose a later last day.",
        ),
        (
            {"first_day": date(2026, 2, 1), "last_day": date(2026, 2, 28)},
            "The last day has passed. Choose a later day.",
        ),
        (
            {"last_day": date(2027, 3, 4)},
            "The last day is more than a year ahead. Choose an earlier day.",
        ),
        (
            {"doctor": None, "visit_type": None},
            "Choose a doctor, or a specialty and a town.",
        ),
    ],
)
def test_join_refuses_what_nobody_can_wait_for(
    away: Doctor, person: User, wishes: dict[str, Any], words: str
) -> None:
    with pytest.raises(WishesRefused, match=words):
        enter(person, away, **wishes)
    assert not WaitingEntry.objects.exists()


def test_join_is_for_who_may_act_for_the_patient(
    away: Doctor, person: User, stranger: User, staff: User
) -> None:
    with pytest.raises(NotYourPatient):
        enter(person, away, by=stranger)
    assert enter(person, away, by=staff).joined_by == staff


def test_join_is_for_doctors_and_kinds_that_can_be_booked(away: Doctor, person: User) -> None:
    other = make_doctor("Dr. Priya")
    with pytest.raises(VisitTypeNotOffered):
        enter(person, away, visit_type=kind_of(other))
    with pytest.raises(VisitTypeNotOffered):
        enter(person, away, visit_type=None)
    kind_of(away).delete()
    known = VisitType.objects.create(
        doctor=away, name="Control", audience="known", duration_minutes=30
    )
    with pytest.raises(NotForThisPatient):
        enter(person, away, visit_type=known)
    with pytest.raises(DoctorNotBookable):
        enter(
            person, away, doctor=None, visit_type=None, specialty=make_specialty("X"), city="Pune"
        )
    Doctor.objects.update(status="suspended")
    with pytest.raises(DoctorNotBookable):
        enter(person, away, visit_type=known)


def test_nobody_waits_for_a_kind_that_is_not_booked_online(
    away: Doctor, person: User, staff: User
) -> None:
    """Whoever asks: no time of it would ever be offered."""
    kind = VisitType.objects.create(
        doctor=away, name="By telephone", duration_minutes=30, is_online=False
    )
    for by in (person, staff):
        with pytest.raises(VisitTypeNotOffered):
            enter(person, away, visit_type=kind, by=by)
    assert not WaitingEntry.objects.exists()


def test_join_instead_of_a_visit_needs_one_of_the_patient_that_is_to_come(
    away: Doctor, person: User, stranger: User
) -> None:
    with pytest.raises(NotYourPatient):
        enter(person, away, instead_of=make_appointment(away, stranger, at(12, 9)))
    over = make_appointment(away, person, at(1, 9))
    with pytest.raises(AlreadyPast):
        enter(person, away, instead_of=over)
    gone = make_appointment(away, person, at(12, 10))
    cancel(appointment=gone, by=person, now=NOW)
    with pytest.raises(WrongStatus):
        enter(person, away, instead_of=gone)
    assert not WaitingEntry.objects.exists()


def test_one_waits_for_the_same_once(away: Doctor, person: User) -> None:
    first = enter(person, away)
    with pytest.raises(AlreadyWaiting) as refused:
        enter(person, away, weekdays=1)
    assert refused.value.entry == first
    leave(entry=first, by=person, now=NOW)
    assert enter(person, away) != first


def test_pause_and_resume_keep_the_place(away: Doctor, person: User) -> None:
    entry = enter(person, away)
    assert pause(entry=entry, by=person, now=NOW).status == "paused"
    with pytest.raises(WrongStatus, match="is “Paused”"):
        pause(entry=entry, by=person, now=NOW)
    assert resume(entry=entry, by=person, now=NOW).status == "waiting"
    with pytest.raises(WrongStatus):
        resume(entry=entry, by=person, now=NOW)
    entry.refresh_from_db()
    assert (entry.status, entry.joined_at) == ("waiting", NOW)


def test_who_has_left_is_off_the_list(away: Doctor, person: User) -> None:
    entry = enter(person, away)
    assert leave(entry=entry, by=person, now=NOW).status == "left"
    for act in (leave, pause, resume):
        with pytest.raises(WrongStatus):
            act(entry=entry, by=person, now=NOW)


@pytest.mark.parametrize("act", [leave, pause, resume, let_go_first])
def test_a_stranger_changes_nothing(away: Doctor, person: User, stranger: User, act: Any) -> None:
    entry = enter(person, away)
    with pytest.raises((NotYourPatient, NotAllowed)):
        act(entry=entry, by=stranger, now=NOW)
    entry.refresh_from_db()
    assert (entry.status, entry.priority) == ("waiting", 0)


def test_wishes_change_and_the_place_stays(away: Doctor, person: User, stranger: User) -> None:
    entry = enter(person, away)
    wishes = {
        "weekdays": 0b10000,
        "from_time": None,
        "to_time": time(12),
        "first_day": date(2026, 3, 2),
        "last_day": date(2026, 3, 6),
    }
    change_wishes(entry=entry, by=person, now=NOW, **wishes)
    entry.refresh_from_db()
    assert {name: getattr(entry, name) for name in wishes} == wishes
    assert entry.joined_at == NOW
    with pytest.raises(WishesRefused):
        change_wishes(entry=entry, by=person, now=NOW, **wishes | {"weekdays": 0})
    with pytest.raises(NotYourPatient):
        change_wishes(entry=entry, by=stranger, now=NOW, **wishes)


# Places


def places() -> dict[str, int]:
    entries: Any = with_places(WaitingEntry.objects.all())
    return {entry.patient.name: entry.place for entry in entries}


def test_places_are_those_of_one_line(away: Doctor, person: User) -> None:
    """Who waits for a doctor competes with who waits for any such doctor in that town."""
    any_doctor = {"doctor": None, "visit_type": None, "specialty": away.specialty}
    second, third = make_person("Second"), make_person("Third")
    enter(person, away)
    enter(second, away, **any_doctor, city="Hyderabad", now=at(2, 8, 31))
    enter(third, away, now=at(2, 8, 32))
    other = make_doctor("Dr. Far", specialty=make_specialty("Skin"))
    other.time_off.create(start=at(1, 0), end=at(30, 0))
    enter(make_person("Elsewhere"), other, now=at(2, 8, 33))
    assert places() == {"Asha Rao": 1, "Second": 2, "Third": 3, "Elsewhere": 1}


def test_who_is_paused_or_has_left_is_not_ahead(away: Doctor, person: User) -> None:
    first = enter(person, away)
    enter(make_person("Second"), away, now=at(2, 8, 31))
    pause(entry=first, by=person, now=NOW)
    assert places()["Second"] == 1


def test_staff_let_somebody_go_first(away: Doctor, person: User, receptionist: User) -> None:
    enter(person, away)
    second = make_person("Second")
    entry = enter(second, away, now=at(2, 8, 31))
    let_go_first(entry=entry, by=receptionist, now=NOW)
    assert places() == {"Second": 1, "Asha Rao": 2}
    let_go_first(entry=entry, by=receptionist, now=NOW)  # is first already
    entry.refresh_from_db()
    assert entry.priority == 1
    with pytest.raises(NotAllowed):
        let_go_first(entry=entry, by=second, now=NOW)


def test_staff_act_for_who_has_no_login(away: Doctor, receptionist: User) -> None:
    patient = Patient.objects.create(name="By telephone")
    entry = enter(receptionist, away, patient=patient, by=receptionist)
    assert pause(entry=entry, by=receptionist, now=NOW).status == "paused"
    assert leave(entry=entry, by=receptionist, now=NOW).status == "left"
