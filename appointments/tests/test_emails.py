"""The mails about an appointment: to whom, what they say, and what they keep to themselves."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import Patient, PatientAccess, User
from appointments import emails
from appointments.models import Appointment, AppointmentEvent
from docspot.tests import cast
from docspot.tests.cast import at
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SITE = "http://docspot.example"
Kind = AppointmentEvent.Kind

# kind of event, status of the appointment, subject, first line
MAILS = [
    (
        "requested",
        "pending",
        "Your request for Wednesday 4 March, 9:30am",
        "Wait for the clinic's answer: your request has been sent, and the time is kept for you "
        "until then.",
    ),
    (
        "confirmed",
        "confirmed",
        "Your appointment on Wednesday 4 March, 9:30am",
        "Come to City Heart Clinic on Wednesday 4 March 2026, 9:30am. "
        "Your appointment is confirmed.",
    ),
    (
        "declined",
        "declined",
        "Your request for Wednesday 4 March, 9:30am was declined",
        "Choose another time: the clinic cannot offer you this one.",
    ),
    (
        "expired",
        "declined",
        "Your request for Wednesday 4 March, 9:30am was not answered",
        "Choose another time: the clinic did not answer your request in time, so it has ended.",
    ),
    (
        "cancelled",
        "cancelled",
        "Your appointment on Wednesday 4 March, 9:30am is cancelled",
        "You do not need to come: this appointment has been cancelled by you.",
    ),
    (
        "moved",
        "confirmed",
        "Your appointment is now on Wednesday 4 March, 9:30am",
        "Come at the new time: your appointment has been moved.",
    ),
    (
        "moved",
        "pending",
        "Your request for Wednesday 4 March, 9:30am",
        "Wait for the clinic's answer: your request is now for another time, which is kept for "
        "you until then.",
    ),
]


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return cast.make_appointment(doctor, person, at(4, 9, 30), reason="A headache, for a week")


@pytest.fixture
def tell(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks):
    """Tell of an event; returns the mails."""

    def do(visit: Appointment, kind: str, status: str) -> list[EmailMultiAlternatives]:
        visit.status = status
        event = visit.events.create(
            kind=kind, by=visit.booked_by, at=cast.NOW, start=visit.start, note="Blood test first"
        )
        event.appointment = visit
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            emails.tell(event)
        return [sent for sent in mail.outbox if isinstance(sent, EmailMultiAlternatives)]

    return do


def html_of(message: EmailMultiAlternatives) -> str:
    (content, kind), *_calendar = message.alternatives
    assert kind == "text/html"
    return str(content)


@pytest.mark.parametrize(("kind", "status", "subject", "first_line"), MAILS)
def test_mail_says_first_what_to_do(
    tell, visit: Appointment, kind: str, status: str, subject: str, first_line: str
) -> None:
    [message] = tell(visit, kind, status)
    assert message.subject == subject
    assert message.body.splitlines()[0] == first_line
    assert first_line.replace("'", "&#x27;") in html_of(message).replace("'", "&#x27;")
    for part in (message.body, html_of(message)):
        assert "Asha" in part
        assert "Rao" not in part
        assert "Dr. Smith" in part
        assert "Wednesday 4 March 2026, 9:30am to 10:00am" in part
        assert "All times are local to Hyderabad (IST)." in part
        assert "City Heart Clinic, Hyderabad, India" in part


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind, status, *_ in MAILS])
def test_mail_tells_nothing_of_health(tell, visit: Appointment, kind: str, status: str) -> None:
    [message] = tell(visit, kind, status)
    parts = [str(content) for content, _kind in message.alternatives]
    assert len(parts) == 2
    whole = " ".join([str(message.subject), str(message.body), *parts])
    for secret in ("Cardiolog", "headache", "Blood test", "Consultation", "Rao", "asha@"):
        assert secret not in whole.replace("mailto:asha@example.com", "")


@pytest.mark.parametrize(("kind", "status"), [(kind, status) for kind, status, *_ in MAILS])
def test_links_come_from_the_settings(
    tell, visit: Appointment, kind: str, status: str, settings: Settings
) -> None:
    settings.SITE_URL = "https://clinic.example"
    [message] = tell(visit, kind, status)
    if status in ("declined", "cancelled"):
        path = reverse("doctors:profile", args=["dr-smith"])
    else:
        path = reverse("appointments:detail", args=[visit.pk])
    assert [line for line in message.body.splitlines() if "://" in line] == [
        f"https://clinic.example{path}",
        "https://clinic.example",
    ]
    assert f'href="https://clinic.example{path}"' in html_of(message)
    assert SITE not in html_of(message)


def test_text_is_as_it_was_written_and_html_is_escaped(
    tell, visit: Appointment, person: User
) -> None:
    Doctor.objects.update(name="Dr. <b>O'Neil</b> & Sons")
    [message] = tell(Appointment.objects.get(), "confirmed", "confirmed")
    assert "With: Dr. <b>O'Neil</b> & Sons\n" in message.body
    assert "Dr. &lt;b&gt;O&#x27;Neil&lt;/b&gt; &amp; Sons" in html_of(message)


def test_line_breaks_in_names_stay_out_of_the_head(tell, visit: Appointment) -> None:
    Patient.objects.update(name="Asha\r\nBcc: all@example.com")
    Doctor.objects.update(name="Dr.\r\nSmith")
    [message] = tell(Appointment.objects.get(), "confirmed", "confirmed")
    assert message.subject == "Your appointment on Wednesday 4 March, 9:30am"
    assert message.recipients() == ["asha@example.com"]
    assert "Bcc" not in dict(message.message().items())


def test_telephone_of_the_place_is_given(tell, visit: Appointment) -> None:
    visit.location.phone = "+914023456789"
    visit.location.save()
    [message] = tell(Appointment.objects.get(), "confirmed", "confirmed")
    assert "Telephone: +91 40 2345 6789\n" in message.body
    assert 'href="tel:+91-40-2345-6789"' in html_of(message)


@pytest.mark.parametrize("kind", ["checked_in", "completed", "no_show"])
def test_what_happens_at_the_clinic_is_not_mailed(tell, visit: Appointment, kind: str) -> None:
    assert tell(visit, kind, kind) == []


def test_each_who_may_act_for_the_patient_is_told_alone(
    tell, visit: Appointment, stranger: User
) -> None:
    carer, former, kept_out = (cast.make_user(f"{name}@example.com") for name in "bcd")
    for user, ended in ((carer, None), (former, cast.NOW), (kept_out, None)):
        PatientAccess.objects.create(
            user=user, patient=visit.patient, relation="carer", ended_at=ended
        )
    User.objects.filter(pk=kept_out.pk).update(is_active=False)
    messages = tell(visit, "confirmed", "confirmed")
    assert [message.to for message in messages] == [["asha@example.com"], ["b@example.com"]]


def test_patient_without_a_login_is_told_at_their_own_address(
    tell, doctor: Doctor, staff: User
) -> None:
    patient = Patient.objects.create(name="Ravi Rao", email="ravi@example.com")
    visit = cast.make_appointment(doctor, staff, at(4, 9, 30), patient=patient)
    [message] = tell(visit, "confirmed", "confirmed")
    assert message.to == ["ravi@example.com"]


def test_patient_without_any_address_is_not_mailed(tell, doctor: Doctor, staff: User) -> None:
    patient = Patient.objects.create(name="Ravi Rao")
    visit = cast.make_appointment(doctor, staff, at(4, 9, 30), patient=patient)
    assert tell(visit, "confirmed", "confirmed") == []
