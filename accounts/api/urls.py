"""The calls about logins and people. Signing up and logging in are in doctors/api/urls.py."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("token/refresh", views.RefreshView.as_view(), name="api_refresh"),
    path("logout", views.LogoutView.as_view(), name="api_logout"),
    path("patients", views.PatientsView.as_view(), name="api_patients"),
]
