"""What time brings: offers lapse, entries end, times come within reach."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.rows import lock_rows
from appointments.models import BookingPolicy, WaitingEntry, WaitingEvent, WaitingOffer
from appointments.selectors import DAY, FreeTimes, HeldVisit
from appointments.waiting import emails
from appointments.waiting.line import ON_THE_LIST
from appointments.waiting.next_in_line import (
    held_by_each,
    held_instead,
    instead_of_is_over,
)
from appointments.waiting.selectors import still_to_be_told
from appointments.waiting.services.offering import (
    OPEN,
    WAITING,
    WITHDRAWN,
    end,
    offer_anew,
    offer_times_of,
)
from appointments.waiting.services.recording import record
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, WorkingHours

LAPSED = WaitingOffer.Status.LAPSED
LAPSES_TO_PAUSE = 3
# A date is over everywhere when it is in the zone that is the last: UTC-12.
LAST_ZONE = timedelta(hours=12)


def tick_waiting(*, now: datetime) -> None:
    """Do for the waiting list what is due at `now`."""
    lapse_offers(now=now)
    _end_entries(now)
    _withdraw_what_cannot_be(now)
    for doctor in _waited_for():
        offer_times_of(doctor, now=now)


def lapse_offers(*, now: datetime) -> int:
    """End the offers that nobody answered in time; each goes to the next. Returns how many.

    One whose mail could not go yet is withdrawn instead: it may be made again to the same person.
    """
    due = WaitingOffer.objects.filter(status=OPEN, until__lte=now).order_by("until", "pk")
    offers = list(due.select_related("entry__patient"))
    stuck = still_to_be_told(offers)
    return sum(_lapse(offer, WITHDRAWN if offer.pk in stuck else LAPSED, now) for offer in offers)


@transaction.atomic
def _lapse(offer: WaitingOffer, status: WaitingOffer.Status, now: datetime) -> bool:
    """One by one: none of them waits for the others, and an answer just given stands."""
    lock_rows(Doctor, [offer.doctor_id])
    if not lock_rows(WaitingEntry, [offer.entry_id], waits=False) or not end(offer, status, now):
        return False
    if offer.told_at is not None:
        _pause_if_unanswered(offer.entry, now)
    offer_times_of(offer.doctor_id, now=now)
    offer_anew(patient=offer.entry.patient_id, now=now)
    return True


def _pause_if_unanswered(entry: WaitingEntry, now: datetime) -> None:
    """After every third offer in a row that lapsed; a pause that has ended is forgotten.

    What they were never told of is not theirs to answer.
    """
    told = entry.offers.exclude(status=WITHDRAWN).exclude(status=LAPSED, told_at=None)
    statuses = told.order_by("-made_at", "-pk")
    lapses = 0
    for status in statuses.values_list("status", flat=True):
        if status != LAPSED:
            break
        lapses += 1
    if lapses % LAPSES_TO_PAUSE:
        return
    waiting = WaitingEntry.objects.filter(pk=entry.pk, status=WAITING)
    if waiting.update(status=WaitingEntry.Status.PAUSED):
        record(entry=entry, kind=WaitingEvent.Kind.PAUSED, by=None, now=now)
        emails.tell_paused(entry)


def _end_entries(now: datetime) -> None:
    """Those whose last day is over, wherever the place is, or whose later visit has begun."""
    standing = WaitingEntry.objects.filter(status__in=ON_THE_LIST)
    days_are_over = Q(last_day__lt=(now - LAST_ZONE).date())
    over = standing.filter(days_are_over | instead_of_is_over(now))
    for pk in list(over.values_list("pk", flat=True)):
        standing.filter(pk=pk).update(status=WaitingEntry.Status.OVER)


def _withdraw_what_cannot_be(now: datetime) -> None:
    """Open offers of times at which the doctor is away now, or the patient elsewhere."""
    rows = WaitingOffer.objects.filter(status=OPEN).order_by("doctor", "start")
    open_ones = list(rows.select_related("entry__instead_of", "location", "visit_type"))
    held = held_by_each({offer.entry.patient_id for offer in open_ones}, now)
    for pk, some in groupby(open_ones, key=attrgetter("doctor_id")):
        offers = list(some)
        times = _times_of(pk, offers, now)
        for offer in offers:
            if not _is_for(offer, held) or times is None or not times.has(offer):
                _withdraw(offer, now)


@transaction.atomic
def _withdraw(offer: WaitingOffer, now: datetime) -> None:
    lock_rows(Doctor, [offer.doctor_id])
    if end(offer, WITHDRAWN, now):
        offer_times_of(offer.doctor_id, now=now)


def _is_for(offer: WaitingOffer, held: dict[int, list[HeldVisit]]) -> bool:
    """Whether its person still waits, for an earlier time than they have, and is free then."""
    entry = offer.entry
    later = held_instead(entry)
    return (
        entry.status == WAITING
        and (later is None or offer.start < later.start)
        and not any(
            visit.start < offer.end and offer.start < visit.end
            for visit in held[entry.patient_id]
            if visit.id != entry.instead_of_id
        )
    )


class _Times:
    """When a doctor could see somebody, were nothing taken."""

    def __init__(self, doctor: Doctor, offers: list[WaitingOffer], now: datetime) -> None:
        self.doctor = doctor
        self.times = FreeTimes(
            [doctor],
            first_day=offers[0].start.date() - DAY,
            last_day=offers[-1].start.date() + DAY,
            policy=BookingPolicy.current(),
            now=now,
        )
        self.times.taken.clear()
        self.times.full_days.clear()

    def has(self, offer: WaitingOffer) -> bool:
        kind = offer.visit_type
        slot = self.times.fitting(self.doctor, kind, offer.start)
        return slot is not None and kind in self.doctor.offered_visit_types


def _times_of(doctor: int, offers: list[WaitingOffer], now: datetime) -> _Times | None:
    found = doctor_to_book(pk=doctor)
    return _Times(found, offers, now) if found else None


def _waited_for() -> list[int]:
    """The ids of the doctors of whose times one may be offered to somebody."""
    waiting = WaitingEntry.objects.filter(status=WAITING).order_by()
    own = set(waiting.filter(specialty=None).values_list("doctor", flat=True))
    there = WorkingHours.objects.filter(
        Exists(
            waiting.filter(
                doctor=None,
                specialty=OuterRef("doctor__specialty"),
                city=OuterRef("location__city"),
            )
        )
    )
    return sorted(own | set(there.order_by().values_list("doctor", flat=True).distinct()))
