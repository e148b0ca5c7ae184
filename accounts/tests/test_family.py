"""Acting for others: added, changed, invited, handed over, ended; and who may do so."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from accounts.exceptions import Refusal
from accounts.family import exceptions, services
from accounts.family.selectors import acting, has_login, people_of
from accounts.family.services.invitations import GOOD_FOR, MOST_A_DAY, MOST_TO_ONE_A_DAY
from accounts.family.services.people import MOST_PEOPLE
from accounts.family.words import for_whom
from accounts.models import Invitation, Patient, PatientAccess, User
from accounts.selectors import contact_emails, own_patient, patients_acted_for
from accounts.services import set_active
from docspot.tests.cast import (
    NOW,
    allow,
    at,
    make_appointment,
    make_doctor,
    make_person,
    make_user,
    patient_of,
)
from docspot.tests.fixtures import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
commits = pytest.mark.django_db(transaction=True)  # mails go out after the commit
CHILD, ADULT = date(2016, 5, 3), date(1950, 5, 3)
TODAY = NOW.date()
VIKRAM = "vikram@example.com"


def add(person: User, **changes: Any) -> Patient:
    given = {"name": "Ravi Rao", "relation": "parent", "date_of_birth": CHILD} | changes
    return services.add_person(by=person, now=NOW, **given)


def invite(patient: Patient, by: User, **changes: Any) -> Invitation:
    given = {"email": VIKRAM, "relation": "carer", "now": NOW} | changes
    return services.invite(patient=patient, by=by, **given)


@pytest.fixture
def child(person: User) -> Patient:
    return add(person)


@pytest.fixture
def vikram(db: None) -> User:
    return make_person("Vikram Rao", VIKRAM)


def accepted(patient: Patient, by: User, user: User, relation: str = "carer") -> PatientAccess:
    invitation = invite(patient, by, email=user.email, relation=relation)
    return services.accept(key=invitation.key, by=user, now=NOW)


def access_of(user: User, patient: Patient) -> PatientAccess:
    found = acting(user, patient)
    assert found is not None
    return found


def everything() -> list[Any]:
    return [
        list(model._default_manager.order_by("pk").values())
        for model in (Patient, PatientAccess, Invitation)
    ]


def refused(refusal: type[Refusal], act: Any, **arguments: Any) -> None:
    """It is, and nothing was changed."""
    before = everything()
    with pytest.raises(refusal):
        act(**arguments)
    assert everything() == before


# Adding


def test_who_is_added_is_a_new_patient(person: User) -> None:
    there = Patient.objects.create(name="Ravi Rao", date_of_birth=CHILD)
    added = add(person, name=" Ravi\r\n Rao ", phone="+919876543210")
    assert (added.name, added.pk == there.pk) == ("Ravi Rao", False)
    access = access_of(person, added)
    assert (access.relation, access.given_by, access.created_at) == ("parent", person, NOW)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"date_of_birth": None}, exceptions.NoBirthday),
        ({"date_of_birth": date(2008, 3, 2)}, exceptions.NoChild),  # 18 today
        ({"date_of_birth": date(2008, 2, 29)}, exceptions.NoChild),  # 18 since yesterday
    ],
)
def test_child_is_added_with_its_age_only(
    person: User, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    refused(refusal, add, person=person, **changes)


def test_who_is_of_age_tomorrow_is_a_child_today(person: User) -> None:
    assert add(person, date_of_birth=date(2008, 3, 3)).pk


@pytest.mark.parametrize("relation", ["carer", "other"])
def test_others_are_added_of_any_age(person: User, relation: str) -> None:
    for born in (ADULT, None):
        added = add(person, relation=relation, date_of_birth=born)
        assert access_of(person, added).relation == relation


def test_same_person_is_not_added_twice(person: User, child: Patient) -> None:
    refused(exceptions.AddedAlready, add, person=person, name="RAVI RAO")
    assert add(person, date_of_birth=date(2016, 5, 4)).pk  # another of the same name


def test_one_login_acts_for_so_many(person: User) -> None:
    for number in range(MOST_PEOPLE - 1):  # themselves they are already
        add(person, name=f"Child {number}")
    refused(exceptions.TooManyPeople, add, person=person)


# Changing


def change(patient: Patient, by: User, **changes: Any) -> Patient:
    given = {"name": "Ravi Rao", "date_of_birth": CHILD, "phone": ""} | changes
    return services.change_person(patient=patient, by=by, now=NOW, **given)


def test_details_are_changed(person: User, child: Patient) -> None:
    change(child, person, name="Ravi K. Rao", date_of_birth=date(2017, 1, 1))
    child.refresh_from_db()
    assert (child.name, child.date_of_birth) == ("Ravi K. Rao", date(2017, 1, 1))


def test_who_changed_which_details_is_kept_but_not_the_details(
    person: User, child: Patient, staff: User
) -> None:
    change(child, person, name="Kiran Sen", phone="+919876543210")
    change(child, person, name="Kiran Sen", phone="+919876543210")  # as they are
    change(child, person, name="Kiran Sen", date_of_birth=date(2017, 1, 1))
    entries = list(LogEntry.objects.order_by("pk"))
    assert [(entry.user, entry.action_time, str(entry)) for entry in entries] == [
        (person, NOW, f"Changed “#{child.pk}” — Changed Full name and Phone number."),
        (person, NOW, f"Changed “#{child.pk}” — Changed Date of birth and Phone number."),
    ]
    kept = " ".join(f"{entry.object_repr} {entry.change_message}" for entry in entries)
    assert [one for one in ("Kiran", "Ravi", "98765", "2017", "2016") if one in kept] == []
    shown = browser_of(staff).get(reverse("admin:accounts_patient_history", args=[child.pk]))
    for words in ("asha@example.com", "Changed Full name and Phone number."):
        assert words in shown.content.decode()


def test_change_that_is_refused_is_not_kept(person: User, child: Patient) -> None:
    refused(exceptions.NoBirthday, change, patient=child, by=person, date_of_birth=None)
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("born", "refusal"),
    [(None, exceptions.NoBirthday), (date(2008, 3, 2), exceptions.NoChild)],
)
def test_child_stays_a_child(
    person: User, child: Patient, born: date | None, refusal: type[Refusal]
) -> None:
    refused(refusal, change, patient=child, by=person, date_of_birth=born)


@pytest.mark.parametrize("relation", ["carer", "other"])
@pytest.mark.parametrize("born", [None, date(2008, 3, 2)])
def test_child_that_one_is_no_parent_of_stays_one_too(
    person: User, relation: str, born: date | None
) -> None:
    """Else an access that was given for a child would outlive its coming of age."""
    child = add(person, relation=relation)
    refused(exceptions.ChildStaysOne, change, patient=child, by=person, date_of_birth=born)
    PatientAccess.objects.filter(patient=child).update(noticed_at=NOW)
    other = date(2017, 1, 1)
    refused(exceptions.BirthdayFixed, change, patient=child, by=person, date_of_birth=other)
    grown = add(person, relation=relation, date_of_birth=ADULT)
    assert change(grown, person, date_of_birth=CHILD).date_of_birth == CHILD


def test_childhood_is_not_made_longer_once_its_end_is_told(person: User, child: Patient) -> None:
    PatientAccess.objects.filter(patient=child).update(noticed_at=NOW)
    refused(
        exceptions.BirthdayFixed, change, patient=child, by=person, date_of_birth=date(2017, 1, 1)
    )
    assert change(child, person, name="Ravi K. Rao").name == "Ravi K. Rao"


def test_who_has_a_login_changes_their_details_alone(person: User, vikram: User) -> None:
    vikrams = patient_of(vikram)
    refused(exceptions.NotYours, change, patient=vikrams, by=person)
    accepted(vikrams, vikram, person)
    refused(exceptions.NotForYou, change, patient=vikrams, by=person)
    refused(exceptions.NotForYou, change, patient=vikrams, by=vikram)  # has a page for that


# Ending


def end(access: PatientAccess, by: User) -> PatientAccess:
    return services.end_access(access=access, by=by, now=NOW)


def test_own_access_is_ended(person: User, child: Patient) -> None:
    ended = end(access_of(person, child), person)
    ended.refresh_from_db()
    assert (ended.ended_at, ended.ended_by) == (NOW, person)
    assert patients_acted_for(person) == [patient_of(person).pk]
    assert contact_emails(child) == []
    refused(exceptions.NotForYou, end, access=ended, by=person)


def test_what_a_login_is_to_itself_is_not_ended(person: User, vikram: User) -> None:
    mine = access_of(person, patient_of(person))
    accepted(patient_of(person), person, vikram)
    refused(exceptions.NotForYou, end, access=mine, by=person)
    refused(exceptions.NotForYou, end, access=mine, by=vikram)


@pytest.mark.parametrize("relation", ["parent", "carer", "other"])
def test_who_gave_access_ends_it(person: User, vikram: User, child: Patient, relation: str) -> None:
    access = accepted(child, person, vikram, relation)
    refused(exceptions.NotForYou, end, access=access_of(person, child), by=vikram)
    assert end(access, person).ended_by == person


def test_parent_ends_that_of_who_is_no_parent(person: User, vikram: User, stranger: User) -> None:
    grandchild = add(person, relation="carer")
    accepted(grandchild, person, vikram, "parent")
    third = accepted(grandchild, person, stranger, "other")
    refused(exceptions.NotForYou, end, access=access_of(person, grandchild), by=stranger)
    assert end(third, vikram).ended_by == vikram
    assert end(access_of(person, grandchild), vikram).ended_by == vikram


def test_person_ends_all_access_to_them(person: User, vikram: User) -> None:
    access = accepted(patient_of(vikram), vikram, person)
    assert end(access, vikram).ended_by == vikram


def test_stranger_ends_nothing(person: User, child: Patient, stranger: User) -> None:
    refused(exceptions.NotForYou, end, access=access_of(person, child), by=stranger)


def test_staff_end_any_if_that_is_theirs_to_do(person: User, child: Patient) -> None:
    desk = make_user("new@example.com", is_staff=True)
    mine, own = access_of(person, child), access_of(person, patient_of(person))
    refused(exceptions.NotForYou, end, access=mine, by=desk)
    allow(desk, "change_patientaccess")
    desk = User.objects.get(pk=desk.pk)
    assert [end(one, desk).ended_by for one in (mine, own)] == [desk, desk]


def test_end_takes_the_invitations_along(person: User, vikram: User, child: Patient) -> None:
    key = invite(child, person).key
    end(access_of(person, child), person)
    assert Invitation.objects.get().status == "withdrawn"
    refused(exceptions.InvitationGone, services.accept, key=key, by=vikram, now=NOW)


@commits
def test_who_is_ended_is_told(person: User, vikram: User, child: Patient) -> None:
    access = accepted(child, person, vikram)
    mail.outbox.clear()
    end(access, person)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([VIKRAM], "You no longer act for someone at the clinic")
    assert "You no longer act for Ravi at the clinic" in sent.body
    assert "Rao" not in sent.body


# Staff give access


def test_staff_give_access(staff: User, vikram: User, child: Patient) -> None:
    give = {"user": vikram, "patient": child, "now": NOW}
    access = services.give_access(relation="parent", by=staff, **give)
    assert (access.given_by, access.relation) == (staff, "parent")
    refused(exceptions.ActsAlready, services.give_access, relation="carer", by=staff, **give)
    refused(exceptions.NotForYou, services.give_access, relation="carer", by=vikram, **give)


def test_staff_give_no_parent_to_who_is_of_age(staff: User, vikram: User) -> None:
    asked = {"user": vikram, "relation": "parent", "by": staff, "now": NOW}
    grown = Patient.objects.create(name="Mira", date_of_birth=ADULT)
    refused(exceptions.NoChild, services.give_access, patient=grown, **asked)
    unknown = Patient.objects.create(name="Mira")
    assert services.give_access(patient=unknown, **asked).pk


# Inviting


@commits
def test_invitation_goes_out_by_mail(person: User, child: Patient) -> None:
    invitation = invite(child, person, email=" Vikram@Example.com ")
    assert (invitation.email, invitation.expires_at) == (VIKRAM, NOW + GOOD_FOR)
    (sent,) = mail.outbox
    assert sent.to == [VIKRAM]
    assert sent.subject == "You are invited to act for someone at the clinic"
    assert "Asha Rao asks you to act for Ravi at the clinic" in sent.body
    assert "Ravi Rao" not in sent.body
    key = re.search(r"http://docspot\.example/accounts/family/invitation/(\S+)/", sent.body)
    assert key is not None
    assert key[1] == invitation.key
    assert key[1] not in invitation.digest


@commits
def test_invitation_tells_nobody_who_has_an_account(person: User, vikram: User) -> None:
    for name, email in (("One", VIKRAM), ("Two", "nobody@example.com")):
        invite(add(person, name=name), person, email=email)
    known, unknown = (sent.body.splitlines()[2:] for sent in mail.outbox)
    assert [re.sub("invitation/.*", "", line) for line in known] == [
        re.sub("invitation/.*", "", line) for line in unknown
    ]


def test_accepted_invitation_gives_access(person: User, vikram: User, child: Patient) -> None:
    access = accepted(child, person, vikram, "parent")
    assert (access.user, access.relation, access.given_by) == (vikram, "parent", person)
    assert contact_emails(child) == [person.email, VIKRAM]
    invitation = Invitation.objects.get()
    assert (invitation.status, invitation.answered_at) == ("accepted", NOW)
    refused(exceptions.InvitationGone, services.accept, key=invitation.key, by=vikram, now=NOW)


@commits
def test_answers_are_told_to_who_invited(person: User, vikram: User, child: Patient) -> None:
    for answer in (services.decline, services.accept):
        answer(key=invite(child, person).key, by=vikram, now=NOW)
    assert [(sent.to, sent.subject) for sent in mail.outbox if sent.to == ["asha@example.com"]] == [
        (["asha@example.com"], "Your invitation was declined"),
        (["asha@example.com"], "Your invitation was accepted"),
    ]


def test_declined_invitation_gives_nothing(person: User, vikram: User, child: Patient) -> None:
    key = invite(child, person).key
    services.decline(key=key, by=vikram, now=NOW)
    assert (acting(vikram, child), Invitation.objects.get().status) == (None, "declined")
    refused(exceptions.InvitationGone, services.accept, key=key, by=vikram, now=NOW)


def test_invitation_is_for_its_address_alone(person: User, stranger: User, child: Patient) -> None:
    key = invite(child, person).key
    for by in (stranger, person):
        for answer in (services.accept, services.decline):
            refused(exceptions.ForAnotherAddress, answer, key=key, by=by, now=NOW)


@pytest.mark.parametrize("passed", [GOOD_FOR, GOOD_FOR + timedelta(days=1)])
def test_invitation_ends(person: User, vikram: User, child: Patient, passed: timedelta) -> None:
    key = invite(child, person).key
    refused(exceptions.InvitationGone, services.accept, key=key, by=vikram, now=NOW + passed)
    again = invite(child, person, now=NOW + passed)  # instead of the one that is too old
    assert services.accept(key=again.key, by=vikram, now=NOW + passed).user == vikram


def test_wrong_key_opens_nothing(vikram: User, person: User, child: Patient) -> None:
    invite(child, person)
    refused(exceptions.InvitationGone, services.accept, key="x" * 43, by=vikram, now=NOW)


def test_invitation_dies_with_who_sent_it(person: User, vikram: User, child: Patient) -> None:
    key = invite(child, person).key
    set_active(user=person, active=False, now=NOW)
    refused(exceptions.InvitationGone, services.accept, key=key, by=vikram, now=NOW)


def test_invited_parent_of_who_came_of_age_is_too_late(person: User, vikram: User) -> None:
    nearly = add(person, date_of_birth=date(2008, 3, 10))
    key = invite(nearly, person, relation="parent").key
    on = NOW + timedelta(days=8)
    refused(exceptions.InvitationGone, services.accept, key=key, by=vikram, now=on)


def test_withdrawn_invitation_is_gone(
    person: User, vikram: User, stranger: User, child: Patient
) -> None:
    invitation = invite(child, person)
    refused(exceptions.NotForYou, services.withdraw, invitation=invitation, by=stranger, now=NOW)
    services.withdraw(invitation=invitation, by=person, now=NOW)
    asked = {"key": invitation.key, "by": vikram, "now": NOW}
    refused(exceptions.InvitationGone, services.accept, **asked)
    refused(exceptions.InvitationGone, services.withdraw, invitation=invitation, by=person, now=NOW)


def test_invitation_sent_again_has_another_link(person: User, vikram: User, child: Patient) -> None:
    first = invite(child, person)
    later = NOW + timedelta(days=10)
    second = services.resend(invitation=first, by=person, now=later)
    assert second.expires_at == later + GOOD_FOR
    asked = {"by": vikram, "now": later}
    refused(exceptions.InvitationGone, services.accept, key=first.key, **asked)
    assert services.accept(key=second.key, **asked).relation == "carer"


@commits
def test_invitation_withdrawn_before_its_mail_is_not_sent(
    queue: None, person: User, child: Patient
) -> None:
    services.withdraw(invitation=invite(child, person), by=person, now=NOW)
    call_command("work", "--once")
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"email": "ASHA@example.com"}, exceptions.InvitesThemself),
        ({"email": "acts@example.com"}, exceptions.ActsAlready),
        ({"email": "Asked@example.com"}, exceptions.InvitedAlready),
        ({"email": "asked@example.com", "relation": "parent"}, exceptions.InvitedAlready),
        ({"relation": "self"}, exceptions.NotForYou),  # a child of nine
    ],
)
def test_wrong_invitation_is_refused(
    person: User, child: Patient, changes: dict[str, str], refusal: type[Refusal]
) -> None:
    accepted(child, person, make_person("Mira", "acts@example.com"))
    invite(child, person, email="asked@example.com")
    refused(refusal, invite, patient=child, by=person, **changes)


def test_who_acts_for_nobody_invites_nobody(stranger: User, child: Patient) -> None:
    refused(exceptions.NotYours, invite, patient=child, by=stranger)


def test_carer_who_was_invited_invites_nobody(person: User, vikram: User, child: Patient) -> None:
    accepted(child, person, vikram)
    refused(exceptions.NotForYou, invite, patient=child, by=vikram, email="third@example.com")


def test_parent_is_invited_for_a_child_alone(person: User) -> None:
    mother = add(person, relation="carer", date_of_birth=ADULT)
    refused(exceptions.NoChild, invite, patient=mother, by=person, relation="parent")
    unknown = add(person, relation="carer", date_of_birth=None)
    refused(exceptions.NoBirthday, invite, patient=unknown, by=person, relation="parent")


def test_one_login_sends_so_many_a_day(person: User, child: Patient) -> None:
    for number in range(MOST_A_DAY):
        invite(child, person, email=f"{number}@example.com")
    refused(exceptions.TooManyInvitations, invite, patient=child, by=person)
    tomorrow = NOW + timedelta(days=1)
    assert invite(child, person, now=tomorrow).pk


def test_one_address_is_asked_so_often_a_day(person: User, child: Patient) -> None:
    invitation = invite(child, person)
    for _ in range(MOST_TO_ONE_A_DAY - 1):
        invitation = services.resend(invitation=invitation, by=person, now=NOW)
    refused(
        exceptions.TooManyInvitations, services.resend, invitation=invitation, by=person, now=NOW
    )


# Handing over


@pytest.fixture
def mother(person: User) -> Patient:
    return add(person, name="Lakshmi Rao", relation="carer", date_of_birth=ADULT)


def hand_over(patient: Patient, by: User, to: User) -> PatientAccess:
    key = invite(patient, by, email=to.email, relation="self").key
    return services.accept(key=key, by=to, now=NOW)


def test_record_becomes_that_of_a_new_login(person: User, mother: Patient, vikram: User) -> None:
    before, unused = mother.pk, patient_of(vikram).pk
    access = hand_over(mother, person, vikram)
    assert (access.relation, access.given_by) == ("self", person)
    own = own_patient(vikram)
    assert own is not None
    assert (own.pk, own.name) == (before, "Lakshmi Rao")
    assert not Patient.objects.filter(pk=unused).exists()
    assert acting(person, mother) is not None  # until one of them ends it
    assert has_login(mother)


def test_record_becomes_that_of_a_login_without_one(person: User, mother: Patient) -> None:
    login = make_user(VIKRAM)
    hand_over(mother, person, login)
    assert own_patient(login) == mother


def test_details_that_a_new_login_brings_are_noted(person: User, vikram: User) -> None:
    mother = add(person, name="Lakshmi Rao", relation="carer", date_of_birth=None)
    Patient.objects.filter(pk=patient_of(vikram).pk).update(date_of_birth=ADULT)
    hand_over(mother, person, vikram)
    mother.refresh_from_db()
    assert mother.date_of_birth == ADULT
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_change_message()) == (vikram, "Changed Date of birth.")


def test_record_in_use_does_not_make_way(person: User, mother: Patient, vikram: User) -> None:
    make_appointment(make_doctor(), vikram, at(3, 9), status="cancelled")
    key = invite(mother, person, relation="self").key
    refused(exceptions.HasOwnRecord, services.accept, key=key, by=vikram, now=NOW)


def test_record_that_others_act_for_does_not_make_way(
    person: User, mother: Patient, vikram: User, stranger: User
) -> None:
    accepted(patient_of(vikram), vikram, stranger)
    key = invite(mother, person, relation="self").key
    refused(exceptions.HasOwnRecord, services.accept, key=key, by=vikram, now=NOW)


def test_record_is_handed_over_once(
    person: User, mother: Patient, vikram: User, stranger: User
) -> None:
    invite(mother, person, relation="self")
    refused(
        exceptions.HandedOverAlready,
        invite,
        patient=mother,
        by=person,
        email=stranger.email,
        relation="self",
    )
    services.accept(key=Invitation.objects.get().key, by=vikram, now=NOW)
    refused(
        exceptions.NotForYou,
        invite,
        patient=mother,
        by=person,
        email=stranger.email,
        relation="self",
    )


def test_child_of_sixteen_may_have_a_login(person: User, vikram: User) -> None:
    young = add(person, date_of_birth=date(2010, 3, 3))  # 16 tomorrow
    refused(exceptions.NotForYou, invite, patient=young, by=person, relation="self")
    child = add(person, date_of_birth=date(2010, 3, 2))
    hand_over(child, person, vikram)
    assert own_patient(vikram) == child


# Who acts for whom


def test_people_are_oneself_first_each_with_all_who_act(
    person: User, vikram: User, child: Patient
) -> None:
    accepted(child, person, vikram, "parent")
    add(person, name="Aarav", date_of_birth=date(2020, 1, 1))
    assert [
        (str(one.patient), one.relation, [access.user.email for access in one.patient.acting])  # type: ignore[attr-defined]
        for one in people_of(person)
    ] == [
        ("Asha Rao", "self", ["asha@example.com"]),
        ("Aarav", "parent", ["asha@example.com"]),
        ("Ravi Rao", "parent", ["asha@example.com", VIKRAM]),
    ]


def test_signing_up_says_who_gave_the_access(person: User) -> None:
    assert access_of(person, patient_of(person)).given_by == person


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("self", "Ravi Rao"),
        ("parent", "Ravi Rao (your child)"),
        ("carer", "Ravi Rao (in your care)"),
        ("other", "Ravi Rao (you act for them)"),
        ("", "Ravi Rao"),
    ],
)
def test_whom_a_visit_is_for(relation: str, said: str) -> None:
    assert for_whom("Ravi Rao", relation) == said


@pytest.mark.parametrize(("name", "first"), [("Ravi Rao", "Ravi"), ("Ravi", "Ravi"), (" ", "")])
def test_first_name(name: str, first: str) -> None:
    assert Patient(name=name).first_name == first


# Coming of age. Today is 2 March 2026.


OF_AGE_SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # of who was born on 1 January 2008
A_CHILD_STILL = datetime(2020, 1, 1, tzinfo=UTC)


def end_childhoods(day: date = TODAY) -> int:
    return services.end_childhoods(now=NOW + (day - TODAY))


def parent_of(
    person: User, born: date | None, relation: str = "parent", **fields: Any
) -> PatientAccess:
    patient = Patient.objects.create(name="Ravi Rao", date_of_birth=born)
    return PatientAccess.objects.create(user=person, patient=patient, relation=relation, **fields)


def state_of(access: PatientAccess) -> str:
    access.refresh_from_db()
    return "ended" if access.ended_at else "told" if access.noticed_at else "untouched"


@pytest.mark.parametrize(
    ("born", "state"),
    [
        (date(2008, 3, 2), "ended"),  # 18 today
        (date(2008, 2, 29), "ended"),  # on 1 March, as there was no 29 February
        (date(1990, 1, 1), "ended"),
        (date(2008, 3, 3), "told"),
        (date(2008, 4, 1), "told"),  # in 30 days
        (date(2008, 4, 2), "untouched"),
        (CHILD, "untouched"),
        (None, "untouched"),
        (date(2027, 1, 1), "untouched"),  # cannot be
        (date(1850, 1, 1), "untouched"),
        (date(1, 1, 1), "untouched"),
        (date(9999, 12, 31), "untouched"),
    ],
)
def test_childhood_ends_with_notice(person: User, born: date | None, state: str) -> None:
    access = parent_of(person, born)
    end_childhoods()
    assert state_of(access) == state


@pytest.mark.parametrize(
    ("day", "state"), [(date(2026, 2, 28), "told"), (date(2026, 3, 1), "ended")]
)
def test_who_was_born_on_29_february_is_of_age_on_1_march(
    person: User, day: date, state: str
) -> None:
    access = parent_of(person, date(2008, 2, 29))
    end_childhoods(day)
    assert state_of(access) == state


@pytest.mark.parametrize("relation", ["carer", "other", "self"])
def test_access_given_when_of_age_lasts(relation: str) -> None:
    access = parent_of(make_user(), date(2008, 1, 1), relation, created_at=OF_AGE_SINCE)
    assert (end_childhoods(), state_of(access)) == (0, "untouched")


@pytest.mark.parametrize("relation", ["carer", "other"])
def test_access_given_by_staff_lasts(relation: str, receptionist: User) -> None:
    access = parent_of(
        make_user(), date(2008, 3, 2), relation, created_at=A_CHILD_STILL, given_by=receptionist
    )
    assert (end_childhoods(), state_of(access)) == (0, "untouched")


def test_own_access_given_to_a_child_lasts() -> None:
    access = parent_of(make_user(), date(2008, 3, 2), "self", created_at=A_CHILD_STILL)
    assert (end_childhoods(), state_of(access)) == (0, "untouched")


@pytest.mark.parametrize("relation", ["carer", "other"])
@pytest.mark.parametrize(
    ("born", "state"), [(date(2008, 3, 2), "ended"), (date(2008, 3, 20), "told")]
)
def test_access_given_to_a_child_ends_whatever_it_was_called(
    person: User, relation: str, born: date, state: str
) -> None:
    given = {"created_at": A_CHILD_STILL, "given_by": person}
    access = parent_of(person, born, relation, **given)
    forgotten = parent_of(person, born, relation, created_at=A_CHILD_STILL)  # who gave it
    end_childhoods()
    assert (state_of(access), state_of(forgotten)) == (state, state)


def test_access_given_by_staff_to_their_family_ends(person: User, receptionist: User) -> None:
    """They act for the child themselves: it was not the clinic that gave it."""
    access = parent_of(
        receptionist,
        date(2008, 3, 2),
        "other",
        created_at=A_CHILD_STILL,
        given_by=receptionist,
    )
    invited = access.patient.accesses.create(
        user=person, relation="other", created_at=A_CHILD_STILL, given_by=receptionist
    )
    end_childhoods()
    assert (state_of(access), state_of(invited)) == ("ended", "ended")


def test_day_of_coming_of_age_is_to_the_day(person: User) -> None:
    born, midnight = date(2008, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)
    late = parent_of(person, born, "other", created_at=midnight)
    just = parent_of(person, born, "other", created_at=midnight - timedelta(seconds=1))
    end_childhoods()
    assert (state_of(late), state_of(just)) == ("untouched", "ended")


@commits
@pytest.mark.parametrize("invites", [True, False])
def test_who_is_no_parent_is_told_in_fitting_words(
    person: User, vikram: User, invites: bool
) -> None:
    """Who may invite can hand over; who may not waits to be asked."""
    access = parent_of(
        person,
        date(2008, 3, 20),
        "other",
        created_at=A_CHILD_STILL,
        given_by=person if invites else vikram,
    )
    assert [end_childhoods(), end_childhoods(date(2026, 3, 20))] == [1, 1]
    assert [sent.subject for sent in mail.outbox] == [
        "Someone you act for comes of age: what changes",
        "Someone you acted for is of age: your access has ended",
    ]
    said, ended = (str(sent.body) for sent in mail.outbox)
    assert ("Hand over before 20 March 2026: Ravi is 18 then" in said) == invites
    assert (f"/accounts/family/{access.patient_id}/hand-over/" in said) == invites
    assert ("You need to do nothing: Ravi is 18 on 20 March 2026" in said) != invites
    assert "parent" not in said + ended


def test_childhood_ends_though_the_child_has_a_login(person: User, vikram: User) -> None:
    access = parent_of(person, date(2008, 3, 2))
    own = PatientAccess.objects.filter(user=vikram)
    own.update(patient=access.patient)
    end_childhoods()
    assert (state_of(access), state_of(own.get())) == ("ended", "untouched")


@commits
def test_both_parents_are_told_once_and_once_more_on_the_day(person: User, vikram: User) -> None:
    child = add(person, date_of_birth=date(2008, 3, 20))  # at 17 years and 348 days
    accepted(child, person, vikram, "parent")
    mail.outbox.clear()
    found = [end_childhoods(day) for day in (TODAY, TODAY, date(2026, 3, 19), date(2026, 3, 20))]
    assert found == [2, 0, 0, 2]
    assert end_childhoods(date(2026, 3, 21)) == 0
    assert [(sent.to[0], sent.subject) for sent in mail.outbox] == [
        ("asha@example.com", "Your child comes of age: what changes"),
        (VIKRAM, "Your child comes of age: what changes"),
        ("asha@example.com", "Your child is of age: your access has ended"),
        (VIKRAM, "Your child is of age: your access has ended"),
    ]
    assert "Hand over before 20 March 2026: Ravi is 18 then" in mail.outbox[0].body
    assert f"/accounts/family/{child.pk}/hand-over/" in mail.outbox[0].body
    assert contact_emails(child) == []


@commits
def test_closed_login_is_not_told(person: User) -> None:
    access = parent_of(person, date(2008, 3, 2))
    set_active(user=person, active=False, now=NOW)
    end_childhoods()
    assert (state_of(access), mail.outbox) == ("ended", [])


def test_all_are_ended_however_many(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.family.services.childhoods.AT_ONCE", 2)
    for _ in range(5):
        parent_of(person, date(2008, 3, 2))
    assert (end_childhoods(), end_childhoods()) == (5, 0)


def test_wall_clock_is_that_of_utc(person: User, clock: time_machine.Traveller) -> None:
    access = parent_of(person, date(2008, 3, 3))
    last = NOW.replace(hour=23, minute=59)
    services.end_childhoods(now=last)
    assert state_of(access) == "told"
    services.end_childhoods(now=last + timedelta(minutes=1))
    assert state_of(access) == "ended"
