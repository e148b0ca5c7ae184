"""The pages that show every mail to developers."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.generic import TemplateView, View

from accounts.emails import HEADERS
from docspot.mails.samples import BY_NAME, SAMPLES, Sample

HTML, CALENDAR = "text/html", "text/calendar"


def part_of(mail: EmailMultiAlternatives, kind: str) -> str:
    """The alternative of this kind, or nothing."""
    found = [str(content) for content, mimetype in mail.alternatives if mimetype.startswith(kind)]
    return found[0] if found else ""


class MailPage(View):
    @property
    def sample(self) -> Sample:
        sample = BY_NAME.get(self.kwargs["name"])
        if sample is None:
            raise Http404
        return sample

    @property
    def language(self) -> str:
        return self.request.GET.get("language", settings.LANGUAGE_CODE)


class MailListView(TemplateView):
    template_name = "mails/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lines = [(sample, sample.write(settings.LANGUAGE_CODE).subject) for sample in SAMPLES]
        return super().get_context_data(**kwargs) | {"lines": lines}


@method_decorator(csp_update({"frame-src": SELF}), name="dispatch")
class MailView(MailPage, TemplateView):
    """One mail: its head, and each of its parts."""

    template_name = "mails/mail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mail = self.sample.write(self.language)
        head = {"Subject": mail.subject, "From": mail.from_email, "To": ", ".join(mail.to)}
        return super().get_context_data(**kwargs) | {
            "mail": mail,
            "sample": self.sample,
            "head": (head | HEADERS).items(),
            "calendar": part_of(mail, CALENDAR),
            "language": self.language,
            "languages": settings.LANGUAGES,
        }


@method_decorator(xframe_options_sameorigin, name="dispatch")
@method_decorator(csp_replace({"frame-ancestors": [SELF]}), name="dispatch")
@method_decorator(csp_update({"style-src": UNSAFE_INLINE}), name="dispatch")
class MailHtmlView(MailPage):
    """The HTML of a mail as a page of its own: a mail brings its style along."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(part_of(self.sample.write(self.language), HTML))
