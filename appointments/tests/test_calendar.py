"""What mails tell a calendar (RFC 5545, 5546, 6047), as two parsers read it from what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from itertools import permutations

import pytest
import vobject
from django.core import mail
from django.core.mail import EmailMessage, SafeMIMEMultipart
from django.db import transaction
from django.urls import reverse
from icalendar import Calendar
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from appointments import services
from appointments.calendar import CONTROL, message_to, own_to_ics, to_ics
from appointments.models import Appointment, BookingPolicy
from appointments.services.writing import move
from docspot.tests import cast
from docspot.tests.cast import at
from docspot.tests.fixtures import browser_of
from doctors.availability import Slot
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOUR = timedelta(hours=1)


# The mails as they are sent, and what two parsers read in them


def sent() -> list[Parsed]:
    """The messages as a mail server gets them."""
    return [received(message) for message in mail.outbox]


def received(message: EmailMessage) -> Parsed:
    written = message.message()
    assert isinstance(written, SafeMIMEMultipart)
    octets = written.as_bytes(linesep="\r\n")
    return message_from_bytes(octets, _class=Parsed, policy=policy.default)


def calendar_part(message: Parsed) -> Parsed:
    [part] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return part


def ics_of(message: Parsed) -> bytes:
    ics = calendar_part(message).get_payload(decode=True)
    assert isinstance(ics, bytes)
    return ics


@dataclass(frozen=True)
class Told:
    method: str
    uid: str
    sequence: int
    stamp: datetime
    status: str
    start: datetime
    end: datetime
    summary: str
    organizer: str
    attendee: str

    @property
    def age(self) -> tuple[int, datetime]:
        """RFC 5546, 2.1.5: the higher SEQUENCE is newer, and of two alike the later DTSTAMP."""
        return self.sequence, self.stamp


def by_icalendar(ics: bytes) -> Told:
    calendar = Calendar.from_ical(ics)
    [event] = calendar.walk("VEVENT")
    assert (calendar.errors, event.errors) == ([], [])
    return Told(
        method=str(calendar["method"]),
        uid=str(event["uid"]),
        sequence=int(event["sequence"]),
        stamp=event["dtstamp"].dt,
        status=str(event["status"]),
        start=event["dtstart"].dt,
        end=event["dtend"].dt,
        summary=str(event["summary"]),
        organizer=str(event["organizer"]),
        attendee=str(event["attendee"]),
    )


def by_vobject(ics: bytes) -> Told:
    calendar = vobject.readOne(ics.decode())
    [event] = calendar.vevent_list
    return Told(
        method=calendar.method.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        stamp=event.dtstamp.value,
        status=event.status.value,
        start=event.dtstart.value,
        end=event.dtend.value,
        summary=event.summary.value,
        organizer=event.organizer.value,
        attendee=event.attendee.value,
    )


PARSERS = [by_icalendar, by_vobject]


@dataclass
class Kept:
    """A calendar that does what RFC 5546 says with the messages that it gets."""

    events: dict[str, Told] = field(default_factory=dict)

    def take(self, messages: Iterable[Told]) -> Kept:
        for told in messages:
            known = self.events.get(told.uid)
            if known is None or told.age > known.age:
                self.events[told.uid] = told
        return self

    @property
    def one(self) -> tuple[str, datetime]:
        [event] = self.events.values()
        assert (event.method == "CANCEL") == (event.status == "CANCELLED")
        return event.status, event.start


@pytest.fixture
def life(
    doctor: Doctor,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Appointment:
    """Requested, confirmed, moved twice, cancelled; each time a mail."""
    Doctor.objects.update(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    doctor.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        visit = services.book(
            doctor=doctor,
            patient=cast.patient_of(person),
            visit_type=doctor.visit_types.get(),
            start=at(4, 9, 30),
            by=person,
            now=cast.NOW,
            reason="Chest pain",
        )
    smith = doctor.user
    for number, act in enumerate(
        [
            lambda now: services.confirm(appointment=visit, by=smith, now=now),
            lambda now: services.reschedule(appointment=visit, start=at(5, 11), by=smith, now=now),
            lambda now: services.reschedule(appointment=visit, start=at(6, 15), by=person, now=now),
            lambda now: services.cancel(appointment=visit, by=person, now=now),
        ],
        start=1,
    ):
        with django_capture_on_commit_callbacks(execute=True):
            act(cast.NOW + number * HOUR)
    return visit


LIFE = [
    ("REQUEST", 0, "TENTATIVE", at(4, 9, 30)),
    ("REQUEST", 1, "CONFIRMED", at(4, 9, 30)),
    ("REQUEST", 2, "CONFIRMED", at(5, 11)),
    ("REQUEST", 3, "TENTATIVE", at(6, 15)),
    ("CANCEL", 4, "CANCELLED", at(6, 15)),
]


@pytest.mark.parametrize("parse", PARSERS)
def test_life_of_a_visit_is_one_event_moved_then_cancelled(
    life: Appointment, parse: Callable[[bytes], Told]
) -> None:
    messages = [parse(ics_of(message)) for message in sent()]
    assert [(one.method, one.sequence, one.status, one.start) for one in messages] == LIFE
    assert {one.uid for one in messages} == {str(life.pk)}
    assert [one.stamp for one in messages] == [cast.NOW + number * HOUR for number in range(5)]
    calendar = Kept()
    seen = [calendar.take([one]).one for one in messages]
    assert seen == [(status, start) for _method, _sequence, status, start in LIFE]


@pytest.mark.parametrize("parse", PARSERS)
def test_messages_that_come_late_or_twice_change_nothing(
    life: Appointment, parse: Callable[[bytes], Told]
) -> None:
    messages = [parse(ics_of(message)) for message in sent()]
    for shuffled in permutations(messages):
        assert Kept().take([*shuffled, *shuffled]).one == ("CANCELLED", at(6, 15))


def test_both_parsers_read_the_same(life: Appointment) -> None:
    for message in sent():
        assert by_icalendar(ics_of(message)) == by_vobject(ics_of(message))


@pytest.mark.usefixtures("life")
def test_mail_has_its_parts_in_order_and_one_calendar() -> None:
    for message in sent():
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == [
            "text/plain",
            "text/html",
            "text/calendar",
        ]


@pytest.mark.usefixtures("life")
def test_method_of_the_part_is_that_of_the_calendar() -> None:
    """RFC 6047, 2.4."""
    for message in sent():
        part = calendar_part(message)
        header = dict(part["Content-Type"].params)
        assert header == {"method": by_vobject(ics_of(message)).method, "charset": "utf-8"}
        assert part["Content-Type"].defects == ()


@pytest.mark.usefixtures("life")
def test_message_has_all_that_is_asked_and_nothing_more() -> None:
    """RFC 5546, 3.2.2 and 3.2.5."""
    for message in sent():
        calendar = Calendar.from_ical(ics_of(message))
        [event] = calendar.walk("VEVENT")
        asked = ["ATTENDEE", "DTSTAMP", "DTSTART", "ORGANIZER", "SEQUENCE", "SUMMARY", "UID"]
        more = ["DESCRIPTION", "DTEND", "LOCATION", "STATUS"]
        if calendar["method"] == "REQUEST":
            more.append("URL")
        assert sorted(calendar) == ["METHOD", "PRODID", "VERSION"]
        assert sorted(event) == sorted([*asked, *more])
        assert (event["organizer"], event["organizer"].params) == (
            "mailto:no-reply@docspot.example",
            {"CN": "City Heart Clinic"},
        )
        assert (event["attendee"], event["attendee"].params) == (
            "mailto:asha@example.com",
            {
                "CUTYPE": "INDIVIDUAL",
                "ROLE": "REQ-PARTICIPANT",
                "PARTSTAT": "ACCEPTED",
                "RSVP": "FALSE",
            },
        )


def test_calendar_tells_nothing_of_health(life: Appointment) -> None:
    link = f"http://docspot.example{reverse('appointments:detail', args=[life.pk])}"
    for message, (method, *_rest) in zip(sent(), LIFE, strict=True):
        [event] = Calendar.from_ical(ics_of(message)).walk("VEVENT")
        assert event["summary"] == "Appointment with Dr. Smith"
        assert event["location"] == "City Heart Clinic, Hyderabad, India"
        ends = f"\n{link}" if method == "REQUEST" else ""
        assert event["description"] == f"For Asha.{ends}"
        assert event.get("url", "") == ends.strip()
        for secret in ("Cardiolog", "Chest", "Consultation", "Rao"):
            assert secret not in ics_of(message).decode()


def test_visit_with_another_doctor_stays_the_same_event(
    doctor: Doctor,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    other = cast.make_doctor("Dr. Priya")
    visit = cast.make_appointment(doctor, person, at(4, 9, 30))
    slot = Slot(visit.start, visit.end, visit.location)
    kind = other.visit_types.get()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        changes = {"doctor": other, "visit_type": kind}
        move(visit, slot, visit.status, person, cast.NOW, BookingPolicy.current(), **changes)
    [message] = sent()
    for told in (by_icalendar(ics_of(message)), by_vobject(ics_of(message))):
        assert (told.method, told.uid, told.sequence) == ("REQUEST", str(visit.pk), 1)
        assert told.summary == "Appointment with Dr. Priya"


# What stays the same


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return cast.make_appointment(doctor, person, at(4, 9, 30))


def told_of(visit: Appointment) -> Told:
    return by_vobject(message_to(visit, to="asha@example.com", at=cast.NOW).ics.encode())


def test_event_is_the_same_when_the_site_moves(visit: Appointment, settings: Settings) -> None:
    before = told_of(visit)
    settings.SITE_URL = "https://other.example"
    assert told_of(visit) == before


def test_second_try_of_a_mail_carries_the_same_calendar(visit: Appointment) -> None:
    first, second = (message_to(visit, to="a@example.com", at=cast.NOW) for _ in range(2))
    assert first == second


def test_file_of_the_page_is_the_event_of_the_mails(
    person: User, visit: Appointment, settings: Settings
) -> None:
    Appointment.objects.update(version=4)
    page = reverse("appointments:calendar", args=[visit.pk])
    calendar = Calendar.from_ical(browser_of(person).get(page).content)
    [event] = calendar.walk("VEVENT")
    visit.refresh_from_db()
    mailed = told_of(visit)
    assert calendar["method"] == "PUBLISH"
    assert (event["uid"], event["sequence"]) == (mailed.uid, mailed.sequence)
    assert (event["summary"], event["dtstart"].dt) == (mailed.summary, mailed.start)
    assert event["organizer"] == mailed.organizer
    assert "ATTENDEE" not in event  # RFC 5546, 3.2.1


# What names can do


NASTY = (
    'Dr. Åsa \u202e\r\nATTENDEE:mailto:evil@example.com\r\nX-A:1; "q", back\\slash \u2028b\x00\x0b'
)
LONG = "Приёмная доктора " * 15  # 255 characters, twice as many octets


def lines_of(ics: bytes) -> list[bytes]:
    assert ics.endswith(b"\r\n")
    return ics[:-2].split(b"\r\n")


@pytest.mark.parametrize("name", [NASTY, LONG, "O'Neil, Smith; \\n & Sons", '"', "王小明"])
def test_names_stay_what_they_are(visit: Appointment, name: str) -> None:
    plain = [line.split(b":")[0].split(b";")[0] for line in unfolded(to_message(visit))]
    visit.doctor.name = visit.patient.name = name
    visit.location.name = visit.location.address = visit.location.city = name
    ics = to_message(visit)
    assert [line.split(b":")[0].split(b";")[0] for line in unfolded(ics)] == plain
    for line in lines_of(ics):
        assert len(line) <= 75  # octets, RFC 5545, 3.1
        assert not {0, 10, 11, 13} & set(line)
        line.decode()  # no letter is cut in two
    said = " ".join(name.replace("\x00", " ").split())
    assert by_icalendar(ics) == by_vobject(ics)
    assert by_vobject(ics).summary == f"Appointment with {said}"
    assert by_vobject(ics).attendee == "mailto:asha@example.com"


def to_message(visit: Appointment) -> bytes:
    return message_to(visit, to="asha@example.com", at=cast.NOW).ics.encode()


def unfolded(ics: bytes) -> list[bytes]:
    return ics.replace(b"\r\n ", b"").rstrip(b"\r\n").split(b"\r\n")


def test_name_of_the_place_stays_within_its_quotes(visit: Appointment) -> None:
    visit.location.name = 'City "Heart"; Clinic, X:Y'
    ics = to_message(visit)
    assert by_icalendar(ics).organizer == "mailto:no-reply@docspot.example"
    organizer = vobject.readOne(ics.decode()).vevent.organizer
    assert organizer.params == {"CN": ["City 'Heart'; Clinic, X:Y"]}


def test_long_name_in_another_script_survives_the_mail(
    visit: Appointment,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    Doctor.objects.update(name=LONG.strip())
    with django_capture_on_commit_callbacks(execute=True):
        services.cancel(appointment=Appointment.objects.get(), by=person, now=cast.NOW)
    [message] = sent()
    for parse in PARSERS:
        assert parse(ics_of(message)).summary == f"Appointment with {LONG.strip()}"
    assert all(len(line) <= 75 for line in lines_of(ics_of(message)))


def test_file_of_the_page_has_no_lines_of_a_name(visit: Appointment) -> None:
    visit.doctor.name = NASTY
    ics = to_ics(visit, now=cast.NOW)
    starts = [line.split(b":")[0].split(b";")[0] for line in unfolded(ics)]
    assert starts.count(b"ATTENDEE") == 0
    assert b"X-A" not in starts


def test_calendar_of_all_visits_has_no_lines_of_a_name(visit: Appointment) -> None:
    visit.doctor.name = visit.patient.name = NASTY + "\x07\x1b[31m"
    ics = b"".join(own_to_ics([visit], names_them=True))
    starts = [line.split(b":")[0].split(b";")[0] for line in unfolded(ics)]
    assert starts.count(b"ATTENDEE") == 0
    assert b"X-A" not in starts
    assert not CONTROL.search(ics.decode().replace("\r\n", ""))
