"""What nobody may read in passing: whose visit it is, what for, and in which field of medicine.

Unmistakable marks stand for a patient's name, the reason, the specialty and the kind of visit. All
journeys are walked with them while everything is collected that ends where others read it: the
addresses that are asked for and led to, the lines of all logs, the subjects of mails, the keys of
the caches and the names of downloads. No mark may be among them.

Two exceptions, and why:
- A specialty may stand in an address of the public directory (below /doctors/, and the API's list
  of doctors and free times): it tells what somebody looks at, as the name of a page does, not that
  they are booked there. No address below /appointments/ has one.
- The lists of Django's admin are searched by an address (?q=...), which its pages hand on to come
  back to the list. What staff type there is kept out of the logs, the web server's too
  (docspot/logs.py), and pages send no address to other sites (Referrer-Policy).

Of the logs only `django.db.backends` is left out: it tells each query with its values, but speaks
at DEBUG, which no clinic's server does.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient
from time_machine import Traveller

from accounts.models import Patient, User
from appointments.models import Appointment, WaitingEntry
from docspot.tests import test_access as access
from docspot.tests.cast import (
    PASSWORD,
    at,
    make_appointment,
    make_doctor,
    make_location,
    make_person,
    make_receptionist,
    make_specialty,
    make_user,
)
from docspot.tests.fixtures import program_of
from doctors.models import Doctor

pytestmark = [pytest.mark.usefixtures("clock")]

NAME, REASON = "Zaphrodite Quuxley", "Wombatitis, vexing"
SPECIALTY, TITLE, KIND = "Oneirology", "Oneirologist", "Krakenoscopy"
MARKS = ("zaphrodite", "quuxley", "wombatitis", "vexing", "oneirolog", "krakenoscop")
OF_DIRECTORY = ("/doctors/", "/api/doctors", "/api/slots")
SEARCHED = re.compile(r"(?:^|&)(?:q|_changelist_filters)=[^&]*")  # in the lists of Django's admin
FIELD_MARKS = ("oneirolog",)
DAY = {"date_of_birth_0": "31", "date_of_birth_1": "3", "date_of_birth_2": "1980"}


def marks_in(text: str) -> list[str]:
    """The marks in it, however it is written: in an address, in capitals, joined by hyphens."""
    read = unquote_plus(unquote_plus(text)).lower()
    return [mark for mark in MARKS if mark in read]


def test_marks_are_found_however_they_are_written() -> None:
    assert marks_in("/x/?q=ZAPHRODITE%2BQuuxley") == ["zaphrodite", "quuxley"]
    assert marks_in("/x/?next=%2Fy%2F%3Fq%3D%2557ombatitis") == ["wombatitis"]
    assert marks_in("zaphrodite-quuxley") == ["zaphrodite", "quuxley"]
    assert marks_in("/appointments/") == []


# What is collected


@dataclass
class Seen:
    addresses: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def answer(self, request: dict[str, Any], response: HttpResponse) -> None:
        address = f"{request['PATH_INFO']}?{request.get('QUERY_STRING', '')}"
        self.addresses.append(address)
        # As the server logs it, which is not running here.
        logging.getLogger("gunicorn.access").info("%(r)s", {"r": f"GET {address} HTTP/1.1"})
        self.addresses += filter(None, [response.headers.get("Location")])
        self.files += filter(None, [response.headers.get("Content-Disposition")])
        if "html" in response.headers.get("Content-Type", "") and not response.streaming:
            shown = re.findall(r'\b(?:href|action|src)="([^"]*)"', response.text)
            # Without the filters of a list, which say all there is to choose from.
            self.addresses += [address for address in shown if not address.startswith("?")]

    def tells(self) -> list[str]:
        """What of it holds a mark that it may not hold."""
        found = [address for address in self.addresses if not may_stand(unsearched(address))]
        found += [address for address in self.served if not may_stand(address)]
        subjects = [str(message.subject) for message in mail.outbox]
        rest = [*self.lines, *self.keys, *self.files, *subjects]
        return found + [text for text in rest if marks_in(text)]


def may_stand(address: str) -> bool:
    marks = set(marks_in(address))
    return marks <= set(FIELD_MARKS if address.startswith(OF_DIRECTORY) else ())


def unsearched(address: str) -> str:
    """Without what was looked for, on a page of Django's admin."""
    parts = urlsplit(address)
    is_listed = re.match(r"/admin/(?!desk)", parts.path)
    return parts._replace(query=SEARCHED.sub("", parts.query)).geturl() if is_listed else address


class Listening(logging.Handler):
    def __init__(self, seen: Seen) -> None:
        super().__init__(logging.DEBUG)
        self.seen = seen
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "gunicorn.access":
            self.seen.served.append(record.getMessage().split()[1])
        elif record.name != "django.db.backends":
            self.seen.lines.append(f"{self.format(record)} {record.args!r}")


@pytest.fixture
def seen(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Listens to all loggers, asks all caches for their keys, and sees what clients ask."""
    seen = Seen()

    def noted(key: str, prefix: str, version: int) -> str:
        seen.keys.append(str(key))
        return f"{prefix}:{version}:{key}"

    settings.CACHES = {
        name: {**cache, "LOCATION": f"canary-{name}", "KEY_FUNCTION": noted}
        for name, cache in settings.CACHES.items()
    }
    for client in (Client, APIClient):
        monkeypatch.setattr(client, "request", watched(client.request, seen))
    handler = Listening(seen)
    logging.getLogger("gunicorn.access")  # as there is in the server
    named = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    loggers = [logging.root, *named]
    levels = [logger.level for logger in loggers]
    deaf = [logger for logger in loggers if logger is logging.root or not logger.propagate]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    for logger in deaf:
        logger.addHandler(handler)
    yield seen
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
    for logger in deaf:
        logger.removeHandler(handler)


def watched(ask: Any, seen: Seen) -> Any:
    def request(client: Any, **asked: Any) -> Any:
        response = ask(client, **asked)
        seen.answer(asked, response)
        return response

    return request


def browser_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def doctor_of(name: str, **fields: Any) -> Doctor:
    """A doctor of the marked specialty, who offers the marked kind of visit."""
    email = f"{name.lower().replace('dr. ', '')}@example.com"
    doctor = make_doctor(
        name, specialty=make_specialty(SPECIALTY, TITLE), user=make_user(email), **fields
    )
    doctor.visit_types.update(name=KIND)
    return doctor


# The journeys


def in_form(doctor: Doctor, patient: Patient, start: Any, **more: Any) -> dict[str, Any]:
    kind = doctor.visit_types.get().pk
    when = start.isoformat().replace("+00:00", "Z")
    return {"visit_type": kind, "start": when, "patient": patient.pk, "reason": REASON} | more


def sign_up() -> tuple[Client, User, Patient]:
    """By a browser, with a look around before and the details changed after."""
    browser = Client(raise_request_exception=False)
    for path in ("/", "/doctors/?q=oneiro", "/doctors/plain/", "/appointments/", "/nowhere/"):
        browser.get(path)
    details = {"name": NAME, "date_of_birth": "1980-03-31", "phone": "", **DAY}
    account = {"email": "canary@example.com", "password1": PASSWORD}
    assert browser.post("/accounts/signup/", details | {"email": "no"}).status_code == 400
    assert browser.post("/accounts/signup/", details | account).status_code == 302
    assert browser.post("/accounts/profile/", details).status_code == 302
    assert browser.post("/accounts/profile/", details | {"name": ""}).status_code == 400
    browser.post("/accounts/logout/")
    login = {"login": "canary@example.com", "password": "wrong"}
    assert browser.post("/accounts/login/", login).status_code == 400
    assert browser.post("/accounts/login/", login | {"password": PASSWORD}).status_code == 302
    browser.post("/accounts/password/reset/", {"email": "canary@example.com"})
    user = User.objects.get(email="canary@example.com")
    return browser, user, Patient.objects.get(name=NAME)


def book_on_the_pages(browser: Client, plain: Doctor, patient: Patient) -> Appointment:
    """With one doctor, then at a time that is gone, then with any; moved, looked for, cancelled."""
    address = f"/appointments/book/{plain.slug}/"
    form = in_form(plain, patient, at(3, 9))
    asked = {"visit_type": form["visit_type"], "start": form["start"]}
    assert browser.get(address, asked).status_code == 200
    booked = browser.post(address, form)
    assert booked.status_code == 302
    assert browser.post(address, form).status_code in (302, 409)
    assert browser.post(address, form | {"start": NAME, "reason": REASON}).status_code == 400
    visit = Appointment.objects.get(patient=patient)
    assert visit.reason == REASON
    for path in (f"/doctors/any/{SPECIALTY.lower()}/Hyderabad/", "/doctors/", "/"):
        assert browser.get(path).status_code == 200
    any_of = reverse("appointments:book_any", args=[plain.specialty_id, "Hyderabad"])
    chosen = in_form(plain, patient, at(3, 11))
    assert browser.get(any_of, {"start": chosen["start"]}).status_code == 200
    assert browser.post(any_of, chosen).status_code == 302
    own = f"/appointments/{visit.pk}/"
    for path in (own, f"{own}calendar.ics", f"{own}cancel/", f"{own}reschedule/"):
        assert browser.get(path).status_code == 200
    start = in_form(plain, patient, at(4, 9))["start"]
    assert browser.get(f"{own}reschedule/", {"start": start}).status_code == 200
    assert browser.post(f"{own}reschedule/", {"start": start}).status_code == 302
    assert browser.post(f"{own}reschedule/", {"start": start}).status_code == 302
    for query in ("", "?q=plain", f"?patient={patient.pk}&state=to-come", "?since=2026-99-99"):
        for path in ("/appointments/", "/appointments/export.csv", "/appointments/export.ics"):
            response: Any = browser.get(path + query)
            b"".join(response)
    return visit


def subscribe(browser: Client) -> None:
    browser.post("/appointments/calendar/")
    page = browser.get("/appointments/calendar/")
    assert Client().get(urlsplit(page.context["address"]).path).status_code == 200
    browser.post("/appointments/calendar/renew/")
    assert Client().get(urlsplit(page.context["address"]).path).status_code == 404
    browser.post("/appointments/calendar/remove/")


def ask_a_doctor(browser: Client, patient: Patient, asked: Doctor) -> None:
    """Two requests: one is approved, carried through; one is declined, with the reason's mark."""
    assert asked.user is not None
    practice = browser_of(asked.user)
    for hour in (9, 10):
        form = in_form(asked, patient, at(5, hour))
        assert browser.post(f"/appointments/book/{asked.slug}/", form).status_code == 302
    first, second = Appointment.objects.filter(doctor=asked, start__gte=at(5, 0)).order_by("start")
    for path in ("", "week/", "requests/", "calendar/", f"visits/{first.pk}/"):
        practice.get(f"/practice/{path}")
    act = "/practice/visits/{}/{}/"
    assert practice.post(act.format(first.pk, "approve")).status_code == 302
    assert practice.post(act.format(first.pk, "approve")).status_code == 302
    declined = practice.post(act.format(second.pk, "decline"), {"reason": REASON})
    assert declined.status_code == 302
    practice.post(act.format(first.pk, "cancel"), {"reason": REASON})


def book_at_the_desk(plain: Doctor) -> None:
    """Somebody new is looked for, made, booked and moved; then all lists, searches and files."""
    desk = browser_of(make_receptionist("reception@example.com"))
    assert desk.post("/admin/desk/book/", {"q": NAME}).status_code == 200
    new = {"name": f"{NAME} Jr", "date_of_birth": "1981-03-31", "phone": "", "email": ""}
    made = desk.post(f"/admin/desk/book/?doctor={plain.pk}", new)
    assert made.status_code == 302
    patient = Patient.objects.get(name=f"{NAME} Jr")
    start = at(6, 9).isoformat()
    address = f"/admin/desk/book/?patient={patient.pk}&doctor={plain.pk}"
    assert desk.get(address).status_code == 200
    where = f"{address}&visit_type={plain.visit_types.get().pk}&start={start.replace('+', '%2B')}"
    assert desk.get(where).status_code == 200
    assert desk.post(where, {"start": start, "reason": REASON}).status_code == 302
    assert desk.post(where, {"start": start, "reason": REASON}).status_code in (302, 409)
    visit = Appointment.objects.get(patient=patient)
    for path in (
        f"desk/booked/{visit.pk}/",
        f"desk/patients/{patient.pk}/",
        "desk/day/?day=2026-03-06",
        "desk/sheets/?day=2026-03-06",
        "desk/walk-in/",
        "",
        f"accounts/patient/?q={NAME}",
        f"appointments/appointment/?q={NAME}",
        f"appointments/appointment/{visit.pk}/change/",
        "appointments/appointment/export/",
    ):
        b"".join(desk.get(f"/admin/{path}"))
    cancel = f"/admin/desk/visits/{visit.pk}/cancel/"
    assert desk.post(cancel, {"reason": REASON}).status_code == 302


def book_by_a_program(user: User, plain: Doctor, patient: Patient) -> None:
    program = APIClient(raise_request_exception=False)
    new = {"email": "new@example.com", "password": PASSWORD, "role": "user", "name": NAME}
    assert program.post("/api/register", new).status_code == 201
    login = {"email": user.email, "password": PASSWORD}
    token = program.post("/api/login", login).json()["token"]
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    for path in ("doctors?specialty=oneirology", f"doctors/{plain.pk}/slots", "patients"):
        assert program.get(f"/api/{path}").status_code == 200
    form = {"doctor_id": plain.pk, "date": "2026-03-09", "reason": REASON, "patient": patient.pk}
    booked = program.post("/api/book", form)
    assert booked.status_code == 201
    assert program.post("/api/book", form | {"date": NAME}).status_code == 400
    assert program.post("/api/book", form | {"visit_type": KIND}).status_code == 400
    own = f"/api/appointments/{booked.json()['id']}"
    assert program.get("/api/appointments").status_code == 200
    assert program.post(f"{own}/reschedule", {"date": "2026-03-10"}).status_code == 200
    assert program.post(f"{own}/cancel", {"reason": REASON}).status_code == 200
    assert program.post(f"{own}/cancel", {"reason": REASON}).status_code in (200, 409)


def break_down(
    browser: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    """An answer that fails, in the middle of a visit's data."""

    def fail(*args: Any, **kwargs: Any) -> bytes:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("icalendar.Calendar.to_ical", fail)
        assert browser.get(f"/appointments/{visit.pk}/calendar.ics").status_code == 500
    assert [line for line in seen.lines if "RuntimeError" in line]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("queue")
def test_no_journey_tells_of_whom_and_what_for(
    seen: Seen, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_location(address="1 Road")
    plain = doctor_of("Dr. Plain", slug="plain", location=place)
    asked = doctor_of("Dr. Asked", slug="asked", location=place, confirms_bookings="approval")
    browser, user, patient = sign_up()
    visit = book_on_the_pages(browser, plain, patient)
    subscribe(browser)
    ask_a_doctor(browser, patient, asked)
    book_at_the_desk(plain)
    book_by_a_program(user, plain, patient)
    break_down(browser, visit, monkeypatch, seen)
    cancel = f"/appointments/{visit.pk}/cancel/"
    assert browser.post(cancel, {"reason": REASON}).status_code == 302
    assert browser.get(f"/appointments/{access.UNKNOWN}/").status_code == 404
    for query in ("", "?state=cancelled"):  # what is over is kept as it was drawn
        assert browser.get(f"/appointments/{query}").status_code == 200
    call_command("work", "--once")
    clock.shift(timedelta(days=8))
    call_command("work", "--once")
    told = {str(message.subject) for message in mail.outbox}
    assert len(told) > 5  # the mails were sent
    assert {"sign" in seen.addresses[0], bool(seen.keys), bool(seen.files)} == {False, True}
    assert not seen.tells(), "\n".join(seen.tells())


def care_for_a_child(browser: Client, guardian: User) -> Patient:
    """A child of the marked name is added; a second guardian is invited, accepts, and is ended."""
    child = {"relation": "parent", "name": f"Ravi {NAME}", "date_of_birth": "2018-03-31"}
    assert browser.post("/accounts/family/add/", child | {"name": ""}).status_code == 400
    assert browser.post("/accounts/family/add/", child).status_code == 302
    patient = Patient.objects.get(name=f"Ravi {NAME}")
    own = f"/accounts/family/{patient.pk}/"
    asked = {"email": guardian.email, "relation": "parent"}
    assert browser.post(f"{own}invite/", asked).status_code == 302
    link = link_in_mail("/accounts/family/invitation/")
    other = browser_of(guardian)
    assert other.get(link).status_code == 200
    assert other.post(link, {"answer": "accept"}).status_code == 302
    for path in ("/accounts/family/", own, f"{own}change/"):
        assert browser.get(path).status_code == 200
    return patient


def link_in_mail(below: str) -> str:
    """The path of the newest link of this kind, after the worker has sent what is due."""
    call_command("work", "--once")
    found = re.compile(rf"http://docspot\.example({below}\S+)")
    links = [link for message in mail.outbox for link in found.findall(str(message.body))]
    return links[-1]


def act_by_link(browser: Client, plain: Doctor, child: Patient) -> None:
    """Booked for the child; then by the mail's link, in a browser that knows nobody."""
    form = in_form(plain, child, at(3, 14))
    assert browser.post(f"/appointments/book/{plain.slug}/", form).status_code == 302
    link, holder = link_in_mail("/visit/"), Client()
    assert holder.get(link).status_code == 200
    assert holder.post(f"{link}attend/").status_code == 302
    start = in_form(plain, child, at(3, 15))["start"]
    assert holder.get(f"{link}move/", {"start": start}).status_code == 200
    assert holder.post(f"{link}move/", {"start": start}).status_code == 302
    moved = link_in_mail("/visit/")
    assert holder.post(f"{moved}cancel/", {"reason": REASON}).status_code == 302


def wait_in_line(browser: Client, user: User, plain: Doctor, child: Patient) -> None:
    """On the list for the child, by pages and by a program; the offer's link, and its answers."""
    other = make_person("Boris Blue")
    taken = make_appointment(plain, other, at(4, 9), reason=REASON)
    plain.time_off.create(start=at(1, 0), end=at(4, 9))
    plain.time_off.create(start=at(4, 9, 30), end=at(20, 0))
    wishes = {"patient": child.pk, "weekdays": range(7), "hours": "any", "last_day": "2026-03-10"}
    one = f"/appointments/waiting/doctor/{plain.slug}/"
    any_of = f"/appointments/waiting/any/{plain.specialty_id}/Hyderabad/"
    for address in (one, any_of):
        assert browser.get(address).status_code == 200
        assert browser.post(address, wishes | {"last_day": "never"}).status_code == 400
        assert browser.post(address, wishes).status_code == 302
    waiting = {"doctor_id": plain.pk, "last_day": "2026-03-10"}
    assert program_of(user).post("/api/waiting", waiting, format="json").status_code == 201
    entry = WaitingEntry.objects.get(patient=child, doctor=plain)
    for act in ("pause", "resume"):
        browser.post(f"/appointments/waiting/{entry.pk}/{act}/")
    assert browser.get(f"/appointments/waiting/{entry.pk}/change/").status_code == 200
    desk = browser_of(make_receptionist("second@example.com"))
    for path in (f"?q={NAME}", f"{entry.pk}/change/"):
        assert desk.get(f"/admin/appointments/waitingentry/{path}").status_code == 200
    assert browser_of(other).post(f"/appointments/{taken.pk}/cancel/").status_code == 302
    offered, holder = link_in_mail("/offer/"), Client()
    assert holder.get(offered).status_code == 200
    assert holder.post(offered, {"act": REASON}).status_code == 400
    assert holder.post(offered, {"act": "decline"}).status_code in (200, 302)
    offered = link_in_mail("/offer/")  # to the next place in the line
    assert holder.post(offered, {"act": "accept"}).status_code in (200, 302)
    assert browser.get("/appointments/waiting/").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("queue")
def test_no_mail_or_link_tells_of_whom_and_what_for(seen: Seen, clock: Traveller) -> None:
    """From mail to mail: a family, links that need no login, the waiting list, a reminder."""
    plain = doctor_of("Dr. Plain", slug="plain", location=make_location(address="1 Road"))
    guardian = make_person("Vikram Rao", "vikram@example.com")
    browser, user, _ = sign_up()
    child = care_for_a_child(browser, guardian)
    act_by_link(browser, plain, child)
    wait_in_line(browser, user, plain, child)
    kept = Appointment.objects.blocking().get()
    clock.move_to(kept.start - timedelta(hours=23))
    call_command("work", "--once")
    subjects = " | ".join(str(message.subject) for message in mail.outbox)
    for kind in ("invited", "accepted", "now on", "cancelled", "kept for you", "Reminder"):
        assert kind in subjects  # the mails were sent
    assert not seen.tells(), "\n".join(seen.tells())


ROLES = ("patient", "doctor", "staff")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_no_page_tells_of_whom_and_what_for(seen: Seen, role: str) -> None:
    """Every address there is, as the tables of test_access.py name them."""
    doctor = doctor_of("Dr. Smith", slug="dr-smith")
    patient = make_user("canary@example.com")
    own = patient.accesses.create(relation="self", patient=Patient.objects.create(name=NAME))
    visit = make_appointment(doctor, patient, at(3, 9), patient=own.patient, reason=REASON)
    staff = make_user("desk@example.com", is_staff=True, is_superuser=True)
    people = {"patient": patient, "doctor": doctor.user, "staff": staff}
    world = access.World(people=people, doctor=doctor, visit=visit)
    asked = access.PAGES | access.CALLS | access.DESK
    lists: dict[str, Any] = {
        name: ({}, 200) for name in [*access.admin_lists(), *access.admin_files()]
    }
    person = people[role]
    assert person is not None
    browser, program = browser_of(person), access.api_client(person)
    for name, (arguments, _) in (asked | (lists if role == "staff" else {})).items():
        client = program if name.startswith("api_") else browser
        client.get(reverse(name, kwargs=world.fill(arguments)))
    assert len(seen.addresses) > 100
    assert not seen.tells(), "\n".join(seen.tells())
