"""Keep both, or replace it: what is asked where there is a visit in the same specialty already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Patient, User
from appointments import fairness, rules
from appointments.exceptions import BookingError, CannotReplace
from appointments.models import Appointment, BookingPolicy
from doctors.availability import Slot
from doctors.models import Doctor

KEEP = "keep"
CHOOSE = gettext_lazy("Choose whether to keep or to replace")


class InsteadField(forms.CharField):
    """Empty while nothing was asked, KEEP, or the id of the visit that is replaced.

    Hidden until `ask` shows the question.
    """

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def clean(self, value: Any) -> str:
        if not value or value == KEEP:
            return value or ""
        try:
            return str(UUID(str(value)))
        except ValueError:
            raise ValidationError(CHOOSE, code="instead") from None


def ask(
    form: forms.Form,
    patient: Patient,
    doctor: Doctor,
    slot: Slot,
    *,
    by: User,
    now: datetime,
    policy: BookingPolicy,
) -> None:
    """Let the form ask what services.book would ask about this booking, if there is something."""
    similar = fairness.similar_visits(patient, doctor, slot, policy, now)
    if not similar:
        return
    field = form.fields["instead"]
    field.required = True
    form["instead"].label = fairness.question_about(similar)
    field.widget = forms.RadioSelect(choices=_choices(similar, by, now, policy))


def _choices(
    similar: Sequence[Appointment], by: User, now: datetime, policy: BookingPolicy
) -> list[tuple[str, str]]:
    """Only what would be done: a visit that it is too late to cancel can be kept alone."""
    keep = _("Keep both") if len(similar) == 1 else _("Keep all")
    choices = [(KEEP, keep)]
    for visit in similar:
        try:
            rules.check_cancel(appointment=visit, by=by, now=now, policy=policy)
        except BookingError:
            continue
        counts = fairness.would_be_missed(visit, by, now, policy)
        text = (
            _("Replace %(visit)s (this cancels it late, and it counts as missed)")
            if counts
            else _("Replace %(visit)s (this cancels it)")
        )
        choices.append((str(visit.pk), text % {"visit": fairness.with_whom(visit)}))
    return choices


def refuse_to_guess(form: forms.Form) -> None:
    """The question was not answered."""
    form.add_error("instead", CHOOSE)


def decided(instead: str, by: User) -> dict[str, Any]:
    """The answer as the services take it. Raises CannotReplace for a visit `by` cannot see."""
    if instead == KEEP:
        return {"keep_both": True}
    if not instead:
        return {}
    visit = (
        Appointment.objects.visible_to(by)
        .select_related("doctor", "patient", "location")
        .filter(pk=instead)
        .first()
    )
    if visit is None:
        raise CannotReplace
    return {"replace": visit}
