"""Which days are looked at: so many up to today, or from one day to another."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.dashboard.periods import LONGEST_DAYS, Period, last_days

DEFAULT = "30"
PRESETS = {
    "1": _("Today"),
    "7": _("Last 7 days"),
    "30": _("Last 30 days"),
    "90": _("Last 90 days"),
    "year": _("This year"),
}
A_DAY = _("Enter the day as year, month and day, such as 2026-11-25")
YEARS = range(2000, 2200)
DATE_INPUT = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class PeriodForm(forms.Form):
    """`first` and `last` go before `period`; without any of them it is the last 30 days."""

    period = forms.ChoiceField(
        choices=list(PRESETS.items()),
        required=False,
        error_messages={"invalid_choice": _("Choose days from the list")},
    )
    first = forms.DateField(
        label=_("First day"),
        required=False,
        widget=DATE_INPUT,
        error_messages={"invalid": A_DAY},
    )
    last = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=DATE_INPUT,
        error_messages={"invalid": A_DAY},
    )

    def clean_first(self) -> date | None:
        return self._of_our_time("first")

    def clean_last(self) -> date | None:
        return self._of_our_time("last")

    def _of_our_time(self, name: str) -> date | None:
        day = self.cleaned_data[name]
        if day and day.year not in YEARS:
            raise forms.ValidationError(_("Enter a day between 2000 and 2199"))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if self.errors:
            return data
        if bool(first) != bool(last):
            self.add_error("last" if first else "first", _("Enter both days"))
        elif first and last and last < first:
            self.add_error("last", _("The last day must not be before the first"))
        elif first and last and Period(first, last).days > LONGEST_DAYS:
            self.add_error("last", _("Choose a year at most"))
        return data

    @property
    def chosen(self) -> str:
        """Which of PRESETS; empty for dates."""
        if self.cleaned_data.get("first"):
            return ""
        return self.cleaned_data.get("period") or DEFAULT

    def days(self, today: date) -> Period:
        """The days chosen; asked only of a form that is valid."""
        if not self.chosen:
            return Period(self.cleaned_data["first"], self.cleaned_data["last"])
        if self.chosen == "year":
            return Period(date(today.year, 1, 1), today)
        return last_days(today, int(self.chosen))
