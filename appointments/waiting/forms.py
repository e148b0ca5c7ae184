"""When a person can come at short notice: the shape of it, not whether it is allowed."""

from __future__ import annotations

from datetime import date, time
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.exceptions import BookingError
from appointments.forms import YEARS, KeyField, PatientField
from appointments.models import WaitingEntry
from appointments.waiting.exceptions import WishesRefused
from appointments.waiting.words import MIDDAY, WEEK, bits_of, day_name, days_of
from doctors.models import Doctor, Location, Specialty, VisitType

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


def add_refusal(form: forms.Form, error: BookingError) -> None:
    """Let the form say why it was refused, beside the field that it is about, if there is one."""
    about = error.about if isinstance(error, WishesRefused) else None
    form.add_error(about, str(error))


def initial_of(entry: WaitingEntry) -> dict[str, Any]:
    """The form as it stands for wishes that there are."""
    times = (entry.from_time, entry.to_time)
    hours = next((name for name, pair in HOURS.items() if pair == times), BETWEEN)
    between = {"from_time": times[0], "to_time": times[1]} if hours == BETWEEN else {}
    days = days_of(entry.weekdays)
    return {"weekdays": days, "hours": hours, "last_day": entry.last_day, **between}


class WhyForm(WishesForm):
    """The same, with why."""

    reason = forms.CharField(
        label=_("What is it for?"),
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Use 1,000 characters or fewer")},
        help_text=_("Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class JoinForm(WhyForm):
    """The same, with whom it is for."""

    patient = PatientField(
        label=_("Who is it for?"),
        queryset=Patient.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose who the appointment is for"),
            "invalid_choice": _("Choose who the appointment is for"),
        },
    )
    field_order = ("patient", "weekdays", "hours", "from_time", "to_time", "last_day", "reason")

    def __init__(self, *args: Any, patients: QuerySet[Patient], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        patient = cast(PatientField, self.fields["patient"])
        patient.queryset, patient.today = patients, today
        if len(patients) == 1:
            patient.widget = forms.HiddenInput()
            patient.initial = patients[0]


class KindField(forms.ModelChoiceField):
    """What each doctor offers online, under their name: nothing else is offered to who waits."""

    def label_from_instance(self, kind: VisitType) -> str:
        return f"{kind.doctor.name}: {kind.name}"


class JoinAtDeskForm(WhyForm):
    """The same, with what a patient on the telephone waits for."""

    visit_type = KindField(
        label=_("With a doctor"),
        queryset=VisitType.objects.filter(
            is_active=True, is_online=True, doctor__status=Doctor.Status.APPROVED
        )
        .select_related("doctor")
        .order_by("doctor__name", "id"),
        required=False,
        empty_label=_("Any doctor of a specialty"),
    )
    specialty = forms.ModelChoiceField(
        label=_("Or with any doctor of this specialty"),
        queryset=Specialty.objects.all(),
        required=False,
        empty_label=_("Choose a specialty"),
    )
    city = forms.ChoiceField(label=_("In this town"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cities = Location.objects.order_by("city").values_list("city", flat=True).distinct()
        city = cast(forms.ChoiceField, self.fields["city"])
        city.choices = [("", _("Choose a town")), *((name, name) for name in cities)]

    def clean(self) -> dict[str, Any]:
        sent = super().clean()
        if not sent.get("visit_type") and not (sent.get("specialty") and sent.get("city")):
            self.add_error("visit_type", _("Choose a doctor, or a specialty and a town"))
        return sent

    @property
    def wanted(self) -> dict[str, Any]:
        """As `join` takes it; a doctor goes before a specialty."""
        kind = self.cleaned_data["visit_type"]
        if kind is not None:
            return {"doctor": kind.doctor, "visit_type": kind}
        return {name: self.cleaned_data[name] for name in ("specialty", "city")}
