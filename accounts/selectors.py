"""Questions about people that need more than one row."""

from collections.abc import Iterator, Sequence
from datetime import date
from smtplib import SMTPRecipientsRefused
from typing import NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django_tasks import TaskResultStatus

from accounts.exceptions import AddressRefused
from accounts.models import ApiSession, Mail, Patient, PatientAccess, User
from accounts.querysets import PatientQuerySet
from accounts.rows import read_rows
from accounts.searching import read_search
from accounts.sql import placeholders
from accounts.tasks import path_of

OF_THE_ADDRESS = (AddressRefused, SMTPRecipientsRefused)  # why a mail was not taken
# Plain SQL where every booking, or every call of a program, asks.
OWN_PATIENT = """
SELECT {patient} FROM accounts_patient AS patient
JOIN accounts_patientaccess AS access ON access.patient_id = patient.id
WHERE access.user_id = %s AND access.relation = %s AND access.ended_at IS NULL
"""
SESSION = """
SELECT {session}, {person} FROM accounts_apisession AS session
JOIN accounts_user AS person ON person.id = session.user_id
WHERE session.id = %s
"""


def own_patient(user: User) -> Patient | None:
    """The patient that this login is, or None for a login that is nobody's own."""
    own = [user.pk, PatientAccess.Relation.SELF]
    found: Iterator[tuple[Patient]] = read_rows(OWN_PATIENT, own, patient=Patient)
    return next((patient for (patient,) in found), None)


def live_session(id: UUID) -> ApiSession | None:
    """The login of a program with this id, with its `user`, if its tokens are still good."""
    key = ApiSession._meta.pk.get_db_prep_value(id, connection)
    for session, person in read_rows(SESSION, [key], session=ApiSession, person=User):
        session.user = person
        return session if session.is_live else None
    return None


def may_act_for(user: User, patient: Patient) -> bool:
    return patient.pk in patients_acted_for(user)


def patients_acted_for(user: User) -> list[int]:
    """The ids of those this login may act for now, itself included."""
    # Asked for every page of a person's own: plain SQL takes a fifth of the time.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patient_id FROM accounts_patientaccess WHERE user_id = %s AND ended_at IS NULL",
            [user.pk],
        )
        return [patient for (patient,) in cursor.fetchall()]


def relations_by_login(patient: Patient) -> dict[int, str]:
    """Who acts, or acted, for this patient: as what, by the id of the login."""
    accesses = PatientAccess.objects.filter(patient=patient).order_by("pk")
    return dict(accesses.values_list("user_id", "relation"))


def find_patients(words: str) -> PatientQuerySet:
    """Patients of whom all of it holds: parts of a name, a date of birth, a telephone, an e-mail.

    In any order, and a telephone however it is written; of `words` that say nothing, nobody.
    """
    asked = read_search(words)
    if asked.is_empty:
        return Patient.objects.none()
    found = Patient.objects.all()
    for name in asked.names:
        found = found.filter(name__icontains=name)
    for day in asked.days:
        found = found.filter(date_of_birth=day)
    for digits in asked.phones:
        found = found.filter(phone__contains=digits)
    for address in asked.emails:
        login = PatientAccess.objects.active().filter(
            patient=OuterRef("pk"), user__email__icontains=address
        )
        found = found.filter(Q(email__icontains=address) | Exists(login))
    return found


def patients_alike(*, name: str, date_of_birth: date | None, phone: str) -> PatientQuerySet:
    """Those who may be the same person: by name and date of birth, or by telephone."""
    same = Q(pk=None)
    if date_of_birth:
        same |= Q(name__iexact=name, date_of_birth=date_of_birth)
    if phone:
        same |= Q(phone=phone)
    return Patient.objects.filter(same)


def has_confirmed_email(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists()


class Contact(NamedTuple):
    """Whom to write to about a patient; without a login, `user_id` is None."""

    email: str
    user_id: int | None
    language: str  # empty for the clinic's own


def contacts_of(patient: Patient) -> list[Contact]:
    """Everyone who may act for this patient, else the patient's own address."""
    with connection.cursor() as cursor:  # plain SQL, as it is asked for at every booking
        cursor.execute(CONTACTS, [patient.pk])
        contacts = [Contact(*row) for row in cursor.fetchall()]
    return contacts or ([Contact(patient.email, None, "")] if patient.email else [])


def contacts_of_each(patients: Sequence[int]) -> dict[int, list[Contact]]:
    """The same for many patients in one question; those with nobody to write to are left out."""
    own: dict[int, list[Contact]] = {}
    acting: dict[int, list[Contact]] = {}
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS_OF_EACH + placeholders(patients) + " ORDER BY access.id", patients)
        for patient, address, *person in cursor.fetchall():
            if person[1] is not None:
                acting.setdefault(patient, []).append(Contact(*person))
            elif address:
                own[patient] = [Contact(address, None, "")]
    return own | acting


def contact_emails(patient: Patient) -> list[str]:
    """The addresses to write to about this patient."""
    return [contact.email for contact in contacts_of(patient)]


def language_of(email: str) -> str:
    """The language that the login with this address has chosen, if there is one and it has."""
    chosen = User.objects.filter(email=email.lower()).values_list("language", flat=True)
    return chosen.first() or ""


def mails_under_way(task: str) -> QuerySet[Mail]:
    """The mails of the task with this path that wait for the worker or for the mail server.

    Not those that the server would not take for their address's own sake, whether for good or for
    now: these may come late, or never.
    """
    unsent = Mail.objects.filter(task_path=task).exclude(status=TaskResultStatus.SUCCESSFUL)
    return unsent.exclude(exception_class_path__in=map(path_of, OF_THE_ADDRESS))


def mails_not_sent() -> int:
    """How many mails were tried for the last time, and could not be sent."""
    return Mail.objects.failed().count()


CONTACTS = """
SELECT person.email, person.id, person.language FROM accounts_patientaccess AS access
JOIN accounts_user AS person ON person.id = access.user_id
WHERE access.patient_id = %s AND access.ended_at IS NULL AND person.is_active
ORDER BY access.id
"""
CONTACTS_OF_EACH = """
SELECT patient.id, patient.email, person.email, person.id, person.language
FROM accounts_patient AS patient
LEFT JOIN accounts_patientaccess AS access
ON access.patient_id = patient.id AND access.ended_at IS NULL
LEFT JOIN accounts_user AS person ON person.id = access.user_id AND person.is_active
WHERE patient.id IN """
