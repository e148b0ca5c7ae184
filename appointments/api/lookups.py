"""What the calls are about: each function finds it for this person, or raises the problem."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError

from accounts.api.shape import LARGEST_ID
from accounts.models import Patient, User
from accounts.selectors import own_patient
from appointments.models import Appointment
from appointments.permissions import is_at_desk
from appointments.selectors import DAY
from doctors.availability import to_instant
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, Location, VisitType

TOLD = ("doctor__specialty", "patient", "visit_type", "location")  # what an answer tells


def bookable_doctor(id: int) -> Doctor:
    doctor = doctor_to_book(pk=id) if id <= LARGEST_ID else None
    if doctor is None:
        raise NotFound(_("There is no such doctor to book. Choose one from the list of doctors."))
    return doctor


def visit_type_of(doctor: Doctor, id: int | None) -> VisitType | None:
    """The doctor's visit type of this id; without one their first, if they offer any."""
    if id is None:
        return doctor.first_visit_type
    for visit_type in doctor.visit_types.all():
        if visit_type.pk == id:
            return visit_type
    raise ValidationError({"visit_type": [_("Choose one of the doctor's visit types.")]})


def patient_for(user: User, id: int | None) -> Patient:
    """Whom `user` books for. Does not tell whether somebody else's patient exists."""
    if id is None:
        patient = own_patient(user)
        if patient is None:
            raise ValidationError({"patient": [_("Say whom the appointment is for.")]})
        return patient
    patients = Patient.objects.all() if is_at_desk(user) else Patient.objects.accessible_to(user)
    patient = patients.filter(pk=id).first()
    if patient is None:
        raise ValidationError({"patient": [_("Choose one of the people you may book for.")]})
    return patient


def visible_to(user: User) -> QuerySet[Appointment]:
    return Appointment.objects.visible_to(user).select_related(*TOLD)


def visits_to(doctor: Doctor) -> QuerySet[Appointment]:
    return Appointment.objects.filter(doctor=doctor).select_related(*TOLD)


def visible_appointment(user: User, id: UUID) -> Appointment:
    appointment = visible_to(user).filter(pk=id).first()
    if appointment is None:
        raise NotFound(_("There is no such appointment among yours."))
    return appointment


def narrow(
    visits: QuerySet[Appointment],
    *,
    status: str | None = None,
    doctor: int | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> QuerySet[Appointment]:
    """The visits in this status, with this doctor, and on these days of their places' calendars."""
    if status:
        visits = visits.filter(status=status)
    if doctor:
        visits = visits.filter(doctor=doctor)
    if not first_day and not last_day:
        return visits
    within = Q(pk__in=[])
    for name in Location.objects.order_by().values_list("time_zone", flat=True).distinct():
        here = Q(location__time_zone=name)
        if first_day:
            here &= Q(start__gte=to_instant(first_day, time.min, ZoneInfo(name)))
        if last_day:
            here &= Q(start__lt=to_instant(last_day + DAY, time.min, ZoneInfo(name)))
        within |= here
    return visits.filter(within)


def today_at(doctor: Doctor, now: datetime) -> date:
    """The date where the doctor first works; that in UTC for one who works nowhere."""
    zone = doctor.places[0].zone if doctor.places else UTC
    return now.astimezone(zone).date()
