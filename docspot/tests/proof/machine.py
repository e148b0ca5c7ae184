"""All that can happen in a clinic, in any order: what Hypothesis drives, and prints if it fails.

Each rule asks the model what must come of it, lets it happen, and tells the model. Numbers called
`pick` choose among what there is. After each step all rows are compared with the model; every few
steps what is shown as free is, and one such time is booked on trial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import Patient, User
from appointments import services
from appointments.exceptions import (
    AlreadyBooked,
    BookingError,
    DoctorNotBookable,
    NotForThisPatient,
    PatientBusy,
    SlotUnavailable,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import Appointment
from docspot.tests.proof.brute_force import DAY, MINUTE
from docspot.tests.proof.kept import kept_agrees_with_computed
from docspot.tests.proof.model import Clinic, Refusals, Visit
from docspot.tests.proof.world import (
    BEGINNINGS,
    SHAPES,
    ZONES,
    Cast,
    Crash,
    Plan,
    World,
    clock_of,
    hours_of,
    next_change,
)
from doctors import availability
from doctors.joining.services import approve, suspend
from doctors.models import Doctor, Location, TimeOff, VisitType

EVERY_FREE, EVERY_NEXT = 5, 10  # so many steps from one such look to the next
EVENTS = {
    "confirm": "confirmed",
    "decline": "declined",
    "cancel": "cancelled",
    "check_in": "checked_in",
    "complete": "completed",
    "mark_no_show": "no_show",
}
FITTING = {
    "confirm": ("pending",),
    "decline": ("pending",),
    "cancel": ("pending", "confirmed"),
    "check_in": ("confirmed",),
    "complete": ("checked_in",),
    "mark_no_show": ("confirmed",),
}

PICK = st.integers(0, 999)
DOCTOR = st.sampled_from([0, 0, 0, 1])
KIND = st.sampled_from([0, 0, 1, 2])
PATIENT = st.sampled_from([0, 1, 2])
PLACE = st.sampled_from([0, 0, 1])
SHAPE = st.sampled_from(range(len(SHAPES)))
WHO = st.sampled_from(["desk", "desk", "own", "own", "own", "doctor", "stranger"])
CLINIC = st.sampled_from(["desk", "desk", "desk", "doctor", "own"])
HOW = st.sampled_from(["free", "free", "free", "taken", "beside", "edge", "any"])
FATE = st.sampled_from(["well", "well", "well", "well", "crash", "no post"])
SELDOM = st.sampled_from([False, False, False, True])
PLANS = st.builds(
    Plan,
    beginning=st.sampled_from(BEGINNINGS),
    minute=st.integers(0, 24 * 60 - 1),
    shapes=st.lists(SHAPE, min_size=3, max_size=4),
    step=st.sampled_from([None, None, 10, 25, 60]),
    most=st.sampled_from([None, None, 1, 2]),
    on_approval=st.booleans(),
    audience=st.sampled_from([*["everyone"] * 4, "new", "known"]),
    horizon=st.sampled_from([3, 5, 9]),
    max_open=st.sampled_from([2, 4, 10]),
    visits=st.lists(st.tuples(DOCTOR, PATIENT, PICK), min_size=2, max_size=5),
)
T = TypeVar("T")


class Book(RuleBasedStateMachine):
    cast: ClassVar[Cast]
    counts: ClassVar[Counter[str]]

    world: World

    @initialize(plan=PLANS)
    def begin(self, plan: Plan) -> None:
        self.world = World(self.cast, plan)
        self.steps = 0
        self.counts["sequences"] += 1

    @property
    def clinic(self) -> Clinic:
        return self.world.clinic

    # Booking

    @rule(
        doctor=DOCTOR,
        kind=KIND,
        patient=PATIENT,
        who=WHO,
        how=HOW,
        pick=PICK,
        overrule=SELDOM,
        fate=FATE,
    )
    def book(
        self,
        doctor: int,
        kind: int,
        patient: int,
        who: str,
        how: str,
        pick: int,
        overrule: bool,
        fate: str,
    ) -> None:
        which, what, whom = self._of(doctor, kind, patient)
        by = self._who(who, which, whom)
        start = self._start(which, what, how, pick)
        self._book(which, what, whom, by, start, overrule=overrule, fate=fate)

    @rule(picks=st.lists(st.tuples(DOCTOR, PATIENT, PICK), min_size=1, max_size=4))
    def book_free_times(self, picks: list[tuple[int, int, int]]) -> None:
        self._book_free_times(picks)

    @rule(picks=st.lists(st.tuples(DOCTOR, PATIENT, PICK), min_size=1, max_size=4))
    def book_more_times(self, picks: list[tuple[int, int, int]]) -> None:
        """The same under another name, so that it is chosen twice as often."""
        self._book_free_times(picks)

    def _book_free_times(self, picks: list[tuple[int, int, int]]) -> None:
        for doctor, patient, pick in picks:
            which, what, whom = self._of(doctor, pick % 2, patient)
            start = self._start(which, what, "free", pick // 2)
            self._book(which, what, whom, self._who("own", which, whom), start)

    @precondition(lambda self: self._has_visits() and self.steps % 3 == 0)
    @rule(pick=PICK)
    def book_again(self, pick: int) -> None:
        """The same request once more is told so until the visit is over, whatever else holds."""
        visit = choose(list(self.clinic.visits.values()), pick)
        refusal = self._book(visit.doctor, visit.kind, visit.patient, visit.booked_by, visit.start)
        offered = visit.doctor.status == "approved" and visit.kind.is_active
        if visit.blocks and visit.end > self.clinic.now and offered:
            assert isinstance(refusal, AlreadyBooked), "told that it is booked already"
            assert refusal.appointment.pk == visit.id

    @rule(
        doctor=DOCTOR,
        kind=KIND,
        patient=PATIENT,
        who=WHO,
        ahead=st.sampled_from([-2, -1, 0, 0, 1, 1, 2, 3, 6, 12]),
        fate=FATE,
    )
    def book_by_day(
        self, doctor: int, kind: int, patient: int, who: str, ahead: int, fate: str
    ) -> None:
        which, what, whom = self._of(doctor, kind, patient)
        by, day = self._who(who, which, whom), self.clinic.now.date() + ahead * DAY
        reasons, start = self.clinic.refusals_of_day(which, whom, what, day, by)
        places = self.clinic.free(which, what, day, day).get(start, set()) if start else set()
        call = partial(
            services.book_first_free,
            doctor=which,
            patient=whom,
            visit_type=what,
            day=day,
            by=by,
            now=self.clinic.now,
        )
        booked, _refusal = self._attempt(call, reasons, fate)
        if booked and start:
            self._enter(booked, which, what, whom, by, start, places, fate)

    def _book(
        self,
        doctor: Doctor,
        kind: VisitType,
        patient: Patient,
        by: User,
        start: datetime,
        *,
        overrule: bool = False,
        fate: str = "well",
    ) -> BookingError | None:
        reasons = self.clinic.refusals_of_booking(
            doctor, patient, kind, start, by, overrule=overrule
        )
        places = self.clinic.free_at(doctor, kind, start, overrule=overrule)
        call = self._call_book(doctor, kind, patient, by, start, overrule=overrule)
        booked, refusal = self._attempt(call, reasons, fate)
        if booked:
            self._enter(booked, doctor, kind, patient, by, start, places, fate)
        return refusal

    def _call_book(
        self,
        doctor: Doctor,
        kind: VisitType,
        patient: Patient,
        by: User,
        start: datetime,
        **more: Any,
    ) -> Callable[[], Appointment]:
        return partial(
            services.book,
            doctor=doctor,
            patient=patient,
            visit_type=kind,
            start=start,
            by=by,
            now=self.clinic.now,
            **more,
        )

    def _enter(
        self,
        booked: Appointment,
        doctor: Doctor,
        kind: VisitType,
        patient: Patient,
        by: User,
        start: datetime,
        places: set[Location],
        fate: str,
    ) -> None:
        """Tell the model of a booking."""
        self.counts["bookings"] += 1
        status = first_status(doctor)
        visit = Visit(
            id=booked.pk,
            doctor=doctor,
            patient=patient,
            kind=kind,
            place=self._place_of(booked, places),
            start=start,
            end=start + kind.duration_minutes * MINUTE,
            status=status,
            booked_by=by,
            booked_at=self.clinic.now,
            answer_by=self.clinic.answer_by(status, start),
        )
        event = "confirmed" if status == "confirmed" else "requested"
        visit.story.append((event, by.pk, self.clinic.now, start))
        self.clinic.visits[visit.id] = visit
        self._replied(booked, visit, fate)

    # Moving

    @precondition(lambda self: self._has_visits())
    @rule(
        pick=PICK,
        who=WHO,
        how=st.sampled_from(["free", "free", "overlapping", "taken", "edge", "any"]),
        time=PICK,
        overrule=SELDOM,
        stale=SELDOM,
        fate=FATE,
    )
    def reschedule(
        self, pick: int, who: str, how: str, time: int, overrule: bool, stale: bool, fate: str
    ) -> None:
        visit = self._visit(pick, ("pending", "confirmed"))
        by = self._who(who, visit.doctor, visit.patient)
        start = self._start(visit.doctor, visit.kind, how, time, but=visit)
        self._reschedule(visit, by, start, overrule=overrule, stale=stale, fate=fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, times=st.lists(PICK, min_size=1, max_size=3))
    def move_about(self, pick: int, times: list[int]) -> None:
        """To one free time after the other, that which it just left among them."""
        visit = self._visit(pick, ("pending", "confirmed"))
        for time in times:
            start = self._start(visit.doctor, visit.kind, "free", time, but=visit)
            self._reschedule(visit, self.clinic.desk, start, stale=bool(time % 2))

    def _reschedule(
        self,
        visit: Visit,
        by: User,
        start: datetime,
        *,
        overrule: bool = False,
        stale: bool = False,
        fate: str = "well",
    ) -> None:
        reasons = self.clinic.refusals_of_move(visit, start, by, overrule=overrule)
        places = self.clinic.free_at(visit.doctor, visit.kind, start, but=visit, overrule=overrule)
        call = partial(
            services.reschedule,
            appointment=self._row(visit, stale=stale),
            start=start,
            by=by,
            now=self.clinic.now,
            overrule=overrule,
        )
        moved, _refusal = self._attempt(call, reasons, fate)
        if moved:
            self._moved(moved, visit, by, start, places, fate)

    def _moved(
        self,
        moved: Appointment,
        visit: Visit,
        by: User,
        start: datetime,
        places: set[Location],
        fate: str,
    ) -> None:
        self.counts["moves"] += 1
        clinic, freed = self.clinic.is_clinic(by, visit.doctor), visit.local_day
        status = visit.status if clinic else first_status(visit.doctor)
        visit.became(
            "moved",
            by,
            self.clinic.now,
            start=start,
            end=start + visit.kind.duration_minutes * MINUTE,
            place=self._place_of(moved, places),
            sequence=visit.sequence + 1,
            status=status,
            answer_by=self.clinic.answer_by(status, start),
        )
        self._replied(moved, visit, fate)
        self.world.check_free(visit.doctor, visit.kind, freed, freed)

    # What becomes of a visit

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=CLINIC, stale=SELDOM, fate=FATE)
    def approve(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("confirm", pick, who, stale, fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=CLINIC, stale=SELDOM, fate=FATE)
    def decline(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("decline", pick, who, stale, fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=WHO, stale=SELDOM, fate=FATE)
    def cancel(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("cancel", pick, who, stale, fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=CLINIC, stale=SELDOM, fate=FATE)
    def check_in(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("check_in", pick, who, stale, fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=CLINIC, stale=SELDOM, fate=FATE)
    def complete(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("complete", pick, who, stale, fate)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, who=CLINIC, stale=SELDOM, fate=FATE)
    def no_show(self, pick: int, who: str, stale: bool, fate: str) -> None:
        self._change("mark_no_show", pick, who, stale, fate)

    def _change(self, act: str, pick: int, who: str, stale: bool, fate: str) -> None:
        begun = act in ("check_in", "complete", "mark_no_show")
        visit = self._visit(pick, FITTING[act], to_come=not begun)
        by = self._who(who, visit.doctor, visit.patient)
        reasons = self.clinic.refusals_of_change(act, visit, by)
        service = getattr(services, act)
        row = self._row(visit, stale=stale)
        call = partial(service, appointment=row, by=by, now=self.clinic.now)
        changed, _refusal = self._attempt(call, reasons, fate)
        if changed:
            self.counts[EVENTS[act]] += 1
            visit.became(EVENTS[act], by, self.clinic.now, status=EVENTS[act])
            self._replied(changed, visit, fate)
            if not visit.blocks:
                self.world.check_free(visit.doctor, visit.kind, visit.local_day, visit.local_day)

    @precondition(lambda self: self._has_visits())
    @rule()
    def requests_end(self) -> None:
        """The worker comes by; requests that nobody answered end, and no others."""
        due = self.clinic.run_out()
        assert services.expire_requests(now=self.clinic.now) == len(due)
        for visit in due:
            self.counts["requests ended"] += 1
            visit.became("expired", None, self.clinic.now, status="declined")
            self.world.told(visit, "well")
            self.world.check_free(visit.doctor, visit.kind, visit.local_day, visit.local_day)

    # Rivals who slip into the gap between check and write, where the lock would keep them out

    @rule(kind=KIND, pick=PICK, same_patient=st.booleans())
    def rival_books(self, kind: int, pick: int, same_patient: bool) -> None:
        """The database itself refuses the second of two who take one time; then both are gone."""
        doctor, what, patient = self._of(0, kind, 0)
        start = self._start(doctor, what, "free", pick)
        call = self._call_book(doctor, what, patient, self.clinic.desk, start)
        other = self.clinic.doctors[1] if same_patient else doctor
        whom = patient if same_patient else self.clinic.patients[1]
        theirs = self.clinic.kinds[other.pk][kind]
        rival = self._call_book(other, theirs, whom, self.clinic.desk, start)
        may = self.clinic.refusals_of_booking
        if may(doctor, patient, what, start, self.clinic.desk):
            return
        if may(other, whom, theirs, start, self.clinic.desk):
            return
        self._refused_by_rival(call, rival, PatientBusy if same_patient else SlotUnavailable)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, time=PICK, act=st.sampled_from(["cancel", "confirm", "decline"]))
    def rival_changes(self, pick: int, time: int, act: str) -> None:
        """A visit that became something else meanwhile is not moved; then nothing has changed."""
        visit, desk = self._visit(pick, FITTING[act]), self.clinic.desk
        start = self._start(visit.doctor, visit.kind, "free", time, but=visit)
        if self.clinic.refusals_of_move(visit, start, desk):
            return
        if self.clinic.refusals_of_change(act, visit, desk):
            return
        same: dict[str, Any] = {"by": desk, "now": self.clinic.now}
        rival = partial(getattr(services, act), appointment=self._row(visit), **same)
        row = self._row(visit)
        call = partial(services.reschedule, appointment=row, start=start, **same)
        self._refused_by_rival(call, rival, WrongStatus)

    def _refused_by_rival(
        self, call: Callable[[], Any], rival: Callable[[], Any], refusal: type[BookingError]
    ) -> None:
        self.counts["rivals"] += 1
        try:
            with gap(rival):
                call()
        except refusal:
            return
        raise AssertionError(f"a rival was not noticed; expected {refusal.__name__}")

    # The clinic changes

    @rule(
        doctor=st.sampled_from([0, 1, None]),
        hours=st.integers(-6, 72),
        minutes=st.sampled_from([5, 30, 95, 600, 3000]),
    )
    def take_time_off(self, doctor: int | None, hours: int, minutes: int) -> None:
        start = self._minute() + timedelta(hours=hours)
        owner: dict[str, Any] = (
            {"location": self.clinic.places[0]}
            if doctor is None
            else {"doctor": self.clinic.doctors[doctor]}
        )
        self.world.take_off(TimeOff(start=start, end=start + minutes * MINUTE, **owner))

    @precondition(lambda self: self._is_ready() and self.clinic.time_off)
    @rule(pick=PICK)
    def take_time_off_back(self, pick: int) -> None:
        self.world.take_back(choose(self.clinic.time_off, pick))

    @rule(
        doctor=DOCTOR,
        place=PLACE,
        shape=SHAPE,
        ahead=st.integers(0, 8),
        often=st.sampled_from(["weekly", "alternating", "once"]),
        since=st.integers(0, 20),
    )
    def open_hours(
        self, doctor: int, place: int, shape: int, ahead: int, often: str, since: int
    ) -> None:
        """Every week; every second or third, counted from some days ago; or on one date."""
        which, there, today = (
            self.clinic.doctors[doctor],
            self.clinic.places[place],
            self.clinic.now.date(),
        )
        day = today + ahead * DAY
        more: dict[str, Any] = {}
        if often == "alternating":
            more = {"every_weeks": 2 + since % 2, "valid_from": today - since * DAY}
        if often == "once":
            more = {"valid_from": day, "valid_until": day}
        self.world.open_hours(hours_of(which, there, SHAPES[shape], day, **more))

    @precondition(lambda self: self._has_hours())
    @rule(pick=PICK, shape=SHAPE | st.none())
    def change_hours(self, pick: int, shape: int | None) -> None:
        """To others of the same day, or none."""
        hours = choose(self.clinic.hours[self.clinic.doctors[0].pk], pick)
        if shape is None:
            self.world.close_hours(hours)
        else:
            self.world.change(hours, **clock_of(SHAPES[shape]))

    @rule(place=PLACE, zone=st.sampled_from(ZONES))
    def move_place_to_zone(self, place: int, zone: str) -> None:
        self.world.change(self.clinic.places[place], time_zone=zone)

    @rule(
        doctor=DOCTOR,
        step=st.sampled_from([None, 5, 15, 40, 90]),
        most=st.sampled_from([None, None, 1, 2, 3]),
        confirms=st.sampled_from(Doctor.Confirmation.values),
    )
    def change_doctor(self, doctor: int, step: int | None, most: int | None, confirms: str) -> None:
        self.world.change(
            self.clinic.doctors[doctor],
            step_minutes=step,
            max_visits_per_day=most,
            confirms_bookings=confirms,
        )

    @precondition(lambda self: self._is_ready() and self.steps % 3 == 0)
    @rule(doctor=st.sampled_from([1, 1, 0]))
    def suspend_or_approve(self, doctor: int) -> None:
        """One at most is suspended at a time."""
        approved = [one for one in self.clinic.doctors if one.status == "approved"]
        if len(approved) == len(self.clinic.doctors):
            which = self.clinic.doctors[doctor]
            changed = suspend(doctor=which, by=self.clinic.desk, now=self.clinic.now, words="-")
        else:
            (which,) = (one for one in self.clinic.doctors if one not in approved)
            changed = approve(doctor=which, by=self.clinic.desk, now=self.clinic.now)
        which.status = changed.status
        self.world.mails += which.user_id is not None

    @rule(
        doctor=DOCTOR,
        kind=KIND,
        minutes=st.sampled_from([15, 30, 60, 240]),
        buffer=st.sampled_from([0, 10, 30]),
        notice=st.sampled_from([None, None, 0, 300]),
        horizon=st.sampled_from([None, None, 1, 14]),
        offered=st.sampled_from([True, True, False]),
    )
    def change_kind(
        self,
        doctor: int,
        kind: int,
        minutes: int,
        buffer: int,
        notice: int | None,
        horizon: int | None,
        offered: bool,
    ) -> None:
        self.world.change(
            self.clinic.kinds[self.clinic.doctors[doctor].pk][kind],
            duration_minutes=minutes,
            buffer_minutes=buffer,
            notice_minutes=notice,
            horizon_days=horizon,
            is_active=offered,
        )

    @rule(
        notice=st.sampled_from([0, 60, 1000]),
        horizon=st.sampled_from([1, 4, 11]),
        max_open=st.sampled_from([1, 3, 10]),
        cut_off=st.sampled_from([0, 2, 30]),
    )
    def change_policy(self, notice: int, horizon: int, max_open: int, cut_off: int) -> None:
        self.world.change(
            self.clinic.policy,
            notice_minutes=notice,
            horizon_days=horizon,
            max_open_visits=max_open,
            cancel_notice_hours=cut_off,
            reschedule_notice_hours=cut_off,
        )

    # The clock

    @precondition(lambda self: self._is_ready() and self.steps % 3 == 0)
    @rule(minutes=st.integers(1, 300) | st.sampled_from([24 * 60, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clinic.now += timedelta(minutes=minutes, seconds=17)

    @precondition(lambda self: self._is_ready() and self.steps % 3 == 0)
    @rule(minutes=st.sampled_from([-90, -31, -1, 0, 1, 45]))
    def clock_near_change(self, minutes: int) -> None:
        """To just before or after the hour in which the clock changes next at the first place."""
        change = next_change(self.clinic.places[0].time_zone, self.clinic.now.date())
        if change:
            self.clinic.now = max(self.clinic.now, change + minutes * MINUTE)

    @precondition(lambda self: self._has_visits())
    @rule(pick=PICK, minutes=st.sampled_from([-121, -120, -61, -1, 0, 1, 29, 200]))
    def clock_near_visit(self, pick: int, minutes: int) -> None:
        visit = self._visit(pick, ("pending", "confirmed", "checked_in"))
        self.clinic.now = max(self.clinic.now, visit.start + minutes * MINUTE)

    # What must hold

    @invariant()
    def holds(self) -> None:
        if not self._is_ready():
            return
        self.steps += 1
        self.counts["steps"] += 1
        self.world.check_rows()
        if self.steps % EVERY_FREE == 0:
            self._look(self.steps // EVERY_FREE)
        if self.steps % EVERY_NEXT == 0:
            self.world.check_first_free()
            kept_agrees_with_computed(self.world)

    def _look(self, turn: int) -> None:
        """What is shown is free; each other time, it can be booked too."""
        doctor, kind, _patient = self._of(turn % 2, turn % 3, 0)
        day = self.clinic.now.date() + (turn % 4 - 1) * DAY
        shown = self.world.check_free(doctor, kind, day, day + 4 * DAY)
        if shown and turn % 2:
            self._book_on_trial(doctor, kind, choose(shown, 7 * self.steps).start)

    def _book_on_trial(self, doctor: Doctor, kind: VisitType, start: datetime) -> None:
        """Someone who is new can book it; then all is rolled back."""
        newcomer, desk = self.clinic.patients[-1], self.clinic.desk
        refusals = self.clinic.refusals_of_booking(doctor, newcomer, kind, start, desk)
        assert refusals <= {DoctorNotBookable, VisitTypeNotOffered, NotForThisPatient}
        self.counts["bookings on trial"] += not refusals
        self._book(doctor, kind, newcomer, desk, start, fate="crash")

    # Parts of the above

    def _is_ready(self) -> bool:
        return hasattr(self, "world")

    def _has_visits(self) -> bool:
        return self._is_ready() and bool(self.clinic.visits)

    def _has_hours(self) -> bool:
        return self._is_ready() and bool(self.clinic.hours[self.clinic.doctors[0].pk])

    def _attempt(
        self, call: Callable[[], Appointment], reasons: Refusals, fate: str
    ) -> tuple[Appointment | None, BookingError | None]:
        """Call a service: it is refused for one of the reasons, or succeeds if there are none."""
        try:
            with self.world.fate(fate):
                result = call()
                assert not reasons, f"not refused: {sorted(one.__name__ for one in reasons)}"
        except Crash:
            self.counts["crashes before commit"] += 1
            return None, None
        except BookingError as refusal:
            if type(refusal) not in reasons:
                raise AssertionError(f"refused without reason, of {reasons}") from refusal
            self.counts[type(refusal).__name__] += 1
            return None, refusal
        self.counts["crashes after commit"] += fate == "no post"
        return result, None

    def _replied(self, reply: Appointment, visit: Visit, fate: str) -> None:
        """The object that a service returns says what the row says."""
        assert (reply.start, reply.end, reply.status) == (visit.start, visit.end, visit.status)
        assert (reply.sequence, reply.version) == (visit.sequence, visit.version)
        self.world.told(visit, fate)

    def _of(self, doctor: int, kind: int, patient: int) -> tuple[Doctor, VisitType, Patient]:
        which = self.clinic.doctors[doctor]
        return which, self.clinic.kinds[which.pk][kind], self.clinic.patients[patient]

    def _who(self, who: str, doctor: Doctor, patient: Patient) -> User:
        if who == "desk":
            return self.clinic.desk
        if who == "doctor":
            return self.cast.doctor
        own = self.clinic.logins.get(patient.pk, self.clinic.desk)
        strangers = [person for person in self.cast.people if person != own]
        return own if who == "own" else strangers[0]

    def _visit(self, pick: int, fitting: tuple[str, ...], *, to_come: bool = True) -> Visit:
        """Mostly one in a status that fits, and still to come (or begun) if there are such."""
        visits = list(self.clinic.visits.values())
        fit = [visit for visit in visits if visit.status in fitting]
        fit = [visit for visit in fit if (visit.start > self.clinic.now) == to_come] or fit
        return choose(fit if fit and pick % 5 else visits, pick // 5)

    def _row(self, visit: Visit, *, stale: bool = False) -> Appointment:
        """As a page would read it; or as one did that was open for a while."""
        row = Appointment.objects.get(pk=visit.id)
        if stale and visit.before:
            for name, value in visit.before[-1].items():
                setattr(row, name, value)
        return row

    def _place_of(self, reply: Appointment, places: set[Location]) -> Location:
        (place,) = (place for place in places if place.pk == reply.location_id)
        return place

    def _minute(self) -> datetime:
        return self.clinic.now.replace(second=0)

    def _start(
        self,
        doctor: Doctor,
        kind: VisitType,
        how: str,
        pick: int,
        but: Visit | None = None,
    ) -> datetime:
        """A time to ask for, of a sort."""
        some_time = self._minute() + (pick - 50) * 10 * MINUTE
        if how == "free" or how == "beside":
            today = self.clinic.now.date()
            free = list(self.clinic.free(doctor, kind, today - DAY, today + 4 * DAY, but=but))
            start = choose(free, pick) if free else some_time
            return start if how == "free" else start + (pick % 7 - 3) * 5 * MINUTE
        if how == "taken":
            taken = self.clinic.blocking(doctor=doctor)
            return choose(taken, pick).start + (pick % 5 - 2) * 10 * MINUTE if taken else some_time
        if how == "overlapping" and but:
            return but.start + (pick % 13 - 6) * 5 * MINUTE
        if how == "edge":
            return choose(self.clinic.bounds(kind), pick) + (pick % 3 - 1) * MINUTE
        return some_time


def first_status(doctor: Doctor) -> str:
    return "pending" if doctor.confirms_bookings == "on_approval" else "confirmed"


def choose(some: Sequence[T], pick: int) -> T:
    return some[pick % len(some)]


@contextmanager
def gap(rival: Callable[[], Any]) -> Iterator[None]:
    """Let a rival act right after the free times were read, once."""
    pure = availability.free_slots
    rivals = [rival]

    def interrupted(**question: Any) -> Iterator[availability.Slot]:
        found = list(pure(**question))
        if rivals:
            rivals.pop()()
        return iter(found)

    availability.free_slots = interrupted
    try:
        yield
    finally:
        availability.free_slots = pure
