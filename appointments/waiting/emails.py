"""The mails of the waiting list. No health detail: when, where, with whom, and a link."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskContext, task

from accounts import emails
from accounts.selectors import contacts_of
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.services.telling import kept_if_told, note_told

TOLD = ("entry__patient", "entry__instead_of", "doctor", "visit_type", "location")


def tell_offer(offer: WaitingOffer) -> None:
    """Tell those who act for the patient that a time is kept for them."""
    for contact in contacts_of(offer.entry.patient):
        send_offer.enqueue(offer=offer.pk, to=contact.email, language=contact.language)


def tell_paused(entry: WaitingEntry) -> None:
    """Tell them that no more times are offered until they say so."""
    for contact in contacts_of(entry.patient):
        send_paused.enqueue(entry=entry.pk, to=contact.email, language=contact.language)


@emails.about(_("A time kept for somebody who waits"))
@task(takes_context=True)
def send_offer(context: TaskContext, *, offer: int, to: str, language: str = "") -> str | None:
    """Unless the offer has ended before it could be sent."""
    now = timezone.now()
    open_one = WaitingOffer.objects.filter(pk=offer, status=WaitingOffer.Status.OPEN, until__gt=now)
    told = open_one.select_related(*TOLD).first()
    if told is None:
        return emails.NOT_NEEDED
    told.until = kept_if_told(offer=told, now=now)
    about = {
        "offer": told,
        "patient": told.entry.patient,
        "location": told.location,
        "instead_of": held_instead(told.entry),
        "url": emails.absolute_url("offer:answer", told.key),
    }
    with emails.in_language(language):
        emails.send(emails.write("emails/offer", about, to), context)
    note_told(offer=told, until=told.until, now=now)
    return None


@emails.about(_("Waiting list paused"))
@task(takes_context=True)
def send_paused(context: TaskContext, *, entry: int, to: str, language: str = "") -> str | None:
    """Unless it waits again, or has ended, before it could be sent."""
    paused = WaitingEntry.objects.filter(pk=entry, status=WaitingEntry.Status.PAUSED)
    told = paused.select_related("patient", "doctor").first()
    if told is None:
        return emails.NOT_NEEDED
    about = {"entry": told, "patient": told.patient, "url": emails.absolute_url("waiting:list")}
    with emails.in_language(language):
        emails.send(emails.write("emails/offer_paused", about, to), context)
    return None
