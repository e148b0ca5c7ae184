"""The sheet of working hours. All hours of each doctor in the file are replaced by those there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import combinations
from typing import Any, cast

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.sheets import cells
from accounts.sheets.shape import Act, Column, Plan, Row, Sheet, Written
from doctors import rules, services
from doctors.clashes import at_the_same_time, ends_next_day
from doctors.models import Doctor, WorkingHours
from doctors.sheets.owners import (
    NO_DOCTOR,
    NO_PLACE,
    doctors_by_slug,
    names_of_places,
    places_by_name,
)

MOST_HOURS = 200  # of one doctor, as in the API
WEEKDAYS = {day: day.name.capitalize() for day in WorkingHours.Weekday}
OUT_OF_ORDER = _(
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "write yes under ends_next_day."
)
TIMES = ("%H:%M", "%H:%M:%S", "%I:%M%p", "%I:%M:%S%p")
FIELDS = (
    "weekday",
    "opens",
    "closes",
    "closes_next_day",
    "location_id",
    "every_weeks",
    "valid_from",
    "valid_until",
)


def weekday(cell: str) -> int:
    cell = cell.strip().lower()
    for day, name in WEEKDAYS.items():
        if cell in (name.lower(), name[:3].lower()):
            return int(day)
    raise ValidationError(_("Write a day of the week, from Monday to Sunday."))


def clock(cell: str) -> time:
    cell = "".join(cell.upper().split())
    for pattern in TIMES:
        try:
            return datetime.strptime(cell, pattern).time()  # noqa: DTZ007 (a time of day)
        except ValueError:
            continue
    raise ValidationError(_("Write a time of day like 09:30; midnight is 00:00."))


def say_clock(value: time) -> str:
    return value.isoformat("seconds" if value.second else "minutes")


@dataclass
class HoursPlan(Plan):
    weeks: dict[Doctor, list[WorkingHours]] = field(default_factory=dict)  # those that change


class HoursSheet(Sheet):
    columns = (
        Column(
            "doctor",
            _("The address of the doctor, as in the file of doctors."),
            "dr-smith",
            str.strip,
            required=_("Write the address of the doctor."),
        ),
        Column(
            "weekday",
            _("From Monday to Sunday."),
            "Monday",
            weekday,
            required=_("Write the day of the week."),
        ),
        Column(
            "opens",
            _("On the clock of the place."),
            "09:00",
            clock,
            required=_("Write when the hours begin."),
        ),
        Column(
            "closes",
            _("On the clock of the place."),
            "13:00",
            clock,
            required=_("Write when the hours end."),
        ),
        Column(
            "ends_next_day",
            _("yes for hours across midnight; otherwise no, or empty."),
            "no",
            cells.yes_no,
            empty=False,
        ),
        Column(
            "place",
            _("Its name and its town, as in the list of places."),
            "City Heart Clinic, Hyderabad",
            required=_("Write the place."),
        ),
        Column(
            "every_weeks",
            _("2 for every other week, counted from the first day. Empty: every week."),
            "1",
            cells.whole,
            empty=1,
        ),
        Column("first_day", _("Empty: since ever."), "", cells.day, empty=None),
        Column(
            "last_day",
            _("Empty: for ever. The same as the first day: extra hours on that date."),
            "",
            cells.day,
            empty=None,
        ),
    )
    about = (
        _(
            "All hours of each doctor in the file, extra hours too, are replaced by those in the "
            "file. Doctors who are not in the file keep theirs."
        ),
        _("Several lines for a day make the breaks. Booked visits stay where they are."),
    )
    needs = ("add", "change", "delete")

    @cached_property
    def places(self) -> dict[int, str]:
        return names_of_places()

    def rows(self, found: QuerySet) -> QuerySet:
        return found.prefetch_related("doctor")

    def cells_of(self, row: Any) -> list[Any]:
        return [
            row.doctor.slug,
            WEEKDAYS[row.weekday],
            say_clock(row.opens),
            say_clock(row.closes),
            cells.say_yes_no(row.closes_next_day),
            self.places[row.location_id],
            row.every_weeks,
            row.valid_from or "",
            row.valid_until or "",
        ]

    def check(self, values: dict[str, Any]) -> None:
        columns = {
            "weekday": "weekday",
            "opens": "opens",
            "closes": "closes",
            "closes_next_day": "ends_next_day",
            "every_weeks": "every_weeks",
            "valid_from": "first_day",
            "valid_until": "last_day",
        }
        values["ends_next_day"] = ends_next_day(values["closes"], values["ends_next_day"])
        if values["ends_next_day"] is not (values["closes"] <= values["opens"]):
            raise ValidationError({"closes": OUT_OF_ORDER})
        hours = WorkingHours(**{name: values[column] for name, column in columns.items()})
        try:
            rules.check_hours(hours)
        except ValidationError as error:
            texts = error.message_dict
            columns[NON_FIELD_ERRORS] = ""
            raise ValidationError({columns[name]: texts[name] for name in texts}) from error

    def plan(self, rows: Sequence[Row], *, now: datetime, lock: bool = False) -> Plan:
        plan = HoursPlan()
        hours = Prefetch("working_hours", WorkingHours.objects.prefetch_related("location"))
        known = doctors_by_slug((row.values["doctor"] for row in rows), hours, lock=lock)
        places = places_by_name()
        weeks: dict[Doctor, list[tuple[Row, WorkingHours]]] = defaultdict(list)
        for row in rows:
            doctor, place = known.get(row.values["doctor"]), places.find(row.values["place"])
            if doctor is None:
                plan.refused.append(row.refuse("doctor", NO_DOCTOR))
            if place is None:
                plan.refused.append(row.refuse("place", NO_PLACE))
            if doctor is not None and place is not None:
                weeks[doctor].append((row, _hours(doctor, place, row.values)))
        for doctor, week in weeks.items():
            wrong = _wrong_with(week)
            if wrong:
                plan.refused += wrong
            else:
                self._plan_week(plan, doctor, week)
        return plan

    def _plan_week(
        self, plan: HoursPlan, doctor: Doctor, week: Sequence[tuple[Row, WorkingHours]]
    ) -> None:
        there = Counter(_fields(hours) for hours in doctor.working_hours.all())
        added = []
        for row, hours in week:
            fields = _fields(hours)
            if there[fields]:
                there[fields] -= 1
            else:
                own = dict(zip(FIELDS, fields, strict=True)) | {"doctor_id": doctor.pk}
                added.append(Act(row.line, doctor.name, own))
        gone = [(doctor.pk, fields) for fields in there.elements()]
        plan.added += added
        plan.gone += gone
        plan.same += len(week) - len(added)
        if added or gone:
            plan.weeks[doctor] = [hours for _, hours in week]

    def remarks(self, plan: Plan) -> list[str]:
        text = gettext("%(doctor)s: %(before)s lines of hours now, %(after)s after.")
        return [
            text
            % {
                "doctor": doctor.name,
                "before": len(doctor.working_hours.all()),
                "after": len(week),
            }
            for doctor, week in cast(HoursPlan, plan).weeks.items()
        ]

    def write(self, plan: Plan, *, now: datetime) -> Written:
        weeks = cast(HoursPlan, plan).weeks
        for doctor, week in weeks.items():
            fields = [
                {name: getattr(hours, name) for name in FIELDS} | {"location": hours.location}
                for hours in week
            ]
            services.set_working_hours(doctor=doctor, hours=fields)
        return Written([], list(weeks))


def _hours(doctor: Doctor, place: Any, values: dict[str, Any]) -> WorkingHours:
    return WorkingHours(
        doctor=doctor,
        location=place,
        weekday=values["weekday"],
        opens=values["opens"],
        closes=values["closes"],
        closes_next_day=values["ends_next_day"],
        every_weeks=values["every_weeks"],
        valid_from=values["first_day"],
        valid_until=values["last_day"],
    )


def _fields(hours: WorkingHours) -> tuple[Any, ...]:
    return tuple(getattr(hours, name) for name in FIELDS)


def _wrong_with(week: Sequence[tuple[Row, WorkingHours]]) -> list[Any]:
    """Why these cannot be the hours of one doctor."""
    if len(week) > MOST_HOURS:
        text = gettext("A doctor can have %(most)s lines at most.") % {"most": MOST_HOURS}
        return [week[MOST_HOURS][0].refuse("doctor", text)]
    text = gettext("At the same time as line %(line)s. Change one of them.")
    return [
        row.refuse("opens", text % {"line": other.line})
        for (other, theirs), (row, hours) in combinations(week, 2)
        if at_the_same_time(theirs, hours)
    ]
