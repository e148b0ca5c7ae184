"""Which visits are due to be reminded of, and whether one still is when its mail goes out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from accounts.rows import read_rows
from accounts.sql import adapted, in_seconds, placeholders
from appointments.models import Appointment, BookingPolicy
from appointments.querysets import SETTLING
from appointments.reminders.hours import may_go_out
from doctors.models import Location

AT_ONCE = 500  # visits
LAST = UUID(int=2**128 - 1)


class Lead(NamedTuple):
    """A reminder of visits that begin in more than `after` hours, and in `hours` at most."""

    hours: int
    after: int


class Place(NamedTuple):
    """How far the visits of one lead are looked through: in order of their start."""

    start: datetime
    id: UUID = LAST


def leads_of(policy: BookingPolicy) -> list[Lead]:
    """Those of the clinic's reminders. Of two that are both due only the nearer is sent."""
    wanted = {policy.first_reminder_hours, policy.second_reminder_hours}
    hours = sorted(each for each in wanted if each is not None)
    return [Lead(each, nearer) for each, nearer in zip(hours, [0, *hours], strict=False)]


def places_open(now: datetime) -> list[int]:
    """The ids of the places where it is day."""
    there = Location.objects.order_by("pk")
    return [place.pk for place in there.only("time_zone") if may_go_out(now, place.zone)]


def due(lead: Lead, places: list[int], since: Place, now: datetime) -> list[Appointment]:
    """The next visits to remind of, after `since`.

    They have been settled since before the reminder fell due, nobody was reminded of them after
    that, their patients are not asked to choose another time, and there is somebody to write to.
    """
    key = Appointment._meta.pk
    until = now + timedelta(hours=lead.hours)
    values = [
        *(adapted(since.start), adapted(until)),
        *(adapted(since.start), key.get_db_prep_value(since.id, connection)),
        *places,
        *(lead.hours, lead.hours * 3600),
        *(*SETTLING, lead.hours * 3600, *SETTLING),
        AT_ONCE,
    ]
    sql = DUE.replace("PLACES", placeholders(places)).replace("SETTLING", placeholders(SETTLING))
    for column in ("visit.start", "event.at", "reminder.at"):
        up = column != "visit.start"
        sql = sql.replace(f"SECONDS({column})", in_seconds(column, up=up))
    return [visit for (visit,) in read_rows(sql, values, visit=Appointment)]


def still_due(
    *, appointment: str, start: datetime, hours: int, now: datetime
) -> Appointment | None:
    """The visit, unless it was cancelled, moved, or reminded of once more, or has begun."""
    visits = Appointment.objects.select_related("doctor", "patient", "location")
    found = visits.filter(pk=appointment, status="confirmed", start=start).first()
    if found is None or now >= start or found.is_asked:
        return None
    nearer = found.reminders.filter(start=start, hours__lt=hours)
    return None if nearer.exists() else found


# The first condition on `start` is what the index is asked by. The zero keeps databases from the
# index that begins with the place: all that is due would be sorted anew for each part.
DUE = """
SELECT {visit} FROM appointments_appointment AS visit
WHERE visit.start >= %s AND visit.start <= %s AND (visit.start, visit.id) > (%s, %s)
AND visit.status = 'confirmed' AND visit.location_id + 0 IN PLACES
AND NOT EXISTS (
    SELECT 1 FROM appointments_reminder AS reminder
    WHERE reminder.appointment_id = visit.id AND reminder.start = visit.start
    AND (reminder.hours = %s OR SECONDS(reminder.at) >= SECONDS(visit.start) - %s)
)
AND NOT EXISTS (
    SELECT 1 FROM appointments_appointmentevent AS event
    WHERE event.appointment_id = visit.id AND (
        (event.kind IN SETTLING AND SECONDS(event.at) > SECONDS(visit.start) - %s)
        OR (event.kind = 'offered' AND NOT EXISTS (
            SELECT 1 FROM appointments_appointmentevent AS later
            WHERE later.appointment_id = visit.id AND later.id > event.id
            AND later.kind IN SETTLING
        ))
    )
)
AND EXISTS (
    SELECT 1 FROM accounts_patient AS patient WHERE patient.id = visit.patient_id AND (
        patient.email <> '' OR EXISTS (
            SELECT 1 FROM accounts_patientaccess AS access
            JOIN accounts_user AS person ON person.id = access.user_id
            WHERE access.patient_id = patient.id AND access.ended_at IS NULL AND person.is_active
        )
    )
)
ORDER BY visit.start, visit.id LIMIT %s
"""
