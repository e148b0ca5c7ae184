"""The calls for the doctor whom the login belongs to."""

from django.urls import path

from appointments.api.practice.views import schedule, visits

urlpatterns = [
    path(
        "practice/appointments",
        visits.PracticeAppointmentsView.as_view(),
        name="api_practice_appointments",
    ),
    path(
        "practice/appointments/<uuid:id>",
        visits.PracticeAppointmentView.as_view(),
        name="api_practice_appointment",
    ),
    path(
        "practice/appointments/<uuid:id>/approve",
        visits.ApproveView.as_view(),
        name="api_approve",
    ),
    path(
        "practice/appointments/<uuid:id>/decline",
        visits.DeclineView.as_view(),
        name="api_decline",
    ),
    path(
        "practice/appointments/<uuid:id>/check-in",
        visits.CheckInView.as_view(),
        name="api_check_in",
    ),
    path(
        "practice/appointments/<uuid:id>/complete",
        visits.CompleteView.as_view(),
        name="api_complete",
    ),
    path(
        "practice/appointments/<uuid:id>/no-show",
        visits.NoShowView.as_view(),
        name="api_no_show",
    ),
    path("practice/hours", schedule.OwnHoursView.as_view(), name="api_practice_hours"),
    path("practice/time-off", schedule.OwnTimeOffView.as_view(), name="api_practice_time_off"),
    path(
        "practice/time-off/<int:time_off>",
        schedule.OneOwnTimeOffView.as_view(),
        name="api_practice_one_time_off",
    ),
]
