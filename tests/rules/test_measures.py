"""Lengths are read however they are written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.rules.measures import lengths


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a mass of 2.3 cm.", [(23,)]),
        ("23 mm", [(23,)]),
        ("2.3 x 1.8 x 1.5 cm mass", [(23, 18, 15)]),
        ("2.3 cm x 1.8 cm x 1.5 cm", [(23, 18, 15)]),
        ("2.3 X 1.8 BY 1.5 CM", [(23, 18, 15)]),
        ("2.3x1.8x1.5cm", [(23, 18, 15)]),
        ("2,3 x 1,8 cm", [(23, 18)]),
        ("3.2 (SI) x 2.1 (ML) x 1.4 (AP) cm", [(32, 21, 14)]),
        ("3.2 cm (length) x 2.1 cm (width)", [(32, 21)]),
        ("2.3 cm x 15 mm", [(23, 15)]),
        ("a 2.3-cm tumor and 4 mm foci", [(23,), (4,)]),
        ("1.8 CM AND 1.2 CM", [(18,), (12,)]),
        ("3.5. cm", [(35,)]),
        ("2.5 by 2.0 by 3.5. CM", [(25, 20, 35)]),
        ("6.0. RY 2.0 BY 270 CM", [(60, 20, 27)]),
        ("10.0x9.0x85CM", [(100, 90, 85)]),
        ("2 .5 cm", [(25,)]),
        (".8 cm", [(8,)]),
        ("two cm", [(20,)]),
        ("two and a half centimeters", [(25,)]),
        ("half a centimetre", [(5,)]),
        ("1 1/2 cm", [(15,)]),
        ("3/4 cm", [(7.5,)]),
        ("cm 2.3 x 1.8", [(23, 18)]),
        ("Tumor size (mm): 23", [(23,)]),
        ("Size in cm: 2.3", [(23,)]),
        ("2.5 BY 2.0 BY 1.5", [(25, 20, 15)]),
        ("25 x 20 x 15", [(25, 20, 15)]),
        ("2.8 x 2.6 6 x 2 cm", [(28, 26, 20)]),
        ("1-2 cm", [(10, 20)]),
        ("from 0.5 cm to 2.1 cm", [(5, 21)]),
        ("3.0 cm 2.5 cm", [(30,), (25,)]),
        ("2.8 and 0.8 cm", [(28, 8)]),
        ("4.5 cm (AP) x 4.3 cm x 2. 1 cm", [(45, 43, 21)]),
        ("grade 2 and 0.8 cm", [(8,)]),
        ("blocks 14x2, 15x3", []),
        ("12 mitoses per mm2, 3 per 10 HPF", []),
        ("weighs 20 g, 3/14 nodes, 90 % and 10x", []),
        ("on 12.3.2004 at 9 o'clock", []),
        ("0 cm", []),
    ],
)
def test_values(text: str, values: list[tuple[float, ...]]) -> None:
    assert [length.values for length in lengths(text)] == values


@pytest.mark.parametrize(
    ("text", "bound", "is_range"),
    [
        ("less than 1 mm", "<", False),
        ("<0.1 cm", "<", False),
        ("up to 0.8 cm", "<=", False),
        ("not more than 50 mm", "<=", False),
        ("2 cm or less", "<=", False),
        ("greater than 5 cm", ">", False),
        ("at least 2.1 cm", ">=", False),
        (">= 20 mm", ">=", False),
        ("2.1 cm", "", False),
        ("2 to 3 cm", "", True),
    ],
)
def test_bounds_and_ranges(text: str, bound: str, is_range: bool) -> None:
    (length,) = lengths(text)
    assert (length.bound, length.range) == (bound, is_range)


def test_the_span_is_the_measurement_and_greatest_its_longest_side() -> None:
    text = "Tumor: less than 1.2 x 3.4 cm, firm"
    (length,) = lengths(text)
    assert text[length.start : length.end] == "1.2 x 3.4 cm"
    assert length.greatest == 34
    (length,) = lengths("2.1 cm (superior to inferior)")
    assert (length.start, length.end) == (0, 6)


def test_a_guessed_unit_is_marked() -> None:
    assert [length.printed_unit for length in lengths("2.5 x 2.0 then 2.5 x 2.0 cm")] == [False, True]


@given(st.text(alphabet="0123456789 .,x/cm-tobyCMX<()", max_size=60))
def test_any_text_is_read_and_spans_are_in_order(text: str) -> None:
    end = 0
    for length in lengths(text):
        assert end <= length.start < length.end <= len(text)
        assert all(value >= 0 for value in length.values)
        end = length.end


@given(st.integers(1, 150), st.sampled_from(["x", " x ", " by ", "X"]), st.booleans())
def test_both_units_say_the_same(size: int, times: str, in_cm: bool) -> None:
    text = f"{size / 10:g}{times}{size / 10:g} cm" if in_cm else f"{size}{times}{size} mm"
    (length,) = lengths(text)
    assert length.greatest == pytest.approx(size)


def test_no_blowup_on_long_runs_of_digits_and_blanks() -> None:
    began = time.perf_counter()
    for text in ("1 " * 20_000, "1.1 x " * 8_000, "9" * 40_000, "1 x 1 (a b c " * 4_000, "under " * 8_000):
        list(lengths(text))
    assert time.perf_counter() - began < 2
