"""Several at once about one patient: who accepts, who ends, who invites."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.exceptions import Refusal
from accounts.family import services
from accounts.family.selectors import acting
from accounts.family.services.writing import lock
from accounts.models import Invitation, Patient, PatientAccess, User
from docspot.tests.cast import NOW, make_person

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def at_once(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Run all acts in threads that start together; count what they end with, by name."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        connection.ensure_connection()
        ready.wait()
        try:
            act()
        except Refusal as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(run, acts))


@pytest.fixture
def vikram(transactional_db: None) -> User:
    return make_person("Vikram Rao", "vikram@example.com")


@pytest.fixture
def asha(transactional_db: None) -> User:
    return make_person("Asha Rao", "asha@example.com")


def add(by: User, name: str, relation: str = "parent") -> Patient:
    born = date(2016, 5, 3)
    return services.add_person(name=name, relation=relation, date_of_birth=born, by=by, now=NOW)


def invite(patient: Patient, by: User, to: User, relation: str = "parent") -> Invitation:
    return services.invite(patient=patient, email=to.email, relation=relation, by=by, now=NOW)


def access_of(user: User, patient: Patient) -> PatientAccess:
    found = acting(user, patient)
    assert found is not None
    return found


def still_acting(patient: Patient) -> int:
    return PatientAccess.objects.active().filter(patient=patient).count()


def test_invitation_accepted_twice_at_once_gives_one_access(asha: User, vikram: User) -> None:
    for number in range(ROUNDS):
        child = add(asha, f"Child {number}")
        key = invite(child, asha, vikram).key
        found = at_once([partial(services.accept, key=key, by=vikram, now=NOW)] * 4)
        assert found == {"done": 1, "InvitationGone": 3}
        assert still_acting(child) == 2


def test_guardians_who_end_each_other_at_once_are_not_both_gone(asha: User, vikram: User) -> None:
    """A carer has invited a parent: either may end the other's access."""
    for number in range(ROUNDS):
        child = add(asha, f"Child {number}", "carer")
        services.accept(key=invite(child, asha, vikram).key, by=vikram, now=NOW)
        pairs = [(access_of(asha, child), vikram), (access_of(vikram, child), asha)]
        found = at_once(
            [partial(services.end_access, access=access, by=by, now=NOW) for access, by in pairs]
        )
        assert found == {"done": 1, "NotForYou": 1}
        assert still_acting(child) == 1


def test_invitations_at_once_are_one(asha: User, vikram: User) -> None:
    child = add(asha, "Child")
    found = at_once([lambda: invite(child, asha, vikram)] * 4)
    assert found == {"done": 1, "InvitedAlready": 3}


def test_childhoods_are_ended_once_by_two_workers(asha: User) -> None:
    for number in range(20):
        child = Patient.objects.create(name=f"Child {number}", date_of_birth=date(2008, 3, 2))
        PatientAccess.objects.create(user=asha, patient=child, relation="parent")
    counts: list[int] = []
    at_once([lambda: counts.append(services.end_childhoods(now=NOW))] * 2)
    assert sum(counts) == 20


@pytest.mark.postgresql  # on SQLite all who write wait for one another
@pytest.mark.parametrize("born", [date(2008, 3, 2), date(2008, 3, 20)])  # ended, told
def test_childhood_waits_for_who_changes_the_patient(asha: User, born: date) -> None:
    child = Patient.objects.create(name="Ravi", date_of_birth=born)
    access = PatientAccess.objects.create(user=asha, patient=child, relation="parent")

    def work() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        try:
            services.end_childhoods(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            lock(child)
            with pytest.raises(OperationalError, match="lock timeout"):
                threads.submit(work).result()
            Patient.objects.filter(pk=child.pk).update(date_of_birth=date(2016, 5, 3))
        threads.submit(work).result()
    access.refresh_from_db()
    assert (access.ended_at, access.noticed_at) == (None, None)
