"""The pages of acting for others. Whom one does not act for, one cannot tell from nobody."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from accounts.exceptions import Refusal
from accounts.family import rules, services
from accounts.family.exceptions import BirthdayFixed, InvitationGone, NoBirthday, NoChild, NotYours
from accounts.family.forms import AddPersonForm, AddressForm, InviteForm, PersonForm
from accounts.family.selectors import (
    acting,
    acts_alone,
    everyone_for,
    has_login,
    invitation_at,
    name_of,
    open_invitations,
    people_of,
    relation_to,
)
from accounts.models import Invitation, Patient, PatientAccess
from accounts.views import BadFormMixin, PrivatePage

Relation = PatientAccess.Relation
OF_BIRTH = (BirthdayFixed, NoBirthday, NoChild)


class FamilyForm(PrivatePage, BadFormMixin, FormView):
    """A form whose act may be refused: then it is shown again with the reason."""

    def act(self, form: Any) -> str:
        """Do it; returns what is said then."""
        raise NotImplementedError

    def form_valid(self, form: Form) -> HttpResponse:
        try:
            said = self.act(form)
        except NotYours as error:  # it ended meanwhile
            raise Http404 from error
        except Refusal as refusal:
            born = isinstance(refusal, OF_BIRTH) and "date_of_birth" in form.fields
            form.add_error("date_of_birth" if born else None, str(refusal))
            context = self.get_context_data(form=form)
            return self.render_to_response(context, status=refusal.status)
        messages.success(self.request, said)
        return redirect(self.get_success_url())


class PeopleView(PrivatePage, TemplateView):
    """Everyone one may act for, oneself first."""

    template_name = "family/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.now().astimezone(UTC).date()
        people = people_of(self.person)
        others = [access for access in people if access.relation != Relation.SELF]
        return super().get_context_data(**kwargs) | {
            "people": people,
            "acts_for_others": bool(others),
            "today": today,
        }


class AddView(FamilyForm):
    template_name = "family/add.html"
    form_class = AddPersonForm

    def act(self, form: AddPersonForm) -> str:
        added = services.add_person(by=self.person, now=timezone.now(), **form.cleaned_data)
        return _("You can book for %(name)s now.") % {"name": added.name}

    def get_success_url(self) -> str:
        return reverse("family:list")


class PersonPage(PrivatePage):
    """A page about a patient that one acts for."""

    @cached_property
    def mine(self) -> PatientAccess:
        """By what one acts for them."""
        found = acting(self.person, self.kwargs["patient"])
        if found is None:
            raise Http404(_("There is no such page."))
        return found

    @property
    def patient(self) -> Patient:
        return self.mine.patient

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {  # type: ignore[misc]
            "mine": self.mine,
            "patient": self.patient,
            "first_name": self.patient.first_name,
            "is_self": self.mine.relation == Relation.SELF,
        }

    def get_success_url(self) -> str:
        return reverse("family:person", args=[self.patient.pk])


class PersonView(PersonPage, TemplateView):
    """Who may act for them, who is invited to, and what can be done about it."""

    template_name = "family/person.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        everyone = everyone_for(self.patient)
        login = any(access.relation == Relation.SELF for access in everyone)
        others = [
            (access, rules.may_end(access, self.mine, self.person))
            for access in everyone
            if access.pk != self.mine.pk
        ]
        return super().get_context_data(**kwargs) | {
            "others": others,
            "has_login": login,
            "invitations": open_invitations(self.patient, now),
            "may_change": rules.may_change(self.mine, has_login=login),
            "may_invite": rules.may_invite(self.mine),
            "may_hand_over": rules.may_hand_over(self.mine, has_login=login, now=now),
            "today": now.astimezone(UTC).date(),
        }


class ChangeView(PersonPage, FamilyForm):
    template_name = "family/change.html"
    form_class = PersonForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not rules.may_change(
            self.mine, has_login=has_login(self.patient)
        ):
            return redirect("family:person", self.patient.pk)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": Patient.objects.get(pk=self.patient.pk)}

    def act(self, form: PersonForm) -> str:
        services.change_person(
            patient=self.patient, by=self.person, now=timezone.now(), **form.cleaned_data
        )
        return _("The details have been saved.")


class InviteView(PersonPage, FamilyForm):
    """Ask another person to act for them too."""

    template_name = "family/invite.html"
    form_class: type[AddressForm] = InviteForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.may:
            return redirect("family:person", self.patient.pk)
        return super().dispatch(request, *args, **kwargs)

    @property
    def may(self) -> bool:
        return rules.may_invite(self.mine)

    def get_form_kwargs(self) -> dict[str, Any]:
        relations = rules.relations_to_give(self.patient, timezone.now())
        return super().get_form_kwargs() | {"relations": relations}

    def act(self, form: Any) -> str:
        return self.invite(form.cleaned_data["email"], form.cleaned_data["relation"])

    def invite(self, email: str, relation: str) -> str:
        services.invite(
            patient=self.patient,
            email=email,
            relation=relation,
            by=self.person,
            now=timezone.now(),
        )
        words = {"email": email.lower()}
        return _("We have sent an invitation to %(email)s. It is good for 14 days.") % words


class HandOverView(InviteView):
    """Ask the patient themself, to whom the record goes."""

    template_name = "family/hand_over.html"
    form_class = AddressForm

    @property
    def may(self) -> bool:
        login = has_login(self.patient)
        return rules.may_hand_over(self.mine, has_login=login, now=timezone.now())

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        del kwargs["relations"]
        return kwargs

    def act(self, form: AddressForm) -> str:
        return self.invite(form.cleaned_data["email"], Relation.SELF)


class EndView(PersonPage, TemplateView):
    """End one's own access: asks first (GET). Whether one may `leave` is known above this app."""

    template_name = "family/end.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        alone = acts_alone(self.person, self.patient)
        return super().get_context_data(**kwargs) | {"alone": alone}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and self.mine.relation == Relation.SELF:
            return redirect("family:person", self.patient.pk)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = self.patient.name
        try:
            self.leave()
        except Refusal as refusal:
            context = self.get_context_data(refused=str(refusal))
            return self.render_to_response(context, status=refusal.status)
        messages.success(request, _("You no longer act for %(name)s.") % {"name": name})
        return redirect("family:list")

    def leave(self) -> None:
        """Raises Refusal."""
        raise NotImplementedError


class EndOtherView(PrivatePage, TemplateView):
    """End the access of another to somebody one acts for: asks first (GET)."""

    template_name = "family/end_other.html"

    @cached_property
    def access(self) -> PatientAccess:
        theirs = PatientAccess.objects.active().select_related("user", "patient")
        access = get_object_or_404(theirs.exclude(user=self.person), pk=self.kwargs["id"])
        mine = acting(self.person, access.patient)
        if mine is None or not rules.may_end(access, mine, self.person):
            raise Http404(_("There is no such page."))
        return access

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "access": self.access,
            "patient": self.access.patient,
            "who": name_of(self.access.user),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        access, who = self.access, name_of(self.access.user)
        try:
            services.end_access(access=access, by=self.person, now=timezone.now())
        except Refusal as refusal:  # somebody was quicker
            messages.error(request, str(refusal))
        else:
            words = {"who": who, "name": access.patient.name}
            messages.success(request, _("%(who)s no longer acts for %(name)s.") % words)
        return redirect("family:person", access.patient_id)


class OwnInvitation(PrivatePage):
    """An invitation that one has sent, and that waits."""

    http_method_names = ["post"]
    said = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = Invitation.objects.filter(by=self.person).select_related("patient")
        invitation = get_object_or_404(sent, pk=self.kwargs["id"])
        if acting(self.person, invitation.patient) is None:
            raise Http404(_("There is no such page."))
        try:
            messages.success(request, self.act(invitation))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("family:person", invitation.patient_id)

    def act(self, invitation: Invitation) -> str:
        raise NotImplementedError


class WithdrawView(OwnInvitation):
    def act(self, invitation: Invitation) -> str:
        services.withdraw(invitation=invitation, by=self.person, now=timezone.now())
        return _("The invitation has been withdrawn. Its link has ended.")


class ResendView(OwnInvitation):
    def act(self, invitation: Invitation) -> str:
        services.resend(invitation=invitation, by=self.person, now=timezone.now())
        return _("We have sent a new invitation. The link in the earlier one has ended.")


class InvitationView(PrivatePage, TemplateView):
    """An invitation, for whoever opens its link with the address it went to: accept or decline."""

    template_name = "family/invitation.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        invitation = invitation_at(self.kwargs["key"], timezone.now())
        if invitation is None:
            return self.refuse(InvitationGone())
        context = self.get_context_data(
            first_name=invitation.patient.first_name,
            handed=invitation.relation == Relation.SELF,
            invitation=invitation,
            who=name_of(invitation.by),
            of_themself=relation_to(invitation.by, invitation.patient) == Relation.SELF,
            wrong_address=invitation.email != self.person.email.lower(),
        )
        status = 403 if context["wrong_address"] else 200
        return self.render_to_response(context, status=status)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = {"key": self.kwargs["key"], "by": self.person, "now": timezone.now()}
        try:
            if request.POST.get("answer") == "decline":
                services.decline(**asked)
                messages.success(request, _("You have declined. Nothing has changed for you."))
            elif request.POST.get("answer") == "accept":
                patient = services.accept(**asked).patient
                words = {"name": patient.name}
                messages.success(request, _("You can book for %(name)s now.") % words)
            else:
                return redirect(request.path)
        except Refusal as refusal:
            return self.refuse(refusal)
        return redirect("family:list")

    def refuse(self, refusal: Refusal) -> HttpResponse:
        gone = isinstance(refusal, InvitationGone)
        context = {"gone": gone, "message": str(refusal)}
        return TemplateResponse(self.request, "family/refused.html", context, status=refusal.status)
