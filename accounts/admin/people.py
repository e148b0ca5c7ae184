"""People at the front desk: logins, patients, who may act for whom, the logins of programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from allauth.account.admin import EmailAddress  # this registers it, so that it can be taken away
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin.csv_files import WithSheet
from accounts.admin.shared import PLAIN_INPUTS, MayAct, ViewOnly, do_each
from accounts.exceptions import Refusal
from accounts.family import rules
from accounts.family import services as family
from accounts.models import ApiSession, Invitation, Patient, PatientAccess, User
from accounts.sheets.patients import PatientsSheet


def active_accesses(other: str) -> Prefetch:
    """For lists: `accesses` with those that have not ended, each with its `other` side."""
    return Prefetch("accesses", PatientAccess.objects.active().select_related(other).order_by("id"))


class LoginAddForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)
        # Not the address of the person at the desk.
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "off"})}


admin.site.unregister(EmailAddress)  # each login has one address, which stands with the login
admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin):
    """Only superusers decide what a group may do, or staff could let themselves in everywhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser


@admin.register(User)
class LoginAdmin(UserAdmin):
    """Logins by e-mail address; kept out rather than deleted.

    Only superusers change staff and say what staff may do.
    """

    add_form = LoginAddForm
    add_fieldsets = (
        (
            None,
            {
                "fields": ("email", "password1", "password2"),
                "description": _(
                    "A patient's login needs one more step: open the patient and add this login "
                    "under “Access to patients”."
                ),
            },
        ),
    )
    fieldsets = (
        (None, {"fields": ("email", "email_confirmed", "password", "may_log_in")}),
        (
            _("What this login may do in the admin"),
            {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("email_confirmed", "may_log_in", "last_login", "date_joined")
    only_superusers = ("is_staff", "is_superuser", "groups", "user_permissions")
    list_display = (
        "email",
        "acts_for",
        "is_staff",
        "may_log_in",
        "email_confirmed",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser", "emailaddress__verified", "groups")
    search_fields = ("email", "patients__name", "patients__phone")
    ordering = ("email",)
    date_hierarchy = "date_joined"
    actions = ("let_in", "keep_out", "confirm_address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        confirmed = EmailAddress.objects.filter(
            user=OuterRef("pk"), email=OuterRef("email"), verified=True
        )
        return (
            super()
            .get_queryset(request)
            .prefetch_related(active_accesses("patient"))
            .annotate(address_confirmed=Exists(confirmed))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *self.only_superusers)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        of_staff = obj is not None and (obj.is_staff or obj.is_superuser)
        theirs = not of_staff or request.user.is_superuser
        return theirs and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        services.keep_address(user=obj)

    @admin.display(description=_("acts for"))
    def acts_for(self, user: User) -> str:
        return ", ".join(str(access.patient) for access in user.accesses.all()) or "-"

    @admin.display(description=_("may log in"), boolean=True, ordering="is_active")
    def may_log_in(self, user: User) -> bool:
        return user.is_active

    @admin.display(description=_("email confirmed"), boolean=True, ordering="address_confirmed")
    def email_confirmed(self, user: User) -> bool:
        return bool(user.address_confirmed)  # type: ignore[attr-defined]

    @admin.action(description=_("Let in: may log in"), permissions=["change"])
    def let_in(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = ngettext_lazy("%(count)s login let in.", "%(count)s logins let in.", "count")
        self._do_each(request, queryset, done, self._set_active(request, active=True))

    @admin.action(description=_("Keep out: may no longer log in"), permissions=["change"])
    def keep_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = ngettext_lazy("%(count)s login kept out.", "%(count)s logins kept out.", "count")
        self._do_each(request, queryset, done, self._set_active(request, active=False))

    @admin.action(description=_("Mark the email address as confirmed"), permissions=["change"])
    def confirm_address(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = ngettext_lazy(
            "%(count)s email address confirmed.", "%(count)s email addresses confirmed.", "count"
        )
        self._do_each(request, queryset, done, lambda user: services.confirm_address(user=user))

    def _set_active(self, request: HttpRequest, *, active: bool) -> Callable[[User], object]:
        def act(user: User) -> None:
            if user == request.user:
                raise Refusal(gettext("You cannot do this to your own login."))
            services.set_active(user=user, active=active, now=timezone.now())

        return act

    def _do_each(
        self,
        request: HttpRequest,
        queryset: QuerySet[User],
        done: Any,
        act: Callable[[User], object],
    ) -> None:
        def act_and_log(user: User) -> None:
            if not self.has_change_permission(request, user):
                raise Refusal(gettext("Only a superuser can change the login of staff."))
            act(user)
            self.log_change(request, user, str(done % {"count": 1}))

        do_each(request, queryset, act_and_log, done=done)


class AccessForm(forms.ModelForm):
    """Gives access."""

    def _get_validation_exclusions(self) -> set[str]:
        # Constraints about a field that a form lacks are left to the database; all three are about
        # `ended_at`, which is empty here.
        return super()._get_validation_exclusions() - {"ended_at"}  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        patient = data.get("patient") or self.instance.patient if self._has_patient(data) else None
        if patient is not None:
            try:
                rules.check_given(data.get("relation", ""), patient, timezone.now())
            except Refusal as refusal:
                self.add_error("relation", str(refusal))
        return data

    def _has_patient(self, data: dict[str, Any]) -> bool:
        """With the patient's page it is the patient of the page."""
        return bool(data.get("patient")) or "patient" in self.instance._state.fields_cache


class EndAccessForm(forms.ModelForm):
    """Ends access. It is never rewritten: the row is the record of it."""

    ended_at = forms.BooleanField(
        label=_("Ended"),
        required=False,
        help_text=_("Tick this to end the access. To give it back, add it again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "ended_at" in self.fields:
            self.fields["ended_at"].disabled = self.instance.ended_at is not None

    def clean_ended_at(self) -> datetime | None:
        return self.instance.ended_at or (timezone.now() if self.cleaned_data["ended_at"] else None)


class AccessFormSet(BaseInlineFormSet):
    """All logins of a patient. A row's form leaves the rules about the patient to this."""

    def clean(self) -> None:
        super().clean()
        rows = [form.instance for form in self.forms if form.is_valid() and form.cleaned_data]
        active = [row for row in rows if row.ended_at is None]
        logins = Counter(row.user_id for row in active)
        if logins and max(logins.values()) > 1:
            raise ValidationError(_("This login may already act for this patient."))
        if sum(row.relation == PatientAccess.Relation.SELF for row in active) > 1:
            raise ValidationError(_("This patient already has a login of their own."))


class AccessInline(admin.TabularInline):
    model = PatientAccess
    form = AccessForm
    formset = AccessFormSet
    fields = ("user", "relation", "created_at", "ended_at")
    readonly_fields = ("created_at", "ended_at")
    autocomplete_fields = ("user",)
    extra = 0
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PatientAccess]:
        return super().get_queryset(request).select_related("user", "patient").order_by("id")

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


def give(request: HttpRequest, row: PatientAccess) -> PatientAccess:
    """Give the access that a form has checked."""
    return family.give_access(
        user=row.user,
        patient=row.patient,
        relation=row.relation,
        by=cast(User, request.user),
        now=timezone.now(),
    )


@admin.register(Patient)
class PatientAdmin(WithSheet):
    sheet = PatientsSheet
    fieldsets = (
        (None, {"fields": ("name", "date_of_birth")}),
        (_("How to reach them"), {"fields": ("phone", "email")}),
    )
    inlines = (AccessInline,)
    list_display = ("name", "date_of_birth", "phone", "logins", "created_at")
    list_filter = ("accesses__relation", "created_at")
    search_fields = ("name", "phone", "email", "accesses__user__email")
    search_help_text = _("Name, phone number or email address")
    date_hierarchy = "created_at"
    formfield_overrides = PLAIN_INPUTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        return super().get_queryset(request).prefetch_related(active_accesses("user"))

    def has_delete_permission(self, request: HttpRequest, obj: Patient | None = None) -> bool:
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)  # it only adds: those that are there cannot be changed
        formset.new_objects = [give(request, row) for row in formset.new_objects]

    @admin.display(description=_("logins"))
    def logins(self, patient: Patient) -> str:
        return ", ".join(str(access.user) for access in patient.accesses.all()) or "-"


@admin.register(PatientAccess)
class PatientAccessAdmin(admin.ModelAdmin):
    autocomplete_fields = ("user", "patient")
    list_display = ("patient", "user", "relation", "created_at", "ended_at")
    list_filter = ("relation", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("patient", "user")
    search_fields = ("patient__name", "patient__phone", "user__email")
    date_hierarchy = "created_at"

    def get_form(
        self,
        request: HttpRequest,
        obj: PatientAccess | None = None,
        change: bool = False,
        **kwargs: Any,
    ) -> Any:
        form = EndAccessForm if change else AccessForm
        return super().get_form(request, obj, change, **{"form": form} | kwargs)

    def get_fields(self, request: HttpRequest, obj: PatientAccess | None = None) -> tuple[str, ...]:
        given = ("user", "patient", "relation")
        if obj is None:
            return given
        return (*given, "created_at", "given_by", "ended_at", "ended_by")

    def get_readonly_fields(
        self, request: HttpRequest, obj: PatientAccess | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("user", "patient", "relation", "created_at", "given_by", "ended_by")

    def has_delete_permission(self, request: HttpRequest, obj: PatientAccess | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PatientAccess, form: Any, change: bool) -> None:
        if not change:
            obj.pk = give(request, obj).pk
        elif "ended_at" in form.changed_data:
            access = PatientAccess.objects.select_related("user", "patient").get(pk=obj.pk)
            family.end_access(access=access, by=cast(User, request.user), now=timezone.now())


@admin.register(Invitation)
class InvitationAdmin(ViewOnly, admin.ModelAdmin):
    """Who has asked whom to act for a patient."""

    fields = list_display = (
        "patient",
        "relation",
        "email",
        "by",
        "created_at",
        "expires_at",
        "status",
        "answered_at",
    )
    list_filter = ("status", "relation")
    list_select_related = ("patient", "by")
    search_fields = ("email", "by__email", "patient__name", "patient__phone")
    date_hierarchy = "created_at"


@admin.register(ApiSession)
class ApiSessionAdmin(MayAct, ViewOnly, admin.ModelAdmin):
    fields = ("user", "created_at", "refreshed_at", "ended_at")
    list_display = ("user", "created_at", "refreshed_at", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    actions = ("end",)

    @admin.action(description=_("End: the program must log in again"), permissions=["act"])
    def end(self, request: HttpRequest, queryset: QuerySet[ApiSession]) -> None:
        def act(session: ApiSession) -> None:
            if not services.end_api_session(session=session, now=timezone.now()):
                raise Refusal(gettext("This had already ended."))

        done = ngettext_lazy(
            "%(count)s login of a program ended.", "%(count)s logins of programs ended.", "count"
        )
        do_each(request, queryset, act, done=done)
