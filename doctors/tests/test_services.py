"""What can happen to a doctor, and to their schedule (as asked by programs: test_api_schedule)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from docspot.tests import cast
from doctors import services
from doctors.exceptions import NotReadyForPatients
from doctors.models import Doctor

pytestmark = pytest.mark.django_db
NIGHT = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)


def test_register_makes_a_doctor_who_waits_for_approval() -> None:
    user = cast.make_user("kumar@example.com")
    services.register(user=user, name="Dr. Kumar")
    doctor = Doctor.objects.get()
    assert (doctor.user, doctor.name, doctor.slug) == (user, "Dr. Kumar", "dr-kumar")
    assert (doctor.status, doctor.specialty) == (Doctor.Status.PENDING, None)


def test_register_without_a_login() -> None:
    assert services.register(user=None, name="Dr. Kumar").user is None


def test_register_shows_the_doctor_to_no_patient() -> None:
    services.register(user=None, name="Dr. Kumar")
    assert list(Doctor.objects.bookable()) == []


def test_register_gives_namesakes_addresses_of_their_own() -> None:
    slugs = [services.register(user=None, name="Dr. Kumar").slug for _ in range(3)]
    assert slugs == ["dr-kumar", "dr-kumar-2", "dr-kumar-3"]


def test_register_takes_a_login_once() -> None:
    user = cast.make_user()
    services.register(user=user, name="Dr. Kumar")
    with pytest.raises(IntegrityError), transaction.atomic():
        services.register(user=user, name="Dr. Kumar")


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


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_approve_shows_the_doctor_to_patients(status: Doctor.Status) -> None:
    doctor = cast.make_doctor(status=status)
    approved = services.approve(doctor=doctor)
    assert approved.status == Doctor.Status.APPROVED
    assert list(Doctor.objects.bookable()) == [doctor]


def test_approve_needs_a_specialty() -> None:
    doctor = services.register(user=None, name="Dr. Kumar")
    with pytest.raises(NotReadyForPatients) as refusal:
        services.approve(doctor=doctor)
    assert str(refusal.value) == "Give the doctor a specialty first; then approve them."
    doctor.refresh_from_db()
    assert doctor.status == Doctor.Status.PENDING


def test_approve_looks_at_the_doctor_as_they_are_now() -> None:
    doctor = cast.make_doctor(status=Doctor.Status.PENDING)
    Doctor.objects.update(specialty=None, name="Dr. Renamed")
    with pytest.raises(NotReadyForPatients):
        services.approve(doctor=doctor)


def test_suspend_hides_the_doctor_and_keeps_the_rest() -> None:
    doctor = cast.make_doctor()
    Doctor.objects.update(name="Dr. Renamed")  # by somebody else, meanwhile
    suspended = services.suspend(doctor=doctor)
    assert (suspended.status, suspended.name) == (Doctor.Status.SUSPENDED, "Dr. Renamed")
    assert list(Doctor.objects.bookable()) == []
    assert Doctor.objects.get().name == "Dr. Renamed"


def test_suspend_leaves_booked_visits_booked() -> None:
    doctor, person = cast.make_doctor(), cast.make_person()
    appointment = cast.make_appointment(doctor, person, cast.at(2, 9))
    services.suspend(doctor=doctor)
    appointment.refresh_from_db()
    assert appointment.status == "confirmed"


# When they work


def a_window(**fields: Any) -> dict[str, Any]:
    usual = {"weekday": 1, "opens": time(9), "closes": time(13), "location": cast.make_location()}
    return usual | fields


def refused(**arguments: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        services.set_working_hours(**arguments)
    return refusal.value.message_dict


def test_set_working_hours_replaces_all_in_the_order_of_the_week(doctor: Doctor) -> None:
    extra = a_window(weekday=2, valid_from=date(2026, 3, 4), valid_until=date(2026, 3, 4))
    rows = services.set_working_hours(doctor=doctor, hours=[extra, a_window()])
    assert [str(row) for row in rows] == ["Tuesday 09:00-13:00", "2026-03-04 09:00-13:00"]
    assert doctor.working_hours.count() == 2


def test_set_working_hours_tells_all_that_is_wrong_and_changes_nothing(doctor: Doctor) -> None:
    before = list(doctor.working_hours.values())
    hours = [a_window(every_weeks=0), a_window(), a_window(closes=time(8)), a_window(weekday=9)]
    assert refused(doctor=doctor, hours=hours) == {
        "hours.0.every_weeks": ["Ensure this value is greater than or equal to 1."],
        "hours.2": [NIGHT],
        "hours.3.weekday": ["Value 9 is not a valid choice."],
    }
    assert list(doctor.working_hours.values()) == before


def test_set_working_hours_refuses_hours_at_the_same_time(doctor: Doctor) -> None:
    both = "Tuesday 09:00-13:00 and Tuesday 12:00-14:00"
    hours = [a_window(), a_window(opens=time(12), closes=time(14))]
    assert refused(doctor=doctor, hours=hours) == {
        "hours": [f"{both} are at the same time. Change one of them."]
    }


def test_add_time_off_may_have_begun_but_not_have_ended(doctor: Doctor) -> None:
    times = {"start": cast.at(1, 9), "end": cast.at(2, 9)}
    services.add_time_off(doctor=doctor, now=cast.at(2, 8, 59), **times)
    with pytest.raises(ValidationError) as refusal:
        services.add_time_off(doctor=doctor, now=cast.at(2, 9), **times)
    assert refusal.value.message_dict == {
        "end": ["This time off would be over already. Enter an end that is still to come."]
    }
    assert doctor.time_off.count() == 1


def test_change_visit_type_leaves_what_is_not_named(doctor: Doctor) -> None:
    kind = doctor.visit_types.get()
    doctor.visit_types.update(buffer_minutes=10)  # by somebody else, meanwhile
    changed = services.change_visit_type(visit_type=kind, duration_minutes=45)
    assert (changed.duration_minutes, changed.buffer_minutes) == (45, 10)
    assert list(doctor.visit_types.values_list("duration_minutes", "buffer_minutes")) == [(45, 10)]
