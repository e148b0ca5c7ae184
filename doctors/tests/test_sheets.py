"""Doctors, working hours and time off, out to CSV files and in again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from docspot.tests.cast import HOURS, at, make_doctor, make_location, make_specialty, make_user
from docspot.tests.desk import (
    choose_file,
    confirm_file,
    counts_of,
    export,
    import_file,
    list_url,
    page_url,
    refusals_of,
)
from docspot.tests.fixtures import browser_of
from doctors import rules
from doctors.forms import place_of
from doctors.models import Doctor, Language, Location, TimeOff, WorkingHours
from doctors.sheets import services
from doctors.sheets.owners import zones_of_doctors
from doctors.sheets.time_off import moment, say_moment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DOCTORS = "address,name,specialty,languages,about,confirmation,step_minutes,visits_a_day\n"
WEEK = "doctor,weekday,opens,closes,ends_next_day,place,every_weeks,first_day,last_day\n"
OFF = "doctor,place,from,until,reason\n"
PLACE = '"City Heart Clinic, Hyderabad"'
NO_DOCTOR = "There is no doctor with this address. It stands in the exported file of doctors."
NO_PLACE = "There is no place of this name. Write it as the list of places does, with its town."


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


@pytest.fixture
def smith() -> Doctor:
    """Dr. Smith, who works on Mondays."""
    return make_doctor("Dr. Smith", days=(0,))


def told(doctor: Doctor) -> tuple[Any, ...]:
    doctor = Doctor.objects.get(pk=doctor.pk)
    return (
        doctor.slug,
        doctor.name,
        doctor.specialty and doctor.specialty.name,
        [language.name for language in doctor.languages.all()],
        doctor.bio,
        doctor.confirms_bookings,
        doctor.step_minutes,
        doctor.max_visits_per_day,
        doctor.status,
    )


def week_of(doctor: Doctor) -> list[str]:
    rows = doctor.working_hours.order_by("weekday", "opens", "valid_from")
    return [f"{row} {row.location.city}" for row in rows.select_related("location")]


# All of them


@pytest.mark.parametrize("model", [Doctor, WorkingHours, TimeOff])
def test_exported_file_changes_nothing(desk: Client, smith: Doctor, model: Any) -> None:
    smith.bio = "=1+1\r\nSees, children; and “others”.\r\n"
    smith.step_minutes, smith.max_visits_per_day = 15, 8
    smith.confirms_bookings = Doctor.Confirmation.ON_APPROVAL
    smith.save()
    other = make_doctor("Dr. Ámir", languages=("English", "Telugu"), days=range(5), slug="amir")
    place = make_location("London", name="-Clinic", time_zone="Europe/London")
    twin = Location.objects.create(name="-Clinic", city="London", time_zone="Europe/London")
    Doctor.objects.create(name="Dr. New", slug="dr-new")
    for city in (place, twin):
        other.working_hours.create(
            location=city,
            weekday=city.pk % 2 + 5,
            opens=time(22),
            closes=time(0),
            closes_next_day=True,
        )
    smith.working_hours.create(
        location=place,
        weekday=2,
        opens=time(9, 0, 30),
        closes=time(10),
        every_weeks=2,
        valid_from=date(2026, 3, 4),
    )
    day = {"valid_from": date(2026, 3, 6), "valid_until": date(2026, 3, 6), "weekday": 4}
    smith.working_hours.create(location=twin, opens=time(9), closes=time(10), **day)
    # The clock in London shows 1:30 twice on that night; the first of these is over.
    for start, end in (
        (datetime(2020, 10, 25, 0, 30, tzinfo=UTC), datetime(2020, 10, 25, 1, 30, tzinfo=UTC)),
        (at(9, 0), at(10, 0)),
    ):
        TimeOff.objects.create(location=place, start=start, end=end, reason="+holiday")
        TimeOff.objects.create(location=twin, start=start, end=end)
        TimeOff.objects.create(doctor=smith, start=start, end=end)
    page = choose_file(desk, model, export(desk, model))
    assert (page.status_code, counts_of(page)) == (200, (0, 0, 0, model.objects.count()))


@pytest.mark.parametrize(("model", "queries"), [(Doctor, 11), (WorkingHours, 11), (TimeOff, 14)])
def test_export_asks_the_same_for_one_and_three_rows(
    desk: Client, model: Any, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def make(number: int) -> None:
        doctor = make_doctor(
            f"Dr. {number}",
            location=make_location(f"Town {number}"),
            specialty=make_specialty(f"Field {number}"),
            languages=(),
            days=(0,),
            hours=HOURS[:1],
        )
        doctor.languages.add(Language.objects.create(code=f"l{number}", name=f"L{number}"))
        TimeOff.objects.create(doctor=doctor, start=at(9, 0), end=at(10, 0))
        TimeOff.objects.create(location=doctor.places[0], start=at(9, 0), end=at(10, 0))

    make(1)
    export(desk, model)
    with django_assert_num_queries(queries):
        assert export(desk, model).count("\r\n") == 1 + model.objects.count()
    make(2)
    make(3)
    with django_assert_num_queries(queries):
        assert export(desk, model).count("\r\n") == 1 + model.objects.count()


@pytest.mark.parametrize(
    ("model", "needed"),
    [
        (Doctor, ("add", "change")),
        (WorkingHours, ("add", "change", "delete")),
        (TimeOff, ("add", "change")),
    ],
)
def test_import_is_for_those_who_may(model: Any, needed: tuple[str, ...]) -> None:
    name = model._meta.model_name
    for given in (needed[1:], needed[:-1], needed):
        codenames = [f"{act}_{name}" for act in given]
        user = make_user(is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        answer = browser_of(user).get(page_url(model, "import")).status_code
        assert (given, answer) == (given, 200 if given == needed else 403)


@pytest.mark.parametrize("model", [Doctor, WorkingHours, TimeOff])
def test_list_offers_both_ways(desk: Client, smith: Doctor, model: Any) -> None:
    page = desk.get(list_url(model) + "?q=smith").content.decode()
    assert f'{page_url(model, "export")}?q=smith"' in page
    assert f'{page_url(model, "import")}"' in page


# Doctors


def test_doctor_is_added_and_waits_for_approval(desk: Client, smith: Doctor) -> None:
    Language.objects.create(code="te", name="Telugu")
    data = (
        DOCTORS
        + 'dr-new,Dr. New,cardiology,"Telugu, en",A word,on_approval,15,8\n'
        + ",Dr. Smith,,,,,,\n"
    )
    page = choose_file(desk, Doctor, data)
    assert page.context["remarks"] == [
        "Line 3: a doctor with the name Dr. Smith is there already (dr-smith)."
    ]
    assert confirm_file(desk, Doctor, page).status_code == 302
    new, second = Doctor.objects.exclude(pk=smith.pk).order_by("name")
    assert told(new) == (
        "dr-new",
        "Dr. New",
        "Cardiology",
        ["English", "Telugu"],
        "A word",
        "on_approval",
        15,
        8,
        "pending",
    )
    assert told(second) == (
        "dr-smith-2",
        "Dr. Smith",
        None,
        [],
        "",
        "automatic",
        None,
        None,
        "pending",
    )
    assert (new.user, LogEntry.objects.count()) == (None, 2)


def test_address_that_is_given_comes_before_one_made_from_a_name(desk: Client) -> None:
    data = DOCTORS + ",Dr. Smith,,,,,,\ndr-smith,Dr. Other,,,,,,\n"
    assert import_file(desk, Doctor, data) == "list.csv: 2 added."
    assert list(Doctor.objects.order_by("name").values_list("name", "slug")) == [
        ("Dr. Other", "dr-smith"),
        ("Dr. Smith", "dr-smith-2"),
    ]


def test_doctor_is_changed_and_stays_approved(desk: Client, smith: Doctor) -> None:
    page = choose_file(desk, Doctor, DOCTORS + "dr-smith,Dr. A. Smith,Cardiology,,,,,\n")
    assert page.context["changes"] == [
        {"line": 2, "name": "Dr. A. Smith", "what": "name, languages"}
    ]
    confirm_file(desk, Doctor, page)
    assert told(smith) == (
        "dr-smith",
        "Dr. A. Smith",
        "Cardiology",
        [],
        "",
        "automatic",
        None,
        None,
        "approved",
    )


@pytest.mark.parametrize(
    ("line", "refusals"),
    [
        (
            "Dr Smith!,Dr. X,,,,,,",
            [
                (
                    "address",
                    "Write letters without accents, digits and hyphens.",
                )
            ],
        ),
        ("x,,Cardiology,,,,,", [("name", "Write the name, with title.")]),
        (
            "x,Dr. X,Alchemy,,,,,",
            [("specialty", "There is no specialty of this name. Add it first, or choose another.")],
        ),
        ("dr-smith,Dr. X,,,,,,", [("specialty", "An approved doctor needs a specialty.")]),
        (
            'x,Dr. X,,"English, Elvish",,,,',
            [("languages", "Not in the list of languages: Elvish. Add them first.")],
        ),
        ("x,Dr. X,,,,soon,,", [("confirmation", "Write one of: automatic, on_approval.")]),
        ("x,Dr. X,,,,,4,", [("step_minutes", "Enter 5 minutes or more.")]),
        ("x,Dr. X,,,,,99999,", [("step_minutes", "Write a smaller number.")]),
        ("x,Dr. X,,,,,,0", [("visits_a_day", "Enter 1 or more, or leave this empty.")]),
        ("x,Dr. X,,,,,,-1", [("visits_a_day", "Write a whole number.")]),
    ],
)
def test_doctor_is_refused(
    desk: Client, smith: Doctor, line: str, refusals: list[tuple[str, str]]
) -> None:
    page = choose_file(desk, Doctor, f"{DOCTORS}{line}\n")
    assert refusals_of(page) == [(2, *refusal) for refusal in refusals]
    assert Doctor.objects.get() == smith


def test_doctors_about_the_same_are_refused(desk: Client, smith: Doctor) -> None:
    data = DOCTORS + "x,Dr. X,,,,,,\n,Dr. Y,,,,,,\nx,Dr. Z,,,,,,\n,Dr. Y,,,,,,\n"
    text = "Line {} is about the same. Remove one of the two."
    assert refusals_of(choose_file(desk, Doctor, data)) == [
        (4, "address", text.format(2)),
        (5, "name", text.format(3)),
    ]


@pytest.mark.parametrize("column", ["status", "user", "is_staff"])
def test_nobody_is_granted_anything(desk: Client, column: str) -> None:
    page = choose_file(desk, Doctor, f"{DOCTORS.strip()},{column}\nx,Dr. X,,,,,,,approved\n")
    assert page.status_code == 400
    assert page.context["error"].endswith(f"Not known here: {column}.")


def test_address_taken_meanwhile_imports_nothing(desk: Client) -> None:
    make_specialty()
    page = choose_file(desk, Doctor, DOCTORS + "dr-new,Dr. New,,,,,,\n,Dr. Other,,,,,,\n")
    make_doctor("Dr. Quick", slug="dr-new")
    page = confirm_file(desk, Doctor, page)
    assert (page.status_code, counts_of(page)) == (409, (1, 0, 0, 0))
    assert [doctor.name for doctor in Doctor.objects.all()] == ["Dr. Quick"]


def test_adding_an_address_that_is_taken_changes_nothing(smith: Doctor) -> None:
    """As when somebody takes it after the last look: the import answers with the file again."""
    details = {"name": "Dr. New", "slug": "dr-smith", "languages": []}
    with pytest.raises(IntegrityError), transaction.atomic():
        services.add_doctors(details=[details])
    assert Doctor.objects.get() == smith


# Working hours


def test_hours_in_the_file_replace_all_of_the_doctor(desk: Client, smith: Doctor) -> None:
    other = make_doctor("Dr. Priya", days=(1,))
    data = (
        WEEK
        + f"dr-smith,Monday,9:00,13:00,,{PLACE},,,\n"
        + f"dr-smith,tue,2:00 PM,00:00,no,{PLACE.lower()},2,2026-03-03,\n"
        + f"dr-smith,Fri,18:00:00,20:00,,{PLACE},1,6/3/2026,6/3/2026\n"
    )
    page = choose_file(desk, WorkingHours, data)
    assert counts_of(page) == (2, 0, 1, 1)
    assert page.context["remarks"] == ["Dr. Smith: 2 lines of hours now, 3 after."]
    assert confirm_file(desk, WorkingHours, page).status_code == 302
    assert week_of(smith) == [
        "Monday 09:00-13:00 Hyderabad",
        "Tuesday 14:00-00:00 Hyderabad",
        "2026-03-06 18:00-20:00 Hyderabad",
    ]
    assert week_of(other) == ["Tuesday 09:00-13:00 Hyderabad", "Tuesday 14:00-17:00 Hyderabad"]
    assert [entry.get_edited_object() for entry in LogEntry.objects.all()] == [smith]


def test_hours_with_semicolons_are_read(desk: Client, smith: Doctor) -> None:
    data = WEEK.replace(",", ";") + "dr-smith;Monday;8:00;9:00;;City Heart Clinic, Hyderabad;;;\n"
    assert import_file(desk, WorkingHours, data) == "list.csv: 1 added, 2 removed."
    assert week_of(smith) == ["Monday 08:00-09:00 Hyderabad"]


@pytest.mark.parametrize(
    ("line", "refusals"),
    [
        (
            f"dr-smith,Monday,25:00,13:00,,{PLACE},,,",
            [("opens", "Write a time of day like 09:30; midnight is 00:00.")],
        ),
        (
            f"dr-smith,Moonday,09:00,24:00,,{PLACE},,,",
            [
                ("weekday", "Write a day of the week, from Monday to Sunday."),
                ("closes", "Write a time of day like 09:30; midnight is 00:00."),
            ],
        ),
        (
            f"dr-smith,Monday,13:00,09:00,,{PLACE},,,",
            [
                (
                    "closes",
                    "The hours must end after they begin, and last a day at most. For hours across "
                    "midnight, write yes under ends_next_day.",
                )
            ],
        ),
        (f"dr-smith,Monday,09:00,13:00,maybe,{PLACE},,,", [("ends_next_day", "Write yes or no.")]),
        (
            f"dr-smith,Monday,09:00,13:00,,{PLACE},2,,",
            [("", "Enter the first day: the weeks are counted from it.")],
        ),
        (
            f"dr-smith,Monday,09:00,13:00,,{PLACE},9,2026-03-02,",
            [("every_weeks", "Ensure this value is less than or equal to 8.")],
        ),
        (
            f"dr-smith,Monday,09:00,13:00,,{PLACE},,2026-02-30,",
            [("first_day", "Write a date like 2026-03-31 or 31/3/2026.")],
        ),
        (
            f"dr-smith,Monday,09:00,13:00,,{PLACE},,2026-03-09,2026-03-02",
            [("", "The last day must not be before the first.")],
        ),
        (
            f"dr-smith,Monday,09:00,13:00,,{PLACE},,2026-03-03,2026-03-03",
            [("", "There is no such weekday between the two dates. Change the day or the dates.")],
        ),
        ("dr-nobody,Monday,09:00,13:00,,Atlantis,,,", [("doctor", NO_DOCTOR), ("place", NO_PLACE)]),
        (
            ",,,,,,,x,",
            [
                ("doctor", "Write the address of the doctor."),
                ("weekday", "Write the day of the week."),
                ("opens", "Write when the hours begin."),
                ("closes", "Write when the hours end."),
                ("place", "Write the place."),
                ("first_day", "Write a date like 2026-03-31 or 31/3/2026."),
            ],
        ),
    ],
)
def test_hours_are_refused(
    desk: Client, smith: Doctor, line: str, refusals: list[tuple[str, str]]
) -> None:
    before = week_of(smith)
    data = f"{WEEK}{line}\ndr-smith,Sunday,09:00,13:00,,{PLACE},,,\n"
    page = choose_file(desk, WorkingHours, data)
    assert refusals_of(page) == [(2, *refusal) for refusal in refusals]
    assert week_of(smith) == before


def test_hours_at_the_same_time_are_refused(desk: Client, smith: Doctor) -> None:
    london = make_location("London", name="Clinic", time_zone="Europe/London")
    data = (
        WEEK
        + f"dr-smith,Monday,09:00,13:00,,{PLACE},,,\n"
        + f"dr-smith,Monday,12:59,14:00,,{PLACE},,,\n"
        + f'dr-smith,Monday,04:00,05:00,,"{london}",,,\n'
        + f"dr-smith,Monday,14:00,15:00,,{PLACE},,,\n"
    )
    text = "At the same time as line {}. Change one of them."
    assert refusals_of(choose_file(desk, WorkingHours, data)) == [
        (3, "opens", text.format(2)),
        (4, "opens", text.format(2)),
    ]


def test_more_hours_than_a_doctor_can_have_are_refused(desk: Client, smith: Doctor) -> None:
    data = WEEK + f"dr-smith,Monday,09:00,13:00,,{PLACE},,,\n" * 201
    assert refusals_of(choose_file(desk, WorkingHours, data)) == [
        (202, "doctor", "A doctor can have 200 lines at most.")
    ]


def test_place_of_a_common_name_is_told_by_its_number(desk: Client, smith: Doctor) -> None:
    twin = Location.objects.create(
        name="City Heart Clinic", city="Hyderabad", time_zone="Asia/Kolkata"
    )
    line = "dr-smith,Monday,09:00,13:00,,{},,,\n"
    page = choose_file(desk, WorkingHours, WEEK + line.format(PLACE))
    assert refusals_of(page) == [(2, "place", NO_PLACE)]
    named = f'"City Heart Clinic, Hyderabad #{twin.pk}"'
    import_file(desk, WorkingHours, WEEK + line.format(named))
    assert [row.location for row in smith.working_hours.all()] == [twin]


def test_hours_changed_meanwhile_are_shown_again(desk: Client, smith: Doctor) -> None:
    data = WEEK + f"dr-smith,Monday,09:00,13:00,,{PLACE},,,\n"
    page = choose_file(desk, WorkingHours, data)
    assert counts_of(page) == (0, 0, 1, 1)
    smith.working_hours.filter(opens=time(14)).update(closes=time(18))
    assert confirm_file(desk, WorkingHours, page).status_code == 409
    assert week_of(smith) == ["Monday 09:00-13:00 Hyderabad", "Monday 14:00-18:00 Hyderabad"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"closes": time(9)},
        {"closes": time(8)},
        {"closes": time(8), "closes_next_day": True},
        {"closes": time(9), "closes_next_day": True},
        {"closes": time(10), "closes_next_day": True},
        {"weekday": 7},
        {"valid_from": date(2026, 3, 9), "valid_until": date(2026, 3, 2)},
        {"valid_from": date(2026, 3, 2), "valid_until": date(2026, 3, 2)},
        {"valid_until": date(2026, 3, 2)},
        {"every_weeks": 2},
        {"every_weeks": 2, "valid_from": date(2026, 3, 2)},
        {"every_weeks": 9, "valid_from": date(2026, 3, 2)},
    ],
)
def test_rule_for_one_row_is_that_of_the_database(smith: Doctor, changes: dict[str, Any]) -> None:
    """What check_hours() finds out by itself, and what the model's constraints say."""
    hours = {"weekday": 0, "opens": time(9), "closes": time(13), "location": smith.places[0]}
    row = WorkingHours(doctor=smith, **(hours | changes))

    def wrong(check: Any) -> dict[str, list[str]]:
        try:
            check()
        except ValidationError as error:
            return error.message_dict
        return {}

    asked = wrong(lambda: row.full_clean(exclude=["doctor", "location"]))
    assert wrong(lambda: rules.check_hours(row)) == asked


# Time off


def test_time_off_of_doctors_and_places_is_added(desk: Client, smith: Doctor) -> None:
    london = make_location("London", name="Clinic", time_zone="Europe/London")
    page = choose_file(
        desk,
        TimeOff,
        f"{OFF}dr-smith,,2026-03-09 00:00,10/03/2026 12:30,Course\n"
        f',"{london}",2026-06-01T00:00,2026-06-02 00:00,\n',
    )
    assert counts_of(page) == (2, 0, 0, 0)
    assert confirm_file(desk, TimeOff, page).status_code == 302
    assert list(TimeOff.objects.values_list("doctor", "location", "start", "end", "reason")) == [
        (smith.pk, None, at(9, 0), at(10, 12, 30), "Course"),
        (
            None,
            london.pk,
            datetime(2026, 5, 31, 23, tzinfo=UTC),
            datetime(2026, 6, 1, 23, tzinfo=UTC),
            "",
        ),
    ]
    assert LogEntry.objects.count() == 2


def test_time_off_that_is_known_gets_another_reason(desk: Client, smith: Doctor) -> None:
    past = TimeOff.objects.create(doctor=smith, start=at(1, 0), end=at(2, 0), reason="Ill")
    data = OFF + "dr-smith,,2026-03-01 00:00,2026-03-02 00:00,Course\n"
    assert import_file(desk, TimeOff, data) == "list.csv: 1 changed."
    assert TimeOff.objects.get() == past
    past.refresh_from_db()
    assert (past.start, past.end, past.reason) == (at(1, 0), at(2, 0), "Course")


@pytest.mark.parametrize(
    ("line", "refusals"),
    [
        (
            ",,2026-03-09 00:00,2026-03-10 00:00,",
            [("doctor", "Write a doctor or a place, one of the two.")],
        ),
        (
            f"dr-smith,{PLACE},2026-03-09 00:00,2026-03-10 00:00,",
            [("doctor", "Write a doctor or a place, one of the two.")],
        ),
        ("dr-nobody,,2026-03-09 00:00,2026-03-10 00:00,", [("doctor", NO_DOCTOR)]),
        (",Atlantis,2026-03-09 00:00,2026-03-10 00:00,", [("place", NO_PLACE)]),
        (
            "dr-smith,,2026-03-09 25:00,tomorrow,",
            [
                ("from", "Write a date and a time like 2026-12-24 09:00."),
                ("until", "Write a date and a time like 2026-12-24 09:00."),
            ],
        ),
        (
            "dr-smith,,2026-03-10 00:00,2026-03-10 00:00,",
            [("until", "The time off must end after it begins.")],
        ),
        (
            "dr-smith,,2026-02-10 00:00,2026-02-11 00:00,",
            [("until", "This time off would be over already. Enter an end that is still to come.")],
        ),
        (
            "dr-smith,,1999-01-01 00:00,2201-01-01 00:00,",
            [
                ("from", "Enter a year from 2000 to 2199."),
                ("until", "Enter a year from 2000 to 2199."),
            ],
        ),
        (
            f"dr-smith,,2026-03-09 00:00,2026-03-10 00:00,{'x' * 201}",
            [("reason", "Ensure this value has at most 200 characters (it has 201).")],
        ),
        (
            ',"Clinic, London",2026-03-29 01:30,2026-10-25 01:30,',
            [
                ("from", "The clock shows this time never or twice on that day. Write another."),
                ("until", "The clock shows this time never or twice on that day. Write another."),
            ],
        ),
        ("dr-smith,,,,", [("from", "Write from when."), ("until", "Write until when.")]),
    ],
)
def test_time_off_is_refused(
    desk: Client, smith: Doctor, line: str, refusals: list[tuple[str, str]]
) -> None:
    make_location("London", name="Clinic", time_zone="Europe/London")
    page = choose_file(desk, TimeOff, f"{OFF}{line}\n")
    assert refusals_of(page) == [(2, *refusal) for refusal in refusals]
    assert TimeOff.objects.count() == 0


def test_time_off_about_the_same_is_refused(desk: Client, smith: Doctor) -> None:
    line = "dr-smith,,2026-03-09 00:00,2026-03-10 00:00,{}\n"
    page = choose_file(desk, TimeOff, OFF + line.format("A") + line.format("B"))
    assert refusals_of(page) == [(3, "from", "Line 2 is about the same. Remove one of the two.")]


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (datetime(2026, 7, 1, 8, tzinfo=UTC), "2026-07-01 09:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 01:30:00+01:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 01:30:00+00:00"),
        (datetime(2026, 1, 1, 9, 0, 7, tzinfo=UTC), "2026-01-01 09:00:07+00:00"),
    ],
)
def test_instant_comes_back(instant: datetime, written: str) -> None:
    zone = ZoneInfo("Europe/London")
    assert say_moment(instant, zone) == written
    assert moment(written, zone) == instant


def test_time_off_is_on_the_clock_of_the_forms(smith: Doctor) -> None:
    place = make_location("Aberdeen", name="A", time_zone="Europe/London")
    extra = {"valid_from": date(2026, 3, 6), "valid_until": date(2026, 3, 6), "weekday": 4}
    smith.working_hours.create(location=place, opens=time(18), closes=time(19), **extra)
    only_extra = make_doctor("Dr. Extra", days=())
    only_extra.working_hours.create(location=place, opens=time(18), closes=time(19), **extra)
    nowhere = make_doctor("Dr. Nowhere", days=())
    zones = {}
    for doctor in (smith, only_extra, nowhere):
        if first := place_of(Doctor.objects.get(pk=doctor.pk), None):
            zones[doctor.pk] = first.zone
    assert zones_of_doctors() == zones
