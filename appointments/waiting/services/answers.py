"""What a person answers to an offer. Not for appointments/reactions.py: this books."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Patient, User
from accounts.rows import lock_rows
from accounts.selectors import contacts_of
from appointments import rules
from appointments.actors import Holder
from appointments.exceptions import NotYourPatient, WrongStatus
from appointments.models import Appointment, WaitingEntry, WaitingEvent, WaitingOffer
from appointments.services import book, cancel, reschedule
from appointments.services.writing import JUST_CHANGED, all_or_refused
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.next_in_line import held_instead, is_moved
from appointments.waiting.services.offering import OPEN, end, offer_anew, offer_times_of
from appointments.waiting.services.recording import record
from doctors.models import Doctor

Answer = WaitingOffer.Status
RELATED = (
    *("entry__patient", "entry__joined_by", "doctor", "visit_type", "location"),
    # What `held_instead` gives is moved, or cancelled.
    *("entry__instead_of__doctor", "entry__instead_of__patient"),
    *("entry__instead_of__visit_type", "entry__instead_of__location"),
)


def accept(*, offer: WaitingOffer, by: User | Holder, now: datetime) -> Appointment:
    """Book the time that is kept; the later visit that it is instead of is gone.

    `by` may act for the patient, or is `whoever_has_the_mail`. Raises
    OfferOver if the offer is answered, lapsed or withdrawn, WrongStatus if the later visit has
    just become another's, and what `book` and `reschedule` raise.
    """
    with all_or_refused():
        offer = _locked(offer)
        entry, later = offer.entry, held_instead(offer.entry)
        rules.check_booker(by, entry.patient)
        waiting = WaitingEntry.objects.filter(pk=entry.pk, status=WaitingEntry.Status.WAITING)
        if not waiting.update(status=WaitingEntry.Status.MET):
            raise OfferOver
        if later is not None and not is_moved(later, offer.visit_type):
            # Before the hold ends, so that what this gives back is all that others are offered.
            cancel(appointment=later, by=by, now=now)
        if not end(offer, Answer.ACCEPTED, now):
            raise OfferOver
        visit = _take(offer, later, by, now)
        offer.appointment = visit
        WaitingOffer.objects.filter(pk=offer.pk).update(appointment=visit)
        record(entry=entry, kind=WaitingEvent.Kind.ACCEPTED, by=by, now=now)
        return visit


def decline(*, offer: WaitingOffer, by: User | Holder, now: datetime) -> None:
    """Let the time go to the next; the person goes on waiting. Raises OfferOver, NotYourPatient."""
    rules.check_booker(by, offer.entry.patient)
    with transaction.atomic():
        lock_rows(Doctor, [offer.doctor_id])
        if not end(offer, Answer.DECLINED, now):
            raise OfferOver
        record(entry=offer.entry, kind=WaitingEvent.Kind.DECLINED, by=by, now=now)
        offer_times_of(offer.doctor_id, now=now)
        offer_anew(patient=offer.entry.patient_id, now=now)


def whoever_has_the_mail(offer: WaitingOffer) -> Holder:
    """Who answers by the link of an offer's mail, which is one for all who act for the patient.

    Noted is who asked for the time, if they get these mails still. Raises NotYourPatient where
    nobody does any more.
    """
    patient, asked = offer.entry.patient, offer.entry.joined_by
    contacts = sorted(contacts_of(patient), key=lambda contact: contact.user_id != asked.pk)
    if not contacts:
        raise NotYourPatient
    first = contacts[0]
    login = User.objects.filter(pk=first.user_id).first() if first.user_id else None
    return Holder(patient.pk, first.email, user=login, stand_in=asked)


def _locked(offer: WaitingOffer) -> WaitingOffer:
    """As it stands now, with all locked that may change: doctors, patient, then the entry."""
    later = offer.entry.instead_of
    doctors = {offer.doctor_id} | ({later.doctor_id} if later else set())
    others = WaitingOffer.objects.filter(entry__patient=offer.entry.patient_id, status=OPEN)
    doctors |= set(others.order_by().values_list("doctor", flat=True))
    lock_rows(Doctor, doctors)
    lock_rows(Patient, [offer.entry.patient_id])
    again = WaitingOffer.objects.select_related(*RELATED).get(pk=offer.pk)
    is_mine = lock_rows(WaitingEntry, [again.entry_id], waits=False)
    if again.status != OPEN or not is_mine:
        raise OfferOver
    later = held_instead(again.entry)
    if later is not None and later.doctor_id not in doctors:
        # It has been booked, or handed to a colleague, since the offer was read.
        raise WrongStatus(str(JUST_CHANGED))
    return again


def _take(
    offer: WaitingOffer, later: Appointment | None, by: User | Holder, now: datetime
) -> Appointment:
    if later is not None and is_moved(later, offer.visit_type):
        return reschedule(appointment=later, start=offer.start, by=by, now=now, kept=True)
    return book(
        doctor=offer.doctor,
        patient=offer.entry.patient,
        visit_type=offer.visit_type,
        start=offer.start,
        by=by,
        now=now,
        reason=offer.entry.reason,
        keep_both=True,  # what it is to take the place of was said when they joined
        kept=True,
    )
