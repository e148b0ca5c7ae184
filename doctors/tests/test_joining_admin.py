"""How staff decide about doctors: the queue, the words that go along, and who may not."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from docspot.tests import cast
from docspot.tests.desk import act, change_url, errors_of
from docspot.tests.fixtures import browser_of
from docspot.tests.pictures import picture
from doctors.joining import services
from doctors.joining.services import Application
from doctors.models import Doctor, DoctorEvent
from doctors.photos.services import prepare, set_photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST = "/admin/doctors/doctor/"
WORDED = ("ask_for_more", "reject", "suspend")


@pytest.fixture
def manager(db: None) -> User:
    return cast.make_manager("manager@example.com")


@pytest.fixture
def office(manager: User) -> Client:
    return browser_of(manager)


def begin(client: Client, action: str, *doctors: Doctor) -> Any:
    """Choose an action in the list; it asks for words."""
    chosen = [doctor.pk for doctor in doctors]
    return client.post(LIST, {"action": action, "index": "0", "_selected_action": chosen})


def finish(client: Client, action: str, words: str, *doctors: Doctor) -> Any:
    chosen = [doctor.pk for doctor in doctors]
    data = {"action": action, "_selected_action": chosen, "words": words}
    return client.post(LIST, data, follow=True)


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def names(response: Any) -> list[str]:
    return [doctor.name for doctor in response.context["cl"].result_list]


# The queue


def test_list_shows_whose_turn_it_is(office: Client, staff: User) -> None:
    cast.make_doctor("Dr. Approved")
    waiting = cast.make_doctor("Dr. Waiting", status="pending")
    asked = cast.make_doctor("Dr. Asked", status="pending", user=cast.make_user())
    again = cast.make_doctor("Dr. Again", status="pending", user=cast.make_user())
    for doctor in (asked, again):
        services.ask_for_more(doctor=doctor, by=staff, now=cast.NOW, words="More")
    application = Application(name="Dr. Again", specialty=again.specialty)
    services.amend(doctor=again, application=application, by=again.user, now=cast.NOW)
    assert f'href="{LIST}?turn=clinic"' in office.get(LIST).text
    assert names(office.get(f"{LIST}?turn=clinic")) == ["Dr. Again", waiting.name]
    assert names(office.get(f"{LIST}?turn=doctor")) == ["Dr. Asked"]
    assert len(names(office.get(LIST))) == 4


def test_doctor_page_shows_the_application(office: Client, staff: User) -> None:
    place = cast.make_location()
    doctor = cast.make_doctor(status="pending", location=place, licence_number="TS 48213")
    Doctor.objects.update(location=place)
    services.reject(doctor=doctor, by=staff, now=cast.NOW, words="No <room>.")
    doctor = set_photo(doctor=doctor, jpeg=prepare(upload=BytesIO(picture())))
    page = office.get(change_url(doctor)).text
    for text in (
        "TS 48213",
        str(place),
        f"/doctors/dr-smith/photo/{doctor.photo_digest}.jpg",
        "Not accepted",
        "No &lt;room&gt;.",
        "desk@example.com",
        "Monday 2 March 2026",
    ):
        assert text in page


# Deciding


def test_approving_takes_no_words(office: Client, manager: User) -> None:
    ready = [cast.make_doctor(f"Dr. {number}", status="pending") for number in range(2)]
    assert act(office, "approve", *ready) == ["2 doctors approved."]
    assert act(office, "approve", ready[0]) == ["Dr. 0: This doctor is approved already."]
    events = DoctorEvent.objects.order_by("id")
    assert [(event.doctor.name, event.kind, event.by) for event in events] == [
        ("Dr. 0", "approved", manager),
        ("Dr. 1", "approved", manager),
    ]
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("action", WORDED)
def test_words_are_asked_for_first(office: Client, action: str) -> None:
    status = "approved" if action == "suspend" else "pending"
    doctors = [cast.make_doctor(f"Dr. {n}", status=status) for n in range(2)]
    page = begin(office, action, *doctors)
    assert page.status_code == 200
    assert page.text.count('name="_selected_action"') == 2
    assert "Without a login, and so told by you: Dr. 0, Dr. 1." in page.text
    missing = "Write this: the doctor reads it."
    for words, text in (("", missing), (" \n", missing), ("x" * 1001, "at most 1,000 characters")):
        response = finish(office, action, words, *doctors)
        assert response.context["form"].errors != {}
        assert text in response.text
    assert set(Doctor.objects.values_list("status", flat=True)) == {status}
    assert not DoctorEvent.objects.exists()


@pytest.mark.parametrize(
    ("action", "status", "becomes", "done"),
    [
        ("ask_for_more", "pending", "pending", "2 doctors asked."),
        ("reject", "pending", "rejected", "2 doctors rejected."),
        ("suspend", "approved", "suspended", "2 doctors suspended."),
    ],
)
def test_decision_is_done_with_its_words(
    office: Client, manager: User, action: str, status: str, becomes: str, done: str
) -> None:
    doctors = [cast.make_doctor(f"Dr. {n}", status=status) for n in range(2)]
    other = "pending" if status == "approved" else "approved"
    wrong = cast.make_doctor("Dr. Wrong", status=other)
    *refusals, last = said(finish(office, action, "Because.", *doctors, wrong))
    assert (len(refusals), refusals[0].startswith("Dr. Wrong: "), last) == (1, True, done)
    assert {doctor.status for doctor in Doctor.objects.exclude(pk=wrong.pk)} == {becomes}
    assert Doctor.objects.get(pk=wrong.pk).status == other
    assert {(event.by, event.note) for event in DoctorEvent.objects.all()} == {
        (manager, "Because.")
    }


# Who may not


@pytest.mark.parametrize("action", ["approve", *WORDED])
def test_receptionist_decides_about_nobody(action: str) -> None:
    doctor = cast.make_doctor(status="approved" if action == "suspend" else "pending")
    desk = browser_of(cast.make_receptionist())
    page = desk.get(LIST)
    assert page.status_code == 200
    assert f'value="{action}"' not in page.text
    begin(desk, action, doctor)
    finish(desk, action, "Because.", doctor)
    before, doctor = doctor, Doctor.objects.get()
    assert (doctor.status, DoctorEvent.objects.count()) == (before.status, 0)


@pytest.mark.parametrize("action", ["approve", *WORDED])
def test_nobody_decides_about_themselves(office: Client, manager: User, action: str) -> None:
    status = "approved" if action == "suspend" else "pending"
    cast.make_doctor(status=status, user=manager)
    doctor = Doctor.objects.get()
    refusal = "Dr. Smith: You cannot decide about yourself. Ask a colleague to do it."
    if action == "approve":
        assert act(office, action, doctor) == [refusal]
    else:
        assert said(finish(office, action, "Because.", doctor)) == [refusal]
    doctor.refresh_from_db()
    assert doctor.status == status


def doctor_page(doctor: Doctor, **changes: Any) -> dict[str, Any]:
    prefixes = ("working_hours", "extra_hours", "visit_types", "time_off", "events")
    counts = {f"{name}-{count}_FORMS": 0 for name in prefixes for count in ("TOTAL", "INITIAL")}
    fields = {
        "name": doctor.name,
        "slug": doctor.slug,
        "specialty": doctor.specialty_id,
        "confirms_bookings": "automatic",
        "user": doctor.user_id or "",
    }
    return counts | fields | changes


def test_staff_cannot_make_themselves_a_doctor(office: Client, manager: User) -> None:
    doctor = cast.make_doctor(days=())
    doctor.visit_types.all().delete()
    response = office.post(change_url(doctor), doctor_page(doctor, user=manager.pk))
    assert errors_of(response) == ["You cannot make yourself a doctor. Ask a colleague."]
    doctor.refresh_from_db()
    assert doctor.user is None
    other = cast.make_user()
    assert office.post(change_url(doctor), doctor_page(doctor, user=other.pk)).status_code == 302
    doctor.refresh_from_db()
    assert doctor.user == other


def test_staff_who_are_a_doctor_keep_their_login_in_the_form(
    office: Client, manager: User, staff: User
) -> None:
    doctor = cast.make_doctor(days=(), user=manager)
    doctor.visit_types.all().delete()
    page = doctor_page(doctor, name="Dr. S. Smith", status="pending")
    assert office.post(change_url(doctor), page).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.name, doctor.user, doctor.status) == ("Dr. S. Smith", manager, "approved")
    chief = browser_of(staff)  # a superuser may do everything
    assert chief.post(change_url(doctor), doctor_page(doctor, user=staff.pk)).status_code == 302


def test_steps_are_not_written_in_the_admin(office: Client, staff: User) -> None:
    doctor = cast.make_doctor(days=(), status="pending")
    doctor.visit_types.all().delete()
    services.ask_for_more(doctor=doctor, by=staff, now=cast.NOW, words="More")
    event = DoctorEvent.objects.get()
    forged = {
        "events-TOTAL_FORMS": 2,
        "events-INITIAL_FORMS": 1,
        "events-0-id": event.pk,
        "events-0-doctor": doctor.pk,
        "events-0-kind": "approved",
        "events-0-DELETE": "on",
        "events-1-kind": "approved",
        "events-1-note": "Forged",
    }
    office.post(change_url(doctor), doctor_page(doctor) | forged)
    assert [(one.kind, one.note) for one in DoctorEvent.objects.all()] == [("asked", "More")]
