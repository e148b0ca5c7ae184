"""What the waiting list refuses. The text of each may be shown to the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from appointments.exceptions import BookingError

if TYPE_CHECKING:
    from appointments.selectors import Offer
    from appointments.waiting.models import WaitingEntry


class OfferOver(BookingError):
    """The offer is answered, has lapsed, or was withdrawn."""

    code = "offer-over"
    message = _("This offer has ended. The time is not kept for you any more.")


class AlreadyWaiting(BookingError):
    """The patient waits for this already; `entry` is their place."""

    code = "already-waiting"
    message = _("You are on the waiting list for this already.")

    def __init__(self, entry: WaitingEntry) -> None:
        super().__init__()
        self.entry = entry


class TimesFreeNow(BookingError):
    """Nobody waits while a time that suits can be booked; `times` are the first of them."""

    code = "times-free-now"
    message = _("There are free times that suit you now. Book one of them.")

    def __init__(self, times: Sequence[Offer]) -> None:
        super().__init__()
        self.times = times


class WishesRefused(BookingError):
    """The days and hours that were asked for are none; `about` names which part of them."""

    code = "wishes-refused"
    status = 400

    def __init__(self, message: str, about: str | None = None) -> None:
        super().__init__(message)
        self.about = about
