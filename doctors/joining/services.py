"""What can happen to a doctor on the way into the clinic, and out of it.

Each step locks the doctor, looks at how they stand now, and is kept as a DoctorEvent; what the
clinic decides is told to the doctor by mail. All of it happens, or a Refusal is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import tidy
from doctors.exceptions import (
    AlreadyDoctor,
    NotAboutOneself,
    NotReadyForPatients,
    NotYoursToDecide,
    StepNotPossible,
)
from doctors.joining.emails import tell
from doctors.models import Doctor, DoctorEvent, Language, Location, Specialty
from doctors.permissions import may_decide
from doctors.photos.services import set_photo

Status = Doctor.Status
Kind = DoctorEvent.Kind

# From where each step may be taken, where it leads, and what is said when it may not.
STEPS = {
    Kind.AMENDED: (
        {Status.PENDING, Status.REJECTED},
        Status.PENDING,
        _("The clinic has decided about you; your application cannot be changed any more."),
    ),
    Kind.ASKED: (
        {Status.PENDING},
        Status.PENDING,
        _("You can ask for more only while the doctor waits for approval."),
    ),
    Kind.APPROVED: (
        {Status.PENDING, Status.REJECTED, Status.SUSPENDED},
        Status.APPROVED,
        _("This doctor is approved already."),
    ),
    Kind.REJECTED: (
        {Status.PENDING},
        Status.REJECTED,
        _("Only a doctor who waits for approval can be rejected. Suspend one who is approved."),
    ),
    Kind.SUSPENDED: (
        {Status.APPROVED},
        Status.SUSPENDED,
        _("Only an approved doctor can be suspended."),
    ),
}


@dataclass(frozen=True)
class Application:
    """What a doctor says of themselves. `photo` is from photos.services.prepare; None: as it is."""

    name: str
    specialty: Specialty | None = None
    location: Location | None = None
    licence_number: str = ""
    languages: Iterable[Language] = ()
    bio: str = ""
    photo: bytes | None = None


# What doctors do


@transaction.atomic
def apply(*, user: User, application: Application, now: datetime) -> Doctor:
    """Enter a doctor who waits for the clinic's approval; no patient sees them before.

    Raises AlreadyDoctor: a person is one doctor at most.
    """
    if Doctor.objects.filter(user=user).exists():
        raise AlreadyDoctor
    doctor = _entered(user, tidy(application.name))
    _write(doctor, application)
    _keep(doctor, Kind.APPLIED, user, now)
    return doctor


def _entered(user: User, name: str) -> Doctor:
    try:
        with transaction.atomic():
            return _enter(user, name, free_slug(name))
    except IntegrityError as error:  # a namesake was quicker, or the same person
        if Doctor.objects.filter(user=user).exists():
            raise AlreadyDoctor from error
        return _enter(user, name, f"{free_slug(name)}-{get_random_string(6).lower()}")


def _enter(user: User, name: str, slug: str) -> Doctor:
    return Doctor.objects.create(user=user, name=name, slug=slug, status=Status.PENDING)


@transaction.atomic
def amend(*, doctor: Doctor, application: Application, by: User, now: datetime) -> Doctor:
    """Change one's own application; one that was rejected waits for approval again by this."""
    if doctor.user_id != by.pk:
        raise NotYoursToDecide
    doctor = _take(Kind.AMENDED, doctor, by, now)
    _write(doctor, application)
    return doctor


# What the clinic decides


@transaction.atomic
def approve(*, doctor: Doctor, by: User, now: datetime) -> Doctor:
    """Show the doctor to patients. Raises NotReadyForPatients without a specialty."""
    return _decide(Kind.APPROVED, doctor, by, now)


@transaction.atomic
def ask_for_more(*, doctor: Doctor, by: User, now: datetime, words: str) -> Doctor:
    """Let the doctor know what is missing; they go on waiting for approval."""
    return _decide(Kind.ASKED, doctor, by, now, words)


@transaction.atomic
def reject(*, doctor: Doctor, by: User, now: datetime, words: str) -> Doctor:
    """Do not accept the doctor, for a reason that they are told; they may amend and try again."""
    return _decide(Kind.REJECTED, doctor, by, now, words)


@transaction.atomic
def suspend(*, doctor: Doctor, by: User, now: datetime, words: str) -> Doctor:
    """Hide the doctor from patients; visits that are booked stay booked."""
    return _decide(Kind.SUSPENDED, doctor, by, now, words)


def _decide(kind: Kind, doctor: Doctor, by: User, now: datetime, words: str = "") -> Doctor:
    if not may_decide(by):
        raise NotYoursToDecide
    return _take(kind, doctor, by, now, words)


def _take(kind: Kind, doctor: Doctor, by: User, now: datetime, words: str = "") -> Doctor:
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
    if doctor.user_id == by.pk and kind != Kind.AMENDED:
        raise NotAboutOneself
    allowed, status, refusal = STEPS[kind]
    if doctor.status not in allowed:
        raise StepNotPossible(str(refusal))
    if status == Status.APPROVED and doctor.specialty_id is None:
        raise NotReadyForPatients
    doctor.status = status
    doctor.save(update_fields=["status"])
    tell(_keep(doctor, kind, by, now, words))
    return doctor


def _keep(doctor: Doctor, kind: Kind, by: User, now: datetime, words: str = "") -> DoctorEvent:
    return DoctorEvent.objects.create(doctor=doctor, kind=kind, by=by, at=now, note=words)


def _write(doctor: Doctor, said: Application) -> None:
    """Write down what a doctor whose row is ours says; nothing else of it can be said."""
    doctor.name, doctor.licence_number = tidy(said.name), tidy(said.licence_number)
    doctor.specialty, doctor.location, doctor.bio = said.specialty, said.location, said.bio
    doctor.save(update_fields=["name", "licence_number", "specialty", "location", "bio"])
    doctor.languages.set(said.languages)
    if said.photo is not None:
        doctor.photo_digest = set_photo(doctor=doctor, jpeg=said.photo).photo_digest


def free_slug(name: str) -> str:
    """An address for the page of a doctor of this name that no other doctor has."""
    stem = slugify(name)[:100] or "doctor"
    taken = set(Doctor.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 2
    slug = stem
    while slug in taken:
        slug = f"{stem}-{number}"
        number += 1
    return slug
