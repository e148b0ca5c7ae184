"""The mails about an appointment: to whom, what they say, and what they keep to themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import Patient, PatientAccess, User
from appointments import emails, services
from appointments.models import Appointment, AppointmentEvent, VisitLink
from docspot.tests import cast
from docspot.tests.cast import at
from docspot.tests.catalogues import write_catalogue
from docspot.tests.fixtures import browser_of
from doctors.availability import Slot
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

    def do(
        visit: Appointment,
        kind: str,
        status: str,
        before: Slot | None = None,
        **event_fields: Any,
    ) -> list[EmailMultiAlternatives]:
        visit.status = status
        about = {"by": visit.booked_by, "at": cast.NOW, "note": "Blood test first"} | event_fields
        event = visit.events.create(kind=kind, start=visit.start, **about)
        event.appointment = visit
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            emails.tell(event, before=before)
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
        path = reverse("visit:show", args=[VisitLink.objects.get().key])
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


# Who cancelled


def first_lines(messages: list[EmailMultiAlternatives]) -> dict[str, str]:
    return {message.to[0]: str(message.body).splitlines()[0] for message in messages}


CANCELLED = "You do not need to come: this appointment has been cancelled"


def test_mail_says_that_you_or_another_cancelled(tell, visit: Appointment, person: User) -> None:
    father = cast.make_user("father@example.com")
    PatientAccess.objects.create(user=father, patient=visit.patient, relation="parent")
    messages = tell(visit, "cancelled", "cancelled", by=father)
    assert first_lines(messages) == {
        "asha@example.com": f"{CANCELLED} by someone who acts for Asha.",
        "father@example.com": f"{CANCELLED} by you.",
    }
    assert "father" not in f"{messages[0].body}{messages[0].alternatives}"


@pytest.mark.parametrize("who", ["smith@example.com", "desk@example.com"])
def test_mail_says_that_the_clinic_cancelled(
    tell, visit: Appointment, staff: User, who: str
) -> None:
    messages = tell(visit, "cancelled", "cancelled", by=User.objects.get(email=who))
    assert first_lines(messages) == {"asha@example.com": f"{CANCELLED} by the clinic."}
    assert who not in f"{messages[0].body}{messages[0].alternatives}"


def test_cancelled_through_a_link_is_by_the_patients_side(
    tell, visit: Appointment, doctor: Doctor
) -> None:
    messages = tell(visit, "cancelled", "cancelled", by=None, by_link=True)
    assert first_lines(messages) == {
        "asha@example.com": f"{CANCELLED} by someone who acts for Asha."
    }


def test_cancelled_by_nobody_names_nobody(tell, visit: Appointment) -> None:
    messages = tell(visit, "cancelled", "cancelled", by=None)
    assert first_lines(messages) == {"asha@example.com": f"{CANCELLED}."}


# The old time and the new


def test_mail_of_a_move_says_both_times(
    person: User,
    visit: Appointment,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.reschedule(appointment=visit, start=at(5, 11), by=person, now=cast.NOW)
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert "New time: Thursday 5 March 2026, 11:00am to 11:30am." in message.body
    assert "Old time: Wednesday 4 March 2026, 9:30am to 10:00am\n" in message.body
    assert "<td>Wednesday 4 March 2026, 9:30am to 10:00am</td>" in html_of(message)


def test_old_time_is_said_by_the_clock_of_the_old_place(tell, visit: Appointment) -> None:
    dubai = cast.make_location("Dubai", name="Bay Clinic", time_zone="Asia/Dubai")
    before = Slot(at(3, 9, 30), at(3, 10), dubai)
    [message] = tell(visit, "moved", "confirmed", before=before)
    assert "Old time: Tuesday 3 March 2026, 8:00am to 8:30am, Bay Clinic, Dubai\n" in message.body


def test_time_that_stays_is_not_said_twice(tell, visit: Appointment) -> None:
    before = Slot(visit.start, visit.end, visit.location)
    [message] = tell(visit, "moved", "confirmed", before=before)
    assert "\nWhen: Wednesday 4 March 2026" in message.body
    assert "Old time" not in message.body


# The language of who gets it


@pytest.fixture
def german(settings: Settings, tmp_path: Path) -> None:
    """A second language of the site, with a catalogue of a few words."""
    settings.LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
    settings.LOCALE_PATHS = [tmp_path]
    write_catalogue(
        tmp_path / "de" / "LC_MESSAGES" / "django.mo",
        {
            "l j F": "l, j. F",
            "l j F Y": "l, j. F Y",
            "Your appointment on %(day)s, %(time)s": "Ihr Termin am %(day)s, %(time)s Uhr",
            "Come to %(place)s on %(day)s, %(time)s. Your appointment is confirmed.": (
                "Kommen Sie am %(day)s um %(time)s zu %(place)s. Ihr Termin steht fest."
            ),
            "When": "Wann",
            "Appointment with %(doctor)s": "Termin bei %(doctor)s",
            "For %(first_name)s.": "Für %(first_name)s.",
            "Choose a new password": "Neues Passwort wählen",
        },
    )


@pytest.mark.usefixtures("german")
def test_each_is_written_to_in_their_own_language(tell, visit: Appointment, person: User) -> None:
    father = cast.make_user("father@example.com", language="de")
    PatientAccess.objects.create(user=father, patient=visit.patient, relation="parent")
    english, german = tell(visit, "confirmed", "confirmed")
    assert english.subject == "Your appointment on Wednesday 4 March, 9:30am"
    assert german.subject == "Ihr Termin am Mittwoch, 4. März, 09:30 Uhr"
    first = "Kommen Sie am Mittwoch, 4. März 2026 um 09:30 zu City Heart Clinic."
    assert german.body.startswith(first)
    assert "\nWann: Mittwoch, 4. März 2026, 09:30" in german.body
    assert '<html lang="de">' in html_of(german)
    assert first in html_of(german)
    assert '<th scope="row">Wann</th>' in html_of(german)
    assert "SUMMARY:Termin bei Dr. Smith\r\n" in str(german.alternatives[1].content)
    assert "DESCRIPTION:Für Asha." in str(german.alternatives[1].content)
    assert "SUMMARY:Appointment with Dr. Smith\r\n" in str(english.alternatives[1].content)


@pytest.mark.usefixtures("german")
def test_language_is_that_of_when_the_mail_is_sent(
    visit: Appointment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        emails.tell(visit.events.get())
        User.objects.update(language="de")
    [message] = mail.outbox
    assert str(message.subject) == "Ihr Termin am Mittwoch, 4. März, 09:30 Uhr"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("language", ["xx", "../de", "DE"])
def test_language_that_the_site_has_not_is_the_clinics(
    tell, visit: Appointment, language: str
) -> None:
    User.objects.update(language=language)
    [message] = tell(visit, "confirmed", "confirmed")
    assert message.subject == "Your appointment on Wednesday 4 March, 9:30am"


@pytest.mark.usefixtures("german")
def test_account_mails_are_in_the_persons_language(
    person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    User.objects.update(language="de")
    with django_capture_on_commit_callbacks(execute=True):
        Client().post(reverse("account_reset_password"), {"email": "Asha@example.com"})
    [message] = mail.outbox
    assert str(message.subject) == "Neues Passwort wählen"


# The head


def test_mail_asks_no_machine_to_answer(tell, visit: Appointment) -> None:
    [message] = tell(visit, "confirmed", "confirmed")
    sent = message.message()
    assert sent["Auto-Submitted"] == "auto-generated"  # RFC 3834
    assert sent["X-Auto-Response-Suppress"] == "All"


def test_mail_that_waits_since_before_an_update_is_sent(
    visit: Appointment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        emails.send_about.enqueue(
            appointment=str(visit.pk),
            kind="cancelled",
            status="cancelled",
            start=visit.start.isoformat(),
            end=visit.end.isoformat(),
            location=visit.location_id,
            to="asha@example.com",
        )
    [message] = mail.outbox
    assert str(message.body).startswith(f"{CANCELLED}.\n")


def test_who_may_no_longer_act_is_told_but_given_no_way_in(
    visit: Appointment, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """What happened while they might; the link is that for who is logged in."""
    with django_capture_on_commit_callbacks(execute=True):
        emails.tell(visit.events.get())
        PatientAccess.objects.update(ended_at=cast.NOW)
    [message] = mail.outbox
    assert f"{SITE}{reverse('appointments:detail', args=[visit.pk])}\n" in str(message.body)


@pytest.mark.usefixtures("queue")
def test_staff_see_what_a_mail_is_about(visit: Appointment, person: User, staff: User) -> None:
    services.cancel(appointment=visit, by=person, now=cast.NOW)
    page = browser_of(staff).get(reverse("admin:accounts_mail_changelist"), follow=True)
    assert "Appointment: Cancelled" in page.text
    for secret in ("Asha", "9:30am", "Dr. Smith", str(visit.pk)):
        assert secret not in page.text


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
