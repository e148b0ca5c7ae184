"""The clinic's admin in a real browser: its scripts run, within the policy for content."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from accounts.services import open_api_session
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import NOW, PASSWORD, at, make_appointment
from docspot.tests.e2e.steps import arrive, send
from doctors.models import Doctor


def open_page(page: Page, address: str) -> None:
    response = page.goto(address)
    assert response is not None
    assert (response.status, address) == (200, address)


def test_staff_log_in_by_the_common_page(page: Page, staff: User) -> None:
    page.goto("/admin/")
    page.get_by_label("Email address").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Log in")
    arrive(page, "Front desk")


@pytest.mark.thorough
def test_every_list_and_form_opens(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor
) -> None:
    make_appointment(doctor, person, at(3, 9, 30))
    doctor.time_off.create(start=at(9, 0), end=at(10, 0))
    open_api_session(user=person, now=NOW)
    BookingPolicy.objects.create(pk=1)
    page = page_of(staff)
    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        open_page(page, reverse(f"admin:{label}_changelist"))
        links = [page.locator("#result_list tbody a").first, page.locator("a.addlink").first]
        addresses = [link.get_attribute("href") for link in links if link.count()]
        for address in addresses:
            open_page(page, page.evaluate("path => new URL(path, location).href", address))


def test_search_box_of_a_form_finds(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor
) -> None:
    page = page_of(staff)
    page.goto(reverse("admin:accounts_patientaccess_add"))
    page.get_by_role("combobox").first.click()
    page.keyboard.type("asha")
    page.get_by_role("option", name="asha@example.com").click()
    expect(page.get_by_role("textbox", name="asha@example.com")).to_be_visible()


def test_action_confirms_a_request(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor
) -> None:
    visit = make_appointment(doctor, person, at(3, 9, 30), status=Appointment.Status.PENDING)
    page = page_of(staff)
    page.goto(reverse("admin:appointments_appointment_changelist"))
    page.locator("tbody").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option("confirm")
    page.get_by_role("button", name="Go").click()
    expect(page.locator(".messagelist")).to_contain_text("1 appointment confirmed.")
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.CONFIRMED


@pytest.mark.parametrize("scripts", [True, False])
def test_patients_leave_in_a_file_and_come_in_again(
    page_of: Callable[..., Page], staff: User, tmp_path: Path, scripts: bool
) -> None:
    Patient.objects.create(name="Ravi Rao", phone="+919876543210")
    page = page_of(staff, java_script_enabled=scripts)
    page.goto(reverse("admin:accounts_patient_changelist"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "patients.csv"
    download.value.save_as(file)
    with file.open("a") as lines:
        lines.write(",,1980-03-31,,\n")
    page.get_by_role("link", name="Import from CSV").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator(".errornote")).to_contain_text("1 line was refused")
    expect(page.get_by_role("row", name="3 name Write the full name.")).to_be_visible()
    file.write_text(file.read_text().replace("\n,,", "\n,Asha Rao,"))
    page.get_by_role("link", name="Choose another file").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Import 1 row").click()
    expect(page.locator(".messagelist")).to_contain_text("1 added, 1 left as they were")
    assert list(Patient.objects.values_list("name", flat=True)) == ["Asha Rao", "Ravi Rao"]
