"""Ending one's own access to a patient, with a look at the visits to come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.family.selectors import acts_alone
from accounts.family.services import end_access
from accounts.models import Patient, PatientAccess, User
from appointments.leaving.exceptions import HoldsVisits
from appointments.models import Appointment


@transaction.atomic
def leave(*, access: PatientAccess, by: User, now: datetime) -> None:
    """End the access by which `by` acts. Raises HoldsVisits, NotForYou or EndedAlready."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=access.patient_id)
    to_come = Appointment.objects.upcoming(now).filter(patient=patient)
    if acts_alone(by, patient) and to_come.exists():
        raise HoldsVisits
    end_access(access=access, by=by, now=now)
