"""Mails at the front desk: which are waiting, sent, or could not be sent; and sending those again.

What they say is not shown here: a mail about a password has a link in it that sets one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskResultStatus as Status
from django_tasks_db.admin import DBTaskResult  # this registers it, so that it can be taken away

from accounts import emails, tasks
from accounts.admin.shared import MayAct, ViewOnly, do_each
from accounts.exceptions import Refusal
from accounts.models import Mail

admin.site.unregister(DBTaskResult)  # it would show whole mails


# Why a task that is done has sent nothing, by what it returned.
LEFT_OUT: dict[Any, Any] = {
    emails.NOT_NEEDED: _("Not needed any more"),
    emails.PUT_OFF: _("Put off until the morning"),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("failed", _("Not sent, tried for the last time")),
            ("troubled", _("Not sent yet, tried before")),
            ("waiting", _("Waiting")),
            ("sent", _("Sent")),
            ("left_out", _("Not needed any more, or put off")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        waiting = queryset.filter(status__in=[Status.READY, Status.RUNNING])
        if self.value() == "failed":
            return queryset.filter(status=Status.FAILED)
        if self.value() == "troubled":
            return waiting.exclude(exception_class_path="")
        if self.value() == "waiting":
            return waiting.filter(exception_class_path="")
        if self.value() in ("sent", "left_out"):
            is_sent = self.value() == "sent"
            return queryset.filter(status=Status.SUCCESSFUL, return_value__isnull=is_sent)
        return queryset


@admin.register(Mail)
class MailAdmin(MayAct, ViewOnly, admin.ModelAdmin):
    fields = list_display = ("to", "what", "state", "tries", "written", "last_tried", "trouble")
    list_filter = (StateFilter,)
    ordering = ("-enqueued_at",)
    search_fields = ("to",)
    search_help_text = _("The address a mail goes to.")
    actions = ("send_again",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Mail], search_term: str
    ) -> tuple[QuerySet[Mail], bool]:
        if search_term:
            queryset = queryset.filter(args_kwargs__kwargs__to__icontains=search_term)
        return queryset, False

    @admin.display(description=_("to"))
    def to(self, mail: Mail) -> str:
        return str(mail.args_kwargs["kwargs"].get("to", ""))

    @admin.display(description=_("about"), empty_value="-")
    def what(self, mail: Mail) -> str:
        kind = mail.args_kwargs["kwargs"].get("kind", "")
        return emails.what_about(mail.task_path, kind)

    @admin.display(description=_("state"))
    def state(self, mail: Mail) -> str:
        if mail.status == Status.SUCCESSFUL:
            return str(LEFT_OUT.get(mail.return_value, _("Sent")))
        if mail.status == Status.FAILED:
            return gettext("Not sent")
        return gettext("Waiting")

    @admin.display(description=_("tries"))
    def tries(self, mail: Mail) -> str:
        count = len(mail.worker_ids)
        return ngettext("%(count)s try", "%(count)s tries", count) % {"count": count}

    @admin.display(description=_("written"), ordering="enqueued_at")
    def written(self, mail: Mail) -> datetime:
        return mail.enqueued_at

    @admin.display(description=_("last tried"), ordering="started_at")
    def last_tried(self, mail: Mail) -> datetime | None:
        return mail.started_at

    @admin.display(description=_("trouble"))
    def trouble(self, mail: Mail) -> str:
        return str(mail.exception_class_path.rpartition(".")[2])

    @admin.action(description=_("Send again"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        def act(mail: Mail) -> None:
            if not tasks.try_now(mail):
                raise Refusal(
                    gettext("This has been sent, is being sent, or is not needed any more.")
                )

        done = ngettext_lazy(
            "%(count)s mail is sent again.", "%(count)s mails are sent again.", "count"
        )
        do_each(request, queryset, act, done=done, name=self.to)
