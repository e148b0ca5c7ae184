"""The pages of the front desk, below /admin/desk/ (docspot/admin.py)."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
