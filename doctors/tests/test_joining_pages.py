"""The pages on which doctors join: the form, one's application, and what they grant: nothing."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Patient, User
from docspot.tests import cast
from docspot.tests.fixtures import browser_of
from docspot.tests.pictures import picture, upload
from doctors.joining import services
from doctors.joining.services import Application
from doctors.models import Doctor, DoctorEvent, Language, Location, Specialty
from doctors.photos.models import DoctorPhoto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock", "clinic")]
commits = pytest.mark.django_db(transaction=True)
JOIN, APPLICATION = "/practice/join/", "/practice/application/"


@pytest.fixture
def clinic(db: None) -> None:
    cast.make_specialty()
    cast.make_location()
    Language.objects.create(code="en", name="English")


def said(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Dr. Asha Rao",
        "specialty": Specialty.objects.get().pk,
        "location": Location.objects.get().pk,
        "licence_number": "TS 1",
        "languages": [Language.objects.get().pk],
        "bio": "Hearts.",
    } | changes


def login(**changes: Any) -> dict[str, Any]:
    return {"email": "asha@example.com", "password1": cast.PASSWORD} | changes


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 400
    return dict(response.context["form"].errors)


def applicant(**fields: Any) -> Doctor:
    user = cast.make_user("kumar@example.com")
    application = Application(
        name="Dr. Kumar",
        specialty=Specialty.objects.get(),
        location=Location.objects.get(),
        licence_number="TS 2",
    )
    doctor = services.apply(user=user, application=application, now=cast.NOW)
    Doctor.objects.filter(pk=doctor.pk).update(**fields)
    return Doctor.objects.get(pk=doctor.pk)


# Joining


def test_stranger_joins_with_a_new_login(client: Client) -> None:
    response = client.post(JOIN, said() | login() | {"photo": upload(picture())})
    assert (response.status_code, response["Location"]) == (302, APPLICATION)
    doctor = Doctor.objects.get()
    assert (doctor.user.email, doctor.name, doctor.slug) == (
        "asha@example.com",
        "Dr. Asha Rao",
        "dr-asha-rao",
    )
    assert (doctor.status, doctor.licence_number, doctor.bio) == ("pending", "TS 1", "Hearts.")
    assert (doctor.specialty, doctor.location) == (Specialty.objects.get(), Location.objects.get())
    assert [language.code for language in doctor.languages.all()] == ["en"]
    assert doctor.photo_digest != ""
    assert [(event.kind, event.at) for event in doctor.events.all()] == [("applied", cast.NOW)]
    assert doctor.user.patients.get().name == "Dr. Asha Rao"
    page = client.get(APPLICATION)
    assert (page.status_code, "Your application is with the clinic" in page.text) == (200, True)
    assert "Monday 2 March 2026" in page.text


def test_photo_is_optional(client: Client) -> None:
    client.post(JOIN, said() | login())
    assert Doctor.objects.get().photo_digest == ""


def test_joining_grants_nothing(client: Client, person: User) -> None:
    grab = {
        "status": "approved",
        "slug": "boss",
        "user": person.pk,
        "confirms_bookings": "on_approval",
        "step_minutes": "5",
        "max_visits_per_day": "99",
        "photo_digest": "x",
        "is_staff": "1",
        "is_superuser": "1",
        "id": "77",
    }
    client.post(JOIN, said() | login(email="new@example.com") | grab)
    doctor = Doctor.objects.get()
    assert (doctor.status, doctor.slug, doctor.pk == 77) == ("pending", "dr-asha-rao", False)
    assert (doctor.user.email, doctor.user.is_staff) == ("new@example.com", False)
    assert (doctor.confirms_bookings, doctor.step_minutes) == ("automatic", None)
    assert (doctor.max_visits_per_day, doctor.photo_digest) == (None, "")
    client.post(APPLICATION, said() | grab)
    doctor.refresh_from_db()
    assert (doctor.status, doctor.slug, doctor.user.email) == (
        "pending",
        "dr-asha-rao",
        "new@example.com",
    )
    assert (doctor.confirms_bookings, doctor.photo_digest) == ("automatic", "")


def test_who_has_a_login_joins_with_it(person: User) -> None:
    browser = browser_of(person)
    page = browser.get(JOIN)
    assert page.status_code == 200
    assert "password1" not in page.context["form"].fields
    response = browser.post(JOIN, said())
    assert (response.status_code, response["Location"]) == (302, APPLICATION)
    assert Doctor.objects.get().user == person
    assert User.objects.count() == 1


def test_who_has_applied_is_led_to_the_application(person: User) -> None:
    browser = browser_of(person)
    browser.post(JOIN, said())
    assert browser.get(JOIN)["Location"] == APPLICATION
    response = browser.post(JOIN, said(name="Dr. Other"), follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "You have applied already. Open your application to change it."
    ]
    assert Doctor.objects.get().name == "Dr. Asha Rao"


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"name": ""}, "name", "Enter your name"),
        ({"name": "x" * 151}, "name", "Enter your name in at most 150 characters"),
        ({"name": "a\x00b"}, "name", None),
        ({"specialty": ""}, "specialty", "Choose your specialty"),
        ({"specialty": "banana"}, "specialty", "Choose your specialty from the list"),
        ({"specialty": "999999"}, "specialty", "Choose your specialty from the list"),
        ({"location": ""}, "location", "Choose where you want to work"),
        ({"location": "9" * 30}, "location", "Choose a place from the list"),
        ({"licence_number": ""}, "licence_number", "Enter your licence number"),
        (
            {"licence_number": "x" * 61},
            "licence_number",
            "Enter your licence number in at most 60 characters",
        ),
        ({"languages": ["banana"]}, "languages", "Choose languages from the list"),
        ({"languages": ["999999"]}, "languages", "Choose languages from the list"),
        ({"bio": "x" * 2001}, "bio", "Write at most 2,000 characters about yourself"),
        ({"email": ""}, "email", "Enter your email address"),
        ({"password1": "12345678"}, "password1", None),
    ],
)
def test_join_says_what_to_mend_and_keeps_the_rest(
    client: Client, changes: dict[str, Any], field: str, text: str | None
) -> None:
    response = client.post(JOIN, said() | login() | changes)
    errors = errors_of(response)
    assert list(errors) == [field]
    if text:
        assert errors[field] == [text]
        assert text in response.text
    assert "<title>Error: " in response.text
    assert (User.objects.count(), Doctor.objects.count(), Patient.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"<html></html>", "Choose a photo in JPEG, PNG or WebP format"),
        (b"", "Choose another photo: this file is empty"),
        (picture()[:500], "Choose another photo: this file is damaged"),
    ],
)
def test_join_refuses_what_is_no_photo(client: Client, data: bytes, text: str) -> None:
    response = client.post(JOIN, said() | login() | {"photo": upload(data)})
    assert errors_of(response) == {"photo": [text]}
    assert not DoctorPhoto.objects.exists()


def test_good_photo_beside_a_mistake_is_asked_for_again(client: Client) -> None:
    again = "Choose your photo again: it has not been kept."
    response = client.post(JOIN, said(name="") | login() | {"photo": upload(picture())})
    assert again in response.text
    assert again not in client.post(JOIN, said(name="") | login()).text


def test_join_with_an_address_that_has_an_account_points_to_login(
    client: Client, person: User
) -> None:
    response = client.post(JOIN, said() | login(email=person.email))
    assert errors_of(response)["email"] == [
        "There is already an account with this email address. Log in instead."
    ]
    assert "/accounts/login/?next=/practice/join/" in response.text
    assert not Doctor.objects.exists()


@commits
def test_join_tells_no_stranger_who_has_an_account(settings: Settings) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    cast.make_person("Old Friend", "taken@example.com")
    answers = [
        Client().post(JOIN, said() | login(email=email))
        for email in ("taken@example.com", "new@example.com")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, reverse("account_email_verification_sent"))
    ] * 2
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["taken@example.com"], "You already have an account"),
        (["new@example.com"], "Confirm your email address"),
    ]
    assert [doctor.user.email for doctor in Doctor.objects.all()] == ["new@example.com"]
    assert not EmailAddress.objects.get(email="new@example.com").verified


def test_clinic_without_places_and_fields_can_be_joined(client: Client) -> None:
    for model in (Specialty, Location, Language):
        model.objects.all().delete()
    assert "Specialty" not in client.get(JOIN).text
    data = {"name": "Dr. Asha Rao", "licence_number": "TS 1", "bio": ""}
    assert client.post(JOIN, data | login()).status_code == 302
    doctor = Doctor.objects.get()
    assert (doctor.specialty, doctor.location) == (None, None)
    assert client.get(APPLICATION).status_code == 200


@pytest.mark.parametrize("page", ["account_signup", "account_profile"])
def test_pages_of_patients_lead_to_joining(client: Client, person: User, page: str) -> None:
    browser = client if page == "account_signup" else browser_of(person)
    assert f'href="{JOIN}"' in browser.get(reverse(page)).text


# One's application


@pytest.mark.parametrize(
    ("step", "title", "button"),
    [
        (None, "Your application is with the clinic", "Send changes"),
        ("ask_for_more", "The clinic needs to know more", "Send to the clinic"),
        ("reject", "The clinic has not accepted your application", "Apply again"),
    ],
)
def test_application_says_how_it_stands_and_is_amended(
    staff: User, step: str | None, title: str, button: str
) -> None:
    doctor = applicant()
    if step:
        words = "Send <the> year."
        getattr(services, step)(doctor=doctor, by=staff, now=cast.NOW, words=words)
    browser = browser_of(doctor.user)
    page = browser.get(APPLICATION)
    assert page.status_code == 200
    for text in (title, button, "You applied", 'value="TS 2"'):
        assert text in page.text
    assert ("Send &lt;the&gt; year." in page.text) == (step is not None)
    response = browser.post(APPLICATION, said(name="Dr. K. Kumar", photo=upload(picture())))
    assert (response.status_code, response["Location"]) == (302, APPLICATION)
    doctor.refresh_from_db()
    assert (doctor.status, doctor.name) == ("pending", "Dr. K. Kumar")
    assert doctor.photo_digest != ""
    after = browser.get(APPLICATION).text
    assert "Your application is with the clinic" in after
    assert "You changed your application" in after


def test_amending_keeps_the_photo_that_is_there(staff: User) -> None:
    doctor = applicant()
    browser = browser_of(doctor.user)
    browser.post(APPLICATION, said(photo=upload(picture())))
    before = Doctor.objects.get().photo_digest
    browser.post(APPLICATION, said(bio="More"))
    doctor.refresh_from_db()
    assert (doctor.photo_digest, doctor.bio) == (before, "More")


def test_mistake_in_the_application_changes_nothing() -> None:
    doctor = applicant()
    response = browser_of(doctor.user).post(APPLICATION, said(licence_number=""))
    assert errors_of(response) == {"licence_number": ["Enter your licence number"]}
    assert "<details open>" in response.text
    doctor.refresh_from_db()
    assert (doctor.name, DoctorEvent.objects.count()) == ("Dr. Kumar", 1)


def test_suspended_doctor_is_told_to_call(staff: User) -> None:
    Location.objects.update(phone="+914012345678")
    doctor = applicant(status="approved")
    services.suspend(doctor=doctor, by=staff, now=cast.NOW, words="It has run out.")
    browser = browser_of(doctor.user)
    page = browser.get(APPLICATION).text
    for text in ("The clinic has suspended you", "It has run out.", 'href="tel:+91-40-1234-5678"'):
        assert text in page
    assert "<textarea" not in page
    response = browser.post(APPLICATION, said(name="Dr. X"), follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "The clinic has decided about you; your application cannot be changed any more."
    ]
    doctor.refresh_from_db()
    assert (doctor.status, doctor.name) == ("suspended", "Dr. Kumar")


def test_approved_doctor_is_led_on_and_amends_nothing() -> None:
    doctor = applicant(status="approved")
    browser = browser_of(doctor.user)
    assert browser.get(APPLICATION).status_code == 302
    assert browser.post(APPLICATION, said(name="Dr. X")).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.status, doctor.name) == ("approved", "Dr. Kumar")


@pytest.mark.parametrize("status", ["pending", "rejected", "suspended"])
def test_pages_of_the_practice_lead_who_is_not_approved_to_the_application(status: str) -> None:
    browser = browser_of(applicant(status=status).user)
    for page in ("/practice/profile/", "/practice/profile/photo/remove/"):
        for response in (browser.get(page), browser.post(page, {"bio": "New"})):
            assert (response.status_code, response["Location"]) == (302, APPLICATION)
            assert "no-store" in response["Cache-Control"]
    assert Doctor.objects.get().bio == ""


def test_applicant_is_seen_by_no_patient(person: User) -> None:
    doctor = applicant()
    browser = browser_of(person)
    assert "Kumar" not in browser.get("/doctors/").text
    assert browser.get(f"/doctors/{doctor.slug}/").status_code == 404
    assert browser.get(f"/appointments/book/{doctor.slug}/").status_code == 404


def test_pages_ask_the_same_for_one_and_three_of_each(
    client: Client, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    doctor = applicant()
    browser = browser_of(doctor.user)
    for visitor, page in ((client, JOIN), (browser, APPLICATION)):
        visitor.get(page)
    with django_assert_num_queries(6):
        client.get(JOIN)
    with django_assert_num_queries(12):
        browser.get(APPLICATION)
    for number in range(2):
        cast.make_specialty(f"Field {number}", f"Specialist {number}")
        cast.make_location(f"Town {number}")
        language = Language.objects.create(code=f"l{number}", name=f"L{number}")
        doctor.languages.add(language)
        services.ask_for_more(doctor=doctor, by=staff, now=cast.NOW, words="More")
    with django_assert_num_queries(6):
        client.get(JOIN)
    with django_assert_num_queries(12):
        browser.get(APPLICATION)


@pytest.mark.parametrize("field", ["specialty", "location", "languages"])
def test_choice_with_a_number_beyond_all_is_refused(person: User, field: str) -> None:
    browser = browser_of(person)
    response = browser.post(reverse("practice:join"), said(**{field: str(10**30)}))
    assert response.status_code == 400
    assert list(errors_of(response)) == [field]
