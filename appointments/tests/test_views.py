"""The pages of booking: that asking works, that a refusal is shown, that nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
    make_specialty,
    patient_of,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
TUESDAY_9 = "2026-03-03T03:30:00Z"


@pytest.fixture
def asha(person: User) -> Client:
    return browser_of(person)


def book_url(doctor: Doctor, start: str = TUESDAY_9) -> str:
    kind = doctor.visit_types.get().pk
    return f"{reverse('appointments:book', args=[doctor.slug])}?visit_type={kind}&start={start}"


def chosen(doctor: Doctor, user: User, **changes: object) -> dict[str, object]:
    return {
        "visit_type": doctor.visit_types.get().pk,
        "start": TUESDAY_9,
        "patient": patient_of(user).pk,
        "reason": "",
    } | changes


def slots_of(response: Any) -> list[str]:
    week = response.context["week"]
    return [slot.start.strftime("%d %H:%M") for day in week.days for slot in day.slots]


# The directory


def names_on(client: Client, **query: str) -> list[str]:
    response = client.get(reverse("doctors:directory"), query)
    assert response.status_code == 200
    return [card.doctor.name for card in response.context["cards"]]


@pytest.fixture
def three_doctors(db: None) -> list[Doctor]:
    return [
        make_doctor("Dr. Smith"),
        make_doctor(
            "Dr. Priya",
            location=make_location("Vijayawada", name="Krishna Skin Clinic"),
            specialty=make_specialty("Dermatology", "Dermatologist"),
            languages=("English", "Telugu"),
        ),
        make_doctor(
            "Dr. Kumar",
            location=make_location("Guntur", name="Guntur Neuro Centre"),
            specialty=make_specialty("Neurology", "Neurologist"),
            days=(3,),
        ),
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"q": "smith"}, ["Dr. Smith"]),
        ({"q": "dermatologist"}, ["Dr. Priya"]),
        ({"q": "neurology guntur"}, ["Dr. Kumar"]),
        ({"q": "nobody"}, []),
        ({"specialty": "cardiology"}, ["Dr. Smith"]),
        ({"place": "Vijayawada"}, ["Dr. Priya"]),
        ({"language": "te"}, ["Dr. Priya"]),
        ({"free_by": "2026-03-03"}, ["Dr. Priya", "Dr. Smith"]),
        ({"free_by": "2026-03-05"}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"free_by": "2026-03-01"}, []),
        ({"sort": "soonest"}, ["Dr. Smith", "Dr. Priya", "Dr. Kumar"]),
    ],
)
def test_directory_finds(
    client: Client, three_doctors: list[Doctor], query: dict[str, str], found: list[str]
) -> None:
    assert names_on(client, **query) == found


def test_directory_hides_who_cannot_be_booked(client: Client) -> None:
    make_doctor("Dr. New", status=Doctor.Status.PENDING)
    make_doctor("Dr. Gone", status=Doctor.Status.SUSPENDED)
    assert names_on(client) == []


def test_directory_card_shows_the_three_nearest_times(client: Client, doctor: Doctor) -> None:
    make_appointment(doctor, make_person(), at(2, 11))
    (card,) = client.get(reverse("doctors:directory")).context["cards"]
    # It is 8:30am, and the notice is two hours.
    assert [slot.start for slot in card.slots] == [at(2, 10, 30), at(2, 11, 30), at(2, 12)]


def test_directory_is_paged(client: Client, doctor: Doctor) -> None:
    for number in range(25):
        make_doctor(f"Dr. Number {number:02}")
    first = client.get(reverse("doctors:directory"))
    second = client.get(reverse("doctors:directory"), {"page": "2"})
    assert [len(page.context["cards"]) for page in (first, second)] == [20, 6]
    assert "26 doctors" in first.text


@pytest.mark.parametrize("page", ["0", "2", "banana", "9" * 30, "-1"])
def test_directory_has_no_such_page(client: Client, doctor: Doctor, page: str) -> None:
    assert client.get(reverse("doctors:directory"), {"page": page}).status_code == 404


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"free_by": "banana"}, "Enter a date, like 27 3 2027"),
        ({"specialty": "alchemy"}, "Choose one from the list"),
        ({"place": "Atlantis"}, "Choose one from the list"),
        ({"q": "x" * 101}, "Search for 100 characters or fewer"),
        ({"q": "\x00"}, "Null characters are not allowed."),
    ],
)
def test_directory_says_what_to_mend(
    client: Client, doctor: Doctor, query: dict[str, str], message: str
) -> None:
    response = client.get(reverse("doctors:directory"), query)
    assert response.status_code == 400
    (errors,) = response.context["form"].errors.values()
    assert errors == [message]


# A doctor's page


def test_profile_shows_the_free_times_of_seven_days(client: Client, doctor: Doctor) -> None:
    make_appointment(doctor, make_person(), at(3, 9))
    response = client.get(reverse("doctors:profile", args=["dr-smith"]))
    slots = slots_of(response)
    # Fourteen a day; today from 10:30am on (two hours' notice), and 9:00am on Tuesday is taken.
    assert len(slots) == 5 * 14 - 3 - 1
    assert slots[0] == "02 05:00"
    assert "03 03:30" not in slots
    assert [day.date.isoformat() for day in response.context["week"].days][::6] == [
        "2026-03-02",
        "2026-03-08",
    ]


def test_profile_leads_from_week_to_week(client: Client, doctor: Doctor) -> None:
    url = reverse("doctors:profile", args=["dr-smith"])
    first = client.get(url).context["week"]
    assert (first.previous, first.next.isoformat()) == (None, "2026-03-09")
    third = client.get(url, {"week": "2026-03-16"}).context["week"]
    assert (third.previous.isoformat(), third.next.isoformat()) == ("2026-03-09", "2026-03-23")
    past = client.get(url, {"week": "2020-01-01"}).context["week"]
    assert past.first == first.first
    future = client.get(url, {"week": "9999-12-31"}).context["week"]
    assert (future.first.isoformat(), future.next) == ("2026-05-31", None)


def test_profile_of_an_empty_week_links_to_the_next_time(client: Client, doctor: Doctor) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(1, 0), end=at(11, 9))
    response = client.get(reverse("doctors:profile", args=["dr-smith"]))
    assert response.context["week"].is_empty
    assert response.context["next_slot"].start == at(11, 9)
    assert "Wednesday 11 March 2026, 9:00am" in response.text
    assert "?week=2026-03-11" in response.text


@pytest.mark.parametrize("query", [{"week": "banana"}, {"visit_type": "999"}, {"visit_type": "x"}])
def test_profile_has_no_such_week(client: Client, doctor: Doctor, query: dict[str, str]) -> None:
    assert client.get(reverse("doctors:profile", args=["dr-smith"]), query).status_code == 404


def test_profile_of_a_hidden_doctor_does_not_exist(client: Client) -> None:
    make_doctor("Dr. New", status=Doctor.Status.PENDING)
    assert client.get(reverse("doctors:profile", args=["dr-new"])).status_code == 404


def test_profile_of_another_visit_type_has_its_own_times(client: Client, doctor: Doctor) -> None:
    long = doctor.visit_types.create(name="Long", duration_minutes=120)
    response = client.get(
        reverse("doctors:profile", args=["dr-smith"]), {"visit_type": str(long.pk)}
    )
    assert slots_of(response)[-3:] == ["06 03:30", "06 05:30", "06 08:30"]


# Booking


def test_book_asks_to_log_in_and_comes_back(client: Client, doctor: Doctor) -> None:
    response = client.get(book_url(doctor))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/appointments/book/dr-smith/")


def test_book_shows_what_is_about_to_be_booked(asha: Client, doctor: Doctor) -> None:
    response = asha.get(book_url(doctor))
    assert response.status_code == 200
    for words in ("Asha Rao", "Dr. Smith, Cardiologist", "Tuesday 3 March 2026, 9:00am to 9:30am"):
        assert words in response.text
    assert "You can cancel until Tuesday 3 March 2026, 7:00am." in response.text
    assert Appointment.objects.count() == 0


def test_book_books_and_leads_to_the_confirmation(
    asha: Client, doctor: Doctor, person: User
) -> None:
    response = asha.post(book_url(doctor), chosen(doctor, person, reason="Chest pain"))
    visit = Appointment.objects.get()
    assert (visit.start, visit.reason, visit.booked_by) == (at(3, 9), "Chest pain", person)
    assert response["Location"] == reverse("appointments:detail", args=[visit.pk])
    for _reload in range(2):
        assert "Appointment confirmed" in asha.get(response["Location"]).text
    assert Appointment.objects.count() == 1


def test_book_posted_twice_books_once(asha: Client, doctor: Doctor, person: User) -> None:
    answers = [asha.post(book_url(doctor), chosen(doctor, person)) for _ in range(2)]
    visit = Appointment.objects.get()
    assert {answer["Location"] for answer in answers} == {
        reverse("appointments:detail", args=[visit.pk])
    }


def test_book_page_of_a_time_one_has_leads_to_the_appointment(
    asha: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    response = asha.get(book_url(doctor))
    assert response["Location"] == reverse("appointments:detail", args=[visit.pk])


def test_book_offers_the_nearest_times_when_the_time_has_gone(
    asha: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, stranger, at(3, 9))
    response = asha.post(book_url(doctor), chosen(doctor, person, reason="Chest <pain>"))
    assert response.status_code == 409
    assert [slot.start for slot in response.context["alternatives"]] == [
        at(3, 9, 30),
        at(3, 10),
        at(3, 10, 30),
        at(3, 11),
        at(3, 11, 30),
        at(3, 12),
    ]
    assert "9:00am has just been booked by someone else." in response.text
    assert "Chest &lt;pain&gt;" in response.text
    assert Appointment.objects.count() == 1


def test_book_another_time_keeps_what_was_typed(asha: Client, doctor: Doctor, person: User) -> None:
    data = chosen(doctor, person, reason="Chest pain", choose="2026-03-03T04:00:00Z")
    response = asha.post(book_url(doctor), data)
    assert response.status_code == 200
    assert "9:30am to 10:00am" in response.text
    form = response.context["form"]
    assert (form["reason"].value(), form["start"].value()) == ("Chest pain", "2026-03-03T04:00:00Z")
    assert Appointment.objects.count() == 0


def test_book_shows_a_refusal_that_no_time_mends(
    asha: Client, doctor: Doctor, person: User
) -> None:
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    make_appointment(doctor, person, at(4, 9))
    response = asha.post(book_url(doctor), chosen(doctor, person))
    assert response.status_code == 409
    assert "You can hold 1 appointment at a time." in response.text


def test_book_for_a_child(asha: Client, doctor: Doctor, person: User) -> None:
    child = make_child(person)
    assert "Ravi Rao" in asha.get(book_url(doctor)).text
    asha.post(book_url(doctor), chosen(doctor, person, patient=child.pk))
    assert Appointment.objects.get().patient == child


def test_book_asks_whom_for_where_there_are_several(
    asha: Client, doctor: Doctor, person: User
) -> None:
    make_child(person)
    response = asha.post(book_url(doctor), chosen(doctor, person, patient="", reason="Cough"))
    assert response.status_code == 400
    assert "Choose who the appointment is for" in response.text
    assert "Cough" in response.text


def test_book_asks_a_login_without_a_patient_for_details(staff: User, doctor: Doctor) -> None:
    response = browser_of(staff).get(book_url(doctor))
    assert response.status_code == 409
    assert reverse("account_profile") in response.text


@pytest.mark.parametrize(
    "changes",
    [
        {"start": "banana"},
        {"start": "2026-03-03T03:30:00"},  # no offset
        {"start": ""},
        {"start": "2026-99-99T00:00:00Z"},
        {"start": "9999-12-31T23:59:59Z"},
        {"start": "0001-01-01T00:00:00Z"},
        {"visit_type": "999999999999999999999999"},
        {"visit_type": "x"},
        {"visit_type": ""},
        {"patient": "999999"},
        {"patient": "x\x00"},
        {"reason": "x" * 1001},
        {"reason": "a\x00b"},
    ],
)
def test_book_refuses_bad_input_and_changes_nothing(
    asha: Client, doctor: Doctor, person: User, changes: dict[str, str]
) -> None:
    response = asha.post(book_url(doctor), chosen(doctor, person, **changes))
    assert response.status_code == 400
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-03T03:47:00Z",  # off the grid
        "2026-03-01T03:30:00Z",  # past
        "2026-03-07T03:30:00Z",  # a day off
        "2020-01-01T00:00:00Z",
        "2026-03-02T21:47:00Z",  # 03:17 at night
    ],
)
def test_book_says_of_no_slot_that_it_is_not_free(
    asha: Client, doctor: Doctor, person: User, start: str
) -> None:
    assert asha.get(book_url(doctor, start)).status_code == 409
    assert asha.post(book_url(doctor), chosen(doctor, person, start=start)).status_code == 409
    assert Appointment.objects.count() == 0


def test_book_refuses_another_persons_patient(asha: Client, doctor: Doctor, stranger: User) -> None:
    assert asha.post(book_url(doctor), chosen(doctor, stranger)).status_code == 400
    assert Appointment.objects.count() == 0


def test_book_obeys_no_field_that_it_did_not_ask_for(
    asha: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    extra = {"status": "completed", "booked_by": stranger.pk, "id": "1", "end": "2030-01-01"}
    asha.post(book_url(doctor), chosen(doctor, person, **extra))
    visit = Appointment.objects.get()
    assert (visit.status, visit.booked_by, visit.end) == ("confirmed", person, at(3, 9, 30))


# A person's appointments


def test_list_parts_the_next_the_upcoming_and_the_past(
    asha: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, stranger, at(3, 11))
    next_one = make_appointment(doctor, person, at(3, 9))
    later = make_appointment(doctor, person, at(4, 9))
    cancelled = make_appointment(doctor, person, at(5, 9), status="cancelled")
    past = make_appointment(doctor, person, at(2, 7))
    context = asha.get(reverse("appointments:list")).context
    assert context["next_appointment"] == next_one
    assert context["upcoming"] == [later]
    assert [line.id for line in context["page_obj"]] == [cancelled.pk, past.pk]


def test_list_is_paged(asha: Client, doctor: Doctor, person: User) -> None:
    for number in range(21):
        make_appointment(doctor, person, NOW - timedelta(days=number + 1))
    url = reverse("appointments:list")
    assert len(asha.get(url).context["page_obj"]) == 20
    assert len(asha.get(url, {"page": "2"}).context["page_obj"]) == 1
    assert asha.get(url, {"page": "3"}).status_code == 404


def test_list_of_nobody_yet_says_what_to_do(asha: Client) -> None:
    response = asha.get(reverse("appointments:list"))
    assert "You have no appointment coming up." in response.text
    assert reverse("doctors:directory") in response.text


def test_list_of_a_doctor_is_their_own_not_the_practices(doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(3, 9))
    context = browser_of(doctor.user).get(reverse("appointments:list")).context
    assert (context["next_appointment"], context["upcoming"]) == (None, [])


def test_cancel_asks_first_and_changes_nothing(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    response = asha.get(reverse("appointments:cancel", args=[visit.pk]))
    assert "Cancel this appointment?" in response.text
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_cancel_cancels_once(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    url = reverse("appointments:cancel", args=[visit.pk])
    for _click in range(2):
        response = asha.post(url, {"reason": "Better"})
        assert response["Location"] == reverse("appointments:detail", args=[visit.pk])
    assert "Cancelled by you" in asha.get(response["Location"]).text
    assert [event.kind for event in visit.events.all()] == ["confirmed", "cancelled"]
    assert asha.get(url).status_code == 302


def test_cancel_after_the_cut_off_is_refused(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(2, 10))
    url = reverse("appointments:cancel", args=[visit.pk])
    assert "It is too late to cancel here" in asha.get(url).text
    response = asha.post(url, {})
    assert response.status_code == 409
    assert "It is too late to cancel here" in response.text
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_cancel_keeps_a_reason_that_is_too_long(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    response = asha.post(reverse("appointments:cancel", args=[visit.pk]), {"reason": "x" * 501})
    assert response.status_code == 400
    assert "x" * 501 in response.text
    visit.refresh_from_db()
    assert visit.status == "confirmed"


def test_detail_offers_no_cancelling_after_the_cut_off(
    asha: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(2, 10))
    response = asha.get(reverse("appointments:detail", args=[visit.pk]))
    assert (response.context["can_cancel"], response.context["can_reschedule"]) == (False, False)


def test_reschedule_moves_the_visit(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    url = reverse("appointments:reschedule", args=[visit.pk])
    start = "2026-03-04T04:00:00Z"
    assert f"{url}?visit_type={visit.visit_type_id}&amp;start={start}" in asha.get(url).text
    check = asha.get(url, {"start": start})
    assert "Wednesday 4 March 2026, 9:30am to 10:00am" in check.text
    response = asha.post(url, {"start": start})
    assert response["Location"] == reverse("appointments:detail", args=[visit.pk])
    visit.refresh_from_db()
    assert (visit.start, visit.sequence) == (at(4, 9, 30), 1)


def test_reschedule_to_a_taken_time_keeps_the_old(
    asha: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    make_appointment(doctor, stranger, at(4, 9, 30))
    url = reverse("appointments:reschedule", args=[visit.pk])
    response = asha.post(url, {"start": "2026-03-04T04:00:00Z"}, follow=True)
    assert "This time is not free. Choose another time." in response.text
    visit.refresh_from_db()
    assert visit.start == at(3, 9)


@pytest.mark.parametrize("start", ["banana", "", "2026-03-04"])
def test_reschedule_without_a_time_finds_nothing(
    asha: Client, doctor: Doctor, person: User, start: str
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    url = reverse("appointments:reschedule", args=[visit.pk])
    assert asha.get(url, {"start": start}).status_code == 404
    assert asha.post(url, {"start": start}).status_code == 404


def test_calendar_file_holds_the_visit(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9), reason="Chest pain")
    response = asha.get(reverse("appointments:calendar", args=[visit.pk]))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    for line in (
        f"UID:{visit.pk}",
        "DTSTART:20260303T033000Z",
        "DTEND:20260303T040000Z",
        "STATUS:CONFIRMED",
        "SUMMARY:Appointment with Dr. Smith",
    ):
        assert line in response.text.splitlines()
    assert "Chest" not in response.text
    assert "Cardio" not in response.text


def test_private_pages_are_kept_by_no_cache(asha: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    for url in (
        reverse("appointments:list"),
        reverse("appointments:detail", args=[visit.pk]),
        reverse("account_profile"),
        book_url(doctor),
    ):
        assert "no-store" in asha.get(url)["Cache-Control"]


# Queries: the same with one row and with three


def fill(rows: int) -> None:
    for number in range(rows):
        doctor = make_doctor(
            f"Dr. Number {number}",
            location=make_location(f"City {number}"),
            languages=("English", "Telugu"),
        )
        for other in range(rows):
            make_appointment(doctor, make_person(), at(3 + other, 9))
        TimeOff.objects.create(doctor=doctor, start=at(20, 9), end=at(20, 10))


DIRECTORY = [({}, 7, 15), ({"free_by": "2026-03-09", "sort": "soonest", "q": "dr"}, 14, 15)]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("query", "drawn", "new"), DIRECTORY)
def test_directory_queries(
    asha: Client,
    rows: int,
    query: dict[str, str],
    drawn: int,
    new: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Few when its cards were drawn before; when not, the same for one card and three."""
    fill(rows)
    asha.get(reverse("doctors:directory"), query)
    with django_assert_num_queries(drawn):
        response = asha.get(reverse("doctors:directory"), query)
    assert len(response.context["cards"]) == rows
    Doctor.objects.update(bio="Changed")  # another catalogue, so that nothing drawn holds
    with django_assert_num_queries(new):
        asha.get(reverse("doctors:directory"), query)


@pytest.mark.parametrize("rows", [1, 3])
def test_profile_queries(
    asha: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The doctor is read again only when something about doctors has changed."""
    fill(rows)
    for queries in (11, 7):
        with django_assert_num_queries(queries):
            asha.get(reverse("doctors:profile", args=["dr-number-0"]))


def test_visit_to_a_doctor_who_has_no_specialty_any_more_is_still_listed(
    asha: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    Doctor.objects.update(status="suspended", specialty=None)
    assert asha.get(reverse("appointments:list")).context["next_appointment"] == visit


@pytest.mark.parametrize("rows", [1, 3])
def test_history_queries(
    asha: Client, person: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        doctor = make_doctor(f"Dr. Number {number}", location=make_location(f"City {number}"))
        make_appointment(doctor, person, at(3 + number, 9))
        make_appointment(doctor, person, at(3 + number, 10), status="cancelled")
    for queries in (11, 9):  # the past is drawn once
        with django_assert_num_queries(queries):
            asha.get(reverse("appointments:list"))
