"""The waiting list in tests: who waits, what they are offered, and what must hold of all of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from accounts.models import User
from appointments.models import HeldTime, WaitingEntry, WaitingOffer
from docspot.tests.cast import NOW, make_location, patient_of
from doctors.models import Doctor, WorkingHours

OPEN = WaitingOffer.Status.OPEN


def wait_for(doctor: Doctor, user: User, /, **fields: Any) -> WaitingEntry:
    """A place on the list, put straight into it; nothing is offered yet."""
    return WaitingEntry.objects.create(
        **{
            "patient": patient_of(user),
            "doctor": doctor,
            "visit_type": doctor.visit_types.first(),
            "first_day": date(2026, 3, 1),
            "last_day": date(2026, 3, 31),
            "joined_at": NOW,
            "joined_by": user,
        }
        | fields
    )


def wait_for_any(doctor: Doctor, user: User, /, **fields: Any) -> WaitingEntry:
    """A place on the list for any doctor of this one's specialty, where this one works."""
    city = doctor.working_hours.all()[0].location.city
    wished = {"doctor": None, "visit_type": None, "specialty": doctor.specialty, "city": city}
    return wait_for(doctor, user, **(wished | fields))


def open_on(doctor: Doctor, day: date, opens: time = time(9), closes: time = time(10)) -> None:
    """Let the doctor work on this day, besides the hours that there are."""
    WorkingHours.objects.create(
        doctor=doctor,
        location=make_location(),
        weekday=day.weekday(),
        opens=opens,
        closes=closes,
        valid_from=day,
        valid_until=day,
    )


def open_offer_of(entry: WaitingEntry) -> WaitingOffer | None:
    return WaitingOffer.objects.filter(entry=entry, status=OPEN).first()


def tell_all(now: datetime = NOW) -> None:
    """The mails of all open offers are at the mail server."""
    WaitingOffer.objects.filter(status=OPEN, told_at=None).update(told_at=now)


def offered(entry: WaitingEntry) -> list[tuple[str, str]]:
    """What it was offered, in order: on which day at which time there, and what came of it."""
    offers = WaitingOffer.objects.filter(entry=entry).select_related("location").order_by("pk")
    return [
        (f"{offer.start.astimezone(offer.location.zone):%d %H:%M}", offer.status)
        for offer in offers
    ]


def check_held_times() -> None:
    """Each held time belongs to one open offer, and each open offer has its held time."""
    held = set(HeldTime.objects.values_list("pk", flat=True))
    open_ones = WaitingOffer.objects.filter(status=OPEN).values_list("held", flat=True)
    assert sorted(open_ones) == sorted(held)
    assert not WaitingOffer.objects.exclude(status=OPEN).exclude(held=None).exists()


def make_offer(entry: WaitingEntry, start: datetime, **fields: Any) -> WaitingOffer:
    """A time that is kept for who waits, for half an hour from NOW."""
    doctor, kind = entry.doctor, entry.visit_type
    assert doctor is not None
    assert kind is not None
    place = doctor.working_hours.select_related("location")[0].location
    what: dict[str, Any] = {"doctor": doctor, "start": start, "location": place}
    told: dict[str, Any] = {"made_at": NOW, "told_at": NOW, "until": NOW + timedelta(minutes=30)}
    if "held" not in fields:
        end = start + kind.duration + kind.buffer
        told["held"] = HeldTime.objects.create(**what, end=end)
    return WaitingOffer.objects.create(
        **what,
        entry=entry,
        visit_type=kind,
        end=start + kind.duration,
        **(told | fields),
    )
