"""The pages of the front desk, below /admin/desk/ (docspot/admin.py)."""

from django.urls import URLPattern, path

from appointments.absence import views as absence
from appointments.desk.acts.views import ActView
from appointments.desk.booking import BookedView, BookView
from appointments.desk.day.views import DayView
from appointments.desk.patients.views import PatientView
from appointments.desk.sheets.views import SheetsView
from appointments.desk.walk_in import WalkInView
from appointments.desk.why import WhyView
from appointments.fair_use.views import MissView
from appointments.waiting.desk import ChangeDeskView, JoinDeskView

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
    path("waiting/", JoinDeskView.as_view(), name="desk_wait"),
    path("waiting/<int:id>/", ChangeDeskView.as_view(), name="desk_wait_change"),
    path("day/", DayView.as_view(), name="desk_day"),
    path("sheets/", SheetsView.as_view(), name="desk_sheets"),
    path("missed/<uuid:id>/", MissView.as_view(), name="desk_miss"),
    path("visits/<uuid:id>/<slug:act>/", ActView.as_view(), name="desk_act"),
    path("patients/<int:id>/", PatientView.as_view(), name="desk_patient"),
]
