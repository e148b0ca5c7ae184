"""What the rules about people refuse. The text of a `Refusal` may be shown to the person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import Patient


class Refusal(Exception):
    """A request that is well formed but that a rule does not allow; nothing was changed."""

    code = "refused"
    status = 409
    message: Any = _("This cannot be done.")

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class EmailTaken(Refusal):
    code = "email-taken"
    status = 400
    message = _("There is already an account with this email address. Log in instead.")


class TooManyAttempts(Refusal):
    code = "too-many-attempts"
    status = 429
    message = _("Too many attempts to log in. Wait 5 minutes, then try again.")


class LoginRefused(Refusal):
    code = "login-refused"
    status = 401
    message = _("The email address or the password is not right. Check both and try again.")


class EmailNotConfirmed(Refusal):
    code = "email-not-confirmed"
    status = 403
    message = _("Confirm your email address first: open the link in the email we sent you.")


class TokenRefused(Refusal):
    code = "token-refused"
    status = 401
    message = _("This login has ended. Log in again.")


class KnownAlready(Refusal):
    """There are patients who may be the same person; `patients` are they."""

    code = "known-already"
    message = _("There is already a patient who may be the same person.")

    def __init__(self, patients: list[Patient]) -> None:
        super().__init__()
        self.patients = patients


class MailError(Exception):
    """A mail that could not be sent; the text is for the log, not for a person."""


class NoMailServer(MailError):
    """It could not be reached, or took no log-in: the fault of no mail, so it counts as no try."""


class AddressRefused(MailError):
    """There is no such address, or the server says so for good: another try is of no use."""
