"""A person's places on the waiting list, and the times that are kept for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, ListView, TemplateView, View

from accounts.family.selectors import relation_to
from accounts.selectors import patients_acted_for
from accounts.views import BadFormMixin, PrivatePage
from appointments.exceptions import BookingError
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting.forms import WishesForm, add_refusal, initial_of
from appointments.waiting.line import ENTRY, entries_of, every_entry_of, with_all
from appointments.waiting.services.answers import accept, decline
from appointments.waiting.services.entries import change_wishes, leave, pause, resume
from appointments.waiting.words import what_for


class WaitingListView(PrivatePage, ListView):
    """What is kept for them first, then all that they wait for."""

    template_name = "waiting/list.html"
    context_object_name = "entries"

    def get_queryset(self) -> Any:
        return with_all(entries_of(self.person))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context, now = super().get_context_data(**kwargs), timezone.now()
        offers = []
        for entry in context["entries"]:
            for offer in entry.open_offers:
                if offer.until > now:
                    offer.entry = entry
                    offers.append(offer)
        return context | {"offers": offers}


class EntryPage(PrivatePage):
    """A page about one place on the list; others' do not exist."""

    @cached_property
    def entry(self) -> WaitingEntry:
        """What is pressed (POST) may have ended meanwhile: then the service says so."""
        of = every_entry_of if self.request.method == "POST" else entries_of
        return get_object_or_404(of(self.person).select_related(*ENTRY), pk=self.kwargs["id"])

    @property
    def what_it_is(self) -> dict[str, Any]:
        """What the person is asked about."""
        return {
            "entry": self.entry,
            "what": what_for(self.entry),
            "relation": relation_to(self.person, self.entry.patient),
        }


class ChangeView(EntryPage, BadFormMixin, FormView):
    """Other days and hours."""

    template_name = "waiting/change.html"
    form_class = WishesForm

    def get_initial(self) -> dict[str, Any]:
        return initial_of(self.entry)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.what_it_is

    def form_valid(self, form: WishesForm) -> HttpResponse:
        try:
            change_wishes(
                entry=self.entry,
                by=self.person,
                now=timezone.now(),
                first_day=self.entry.first_day,
                **form.wishes,
            )
        except BookingError as error:
            add_refusal(form, error)
            return self.render_to_response(self.get_context_data(form=form), status=error.status)
        messages.success(self.request, _("Your choice has been saved."))
        return redirect("waiting:list")


class LeaveView(EntryPage, TemplateView):
    """Asks first (GET): the place in the line is lost."""

    template_name = "waiting/leave.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.what_it_is

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        done = _("You have left the waiting list.")
        return do(
            request, lambda: leave(entry=self.entry, by=self.person, now=timezone.now()), done
        )


class ActView(EntryPage):
    """A button of the list. Whoever comes here without pressing it is led back to the list."""

    service: Callable[..., WaitingEntry]
    done: Any

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("waiting:list")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        act = type(self).service
        return do(
            request, lambda: act(entry=self.entry, by=self.person, now=timezone.now()), self.done
        )


class PauseView(ActView):
    service = staticmethod(pause)
    done = gettext_lazy(
        "Paused. You keep your place, and we write to you no more until you resume."
    )


class ResumeView(ActView):
    service = staticmethod(resume)
    done = gettext_lazy("We write to you again when a time that suits becomes free.")


class OfferView(PrivatePage, View):
    """The answer to an offer, from the list."""

    @cached_property
    def offer(self) -> WaitingOffer:
        own = WaitingOffer.objects.filter(entry__patient__in=patients_acted_for(self.person))
        return get_object_or_404(own, pk=self.kwargs["id"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("waiting:list")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.kwargs["answer"] == "decline":
            done = _("The time goes to the next person. You stay on the waiting list.")
            return do(
                request,
                lambda: decline(offer=self.offer, by=self.person, now=timezone.now()),
                done,
            )
        try:
            visit = accept(offer=self.offer, by=self.person, now=timezone.now())
        except BookingError as error:
            self.offer.refresh_from_db()
            if self.offer.appointment_id is not None:  # a double click
                return redirect("appointments:detail", self.offer.appointment_id)
            messages.error(request, str(error))
            return redirect("waiting:list")
        return redirect("appointments:detail", visit.pk)


def do(request: HttpRequest, act: Callable[[], object], done: Any) -> HttpResponse:
    """Act, say what came of it, and lead to the list."""
    try:
        act()
    except BookingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(done))
    return redirect("waiting:list")
