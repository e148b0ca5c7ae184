"""The pages of the front desk, below /admin/desk/ (docspot/admin.py)."""

from django.urls import URLPattern, path

from appointments.absence import views as absence
from appointments.desk.booking import BookedView, BookView
from appointments.desk.walk_in import WalkInView
from appointments.desk.why import WhyView

urlpatterns: list[URLPattern] = [
    path("book/", BookView.as_view(), name="desk_book"),
    path("booked/<uuid:id>/", BookedView.as_view(), name="desk_booked"),
    path("walk-in/", WalkInView.as_view(), name="desk_walk_in"),
    path("why/", WhyView.as_view(), name="desk_why"),
    path("strays/", absence.StraysView.as_view(), name="desk_strays"),
    path("time-off/", absence.VisitsDeskView.as_view(), name="desk_time_off"),
    path(
        "time-off/<int:id>/", absence.TimeOffVisitsDeskView.as_view(), name="desk_time_off_visits"
    ),
]
