"""The forms about doctors: the directory's search, and those of the front desk."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Prefetch, prefetch_related_objects
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from doctors.models import Doctor, Location, Specialty, TimeOff, WorkingHours
from doctors.selectors import search_choices

CHOOSE_ONE = _("Choose one from the list")


class DoctorSearchForm(forms.Form):
    """All fields are optional; an empty form finds every doctor who can be booked."""

    q = forms.CharField(
        label=_("Name, specialty or place"),
        max_length=100,
        required=False,
        error_messages={"max_length": _("Search for 100 characters or fewer")},
    )
    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    free_by = forms.DateField(
        label=_("Has a free time on or before"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        error_messages={"invalid": _("Enter a date, like 27 3 2027")},
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("Name")), ("soonest", _("Next free time"))],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = search_choices()
        self._offer("specialty", _("All specialties"), choices.specialties)
        self._offer("place", _("All places"), choices.places)
        self._offer("language", _("Any language"), choices.languages)

    def _offer(self, name: str, everything: object, choices: list[tuple[str, str]]) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", everything), *choices]
        field.error_messages["invalid_choice"] = CHOOSE_ONE

    @property
    def narrows(self) -> bool:
        """Whether any filter is set; sorting is none."""
        return any(value for name, value in self.cleaned_data.items() if name != "sort")


# The front desk


class WorkingHoursFormSet(BaseInlineFormSet):
    """All windows of a doctor: no two of them at the same time."""

    @cached_property
    def places(self) -> list[tuple[Any, Any]]:
        """The choices of the place, read once for all rows."""
        return list(self.empty_form.fields["location"].choices)  # type: ignore[attr-defined]

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if index is not None and "location" in form.fields:
            form.fields["location"].widget.choices = self.places

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [
            form.instance
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        clashes = [
            ValidationError(
                _("%(one)s and %(other)s are at the same time. Change one of them."),
                params={"one": str(one), "other": str(other)},
            )
            for one, other in combinations(rows, 2)
            if at_the_same_time(one, other)
        ]
        if clashes:
            raise ValidationError(clashes)


def at_the_same_time(one: WorkingHours, other: WorkingHours) -> bool:
    """Whether two windows of a doctor share an instant in some week."""
    return (
        one.weekday == other.weekday
        and one.opens < other.closes
        and other.opens < one.closes
        and (one.valid_from or date.min) <= (other.valid_until or date.max)
        and (other.valid_from or date.min) <= (one.valid_until or date.max)
    )


HOURS_WITH_PLACE = Prefetch("working_hours", WorkingHours.objects.select_related("location"))


def place_of(doctor: Doctor | None, location: Location | None) -> Location | None:
    """On whose wall clock time off is meant: that of its place, or of the doctor's first."""
    if location is not None or doctor is None:
        return location
    prefetch_related_objects([doctor], HOURS_WITH_PLACE)
    return next(iter(doctor.places), None)


def zone_of(place: Location | None) -> ZoneInfo:
    return place.zone if place else ZoneInfo("UTC")


class WallClockField(forms.DateTimeField):
    """An instant, typed and shown as the clock on a wall in `zone` shows it."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    # Years far away cannot be told in every zone.
    earliest = datetime(2000, 1, 1, tzinfo=UTC)
    latest = datetime(2200, 1, 1, tzinfo=UTC)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = ZoneInfo("UTC")
        message = _("Enter a year from 2000 to 2199.")
        self.validators += [
            MinValueValidator(self.earliest, message),
            MaxValueValidator(self.latest, message),
        ]

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)


class TimeOffForm(forms.ModelForm):
    """Its times are those of the place, or of the doctor's first place."""

    start = WallClockField(label=_("From"))
    end = WallClockField(label=_("Until"))

    class Meta:
        model = TimeOff
        fields = ("doctor", "location", "start", "end", "reason")

    def __init__(self, *args: Any, place: Location | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.times = [field for field in self.fields.values() if isinstance(field, WallClockField)]
        if self.instance.pk:
            place = place_of(self.instance.doctor, self.instance.location)
        self.use_clock_of(place)
        for field in self.times:
            field.help_text = (
                _("As the clock shows it in %(place)s (%(zone)s).")
                % {"place": place.city, "zone": place.time_zone}
                if place
                else _("As the clock shows it at the place, or at the doctor's first place.")
            )

    def use_clock_of(self, place: Location | None) -> None:
        for field in self.times:
            field.zone = zone_of(place)

    def clean_location(self) -> Location | None:
        """Runs before the times are read: only now is it known on which clock they are meant."""
        location = self.cleaned_data["location"]
        self.use_clock_of(place_of(self.cleaned_data.get("doctor"), location))
        return location


class TimeOffFormSet(BaseInlineFormSet):
    @cached_property
    def place(self) -> Location | None:
        return place_of(self.instance, None)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"place": self.place}


class DoctorForm(forms.ModelForm):
    def clean_specialty(self) -> Specialty | None:
        # The constraint that says so names `status`, which is not in this form: it would be left
        # to the database.
        specialty: Specialty | None = self.cleaned_data["specialty"]
        if specialty is None and self.instance.status == Doctor.Status.APPROVED:
            raise ValidationError(_("An approved doctor needs a specialty."))
        return specialty
