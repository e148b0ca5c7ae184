"""The pages of the front desk, below /admin/desk/ (docspot/admin.py)."""

from django.urls import URLPattern, path

from appointments.desk.acts.views import ActView
from appointments.desk.day.views import DayView
from appointments.desk.patients.views import PatientView
from appointments.desk.sheets.views import SheetsView

urlpatterns: list[URLPattern] = [
    path("day/", DayView.as_view(), name="desk_day"),
    path("sheets/", SheetsView.as_view(), name="desk_sheets"),
    path("visits/<uuid:id>/<slug:act>/", ActView.as_view(), name="desk_act"),
    path("patients/<int:id>/", PatientView.as_view(), name="desk_patient"),
]
