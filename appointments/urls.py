"""A person's appointments, and the way to a new one."""

from django.urls import path

from appointments import views
from appointments.feeds import views as feeds

app_name = "appointments"
urlpatterns = [
    path("", views.AppointmentListView.as_view(), name="list"),
    path("export.csv", views.CsvView.as_view(), name="csv"),
    path("export.ics", views.IcsView.as_view(), name="ics"),
    path("calendar/", feeds.OwnCalendarView.as_view(), name="own_calendar"),
    path("calendar/renew/", feeds.OwnRenewView.as_view(), name="own_calendar_renew"),
    path("calendar/remove/", feeds.OwnRemoveView.as_view(), name="own_calendar_remove"),
    path("feed/<slug:key>.ics", feeds.OwnFeedView.as_view(), name="feed"),
    # By its number: an address of somebody's booking tells nothing of their health.
    path("book/any/<int:specialty>/<str:place>/", views.BookAnyView.as_view(), name="book_any"),
    path("book/<slug:slug>/", views.BookView.as_view(), name="book"),
    path("<uuid:id>/", views.AppointmentDetailView.as_view(), name="detail"),
    path("<uuid:id>/attend/", views.AttendView.as_view(), name="attend"),
    path("<uuid:id>/cancel/", views.CancelView.as_view(), name="cancel"),
    path("<uuid:id>/reschedule/", views.RescheduleView.as_view(), name="reschedule"),
    path("<uuid:id>/calendar.ics", views.CalendarView.as_view(), name="calendar"),
]
