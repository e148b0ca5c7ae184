"""The mails about acting for others. Of the patient they say the first name, and nothing else."""

from __future__ import annotations

from datetime import date

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskContext, task

from accounts import emails
from accounts.family.selectors import name_of, relation_to
from accounts.models import Invitation, Patient, PatientAccess, User


def write(
    kind: str, patient: Patient, to: str, language: str, **about: object
) -> EmailMultiAlternatives:
    """`kind` is invited, handed, accepted, declined, ended, notice or of_age."""
    about = {"kind": kind, "first_name": patient.first_name, **about}
    with emails.in_language(language):
        return emails.write("emails/family", about, to)


def invite(invitation: Invitation) -> None:
    """Ask, once what asks is committed: the link's key is in no table, not even in the task."""
    send_invitation.enqueue(invitation=invitation.pk, to=invitation.email)


@emails.about(_("Invitation to act for somebody"))
@task(takes_context=True)
def send_invitation(context: TaskContext, *, invitation: int, to: str) -> str | None:
    """Unless it was withdrawn before the mail could go."""
    asked = Invitation.objects.select_related("by", "patient").filter(
        pk=invitation, status=Invitation.Status.OPEN, expires_at__gt=timezone.now()
    )
    one = asked.first()
    if one is None:
        return emails.NOT_NEEDED
    known = User.objects.filter(email=to).values_list("language", flat=True).first()
    mail = write(
        "handed" if one.relation == PatientAccess.Relation.SELF else "invited",
        one.patient,
        to,
        known or "",
        who=name_of(one.by),
        of_themself=relation_to(one.by, one.patient) == PatientAccess.Relation.SELF,
        expires_at=one.expires_at,
        url=emails.absolute_url("family:invitation", one.key),
    )
    emails.send(mail, context)
    return None


def tell_inviter(invitation: Invitation, kind: str) -> None:
    """That it was accepted or declined."""
    about = {
        "handed_over": invitation.relation == PatientAccess.Relation.SELF,
        "invited": invitation.email,
    }
    page = emails.absolute_url("family:person", invitation.patient_id)
    _tell(invitation.by, kind, invitation.patient, url=page, **about)


def tell_ended(access: PatientAccess) -> None:
    """Tell whose access it was that another has ended it."""
    _tell(access.user, "ended", access.patient, url=emails.absolute_url("family:list"))


def tell_notice(access: PatientAccess, day: date, *, hands_over: bool) -> None:
    """That the child is of age on `day`, and what happens then; whether they may hand over."""
    page = (
        emails.absolute_url("family:hand_over", access.patient_id)
        if hands_over
        else emails.absolute_url("family:list")
    )
    about = {"hands_over": hands_over, "is_parent": _is_parent(access)}
    _tell(access.user, "notice", access.patient, day=day, url=page, **about)


def tell_of_age(access: PatientAccess) -> None:
    page = emails.absolute_url("family:list")
    _tell(access.user, "of_age", access.patient, url=page, is_parent=_is_parent(access))


def _is_parent(access: PatientAccess) -> bool:
    return access.relation == PatientAccess.Relation.PARENT


def _tell(user: User, kind: str, patient: Patient, **about: object) -> None:
    if user.is_active:
        mail = write(kind, patient, user.email, user.language, **about)
        emails.send_later(mail, kind="family")
