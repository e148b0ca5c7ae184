"""The templates as they are written: all their words can be translated, nothing is inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, Token, TokenType

from docspot import settings
from docspot.tests.test_architecture import NEVER_SAID

TEMPLATES = sorted(
    path.relative_to(settings.BASE_DIR)
    for path in (settings.BASE_DIR / "templates").rglob("*")
    if path.suffix in {".html", ".txt"}
)
MAILS = {"email", "emails"}  # a mail brings its style along
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and MAILS.isdisjoint(path.parts)]
OWN_FILES = [
    path.relative_to(settings.BASE_DIR)
    for folder in ("css", "js")
    for path in sorted((settings.BASE_DIR / "static" / folder).iterdir())
]

NAMES = ("DocSpot",)  # the same in all languages
READ_ALOUD = {"alt", "aria-description", "aria-label", "label", "placeholder", "title"}
LOADS = {("link", "href")} | {(tag, "src") for tag in ("audio", "embed", "iframe", "img", "script")}


@dataclass(frozen=True)
class Attribute:
    tag: str
    name: str
    value: str


class Reader(HTMLParser):
    """Collects what stands in a template: its texts, and the attributes of its tags."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[Attribute] = []
        self.tags: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [Attribute(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:  # not in <style> or <script>
            self.texts.append(data)


def tokens(source: str) -> Iterator[Token]:
    """The template's parts, without comments."""
    commented = False
    for token in Lexer(source).tokenize():
        word = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type == TokenType.BLOCK and word in {"comment", "endcomment"}:
            commented = word == "comment"
        elif not commented and token.token_type != TokenType.COMMENT:
            yield token


def markup(source: str, *, translated: bool) -> str:
    """The template less its tags and variables; with or without what is marked for translation."""
    text, marked = "", False
    for token in tokens(source):
        if token.token_type == TokenType.BLOCK:
            if token.contents.startswith(("blocktranslate", "endblocktranslate")):
                marked = token.contents.startswith("blocktranslate")
        elif token.token_type == TokenType.TEXT and (translated or not marked):
            text += token.contents
    return text


def words_in(text: str) -> list[str]:
    for name in NAMES:
        text = text.replace(name, "")
    return re.findall(r"[^\W\d_]+", text)


def plain_words(source: str) -> list[str]:
    """The words for people that no translator would be shown."""
    source = re.sub(r"{% block \w+_class %}.*?{% endblock %}", "", source)
    reader = Reader(markup(source, translated=False))
    read_aloud = [item.value for item in reader.attributes if item.name in READ_ALOUD]
    on_buttons = [
        item.value for item in reader.attributes if (item.tag, item.name) == ("input", "value")
    ]
    given_on = [
        words
        for token in tokens(source)
        if token.token_type == TokenType.BLOCK and token.contents.startswith("include ")
        for words in re.findall(r'\w="([^"]*[A-Z ][^"]*)"', token.contents)
    ]
    return words_in(" ".join(reader.texts + read_aloud + on_buttons + given_on))


def not_allowed(source: str) -> list[str]:
    """What the pages' Content-Security-Policy would stop."""
    reader = Reader(markup(source, translated=True))
    found = [
        f"{item.tag} {item.name}"
        for item in reader.attributes
        if item.name == "style"
        or item.name.startswith("on")
        or item.value.strip().lower().startswith("javascript:")
        or ((item.tag, item.name) in LOADS and re.match(r"\s*(https?:)?//", item.value, re.I))
    ]
    with_source = sum((item.tag, item.name) == ("script", "src") for item in reader.attributes)
    found += ["script"] * (reader.tags.count("script") - with_source)
    return found + ["style"] * reader.tags.count("style")


def said(source: str) -> Iterator[str]:
    """What is marked for translation."""
    marked = False
    for token in tokens(source):
        if token.token_type == TokenType.BLOCK:
            if token.contents.startswith(("blocktranslate", "endblocktranslate")):
                marked = token.contents.startswith("blocktranslate")
            elif token.contents.startswith("translate"):
                yield token.contents
        elif marked:
            yield token.contents


def read(path: Path) -> str:
    return (settings.BASE_DIR / path).read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_every_word_can_be_translated(path: Path) -> None:
    assert plain_words(read(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_pages_keep_their_content_security_policy(path: Path) -> None:
    assert not_allowed(read(path)) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_pages_speak_in_good_words(path: Path) -> None:
    assert [text for text in said(read(path)) if NEVER_SAID.search(text)] == []


@pytest.mark.parametrize("path", OWN_FILES, ids=str)
def test_styles_and_scripts_load_nothing_from_elsewhere(path: Path) -> None:
    elsewhere = r"(url\(|@import|import|from|fetch\()\s*['\"]?(https?:)?//"
    assert re.findall(elsewhere, read(path)) == []


# The checks see what they are for


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("{% if x %}Hello{% else %}{{ y }}{% endif %}", ["Hello"]),
        ('<a aria-label="Go back">{{ x }}</a>', ["Go", "back"]),
        ('<input placeholder="Name">', ["Name"]),
        ('<input type="submit" value="Send">', ["Send"]),
        ('{% include "x.html" with title="Hello" %}', ["Hello"]),
        ("<p>{{ x }} నమస్తే</p>", ["నమస", "త"]),
        ('{% translate "Hello" %}', []),
        ("{% blocktranslate trimmed %}Hello{% plural %}Hellos{% endblocktranslate %}", []),
        ("{# Hello #}{% comment %}Hello{% endcomment %}<!-- Hello -->", []),
        ("{% block main_class %}narrow{% endblock %}<style>p {}</style>", []),
        ("<title>{% block title %}{% endblock %} - DocSpot</title>", []),
        ("""<a href="{% url 'home' %}" class="btn">{{ x }}&nbsp;2</a>""", []),
        ('{% include "x.html" with kind="good" heading="h3" only %}', []),
    ],
)
def test_plain_words_are_seen(source: str, words: list[str]) -> None:
    assert plain_words(source) == words


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p style='color: red'>", ["p style"]),
        ("{% blocktranslate %}<b style='x'>{% endblocktranslate %}", ["b style"]),
        ('<button onclick="go()">', ["button onclick"]),
        ('<a href="javascript:go()">', ["a href"]),
        ("<script>go()</script>", ["script"]),
        ("<style>p {}</style>", ["style"]),
        ('<script src="https://cdn.example/x.js"></script>', ["script src"]),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', ["link href"]),
        ('<img src="http://cdn.example/x.png">', ["img src"]),
        ("""<script type="module" src="{% static 'js/x.js' %}"></script>""", []),
        ('<a href="https://clinic.example">', []),
    ],
)
def test_what_is_not_allowed_is_seen(source: str, found: list[str]) -> None:
    assert not_allowed(source) == found
