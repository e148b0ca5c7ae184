"""The mails of the waiting list. No health detail: when, where, with whom, and a link."""

from __future__ import annotations

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django_tasks import TaskContext, task

from accounts import emails
from accounts.keys import derived_key
from accounts.selectors import contacts_of
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting.next_in_line import held_instead

PURPOSE = "offer"  # what the keys of offers are derived for


def key_of(offer: WaitingOffer) -> str:
    """The key in the link of the offer's mail."""
    return derived_key(PURPOSE, offer.pk)


def tell_offer(offer: WaitingOffer) -> None:
    """Tell those who act for the patient that a time is kept for them."""
    for contact in contacts_of(offer.entry.patient):
        send_offer.enqueue(offer=offer.pk, to=contact.email, language=contact.language)


def tell_paused(entry: WaitingEntry) -> None:
    """Tell them that no more times are offered until they say so."""
    for contact in contacts_of(entry.patient):
        send_paused.enqueue(entry=entry.pk, to=contact.email, language=contact.language)


@task(takes_context=True)
def send_offer(context: TaskContext, *, offer: int, to: str, language: str = "") -> None:
    """Unless the offer has ended before it could be sent."""
    open_one = WaitingOffer.objects.filter(
        pk=offer, status=WaitingOffer.Status.OPEN, until__gt=timezone.now()
    )
    found = open_one.select_related("entry__patient", "entry__instead_of", "doctor", "location")
    told = found.first()
    if told is None:
        return
    about = {
        "offer": told,
        "patient": told.entry.patient,
        "location": told.location,
        "instead_of": held_instead(told.entry),
        "url": settings.SITE_URL + address_of(told),
    }
    with translation.override(language or settings.LANGUAGE_CODE):
        emails.send(emails.write("emails/offer", about, to), context)


@task(takes_context=True)
def send_paused(context: TaskContext, *, entry: int, to: str, language: str = "") -> None:
    """Unless it waits again, or has ended, before it could be sent."""
    paused = WaitingEntry.objects.filter(pk=entry, status=WaitingEntry.Status.PAUSED)
    told = paused.select_related("patient", "doctor").first()
    if told is None:
        return
    about = {"entry": told, "patient": told.patient, "url": settings.SITE_URL + waiting_list()}
    with translation.override(language or settings.LANGUAGE_CODE):
        emails.send(emails.write("emails/offer_paused", about, to), context)


def address_of(offer: WaitingOffer) -> str:
    """The page at which the offer is answered, without a login."""
    key = key_of(offer)
    try:
        return reverse("offer:answer", kwargs={"key": key})
    except NoReverseMatch:
        return f"/offer/{key}/"


def waiting_list() -> str:
    """The page on which patients see what they wait for."""
    try:
        return reverse("waiting:list")
    except NoReverseMatch:
        return reverse("appointments:list")
