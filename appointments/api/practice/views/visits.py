"""The calls about the visits to the doctor whom the login belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
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
from accounts.api.views import PrivateCall
from appointments import services
from appointments.api.idempotency import KEY_PARAMETERS, KEY_PROBLEMS, once_per_key
from appointments.api.lookups import narrow, visits_to
from appointments.api.practice.serializers import DeclineSerializer, NothingSerializer
from appointments.api.serializers import AppointmentSerializer, VisitFilters
from appointments.api.views import AN_APPOINTMENT, APPOINTMENT_ID
from appointments.models import Appointment
from doctors.models import Doctor

PRACTICE = [gettext_noop("Practice")]
A_REQUEST = AN_APPOINTMENT | {
    "status": "pending",
    "reason": "Chest pain when climbing stairs",
    "answer_by": "2026-11-24T09:15:00Z",
}


class PracticeCall(PrivateCall):
    """A call for the doctor whom the login belongs to, once approved; others find nothing here."""

    @cached_property
    def own(self) -> Doctor:
        doctor = Doctor.objects.bookable().filter(user=self.person).first()
        if doctor is None:
            raise NotFound(_("This is for doctors whom the clinic has approved."))
        return doctor

    def visits(self) -> QuerySet[Appointment]:
        """Those to this doctor; not those that the same person books as a patient."""
        return visits_to(self.own)

    def visit(self, id: UUID) -> Appointment:
        visit = self.visits().filter(pk=id).first()
        if visit is None:
            raise NotFound(_("There is no such appointment with you."))
        return visit


class PracticeAppointmentsView(PracticeCall):
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS

    @extend_schema(
        operation_id="practice_appointments",
        tags=PRACTICE,
        summary=gettext_lazy("List the appointments with you"),
        description=gettext_lazy(
            "Of a doctor, by time, the earliest first; `status=pending` lists the requests that "
            "wait for an answer, each with `answer_by`."
        ),
        parameters=[VisitFilters, *PAGING],
        responses={200: AppointmentSerializer(many=True), **problems(400, 401, 404)},
        examples=[answer_example(A_REQUEST)],
    )
    def get(self, request: Request) -> Response:
        visits = narrow(self.visits(), **read_query(VisitFilters, request))
        page = self.paginate_queryset(visits)
        return self.get_paginated_response(
            [show(AppointmentSerializer, visit) for visit in page or ()]
        )


class PracticeAppointmentView(PracticeCall):
    @extend_schema(
        operation_id="practice_appointment",
        tags=PRACTICE,
        summary=gettext_lazy("Look at an appointment with you"),
        description=gettext_lazy("One that you would find in the list."),
        parameters=[APPOINTMENT_ID],
        responses={200: AppointmentSerializer, **problems(401, 404)},
        examples=[answer_example(A_REQUEST)],
    )
    def get(self, request: Request, id: UUID) -> Response:
        return Response(show(AppointmentSerializer, self.visit(id)))


class VisitAct(PracticeCall):
    """Something that a doctor does with a visit. What stands against it is said by the services."""

    shape: Any = NothingSerializer
    act: Callable[..., Appointment]

    @once_per_key
    def post(self, request: Request, id: UUID) -> Response:
        sent = read(self.shape, request.data)
        visit = type(self).act(
            appointment=self.visit(id), by=self.person, now=timezone.now(), **sent
        )
        return Response(show(AppointmentSerializer, visit))


def described(name: str, summary: Any, description: Any, status: str, **request: Any) -> Any:
    """How one of the acts is described; `status` is what the appointment becomes."""
    return extend_schema(
        operation_id=name,
        tags=PRACTICE,
        summary=summary,
        description=description,
        parameters=[APPOINTMENT_ID, *KEY_PARAMETERS],
        request=request.get("shape", OpenApiTypes.OBJECT),
        responses={
            200: AppointmentSerializer,
            **problems(*BODY_PROBLEMS, 401, 404, 409),
            **KEY_PROBLEMS,
        },
        examples=[
            request_example(request.get("example", {})),
            answer_example(AN_APPOINTMENT | {"status": status}),
        ],
    )


class ApproveView(VisitAct):
    act = staticmethod(services.confirm)

    @described(
        "approve",
        gettext_lazy("Approve a request"),
        gettext_lazy("The patient is told. Refused once the time to answer is over."),
        "confirmed",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return super().post(request, id=id)


class DeclineView(VisitAct):
    act = staticmethod(services.decline)
    shape = DeclineSerializer

    @described(
        "decline",
        gettext_lazy("Decline a request"),
        gettext_lazy("The patient is told, and the time is free again."),
        "declined",
        shape=DeclineSerializer,
        example={"reason": "This needs a longer visit. Book a check-up."},
    )
    def post(self, request: Request, id: UUID) -> Response:
        return super().post(request, id=id)


class CheckInView(VisitAct):
    act = staticmethod(services.check_in)

    @described(
        "check_in",
        gettext_lazy("Note that the patient has arrived"),
        gettext_lazy("On the day of the visit, as the calendar at its place counts."),
        "checked_in",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return super().post(request, id=id)


class CompleteView(VisitAct):
    act = staticmethod(services.complete)

    @described(
        "complete",
        gettext_lazy("Note that the visit has taken place"),
        gettext_lazy("Of a patient who had arrived."),
        "completed",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return super().post(request, id=id)


class NoShowView(VisitAct):
    act = staticmethod(services.mark_no_show)

    @described(
        "no_show",
        gettext_lazy("Note that the patient did not come"),
        gettext_lazy("Once the visit should have begun."),
        "no_show",
    )
    def post(self, request: Request, id: UUID) -> Response:
        return super().post(request, id=id)
