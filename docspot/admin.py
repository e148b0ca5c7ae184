"""The clinic's admin site: DocSpot's name, the common log-in, a policy it can work under."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.selectors import mails_not_sent
from appointments.dashboard.views import dashboard
from appointments.desk import urls as desk
from appointments.waiting.selectors import offers_to_call_about


class ClinicAdminSite(admin.AdminSite):
    site_header = _("DocSpot clinic")
    site_title = _("DocSpot clinic")
    index_title = _("Front desk")

    def get_urls(self) -> list[Any]:
        pages = [
            path(f"desk/{page.pattern}", self.admin_view(page.callback), name=page.name)
            for page in desk.urlpatterns
        ]
        return [*pages, *super().get_urls()]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # The pages' log-in is the admin's too, so that its limits hold for all doors.
        return secure_admin_login(super().login)(request, extra_context)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        figures = dashboard(request)
        may = request.user.has_perm
        calls = may("appointments.view_waitingentry")
        news = {
            "mails_not_sent": mails_not_sent() if may("accounts.view_mail") else 0,
            "to_call": len(offers_to_call_about(timezone.now())) if calls else 0,
        }
        response = super().index(request, (extra_context or {}) | figures | news)
        response.status_code = figures.get("status", 200)
        return response

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        # The first page asks twice, and some admins ask the database what may be added.
        kept = request.__dict__.setdefault("app_lists", {})
        if app_label not in kept:
            kept[app_label] = super().get_app_list(request, app_label)
        return kept[app_label]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        # The admin's own select boxes set inline styles; scripts stay strict.
        @csp_update({"style-src": UNSAFE_INLINE})
        def for_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied  # who is logged in is not sent to log in
            try:
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response
            except (OverflowError, ValidationError) as error:  # the key of no possible row
                raise BadRequest from error
            except ValueError as error:
                if ACTION_CHECKBOX_NAME in request.POST:  # likewise, among those ticked
                    raise BadRequest from error
                raise

        return for_staff
