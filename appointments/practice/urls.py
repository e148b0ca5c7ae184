"""The pages of a doctor's practice that show visits, below /practice/ (docspot/urls.py)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
