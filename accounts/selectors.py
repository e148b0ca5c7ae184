"""Questions about people that need more than one row."""

from allauth.account.models import EmailAddress

from accounts.models import Patient, PatientAccess, User


def own_patient(user: User) -> Patient | None:
    """The patient that this login is, or None for a login that is nobody's own."""
    return Patient.objects.filter(
        accesses__user=user,
        accesses__ended_at=None,
        accesses__relation=PatientAccess.Relation.SELF,
    ).first()


def may_act_for(user: User, patient: Patient) -> bool:
    return PatientAccess.objects.active().filter(user=user, patient=patient).exists()


def has_confirmed_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()


def contact_emails(patient: Patient) -> list[str]:
    """Where to write about this patient: everyone who may act for them, else their own address."""
    addresses = (
        PatientAccess.objects.active()
        .filter(patient=patient, user__is_active=True)
        .order_by("id")
        .values_list("user__email", flat=True)
    )
    return list(addresses) or ([patient.email] if patient.email else [])
