"""Why a time cannot be booked, rule by rule, in words for the desk.

It asks what services.book asks, but does not stop at the first "no". That the two agree is tested
with many small clinics (appointments/tests/test_obstacles.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Patient
from appointments import fairness, rules
from appointments.exceptions import NotForThisPatient
from appointments.models import Appointment, BookingPolicy, HeldTime
from appointments.selectors import DAY, LONGEST_HORIZON, FreeTimes, held_by, held_times
from doctors.fitting import Against, Rule, Schedule, Taken, against
from doctors.limits import LONGEST_HORIZON_DAYS
from doctors.models import Doctor, VisitType
from doctors.selectors import windows_of
from doctors.wall_clock import clock, day, day_and_clock, weekday


class Binds(Enum):
    """Whom a rule keeps from booking."""

    ALL = auto()
    ONLINE = auto()  # patients and the desk, unless it overrules the rules for booking online
    PATIENTS = auto()  # patients alone


@dataclass(frozen=True)
class Obstacle:
    """One rule that a time breaks; `visit` is the visit that is in its way."""

    text: str
    binds: Binds = Binds.ALL
    visit: Appointment | None = None
    rule: Rule | None = None


@dataclass(frozen=True)
class Question:
    """Could this be booked? `doctor` needs the prefetches of `with_schedule`, in any status."""

    doctor: Doctor
    visit_type: VisitType
    start: datetime
    zone: ZoneInfo  # whose clock the answer is in
    policy: BookingPolicy
    now: datetime
    patient: Patient | None = None

    @property
    def end(self) -> datetime:
        return self.start + self.visit_type.duration

    def clock(self, instant: datetime) -> str:
        return clock(instant, self.zone)

    def when(self, instant: datetime) -> str:
        return day_and_clock(instant, self.zone)


def obstacles(ask: Question) -> list[Obstacle]:
    """All that stands against this booking; nothing exactly if it can be booked by anybody."""
    found = [*_of_the_offer(ask), *_of_the_window(ask), *_of_the_schedule(ask)]
    if ask.patient is not None:
        found += _of_the_patient(ask, ask.patient)
    return found


def _of_the_offer(ask: Question) -> Iterator[Obstacle]:
    doctor, kind = ask.doctor, ask.visit_type
    if doctor.status != Doctor.Status.APPROVED:
        yield Obstacle(
            _("%(doctor)s takes no bookings. Their status is “%(status)s”.")
            % {"doctor": doctor, "status": doctor.get_status_display()}
        )
    names = {"doctor": doctor, "kind": kind}
    if not kind.is_active:
        yield Obstacle(_("%(doctor)s does not offer “%(kind)s” at the moment.") % names)
    if not kind.is_online:
        yield Obstacle(
            _("Patients cannot book “%(kind)s” online. The desk can.") % names, Binds.PATIENTS
        )


def _of_the_window(ask: Question) -> Iterator[Obstacle]:
    policy, kind, start = ask.policy, ask.visit_type, ask.start
    if start <= ask.now:
        yield Obstacle(_("This time has passed."))
    elif start < policy.earliest(kind, ask.now):
        until = ask.when(start - policy.notice(kind))
        yield Obstacle(
            _("It is too near for its notice: online it could be booked until %(when)s.")
            % {"when": until},
            Binds.ONLINE,
        )
    if start >= ask.now + LONGEST_HORIZON:
        yield Obstacle(
            _("Nothing is booked more than %(days)s days ahead.") % {"days": LONGEST_HORIZON_DAYS}
        )
    elif start >= policy.latest(kind, ask.now):
        yield Obstacle(
            ngettext(
                "It is too far ahead: online it is offered %(days)s day before.",
                "It is too far ahead: online it is offered %(days)s days before.",
                policy.horizon(kind).days,
            )
            % {"days": policy.horizon(kind).days},
            Binds.ONLINE,
        )


def _of_the_patient(ask: Question, patient: Patient) -> Iterator[Obstacle]:
    try:
        rules.check_audience(patient, ask.doctor, ask.visit_type, ask.now)
    except NotForThisPatient as error:
        yield Obstacle(str(error))
    held = held_by(patient, ask.now)
    meeting = [visit.id for visit in held if visit.start < ask.end and ask.start < visit.end]
    visits = Appointment.objects.select_related("doctor", "location", "patient")
    for visit in visits.filter(pk__in=meeting) if meeting else ():
        yield Obstacle(
            _("%(patient)s has an appointment with %(doctor)s then, %(start)s to %(end)s.")
            % {
                "patient": patient,
                "doctor": visit.doctor,
                "start": ask.clock(visit.start),
                "end": ask.clock(visit.end),
            },
            visit=visit,
        )
    if len(held) >= ask.policy.max_open_visits:
        yield Obstacle(
            ngettext(
                "%(patient)s holds %(count)s appointment to come; online it can be %(most)s.",
                "%(patient)s holds %(count)s appointments to come; online it can be %(most)s.",
                len(held),
            )
            % {"patient": patient, "count": len(held), "most": ask.policy.max_open_visits},
            Binds.ONLINE,
        )

    most = ask.policy.max_open_per_specialty
    there = fairness.in_specialty(held, ask.doctor)
    if most is not None and len(there) >= most:
        yield Obstacle(
            ngettext(
                "%(patient)s holds %(count)s appointment in %(specialty)s; online it can be "
                "%(most)s.",
                "%(patient)s holds %(count)s appointments in %(specialty)s; online it can be "
                "%(most)s.",
                len(there),
            )
            % {
                "patient": patient,
                "count": len(there),
                "specialty": ask.doctor.specialty,
                "most": most,
            },
            Binds.ONLINE,
        )


def _of_the_schedule(ask: Question) -> Iterator[Obstacle]:
    kind = ask.visit_type
    for one in against(_schedule(ask), ask.start, duration=kind.duration, buffer=kind.buffer):
        visit = one.taken.visit if one.taken else None
        if isinstance(visit, HeldTime):
            yield Obstacle(_held(ask, visit), rule=one.rule)
        else:
            yield Obstacle(SAID[one.rule](ask, one), visit=visit, rule=one.rule)


def _schedule(ask: Question) -> Schedule:
    on = ask.start.date()
    times = FreeTimes(
        [ask.doctor], first_day=on - DAY, last_day=on + DAY, policy=ask.policy, now=ask.now
    )
    kinds = {kind.pk: kind.buffer for kind in ask.doctor.visit_types.all()}
    booked = Appointment.objects.blocking().filter(doctor=ask.doctor)
    near = booked.meeting(ask.start - DAY, ask.end + DAY).select_related("patient", "location")
    held = held_times([ask.doctor.pk], ask.start - DAY, ask.end + DAY).select_related("offer")
    return Schedule(
        windows=windows_of(ask.doctor),
        time_off=times.time_off[ask.doctor.pk],
        visits=[
            Taken(one.start, one.end, one.end + kinds.get(one.visit_type_id, timedelta(0)), one)
            for one in near
        ]
        + [Taken(one.start, one.end, one.end, one) for one in held],
        full_days=times.full_days[ask.doctor.pk],
        step=ask.doctor.step,
    )


# How each rule of the schedule is said


def _no_hours(ask: Question, one: Against) -> str:
    return _("%(doctor)s has no working hours.") % {"doctor": ask.doctor}


def _weekday(ask: Question, one: Against) -> str:
    local = ask.start.astimezone(ask.zone)
    monday = local.date() - local.weekday() * DAY
    numbers = sorted({window.weekday for window in one.windows})
    return _("%(doctor)s does not work on a %(day)s. Their days are: %(days)s.") % {
        "doctor": ask.doctor,
        "day": weekday(local.date()),
        "days": _listed([weekday(monday + number * DAY) for number in numbers]),
    }


def _not_yet(ask: Question, one: Against) -> str:
    begins = min(window.valid_from for window in one.windows if window.valid_from)
    return _("The hours on this day of the week begin on %(day)s.") % {"day": day(begins)}


def _no_longer(ask: Question, one: Against) -> str:
    ended = max(window.valid_until for window in one.windows if window.valid_until)
    return _("The hours on this day of the week ended on %(day)s.") % {"day": day(ended)}


def _other_week(ask: Question, one: Against) -> str:
    window = one.windows[0]
    begins = day(window.valid_from) if window.valid_from else ""
    return _("The hours on this day hold every %(weeks)s weeks, from %(day)s; not this week.") % {
        "weeks": window.every_weeks,
        "day": begins,
    }


def _outside_hours(ask: Question, one: Against) -> str:
    return _("It is outside the hours. %(doctor)s works that day: %(hours)s.") % {
        "doctor": ask.doctor,
        "hours": _hours(ask, one),
    }


def _break(ask: Question, one: Against) -> str:
    return _("It is in a break. %(doctor)s works that day: %(hours)s.") % {
        "doctor": ask.doctor,
        "hours": _hours(ask, one),
    }


def _too_long(ask: Question, one: Against) -> str:
    return _(
        "It would not be over in time: it takes %(minutes)s minutes, and the hours end at %(end)s."
    ) % {"minutes": ask.visit_type.duration_minutes, "end": ask.clock(one.openings[0].end)}


def _grid(ask: Question, one: Against) -> str:
    starts = _listed([ask.clock(start) for start in one.starts])
    if not starts:
        return _("It is not one of the starts on offer.")
    return _("It is not one of the starts on offer. The nearest: %(starts)s.") % {"starts": starts}


def _full_day(ask: Question, one: Against) -> str:
    count = ask.doctor.max_visits_per_day or 0
    return ngettext(
        "%(doctor)s takes %(count)s visit a day, and has it on this day.",
        "%(doctor)s takes %(count)s visits a day, and has them on this day.",
        count,
    ) % {"doctor": ask.doctor, "count": count}


def _time_off(ask: Question, one: Any) -> str:
    return _("%(doctor)s is away until %(when)s.") % {
        "doctor": ask.doctor,
        "when": ask.when(one.busy.end),
    }


def _closed(ask: Question, one: Any) -> str:
    return _("%(place)s is closed until %(when)s.") % {
        "place": one.busy.location,
        "when": ask.when(one.busy.end),
    }


def _visit(ask: Question, one: Against) -> str:
    return _("It is taken by a visit of %(patient)s, %(start)s to %(end)s.") % _taken(ask, one)


def _buffer(ask: Question, one: Against) -> str:
    return _(
        "After the visit of %(patient)s, which ends at %(end)s, it is kept free until %(until)s."
    ) % _taken(ask, one)


def _own_buffer(ask: Question, one: Against) -> str:
    return _(
        "The %(minutes)s minutes kept free after it would meet the visit of %(patient)s at "
        "%(start)s."
    ) % _taken(ask, one)


def _held(ask: Question, held: HeldTime) -> str:
    times = {"start": ask.clock(held.start), "end": ask.clock(held.end)}
    if held.until is None:
        return _("%(start)s to %(end)s is kept for somebody on the waiting list.") % times
    return _("%(start)s to %(end)s is kept for somebody on the waiting list until %(until)s.") % (
        times | {"until": ask.when(held.until)}
    )


def _taken(ask: Question, one: Any) -> dict[str, object]:
    return {
        "patient": one.taken.visit.patient,
        "start": ask.clock(one.taken.start),
        "end": ask.clock(one.taken.end),
        "until": ask.clock(one.taken.until),
        "minutes": ask.visit_type.buffer_minutes,
    }


def _hours(ask: Question, one: Against) -> str:
    return _listed(
        [
            _("%(start)s to %(end)s") % {"start": ask.clock(some.start), "end": ask.clock(some.end)}
            for some in one.openings
        ]
    )


def _listed(items: Sequence[str]) -> str:
    if len(items) < 2:
        return "".join(items)
    first, last = ", ".join(items[:-1]), items[-1]
    return _("%(first)s and %(last)s") % {"first": first, "last": last}


SAID = {
    Rule.NO_HOURS: _no_hours,
    Rule.WEEKDAY: _weekday,
    Rule.NOT_YET: _not_yet,
    Rule.NO_LONGER: _no_longer,
    Rule.OTHER_WEEK: _other_week,
    Rule.BEFORE_HOURS: _outside_hours,
    Rule.AFTER_HOURS: _outside_hours,
    Rule.BREAK: _break,
    Rule.TOO_LONG: _too_long,
    Rule.GRID: _grid,
    Rule.FULL_DAY: _full_day,
    Rule.TIME_OFF: _time_off,
    Rule.CLOSED: _closed,
    Rule.VISIT: _visit,
    Rule.BUFFER: _buffer,
    Rule.OWN_BUFFER: _own_buffer,
}
