"""How doctors join: the steps, who takes them, and what is told by mail."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import connections

from accounts.exceptions import Refusal
from accounts.models import User
from docspot.tests import cast
from doctors.exceptions import (
    AlreadyDoctor,
    NotAboutOneself,
    NotReadyForPatients,
    NotYoursToDecide,
    StepNotPossible,
)
from doctors.joining import services
from doctors.joining.services import Application
from doctors.models import Doctor, DoctorEvent, Language

pytestmark = pytest.mark.django_db
commits = pytest.mark.django_db(transaction=True)  # mails go out after the commit
NOW = cast.NOW
STATUSES = ("pending", "approved", "suspended", "rejected")


@pytest.fixture
def manager(db: None) -> User:
    return cast.make_manager()


def applied(user: User | None = None, **said: Any) -> Doctor:
    application = Application(**{"name": "Dr. Kumar"} | said)
    return services.apply(user=user or cast.make_user(), application=application, now=NOW)


def steps_of(doctor: Doctor) -> list[tuple[str, str, str]]:
    events = DoctorEvent.objects.filter(doctor=doctor)
    return [(event.kind, event.by.email, event.note) for event in events]


def take(step: str, doctor: Doctor, by: User, words: str = "Because.") -> Doctor:
    service = getattr(services, step)
    more = {} if step == "approve" else {"words": words}
    changed: Doctor = service(doctor=doctor, by=by, now=NOW, **more)
    return changed


# Applying


def test_apply_makes_a_doctor_who_waits_for_approval() -> None:
    user, place = cast.make_user("kumar@example.com"), cast.make_location()
    field = cast.make_specialty()
    english = Language.objects.create(code="en", name="English")
    doctor = applied(
        user,
        name=" Dr.\nKumar ",
        specialty=field,
        location=place,
        licence_number=" AP 1 ",
        languages=[english],
        bio="Hearts.",
    )
    doctor.refresh_from_db()
    assert (doctor.user, doctor.name, doctor.slug) == (user, "Dr. Kumar", "dr-kumar")
    assert (doctor.status, doctor.specialty, doctor.location) == ("pending", field, place)
    assert (doctor.licence_number, doctor.bio) == ("AP 1", "Hearts.")
    assert list(doctor.languages.all()) == [english]
    assert list(Doctor.objects.bookable()) == []
    assert steps_of(doctor) == [("applied", "kumar@example.com", "")]


def test_apply_gives_namesakes_addresses_of_their_own() -> None:
    assert [applied().slug for _ in range(3)] == ["dr-kumar", "dr-kumar-2", "dr-kumar-3"]


def test_apply_is_done_once() -> None:
    user = cast.make_user()
    applied(user)
    with pytest.raises(AlreadyDoctor):
        applied(user, name="Dr. Other")
    assert [(doctor.name, len(steps_of(doctor))) for doctor in Doctor.objects.all()] == [
        ("Dr. Kumar", 1)
    ]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Dr. Kumar", "dr-kumar"),
        ("  Dr. É. O'Neill-Söder  ", "dr-e-oneill-soder"),
        ("डॉ. कुमार", "doctor"),
        ("...", "doctor"),
        ("", "doctor"),
        ("a" * 254, "a" * 100),
    ],
)
def test_free_slug_is_made_from_the_name(name: str, slug: str) -> None:
    assert services.free_slug(name) == slug


@pytest.mark.parametrize(
    ("taken", "slug"),
    [
        (["dr-kumar-rao"], "dr-kumar"),
        (["dr-kumar"], "dr-kumar-2"),
        (["dr-kumar", "dr-kumar-3"], "dr-kumar-2"),
        (["dr-kumar", "dr-kumar-2"], "dr-kumar-3"),
        (["dr-kumar-2"], "dr-kumar"),
    ],
)
def test_free_slug_is_no_one_elses(taken: list[str], slug: str) -> None:
    for other in taken:
        Doctor.objects.create(name="Dr. Other", slug=other)
    assert services.free_slug("Dr. Kumar") == slug


def test_free_slug_of_a_long_name_fits_its_column_and_is_no_one_elses() -> None:
    Doctor.objects.create(name="Dr. Other", slug="a" * 100)
    slug = services.free_slug("a" * 254)
    assert slug == "a" * 100 + "-2"
    Doctor(name="Dr. A", slug=slug).full_clean()


# Which steps there are


ALLOWED = {
    "approve": {"pending": "approved", "rejected": "approved", "suspended": "approved"},
    "ask_for_more": {"pending": "pending"},
    "reject": {"pending": "rejected"},
    "suspend": {"approved": "suspended"},
}
KINDS = {
    "approve": "approved",
    "ask_for_more": "asked",
    "reject": "rejected",
    "suspend": "suspended",
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("step", ALLOWED)
def test_step_is_taken_from_where_it_may(manager: User, step: str, status: str) -> None:
    doctor = cast.make_doctor(status=status)
    becomes = ALLOWED[step].get(status)
    if becomes is None:
        with pytest.raises(StepNotPossible) as refusal:
            take(step, doctor, manager)
        kind = DoctorEvent.Kind(KINDS[step])
        assert str(refusal.value) == str(services.STEPS[kind][2])
        doctor.refresh_from_db()
        assert (doctor.status, steps_of(doctor)) == (status, [])
        return
    changed = take(step, doctor, manager)
    words = "" if step == "approve" else "Because."
    assert (changed.status, steps_of(doctor)) == (becomes, [(KINDS[step], manager.email, words)])
    assert DoctorEvent.objects.get().at == NOW
    assert list(Doctor.objects.bookable()) == ([doctor] if becomes == "approved" else [])


@pytest.mark.parametrize("status", STATUSES)
def test_application_is_amended_until_it_is_decided(status: str) -> None:
    user = cast.make_user("kumar@example.com")
    doctor = applied(user, bio="Old", specialty=cast.make_specialty())
    Doctor.objects.update(status=status)
    new = Application(name="Dr. K. Kumar", bio="New", licence_number="7")

    def amend() -> Doctor:
        return services.amend(doctor=doctor, application=new, by=user, now=NOW)

    if status in ("approved", "suspended"):
        with pytest.raises(StepNotPossible):
            amend()
        doctor.refresh_from_db()
        assert (doctor.name, doctor.bio, len(steps_of(doctor))) == ("Dr. Kumar", "Old", 1)
        return
    amend()
    doctor.refresh_from_db()
    assert (doctor.status, doctor.name, doctor.slug) == ("pending", "Dr. K. Kumar", "dr-kumar")
    assert (doctor.bio, doctor.licence_number) == ("New", "7")
    assert [step[0] for step in steps_of(doctor)] == ["applied", "amended"]


def test_approve_needs_a_specialty(manager: User) -> None:
    doctor = applied()
    with pytest.raises(NotReadyForPatients) as refusal:
        take("approve", doctor, manager)
    assert str(refusal.value) == "Give the doctor a specialty first; then approve them."
    doctor.refresh_from_db()
    assert (doctor.status, len(steps_of(doctor))) == ("pending", 1)


def test_step_looks_at_the_doctor_as_they_are_now(manager: User) -> None:
    doctor = cast.make_doctor(status="pending")
    Doctor.objects.update(specialty=None, name="Dr. Renamed")  # by somebody else, meanwhile
    with pytest.raises(NotReadyForPatients):
        take("approve", doctor, manager)
    assert take("reject", doctor, manager).name == "Dr. Renamed"
    with pytest.raises(StepNotPossible):
        take("reject", doctor, manager)


def test_suspend_leaves_booked_visits_booked(manager: User) -> None:
    doctor, person = cast.make_doctor(), cast.make_person()
    appointment = cast.make_appointment(doctor, person, cast.at(2, 9))
    take("suspend", doctor, manager)
    appointment.refresh_from_db()
    assert appointment.status == "confirmed"


# Who takes them


@pytest.mark.parametrize("step", ALLOWED)
def test_only_staff_who_may_change_doctors_decide(step: str) -> None:
    status = "approved" if step == "suspend" else "pending"
    doctor = cast.make_doctor(status=status, user=cast.make_user())
    manager_once = cast.make_manager("once@example.com")
    User.objects.filter(pk=manager_once.pk).update(is_staff=False)
    manager_once.refresh_from_db()
    people = [
        cast.make_person(),
        cast.make_user(is_staff=True),
        cast.make_receptionist(),
        cast.make_doctor("Dr. Priya", user=cast.make_user()).user,
        doctor.user,
        manager_once,
    ]
    for person in people:
        with pytest.raises(NotYoursToDecide):
            take(step, doctor, person)
    doctor.refresh_from_db()
    assert (doctor.status, steps_of(doctor)) == (status, [])


@pytest.mark.parametrize("step", ALLOWED)
def test_nobody_decides_about_themselves(step: str, manager: User, staff: User) -> None:
    status = "approved" if step == "suspend" else "pending"
    own = cast.make_doctor(status=status, user=manager)
    chief = cast.make_doctor("Dr. Chief", status=status, user=staff)
    for doctor, by in ((own, manager), (chief, staff)):
        with pytest.raises(NotAboutOneself):
            take(step, doctor, by)
    assert not DoctorEvent.objects.exists()
    assert take(step, own, staff).status == ALLOWED[step][status]


def test_nobody_amends_for_another(manager: User) -> None:
    doctor = applied()
    with pytest.raises(NotYoursToDecide):
        services.amend(doctor=doctor, application=Application("X"), by=manager, now=NOW)
    assert len(steps_of(doctor)) == 1


# What is told


@commits
@pytest.mark.parametrize(
    ("step", "subject", "opening", "link"),
    [
        (
            "approve",
            "The clinic's answer to your application",
            "Welcome, Dr. O'Neill & Sons: the clinic has approved you.",
            "/practice/profile/",
        ),
        (
            "ask_for_more",
            "The clinic's answer to your application",
            "Add to your application, Dr. O'Neill & Sons:",
            "/practice/application/",
        ),
        (
            "reject",
            "The clinic's answer to your application",
            "Read why, Dr. O'Neill & Sons:",
            "/practice/application/",
        ),
        (
            "suspend",
            "Your page at the clinic",
            "Call the clinic, Dr. O'Neill & Sons:",
            "/practice/application/",
        ),
    ],
)
def test_doctor_is_told_what_was_decided(
    staff: User, step: str, subject: str, opening: str, link: str
) -> None:
    doctor = cast.make_doctor(
        "Dr. O'Neill & Sons",
        slug="dr-o",
        user=cast.make_user("oneill@example.com"),
        status="approved" if step == "suspend" else "pending",
    )
    take(step, doctor, staff, 'Send <b>"more"</b> & soon.\nToday.')
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["oneill@example.com"], subject)
    text, html = str(sent.body), str(sent.alternatives[0][0])
    assert text.startswith(opening)
    assert f"http://docspot.example{link}" in text
    assert f'href="http://docspot.example{link}"' in html
    said = step != "approve"
    assert ('The clinic writes:\nSend <b>"more"</b> & soon.\nToday.' in text) == said
    assert ("Send &lt;b&gt;&quot;more&quot;&lt;/b&gt; &amp; soon.<br>Today." in html) == said


@commits
def test_doctor_without_an_open_login_is_told_nothing(staff: User) -> None:
    closed = cast.make_user(is_active=False)
    for doctor in (
        cast.make_doctor("Dr. None", status="pending"),
        cast.make_doctor("Dr. Closed", status="pending", user=closed),
    ):
        assert take("approve", doctor, staff).status == "approved"
    assert mail.outbox == []


@commits
def test_refused_step_tells_nothing(staff: User) -> None:
    doctor = cast.make_doctor(user=cast.make_user())
    with pytest.raises(Refusal):
        take("approve", doctor, staff)
    assert mail.outbox == []


class Slow(dict):
    """A table of which each reader waits for the other, as long as the lock lets both in."""

    def __init__(self, table: dict[Any, Any]) -> None:
        super().__init__(table)
        self.meeting = threading.Barrier(2)

    def __getitem__(self, key: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            self.meeting.wait(0.3)
        return super().__getitem__(key)


def at_once(acts: list[Callable[[], Any]]) -> list[str]:
    """Run all acts in threads that start together; what each ends with, by name."""
    ends: list[str] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            act()
            ends.append("done")
        except Refusal as refusal:
            ends.append(type(refusal).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


@pytest.mark.race
@commits
def test_two_who_approve_at_once_are_one_event_and_one_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(4):
        doctor = cast.make_doctor(f"Dr. {number}", status="pending", user=cast.make_user())
        both = [cast.make_manager() for _ in range(2)]
        mail.outbox.clear()
        monkeypatch.setattr(services, "STEPS", Slow(services.STEPS))
        ends = at_once([partial(take, "approve", doctor, by) for by in both])
        assert ends == ["StepNotPossible", "done"]
        assert (len(steps_of(doctor)), len(mail.outbox)) == (1, 1)


@pytest.mark.race
@commits
def test_one_who_applies_twice_at_once_is_one_doctor() -> None:
    user = cast.make_user()
    assert at_once([partial(applied, user) for _ in range(2)]) == ["AlreadyDoctor", "done"]
    assert Doctor.objects.count() == 1
