"""The pages of acting for others: that asking works, and that a refusal is shown."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.family import services
from accounts.family.selectors import acting, invitation_at
from accounts.models import Invitation, Patient, PatientAccess, User
from docspot.tests.cast import NOW, PASSWORD, make_person, patient_of
from docspot.tests.fixtures import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
commits = pytest.mark.django_db(transaction=True)  # mails go out after the commit
LIST, ADD = "/accounts/family/", "/accounts/family/add/"
WAYS = ("get", "post")
CHILD = date(2016, 5, 3)
LINK = re.compile(r"http://docspot\.example(/accounts/family/invitation/\S+)")


@pytest.fixture
def asha(person: User) -> Client:
    return browser_of(person)


@pytest.fixture
def child(person: User) -> Patient:
    return services.add_person(
        name="Ravi Rao", relation="parent", date_of_birth=CHILD, by=person, now=NOW
    )


@pytest.fixture
def vikram(db: None) -> User:
    return make_person("Vikram Rao", "vikram@example.com")


def page(name: str, *args: object) -> str:
    return reverse(f"family:{name}", args=args)


def invite(patient: Patient, by: User, email: str = "vikram@example.com") -> Invitation:
    return services.invite(patient=patient, email=email, relation="carer", by=by, now=NOW)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors_of(response: Any) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def text_of(response: Any) -> str:
    """What a page says, on one line, without its head and foot."""
    main = re.search("<main.*</main>", response.text, re.DOTALL)
    assert main is not None
    return " ".join(re.sub("<[^>]*>", " ", main[0]).split())


def test_list_says_when_there_is_nobody_yet(asha: Client) -> None:
    text = text_of(asha.get(LIST))
    assert "There is nobody yet but you." in text
    assert "Asha Rao" in text


def test_child_is_added_and_listed(asha: Client, person: User) -> None:
    data = {"relation": "parent", "name": "Ravi Rao", "date_of_birth": "2016-05-03", "phone": ""}
    response = asha.post(ADD, data, follow=True)
    assert said(response) == ["You can book for Ravi Rao now."]
    text = text_of(response)
    assert "Ravi Rao 9 years, born 3 May 2016 You act for them as a parent, since" in text
    assert "Nobody else may act for them." in text
    assert person.accesses.get(relation="parent").given_by == person


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"relation": ""}, "relation", "Choose who it is"),
        ({"relation": "self"}, "relation", "Choose who it is"),
        ({"name": ""}, "name", "Enter the full name"),
        ({"name": "\xad"}, "name", "Enter the full name"),
        ({"name": "x" * 151}, "name", None),
        ({"name": "a\x00b"}, "name", None),
        ({"date_of_birth": ""}, "date_of_birth", "Enter the date of birth of the child."),
        ({"date_of_birth": "banana"}, "date_of_birth", "Enter a date of birth, like 31 3 1980"),
        ({"date_of_birth": "2999-01-01"}, "date_of_birth", "Enter a date of birth in the past."),
        ({"phone": "12"}, "phone", None),
    ],
)
def test_wrong_person_is_not_added(
    asha: Client, changes: dict[str, str], field: str, error: str | None
) -> None:
    data = {"relation": "parent", "name": "Ravi", "date_of_birth": "2016-05-03", "phone": ""}
    response = asha.post(ADD, data | changes)
    assert response.status_code == 400
    assert list(errors_of(response)) == [field]
    if error:
        assert errors_of(response)[field] == [error]
    assert Patient.objects.count() == 1


def test_who_is_of_age_is_not_added_as_a_child(asha: Client) -> None:
    data = {"relation": "parent", "name": "Ravi", "date_of_birth": "2008-03-02"}
    response = asha.post(ADD, data)
    assert (response.status_code, list(errors_of(response))) == (409, ["date_of_birth"])
    assert Patient.objects.count() == 1


def test_line_breaks_in_a_name_are_no_lines(asha: Client) -> None:
    data = {"relation": "other", "name": "Ravi\r\nBcc: all@example.com"}
    asha.post(ADD, data)
    assert Patient.objects.filter(name="Ravi Bcc: all@example.com").exists()


def test_details_are_changed(asha: Client, child: Patient) -> None:
    url = page("change", child.pk)
    assert 'value="Ravi Rao"' in asha.get(url).text
    data = {"name": "Ravi K. Rao", "date_of_birth": "2016-05-04", "phone": "+91 98765 43210"}
    assert said(asha.post(url, data, follow=True)) == ["The details have been saved."]
    child.refresh_from_db()
    assert (child.name, child.date_of_birth, str(child.phone)) == (
        "Ravi K. Rao",
        date(2016, 5, 4),
        "+919876543210",
    )
    response = asha.post(url, data | {"date_of_birth": "1990-01-01"})
    assert (response.status_code, list(errors_of(response))) == (409, ["date_of_birth"])


@commits
def test_second_guardian_is_invited_and_accepts(
    asha: Client, person: User, vikram: User, child: Patient
) -> None:
    data = {"email": "VIKRAM@example.com", "relation": "parent"}
    response = asha.post(page("invite", child.pk), data, follow=True)
    assert said(response) == [
        "We have sent an invitation to vikram@example.com. It is good for 14 days."
    ]
    assert "vikram@example.com Parent, good until 16 March 2026" in text_of(response)
    link = LINK.search(str(mail.outbox[0].body))
    assert link is not None
    browser = browser_of(vikram)
    shown = text_of(browser.get(link[1]))
    assert "Act for Ravi? Asha Rao asks you to act for Ravi" in shown
    assert "Ravi Rao" not in shown
    assert acting(vikram, child) is None  # looking changes nothing
    response = browser.post(link[1], {"answer": "accept"}, follow=True)
    assert said(response) == ["You can book for Ravi Rao now."]
    access = PatientAccess.objects.get(user=vikram, patient=child)
    assert (access.relation, access.given_by) == ("parent", person)
    assert browser.get(link[1]).status_code == 404
    assert browser.post(link[1], {"answer": "accept"}).status_code == 404


@commits
def test_newcomer_signs_up_on_the_way(person: User, child: Patient) -> None:
    invite(child, person, "new@example.com")
    link = LINK.search(str(mail.outbox[-1].body))
    assert link is not None
    browser = Client()
    login = browser.get(link[1], follow=True)
    (signup,) = re.findall('href="(/accounts/signup/[^"]+)"', login.text)
    form = browser.get(signup)
    data = {
        "name": "New Person",
        "email": "new@example.com",
        "date_of_birth": "1980-01-01",
        "password1": PASSWORD,
        "next": form.context["redirect_field_value"],
    }
    response = browser.post(signup, data)
    assert response["Location"] == link[1]
    assert "Act for Ravi?" in browser.get(link[1]).text
    browser.post(link[1], {"answer": "accept"})
    assert child.users.filter(email="new@example.com").exists()


def test_invitation_is_declined(person: User, vikram: User, child: Patient) -> None:
    url = page("invitation", invite(child, person).key)
    response = browser_of(vikram).post(url, {"answer": "decline"}, follow=True)
    assert said(response) == ["You have declined. Nothing has changed for you."]
    assert Invitation.objects.get().status == "declined"


def test_no_answer_is_none(person: User, vikram: User, child: Patient) -> None:
    url = page("invitation", invite(child, person).key)
    for data in ({}, {"answer": "perhaps"}):
        assert browser_of(vikram).post(url, data)["Location"] == url
    assert Invitation.objects.get().status == "open"


def test_links_that_lead_nowhere_look_alike(person: User, vikram: User, child: Patient) -> None:
    withdrawn = invite(child, person)
    services.withdraw(invitation=withdrawn, by=person, now=NOW)
    old = invite(child, person)
    Invitation.objects.filter(pk=old.pk).update(expires_at=NOW)
    browser = browser_of(vikram)
    pages = []
    for key in (withdrawn.key, old.key, "x" * 43):
        for ask in (browser.get, browser.post):
            response = ask(page("invitation", key), {"answer": "accept"})
            assert response.status_code == 404
            pages.append(text_of(response))
    assert len(set(pages)) == 1
    assert "This invitation is no longer open" in pages[0]


def test_another_secret_key_ends_the_links_that_are_sent(
    person: User, vikram: User, child: Patient, settings: Settings
) -> None:
    key = invite(child, person).key
    assert invitation_at(key, NOW) is not None
    settings.SECRET_KEY = "another secret key, which is long enough for all that is signed"
    assert invitation_at(key, NOW) is None


def test_another_login_is_told_and_learns_nothing(
    person: User, stranger: User, child: Patient
) -> None:
    url = page("invitation", invite(child, person).key)
    browser = browser_of(stranger)
    response = browser.get(url)
    assert response.status_code == 403
    text = text_of(response)
    assert "This invitation is for another email address" in text
    assert not re.search("Ravi|Asha|vikram", text)
    response = browser.post(url, {"answer": "accept"})
    assert response.status_code == 403
    assert acting(stranger, child) is None
    again = browser.post(reverse("account_logout"), {"next": url})
    assert again["Location"] == url
    assert browser.get(url)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("email", "status"),
    [
        ("", 400),
        ("banana", 400),
        ("a@example.com\r\nBcc: b@example.com", 400),
        ("a\r\n@example.com", 400),
        ("x" * 250 + "@example.com", 400),
        ("asha@example.com", 409),
        ("ASHA@EXAMPLE.COM", 409),
        ("vikram@example.com", 409),
    ],
)
def test_wrong_invitation_is_refused(
    asha: Client, person: User, child: Patient, email: str, status: int
) -> None:
    invite(child, person)
    response = asha.post(page("invite", child.pk), {"email": email, "relation": "carer"})
    assert response.status_code == status
    assert errors_of(response)
    assert "Error: " in response.text
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("relation", ["", "self", "owner"])
def test_invitation_is_as_something_that_there_is(
    asha: Client, child: Patient, relation: str
) -> None:
    data = {"email": "vikram@example.com", "relation": relation}
    response = asha.post(page("invite", child.pk), data)
    assert (response.status_code, list(errors_of(response))) == (400, ["relation"])


def test_too_many_invitations_are_said(asha: Client, person: User, child: Patient) -> None:
    for number in range(20):
        invite(child, person, f"{number}@example.com")
    data = {"email": "vikram@example.com", "relation": "carer"}
    response = asha.post(page("invite", child.pk), data)
    assert response.status_code == 429
    assert "You have sent many invitations today." in response.text


def test_invitation_is_sent_again_and_withdrawn(asha: Client, person: User, child: Patient) -> None:
    first = invite(child, person)
    assert said(asha.post(page("resend", first.pk), follow=True)) == [
        "We have sent a new invitation. The link in the earlier one has ended."
    ]
    second = Invitation.objects.get(status="open")
    assert said(asha.post(page("withdraw", second.pk), follow=True)) == [
        "The invitation has been withdrawn. Its link has ended."
    ]
    assert said(asha.post(page("withdraw", second.pk), follow=True)) == [
        "This invitation has been answered or withdrawn, or is too old."
    ]


def test_record_is_handed_over(person: User, asha: Client, vikram: User) -> None:
    mother = services.add_person(
        name="Lakshmi Rao", relation="carer", date_of_birth=date(1950, 5, 5), by=person, now=NOW
    )
    asha.post(page("hand_over", mother.pk), {"email": "vikram@example.com"})
    browser = browser_of(vikram)
    url = page("invitation", Invitation.objects.get().key)
    assert "Take over from Asha Rao?" in browser.get(url).text
    browser.post(url, {"answer": "accept"})
    assert patient_of(vikram) == mother
    assert "Lakshmi has an account and changes these details there." in text_of(
        asha.get(page("person", mother.pk))
    )


def test_own_access_is_ended_after_asking(asha: Client, person: User, child: Patient) -> None:
    url = page("end", child.pk)
    assert "You are the only one who may act for Ravi." in text_of(asha.get(url))
    assert acting(person, child) is not None
    assert said(asha.post(url, follow=True)) == ["You no longer act for Ravi Rao."]
    assert acting(person, child) is None
    for name in ("person", "change", "invite", "end"):
        assert asha.get(page(name, child.pk)).status_code == 404


def test_access_of_another_is_ended_after_asking(
    asha: Client, person: User, vikram: User, child: Patient
) -> None:
    services.accept(key=invite(child, person).key, by=vikram, now=NOW)
    access = PatientAccess.objects.get(user=vikram, patient=child)
    url = page("end_other", access.pk)
    assert url in asha.get(page("person", child.pk)).text
    assert "End their access?" in asha.get(url).text
    assert said(asha.post(url, follow=True)) == ["Vikram Rao no longer acts for Ravi Rao."]
    assert asha.post(url).status_code == 404
    assert browser_of(vikram).get(page("person", child.pk)).status_code == 404


def test_pages_that_are_not_for_one_lead_back(
    asha: Client, person: User, vikram: User, child: Patient
) -> None:
    services.accept(key=invite(child, person).key, by=vikram, now=NOW)
    browser, own = browser_of(vikram), page("person", child.pk)
    for name in ("invite", "hand_over"):  # a carer whom another has invited; a child of nine
        assert browser.get(page(name, child.pk))["Location"] == own
        data = {"email": "third@example.com", "relation": "carer"}
        assert browser.post(page(name, child.pk), data)["Location"] == own
    herself = patient_of(person)
    for name in ("change", "end"):
        assert asha.get(page(name, herself.pk))["Location"] == page("person", herself.pk)
        assert asha.post(page(name, herself.pk))["Location"] == page("person", herself.pk)
    assert acting(person, herself) is not None


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("person", "get"),
        *((name, way) for name in ("change", "invite", "hand_over", "end") for way in WAYS),
    ],
)
def test_people_of_others_are_nobody(
    child: Patient, stranger: User, name: str, method: str
) -> None:
    """The same answer for another's child, for nobody's number, and for no number there can be."""
    before = list(Patient.objects.order_by("pk").values())
    browser = browser_of(stranger)
    data = {"name": "Mine", "email": "mine@example.com", "relation": "carer"}
    answers = [
        getattr(browser, method)(page(name, pk), data) for pk in (child.pk, 987_654, 2**63, 10**30)
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({text_of(answer) for answer in answers}) == 1
    assert (list(Patient.objects.order_by("pk").values()), Invitation.objects.count()) == (
        before,
        0,
    )


def test_access_and_invitations_of_others_are_none(
    person: User, child: Patient, stranger: User
) -> None:
    invitation, browser = invite(child, person), browser_of(stranger)
    access = PatientAccess.objects.get(user=person, patient=child)
    for pk in (access.pk, 987_654, 2**63, 10**30):
        assert browser.get(page("end_other", pk)).status_code == 404
        assert browser.post(page("end_other", pk)).status_code == 404
    for pk in (invitation.pk, 987_654, 2**63, 10**30):
        assert browser.post(page("withdraw", pk)).status_code == 404
        assert browser.post(page("resend", pk)).status_code == 404
    invitation.refresh_from_db()
    assert (invitation.status, acting(person, child) is not None) == ("open", True)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_queries(
    asha: Client, person: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        child = services.add_person(
            name=f"Child {number}", relation="parent", date_of_birth=CHILD, by=person, now=NOW
        )
        other = make_person(f"Parent {number}", f"{number}@example.com")
        services.accept(key=invite(child, person, other.email).key, by=other, now=NOW)
    with django_assert_num_queries(6):
        asha.get(LIST)
    with django_assert_num_queries(7):
        asha.get(page("person", child.pk))


def test_pages_lead_to_the_people_one_acts_for(asha: Client) -> None:
    for name in ("account_profile", "appointments:list", "home"):
        assert f'href="{LIST}"' in asha.get(reverse(name)).text
