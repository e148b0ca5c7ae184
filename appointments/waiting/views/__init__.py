"""The pages of the waiting list. Below these views `now` is an argument; here the clock is read."""

from appointments.waiting.views.answer import AnswerView
from appointments.waiting.views.joining import JoinAnyView, JoinDoctorView, JoinVisitView
from appointments.waiting.views.own import (
    ChangeView,
    LeaveView,
    OfferView,
    PauseView,
    ResumeView,
    WaitingListView,
)

__all__ = [
    "AnswerView",
    "ChangeView",
    "JoinAnyView",
    "JoinDoctorView",
    "JoinVisitView",
    "LeaveView",
    "OfferView",
    "PauseView",
    "ResumeView",
    "WaitingListView",
]
