"""The developers' pages with every mail; and what holds for all mails, looked at in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import DjangoAssertNumQueries, Settings

from docspot import settings as site
from docspot.mails.samples import SAMPLES, Sample
from docspot.tests.catalogues import write_catalogue
from docspot.urls import for_developers

pages = pytest.mark.urls("docspot.tests.debug_urls")
each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def written(sample: Sample) -> EmailMultiAlternatives:
    return sample.write(site.LANGUAGE_CODE)


# The pages


@pytest.mark.django_db
def test_pages_are_there_only_while_debug_is_on() -> None:
    assert for_developers(debug=False) == []
    assert len(for_developers(debug=True)) == 1
    assert Client().get("/mails/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("mails:list")


@pages
@pytest.mark.django_db
def test_every_mail_is_listed_and_shown(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = Client()
    with django_assert_num_queries(0):
        listed = client.get("/mails/")
    assert re.findall(r'href="/mails/([\w-]+)/"', listed.text) == [one.name for one in SAMPLES]
    for sample in SAMPLES:
        mail = written(sample)
        shown = client.get(f"/mails/{sample.name}/")
        assert shown.context["mail"].body == mail.body
        assert dict(shown.context["head"])["Subject"] == mail.subject
        calendars = [content for content, kind in mail.alternatives if "calendar" in kind]
        assert shown.context["calendar"] == "".join(calendars)
        html = client.get(f"/mails/{sample.name}/html/")
        assert html.text == mail.alternatives[0][0]


@pages
@pytest.mark.django_db
def test_only_the_html_of_a_mail_is_shown_in_a_frame() -> None:
    page = Client().get("/mails/confirmed/")
    html = Client().get("/mails/confirmed/html/")
    policy = "Content-Security-Policy"
    assert "frame-src 'self'" in page[policy]
    assert "frame-ancestors 'none'" in page[policy]
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'self'" in html[policy]
    assert "style-src 'self' 'unsafe-inline'" in html[policy]
    assert html["X-Frame-Options"] == "SAMEORIGIN"


@pages
@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/mails/none/", "/mails/none/html/", "/mails/%00/"])
def test_mail_that_is_none_is_not_found(page: str) -> None:
    assert Client().get(page).status_code == 404


@pages
@pytest.mark.django_db
def test_mails_are_shown_in_each_language(settings: Settings, tmp_path: Path) -> None:
    settings.LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
    settings.LOCALE_PATHS = [tmp_path]
    catalogue = tmp_path / "de" / "LC_MESSAGES" / "django.mo"
    write_catalogue(catalogue, {"Choose a new password": "Neues Passwort wählen"})
    for name, subject in [("de", "Neues Passwort wählen"), ("xx", "Choose a new password")]:
        page = Client().get("/mails/password-reset-key/", {"language": name})
        assert dict(page.context["head"])["Subject"] == subject


# All mails


def test_every_mail_has_a_sample() -> None:
    """A mail that is new gets a line in docspot/mails/samples.py."""
    templates = site.BASE_DIR / "templates"
    ending = "_subject.txt"
    there = {
        str(path.relative_to(templates)).removesuffix(ending)
        for path in templates.rglob(f"*{ending}")
    }
    assert {sample.template for sample in SAMPLES} == there


@each
def test_subject_says_nothing_of_who_and_whom(sample: Sample) -> None:
    subject = str(written(sample).subject)
    assert subject == " ".join(subject.split()) != ""
    for secret in ("Asha", "Rao", "Smith", "Cardiolog", "Consultation", "Chest", "Heart"):
        assert secret not in subject


@each
def test_mail_tells_nothing_of_health_and_no_whole_name(sample: Sample) -> None:
    mail = written(sample)
    for part in (mail.body, *(content for content, _kind in mail.alternatives)):
        for secret in ("Asha Rao", "Rao", "Cardiolog", "Consultation", "Chest"):
            assert secret not in str(part)


@each
def test_html_needs_no_pictures_and_loads_nothing(sample: Sample) -> None:
    html = str(written(sample).alternatives[0][0])
    assert not re.search(r"<(img|script|link|iframe|object)\b|url\(|@import", html)
    assert html.startswith("<!DOCTYPE html>")


@each
def test_html_and_text_say_the_same(sample: Sample) -> None:
    """Each line of the text is in the HTML."""
    mail = written(sample)
    html = re.sub(
        r"<style>.*?</style>|<title>.*?</title>", "", str(mail.alternatives[0][0]), flags=re.S
    )
    said = set(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", html.replace("&#x27;", "'"))))
    text = re.sub(r"https?://\S+", "", str(mail.body))
    assert set(re.findall(r"\w+", text)) - said == set()
    links = re.findall(r"https?://\S+", str(mail.body))
    assert links
    for link in links:
        assert link in html
