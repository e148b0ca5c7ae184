"""The clinics: where they are, and when they are closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from docspot.demo.chance import Weighted, dice
from docspot.demo.frame import Frame, local_midnight
from docspot.demo.places import CITIES, City, clinic_name, phone, street
from doctors.holidays import public_holidays

DOCTORS_A_CLINIC = 8
KEEPS_HOLIDAYS = 0.7


class LocationRow(NamedTuple):
    id: int
    name: str
    address: str
    city: str
    country: str
    phone: str
    time_zone: str
    holiday_calendar: str


class TimeOffRow(NamedTuple):
    doctor_id: int | None
    location_id: int | None
    start: datetime
    end: datetime
    reason: str


@dataclass(frozen=True)
class Clinic:
    row: LocationRow
    city: City
    closed: frozenset[int]  # days

    @property
    def id(self) -> int:
        return self.row.id


def make_clinics(frame: Frame, doctors: int, first_id: int) -> list[Clinic]:
    """About one for eight doctors, in up to 40 cities; each city of a large clinic has one."""
    chance = dice(frame.seed, "clinics")
    count = -(-doctors // DOCTORS_A_CLINIC)
    cities = CITIES[:count]
    more = Weighted([(city, city.weight) for city in cities]) if cities else None
    taken: set[tuple[str, str]] = set()
    clinics = []
    for number in range(count):
        city = cities[number] if number < len(cities) or more is None else more.pick(chance)
        name = clinic_name(chance)
        while (name, city.name) in taken:
            name = f"{clinic_name(chance)} {chance.randint(2, 99)}"
        taken.add((name, city.name))
        row = LocationRow(
            id=first_id + number,
            name=name,
            address=street(chance),
            city=city.name,
            country=city.country,
            phone=phone(chance, city.country),
            time_zone=city.zone,
            holiday_calendar=city.calendar,
        )
        keeps = chance.random() < KEEPS_HOLIDAYS
        days = frozenset(holidays(city.calendar, frame)) if keeps else frozenset()
        clinics.append(Clinic(row, city, days))
    return clinics


@lru_cache(maxsize=200)
def holidays(calendar: str, frame: Frame) -> dict[int, str]:
    """By day, within the time that the clinic covers."""
    first, last = date.fromordinal(frame.first_day), date.fromordinal(frame.last_day)
    return {day.toordinal(): name for day, name in public_holidays(calendar, first, last)}


def closures(clinic: Clinic, frame: Frame) -> Iterator[TimeOffRow]:
    names = holidays(clinic.city.calendar, frame)
    for day in sorted(clinic.closed):
        yield TimeOffRow(
            doctor_id=None,
            location_id=clinic.id,
            start=local_midnight(clinic.city.zone, day),
            end=local_midnight(clinic.city.zone, day + 1),
            reason=names[day][:200],
        )
