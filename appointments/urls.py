"""A person's appointments, and the way to a new one."""

from django.urls import path

from appointments import views

app_name = "appointments"
urlpatterns = [
    path("", views.AppointmentListView.as_view(), name="list"),
    path("book/any/<slug:specialty>/<str:place>/", views.BookAnyView.as_view(), name="book_any"),
    path("book/<slug:slug>/", views.BookView.as_view(), name="book"),
    path("<uuid:id>/", views.AppointmentDetailView.as_view(), name="detail"),
    path("<uuid:id>/attend/", views.AttendView.as_view(), name="attend"),
    path("<uuid:id>/cancel/", views.CancelView.as_view(), name="cancel"),
    path("<uuid:id>/reschedule/", views.RescheduleView.as_view(), name="reschedule"),
    path("<uuid:id>/calendar.ics", views.CalendarView.as_view(), name="calendar"),
]
