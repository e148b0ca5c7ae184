"""Links of mails, when much is done at once: keys are written, pressed twice, ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from accounts.selectors import contacts_of
from appointments.links.selectors import link_at
from appointments.links.services import acting, end_links, key_of
from appointments.models import Appointment, VisitLink
from appointments.tests.test_races import at_once
from docspot.tests.cast import NOW, at, make_appointment
from doctors.models import Doctor

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("clock"),
]
ROUNDS = 5
AT_ONCE = 8


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(4, 9, 30))


def key_for(visit: Appointment) -> str:
    return key_of(appointment=visit, contact=contacts_of(visit.patient)[0], now=NOW)


def test_mails_that_are_written_at_once_carry_one_key(visit: Appointment) -> None:
    keys: list[str] = []
    for _ in range(ROUNDS):
        VisitLink.objects.all().delete()
        keys.clear()
        ended = at_once([lambda: keys.append(key_for(visit))] * AT_ONCE)
        assert (ended, len(set(keys)), VisitLink.objects.count()) == ({"done": AT_ONCE}, 1, 1)
        assert link_at(keys[0], NOW) is not None


def test_key_that_is_renewed_while_a_mail_is_written_does_not_come_back(
    visit: Appointment, person: User
) -> None:
    for _ in range(ROUNDS):
        old = key_for(visit)
        ending = partial(end_links, appointment=visit, by=person, now=NOW)
        ended = at_once([lambda: key_for(visit), ending] * (AT_ONCE // 2))
        assert ended == {"done": AT_ONCE}
        assert link_at(old, NOW) is None
        assert link_at(key_for(visit), NOW) is not None


@pytest.mark.parametrize("kind", ["attends", "moved", "cancelled"])
def test_link_that_is_pressed_many_times_at_once_acts_once(visit: Appointment, kind: str) -> None:
    key = key_for(visit)
    acts: dict[str, Callable[[], Any]] = {
        "attends": lambda: acting.attend(key=key, now=NOW),
        "moved": lambda: acting.move(key=key, start=at(4, 10), now=NOW),
        "cancelled": lambda: acting.cancel(key=key, now=NOW),
    }
    assert at_once([acts[kind]] * AT_ONCE) == {"done": AT_ONCE}
    assert list(visit.events.values_list("kind", flat=True))[1:] == [kind]
