"""The database forgets a doctor's next free times when anything changes them, on any path."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.db import connections

from accounts import triggers
from accounts.triggers import Trigger

PURPOSE = "appointments_next_free"
FORGET = """
UPDATE appointments_nextfreestate SET version = version + 1, good_until = 0
WHERE doctor_id {whose};
"""
ITS_DOCTOR = FORGET.format(whose="= {row}.doctor_id")
ITSELF = FORGET.format(whose="= NEW.id")
WHO_WORKS_THERE = FORGET.format(
    whose="IN (SELECT doctor_id FROM doctors_workinghours WHERE location_id = {place})"
)
EVERYONE = FORGET.format(whose="> 0")
BEGIN = """
INSERT INTO appointments_nextfreestate (doctor_id, version, known_from, good_until)
SELECT id, 0, 0, 0 FROM doctors_doctor {which};
"""
END = """
DELETE FROM appointments_nextfree WHERE doctor_id = OLD.id;
DELETE FROM appointments_nextfreestate WHERE doctor_id = OLD.id;
"""


def all_triggers() -> Iterator[Trigger]:
    on_each_write = partial(triggers.on_each_write, purpose=PURPOSE)
    yield from on_each_write(
        "appointments_appointment",
        ITS_DOCTOR,
        columns='doctor_id, visit_type_id, location_id, start, "end", status',
    )
    yield from on_each_write("doctors_workinghours", ITS_DOCTOR)
    yield from on_each_write("doctors_visittype", ITS_DOCTOR)
    at_its_place = WHO_WORKS_THERE.format(place="{row}.location_id")
    yield from on_each_write("doctors_timeoff", ITS_DOCTOR + at_its_place)
    yield from on_each_write("appointments_bookingpolicy", EVERYONE)
    there = WHO_WORKS_THERE.format(place="NEW.id")
    yield Trigger("doctors_location", "UPDATE OF time_zone", there, PURPOSE)
    begin = BEGIN.format(which="WHERE id = NEW.id")
    yield Trigger("doctors_doctor", "INSERT", begin, PURPOSE)
    watched = "status, step_minutes, max_visits_per_day"
    yield Trigger("doctors_doctor", f"UPDATE OF {watched}", ITSELF, PURPOSE)
    yield Trigger("doctors_doctor", "DELETE", END, PURPOSE, when="BEFORE")


def triggers_of_held_times() -> Iterator[Trigger]:
    """These came later, with their table."""
    yield from triggers.on_each_write("appointments_heldtime", ITS_DOCTOR, purpose=PURPOSE)


def put_up(apps: Any, schema_editor: Any) -> None:
    """Put the triggers up, in a migration, and begin with the doctors that there are."""
    triggers.put_up(all_triggers(), schema_editor.connection)
    schema_editor.execute(BEGIN.format(which=""))


def take_down(apps: Any, schema_editor: Any) -> None:
    triggers.take_down(all_triggers(), schema_editor.connection)


def put_up_for_held_times(apps: Any, schema_editor: Any) -> None:
    triggers.put_up(triggers_of_held_times(), schema_editor.connection)


def take_down_for_held_times(apps: Any, schema_editor: Any) -> None:
    triggers.take_down(triggers_of_held_times(), schema_editor.connection)


def restore(*, using: str, **kwargs: Any) -> None:
    """After migrations."""
    connection = connections[using]
    if "appointments_nextfreestate" in connection.introspection.table_names():
        triggers.put_back([*all_triggers(), *triggers_of_held_times()], connection)
