"""The forms of the assistant: when somebody is away, and what becomes of each visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.absence import plan
from appointments.absence.plan import Ask, Cancel, Decision, Leave, Move, Span
from appointments.absence.selectors import Touched
from appointments.models import Appointment, AppointmentEvent
from appointments.selectors import Offer
from doctors import rules
from doctors.availability import DAY, to_instant
from doctors.forms import YEAR_IN_REACH, zone_of
from doctors.models import Location
from doctors.services import LONGEST_REASON
from doctors.wall_clock import clock, day

PREFIX = "visit-"
ENTER_A_DATE = gettext_lazy("Enter a date, like 27 3 2027")
ENTER_A_TIME = gettext_lazy("Enter a time, like 14:30")


class DayField(forms.DateField):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
            error_messages={"invalid": ENTER_A_DATE, "required": kwargs.pop("missing", "")},
            **kwargs,
        )
        self.validators += [
            MinValueValidator(date(2000, 1, 1), YEAR_IN_REACH),
            MaxValueValidator(date(2199, 12, 30), YEAR_IN_REACH),
        ]


class ClockField(forms.TimeField):
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, error_messages={"invalid": ENTER_A_TIME}, **kwargs)


class DaysOffForm(forms.Form):
    """Whole days, or from a time of the first until a time of the last; on the clock of `place`."""

    first_day = DayField(
        label=gettext_lazy("First day"), missing=gettext_lazy("Enter the first day")
    )
    last_day = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty for one day."),
    )
    starts = ClockField(
        label=gettext_lazy("From this time of the first day"),
        help_text=gettext_lazy("Leave both times empty for whole days."),
    )
    ends = ClockField(label=gettext_lazy("Until this time of the last day"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        error_messages={"max_length": gettext_lazy("Use 200 characters or fewer")},
        help_text=gettext_lazy("Only the clinic reads this."),
    )

    def __init__(
        self, *args: Any, place: Location | None, now: datetime | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = zone_of(place), now

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        cleaned = self.cleaned_data
        first = cleaned.get("first_day")
        if first is None or self.errors:
            return cleaned
        last = cleaned.get("last_day") or first
        if last < first:
            self.add_error("last_day", _("The last day must not be before the first."))
            return cleaned
        start = to_instant(first, cleaned.get("starts") or time.min, self.zone)
        ends = cleaned.get("ends")
        end = (
            to_instant(last, ends, self.zone)
            if ends
            else to_instant(last + DAY, time.min, self.zone)
        )
        if end <= start:
            self.add_error("ends", _("The time off must end after it begins."))
            return cleaned
        try:
            if self.now:
                rules.check_still_to_come(end, self.now)
        except ValidationError as error:
            self.add_error("ends" if ends else "last_day", error)
        self.span = Span(start, end, cleaned["reason"])
        return cleaned


class DecideForm(forms.Form):
    """What becomes of each visit: fields `visit-<id>`, as they came. Whether it can be is checked
    by the service."""

    note = forms.CharField(
        label=gettext_lazy("Note for those whose visit is cancelled"),
        required=False,
        max_length=500,
        error_messages={"max_length": gettext_lazy("Use 500 characters or fewer")},
        help_text=gettext_lazy("They read it on the page of their appointment."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decisions: dict[UUID, Decision] = {}

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        cleaned = self.cleaned_data
        for name, value in self.data.items():
            if name.startswith(PREFIX):
                self._read(name.removeprefix(PREFIX), value, cleaned.get("note", ""))
        return cleaned

    def _read(self, key: str, value: str, note: str) -> None:
        try:
            visit = UUID(key)
        except ValueError:
            visit = None
        decision = plan.read(value, note)
        if visit is None or decision is None:
            self.add_error(None, _("Choose for each visit one of the ways in its list."))
        else:
            self.decisions[visit] = decision


# How the visits are asked about


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Question:
    """A visit, and what could become of it; without choices for who has arrived already."""

    touched: Touched
    choices: list[Choice]

    @property
    def visit(self) -> Appointment:
        return self.touched.visit

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.visit.pk}"


def questions_of(
    touched: list[Touched], chosen: Mapping[UUID, Decision], *, set_all: str = ""
) -> list[Question]:
    """With what was chosen before, or else what `set_all` (first, ask, cancel) says."""
    return [
        Question(one, _choices(one, chosen.get(one.visit.pk), set_all) if one.is_open else [])
        for one in touched
    ]


def _choices(one: Touched, chosen: Decision | None, set_all: str) -> list[Choice]:
    moves: list[tuple[Decision, str]] = [
        (Move(offer.slot.start, offer.doctor.pk), _label(offer, one.visit))
        for offer in one.alternatives
    ]
    ask, cancel = (Ask(), _("Ask the patient to choose another time")), (Cancel(), _("Cancel it"))
    waits: list[tuple[Decision, str]] = [(Leave(), _asked(one.visit))] if one.visit.is_asked else []
    usual = plan.said(waits[0][0] if waits else ask[0])
    wanted = {
        "first": plan.said(moves[0][0]) if moves else usual,
        "cancel": plan.said(cancel[0]),
    }.get(set_all, plan.said(chosen) if chosen is not None else usual)
    ways = {plan.said(decision): label for decision, label in [*moves, *waits, ask, cancel]}
    if wanted not in ways:  # it is not free any more
        wanted = usual
    return [Choice(value, label, value == wanted) for value, label in ways.items()]


def _asked(visit: Appointment) -> str:
    events = visit.events.all()
    last = [event.at for event in events if event.kind == AppointmentEvent.Kind.OFFERED][-1]
    return _("Wait for the answer: the patient was asked on %(day)s") % {
        "day": day(last.astimezone(visit.location.zone))
    }


def _label(offer: Offer, visit: Appointment) -> str:
    slot = offer.slot
    zone = slot.location.zone
    when = f"{day(slot.start.astimezone(zone))}, {clock(slot.start, zone)}"
    words = _("Move to %(when)s") % {"when": when}
    if offer.doctor.pk != visit.doctor_id:
        words = _("Move to %(doctor)s, %(when)s") % {"doctor": offer.doctor.name, "when": when}
    if slot.location.pk != visit.location_id:
        words = _("%(move)s, at %(place)s") % {"move": words, "place": slot.location}
    if offer.visit_type.duration != visit.visit_type.duration:
        kind = _("%(name)s, %(minutes)s minutes") % {
            "name": offer.visit_type.name,
            "minutes": offer.visit_type.duration_minutes,
        }
        words = f"{words} ({kind})"
    return words
