"""What the desk may do with a visit as it stands, and what is asked before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments import rules, services
from appointments.models import Appointment

Status = Appointment.Status


class ReasonForm(forms.Form):
    """Why a request is declined or a visit cancelled."""

    reason = forms.CharField(
        label=_("Reason (optional)"),
        required=False,
        max_length=500,
        error_messages={"max_length": _("Use 500 characters or fewer")},
        help_text=_("The patient reads this on the page of the appointment."),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )


@dataclass(frozen=True)
class Act:
    """One thing to do; `name` is its last part of the address.

    `done` is a text with %(patient)s and %(when)s. With `question`, a page asks for the reason.
    """

    name: str
    service: Callable[..., Appointment]
    becomes: Status
    label: Any
    done: Any
    question: Any = None
    button: Any = None  # on the page that asks

    def may_now(self, appointment: Appointment, now: datetime) -> bool:
        """Whether the service would do it, as the appointment was read."""
        return rules.may_become(appointment, self.becomes, now)


ACTS = {
    act.name: act
    for act in (
        Act(
            "confirm",
            services.confirm,
            Status.CONFIRMED,
            _("Confirm"),
            _("Confirmed: %(patient)s, %(when)s."),
        ),
        Act(
            "decline",
            services.decline,
            Status.DECLINED,
            _("Decline"),
            _("Declined: %(patient)s, %(when)s. The time is free again."),
            _("Decline the request?"),
            _("Decline the request"),
        ),
        Act(
            "check-in",
            services.check_in,
            Status.CHECKED_IN,
            _("Check in"),
            _("Checked in: %(patient)s, %(when)s."),
        ),
        Act(
            "complete",
            services.complete,
            Status.COMPLETED,
            _("Complete"),
            _("Completed: %(patient)s, %(when)s."),
        ),
        Act(
            "no-show",
            services.mark_no_show,
            Status.NO_SHOW,
            _("Did not come"),
            _("Noted that they did not come: %(patient)s, %(when)s."),
        ),
        Act(
            "cancel",
            services.cancel,
            Status.CANCELLED,
            _("Cancel"),
            _("Cancelled: %(patient)s, %(when)s. The time is free again."),
            _("Cancel the appointment?"),
            _("Cancel the appointment"),
        ),
    )
}
ONE_TAP = ("confirm", "decline", "check-in", "complete", "no-show")


def acts_now(appointment: Appointment, now: datetime) -> list[Act]:
    """All that can be done with it at `now`."""
    return [act for act in ACTS.values() if act.may_now(appointment, now)]
