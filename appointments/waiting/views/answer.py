"""The page of one offer, for whoever has its mail: no log-in, one tap.

Wrong keys, answered offers and lapsed ones are answered alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.pages import LinkPage
from appointments.exceptions import BookingError, NotYourPatient
from appointments.models import WaitingOffer
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.selectors import open_offer_at
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from appointments.waiting.services.entries import pause


class AnswerView(LinkPage):
    """Shows the time (GET); takes it, lets it go, or pauses (POST)."""

    ended_template = "waiting/offer_over.html"
    link: WaitingOffer

    def find(self) -> WaitingOffer | None:
        return open_offer_at(self.kwargs["key"], timezone.now())

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest, key: str) -> HttpResponseBase:
        acts = {"accept": self.accept, "decline": self.decline, "pause": self.pause}
        act = acts.get(request.POST.get("act", ""))
        return act(self.link) if act else self.show(status=400)

    def show(self, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(
            self.request, "waiting/offer.html", {"offer": self.link} | context, status=status
        )

    def accept(self, offer: WaitingOffer) -> HttpResponseBase:
        later = held_instead(offer.entry)
        try:
            visit = accept(offer=offer, by=whoever_has_the_mail(offer), now=timezone.now())
        except (OfferOver, NotYourPatient):  # somebody was quicker, or nobody has the mail now
            return self.say_ended()
        except BookingError as error:
            return self.show(status=error.status, message=str(error))
        return self.thank("accept", visit=visit, had_later=later is not None)

    def decline(self, offer: WaitingOffer) -> HttpResponseBase:
        def act() -> None:
            decline(offer=offer, by=whoever_has_the_mail(offer), now=timezone.now())

        return self.let_go("decline", act)

    def pause(self, offer: WaitingOffer) -> HttpResponseBase:
        def act() -> None:
            pause(entry=offer.entry, by=whoever_has_the_mail(offer), now=timezone.now())

        return self.let_go("pause", act)

    def let_go(self, answer: str, act: Callable[[], object]) -> HttpResponseBase:
        try:
            act()
        except BookingError:  # answered meanwhile, in another window; or nobody has the mail now
            return self.say_ended()
        return self.thank(answer)

    def thank(self, answer: str, **context: Any) -> HttpResponse:
        return render(self.request, "waiting/offer_answered.html", {"answer": answer} | context)
