"""What the desk is told to stand against a time is what keeps it from being booked, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Patient, User
from appointments import services
from appointments.desk.obstacles import Binds, Obstacle, Question, obstacles
from appointments.exceptions import BookingError
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import LONGEST_HORIZON
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_location,
    patient_of,
)
from doctors.fitting import Rule
from doctors.models import Doctor, TimeOff, VisitType, WorkingHours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def ask(doctor: Doctor, start: datetime, patient: Patient | None = None) -> list[Obstacle]:
    doctor = Doctor.objects.with_schedule().get(pk=doctor.pk)
    return obstacles(
        Question(
            doctor=doctor,
            visit_type=doctor.visit_types.all()[0],
            start=start,
            zone=make_location().zone,
            policy=BookingPolicy.current(),
            now=NOW,
            patient=patient,
        )
    )


def texts(found: list[Obstacle]) -> list[str]:
    return [one.text for one in found]


def test_nothing_stands_against_a_free_time(doctor: Doctor, person: User) -> None:
    assert ask(doctor, at(3, 9), patient_of(person)) == []


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (at(2, 8), ["This time has passed.", "It is outside the hours. Dr. Smith works that day: "
         "9:00am to 1:00pm and 2:00pm to 5:00pm."]),
        (at(2, 9), ["It is too near for its notice: online it could be booked until Monday "
         "2 March 2026, 7:00am."]),
        (at(3, 9, month=6), ["It is too far ahead: online it is offered 90 days before."]),
        (at(3, 13, 30), ["It is in a break. Dr. Smith works that day: 9:00am to 1:00pm and 2:00pm "
         "to 5:00pm."]),
        (at(3, 12, 40), ["It would not be over in time: it takes 30 minutes, and the hours end at "
         "1:00pm."]),
        (at(3, 9, 10), ["It is not one of the starts on offer. The nearest: 9:00am and 9:30am."]),
        (at(7, 9), ["Dr. Smith does not work on a Saturday. Their days are: Monday, Tuesday, "
         "Wednesday, Thursday and Friday."]),
    ],
)  # fmt: skip
def test_hours_and_window_are_named(doctor: Doctor, start: datetime, said: list[str]) -> None:
    assert texts(ask(doctor, start)) == said


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"valid_from": date(2026, 4, 1)}, "The hours on this day of the week begin on Wednesday "
         "1 April 2026."),
        ({"valid_until": date(2026, 3, 1)}, "The hours on this day of the week ended on Sunday "
         "1 March 2026."),
        ({"valid_from": date(2026, 2, 23), "every_weeks": 2}, "The hours on this day hold every 2 "
         "weeks, from Monday 23 February 2026; not this week."),
    ],
)  # fmt: skip
def test_hours_that_do_not_hold_are_named(doctor: Doctor, hours: dict[str, Any], said: str) -> None:
    WorkingHours.objects.update(**hours)
    assert texts(ask(doctor, at(3, 9))) == [said]


def test_no_hours_are_named(doctor: Doctor) -> None:
    WorkingHours.objects.all().delete()
    assert texts(ask(doctor, at(3, 9))) == ["Dr. Smith has no working hours."]


def test_absence_and_closure_are_named_with_their_end(doctor: Doctor) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(3, 0), end=at(4, 0))
    TimeOff.objects.create(location=make_location(), start=at(3, 0), end=at(3, 12))
    assert texts(ask(doctor, at(3, 9))) == [
        "Dr. Smith is away until Wednesday 4 March 2026, midnight.",
        "City Heart Clinic, Hyderabad is closed until Tuesday 3 March 2026, midday.",
    ]


def test_visits_are_named_and_handed_over(doctor: Doctor, person: User, stranger: User) -> None:
    doctor.visit_types.update(buffer_minutes=10)
    doctor.step_minutes = 5
    doctor.max_visits_per_day = 1
    doctor.save()
    visit = make_appointment(doctor, stranger, at(3, 10))
    assert [(one.text, one.visit) for one in ask(doctor, at(3, 10, 15))] == [
        ("Dr. Smith takes 1 visit a day, and has it on this day.", None),
        ("It is taken by a visit of Sam Stranger, 10:00am to 10:30am.", visit),
    ]
    assert texts(ask(doctor, at(3, 10, 35)))[1:] == [
        "After the visit of Sam Stranger, which ends at 10:30am, it is kept free until 10:40am."
    ]
    assert texts(ask(doctor, at(3, 9, 25)))[1:] == [
        "The 10 minutes kept free after it would meet the visit of Sam Stranger at 10:00am."
    ]


def test_offer_is_named(doctor: Doctor) -> None:
    doctor.visit_types.update(is_active=False, is_online=False)
    doctor.status = Doctor.Status.SUSPENDED
    doctor.save()
    found = ask(doctor, at(3, 9))
    assert [(one.text, one.binds) for one in found] == [
        ("Dr. Smith takes no bookings. Their status is “suspended”.", Binds.ALL),
        ("Dr. Smith does not offer “Consultation” at the moment.", Binds.ALL),
        ("Patients cannot book “Consultation” online. The desk can.", Binds.PATIENTS),
    ]


@pytest.mark.parametrize(
    ("start", "is_free"),
    [(at(2, 9), False), (at(2, 9, 30), True), (at(3, 8), True), (at(3, 8, 30), False)],
)
def test_notice_and_horizon_end_to_the_minute(start: datetime, is_free: bool) -> None:
    doctor = make_doctor(hours=((time(8), time(12)),))
    BookingPolicy.objects.create(pk=1, notice_minutes=60, horizon_days=1)
    assert (ask(doctor, start) == []) == is_free


def test_patient_is_named(doctor: Doctor, person: User) -> None:
    doctor.visit_types.update(audience=VisitType.Audience.KNOWN)
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    other = make_doctor("Dr. Priya")
    visit = make_appointment(other, person, at(3, 9))
    found = ask(doctor, at(3, 9), patient_of(person))
    assert [(one.text, one.binds, one.visit) for one in found] == [
        (
            "This kind of visit is for people who have been with this doctor before.",
            Binds.ALL,
            None,
        ),
        ("Asha Rao has an appointment with Dr. Priya then, 9:00am to 9:30am.", Binds.ALL, visit),
        ("Asha Rao holds 1 appointment to come; online it can be 1.", Binds.ONLINE, None),
    ]


# At random


@dataclass(frozen=True)
class Plan:
    """A small clinic, and the starts that are asked about, in minutes after midnight of 2 March."""

    hours: list[tuple[int, int, int]]  # weekday, opening hour, length in hours
    extra: dict[str, Any]  # of the first hours
    kind: dict[str, Any]
    doctor: dict[str, Any]
    policy: dict[str, int]
    off: list[tuple[bool, int, int]]  # of the place?, from which quarter, how many of them
    visits: list[tuple[str, int]]  # whose, at which half hour
    starts: list[int]


EXTRA = st.sampled_from(
    [
        {},
        {},
        {"valid_from": date(2026, 3, 3)},
        {"valid_until": date(2026, 3, 2)},
        {"valid_from": date(2026, 2, 23), "every_weeks": 2},
    ]
)
PLANS = st.builds(
    Plan,
    hours=st.lists(
        st.tuples(st.integers(0, 2), st.integers(6, 22), st.integers(1, 8)), min_size=1, max_size=4
    ),
    extra=EXTRA,
    kind=st.fixed_dictionaries(
        {
            "duration_minutes": st.sampled_from([15, 30, 45]),
            "buffer_minutes": st.sampled_from([0, 0, 10]),
            "is_online": st.sampled_from([True, True, True, False]),
            "is_active": st.sampled_from([True] * 9 + [False]),
            "audience": st.sampled_from(["everyone", "everyone", "everyone", "new", "known"]),
        }
    ),
    doctor=st.fixed_dictionaries(
        {
            "status": st.sampled_from(["approved"] * 9 + ["suspended"]),
            "step_minutes": st.sampled_from([None, 10, 20]),
            "max_visits_per_day": st.sampled_from([None, None, 1, 2]),
        }
    ),
    policy=st.fixed_dictionaries(
        {
            "notice_minutes": st.sampled_from([0, 60, 600]),
            "horizon_days": st.sampled_from([1, 2, 90]),
            "max_open_visits": st.sampled_from([1, 2, 10]),
        }
    ),
    off=st.lists(st.tuples(st.booleans(), st.integers(24, 240), st.integers(1, 8)), max_size=2),
    visits=st.lists(
        st.tuples(st.sampled_from(["patient", "other", "elsewhere"]), st.integers(12, 120)),
        max_size=5,
        unique_by=lambda visit: visit[1],
    ),
    starts=st.lists(
        st.integers(36, 290).map(lambda n: n * 10) | st.integers(300, 4320), min_size=4, max_size=8
    ),
)


def found_clinic(plan: Plan, person: User, stranger: User) -> Doctor:
    doctor = make_doctor("Dr. Random", days=(), **plan.doctor)
    VisitType.objects.filter(doctor=doctor).update(**plan.kind)
    for number, (weekday, opens, length) in enumerate(plan.hours):
        WorkingHours.objects.create(
            doctor=doctor,
            location=make_location(),
            weekday=weekday,
            opens=time(opens),
            closes=time((opens + length) % 24),
            closes_next_day=opens + length >= 24,
            **({} if number else plan.extra),
        )
    BookingPolicy.objects.create(pk=1, **plan.policy)
    midnight = at(2, 0)
    for of_place, quarter, length in plan.off:
        start = midnight + 15 * quarter * MINUTE
        of_whom = {"location": make_location()} if of_place else {"doctor": doctor}
        TimeOff.objects.create(start=start, end=start + 15 * length * MINUTE, **of_whom)
    other = make_doctor("Dr. Elsewhere")
    for whose, number in plan.visits:
        start = midnight + 30 * number * MINUTE
        make_appointment(
            other if whose == "elsewhere" else doctor,
            stranger if whose == "other" else person,
            start,
            end=start + 30 * MINUTE,
            location=make_location(),
        )
    return doctor


def is_booked(doctor: Doctor, patient: Patient, start: datetime, by: User, **how: bool) -> bool:
    """Whether the booking goes through; it is taken back at once."""
    with transaction.atomic():
        try:
            services.book(
                doctor=doctor,
                patient=patient,
                visit_type=doctor.visit_types.all()[0],
                start=start,
                by=by,
                now=NOW,
                **how,
            )
        except BookingError:
            return False
        transaction.set_rollback(True)
    return True


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=PLANS)
def test_obstacles_agree_with_the_booking(
    person: User, stranger: User, staff: User, plan: Plan
) -> None:
    patient = patient_of(person)
    with transaction.atomic():
        doctor = found_clinic(plan, person, stranger)
        ours = Appointment.objects.filter(doctor=doctor).values_list("start", "end")
        starts = [at(2, 0) + minute * MINUTE for minute in plan.starts]
        notice, horizon = plan.policy["notice_minutes"], plan.policy["horizon_days"]
        starts += [NOW, NOW + notice * MINUTE, NOW + horizon * DAY, NOW + LONGEST_HORIZON]
        for start in {*starts, *(edge for visit in ours for edge in visit)}:
            found = ask(doctor, start, patient)
            binds = {one.binds for one in found}
            off_grid = {one.binds for one in found if one.rule != Rule.GRID}
            case = (doctor, patient, start)
            assert is_booked(*case, person) == (not found), texts(found)
            assert is_booked(*case, staff) == (binds <= {Binds.PATIENTS}), texts(found)
            in_the_end = binds <= {Binds.PATIENTS, Binds.ONLINE}
            assert is_booked(*case, staff, overrule=True) == in_the_end, texts(found)
            walks_in = off_grid <= {Binds.PATIENTS, Binds.ONLINE}
            assert is_booked(*case, staff, walk_in=True) == walks_in, texts(found)
        transaction.set_rollback(True)
