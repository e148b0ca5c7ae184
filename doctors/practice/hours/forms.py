"""The form in which a doctor edits working hours: some rows for each weekday and for single dates.

Only their shape is checked here; whether they can be is said by doctors.services, and shown at the
rows by `refuse`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.formsets import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from doctors import clashes
from doctors.availability import DAY
from doctors.forms import CHOOSE_ONE
from doctors.models import Location, WorkingHours

MOST_ROWS = 100  # with all their fields, as many as one request may have
MOST_ROWS_A_DAY = 20
A_TIME = _("Enter a time, like 9:30 or 14:00")
A_DATE = _("Enter a date, like 27 3 2027")
A_YEAR = _("Enter a year from 1900 to 2199")
DATES = "dates"  # the rows for single dates; those of a weekday are day0 to day6


class TimeInput(forms.TimeInput):
    """Seconds are shown only where there are any."""

    input_type = "time"

    def format_value(self, value: Any) -> Any:
        if isinstance(value, time):
            return value.isoformat("seconds" if value.second else "minutes")
        return super().format_value(value)


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=TimeInput,
        input_formats=["%H:%M", "%H:%M:%S", "%H.%M", "%I:%M%p", "%I%p"],
        error_messages={"invalid": A_TIME},
    )


def date_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y", "%d.%m.%Y"],
        validators=[
            MinValueValidator(clashes.EARLIEST, A_YEAR),
            MaxValueValidator(clashes.LATEST - DAY, A_YEAR),
        ],
        error_messages={"invalid": A_DATE},
    )


class PlaceField(forms.TypedChoiceField):
    """One of the clinic's places, which were read before."""

    def offer(self, places: Mapping[str, Location]) -> None:
        self.choices = [(key, str(place)) for key, place in places.items()]
        self.coerce = places.get

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Location) else value


class RowForm(forms.Form):
    """What all rows have. One in which nothing was entered counts as not there."""

    opens = time_field(_("From"))
    closes = time_field(_("To"))
    location = PlaceField(
        label=_("Place"),
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose one of the clinic's places")},
    )
    closes_next_day = forms.BooleanField(label=_("Ends next day"), required=False)

    more: tuple[str, ...] = ("closes_next_day",)  # what few rows need
    entered: tuple[str, ...] = ("opens", "closes")  # by any of these a row is there
    shown_at: Mapping[str, str] = {}  # the field that stands for another one
    prefix: str

    def __init__(
        self,
        *args: Any,
        places: Mapping[str, Location],
        usual: Location | None,
        checked: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        cast(PlaceField, self.fields["location"]).offer(places)
        self.fields["location"].initial = usual
        self.checked = checked

    def full_clean(self) -> None:
        if self.checked:
            super().full_clean()
        else:  # shown as it was sent, with nothing said about it yet
            self._errors, self.cleaned_data = ErrorDict(), {}

    @property
    def is_there(self) -> bool:
        """Whether it is a row of the hours: something was entered, and it is not to be removed."""
        if self.cleaned_data.get("DELETE"):
            return False
        return any(self.cleaned_data.get(name) is not None for name in self.entered) or any(
            name in self.errors for name in self.entered
        )

    def clean(self) -> dict[str, Any]:
        if self.is_there:
            self.need("opens", _("Enter when the hours begin"))
            self.need("closes", _("Enter when the hours end"))
            self.need("location", _("Choose a place"))
        return self.cleaned_data

    def need(self, name: str, say: Any) -> None:
        if self.cleaned_data.get(name) is None and name not in self.errors:
            self.add_error(name, say)

    def row(self) -> dict[str, Any]:
        """Fields of WorkingHours."""
        names = ("opens", "closes", "location", "closes_next_day")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in (*self.more, "DELETE")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.more]

    @property
    def shows_more(self) -> bool:
        """Whether any of what few rows need is set or wrong."""
        usual = ("", None, False, 1, "1")
        return any(self[name].value() not in usual or self[name].errors for name in self.more)


class WeeklyForm(RowForm):
    every_weeks = forms.TypedChoiceField(
        label=_("How often"),
        required=False,
        coerce=int,
        empty_value="1",
        choices=[
            (1, _("every week")),
            (2, _("every 2 weeks")),
            (3, _("every 3 weeks")),
            (4, _("every 4 weeks")),
            (5, _("every 5 weeks")),
            (6, _("every 6 weeks")),
            (7, _("every 7 weeks")),
            (8, _("every 8 weeks")),
        ],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )
    valid_from = date_field(_("First day"))
    valid_until = date_field(_("Last day"))

    more = ("every_weeks", "valid_from", "valid_until", "closes_next_day")
    entered = ("opens", "closes", "valid_from", "valid_until")

    def row(self) -> dict[str, Any]:
        dates = {name: self.cleaned_data[name] for name in ("valid_from", "valid_until")}
        return super().row() | {"every_weeks": int(self.cleaned_data["every_weeks"])} | dates


class DateForm(RowForm):
    """Extra hours on one date."""

    date = date_field(_("Date"))

    field_order = ("date", "opens", "closes", "location", "closes_next_day")
    entered = ("date", "opens", "closes")
    shown_at = {"valid_from": "date", "valid_until": "date", "weekday": "date"}

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.is_there:
            self.need("date", _("Enter the date"))
            day = self.cleaned_data.get("date")
            if day and day < self.today:
                self.add_error("date", _("Enter a date that is still to come"))
        return self.cleaned_data

    def row(self) -> dict[str, Any]:
        day = self.cleaned_data["date"]
        dates = {"weekday": day.weekday(), "valid_from": day, "valid_until": day}
        return super().row() | dates


class RowFormSet(BaseFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.empty_permitted = False  # a row says itself whether it is there
        form.fields["DELETE"].label = _("Remove")


TEXTS: dict[str, Any] = {
    "too_many_forms": _("Enter up to %(num)d rows here"),
    "missing_management_form": _("Not all of this page came. Open it again."),
}
ROWS: dict[type[RowForm], Any] = {
    form: formset_factory(
        form,
        formset=RowFormSet,
        extra=0,
        can_delete=True,
        max_num=most,
        absolute_max=most + 1,
        validate_max=True,
    )
    for form, most in ((WeeklyForm, MOST_ROWS_A_DAY), (DateForm, 3 * MOST_ROWS_A_DAY))
}


class Wrong(NamedTuple):
    """Something to mend: where, in words; the field, if it is about one; what."""

    where: str
    field: forms.BoundField | None
    text: str


@dataclass
class Part:
    """The rows of one weekday, or those for single dates (`weekday` None)."""

    prefix: str
    name: Any
    weekday: int | None
    rows: BaseFormSet

    @property
    def there(self) -> list[Any]:
        return [form for form in self.rows.forms if form.is_valid() and form.is_there]


@dataclass
class WeekForm:
    """All rows of a doctor's hours, as they are or as they were sent.

    `usual` is the place that a new row begins with.
    """

    places: Mapping[str, Location]
    usual: Location | None
    today: date
    rows: Iterable[WorkingHours] = ()
    data: Mapping[str, Any] | None = None
    checked: bool = True
    at_no_row: list[Wrong] = field(default_factory=list)

    @cached_property
    def parts(self) -> list[Part]:
        weekly = [
            self._part(f"day{number}", name, WeeklyForm, number)
            for number, name in WorkingHours.Weekday.choices
        ]
        return [*weekly, self._part(DATES, _("Extra hours on a date"), DateForm, None)]

    def _part(self, prefix: str, name: Any, form: type[RowForm], weekday: int | None) -> Part:
        kwargs: dict[str, Any] = {
            "places": self.places,
            "usual": self.usual,
            "checked": self.checked,
        }
        if weekday is None:
            kwargs["today"] = self.today
        formset = ROWS[form](
            self.data,
            prefix=prefix,
            initial=None if self.data else [_initial(row) for row in self._in_part(weekday)],
            form_kwargs=kwargs,
            error_messages=TEXTS,
        )
        return Part(prefix, name, weekday, formset)

    def _in_part(self, weekday: int | None) -> list[WorkingHours]:
        if weekday is None:
            rows = [row for row in self.rows if row.is_extra]
        else:
            rows = [row for row in self.rows if not row.is_extra and row.weekday == weekday]
        return sorted(rows, key=lambda row: (row.valid_from or date.min, row.opens))

    def is_valid(self) -> bool:
        return all(part.rows.is_valid() for part in self.parts)

    @property
    def hours(self) -> list[dict[str, Any]]:
        """What was entered: fields of WorkingHours for each row, in the order of `_there`."""
        return [
            form.row() | ({} if part.weekday is None else {"weekday": part.weekday})
            for part, form in self._there()
        ]

    def _there(self) -> Iterator[tuple[Part, Any]]:
        return ((part, form) for part in self.parts for form in part.there)

    def refuse(self, error: ValidationError) -> None:
        """Show at its row what the services say of the `hours`; what is about none, above all."""
        forms_there = [form for _part, form in self._there()]
        for name, problems in error.error_dict.items():
            _hours, *where = name.split(".", 2)
            for problem in problems:
                numbers = [int(where[0])] if where else (problem.params or {}).get("rows", [])
                known = [number for number in numbers if number < len(forms_there)]
                for number in known:
                    row = forms_there[number]
                    said_of = where[1] if len(where) > 1 else "opens"
                    at = row.shown_at.get(said_of, said_of)
                    row.add_error(at if at in row.fields else "opens", problem)
                if not known:
                    self.at_no_row += [Wrong("", None, str(text)) for text in problem.messages]

    @property
    def errors(self) -> list[Wrong]:
        """All that is to mend, in the order of the page."""
        wrong = list(self.at_no_row)
        for part in self.parts:
            name = str(part.name)
            wrong += [Wrong(name, None, str(text)) for text in part.rows.non_form_errors()]
            for form in part.rows.forms:
                if form.errors and not form.cleaned_data.get("DELETE"):
                    wrong += [Wrong(name, at, str(text)) for at in form for text in at.errors]
        return wrong

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Names and values of all fields, as they were sent, to be sent again."""
        prefixes = tuple(f"{part.prefix}-" for part in self.parts)
        data: Any = self.data or {}
        return [(name, value) for name, value in data.items() if name.startswith(prefixes)]


def _initial(row: WorkingHours) -> dict[str, Any]:
    names = ("opens", "closes", "location", "closes_next_day", "every_weeks")
    dates = {"valid_from": row.valid_from, "valid_until": row.valid_until, "date": row.valid_from}
    return {name: getattr(row, name) for name in names} | dates


def with_another_row(data: Any, prefix: str, place: Location | None) -> Any:
    """The data of a WeekForm with one more row in this part, still empty but for its place."""
    more = data.copy()
    name = f"{prefix}-TOTAL_FORMS"
    number = str(more.get(name, ""))
    if number.isascii() and number.isdigit() and len(number) < 4:
        more[name] = str(int(number) + 1)
        more[f"{prefix}-{int(number)}-location"] = str(place.pk) if place else ""
    return more
