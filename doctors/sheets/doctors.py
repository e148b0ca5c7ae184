"""The sheet of doctors. They are told apart by the address of their page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.parts import in_parts
from accounts.sheets import cells
from accounts.sheets.shape import (
    Act,
    Column,
    Plan,
    Row,
    Sheet,
    Written,
    check_fields,
    only_once,
)
from doctors.models import Doctor, Language, Specialty
from doctors.sheets import services
from doctors.sheets.owners import doctors_by_slug

LARGEST = 32_767  # SQLite would keep more, PostgreSQL could not


def small(cell: str) -> int:
    number = cells.whole(cell)
    if number > LARGEST:
        raise ValidationError(_("Write a smaller number."))
    return number


def address(cell: str) -> str:
    cell = cell.strip()
    if not slug_re.fullmatch(cell):
        raise ValidationError(_("Write letters without accents, digits and hyphens."))
    return cell


def several(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in re.split("[,;\n]", cell) if name.strip())


class DoctorsSheet(Sheet):
    columns = (
        Column(
            "address",
            _("The last part of the address of their page. Empty: made from the name."),
            "dr-smith",
            address,
        ),
        Column("name", _("With title."), "Dr. Smith", required=_("Write the name, with title.")),
        Column(
            "specialty",
            _("One from the list of specialties. May be empty until the doctor is approved."),
            "Cardiology",
        ),
        Column(
            "languages",
            _("From the list of languages, with commas between them. May be empty."),
            "English, Telugu",
            several,
            empty=(),
        ),
        Column("about", _("A word about them. May be empty."), "", cells.text),
        Column(
            "confirmation",
            _("How bookings are confirmed: automatic or on_approval."),
            "automatic",
            cells.one_of(Doctor.Confirmation.values),
            empty=Doctor.Confirmation.AUTOMATIC.value,
        ),
        Column(
            "step_minutes",
            _("Minutes from one start to the next. Empty: as long as a visit."),
            "",
            small,
            empty=None,
        ),
        Column(
            "visits_a_day",
            _("At most. Empty: as many as there is time for."),
            "",
            small,
            empty=None,
        ),
    )
    about = (
        _("A line with the address of a doctor changes that doctor; any other is somebody new."),
        _("Somebody new waits for approval, and no patient sees them before."),
        _("An empty cell empties what is known. Working hours have a file of their own."),
    )

    def rows(self, found: QuerySet) -> QuerySet:
        return found.select_related("specialty").prefetch_related("languages")

    def cells_of(self, row: Any) -> list[Any]:
        return [
            row.slug,
            row.name,
            row.specialty.name if row.specialty else "",
            ", ".join(language.name for language in row.languages.all()),
            row.bio,
            row.confirms_bookings,
            row.step_minutes or "",
            row.max_visits_per_day or "",
        ]

    def check(self, values: dict[str, Any]) -> None:
        columns = {
            "name": "name",
            "bio": "about",
            "step_minutes": "step_minutes",
            "max_visits_per_day": "visits_a_day",
        }
        if values["address"]:
            columns["slug"] = "address"
        check_fields(
            Doctor(**{field: values[column] for field, column in columns.items()}), columns
        )

    def plan(self, rows: Sequence[Row], *, now: datetime, lock: bool = False) -> Plan:
        plan = Plan()
        rows, plan.refused = only_once(rows, "address", lambda row: row.values["address"] or None)
        nameless = [row for row in rows if not row.values["address"]]
        _once, twins = only_once(nameless, "name", lambda row: tuple(row.values.values()))
        plan.refused += twins
        twice = {refused.line for refused in twins}
        specialties = cells.Names([(row.name, row) for row in Specialty.objects.all()])
        languages = _languages()
        known = doctors_by_slug((row.values["address"] for row in rows), "languages", lock=lock)
        for row in rows:
            if row.line not in twice:
                self._plan_row(plan, row, specialties, languages, known)
        return plan

    def _plan_row(
        self,
        plan: Plan,
        row: Row,
        specialties: cells.Names,
        languages: cells.Names,
        known: dict[str, Doctor],
    ) -> None:
        values = row.values
        doctor = known.get(values["address"])
        specialty = specialties.find(values["specialty"])
        spoken = {name: languages.find(name) for name in values["languages"]}
        wrong = []
        if values["specialty"] and specialty is None:
            text = gettext("There is no specialty of this name. Add it first, or choose another.")
            wrong.append(row.refuse("specialty", text))
        elif specialty is None and doctor and doctor.status == Doctor.Status.APPROVED:
            text = gettext("An approved doctor needs a specialty.")
            wrong.append(row.refuse("specialty", text))
        if unknown := [name for name, language in spoken.items() if language is None]:
            text = gettext("Not in the list of languages: %(names)s. Add them first.")
            wrong.append(row.refuse("languages", text % {"names": ", ".join(unknown)}))
        if wrong:
            plan.refused += wrong
            return
        fields = {
            "name": values["name"],
            "specialty_id": specialty and specialty.pk,
            "bio": values["about"],
            "confirms_bookings": values["confirmation"],
            "step_minutes": values["step_minutes"],
            "max_visits_per_day": values["visits_a_day"],
            "languages": sorted({language.pk for language in spoken.values()}),
        }
        if doctor is None:
            fields["slug"] = values["address"]
            plan.added.append(Act(row.line, fields["name"], fields))
        elif before := _other(doctor, fields):
            plan.changed.append(Act(row.line, fields["name"], fields, doctor.pk, before))
        else:
            plan.same += 1

    def remarks(self, plan: Plan) -> list[str]:
        names = {act.name for act in plan.added}
        there: dict[str, str] = {}
        for part in in_parts(sorted(names)):
            rows = Doctor.objects.filter(name__in=part).order_by("pk")
            there.update(rows.values_list("name", "slug"))
        text = gettext(
            "Line %(line)s: a doctor with the name %(name)s is there already (%(slug)s)."
        )
        return [
            text % {"line": act.line, "name": act.name, "slug": there[act.name]}
            for act in plan.added
            if act.name in there
        ]

    def write(self, plan: Plan, *, now: datetime) -> Written:
        return Written(
            services.add_doctors(details=[act.fields for act in plan.added]),
            services.change_doctors(
                details={act.pk: act.fields for act in plan.changed if act.pk is not None}
            ),
        )


def _languages() -> cells.Names:
    """By their names and by their codes."""
    rows = list(Language.objects.all())
    return cells.Names([(row.name, row) for row in rows] + [(row.code, row) for row in rows])


def _other(doctor: Doctor, fields: dict[str, Any]) -> dict[str, Any]:
    """What the doctor has of `fields` that is not the same."""
    now = {name: getattr(doctor, name) for name in fields if name != "languages"}
    now["languages"] = sorted(language.pk for language in doctor.languages.all())
    as_read = {"name": cells.line, "bio": cells.text}
    return {
        name: value
        for name, value in now.items()
        if as_read.get(name, lambda same: same)(value) != fields[name]
    }
