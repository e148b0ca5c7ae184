"""The calls about free times and appointments."""

from django.urls import include, path

from appointments.api import views
from appointments.api.any_doctor import AnySlotsView

urlpatterns = [
    path("doctors", views.DoctorsView.as_view(), name="api_doctors"),
    path("doctors/<int:id>/slots", views.SlotsView.as_view(), name="api_slots"),
    path("slots", AnySlotsView.as_view(), name="api_any_slots"),
    path("book", views.BookView.as_view(), name="api_book"),
    path("appointments", views.AppointmentsView.as_view(), name="api_appointments"),
    path("appointments/<uuid:id>", views.AppointmentView.as_view(), name="api_appointment"),
    path("appointments/<uuid:id>/cancel", views.CancelView.as_view(), name="api_cancel"),
    path(
        "appointments/<uuid:id>/reschedule", views.RescheduleView.as_view(), name="api_reschedule"
    ),
    path("", include("appointments.api.schedule.urls")),
    path("", include("appointments.api.practice.urls")),
    path("", include("appointments.api.waiting.urls")),
]
