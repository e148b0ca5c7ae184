"""The pages of booking. Below these views `now` is an argument; here the clock is read."""

from appointments.views.booking import BookView
from appointments.views.own import (
    AppointmentDetailView,
    AppointmentListView,
    CalendarView,
    CancelView,
    RescheduleView,
)
from appointments.views.times import DirectoryView, ProfileView

__all__ = [
    "AppointmentDetailView",
    "AppointmentListView",
    "BookView",
    "CalendarView",
    "CancelView",
    "DirectoryView",
    "ProfileView",
    "RescheduleView",
]
