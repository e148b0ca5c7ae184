"""The calls about the waiting list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
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
from accounts.api.shape import read, show
from accounts.api.views import PrivateCall
from appointments.api.idempotency import KEY_PARAMETERS, KEY_PROBLEMS, once_per_key
from appointments.api.lookups import TOLD, bookable_doctor, patient_for, visit_type_of
from appointments.api.practice.serializers import NothingSerializer
from appointments.api.serializers import AppointmentSerializer
from appointments.api.views import AN_APPOINTMENT
from appointments.api.waiting.serializers import EntrySerializer, JoinSerializer, kept_for
from appointments.exceptions import VisitTypeNotOffered
from appointments.models import Appointment, WaitingEntry
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.line import entries_of, today_of, with_all
from appointments.waiting.services.answers import accept, decline
from appointments.waiting.services.entries import join, leave
from doctors.models import Specialty

WAITING = [gettext_noop("Waiting list")]
ENTRY_ID = OpenApiParameter(
    "id",
    int,
    OpenApiParameter.PATH,
    description=gettext_lazy("The id of a place on the waiting list."),
)
AN_OFFER = {
    "doctor_id": 1,
    "doctor_name": "Dr. Smith",
    "place": "City Heart Clinic",
    "location": "Hyderabad",
    "time_zone": "Asia/Kolkata",
    "start": "2026-11-25T04:00:00Z",
    "end": "2026-11-25T04:30:00Z",
    "until": "2026-11-24T05:30:00Z",
}
AN_ENTRY = {
    "id": 7,
    "status": "waiting",
    "number": 1,
    "patient": 12,
    "patient_name": "Asha Rao",
    "doctor_id": 1,
    "visit_type": {"id": 1, "name": "Consultation", "minutes": 30},
    "specialty": None,
    "place": "",
    "instead_of": AN_APPOINTMENT["id"],
    "weekdays": [0, 1, 2, 3, 4],
    "from_time": None,
    "to_time": "12:00",
    "first_day": "2026-11-24",
    "last_day": "2026-12-24",
    "reason": "",
    "offer": AN_OFFER,
}


class EntryCall(PrivateCall):
    """A call about one place on the list; others' are not there."""

    def entry(self, id: int) -> Any:
        entry = with_all(entries_of(self.person)).filter(pk=id).first()
        if entry is None:
            raise NotFound(_("There is no such place on the waiting list among yours."))
        return entry


class WaitingView(EntryCall):
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS

    @extend_schema(
        operation_id="waiting",
        tags=WAITING,
        summary=gettext_lazy("List who waits"),
        description=gettext_lazy(
            "The people you may book for who are on the waiting list, each with the number in "
            "line and the time that is kept for them, if there is one."
        ),
        parameters=PAGING,
        responses={200: EntrySerializer(many=True), **problems(400, 401, 404)},
        examples=[answer_example(AN_ENTRY)],
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(with_all(entries_of(self.person)))
        return self.get_paginated_response([show(EntrySerializer, entry) for entry in page or ()])

    @extend_schema(
        operation_id="join_waiting",
        tags=WAITING,
        summary=gettext_lazy("Wait for an earlier time"),
        description=gettext_lazy(
            "With a doctor, or with any doctor of a specialty in a town. Who may be offered a time "
            "that becomes free gets an email and has it kept for a while. While a time that suits "
            "is free the answer is 409 `times-free-now`: book it instead."
        ),
        parameters=KEY_PARAMETERS,
        request=JoinSerializer,
        responses={
            201: EntrySerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[
            request_example({"doctor_id": 1, "to_time": "12:00", "last_day": "2026-12-24"}),
            answer_example(AN_ENTRY | {"offer": None}, 201),
        ],
    )
    @once_per_key
    def post(self, request: Request) -> Response:
        sent, now = read(JoinSerializer, request.data), timezone.now()
        wanted = what_is_wanted(sent)
        patient = patient_for(self.person, sent.pop("patient", None))
        visit = sent.pop("instead_of", None)
        first_day = sent.pop("first_day", None) or today_of(WaitingEntry(**wanted), now)
        entry = join(
            patient=patient,
            by=self.person,
            now=now,
            first_day=first_day,
            instead_of=visit_of(patient.pk, visit) if visit else None,
            **wanted,
            **sent,
        )
        return Response(show(EntrySerializer, written(entry)), status=201)


class OneEntryView(EntryCall):
    @extend_schema(
        operation_id="leave_waiting",
        tags=WAITING,
        summary=gettext_lazy("Leave the waiting list"),
        description=gettext_lazy("The number in line is lost; a time that is kept is let go."),
        parameters=[ENTRY_ID],
        responses={
            204: OpenApiResponse(description=gettext_lazy("Left.")),
            **problems(401, 403, 404, 409),
        },
    )
    def delete(self, request: Request, id: int) -> Response:
        leave(entry=self.entry(id), by=self.person, now=timezone.now())
        return Response(status=204)


class AcceptView(EntryCall):
    @extend_schema(
        operation_id="accept_offer",
        tags=WAITING,
        summary=gettext_lazy("Take the time that is kept"),
        description=gettext_lazy("The appointment that it is instead of is given back."),
        parameters=[ENTRY_ID, *KEY_PARAMETERS],
        request=OpenApiTypes.OBJECT,
        responses={
            200: AppointmentSerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[request_example({}), answer_example(AN_APPOINTMENT)],
    )
    @once_per_key
    def post(self, request: Request, id: int) -> Response:
        read(NothingSerializer, request.data)
        entry, now = self.entry(id), timezone.now()
        offer = kept_for(entry, now)
        if offer is None:
            raise OfferOver
        visit = accept(offer=offer, by=self.person, now=now)
        visit = Appointment.objects.select_related(*TOLD).get(pk=visit.pk)
        return Response(show(AppointmentSerializer, visit))


class DeclineView(EntryCall):
    @extend_schema(
        operation_id="decline_offer",
        tags=WAITING,
        summary=gettext_lazy("Let the time that is kept go"),
        description=gettext_lazy("It goes to the next in line; the place on the list stays."),
        parameters=[ENTRY_ID, *KEY_PARAMETERS],
        request=OpenApiTypes.OBJECT,
        responses={
            200: EntrySerializer,
            **problems(*BODY_PROBLEMS, 401, 403, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[request_example({}), answer_example(AN_ENTRY | {"offer": None})],
    )
    @once_per_key
    def post(self, request: Request, id: int) -> Response:
        read(NothingSerializer, request.data)
        entry, now = self.entry(id), timezone.now()
        offer = kept_for(entry, now)
        if offer is None:
            raise OfferOver
        decline(offer=offer, by=self.person, now=now)
        return Response(show(EntrySerializer, written(entry)))


def what_is_wanted(sent: dict[str, Any]) -> dict[str, Any]:
    """A doctor and a kind of visit, or a specialty and a town; taken out of what was sent."""
    doctor_id, kind_id = sent.pop("doctor_id", None), sent.pop("visit_type", None)
    slug, city = sent.pop("specialty", ""), sent.pop("place", "")
    if doctor_id is None:
        specialty = Specialty.objects.filter(slug=slug).first()
        if specialty is None:
            raise NotFound(_("There are no such doctors. Choose from the list of doctors."))
        return {"specialty": specialty, "city": city}
    doctor = bookable_doctor(doctor_id)
    kind = visit_type_of(doctor, kind_id)
    if kind is None:
        raise VisitTypeNotOffered
    return {"doctor": doctor, "visit_type": kind}


def visit_of(patient: int, id: UUID) -> Appointment:
    visits = Appointment.objects.select_related("doctor", "patient", "location")
    visit = visits.filter(pk=id, patient=patient).first()
    if visit is None:
        raise ValidationError({"instead_of": [_("Choose one of the patient's appointments.")]})
    return visit


def written(entry: WaitingEntry) -> WaitingEntry:
    """With all that an answer tells."""
    return with_all(WaitingEntry.objects.filter(pk=entry.pk)).get()
