"""The admin of doctors: approving, working hours, visit types, places and time off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from docspot.tests import cast
from docspot.tests.desk import act, add_url, change_url, delete_url, errors_of, list_url
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, Language, Location, Specialty, TimeOff, VisitType, WorkingHours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def doctor() -> Doctor:
    """Dr. Smith, who works on Mondays only: the pages of fewer rows are quicker."""
    return cast.make_doctor("Dr. Smith", days=(0,), user=cast.make_user("smith@example.com"))


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


def make_off(doctor: Doctor | None, **fields: Any) -> TimeOff:
    times = {"start": cast.at(9, 0), "end": cast.at(11, 0)}
    return TimeOff.objects.create(**{"doctor": doctor, **times} | fields)


def make_extra(doctor: Doctor, day: date, **fields: Any) -> WorkingHours:
    """Hours from 6pm to 8pm on one date."""
    times = {"opens": time(18), "closes": time(20), "weekday": day.weekday()}
    place = {} if "location" in fields else {"location": doctor.places[0]}
    row = times | place | fields
    return doctor.working_hours.create(valid_from=day, valid_until=day, **row)


def make_all(number: int) -> Doctor:
    """A doctor with all that belongs to one, each of their own."""
    doctor = cast.make_doctor(
        f"Dr. {number}",
        location=cast.make_location(f"Town {number}"),
        specialty=cast.make_specialty(f"Field {number}", f"Specialist {number}"),
        languages=(f"Language {number}",) if number == 1 else (),
        user=cast.make_user(),
    )
    doctor.languages.add(Language.objects.get_or_create(code=f"l{number}", name=f"L{number}")[0])
    make_off(doctor)
    make_off(None, location=doctor.places[0])
    return doctor


# Lists and forms


@pytest.mark.parametrize(
    ("model", "queries"),
    [
        (Doctor, 12),
        (Language, 6),
        (Location, 9),
        (Specialty, 6),
        (TimeOff, 11),
        (VisitType, 8),
        (WorkingHours, 8),
    ],
)
def test_list_asks_the_same_for_one_and_three_rows(
    desk: Client, model: Any, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_all(1)
    desk.get(list_url(model))
    with django_assert_num_queries(queries):
        assert desk.get(list_url(model)).status_code == 200
    make_all(2)
    make_all(3)
    with django_assert_num_queries(queries):
        assert desk.get(list_url(model)).status_code == 200


def test_doctor_page_asks_the_same_for_one_and_three_of_each(
    desk: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    doctor = cast.make_doctor(days=(0,), hours=((time(9), time(13)),))
    make_off(doctor)
    make_extra(doctor, date(2026, 3, 6))
    desk.get(change_url(doctor))
    with django_assert_num_queries(18):
        assert desk.get(change_url(doctor)).status_code == 200
    for weekday in (1, 2):
        place = cast.make_location(f"Town {weekday}")
        make_extra(doctor, date(2026, 3, 6 + weekday))
        doctor.working_hours.create(location=place, weekday=weekday, opens=time(9), closes=time(13))
        doctor.visit_types.create(name=f"Kind {weekday}", duration_minutes=15)
        doctor.languages.add(Language.objects.create(code=f"l{weekday}", name=f"L{weekday}"))
        make_off(doctor)
    with django_assert_num_queries(18):
        assert desk.get(change_url(doctor)).status_code == 200


def test_forms_open(desk: Client) -> None:
    doctor = make_all(1)
    rows = [
        doctor,
        doctor.specialty,
        doctor.languages.first(),
        doctor.places[0],
        doctor.visit_types.get(),
        doctor.working_hours.first(),
        *TimeOff.objects.all(),
    ]
    assert [desk.get(change_url(row)).status_code for row in rows] == [200] * 8
    written = (Doctor, Specialty, Language, Location, TimeOff)
    assert [desk.get(add_url(model)).status_code for model in written] == [200] * 5
    seen = (VisitType, WorkingHours)
    assert [desk.get(add_url(model)).status_code for model in seen] == [403] * 2


@pytest.mark.parametrize("words", ["smith", "cardio", "hyderabad", "smith@example.com"])
def test_doctor_is_found(desk: Client, doctor: Doctor, words: str) -> None:
    cast.make_doctor(
        "Dr. Kumar",
        location=cast.make_location("Guntur", name="Neuro Centre"),
        specialty=cast.make_specialty("Neurology", "Neurologist"),
    )
    response = desk.get(list_url(Doctor), {"q": words})
    assert [row.name for row in response.context["cl"].result_list] == ["Dr. Smith"]


@pytest.mark.parametrize("model", [Doctor, VisitType, WorkingHours])
def test_doctors_are_not_deleted(desk: Client, doctor: Doctor, model: Any) -> None:
    row = model.objects.first()
    assert desk.post(delete_url(row), {"post": "yes"}).status_code == 403
    act(desk, "delete_selected", row)
    assert model.objects.filter(pk=row.pk).exists()


def test_place_where_somebody_works_is_not_deleted(desk: Client, doctor: Doctor) -> None:
    place = doctor.places[0]
    response = desk.post(delete_url(place), {"post": "yes"})
    assert response.status_code == 200
    assert len(response.context["protected"]) == 2
    assert Location.objects.filter(pk=place.pk).exists()


# Approving


def test_doctors_are_approved_one_by_one(desk: Client) -> None:
    ready = cast.make_doctor("Dr. Ready", status="pending")
    vague = cast.make_doctor("Dr. Vague", status="pending")
    Doctor.objects.filter(pk=vague.pk).update(specialty=None)
    assert act(desk, "approve", ready, vague) == [
        "Dr. Vague: Give the doctor a specialty first; then approve them.",
        "1 doctor approved.",
    ]
    statuses = Doctor.objects.order_by("name").values_list("name", "status")
    assert list(statuses) == [("Dr. Ready", "approved"), ("Dr. Vague", "pending")]


def test_viewer_approves_nobody() -> None:
    pending = cast.make_doctor(status="pending")
    viewer = cast.make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    act(browser_of(viewer), "approve", pending)
    pending.refresh_from_db()
    assert pending.status == "pending"


# The page of a doctor


def hours_row(**fields: Any) -> dict[str, Any]:
    return {"weekday": 0, "opens": "09:00", "closes": "13:00", "every_weeks": 1} | fields


def extra_row(doctor: Doctor, **fields: Any) -> dict[str, Any]:
    """Hours on Wednesday 4 March, a day on which this doctor does not work."""
    times = {"date": "2026-03-04", "opens": "18:00", "closes": "20:00"}
    return times | {"location": doctor.places[0].pk} | fields


def kind_row(**fields: Any) -> dict[str, Any]:
    kind = {"name": "Consultation", "duration_minutes": 30, "buffer_minutes": 0}
    return kind | {"audience": "everyone", "is_online": "on", "is_active": "on"} | fields


def page_of(doctor: Doctor | None, **rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What the page of a doctor sends: its fields, the rows there are, and those added."""
    data: dict[str, Any] = {
        "name": "Dr. Smith",
        "slug": "dr-smith",
        "confirms_bookings": "automatic",
        "step_minutes": (doctor and doctor.step_minutes) or "",
    }
    if doctor and doctor.specialty_id:
        data["specialty"] = doctor.specialty_id
    for prefix in ("working_hours", "extra_hours", "visit_types", "time_off"):
        there = rows_there(doctor, prefix) if doctor else []
        forms = [there_row(row) for row in there] + rows.get(prefix, [])
        data |= {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": len(there)}
        for number, form in enumerate(forms):
            data |= {f"{prefix}-{number}-{name}": value for name, value in form.items()}
    if doctor:  # what has happened to them: rows that are only looked at
        data |= {"events-TOTAL_FORMS": 0, "events-INITIAL_FORMS": 0}
    return data


def rows_there(doctor: Doctor, prefix: str) -> list[Any]:
    if prefix not in ("working_hours", "extra_hours"):
        return list(getattr(doctor, prefix).order_by("pk"))
    hours = doctor.working_hours.select_related("location").order_by("pk")
    return [row for row in hours if row.is_extra == (prefix == "extra_hours")]


def there_row(row: WorkingHours | VisitType | TimeOff) -> dict[str, Any]:
    key = {"id": row.pk, "doctor": row.doctor_id}
    match row:
        case WorkingHours() if row.is_extra:
            times = {"opens": row.opens, "closes": row.closes, "location": row.location_id}
            return key | times | {"date": row.valid_from}
        case WorkingHours():
            return key | hours_row(
                weekday=row.weekday, opens=row.opens, closes=row.closes, location=row.location_id
            )
        case VisitType():
            return key | kind_row(name=row.name)
        case TimeOff():
            return key | {"start": "2026-03-09T00:00", "end": "2026-03-11T00:00"}


def test_added_doctor_waits_for_approval(desk: Client) -> None:
    place, field = cast.make_location(), cast.make_specialty()
    data = page_of(
        None,
        working_hours=[hours_row(location=place.pk)],
        visit_types=[kind_row()],
    )
    data |= {"specialty": field.pk, "status": "approved"}
    assert desk.post(add_url(Doctor), data).status_code == 302
    doctor = Doctor.objects.get()
    assert (doctor.name, doctor.status, doctor.specialty) == ("Dr. Smith", "pending", field)
    assert [str(row) for row in doctor.working_hours.all()] == ["Monday 09:00-13:00"]
    assert [str(row) for row in doctor.visit_types.all()] == ["Consultation"]


def test_status_is_not_changed_by_the_form(desk: Client, doctor: Doctor) -> None:
    data = page_of(doctor) | {"status": "suspended", "bio": "New words"}
    assert desk.post(change_url(doctor), data).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.status, doctor.bio) == ("approved", "New words")


def test_approved_doctor_keeps_a_specialty(desk: Client, doctor: Doctor) -> None:
    response = desk.post(change_url(doctor), page_of(doctor) | {"specialty": ""})
    assert errors_of(response) == ["An approved doctor needs a specialty."]
    doctor.refresh_from_db()
    assert doctor.specialty is not None


NIGHT = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)
NEVER = "There is no such weekday between the two dates. Change the day or the dates."
CLASH = "{} and {} are at the same time. Change one of them."
MINUTES = "Enter 5 minutes or more."


CHOICE = "Select a valid choice. {} is not one of the available choices."
WRONG_HOURS: list[tuple[dict[str, Any], str]] = [
    ({"opens": "18:00", "closes": "17:00"}, NIGHT),
    ({"opens": "18:00", "closes": "18:00"}, NIGHT),
    ({"opens": "banana"}, "Enter a valid time."),
    ({"opens": "25:00"}, "Enter a valid time."),
    ({"weekday": 7}, CHOICE.format(7)),
    ({"weekday": ""}, "This field is required."),
    ({"location": 10**30}, CHOICE.format("That choice")),
    ({"valid_from": "2026-02-30"}, "Enter a valid date."),
    ({"every_weeks": 0}, "Ensure this value is greater than or equal to 1."),
    ({"every_weeks": -1}, "Ensure this value is greater than or equal to 0."),
    ({"every_weeks": 9}, "Ensure this value is less than or equal to 8."),
    ({"every_weeks": 2}, "Enter the first day: the weeks are counted from it."),
    ({"valid_from": "2026-03-03", "valid_until": "2026-03-08"}, NEVER),
    ({"valid_from": "9999-12-31"}, NEVER),
    ({"opens": "18:00", "closes": "19:00", "closes_next_day": "on"}, NIGHT),
    (
        {"valid_from": "2026-04-02", "valid_until": "2026-04-01"},
        "The last day must not be before the first.",
    ),
]
WRONG_EXTRA_HOURS: list[tuple[dict[str, Any], str]] = [
    ({"date": ""}, "This field is required."),
    ({"date": "2026-02-30"}, "Enter a valid date."),
    ({"date": "0001-01-01"}, "Enter a year from 1900 to 2199."),
    ({"date": "2200-01-01"}, "Enter a year from 1900 to 2199."),
    ({"opens": "21:00"}, NIGHT),
    ({"location": 10**30}, CHOICE.format("That choice")),
]
WRONG_VISIT_TYPES: list[tuple[dict[str, Any], str]] = [
    ({"duration_minutes": 0}, MINUTES),
    ({"duration_minutes": -5}, "Ensure this value is greater than or equal to 0."),
    ({"duration_minutes": 10**30}, "Enter 720 minutes (12 hours) or fewer."),
    ({"duration_minutes": "banana"}, "Enter a whole number."),
    ({"duration_minutes": 721}, "Enter 720 minutes (12 hours) or fewer."),
    ({"buffer_minutes": 241}, "Ensure this value is less than or equal to 240."),
    ({"buffer_minutes": -1}, "Ensure this value is greater than or equal to 0."),
    ({"notice_minutes": -1}, "Ensure this value is greater than or equal to 0."),
    ({"horizon_days": 0}, "Ensure this value is greater than or equal to 1."),
    ({"name": ""}, "This field is required."),
]


def test_wrong_rows_are_not_added(desk: Client, doctor: Doctor) -> None:
    hours = hours_row(location=doctor.places[0].pk)
    data = page_of(
        doctor,
        working_hours=[hours | row for row, _ in WRONG_HOURS],
        extra_hours=[extra_row(doctor, **row) for row, _ in WRONG_EXTRA_HOURS],
        visit_types=[
            kind_row(name=f"Kind {number}", **row) if "name" not in row else kind_row(**row)
            for number, (row, _) in enumerate(WRONG_VISIT_TYPES)
        ],
    )
    errors = errors_of(desk.post(change_url(doctor), data))
    assert errors == [error for _, error in WRONG_HOURS + WRONG_EXTRA_HOURS + WRONG_VISIT_TYPES]
    assert (doctor.working_hours.count(), doctor.visit_types.count()) == (2, 1)


def test_visit_type_is_not_offered_twice(desk: Client, doctor: Doctor) -> None:
    twice = kind_row(duration_minutes=15)
    response = desk.post(change_url(doctor), page_of(doctor, visit_types=[twice]))
    assert "duplicate" in errors_of(response)[0]
    assert doctor.visit_types.count() == 1


def test_hours_at_the_same_time_are_not_added(desk: Client, doctor: Doctor) -> None:
    row = hours_row(location=cast.make_location("Guntur").pk, opens="12:59", closes="13:30")
    response = desk.post(change_url(doctor), page_of(doctor, working_hours=[row]))
    assert errors_of(response) == [CLASH.format("Monday 09:00-13:00", "Monday 12:59-13:30")]
    assert doctor.working_hours.count() == 2


def test_hours_that_touch_are_added(desk: Client, doctor: Doctor) -> None:
    row = hours_row(location=doctor.places[0].pk, opens="13:00", closes="14:00")
    data = page_of(doctor, working_hours=[row])
    assert desk.post(change_url(doctor), data).status_code == 302
    assert doctor.working_hours.count() == 3


def test_hours_take_the_place_of_those_deleted_with_them(desk: Client, doctor: Doctor) -> None:
    row = hours_row(location=doctor.places[0].pk, opens="08:00", closes="12:00")
    data = page_of(doctor, working_hours=[row]) | {"working_hours-0-DELETE": "on"}
    assert desk.post(change_url(doctor), data).status_code == 302
    mondays = doctor.working_hours.filter(weekday=0)
    assert [str(row) for row in mondays] == ["Monday 08:00-12:00", "Monday 14:00-17:00"]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("step_minutes", "0", MINUTES),
        ("step_minutes", "-15", "Ensure this value is greater than or equal to 0."),
        ("step_minutes", "721", "Enter 720 minutes (12 hours) or fewer."),
        ("max_visits_per_day", "0", "Enter 1 or more, or leave this empty."),
        ("max_visits_per_day", "-1", "Ensure this value is greater than or equal to 0."),
    ],
)
def test_wrong_settings_are_not_saved(
    desk: Client, doctor: Doctor, field: str, value: str, error: str
) -> None:
    response = desk.post(change_url(doctor), page_of(doctor) | {field: value})
    assert errors_of(response) == [error]
    doctor.refresh_from_db()
    assert (doctor.step_minutes, doctor.max_visits_per_day) == (None, None)


def test_weeks_left_empty_are_every_week(desk: Client, doctor: Doctor) -> None:
    row = hours_row(location=doctor.places[0].pk, weekday=1, every_weeks="")
    assert desk.post(change_url(doctor), page_of(doctor, working_hours=[row])).status_code == 302
    assert doctor.working_hours.get(weekday=1).every_weeks == 1


def test_hours_to_midnight_end_next_day_by_themselves(desk: Client, doctor: Doctor) -> None:
    times = {"opens": "22:00", "closes": "00:00"}
    data = page_of(
        doctor,
        working_hours=[hours_row(location=doctor.places[0].pk, weekday=1, **times)],
        extra_hours=[extra_row(doctor, **times)],
    )
    assert desk.post(change_url(doctor), data).status_code == 302
    nights = doctor.working_hours.filter(opens=time(22)).order_by("weekday")
    assert [(str(row), row.closes_next_day) for row in nights] == [
        ("Tuesday 22:00-00:00", True),
        ("2026-03-04 22:00-00:00", True),
    ]


def test_extra_hours_are_of_one_date(desk: Client, doctor: Doctor) -> None:
    data = page_of(doctor, extra_hours=[extra_row(doctor)])
    assert desk.post(change_url(doctor), data).status_code == 302
    row = doctor.working_hours.get(weekday=2)
    wednesday = date(2026, 3, 4)
    assert (row.valid_from, row.valid_until, row.opens) == (wednesday, wednesday, time(18))


def test_extra_hours_move_to_another_date(desk: Client, doctor: Doctor) -> None:
    row = make_extra(doctor, date(2026, 3, 4))
    data = page_of(doctor) | {"extra_hours-0-date": "2026-03-05"}
    assert desk.post(change_url(doctor), data).status_code == 302
    row.refresh_from_db()
    thursday = date(2026, 3, 5)
    assert (row.weekday, row.valid_from, row.valid_until) == (3, thursday, thursday)


def test_extra_hours_stand_apart_from_those_of_every_week(desk: Client, doctor: Doctor) -> None:
    extra = make_extra(doctor, date(2026, 3, 4))
    doctor.working_hours.create(
        location=doctor.places[0],
        weekday=1,
        opens=time(9),
        closes=time(13),
        valid_from=date(2026, 3, 1),
    )
    formsets = {
        formset.formset.prefix: [str(form.instance) for form in formset.formset.initial_forms]
        for formset in desk.get(change_url(doctor)).context["inline_admin_formsets"]
    }
    assert formsets["working_hours"] == [
        "Monday 09:00-13:00",
        "Monday 14:00-17:00",
        "Tuesday 09:00-13:00",
    ]
    assert formsets["extra_hours"] == [str(extra)] == ["2026-03-04 18:00-20:00"]


def test_page_saved_as_it_is_changes_no_hours(desk: Client, doctor: Doctor) -> None:
    make_extra(doctor, date(2026, 3, 4))
    before = list(doctor.working_hours.order_by("pk").values())
    assert desk.post(change_url(doctor), page_of(doctor)).status_code == 302
    assert list(doctor.working_hours.order_by("pk").values()) == before


CLASHING_EXTRA = {"date": "2026-03-09", "opens": "12:00", "closes": "13:30"}


def test_extra_hours_at_the_same_time_as_weekly_ones_are_not_added(
    desk: Client, doctor: Doctor
) -> None:
    row = extra_row(doctor, **CLASHING_EXTRA)
    response = desk.post(change_url(doctor), page_of(doctor, extra_hours=[row]))
    assert errors_of(response) == [CLASH.format("Monday 09:00-13:00", "2026-03-09 12:00-13:30")]
    assert doctor.working_hours.count() == 2


def test_extra_hours_take_the_place_of_weekly_ones_deleted_with_them(
    desk: Client, doctor: Doctor
) -> None:
    row = extra_row(doctor, **CLASHING_EXTRA)
    data = page_of(doctor, extra_hours=[row]) | {"working_hours-0-DELETE": "on"}
    assert desk.post(change_url(doctor), data).status_code == 302
    assert [str(row) for row in doctor.working_hours.order_by("opens")] == [
        "2026-03-09 12:00-13:30",
        "Monday 14:00-17:00",
    ]


def test_extra_hours_at_the_same_time_as_each_other_are_not_added(
    desk: Client, doctor: Doctor
) -> None:
    rows = [extra_row(doctor), extra_row(doctor, opens="19:59", closes="21:00")]
    response = desk.post(change_url(doctor), page_of(doctor, extra_hours=rows))
    assert errors_of(response) == [CLASH.format("2026-03-04 18:00-20:00", "2026-03-04 19:59-21:00")]


def test_added_doctor_has_no_clashing_hours_either(desk: Client) -> None:
    place = cast.make_location().pk
    extra = {"date": "2026-03-09", "opens": "12:00", "closes": "14:00", "location": place}
    data = page_of(None, working_hours=[hours_row(location=place)], extra_hours=[extra])
    response = desk.post(add_url(Doctor), data)
    assert errors_of(response) == [CLASH.format("Monday 09:00-13:00", "2026-03-09 12:00-14:00")]
    assert not Doctor.objects.exists()


def test_sunday_night_and_monday_morning_are_not_at_the_same_time(
    desk: Client, doctor: Doctor
) -> None:
    night = hours_row(
        location=doctor.places[0].pk,
        weekday=6,
        opens="20:00",
        closes="09:30",
        closes_next_day="on",
    )
    response = desk.post(change_url(doctor), page_of(doctor, working_hours=[night]))
    assert errors_of(response) == [CLASH.format("Monday 09:00-13:00", "Sunday 20:00-09:30")]


@pytest.mark.parametrize(("second", "status"), [("2026-03-09", 302), ("2026-03-16", 200)])
def test_alternating_weeks_share_a_day(
    desk: Client, doctor: Doctor, second: str, status: int
) -> None:
    rows = [
        hours_row(location=doctor.places[0].pk, weekday=1, every_weeks=2, valid_from=first)
        for first in ("2026-03-02", second)
    ]
    response = desk.post(change_url(doctor), page_of(doctor, working_hours=rows))
    assert response.status_code == status


def test_hours_added_meanwhile_are_seen(desk: Client, doctor: Doctor) -> None:
    data = page_of(doctor, extra_hours=[extra_row(doctor)])
    make_extra(doctor, date(2026, 3, 4))
    response = desk.post(change_url(doctor), data)
    assert errors_of(response) == [CLASH.format("2026-03-04 18:00-20:00", "2026-03-04 18:00-20:00")]


def test_viewer_sees_extra_hours_with_their_date(doctor: Doctor) -> None:
    make_extra(doctor, date(2026, 3, 4))
    viewer = cast.make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    assert "4 March 2026" in browser_of(viewer).get(change_url(doctor)).content.decode()


def test_visit_type_that_is_booked_is_not_deleted(
    desk: Client, doctor: Doctor, person: User
) -> None:
    cast.make_appointment(doctor, person, cast.at(3, 9))
    data = page_of(doctor) | {"visit_types-0-DELETE": "on"}
    [error] = errors_of(desk.post(change_url(doctor), data))
    assert "Deleting visit type Consultation would require deleting" in error
    assert doctor.visit_types.count() == 1


# Time off, on the wall clock


def off_data(**fields: Any) -> dict[str, Any]:
    return {"start": "2026-03-09T09:00", "end": "2026-03-11T00:00", "reason": "Holiday"} | fields


def test_time_off_is_meant_on_the_clock_of_the_doctor(desk: Client, doctor: Doctor) -> None:
    assert desk.post(add_url(TimeOff), off_data(doctor=doctor.pk)).status_code == 302
    off = TimeOff.objects.get()
    assert (off.start, off.end) == (cast.at(9, 9), cast.at(11, 0))
    assert (off.doctor, off.location) == (doctor, None)


def test_time_off_is_meant_on_the_clock_of_the_place(desk: Client) -> None:
    london = cast.make_location("London", time_zone="Europe/London")
    data = off_data(location=london.pk, start="2026-07-01T09:00", end="2026-07-02T09:00")
    assert desk.post(add_url(TimeOff), data).status_code == 302
    assert TimeOff.objects.get().start == datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_doctor_without_hours_has_time_off_in_utc(desk: Client) -> None:
    doctor = cast.make_doctor(days=())
    assert desk.post(add_url(TimeOff), off_data(doctor=doctor.pk)).status_code == 302
    assert TimeOff.objects.get().start == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_time_off_shows_and_keeps_its_wall_clock_time(desk: Client, doctor: Doctor) -> None:
    off = make_off(doctor, start=cast.at(9, 9), reason="Holiday")
    page = desk.get(change_url(off)).content.decode()
    assert 'value="2026-03-09T09:00"' in page
    assert "As the clock shows it in Hyderabad (Asia/Kolkata)." in page
    assert "Mon 9 Mar 2026, 9:00am" in desk.get(list_url(TimeOff)).content.decode()
    assert desk.post(change_url(off), off_data(doctor=doctor.pk)).status_code == 302
    off.refresh_from_db()
    assert (off.start, off.end) == (cast.at(9, 9), cast.at(11, 0))


def test_time_off_is_added_on_the_page_of_the_doctor(desk: Client, doctor: Doctor) -> None:
    make_off(doctor)
    page = desk.get(change_url(doctor)).content.decode()
    assert 'value="2026-03-09T00:00"' in page
    row = off_data(start="2026-03-16T09:00", end="2026-03-16T10:00")
    data = page_of(doctor, time_off=[row])
    assert desk.post(change_url(doctor), data).status_code == 302
    assert list(doctor.time_off.values_list("start", "end")) == [
        (cast.at(9, 0), cast.at(11, 0)),
        (cast.at(16, 9), cast.at(16, 10)),
    ]


def test_viewer_sees_time_off_on_the_wall_clock(doctor: Doctor) -> None:
    off = make_off(doctor)
    viewer = cast.make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = browser_of(viewer)
    for url in (change_url(off), change_url(doctor)):
        assert "Mon 9 Mar 2026, midnight" in client.get(url).content.decode()


ONE = "Choose a doctor or a place, one of the two."
ORDER = "The time off must end after it begins."
OVER = "This time off would be over already. Enter an end that is still to come."
YEAR = "Enter a year from 2000 to 2199."


WRONG_TIMES: list[tuple[dict[str, str], str]] = [
    ({"end": "2026-03-09T09:00"}, ORDER),
    ({"end": "2026-03-08T09:00"}, ORDER),
    ({"start": "banana"}, "Enter a valid date/time."),
    ({"start": ""}, "This field is required."),
    ({"start": "0001-01-01T00:00"}, YEAR),
    ({"end": "9999-12-31T23:59"}, YEAR),
    ({"start": "2026-03-01T09:00", "end": "2026-03-02T08:30"}, OVER),
]


def test_wrong_time_off_is_not_added(desk: Client, doctor: Doctor) -> None:
    place = doctor.places[0].pk
    wrong = [(row | {"doctor": doctor.pk}, error) for row, error in WRONG_TIMES]
    wrong += [({}, ONE), ({"doctor": doctor.pk, "location": place}, ONE)]
    for row, error in wrong:
        assert errors_of(desk.post(add_url(TimeOff), off_data(**row))) == [error]
    data = page_of(doctor, time_off=[off_data(**row) for row, _ in WRONG_TIMES])
    assert errors_of(desk.post(change_url(doctor), data)) == [error for _, error in WRONG_TIMES]
    assert not TimeOff.objects.exists()


def test_time_off_that_goes_on_is_added(desk: Client, doctor: Doctor) -> None:
    data = off_data(doctor=doctor.pk, start="2026-02-01T09:00", end="2026-03-02T08:31")
    assert desk.post(add_url(TimeOff), data).status_code == 302


def test_time_off_that_is_over_keeps_its_times(desk: Client, doctor: Doctor) -> None:
    off = make_off(doctor, start=cast.at(1, 9), end=cast.at(1, 12))
    times = {"start": "2026-03-01T09:00", "end": "2026-03-01T12:00", "doctor": doctor.pk}
    said = off_data(**times, reason="Other words")
    assert desk.post(change_url(off), said).status_code == 302
    off.refresh_from_db()
    assert off.reason == "Other words"
    earlier = said | {"start": "2026-03-01T08:00"}
    assert errors_of(desk.post(change_url(off), earlier)) == [OVER]


def test_key_that_no_column_can_hold_is_a_bad_request(desk: Client, doctor: Doctor) -> None:
    assert desk.post(add_url(TimeOff), off_data(doctor=10**30)).status_code in (200, 400)
    data = {"action": "approve", "_selected_action": [10**30]}
    assert desk.post(list_url(Doctor), data).status_code in (302, 400)
    assert desk.get(list_url(Doctor), {"specialty__id__in": 10**30}).status_code in (200, 302, 400)
    assert not TimeOff.objects.exists()


def test_skipped_hour_is_refused_by_name(desk: Client) -> None:
    london = cast.make_location("London", time_zone="Europe/London")
    data = off_data(location=london.pk, start="2026-03-29T01:30", end="2026-03-30T00:00")
    [error] = errors_of(desk.post(add_url(TimeOff), data))
    assert "it may be ambiguous or it may not exist" in error


# Places


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "IST", ""])
def test_place_needs_a_zone_that_there_is(desk: Client, zone: str) -> None:
    data = {"name": "Clinic", "city": "Guntur", "time_zone": zone}
    found = errors_of(desk.post(add_url(Location), data))
    unknown = "Write a time zone as in the IANA list, such as Asia/Kolkata."
    assert found == [unknown if zone else "This field is required."]
    assert not Location.objects.exists()


def test_zone_that_puts_a_doctor_at_two_places_at_once_is_refused(
    desk: Client, doctor: Doctor
) -> None:
    here = doctor.places[0]
    there = cast.make_location("Guntur", time_zone="Asia/Tokyo")  # three and a half hours ahead
    doctor.working_hours.all().delete()
    doctor.working_hours.create(location=here, weekday=0, opens=time(9), closes=time(11))
    doctor.working_hours.create(location=there, weekday=0, opens=time(9), closes=time(11))
    data = {"name": there.name, "city": "Guntur", "time_zone": "Asia/Kolkata"}
    [error] = errors_of(desk.post(change_url(there), data))
    assert error == (
        "By this clock Dr. Smith would be at two places: "
        f"Monday 09:00-11:00 ({here}) and Monday 09:00-11:00 ({there})."
    )
    there.refresh_from_db()
    assert there.time_zone == "Asia/Tokyo"
    data["time_zone"] = "Asia/Seoul"
    assert desk.post(change_url(there), data).status_code == 302


@pytest.mark.parametrize("calendar", ["XX", "IN-XX", "in", "India", "../etc"])
def test_place_needs_a_holiday_calendar_that_there_is(desk: Client, calendar: str) -> None:
    data = {"name": "Clinic", "city": "Guntur", "time_zone": "Asia/Kolkata"}
    response = desk.post(add_url(Location), data | {"holiday_calendar": calendar})
    assert errors_of(response) == [
        "Write a country or a region as in ISO 3166, such as IN, IN-TS or GB-SCT."
    ]
    assert not Location.objects.exists()


def test_place_has_the_public_holidays_of_its_region(desk: Client) -> None:
    data = {"name": "Clinic", "city": "Guntur", "time_zone": "Asia/Kolkata"}
    assert desk.post(add_url(Location), data | {"holiday_calendar": "IN-AP"}).status_code == 302
    assert Location.objects.get().holiday_calendar == "IN-AP"
