"""Those one acts for: added, changed; and access to them, given and ended."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.family import emails, rules
from accounts.family.exceptions import (
    ActsAlready,
    AddedAlready,
    BirthdayFixed,
    ChildStaysOne,
    NotForYou,
    TooManyPeople,
)
from accounts.family.selectors import acting, given_for_childhood, has_login
from accounts.family.services.writing import acting_now, change_details, end, give, lock
from accounts.models import Patient, PatientAccess, User
from accounts.services import tidy

MOST_PEOPLE = 20  # that one login acts for
Relation = PatientAccess.Relation


@transaction.atomic
def add_person(
    *,
    name: str,
    relation: str,
    by: User,
    now: datetime,
    date_of_birth: date | None = None,
    phone: str = "",
) -> Patient:
    """Make a new patient, for whom `by` may act; never access to one that there is.

    Raises NoBirthday, NoChild, AddedAlready or TooManyPeople.
    """
    patient = Patient(name=tidy(name), date_of_birth=date_of_birth, phone=phone, created_at=now)
    rules.check_relation(relation, patient, now)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # one after the other
    mine = Patient.objects.accessible_to(by)
    if mine.filter(name__iexact=patient.name, date_of_birth=date_of_birth).exists():
        raise AddedAlready
    if mine.count() >= MOST_PEOPLE:
        raise TooManyPeople
    patient.save(force_insert=True)
    give(user=by, patient=patient, relation=relation, by=by, now=now)
    return patient


@transaction.atomic
def change_person(
    *,
    patient: Patient,
    name: str,
    date_of_birth: date | None,
    phone: str,
    by: User,
    now: datetime,
) -> Patient:
    """Change what is known of a patient who has no login of their own; who did it is kept.

    A child stays one: its date of birth cannot be taken away, nor be that of who is of age, nor be
    changed once those who act for it were told that it soon comes of age. Raises NotYours,
    NotForYou, NoBirthday, NoChild, ChildStaysOne or BirthdayFixed.
    """
    lock(patient)
    patient.refresh_from_db()
    mine = acting_now(by, patient)
    if not rules.may_change(mine, has_login=has_login(patient)):
        raise NotForYou
    if patient.date_of_birth != date_of_birth:
        _check_birthday(patient, date_of_birth, now)
    details = {"name": tidy(name), "date_of_birth": date_of_birth, "phone": phone}
    change_details(patient, by=by, now=now, **details)
    return patient


def _check_birthday(patient: Patient, born: date | None, now: datetime) -> None:
    """Before it is changed. Raises NoBirthday, NoChild, ChildStaysOne or BirthdayFixed."""
    changed = Patient(date_of_birth=born)
    given = given_for_childhood().filter(patient=patient.pk).select_related("patient")
    bound = [access for access in given if rules.is_for_a_child(access)]
    if any(access.noticed_at for access in bound):
        raise BirthdayFixed
    if any(access.relation == Relation.PARENT for access in bound):
        rules.check_relation(Relation.PARENT, changed, now)
    elif bound and not rules.is_child(changed, now):
        raise ChildStaysOne


@transaction.atomic
def give_access(
    *, user: User, patient: Patient, relation: str, by: User, now: datetime
) -> PatientAccess:
    """The clinic's staff let a login act for a patient.

    Raises NotForYou, ActsAlready or NoChild; IntegrityError where the login or the
    patient has another who is themselves.
    """
    if not (by.is_staff and by.has_perm("accounts.add_patientaccess")):
        raise NotForYou
    lock(patient)
    if acting(user, patient) is not None:
        raise ActsAlready
    rules.check_given(relation, patient, now)
    return give(user=user, patient=patient, relation=relation, by=by, now=now)


@transaction.atomic
def end_access(*, access: PatientAccess, by: User, now: datetime) -> PatientAccess:
    """End an access at once: one's own, or another's by `rules.may_end`; they are told by mail.

    Raises NotForYou or EndedAlready.
    """
    lock(access.patient)
    if not rules.may_end(access, acting(by, access.patient), by):
        raise NotForYou
    end(access, by=by, now=now)
    if access.user_id != by.pk:
        emails.tell_ended(access)
    return access
