"""The pages of a doctor's practice that show no visits, below /practice/ (docspot/urls.py)."""

from django.urls import path

from doctors.joining import views as joining
from doctors.practice import views

urlpatterns = [
    path("join/", joining.join, name="join"),
    path("application/", joining.application, name="application"),
    path("profile/", views.profile, name="profile"),
    path("profile/photo/remove/", views.remove_photo, name="remove_photo"),
]
