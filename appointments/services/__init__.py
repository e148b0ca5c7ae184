"""What can happen to an appointment. The only writer: pages, API, admin and commands call these.

Each does all of it or raises a BookingError and changes nothing. `by` is the login that acts, or
whoever holds the link of a mail (actors.py); `now` is the instant at which it acts.
"""

from appointments.services.any_of import book_any
from appointments.services.booking import book, book_first_free, reschedule
from appointments.services.changes import (
    attend,
    cancel,
    check_in,
    complete,
    confirm,
    decline,
    expire_requests,
    mark_no_show,
)
from appointments.services.importing import ImportedEvent, ImportedVisit, import_visits
from appointments.services.walk_in import take_in

__all__ = [
    "ImportedEvent",
    "ImportedVisit",
    "attend",
    "book",
    "book_any",
    "book_first_free",
    "cancel",
    "check_in",
    "complete",
    "confirm",
    "decline",
    "expire_requests",
    "import_visits",
    "mark_no_show",
    "reschedule",
    "take_in",
]
