"""Reminders are written into the task queue when they fall due; each once, for each start."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.selectors import contacts_of_each
from accounts.sql import adapted
from accounts.tasks import enqueue_each
from appointments.models import Appointment, BookingPolicy
from appointments.reminders.emails import send_reminder
from appointments.reminders.selectors import AT_ONCE, Lead, Place, due, leads_of, places_open


def remind(*, now: datetime) -> int:
    """Write what is due at `now`; returns how many mails.

    In parts of their own: none is long for who books meanwhile, nor takes more memory than others.
    """
    places = places_open(now)
    leads = leads_of(BookingPolicy.current()) if places else []
    return sum(_remind(lead, places, now) for lead in leads)


def _remind(lead: Lead, places: list[int], now: datetime) -> int:
    mails = 0
    since = Place(now + timedelta(hours=lead.after))
    while visits := due(lead, places, since, now):
        written = _write(visits, lead.hours, now)
        if written is None:
            continue  # another worker was quicker: look again, from the same place
        mails += written
        if len(visits) < AT_ONCE:
            break
        since = Place(visits[-1].start, visits[-1].pk)
    return mails


@transaction.atomic
def _write(visits: list[Appointment], hours: int, now: datetime) -> int | None:
    """All of them, with their mails; or none, if another worker has written any of them."""
    with connection.cursor() as cursor:
        values = [_row(visit, hours, now) for visit in visits]
        rows = ", ".join(["(%s, %s, %s, %s)"] * len(values))
        cursor.execute(
            f"INSERT INTO appointments_reminder (appointment_id, start, hours, at) VALUES {rows}"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            [value for row in values for value in row],
        )
        if cursor.rowcount < len(visits):
            transaction.set_rollback(True)
            return None
    contacts = contacts_of_each([visit.patient_id for visit in visits])
    mails = [
        {
            "appointment": str(visit.pk),
            "start": visit.start.isoformat(),
            "hours": hours,
            "to": contact.email,
        }
        for visit in visits
        for contact in contacts.get(visit.patient_id, [])
    ]
    enqueue_each(send_reminder, mails)
    return len(mails)


def _row(visit: Appointment, hours: int, now: datetime) -> tuple[Any, ...]:
    key = Appointment._meta.pk.get_db_prep_value(visit.pk, connection)
    return key, adapted(visit.start), hours, adapted(now)
