"""What can happen to a doctor."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import User
from doctors.exceptions import NotReadyForPatients
from doctors.models import Doctor


def register(*, user: User | None, name: str) -> Doctor:
    """Enter a doctor who waits for the clinic's approval; no patient sees them before."""
    try:
        with transaction.atomic():
            return _register(user, name, free_slug(name))
    except IntegrityError:  # a namesake was quicker
        return _register(user, name, f"{free_slug(name)}-{get_random_string(6).lower()}")


def _register(user: User | None, name: str, slug: str) -> Doctor:
    return Doctor.objects.create(user=user, name=name, slug=slug, status=Doctor.Status.PENDING)


@transaction.atomic
def approve(*, doctor: Doctor) -> Doctor:
    """Show the doctor to patients. Raises NotReadyForPatients without a specialty."""
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
    if doctor.specialty_id is None:
        raise NotReadyForPatients
    doctor.status = Doctor.Status.APPROVED
    doctor.save(update_fields=["status"])
    return doctor


@transaction.atomic
def suspend(*, doctor: Doctor) -> Doctor:
    """Hide the doctor from patients; visits that are booked stay booked."""
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
    doctor.status = Doctor.Status.SUSPENDED
    doctor.save(update_fields=["status"])
    return doctor


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
