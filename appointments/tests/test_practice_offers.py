"""The pages on which a doctor says what they offer, and how they are booked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from appointments import services
from appointments.models import Appointment
from docspot.tests.api import everything
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, patient_of
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/practice/visit-types/"
ADD = f"{LIST}add/"
BOOKING = f"{LIST}booking/"
NEW = {
    "name": "Check-up",
    "duration_minutes": "20",
    "buffer_minutes": "10",
    "notice_minutes": "",
    "horizon_days": "30",
    "audience": "known",
    "is_online": "on",
    "is_active": "on",
}
SETTINGS = {"confirms_bookings": "on_approval", "step_minutes": "15", "max_visits_per_day": "8"}


@pytest.fixture
def smith(doctor: Doctor) -> Client:
    assert doctor.user is not None
    return browser_of(doctor.user)


@pytest.fixture
def kind(doctor: Doctor) -> VisitType:
    return doctor.visit_types.get()


def page_of(kind: VisitType) -> str:
    return f"{LIST}{kind.pk}/"


def values_on(page: Any) -> dict[str, Any]:
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields}


def sent_as(kind: VisitType, **changes: str) -> dict[str, str]:
    """What the form of a visit type sends when only this was changed; "" unticks."""
    usual = {
        "name": kind.name,
        "duration_minutes": str(kind.duration_minutes),
        "buffer_minutes": "0",
        "audience": "everyone",
        "is_online": "on",
        "is_active": "on",
    }
    return usual | changes


def told_on(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def words_of(page: Any) -> str:
    return " ".join(page.content.decode().split())


# The list


def test_list_tells_of_each_visit_type(smith: Client, doctor: Doctor) -> None:
    VisitType.objects.create(
        doctor=doctor,
        name="First visit",
        duration_minutes=45,
        buffer_minutes=15,
        notice_minutes=60,
        horizon_days=30,
        audience="new",
        is_online=False,
    )
    VisitType.objects.create(doctor=doctor, name="Old", duration_minutes=5, is_active=False)
    words = words_of(smith.get(LIST))
    for text in (
        ">Consultation</a>",
        "45 minutes, then 15 kept free.",
        "Only for who has not been with you yet.",
        "Booked until 60 minutes before. Offered 30 days ahead.",
        "Booked by the clinic&#x27;s desk".replace("&#x27;", "'"),
        "Not offered",
        "Booked online",
    ):
        assert text in words, text


def test_list_of_a_doctor_who_offers_nothing_says_what_to_do(
    smith: Client, kind: VisitType
) -> None:
    kind.delete()
    assert "You offer no visits yet" in words_of(smith.get(LIST))


def test_list_tells_how_the_doctor_is_booked(smith: Client, doctor: Doctor) -> None:
    words = words_of(smith.get(LIST))
    for text in ("is confirmed at once", "One visit after the other", "As many as there is time"):
        assert text in words
    Doctor.objects.filter(pk=doctor.pk).update(
        confirms_bookings="on_approval", step_minutes=15, max_visits_per_day=8
    )
    words = words_of(smith.get(LIST))
    for text in ("It is a request, until you approve it", "Every 15 minutes", "8 at most"):
        assert text in words


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_queries_for_many(
    smith: Client, doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count - 1):
        VisitType.objects.create(doctor=doctor, name=f"Kind {number}", duration_minutes=10)
    with django_assert_num_queries(7):  # the login (2), the head, the doctor with all (4)
        assert len(smith.get(LIST).context["visit_types"]) == count


# Adding and changing


def test_visit_type_is_added(smith: Client, doctor: Doctor) -> None:
    page = smith.post(ADD, NEW, follow=True)
    assert told_on(page) == ["“Check-up” is added."]
    kind = doctor.visit_types.get(name="Check-up")
    assert (kind.duration_minutes, kind.buffer_minutes, kind.horizon_days) == (20, 10, 30)
    assert (kind.notice_minutes, kind.audience) == (None, "known")
    assert (kind.is_online, kind.is_active) == (True, True)


def test_visit_type_is_changed_from_what_it_is(
    smith: Client, doctor: Doctor, kind: VisitType
) -> None:
    shown = values_on(smith.get(page_of(kind)))
    assert (shown["name"], shown["duration_minutes"], shown["is_active"]) == (
        "Consultation",
        30,
        True,
    )
    page = smith.post(page_of(kind), sent_as(kind, duration_minutes="40"), follow=True)
    assert told_on(page) == ["“Consultation” is saved."]
    kind.refresh_from_db()
    assert kind.duration_minutes == 40


def test_a_longer_visit_type_leaves_booked_visits_as_long_as_they_were(
    smith: Client, doctor: Doctor, person: User, kind: VisitType
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    smith.post(page_of(kind), sent_as(kind, duration_minutes="60"))
    visit.refresh_from_db()
    assert visit.end == at(3, 9, 30)


MINUTES = "Enter how long it takes, from 5 to 720 minutes"
NOTICE = "Enter a whole number of minutes, at most 86,400 (60 days)"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Enter a name"),
        ("name", "x" * 81, "Use 80 characters or fewer"),
        ("name", "Consultation", "This doctor has a visit type of this name already. "),
        ("duration_minutes", "", MINUTES),
        ("duration_minutes", "banana", MINUTES),
        ("duration_minutes", "4", MINUTES),
        ("duration_minutes", "721", MINUTES),
        ("duration_minutes", "9" * 400, MINUTES),
        ("duration_minutes", "1e3", MINUTES),
        ("buffer_minutes", "", "Enter from 0 to 240 minutes"),
        ("buffer_minutes", "-1", "Enter from 0 to 240 minutes"),
        ("buffer_minutes", "241", "Enter from 0 to 240 minutes"),
        ("notice_minutes", "-1", NOTICE),
        ("notice_minutes", "86401", NOTICE),
        ("horizon_days", "0", "Enter from 1 to 730 days"),
        ("horizon_days", "731", "Enter from 1 to 730 days"),
        ("audience", "", "Choose one from the list"),
        ("audience", "banana", "Choose one from the list"),
    ],
)
def test_wrong_visit_types_are_refused_at_their_field(
    smith: Client, field: str, value: str, said: str
) -> None:
    before = everything()
    page = smith.post(ADD, NEW | {field: value})
    assert page.status_code == 400
    (errors,) = page.context["form"].errors.items()
    assert errors[0] == field
    assert errors[1][0].startswith(said)
    assert everything() == before


@pytest.mark.parametrize("value", ["a\x00b", "   "])
def test_names_that_are_none_are_refused(smith: Client, value: str) -> None:
    before = everything()
    assert smith.post(ADD, NEW | {"name": value}).status_code == 400
    assert everything() == before


def test_visit_types_of_others_do_not_exist(smith: Client, kind: VisitType) -> None:
    theirs = make_doctor("Dr. Priya").visit_types.get()
    before = everything()
    for key in (theirs.pk, 10**9, 2**70):
        assert smith.get(f"{LIST}{key}/").status_code == 404
        for act in ("", "edit", "go_on"):
            sent = sent_as(kind, name="Mine", act=act)
            assert smith.post(f"{LIST}{key}/", sent).status_code == 404
    assert everything() == before


# No longer offered


def stopped(kind: VisitType, **more: str) -> dict[str, str]:
    sent = sent_as(kind, **more)
    del sent["is_active"]
    return sent


def test_who_stops_offering_what_is_booked_is_asked_first(
    smith: Client, doctor: Doctor, person: User, stranger: User, kind: VisitType
) -> None:
    make_appointment(doctor, person, at(3, 9))
    make_appointment(doctor, stranger, at(3, 10), status=Appointment.Status.PENDING)
    make_appointment(doctor, person, at(4, 9), status=Appointment.Status.CANCELLED)
    make_appointment(doctor, person, at(1, 9))
    before = everything()
    page = smith.post(page_of(kind), stopped(kind, name="Talk"))
    words = words_of(page)
    assert "Stop offering “Consultation”?" in words
    assert "2 visits of this kind are booked. They stay booked" in words
    assert everything() == before
    back = smith.post(page_of(kind), stopped(kind, name="Talk", act="edit"))
    shown = values_on(back)
    assert (shown["name"], shown["is_active"], back.status_code) == ("Talk", False, 200)
    assert everything() == before
    done = smith.post(page_of(kind), stopped(kind, name="Talk", act="go_on"), follow=True)
    assert told_on(done) == ["“Talk” is saved. It is not offered."]
    kind.refresh_from_db()
    assert (kind.name, kind.is_active) == ("Talk", False)
    statuses = Appointment.objects.order_by("start").values_list("status", flat=True)
    assert list(statuses) == ["confirmed", "confirmed", "pending", "cancelled"]


def test_who_stops_offering_what_nobody_booked_is_not_asked(smith: Client, kind: VisitType) -> None:
    page = smith.post(page_of(kind), stopped(kind), follow=True)
    assert told_on(page) == ["“Consultation” is saved. It is not offered."]
    again = smith.post(page_of(kind), sent_as(kind), follow=True)
    assert told_on(again) == ["“Consultation” is saved."]


def test_what_is_wrong_is_said_before_it_is_asked(
    smith: Client, doctor: Doctor, person: User, kind: VisitType
) -> None:
    make_appointment(doctor, person, at(3, 9))
    page = smith.post(page_of(kind), stopped(kind, name="", act="go_on"))
    assert (page.status_code, page.context["form"].errors["name"]) == (400, ["Enter a name"])


# How one is booked


def test_settings_are_changed_from_what_they_are(
    smith: Client, doctor: Doctor, person: User, kind: VisitType
) -> None:
    assert values_on(smith.get(BOOKING)) == {
        "confirms_bookings": "automatic",
        "step_minutes": None,
        "max_visits_per_day": None,
    }
    page = smith.post(BOOKING, SETTINGS, follow=True)
    assert told_on(page) == ["How you are booked is saved. It holds for bookings from now on."]
    doctor.refresh_from_db()
    assert (doctor.confirms_bookings, doctor.step_minutes, doctor.max_visits_per_day) == (
        "on_approval",
        15,
        8,
    )
    visit = services.book(
        doctor=doctor,
        patient=patient_of(person),
        visit_type=kind,
        start=at(3, 9, 15),
        by=person,
        now=NOW,
    )
    assert visit.status == "pending"


def test_settings_are_left_to_the_visits_where_they_are_empty(
    smith: Client, doctor: Doctor
) -> None:
    smith.post(BOOKING, SETTINGS)
    smith.post(BOOKING, {"confirms_bookings": "automatic"})
    doctor.refresh_from_db()
    assert (doctor.confirms_bookings, doctor.step_minutes, doctor.max_visits_per_day) == (
        "automatic",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("confirms_bookings", "", "Choose one from the list"),
        ("confirms_bookings", "never", "Choose one from the list"),
        ("step_minutes", "4", "Enter from 5 to 720 minutes, or leave this empty"),
        ("step_minutes", "banana", "Enter from 5 to 720 minutes, or leave this empty"),
        ("max_visits_per_day", "0", "Enter 1 or more, or leave this empty"),
        ("max_visits_per_day", "32768", "Enter 1 or more, or leave this empty"),
    ],
)
def test_wrong_settings_are_refused_at_their_field(
    smith: Client, field: str, value: str, said: str
) -> None:
    before = everything()
    page = smith.post(BOOKING, SETTINGS | {field: value})
    assert (page.status_code, page.context["form"].errors) == (400, {field: [said]})
    assert everything() == before
