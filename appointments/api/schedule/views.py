"""The calls about a doctor's hours and time off."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
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
from appointments.api.schedule.serializers import TimeOffAddedSerializer, WeekSetSerializer
from appointments.outside_hours.selectors import stray_visits
from doctors import services
from doctors.api.schedule.serializers import (
    HoursSerializer,
    NewTimeOffSerializer,
    TimeOffSerializer,
    WeekSerializer,
    read_whole,
)
from doctors.api.schedule.views import DOCTOR_ID, SCHEDULES, ScheduleCall, refusals_told
from doctors.models import Doctor, Location, WorkingHours

TIME_OFF_ID = OpenApiParameter(
    "time_off", int, OpenApiParameter.PATH, description=gettext_lazy("The id of the time off.")
)
A_VISIT = {
    "id": "0b6469f4-7f80-4c58-9a37-5cc4c98ad9dd",
    "start": "2026-11-25T04:00:00Z",
    "end": "2026-11-25T04:30:00Z",
}
MONDAYS = {
    "weekday": 0,
    "opens": "09:00",
    "closes": "13:00",
    "closes_next_day": False,
    "location": 1,
    "every_weeks": 1,
    "valid_from": None,
    "valid_until": None,
}
A_SATURDAY = MONDAYS | {"weekday": 5, "valid_from": "2026-11-28", "valid_until": "2026-11-28"}
AN_ABSENCE = {
    "start": "2026-11-24T18:30:00Z",
    "end": "2026-11-25T18:30:00Z",
    "reason": "Conference",
}
CHANGING_HOURS = tuple(f"doctors.{verb}_workinghours" for verb in ("add", "change", "delete"))


class HoursView(ScheduleCall):
    @extend_schema(
        operation_id="hours",
        tags=SCHEDULES,
        summary=gettext_lazy("List a doctor's working hours"),
        description=gettext_lazy(
            "On the wall clock of their places. Those whose first and last day are the same are "
            "extra hours on that date."
        ),
        parameters=[DOCTOR_ID],
        responses={200: HoursSerializer(many=True), **problems(401, 404)},
        examples=[answer_example(MONDAYS)],
    )
    def get(self, request: Request, id: int) -> Response:
        return Response(HoursSerializer(hours_of(self.doctor(id)), many=True).data)

    @extend_schema(
        operation_id="set_hours",
        tags=SCHEDULES,
        summary=gettext_lazy("Replace a doctor's working hours"),
        description=gettext_lazy(
            "By those sent, all of them or none. Booked visits stay where they are; the answer "
            "names those that do not fit."
        ),
        parameters=[DOCTOR_ID],
        request=WeekSerializer,
        responses={200: WeekSetSerializer, **problems(*BODY_PROBLEMS, 401, 403, 404)},
        examples=[
            request_example({"hours": [MONDAYS, A_SATURDAY]}),
            answer_example(
                {
                    "hours": [MONDAYS, A_SATURDAY],
                    "visits_to_move": [A_VISIT | {"why": "outside_hours"}],
                }
            ),
        ],
    )
    def put(self, request: Request, id: int) -> Response:
        doctor = self.doctor_to_change(id, *CHANGING_HOURS)
        rows = with_places(read_whole(WeekSerializer, request.data)["hours"])
        with refusals_told():
            services.set_working_hours(doctor=doctor, hours=rows)
        strays = stray_visits([doctor], now=timezone.now())
        answer = {"hours": hours_of(doctor), "visits_to_move": strays}
        return Response(WeekSetSerializer(answer).data)


class TimeOffView(ScheduleCall):
    pagination_class: Any = api_settings.DEFAULT_PAGINATION_CLASS

    @extend_schema(
        operation_id="time_off",
        tags=SCHEDULES,
        summary=gettext_lazy("List a doctor's time off"),
        description=gettext_lazy("Their own, past and to come; not the days their place closes."),
        parameters=[DOCTOR_ID, *PAGING],
        responses={200: TimeOffSerializer(many=True), **problems(400, 401, 404)},
        examples=[answer_example({"id": 3, **AN_ABSENCE})],
    )
    def get(self, request: Request, id: int) -> Response:
        page = self.paginate_queryset(self.doctor(id).time_off.order_by("start", "pk"))
        return self.get_paginated_response(TimeOffSerializer(page, many=True).data)

    @extend_schema(
        operation_id="add_time_off",
        tags=SCHEDULES,
        summary=gettext_lazy("Add time off"),
        description=gettext_lazy(
            "A part of a day or several days. Booked visits stay where they are; the answer names "
            "those that do not fit."
        ),
        parameters=[DOCTOR_ID],
        request=NewTimeOffSerializer,
        responses={201: TimeOffAddedSerializer, **problems(*BODY_PROBLEMS, 401, 403, 404)},
        examples=[
            request_example(AN_ABSENCE),
            answer_example(
                {"id": 3, **AN_ABSENCE, "visits_to_move": [A_VISIT | {"why": "time_off"}]}, 201
            ),
        ],
    )
    def post(self, request: Request, id: int) -> Response:
        doctor = self.doctor_to_change(id, "doctors.add_timeoff")
        sent = read_whole(NewTimeOffSerializer, request.data)
        now = timezone.now()
        with refusals_told():
            off = services.add_time_off(doctor=doctor, now=now, **sent)
        off.visits_to_move = stray_visits([doctor], now=now)  # type: ignore[attr-defined]
        return Response(TimeOffAddedSerializer(off).data, status=201)


class OneTimeOffView(ScheduleCall):
    @extend_schema(
        operation_id="remove_time_off",
        tags=SCHEDULES,
        summary=gettext_lazy("Take time off back"),
        description=gettext_lazy("The times are on offer again."),
        parameters=[DOCTOR_ID, TIME_OFF_ID],
        request=None,
        responses={
            204: OpenApiResponse(description=gettext_lazy("Taken back.")),
            **problems(401, 403, 404),
        },
    )
    def delete(self, request: Request, id: int, time_off: int) -> Response:
        return self.take_back(self.doctor_to_change(id, "doctors.delete_timeoff"), time_off)

    def take_back(self, doctor: Doctor, time_off: int) -> Response:
        off = doctor.time_off.filter(pk=time_off).select_related("doctor").first()
        if off is None:
            raise NotFound(_("This doctor has no such time off."))
        services.remove_time_off(time_off=off)
        return Response(status=204)


def hours_of(doctor: Doctor) -> QuerySet[WorkingHours]:
    return doctor.working_hours.order_by("weekday", "opens", "pk")


def with_places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their places; raises ValidationError for those that there are not."""
    places = Location.objects.in_bulk({row["location_id"] for row in rows})
    wrong = {
        f"hours.{number}.location": [_("Choose one of the clinic's places by its id.")]
        for number, row in enumerate(rows)
        if row["location_id"] not in places
    }
    if wrong:
        raise serializers.ValidationError(wrong)
    return [
        {name: value for name, value in row.items() if name != "location_id"}
        | {"location": places[row["location_id"]]}
        for row in rows
    ]
