"""The sheet of patients. They are told apart by `id`; a line without one is somebody new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import CharField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient, User
from accounts.parts import in_parts
from accounts.sheets import cells, services
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

PHONE = ExpressionWrapper(F("phone"), output_field=CharField())  # as it is kept, not parsed
A_LOGINS_EMAIL = _(
    "This is the address of a login. Leave it empty: who has a login gets their mails by it."
)


class PatientsSheet(Sheet):
    columns = (
        Column(
            "id",
            _("The number in the exported file. Empty for somebody new."),
            "",
            cells.whole,
            empty=None,
        ),
        Column("name", _("Full name."), "Asha Rao", required=_("Write the full name.")),
        Column(
            "date_of_birth",
            _("Year, month and day, or day/month/year. May be empty."),
            "1980-03-31",
            cells.day,
            empty=None,
        ),
        Column(
            "phone",
            _("With its country code. May be empty."),
            "+91 98765 43210",
            cells.phone,
        ),
        Column(
            "email",
            _("For somebody without a login. May be empty."),
            "asha@example.com",
            str.strip,
        ),
    )
    about = (
        _("A line without an id is somebody new, and one with an id changes that patient."),
        _("To change patients, export them first. An empty cell empties what is known."),
        _("Nobody gets a login by this."),
    )

    def rows(self, found: QuerySet) -> QuerySet:
        return found.annotate(phone_text=PHONE).only("name", "date_of_birth", "email")

    def cells_of(self, row: Any) -> list[Any]:
        return [row.pk, row.name, row.date_of_birth or "", row.phone_text, row.email]

    def check(self, values: dict[str, Any]) -> None:
        fields = {name: values[name] for name in ("name", "date_of_birth", "email")}
        check_fields(Patient(**fields), {name: name for name in fields})

    def plan(self, rows: Sequence[Row], *, now: datetime, lock: bool = False) -> Plan:
        plan = Plan()
        rows, plan.refused = only_once(rows, "id", lambda row: row.values["id"])
        new, twins = only_once(
            [row for row in rows if row.values["id"] is None],
            "name",
            lambda row: tuple(row.values.values()),
        )
        plan.refused += twins
        known = _details([row.values["id"] for row in rows], lock=lock)
        for row in (*new, *(row for row in rows if row.values["id"] is not None)):
            self._plan_row(plan, row, known)
        self._refuse_emails_of_logins(plan, rows)
        return plan

    def _plan_row(self, plan: Plan, row: Row, known: dict[int, dict[str, Any]]) -> None:
        fields = dict(row.values)
        pk = fields.pop("id")
        if pk is None:
            plan.added.append(Act(row.line, fields["name"], fields))
        elif pk not in known:
            text = gettext("There is no patient with this id. Leave it empty for somebody new.")
            plan.refused.append(row.refuse("id", text))
        else:
            before = {
                name: value
                for name, value in known[pk].items()
                if (cells.line(value) if name == "name" else value) != fields[name]
            }
            if before:
                plan.changed.append(Act(row.line, fields["name"], fields, pk, before))
            else:
                plan.same += 1

    def _refuse_emails_of_logins(self, plan: Plan, rows: Sequence[Row]) -> None:
        """An address that stood with a patient before stays."""
        by_line = {row.line: row for row in rows}
        given = [*plan.added, *(act for act in plan.changed if "email" in act.before)]
        logins = _logins({act.fields["email"].lower() for act in given} - {""})
        wrong = {act.line for act in given if act.fields["email"].lower() in logins}
        plan.refused += [by_line[line].refuse("email", A_LOGINS_EMAIL) for line in sorted(wrong)]
        plan.added = [act for act in plan.added if act.line not in wrong]
        plan.changed = [act for act in plan.changed if act.line not in wrong]

    def remarks(self, plan: Plan) -> list[str]:
        there = _namesakes(plan.added)
        born = gettext("Line %(line)s: %(name)s, born on %(day)s, is there already (id %(ids)s).")
        unknown = gettext(
            "Line %(line)s: %(name)s, without a date of birth, is there already (id %(ids)s)."
        )
        remarks = []
        for act in plan.added:
            day = act.fields["date_of_birth"]
            if ids := there.get(_who(act.name, day)):
                said = {"line": act.line, "name": act.name, "ids": ", ".join(map(str, ids))}
                remarks.append(
                    (born if day else unknown) % (said | {"day": day and date_format(day)})
                )
        return remarks

    def write(self, plan: Plan, *, now: datetime) -> Written:
        return Written(
            services.add_patients(details=[act.fields for act in plan.added], now=now),
            services.change_patients(
                details={act.pk: act.fields for act in plan.changed if act.pk is not None}
            ),
        )


def _details(ids: Iterable[int | None], *, lock: bool) -> dict[int, dict[str, Any]]:
    """What is known of each of these patients."""
    found = Patient.objects.order_by("pk")
    if lock:
        found = found.select_for_update(no_key=True)
    known = {}
    for part in in_parts(id for id in ids if id is not None):
        rows = found.filter(pk__in=part).annotate(phone_text=PHONE)
        for pk, name, born, phone, email in rows.values_list(
            "pk", "name", "date_of_birth", "phone_text", "email"
        ):
            known[pk] = {"name": name, "date_of_birth": born, "phone": phone, "email": email}
    return known


def _logins(emails: Iterable[str]) -> set[str]:
    """Those of the addresses, in small letters, that are somebody's login."""
    found: set[str] = set()
    for part in in_parts(sorted(emails)):
        rows = User.objects.annotate(small=Lower("email")).filter(small__in=part)
        found.update(rows.values_list("small", flat=True))
    return found


def _who(name: str, born: Any) -> tuple[str, Any]:
    return cells.line(name).casefold(), born


def _namesakes(acts: Iterable[Act]) -> dict[tuple[str, Any], list[int]]:
    """The ids of the patients with the names and dates of birth of these, by both."""
    there: dict[tuple[str, Any], list[int]] = defaultdict(list)
    for part in in_parts(acts):
        days = {act.fields["date_of_birth"] for act in part} - {None}
        names = {act.fields["name"] for act in part if act.fields["date_of_birth"] is None}
        rows = Patient.objects.filter(
            Q(date_of_birth__in=days) | Q(date_of_birth=None, name__in=names)
        )
        for pk, name, born in rows.order_by("pk").values_list("pk", "name", "date_of_birth"):
            there[_who(name, born)].append(pk)
    return there
