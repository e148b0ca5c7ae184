"""Signing up and logging in from a program, through allauth: the pages' own limits and mails."""

from __future__ import annotations

from datetime import date

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import (
    consume_email_verification_rate_limit,
    get_address_for_user,
)
from allauth.core import ratelimit
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import services
from accounts.exceptions import EmailNotConfirmed, EmailTaken, LoginRefused, TooManyAttempts
from accounts.models import User
from accounts.selectors import has_confirmed_email


def sign_up(
    request: HttpRequest,
    *,
    email: str,
    password: str,
    name: str = "",
    date_of_birth: date | None = None,
    phone: str = "",
) -> User | None:
    """Make an account and send the mail that confirms its address.

    Raises TooManyAttempts, and EmailTaken. Where addresses must be confirmed, a stranger shall not
    learn which have an account: then a taken one gives None, and its owner a mail that says so.
    """
    if not ratelimit.consume(request, action="signup"):
        raise TooManyAttempts(
            _("Too many new accounts from one place. Wait 5 minutes, then try again.")
        )
    try:
        user = services.sign_up(
            email=email, password=password, name=name, date_of_birth=date_of_birth, phone=phone
        )
    except EmailTaken:
        if not settings.REQUIRE_VERIFIED_EMAIL:
            raise
        if consume_email_verification_rate_limit(request, email):
            get_adapter(request).send_account_already_exists_mail(email)
        return None
    send_confirmation(request, user, signup=True)
    return user


def log_in(request: HttpRequest, *, email: str, password: str) -> User:
    """Who has this address and password.

    Raises TooManyAttempts; LoginRefused, without saying why; and to those who know the password
    EmailNotConfirmed, where that is needed.
    """
    adapter = get_adapter(request)
    try:
        user = adapter.authenticate(request, email=email, password=password)
    except ValidationError as error:
        if error.code != "too_many_login_attempts":
            raise
        raise TooManyAttempts from error
    if user is None or not user.is_active:
        raise LoginRefused
    if settings.REQUIRE_VERIFIED_EMAIL and not has_confirmed_email(user):
        send_confirmation(request, user)
        raise EmailNotConfirmed
    return user


def send_confirmation(request: HttpRequest, user: User, *, signup: bool = False) -> None:
    """Send the mail that confirms the address, unless one went out a moment ago.

    As allauth's own function does, but without the message for the next page: a program has none.
    """
    address = get_address_for_user(user)
    if address is not None and consume_email_verification_rate_limit(request, address.email):
        address.send_confirmation(request, signup=signup)
