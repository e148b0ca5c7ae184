"""The hours and the time off of the doctor whom the login belongs to.

The same calls as about any doctor: only whose they are is not in the address.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import (
    BODY_PROBLEMS,
    PAGING,
    answer_example,
    problems,
    request_example,
)
from appointments.api.practice.views.visits import PRACTICE, PracticeCall
from appointments.api.schedule.serializers import TimeOffAddedSerializer, WeekSetSerializer
from appointments.api.schedule.views import (
    A_VISIT,
    AN_ABSENCE,
    MONDAYS,
    TIME_OFF_ID,
    HoursView,
    OneTimeOffView,
    TimeOffView,
)
from doctors.api.schedule.serializers import (
    HoursSerializer,
    NewTimeOffSerializer,
    TimeOffSerializer,
    WeekSerializer,
)
from doctors.models import Doctor

ONESELF = 0  # where the address of the other calls has the id of a doctor


class OwnSchedule(PracticeCall):
    def doctor(self, id: int) -> Doctor:
        return self.own


class OwnHoursView(OwnSchedule, HoursView):
    @extend_schema(
        operation_id="practice_hours",
        tags=PRACTICE,
        summary=gettext_lazy("List your working hours"),
        description=gettext_lazy("On the wall clock of their places."),
        responses={200: HoursSerializer(many=True), **problems(401, 404)},
        examples=[answer_example(MONDAYS)],
    )
    def get(self, request: Request) -> Response:  # type: ignore[override]
        return super().get(request, ONESELF)

    @extend_schema(
        operation_id="set_practice_hours",
        tags=PRACTICE,
        summary=gettext_lazy("Replace your working hours"),
        description=gettext_lazy(
            "By those sent, all of them or none. Booked visits stay where they are; the answer "
            "names those that do not fit."
        ),
        request=WeekSerializer,
        responses={200: WeekSetSerializer, **problems(*BODY_PROBLEMS, 401, 404)},
        examples=[
            request_example({"hours": [MONDAYS]}),
            answer_example(
                {"hours": [MONDAYS], "visits_to_move": [A_VISIT | {"why": "outside_hours"}]}
            ),
        ],
    )
    def put(self, request: Request) -> Response:  # type: ignore[override]
        return super().put(request, ONESELF)


class OwnTimeOffView(OwnSchedule, TimeOffView):
    @extend_schema(
        operation_id="practice_time_off",
        tags=PRACTICE,
        summary=gettext_lazy("List your time off"),
        description=gettext_lazy("Your own, past and to come; not the days your place closes."),
        parameters=PAGING,
        responses={200: TimeOffSerializer(many=True), **problems(400, 401, 404)},
        examples=[answer_example({"id": 3, **AN_ABSENCE})],
    )
    def get(self, request: Request) -> Response:  # type: ignore[override]
        return super().get(request, ONESELF)

    @extend_schema(
        operation_id="add_practice_time_off",
        tags=PRACTICE,
        summary=gettext_lazy("Add time off of yours"),
        description=gettext_lazy(
            "A part of a day or several days. Booked visits stay where they are; the answer names "
            "those that do not fit."
        ),
        request=NewTimeOffSerializer,
        responses={201: TimeOffAddedSerializer, **problems(*BODY_PROBLEMS, 401, 404)},
        examples=[
            request_example(AN_ABSENCE),
            answer_example(
                {"id": 3, **AN_ABSENCE, "visits_to_move": [A_VISIT | {"why": "time_off"}]}, 201
            ),
        ],
    )
    def post(self, request: Request) -> Response:  # type: ignore[override]
        return super().post(request, ONESELF)


class OneOwnTimeOffView(OwnSchedule, OneTimeOffView):
    @extend_schema(
        operation_id="remove_practice_time_off",
        tags=PRACTICE,
        summary=gettext_lazy("Take time off of yours back"),
        description=gettext_lazy("The times are on offer again."),
        parameters=[TIME_OFF_ID],
        request=None,
        responses={
            204: OpenApiResponse(description=gettext_lazy("Taken back.")),
            **problems(401, 404),
        },
    )
    def delete(self, request: Request, time_off: int) -> Response:  # type: ignore[override]
        return self.take_back(self.own, time_off)
