"""Find out and keep the next free times of those doctors of whom they are not known.

This writes even when a page only asks, but nothing that could not be computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from itertools import islice, zip_longest

from django.db import connection, transaction

from appointments.models import BookingPolicy
from appointments.next_free.models import (
    NEVER,
    SHOWN,
    NextFree,
    NextFreeState,
    Part,
    question,
    seconds,
)
from appointments.selectors import DAY, FreeTimes
from doctors.availability import Slot, Window
from doctors.models import Doctor, VisitType
from doctors.selectors import read_windows

AT_ONCE = 500  # doctors read and written together
TRIES = 5
KEPT = 4
KEPT_OF_ALL_DAY = 6
AHEAD = timedelta(days=7)  # looked at beyond the horizon, for the days to come
UNTIL_CHANGED = timedelta(days=36500)
EARLY, LATE = time(10), time(17)
SATURDAY = 5
# Plain SQL: the first is asked for nearly every page, the others write very many rows.
UNKNOWN = """
SELECT doctor_id, version FROM appointments_nextfreestate WHERE good_until < %s OR known_from > %s
"""
INSERT = """
INSERT INTO appointments_nextfree (doctor_id, question, visit_type_id, location_id, day,
    start, "end", on_offer_from, on_offer_until, after, last_shown)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
UPDATE = (
    "UPDATE appointments_nextfreestate SET known_from = %s, good_until = %s WHERE doctor_id = %s"
)
Row = tuple[int | None, ...]


def find_out(*, now: datetime) -> None:
    """Make what is kept hold at `now`, for every doctor."""
    for attempt in range(TRIES):
        versions = _unknown(seconds(now))
        if not versions:
            return
        # First all that no other transaction holds; the few left by themselves: who waits for one
        # lock at a time and holds no other takes part in no deadlock.
        size = 1 if attempt else AT_ONCE
        ids = list(versions)
        for first in range(0, len(ids), size):
            some = {key: versions[key] for key in ids[first : first + size]}
            _keep(some, now, skip_locked=not attempt)


def _unknown(now: int) -> dict[int, int]:
    """The versions of those doctors of whom what is kept does not hold, in order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(UNKNOWN, [now, now])
        return dict(sorted(cursor.fetchall()))


def _keep(versions: Mapping[int, int], now: datetime, *, skip_locked: bool) -> None:
    """Compute, then write for those doctors whose version is still the one seen before."""
    outlooks = {outlook.doctor.pk: outlook for outlook in _outlooks(list(versions), now)}
    skip = skip_locked and connection.features.has_select_for_update_skip_locked
    with transaction.atomic():
        states = NextFreeState.objects.select_for_update(skip_locked=skip).filter(pk__in=versions)
        held = [pk for pk, seen in states.values_list("pk", "version") if versions[pk] == seen]
        NextFree.objects.filter(doctor__in=held).delete()
        with connection.cursor() as cursor:
            cursor.executemany(INSERT, [row for pk in held for row in outlooks[pk].rows])
            cursor.executemany(UPDATE, [(seconds(now), outlooks[pk].good_until, pk) for pk in held])


def _outlooks(ids: list[int], now: datetime) -> Iterator[_Outlook]:
    policy = BookingPolicy.current()
    doctors = list(Doctor.objects.filter(pk__in=ids).prefetch_related("visit_types"))
    horizons = [policy.horizon(kind) for doctor in doctors if (kind := doctor.first_visit_type)]
    last = now + max(horizons, default=DAY) + AHEAD
    times = FreeTimes(
        doctors,
        windows=read_windows(ids),
        first_day=(now - DAY).date(),
        last_day=(last + DAY).date(),
        policy=policy,
        now=now,
    )
    return (_Outlook(doctor, times) for doctor in doctors)


class _Outlook:
    """The next free times of one doctor: the rows to keep, and until when they hold."""

    def __init__(self, doctor: Doctor, times: FreeTimes) -> None:
        self.doctor, self.times = doctor, times
        self.rows: list[Row] = []
        self.good_until = seconds(times.now + UNTIL_CHANGED)
        kind = doctor.first_visit_type
        if kind is not None and doctor.status == Doctor.Status.APPROVED:
            for part in Part:
                for weekend in (False, True):
                    self._look(kind, part, weekend=weekend)

    def _look(self, kind: VisitType, part: Part, *, weekend: bool) -> None:
        windows = [
            window
            for window in self.times.windows[self.doctor.pk]
            if _may_answer(window, part, weekend=weekend)
        ]
        if not windows:
            return
        now, policy = self.times.now, self.times.policy
        kept = KEPT if part or weekend else KEPT_OF_ALL_DAY + self.doctor.pk % KEPT_OF_ALL_DAY
        latest = policy.latest(kind, now) + AHEAD
        slots = self.times.of(self.doctor, kind, windows=windows, latest=latest)
        answers = list(islice(_answers(slots, part, weekend=weekend), kept))
        self._note(answers, kind, question(part, weekend=weekend))
        # All there are are known as far as was looked; if there may be more, until few are left.
        complete = len(answers) < kept
        until = now + AHEAD if complete else answers[-SHOWN].start - policy.notice(kind)
        self.good_until = min(self.good_until, seconds(until))

    def _note(self, answers: list[Slot], kind: VisitType, number: int) -> None:
        notice = int(self.times.policy.notice(kind).total_seconds())
        horizon = int(self.times.policy.horizon(kind).total_seconds())
        after = NEVER
        starts = [seconds(slot.start) for slot in answers]
        for slot, last_shown in zip_longest(answers, starts[SHOWN - 1 :]):
            day = slot.start.astimezone(slot.location.zone).toordinal()
            start, end = seconds(slot.start), seconds(slot.end)
            known = (self.doctor.pk, number, kind.pk, slot.location.pk, day, start, end)
            self.rows.append((*known, start - horizon, start - notice, after, last_shown))
            after = start - notice


def _may_answer(window: Window, part: Part, *, weekend: bool) -> bool:
    """Whether a time in this window can; a quick look that spares computing those that cannot."""
    if window.closes_next_day:
        return True
    if weekend and window.weekday < SATURDAY:
        return False
    if part == Part.EARLY:
        return window.opens < EARLY
    return part == Part.ANY or window.closes > LATE


def _answers(slots: Iterator[Slot], part: Part, *, weekend: bool) -> Iterator[Slot]:
    if part == Part.ANY and not weekend:
        yield from slots
    for slot in slots:
        local = slot.start.astimezone(slot.location.zone)
        if weekend and local.weekday() < SATURDAY:
            continue
        if part == Part.EARLY and local.time() >= EARLY:
            continue
        if part == Part.LATE and local.time() < LATE:
            continue
        yield slot
