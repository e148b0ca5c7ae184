"""The pages of booking. Below these views `now` is an argument; here the clock is read."""

from appointments.views.any_doctor import AnyDoctorView, BookAnyView
from appointments.views.booking import BookView
from appointments.views.own import (
    AppointmentDetailView,
    AppointmentListView,
    AttendView,
    CalendarView,
    CancelView,
    CsvView,
    IcsView,
    RescheduleView,
)
from appointments.views.times import DirectoryView, ProfileView

__all__ = [
    "AnyDoctorView",
    "AppointmentDetailView",
    "AppointmentListView",
    "AttendView",
    "BookAnyView",
    "BookView",
    "CalendarView",
    "CancelView",
    "CsvView",
    "DirectoryView",
    "IcsView",
    "ProfileView",
    "RescheduleView",
]
