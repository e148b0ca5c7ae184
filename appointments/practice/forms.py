"""What is asked on a doctor's pages: a day, a week, which requests, why. The shape alone."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from appointments.forms import YEARS
from appointments.models import Appointment

MOST_AT_ONCE = 100
TICK_ONE = _("Tick at least one request")
NO_SUCH_REQUEST = _("One of these requests is not there. Look at the list and tick again.")


class DateForm(forms.Form):
    """The date to go to; without one, today."""

    day = forms.DateField(
        label=_("Go to a date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        error_messages={"invalid": _("Enter a date, like 27 3 2027")},
    )

    def clean_day(self) -> date | None:
        day = self.cleaned_data["day"]
        if day is not None and day.year not in YEARS:
            raise ValidationError(_("Enter a year from 2000 to 2999"))
        return day


class WeekForm(DateForm):
    """A date of the week to go to: `from` in the address."""

    def add_prefix(self, field_name: str) -> str:
        return "from" if field_name == "day" else super().add_prefix(field_name)


class ReasonForm(forms.Form):
    """Why a visit is declined or cancelled."""

    reason = forms.CharField(
        label=_("Why?"),
        required=False,
        max_length=500,
        error_messages={"max_length": _("Use 500 characters or fewer")},
        help_text=_("The patient can read this on the page of the appointment."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class VisitsField(forms.ModelMultipleChoiceField):
    """Some visits by their ids; what is no id at all is refused as one that is not there."""

    def clean(self, value: Any) -> QuerySet[Appointment]:
        try:
            return super().clean(value)
        except ValidationError as error:
            if error.code == "invalid":  # the id's own field, in words for programmers
                raise ValidationError(NO_SUCH_REQUEST, code="invalid_choice") from error
            raise


class RequestsForm(ReasonForm):
    """Which requests, and what is done about them; to decline, it is asked once more."""

    act = forms.ChoiceField(
        choices=[("approve", ""), ("decline", "")],
        error_messages={
            "required": _("Choose whether to approve or to decline"),
            "invalid_choice": _("Choose whether to approve or to decline"),
        },
    )
    visit = VisitsField(
        queryset=Appointment.objects.none(),
        error_messages={
            "required": TICK_ONE,
            "invalid_choice": NO_SUCH_REQUEST,
            "invalid_pk_value": NO_SUCH_REQUEST,
        },
    )
    is_sure = forms.BooleanField(required=False)

    def __init__(self, *args: Any, visits: QuerySet[Appointment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(VisitsField, self.fields["visit"]).queryset = visits

    def clean_visit(self) -> list[Appointment]:
        chosen = list(self.cleaned_data["visit"])
        if len(chosen) > MOST_AT_ONCE:
            raise ValidationError(_("Tick 100 requests or fewer"))
        return chosen
