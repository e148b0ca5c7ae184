"""What a doctor offers, and what all calls about schedules have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.api.answers import BODY_PROBLEMS, answer_example, problems, request_example
from accounts.api.views import PrivateCall
from doctors import services
from doctors.api.schedule.serializers import (
    NewVisitTypeSerializer,
    OfferedSerializer,
    SettingsSerializer,
    read_whole,
)
from doctors.models import Doctor, VisitType
from doctors.permissions import doctors_scheduled_by, may_change

SCHEDULES = [gettext_noop("Schedules")]
DOCTOR_ID = OpenApiParameter(
    "id", int, OpenApiParameter.PATH, description=gettext_lazy("The id of a doctor.")
)
VISIT_TYPE_ID = OpenApiParameter(
    "visit_type",
    int,
    OpenApiParameter.PATH,
    description=gettext_lazy("The id of one of the doctor's visit types."),
)
SETTINGS = {
    "step_minutes": 15,
    "max_visits_per_day": None,
    "confirms_bookings": "automatic",
}
A_NEW_KIND = {"name": "Check-up", "duration_minutes": 20, "audience": "known"}
A_KIND = {
    "id": 2,
    "name": "Check-up",
    "duration_minutes": 20,
    "buffer_minutes": 0,
    "notice_minutes": None,
    "horizon_days": None,
    "audience": "known",
    "is_online": True,
    "is_active": True,
}


@contextmanager
def refusals_told() -> Iterator[None]:
    """What the services refuse, as the API's ValidationError."""
    try:
        yield
    except ValidationError as error:
        texts = dict(error.message_dict)
        if NON_FIELD_ERRORS in texts:
            texts[api_settings.NON_FIELD_ERRORS_KEY] = texts.pop(NON_FIELD_ERRORS)
        raise serializers.ValidationError(texts) from error


class ScheduleCall(PrivateCall):
    """A call about one doctor, for that doctor and for staff; nobody else sees that it is there."""

    def doctor(self, id: int) -> Doctor:
        doctor = doctors_scheduled_by(self.person).filter(pk=id).first()
        if doctor is None:
            raise NotFound(_("There is no such doctor whose schedule you may see."))
        return doctor

    def doctor_to_change(self, id: int, *permissions: str) -> Doctor:
        """With what staff must be permitted; doctors need no more than to be this one."""
        doctor = self.doctor(id)
        if not may_change(self.person, doctor, *permissions):
            raise PermissionDenied
        return doctor


class SettingsView(ScheduleCall):
    @extend_schema(
        operation_id="schedule_settings",
        tags=SCHEDULES,
        summary=gettext_lazy("Look at a doctor's settings"),
        description=gettext_lazy(
            "How the free times are laid out, and how bookings are confirmed."
        ),
        parameters=[DOCTOR_ID],
        responses={200: SettingsSerializer, **problems(401, 404)},
        examples=[answer_example(SETTINGS)],
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(SettingsSerializer(self.doctor(id)).data)

    @extend_schema(
        operation_id="change_schedule_settings",
        tags=SCHEDULES,
        summary=gettext_lazy("Change a doctor's settings"),
        description=gettext_lazy("What is left out stays as it is."),
        parameters=[DOCTOR_ID],
        request=SettingsSerializer,
        responses={200: SettingsSerializer, **problems(*BODY_PROBLEMS, 401, 403, 404)},
        examples=[request_example({"step_minutes": 15}), answer_example(SETTINGS)],
    )
    def patch(self, request: Request, id: int) -> Response:
        doctor = self.doctor_to_change(id, "doctors.change_doctor")
        sent = read_whole(SettingsSerializer, request.data)
        with refusals_told():
            doctor = services.set_schedule_settings(doctor=doctor, **sent)
        return Response(SettingsSerializer(doctor).data)


class VisitTypesView(ScheduleCall):
    @extend_schema(
        operation_id="visit_types",
        tags=SCHEDULES,
        summary=gettext_lazy("List a doctor's visit types"),
        description=gettext_lazy("Those that are no longer offered too."),
        parameters=[DOCTOR_ID],
        responses={200: OfferedSerializer(many=True), **problems(401, 404)},
        examples=[answer_example(A_KIND)],
    )
    def get(self, request: Request, id: int) -> Response:
        kinds = self.doctor(id).visit_types.order_by("pk")
        return Response(OfferedSerializer(kinds, many=True).data)

    @extend_schema(
        operation_id="add_visit_type",
        tags=SCHEDULES,
        summary=gettext_lazy("Add a visit type"),
        description=gettext_lazy("What is left out is as usual: offered to everyone, online."),
        parameters=[DOCTOR_ID],
        request=NewVisitTypeSerializer,
        responses={201: OfferedSerializer, **problems(*BODY_PROBLEMS, 401, 403, 404)},
        examples=[request_example(A_NEW_KIND), answer_example(A_KIND, 201)],
    )
    def post(self, request: Request, id: int) -> Response:
        doctor = self.doctor_to_change(id, "doctors.add_visittype")
        sent = read_whole(NewVisitTypeSerializer, request.data)
        with refusals_told():
            kind = services.add_visit_type(doctor=doctor, **sent)
        return Response(OfferedSerializer(kind).data, status=201)


class VisitTypeView(ScheduleCall):
    @extend_schema(
        operation_id="change_visit_type",
        tags=SCHEDULES,
        summary=gettext_lazy("Change a visit type"),
        description=gettext_lazy(
            "What is left out stays as it is. Booked visits keep their length. One that is no "
            "longer offered gets `is_active: false`; none is deleted."
        ),
        parameters=[DOCTOR_ID, VISIT_TYPE_ID],
        request=NewVisitTypeSerializer(partial=True),
        responses={200: OfferedSerializer, **problems(*BODY_PROBLEMS, 401, 403, 404)},
        examples=[request_example({"is_active": False}), answer_example(A_KIND)],
    )
    def patch(self, request: Request, id: int, visit_type: int) -> Response:
        doctor = self.doctor_to_change(id, "doctors.change_visittype")
        kind = one_of(doctor.visit_types.select_related("doctor"), visit_type)
        sent = read_whole(NewVisitTypeSerializer, request.data, partial=True)
        with refusals_told():
            kind = services.change_visit_type(visit_type=kind, **sent)
        return Response(OfferedSerializer(kind).data)


def one_of(kinds: Any, id: int) -> VisitType:
    kind: VisitType | None = kinds.filter(pk=id).first()
    if kind is None:
        raise NotFound(_("This doctor has no such visit type."))
    return kind
