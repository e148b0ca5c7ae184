"""All that can happen to the waiting list, in any order, and what must hold after each step.

Two doctors with six times each, four people who want one. What is free, and whom a time suits, is
worked out here once more, by looking at each time alone.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import pairwise, product
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from accounts.models import Patient, User
from appointments import services
from appointments.exceptions import BookingError
from appointments.models import (
    Appointment,
    AppointmentEvent,
    BookingPolicy,
    HeldTime,
    WaitingEntry,
    WaitingOffer,
)
from appointments.querysets import BLOCKING, MOVABLE
from appointments.selectors import free_times_ahead
from appointments.waiting.services import offer_to, tick_waiting, withdraw_offers
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from docspot.tests.cast import NOW, make_doctor, make_person, make_user, patient_of
from docspot.tests.waiting import OPEN, check_held_times, tell_all, wait_for, wait_for_any
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, TimeOff

INDIA = ZoneInfo("Asia/Kolkata")
DAYS = (date(2026, 3, 4), date(2026, 3, 5))
CLOCKS = (time(9), time(9, 30), time(10))
STARTS = [datetime.combine(*when, tzinfo=INDIA) for when in product(DAYS, CLOCKS)]
LENGTH = timedelta(minutes=30)
WAITING, PAUSED = WaitingEntry.Status.WAITING, WaitingEntry.Status.PAUSED
WISHES: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"weekdays": 0b1110111},  # not on a Thursday
    {"from_time": time(9, 30)},
    {"to_time": time(10)},
    {"last_day": DAYS[0]},
]
PICK = st.integers(0, 99)
PERSON = st.integers(0, 3)
DOCTOR = st.integers(0, 1)
# A visit, its patient, with whom, from when: where somebody had a time.
Key = tuple[UUID, int, int, datetime]


class WaitingList(RuleBasedStateMachine):
    people: ClassVar[list[User]]  # four who may wait
    patients: ClassVar[list[Patient]]  # theirs, then one for each of the times that are taken
    desk: ClassVar[User]
    counts: ClassVar[Counter[str]]

    @initialize(
        free=st.sets(st.tuples(DOCTOR, st.integers(0, 5)), max_size=3),
        holders=st.integers(0, 2),
        line=st.lists(st.tuples(PERSON, DOCTOR, st.booleans(), PICK), min_size=2, max_size=4),
        minute=st.integers(0, 900),
    )
    def begin(
        self,
        free: set[tuple[int, int]],
        holders: int,
        line: list[tuple[int, int, bool, int]],
        minute: int,
    ) -> None:
        """Nearly all times are taken, the last ones by people who may wait for an earlier one."""
        self.all_or_nothing = transaction.atomic()
        self.all_or_nothing.__enter__()
        self.now = NOW + timedelta(minutes=minute)
        self.policy = BookingPolicy.objects.create(pk=1, notice_minutes=60)
        hours = ((CLOCKS[0], time(10, 30)),)
        days = tuple(day.weekday() for day in DAYS)
        names = ("Dr. A", "Dr. B")
        self.doctors = [make_doctor(name, days=days, hours=hours) for name in names]
        for doctor in self.doctors:
            doctor.working_hours.update(valid_from=DAYS[0], valid_until=DAYS[1])
        taken = sorted(set(product(range(2), range(len(STARTS)))) - free, reverse=True)
        patients = [*self.patients[:holders], *self.patients[4:]]
        visits = Appointment.objects.bulk_create(
            self.visit(self.doctors[which], STARTS[place], patient)
            for (which, place), patient in zip(taken, patients, strict=False)
        )
        AppointmentEvent.objects.bulk_create(
            AppointmentEvent(appointment=visit, kind="confirmed", at=NOW, start=visit.start)
            for visit in visits
        )
        self.free: list[tuple[int, datetime]] = []
        self.before: set[int] = set()
        self.had_one: set[int] = set()
        self.given_up: dict[Key, bool] = {}
        self.mails_wait = False
        self.counts["sequences"] += 1
        for person, which, anyone, wish in line:
            self.join(person, which, anyone, wish, wish)

    def visit(self, doctor: Doctor, start: datetime, patient: Patient) -> Appointment:
        known = doctor_to_book(pk=doctor.pk)
        assert known is not None
        return Appointment(
            doctor=doctor,
            patient=patient,
            visit_type=known.first_visit_type,
            location=known.working_hours.all()[0].location,
            start=start,
            end=start + LENGTH,
            status=Appointment.Status.CONFIRMED,
            booked_by=self.desk,
            booked_at=NOW,
        )

    def teardown(self) -> None:
        if hasattr(self, "all_or_nothing"):
            transaction.set_rollback(True)
            self.all_or_nothing.__exit__(None, None, None)

    def act(self, name: str, act: Any) -> bool:
        """Let it happen, or be refused; what it refuses with is a rule's word."""
        self.before = set(WaitingOffer.objects.values_list("pk", flat=True))
        self.had_one = set(WaitingOffer.objects.filter(status=OPEN).values_list("entry", flat=True))
        try:
            with transaction.atomic():
                act()
        except BookingError as refusal:
            self.counts[type(refusal).__name__] += 1
            return False
        if not self.mails_wait:
            tell_all(self.now)
        self.counts[name] += 1
        return True

    # What can happen

    @rule(person=PERSON, doctor=DOCTOR, anyone=st.booleans(), wish=PICK, pick=PICK)
    def join(self, person: int, doctor: int, anyone: bool, wish: int, pick: int) -> None:
        """Half of those who hold a visit wait for an earlier one."""
        user, where = self.people[person], self.doctors[doctor]
        how = wait_for_any if anyone else wait_for
        standing = WaitingEntry.objects.filter(
            patient=self.patients[person], status__in=(WAITING, PAUSED)
        )
        if standing.filter(doctor=None if anyone else where).exists():
            return
        held = self.movable().filter(patient=self.patients[person])
        instead = held[pick % len(held)] if held and pick % 2 else None
        self.now += timedelta(seconds=1)
        fields = WISHES[wish % len(WISHES)] | {"instead_of": instead, "joined_at": self.now}
        self.act("joined", lambda: offer_to(entry=how(where, user, **fields), now=self.now))

    @rule(pick=PICK, status=st.sampled_from([PAUSED, WaitingEntry.Status.LEFT]))
    def step_out(self, pick: int, status: str) -> None:
        if entry := self.pick(WaitingEntry.objects.filter(status=WAITING), pick):

            def act() -> None:
                WaitingEntry.objects.filter(pk=entry.pk).update(status=status)
                withdraw_offers(entry=entry, now=self.now)

            self.act("stepped out", act)

    @rule(pick=PICK)
    def resume(self, pick: int) -> None:
        if entry := self.pick(WaitingEntry.objects.filter(status=PAUSED), pick):

            def act() -> None:
                WaitingEntry.objects.filter(pk=entry.pk).update(status=WAITING)
                offer_to(entry=entry, now=self.now)

            self.act("resumed", act)

    @rule(pick=PICK, priority=st.integers(-1, 1))
    def steer(self, pick: int, priority: int) -> None:
        if entry := self.pick(WaitingEntry.objects.filter(status=WAITING), pick):
            same = WaitingEntry.objects.filter(pk=entry.pk)
            self.act("steered", partial(same.update, priority=priority))

    @rule(person=PERSON, pick=PICK, place=st.integers(0, 5))
    def book(self, person: int, pick: int, place: int) -> None:
        where, start = self.time(pick, place)
        asked = {"doctor": where, "patient": self.patients[person], "start": start}
        kind = where.visit_types.get()

        def act() -> None:
            visit = services.book(**asked, visit_type=kind, by=self.desk, now=self.now)
            standing = WaitingEntry.objects.filter(status__in=(WAITING, PAUSED), doctor=where)
            free = standing.filter(patient=visit.patient).exclude(instead_of__status__in=MOVABLE)
            assert not free.exists(), "waits for what they have"

        self.act("booked", act)

    @rule(pick=PICK, own=st.booleans())
    def cancel(self, pick: int, own: bool) -> None:
        """By one of those who may wait, who does not want the time back, or by the clinic."""
        people = dict(zip(self.patients, self.people, strict=False))
        visits = self.movable().filter(patient__in=people) if own else self.movable()
        if visit := self.pick(visits, pick):
            by = people[visit.patient] if own else self.desk
            if self.act(
                "cancelled", lambda: services.cancel(appointment=visit, by=by, now=self.now)
            ):
                self.given_up[key_of(visit)] = own

    @rule(pick=PICK, place=st.integers(0, 5))
    def move(self, pick: int, place: int) -> None:
        if visit := self.pick(self.movable(), pick):
            free = [start for doctor, start in self.free if doctor == visit.doctor_id]
            to = {"appointment": visit, "start": free[0] if free else STARTS[place]}
            before = key_of(visit)
            if self.act("moved", lambda: services.reschedule(**to, by=self.desk, now=self.now)):
                self.given_up[before] = True

    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        if offer := self.pick(WaitingOffer.objects.filter(status=OPEN), pick):
            later = offer.entry.instead_of
            is_held = later is not None and later.status in MOVABLE
            before = key_of(later) if later is not None and is_held else None
            if not self.act(
                "accepted",
                lambda: accept(offer=offer, by=whoever_has_the_mail(offer), now=self.now),
            ):
                return
            if before is not None:
                self.given_up[before] = True
            offer.refresh_from_db()
            visit = offer.appointment
            assert (visit.start, visit.doctor) == (offer.start, offer.doctor)
            assert WaitingEntry.objects.get(pk=offer.entry_id).status == WaitingEntry.Status.MET
            if is_held and later is not None and later.pk != visit.pk:
                assert Appointment.objects.get(pk=later.pk).status == "cancelled"

    @rule(pick=PICK)
    def decline(self, pick: int) -> None:
        if offer := self.pick(WaitingOffer.objects.filter(status=OPEN), pick):
            self.act(
                "declined",
                lambda: decline(offer=offer, by=whoever_has_the_mail(offer), now=self.now),
            )

    @rule(minutes=st.sampled_from([5, 31, 31, 31, 240]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.act("waited", lambda: tick_waiting(now=self.now))
        assert not WaitingOffer.objects.filter(status=OPEN, until__lte=self.now).exists()
        begun = WaitingEntry.objects.filter(instead_of__start__lte=self.now, status=WAITING)
        assert not begun.filter(instead_of__status__in=MOVABLE).exists(), "waits in vain"

    @rule(waits=st.booleans())
    def send_mails_or_not(self, waits: bool) -> None:
        """Until a mail has gone, nobody knows of an offer."""
        self.mails_wait = waits
        self.act("mails", lambda: None)

    def time(self, pick: int, place: int) -> tuple[Doctor, datetime]:
        """A time that is free, where there is one; else any."""
        if not self.free:
            return self.doctors[pick % 2], STARTS[place]
        pk, start = self.free[pick % len(self.free)]
        return next(doctor for doctor in self.doctors if doctor.pk == pk), start

    @rule(doctor=DOCTOR, place=st.integers(0, 5))
    @precondition(lambda self: not TimeOff.objects.exists())
    def take_time_off(self, doctor: int, place: int) -> None:
        off = TimeOff(
            doctor=self.doctors[doctor], start=STARTS[place], end=STARTS[place] + 2 * LENGTH
        )

        def act() -> None:
            off.save()
            tick_waiting(now=self.now)

        self.act("taken off", act)

    @rule(pick=PICK)
    def take_time_off_back(self, pick: int) -> None:
        if off := self.pick(TimeOff.objects.order_by("pk"), pick):

            def act() -> None:
                off.delete()
                tick_waiting(now=self.now)

            self.act("taken back", act)

    def movable(self) -> Any:
        return Appointment.objects.filter(status__in=MOVABLE).order_by("start", "doctor")

    def pick(self, rows: Any, pick: int) -> Any:
        rows = list(rows)
        return rows[pick % len(rows)] if rows else None

    # What must hold

    @invariant()
    def all_is_well(self) -> None:
        if not hasattr(self, "all_or_nothing"):
            return
        check_held_times()
        self.visits: list[Any] = list(Appointment.objects.filter(status__in=BLOCKING))
        self.held: list[Any] = list(HeldTime.objects.all())
        self.off: list[Any] = list(TimeOff.objects.all())
        self.offers = list(WaitingOffer.objects.select_related("entry__instead_of"))
        self.check_times()
        self.free = self.check_free()
        made = [offer for offer in self.offers if offer.told_at or offer.status != "withdrawn"]
        seen = {(offer.entry_id, offer.doctor_id, offer.start) for offer in made}
        assert len(seen) == len(made), "offered twice"
        open_to = {offer.entry_id for offer in self.offers if offer.status == OPEN}
        waiting = WaitingEntry.objects.filter(status=WAITING).select_related("instead_of")
        idle = [entry for entry in waiting if entry.pk not in open_to]
        for entry, (doctor, start) in product(idle, self.free):
            if (entry.pk, doctor, start) not in seen:
                assert not self.suits(entry, doctor, start), "waits while a time is free"
        for offer in self.offers:
            if offer.pk not in self.before:
                self.check_new(offer, idle, seen)

    def check_new(
        self, offer: WaitingOffer, idle: list[WaitingEntry], seen: set[tuple[int, int, datetime]]
    ) -> None:
        """It suits who has it, and nobody before them who had nothing on offer then."""
        if offer.status == OPEN:
            assert self.suits(offer.entry, offer.doctor_id, offer.start, offer), "does not suit"
        for entry in idle:
            if entry.pk in self.had_one or (entry.pk, offer.doctor_id, offer.start) in seen:
                continue
            if order(entry) < order(offer.entry):
                suits = self.suits(entry, offer.doctor_id, offer.start)
                assert not suits, "not the first in line"

    def check_times(self) -> None:
        """Nothing is held or booked that is held or booked by somebody else."""
        taken = sorted((one.doctor_id, one.start, one.end) for one in [*self.visits, *self.held])
        for (doctor, _, end), (other, start, _) in pairwise(taken):
            assert doctor != other or end <= start, "in two hands"

    def check_free(self) -> list[tuple[int, datetime]]:
        """What is shown as free is what is neither booked, nor held, nor off, nor too near."""
        found = []
        for doctor in self.doctors:
            known = doctor_to_book(pk=doctor.pk)
            assert known is not None
            times = free_times_ahead([known], policy=self.policy, now=self.now)
            shown = [slot.start for slot in times.of(known, known.first_visit_type)]
            expected = [start for start in STARTS if self.is_free(doctor, start)]
            assert shown == expected, "shown as free"
            found += [(doctor.pk, start) for start in expected]
        return found

    def is_free(self, doctor: Doctor, start: datetime) -> bool:
        return start >= self.now + timedelta(minutes=60) and not any(
            one.doctor_id == doctor.pk and meets(one, start)
            for one in [*self.visits, *self.held, *self.off]
        )

    def suits(
        self, entry: WaitingEntry, doctor: int, start: datetime, but: WaitingOffer | None = None
    ) -> bool:
        """Whether it may be offered to them now."""
        local, until = start.astimezone(INDIA), self.kept_until()
        later = entry.instead_of if entry.instead_of_id else None
        if later is not None and later.status not in MOVABLE:
            later = None
        theirs = [
            offer
            for offer in self.offers
            if offer.status == OPEN and offer.entry.patient_id == entry.patient_id
        ]
        visits = [one for one in self.visits if one.patient_id == entry.patient_id]
        return (
            entry.doctor_id in (None, doctor)
            and entry.first_day <= local.date() <= entry.last_day
            and str(local.weekday()) in days_of(entry.weekdays)
            and (entry.from_time or time.min) <= local.time() < (entry.to_time or time.max)
            and start >= until + timedelta(minutes=60)
            and (later is None or start < later.start)
            and (later is None or until <= later.start - timedelta(hours=2))
            and (entry.patient_id, doctor, start) not in {key[1:] for key in self.refused()}
            and not any(meets(one, start) for one in theirs if one != but)
            and not any(meets(one, start) for one in visits if one.pk != entry.instead_of_id)
        )

    def refused(self) -> set[Key]:
        """The times that patients had and gave up themselves."""
        return {key for key, is_given_up in self.given_up.items() if is_given_up}

    def kept_until(self) -> datetime:
        """Half an hour; through the night until half past eight."""
        local = (self.now + LENGTH).astimezone(INDIA)
        while not 8 <= local.hour < 21:
            local = (local + timedelta(hours=1)).replace(minute=30, second=0)
        return local


def key_of(visit: Appointment) -> Key:
    return visit.pk, visit.patient_id, visit.doctor_id, visit.start


def meets(one: Any, start: datetime) -> bool:
    return bool(one.start < start + LENGTH and start < one.end)


def days_of(weekdays: int) -> set[str]:
    return {str(day) for day in range(7) if weekdays & 2**day}


def order(entry: WaitingEntry) -> tuple[int, datetime, int]:
    return -entry.priority, entry.joined_at, entry.pk


def cast_of_the_list() -> dict[str, Any]:
    """The people whom no sequence changes."""
    people = [make_person(f"Person {number}") for number in range(4)]
    others = [Patient(name=f"Patient {number}") for number in range(2 * len(STARTS))]
    patients = [*map(patient_of, people), *Patient.objects.bulk_create(others)]
    desk = make_user(is_staff=True, is_superuser=True)
    return {"people": people, "patients": patients, "desk": desk, "counts": Counter()}
