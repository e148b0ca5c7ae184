"""Where allauth asks DocSpot: how mails go out, where links point, the words of errors."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmationHMAC
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import emails
from accounts.exceptions import EmailTaken, LoginRefused, TooManyAttempts
from accounts.selectors import language_of


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": LoginRefused.message,
        "email_taken": EmailTaken.message,
        "enter_current_password": _("Enter your current password."),
        "incorrect_password": _("This is not your current password."),
        "invalid_password_reset": _("This link has been used or is too old. Ask for a new one."),
        "too_many_login_attempts": TooManyAttempts.message,
    }

    def is_ajax(self, request: HttpRequest) -> bool:
        return False  # the pages answer in HTML whoever asks; programs have the API

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts by host name and address; a second host name is no second chance.
        return str(credentials["email"]).lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        context = {"email": email, "site_url": settings.SITE_URL, **context}
        with emails.in_language(language_of(email)):
            mail = self.render_mail(template_prefix, email, context)
        emails.send_later(mail, kind=template_prefix.rpartition("/")[2])

    def send_account_already_exists_mail(self, email: str) -> None:
        context = {
            "login_url": emails.absolute_url("account_login"),
            "password_reset_url": emails.absolute_url("account_reset_password"),
        }
        self.send_mail("account/email/account_already_exists", email, context)

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        return emails.absolute_url("account_confirm_email", emailconfirmation.key)
