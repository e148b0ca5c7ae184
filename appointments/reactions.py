"""What follows from a line of an appointment's story: here, and nowhere else, it fans out.

Called by the services inside their transaction, which holds the lock of the doctor's row where the
line gives a time back. Slices that react are named here; the core knows none of them.
"""

from __future__ import annotations

from appointments import emails
from appointments.models import AppointmentEvent
from appointments.waiting.services import following as waiting
from doctors.availability import Slot


def react(event: AppointmentEvent, *, instead_of: str = "", before: Slot | None = None) -> None:
    """`instead_of` is whom the visit was with before, if it has moved to another doctor.

    `before` is its time before it moved.
    """
    emails.tell(event, instead_of=instead_of, before=before)
    waiting.follow(event=event)
