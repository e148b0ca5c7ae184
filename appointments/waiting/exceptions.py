"""What the waiting list refuses. The text of each may be shown to the person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from appointments.exceptions import BookingError


class OfferOver(BookingError):
    """The offer is answered, has lapsed, or was withdrawn."""

    code = "offer-over"
    message = _("This offer has ended. The time is not kept for you any more.")
