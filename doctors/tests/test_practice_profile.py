"""A doctor's own profile and photo."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from docspot.tests.fixtures import browser_of
from docspot.tests.pictures import picture, upload
from doctors.models import Doctor, Language
from doctors.photos.services import prepare, set_photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PROFILE, REMOVE = "/practice/profile/", "/practice/profile/photo/remove/"


@pytest.fixture
def own(doctor: Doctor) -> Client:
    return browser_of(doctor.user)


def test_profile_is_changed(own: Client, doctor: Doctor) -> None:
    telugu = Language.objects.create(code="te", name="Telugu")
    page = own.get(PROFILE).text
    assert "Dr. Smith" in page
    assert "Not given" in page
    data = {"languages": [telugu.pk], "bio": "New words.", "photo": upload(picture())}
    response = own.post(PROFILE, data, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "Your profile has been saved."
    ]
    doctor.refresh_from_db()
    assert (doctor.bio, [*doctor.languages.all()]) == ("New words.", [telugu])
    assert f"/doctors/dr-smith/photo/{doctor.photo_digest}.jpg" in response.text
    public = Client().get("/doctors/dr-smith/").text
    assert "New words." in public
    assert doctor.photo_digest in public


def test_profile_changes_only_what_is_the_doctors(own: Client, doctor: Doctor) -> None:
    before = Doctor.objects.values("name", "specialty", "licence_number", "status", "slug").get()
    own.post(
        PROFILE,
        {
            "bio": "New",
            "name": "Dr. Grand",
            "specialty": "",
            "licence_number": "1",
            "status": "pending",
            "slug": "x",
        },
    )
    assert Doctor.objects.values(*before).get() == before
    assert Doctor.objects.get().bio == "New"


@pytest.mark.parametrize(
    ("data", "field", "text"),
    [
        ({"bio": "x" * 2001}, "bio", "Write at most 2,000 characters about yourself"),
        ({"languages": ["9999"]}, "languages", "Choose languages from the list"),
        ({"photo": upload(b"x")}, "photo", "Choose a photo in JPEG, PNG or WebP format"),
    ],
)
def test_mistake_changes_nothing(
    own: Client, doctor: Doctor, data: dict[str, object], field: str, text: str
) -> None:
    response = own.post(PROFILE, {"bio": "New"} | data)
    assert (response.status_code, response.context["form"].errors) == (400, {field: [text]})
    doctor.refresh_from_db()
    assert (doctor.bio, doctor.photo_digest) == ("", "")


def test_photo_is_removed_when_that_is_confirmed(own: Client, doctor: Doctor) -> None:
    assert own.get(REMOVE)["Location"] == PROFILE  # there is none
    set_photo(doctor=doctor, jpeg=prepare(upload=BytesIO(picture())))
    assert own.get(REMOVE).status_code == 200
    assert Doctor.objects.get().photo_digest != ""
    assert own.post(REMOVE)["Location"] == PROFILE
    assert Doctor.objects.get().photo_digest == ""


def test_profile_asks_the_same_for_one_and_three_languages(
    own: Client, doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own.get(PROFILE)
    with django_assert_num_queries(8):
        assert own.get(PROFILE).status_code == 200
    for number in range(2):
        doctor.languages.add(Language.objects.create(code=f"l{number}", name=f"L{number}"))
    with django_assert_num_queries(8):
        assert own.get(PROFILE).status_code == 200
