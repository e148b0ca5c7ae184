"""Signing up and logging in: here, because what a person is depends on the doctors."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import doors
from accounts.api.answers import (
    BODY_PROBLEMS,
    MessageSerializer,
    answer_example,
    problems,
    request_example,
)
from accounts.api.serializers import LoginSerializer
from accounts.api.shape import read
from accounts.api.views import LOGINS, TOKENS, OpenCall
from accounts.models import User
from accounts.services import open_api_session
from doctors.api.serializers import LoggedInSerializer, RegisterSerializer, Role
from doctors.joining.services import Application, apply
from doctors.models import Doctor

OF_A_DOCTOR = ("specialty", "location", "licence_number", "languages", "bio")
NEW_PERSON = {
    "email": "asha@example.com",
    "password": "correct horse battery",
    "role": "user",
    "name": "Asha Rao",
}


class RegisterView(OpenCall):
    @extend_schema(
        operation_id="register",
        tags=LOGINS,
        summary=gettext_lazy("Create an account"),
        description=gettext_lazy(
            "With the role “doctor”, also apply to join the clinic: `specialty` and what follows "
            "it belong to that, and the doctor waits for the clinic's approval. No other role can "
            "be asked for."
        ),
        request=RegisterSerializer,
        responses={201: MessageSerializer, **problems(*BODY_PROBLEMS, 429)},
        examples=[
            request_example(NEW_PERSON),
            answer_example({"message": "Your account has been created. You can log in now."}, 201),
        ],
    )
    def post(self, request: Request) -> Response:
        person = read(RegisterSerializer, request.data)
        role = person.pop("role")
        said = {name: person.pop(name) for name in OF_A_DOCTOR if name in person}
        register(request._request, role=role, said=said, **person)
        return Response({"message": welcome(role)}, status=201)


@transaction.atomic
def register(request: HttpRequest, *, role: str, said: dict[str, Any], **person: str) -> None:
    """An account, and for a doctor the application with what they have `said`, or neither."""
    user = doors.sign_up(request, **person)  # type: ignore[arg-type]
    if user is not None and role == Role.DOCTOR:
        application = Application(name=person.get("name") or user.email, **said)
        apply(user=user, application=application, now=timezone.now())


def welcome(role: str) -> str:
    """What to do next; the same whether or not the address had an account."""
    if settings.REQUIRE_VERIFIED_EMAIL:
        return _("We have sent you an email. Open the link in it, then log in.")
    if role == Role.DOCTOR:
        return _(
            "Your account has been created. Patients can book you once the clinic approves you."
        )
    return _("Your account has been created. You can log in now.")


class LoginView(OpenCall):
    @extend_schema(
        operation_id="login",
        tags=LOGINS,
        summary=gettext_lazy("Log in"),
        description=gettext_lazy(
            "Too many wrong passwords for one address, or from one place, and log-in waits: here, "
            "on the pages and in the admin together."
        ),
        request=LoginSerializer,
        responses={200: LoggedInSerializer, **problems(*BODY_PROBLEMS, 401, 403, 429)},
        examples=[
            request_example({key: NEW_PERSON[key] for key in ("email", "password")}),
            answer_example({**TOKENS, "role": "user"}),
        ],
    )
    def post(self, request: Request) -> Response:
        user = doors.log_in(request._request, **read(LoginSerializer, request.data))
        pair = open_api_session(user=user, now=timezone.now())
        return Response({"token": pair.access, "refresh": pair.refresh, "role": role_of(user)})


def role_of(user: User) -> Role:
    if Doctor.objects.bookable().filter(user=user).exists():
        return Role.DOCTOR
    return Role.STAFF if user.is_staff else Role.USER
