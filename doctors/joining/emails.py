"""The mails to a doctor about what the clinic has decided."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts import emails
from doctors.models import DoctorEvent

Kind = DoctorEvent.Kind
TOLD = {Kind.ASKED, Kind.APPROVED, Kind.REJECTED, Kind.SUSPENDED}

emails.KINDS["application"] = _("Application of a doctor")


def tell(event: DoctorEvent) -> None:
    """Tell the doctor, by the login that they have, what the clinic has decided.

    A doctor without a login, or whose login is closed, is told by the clinic itself.
    """
    user = event.doctor.user
    if event.kind not in TOLD or user is None or not user.is_active:
        return
    page = "practice:profile" if event.kind == Kind.APPROVED else "practice:application"
    about = {"event": event, "doctor": event.doctor, "url": emails.absolute_url(page)}
    with emails.in_language(user.language):
        mail = emails.write("emails/doctor", about, user.email)
    emails.send_later(mail, kind="application")
