"""The pages of the doctor's day. Below these views `now` is an argument; here the clock is read."""

from appointments.practice.views.days import DayView, WeekView
from appointments.practice.views.requests import RequestsView
from appointments.practice.views.visit import ActView, VisitView

__all__ = ["ActView", "DayView", "RequestsView", "VisitView", "WeekView"]
