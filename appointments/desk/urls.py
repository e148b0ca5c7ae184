"""The pages of the front desk, below /admin/desk/ (docspot/admin.py)."""

from django.urls import URLPattern, path

from appointments.absence import views as absence

urlpatterns: list[URLPattern] = [
    path("strays/", absence.StraysView.as_view(), name="desk_strays"),
    path("time-off/", absence.VisitsDeskView.as_view(), name="desk_time_off"),
    path(
        "time-off/<int:id>/", absence.TimeOffVisitsDeskView.as_view(), name="desk_time_off_visits"
    ),
]
