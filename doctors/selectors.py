"""Questions about doctors that need more than one row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.db.models import Count, F, Q, QuerySet, Value

from doctors.availability import Busy, Window
from doctors.models import Doctor, Specialty, TimeOff


def find_doctors(
    *, q: str = "", specialty: str = "", place: str = "", language: str = ""
) -> QuerySet[Doctor]:
    """Doctors whom patients may book: by search words, specialty slug, city, language code."""
    doctors = Doctor.objects.bookable().search(q)
    if specialty:
        doctors = doctors.filter(specialty__slug=specialty)
    if place:
        doctors = doctors.at_place(place)
    if language:
        doctors = doctors.filter(languages__code=language)
    return doctors.with_card()


def specialties_on_offer() -> QuerySet[Specialty]:
    """Specialties with doctors to book, by name, each with `doctor_count`."""
    count = Count("doctors", filter=Q(doctors__status=Doctor.Status.APPROVED))
    # Counting groups the rows, and then the model's own order does not hold.
    return (
        Specialty.objects.annotate(doctor_count=count).filter(doctor_count__gt=0).order_by("name")
    )


@dataclass(frozen=True)
class SearchChoices:
    """What a directory can be narrowed by: (value, label) pairs in order of their labels."""

    specialties: list[tuple[str, str]]
    places: list[tuple[str, str]]
    languages: list[tuple[str, str]]


def search_choices() -> SearchChoices:
    """The specialties, towns and languages of doctors to book, in one query."""
    bookable = Doctor.objects.bookable()
    rows = _choices("specialty", bookable, "specialty__slug", "specialty__name").union(
        _choices("place", bookable, "working_hours__location__city"),
        _choices("language", bookable, "languages__code", "languages__name"),
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, value, label in sorted(rows, key=itemgetter(2)):
        found[kind].append((value, label))
    return SearchChoices(found["specialty"], found["place"], found["language"])


def _choices(
    kind: str, doctors: QuerySet[Doctor], value: str, label: str | None = None
) -> QuerySet[Doctor, tuple[str, str, str]]:
    return (
        doctors.exclude(**{value: None})
        .order_by()
        .annotate(kind=Value(kind), value=F(value), label=F(label or value))
        .values_list("kind", "value", "label")
        .distinct()
    )


def windows_of(doctor: Doctor) -> list[Window]:
    """When the doctor works, for the availability module; a slot's place is a Location."""
    return [
        Window(
            weekday=hours.weekday,
            opens=hours.opens,
            closes=hours.closes,
            zone=hours.location.zone,
            location=hours.location,
            valid_from=hours.valid_from,
            valid_until=hours.valid_until,
            closes_next_day=hours.closes_next_day,
            every_weeks=hours.every_weeks,
        )
        for hours in doctor.working_hours.all()
    ]


def time_off_of(doctors: Iterable[Doctor], start: datetime, end: datetime) -> dict[int, list[Busy]]:
    """Time off that meets [start, end), by doctor id: their own, and their places'."""
    places = {
        doctor.pk: {hours.location_id for hours in doctor.working_hours.all()} for doctor in doctors
    }
    found: dict[int, list[Busy]] = defaultdict(list)
    rows = TimeOff.objects.filter(start__lt=end, end__gt=start).filter(
        Q(doctor__in=places) | Q(location__in=set().union(*places.values()))
    )
    closed: dict[int, list[Busy]] = defaultdict(list)
    for off in rows.select_related("location"):
        if off.doctor_id is not None:
            found[off.doctor_id].append(Busy(off.start, off.end))
        elif off.location_id is not None:
            closed[off.location_id].append(Busy(off.start, off.end, off.location))
    for doctor_id, ids in places.items() if closed else ():
        for place in ids & closed.keys():
            found[doctor_id] += closed[place]
    return found
