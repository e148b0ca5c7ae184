"""When a person can come at short notice: the shape of it, not whether it is allowed."""

from __future__ import annotations

from datetime import date, time
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.forms import YEARS, KeyField
from appointments.waiting.words import EVERY_DAY, MIDDAY, WEEK, bits_of, day_name, days_of

ANY, MORNING, AFTERNOON, BETWEEN = "any", "morning", "afternoon", "between"
HOURS: dict[str, tuple[time | None, time | None]] = {
    ANY: (None, None),
    MORNING: (None, MIDDAY),
    AFTERNOON: (MIDDAY, None),
}
CHOOSE_A_DAY = _("Choose at least one day of the week")
CHOOSE_HOURS = _("Choose at which hours you can come")
ENTER_A_TIME = _("Enter a time, like 9:30 or 17:30")


class TimeField(forms.TimeField):
    def __init__(self, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            error_messages={"invalid": ENTER_A_TIME},
            widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        )


class WishesForm(forms.Form):
    """Days, hours, and until when."""

    idempotency_key = KeyField()
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days can you come?"),
        coerce=int,
        choices=[(number, lazy(day_name, str)(number)) for number in WEEK],
        initial=list(WEEK),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": CHOOSE_A_DAY, "invalid_choice": CHOOSE_A_DAY},
    )
    hours = forms.ChoiceField(
        label=_("At which hours?"),
        choices=[
            (ANY, _("At any hour")),
            (MORNING, _("Before midday")),
            (AFTERNOON, _("From midday on")),
            (BETWEEN, _("Between these times:")),
        ],
        initial=ANY,
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE_HOURS, "invalid_choice": CHOOSE_HOURS},
    )
    from_time = TimeField(_("From"))
    to_time = TimeField(_("To"))
    last_day = forms.DateField(
        label=_("Until which day?"),
        help_text=_("After that we stop looking for you."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Enter the last day that suits you"),
            "invalid": _("Enter a day, like 31 3 2026"),
        },
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y", "%d.%m.%Y", "%d-%m-%Y"],
    )

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if day.year not in YEARS:
            raise forms.ValidationError(_("Check the year of the day"))
        return day

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        times = ("from_time", "to_time")
        is_empty = not any(sent.get(name) or self.has_error(name) for name in times)
        if sent.get("hours") == BETWEEN and is_empty:
            self.add_error("from_time", _("Enter from or until which time you can come"))
        return sent

    @property
    def wishes(self) -> dict[str, Any]:
        """As the services take them."""
        sent = self.cleaned_data
        times = HOURS.get(sent["hours"], (sent.get("from_time"), sent.get("to_time")))
        return {
            "weekdays": bits_of(sent["weekdays"]),
            "from_time": times[0],
            "to_time": times[1],
            "last_day": sent["last_day"],
        }


def initial_of(
    *, weekdays: int = EVERY_DAY, from_time: time | None, to_time: time | None
) -> dict[str, Any]:
    """The form as it stands for wishes that there are."""
    hours = next((name for name, pair in HOURS.items() if pair == (from_time, to_time)), BETWEEN)
    times = {"from_time": from_time, "to_time": to_time} if hours == BETWEEN else {}
    return {"weekdays": days_of(weekdays), "hours": hours, **times}


class JoinForm(WishesForm):
    """The same, with whom it is for and why."""

    patient = forms.ModelChoiceField(
        label=_("Who is it for?"),
        queryset=Patient.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose who the appointment is for"),
            "invalid_choice": _("Choose who the appointment is for"),
        },
    )
    reason = forms.CharField(
        label=_("What is it for?"),
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Use 1,000 characters or fewer")},
        help_text=_("Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    field_order = ("patient", "weekdays", "hours", "from_time", "to_time", "last_day", "reason")

    def __init__(self, *args: Any, patients: QuerySet[Patient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        patient = cast(forms.ModelChoiceField, self.fields["patient"])
        patient.queryset = patients
        if len(patients) == 1:
            patient.widget = forms.HiddenInput()
            patient.initial = patients[0]
