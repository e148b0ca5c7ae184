"""Acting for others, where visits are: who leaves, whose visits are whose, what ends at once."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from accounts.family.selectors import acting
from accounts.family.services import accept, add_person, end_access, end_childhoods, invite
from accounts.models import Patient, PatientAccess, User
from appointments.leaving.exceptions import HoldsVisits
from appointments.leaving.services import leave
from appointments.models import Appointment, AppointmentEvent
from docspot.tests.cast import NOW, at, make_appointment, make_person, patient_of
from docspot.tests.fixtures import browser_of, program_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
commits = pytest.mark.django_db(transaction=True)  # mails go out after the commit
TUESDAY_9 = "2026-03-03T03:30:00Z"


@pytest.fixture
def child(person: User) -> Patient:
    return add_person(
        name="Ravi Rao", relation="parent", date_of_birth=date(2016, 5, 3), by=person, now=NOW
    )


@pytest.fixture
def visit(doctor: Doctor, person: User, child: Patient) -> Appointment:
    return make_appointment(doctor, person, at(3, 9), patient=child)


@pytest.fixture
def vikram(person: User, child: Patient) -> User:
    """Another parent of the child."""
    user = make_person("Vikram Rao", "vikram@example.com")
    asked = invite(patient=child, email=user.email, relation="parent", by=person, now=NOW)
    accept(key=asked.key, by=user, now=NOW)
    return user


def access_of(user: User, patient: Patient) -> PatientAccess:
    found = acting(user, patient)
    assert found is not None
    return found


def text_of(response: Any) -> str:
    main = re.search("<main.*</main>", response.text, re.DOTALL)
    assert main is not None
    return " ".join(re.sub("<[^>]*>", " ", main[0]).split())


# Leaving


def test_last_one_does_not_leave_visits_alone(
    person: User, child: Patient, visit: Appointment
) -> None:
    with pytest.raises(HoldsVisits):
        leave(access=access_of(person, child), by=person, now=NOW)
    assert acting(person, child) is not None


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"start": at(1, 9), "end": at(1, 10)}])
def test_last_one_leaves_when_no_visit_is_to_come(
    person: User, child: Patient, visit: Appointment, change: dict[str, Any]
) -> None:
    Appointment.objects.update(**change)
    leave(access=access_of(person, child), by=person, now=NOW)
    assert acting(person, child) is None


def test_one_of_two_leaves_and_the_other_sees_the_visit(
    person: User, vikram: User, child: Patient, visit: Appointment
) -> None:
    leave(access=access_of(person, child), by=person, now=NOW)
    url = reverse("appointments:detail", args=[visit.pk])
    assert browser_of(person).get(url).status_code == 404
    assert browser_of(vikram).get(url).status_code == 200


def test_other_whose_login_is_closed_does_not_count(
    person: User, vikram: User, child: Patient, visit: Appointment
) -> None:
    User.objects.filter(pk=vikram.pk).update(is_active=False)
    with pytest.raises(HoldsVisits):
        leave(access=access_of(person, child), by=person, now=NOW)


def test_page_says_why_one_cannot_leave_yet(
    person: User, child: Patient, visit: Appointment
) -> None:
    browser, url = browser_of(person), reverse("family:end", args=[child.pk])
    assert "You cannot end your access yet" in text_of(browser.get(url))
    response = browser.post(url)
    assert response.status_code == 409
    assert "They have appointments to come, and nobody else would hear of them." in text_of(
        response
    )
    assert acting(person, child) is not None


# Ended access


def answers_to(user: User, visit: Appointment, child: Patient, doctor: Doctor) -> list[int]:
    """What each page and call about the visit of a child answers."""
    pages = ("detail", "cancel", "reschedule", "calendar")
    paths = [reverse(f"appointments:{name}", args=[visit.pk]) for name in pages]
    calls = [reverse(f"api_{name}", args=[visit.pk]) for name in ("cancel", "reschedule")]
    one = reverse("api_appointment", args=[visit.pk])
    booking = {"doctor_id": doctor.pk, "date": TUESDAY_9, "patient": child.pk}
    browser, program = browser_of(user), program_of(user)
    return [
        *(browser.get(path).status_code for path in paths),
        browser.post(paths[1], {"reason": ""}).status_code,
        program.get(one).status_code,
        *(program.post(call, {"date": "2026-03-04"}).status_code for call in calls),
        program.post("/api/book", booking).status_code,
    ]


def test_access_that_ended_opens_nothing_more(
    person: User, vikram: User, child: Patient, visit: Appointment, doctor: Doctor
) -> None:
    end_access(access=access_of(vikram, child), by=person, now=NOW)
    assert answers_to(vikram, visit, child, doctor) == [404] * 8 + [400]
    assert program_of(vikram).get("/api/appointments").json() == []
    assert [one["name"] for one in program_of(vikram).get("/api/patients").json()] == ["Vikram Rao"]
    assert "Ravi" not in text_of(browser_of(vikram).get(reverse("appointments:list")))
    visit.refresh_from_db()
    assert visit.status == "confirmed"


@commits
def test_mails_go_to_those_who_act_now(
    person: User, vikram: User, child: Patient, doctor: Doctor
) -> None:
    end_access(access=access_of(vikram, child), by=person, now=NOW)
    mail.outbox.clear()
    program_of(person).post(
        "/api/book", {"doctor_id": doctor.pk, "date": TUESDAY_9, "patient": child.pk}
    )
    assert [sent.to for sent in mail.outbox] == [["asha@example.com"]]
    assert "Ravi" in str(mail.outbox[0].body)


def test_childhood_that_ended_opens_nothing_more(
    person: User, child: Patient, visit: Appointment, doctor: Doctor
) -> None:
    Patient.objects.filter(pk=child.pk).update(date_of_birth=date(2008, 3, 2))
    assert end_childhoods(now=NOW) == 1
    assert answers_to(person, visit, child, doctor) == [404] * 8 + [400]


# Acting for


def test_program_books_for_a_child(person: User, child: Patient, doctor: Doctor) -> None:
    booking = {"doctor_id": doctor.pk, "date": TUESDAY_9, "patient": child.pk}
    assert program_of(person).post("/api/book", booking).status_code == 201
    visit = Appointment.objects.get()
    assert (visit.patient, visit.booked_by) == (child, person)
    assert AppointmentEvent.objects.get().by == person


def book_url(doctor: Doctor) -> str:
    kind = doctor.visit_types.get().pk
    return f"{reverse('appointments:book', args=[doctor.slug])}?visit_type={kind}&start={TUESDAY_9}"


def test_booking_asks_for_whom_by_name_and_age(
    person: User, child: Patient, doctor: Doctor
) -> None:
    form = browser_of(person).get(book_url(doctor)).context["form"]
    assert [str(label) for _, label in form.fields["patient"].choices] == [
        "Asha Rao",
        "Ravi Rao, 9 years (your child)",
    ]


def test_booking_says_for_whom_where_there_is_no_choice(doctor: Doctor, child: Patient) -> None:
    PatientAccess.objects.filter(relation="self").update(ended_at=NOW)
    asha = User.objects.get(email="asha@example.com")
    assert "Who it is for Ravi Rao (your child)" in text_of(browser_of(asha).get(book_url(doctor)))


@pytest.mark.parametrize("name", ["detail", "cancel", "reschedule"])
def test_pages_about_a_visit_say_for_whom_one_acts(
    person: User, visit: Appointment, staff: User, name: str
) -> None:
    url = reverse(f"appointments:{name}", args=[visit.pk])
    assert "You act for Ravi Rao (your child)" in text_of(browser_of(person).get(url))
    assert "You act for" not in text_of(browser_of(staff).get(url))


def test_list_says_whose_each_visit_is(
    person: User, child: Patient, visit: Appointment, doctor: Doctor
) -> None:
    make_appointment(doctor, person, at(4, 9))
    make_appointment(doctor, person, at(5, 9), patient=child)
    make_appointment(doctor, person, at(6, 9), patient=child, status="cancelled")
    text = text_of(browser_of(person).get(reverse("appointments:list")))
    assert re.findall(r"For \w+ Rao(?: \(your child\))?", text) == [
        "For Ravi Rao (your child)",
        "For Asha Rao",
        "For Ravi Rao (your child)",
        "For Ravi Rao",
    ]


def test_own_visit_is_nobody_elses(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(3, 9), patient=patient_of(person))
    url = reverse("appointments:detail", args=[visit.pk])
    assert "You act for" not in text_of(browser_of(person).get(url))
