"""Any doctor who is free: the booking that leaves it to the clinic who sees the patient."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from accounts.models import Patient, User
from accounts.rows import lock_rows
from appointments import fairness, rules
from appointments.exceptions import NotForThisPatient, SlotUnavailable
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import DAY, Offer, any_free, fewest_visits_first, held_by
from appointments.services.writing import all_or_refused, insert, insert_instead
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor


def book_any(
    *,
    doctors: list[Doctor],
    city: str,
    patient: Patient,
    start: datetime,
    by: User,
    now: datetime,
    reason: str = "",
    keep_both: bool = False,
    replace: Appointment | None = None,
) -> Appointment:
    """Book `start` in `city` with that one of the doctors who has the fewest visits on that day.

    Each is booked for the kind of visit they offer first. Raises what `book` raises.
    """
    rules.check_booker(by, patient)
    policy = BookingPolicy.current()
    free = _free(doctors, city, start, policy, now)
    with all_or_refused():
        # All who are free are locked, so that no rival changes who of them has the fewest.
        given_back = [] if replace is None else [replace.doctor_id]
        lock_rows(Doctor, [*(offer.doctor.pk for offer in free), *given_back])
        lock_rows(Patient, [patient.pk])
        held = held_by(patient, now)
        ids = {doctor.pk for doctor in doctors}
        rules.refuse_repeat(
            visit for visit in held if visit.start == start and visit.doctor_id in ids
        )
        again = (doctor_to_book(pk=offer.doctor.pk) for offer in free)
        offers = _free([doctor for doctor in again if doctor], city, start, policy, now)
        doctor, visit_type, slot = _first_for(patient, fewest_visits_first(offers), now)
        held = fairness.without(replace, held, doctor)
        if not (keep_both or replace):
            fairness.check_similar(held, doctor, slot, policy, now)
        rules.check_patient(held, slot, policy)
        fairness.check_specialty(held, doctor, policy)
        what = (doctor, patient, visit_type, slot, by, now, reason, policy)
        return insert(*what) if replace is None else insert_instead(replace, *what)


def _free(
    doctors: list[Doctor], city: str, start: datetime, policy: BookingPolicy, now: datetime
) -> list[Offer]:
    day = start.date()
    days = {"first_day": day - DAY, "last_day": day + DAY}
    return any_free(doctors, city, policy=policy, now=now, **days).get(start, [])


def _first_for(patient: Patient, offers: Iterable[Offer], now: datetime) -> Offer:
    """The first that is meant for such a patient."""
    refusal: Exception = SlotUnavailable()
    for offer in offers:
        try:
            rules.check_audience(patient, offer.doctor, offer.visit_type, now)
        except NotForThisPatient as error:
            refusal = error
        else:
            return offer
    raise refusal
