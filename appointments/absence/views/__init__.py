"""The pages of the assistant: for doctors about themselves, and for staff in the admin."""

from appointments.absence.views.desk import (
    StraysView,
    TimeOffVisitsDeskView,
    VisitsDeskView,
    ask_at_desk,
)
from appointments.absence.views.practice import (
    TakeBackView,
    TimeOffAddView,
    TimeOffListView,
    TimeOffVisitsView,
    VisitsView,
    taken_back,
)

__all__ = [
    "StraysView",
    "TakeBackView",
    "TimeOffAddView",
    "TimeOffListView",
    "TimeOffVisitsDeskView",
    "TimeOffVisitsView",
    "VisitsDeskView",
    "VisitsView",
    "ask_at_desk",
    "taken_back",
]
