"""Signing up and logging in."""

from django.urls import path

from doctors.api import views

urlpatterns = [
    path("register", views.RegisterView.as_view(), name="api_register"),
    path("login", views.LoginView.as_view(), name="api_login"),
]
