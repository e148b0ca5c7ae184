"""Joining the clinic as a doctor: the form, and the page of one's application until approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.views import BadFormMixin, PrivatePage, SignupView
from doctors.exceptions import AlreadyDoctor, StepNotPossible
from doctors.joining import services
from doctors.joining.forms import ApplicationForm, JoinForm, said_by
from doctors.joining.panels import standing_of, steps_of
from doctors.joining.selectors import own_application
from doctors.models import Doctor
from doctors.photos.uploads import takes_photo


class JoinView(SignupView):
    """For who has no login: it is made along with the application."""

    template_name = "practice/join.html"
    form_class = JoinForm
    success_url = reverse_lazy("practice:application")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"now": timezone.now()}


class ApplyView(PrivatePage, BadFormMixin, FormView):
    """For who is logged in."""

    template_name = "practice/join.html"
    form_class = ApplicationForm
    success_url = reverse_lazy("practice:application")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if Doctor.objects.filter(user=self.person).exists():
            return redirect(self.success_url)
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: ApplicationForm) -> HttpResponse:
        try:
            services.apply(user=self.person, application=form.application, now=timezone.now())
        except AlreadyDoctor as refusal:
            messages.info(self.request, str(refusal))
        return super().form_valid(form)


@takes_photo
def join(request: HttpRequest) -> HttpResponseBase:
    view = ApplyView if request.user.is_authenticated else JoinView
    return view.as_view()(request)


class ApplicationView(PrivatePage, BadFormMixin, FormView):
    """How one's application stands, and the form to add to it."""

    template_name = "practice/application.html"
    form_class = ApplicationForm
    success_url = reverse_lazy("practice:application")

    @cached_property
    def doctor(self) -> Doctor:
        doctor = own_application(self.person)
        if doctor is None:
            raise Http404(_("There is no such page."))
        return doctor

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.doctor.status == Doctor.Status.APPROVED:
            return redirect("practice:day")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not standing_of(self.doctor).button:
            return self.refuse(str(services.STEPS[services.Kind.AMENDED][2]))
        return super().post(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        return said_by(self.doctor)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "doctor": self.doctor,
            "standing": standing_of(self.doctor),
            "steps": steps_of(self.doctor),
        }

    def form_valid(self, form: ApplicationForm) -> HttpResponse:
        now = timezone.now()
        try:
            services.amend(
                doctor=self.doctor, application=form.application, by=self.person, now=now
            )
        except StepNotPossible as refusal:
            return self.refuse(str(refusal))
        messages.success(self.request, _("Your application has been sent to the clinic."))
        return super().form_valid(form)

    def refuse(self, words: str) -> HttpResponse:
        messages.error(self.request, words)
        return redirect("practice:application")


application = takes_photo(ApplicationView.as_view())
