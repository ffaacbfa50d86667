from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.corpus.agreement import (
    Agreement,
    Rating,
    disagreements,
    measure_agreement,
    overlap_sample,
    read_ratings,
    write_disagreements,
)
from pathstage.corpus.dataset import CorpusError
from pathstage.schema import TaskSchema, parse_schema

_NUMBERS = parse_schema(
    "{name: n, version: 1, tasks: {x: {classes: ['1', '2', '3', '4', '5'], absent: '5'}}}", "numbers.yaml"
)


def _rater(labels: str) -> dict[str, Rating]:
    """One rater's classes, a character a report; `*` is not rated."""
    return {f"r{at:02}": Rating({"x": label}, {}) for at, label in enumerate(labels) if label != "*"}


def _one(found: list[Agreement], coefficient: str) -> Agreement:
    (agreement,) = [a for a in found if a.coefficient == coefficient]
    return agreement


def test_cohen_of_the_textbook() -> None:
    """50 grant proposals, 20 both yes, 5 and 10 apart, 15 both no: kappa 0.40 (Wikipedia, Cohen's kappa)."""
    a, b = "1" * 25 + "2" * 25, "1" * 20 + "2" * 5 + "1" * 10 + "2" * 15
    report = measure_agreement({"A": _rater(a), "B": _rater(b)}, _NUMBERS)
    (agreement,) = report.agreements
    assert agreement.value == pytest.approx(0.4)
    assert agreement.agreed == pytest.approx(0.7)
    assert agreement.units == 50
    # Normal approximation: 0.4 ± 1.96 · 0.1296.
    assert agreement.low == pytest.approx(0.146, abs=0.05)
    assert agreement.high == pytest.approx(0.654, abs=0.05)


def test_fleiss_of_the_textbook() -> None:
    """14 raters, 10 subjects, 5 categories: kappa 0.210 (Wikipedia, Fleiss' kappa)."""
    counts = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    units = ["".join(str(c + 1) * n for c, n in enumerate(row)) for row in counts]
    ratings = {f"rater{at:02}": _rater("".join(unit[at] for unit in units)) for at in range(14)}
    report = measure_agreement(ratings, _NUMBERS, resamples=3)
    assert _one(report.agreements, "Fleiss' kappa").value == pytest.approx(0.210, abs=5e-4)
    assert sum(a.coefficient == "Cohen's kappa" for a in report.agreements) == 14 * 13 // 2


def test_krippendorff_of_the_textbook() -> None:
    """Three coders, 15 units, many not coded: nominal alpha 0.691 (Krippendorff 2004; Wikipedia)."""
    ratings = {"A": _rater("*****34121133*3"), "B": _rater("1*213343*******"), "C": _rater("**21344*21133*4")}
    found = measure_agreement(ratings, _NUMBERS, resamples=20).agreements
    alpha = _one(found, "Krippendorff's alpha")
    assert alpha.value == pytest.approx(0.691, abs=5e-4)
    assert alpha.units == 12
    assert _one(found, "Fleiss' kappa").units == 2


def test_intervals_hold_the_value_narrow_with_reports_and_repeat() -> None:
    rng = random.Random(0)
    widths = []
    for n in (50, 800):
        a = [rng.choice("123") for _ in range(n)]
        b = [x if rng.random() < 0.8 else rng.choice("123") for x in a]
        ratings = {"A": _rater("".join(a)), "B": _rater("".join(b))}
        (agreement,) = measure_agreement(ratings, _NUMBERS, seed=1).agreements
        assert agreement.low < agreement.value < agreement.high
        assert measure_agreement(ratings, _NUMBERS, seed=1).agreements == [agreement]
        assert measure_agreement(ratings, _NUMBERS, seed=2).agreements[0].low != agreement.low
        widths.append(agreement.high - agreement.low)
    assert widths[1] < widths[0] / 3


def test_a_single_class_leaves_kappa_undefined() -> None:
    (agreement,) = measure_agreement({"A": _rater("555"), "B": _rater("555")}, _NUMBERS).agreements
    assert (agreement.value, agreement.low, agreement.agreed) == (None, None, 1.0)
    (apart,) = measure_agreement({"A": _rater("1**"), "B": _rater("*2*")}, _NUMBERS).agreements
    assert (apart.units, apart.value, apart.agreed) == (0, None, None)


def test_undefined_resamples_are_told() -> None:
    (agreement,) = measure_agreement({"A": _rater("5551"), "B": _rater("5551")}, _NUMBERS).agreements
    assert agreement.value == 1.0
    # A resample of 4 without the one `1`, or of nothing else: (3/4)^4 + (1/4)^4 = 0.32.
    assert agreement.undefined == pytest.approx(0.32, abs=0.05)


def test_one_rater_agrees_with_nobody() -> None:
    with pytest.raises(ValueError, match="two raters"):
        measure_agreement({"A": _rater("12")}, _NUMBERS)


@given(n=st.integers(1, 30), seed=st.integers(), data=st.data())
def test_the_overlap_is_drawn_again(n: int, seed: int, data: st.DataObject) -> None:
    ids = [f"r{number}" for number in range(30)]
    drawn = overlap_sample(ids, n, seed)
    assert len(set(drawn)) == n
    assert overlap_sample(data.draw(st.permutations(ids)), n, seed) == drawn
    assert set(overlap_sample(ids, max(1, n - 3), seed)) <= set(drawn)


def test_the_overlap_is_a_fair_draw() -> None:
    ids = [f"r{number}" for number in range(20)]
    drawn = [row_id for seed in range(400) for row_id in overlap_sample(ids, 5, seed)]
    counts = [drawn.count(row_id) for row_id in ids]
    # 400 draws with probability 1/4: mean 100, standard deviation 8.7.
    assert np.abs(np.array(counts) - 100).max() < 40
    with pytest.raises(ValueError, match="sample of 21"):
        overlap_sample(ids, 21)


def test_disagreements_are_listed_for_adjudication(schema: TaskSchema, tmp_path: Path) -> None:
    ratings = {
        "ann": {"r1": Rating({"pT": "T1", "pN": "N0"}, {"pT": ((3, 10), (12, 14))}), "r2": Rating({"pT": "T2"}, {})},
        "bob": {"r1": Rating({"pT": "T2", "pN": "N0"}, {"pT": ((3, 6),)}), "r3": Rating({"pT": "T3"}, {})},
    }
    found = list(disagreements(ratings, schema))
    assert [(row.id, row.task) for row in found] == [("r1", "pT")]
    assert write_disagreements(found, ratings, tmp_path / "d.csv") == 1
    with (tmp_path / "d.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "id": "r1", "task": "pT", "ann": "T1", "ann evidence": "3..10;12..14", "bob": "T2",
                "bob evidence": "3..6", "adjudicated": "",
            }
        ]  # fmt: skip


def test_a_raters_file(schema: TaskSchema, tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_text(json.dumps({"id": "r1", "labels": {"pT": "T1", "mood": "good"}}) + "\n")
    assert read_ratings(path, schema) == {"r1": Rating({"pT": "T1"}, {})}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"id": "r1", "labels": {"pT": "T9"}}', "T9"),
        ('{"id": "r0", "labels": {}}', "second time"),
        ('{"labels": {}}', "not a rated report"),
        ('{"id": "r1", "labels": ["pT"]}', "not a rated report"),
    ],
)
def test_a_bad_raters_file(line: str, problem: str, schema: TaskSchema, tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_text('{"id": "r0", "labels": {}}\n' + line + "\n")
    with pytest.raises(CorpusError, match=f"line 2.*{problem}"):
        read_ratings(path, schema)


def test_the_table_has_a_line_for_each_coefficient_of_a_rated_task(schema: TaskSchema) -> None:
    raters = {name: {"r1": Rating({"pT": label}, {})} for name, label in (("a", "T1"), ("b", "T2"), ("c", "T1"))}
    report = measure_agreement(raters, schema, resamples=5)
    table = report.as_table()
    assert table.row_count == 3 + 2
    assert str(table.caption) == f"no report has two ratings for {', '.join(schema.names[1:])}"
    assert json.loads(json.dumps(report.to_json()))["resamples"] == 5
