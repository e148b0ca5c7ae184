"""The mail that reminds of a visit. No health detail: who it is with, when, where, and a link."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskContext, task

from accounts import emails
from accounts.selectors import contacts_of
from appointments.emails import attach_visit, visit_url
from appointments.models import Appointment, BookingPolicy
from appointments.reminders.hours import may_go_out, next_opening
from appointments.reminders.selectors import still_due

AFTER_ALL_OTHERS = -10  # a mail that tells of a change, or that somebody waits for, comes first


@emails.about(_("Reminder"))
@task(takes_context=True, priority=AFTER_ALL_OTHERS)
def send_reminder(
    context: TaskContext, *, appointment: str, start: str, hours: int, to: str
) -> str | None:
    """Send it, if the visit still stands; at night put it off until the morning."""
    now = timezone.now()
    begins = datetime.fromisoformat(start)
    visit = still_due(appointment=appointment, start=begins, hours=hours, now=now)
    if visit is None:
        return emails.NOT_NEEDED
    contact = next((one for one in contacts_of(visit.patient) if one.email == to), None)
    if contact is None:  # who no longer acts for the patient
        return emails.NOT_NEEDED
    if not may_go_out(now, visit.location.zone):
        morning = send_reminder.using(run_after=next_opening(now, visit.location.zone))
        morning.enqueue(appointment=appointment, start=start, hours=hours, to=to)
        return emails.PUT_OFF
    url = visit_url(visit, contact, now)
    with emails.in_language(contact.language):
        mail = emails.write("emails/reminder", about_reminder(visit, url=url, now=now), to)
        attach_visit(mail, visit, at=now)
    emails.send(mail, context)
    return None


def about_reminder(visit: Appointment, *, url: str, now: datetime) -> dict[str, object]:
    """What the mail says."""
    policy = BookingPolicy.current()
    cancel, move = policy.cancel_until(visit.start), policy.reschedule_until(visit.start)
    return {
        "appointment": visit,
        "location": visit.location,
        "cancel_until": cancel if cancel >= now else None,
        "move_until": move if move >= now else None,
        "url": url,
    }
