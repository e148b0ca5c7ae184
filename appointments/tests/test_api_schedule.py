"""A doctor's hours, time off, settings and visit types over the API."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from docspot.tests.api import everything, problem
from docspot.tests.cast import at, make_appointment, make_doctor, make_user
from docspot.tests.fixtures import program_of
from doctors.models import Doctor, Location, TimeOff, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Dr. Smith, who works on Mondays from 9:00 to 13:00."""
    return make_doctor(days=(0,), hours=((time(9), time(13)),), user=make_user("smith@example.com"))


@pytest.fixture
def api(doctor: Doctor) -> APIClient:
    assert doctor.user is not None
    return program_of(doctor.user)


@pytest.fixture
def place(doctor: Doctor) -> Location:
    return doctor.places[0]


def url(doctor: Doctor, *parts: object) -> str:
    return "/".join(["/api/doctors", str(doctor.pk), *map(str, parts)])


def row(place: Location, **fields: Any) -> dict[str, Any]:
    """Tuesdays from 9:00 to 13:00."""
    usual = {"weekday": 1, "opens": "09:00", "closes": "13:00", "location": place.pk}
    return usual | fields


def errors(response: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = problem(response, 400)["errors"]
    return found


def set_hours(api: APIClient, doctor: Doctor, *rows: dict[str, Any]) -> Any:
    return api.put(url(doctor, "hours"), {"hours": list(rows)})


def hours_in_words(doctor: Doctor) -> list[str]:
    return [str(hours) for hours in doctor.working_hours.order_by("weekday", "opens")]


# Hours


def test_hours_are_listed_with_all_that_can_be_set(
    api: APIClient, doctor: Doctor, place: Location
) -> None:
    day = date(2026, 3, 7)
    doctor.working_hours.create(
        location=place,
        weekday=5,
        opens=time(22),
        closes=time(0, 0, 30),
        closes_next_day=True,
        valid_from=day,
        valid_until=day,
    )
    weekly = {"closes_next_day": False, "every_weeks": 1, "valid_from": None, "valid_until": None}
    assert api.get(url(doctor, "hours")).json() == [
        row(place, weekday=0) | weekly,
        {
            "weekday": 5,
            "opens": "22:00",
            "closes": "00:00:30",
            "closes_next_day": True,
            "location": place.pk,
            "every_weeks": 1,
            "valid_from": "2026-03-07",
            "valid_until": "2026-03-07",
        },
    ]


def test_hours_that_were_listed_can_be_sent_back(api: APIClient, doctor: Doctor) -> None:
    listed = api.get(url(doctor, "hours")).json()
    response = set_hours(api, doctor, *listed)
    assert (response.status_code, response.json()["hours"]) == (200, listed)


def test_hours_replace_those_there_are(api: APIClient, doctor: Doctor, place: Location) -> None:
    extra = row(place, weekday=6, valid_from="2026-03-08", valid_until="2026-03-08")
    other_weeks = row(place, weekday=2, every_weeks=2, valid_from="2026-03-04")
    response = set_hours(api, doctor, extra, row(place), other_weeks)
    assert [hours["weekday"] for hours in response.json()["hours"]] == [1, 2, 6]
    assert hours_in_words(doctor) == [
        "Tuesday 09:00-13:00",
        "Wednesday 09:00-13:00",
        "2026-03-08 09:00-13:00",
    ]


def test_no_hours_at_all_may_be_sent(api: APIClient, doctor: Doctor) -> None:
    assert set_hours(api, doctor).json() == {"hours": [], "visits_to_move": []}
    assert hours_in_words(doctor) == []


def test_hours_of_other_doctors_stay(api: APIClient, doctor: Doctor) -> None:
    other = make_doctor("Dr. Kumar", days=(3,), hours=((time(9), time(13)),))
    set_hours(api, doctor)
    assert hours_in_words(other) == ["Thursday 09:00-13:00"]


def test_hours_to_midnight_end_next_day_by_themselves(
    api: APIClient, doctor: Doctor, place: Location
) -> None:
    response = set_hours(api, doctor, row(place, opens="18:00", closes="00:00"))
    assert response.json()["hours"][0]["closes_next_day"] is True


def test_new_hours_name_the_visits_that_do_not_fit(
    api: APIClient, doctor: Doctor, person: User, place: Location
) -> None:
    visit = make_appointment(doctor, person, at(9, 9))
    response = set_hours(api, doctor, row(place))
    assert response.json()["visits_to_move"] == [
        {
            "id": str(visit.pk),
            "start": "2026-03-09T03:30:00Z",
            "end": "2026-03-09T04:00:00Z",
            "why": "outside_hours",
        }
    ]
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (at(9, 9), "confirmed")


NIGHT = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)
NEVER = "There is no such weekday between the two dates. Change the day or the dates."
A_TIME = "Write a time of day as 09:30."
A_WEEKDAY = "Write a day of the week: 0 is Monday, 6 is Sunday."
A_DATE = "Write a date as 2026-11-25, or null."


@pytest.mark.parametrize(
    ("fields", "where", "said"),
    [
        ({"opens": "18:00", "closes": "17:00"}, "", NIGHT),
        ({"opens": "13:00"}, "", NIGHT),
        ({"closes_next_day": True}, "", NIGHT),
        ({"opens": "25:00"}, ".opens", A_TIME),
        ({"opens": "9:00"}, ".opens", A_TIME),
        ({"opens": 9}, ".opens", A_TIME),
        ({"closes": None}, ".closes", A_TIME),
        ({"weekday": 7}, ".weekday", A_WEEKDAY),
        ({"weekday": -1}, ".weekday", A_WEEKDAY),
        ({"weekday": "Monday"}, ".weekday", A_WEEKDAY),
        ({"closes_next_day": "yes"}, ".closes_next_day", "Write true or false."),
        ({"location": 10**9}, ".location", "Choose one of the clinic's places by its id."),
        ({"location": "banana"}, ".location", "Write the id of a place."),
        ({"every_weeks": 0}, ".every_weeks", "Ensure this value is greater than or equal to 1."),
        ({"every_weeks": -1}, ".every_weeks", "Ensure this value is greater than or equal to 1."),
        ({"every_weeks": 9}, ".every_weeks", "Ensure this value is less than or equal to 8."),
        ({"every_weeks": 1.5}, ".every_weeks", "Write a whole number."),
        ({"every_weeks": 2}, "", "Enter the first day: the weeks are counted from it."),
        ({"valid_from": "2026-02-30"}, ".valid_from", A_DATE),
        (
            {"valid_from": "2026-04-08", "valid_until": "2026-04-07"},
            "",
            "The last day must not be before the first.",
        ),
        ({"valid_from": "2026-03-04", "valid_until": "2026-03-08"}, "", NEVER),
    ],
)
def test_wrong_hours_replace_nothing(
    api: APIClient, doctor: Doctor, place: Location, fields: dict[str, Any], where: str, said: str
) -> None:
    before = everything()
    response = set_hours(api, doctor, row(place, weekday=3), row(place, **fields))
    assert errors(response) == {f"hours.1{where}": [said]}
    assert everything() == before


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        ({}, {"opens": "12:59", "closes": "14:00"}, "Tuesday 09:00-13:00 and Tuesday 12:59-14:00"),
        (
            {},
            {"valid_from": "2026-03-10", "valid_until": "2026-03-10"},
            "Tuesday 09:00-13:00 and 2026-03-10 09:00-13:00",
        ),
        (
            {},
            {"weekday": 0, "opens": "22:00", "closes": "09:30", "closes_next_day": True},
            "Tuesday 09:00-13:00 and Monday 22:00-09:30",
        ),
    ],
)
def test_hours_at_the_same_time_replace_nothing(
    api: APIClient,
    doctor: Doctor,
    place: Location,
    one: dict[str, Any],
    other: dict[str, Any],
    names: str,
) -> None:
    response = set_hours(api, doctor, row(place, **one), row(place, **other))
    said = f"{names} are at the same time. Change one of them."
    assert errors(response) == {"hours": [said]}
    assert hours_in_words(doctor) == ["Monday 09:00-13:00"]


def test_hours_of_alternating_weeks_are_not_at_the_same_time(
    api: APIClient, doctor: Doctor, place: Location
) -> None:
    rows = [row(place, every_weeks=2, valid_from=day) for day in ("2026-03-02", "2026-03-09")]
    assert set_hours(api, doctor, *rows).status_code == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, {"hours": ["Send the hours as a list, which may be empty."]}),
        ({"hours": None}, {"hours": ["Send the hours as a list, which may be empty."]}),
        ({"hours": {}}, {"hours": ["Send the hours as a list, which may be empty."]}),
        ({"hours": "banana"}, {"hours": ["Send the hours as a list, which may be empty."]}),
        ({"hours": [[]]}, {"hours.0": ["Write each of the hours as an object."]}),
        ({"hours": ["\x00"]}, {"hours.0": ["Write each of the hours as an object."]}),
        ({"hours": [{}] * 201}, {"hours": ["Send 200 rows or fewer."]}),
    ],
)
def test_hours_of_another_shape_replace_nothing(
    api: APIClient, doctor: Doctor, body: dict[str, Any], said: dict[str, list[str]]
) -> None:
    assert errors(api.put(url(doctor, "hours"), body)) == said
    assert hours_in_words(doctor) == ["Monday 09:00-13:00"]


def test_many_hours_ask_for_their_places_once(
    api: APIClient,
    doctor: Doctor,
    place: Location,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for weekday in range(3):
        doctor.working_hours.create(
            location=place, weekday=3 + weekday, opens=time(9), closes=time(13)
        )
    with django_assert_num_queries(3):  # the login, the doctor, the hours
        assert len(api.get(url(doctor, "hours")).json()) == 4


# Time off


def test_time_off_is_added_and_names_the_visits_in_it(
    api: APIClient, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(9, 9))
    sent = {"start": "2026-03-09T09:00:00+05:30", "end": "2026-03-09T06:30:00Z", "reason": "Away"}
    response = api.post(url(doctor, "time-off"), sent)
    off = TimeOff.objects.get()
    assert (off.start, off.end, off.reason) == (at(9, 9), at(9, 12), "Away")
    assert (response.status_code, response.json()) == (
        201,
        {
            "id": off.pk,
            "start": "2026-03-09T03:30:00Z",
            "end": "2026-03-09T06:30:00Z",
            "reason": "Away",
            "visits_to_move": [
                {
                    "id": str(visit.pk),
                    "start": "2026-03-09T03:30:00Z",
                    "end": "2026-03-09T04:00:00Z",
                    "why": "time_off",
                }
            ],
        },
    )


def test_time_off_is_listed_by_its_beginning(
    api: APIClient, doctor: Doctor, place: Location
) -> None:
    doctor.time_off.create(start=at(9, 9), end=at(9, 12), reason="Later")
    doctor.time_off.create(start=at(1, 9), end=at(1, 12))
    place.time_off.create(start=at(2, 0), end=at(3, 0))
    rows = api.get(url(doctor, "time-off")).json()
    assert [(off["start"], off["reason"]) for off in rows] == [
        ("2026-03-01T03:30:00Z", ""),
        ("2026-03-09T03:30:00Z", "Later"),
    ]


def test_time_off_is_taken_back(api: APIClient, doctor: Doctor) -> None:
    off = doctor.time_off.create(start=at(9, 9), end=at(9, 12))
    assert api.delete(url(doctor, "time-off", off.pk)).status_code == 204
    assert not TimeOff.objects.exists()


def test_time_off_of_others_is_not_taken_back(
    api: APIClient, doctor: Doctor, place: Location
) -> None:
    times = {"start": at(9, 9), "end": at(9, 12)}
    others = [make_doctor("Dr. Kumar").time_off.create(**times), place.time_off.create(**times)]
    for off in others:
        problem(api.delete(url(doctor, "time-off", off.pk)), 404)
    assert TimeOff.objects.count() == 2


AN_INSTANT = "Write a time like 2026-11-25T04:00:00Z."


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"end": "2026-03-09T03:30:00Z"},
            {"non_field_errors": ["The time off must end after it begins."]},
        ),
        ({"start": "2026-03-09"}, {"start": [AN_INSTANT]}),
        ({"start": "banana"}, {"start": [AN_INSTANT]}),
        ({"start": None}, {"start": [AN_INSTANT]}),
        (
            {"start": "2026-03-09T03:30:00"},
            {"start": ["Add the offset from UTC to the time: 2026-11-25T04:00:00Z."]},
        ),
        ({"start": "1999-12-31T00:00:00Z"}, {"start": ["Enter a year from 2000 to 2199."]}),
        (
            {"start": "2026-03-01T03:30:00Z", "end": "2026-03-02T03:00:00Z"},
            {"end": ["This time off would be over already. Enter an end that is still to come."]},
        ),
        ({"reason": "x" * 201}, {"reason": ["Use at most 200 characters."]}),
    ],
)
def test_wrong_time_off_is_not_added(
    api: APIClient, doctor: Doctor, fields: dict[str, Any], said: dict[str, list[str]]
) -> None:
    sent = {"start": "2026-03-09T03:30:00Z", "end": "2026-03-09T06:30:00Z"} | fields
    assert errors(api.post(url(doctor, "time-off"), sent)) == said
    assert not TimeOff.objects.exists()


# Settings


def test_settings_are_changed_one_by_one(api: APIClient, doctor: Doctor) -> None:
    address = url(doctor, "schedule-settings")
    assert api.get(address).json() == {
        "step_minutes": None,
        "max_visits_per_day": None,
        "confirms_bookings": "automatic",
    }
    assert api.patch(address, {"step_minutes": 15}).json()["step_minutes"] == 15
    assert api.patch(address, {"confirms_bookings": "on_approval"}).json() == {
        "step_minutes": 15,
        "max_visits_per_day": None,
        "confirms_bookings": "on_approval",
    }
    assert api.patch(address, {"max_visits_per_day": 8}).json()["max_visits_per_day"] == 8
    assert api.patch(address, {"step_minutes": None}).json()["step_minutes"] is None
    assert api.patch(address, {}).json() == api.get(address).json()


MINUTES = "Enter 5 minutes or more."
NOT_NEGATIVE = "Ensure this value is greater than or equal to 0."
AT_MOST = "Enter 720 minutes (12 hours) or fewer."


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"step_minutes": 0}, {"step_minutes": [MINUTES]}),
        ({"step_minutes": 721}, {"step_minutes": [AT_MOST]}),
        ({"step_minutes": "banana"}, {"step_minutes": ["Write a whole number, or null."]}),
        (
            {"max_visits_per_day": 0},
            {"max_visits_per_day": ["Enter 1 or more, or leave this empty."]},
        ),
        ({"step_minutes": -5}, {"step_minutes": [MINUTES]}),
        (
            {"confirms_bookings": "never"},
            {"confirms_bookings": ["Write automatic or on_approval."]},
        ),
    ],
)
def test_wrong_settings_are_not_saved(
    api: APIClient, doctor: Doctor, sent: dict[str, Any], said: dict[str, list[str]]
) -> None:
    assert errors(api.patch(url(doctor, "schedule-settings"), sent)) == said
    doctor.refresh_from_db()
    assert (doctor.step_minutes, doctor.max_visits_per_day) == (None, None)


@pytest.mark.parametrize("number", [10**18, 10**30])
def test_settings_that_no_column_can_hold_are_refused(
    api: APIClient, doctor: Doctor, number: int
) -> None:
    for name in ("step_minutes", "max_visits_per_day"):
        errors(api.patch(url(doctor, "schedule-settings"), {name: number}))


# Visit types


def test_visit_type_is_added_with_what_is_usual(api: APIClient, doctor: Doctor) -> None:
    response = api.post(url(doctor, "visit-types"), {"name": "Check-up", "duration_minutes": 20})
    kind = VisitType.objects.get(name="Check-up")
    assert (response.status_code, response.json()) == (
        201,
        {
            "id": kind.pk,
            "name": "Check-up",
            "duration_minutes": 20,
            "buffer_minutes": 0,
            "notice_minutes": None,
            "horizon_days": None,
            "audience": "everyone",
            "is_online": True,
            "is_active": True,
        },
    )
    assert kind.doctor == doctor
    assert api.get(url(doctor, "visit-types")).json()[1] == response.json()


def test_visit_type_is_changed_in_what_is_sent(api: APIClient, doctor: Doctor) -> None:
    kind = doctor.visit_types.get()
    changed = {
        "duration_minutes": 45,
        "buffer_minutes": 10,
        "notice_minutes": 0,
        "horizon_days": 30,
        "audience": "new",
        "is_online": False,
        "is_active": False,
    }
    response = api.patch(url(doctor, "visit-types", kind.pk), changed)
    assert response.json() == {"id": kind.pk, "name": "Consultation"} | changed
    response = api.patch(url(doctor, "visit-types", kind.pk), {"notice_minutes": None})
    assert response.json()["notice_minutes"] is None


def test_visit_type_of_another_doctor_is_not_changed(api: APIClient, doctor: Doctor) -> None:
    other = make_doctor("Dr. Kumar").visit_types.get()
    problem(api.patch(url(doctor, "visit-types", other.pk), {"is_active": False}), 404)
    other.refresh_from_db()
    assert other.is_active


TWICE = "This doctor has a visit type of this name already. Choose another name."
WRONG_KINDS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({"duration_minutes": 0}, {"duration_minutes": [MINUTES]}),
    ({"duration_minutes": -5}, {"duration_minutes": [MINUTES]}),
    ({"duration_minutes": 721}, {"duration_minutes": [AT_MOST]}),
    ({"duration_minutes": 10**30}, {"duration_minutes": [AT_MOST]}),
    ({"duration_minutes": None}, {"duration_minutes": ["Write a whole number."]}),
    ({"buffer_minutes": -1}, {"buffer_minutes": [NOT_NEGATIVE]}),
    (
        {"buffer_minutes": 241},
        {"buffer_minutes": ["Ensure this value is less than or equal to 240."]},
    ),
    ({"notice_minutes": -1}, {"notice_minutes": [NOT_NEGATIVE]}),
    (
        {"horizon_days": 0},
        {"horizon_days": ["Ensure this value is greater than or equal to 1."]},
    ),
    ({"audience": "all"}, {"audience": ["Choose one of: everyone, new, known."]}),
    ({"is_online": 1}, {"is_online": ["Write true or false."]}),
    ({"name": ""}, {"name": ["Enter a name."]}),
    ({"name": "Consultation"}, {"name": [TWICE]}),
    ({"name": "x" * 81}, {"name": ["Use at most 80 characters."]}),
]


@pytest.mark.parametrize(("fields", "said"), WRONG_KINDS)
def test_wrong_visit_type_is_neither_added_nor_changed(
    api: APIClient, doctor: Doctor, fields: dict[str, Any], said: dict[str, list[str]]
) -> None:
    kind = doctor.visit_types.create(name="Check-up", duration_minutes=20)
    before = everything()
    new = {"name": "Surgery", "duration_minutes": 20} | fields

    assert errors(api.post(url(doctor, "visit-types"), new)) == said
    assert errors(api.patch(url(doctor, "visit-types", kind.pk), fields)) == said
    assert everything() == before


# Who may


def calls(doctor: Doctor) -> list[tuple[str, str, Any]]:
    """Each call that changes something, with what would be right."""
    off = doctor.time_off.create(start=at(9, 9), end=at(9, 12))
    return [
        ("put", url(doctor, "hours"), {"hours": []}),
        (
            "post",
            url(doctor, "time-off"),
            {"start": "2026-04-01T00:00:00Z", "end": "2026-04-02T00:00:00Z"},
        ),
        ("delete", url(doctor, "time-off", off.pk), None),
        ("patch", url(doctor, "schedule-settings"), {"step_minutes": 15}),
        ("post", url(doctor, "visit-types"), {"name": "Check-up", "duration_minutes": 20}),
        ("patch", url(doctor, "visit-types", doctor.visit_types.get().pk), {"is_active": False}),
    ]


def statuses(client: APIClient, doctor: Doctor) -> list[int]:
    return [
        getattr(client, method)(address, body).status_code
        for method, address, body in calls(doctor)
    ]


def test_strangers_change_nothing_and_learn_nothing(doctor: Doctor, person: User) -> None:
    other = make_doctor("Dr. Kumar", user=make_user())
    pending = make_doctor("Dr. New", user=make_user(), status=Doctor.Status.PENDING)
    for user in (person, other.user):
        before = doctor.working_hours.count()
        assert statuses(program_of(user), doctor) == [404] * 6
        assert doctor.working_hours.count() == before
    assert statuses(program_of(pending.user), pending) == [404] * 6


def test_a_call_without_a_token_changes_nothing(doctor: Doctor) -> None:
    assert statuses(APIClient(), doctor) == [401] * 6


def test_suspended_doctor_changes_nothing(api: APIClient, doctor: Doctor) -> None:
    Doctor.objects.update(status=Doctor.Status.SUSPENDED)
    assert statuses(api, doctor) == [404] * 6


def test_staff_change_every_doctor(staff: User, doctor: Doctor) -> None:
    assert statuses(program_of(staff), doctor) == [200, 201, 204, 200, 201, 200]


def test_staff_who_may_only_look_change_nothing(doctor: Doctor) -> None:
    viewer = make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = program_of(viewer)
    assert client.get(url(doctor, "hours")).status_code == 200
    assert statuses(client, doctor) == [403] * 6


@pytest.mark.parametrize(
    ("codenames", "allowed"),
    [
        (["add_workinghours", "change_workinghours", "delete_workinghours"], 0),
        (["add_timeoff"], 1),
        (["delete_timeoff"], 2),
        (["change_doctor"], 3),
        (["add_visittype"], 4),
        (["change_visittype"], 5),
    ],
)
def test_staff_need_the_permission_of_the_admin(
    doctor: Doctor, codenames: list[str], allowed: int
) -> None:
    clerk = make_user(is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    found = statuses(program_of(clerk), doctor)
    assert [number for number, status in enumerate(found) if status != 403] == [allowed]
