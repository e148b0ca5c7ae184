"""What is sent again with its key is answered again, but done once: by programs, and on pages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import open_api_session
from appointments import services
from appointments.models import Appointment, AppointmentEvent, BookingPolicy, KeptAnswer
from appointments.services import idempotency
from appointments.tests.test_races import at_once
from docspot.tests.api import everything, problem
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_person,
    patient_of,
)
from docspot.tests.fixtures import browser_of, program_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TUESDAY_9 = "2026-03-03T03:30:00Z"
TUESDAY_930 = "2026-03-03T04:00:00Z"
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
DAY = timedelta(hours=24)
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def program(person: User) -> APIClient:
    return program_of(person)


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(4, 9))


def send(program: APIClient, path: str, body: dict[str, Any], key: str | None = KEY) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return program.post(path, body, headers=headers)


def booking(doctor: Doctor, date: str = TUESDAY_9, **more: Any) -> dict[str, Any]:
    return {"doctor_id": doctor.pk, "date": date} | more


def is_replay(response: Any, of: Any) -> bool:
    """Whether the response is the answer to an earlier call once more, to the letter."""
    assert "Idempotent-Replayed" not in of
    same = [
        (answer.status_code, answer.content, answer["Content-Type"]) for answer in (response, of)
    ]
    return same[0] == same[1] and response.get("Idempotent-Replayed") == "true"


def stories() -> list[str]:
    return list(AppointmentEvent.objects.values_list("kind", flat=True))


# Over the API


def test_book_again_with_the_key_gets_the_same_answer(
    program: APIClient,
    doctor: Doctor,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first, then = (send(program, "/api/book", booking(doctor)) for _time in range(2))
    assert (first.status_code, first["Content-Type"]) == (201, "application/json")
    assert is_replay(then, first)
    assert (stories(), len(mailoutbox)) == (["confirmed"], 1)


def test_answer_with_a_key_is_the_one_without(program: APIClient, doctor: Doctor) -> None:
    plain = send(program, "/api/book", booking(doctor), None)
    visit = Appointment.objects.get()
    services.cancel(appointment=visit, by=visit.booked_by, now=NOW)
    keyed = send(program, "/api/book", booking(doctor))
    answers = [(answer.status_code, answer.json() | {"id": ""}) for answer in (plain, keyed)]
    assert answers[0] == answers[1]
    assert set(plain.headers) == set(keyed.headers)


def test_book_again_after_a_cancel_does_not_book(program: APIClient, doctor: Doctor) -> None:
    first = send(program, "/api/book", booking(doctor))
    visit = Appointment.objects.get()
    services.cancel(appointment=visit, by=visit.booked_by, now=NOW)
    assert is_replay(send(program, "/api/book", booking(doctor)), first)
    assert stories() == ["confirmed", "cancelled"]


def test_cancel_again_with_the_key_gets_the_same_answer(
    program: APIClient, visit: Appointment
) -> None:
    path = f"/api/appointments/{visit.pk}/cancel"
    first, then = (send(program, path, {"reason": "better"}) for _time in range(2))
    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert is_replay(then, first)
    assert stories() == ["confirmed", "cancelled"]


def test_reschedule_again_with_the_key_does_not_move_it_back(
    program: APIClient, visit: Appointment
) -> None:
    path = f"/api/appointments/{visit.pk}/reschedule"
    first = send(program, path, {"date": TUESDAY_9})
    send(program, path, {"date": TUESDAY_930}, "another")
    assert (first.status_code, first.json()["start"]) == (200, TUESDAY_9)
    assert is_replay(send(program, path, {"date": TUESDAY_9}), first)
    visit.refresh_from_db()
    assert visit.start == at(3, 9, 30)


def test_refusal_is_replayed_though_it_would_no_longer_be_made(
    program: APIClient, doctor: Doctor, stranger: User
) -> None:
    taken = make_appointment(doctor, stranger, at(3, 9))
    first = send(program, "/api/book", booking(doctor))
    assert problem(first, 409)["code"] == "slot-unavailable"
    services.cancel(appointment=taken, by=stranger, now=NOW)
    assert is_replay(send(program, "/api/book", booking(doctor)), first)
    assert send(program, "/api/book", booking(doctor), "new").status_code == 201


def test_refusal_that_names_the_appointment_is_replayed(
    program: APIClient, doctor: Doctor, person: User
) -> None:
    held = make_appointment(doctor, person, at(3, 9))
    first, then = (send(program, "/api/book", booking(doctor)) for _time in range(2))
    assert problem(first, 409)["id"] == str(held.pk)
    assert is_replay(then, first)


def test_refused_act_leaves_nothing_but_its_answer(
    program: APIClient, visit: Appointment, stranger: User
) -> None:
    make_appointment(visit.doctor, stranger, at(3, 9))
    before = everything()
    send(program, f"/api/appointments/{visit.pk}/reschedule", {"date": TUESDAY_9})
    after = everything()
    assert [row["status"] for row in after.pop("KeptAnswer")] == [409]
    before.pop("KeptAnswer")
    assert after == before


@pytest.mark.parametrize(
    "change", [{"date": TUESDAY_930}, {"reason": "a cough"}, {"doctor_id": "x"}, {"more": 1}]
)
def test_key_with_another_body_is_refused(
    program: APIClient, doctor: Doctor, change: dict[str, Any]
) -> None:
    send(program, "/api/book", booking(doctor))
    before = everything()
    again = send(program, "/api/book", booking(doctor) | change)
    assert problem(again, 422)["code"] == "idempotency-key-reused"
    assert "Idempotent-Replayed" not in again
    assert everything() == before


def test_body_is_compared_as_json_not_as_text(program: APIClient, doctor: Doctor) -> None:
    first = send(program, "/api/book", booking(doctor))
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}
    text = f'{{ "date": "2026-03-03T03:3\\u0030:00Z",\n "doctor_id": {doctor.pk} }}'
    again = program.generic("POST", "/api/book", text, headers=headers)
    assert is_replay(again, first)


def test_key_with_another_call_is_refused(program: APIClient, visit: Appointment) -> None:
    other = make_appointment(visit.doctor, visit.booked_by, at(5, 9))
    send(program, f"/api/appointments/{visit.pk}/reschedule", {"date": TUESDAY_9})
    before = everything()
    for path in (
        f"/api/appointments/{other.pk}/reschedule",
        f"/api/appointments/{visit.pk}/cancel",
        "/api/book",
    ):
        again = send(program, path, {"date": TUESDAY_9})
        assert problem(again, 422)["code"] == "idempotency-key-reused"
    assert everything() == before


def test_key_of_another_person_is_another_key(
    program: APIClient, doctor: Doctor, stranger: User
) -> None:
    send(program, "/api/book", booking(doctor))
    same = send(program_of(stranger), "/api/book", booking(doctor))
    assert problem(same, 409)["code"] == "slot-unavailable"
    assert "Idempotent-Replayed" not in same
    other = send(program_of(make_person()), "/api/book", booking(doctor, TUESDAY_930))
    assert other.status_code == 201


def test_key_is_of_no_use_to_who_has_not_logged_in(program: APIClient, doctor: Doctor) -> None:
    send(program, "/api/book", booking(doctor))
    before = everything()
    problem(send(APIClient(), "/api/book", booking(doctor)), 401)
    assert everything() == before


@pytest.mark.parametrize("body", [{"doctor_id": 1, "date": "soon"}, {"date": TUESDAY_9}])
def test_what_cannot_be_read_uses_no_key(
    program: APIClient, doctor: Doctor, body: dict[str, Any]
) -> None:
    problem(send(program, "/api/book", body), 400)
    assert send(program, "/api/book", booking(doctor)).status_code == 201


def test_what_is_not_found_uses_no_key(program: APIClient, doctor: Doctor) -> None:
    problem(send(program, "/api/book", booking(doctor, doctor_id=doctor.pk + 1)), 404)
    assert not KeptAnswer.objects.exists()


def test_what_breaks_uses_no_key_and_leaves_nothing(
    program: APIClient, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(now: datetime) -> None:
        raise OperationalError

    program.raise_request_exception = False
    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_sweep", break_down)  # the last thing before the commit
        assert send(program, "/api/book", booking(doctor)).status_code == 500
    assert everything() == before
    again = send(program, "/api/book", booking(doctor))
    assert (again.status_code, "Idempotent-Replayed" in again) == (201, False)


def test_key_is_new_again_after_24_hours(program: APIClient, doctor: Doctor, clock: Any) -> None:
    BookingPolicy.objects.create(pk=1, cancel_notice_hours=0)
    body = booking(doctor, "2026-03-05T03:30:00Z")
    first = send(program, "/api/book", body)
    visit = Appointment.objects.get()
    services.cancel(appointment=visit, by=visit.booked_by, now=NOW)
    clock.move_to(NOW + DAY - A_MOMENT)
    program.credentials(HTTP_AUTHORIZATION=bearer(visit.booked_by, NOW + DAY - A_MOMENT))
    assert is_replay(send(program, "/api/book", body), first)
    clock.move_to(NOW + DAY)
    again = send(program, "/api/book", body)
    assert (again.status_code, "Idempotent-Replayed" in again) == (201, False)
    assert again.json()["id"] != first.json()["id"]
    assert is_replay(send(program, "/api/book", body), again)
    assert problem(send(program, "/api/book", booking(doctor)), 422)
    assert KeptAnswer.objects.get().created_at == NOW + DAY


def bearer(user: User, now: datetime) -> str:
    return f"Bearer {open_api_session(user=user, now=now).access}"


@pytest.mark.parametrize(
    "key",
    ["", '""', "two words", '"two words"', '"open', 'open"', 'a"b', "x" * 256, "é", '"a\\b"', '"'],
)
def test_malformed_key_is_refused(program: APIClient, doctor: Doctor, key: str) -> None:
    before = everything()
    body = problem(send(program, "/api/book", booking(doctor), key), 400)
    assert (body["code"], list(body["errors"])) == ("wrong-fields", ["Idempotency-Key"])
    assert everything() == before


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("a", "a"),
        ('"a"', "a"),
        (' "a"\t', "a"),
        ("x" * 255, "x" * 255),
        (f'"{"x" * 255}"', "x" * 255),
        (r'"a\"b\\c"', r'a"b\c'),
        (r"!#$%&'()*+,-./:;<=>?@[\]^_`{|}~", r"!#$%&'()*+,-./:;<=>?@[\]^_`{|}~"),
    ],
)
def test_key_comes_with_quotes_or_without(
    program: APIClient, doctor: Doctor, key: str, kept: str
) -> None:
    assert send(program, "/api/book", booking(doctor), key).status_code == 201
    assert KeptAnswer.objects.get().key == kept


def test_deepest_body_that_can_be_read_can_be_compared(program: APIClient) -> None:
    headers = {"Idempotency-Key": KEY, "Content-Type": "application/json"}

    def is_too_deep(depth: int) -> bool:
        text = f'{{"doctor_id": {"[" * depth}{"]" * depth}}}'
        body = problem(program.generic("POST", "/api/book", text, headers=headers), 400)
        return body["code"] == "not-json"

    deepest = bisect_left(range(1000), True, key=is_too_deep) - 1
    assert deepest > 100


# What is kept, and for how long


def keep(user: User, number: int, created_at: datetime) -> KeptAnswer:
    return KeptAnswer.objects.create(
        by=user, key=f"key {number}", asked="", status=200, body="{}", created_at=created_at
    )


def test_old_answers_go_when_new_ones_come(program: APIClient, doctor: Doctor) -> None:
    stranger = make_person()
    keep(stranger, 1, NOW - DAY)
    young = keep(stranger, 2, NOW - DAY + A_MOMENT)
    send(program, "/api/book", booking(doctor))
    assert set(KeptAnswer.objects.values_list("key", flat=True)) == {young.key, KEY}


def test_old_answers_go_a_few_at_a_time_the_oldest_first(
    program: APIClient, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "SWEPT_AT_ONCE", 3)
    stranger = make_person()
    for number in range(8):
        keep(stranger, number, NOW - 2 * DAY + number * A_MOMENT)
    send(program, "/api/book", booking(doctor))
    left = KeptAnswer.objects.filter(by=stranger).order_by("created_at")
    assert [answer.key for answer in left] == [f"key {number}" for number in range(3, 8)]


def test_replay_sweeps_nothing(program: APIClient, doctor: Doctor) -> None:
    send(program, "/api/book", booking(doctor))
    keep(make_person(), 1, NOW - 2 * DAY)
    send(program, "/api/book", booking(doctor))
    assert KeptAnswer.objects.count() == 2


def test_without_the_header_nothing_is_asked_or_kept(program: APIClient, doctor: Doctor) -> None:
    with CaptureQueriesContext(connection) as asked:
        response = send(program, "/api/book", booking(doctor), None)
        path = f"/api/appointments/{response.json()['id']}"
        send(program, f"{path}/reschedule", {"date": TUESDAY_930}, None)
        send(program, f"{path}/cancel", {}, None)
    assert stories() == ["confirmed", "moved", "cancelled"]
    assert of_keys(asked) == []


def test_a_key_costs_four_queries(program: APIClient, doctor: Doctor) -> None:
    with CaptureQueriesContext(connection) as asked:
        send(program, "/api/book", booking(doctor))
    assert len(of_keys(asked)) == 4


def of_keys(asked: CaptureQueriesContext) -> list[str]:
    """Those queries that are about keys."""
    return [query["sql"] for query in asked if KeptAnswer._meta.db_table in query["sql"]]


# On the pages


@pytest.fixture
def asha(person: User) -> Any:
    return browser_of(person)


def key_on(response: Any) -> str:
    """The key hidden in the form of a page."""
    (key,) = re.findall(r'name="idempotency_key" value="([^"]*)"', response.content.decode())
    assert re.fullmatch("[0-9a-f]{32}", key)
    return key


def book_page(doctor: Doctor, start: str = TUESDAY_9) -> str:
    kind = doctor.visit_types.get().pk
    return f"{reverse('appointments:book', args=[doctor.slug])}?visit_type={kind}&start={start}"


def filled(doctor: Doctor, user: User, key: str, **changes: Any) -> dict[str, Any]:
    return {
        "visit_type": doctor.visit_types.get().pk,
        "start": TUESDAY_9,
        "patient": patient_of(user).pk,
        "reason": "",
        "idempotency_key": key,
    } | changes


def page_of(visit: Appointment) -> str:
    return reverse("appointments:detail", args=[visit.pk])


def test_form_posted_twice_books_once(asha: Any, doctor: Doctor, person: User) -> None:
    url = book_page(doctor)
    data = filled(doctor, person, key_on(asha.get(url)))
    first, then = asha.post(url, data), asha.post(url, data)
    assert first.url == then.url == page_of(Appointment.objects.get())
    assert (stories(), KeptAnswer.objects.count()) == (["confirmed"], 1)


def test_back_button_after_a_cancel_does_not_book_again(
    asha: Any, doctor: Doctor, person: User
) -> None:
    url = book_page(doctor)
    data = filled(doctor, person, key_on(asha.get(url)))
    asha.post(url, data)
    visit = Appointment.objects.get()
    services.cancel(appointment=visit, by=person, now=NOW)
    assert asha.post(url, data | {"reason": "once more"}).url == page_of(visit)
    assert stories() == ["confirmed", "cancelled"]


def test_back_button_and_another_patient_is_another_booking(
    asha: Any, doctor: Doctor, person: User
) -> None:
    doctor_of_child = make_doctor("Dr. Priya")
    url, child = book_page(doctor), make_child(person)
    data = filled(doctor, person, key_on(asha.get(url)))
    asha.post(url, data)
    other = book_page(doctor_of_child)
    asha.post(other, filled(doctor_of_child, person, data["idempotency_key"], patient=child.pk))
    patients = Appointment.objects.values_list("patient__name", flat=True)
    assert set(patients) == {"Asha Rao", "Ravi Rao"}


def test_form_without_a_good_key_books_as_ever(asha: Any, doctor: Doctor, person: User) -> None:
    url = book_page(doctor)
    for key in ("", "x" * 32, "0" * 31, "0" * 33, "é", '"'):
        asha.post(url, filled(doctor, person, key))
        visit = Appointment.objects.blocking().get()
        services.cancel(appointment=visit, by=person, now=NOW)
    assert Appointment.objects.count() == 6
    assert not KeptAnswer.objects.exists()


def test_each_page_has_a_key_of_its_own(asha: Any, doctor: Doctor, visit: Appointment) -> None:
    pages = [
        book_page(doctor),
        reverse("appointments:cancel", args=[visit.pk]),
        reverse("appointments:reschedule", args=[visit.pk]) + f"?start={TUESDAY_9}",
    ]
    keys = [key_on(asha.get(page)) for page in pages for _time in range(2)]
    assert len(set(keys)) == 6


def test_key_stays_when_the_form_has_a_mistake(
    asha: Any, doctor: Doctor, person: User, visit: Appointment
) -> None:
    key = "0123456789abcdef" * 2
    too_long = {"reason": "x" * 1001}
    response = asha.post(book_page(doctor), filled(doctor, person, key, **too_long))
    assert (response.status_code, key_on(response)) == (400, key)
    cancel = reverse("appointments:cancel", args=[visit.pk])
    response = asha.post(cancel, too_long | {"idempotency_key": key})
    assert (response.status_code, key_on(response)) == (400, key)
    assert not KeptAnswer.objects.exists()


def test_time_gone_is_followed_by_a_new_key(
    asha: Any, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, stranger, at(3, 9))
    key = "0123456789abcdef" * 2
    data = filled(doctor, person, key, reason="a cough")
    gone = asha.post(book_page(doctor), data)
    assert (gone.status_code, b"idempotency_key" in gone.content) == (409, False)
    check = asha.post(book_page(doctor), data | {"choose": TUESDAY_930})
    assert key_on(check) != key
    assert not KeptAnswer.objects.exists()


def test_refused_form_may_be_sent_again(
    asha: Any, doctor: Doctor, person: User, stranger: User
) -> None:
    taken = make_appointment(doctor, stranger, at(3, 9))
    data = filled(doctor, person, "0123456789abcdef" * 2)
    assert asha.post(book_page(doctor), data).status_code == 409
    services.cancel(appointment=taken, by=stranger, now=NOW)
    assert asha.post(book_page(doctor), data).status_code == 302
    assert Appointment.objects.blocking().get().booked_by == person


def test_cancel_form_posted_twice_cancels_once(asha: Any, visit: Appointment) -> None:
    url = reverse("appointments:cancel", args=[visit.pk])
    data = {"reason": "", "idempotency_key": key_on(asha.get(url))}
    for _time in range(2):
        response = asha.post(url, data, follow=True)
        assert response.redirect_chain == [(page_of(visit), 302)]
        assert list(response.context["messages"]) == []
    assert stories() == ["confirmed", "cancelled"]


def test_back_button_after_another_move_does_not_move_it_back(
    asha: Any, visit: Appointment
) -> None:
    url = reverse("appointments:reschedule", args=[visit.pk])
    data = [
        {"start": start, "idempotency_key": key_on(asha.get(f"{url}?start={start}"))}
        for start in (TUESDAY_9, TUESDAY_930)
    ]
    for sent in (*data, data[0]):
        assert asha.post(url, sent).url == page_of(visit)
    visit.refresh_from_db()
    assert (visit.start, stories()) == (at(3, 9, 30), ["confirmed", "moved", "moved"])


def test_without_a_key_in_the_form_nothing_is_asked_or_kept(
    asha: Any, doctor: Doctor, person: User
) -> None:
    url, data = book_page(doctor), filled(doctor, person, "")
    with CaptureQueriesContext(connection) as asked:
        page = asha.post(url, data).url
        asha.post(f"{page}reschedule/", {"start": TUESDAY_930})
        asha.post(f"{page}cancel/", {})
    assert stories() == ["confirmed", "moved", "cancelled"]
    assert of_keys(asked) == []


def test_form_key_is_no_key_of_a_program(
    asha: Any, program: APIClient, doctor: Doctor, person: User
) -> None:
    url = book_page(doctor)
    asha.post(url, filled(doctor, person, "0123456789abcdef" * 2))
    kept = KeptAnswer.objects.get().key
    problem(send(program, "/api/book", booking(doctor), kept), 400)


# At once


RIVALS = 12
race = pytest.mark.django_db(transaction=True)


def racing(calls: list[Callable[[], Any]]) -> list[Any]:
    """The answers to calls that are sent at once."""
    answers: list[Any] = []
    ends = at_once([lambda call=call: answers.append(call()) for call in calls])  # type: ignore[misc]
    assert ends == {"done": len(calls)}
    return answers


def seen(answers: list[Any]) -> set[tuple[int, bytes]]:
    return {(answer.status_code, answer.content) for answer in answers}


@pytest.mark.race
@race
def test_one_key_at_once_books_once_and_answers_all(program: APIClient, doctor: Doctor) -> None:
    answers = racing([lambda: send(program, "/api/book", booking(doctor))] * RIVALS)
    assert [status for status, _content in seen(answers)] == [201]
    assert [answer.get("Idempotent-Replayed") for answer in answers].count("true") == RIVALS - 1
    assert (stories(), KeptAnswer.objects.count()) == (["confirmed"], 1)


@pytest.mark.race
@race
def test_one_key_at_once_is_refused_once(
    program: APIClient, doctor: Doctor, stranger: User
) -> None:
    make_appointment(doctor, stranger, at(3, 9))
    answers = racing([lambda: send(program, "/api/book", booking(doctor))] * RIVALS)
    assert [status for status, _content in seen(answers)] == [409]
    assert [answer.get("Idempotent-Replayed") for answer in answers].count("true") == RIVALS - 1


@pytest.mark.race
@race
def test_one_key_at_once_for_two_things_does_one(program: APIClient, doctor: Doctor) -> None:
    bodies = [booking(doctor, date) for date in (TUESDAY_9, TUESDAY_930)] * (RIVALS // 2)
    answers = racing(
        [lambda body=body: send(program, "/api/book", body) for body in bodies]  # type: ignore[misc]
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(422)) == (RIVALS // 2, RIVALS // 2)
    assert stories() == ["confirmed"]


@pytest.mark.race
@race
def test_form_sent_many_times_at_once_books_once(person: User, doctor: Doctor, asha: Any) -> None:
    url = book_page(doctor)
    data = filled(doctor, person, key_on(asha.get(url)))
    answers = racing([lambda: browser_of(person).post(url, data)] * RIVALS)
    assert {answer.url for answer in answers} == {page_of(Appointment.objects.get())}
    assert stories() == ["confirmed"]


@pytest.mark.race
@race
def test_expired_keys_are_used_again_while_others_sweep_them(doctor: Doctor) -> None:
    """Nobody waits for who waits for them: each holds a key that the others want to delete."""
    people = [make_person(f"Rival {number}") for number in range(RIVALS)]
    programs = [program_of(person) for person in people]
    for number in range(3 * RIVALS):
        keep(people[number % RIVALS], number // RIVALS, NOW - 2 * DAY)
    KeptAnswer.objects.filter(key="key 0").update(key=KEY)
    starts = [at(3 + number // 4, 9 + number % 4) for number in range(RIVALS)]

    def call(number: int) -> Callable[[], Any]:
        body = booking(doctor, starts[number].strftime("%Y-%m-%dT%H:%M:%SZ"))
        return lambda: send(programs[number], "/api/book", body)

    answers = racing([call(number) for number in range(RIVALS)])
    assert {answer.status_code for answer in answers} == {201}
    assert Appointment.objects.count() == RIVALS
    left = KeptAnswer.objects.filter(created_at__lte=NOW - DAY)
    assert not left.filter(key=KEY).exists()
