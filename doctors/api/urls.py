"""Signing up and logging in; what a doctor offers."""

from django.urls import path

from doctors.api import views
from doctors.api.schedule import views as schedule

urlpatterns = [
    path("register", views.RegisterView.as_view(), name="api_register"),
    path("login", views.LoginView.as_view(), name="api_login"),
    path(
        "doctors/<int:id>/schedule-settings",
        schedule.SettingsView.as_view(),
        name="api_schedule_settings",
    ),
    path("doctors/<int:id>/visit-types", schedule.VisitTypesView.as_view(), name="api_visit_types"),
    path(
        "doctors/<int:id>/visit-types/<int:visit_type>",
        schedule.VisitTypeView.as_view(),
        name="api_visit_type",
    ),
]
