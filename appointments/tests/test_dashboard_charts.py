"""Where the bars of a chart are, and how long."""

from __future__ import annotations

import pytest

from appointments.dashboard.charts import WIDTH, Value, bar_chart, bar_width, shortened


@pytest.mark.parametrize(
    ("size", "whole", "width"),
    [(0, 10, 0), (5, 10, WIDTH // 2), (10, 10, WIDTH), (25, 10, WIDTH), (1, 10**6, 1), (0, 0, 0)],
)
def test_bar_is_as_long_as_its_share(size: float, whole: float, width: int) -> None:
    assert bar_width(size, whole) == width


def test_bars_stand_below_each_other_within_the_chart() -> None:
    chart = bar_chart(
        "days", "Days", ("Day", "Visits"), [Value(str(n), n, str(n)) for n in range(4)]
    )
    assert [bar.y for bar in chart.bars] == [20, 56, 92, 128]
    assert [bar.width for bar in chart.bars] == [0, 107, 213, 320]
    assert all(bar.text_y < bar.y for bar in chart.bars)
    assert chart.bars[-1].y + chart.bar_height <= chart.height == 144


def test_largest_value_fills_the_width_unless_full_is_given() -> None:
    values = [Value("a", 0.25, "25%"), Value("b", None, "No hours"), Value("c", 1.5, "150%")]
    widths = [bar.width for bar in bar_chart("a", "A", ("A", "B"), values, full=1.0).bars]
    assert widths == [80, 0, 320]
    assert [bar.width for bar in bar_chart("a", "A", ("A", "B"), values[:1]).bars] == [320]


def test_chart_of_nothing_has_no_bars() -> None:
    chart = bar_chart("a", "A", ("A", "B"), [])
    assert (chart.bars, chart.height) == ([], 0)


def test_long_label_is_cut_in_the_bars_and_whole_in_the_table() -> None:
    name = "Dr. Maximiliana Featherstonehaugh-Cholmondeley"
    chart = bar_chart("a", "A", ("A", "B"), [Value(name, 1, "1")])
    assert chart.values[0].label == name
    assert chart.bars[0].label == "Dr. Maximiliana Featherstonehaugh…"
    assert len(shortened(name)) == 34
