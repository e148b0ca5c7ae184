"""The calls about logins, and the two kinds of call there are: open ones and private ones."""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.answers import BODY_PROBLEMS, answer_example, problems, request_example
from accounts.api.serializers import PatientSerializer, RefreshSerializer, TokensSerializer
from accounts.api.shape import read
from accounts.models import Patient, User

LOGINS = [gettext_noop("Logins")]
TOKENS = {
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJzZXNzaW9uIjoi.M2Y0",
    "refresh": "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiI0.ZTQx",
}


class PrivateCall(GenericAPIView):
    """A call for who has logged in. No answer of the API is kept by a cache on its way."""

    pagination_class: Any = None

    @property
    def default_response_headers(self) -> dict[str, str]:
        return super().default_response_headers | {"Cache-Control": "no-store"}

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=204)  # with `Allow`, as every answer

    @property
    def person(self) -> User:
        """Who has logged in."""
        return cast(User, self.request.user)


class OpenCall(PrivateCall):
    """A call for everyone. It looks at no token, so that a stale one does no harm."""

    authentication_classes = ()
    permission_classes = ()


class RefreshView(OpenCall):
    @extend_schema(
        operation_id="refresh",
        tags=LOGINS,
        summary=_("Get a new pair of tokens"),
        description=_(
            "Each refresh token is good once. Using one again ends the whole login, for it must "
            "have been stolen."
        ),
        request=RefreshSerializer,
        responses={200: TokensSerializer, **problems(*BODY_PROBLEMS, 401)},
        examples=[request_example({"refresh": TOKENS["refresh"]}), answer_example(TOKENS)],
    )
    def post(self, request: Request) -> Response:
        refresh = read(RefreshSerializer, request.data)["refresh"]
        pair = services.rotate_refresh_token(token=refresh, now=timezone.now())
        return Response({"token": pair.access, "refresh": pair.refresh})


class LogoutView(OpenCall):
    @extend_schema(
        operation_id="logout",
        tags=LOGINS,
        summary=_("Log out"),
        description=_("Ends all tokens of the person, of both kinds, at once."),
        request=RefreshSerializer,
        responses={
            204: OpenApiResponse(description=_("Logged out.")),
            **problems(*BODY_PROBLEMS, 401),
        },
        examples=[request_example({"refresh": TOKENS["refresh"]})],
    )
    def post(self, request: Request) -> Response:
        refresh = read(RefreshSerializer, request.data)["refresh"]
        services.log_out_everywhere(refresh=refresh, now=timezone.now())
        return Response(status=204)


class PatientsView(PrivateCall):
    @extend_schema(
        operation_id="patients",
        tags=[gettext_noop("Appointments")],
        summary=_("List whom you may book for"),
        description=_("Yourself first."),
        responses={200: PatientSerializer(many=True), **problems(401)},
        examples=[answer_example({"id": 12, "name": "Asha Rao", "relation": "self"})],
    )
    def get(self, request: Request) -> Response:
        patients = Patient.objects.accessible_to(self.person)
        return Response(PatientSerializer(patients, many=True).data)
