"""Charts as inline SVG: no script, no library, no network; every mark says its value when pointed at or read aloud.

Colours are those of Okabe & Ito (Color Universal Design, 2008), which people with any colour vision tell apart; lines
differ in dashes too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle, islice

from pathstage.evaluation.bootstrap import Interval
from pathstage.evaluation.summary import CurvePoint

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999933", "#000000")
_DASHES = ("", "6 3", "2 2", "8 3 2 3")
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 10, 40  # margins of the plot, in units of the view box


def series_colours(names: Sequence[str]) -> dict[str, str]:
    """Name → its colour, the same in every chart that is given the same names; after eight they repeat."""
    return dict(zip(names, islice(cycle(_COLOURS), len(names)), strict=True))


def bar_chart(
    title: str, groups: Sequence[str], series: Mapping[str, Mapping[str, Interval]], width: int = 960, height: int = 320
) -> str:
    """Bars from 0 to 1 with their intervals, side by side in each group. `series` is name → group → value.

    A bar whose value is undefined, or that a series lacks, is left out.
    """
    colours = series_colours(list(series))
    step = (width - _LEFT - _RIGHT) / max(len(groups), 1)
    bar = 0.84 * step / max(len(series), 1)
    parts = [_y_axis(width, height)]
    for at, group in enumerate(groups):
        left = _LEFT + step * (at + 0.08)
        parts.append(_text(_LEFT + step * (at + 0.5), height - _BOTTOM + 16, group))
        for number, (name, values) in enumerate(series.items()):
            value = values.get(group)
            if value is None or value.value is None:
                continue
            x, top = left + number * bar, _y(value.value, height)
            shape = (
                f'<rect x="{x:.1f}" y="{top:.1f}" width="{0.9 * bar:.1f}" height="{_y(0, height) - top:.1f}"'
                f' fill="{colours[name]}"/>'
            )
            if value.low is not None and value.high is not None:
                shape += _whisker(x + 0.45 * bar, _y(value.low, height), _y(value.high, height), bar / 5)
            parts.append(_marked(f"{name}, {group}: {value}", shape))
    return _svg(title, width, height, parts)


def line_chart(
    title: str,
    series: Mapping[str, Sequence[CurvePoint]],
    *,
    x_label: str,
    diagonal: bool = False,
    width: int = 420,
    height: int = 320,
) -> str:
    """Lines through points, y from 0 to 1, with their intervals. `diagonal` draws y = x, for probabilities."""
    colours = series_colours(list(series))
    xs = [point.x for points in series.values() for point in points]
    low, high = (0.0, 1.0) if diagonal or not xs else (min(xs), max(xs))
    span = high - low or 1.0

    def x_of(value: float) -> float:
        return _LEFT + (value - low) / span * (width - _LEFT - _RIGHT)

    parts = [_y_axis(width, height)]
    parts += [_text(x_of(low + span * part), height - _BOTTOM + 16, f"{low + span * part:g}") for part in (0, 0.5, 1)]
    parts.append(_text((_LEFT + width - _RIGHT) / 2, height - 6, x_label))
    if diagonal:
        parts.append(_line(x_of(0), _y(0, height), x_of(1), _y(1, height), "#767676", "3 3"))
    for (name, points), dashes in zip(series.items(), cycle(_DASHES), strict=False):
        path = " ".join(f"{x_of(point.x):.1f},{_y(point.y, height):.1f}" for point in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colours[name]}" stroke-width="2"'
            f' stroke-dasharray="{dashes}"/>'
        )
        for point in points:
            x, y = x_of(point.x), _y(point.y, height)
            shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colours[name]}"/>'
            if point.low is not None and point.high is not None:
                shape += _whisker(x, _y(point.low, height), _y(point.high, height), 4)
            parts.append(_marked(f"{name}: {point.y:.3f} at {point.x:g}", shape))
    return _svg(title, width, height, parts)


def legend(names: Sequence[str]) -> str:
    """Which colour is whose, as an HTML list; a swatch is dashed like the name's line."""
    items = []
    for (name, colour), dashes in zip(series_colours(names).items(), cycle(_DASHES), strict=False):
        swatch = (
            f'<svg width="34" height="12" aria-hidden="true"><rect width="10" height="12" fill="{colour}"/>'
            f"{_line(12, 6, 34, 6, colour, dashes, 3)}</svg>"
        )
        items.append(f"<li>{swatch} {escape(name)}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'


def shade(share: float) -> tuple[str, str]:
    """Background and text colour of a table cell for a share from 0 to 1: darker blue is more, text stays legible."""
    light, dark = (247, 251, 255), (8, 48, 107)
    part = min(max(share, 0.0), 1.0)
    background = "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(light, dark, strict=True))
    return background, "#ffffff" if part > 0.645 else "#000000"


def _svg(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    # The title names the image for screen readers; the figures are in the tables beside it.
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {width} {height}" style="max-width:{width}px"'
        f' aria-label="{escape(title)}"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _y(value: float, height: int) -> float:
    return _TOP + (1 - min(max(value, 0.0), 1.0)) * (height - _TOP - _BOTTOM)


def _y_axis(width: int, height: int) -> str:
    marks = []
    for value in (0, 0.2, 0.4, 0.6, 0.8, 1):
        y = _y(value, height)
        marks.append(_line(_LEFT, y, width - _RIGHT, y, "#dddddd"))
        marks.append(_text(_LEFT - 6, y + 4, f"{value:g}", "end"))
    return "".join(marks)


def _marked(says: str, shape: str) -> str:
    return f"<g><title>{escape(says)}</title>{shape}</g>"


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "", width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"'
        f' stroke-dasharray="{dashes}"/>'
    )


def _whisker(x: float, low: float, high: float, half: float) -> str:
    ends = "".join(_line(x - half, y, x + half, y, "#333333") for y in (low, high))
    return _line(x, low, x, high, "#333333") + ends
