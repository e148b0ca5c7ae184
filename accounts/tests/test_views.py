"""The account pages: signing up, logging in and out, passwords, details."""

from __future__ import annotations

import re
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Patient, PatientAccess, User
from docspot.tests.cast import PASSWORD, make_person, make_user, patient_of
from docspot.tests.fixtures import browser_of

pytestmark = pytest.mark.django_db
commits = pytest.mark.django_db(transaction=True)  # mails go out after the commit
SIGNUP, LOGIN = "/accounts/signup/", "/accounts/login/"
RESET, CHANGE = "/accounts/password/reset/", "/accounts/password/change/"
DETAILS = "/accounts/profile/"
LINK = re.compile(r"http://docspot\.example(/\S+)")


def sign_up_as(client: Client, **changes: str):
    return client.post(
        SIGNUP,
        {
            "name": "Asha Rao",
            "email": "asha@example.com",
            "password1": PASSWORD,
            "date_of_birth": "1980-03-31",
            "phone": "+91 98765 43210",
        }
        | changes,
    )


def log_in_as(client: Client, email: str, password: str = PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def errors_of(response) -> dict[str, list[str]]:
    assert response.status_code in (400, 429), response.status_code
    return dict(response.context["form"].errors)


@pytest.fixture
def confirmation_needed(settings) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


# Signing up


def test_signup_makes_the_login_and_its_own_patient(client: Client) -> None:
    response = sign_up_as(client, email="Asha@Example.com")
    assert response["Location"] == reverse("landing")
    user = User.objects.get()
    assert user.email == "asha@example.com"
    patient = patient_of(user)
    assert (patient.name, patient.date_of_birth) == ("Asha Rao", date(1980, 3, 31))
    assert str(patient.phone) == "+919876543210"
    assert client.get(DETAILS).status_code == 200


@commits
def test_signup_asks_to_confirm_the_address(client: Client) -> None:
    sign_up_as(client)
    (sent,) = mail.outbox
    assert sent.to == ["asha@example.com"]
    path = LINK.search(sent.body).group(1)
    assert client.get(path).status_code == 200
    assert EmailAddress.objects.filter(verified=True).count() == 0  # looking changes nothing
    client.post(path)
    assert EmailAddress.objects.get().verified


def test_signup_goes_back_to_where_it_was_asked_for(client: Client) -> None:
    response = client.post(
        f"{SIGNUP}?next=/doctors/",
        {
            "name": "Asha Rao",
            "email": "asha@example.com",
            "password1": PASSWORD,
            "date_of_birth": "1980-03-31",
            "phone": "",
            "next": "/doctors/",
        },
    )
    assert response["Location"] == "/doctors/"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_login_leads_to_no_other_site(client: Client, person: User, target: str) -> None:
    response = client.post(LOGIN, {"login": person.email, "password": PASSWORD, "next": target})
    assert response["Location"] == reverse("landing")


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"name": ""}, "name", "Enter your full name"),
        ({"name": "\u200b \u3164"}, "name", "Enter your full name"),
        ({"email": ""}, "email", "Enter your email address"),
        (
            {"email": "asha"},
            "email",
            "Enter an email address in the correct format, like name@example.com",
        ),
        (
            {"email": "asha@\u202eexample.com"},
            "email",
            "Enter an email address in the correct format, like name@example.com",
        ),
        ({"email": f"{'a' * 250}@example.com"}, "email", None),
        ({"email": "a\x00@example.com"}, "email", None),
        ({"date_of_birth": ""}, "date_of_birth", "Enter your date of birth"),
        ({"date_of_birth": "banana"}, "date_of_birth", "Enter a date of birth, like 31 3 1980"),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Enter a date of birth in the past."),
        ({"date_of_birth": "1700-01-01"}, "date_of_birth", "Check the year of the date of birth."),
        (
            {"phone": "12345"},
            "phone",
            "Enter a phone number with its country code, like +91 98765 43210",
        ),
        ({"password1": ""}, "password1", "Enter a password"),
        ({"password1": "12345678"}, "password1", None),
        ({"password1": "short"}, "password1", None),
        ({"password1": "x" * 129}, "password1", "Use a password of at most 128 characters"),
        ({"name": "x" * 151}, "name", None),
        ({"name": "a\x00b"}, "name", None),
    ],
)
def test_signup_says_what_to_mend_and_keeps_what_was_typed(
    client: Client, changes: dict[str, str], field: str, text: str | None
) -> None:
    response = sign_up_as(client, **changes)
    errors = errors_of(response)
    assert list(errors) == [field]
    if text:
        assert errors[field] == [text]
        assert text in response.text
    assert "<title>Error: " in response.text
    if field != "name":
        assert 'value="Asha Rao"' in response.text
    assert (User.objects.count(), Patient.objects.count()) == (0, 0)


def test_signup_with_a_huge_password_is_refused(client: Client) -> None:
    assert sign_up_as(client, password1="x" * 12_000_000).status_code == 400
    assert User.objects.count() == 0


def test_signup_grants_nothing(client: Client) -> None:
    sign_up_as(client, is_staff="1", is_superuser="true", role="admin", id="77")
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.pk == 77) == (False, False, False)


def test_signup_twice_says_so_and_points_to_login(client: Client) -> None:
    make_person(email="asha@example.com")
    response = sign_up_as(client, email="ASHA@example.com")
    assert errors_of(response)["email"] == [
        "There is already an account with this email address. Log in instead."
    ]
    assert LOGIN in response.text
    assert User.objects.count() == 1


@commits
@pytest.mark.usefixtures("confirmation_needed")
def test_signup_tells_no_stranger_who_has_an_account(client: Client) -> None:
    make_person("Old Friend", "taken@example.com")
    answers = [
        sign_up_as(Client(), email=email) for email in ("taken@example.com", "new@example.com")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, reverse("account_email_verification_sent"))
    ] * 2
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["taken@example.com"], "You already have an account"),
        (["new@example.com"], "Confirm your email address"),
    ]


class CountingHasher(MD5PasswordHasher):
    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.count += 1
        return super().encode(password, salt)


@pytest.mark.usefixtures("confirmation_needed")
@pytest.mark.parametrize("email", ["taken@example.com", "new@example.com"])
def test_signup_hashes_once_whether_or_not_there_is_an_account(
    client: Client, settings, email: str
) -> None:
    """Hashing is what takes time: by it a stranger could tell."""
    make_person("Old Friend", "taken@example.com")
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    before = CountingHasher.count
    sign_up_as(client, email=email)
    assert CountingHasher.count - before == 1


@commits
@pytest.mark.usefixtures("confirmation_needed")
def test_login_waits_for_the_confirmed_address(client: Client) -> None:
    sign_up_as(client)
    assert client.get(DETAILS).status_code == 302
    assert log_in_as(client, "asha@example.com")["Location"] == reverse(
        "account_email_verification_sent"
    )
    client.post(LINK.search(mail.outbox[0].body).group(1))
    log_in_as(client, "asha@example.com")
    assert client.get(DETAILS).status_code == 200


# Logging in and out


@pytest.mark.parametrize("email", ["asha@example.com", "ASHA@Example.COM", " asha@example.com "])
def test_login_ignores_the_case_of_the_address(client: Client, person: User, email: str) -> None:
    assert log_in_as(client, email)["Location"] == reverse("landing")


def test_login_tells_no_stranger_who_has_an_account(client: Client, person: User) -> None:
    texts = [
        errors_of(log_in_as(client, email, "wrong password"))["__all__"]
        for email in (person.email, "nobody@example.com")
    ]
    assert texts[0] == texts[1]
    assert texts[0] == ["The email address or the password is not right. Check both and try again."]


def test_login_of_a_locked_account_leads_nowhere(client: Client, person: User) -> None:
    User.objects.update(is_active=False)
    log_in_as(client, person.email)
    assert client.get(DETAILS).status_code == 302


def test_login_is_limited_and_says_when_to_try_again(client: Client, person: User) -> None:
    for _try in range(5):
        assert log_in_as(client, person.email, "wrong password").status_code == 400
    response = log_in_as(client, person.email)
    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert errors_of(response)["__all__"] == [
        "Too many attempts to log in. Wait 5 minutes, then try again."
    ]


def test_login_limit_is_one_for_pages_and_api(client: Client, person: User) -> None:
    for _try in range(5):
        log_in_as(client, person.email, "wrong password")
    response = client.post(
        "/api/login",
        {"email": person.email, "password": PASSWORD},
        content_type="application/json",
    )
    assert response.status_code == 429


def test_right_logins_are_not_counted(person: User) -> None:
    assert [log_in_as(Client(), person.email).status_code for _ in range(40)] == [302] * 40


def test_admin_login_is_the_pages_login(client: Client) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"


def test_logout_asks_first_then_ends_the_session(person: User) -> None:
    client = browser_of(person)
    client.get("/accounts/logout/")
    assert client.get(DETAILS).status_code == 200
    client.post("/accounts/logout/")
    assert client.get(DETAILS).status_code == 302


# Passwords


@commits
def test_reset_leads_to_a_new_password(client: Client, person: User) -> None:
    response = client.post(RESET, {"email": "ASHA@example.com"}, headers={"host": "localhost"})
    assert response["Location"] == reverse("account_reset_password_done")
    path = LINK.search(mail.outbox[0].body).group(1)
    form_path = client.get(path)["Location"]
    assert client.post(form_path, {"password1": "quite another one"}).status_code == 302
    assert log_in_as(client, person.email).status_code == 400
    assert log_in_as(client, person.email, "quite another one").status_code == 302
    assert client.get(path).status_code == 410  # used up


def test_reset_tells_no_stranger_who_has_an_account(client: Client, person: User) -> None:
    answers = [client.post(RESET, {"email": email}) for email in (person.email, "no@example.com")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, reverse("account_reset_password_done"))
    }


@commits
def test_reset_of_a_weak_password_is_refused(client: Client, person: User) -> None:
    client.post(RESET, {"email": person.email})
    form_path = client.get(LINK.search(mail.outbox[0].body).group(1))["Location"]
    assert "password1" in errors_of(client.post(form_path, {"password1": "password"}))
    assert log_in_as(client, person.email).status_code == 302


def test_change_ends_the_other_sessions(person: User) -> None:
    here, elsewhere = browser_of(person), browser_of(person)
    response = here.post(CHANGE, {"oldpassword": PASSWORD, "password1": "quite another one"})
    assert response["Location"] == DETAILS
    assert here.get(DETAILS).status_code == 200
    assert elsewhere.get(DETAILS).status_code == 302


def test_change_needs_the_current_password(person: User) -> None:
    response = browser_of(person).post(
        CHANGE, {"oldpassword": "wrong", "password1": "quite another one"}
    )
    assert errors_of(response) == {"oldpassword": ["Enter your current password."]}


# Details

DATA = {"name": "Asha Rao", "date_of_birth": "1981-04-01", "phone": ""}


def test_details_are_saved(person: User) -> None:
    client = browser_of(person)
    data = {"name": "Asha R. Rao", "date_of_birth": "1981-04-01", "phone": ""}
    response = client.post(DETAILS, data, follow=True)
    assert "Your details have been saved." in response.text
    patient = patient_of(person)
    assert (patient.name, patient.date_of_birth, patient.phone) == (
        "Asha R. Rao",
        date(1981, 4, 1),
        "",
    )


def test_details_with_errors_change_nothing(person: User) -> None:
    response = browser_of(person).post(DETAILS, {"name": "", "date_of_birth": "banana"})
    assert list(errors_of(response)) == ["name", "date_of_birth"]
    assert patient_of(person).name == "Asha Rao"


def test_details_make_a_login_a_patient() -> None:
    user = make_user("desk@example.com")
    browser_of(user).post(DETAILS, {"name": "Desk Person", "date_of_birth": "1981-04-01"})
    access = PatientAccess.objects.get()
    assert (access.user, access.relation, access.patient.name) == (user, "self", "Desk Person")


def test_language_is_asked_for_only_where_there_are_several(
    person: User, settings: Settings
) -> None:
    client = browser_of(person)
    assert "language" not in client.get(DETAILS).context["form"].fields
    client.post(DETAILS, {**DATA, "language": "de"})
    person.refresh_from_db()
    assert person.language == ""
    settings.LANGUAGES = [("en-gb", "English"), ("de", "German")]
    assert client.get(DETAILS).context["form"]["language"].field.choices == [
        ("", "The clinic's own"),
        ("en-gb", "British English"),
        ("de", "Deutsch"),
    ]


@pytest.mark.parametrize(
    ("chosen", "status", "kept"), [("de", 302, "de"), ("", 302, ""), ("xx", 400, "en-gb")]
)
def test_language_of_the_mails_is_chosen(
    person: User, settings: Settings, chosen: str, status: int, kept: str
) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("de", "German")]
    User.objects.update(language="en-gb")
    response = browser_of(person).post(DETAILS, {**DATA, "language": chosen})
    assert response.status_code == status
    person.refresh_from_db()
    assert person.language == kept
    if status == 400:
        assert errors_of(response) == {"language": ["Choose one of the languages"]}


@commits
def test_confirmation_is_sent_again_but_not_at_once(client: Client) -> None:
    sign_up_as(client)
    response = client.post("/accounts/confirm-email/send/", follow=True)
    assert "We sent you an email a moment ago." in response.text
    assert len(mail.outbox) == 1
