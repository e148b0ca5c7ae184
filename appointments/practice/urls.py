"""The pages of a doctor's practice that show visits, below /practice/ (docspot/urls.py)."""

from django.urls import URLPattern, path

from appointments.practice.hours.views import HoursView
from appointments.practice.offers.views import ChangeVisitTypeView

urlpatterns: list[URLPattern] = [
    path("hours/", HoursView.as_view(), name="hours"),
    path("visit-types/<int:id>/", ChangeVisitTypeView.as_view(), name="visit_type"),
]
