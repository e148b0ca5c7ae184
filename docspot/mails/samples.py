"""The list of all mails, each with made-up data: unsaved rows, so that no database is needed.

A mail that is new gets a line in SAMPLES; a test fails as long as its templates have none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from accounts import emails
from accounts.family import emails as family
from accounts.models import Patient
from appointments.emails import News, write_about
from appointments.models import Appointment, AppointmentEvent, WaitingEntry, WaitingOffer
from doctors.availability import Slot
from doctors.models import Doctor, DoctorEvent, Location, Specialty, VisitType

Kind = AppointmentEvent.Kind
Status = Appointment.Status

TO = "asha@example.com"
VISIT = UUID("5d1c1d5e-3f0a-4c0e-9a58-2f6f3f5f7b10")
HALF_AN_HOUR = timedelta(minutes=30)
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
START = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # Wednesday, 9:30am in Hyderabad
PLACE = Location(
    pk=1,
    name="City Heart Clinic",
    address="12 Lake Road",
    city="Hyderabad",
    country="India",
    time_zone="Asia/Kolkata",
    phone="+914023456789",
)
DOCTOR = Doctor(
    pk=1,
    name="Dr. Smith",
    slug="dr-smith",
    specialty=Specialty(name="Cardiology", title="Cardiologist"),
)


@dataclass(frozen=True)
class Sample:
    """One mail: its name in addresses, its templates' path without endings, how it is written."""

    name: str
    template: str
    write: Callable[[str], EmailMultiAlternatives]  # in this language


def visit_in(status: Status) -> Appointment:
    """Asha Rao's visit, with all that a mail must not tell."""
    return Appointment(
        pk=VISIT,
        patient=Patient(pk=1, name="Asha Rao"),
        doctor=DOCTOR,
        visit_type=VisitType(doctor=DOCTOR, name="Consultation"),
        location=PLACE,
        start=START,
        end=START + HALF_AN_HOUR,
        status=status,
        reason="Chest pain",
    )


def about_visit(name: str, kind: Kind, status: Status, **news: Any) -> Sample:
    """One of the mails of a visit, with what it tells besides (News)."""

    def write(language: str) -> EmailMultiAlternatives:
        url = emails.absolute_url("appointments:detail", VISIT)
        told = News(kind=kind, at=NOW, **news)
        return write_about(visit_in(status), told, to=TO, url=url, language=language)

    return Sample(name, "emails/appointment", write)


def plain(name: str, template: str, **context: Any) -> Sample:
    """A mail from templates of its own."""

    def write(language: str) -> EmailMultiAlternatives:
        with emails.in_language(language):
            return emails.write(template, context, TO)

    return Sample(name, template, write)


def account(name: str, **context: Any) -> Sample:
    """One of allauth's mails."""
    template = f"account/email/{name}"

    def write(language: str) -> EmailMultiAlternatives:
        about = {"email": TO, "site_url": settings.SITE_URL, **context}
        with emails.in_language(language):
            return get_adapter().render_mail(template, TO, about)

    return Sample(name.replace("_", "-"), template, write)


def about_doctor(name: str, kind: DoctorEvent.Kind, note: str = "") -> Sample:
    event = DoctorEvent(kind=kind, note=note)
    url = f"{settings.SITE_URL}/practice/"
    return plain(name, "emails/doctor", event=event, doctor=DOCTOR, url=url)


def about_access(name: str, kind: str, **about: Any) -> Sample:
    """One of the mails about acting for somebody."""
    url = f"{settings.SITE_URL}/accounts/family/"

    def write(language: str) -> EmailMultiAlternatives:
        return family.write(kind, Patient(pk=1, name="Asha Rao"), TO, language, url=url, **about)

    return Sample(name, "emails/family", write)


def time_in(days: int) -> Slot:
    start = START + timedelta(days=days)
    return Slot(start, start + HALF_AN_HOUR, PLACE)


FREE = [time_in(1), time_in(2), time_in(5)]
KEY = "a-key-that-was-made-up"

SAMPLES = [
    about_visit("requested", Kind.REQUESTED, Status.PENDING),
    about_visit("confirmed", Kind.CONFIRMED, Status.CONFIRMED),
    about_visit("declined", Kind.DECLINED, Status.DECLINED, times=FREE),
    about_visit("not-answered", Kind.EXPIRED, Status.DECLINED, times=FREE),
    about_visit("moved", Kind.MOVED, Status.CONFIRMED, before=time_in(-1)),
    about_visit("moved-and-waiting", Kind.MOVED, Status.PENDING, before=time_in(-1)),
    about_visit("with-another-doctor", Kind.MOVED, Status.CONFIRMED, instead_of="Dr. Priya"),
    about_visit("asked-to-move", Kind.OFFERED, Status.CONFIRMED, times=FREE),
    about_visit("cancelled-by-clinic", Kind.CANCELLED, Status.CANCELLED, who="clinic"),
    about_visit("cancelled-by-you", Kind.CANCELLED, Status.CANCELLED, who="you"),
    about_visit("cancelled-by-another", Kind.CANCELLED, Status.CANCELLED, who="other"),
    plain(
        "reminder",
        "emails/reminder",
        appointment=visit_in(Status.CONFIRMED),
        location=PLACE,
        cancel_until=START - timedelta(hours=2),
        move_until=START - timedelta(hours=2),
        url=f"{settings.SITE_URL}/visit/{KEY}/",
    ),
    plain(
        "offer",
        "emails/offer",
        offer=WaitingOffer(doctor=DOCTOR, start=START, end=START + HALF_AN_HOUR, until=START),
        patient=Patient(pk=1, name="Asha Rao"),
        location=PLACE,
        instead_of=visit_in(Status.CONFIRMED),
        url=f"{settings.SITE_URL}/offer/{KEY}/",
    ),
    plain(
        "offer-paused",
        "emails/offer_paused",
        entry=WaitingEntry(doctor=DOCTOR),
        patient=Patient(pk=1, name="Asha Rao"),
        url=f"{settings.SITE_URL}/appointments/waiting/",
    ),
    about_access("invited", "invited", who="Ravi Kumar", expires_at=START),
    about_access("handed", "handed", who="Ravi Kumar", expires_at=START),
    about_access("invitation-accepted", "accepted", invited="ravi@example.com"),
    about_access("invitation-declined", "declined", invited="ravi@example.com"),
    about_access("access-ended", "ended"),
    about_access("of-age-soon", "notice", day=START.date(), hands_over=True, is_parent=True),
    about_access("of-age-soon-to-others", "notice", day=START.date()),
    about_access("of-age", "of_age", is_parent=True),
    about_access("of-age-to-others", "of_age"),
    account(
        "email_confirmation", activate_url=f"{settings.SITE_URL}/accounts/confirm-email/{KEY}/"
    ),
    account(
        "password_reset_key",
        password_reset_url=f"{settings.SITE_URL}/accounts/password/reset/key/{KEY}/",
    ),
    account(
        "account_already_exists",
        login_url=f"{settings.SITE_URL}/accounts/login/",
        password_reset_url=f"{settings.SITE_URL}/accounts/password/reset/",
    ),
    account("unknown_account"),
    about_doctor("doctor-approved", DoctorEvent.Kind.APPROVED),
    about_doctor("doctor-asked", DoctorEvent.Kind.ASKED, "Send us a copy of your licence."),
    about_doctor("doctor-rejected", DoctorEvent.Kind.REJECTED, "Your licence has ended."),
    about_doctor("doctor-suspended", DoctorEvent.Kind.SUSPENDED),
]
BY_NAME = {sample.name: sample for sample in SAMPLES}
