"""What is refused to the holder of a link."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from appointments.exceptions import BookingError


class LinkEnded(BookingError):
    """There is no such link, or it is good no more."""

    code = "link-ended"
    status = 404
    message = _("This link no longer works.")
