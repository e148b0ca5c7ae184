"""How an access is given and ended, and details are changed.

For the services alone, inside their transaction.
"""

from __future__ import annotations

import json
from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import translation
from django.utils.text import capfirst

from accounts.family.exceptions import EndedAlready, NotYours
from accounts.family.selectors import acting
from accounts.models import Invitation, Patient, PatientAccess, User


def lock(*patients: Patient) -> None:
    """Make all others wait who would change who acts for these; on SQLite they wait already."""
    ids = [patient.pk for patient in patients]
    list(Patient.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))


def acting_now(by: User, patient: Patient) -> PatientAccess:
    """The access by which `by` acts, read after the lock. Raises NotYours."""
    mine = acting(by, patient)
    if mine is None:
        raise NotYours
    return mine


def give(*, user: User, patient: Patient, relation: str, by: User, now: datetime) -> PatientAccess:
    return PatientAccess.objects.create(
        user=user, patient=patient, relation=relation, given_by=by, created_at=now
    )


def end(access: PatientAccess, *, by: User | None, now: datetime) -> None:
    """End it, and what its login has asked of others meanwhile. Raises EndedAlready."""
    running = PatientAccess.objects.active().filter(pk=access.pk)
    if not running.update(ended_at=now, ended_by=by):
        raise EndedAlready
    access.ended_at, access.ended_by = now, by
    asked = Invitation.objects.filter(patient=access.patient_id, by=access.user_id)
    asked.filter(status=Invitation.Status.OPEN).update(
        status=Invitation.Status.WITHDRAWN, answered_at=now
    )


def change_details(patient: Patient, *, by: User, now: datetime, **details: object) -> None:
    """Write these fields of a patient, and who changed which of them: not what stood there.

    It is on the patient's history page in the admin, with what staff have changed.
    """
    before = {name: getattr(patient, name) for name in details}
    for name, value in details.items():
        setattr(patient, name, value)
    changed = [name for name, was in before.items() if getattr(patient, name) != was]
    if not changed:
        return
    patient.save(update_fields=changed)
    with translation.override(None):  # each reads it in their own language
        fields = [field for field in Patient._meta.fields if field.name in changed]
        labels = [capfirst(str(field.verbose_name)) for field in fields]
    LogEntry.objects.create(
        user=by,
        action_time=now,
        action_flag=CHANGE,
        content_type=ContentType.objects.get_for_model(Patient),
        object_id=str(patient.pk),
        object_repr=f"#{patient.pk}",
        change_message=json.dumps([{"changed": {"fields": labels}}]),
    )
