"""How staff decide about doctors, in the admin's list of doctors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.admin import MayAct, ViewOnly, do_each
from doctors.joining import services
from doctors.joining.forms import DecisionForm
from doctors.models import Doctor, DoctorEvent
from doctors.wall_clock import day

Kind = DoctorEvent.Kind


def with_last_step(doctors: QuerySet[Doctor]) -> QuerySet[Doctor]:
    """Each with `last_step`: the kind of the last event, or None."""
    last = DoctorEvent.objects.filter(doctor=OuterRef("pk")).order_by("-id").values("kind")[:1]
    return doctors.annotate(last_step=Subquery(last))


class TurnFilter(admin.SimpleListFilter):
    """Whose turn it is: the queue of the clinic, and those it waits for."""

    title = _("applications")
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("clinic", _("Waiting for approval")), ("doctor", _("Asked for more"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        pending = queryset.filter(status=Doctor.Status.PENDING)
        match self.value():
            case "clinic":
                return pending.exclude(pk__in=pending.filter(last_step=Kind.ASKED).values("pk"))
            case "doctor":
                return pending.filter(last_step=Kind.ASKED)
        return queryset


class StepInline(ViewOnly, admin.TabularInline):
    model = DoctorEvent
    fields = ("kind", "by", "happened", "note")
    readonly_fields = ("happened",)
    verbose_name_plural = _("what has happened")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DoctorEvent]:
        return super().get_queryset(request).select_related("by", "doctor__location")

    @admin.display(description=_("when"))
    def happened(self, event: DoctorEvent) -> str:
        place = event.doctor.location
        return day(event.at.astimezone(place.zone if place else UTC))


def deciding(
    service: Callable[..., Doctor], title: Any, done: Any, *, heading: Any, words: Any, button: Any
) -> Callable[..., HttpResponse | None]:
    """An action that asks for words to the doctor first, on a page of its own."""

    @admin.action(description=title, permissions=["act"])
    def act(
        modeladmin: Any, request: HttpRequest, queryset: QuerySet[Doctor]
    ) -> HttpResponse | None:
        form = DecisionForm(request.POST if "words" in request.POST else None, label=words)
        if form.is_valid():
            said = form.cleaned_data["words"]
            modeladmin.decide(request, queryset, service, done, words=said)
            return modeladmin.after(service, request, queryset)
        context = {
            **modeladmin.admin_site.each_context(request),
            "title": heading,
            "opts": modeladmin.opts,
            "doctors": queryset,
            "form": form,
            "action": service.__name__,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "button": button,
            "needs_login": [doctor for doctor in queryset if doctor.user_id is None],
        }
        return TemplateResponse(request, "admin/doctors/doctor/decide.html", context)

    act.__name__ = service.__name__
    return act


class DecidesAboutDoctors(MayAct):
    """The actions of the list of doctors; each doctor is decided about alone."""

    actions: Any = (
        "approve",
        deciding(
            services.ask_for_more,
            _("Ask for more"),
            ngettext_lazy("%(count)s doctor asked.", "%(count)s doctors asked.", "count"),
            heading=_("Ask for more"),
            words=_("What is missing"),
            button=_("Ask for this"),
        ),
        deciding(
            services.reject,
            _("Reject: do not accept"),
            ngettext_lazy("%(count)s doctor rejected.", "%(count)s doctors rejected.", "count"),
            heading=_("Reject"),
            words=_("The reason"),
            button=_("Reject for this reason"),
        ),
        deciding(
            services.suspend,
            _("Suspend: hide from patients"),
            ngettext_lazy("%(count)s doctor suspended.", "%(count)s doctors suspended.", "count"),
            heading=_("Suspend"),
            words=_("The reason"),
            button=_("Suspend for this reason"),
        ),
    )

    @admin.action(description=_("Approve: show to patients"), permissions=["act"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Doctor]) -> None:
        done = ngettext_lazy("%(count)s doctor approved.", "%(count)s doctors approved.", "count")
        self.decide(request, queryset, services.approve, done)

    def decide(
        self,
        request: HttpRequest,
        doctors: QuerySet[Doctor],
        service: Callable[..., Doctor],
        done: Any,
        **words: str,
    ) -> None:
        now = timezone.now()

        def act(doctor: Doctor) -> None:
            service(doctor=doctor, by=request.user, now=now, **words)
            self.log_change(request, doctor, str(done % {"count": 1}))  # type: ignore[attr-defined]

        do_each(request, doctors, act, done=done)

    def after(
        self, service: Callable[..., Doctor], request: HttpRequest, doctors: QuerySet[Doctor]
    ) -> HttpResponse | None:
        """Where to go when it is done; None: back to the list."""
        return None
