"""The page of one offer, for whoever has its mail: no log-in, one tap.

Wrong keys, answered offers and lapsed ones are answered alike. No other site can send its forms
without the key, and so they need no token against that: mail programs that keep no cookies work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View

from accounts.views import too_many_requests
from appointments.exceptions import BookingError
from appointments.models import WaitingOffer
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.selectors import open_offer_at
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from appointments.waiting.services.entries import pause

WRONG_KEYS = {"offer": "50/5m/ip"}  # as many as wrong passwords


@method_decorator(csrf_exempt, name="dispatch")
class AnswerView(View):
    """Shows the time (GET); takes it, lets it go, or pauses (POST)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        return self.with_offer(key, self.show)

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        acts = {"accept": self.accept, "decline": self.decline, "pause": self.pause}
        return self.with_offer(key, acts.get(request.POST.get("act", ""), self.show))

    def with_offer(self, key: str, act: Callable[[WaitingOffer], HttpResponse]) -> HttpResponse:
        if not self.may_try(dry_run=True):
            return too_many_requests(self.request)
        offer = open_offer_at(key)
        if offer is None or offer.until <= timezone.now():
            self.may_try()
            return self.say("waiting/offer_over.html", status=410)
        return act(offer)

    def may_try(self, *, dry_run: bool = False) -> bool:
        """Whether there were few enough wrong keys from this place; this is one more."""
        rate = {"app": "offer", "action": "offer", "config": WRONG_KEYS, "limit_get": True}
        return ratelimit.consume(self.request, dry_run=dry_run, **rate) is not None

    def show(self, offer: WaitingOffer) -> HttpResponse:
        return self.say("waiting/offer.html", offer=offer)

    def accept(self, offer: WaitingOffer) -> HttpResponse:
        later = held_instead(offer.entry)
        try:
            visit = accept(offer=offer, by=whoever_has_the_mail(offer), now=timezone.now())
        except OfferOver:  # somebody was quicker
            return self.say("waiting/offer_over.html", status=410)
        except BookingError as error:
            return self.say(
                "waiting/offer.html", status=error.status, offer=offer, message=str(error)
            )
        done: dict[str, Any] = {"visit": visit, "had_later": later is not None}
        return self.say("waiting/offer_answered.html", offer=offer, answer="accept", **done)

    def decline(self, offer: WaitingOffer) -> HttpResponse:
        return self.let_go(
            offer,
            "decline",
            lambda: decline(offer=offer, by=whoever_has_the_mail(offer), now=timezone.now()),
        )

    def pause(self, offer: WaitingOffer) -> HttpResponse:
        return self.let_go(
            offer, "pause", lambda: pause(entry=offer.entry, by=None, now=timezone.now())
        )

    def let_go(self, offer: WaitingOffer, answer: str, act: Callable[[], object]) -> HttpResponse:
        try:
            act()
        except BookingError:  # answered meanwhile, in another window
            return self.say("waiting/offer_over.html", status=410)
        return self.say("waiting/offer_answered.html", offer=offer, answer=answer)

    def say(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        """To everybody the same, whoever is logged in."""
        context |= {"user": AnonymousUser()}
        return TemplateResponse(self.request, template, context, status=status).render()
