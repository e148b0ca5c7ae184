"""Another person is asked to act for a patient too, or to take their own record over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import get_random_string

from accounts.family import emails, rules
from accounts.family.exceptions import (
    ActsAlready,
    ForAnotherAddress,
    HandedOverAlready,
    HasOwnRecord,
    InvitationGone,
    InvitedAlready,
    InvitesThemself,
    NoBirthday,
    NoChild,
    NotForYou,
    TooManyInvitations,
)
from accounts.family.selectors import acting, has_login, invitation_at, is_unused
from accounts.family.services.writing import acting_now, change_details, give, lock
from accounts.keys import digest_of
from accounts.models import Invitation, Patient, PatientAccess, User
from accounts.selectors import own_patient

GOOD_FOR = timedelta(days=14)
DAY = timedelta(days=1)
MOST_A_DAY = 20  # that one login sends
MOST_TO_ONE_A_DAY = 3  # to the same address, for the same patient
Relation = PatientAccess.Relation
Status = Invitation.Status


@transaction.atomic
def invite(*, patient: Patient, email: str, relation: str, by: User, now: datetime) -> Invitation:
    """Ask who has this address; with the relation `self` it is the patient who is asked.

    The mail goes out whether or not the address has an account, and nothing here tells which it
    is. Raises NotYours, NotForYou, NoBirthday, NoChild, InvitesThemself, ActsAlready,
    InvitedAlready, HandedOverAlready or TooManyInvitations.
    """
    email = email.strip().lower()
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # that the count below holds
    lock(patient)
    mine = acting_now(by, patient)
    rules.check_invites(mine, relation, has_login=has_login(patient), now=now)
    if email == by.email.lower():
        raise InvitesThemself
    if PatientAccess.objects.active().filter(patient=patient, user__email__iexact=email).exists():
        raise ActsAlready
    _make_room(patient, email, relation, now)
    _check_limits(by, patient, email, now)
    invitation = Invitation.objects.create(
        patient=patient,
        relation=relation,
        email=email,
        digest=get_random_string(64),  # until its id is known
        by=by,
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    invitation.digest = digest_of(invitation.key)
    invitation.save(update_fields=["digest"])
    emails.invite(invitation)
    return invitation


def _make_room(patient: Patient, email: str, relation: str, now: datetime) -> None:
    """One open invitation an address, and one to take the record over; what is too old goes."""
    waiting = Invitation.objects.filter(patient=patient, status=Status.OPEN)
    waiting.filter(expires_at__lte=now).update(status=Status.WITHDRAWN, answered_at=now)
    if waiting.filter(email=email).exists():
        raise InvitedAlready
    if relation == Relation.SELF and waiting.filter(relation=Relation.SELF).exists():
        raise HandedOverAlready


def _check_limits(by: User, patient: Patient, email: str, now: datetime) -> None:
    today = Invitation.objects.filter(by=by, created_at__gt=now - DAY)
    again = today.filter(patient=patient, email=email)
    if today.count() >= MOST_A_DAY or again.count() >= MOST_TO_ONE_A_DAY:
        raise TooManyInvitations


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User, now: datetime) -> None:
    """Who sent it takes it back. Raises NotForYou or InvitationGone."""
    if invitation.by_id != by.pk:
        raise NotForYou
    _close(invitation, Status.WITHDRAWN, now)


@transaction.atomic
def resend(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """Ask again, by another link, good for as long as the first was; the first ends.

    Raises NotForYou, InvitationGone, and what `invite` raises.
    """
    withdraw(invitation=invitation, by=by, now=now)
    return invite(
        patient=invitation.patient,
        email=invitation.email,
        relation=invitation.relation,
        by=by,
        now=now,
    )


@transaction.atomic
def accept(*, key: str, by: User, now: datetime) -> PatientAccess:
    """From now on `by` acts for the patient; by a relation `self` the patient's record is theirs.

    Raises InvitationGone, ForAnotherAddress, ActsAlready or HasOwnRecord.
    """
    invitation = _answerable(key, by, now)
    patient, relation = invitation.patient, invitation.relation
    if relation == Relation.SELF:
        _clear_the_way(patient, by, now)
    elif acting(by, patient) is not None:
        raise ActsAlready
    try:
        rules.check_relation(relation, patient, now)
    except (NoBirthday, NoChild) as error:  # it was a child when the invitation was sent
        raise InvitationGone from error
    _close(invitation, Status.ACCEPTED, now)
    access = give(user=by, patient=patient, relation=relation, by=invitation.by, now=now)
    emails.tell_inviter(invitation, "accepted")
    return access


@transaction.atomic
def decline(*, key: str, by: User, now: datetime) -> None:
    """Raises InvitationGone or ForAnotherAddress."""
    invitation = _answerable(key, by, now)
    _close(invitation, Status.DECLINED, now)
    emails.tell_inviter(invitation, "declined")


def _answerable(key: str, by: User, now: datetime) -> Invitation:
    """The invitation as it stands under the lock of its patient, and of who answers."""
    found = invitation_at(key, now)
    if found is None:
        raise InvitationGone
    own = own_patient(by)
    lock(found.patient, *([own] if own else []))
    invitation = invitation_at(key, now)
    if invitation is None:
        raise InvitationGone
    if invitation.email != by.email.lower():
        raise ForAnotherAddress
    return invitation


def _clear_the_way(patient: Patient, by: User, now: datetime) -> None:
    """A record of their own that signing up has made, and nobody used, makes way."""
    if has_login(patient) or acting(by, patient) is not None:
        raise ActsAlready
    own = own_patient(by)
    if own is None:
        return
    if not is_unused(own):
        raise HasOwnRecord
    details = {
        "date_of_birth": patient.date_of_birth or own.date_of_birth,
        "phone": patient.phone or own.phone,
    }
    own.delete()
    change_details(patient, by=by, now=now, **details)


def _close(invitation: Invitation, status: str, now: datetime) -> None:
    waiting = Invitation.objects.filter(pk=invitation.pk, status=Status.OPEN)
    if not waiting.update(status=status, answered_at=now):
        raise InvitationGone
    invitation.status, invitation.answered_at = status, now
