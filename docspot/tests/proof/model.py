"""What the appointment book must hold, and what it must refuse and why. Plain Python, no database.

Rows of doctors, hours and so on are read here as the plain values they carry; how the book is kept
(`Visit`), what is refused (`refusals_of_...`) and what is free (brute_force.py) is thought out
anew. A refusal is right if it is one of those for which there is a reason, in whatever order the
services look for reasons; where there is none, nothing may be refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from accounts.models import Patient, User
from appointments import exceptions as no
from appointments.models import BookingPolicy
from docspot.tests.proof.brute_force import DAY, MINUTE, Question, free_times
from doctors.availability import Busy, Window
from doctors.models import Doctor, Location, TimeOff, VisitType, WorkingHours

BLOCKING = {"pending", "confirmed", "checked_in"}
ENDED = {"completed", "no_show", "declined", "cancelled"}
LONGEST_HORIZON = timedelta(days=730)

Refusals = set[type[no.BookingError]]
Starts = dict[datetime, set[Location]]


@dataclass
class Visit:
    """One row of the book as it must be, and its story: (kind, who, when, start then)."""

    id: UUID
    doctor: Doctor
    patient: Patient
    kind: VisitType
    place: Location
    start: datetime
    end: datetime
    status: str
    booked_by: User
    booked_at: datetime
    answer_by: datetime | None = None
    sequence: int = 0
    version: int = 1
    story: list[tuple[str, int | None, datetime, datetime]] = field(default_factory=list)
    before: list[dict[str, Any]] = field(default_factory=list)

    @property
    def row(self) -> tuple[Any, ...]:
        return (
            *(self.doctor.pk, self.patient.pk, self.kind.pk, self.place.pk),
            *(self.start, self.end, self.status),
            *(self.booked_by.pk, self.booked_at, self.answer_by, self.sequence, self.version),
        )

    @property
    def blocks(self) -> bool:
        return self.status in BLOCKING

    @property
    def local_day(self) -> date:
        return self.start.astimezone(self.place.zone).date()

    def meets(self, start: datetime, end: datetime) -> bool:
        return self.start < end and start < self.end

    def became(self, event: str, by: User | None, now: datetime, **changes: Any) -> None:
        """One transition: the row changes once, and the story has one line more."""
        kept = ("start", "end", "status", "answer_by", "sequence", "version")
        self.before.append({name: getattr(self, name) for name in kept})
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1
        self.story.append((event, by and by.pk, now, self.start))


@dataclass
class Clinic:
    """All that decides what is free and what is refused; the world keeps it as its rows are."""

    now: datetime
    policy: BookingPolicy
    places: list[Location]
    doctors: list[Doctor]
    kinds: dict[int, list[VisitType]]  # by doctor id
    hours: dict[int, list[WorkingHours]]  # by doctor id
    patients: list[Patient]
    desk: User
    logins: dict[int, User]  # of patients, by their ids
    time_off: list[TimeOff] = field(default_factory=list)
    visits: dict[UUID, Visit] = field(default_factory=dict)

    # What is free

    def free(
        self,
        doctor: Doctor,
        kind: VisitType,
        first_day: date,
        last_day: date,
        *,
        but: Visit | None = None,
        overrule: bool = False,
    ) -> Starts:
        """The free times that begin on these local days, and where; as if `but` were not there."""
        earliest, latest = self.bounds(kind, overrule=overrule)
        others = [
            visit for visit in self.visits.values() if visit is not but and visit.doctor == doctor
        ]
        return free_times(
            Question(
                windows=[_window(hours) for hours in self.hours[doctor.pk]],
                time_off=[Busy(off.start, off.end, off.location) for off in self._off(doctor)],
                visits=[_busy(visit) for visit in others if visit.blocks],
                duration=kind.duration_minutes,
                buffer=kind.buffer_minutes,
                step=doctor.step_minutes,
                full_days=_full_days(doctor, others),
                first_day=first_day,
                last_day=last_day,
                earliest=earliest,
                latest=latest,
            )
        )

    def free_at(
        self,
        doctor: Doctor,
        kind: VisitType,
        start: datetime,
        *,
        but: Visit | None = None,
        overrule: bool = False,
    ) -> set[Location]:
        """The places at which a visit may begin at this instant."""
        day = start.date()
        days = day - DAY, day + DAY
        return self.free(doctor, kind, *days, but=but, overrule=overrule).get(start, set())

    def bounds(self, kind: VisitType, *, overrule: bool = False) -> tuple[datetime, datetime]:
        """[earliest, latest) of what may be booked."""
        if overrule:
            return self.now, self.now + LONGEST_HORIZON
        notice, horizon = kind.notice_minutes, kind.horizon_days
        notice = self.policy.notice_minutes if notice is None else notice
        horizon = self.policy.horizon_days if horizon is None else horizon
        return self.now + notice * MINUTE, self.now + horizon * DAY

    def _off(self, doctor: Doctor) -> Iterator[TimeOff]:
        return (off for off in self.time_off if off.doctor in (None, doctor))

    # Who is who

    def acts_for(self, by: User, patient: Patient) -> bool:
        return self.logins.get(patient.pk) == by

    def is_clinic(self, by: User, doctor: Doctor) -> bool:
        return by == self.desk or (doctor.user_id == by.pk and doctor.status == "approved")

    def is_known(self, patient: Patient, doctor: Doctor) -> bool:
        return any(
            visit.start <= self.now and visit.status in ("confirmed", "checked_in", "completed")
            for visit in self.visits.values()
            if visit.doctor == doctor and visit.patient == patient
        )

    def blocking(self, *, doctor: Doctor | None = None, patient: Patient | None = None) -> list:
        return [
            visit
            for visit in self.visits.values()
            if visit.blocks and doctor in (None, visit.doctor) and patient in (None, visit.patient)
        ]

    # What is refused

    def refusals_of_booking(
        self,
        doctor: Doctor,
        patient: Patient,
        kind: VisitType,
        start: datetime,
        by: User,
        *,
        overrule: bool = False,
    ) -> Refusals:
        held = self.blocking(patient=patient)
        places = self.free_at(doctor, kind, start, overrule=overrule)
        reasons = {
            no.NotAllowed: overrule and by != self.desk,
            no.AlreadyBooked: any(
                visit.doctor == doctor and visit.start == start for visit in held
            ),
            no.OutsideBookingWindow: self._outside(kind, start, overrule=overrule),
            no.SlotUnavailable: not places,
        }
        return {
            *_true(reasons),
            *self._refusals_of_booker(doctor, patient, kind, by, overrule=overrule),
            *self._refusals_of_time(patient, start, start + kind.duration),
        }

    def refusals_of_day(
        self, doctor: Doctor, patient: Patient, kind: VisitType, day: date, by: User
    ) -> tuple[Refusals, datetime | None]:
        """And the time that is booked if it is not refused: the first of the day."""
        times = self.free(doctor, kind, day, day)
        start = next(iter(times), None)
        last = (self.bounds(kind)[1] + DAY).date()
        reasons = {
            no.OutsideBookingWindow: not (self.now - DAY).date() <= day <= last,
            no.SlotUnavailable: start is None,
            no.AlreadyBooked: any(
                visit.doctor == doctor and visit.local_day == day
                for visit in self.blocking(patient=patient)
            ),
        }
        refusals = {*_true(reasons), *self._refusals_of_booker(doctor, patient, kind, by)}
        if start is not None:
            refusals |= self._refusals_of_time(patient, start, start + kind.duration)
        return refusals, start

    def refusals_of_move(
        self, visit: Visit, start: datetime, by: User, *, overrule: bool = False
    ) -> Refusals:
        clinic = self.is_clinic(by, visit.doctor)
        hours = self.policy.reschedule_notice_hours
        end = start + visit.kind.duration
        places = self.free_at(visit.doctor, visit.kind, start, but=visit, overrule=overrule)
        reasons = {
            no.NotAllowed: overrule and by != self.desk,
            no.NotYourPatient: not clinic and not self.acts_for(by, visit.patient),
            no.WrongStatus: visit.status not in ("pending", "confirmed"),
            no.AlreadyPast: visit.start <= self.now,
            no.TooLateToReschedule: not clinic and self.now > visit.start - timedelta(hours=hours),
            no.OutsideBookingWindow: self._outside(visit.kind, start, overrule=overrule),
            no.SlotUnavailable: not places,
            no.PatientBusy: any(
                other.meets(start, end)
                for other in self.blocking(patient=visit.patient)
                if other is not visit
            ),
        }
        return {*_true(reasons), *self._refusals_of_offer(visit.doctor, visit.kind, by)}

    def answer_by(self, status: str, start: datetime) -> datetime | None:
        """Until when a visit that is asked for now, or asked to be moved, waits for the clinic."""
        hours = timedelta(hours=self.policy.answer_hours)
        return min(start, self.now + hours) if status == "pending" else None

    def run_out(self) -> list[Visit]:
        """Requests that nobody has answered in time."""
        waiting = (visit for visit in self.visits.values() if visit.status == "pending")
        return [visit for visit in waiting if (visit.answer_by or visit.start) <= self.now]

    def refusals_of_change(self, act: str, visit: Visit, by: User) -> Refusals:
        if act == "cancel":
            return self._refusals_of_cancel(visit, by)
        today = self.now.astimezone(visit.place.zone).date()
        wanted = {"complete": "checked_in", "check_in": "confirmed", "mark_no_show": "confirmed"}
        too_early = (act == "check_in" and today < visit.local_day) or (
            act == "mark_no_show" and self.now < visit.start
        )
        return _true(
            {
                no.NotAllowed: not self.is_clinic(by, visit.doctor),
                no.WrongStatus: visit.status != wanted.get(act, "pending"),
                no.TooEarly: too_early,
                no.AlreadyPast: act == "confirm" and visit.start <= self.now,
                no.RequestExpired: act == "confirm" and visit in self.run_out(),
            }
        )

    def _refusals_of_cancel(self, visit: Visit, by: User) -> Refusals:
        clinic = self.is_clinic(by, visit.doctor)
        until = visit.start - timedelta(hours=self.policy.cancel_notice_hours)
        return _true(
            {
                no.NotYourPatient: not clinic and not self.acts_for(by, visit.patient),
                no.WrongStatus: visit.status not in ("pending", "confirmed"),
                no.AlreadyPast: visit.end <= self.now,
                no.TooLateToCancel: not clinic and self.now > until,
            }
        )

    def _refusals_of_booker(
        self,
        doctor: Doctor,
        patient: Patient,
        kind: VisitType,
        by: User,
        *,
        overrule: bool = False,
    ) -> Refusals:
        wrong = {"everyone": None, "new": True, "known": False}[kind.audience]
        to_come = [visit for visit in self.blocking(patient=patient) if visit.end > self.now]
        reasons = {
            no.NotYourPatient: by != self.desk and not self.acts_for(by, patient),
            no.NotForThisPatient: self.is_known(patient, doctor) is wrong,
            no.TooManyOpen: not overrule and len(to_come) >= self.policy.max_open_visits,
        }
        return {*_true(reasons), *self._refusals_of_offer(doctor, kind, by)}

    def _refusals_of_offer(self, doctor: Doctor, kind: VisitType, by: User) -> Refusals:
        return _true(
            {
                no.DoctorNotBookable: doctor.status != "approved",
                no.VisitTypeNotOffered: not kind.is_active
                or not (kind.is_online or by == self.desk),
            }
        )

    def _refusals_of_time(self, patient: Patient, start: datetime, end: datetime) -> Refusals:
        busy = any(visit.meets(start, end) for visit in self.blocking(patient=patient))
        return _true({no.PatientBusy: busy})

    def _outside(self, kind: VisitType, start: datetime, *, overrule: bool) -> bool:
        earliest, latest = self.bounds(kind)
        return start <= self.now or not (overrule or earliest <= start < latest)


def overlaps(rows: list[tuple[Any, datetime, datetime]]) -> list[Any]:
    """Whose (owner, start, end) share an instant."""
    in_order = sorted(rows, key=lambda row: row[:2])
    return [one[0] for one, then in pairwise(in_order) if one[0] == then[0] and one[2] > then[1]]


def _true(reasons: dict[type[no.BookingError], bool]) -> Refusals:
    return {refusal for refusal, holds in reasons.items() if holds}


def _window(hours: WorkingHours) -> Window:
    return Window(
        weekday=hours.weekday,
        opens=hours.opens,
        closes=hours.closes,
        zone=hours.location.zone,
        location=hours.location,
        valid_from=hours.valid_from,
        valid_until=hours.valid_until,
        closes_next_day=hours.closes_next_day,
        every_weeks=hours.every_weeks,
    )


def _busy(visit: Visit) -> Busy:
    return Busy(visit.start, visit.end + visit.kind.buffer_minutes * MINUTE)


def _full_days(doctor: Doctor, visits: list[Visit]) -> set[date]:
    most = doctor.max_visits_per_day
    if most is None:
        return set()
    turns = Counter(
        visit.local_day for visit in visits if visit.status not in ("declined", "cancelled")
    )
    return {day for day, count in turns.items() if count >= most}
