"""What can happen to people and to their logins. The only writer of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.exceptions import EmailTaken, KnownAlready, TokenRefused
from accounts.models import ApiSession, Patient, PatientAccess, User
from accounts.selectors import own_patient, patients_alike

SESSION_CLAIM = "session"
MOST_ALIKE = 20


# What nobody sees: controls, marks that turn the direction of what stands beside them (UAX #9),
# fillers. The joiners of letters (U+200C, U+200D) belong to names.
UNSEEN = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u115f\u1160\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]"
)


def tidy(name: str) -> str:
    """A name as it is seen, on one line: it stands in mails and lists, where more could mislead."""
    return " ".join(UNSEEN.sub("", name).split())


@transaction.atomic
def sign_up(
    *,
    email: str,
    password: str,
    name: str = "",
    date_of_birth: date | None = None,
    phone: str = "",
) -> User:
    """Make a login and the person's own patient; without a name they go by their address.

    Raises EmailTaken if the address has an account, whatever its case.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
    except IntegrityError as error:
        raise EmailTaken from error
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    patient = Patient.objects.create(
        name=tidy(name) or user.email, date_of_birth=date_of_birth, phone=phone
    )
    PatientAccess.objects.create(
        user=user, patient=patient, relation=PatientAccess.Relation.SELF, given_by=user
    )
    return user


@transaction.atomic
def save_own_details(
    *,
    user: User,
    name: str,
    date_of_birth: date | None,
    phone: str,
    language: str | None = None,
) -> Patient:
    """Change the person's own patient; a login that had none becomes a patient by this.

    `language` is that of their mails: empty for the clinic's own, None to leave it as it is.
    """
    if language is not None and language != user.language:
        user.language = language
        user.save(update_fields=["language"])
    patient = own_patient(user)
    if patient is None:
        patient = Patient.objects.create(name=tidy(name))
        PatientAccess.objects.create(
            user=user, patient=patient, relation=PatientAccess.Relation.SELF, given_by=user
        )
    patient.name, patient.date_of_birth, patient.phone = tidy(name), date_of_birth, phone
    patient.save(update_fields=["name", "date_of_birth", "phone"])
    return patient


@transaction.atomic
def register_patient(
    *,
    name: str,
    date_of_birth: date | None = None,
    phone: str = "",
    email: str = "",
    although_alike: bool = False,
) -> Patient:
    """Make a patient without a login, as the desk does for who telephones.

    Raises KnownAlready if one has the same name and date of birth, or the same telephone, unless
    the desk has looked (`although_alike`).
    """
    name = tidy(name)
    alike = patients_alike(name=name, date_of_birth=date_of_birth, phone=str(phone))
    if not although_alike and (found := list(alike[:MOST_ALIKE])):
        raise KnownAlready(found)
    return Patient.objects.create(
        name=name, date_of_birth=date_of_birth, phone=phone, email=email.strip()
    )


@transaction.atomic
def set_active(*, user: User, active: bool, now: datetime) -> User:
    """Let a login in or keep it out; keeping it out ends all of its tokens for good."""
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_api_sessions(user=user, now=now)
    return user


@transaction.atomic
def keep_address(*, user: User) -> EmailAddress:
    """Make `user.email`, which may have changed, the login's one address.

    One that was confirmed stays so; a new one waits for it.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    return EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"primary": True}
    )[0]


@transaction.atomic
def confirm_address(*, user: User) -> None:
    """Note that the login's e-mail address is its owner's. Raises EmailTaken."""
    if not keep_address(user=user).set_verified():
        raise EmailTaken


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


def open_api_session(*, user: User, now: datetime) -> TokenPair:
    """Log a program in: a new family of tokens for `user`, who has proved who they are."""
    session = ApiSession(
        user=user,
        auth_hash=user.get_session_auth_hash(),
        created_at=now,
        refreshed_at=now,
    )
    pair, session.refresh_jti = _tokens(session)
    session.save(force_insert=True)
    return pair


def rotate_refresh_token(*, token: str, now: datetime) -> TokenPair:
    """Exchange a refresh token for a new pair.

    A token that was exchanged before is a stolen one or its thief's: that ends the whole family
    (RFC 9700 section 4.14.2). Raises TokenRefused.
    """
    claims = _read_refresh(token)
    with transaction.atomic():
        session = (
            ApiSession.objects.select_for_update(of=["self"])
            .select_related("user")
            .filter(pk=claims[SESSION_CLAIM])
            .first()
        )
        if session is None or not session.is_live:
            raise TokenRefused
        reused = session.refresh_jti != claims["jti"]
        if reused:
            session.ended_at = now
        else:
            pair, session.refresh_jti = _tokens(session)
            session.refreshed_at = now
        session.save()
    if reused:
        raise TokenRefused
    return pair


def log_out_everywhere(*, refresh: str, now: datetime) -> None:
    """End all tokens of the person whose refresh token this is. Raises TokenRefused."""
    claims = _read_refresh(refresh)
    session = ApiSession.objects.select_related("user").filter(pk=claims[SESSION_CLAIM]).first()
    if session is None:
        raise TokenRefused
    end_api_sessions(user=session.user, now=now)


def end_api_session(*, session: ApiSession, now: datetime) -> bool:
    """End the tokens of one login of a program; returns whether they had not ended before."""
    return bool(ApiSession.objects.filter(pk=session.pk, ended_at=None).update(ended_at=now))


def end_api_sessions(*, user: User, now: datetime) -> int:
    """End all tokens of `user`; returns how many logins of programs that ended."""
    return ApiSession.objects.filter(user=user, ended_at=None).update(ended_at=now)


def _tokens(session: ApiSession) -> tuple[TokenPair, str]:
    refresh = RefreshToken()
    access = AccessToken()
    for token in (refresh, access):
        token[SESSION_CLAIM] = str(session.pk)
    return TokenPair(access=str(access), refresh=str(refresh)), refresh["jti"]


def _read_refresh(token: str) -> dict[str, Any]:
    try:
        payload = RefreshToken(token).payload  # type: ignore[arg-type]
    except TokenError as error:
        raise TokenRefused from error
    if SESSION_CLAIM not in payload:
        raise TokenRefused
    return payload
