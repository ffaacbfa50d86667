"""Charts: where marks stand, what they say, and that names cannot break out of them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from pathstage.evaluation.bootstrap import Interval
from pathstage.evaluation.summary import CurvePoint
from pathstage.evaluation.svg import bar_chart, legend, line_chart, series_colours, shade

HOSTILE = '</title><script>alert("1")</script>'


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def test_bars_are_as_high_as_their_values() -> None:
    values = {
        "one": {"pT": Interval(0.5, 0.4, 0.7)},
        "two": {"pT": Interval(1.0, None, None), "pN": Interval(0.25, 0, 1)},
    }
    chart = parse(bar_chart("Scores", ["pT", "pN"], values, height=320))
    bars = {group.findtext("title"): group.find("rect") for group in chart.iter("g")}
    assert list(bars) == ["one, pT: 0.500 [0.400, 0.700]", "two, pT: 1.000", "two, pN: 0.250 [0.000, 1.000]"]
    heights = [float(bar.get("height") or 0) for bar in bars.values() if bar is not None]
    assert heights == pytest.approx([135, 270, 67.5])
    assert [text.text for text in chart.iter("text")][-2:] == ["pT", "pN"]
    assert (chart.get("role"), chart.get("aria-label"), chart.findtext("title")) == ("img", "Scores", "Scores")


def test_what_is_undefined_has_no_bar() -> None:
    chart = parse(bar_chart("Scores", ["pT", "pN"], {"one": {"pT": Interval(None, None, None)}}))
    assert not list(chart.iter("rect"))
    assert not list(parse(bar_chart("Nothing", [], {})).iter("rect"))


def test_lines_go_through_their_points() -> None:
    points = [CurvePoint(0, 0), CurvePoint(50, 0.5, 0.4, 0.6), CurvePoint(100, 1)]
    chart = parse(line_chart("Learning", {"one": points}, x_label="reports", width=420, height=320))
    line = chart.find("polyline")
    assert line is not None
    assert line.get("points") == "44.0,280.0 227.0,145.0 410.0,10.0"
    assert [group.findtext("title") for group in chart.iter("g")][1] == "one: 0.500 at 50"
    assert {"0", "50", "100", "reports"} <= {text.text for text in chart.iter("text")}
    only = parse(line_chart("One point", {"one": points[:1]}, x_label="reports"))
    assert len(list(only.iter("circle"))) == 1


def test_the_diagonal_spans_the_unit_square() -> None:
    chart = line_chart(
        "Reliability", {"one": [CurvePoint(0.6, 0.5)]}, x_label="p", diagonal=True, width=420, height=320
    )
    assert '<line x1="44.0" y1="280.0" x2="410.0" y2="10.0"' in chart


def test_names_cannot_break_out() -> None:
    for html in (
        bar_chart(HOSTILE, [HOSTILE], {HOSTILE: {HOSTILE: Interval(0.5, 0.4, 0.6)}}),
        line_chart(HOSTILE, {HOSTILE: [CurvePoint(0, 1)]}, x_label=HOSTILE),
        legend([HOSTILE]),
    ):
        assert "<script" not in html
        assert parse(html) is not None


def test_series_differ_in_colour() -> None:
    names = [str(number) for number in range(9)]
    colours = series_colours(names)
    assert len(set(colours.values())) == 8
    assert colours["8"] == colours["0"]
    assert legend(names).count("<li>") == 9


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("share", [-1, 0, 0.3, 0.5, 0.6, 0.64, 0.645, 0.65, 0.7, 0.8, 1, 2])
def test_text_on_shaded_cells_is_legible(share: float) -> None:
    """The contrast ratio of WCAG 2, level AA, is 4.5 for text."""
    background, text = shade(share)
    assert re.fullmatch("#[0-9a-f]{6}", background)
    high, low = sorted((luminance(background), luminance(text)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
