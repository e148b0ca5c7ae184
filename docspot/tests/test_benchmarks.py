"""The pure parts of the benchmarks: ratios, bounds, the table, what clients count and send."""

from __future__ import annotations

from typing import Any

import pytest

from docspot.benchmarks.figures import (
    Figure,
    Round,
    failed,
    one_winner,
    share_of_floor,
    times_the_cost,
    under,
)
from docspot.benchmarks.load import percentile, status_of, summary
from docspot.benchmarks.table import lay_out
from docspot.benchmarks.wire import CSRF_SECRET, get, post_form, post_json


def race(won: int, refused: int, *, p99: float = 0.5, **others: int) -> dict[str, Any]:
    statuses = {"201": won, "409": refused} | others
    return {"count": sum(statuses.values()), "p99": p99, "statuses": statuses}


# Ratios and bounds


def test_share_of_floor_is_the_median_of_the_rounds() -> None:
    rounds = [Round(30, 100), Round(100, 1000), Round(500, 1000)]
    figure = share_of_floor("slots", "slots", rounds, at_least=0.3)
    assert (figure.ratio, figure.value, figure.floor) == (0.3, "100/s", "1000/s")
    assert (figure.bound, figure.kept) == (">= 30%", True)


def test_share_of_floor_below_its_bound_is_missed() -> None:
    assert not share_of_floor("slots", "slots", [Round(299, 1000)], at_least=0.3).kept


@pytest.mark.parametrize(("rate", "kept"), [(100, True), (77, True), (76, False), (0, False)])
def test_cost_is_how_many_times_as_long_a_request_takes(rate: float, kept: bool) -> None:
    figure = times_the_cost("directory", "cost", [Round(rate, 100)], at_most=1.3)
    assert figure.ratio == (100 / rate if rate else float("inf"))
    assert figure.kept == kept


def test_round_without_a_floor_has_no_share() -> None:
    assert Round(5, 0).ratio == 0


@pytest.mark.parametrize(
    ("value", "inclusive", "kept"),
    [(3.9, False, True), (4, False, False), (4, True, True), (4.1, True, False)],
)
def test_limit_is_kept_below_it(value: float, inclusive: bool, kept: bool) -> None:
    figure = under("month", "month", value, 4, "ms", inclusive=inclusive)
    assert (figure.value, figure.kept) == (f"{value:g} ms", kept)
    assert figure.bound == ("<= 4 ms" if inclusive else "< 4 ms")


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        (race(1, 99), True),
        (race(2, 98), False),
        (race(0, 100), False),
        (race(1, 98, **{"500": 1}), False),
        (race(1, 99, p99=2), False),
    ],
)
def test_every_race_has_one_winner_and_clean_refusals(last: dict[str, Any], kept: bool) -> None:
    figure = one_winner("rivals", "rivals", [race(1, 99), last], "201")
    assert figure.kept == kept
    assert figure.value.startswith(f"1/{last['statuses']['201']} booked")


def test_what_cannot_be_measured_is_missed() -> None:
    figure = failed("slots", "not only 200 was answered\n")
    assert (figure.what, figure.kept) == ("slots: not only 200 was answered", False)


# The table


def test_table_lines_up_and_says_what_is_missed() -> None:
    figures = [
        Figure("slots", "free times", "900/s", ">= 30%", True, floor="1800/s", ratio=0.5),
        Figure("memory", "memory", "151 MB", "< 150 MB", False),
    ]
    assert lay_out(figures).splitlines() == [
        "figure       value   floor  ratio     bound",
        "----------  ------  ------  -----  --------  ------",
        "free times   900/s  1800/s    50%    >= 30%      ok",
        "memory      151 MB                 < 150 MB  MISSED",
    ]


# The clients


def test_percentile_is_a_time_that_was_seen() -> None:
    times = [float(number) for number in range(1, 101)]
    assert [percentile(times, share) for share in (0, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([7.0], 99) == 7
    assert percentile([], 99) == 0


def test_summary_counts_all_answers_of_all_clients() -> None:
    assert summary([(200, 0.2), (200, 0.1), (0, 60.0)], seconds=2) == {
        "count": 3,
        "seconds": 2,
        "rate": 1.5,
        "p50": 0.2,
        "p99": 60.0,
        "statuses": {"200": 2, "0": 1},
    }


def test_status_is_that_of_the_answer() -> None:
    assert status_of(b"HTTP/1.1 409 Conflict\r\n\r\n") == 409
    assert status_of(b"") == 0


def test_requests_are_whole() -> None:
    assert get("/", Cookie="a=b").splitlines()[0] == "GET / HTTP/1.1"
    assert "\r\nCookie: a=b\r\n" in get("/", Cookie="a=b")
    assert get("/").endswith("Connection: close\r\n\r\n")


def test_requests_with_a_body_say_its_length_and_who_sends() -> None:
    head, body = post_json("/api/book", {"doctor_id": 1}, token="t").split("\r\n\r\n")
    assert body == '{"doctor_id": 1}'
    assert head.splitlines()[-3:] == [
        "Content-Type: application/json",
        "Authorization: Bearer t",
        f"Content-Length: {len(body)}",
    ]


def test_forms_carry_the_cookie_that_their_token_agrees_with() -> None:
    head, body = post_form("/", {"start": "2026-11-25T04:00:00Z"}, session="s").split("\r\n\r\n")
    assert f"Cookie: sessionid=s; csrftoken={CSRF_SECRET}" in head
    assert body == f"start=2026-11-25T04%3A00%3A00Z&csrfmiddlewaretoken={CSRF_SECRET}"
