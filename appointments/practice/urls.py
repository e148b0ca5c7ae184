"""The pages of a doctor's practice that show visits, below /practice/ (docspot/urls.py)."""

from django.urls import URLPattern, path

from appointments.absence import views as absence

urlpatterns: list[URLPattern] = [
    path("time-off/", absence.TimeOffListView.as_view(), name="time_off"),
    path("time-off/add/", absence.TimeOffAddView.as_view(), name="time_off_add"),
    path("time-off/visits/", absence.VisitsView.as_view(), name="time_off_decide"),
    path("time-off/<int:id>/visits/", absence.TimeOffVisitsView.as_view(), name="time_off_visits"),
    path("time-off/<int:id>/take-back/", absence.TakeBackView.as_view(), name="time_off_take_back"),
]
