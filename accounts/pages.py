"""Pages for whoever holds the link of a mail, without a login: what all of them keep to."""

from __future__ import annotations

import time
from typing import Any

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.generic import View

from accounts.views import too_many_requests

LIMIT = {"app": "allauth.account", "action": "link"}  # in settings.ACCOUNT_RATE_LIMITS


class LinkPage(View):
    """A page that is found by the key in its address, which is as good as a password.

    `find` says what the key leads to. What leads nowhere is answered alike, whatever the reason,
    and counted; so is every act. No cache keeps the page and no search engine lists it; other pages
    are not told its address. They may be told the site's: without that, browsers would not say
    where a form comes from, and it would be refused.
    """

    ended_template: str
    link: Any

    def find(self) -> Any | None:
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = self.answer(request, *args, **kwargs)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "strict-origin"
        return response

    def answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _is_used_up(request):
            return too_many_requests(request)
        self.link = self.find()
        if self.link is None:
            return self.say_ended()
        if request.method == "POST" and not _count(request):
            return too_many_requests(request)
        return super().dispatch(request, *args, **kwargs)

    def say_ended(self) -> HttpResponseBase:
        if not _count(self.request):
            return too_many_requests(self.request)
        return render(self.request, self.ended_template, status=404)


def _count(request: HttpRequest) -> bool:
    """Count one more from this address; whether it may still."""
    return bool(ratelimit.consume(request, **LIMIT, limit_get=True))


def _is_used_up(request: HttpRequest) -> bool:
    """Whether there were too many from this address. This only reads, as a page that is shown."""
    for rate in ratelimit.get_rates(**LIMIT):
        seen = cache.get(ratelimit.get_cache_key(request, **LIMIT, rate=rate), [])
        if not ratelimit.apply_rate(seen, time.time(), rate, dry_run=True)[0]:
            return True
    return False
