"""Free times are offered to those who wait, one person at a time.

Who offers holds the lock of the doctor's row. It locks the entry to which it offers too, but waits
for none: where another doctor's time is being offered to the same person, that one goes first. So
nobody waits in a circle, and nobody is offered two times.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.keys import digest_of
from accounts.rows import lock_rows
from appointments.models import BookingPolicy, HeldTime, WaitingEntry, WaitingOffer
from appointments.waiting import emails
from appointments.waiting.next_in_line import Found, Line, instead_of_is_over
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, WorkingHours

OPEN = WaitingOffer.Status.OPEN
WAITING = WaitingEntry.Status.WAITING
ANSWERS = (WaitingOffer.Status.ACCEPTED, WaitingOffer.Status.DECLINED)
WITHDRAWN = WaitingOffer.Status.WITHDRAWN
# Plain SQL, as every booking and every cancellation asks: whether somebody waits for a doctor, and
# whether a patient waits for anything.
SOMEBODY_WAITS = """
SELECT EXISTS (
    SELECT 1 FROM appointments_waitingentry AS entry
    WHERE entry.status = 'waiting' AND (entry.doctor_id = %s OR entry.specialty_id = (
        SELECT specialty_id FROM doctors_doctor WHERE id = %s))
    AND NOT EXISTS (SELECT 1 FROM appointments_waitingoffer AS offer
        WHERE offer.entry_id = entry.id AND offer.status = 'open')
), EXISTS (
    SELECT 1 FROM appointments_waitingentry
    WHERE patient_id = %s AND status IN ('waiting', 'paused')
)
"""
NOBODY = 0


def offer_to(*, entry: WaitingEntry, now: datetime) -> list[WaitingOffer]:
    """Offer the free times of all doctors that this entry waits for: it is new, or has changed."""
    with transaction.atomic():
        doctors = lock_doctors_of(entry=entry)
        return [offer for doctor in doctors for offer in offer_times_of(doctor, now=now)]


def lock_doctors_of(*, entry: WaitingEntry) -> list[int]:
    """Lock the doctors whom the entry waits for; their ids. Always before the entry itself.

    For services that then change the entry, in their transaction.
    """
    return lock_rows(Doctor, doctor_ids_of(entry))


def doctor_ids_of(entry: WaitingEntry) -> list[int]:
    """The ids of the doctors of whose times one may be offered to this entry."""
    if entry.doctor_id is not None:
        return [entry.doctor_id]
    there = WorkingHours.objects.filter(location__city=entry.city, doctor=OuterRef("pk"))
    doctors = Doctor.objects.bookable().filter(Exists(there), specialty=entry.specialty_id)
    return sorted(doctors.order_by().values_list("pk", flat=True))


def offer_times_of(doctor: int, *, now: datetime) -> list[WaitingOffer]:
    """Offer each free time of the doctor with this id to the first who waits for it.

    Returns what was offered. One query where nobody waits.
    """
    if not who_waits(doctor, NOBODY).for_doctor:
        return []
    with transaction.atomic():
        lock_rows(Doctor, [doctor])
        return _offer_all(doctor, now)


def offer_anew(*, patient: int, now: datetime) -> None:
    """Offer what this patient waits for, who is free then now, or has nothing on offer any more.

    From inside a transaction that may wait for no more doctors: those in other hands are seen to
    within a minute (ticking.py).
    """
    entries = WaitingEntry.objects.filter(patient=patient, status=WAITING)
    without = entries.exclude(Exists(_open_offers()))
    doctors = {doctor for entry in without for doctor in doctor_ids_of(entry)}
    for doctor in lock_rows(Doctor, sorted(doctors), waits=False):
        offer_times_of(doctor, now=now)


class Waits(NamedTuple):
    for_doctor: bool
    patient: bool


def who_waits(doctor: int, patient: int) -> Waits:
    """Whether somebody waits for this doctor with nothing on offer, and whether the patient does.

    The patient for any doctor, and paused or not.
    """
    with connection.cursor() as cursor:
        cursor.execute(SOMEBODY_WAITS, [doctor, doctor, patient])
        return Waits(*map(bool, cursor.fetchone()))


def _open_offers() -> QuerySet[WaitingOffer]:
    return WaitingOffer.objects.filter(entry=OuterRef("pk"), status=OPEN)


def _offer_all(pk: int, now: datetime) -> list[WaitingOffer]:
    doctor = doctor_to_book(pk=pk)
    if doctor is None:
        return []
    line = Line(doctor, waiting_for(doctor, now), policy=BookingPolicy.current(), now=now)
    offers = []
    while found := line.next():
        if offer := _offer(doctor, found, now):
            line.was_offered(found)
            offers.append(offer)
    return offers


def waiting_for(doctor: Doctor, now: datetime) -> list[WaitingEntry]:
    """Those who wait for a time of this doctor and have none on offer, in fair order."""
    whose = Q(doctor=doctor) | Q(doctor=None, specialty=doctor.specialty_id)
    rows = WaitingEntry.objects.filter(whose, ~Exists(_open_offers()), status=WAITING)
    still = rows.exclude(instead_of_is_over(now))  # which end at the next tick
    return list(still.select_related("patient", "instead_of"))


def _offer(doctor: Doctor, found: Found, now: datetime) -> WaitingOffer | None:
    """Hold the time for the entry; nothing if the entry is in other hands just now."""
    if not _lock(found.entry):
        return None
    slot, kind = found.slot, found.kind
    times = {"doctor": doctor, "location": slot.location, "start": slot.start}
    held = HeldTime.objects.create(**times, end=slot.end + kind.buffer)
    offer = WaitingOffer.objects.create(
        **times,
        entry=found.entry,
        visit_type=kind,
        end=slot.end,
        made_at=now,
        until=found.until,
        held=held,
    )
    digest = digest_of(offer.key)
    WaitingOffer.objects.filter(pk=offer.pk).update(digest=digest)
    emails.tell_offer(offer)
    return offer


def _lock(entry: WaitingEntry) -> bool:
    """Whether the entry is locked now, and still waits with nothing on offer."""
    if not lock_rows(WaitingEntry, [entry.pk], waits=False):
        return False
    if WaitingOffer.objects.filter(entry=entry, status=OPEN).exists():
        return False
    return WaitingEntry.objects.filter(pk=entry.pk, status=WAITING).exists()


# How offers end


def withdraw_offers(*, entry: WaitingEntry, now: datetime) -> None:
    """Take back what the entry is offered, and offer it to the next: it has left, or is paused."""
    with transaction.atomic():
        open_one = WaitingOffer.objects.filter(entry=entry, status=OPEN)
        doctors = lock_rows(Doctor, sorted(open_one.values_list("doctor", flat=True)))
        for offer in open_one.filter(doctor__in=doctors):
            if end(offer, WITHDRAWN, now):
                offer_times_of(offer.doctor_id, now=now)
                offer_anew(patient=entry.patient_id, now=now)


def withdraw_without_waiting(*, offers: Iterable[WaitingOffer], now: datetime) -> None:
    """From inside a transaction that may wait for no more doctors.

    As in `offer_anew`.
    """
    for offer in offers:
        if lock_rows(Doctor, [offer.doctor_id], waits=False) and end(offer, WITHDRAWN, now):
            offer_times_of(offer.doctor_id, now=now)


def end(offer: WaitingOffer, status: WaitingOffer.Status, now: datetime) -> bool:
    """End an open offer and give its time back; False if somebody was quicker, or time has."""
    still = WaitingOffer.objects.filter(pk=offer.pk, status=OPEN)
    changes: dict[str, Any] = {"status": status, "held": None}
    if status in ANSWERS:
        still = still.filter(until__gt=now)
        changes["answered_at"] = now
    if status == WaitingOffer.Status.LAPSED:
        still = still.filter(until__lte=now)
    held = offer.held_id
    if not still.update(**changes):
        return False
    if held is not None:
        HeldTime.objects.filter(pk=held).delete()
    for name, value in changes.items():
        setattr(offer, name, value)
    return True
