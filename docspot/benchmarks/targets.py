"""Whom and what the figures are about, looked up in the database (see answer.py).

The doctor with most visits in the coming month, the patient with most visits at all, free times
that do not touch each other, and people with sessions and tokens to book them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import PatientAccess, User
from accounts.services import open_api_session
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import FreeTimes
from doctors.availability import Slot
from doctors.models import Doctor, VisitType

MONTH = timedelta(days=31)
FIRST = timedelta(days=3)  # beyond every notice
APART = timedelta(hours=1)  # between two times of one doctor: more than any buffer
DOCTORS_AT_ONCE = 200
PATIENTS_AT_ONCE = 500
LOOKED_AT = 20  # people, for one who is free at a time
RESERVE = 6  # a rival may win every race

Time = tuple[Doctor, Slot]


@transaction.atomic
def answer(needed: dict[str, int]) -> dict[str, Any]:
    """`needed`: how many `times` to book, `tokens` for the first of them, `races` and `rivals`."""
    now = timezone.now()
    busiest = _busiest_doctor(now)
    times = list(_free_times(needed["times"] + needed["races"], busiest["id"], now))
    contested, times = times[: needed["races"]], times[needed["races"] :]
    people = deque(_people(needed["times"] + needed["rivals"], now))
    rivals = list(islice(_free_at(people, contested), needed["rivals"]))
    for rival in rivals:
        people.remove(rival)
    return {
        "doctor": busiest,
        "history": _longest_history(),
        "bookings": list(_pair(times, people, needed["tokens"], now)),
        "contested": [_as_json(time) for time in contested],
        "rivals": [
            rival.as_json() | {"token": rival.log_in(now), "session": open_session(rival.user)}
            for rival in rivals
        ],
    }


# The rows that stand out


def _busiest_doctor(now: datetime) -> dict[str, Any]:
    """Who has the most visits in the coming month, and still a free time."""
    visits = Appointment.objects.blocking().filter(
        start__gte=now, start__lt=now + MONTH, doctor__status=Doctor.Status.APPROVED
    )
    by_doctor = visits.order_by().values("doctor").annotate(visits=Count("pk"))
    for most in by_doctor.order_by("-visits", "doctor")[:100]:
        doctor = Doctor.objects.with_card().get(pk=most["doctor"])
        if day := _day_with_times(doctor, now):
            return {
                "id": doctor.pk,
                "slug": doctor.slug,
                "visits": most["visits"],
                "day": day,
            }
    raise LookupError("No busy doctor has any free time.")


def _day_with_times(doctor: Doctor, now: datetime) -> str | None:
    """The first day, from three days on, on which anything is free."""
    times = FreeTimes(
        [doctor],
        first_day=(now + FIRST).date(),
        last_day=(now + 2 * MONTH).date(),
        policy=BookingPolicy.current(),
        now=now,
    )
    kind = doctor.first_visit_type
    slot = next(times.of(doctor, kind), None) if kind else None
    return slot and slot.start.astimezone(slot.location.zone).date().isoformat()


def _longest_history() -> dict[str, Any]:
    people = PatientAccess.objects.active().filter(relation=PatientAccess.Relation.SELF)
    visits = Appointment.objects.filter(patient__in=people.values("patient"))
    by_patient = visits.order_by().values("patient").annotate(visits=Count("pk"))
    most = by_patient.order_by("-visits", "patient")[0]
    user = User.objects.get(pk__in=people.filter(patient=most["patient"]).values("user"))
    return {"session": open_session(user), "visits": most["visits"]}


def open_session(user: User) -> str:
    """A session as after logging in; returns its key."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


# Times to book


def _free_times(count: int, but: int, now: datetime) -> Iterator[Time]:
    """Times that can all be booked, of as many doctors as there are."""
    doctors = Doctor.objects.bookable().exclude(pk=but).order_by("pk")
    ids = list(doctors.values_list("pk", flat=True))
    each = -(-2 * count // max(1, len(ids)))  # half of the doctors may have nothing for us
    return islice(_times_of(ids, each, now), count)


def _times_of(ids: list[int], each: int, now: datetime) -> Iterator[Time]:
    first, last = (now + FIRST).date(), (now + FIRST + timedelta(days=3 + each)).date()
    policy = BookingPolicy.current()
    for some in in_parts(ids, DOCTORS_AT_ONCE):
        doctors = list(Doctor.objects.filter(pk__in=some).with_card())
        times = FreeTimes(doctors, first_day=first, last_day=last, policy=policy, now=now)
        for doctor in doctors:
            kind = doctor.first_visit_type
            if kind and kind.audience == VisitType.Audience.EVERYONE:
                apart = _apart(times.of(doctor, kind), once_a_day=bool(doctor.max_visits_per_day))
                yield from ((doctor, slot) for slot in islice(apart, each))


def _apart(slots: Iterator[Slot], *, once_a_day: bool) -> Iterator[Slot]:
    gap = timedelta(days=1) if once_a_day else APART
    free_from = None
    for slot in slots:
        if free_from is None or slot.start >= free_from:
            free_from = slot.end + gap
            yield slot


# People to book them


class Person:
    """Somebody with a login, who still has room for visits, and is free but for `busy`."""

    def __init__(self, access: PatientAccess, most: int) -> None:
        self.user, self.patient, self.most = access.user, access.patient, most
        self.busy: list[tuple[datetime, datetime]] = []
        self.token = ""

    @property
    def has_room(self) -> bool:
        return len(self.busy) < self.most

    def is_free(self, slot: Slot) -> bool:
        return all(slot.end <= start or end <= slot.start for start, end in self.busy)

    def as_json(self) -> dict[str, int]:
        return {"user": self.user.pk, "patient": self.patient.pk}

    def log_in(self, now: datetime) -> str:
        self.token = self.token or open_api_session(user=self.user, now=now).access
        return self.token


def _people(count: int, now: datetime) -> Iterator[Person]:
    accesses = PatientAccess.objects.active().filter(
        relation=PatientAccess.Relation.SELF, user__is_active=True
    )
    ids = list(accesses.order_by("pk").values_list("pk", flat=True))
    found = (one for some in in_parts(ids, PATIENTS_AT_ONCE) for one in _with_room(some, now))
    return islice(found, count)


def _with_room(ids: list[int], now: datetime) -> Iterator[Person]:
    most = BookingPolicy.current().max_open_visits - RESERVE
    accesses = PatientAccess.objects.filter(pk__in=ids).select_related("user", "patient")
    people = {access.patient_id: Person(access, most) for access in accesses}
    visits = Appointment.objects.filter(patient__in=people).upcoming(now)
    for patient, start, end in visits.values_list("patient_id", "start", "end"):
        people[patient].busy.append((start, end))
    return (person for person in people.values() if person.has_room)


def in_parts(ids: list[int], size: int) -> Iterator[list[int]]:
    return (ids[at : at + size] for at in range(0, len(ids), size))


def _free_at(people: deque[Person], times: list[Time]) -> Iterator[Person]:
    return (one for one in people if all(one.is_free(slot) for _, slot in times))


def _pair(
    times: list[Time], people: deque[Person], tokens: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """Each time with somebody to book it, in turns; the first `tokens` of them with a token."""
    for number, (doctor, slot) in enumerate(times):
        person = next((one for one in islice(people, LOOKED_AT) if one.is_free(slot)), None)
        if person is None:
            continue
        people.remove(person)
        person.busy.append((slot.start, slot.end))
        if person.has_room:
            people.append(person)
        token = {"token": person.log_in(now)} if number < tokens else {}
        yield _as_json((doctor, slot)) | person.as_json() | token


def _as_json(time: Time) -> dict[str, Any]:
    doctor, slot = time
    kind = doctor.first_visit_type
    return {
        "doctor": doctor.pk,
        "slug": doctor.slug,
        "visit_type": kind and kind.pk,
        "start": slot.start.isoformat().replace("+00:00", "Z"),
    }
