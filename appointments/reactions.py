"""What follows from a line of an appointment's story: here, and nowhere else, it fans out.

Called by the services inside their transaction, which holds the lock of the doctor's row where the
line gives a time back. Slices that react are named here; the core knows none of them.
"""

from __future__ import annotations

from appointments import emails
from appointments.models import AppointmentEvent
from appointments.waiting.services import following as waiting


def react(event: AppointmentEvent, *, instead_of: str = "") -> None:
    """`instead_of` is whom the visit was with before, if it has moved to another doctor."""
    emails.tell(event, instead_of=instead_of)
    waiting.follow(event=event)
