"""The forms about doctors: the directory's search, and those of the front desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import chain, product
from typing import Any, cast
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Prefetch, prefetch_related_objects
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from doctors import clashes, rules
from doctors.availability import DAY
from doctors.clashes import ends_next_day
from doctors.models import Doctor, ExtraHours, Location, Specialty, TimeOff, WorkingHours
from doctors.selectors import SearchChoices, search_choices
from doctors.wall_clock import day as say_day

CHOOSE_ONE = _("Choose one from the list")
YEAR_IN_REACH = _("Enter a year from 2000 to 2199.")


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
    days = forms.ChoiceField(
        label=_("When"),
        required=False,
        choices=[
            ("", _("Any day")),
            ("week", _("In the next 7 days")),
            ("weekend", _("At a weekend")),
        ],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )
    time = forms.ChoiceField(
        label=_("Time of day"),
        required=False,
        choices=[
            ("", _("Any time")),
            ("early", _("Before 10am")),
            ("late", _("5pm or later")),
        ],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("Name")), ("soonest", _("Next free time"))],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("specialty", _("All specialties"), "specialties")
        self._offer("place", _("All places"), "places")
        self._offer("language", _("Any language"), "languages")

    def _offer(self, name: str, everything: object, choices: str) -> None:
        field = cast(forms.ChoiceField, self.fields[name])
        # A function: most pages are searched without, and show what was drawn before.
        field.choices = lambda: [("", everything), *getattr(self.choices, choices)]
        field.error_messages["invalid_choice"] = CHOOSE_ONE

    @cached_property
    def choices(self) -> SearchChoices:
        return search_choices()

    @property
    def narrows(self) -> bool:
        """Whether any filter is set; sorting is none."""
        return any(value for name, value in self.cleaned_data.items() if name != "sort")


# The front desk


class HoursForm(forms.ModelForm):
    """What both kinds of working hours have in common."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("closes") is not None:
            self.cleaned_data["closes_next_day"] = ends_next_day(
                self.cleaned_data["closes"], self.cleaned_data.get("closes_next_day", False)
            )
        return cleaned


class WorkingHoursForm(HoursForm):
    """The hours of every week, or of every so manieth."""

    class Meta:
        model = WorkingHours
        fields = (
            "weekday",
            "opens",
            "closes",
            "closes_next_day",
            "location",
            "every_weeks",
            "valid_from",
            "valid_until",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "every_weeks" in self.fields:
            self.fields["every_weeks"].required = False

    def clean_every_weeks(self) -> int:
        weeks: int | None = self.cleaned_data["every_weeks"]
        return 1 if weeks is None else weeks

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors:
            try:
                rules.check_hours_happen(self.instance)
            except ValidationError as error:
                self.add_error(None, error)


class ExtraHoursForm(HoursForm):
    """Hours on one date, which stands for the weekday and both validity dates."""

    date = forms.DateField(
        label=_("Date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[
            MinValueValidator(clashes.EARLIEST, _("Enter a year from 1900 to 2199.")),
            MaxValueValidator(clashes.LATEST - DAY, _("Enter a year from 1900 to 2199.")),
        ],
    )

    class Meta:
        model = ExtraHours
        fields = ("opens", "closes", "closes_next_day", "location")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.valid_from:
            self.initial["date"] = self.instance.valid_from

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if day := self.cleaned_data.get("date"):
            self.instance.weekday = day.weekday()
            self.instance.valid_from = self.instance.valid_until = day
            self.instance.every_weeks = 1
        return cleaned


class HoursFormSet(BaseInlineFormSet):
    """Some windows of a doctor, beside others: no two of all of them at the same time."""

    # All formsets of the page with hours of this doctor, this one too.
    together: Sequence[HoursFormSet] = ()

    @cached_property
    def places(self) -> list[tuple[Any, Any]]:
        """The choices of the place, read once for all rows."""
        first = self.together[0] if self.together else self
        if first is not self:
            return first.places
        return list(self.empty_form.fields["location"].choices)  # type: ignore[attr-defined]

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if index is not None and "location" in form.fields:
            form.fields["location"].widget.choices = self.places

    @property
    def rows(self) -> list[WorkingHours]:
        """What stays when the formset, which is in order, is saved."""
        return [
            form.instance
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rules.check_no_clash(self.rows)
        if self.together and self is self.together[-1]:
            self._check_beside_the_others()

    def _check_beside_the_others(self) -> None:
        """The last of the formsets looks at all, and at the rows that are in none of them."""
        others = self.together[:-1]
        if not all(other.is_valid() for other in others):
            return
        theirs, mine = [row for other in others for row in other.rows], self.rows
        elsewhere = self._rows_elsewhere()
        rules.check_pairs(chain(product(theirs, mine), product(elsewhere, theirs + mine)))

    def _rows_elsewhere(self) -> list[WorkingHours]:
        """Those that this person may not see, or that somebody has added meanwhile."""
        if self.instance.pk is None:
            return []
        shown = [form.instance.pk for formset in self.together for form in formset.initial_forms]
        rows = WorkingHours.objects.filter(doctor=self.instance).exclude(pk__in=shown)
        return list(rows.select_related("location"))


class ExtraHoursFormSet(HoursFormSet):
    @classmethod
    def get_default_prefix(cls) -> str:
        return "extra_hours"


HOURS_WITH_PLACE = Prefetch("working_hours", WorkingHours.objects.select_related("location"))


def place_of(doctor: Doctor | None, location: Location | None) -> Location | None:
    """On whose wall clock time off is meant: that of its place, or of the doctor's first."""
    if location is not None or doctor is None:
        return location
    prefetch_related_objects([doctor], HOURS_WITH_PLACE)
    return next(iter(doctor.places), None)


class PlaceForm(forms.ModelForm):
    """A place. By another time zone its hours are at other instants."""

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if self.instance.pk and zone in available_timezones():
            rules.check_zone(self.instance, zone)
        return zone


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
        self.validators += [
            MinValueValidator(self.earliest, YEAR_IN_REACH),
            MaxValueValidator(self.latest, YEAR_IN_REACH),
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

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        end = self.cleaned_data.get("end")
        if end and {"start", "end"} & set(self.changed_data):
            try:
                rules.check_still_to_come(end, timezone.now())
            except ValidationError as error:
                self.add_error("end", error)
        return cleaned

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
    by: User  # who fills it in

    def clean_specialty(self) -> Specialty | None:
        # The constraint that says so names `status`, which is not in this form: it would be left
        # to the database.
        specialty: Specialty | None = self.cleaned_data["specialty"]
        if specialty is None and self.instance.status == Doctor.Status.APPROVED:
            raise ValidationError(_("An approved doctor needs a specialty."))
        return specialty

    def clean_user(self) -> User | None:
        user: User | None = self.cleaned_data["user"]
        new = user is not None and user.pk != self.instance.user_id
        if new and user == self.by and not self.by.is_superuser:
            raise ValidationError(_("You cannot make yourself a doctor. Ask a colleague."))
        return user


class HolidaysForm(forms.Form):
    """The public holidays of a place on which it is not closed yet; all of them are ticked."""

    days = forms.MultipleChoiceField(
        label=_("Public holidays"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Tick the days on which the place shall be closed."),
            "invalid_choice": _("Tick days from the list. It has changed meanwhile."),
        },
    )

    def __init__(self, *args: Any, holidays: list[tuple[date, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {day.isoformat(): (day, name) for day, name in holidays}
        field = cast(forms.MultipleChoiceField, self.fields["days"])
        field.choices = [
            (key, f"{say_day(day)}: {name}") for key, (day, name) in self.names.items()
        ]
        field.initial = list(self.names)

    @property
    def chosen(self) -> list[tuple[date, str]]:
        return [self.names[key] for key in self.cleaned_data["days"]]
