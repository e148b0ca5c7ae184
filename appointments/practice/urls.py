"""The pages of a doctor's practice that show visits, below /practice/ (docspot/urls.py)."""

from django.urls import URLPattern, path

from appointments.absence import views as absence
from appointments.feeds import views as feeds
from appointments.practice import views
from appointments.practice.hours.views import HoursView
from appointments.practice.offers.views import ChangeVisitTypeView

urlpatterns: list[URLPattern] = [
    path("", views.DayView.as_view(), name="day"),
    path("week/", views.WeekView.as_view(), name="week"),
    path("requests/", views.RequestsView.as_view(), name="requests"),
    path("visits/<uuid:id>/", views.VisitView.as_view(), name="visit"),
    path("visits/<uuid:id>/<slug:act>/", views.ActView.as_view(), name="act"),
    path("hours/", HoursView.as_view(), name="hours"),
    path("visit-types/<int:id>/", ChangeVisitTypeView.as_view(), name="visit_type"),
    path("calendar/", feeds.CalendarView.as_view(), name="calendar"),
    path("calendar/renew/", feeds.RenewView.as_view(), name="calendar_renew"),
    path("calendar/remove/", feeds.RemoveView.as_view(), name="calendar_remove"),
    path("calendar/<slug:key>.ics", feeds.FeedView.as_view(), name="feed"),
    path("time-off/", absence.TimeOffListView.as_view(), name="time_off"),
    path("time-off/add/", absence.TimeOffAddView.as_view(), name="time_off_add"),
    path("time-off/visits/", absence.VisitsView.as_view(), name="time_off_decide"),
    path("time-off/<int:id>/visits/", absence.TimeOffVisitsView.as_view(), name="time_off_visits"),
    path("time-off/<int:id>/take-back/", absence.TakeBackView.as_view(), name="time_off_take_back"),
]
