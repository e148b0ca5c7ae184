"""The calls about any doctor of a specialty in a town."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import answer_example, problems
from accounts.api.shape import read_query
from accounts.api.views import OpenCall
from appointments import selectors, services
from appointments.api.lookups import today_at
from appointments.api.serializers import AnySlotFilters, SlotSerializer
from appointments.exceptions import SlotUnavailable
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import Offer
from doctors.availability import Slot
from doctors.models import Doctor
from doctors.selectors import find_doctors
from doctors.wall_clock import written


class AnySlotsView(OpenCall):
    @extend_schema(
        operation_id="any_slots",
        tags=[gettext_noop("Doctors")],
        summary=gettext_lazy("List the free times of any doctor"),
        description=gettext_lazy(
            "Of all doctors of a specialty in a town together, each time once. To book one, send "
            "`specialty` and `place` instead of `doctor_id`: the doctor who is free then and has "
            "the fewest visits on that day gets it."
        ),
        parameters=[AnySlotFilters],
        responses={200: SlotSerializer(many=True), **problems(400, 404)},
        examples=[answer_example({"start": "2026-11-25T04:00:00Z", "end": "2026-11-25T04:30:00Z"})],
    )
    def get(self, request: Request) -> Response:
        filters = read_query(AnySlotFilters, request)
        doctors, city = such_doctors(filters)
        now = timezone.now()
        first = filters.get("first_day") or today_at(doctors[0], now)
        offers = any_free(doctors, city, first, filters["days"], now)
        return Response(written_out(some[0].slot for some in offers.values()))


def such_doctors(asked: dict[str, Any]) -> tuple[list[Doctor], str]:
    """The doctors of a specialty in a town, and the town as the clinic writes it."""
    specialty, place = asked["specialty"], asked["place"]
    doctors = list(find_doctors(specialty=specialty, place=place).with_schedule())
    for doctor in doctors:
        for location in doctor.places:
            if location.city.lower() == place.lower():
                return doctors, location.city
    raise NotFound(_("There are no such doctors. Choose from the list of doctors."))


def book(sent: dict[str, Any], *, now: datetime, **details: Any) -> Appointment:
    """With any of them, at a time or on a day."""
    doctors, city = such_doctors(sent)
    when: date = sent["date"]
    if not isinstance(when, datetime):
        starts = any_free(doctors, city, when, 1, now)
        if not starts:
            raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
        when = next(iter(starts))
    return services.book_any(doctors=doctors, city=city, start=when, now=now, **details)


def any_free(
    doctors: list[Doctor], city: str, first: date, days: int, now: datetime
) -> dict[datetime, list[Offer]]:
    return selectors.any_free(
        doctors,
        city,
        first_day=first,
        last_day=first + timedelta(days=days - 1),
        policy=BookingPolicy.current(),
        now=now,
    )


def written_out(slots: Iterable[Slot]) -> list[dict[str, str]]:
    """As SlotSerializer has it, without its field by field: there may be a thousand."""
    return [{"start": written(slot.start), "end": written(slot.end)} for slot in slots]
