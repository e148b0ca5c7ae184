"""Photos of doctors: what is taken in, what is kept, and who sees it."""

from __future__ import annotations

import random
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from docspot.tests import cast
from docspot.tests.fixtures import browser_of
from docspot.tests.pictures import bomb, moving, picture, upload
from doctors.exceptions import PhotoRefused
from doctors.models import Catalogue, Doctor
from doctors.photos.limits import LARGEST_FILE, SIDE
from doctors.photos.models import DoctorPhoto
from doctors.photos.services import prepare, remove_photo, set_photo

HTML = b"<html><script>alert(1)</script></html>"
KINDS = "Choose a photo in JPEG, PNG or WebP format"
DAMAGED = "Choose another photo: this file is damaged"
PIXELS = "Choose a photo with fewer pixels: at most 25 megapixels"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect/></svg>'


def prepared(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(prepare(upload=BytesIO(data))))
    image.load()
    return image


def refused(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refusal:
        prepare(upload=BytesIO(data))
    return str(refusal.value)


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


# Taking one in


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGB"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
@pytest.mark.parametrize("size", [(400, 300), (120, 2000), (3000, 2000)])
def test_photo_becomes_a_small_square_jpeg(kind: str, mode: str, size: tuple[int, int]) -> None:
    image = prepared(picture(kind, size, mode))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (SIDE, SIDE))


def test_what_is_transparent_becomes_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(out, "PNG")
    assert is_near(prepared(out.getvalue()).getpixel((100, 100)), (255, 255, 255))


def test_photo_is_turned_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # what is red above in the file is red at the right
    image = prepared(picture(size=(400, 400), exif=exif))
    assert is_near(image.getpixel((SIDE - 10, SIDE // 2)), (200, 30, 30))
    assert is_near(image.getpixel((10, SIDE // 2)), (30, 30, 200))


def test_nothing_but_the_picture_is_kept() -> None:
    """Not where it was taken, not by whom, not what was said, not what was hung onto the file."""
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture(exif=exif, comment=b"Secret words", icc_profile=b"Secret profile", dpi=(72, 72))
    jpeg = prepare(upload=BytesIO(data + HTML))
    assert b"Secret" in data
    assert b"Secret" not in jpeg
    assert HTML not in jpeg
    image = Image.open(BytesIO(jpeg))
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_same_photo_is_the_same_bytes() -> None:
    assert prepare(upload=BytesIO(picture())) == prepare(upload=BytesIO(picture()))


def test_phone_photo_with_a_preview_is_taken() -> None:
    """A JPEG of several pictures (MPO), of which the first is the photo."""
    small = Image.new("RGB", (160, 120))
    out = BytesIO()
    Image.new("RGB", (400, 300), (200, 30, 30)).save(
        out, "MPO", save_all=True, append_images=[small]
    )
    assert is_near(prepared(out.getvalue()).getpixel((100, 100)), (200, 30, 30))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", KINDS),
        (HTML, KINDS),
        (b"Just words.", KINDS),
        (SVG, KINDS),
        (moving("GIF"), KINDS),
        (picture("GIF"), KINDS),
        (picture("BMP"), KINDS),
        (picture("TIFF"), KINDS),
        (b"%PDF-1.4\n%%EOF", KINDS),
        (b"\xff\xd8\xff\xe0" + HTML, DAMAGED),
        (picture()[:20] + HTML, KINDS),
        (picture()[: len(picture()) // 2], DAMAGED),
        (picture("PNG")[: len(picture("PNG")) // 2], DAMAGED),
        (picture("WEBP")[: len(picture("WEBP")) // 2], DAMAGED),
        (moving("PNG"), "Choose a photo that does not move"),
        (moving("WEBP"), "Choose a photo that does not move"),
        (bomb(13_000), PIXELS),
        (bomb(5_001), PIXELS),
        (bomb(2**31 - 1), PIXELS),
        (bomb(5_000), DAMAGED),
        (picture(size=(119, 400)), "Choose a larger photo, of at least 120 by 120 pixels"),
        (picture(size=(1, 1)), "Choose a larger photo, of at least 120 by 120 pixels"),
        (picture() + bytes(LARGEST_FILE), "Choose a photo of at most 5 MB"),
    ],
)
def test_what_is_no_photo_to_show_is_refused_in_words(data: bytes, text: str) -> None:
    assert refused(data) == text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_files_are_taken_or_refused(kind: str) -> None:
    """Whatever bytes of a good file are changed, nothing else comes of it."""
    chance = random.Random(4)
    exif = Image.Exif()
    exif[0x0112] = 6
    good = picture(kind, (160, 160), exif=exif)
    for _ in range(150):
        bad = bytearray(good)
        for _ in range(chance.randint(1, 8)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        try:
            prepare(upload=BytesIO(bytes(bad)))
        except PhotoRefused:
            continue


# Keeping one

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_photo(doctor: Doctor) -> Doctor:
    return set_photo(doctor=doctor, jpeg=prepare(upload=BytesIO(picture())))


def test_photo_is_kept_under_its_digest(doctor: Doctor) -> None:
    before = Catalogue.current()
    jpeg = prepare(upload=BytesIO(picture()))
    doctor = set_photo(doctor=doctor, jpeg=jpeg)
    assert (len(doctor.photo_digest), bytes(doctor.photo.jpeg)) == (16, jpeg)
    assert Catalogue.current() != before  # what was drawn with the initials is drawn anew


def test_another_photo_takes_the_place_of_the_first(with_photo: Doctor) -> None:
    other = prepare(upload=BytesIO(picture("PNG", (500, 500))))
    changed = set_photo(doctor=with_photo, jpeg=other)
    assert changed.photo_digest != with_photo.photo_digest
    assert bytes(DoctorPhoto.objects.get().jpeg) == other


def test_photo_is_removed(with_photo: Doctor) -> None:
    assert remove_photo(doctor=with_photo).photo_digest == ""
    assert not DoctorPhoto.objects.exists()
    assert remove_photo(doctor=with_photo).photo_digest == ""


# Showing one


def photo_url(doctor: Doctor) -> str:
    return reverse("doctors:photo", args=[doctor.slug, doctor.photo_digest])


def test_photo_is_sent_as_an_image_to_keep(
    with_photo: Doctor, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = client.get(photo_url(with_photo))
    assert response.status_code == 200
    assert response.content == bytes(with_photo.photo.jpeg)
    told = ("Content-Type", "X-Content-Type-Options", "Cache-Control")
    assert [response[name] for name in told] == [
        "image/jpeg",
        "nosniff",
        "public, max-age=31536000, immutable",
    ]
    assert not response.has_header("Vary") or "Cookie" not in response["Vary"]
    assert response.cookies == {}


def test_photo_has_no_other_address(with_photo: Doctor, client: Client) -> None:
    other = cast.make_doctor("Dr. Kumar")
    digest = with_photo.photo_digest
    for slug, name in (("dr-smith", "0" * 16), (other.slug, digest), ("nobody", digest)):
        assert client.get(f"/doctors/{slug}/photo/{name}.jpg").status_code == 404
    assert client.get(f"/doctors/{other.slug}/photo/.jpg").status_code == 404


@pytest.mark.parametrize("status", ["pending", "suspended", "rejected"])
def test_photo_of_who_is_not_approved_is_for_them_and_staff(
    with_photo: Doctor, status: str, person: User, staff: User, client: Client
) -> None:
    Doctor.objects.update(status=status)
    url = photo_url(with_photo)
    helper = cast.make_user(is_staff=True)
    for stranger in (client, browser_of(person), browser_of(helper)):
        assert stranger.get(url).status_code == 404
    for reader in (with_photo.user, staff):
        response = browser_of(reader).get(url)
        assert response.status_code == 200
        assert "private" in response["Cache-Control"]
        assert "no-store" in response["Cache-Control"]


def test_pages_show_the_photo_and_else_the_initials(doctor: Doctor, client: Client) -> None:
    pages = ("/doctors/", "/doctors/dr-smith/")
    for page in pages:
        assert ">DS</span>" in client.get(page).text
    shown = set_photo(doctor=doctor, jpeg=prepare(upload=BytesIO(picture())))
    for page in pages:
        text = client.get(page).text
        assert f'src="{photo_url(shown)}" alt=""' in text
        assert ">DS</span>" not in text
    remove_photo(doctor=doctor)
    for page in pages:
        assert ">DS</span>" in client.get(page).text


# Sending one


def test_request_that_is_far_too_large_is_not_read(client: Client) -> None:
    response = client.generic(
        "POST",
        "/practice/join/",
        b"--x\r\n",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(65 * 1024 * 1024),
    )
    assert response.status_code == 400


def test_large_file_is_refused_in_words_and_not_kept_in_memory(client: Client) -> None:
    class Long(BytesIO):
        name = "me.jpg"

    data = {"photo": Long(picture() + bytes(3 * LARGEST_FILE))}
    response = client.post("/practice/join/", data)
    assert response.status_code == 400
    assert response.context["form"].errors["photo"] == ["Choose a photo of at most 5 MB"]


def test_form_with_a_photo_is_guarded_against_other_sites(person: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    for page in ("join", "application", "profile", "remove_photo"):
        response = browser.post(reverse(f"practice:{page}"), {"photo": upload(picture())})
        assert response.status_code == 403
