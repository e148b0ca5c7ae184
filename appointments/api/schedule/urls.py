"""The calls about a doctor's hours and time off."""

from django.urls import path

from appointments.api.schedule import views

urlpatterns = [
    path("doctors/<int:id>/hours", views.HoursView.as_view(), name="api_hours"),
    path("doctors/<int:id>/time-off", views.TimeOffView.as_view(), name="api_time_off"),
    path(
        "doctors/<int:id>/time-off/<int:time_off>",
        views.OneTimeOffView.as_view(),
        name="api_one_time_off",
    ),
]
