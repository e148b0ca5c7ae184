"""The cast and the factories of the tests: plain functions that make rows."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib.auth.models import Group, Permission

from accounts.models import Patient, PatientAccess, User
from accounts.services import sign_up
from appointments.models import Appointment, AppointmentEvent
from doctors.models import Doctor, Language, Location, Specialty, VisitType, WorkingHours

# Monday 2 March 2026, 8:30am in Hyderabad: half an hour before the doctors begin.
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
HOURS = ((time(9), time(13)), (time(14), time(17)))


def at(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """The instant of a wall-clock time in India in 2026 (UTC+05:30)."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=5, minutes=30)


def make_user(email: str = "", **fields: Any) -> User:
    """A login without a patient: staff, a doctor."""
    return User.objects.create_user(email or f"{uuid4().hex[:12]}@example.com", PASSWORD, **fields)


def make_person(name: str = "Asha Rao", email: str = "") -> User:
    """A login with its own patient, as after signing up."""
    return sign_up(email=email or f"{uuid4().hex[:12]}@example.com", password=PASSWORD, name=name)


def make_manager(email: str = "") -> User:
    """One of the clinic's staff who manages all of it."""
    return _make_staff("Clinic manager", email)


def make_receptionist(email: str = "") -> User:
    """One of the clinic's staff who does the day's work at the desk."""
    return _make_staff("Receptionist", email)


def _make_staff(role: str, email: str) -> User:
    user = make_user(email, is_staff=True)
    user.groups.add(group_of(role))
    return user


def group_of(role: str) -> Group:
    """One of the groups that a migration makes, which the first test with commits flushes."""
    if not Group.objects.filter(name=role).exists():
        roles = import_module("appointments.migrations.0007_roles")
        roles.make_groups(apps)
        more = import_module("appointments.migrations.0010_roles_of_the_visit")
        roles.make_groups(apps, more.ROLES)
    return Group.objects.get(name=role)


def patient_of(user: User) -> Patient:
    return user.patients.get(accesses__relation=PatientAccess.Relation.SELF)


def allow(user: User, *codenames: str) -> None:
    """Give permissions by their names: view_appointment."""
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def make_child(parent: User, name: str = "Ravi Rao") -> Patient:
    child = Patient.objects.create(name=name)
    PatientAccess.objects.create(user=parent, patient=child, relation=PatientAccess.Relation.PARENT)
    return child


def make_location(city: str = "Hyderabad", **fields: Any) -> Location:
    fields = {"name": "City Heart Clinic", "time_zone": "Asia/Kolkata", "country": "India"} | fields
    return Location.objects.get_or_create(city=city, name=fields.pop("name"), defaults=fields)[0]


def make_specialty(name: str = "Cardiology", title: str = "Cardiologist") -> Specialty:
    return Specialty.objects.get_or_create(
        slug=name.lower(), defaults={"name": name, "title": title}
    )[0]


def make_doctor(
    name: str = "Dr. Smith",
    *,
    location: Location | None = None,
    specialty: Specialty | None = None,
    days: range | tuple[int, ...] = range(5),
    hours: tuple[tuple[time, time], ...] = HOURS,
    duration: int = 30,
    buffer: int = 0,
    languages: tuple[str, ...] = ("English",),
    **fields: Any,
) -> Doctor:
    """An approved doctor, Monday to Friday 9:00 to 13:00 and 14:00 to 17:00, one visit type."""
    location = location or make_location()
    slug = fields.pop("slug", None) or name.lower().replace(".", "").replace(" ", "-")
    doctor = Doctor.objects.create(
        name=name,
        slug=slug,
        specialty=specialty or make_specialty(),
        **({"status": Doctor.Status.APPROVED} | fields),
    )
    for language in languages:
        doctor.languages.add(
            Language.objects.get_or_create(name=language, defaults={"code": language[:2].lower()})[
                0
            ]
        )
    VisitType.objects.create(
        doctor=doctor, name="Consultation", duration_minutes=duration, buffer_minutes=buffer
    )
    WorkingHours.objects.bulk_create(
        WorkingHours(doctor=doctor, location=location, weekday=weekday, opens=opens, closes=closes)
        for weekday in days
        for opens, closes in hours
    )
    return doctor


def make_appointment(
    doctor: Doctor, user: User, start: datetime, *, patient: Patient | None = None, **fields: Any
) -> Appointment:
    """A visit put straight into the book, past or to come, in any status, with its first event."""
    visit_type = doctor.visit_types.first()
    assert visit_type is not None
    appointment = Appointment.objects.create(
        **{
            "doctor": doctor,
            "patient": patient or patient_of(user),
            "visit_type": visit_type,
            "location": doctor.working_hours.select_related("location")[0].location,
            "start": start,
            "end": start + visit_type.duration,
            "status": Appointment.Status.CONFIRMED,
            "booked_by": user,
            "booked_at": NOW,
        }
        | fields
    )
    AppointmentEvent.objects.create(
        appointment=appointment,
        kind=AppointmentEvent.Kind.CONFIRMED,
        by=user,
        at=NOW,
        start=start,
    )
    return appointment
