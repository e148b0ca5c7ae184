"""The calls that belong to no app: the list of calls, their description, and what is not there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import OpenCall
from docspot.api import docs, problems
from docspot.api import schema as schema  # tells the description how one logs in

LINKS = {
    "root": "/api/",
    "register": "/api/register",
    "login": "/api/login",
    "refresh": "/api/token/refresh",
    "logout": "/api/logout",
    "doctors": "/api/doctors",
    "slots": "/api/doctors/{id}/slots",
    "any_slots": "/api/slots",
    "book": "/api/book",
    "appointments": "/api/appointments",
    "appointment": "/api/appointments/{id}",
    "cancel": "/api/appointments/{id}/cancel",
    "reschedule": "/api/appointments/{id}/reschedule",
    "patients": "/api/patients",
    "waiting": "/api/waiting",
    "waiting_entry": "/api/waiting/{id}",
    "waiting_accept": "/api/waiting/{id}/accept",
    "waiting_decline": "/api/waiting/{id}/decline",
    "hours": "/api/doctors/{id}/hours",
    "time_off": "/api/doctors/{id}/time-off",
    "one_time_off": "/api/doctors/{id}/time-off/{time_off}",
    "visit_types": "/api/doctors/{id}/visit-types",
    "visit_type": "/api/doctors/{id}/visit-types/{visit_type}",
    "schedule_settings": "/api/doctors/{id}/schedule-settings",
    "practice_appointments": "/api/practice/appointments",
    "practice_appointment": "/api/practice/appointments/{id}",
    "approve": "/api/practice/appointments/{id}/approve",
    "decline": "/api/practice/appointments/{id}/decline",
    "check_in": "/api/practice/appointments/{id}/check-in",
    "complete": "/api/practice/appointments/{id}/complete",
    "no_show": "/api/practice/appointments/{id}/no-show",
    "practice_hours": "/api/practice/hours",
    "practice_time_off": "/api/practice/time-off",
    "practice_one_time_off": "/api/practice/time-off/{time_off}",
    "schema": "/api/schema/",
    "docs": "/api/docs/",
}


class RootView(OpenCall):
    @extend_schema(
        operation_id="root",
        tags=[gettext_noop("Start")],
        summary=_("List the calls"),
        description=_("Where each call is, by its name."),
        responses={200: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("answer", LINKS, response_only=True, status_codes=[200])],
    )
    def get(self, request: Request) -> Response:
        return Response(LINKS)


@extend_schema(exclude=True)
class SchemaView(OpenCall):
    """JSON unless YAML is asked for: `Accept: application/yaml`, or ?format=yaml."""

    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer2,
        OpenApiYamlRenderer,
    ]

    def get(self, request: Request) -> Response:
        return Response(SchemaGenerator().get_schema(public=True))


@method_decorator(csrf_exempt, "dispatch")
class DocsView(TemplateView):
    """The description for people to read, made from the one for programs."""

    template_name = "api/docs.html"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        description = SchemaGenerator().get_schema(public=True)
        return super().get_context_data(**kwargs) | {
            "sections": docs.sections(description, order=list(LINKS.values())),
            "kinds": problems.all_kinds(),
        }

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        response = problems.problem_response(405)
        response["Allow"] = "GET, HEAD, OPTIONS"
        return response


@extend_schema(exclude=True)
class NothingHereView(OpenCall):
    """Answers every other address, so that none is met with HTML or a redirect."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
