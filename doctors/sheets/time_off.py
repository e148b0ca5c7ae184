"""The sheet of time off: of doctors, and of whole places, which are closed then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.parts import in_parts
from accounts.sheets import cells
from accounts.sheets.shape import (
    Act,
    Column,
    Plan,
    Row,
    Sheet,
    Written,
    check_fields,
    only_once,
)
from doctors import rules
from doctors.forms import WallClockField, zone_of
from doctors.models import Doctor, Location, TimeOff
from doctors.sheets import services
from doctors.sheets.owners import (
    NO_DOCTOR,
    NO_PLACE,
    doctors_by_slug,
    names_of_places,
    places_by_name,
    zones_of_doctors,
)

A_MOMENT = _("Write a date and a time like 2026-12-24 09:00.")
SKIPPED_OR_TWICE = _("The clock shows this time never or twice on that day. Write another.")
Owner = tuple[Doctor | None, Location | None]
Key = tuple[int | None, int | None, datetime, datetime]


@lru_cache(maxsize=64)
def _field(zone: ZoneInfo) -> WallClockField:
    field = WallClockField(error_messages={"invalid": A_MOMENT})
    field.zone = zone
    return field


def moment(cell: str, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock in `zone`, or of a time with its offset."""
    try:
        instant: datetime = _field(zone).clean(cell.strip())
    except ValidationError as error:
        if error.error_list[0].code == "ambiguous_timezone":
            raise ValidationError(SKIPPED_OR_TWICE) from error
        raise
    return instant


def say_moment(instant: datetime, zone: ZoneInfo) -> str:
    """As moment() reads it: 2026-12-24 09:00; with its offset where the clock shows it twice."""
    local = instant.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    if twice or local.second or local.microsecond:
        return local.isoformat(" ")
    return f"{local:%Y-%m-%d %H:%M}"


class TimeOffSheet(Sheet):
    columns = (
        Column(
            "doctor",
            _("The address of the doctor, as in the file of doctors. Empty for a place."),
            "",
            str.strip,
        ),
        Column(
            "place",
            _("The place that is closed, as in the list of places. Empty for a doctor."),
            "City Heart Clinic, Hyderabad",
        ),
        Column(
            "from",
            _("On the clock of the place, or of the doctor's first place."),
            "2026-12-24 00:00",
            required=_("Write from when."),
        ),
        Column(
            "until",
            _("This time is no longer part of it."),
            "2026-12-27 00:00",
            required=_("Write until when."),
        ),
        Column("reason", _("May be empty."), "Christmas"),
    )
    about = (
        _("Each line is time off of a doctor, or of a whole place, which is closed then."),
        _("Where doctor or place and both times are known already, only the reason changes."),
        _("Booked visits stay where they are, and nothing is removed by an import."),
    )

    @cached_property
    def zones(self) -> dict[int, ZoneInfo]:
        return zones_of_doctors()

    def zone(self, doctor: Doctor | None, place: Location | None) -> ZoneInfo:
        """Of the place, or of the doctor's first."""
        if doctor is None:
            return zone_of(place)
        return self.zones.get(doctor.pk) or zone_of(None)

    @cached_property
    def places(self) -> dict[int, str]:
        return names_of_places()

    def rows(self, found: QuerySet) -> QuerySet:
        return found.prefetch_related("doctor", "location")

    def cells_of(self, row: Any) -> list[Any]:
        zone = self.zone(row.doctor, row.location)
        return [
            row.doctor.slug if row.doctor else "",
            self.places[row.location_id] if row.location_id else "",
            say_moment(row.start, zone),
            say_moment(row.end, zone),
            row.reason,
        ]

    def check(self, values: dict[str, Any]) -> None:
        if bool(values["doctor"]) == bool(values["place"]):
            raise ValidationError({"doctor": _("Write a doctor or a place, one of the two.")})
        check_fields(TimeOff(reason=values["reason"]), {"reason": "reason"})

    def plan(self, rows: Sequence[Row], *, now: datetime, lock: bool = False) -> Plan:
        plan = Plan()
        doctors = doctors_by_slug((row.values["doctor"] for row in rows), lock=lock)
        places = places_by_name()
        whose: dict[int, Owner] = {}
        keys: dict[int, Key] = {}
        for row in rows:
            doctor = doctors.get(row.values["doctor"])
            place = places.find(row.values["place"]) if row.values["place"] else None
            wrong, key = self._key_of(row, doctor, place)
            plan.refused += wrong
            if key:
                keys[row.line], whose[row.line] = key, (doctor, place)
        good, twins = only_once(
            [row for row in rows if row.line in keys], "from", lambda row: keys[row.line]
        )
        plan.refused += twins
        known = _known(whose.values(), lock=lock)
        for row in good:
            off = known.get(keys[row.line])
            self._plan_row(plan, row, keys[row.line], whose[row.line], off, now)
        return plan

    def _key_of(
        self, row: Row, doctor: Doctor | None, place: Location | None
    ) -> tuple[list[Any], Key | None]:
        if row.values["doctor"] and doctor is None:
            return [row.refuse("doctor", NO_DOCTOR)], None
        if row.values["place"] and place is None:
            return [row.refuse("place", NO_PLACE)], None
        zone, times, wrong = self.zone(doctor, place), [], []
        for column in ("from", "until"):
            try:
                times.append(moment(row.cells[column], zone))
            except ValidationError as error:
                wrong.append(row.refuse(column, " ".join(error.messages)))
        if not wrong and times[1] <= times[0]:
            wrong.append(row.refuse("until", gettext("The time off must end after it begins.")))
        if wrong:
            return wrong, None
        whose = (doctor.pk if doctor else None, place.pk if place else None)
        return [], (*whose, times[0], times[1])

    def _plan_row(
        self, plan: Plan, row: Row, key: Key, whose: Owner, off: TimeOff | None, now: datetime
    ) -> None:
        doctor, place = whose
        name, reason = str(doctor or place), row.values["reason"]
        if off is None:
            try:
                rules.check_still_to_come(key[-1], now)
            except ValidationError as error:
                plan.refused.append(row.refuse("until", error.messages[0]))
                return
            fields = {"doctor": doctor, "location": place, "start": key[-2], "end": key[-1]}
            plan.added.append(Act(row.line, name, fields | {"reason": reason}))
        elif cells.line(off.reason) != reason:
            before = {"reason": off.reason}
            plan.changed.append(Act(row.line, name, {"reason": reason}, off.pk, before))
        else:
            plan.same += 1

    def write(self, plan: Plan, *, now: datetime) -> Written:
        return Written(
            services.add_all_time_off(rows=[act.fields for act in plan.added]),
            services.change_reasons(
                reasons={act.pk: act.fields["reason"] for act in plan.changed if act.pk is not None}
            ),
        )


def _known(whose: Iterable[Owner], *, lock: bool) -> dict[Key, TimeOff]:
    """What these doctors and places have already."""
    found = TimeOff.objects.order_by("pk")
    if lock:
        found = found.select_for_update()
    owners = {(doctor and doctor.pk, place and place.pk) for doctor, place in whose}
    known: dict[Key, TimeOff] = {}
    for part in in_parts(sorted(owners, key=str)):
        rows = found.filter(
            Q(doctor_id__in=[doctor for doctor, place in part if doctor])
            | Q(location_id__in=[place for doctor, place in part if place])
        )
        for off in rows:
            known.setdefault((off.doctor_id, off.location_id, off.start, off.end), off)
    return known
