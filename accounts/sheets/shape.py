"""What a sheet is: its columns, how its lines are read, and the plan of what a file would do."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.parts import in_parts
from accounts.sheets import cells
from accounts.sheets.files import Line


class Column(NamedTuple):
    """`read` takes a cell that is not empty; an empty one has the value `empty`."""

    name: str
    help: Any
    example: str
    read: Callable[[str], Any] = cells.line
    empty: Any = ""
    required: Any = ""  # what is said where it is empty


class Refused(NamedTuple):
    """Why a line cannot be imported; `column` is empty where it is about the whole line."""

    line: int
    column: str
    text: str
    cell: str = ""


@dataclass(frozen=True)
class Row:
    """A line with the values of its cells, by the names of the columns."""

    line: int
    cells: Mapping[str, str]
    values: dict[str, Any]

    def refuse(self, column: str, text: Any) -> Refused:
        return Refused(self.line, column, str(text), self.cells.get(column, ""))


@dataclass(frozen=True)
class Act:
    """A row of the table to add or to change: `fields` are its new values, `before` what was."""

    line: int
    name: str
    fields: dict[str, Any]
    pk: int | None = None
    before: dict[str, Any] = field(default_factory=dict)


@dataclass
class Plan:
    """What a file would do, found out without doing it."""

    added: list[Act] = field(default_factory=list)
    changed: list[Act] = field(default_factory=list)
    same: int = 0
    gone: list[Any] = field(default_factory=list)  # what is removed
    refused: list[Refused] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many lines of the file have something to say."""
        return len(self.added) + len(self.changed)

    @property
    def digest(self) -> str:
        """Equal for plans that do the same to the same rows."""
        acts = [(act.line, act.pk, act.fields, act.before) for act in self.added + self.changed]
        return sha256(repr((acts, self.same, self.gone)).encode()).hexdigest()


class Written(NamedTuple):
    """The rows that an import has added and changed."""

    added: Sequence[Model]
    changed: Sequence[Model]


class Sheet:
    """One kind of file. Subclasses say what is in it, and how it is compared and written."""

    columns: ClassVar[Sequence[Column]]
    about: ClassVar[Sequence[Any]]  # what to know before importing, a sentence or two each
    needs: ClassVar[Sequence[str]] = ("add", "change")  # permissions for importing

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def rows(self, found: QuerySet) -> QuerySet:
        """`found` with all that cells_of() reads, in a fixed number of queries."""
        return found

    def cells_of(self, row: Any) -> list[Any]:
        """A row of the table as a line of the file."""
        raise NotImplementedError

    def check(self, values: dict[str, Any]) -> None:
        """What holds for the values of one line alone; raises a ValidationError by column."""

    def plan(self, rows: Sequence[Row], *, now: datetime, lock: bool = False) -> Plan:
        """Compare with the database; `lock` what is compared, in a transaction that writes it."""
        raise NotImplementedError

    def remarks(self, plan: Plan) -> list[str]:
        """What to look at before the plan is done."""
        return []

    def write(self, plan: Plan, *, now: datetime) -> Written:
        """Do all of the plan, which was made in the same transaction."""
        raise NotImplementedError

    def export(self, found: QuerySet) -> Iterator[list[Any]]:
        """The lines of a file with these rows, the names of the columns first."""
        yield self.names
        keys = list(found.prefetch_related(None).values_list("pk", flat=True))
        every = self.rows(found.model._default_manager.order_by())
        for part in in_parts(keys):
            by_key = {row.pk: row for row in every.filter(pk__in=part)}
            yield from (self.cells_of(by_key[key]) for key in part if key in by_key)

    def shape(self, lines: Iterable[Line]) -> tuple[list[Row], list[Refused]]:
        """What the lines say, and what about them cannot be read. Asks no database."""
        rows, refused = [], []
        for line in lines:
            row = Row(line.number, line.cells, {})
            wrong = [row.refuse("", line.wrong)] if line.wrong else self._read(row)
            refused += wrong
            if not wrong:
                rows.append(row)
        return rows, refused

    def _read(self, row: Row) -> list[Refused]:
        wrong: dict[str, list[str]] = {}
        for column in self.columns:
            cell = row.cells[column.name]
            try:
                row.values[column.name] = column.read(cell) if cell.strip() else column.empty
            except ValidationError as error:
                wrong[column.name] = error.messages
            if not cell.strip() and column.required:
                wrong[column.name] = [str(column.required)]
        if not wrong:
            try:
                self.check(row.values)
            except ValidationError as error:
                wrong = error.message_dict
        return [row.refuse(name, " ".join(texts)) for name, texts in wrong.items()]


def check_fields(row: Model, columns: Mapping[str, str]) -> None:
    """The model's own rules for these fields, told by the column in which each stands."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - columns.keys())
    except ValidationError as error:
        raise ValidationError(
            {columns[name]: texts for name, texts in error.message_dict.items()}
        ) from error


def only_once(
    rows: Iterable[Row], column: str, key: Callable[[Row], Hashable | None]
) -> tuple[list[Row], list[Refused]]:
    """The rows but for those whose `key`, if it is not None, an earlier line has."""
    first: dict[Hashable, int] = {}
    once, refused = [], []
    for row in rows:
        own = key(row)
        if own is not None and own in first:
            text = _("Line %(line)s is about the same. Remove one of the two.")
            refused.append(row.refuse(column, text % {"line": first[own]}))
        else:
            if own is not None:
                first[own] = row.line
            once.append(row)
    return once, refused
