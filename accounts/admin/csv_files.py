"""CSV files on the admin's lists: what is listed goes out, a file that was looked at comes in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View

from accounts.parts import in_parts
from accounts.sheets import kept
from accounts.sheets.files import (
    MOST_BYTES,
    MOST_MEGABYTES,
    MOST_ROWS,
    FileRefused,
    read_lines,
    write_lines,
)
from accounts.sheets.kept import Kept
from accounts.sheets.shape import Act, Plan, Sheet, Written

GONE = _("This file was imported already, or was chosen over an hour ago. Choose it again.")
MOST_SHOWN = 200  # lines of a report: nobody mends more at once


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        max_length=200,
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty."),
            "max_length": _("The name of the file is too long. Give it a shorter one."),
        },
    )

    def clean_file(self) -> Kept:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(
                _("The file is larger than %(most)s MB. Divide it, and import the parts."),
                params={"most": MOST_MEGABYTES},
            )
        return Kept(file.read(), file.name, "")


class Changed(Exception):
    """The clinic's book is no longer as it was when the plan was shown."""


class FileView(View):
    """What the pages of one list have in common."""

    model_admin: WithSheet = cast(Any, None)  # as_view() gives it

    @property
    def sheet(self) -> Sheet:
        return self.model_admin.sheet()

    @property
    def opts(self) -> Any:
        return self.model_admin.opts

    def answer(self, rows: Iterable[Sequence[Any]], name: str) -> HttpResponseBase:
        return StreamingHttpResponse(
            write_lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    @property
    def name(self) -> str:
        return slugify(self.opts.verbose_name_plural) or self.opts.model_name


class ExportView(FileView):
    """All that the list shows with this search and these filters, on all of its pages."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not self.model_admin.has_view_permission(request):
            raise PermissionDenied
        try:
            listed = self.model_admin.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest from error
        return self.answer(self.sheet.export(listed), self.name)


class EmptyFileView(FileView):
    """The names of the columns, to begin a file with."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        if not self.model_admin.may_import(request):
            raise PermissionDenied
        return self.answer([self.sheet.names], f"{self.name}-{slugify(_('empty'))}")


class ImportView(FileView):
    """GET: what the file must be. POST of a file: what it would do. POST of its token: do it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.model_admin.may_import(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def owner(self) -> str:
        return f"{self.request.user.pk}:{self.opts.label_lower}"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show_form()

    def post(self, request: HttpRequest) -> HttpResponse:
        if "token" in request.POST:
            return self.import_kept(request.POST["token"])
        form = FileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show_form(form.errors["file"][0], status=400)
        file: Kept = form.cleaned_data["file"]
        try:
            plan = self.plan(file)
        except FileRefused as refusal:
            return self.show_form(str(refusal), status=400)
        return self.show_plan(file, plan, status=400 if plan.refused else 200)

    def plan(self, file: Kept) -> Plan:
        rows, refused = self.sheet.shape(read_lines(file.data, self.sheet.names))
        plan = self.sheet.plan(rows, now=timezone.now())
        plan.refused = sorted([*plan.refused, *refused], key=lambda one: one.line)
        return plan

    def import_kept(self, token: str) -> HttpResponse:
        """Do what was shown, all of it, if it is still what the file would do."""
        file = kept.find(self.owner, token)
        if file is None:
            return self.show_form(GONE, status=409)
        rows, _refused = self.sheet.shape(read_lines(file.data, self.sheet.names))
        try:
            with transaction.atomic():
                if not kept.take(self.owner, token):  # a second click was quicker
                    return self.show_form(GONE, status=409)
                plan = self.sheet.plan(rows, now=timezone.now(), lock=True)
                if plan.refused or plan.digest != file.seen:
                    raise Changed
                self.log(file, self.sheet.write(plan, now=timezone.now()))
        except (Changed, IntegrityError):
            kept.take(self.owner, token)
            return self.show_plan(file, self.plan(file), status=409)
        messages.success(self.request, say_done(file, plan))
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def log(self, file: Kept, written: Written) -> None:
        by: Any = self.request.user.pk
        text = gettext("Imported from %(file)s.") % {"file": file.name}
        for flag, rows in ((ADDITION, written.added), (CHANGE, written.changed)):
            for part in in_parts(rows):
                LogEntry.objects.log_actions(by, part, flag, text)

    def show_form(self, error: Any = "", *, status: int = 200) -> HttpResponse:
        form = FileForm()
        if error:
            told = {"aria-invalid": "true", "aria-describedby": "file-error"}
            form.fields["file"].widget.attrs.update(told)
        limits = {"most_lines": f"{MOST_ROWS:,}", "most_megabytes": MOST_MEGABYTES}
        return self.show("form", {"form": form, "error": error, **limits}, status)

    def show_plan(self, file: Kept, plan: Plan, *, status: int) -> HttpResponse:
        """What the file would do; with the button that does it, if nothing was refused."""
        token = ""
        if (plan.rows or plan.gone) and not plan.refused:
            token = kept.keep(self.owner, file._replace(seen=plan.digest))
        remarks = self.sheet.remarks(plan)
        context = {
            "file": file,
            "plan": plan,
            "token": token,
            "changed_meanwhile": status == 409,
            "refused": plan.refused[:MOST_SHOWN],
            "refused_lines": len({refused.line for refused in plan.refused}),
            "changes": [self.say_change(act) for act in plan.changed[:MOST_SHOWN]],
            "remarks": remarks[:MOST_SHOWN],
            "more": {
                "refused": len(plan.refused) - MOST_SHOWN,
                "changes": len(plan.changed) - MOST_SHOWN,
                "remarks": len(remarks) - MOST_SHOWN,
            },
        }
        return self.show("plan", context, status)

    def say_change(self, act: Act) -> dict[str, Any]:
        names = [str(self.opts.get_field(name).verbose_name) for name in act.before]
        return {"line": act.line, "name": act.name, "what": ", ".join(names)}

    def show(self, page: str, context: dict[str, Any], status: int) -> HttpResponse:
        about_all = {
            **self.model_admin.admin_site.each_context(self.request),
            "title": gettext("Import from CSV: %(what)s") % {"what": self.opts.verbose_name_plural},
            "opts": self.opts,
            "sheet": self.sheet,
        }
        return TemplateResponse(
            self.request, f"admin/sheets/{page}.html", about_all | context, status=status
        )


def say_done(file: Kept, plan: Plan) -> str:
    counts = {
        gettext("%(count)s added"): len(plan.added),
        gettext("%(count)s changed"): len(plan.changed),
        gettext("%(count)s removed"): len(plan.gone),
        gettext("%(count)s left as they were"): plan.same,
    }
    done = ", ".join(text % {"count": f"{count:,}"} for text, count in counts.items() if count)
    return f"{file.name}: {done}."


class WithSheet(admin.ModelAdmin):
    """A list with “Export as CSV” and “Import from CSV”, by its `sheet`."""

    sheet: ClassVar[type[Sheet]]
    change_list_template = "admin/sheets/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        pages = {"export": ExportView, "import": ImportView, "import/empty": EmptyFileView}
        label, name = self.opts.app_label, self.opts.model_name
        own = [
            path(
                f"{address}/",
                self.admin_site.admin_view(view.as_view(model_admin=self)),
                name=f"{label}_{name}_{address.replace('/', '_')}",
            )
            for address, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def may_import(self, request: HttpRequest) -> bool:
        """Asked of the person, not of the list: what is only looked at there may be imported."""
        label, name = self.opts.app_label, self.opts.model_name
        return all(request.user.has_perm(f"{label}.{act}_{name}") for act in self.sheet.needs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_import": self.may_import(request), **(extra_context or {})}
        return super().changelist_view(request, context)
