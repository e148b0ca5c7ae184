"""The account pages: allauth's views with DocSpot's forms, and a person's own details."""

from __future__ import annotations

from typing import Any, cast

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification import send_verification_email_for_user
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.generic import FormView, View

from accounts import services
from accounts.exceptions import EmailTaken
from accounts.forms import (
    ChangePasswordForm,
    LoginForm,
    ProfileForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from accounts.models import User
from accounts.selectors import has_confirmed_email, own_patient


class BadFormMixin:
    """A page whose form has errors answers 400: what was sent changed nothing."""

    def form_invalid(self, form: Form) -> HttpResponse:
        response = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 400
        return response


class PrivatePage(LoginRequiredMixin, View):
    """A page about a person: for who is logged in, and kept by no cache, the back button's too."""

    @property
    def person(self) -> User:
        """Who is logged in."""
        return cast(User, self.request.user)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response


class SignupView(BadFormMixin, allauth_views.SignupView):
    form_class = SignupForm

    def form_valid(self, form: SignupForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except EmailTaken as error:  # between the form's check and the insert
            form.add_error("email", str(error))
            return self.form_invalid(form)


class LoginView(BadFormMixin, allauth_views.LoginView):
    form_class = LoginForm

    def form_invalid(self, form: Form) -> HttpResponse:
        response = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = 429
            response["Retry-After"] = "300"
        return response


class PasswordResetView(BadFormMixin, allauth_views.PasswordResetView):
    form_class = ResetPasswordForm


class PasswordResetFromKeyView(BadFormMixin, allauth_views.PasswordResetFromKeyView):
    form_class = ResetPasswordKeyForm

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if context.get("token_fail"):
            response.status_code = 410
        return response


class PasswordChangeView(BadFormMixin, allauth_views.PasswordChangeView):
    form_class = ChangePasswordForm
    success_url = reverse_lazy("account_profile")


class ConfirmEmailView(allauth_views.ConfirmEmailView):
    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        if not context["can_confirm"]:
            response.status_code = 410
        return response


class ProfileView(PrivatePage, BadFormMixin, FormView):
    """A person's own details; for a login without a patient, saving them makes one."""

    template_name = "account/profile.html"
    form_class = ProfileForm
    success_url = reverse_lazy("account_profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "instance": own_patient(self.person),
            "initial": {"language": self.person.language},
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        confirmed = has_confirmed_email(self.person)
        return super().get_context_data(**kwargs) | {"email_confirmed": confirmed}

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        services.save_own_details(user=self.person, **form.cleaned_data)
        messages.success(self.request, _("Your details have been saved."))
        return super().form_valid(form)


class SendConfirmationView(PrivatePage):
    """Send the mail that confirms the e-mail address once more."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if send_verification_email_for_user(request, self.person):
            messages.success(request, _("We have sent you an email. Open the link in it."))
        else:
            messages.info(request, _("We sent you an email a moment ago. Look for it first."))
        return redirect("account_profile")


def too_many_requests(request: HttpRequest) -> TemplateResponse:
    """The page of a limit that was reached (429)."""
    return TemplateResponse(request, "429.html", status=429, headers={"Retry-After": "300"})
