"""A place on the waiting list: taken, changed, left. Its offers are made and answered beside."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from accounts.selectors import may_act_for
from appointments import rules
from appointments.actors import Holder
from appointments.exceptions import (
    AlreadyPast,
    DoctorNotBookable,
    NotAllowed,
    NotYourPatient,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import Appointment, WaitingEntry, WaitingEvent
from appointments.permissions import is_at_desk
from appointments.waiting.exceptions import AlreadyWaiting, TimesFreeNow, WishesRefused
from appointments.waiting.line import ON_THE_LIST, doctors_of, free_now
from appointments.waiting.models import EVERY_DAY
from appointments.waiting.services.offering import (
    lock_doctors_of,
    offer_to,
    withdraw_offers,
)
from appointments.waiting.services.recording import record
from doctors.availability import DAY
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, Specialty, VisitType

Status = WaitingEntry.Status
Kind = WaitingEvent.Kind
LONGEST_WAIT = timedelta(days=366)


def join(
    *,
    patient: Patient,
    by: User,
    now: datetime,
    first_day: date,
    last_day: date,
    doctor: Doctor | None = None,
    visit_type: VisitType | None = None,
    specialty: Specialty | None = None,
    city: str = "",
    instead_of: Appointment | None = None,
    weekdays: int = EVERY_DAY,
    from_time: time | None = None,
    to_time: time | None = None,
    reason: str = "",
) -> WaitingEntry:
    """Wait for a visit type of a doctor, or for any doctor of a specialty in a city.

    With `instead_of`, only for a time before that visit, which it takes the place of. Raises
    NotYourPatient, EmailNotConfirmedYet, DoctorNotBookable, VisitTypeNotOffered, NotForThisPatient,
    WishesRefused, WrongStatus, AlreadyPast, AlreadyWaiting, and TimesFreeNow with the times that
    can be booked instead of waiting.
    """
    rules.check_booker(by, patient)
    entry = WaitingEntry(
        patient=patient,
        doctor=doctor,
        visit_type=visit_type,
        specialty=specialty,
        city=city,
        instead_of=instead_of,
        weekdays=weekdays,
        from_time=from_time,
        to_time=to_time,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        joined_at=now,
        joined_by=by,
    )
    _check_what(entry, by, now)
    _check_wishes(entry, now)
    if instead_of is not None:
        _check_instead_of(instead_of, patient, now)
    _refuse_twin(entry)
    times = free_now(entry, now)
    if times:
        raise TimesFreeNow(times)
    with transaction.atomic():
        _insert(entry)
        record(entry=entry, kind=Kind.JOINED, by=by, now=now)
        offer_to(entry=entry, now=now)  # a time may have become free since they were looked for
    return entry


@transaction.atomic
def change_wishes(
    *,
    entry: WaitingEntry,
    by: User,
    now: datetime,
    weekdays: int,
    from_time: time | None,
    to_time: time | None,
    first_day: date,
    last_day: date,
) -> WaitingEntry:
    """Wait for other days and hours; the place in the line stays, and so does an open offer.

    Raises NotYourPatient, WrongStatus or WishesRefused.
    """
    _read_again(entry, by, ON_THE_LIST)
    wishes = {
        "weekdays": weekdays,
        "from_time": from_time,
        "to_time": to_time,
        "first_day": first_day,
        "last_day": last_day,
    }
    before = {name: getattr(entry, name) for name in wishes}
    for name, value in wishes.items():
        setattr(entry, name, value)
    _check_wishes(entry, now)
    _write(entry, **wishes)
    if wishes != before:
        record(entry=entry, kind=Kind.CHANGED, by=by, now=now)
    if entry.status == Status.WAITING:
        offer_to(entry=entry, now=now)
    return entry


@transaction.atomic
def leave(*, entry: WaitingEntry, by: User, now: datetime) -> WaitingEntry:
    """Give the place up; a time that is kept for them goes to the next.

    Raises NotYourPatient or WrongStatus.
    """
    _read_again(entry, by, ON_THE_LIST)
    _write(entry, status=Status.LEFT)
    record(entry=entry, kind=Kind.LEFT, by=by, now=now)
    withdraw_offers(entry=entry, now=now)
    return entry


@transaction.atomic
def pause(*, entry: WaitingEntry, by: User | Holder, now: datetime) -> WaitingEntry:
    """Be offered nothing until `resume`; the place in the line stays.

    A time that is kept for them goes to the next. `by` may be `whoever_has_the_mail` of an offer.
    Raises NotYourPatient or WrongStatus.
    """
    _read_again(entry, by, [Status.WAITING])
    _write(entry, status=Status.PAUSED)
    record(entry=entry, kind=Kind.PAUSED, by=by, now=now)
    withdraw_offers(entry=entry, now=now)
    return entry


@transaction.atomic
def resume(*, entry: WaitingEntry, by: User, now: datetime) -> WaitingEntry:
    """Be offered times again. Raises NotYourPatient or WrongStatus."""
    _read_again(entry, by, [Status.PAUSED])
    _write(entry, status=Status.WAITING)
    record(entry=entry, kind=Kind.RESUMED, by=by, now=now)
    offer_to(entry=entry, now=now)
    return entry


@transaction.atomic
def let_go_first(*, entry: WaitingEntry, by: User, now: datetime) -> WaitingEntry:
    """Put them before all who wait now, from the next offer on. Raises NotAllowed, WrongStatus."""
    if not is_at_desk(by):
        raise NotAllowed
    _read_again(entry, by, ON_THE_LIST)
    others = WaitingEntry.objects.filter(status__in=ON_THE_LIST).exclude(pk=entry.pk)
    highest = others.aggregate(highest=Max("priority"))["highest"]
    if highest is not None and highest >= entry.priority:
        _write(entry, priority=highest + 1)
        record(entry=entry, kind=Kind.FIRST, by=by, now=now)
    return entry


# What is checked


def _check_what(entry: WaitingEntry, by: User, now: datetime) -> None:
    """That it can be booked at all; the entry then has it as it is in the book now."""
    if entry.doctor is None:
        if entry.specialty is None or not entry.city:
            raise WishesRefused(_("Choose a doctor, or a specialty and a town."))
        doctors = doctors_of(entry)
        if not doctors:
            raise DoctorNotBookable(_("There are no such doctors. Choose from the list."))
        cities = {place.city for doctor in doctors for place in doctor.places}
        entry.city = next((one for one in cities if one.lower() == entry.city.lower()), entry.city)
        return
    doctor = doctor_to_book(pk=entry.doctor.pk)
    if doctor is None:
        raise DoctorNotBookable
    if entry.visit_type is None:
        raise VisitTypeNotOffered
    entry.doctor = doctor
    entry.visit_type = rules.check_offer(doctor, entry.visit_type, by)
    if not entry.visit_type.is_online:  # the clinic's staff may book it, but it is never offered
        raise VisitTypeNotOffered(
            _("Nobody can wait for this kind of visit, as it is not booked online. Choose another.")
        )
    rules.check_audience(entry.patient, doctor, entry.visit_type, now)


def _check_wishes(entry: WaitingEntry, now: datetime) -> None:
    if not 0 < entry.weekdays <= EVERY_DAY:
        raise WishesRefused(_("Choose at least one day of the week."), "weekdays")
    if entry.from_time and entry.to_time and entry.to_time <= entry.from_time:
        raise WishesRefused(
            _("The hours end before they begin. Choose a later end."), about="to_time"
        )
    # Not all places have the same date now; none is more than a day from that of UTC.
    if entry.last_day < (now - DAY).date():
        wrong = _("The last day has passed. Choose a later day.")
    elif entry.last_day < entry.first_day:
        wrong = _("The last day is before the first. Choose a later last day.")
    elif entry.last_day > (now + LONGEST_WAIT).date():
        wrong = _("The last day is more than a year ahead. Choose an earlier day.")
    else:
        return
    raise WishesRefused(wrong, about="last_day")


def _check_instead_of(visit: Appointment, patient: Patient, now: datetime) -> None:
    if visit.patient_id != patient.pk:
        raise NotYourPatient(_("This appointment is for somebody else."))
    rules.check_status(visit, [Appointment.Status.PENDING, Appointment.Status.CONFIRMED])
    if visit.start <= now:
        raise AlreadyPast


def _refuse_twin(entry: WaitingEntry) -> None:
    twin = WaitingEntry.objects.filter(
        patient=entry.patient,
        doctor=entry.doctor,
        visit_type=entry.visit_type,
        specialty=entry.specialty,
        city=entry.city,
        status__in=ON_THE_LIST,
    ).first()
    if twin is not None:
        raise AlreadyWaiting(twin)


# What is written


def _insert(entry: WaitingEntry) -> None:
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        _refuse_twin(entry)  # somebody was quicker
        raise


def _may_change(entry: WaitingEntry, by: User | Holder) -> bool:
    if isinstance(by, Holder):
        return by.visit_id is None and rules.is_told(by, entry.patient)
    return is_at_desk(by) or may_act_for(by, entry.patient)


def _read_again(entry: WaitingEntry, by: User | Holder, allowed: list[Any]) -> None:
    """Lock it, and see whether `by` may change it as it stands now."""
    if not _may_change(entry, by):
        raise NotYourPatient(_("This place on the waiting list is not yours to change."))
    lock_doctors_of(entry=entry)
    locked = WaitingEntry.objects.select_for_update(no_key=True, of=("self",))
    entry.refresh_from_db(from_queryset=locked)
    if entry.status not in allowed:
        raise WrongStatus(
            _("This cannot be done: the place on the waiting list is “%(status)s”.")
            % {"status": entry.get_status_display()}
        )


def _write(entry: WaitingEntry, **changes: object) -> None:
    for name, value in changes.items():
        setattr(entry, name, value)
    entry.save(update_fields=list(changes))
