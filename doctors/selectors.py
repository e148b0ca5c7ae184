"""Questions about doctors that need more than one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from accounts.models import User
from accounts.sql import adapted, from_seconds, in_seconds, placeholders
from doctors.availability import Busy, Window
from doctors.catalogue.models import Catalogue
from doctors.models import Doctor, Language, Location, Specialty, WorkingHours
from doctors.querysets import DoctorQuerySet


def find_doctors(
    *, q: str = "", specialty: str = "", place: str = "", language: str = ""
) -> DoctorQuerySet:
    """Doctors whom patients may book: by search words, specialty slug, city, language code.

    With what a list tells of them, but for their `places` (see `learn_places`).
    """
    doctors = Doctor.objects.bookable().search(q)
    if specialty:
        doctors = doctors.filter(specialty__slug=specialty)
    if place:
        doctors = doctors.at_place(place)
    if language:
        doctors = doctors.filter(languages__code=language)
    return doctors.with_summary()


def doctor_status(user: User) -> str:
    """How the doctor stands that this login is; empty for whoever is none."""
    # Asked for every page of who is logged in: plain SQL takes a fifth of the time.
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM doctors_doctor WHERE user_id = %s", [user.pk])
        row = cursor.fetchone()
    return row[0] if row else ""


def specialties_on_offer() -> QuerySet[Specialty]:
    """Specialties with doctors to book, by name, each with `doctor_count`."""
    count = Count("doctors", filter=Q(doctors__status=Doctor.Status.APPROVED))
    # Counting groups the rows, and then the model's own order does not hold.
    return (
        Specialty.objects.annotate(doctor_count=count).filter(doctor_count__gt=0).order_by("name")
    )


@dataclass(frozen=True)
class SearchChoices:
    """What a directory can be narrowed by: (value, label) pairs in order of their labels.

    `token` is the catalogue's for which they hold.
    """

    specialties: list[tuple[str, str]]
    places: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    token: float = field(default=0.0, compare=False)


def search_choices() -> SearchChoices:
    """The specialties, towns and languages of doctors to book; read again when any changed."""
    return _search_choices(Catalogue.current())


@lru_cache(maxsize=1)
def _search_choices(token: float) -> SearchChoices:
    # It is asked of each of them whether there is such a doctor: there are far fewer of them.
    bookable = Doctor.objects.bookable()
    at_work = WorkingHours.objects.filter(doctor__status=Doctor.Status.APPROVED)
    specialties = Specialty.objects.filter(Exists(bookable.filter(specialty=OuterRef("pk"))))
    speakers = Doctor.languages.through.objects.filter(language=OuterRef("pk"))
    with_doctor = speakers.filter(Exists(bookable.filter(pk=OuterRef("doctor"))))
    languages = Language.objects.filter(Exists(with_doctor))
    places = Location.objects.filter(Exists(at_work.filter(location=OuterRef("pk"))))
    rows = _choices("specialty", specialties, "slug", "name").union(
        _choices("place", places, "city", "city"), _choices("language", languages, "code", "name")
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, value, label in sorted(rows, key=itemgetter(2)):
        found[kind].append((value, label))
    return SearchChoices(found["specialty"], found["place"], found["language"], token)


def _choices(kind: str, rows: QuerySet[Any], value: str, label: str) -> QuerySet[Any, Any]:
    named = rows.order_by().annotate(kind=Value(kind), value=F(value), label=F(label))
    return named.values_list("kind", "value", "label").distinct()


def learn_places(doctors: Iterable[Doctor]) -> None:
    """Let doctors know their `places`, in two queries and without a row for each of their hours."""
    by_id = {doctor.pk: doctor for doctor in doctors}
    on_one_date = Case(When(valid_from=F("valid_until"), then=True), default=False)
    rows = WorkingHours.objects.filter(doctor__in=by_id).annotate(on_one_date=on_one_date)
    pairs = list(rows.order_by().values_list("doctor", "location", "on_one_date").distinct())
    locations = Location.objects.in_bulk({location for _, location, _ in pairs})
    for pk, doctor in by_id.items():
        own = [(location, once) for owner, location, once in pairs if owner == pk]
        weekly = [location for location, once in own if not once] or [place for place, _ in own]
        doctor.places = sorted({locations[place] for place in weekly}, key=str)


def windows_of(doctor: Doctor) -> list[Window]:
    """When the doctor works, for the availability module; a slot's place is a Location.

    Reads the prefetched working hours.
    """
    return windows_from(doctor.working_hours.all())


def windows_from(rows: Iterable[WorkingHours]) -> list[Window]:
    """As `windows_of`, from rows that may be in no table yet."""
    return [_window(hours, hours.location) for hours in rows]


def state_of_hours(rows: Iterable[WorkingHours]) -> str:
    """The same text as long as a doctor's hours are the same, whoever writes them anew."""
    told = sorted(repr([getattr(row, name) for name in HOURS]) for row in rows)
    return sha256("\n".join(told).encode()).hexdigest()


def read_windows(doctor_ids: Iterable[int]) -> dict[int, list[Window]]:
    """When doctors work, by id: as `windows_of`, in two queries and without a model a row."""
    rows = WorkingHours.objects.filter(doctor__in=doctor_ids).order_by()
    found: dict[int, list[Window]] = defaultdict(list)
    hours = list(rows.values_list(*HOURS, named=True))
    places = Location.objects.in_bulk({one.location_id for one in hours})
    for one in hours:
        found[one.doctor_id].append(_window(one, places[one.location_id]))
    return found


HOURS = (
    "doctor_id",
    "location_id",
    "weekday",
    "opens",
    "closes",
    "valid_from",
    "valid_until",
    "closes_next_day",
    "every_weeks",
)


def _window(hours: Any, location: Location) -> Window:
    """From a row of WorkingHours, a model or not."""
    return Window(
        hours.weekday,
        hours.opens,
        hours.closes,
        location.zone,
        location,
        hours.valid_from,
        hours.valid_until,
        hours.closes_next_day,
        hours.every_weeks,
    )


def time_off_of(
    windows: Mapping[int, Iterable[Window]], start: datetime, end: datetime
) -> dict[int, list[Busy]]:
    """Time off that meets [start, end), by doctor id: their own, and that of where they work.

    `windows` are when they work, by doctor id.
    """
    places = {doctor: {window.location for window in some} for doctor, some in windows.items()}
    by_id = {place.pk: place for there in places.values() for place in there}
    found: dict[int, list[Busy]] = defaultdict(list)
    closed: dict[Location, list[Busy]] = defaultdict(list)
    query = TIME_OFF.format(
        begins=in_seconds("start"),
        ends=in_seconds('"end"', up=True),
        doctors=placeholders(places),
        locations=placeholders(by_id),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [adapted(end), adapted(start), *places, *by_id])
        for doctor, place, *times in cursor.fetchall():
            begins, ends = (from_seconds(time) for time in times)
            if doctor is not None:
                found[doctor].append(Busy(begins, ends))
            else:
                closed[by_id[place]].append(Busy(begins, ends, by_id[place]))
    for doctor, there in places.items() if closed else ():
        for location in there & closed.keys():
            found[doctor] += closed[location]
    return found


# Plain SQL, as it is asked for every page with times and every booking.
TIME_OFF = """
SELECT doctor_id, location_id, {begins}, {ends} FROM doctors_timeoff
WHERE start < %s AND "end" > %s AND (doctor_id IN {doctors} OR location_id IN {locations})
ORDER BY start
"""
