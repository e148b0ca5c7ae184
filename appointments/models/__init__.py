"""The appointment, its story, and the clinic's rules for booking; then the models of the slices."""

from appointments.models.book import Appointment, AppointmentEvent, HeldTime
from appointments.models.kept import KeptAnswer
from appointments.models.policy import BookingPolicy

# isort: split
from appointments.fair_use.models import Waiver
from appointments.feeds.models import CalendarFeed, PersonFeed
from appointments.links.models import VisitLink
from appointments.next_free.models import NextFree, NextFreeState
from appointments.reminders.models import Reminder
from appointments.waiting.models import WaitingEntry, WaitingEvent, WaitingOffer

__all__ = [
    "Appointment",
    "AppointmentEvent",
    "BookingPolicy",
    "CalendarFeed",
    "HeldTime",
    "KeptAnswer",
    "NextFree",
    "NextFreeState",
    "PersonFeed",
    "Reminder",
    "VisitLink",
    "WaitingEntry",
    "WaitingEvent",
    "WaitingOffer",
    "Waiver",
]
