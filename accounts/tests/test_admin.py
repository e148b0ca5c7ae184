"""The admin of people: what staff may do with logins, patients, access and programs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.emails import NOT_NEEDED, PUT_OFF, send_written
from accounts.family.services import invite
from accounts.models import ApiSession, Invitation, Mail, Patient, PatientAccess, User
from accounts.services import open_api_session, sign_up
from docspot.tests import cast
from docspot.tests.desk import act, add_url, change_url, delete_url, errors_of, list_url
from docspot.tests.fixtures import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


@pytest.fixture
def receptionist() -> User:
    """Staff with every permission on people and groups, but no superuser."""
    user = cast.make_user("reception@example.com", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["accounts", "auth"])
    )
    return user


# Lists and forms


def make_login(number: int) -> User:
    user = sign_up(email=f"p{number}@example.com", password=cast.PASSWORD, name=f"Person {number}")
    cast.make_child(user, f"Child {number}")
    open_api_session(user=user, now=cast.NOW)
    send_written.enqueue(subject="Welcome", body="", html=[], to=user.email)
    return user


@pytest.mark.parametrize(
    ("model", "queries"),
    [(User, 10), (Patient, 9), (PatientAccess, 8), (ApiSession, 8), (Mail, 6)],
)
@pytest.mark.usefixtures("queue")
def test_list_asks_the_same_for_one_and_three_rows(
    desk: Client, model: Any, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = list_url(model)
    make_login(1)
    desk.get(url)
    with django_assert_num_queries(queries):
        assert desk.get(url).status_code == 200
    make_login(2)
    make_login(3)
    with django_assert_num_queries(queries):
        assert desk.get(url).status_code == 200


def test_patient_page_asks_the_same_for_one_and_three_logins(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    patient = cast.patient_of(make_login(1))
    desk.get(change_url(patient))
    with django_assert_num_queries(6):
        assert desk.get(change_url(patient)).status_code == 200
    for number in (2, 3):
        PatientAccess.objects.create(user=make_login(number), patient=patient, relation="carer")
    with django_assert_num_queries(6):
        assert desk.get(change_url(patient)).status_code == 200


def test_forms_open(desk: Client) -> None:
    user = make_login(1)
    rows = [
        user,
        cast.patient_of(user),
        user.accesses.first(),
        user.api_sessions.get(),
        Group.objects.create(name="Reception"),
    ]
    assert [desk.get(change_url(row)).status_code for row in rows] == [200] * 5
    models = (User, Patient, PatientAccess, Group)
    assert [desk.get(add_url(model)).status_code for model in models] == [200] * 4
    assert desk.get(add_url(ApiSession)).status_code == 403


@pytest.mark.parametrize("words", ["asha", "RAO", "98765 43210", "asha@example.com"])
def test_patient_is_found_by_name_phone_and_email(
    desk: Client, person: User, stranger: User, words: str
) -> None:
    patient = cast.patient_of(person)
    patient.phone = "+919876543210"
    patient.save()
    response = desk.get(list_url(Patient), {"q": words})
    assert [row.name for row in response.context["cl"].result_list] == ["Asha Rao"]


def test_login_list_tells_for_whom_each_acts_now(desk: Client, person: User) -> None:
    PatientAccess.objects.create(
        user=person, patient=Patient.objects.create(name="Old"), relation="carer", ended_at=cast.NOW
    )
    response = desk.get(list_url(User), {"q": "asha@example.com"})
    assert b"Asha Rao" in response.content
    assert b"Old" not in response.content


# Nothing here is deleted


@pytest.mark.parametrize("model", [User, Patient, PatientAccess, ApiSession])
def test_people_are_not_deleted(desk: Client, model: Any) -> None:
    make_login(1)
    row = model.objects.first()
    assert desk.post(delete_url(row), {"post": "yes"}).status_code == 403
    act(desk, "delete_selected", row)
    assert model.objects.filter(pk=row.pk).exists()


# Logins


def test_added_login_has_its_address_and_a_password(desk: Client) -> None:
    data = {
        "email": "New@Example.com",
        "password1": "a-long-word-42",
        "password2": "a-long-word-42",
    }
    assert desk.post(add_url(User), data).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert user.check_password("a-long-word-42")
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == ("new@example.com", True, False)


SHORT = "This password is too short. It must contain at least 8 characters."


TAKEN = [
    "There is already an account with this email address.",
    "Login with this Email address already exists.",
]


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"email": "ASHA@example.com"}, TAKEN),
        ({"email": "banana"}, ["Enter a valid email address."]),
        ({"email": ""}, ["This field is required."]),
        ({"password1": "abc-42", "password2": "abc-42"}, [SHORT]),
    ],
)
def test_wrong_login_is_not_added(
    desk: Client, person: User, data: dict[str, str], errors: list[str]
) -> None:
    right = {"email": "n@example.com", "password1": "a-long-word-42", "password2": "a-long-word-42"}
    assert errors_of(desk.post(add_url(User), right | data)) == errors
    emails = User.objects.order_by("email").values_list("email", flat=True)
    assert list(emails) == ["asha@example.com", "desk@example.com"]


def test_changed_address_waits_to_be_confirmed(desk: Client, person: User) -> None:
    EmailAddress.objects.filter(user=person).update(verified=True)
    response = desk.post(change_url(person), {"email": "Asha.Rao@example.com"})
    assert response.status_code == 302
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("asha.rao@example.com", False, True)
    ]
    person.refresh_from_db()
    assert person.email == "asha.rao@example.com"


def test_unchanged_address_stays_confirmed(desk: Client, person: User) -> None:
    EmailAddress.objects.filter(user=person).update(verified=True)
    assert desk.post(change_url(person), {"email": "asha@example.com"}).status_code == 302
    assert EmailAddress.objects.get(user=person).verified


def test_address_is_marked_as_confirmed(desk: Client, person: User) -> None:
    assert act(desk, "confirm_address", person) == ["1 email address confirmed."]
    assert EmailAddress.objects.get(user=person).verified


def test_address_that_is_anothers_is_not_confirmed(
    desk: Client, person: User, stranger: User
) -> None:
    EmailAddress.objects.filter(user=stranger).update(email=person.email, verified=True)
    assert act(desk, "confirm_address", person) == [
        "asha@example.com: There is already an account with this email address. Log in instead."
    ]
    assert not EmailAddress.objects.get(user=person).verified


def test_keeping_out_ends_the_programs_logins(desk: Client, person: User, stranger: User) -> None:
    open_api_session(user=person, now=cast.NOW)
    assert act(desk, "keep_out", person, stranger) == ["2 logins kept out."]
    person.refresh_from_db()
    assert not person.is_active
    assert person.api_sessions.get().ended_at == cast.NOW
    assert act(desk, "let_in", person) == ["1 login let in."]
    person.refresh_from_db()
    assert person.is_active


def test_nobody_keeps_themselves_out(desk: Client, staff: User, person: User) -> None:
    assert act(desk, "keep_out", staff, person) == [
        "desk@example.com: You cannot do this to your own login.",
        "1 login kept out.",
    ]
    staff.refresh_from_db()
    assert staff.is_active


def test_active_is_not_changed_by_the_form(desk: Client, person: User) -> None:
    desk.post(change_url(person), {"email": person.email, "is_active": ""})
    person.refresh_from_db()
    assert person.is_active


# Only superusers decide what staff may do


POWERS = {"is_staff": "on", "is_superuser": "on"}


def powers(user: User) -> tuple[bool, bool, int, int]:
    user.refresh_from_db()
    return user.is_staff, user.is_superuser, user.groups.count(), user.user_permissions.count()


def test_superuser_decides_what_a_login_may_do(desk: Client, person: User) -> None:
    group = Group.objects.create(name="Reception")
    data = {"email": person.email, **POWERS, "groups": [group.pk]}
    assert desk.post(change_url(person), data).status_code == 302
    assert powers(person) == (True, True, 1, 0)


def test_receptionist_gives_nobody_powers(receptionist: User, person: User) -> None:
    group = Group.objects.create(name="Reception")
    data = {
        "email": "asha2@example.com",
        **POWERS,
        "groups": [group.pk],
        "user_permissions": [Permission.objects.all()[0].pk],
    }
    assert browser_of(receptionist).post(change_url(person), data).status_code == 302
    assert powers(person) == (False, False, 0, 0)
    assert person.email == "asha2@example.com"


@pytest.mark.parametrize("whose", ["own", "superuser"])
def test_receptionist_does_not_change_staff(receptionist: User, staff: User, whose: str) -> None:
    client, target = browser_of(receptionist), receptionist if whose == "own" else staff
    before = target.password, target.email, powers(target)
    assert client.get(change_url(target)).status_code == 200  # to look at
    assert client.post(change_url(target), {"email": "mine@example.com"}).status_code == 403
    password = {
        "password1": "a-long-word-42",
        "password2": "a-long-word-42",
        "usable_password": "true",
    }
    url = reverse("admin:auth_user_password_change", args=[target.pk])
    assert client.post(url, password).status_code == 403
    for action in ("keep_out", "confirm_address"):
        assert act(client, action, target) == [
            f"{target.email}: Only a superuser can change the login of staff."
        ]
    target.refresh_from_db()
    assert (target.password, target.email, powers(target)) == before
    assert target.is_active


def test_receptionist_does_not_change_groups(receptionist: User) -> None:
    group = Group.objects.create(name="Reception")
    client = browser_of(receptionist)
    assert client.post(add_url(Group), {"name": "All"}).status_code == 403
    assert client.post(change_url(group), {"name": "All"}).status_code == 403
    assert client.post(delete_url(group), {"post": "yes"}).status_code == 403
    assert list(Group.objects.filter(name__in=["All", "Reception"])) == [group]


def test_action_needs_the_permission_to_change(person: User) -> None:
    viewer = cast.make_user("viewer@example.com", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    session = ApiSession.objects.create(
        user=person, created_at=cast.NOW, refreshed_at=cast.NOW, refresh_jti="x", auth_hash="x"
    )
    client = browser_of(viewer)
    act(client, "keep_out", person)
    act(client, "end", session)
    person.refresh_from_db()
    session.refresh_from_db()
    assert (person.is_active, session.ended_at) == (True, None)


# Patients, and who may act for them


def rows_of(patient: Patient | None, *added: dict[str, Any]) -> dict[str, Any]:
    """The access of a patient as the form sends it: the rows there are, and those added."""
    there = list(patient.accesses.order_by("id")) if patient else []
    rows = [{"id": row.pk, "patient": row.patient_id} for row in there] + list(added)
    data = {"accesses-TOTAL_FORMS": len(rows), "accesses-INITIAL_FORMS": len(there)}
    for number, row in enumerate(rows):
        data |= {f"accesses-{number}-{name}": value for name, value in row.items()}
    return data


def access() -> set[tuple[str, str, str]]:
    rows = PatientAccess.objects.active()
    return set(rows.values_list("user__email", "patient__name", "relation"))


def test_patient_is_added_with_a_login(desk: Client) -> None:
    login = cast.make_user("parent@example.com")
    data = {"name": "Ravi Rao", "date_of_birth": "2020-02-29", "phone": "+91 98765 43210"}
    added = rows_of(None, {"user": login.pk, "relation": "parent"})
    assert desk.post(add_url(Patient), data | added).status_code == 302
    assert str(Patient.objects.get().phone) == "+919876543210"
    assert access() == {("parent@example.com", "Ravi Rao", "parent")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 255),
        ("name", "a\x00b"),
        ("date_of_birth", "banana"),
        ("date_of_birth", "2026-04-01"),
        ("date_of_birth", "0001-01-01"),
        ("phone", "12"),
        ("email", "banana"),
    ],
)
def test_wrong_patient_is_not_added(desk: Client, field: str, value: str) -> None:
    data = {"name": "Ravi Rao", **rows_of(None), field: value}
    response = desk.post(add_url(Patient), data)
    assert len(errors_of(response)) == 1
    assert list(response.context["adminform"].form.errors) == [field]
    assert not Patient.objects.exists()


OWN = "This patient already has a login of their own."
TWICE = "This login may already act for this patient."
OTHER = "This login already has its own patient."


def test_wrong_access_is_not_given(desk: Client, person: User) -> None:
    asha, child, login = cast.patient_of(person), cast.make_child(person), cast.make_user()
    before = access()
    for patient, user, relation, on_its_own, with_patient in [
        (asha, login, "self", [OWN], [OWN]),
        (asha, person, "carer", [TWICE], [TWICE]),
        (child, person, "self", [TWICE, OTHER], [OTHER]),
    ]:
        row = {"user": user.pk, "relation": relation}
        response = desk.post(add_url(PatientAccess), {**row, "patient": patient.pk})
        assert errors_of(response) == on_its_own
        data = {"name": patient.name, **rows_of(patient, row)}
        assert errors_of(desk.post(change_url(patient), data)) == with_patient
    assert access() == before


@pytest.mark.parametrize(
    ("first", "second", "same_login", "error"),
    [("self", "self", False, OWN), ("parent", "carer", True, TWICE)],
)
def test_rows_added_together_are_compared(
    desk: Client, first: str, second: str, same_login: bool, error: str
) -> None:
    patient, one, other = Patient.objects.create(name="Ravi"), cast.make_user(), cast.make_user()
    added = [
        {"user": one.pk, "relation": first},
        {"user": (one if same_login else other).pk, "relation": second},
    ]
    response = desk.post(change_url(patient), {"name": "Ravi", **rows_of(patient, *added)})
    assert errors_of(response) == [error]
    assert access() == set()


def test_access_is_ended_and_given_again(desk: Client, person: User) -> None:
    patient, row = cast.patient_of(person), PatientAccess.objects.get()
    assert desk.post(change_url(row), {"ended_at": "on"}).status_code == 302
    row.refresh_from_db()
    assert row.ended_at == cast.NOW
    assert desk.post(change_url(row), {"ended_at": ""}).status_code == 302
    row.refresh_from_db()
    assert row.ended_at == cast.NOW  # not taken back
    again = rows_of(patient, {"user": person.pk, "relation": "self"})
    assert desk.post(change_url(patient), {"name": "Asha Rao", **again}).status_code == 302
    assert access() == {("asha@example.com", "Asha Rao", "self")}


def test_access_that_is_there_is_not_rewritten(desk: Client, person: User, stranger: User) -> None:
    patient, row = cast.patient_of(person), PatientAccess.objects.get(user=person)
    before = access()
    data = rows_of(patient) | {
        "accesses-0-user": stranger.pk,
        "accesses-0-relation": "carer",
        "accesses-0-DELETE": "on",
    }
    assert desk.post(change_url(patient), {"name": "Asha Rao", **data}).status_code == 302
    desk.post(change_url(row), {"user": stranger.pk, "relation": "carer"})
    assert access() == before


def test_access_says_who_gave_and_who_ended_it(desk: Client, staff: User, person: User) -> None:
    child = cast.make_child(person)
    login, other = cast.make_user("one@example.com"), cast.make_user("two@example.com")
    row = {"user": login.pk, "relation": "carer"}
    desk.post(add_url(PatientAccess), {**row, "patient": child.pk})
    added = rows_of(child, {"user": other.pk, "relation": "parent"})
    desk.post(change_url(child), {"name": "Ravi Rao", **added})
    given = PatientAccess.objects.filter(user__in=[login, other]).order_by("user__email")
    assert [(one.given_by, one.created_at) for one in given] == [(staff, cast.NOW)] * 2
    desk.post(change_url(given[0]), {"ended_at": "on"})
    ended = PatientAccess.objects.get(user=login)
    assert (ended.ended_at, ended.ended_by) == (cast.NOW, staff)


GROWN = "Who is 18 or older is not added as a child. "


def test_parent_of_who_is_of_age_is_not_entered(desk: Client) -> None:
    grown = Patient.objects.create(name="Mira", date_of_birth="2008-03-02")
    row = {"user": cast.make_user().pk, "relation": "parent"}
    (error,) = errors_of(desk.post(add_url(PatientAccess), {**row, "patient": grown.pk}))
    assert error.startswith(GROWN)
    data = {"name": "Mira", "date_of_birth": "2008-03-02"}
    (error,) = errors_of(desk.post(change_url(grown), data | rows_of(grown, row)))
    assert error.startswith(GROWN)
    (error,) = errors_of(desk.post(add_url(Patient), data | rows_of(None, row)))
    assert error.startswith(GROWN)
    assert access() == set()


def test_invitations_are_looked_at(desk: Client, person: User) -> None:
    asked = invite(
        patient=cast.patient_of(person),
        email="a@example.com",
        relation="carer",
        by=person,
        now=cast.NOW,
    )
    for url in (list_url(Invitation) + "?q=asha", change_url(asked)):
        response = desk.get(url)
        assert response.status_code == 200
        assert "a@example.com" in response.text
        assert asked.digest not in response.text


# Programs


def test_login_of_a_program_is_ended_once(desk: Client, person: User) -> None:
    open_api_session(user=person, now=cast.NOW)
    session = ApiSession.objects.get()
    assert act(desk, "end", session) == ["1 login of a program ended."]
    session.refresh_from_db()
    assert session.ended_at == cast.NOW
    assert act(desk, "end", session) == [f"{session}: This had already ended."]


# Mails


def queued(to: str, **fields: Any) -> Mail:
    send_written.enqueue(subject="Choose", body="https://secret.example", html=[], to=to)
    Mail.objects.filter(args_kwargs__kwargs__to=to).update(**fields)
    return Mail.objects.get(args_kwargs__kwargs__to=to)


FAILED = {
    "status": "FAILED",
    "worker_ids": ["one", "two"],
    "started_at": cast.NOW,
    "finished_at": cast.NOW,
    "exception_class_path": "builtins.ConnectionRefusedError",
}


@pytest.mark.usefixtures("queue")
def test_mails_tell_whom_they_are_for_and_how_it_went_but_not_what_they_say(desk: Client) -> None:
    queued("waiting@example.com")
    mail = queued("failed@example.com", **FAILED)
    page = desk.get(list_url(Mail)).text
    for words in ("waiting@example.com", "failed@example.com", "2 tries", "ConnectionRefusedError"):
        assert words in page
    assert "secret" not in page + desk.get(change_url(mail)).text


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "failed"}, "failed"),
        ({"state": "waiting"}, "waiting"),
        ({"state": "troubled"}, "troubled"),
        ({"state": "sent"}, "sent"),
        ({"state": "left_out"}, "left"),
        ({"q": "TROUBLED@"}, "troubled"),
    ],
)
def test_mails_are_narrowed(desk: Client, query: dict[str, str], found: str) -> None:
    queued("waiting@example.com")
    queued("failed@example.com", **FAILED)
    queued("troubled@example.com", **FAILED | {"status": "READY"})
    queued("sent@example.com", status="SUCCESSFUL")
    queued("left@example.com", status="SUCCESSFUL", return_value=NOT_NEEDED)
    rows = desk.get(list_url(Mail), query).context["cl"].result_list
    assert [row.args_kwargs["kwargs"]["to"] for row in rows] == [f"{found}@example.com"]


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, "Sent"),
        (NOT_NEEDED, "Not needed any more"),
        (PUT_OFF, "Put off until the morning"),
    ],
)
def test_mails_that_were_not_sent_for_good_reason_do_not_stand_as_sent(
    desk: Client, value: str | None, state: str
) -> None:
    mail = queued("a@example.com", status="SUCCESSFUL", return_value=value)
    page = desk.get(list_url(Mail))
    assert f'<td class="field-state">{state}</td>' in page.text
    assert page.context["cl"].model_admin.state(mail) == state


@pytest.mark.usefixtures("queue")
def test_failed_mails_are_sent_again(desk: Client) -> None:
    failed = queued("failed@example.com", **FAILED)
    sent = queued("sent@example.com", status="SUCCESSFUL")
    assert act(desk, "send_again", failed, sent) == [
        "sent@example.com: This has been sent, is being sent, or is not needed any more.",
        "1 mail is sent again.",
    ]
    failed.refresh_from_db()
    assert (failed.status, failed.worker_ids) == ("READY", [])


def test_superuser_who_is_not_staff_is_not_changed_by_staff(receptionist: User) -> None:
    client, target = browser_of(receptionist), cast.make_user("root@example.com", is_superuser=True)
    assert client.post(change_url(target), {"email": "mine@example.com"}).status_code == 403
    url = reverse("admin:auth_user_password_change", args=[target.pk])
    assert client.get(url).status_code == 403


# Mails


@pytest.mark.usefixtures("queue")
def test_mails_say_what_they_are_about_and_not_what_they_say(desk: Client) -> None:
    sign_up(email="asha@example.com", password=cast.PASSWORD, name="Asha Rao")
    Client().post("/accounts/password/reset/", {"email": "asha@example.com"})
    Client().post("/accounts/password/reset/", {"email": "none@example.com"})
    send_written.enqueue(subject="Old", body="secret", html=[], to="old@example.com")
    response = desk.get(list_url(Mail))
    shown = response.context["cl"].model_admin
    assert {(shown.to(mail), shown.what(mail)) for mail in Mail.objects.all()} == {
        ("asha@example.com", "Choose a new password"),
        ("none@example.com", "There is no account with this address"),
        ("old@example.com", ""),
    }
    for secret in ("/password/reset/key/", "secret"):
        assert secret not in response.text


@pytest.mark.usefixtures("queue")
def test_mail_of_a_task_that_is_no_more_is_listed(desk: Client) -> None:
    send_written.enqueue(subject="", body="", html=[], to="a@example.com")
    Mail.objects.update(task_path="accounts.gone.send")
    assert desk.get(list_url(Mail)).status_code == 200


@pytest.mark.usefixtures("queue")
def test_first_page_warns_of_mails_that_could_not_be_sent(
    desk: Client, person: User, receptionist: User
) -> None:
    def warning(client: Client) -> list[str]:
        found = re.search(
            r'class="errornote">\s*(.*?)\s*<a href="(.*?)"', client.get("/admin/").text
        )
        return list(found.groups()) if found else []

    send_written.enqueue(subject="", body="", html=[], to="a@example.com")
    assert warning(desk) == []
    Mail.objects.update(status="FAILED", finished_at=cast.NOW, worker_ids=["x"] * 8)
    address = "/admin/accounts/mail/?state=failed"
    assert warning(desk) == ["1 mail could not be sent.", address]
    assert warning(browser_of(receptionist)) == ["1 mail could not be sent.", address]
    assert warning(browser_of(cast.make_user(is_staff=True))) == []
    [mail] = desk.get(address).context["cl"].result_list
    assert act(desk, "send_again", mail) == ["1 mail is sent again."]
    assert warning(desk) == []
