"""The patients, their logins, and who may act for whom."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from random import Random
from typing import NamedTuple

from docspot.demo.chance import Weighted, dice
from docspot.demo.frame import DAY, YEARS_BACK, Frame, instant
from docspot.demo.names import Region, pick_region, plain
from docspot.demo.places import City, phone

DOMAIN = "demo.example"  # no mail can ever reach it (RFC 2606)
STAFF_EMAIL = f"front.desk@{DOMAIN}"
HISTORY_EMAIL = f"long.history@{DOMAIN}"
CHILDREN, BY_STAFF = 0.08, 0.12
CONFIRMED_EMAIL = 0.93
GROWN_UP, OLDEST = 18, 95


class Login(NamedTuple):
    id: int
    email: str
    is_staff: bool
    date_joined: datetime
    is_confirmed: bool


class PatientRow(NamedTuple):
    id: int
    name: str
    date_of_birth: date | None
    phone: str
    email: str
    created_at: datetime


class AccessRow(NamedTuple):
    user_id: int
    patient_id: int
    relation: str
    created_at: datetime


class Person(NamedTuple):
    patient: PatientRow
    login: Login | None
    access: AccessRow | None


class Crowd:
    """The patients, by their number from 0: where they live and who books for them."""

    def __init__(self, staff_id: int, first_patient_id: int) -> None:
        self.staff_id = staff_id
        self.first_patient_id = first_patient_id
        self.bookers = array("q")  # ids of logins
        self.at_home: dict[str, array[int]] = {}  # numbers of patients, by city

    def __len__(self) -> int:
        return len(self.bookers)

    def add(self, city: str, booker_id: int) -> None:
        self.at_home.setdefault(city, array("q")).append(len(self.bookers))
        self.bookers.append(booker_id)


class PeopleMaker:
    """Makes patients one after another and adds them to the crowd."""

    def __init__(self, frame: Frame, crowd: Crowd, cities: list[City], first_user_id: int) -> None:
        self.frame, self.crowd = frame, crowd
        self.cities = Weighted([(city, city.weight) for city in cities])
        self.user_ids = count(first_user_id)
        self.chance = dice(frame.seed, "patients")
        self.parents: dict[str, list[tuple[int, str]]] = {}  # logins and family names, by city

    def make(self, total: int) -> Iterator[Person]:
        for _ in range(total):
            number = len(self.crowd)
            city = self.cities.pick(self.chance)
            yield self._person(self.crowd.first_patient_id + number, number, city)

    def _person(self, patient_id: int, number: int, city: City) -> Person:
        chance = self.chance
        which = chance.random()
        if which < BY_STAFF:
            return self._by_staff(patient_id, city)
        parents = self.parents.setdefault(city.name, [])
        if which < BY_STAFF + CHILDREN and parents:
            return self._child(patient_id, city, *chance.choice(parents))
        return self._grown_up(patient_id, number, city, parents)

    def _grown_up(
        self, patient_id: int, number: int, city: City, parents: list[tuple[int, str]]
    ) -> Person:
        given, family = self._name(pick_region(self.chance, city.region))
        patient = self._patient(patient_id, f"{given} {family}", city, GROWN_UP, OLDEST)
        email = f"{plain(given)}.{plain(family)}.{number + 1}@{DOMAIN}"
        login = make_login(self.chance, next(self.user_ids), email, patient.created_at)
        self.crowd.add(city.name, login.id)
        parents.append((login.id, family))
        access = AccessRow(login.id, patient_id, "self", patient.created_at)
        return Person(patient, login, access)

    def _child(self, patient_id: int, city: City, parent_id: int, family: str) -> Person:
        given, _ = self._name(pick_region(self.chance, city.region))
        patient = self._patient(patient_id, f"{given} {family}", city, 0, GROWN_UP)
        self.crowd.add(city.name, parent_id)
        return Person(patient, None, AccessRow(parent_id, patient_id, "parent", patient.created_at))

    def _by_staff(self, patient_id: int, city: City) -> Person:
        given, family = self._name(pick_region(self.chance, city.region))
        patient = self._patient(patient_id, f"{given} {family}", city, 1, OLDEST)
        if self.chance.random() < 0.3:
            email = f"{plain(given)}.{plain(family)}.at.home.{patient_id}@{DOMAIN}"
            patient = patient._replace(email=email)
        self.crowd.add(city.name, self.crowd.staff_id)
        return Person(patient, None, None)

    def _patient(
        self, patient_id: int, name: str, city: City, youngest: int, oldest: int
    ) -> PatientRow:
        chance, today = self.chance, self.frame.today
        age = int((youngest + (oldest - youngest) * chance.random() ** 1.3) * 365.25)
        return PatientRow(
            id=patient_id,
            name=name,
            date_of_birth=date.fromordinal(today - age - 300) if chance.random() < 0.96 else None,
            phone=phone(chance, city.country),
            email="",
            created_at=instant(self._joined()),
        )

    def _joined(self) -> int:
        """Before the first visit of all but the longest history."""
        return self.frame.now - 230 * DAY - self.chance.randrange(1500) * DAY

    def _name(self, region: Region) -> tuple[str, str]:
        return self.chance.choice(region.given), self.chance.choice(region.family)


def make_login(
    chance: Random, user_id: int, email: str, joined: datetime, *, is_staff: bool = False
) -> Login:
    return Login(user_id, email, is_staff, joined, is_staff or chance.random() < CONFIRMED_EMAIL)


def make_history_patient(
    frame: Frame, crowd: Crowd, patient_id: int, user_id: int, city: City
) -> Person:
    """The one with the longest history, who was there from the first day."""
    chance = dice(frame.seed, "history patient")
    joined = instant(frame.now - YEARS_BACK * DAY)
    patient = PatientRow(patient_id, "Ines Long-History", date(1958, 4, 9), "", "", joined)
    login = make_login(chance, user_id, HISTORY_EMAIL, joined)
    crowd.add(city.name, login.id)
    access = AccessRow(login.id, patient_id, "self", joined)
    return Person(patient, login._replace(is_confirmed=True), access)
