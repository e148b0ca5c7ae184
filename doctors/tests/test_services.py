"""What can happen to a doctor's schedule (as asked by programs: test_api_schedule)."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from docspot.tests import cast
from doctors import services
from doctors.models import Doctor

pytestmark = pytest.mark.django_db
NIGHT = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)


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
