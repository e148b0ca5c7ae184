"""The pages that the links of mails lead to: for whoever holds one, without a login."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings
from time_machine import Traveller

from accounts.models import PatientAccess, User
from accounts.selectors import contacts_of
from appointments.links.services import end_links, key_of
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_location,
    make_person,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TEN = "2026-03-04T04:30:00Z"
PAGES = ("show", "attend", "cancel", "move")


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(4, 9, 30), reason="Chest pain")


@pytest.fixture
def key(visit: Appointment) -> str:
    return key_for(visit)


def key_for(visit: Appointment) -> str:
    return key_of(appointment=visit, contact=contacts_of(visit.patient)[0], now=NOW)


def address(key: str, page: str = "show") -> str:
    return reverse(f"visit:{page}", args=[key])


def kinds(visit: Appointment) -> list[str]:
    return list(visit.events.values_list("kind", flat=True))[1:]


def text_of(response: Any) -> str:
    """The words of a page, on one line."""
    body = response.text.split("<body>")[1]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


# What is shown


def test_page_shows_the_visit_and_nothing_else(
    client: Client, visit: Appointment, key: str, doctor: Doctor, person: User
) -> None:
    make_appointment(doctor, person, at(5, 14), reason="Another matter")
    response = client.get(address(key))
    assert response.status_code == 200
    words = text_of(response)
    for word in ("Asha", "Dr. Smith", "Wednesday 4 March 2026, 9:30am", "City Heart Clinic"):
        assert word in words
    for page in ("show", "cancel", "move"):
        whole = client.get(address(key, page)).text
        for secret in ("Rao", "asha@", "Chest", "Another matter", "2:00pm to", "Consultation"):
            assert secret not in whole
        for secret in ("Cardiolog", "cardiolog", str(visit.pk)):
            assert secret not in whole


def test_week_without_times_does_not_name_the_specialty(
    client: Client, key: str, doctor: Doctor
) -> None:
    doctor.working_hours.all().delete()
    whole = client.get(address(key, "move")).text
    assert "No free times" in whole
    assert "ardiolog" not in whole


def test_page_is_the_same_for_whoever_is_logged_in(key: str, staff: User, stranger: User) -> None:
    pages = [client.get(address(key)) for client in map(browser_of, (staff, stranger))]
    plain = [
        re.sub(r'value="[^"]{64}"', "", page.text) for page in (*pages, Client().get(address(key)))
    ]
    assert plain[0] == plain[1] == plain[2]
    assert "Log out" not in plain[0]


def test_message_for_who_is_logged_in_waits_for_their_own_page(
    key: str, visit: Appointment, person: User
) -> None:
    asha = browser_of(person)
    asha.post(reverse("visit:end_links", args=[visit.pk]))
    again = key_for(visit)
    assert "have ended" not in asha.get(address(again)).text
    assert "have ended" in asha.get(reverse("appointments:detail", args=[visit.pk])).text


def test_page_is_kept_by_nobody(client: Client, key: str) -> None:
    for page in PAGES:
        for response in (client.get(address(key, page)), client.get(address("wrong", page))):
            kept = "max-age=0, no-cache, no-store, must-revalidate, private"
            assert response["Cache-Control"] == kept
            assert response["X-Robots-Tag"] == "noindex"
            assert response["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("rows", [1, 3])
def test_page_queries(
    client: Client,
    key: str,
    doctor: Doctor,
    person: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows - 1):
        make_appointment(doctor, person, at(5 + number, 9))
    client.get(address(key))
    with django_assert_num_queries(14):
        client.get(address(key))


# What is done


def test_holder_says_that_they_will_come(client: Client, visit: Appointment, key: str) -> None:
    page = client.get(address(key))
    assert "I will come" in text_of(page)
    response = client.post(address(key, "attend"), follow=True)
    assert response.redirect_chain == [(address(key), 302)]
    assert response.context["panel"].title == "The clinic knows that you will come"
    assert "I will come" not in text_of(response)
    client.post(address(key, "attend"))
    assert kinds(visit) == ["attends"]


def test_one_tap_moves_to_one_of_the_nearest_times(
    client: Client, visit: Appointment, key: str, mailoutbox: list[EmailMessage]
) -> None:
    page = client.get(address(key))
    assert [slot.start for slot in page.context["nearest"]] == [at(4, 9), at(4, 10), at(4, 10, 30)]
    response = client.post(address(key, "move"), {"start": TEN}, follow=True)
    assert response.redirect_chain == [(address(key), 302)]
    assert response.context["panel"].title == "Your appointment has been moved"
    assert "Wednesday 4 March 2026, 10:00am" in text_of(response)
    client.post(address(key, "move"), {"start": TEN})  # a double click
    assert kinds(visit) == ["moved"]


def test_time_of_a_long_visit_is_free_for_moving_it_a_little(
    client: Client, visit: Appointment, key: str
) -> None:
    """From 9:30 to 10:30, it meets two of the hours, which are free but for itself."""
    visit.doctor.visit_types.update(duration_minutes=60)
    Appointment.objects.update(end=at(4, 10, 30))
    page = client.get(address(key))
    assert [slot.start for slot in page.context["nearest"]] == [at(4, 9), at(4, 10), at(4, 11)]


def test_time_is_chosen_from_the_week_and_checked(
    client: Client, visit: Appointment, key: str
) -> None:
    page = client.get(address(key, "move"))
    assert f'href="{address(key, "move")}?visit_type=' in page.text
    check = client.get(address(key, "move"), {"start": TEN})
    assert "Wednesday 4 March 2026, 10:00am to 10:30am" in text_of(check)
    assert kinds(visit) == []


@pytest.mark.parametrize("start", ["", "banana", "2026-03-04", "2026-03-04T04:30:00", "\x00"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_time_that_is_none_leads_back_to_the_choice(
    client: Client, visit: Appointment, key: str, method: str, start: str
) -> None:
    response = getattr(client, method)(address(key, "move"), {"start": start})
    assert (response.status_code, response["Location"]) == (302, address(key, "move"))
    assert kinds(visit) == []


def test_week_that_is_none_leads_back_to_the_choice(client: Client, key: str) -> None:
    response = client.get(address(key, "move"), {"week": "banana"})
    assert (response.status_code, response["Location"]) == (302, address(key, "move"))


def test_time_that_was_taken_is_refused_with_the_others(
    client: Client, visit: Appointment, key: str, doctor: Doctor
) -> None:
    make_appointment(doctor, make_person(), at(4, 10))
    response = client.post(address(key, "move"), {"start": TEN})
    assert response.status_code == 409
    assert "This time is not free. Choose another time." in text_of(response)
    assert at(4, 10) not in [slot.start for slot in response.context["nearest"]]
    assert kinds(visit) == []


def test_holder_cancels_and_is_told_so_for_a_while(
    client: Client, visit: Appointment, key: str, clock: Traveller
) -> None:
    assert client.get(address(key, "cancel")).status_code == 200
    for _ in range(2):  # a double click
        response = client.post(address(key, "cancel"), {"reason": "Ill"}, follow=True)
        assert response.redirect_chain == [(address(key), 302)]
        assert response.context["panel"].title == "You have cancelled this appointment"
    assert client.get(address(key, "cancel"))["Location"] == address(key)
    assert client.get(address(key, "move"))["Location"] == address(key)
    assert kinds(visit) == ["cancelled"]
    for page, words in (("attend", "“Cancelled”"), ("move", "“Cancelled”")):
        refused = client.post(address(key, page), {"start": TEN})
        assert (refused.status_code, words in text_of(refused)) == (409, True)
    clock.shift(15 * 60)
    assert client.get(address(key)).status_code == 404


def test_visit_that_somebody_else_has_cancelled_is_not_told_of(
    client: Client, visit: Appointment, key: str, person: User
) -> None:
    browser_of(person).post(reverse("appointments:cancel", args=[visit.pk]), {"reason": ""})
    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert client.get(address(key)).status_code == 404


def test_reason_that_is_too_long_is_refused(client: Client, visit: Appointment, key: str) -> None:
    response = client.post(address(key, "cancel"), {"reason": "x" * 501})
    assert (response.status_code, kinds(visit)) == (400, [])
    assert "Use 500 characters or fewer" in text_of(response)


def test_after_the_cut_off_the_clinic_is_called(
    client: Client, visit: Appointment, key: str, clock: Traveller
) -> None:
    location = visit.location
    location.phone = "+914023456789"
    location.save()
    clock.move_to(at(4, 8))
    page = client.get(address(key))
    assert "It is too late to cancel here. Call the clinic." in text_of(page)
    assert "tel:+91-40-2345-6789" in page.text
    for name in ("cancel", "move"):
        assert client.get(address(key, name))["Location"] == address(key)
        refused = client.post(address(key, name), {"start": TEN})
        assert refused.status_code == 409
        assert "It is too late to" in text_of(refused)
    assert "I will come" in text_of(page)  # until it is over


def test_visit_that_is_to_be_moved_asks_for_another_time(
    client: Client, visit: Appointment, key: str
) -> None:
    visit.events.create(kind="offered", at=NOW, start=visit.start)
    page = client.get(address(key))
    assert page.context["panel"].title == "Choose another time"
    assert "I will come" not in text_of(page)
    refused = client.post(address(key, "attend"))
    assert refused.status_code == 409
    client.post(address(key, "move"), {"start": TEN})
    assert client.get(address(key)).context["panel"].title == "Your appointment has been moved"


def test_visit_whose_doctor_was_suspended_can_be_cancelled_not_moved(
    client: Client, visit: Appointment, key: str
) -> None:
    Doctor.objects.update(status=Doctor.Status.SUSPENDED)
    page = client.get(address(key))
    assert (page.status_code, page.context["can_move"]) == (200, False)
    assert client.get(address(key, "move"))["Location"] == address(key)
    refused = client.post(address(key, "move"), {"start": TEN})
    assert refused.status_code == 409
    assert "does not take bookings" in text_of(refused)
    done = client.post(address(key, "cancel"), follow=True)
    assert "Find a doctor" in text_of(done)
    assert kinds(visit) == ["cancelled"]


def test_request_says_until_when_the_clinic_answers(
    client: Client, visit: Appointment, key: str
) -> None:
    Appointment.objects.update(status="pending", answer_by=at(3, 9))
    Doctor.objects.update(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    page = client.get(address(key))
    assert page.context["panel"].title == "Waiting for the clinic"
    assert "I will come" not in text_of(page)
    done = client.post(address(key, "move"), {"start": TEN}, follow=True)
    assert done.context["panel"].title == "Moved: waiting for the clinic"


def test_time_at_another_place_of_the_doctor_names_it(
    client: Client, visit: Appointment, key: str, doctor: Doctor
) -> None:
    hours = doctor.working_hours.filter(weekday=2)
    hours.update(location=make_location("Guntur", name="Guntur Clinic"))
    assert "Guntur" in text_of(client.get(address(key)))


# What is said before


TOLD = "if you cancel now, it counts as a missed visit"


def test_holder_reads_that_a_late_cancel_counts(
    client: Client, doctor: Doctor, person: User
) -> None:
    late = key_for(make_appointment(doctor, person, NOW + timedelta(hours=23)))
    in_time = key_for(make_appointment(doctor, person, NOW + timedelta(hours=24)))
    assert TOLD not in text_of(client.get(address(late, "cancel")))
    BookingPolicy.objects.create(pk=1, misses_before_approval=1)
    assert TOLD in text_of(client.get(address(late, "cancel")))
    assert TOLD in text_of(client.post(address(late, "cancel"), {"reason": 501 * "x"}))
    assert TOLD not in text_of(client.get(address(in_time, "cancel")))


def test_holder_reads_before_moving_that_the_clinic_answers_first(
    client: Client, visit: Appointment, key: str, doctor: Doctor, person: User
) -> None:
    """And why; but of the name the first alone, as ever where somebody need not log in."""
    make_appointment(doctor, person, NOW - timedelta(days=9), status="no_show")
    moves = "your appointment is moved to it"
    assert moves in text_of(client.get(address(key)))
    BookingPolicy.objects.create(pk=1, misses_before_approval=1)
    page = client.get(address(key, "move"), {"start": TEN})
    said = text_of(page)
    assert "The clinic confirms bookings for Asha itself, as 1 visit was missed" in said
    assert "The clinic answers your request first." in said
    assert "Rao" not in page.text
    for name in ("show", "move"):
        said = text_of(client.get(address(key, name)))
        assert "Press a time, and the clinic is asked for it" in said
        assert moves not in said
    client.post(address(key, "move"), {"start": TEN})
    visit.refresh_from_db()
    assert visit.status == "pending"


# Forms


def test_forms_are_sent_from_our_pages_alone(visit: Appointment, key: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for page in ("attend", "cancel", "move"):
        assert strict.post(address(key, page), {"start": TEN}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', strict.get(address(key)).text)
    assert token is not None
    sent = strict.post(
        address(key, "attend"),
        {"csrfmiddlewaretoken": token[1]},
        headers={"origin": "http://testserver"},
    )
    assert (sent.status_code, kinds(visit)) == (302, ["attends"])


# To look changes nothing


def book_as_it_is() -> list[Any]:
    """All rows of all tables; the counts of limits live in the cache, which is none of them."""
    return [list(model._default_manager.values_list()) for model in apps.get_models()]


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
def test_only_what_is_sent_changes_anything(client: Client, key: str, method: str) -> None:
    before = book_as_it_is()
    answers = (200, 302) if method in ("get", "head", "options") else (405,)
    for page in PAGES:
        response = getattr(client, method)(address(key, page), query_params={"start": TEN})
        assert response.status_code in answers
    assert book_as_it_is() == before
    assert "sessionid" not in client.cookies


def test_page_that_is_shown_is_not_counted(client: Client, key: str, settings: Settings) -> None:
    """Whoever reads a mail again and again is nobody who guesses."""
    settings.ACCOUNT_RATE_LIMITS = {"link": "2/5m/ip"}
    assert [client.get(address(key)).status_code for _ in range(4)] == [200] * 4


# Links that do not work


def ended_links(visit: Appointment, doctor: Doctor) -> dict[str, str]:
    def another(hour: int) -> tuple[Appointment, str, User]:
        user = make_person("Sam")
        visit = make_appointment(doctor, user, at(5, hour))
        return visit, key_for(visit), user

    cancelled, of_cancelled, _ = another(9)
    renewed, of_renewed, user = another(10)
    _, of_forbidden, former = another(11)
    _, of_past, _ = another(12)
    Appointment.objects.filter(pk=cancelled.pk).update(status="cancelled")
    end_links(appointment=renewed, by=user, now=NOW)
    PatientAccess.objects.filter(user=former).update(ended_at=NOW)
    Appointment.objects.filter(start=at(5, 12)).update(start=at(1, 9), end=at(1, 10))
    return {
        "wrong": "A" * 43,
        "cut off": key_for(visit)[:-3],
        "no key at all": "banana é",
        "cancelled": of_cancelled,
        "renewed": of_renewed,
        "access ended": of_forbidden,
        "over": of_past,
    }


@pytest.mark.parametrize("method", ["get", "post", "head", "options", "put", "delete"])
def test_links_that_do_not_work_are_answered_alike(
    visit: Appointment, doctor: Doctor, method: str
) -> None:
    answers = [
        getattr(Client(), method)(address(key, page), {"start": TEN})
        for key in ended_links(visit, doctor).values()
        for page in PAGES
    ]
    told = {(one.status_code, one.content, tuple(one.items())) for one in answers}
    assert len(told) == 1
    assert answers[0].status_code == 404
    assert Appointment.objects.filter(start__gte=NOW).exclude(status="confirmed").count() == 1


def test_link_that_does_not_work_says_what_to_do(client: Client) -> None:
    words = text_of(client.get(address("A" * 43)))
    for word in ("no longer works", "Log in", "call the clinic"):
        assert word in words


def test_who_tries_many_wrong_links_is_stopped(
    client: Client, key: str, visit: Appointment, clock: Traveller
) -> None:
    answers = [client.get(address(f"{number:043}")).status_code for number in range(101)]
    assert answers == [404] * 100 + [429]
    stopped = client.get(address(key))
    assert (stopped.status_code, stopped["Retry-After"]) == (429, "300")
    assert client.post(address(key, "attend")).status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get(address(key)).status_code == 200
    clock.shift(301)
    assert client.get(address(key)).status_code == 200
    assert kinds(visit) == []


def test_acts_are_limited(client: Client, key: str, visit: Appointment, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"link": "2/5m/ip"}
    answers = [client.post(address(key, "attend")).status_code for _ in range(3)]
    assert answers == [302, 302, 429]


# For who is logged in


def detail(visit: Appointment) -> str:
    return reverse("appointments:detail", args=[visit.pk])


def test_links_are_ended_on_the_visits_own_page(
    client: Client, visit: Appointment, key: str, person: User
) -> None:
    asha = browser_of(person)
    page = reverse("visit:end_links", args=[visit.pk])
    assert page in asha.get(detail(visit)).text
    assert (asha.get(page)["Location"], client.get(address(key)).status_code) == (
        detail(visit),
        200,
    )
    response = asha.post(page, follow=True)
    assert "have ended" in text_of(response)
    assert client.get(address(key)).status_code == 404
    assert client.get(address(key_for(visit))).status_code == 200


def test_page_says_if_there_are_no_links_to_end(visit: Appointment, person: User) -> None:
    response = browser_of(person).post(reverse("visit:end_links", args=[visit.pk]), follow=True)
    assert "No email about this appointment" in text_of(response)


@pytest.mark.parametrize("page", ["visit:end_links", "appointments:attend"])
def test_strangers_do_not_find_the_visit(
    visit: Appointment, key: str, stranger: User, client: Client, page: str
) -> None:
    url = reverse(page, args=[visit.pk])
    assert browser_of(stranger).post(url).status_code == 404
    assert client.post(url).status_code == 302  # to log in
    assert client.get(address(key)).status_code == 200
    assert kinds(visit) == []


def test_visit_that_is_over_has_no_links_to_end(
    visit: Appointment, person: User, clock: Traveller
) -> None:
    clock.move_to(visit.end)
    assert "End these links" not in browser_of(person).get(detail(visit)).text


def test_person_attends_on_the_visits_own_page(visit: Appointment, person: User) -> None:
    asha = browser_of(person)
    assert "I will come" in asha.get(detail(visit)).text
    response = asha.post(reverse("appointments:attend", args=[visit.pk]), follow=True)
    assert "The clinic knows that you will come." in text_of(response)
    assert "I will come" not in response.text
    assert kinds(visit) == ["attends"]


def test_visit_that_was_cancelled_is_not_attended(visit: Appointment, person: User) -> None:
    Appointment.objects.update(status="cancelled")
    url = reverse("appointments:attend", args=[visit.pk])
    assert "This cannot be done" in text_of(browser_of(person).post(url, follow=True))
    assert kinds(visit) == []


# For the clinic


def say_who_comes(visit: Appointment, client: Client, key: str) -> None:
    client.post(address(key, "attend"))
    assert kinds(visit) == ["attends"]


def desk_day() -> str:
    return f"{reverse('admin:desk_day')}?day=2026-03-04"


def day_sheets() -> str:
    return f"{reverse('admin:desk_sheets')}?day=2026-03-04"


def doctors_day() -> str:
    return f"{reverse('practice:day')}?day=2026-03-04"


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("desk@example.com", desk_day),
        ("desk@example.com", day_sheets),
        ("smith@example.com", doctors_day),
    ],
)
def test_clinic_sees_who_said_that_they_come(
    client: Client, visit: Appointment, key: str, staff: User, who: str, page: Callable[[], str]
) -> None:
    reader = browser_of(User.objects.get(email=who))
    assert "Said that they will come" not in reader.get(page()).text
    say_who_comes(visit, client, key)
    assert "Said that they will come" in reader.get(page()).text
    client.post(address(key, "move"), {"start": TEN})
    assert "Said that they will come" not in reader.get(page()).text


def test_stories_say_what_was_done_by_the_link(
    client: Client, visit: Appointment, key: str, staff: User, doctor: Doctor
) -> None:
    client.post(address(key, "attend"))
    client.post(address(key, "cancel"), {"reason": "Ill"})
    of_doctor = browser_of(doctor.user).get(reverse("practice:visit", args=[visit.pk]))
    lines = [line.what for line in of_doctor.context["story"]][1:]
    assert lines == [
        "Attendance confirmed with the link in an email",
        "Cancelled with the link in an email",
    ]
    change = browser_of(staff).get(
        reverse("admin:appointments_appointment_change", args=[visit.pk])
    )
    assert change.text.count("with the link in an email") == 2


def test_doctor_who_is_late_is_told_that_the_patient_cancelled(
    client: Client, visit: Appointment, key: str, doctor: Doctor
) -> None:
    client.post(address(key, "cancel"))
    act = reverse("practice:act", args=[visit.pk, "check-in"])
    response = browser_of(doctor.user).post(act)
    assert "It was just cancelled by the patient." in text_of(response)
