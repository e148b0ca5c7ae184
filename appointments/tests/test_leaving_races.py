"""Two guardians of a child who holds a visit leave at once: one of them stays."""

from __future__ import annotations

from functools import partial

import pytest

from accounts.family import services
from accounts.models import User
from accounts.tests.test_family_races import (
    ROUNDS,
    access_of,
    add,
    at_once,
    invite,
    still_acting,
)
from appointments.leaving.services import leave
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_person

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asha(transactional_db: None) -> User:
    return make_person("Asha Rao", "asha@example.com")


@pytest.fixture
def vikram(transactional_db: None) -> User:
    return make_person("Vikram Rao", "vikram@example.com")


def test_guardians_who_leave_at_once_do_not_leave_a_visit_alone(asha: User, vikram: User) -> None:
    doctor = make_doctor()
    for number in range(ROUNDS):
        child = add(asha, f"Child {number}")
        services.accept(key=invite(child, asha, vikram).key, by=vikram, now=NOW)
        make_appointment(doctor, asha, at(3 + number, 9), patient=child)
        found = at_once(
            [
                partial(leave, access=access_of(user, child), by=user, now=NOW)
                for user in (asha, vikram)
            ]
        )
        assert found == {"done": 1, "HoldsVisits": 1}
        assert still_acting(child) == 1
