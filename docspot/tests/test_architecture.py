"""The rules of the house, read from the imports and the calls of all modules."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from docspot import settings

# Each may import those after it, never one before it.
HOUSE = ("docspot", "appointments", "doctors", "accounts")
APPS = HOUSE[1:]

# The levels of an app, from the top. A module may import its own level and those below it.
LEVELS = (
    ("urls",),
    ("views", "admin", "templatetags", "management"),
    ("forms", "serializers"),
    ("services", "selectors", "emails"),
    ("models", "querysets", "permissions"),
    ("exceptions",),
)
# Modules of other names, and the name whose level they share; all the rest are pure modules.
LIKE = {
    "acts": "forms",
    "adapter": "views",  # allauth's way to ask
    "authentication": "views",
    "backends": "views",  # Django's
    "booking_forms": "forms",
    "doors": "views",
    "lookups": "views",
    "any_doctor": "views",  # calls and pages
    "cards": "forms",
    "history": "forms",
    "idempotency": "services",
    "instead": "forms",
    "line": "selectors",
    "once": "views",
    "pages": "views",
    "panels": "forms",
    "calendar": "emails",
    "desk": "views",
    "fairness": "services",
    "free": "selectors",
    "grid": "selectors",
    "next_in_line": "selectors",
    "obstacles": "selectors",
    "reactions": "services",
    "rules": "services",
    "sheets": "forms",
    "story": "forms",
    "tasks": "services",
}
PURE = len(LEVELS) - 1

LONGEST_MODULE = 400
WRITES = re.compile(r"a?(save|create|update|delete|(bulk|get_or|update_or)_(create|update))")


@dataclass(frozen=True)
class Module:
    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse((settings.BASE_DIR / self.path).read_text())

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def is_test(self) -> bool:
        return "tests" in self.path.parts

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts

    @property
    def level(self) -> int:
        """By its own name, or by that of the package it is part of (views/own.py)."""
        for part in reversed(self.name.split(".")):
            for level, names in enumerate(LEVELS):
                if LIKE.get(part, part) in names:
                    return level
        return PURE

    @cached_property
    def imports(self) -> set[str]:
        """All that it imports, inside functions too, but not for types only."""
        return {name for node in _at_run_time(self.tree) for name in _imported(node)}

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def __str__(self) -> str:
        return str(self.path)


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_run_time(node)


def _imported(node: ast.AST) -> Iterator[str]:
    """Names of modules; `from accounts import services` may mean accounts.services."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or "."
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


MODULES = [
    Module(path.relative_to(settings.BASE_DIR))
    for package in HOUSE
    for path in sorted((settings.BASE_DIR / package).rglob("*.py"))
]
BY_NAME = {module.name: module for module in MODULES}
CODE = [module for module in MODULES if not module.is_test and not module.is_migration]


def in_line(module: Module, node: ast.AST) -> str:
    return f"{module}:{getattr(node, 'lineno', 0)}"


def test_the_house_is_read() -> None:
    assert {module.package for module in CODE} == set(HOUSE)
    assert "accounts.services" in BY_NAME["accounts.views"].imports


# Who may import whom


def test_apps_import_only_what_is_below_them() -> None:
    back = [
        f"{module} imports {name}"
        for module in MODULES
        for name in sorted(module.imports)
        if name.split(".")[0] in HOUSE[: HOUSE.index(module.package)]
        and not (module.is_test and f"{name}.".startswith("docspot.tests."))
    ]
    assert back == []


def test_apps_do_not_name_what_is_above_them() -> None:
    """As in ForeignKey("appointments.Appointment"): an import by another name."""
    back = [
        f"{in_line(module, node)} names {node.value}"
        for module in CODE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+(\.\w+)+", node.value)
        and node.value.split(".")[0] in HOUSE[: HOUSE.index(module.package)]
    ]
    assert back == []


def test_modules_import_only_their_level_and_those_below() -> None:
    up = [
        f"{module} imports {name}"
        for module in CODE
        if module.package in APPS
        for name in sorted(module.imports & set(BY_NAME))
        if BY_NAME[name].package == module.package and BY_NAME[name].level < module.level
    ]
    assert up == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {module.name: module.imports & set(BY_NAME) - {module.name} for module in CODE}
    packages = {name for name in graph if BY_NAME[name].path.name == "__init__.py"}
    for name in packages:  # a part of a package does not wait for the package
        for part in graph:
            if part.startswith(f"{name}."):
                graph[part] = graph[part] - {name}
    TopologicalSorter(graph).prepare()  # raises CycleError, which shows the circle


def test_availability_imports_only_the_standard_library() -> None:
    imported = {name.split(".")[0] for name in BY_NAME["doctors.availability"].imports}
    assert imported - sys.stdlib_module_names == set()


def test_imports_say_the_whole_name() -> None:
    relative = [
        in_line(module, node)
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


# What is written where


def test_only_the_services_write_appointments() -> None:
    writes = [
        f"{in_line(module, call)} {ast.unparse(call.func)}"
        for module in CODE
        for call in module.calls()
        if isinstance(call.func, ast.Attribute) and WRITES.fullmatch(call.func.attr)
        if "services" not in module.name.split(".")
        if module.package == "appointments"
        or re.search("appointment|event", ast.unparse(call.func.value), re.IGNORECASE)
    ]
    assert writes == []
    inserting = [
        in_line(module, call)
        for module in CODE
        for call in module.calls()
        if ast.unparse(call.func).rpartition(".")[2] == "insert_row"
        if "services" not in module.name.split(".") and module.name != "accounts.tasks"
    ]
    assert inserting == []


def test_models_have_no_logic_in_save_and_delete() -> None:
    overridden = [
        f"{in_line(module, node)} {node.name}"
        for module in CODE
        if module.level == BY_NAME["accounts.models"].level and module.package in APPS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}
    ]
    assert overridden == []


def test_signals_are_not_used_but_to_put_the_net_back() -> None:
    used = {
        (str(module), name)
        for module in CODE
        for name in module.imports
        if name.startswith("django.dispatch.") or ".signals." in name
    }
    signals = ("post_migrate", "pre_migrate")
    assert used == {("appointments/apps.py", f"django.db.models.signals.{one}") for one in signals}


def test_exceptions_are_caught_by_name_but_where_all_mail_would_stop() -> None:
    broad = [
        str(module)
        for module in CODE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or {"Exception", "BaseException"} & set(re.findall(r"\w+", ast.unparse(node.type)))
        )
    ]
    assert broad == ["docspot/management/commands/work.py"]


def test_modules_are_of_a_readable_length() -> None:
    lengths = {
        str(module): len((settings.BASE_DIR / module.path).read_text().splitlines())
        for module in CODE
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def services_of(module: Module) -> set[str]:
    """The functions that others call; of a package of services those that it exports."""
    package = BY_NAME.get(module.name.rpartition(".")[0])
    if package is None or "services" not in package.name.split("."):
        return {name for name in dir(import_module(module.name)) if not name.startswith("_")}
    return set(import_module(package.name).__all__)


def test_services_take_arguments_by_name_only() -> None:
    positional = [
        f"{in_line(module, node)} {node.name}"
        for module in CODE
        if module.package in APPS and "services" in module.name.split(".")
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and node.name in services_of(module)
        if len(node.args.args) > 1
    ]
    assert positional == []


# What is said


SAYS = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
VISIBLE = {
    "description",
    "help_text",
    "label",
    "summary",
    "verbose_name",
    "verbose_name_plural",
    "violation_error_message",
}
NEVER_SAID = re.compile(r"\b(invalid|oops|please|sorry)\b", re.IGNORECASE)


def translated(module: Module) -> Iterator[ast.Call]:
    """The calls of gettext and its like, by whatever name they were imported."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in SAYS
    }
    return (call for call in module.calls() if ast.unparse(call.func) in names)


def test_what_is_translated_stands_in_the_code_as_it_is() -> None:
    """A text that is put together first is never found in a catalogue."""
    computed = [
        in_line(module, call)
        for module in CODE
        for call in translated(module)
        if not isinstance(call.args[0], ast.Constant | ast.Name)
    ]
    assert computed == []


def test_what_people_read_is_translated() -> None:
    plain = [
        f"{in_line(module, call)} {keyword.arg}"
        for module in CODE
        for call in module.calls()
        for keyword in call.keywords
        if keyword.arg in VISIBLE
        and isinstance(keyword.value, ast.Constant | ast.JoinedStr)
        and re.search("[A-Za-z]", ast.unparse(keyword.value).strip("'\""))
    ]
    assert plain == []


@pytest.mark.parametrize("word", ["Invalid email", "Oops!", "please wait", "We are sorry"])
def test_the_words_that_are_never_said_are_known(word: str) -> None:
    assert NEVER_SAID.search(word)


def test_texts_are_said_in_good_words() -> None:
    bad = [
        f"{in_line(module, call)} {ast.unparse(argument)}"
        for module in CODE
        for call in translated(module)
        for argument in call.args
        if isinstance(argument, ast.Constant) and NEVER_SAID.search(str(argument.value))
    ]
    assert bad == []
