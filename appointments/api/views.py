"""The calls about free times and appointments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.api.answers import (
    BODY_PROBLEMS,
    PAGING,
    answer_example,
    problems,
    request_example,
)
from accounts.api.shape import read, read_query, show
from accounts.api.views import OpenCall, PrivateCall
from appointments import selectors, services
from appointments.api import any_doctor
from appointments.api.any_doctor import written_out
from appointments.api.idempotency import KEY_PARAMETERS, KEY_PROBLEMS, once_per_key
from appointments.api.lookups import (
    bookable_doctor,
    narrow,
    patient_for,
    today_at,
    visible_appointment,
    visible_to,
    visit_type_of,
)
from appointments.api.serializers import (
    AppointmentFilters,
    AppointmentSerializer,
    BookedSerializer,
    BookSerializer,
    CancelSerializer,
    DoctorFilters,
    DoctorSerializer,
    OverruleSerializer,
    SlotFilters,
    SlotSerializer,
)
from appointments.exceptions import SlotUnavailable, VisitTypeNotOffered
from appointments.models import Appointment, BookingPolicy
from appointments.next_free.selectors import NextFreeTimes, wanted_times
from doctors.models import Doctor
from doctors.selectors import find_doctors, learn_places
from doctors.wall_clock import day_and_clock

DOCTORS = [gettext_noop("Doctors")]
APPOINTMENTS = [gettext_noop("Appointments")]
DOCTOR_ID = OpenApiParameter(
    "id", int, OpenApiParameter.PATH, description=gettext_lazy("The id of a doctor.")
)
APPOINTMENT_ID = OpenApiParameter(
    "id", UUID, OpenApiParameter.PATH, description=gettext_lazy("The id of an appointment.")
)
A_SLOT = {"start": "2026-11-25T04:00:00Z", "end": "2026-11-25T04:30:00Z"}
A_DOCTOR = {
    "id": 1,
    "name": "Dr. Smith",
    "specialty": "Cardiologist",
    "location": "Hyderabad",
    "time_zone": "Asia/Kolkata",
    "languages": ["English", "Telugu"],
    "visit_types": [{"id": 1, "name": "Consultation", "minutes": 30}],
    "slug": "dr-smith",
    "url": f"{settings.SITE_URL}/doctors/dr-smith/",
    "next_free": A_SLOT["start"],
}
AN_APPOINTMENT = {
    "id": "0b6469f4-7f80-4c58-9a37-5cc4c98ad9dd",
    "doctor_id": 1,
    "doctor_name": "Dr. Smith",
    "specialty": "Cardiologist",
    "location": "Hyderabad",
    "place": "City Heart Clinic",
    "time_zone": "Asia/Kolkata",
    "date": "2026-11-25",
    **A_SLOT,
    "status": "confirmed",
    "patient": 12,
    "patient_name": "Asha Rao",
    "visit_type": {"id": 1, "name": "Consultation", "minutes": 30},
    "reason": "",
    "answer_by": None,
}


class DoctorsView(OpenCall):
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS

    @extend_schema(
        operation_id="doctors",
        tags=DOCTORS,
        summary=gettext_lazy("Find doctors"),
        description=gettext_lazy("Those who can be booked, by name or by next free time."),
        parameters=[DoctorFilters, *PAGING],
        responses={200: DoctorSerializer(many=True), **problems(400, 404)},
        examples=[answer_example(A_DOCTOR)],
    )
    def get(self, request: Request) -> Response:
        filters = read_query(DoctorFilters, request)
        now = timezone.now()
        asked = {name: filters.pop(name, None) for name in ("days", "time", "free_by", "sort")}
        times = NextFreeTimes(wanted_times(asked, now), now=now)
        found = find_doctors(**filters).prefetch_related("visit_types")
        doctors: Any = times.choose(found, soonest_first=asked["sort"] == "soonest")
        page = self.paginate_queryset(doctors) or []
        learn_places(page)
        nearest = times.of([doctor.pk for doctor in page], count=1)
        rows = DoctorSerializer(page, many=True, context={"nearest": nearest})
        return self.get_paginated_response(rows.data)


class SlotsView(OpenCall):
    @extend_schema(
        operation_id="slots",
        tags=DOCTORS,
        summary=gettext_lazy("List a doctor's free times"),
        description=gettext_lazy(
            "On some days, as the calendar at the doctor's place counts them."
        ),
        parameters=[DOCTOR_ID, SlotFilters],
        responses={200: SlotSerializer(many=True), **problems(400, 404)},
        examples=[answer_example(A_SLOT)],
    )
    def get(self, request: Request, id: int) -> Response:
        doctor = bookable_doctor(id)
        filters = read_query(SlotFilters, request)
        visit_type = visit_type_of(doctor, filters.get("visit_type"))
        now = timezone.now()
        first_day = filters.get("first_day") or today_at(doctor, now)
        times = selectors.FreeTimes(
            [doctor],
            first_day=first_day,
            last_day=first_day + timedelta(days=filters["days"] - 1),
            policy=BookingPolicy.current(),
            now=now,
        )
        slots = times.of(doctor, visit_type) if visit_type else ()
        return Response(written_out(slots))


class BookView(PrivateCall):
    @extend_schema(
        operation_id="book",
        tags=APPOINTMENTS,
        summary=gettext_lazy("Book an appointment"),
        description=gettext_lazy(
            "At the start of a free time; or on a day, then at its first free time. Sending the "
            "same again books nothing more: the answer is 409 with the `id` of what is booked, or "
            "with an `Idempotency-Key` the first answer once more. Where the clinic asks about a "
            "second visit in the same specialty, the answer is 409 `similar-visit` with the "
            "`appointment` that there is: send `keep_both` or `replace` then."
        ),
        parameters=KEY_PARAMETERS,
        request=BookSerializer,
        responses={
            201: BookedSerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[
            request_example({"doctor_id": 1, "date": A_SLOT["start"]}),
            answer_example(
                {
                    "message": "Appointment booked with Dr. Smith on "
                    "Wednesday 25 November 2026, 9:30am.",
                    "id": AN_APPOINTMENT["id"],
                    **A_SLOT,
                    "status": "confirmed",
                },
                201,
            ),
        ],
    )
    @once_per_key
    def post(self, request: Request) -> Response:
        sent = read(BookSerializer, request.data)
        replaced = sent.get("replace")
        book = book_one if "doctor_id" in sent else any_doctor.book
        appointment = book(
            sent,
            patient=patient_for(self.person, sent.get("patient")),
            by=self.person,
            now=timezone.now(),
            reason=sent.get("reason", ""),
            keep_both=sent.get("keep_both") or False,
            replace=visible_appointment(self.person, replaced) if replaced else None,
        )
        appointment.message = what_was_booked(appointment)  # type: ignore[attr-defined]
        return Response(show(BookedSerializer, appointment), status=201)


class AppointmentsView(PrivateCall):
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS

    @extend_schema(
        operation_id="appointments",
        tags=APPOINTMENTS,
        summary=gettext_lazy("List appointments"),
        description=gettext_lazy(
            "Those of the people you may book for; a doctor's own; for staff, all. By time, the "
            "earliest first."
        ),
        parameters=[AppointmentFilters, *PAGING],
        responses={200: AppointmentSerializer(many=True), **problems(400, 401, 404)},
        examples=[answer_example(AN_APPOINTMENT)],
    )
    def get(self, request: Request) -> Response:
        visits = narrow(visible_to(self.person), **read_query(AppointmentFilters, request))
        page = self.paginate_queryset(visits)
        rows = [show(AppointmentSerializer, visit) for visit in page or ()]
        return self.get_paginated_response(rows)


class AppointmentView(PrivateCall):
    @extend_schema(
        operation_id="appointment",
        tags=APPOINTMENTS,
        summary=gettext_lazy("Look at an appointment"),
        description=gettext_lazy("One that you would find in the list."),
        parameters=[APPOINTMENT_ID],
        responses={200: AppointmentSerializer, **problems(401, 404)},
        examples=[answer_example(AN_APPOINTMENT)],
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(show(AppointmentSerializer, visible_appointment(self.person, id)))


class CancelView(PrivateCall):
    @extend_schema(
        operation_id="cancel",
        tags=APPOINTMENTS,
        summary=gettext_lazy("Cancel an appointment"),
        description=gettext_lazy("Patients may until some time before; the clinic says how long."),
        parameters=[APPOINTMENT_ID, *KEY_PARAMETERS],
        request=CancelSerializer,
        responses={
            200: AppointmentSerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[
            request_example({}),
            answer_example(AN_APPOINTMENT | {"status": "cancelled"}),
        ],
    )
    @once_per_key
    def post(self, request: Request, id: UUID) -> Response:
        sent = read(CancelSerializer, request.data)
        appointment = services.cancel(
            appointment=visible_appointment(self.person, id),
            by=self.person,
            now=timezone.now(),
            reason=sent.get("reason", ""),
        )
        return Response(show(AppointmentSerializer, appointment))


class RescheduleView(PrivateCall):
    @extend_schema(
        operation_id="reschedule",
        tags=APPOINTMENTS,
        summary=gettext_lazy("Move an appointment"),
        description=gettext_lazy(
            "To another free time of this doctor. If that is refused, the old one stands."
        ),
        parameters=[APPOINTMENT_ID, *KEY_PARAMETERS],
        request=OverruleSerializer,
        responses={
            200: AppointmentSerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[
            request_example({"date": A_SLOT["start"]}),
            answer_example(AN_APPOINTMENT),
        ],
    )
    @once_per_key
    def post(self, request: Request, id: UUID) -> Response:
        sent = read(OverruleSerializer, request.data)
        when = sent["date"]
        appointment = visible_appointment(self.person, id)
        now = timezone.now()
        services.reschedule(
            appointment=appointment,
            start=when if isinstance(when, datetime) else first_start_on(when, appointment, now),
            by=self.person,
            now=now,
            overrule=sent.get("overrule", False),
        )
        return Response(show(AppointmentSerializer, appointment))


def book_one(sent: dict[str, Any], **details: Any) -> Appointment:
    """With one doctor, at a time or on a day."""
    doctor = bookable_doctor(sent["doctor_id"])
    visit_type = visit_type_of(doctor, sent.get("visit_type"))
    if visit_type is None:
        raise VisitTypeNotOffered
    details |= {"doctor": doctor, "visit_type": visit_type}
    when = sent["date"]
    if isinstance(when, datetime):
        return services.book(start=when, overrule=sent.get("overrule", False), **details)
    return services.book_first_free(day=when, **details)


def what_was_booked(appointment: Appointment) -> str:
    words = {
        "doctor": appointment.doctor.name,
        "when": day_and_clock(appointment.start, appointment.location.zone),
    }
    if appointment.status == Appointment.Status.PENDING:
        return _("Request sent to %(doctor)s for %(when)s. The clinic will answer it.") % words
    return _("Appointment booked with %(doctor)s on %(when)s.") % words


def first_start_on(day: date, appointment: Appointment, now: datetime) -> datetime:
    """The start of the first time of `day` that is free but for the appointment itself."""
    doctor = Doctor.objects.with_card().get(pk=appointment.doctor_id)
    times = selectors.FreeTimes(
        [doctor],
        first_day=day,
        last_day=day,
        policy=BookingPolicy.current(),
        now=now,
        ignoring=appointment,
    )
    slot = next(times.of(doctor, appointment.visit_type), None)
    if slot is None:
        raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
    return slot.start
