"""How an application stands, and what has happened to it, in words to the doctor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doctors.joining.services import Kind, Status
from doctors.models import Doctor
from doctors.wall_clock import day

DECIDED = (Kind.ASKED, Kind.REJECTED, Kind.SUSPENDED)
WHAT = {
    Kind.APPLIED: gettext_lazy("You applied"),
    Kind.AMENDED: gettext_lazy("You changed your application"),
    Kind.ASKED: gettext_lazy("The clinic asked for more"),
    Kind.APPROVED: gettext_lazy("The clinic approved you"),
    Kind.REJECTED: gettext_lazy("The clinic did not accept your application"),
    Kind.SUSPENDED: gettext_lazy("The clinic suspended you"),
}


@dataclass(frozen=True)
class Standing:
    """The head of the page; `kind` is as of components/state_panel.html.

    `words` are the clinic's. `button` says what the form below is for; it stands open where it is
    the doctor's turn.
    """

    kind: str
    title: str
    text: str
    words: str = ""
    button: str = ""
    is_open: bool = True


@dataclass(frozen=True)
class StepTaken:
    what: str
    day: str
    words: str


def standing_of(doctor: Doctor) -> Standing:
    """How a doctor stands who is not approved; reads the prefetched events."""
    events = list(doctor.events.all())
    last = events[-1] if events else None
    words = last.note if last and last.kind in DECIDED else ""
    if doctor.status == Status.SUSPENDED:
        return Standing(
            "bad",
            _("The clinic has suspended you"),
            _(
                "Patients can no longer see or book you. Visits that are booked stay booked. Call "
                "the clinic to talk about it."
            ),
            words,
        )
    if doctor.status == Status.REJECTED:
        return Standing(
            "bad",
            _("The clinic has not accepted your application"),
            _("If something was wrong or is missing, change it below and apply again."),
            words,
            _("Apply again"),
        )
    if last and last.kind == Kind.ASKED:
        return Standing(
            "waiting",
            _("The clinic needs to know more"),
            _("Add to your application below and send it. Until then it is not decided."),
            words,
            _("Send to the clinic"),
        )
    return Standing(
        "waiting",
        _("Your application is with the clinic"),
        _("We send you an email when the clinic has answered."),
        button=_("Send changes"),
        is_open=False,
    )


def steps_of(doctor: Doctor) -> list[StepTaken]:
    """What has happened so far, on the calendar of the place they applied for.

    The words that went with the last step stand in the head of the page.
    """
    zone = doctor.location.zone if doctor.location else UTC
    events = list(doctor.events.all())
    return [
        StepTaken(
            what=str(WHAT[Kind(event.kind)]),
            day=day(event.at.astimezone(zone)),
            words=event.note if event.kind in DECIDED and event is not events[-1] else "",
        )
        for event in events
    ]
