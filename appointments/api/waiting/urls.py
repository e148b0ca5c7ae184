"""The calls about the waiting list."""

from django.urls import path

from appointments.api.waiting import views

urlpatterns = [
    path("waiting", views.WaitingView.as_view(), name="api_waiting"),
    path("waiting/<int:id>", views.OneEntryView.as_view(), name="api_waiting_entry"),
    path("waiting/<int:id>/accept", views.AcceptView.as_view(), name="api_waiting_accept"),
    path("waiting/<int:id>/decline", views.DeclineView.as_view(), name="api_waiting_decline"),
]
