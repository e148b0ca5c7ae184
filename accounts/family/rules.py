"""Who may do what about a patient that they act for. All of it is said here.

One may end one's own access, and that which one has given. A person who has a login of their own
may end anybody's access to them, and a parent that of those who are no parents. Nobody but staff
ends what a login is to itself. Those who are the person, a parent, or who added them may invite.
What was given for a child ends when it comes of age, whatever it was called.
"""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.ages import born_by, is_of_age
from accounts.family.exceptions import NoBirthday, NoChild, NotForYou
from accounts.models import Patient, PatientAccess, User

Relation = PatientAccess.Relation
OWN_LOGIN_FROM = 16  # years: so old is who may be given their own record
AT_DESK = "accounts.change_patientaccess"


def may_end(access: PatientAccess, mine: PatientAccess | None, by: User) -> bool:
    """Whether `by`, who acts for the same patient by the access `mine`, may end this one."""
    if by.is_staff and by.has_perm(AT_DESK):
        return True
    if mine is None or access.relation == Relation.SELF:
        return False
    return (
        access.user_id == by.pk
        or access.given_by_id == by.pk
        or mine.relation == Relation.SELF
        or (mine.relation == Relation.PARENT and access.relation != Relation.PARENT)
    )


def is_for_a_child(access: PatientAccess) -> bool:
    """Whether it was given before the patient was of age: by the date in UTC, as far as is known.

    A parent's is, whenever it was given. Not asked here is who gave it: `given_for_childhood`.
    """
    given_on = access.created_at.astimezone(UTC).date()
    return access.relation == Relation.PARENT or (
        access.patient.date_of_birth is not None
        and not is_of_age(access.patient.date_of_birth, given_on)
    )


def may_invite(mine: PatientAccess) -> bool:
    return mine.relation in (Relation.SELF, Relation.PARENT) or mine.given_by_id == mine.user_id


def may_change(mine: PatientAccess, *, has_login: bool) -> bool:
    """Name, date of birth, telephone: who has a login of their own changes these alone."""
    return mine.relation != Relation.SELF and not has_login


def may_hand_over(mine: PatientAccess, *, has_login: bool, now: datetime) -> bool:
    """Whether the person is old enough, as far as is known, and has no login yet."""
    if has_login or mine.relation == Relation.SELF or not may_invite(mine):
        return False
    born = mine.patient.date_of_birth
    return born is None or born <= born_by(now.astimezone(UTC).date(), OWN_LOGIN_FROM)


def is_child(patient: Patient, now: datetime) -> bool:
    """Whether they are known to be one."""
    born = patient.date_of_birth
    return born is not None and not is_of_age(born, now.astimezone(UTC).date())


def relations_to_give(patient: Patient, now: datetime) -> list[str]:
    """As what another may be invited: as a parent only of who is known to be a child."""
    parent = [Relation.PARENT] if is_child(patient, now) else []
    return [*parent, Relation.CARER, Relation.OTHER]


def check_relation(relation: str, patient: Patient, now: datetime) -> None:
    """Raises NoBirthday or NoChild."""
    if relation != Relation.PARENT:
        return
    if patient.date_of_birth is None:
        raise NoBirthday
    if is_of_age(patient.date_of_birth, now.astimezone(UTC).date()):
        raise NoChild


def check_given(relation: str, patient: Patient, now: datetime) -> None:
    """What staff may enter: a parent also of whose age is not known. Raises NoChild."""
    if patient.date_of_birth is not None:
        check_relation(relation, patient, now)


def check_invites(mine: PatientAccess, relation: str, *, has_login: bool, now: datetime) -> None:
    """Raises NotForYou, NoBirthday or NoChild."""
    handing_over = relation == Relation.SELF
    if not may_invite(mine) or (
        handing_over and not may_hand_over(mine, has_login=has_login, now=now)
    ):
        raise NotForYou
    check_relation(relation, mine.patient, now)
