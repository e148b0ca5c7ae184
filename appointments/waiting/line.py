"""Who waits, in which order, and what is free already of what they would wait for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.selectors import patients_acted_for
from appointments import selectors
from appointments.models import Appointment, BookingPolicy, WaitingEntry, WaitingOffer
from appointments.selectors import Offer
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.wishes import suits
from doctors.availability import Slot
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, WorkingHours
from doctors.selectors import find_doctors

ON_THE_LIST = [WaitingEntry.Status.WAITING, WaitingEntry.Status.PAUSED]
MOST_SHOWN = 6
USUAL_WAIT = timedelta(days=30)
# What is told of an entry, and of an offer.
ENTRY = ("patient", "doctor", "visit_type", "specialty", "instead_of__location", "joined_by")
OFFER = ("doctor__specialty", "visit_type", "location")


def with_places(entries: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
    """Each with `place`: its number among those who may be offered the same times, from 1.

    Who waits for a doctor is in one line with who waits for any such doctor in their town.
    """
    hours = WorkingHours.objects.order_by()
    theirs = hours.filter(doctor=OuterRef(OuterRef("doctor")), location__city=OuterRef("city"))
    there = hours.filter(doctor=OuterRef("doctor"), location__city=OuterRef(OuterRef("city")))
    # Nobody is in two of these. Each is counted by itself: where EXISTS is one side of an OR,
    # PostgreSQL 15 answers it once for all rows, and counts too few.
    ahead = (
        _ahead(doctor=OuterRef("doctor"))
        + _ahead(Exists(theirs), specialty=OuterRef("doctor__specialty"))
        + _ahead(specialty=OuterRef("specialty"), city=OuterRef("city"))
        + _ahead(Exists(there), doctor__specialty=OuterRef("specialty"))
    )
    return entries.annotate(place=ahead + 1)


def _ahead(*conditions: Any, **same: Any) -> Coalesce:
    """How many of those who wait like this come before the row outside."""
    same_priority = Q(priority=OuterRef("priority"))
    before = (
        Q(priority__gt=OuterRef("priority"))
        | same_priority & Q(joined_at__lt=OuterRef("joined_at"))
        | same_priority & Q(joined_at=OuterRef("joined_at"), pk__lt=OuterRef("pk"))
    )
    waiting = WaitingEntry.objects.filter(status=WaitingEntry.Status.WAITING).order_by()
    found = waiting.filter(before, *conditions, **same).values("status")
    return Coalesce(Subquery(found.annotate(count=Count("pk")).values("count")), 0)


def with_all(entries: QuerySet[WaitingEntry]) -> QuerySet[WaitingEntry]:
    """With all that a list tells of them: their places, and in `open_offers` what is kept."""
    is_open = WaitingOffer.objects.filter(status=WaitingOffer.Status.OPEN).select_related(*OFFER)
    offers = Prefetch("offers", is_open, to_attr="open_offers")
    return with_places(entries).select_related(*ENTRY).prefetch_related(offers)


def entries_of(person: User) -> QuerySet[WaitingEntry]:
    """Those on the list for whom this person may act: who acts for nobody has none."""
    return every_entry_of(person).filter(status__in=ON_THE_LIST)


def every_entry_of(person: User) -> QuerySet[WaitingEntry]:
    """The same, with those that have ended."""
    own = WaitingEntry.objects.filter(patient__in=patients_acted_for(person))
    return own.order_by("joined_at", "id")


def offers_of(person: User, now: datetime) -> QuerySet[WaitingOffer]:
    """The offers that this person may answer, until when they are kept."""
    own = WaitingOffer.objects.filter(entry__patient__in=patients_acted_for(person))
    return own.filter(status=WaitingOffer.Status.OPEN, until__gt=now)


def entry_of_visit(visit: Appointment) -> WaitingEntry | None:
    """The place on the list of who waits for a time before this visit."""
    return visit.waiting_entries.filter(status__in=ON_THE_LIST).first()


# What is free already


def doctors_of(entry: WaitingEntry) -> list[Doctor]:
    """Whom they wait for, with what their free times are found by."""
    if entry.doctor_id is not None:
        doctor = doctor_to_book(pk=entry.doctor_id)
        return [doctor] if doctor else []
    if entry.specialty is None:
        return []
    return list(find_doctors(specialty=entry.specialty.slug, place=entry.city).with_schedule())


def free_now(entry: WaitingEntry, now: datetime, count: int = MOST_SHOWN) -> list[Offer]:
    """The first `count` free times that suit and that the patient could book now."""
    held = selectors.held_by(entry.patient, now)

    def is_bookable(slot: Slot) -> bool:
        others = (visit for visit in held if visit.id != entry.instead_of_id)
        return not any(visit.start < slot.end and slot.start < visit.end for visit in others)

    found = (one for one in _free(entry, now) if _suits(entry, one.slot) and is_bookable(one.slot))
    return list(islice(found, count))


def first_free_day(entry: WaitingEntry, now: datetime) -> date | None:
    """The day of the first of them, at its place."""
    for one in free_now(entry, now, count=1):
        return one.slot.start.astimezone(one.slot.location.zone).date()
    return None


def _free(entry: WaitingEntry, now: datetime) -> Iterator[Offer]:
    doctors, policy = doctors_of(entry), BookingPolicy.current()
    kinds = [kind for doctor in doctors if (kind := entry.visit_type or doctor.first_visit_type)]
    if not kinds:
        return
    horizon = max(policy.latest(kind, now) for kind in kinds) + selectors.DAY
    first = max(entry.first_day, (now - selectors.DAY).date())
    last = min(entry.last_day, horizon.date())
    if last < first:
        return
    days: dict[str, Any] = {"first_day": first, "last_day": last, "policy": policy, "now": now}
    if entry.visit_type is None:
        for some in selectors.any_free(doctors, entry.city, **days).values():
            yield some[0]
    else:
        times = selectors.FreeTimes(doctors, **days)
        for slot in times.of(doctors[0], entry.visit_type):
            yield Offer(doctors[0], entry.visit_type, slot)


def _suits(entry: WaitingEntry, slot: Slot) -> bool:
    later = held_instead(entry)
    return suits(entry, slot.start.astimezone(slot.location.zone)) and (
        later is None or slot.start < later.start
    )


def today_of(entry: WaitingEntry, now: datetime) -> date:
    """The date where they wait to be seen."""
    places = (place for doctor in doctors_of(entry) for place in doctor.places)
    place = next(places, None)
    return now.astimezone(place.zone if place else UTC).date()
