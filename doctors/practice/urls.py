"""The pages of a doctor's practice that show no visits, below /practice/ (docspot/urls.py)."""

from django.urls import URLPattern, path

from doctors.joining import views as joining
from doctors.practice import views
from doctors.practice.offers import views as offers

urlpatterns: list[URLPattern] = [
    path("join/", joining.join, name="join"),
    path("application/", joining.application, name="application"),
    path("profile/", views.profile, name="profile"),
    path("profile/photo/remove/", views.remove_photo, name="remove_photo"),
    path("visit-types/", offers.VisitTypesView.as_view(), name="visit_types"),
    path("visit-types/add/", offers.AddVisitTypeView.as_view(), name="add_visit_type"),
    path("visit-types/booking/", offers.BookingSettingsView.as_view(), name="booking_settings"),
]
