"""AJCC 8th-edition stages, against the reference table, an independent encoding, and the logic of unknown items."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.schema import load_schema
from pathstage.staging import (
    anatomic_stage_group,
    pathological_prognostic_stage_group,
    possible_anatomic_stages,
    possible_prognostic_stages,
)
from pathstage.staging.ajcc8 import PossibleStages, load_staging

REFERENCE = (
    Path(__file__).parents[2].parent / "shared" / "data" / "reference" / "ajcc8_breast_pathological_prognostic.csv"
)

KNOWN = {
    "T": ["Tis", "T0", "T1", "T2", "T3", "T4"],
    "N": ["N0", "N1mi", "N1a", "N2", "N3"],
    "M": ["M0", "M1"],
    "grade": ["G1", "G2", "G3"],
    "HER2": ["positive", "negative"],
    "ER": ["positive", "negative"],
    "PR": ["positive", "negative"],
}
UNKNOWN = {"T": "TX", "N": "NX", "M": "M0", "grade": "GX", "HER2": "equivocal", "ER": "not_reported", "PR": None}
FIELDS = {"T": "pT", "N": "pN", "M": "pM"}


def categories_of(group: str) -> Iterator[tuple[str, str]]:
    """The T and N categories of a group of the reference: "T0-T2 N2; T3 N1-N2", "any T N3"."""
    for part in group.split("; "):
        t, n = re.fullmatch(r"(.+) (N\S+)", part).groups()
        yield from product(span("T0-T4" if t == "any T" else t), span(n))


def span(categories: str) -> list[str]:
    if "-" not in categories:
        return [categories]
    low, high = categories.split("-")
    return [f"{low[0]}{number}" for number in range(int(low[1]), int(high[1]) + 1)]


def test_prognostic_stage_agrees_with_every_row_of_the_reference() -> None:
    if not REFERENCE.is_file():
        pytest.skip("the reference table lies outside the repository")
    with REFERENCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 120
    for row in rows:
        for t, n in categories_of(row["tn_group"]):
            stage = pathological_prognostic_stage_group(t, n, "M0", row["grade"], row["HER2"], row["ER"], row["PR"])
            assert stage == row["pathological_prognostic_stage"], (t, n, row)


# Typed again from the manual's anatomic table, by stage instead of by T and N.
ANATOMIC = {
    "0": "Tis-N0",
    "IA": "T1-N0",
    "IB": "T0-N1mi T1-N1mi",
    "IIA": "T0-N1 T1-N1 T2-N0",
    "IIB": "T2-N1mi T2-N1 T3-N0",
    "IIIA": "T0-N2 T1-N2 T2-N2 T3-N1mi T3-N1 T3-N2",
    "IIIB": "T4-N0 T4-N1mi T4-N1 T4-N2",
    "IIIC": "T0-N3 T1-N3 T2-N3 T3-N3 T4-N3",
}


def test_anatomic_stage_group_agrees_with_the_table_by_stage() -> None:
    by_stage = {tuple(pair.split("-")): stage for stage, pairs in ANATOMIC.items() for pair in pairs.split()}
    for t, n in product(["Tis", "T0", "T1", "T2", "T3", "T4"], ["N0", "N1mi", "N1", "N2", "N3"]):
        assert anatomic_stage_group(t, n, "M0") == by_stage.get((t, n)), (t, n)
        assert anatomic_stage_group(t, n, "M1") == "IV"


# Typed again as the manual prints it: T N, grade, HER2, ER, PR. N1mi with every T, and the cells that stand out.
PROGNOSTIC = """
Tis N0    G3 - - -  0
T0 N1mi   G1 - - -  IA
T0 N1mi   G2 - - -  IB
T0 N1mi   G3 - - +  IA
T1 N1mi   G3 - - -  IB
T1 N1mi   G3 + - -  IA
T1 N0     G2 - - -  IB
T1 N0     G1 - - -  IA
T2 N1mi   G1 + + +  IA
T2 N1mi   G3 - + +  IIA
T2 N1mi   G3 - - -  IIIA
T2 N1mi   G2 - - -  IIB
T3 N1mi   G1 - + +  IB
T3 N1mi   G2 - - -  IIIB
T3 N1mi   G3 - - -  IIIC
T3 N1mi   G3 - + +  IIB
T4 N1mi   G1 - + +  IIIA
T4 N1mi   G3 - + -  IIIC
T4 N1mi   G3 + + +  IIIB
T0 N1     G1 - + +  IA
T1 N1     G2 - + -  IIA
T1 N1     G2 + + -  IB
T2 N0     G3 - + +  IB
T2 N0     G3 + + +  IA
T2 N1     G3 - + +  IIA
T3 N0     G3 - - -  IIIA
T0 N2     G3 + + +  IIA
T2 N2     G3 - + +  IIB
T1 N2     G2 - - -  IIIB
T3 N1     G1 + + +  IB
T3 N2     G3 - - -  IIIC
T4 N2     G2 - - -  IIIC
T1 N3     G1 + + +  IIIA
T0 N3     G3 - + +  IIIB
T4 N0     G3 - - +  IIIC
T2 N0     G1 + - -  IIA
"""


@pytest.mark.parametrize("line", PROGNOSTIC.strip().splitlines())
def test_prognostic_stage_agrees_with_cells_typed_from_the_manual(line: str) -> None:
    t, n, grade, her2, er, pr, stage = line.split()
    status = {"+": "positive", "-": "negative"}
    assert pathological_prognostic_stage_group(t, n, "M0", grade, status[her2], status[er], status[pr]) == stage


@pytest.mark.parametrize(
    ("t", "n", "m", "stage"),
    [
        ("T1c", "N1a", "M0", "IIA"),
        ("T1mi", "N0(i+)", "M0", "IA"),
        ("T1a", "N0 (mol+)", "cM0", "IA"),
        ("T1b", "N1 mi", "M0(i+)", "IB"),
        ("T4d", "N2b", "M0", "IIIB"),
        ("T2", "N3c", "M0", "IIIC"),
        ("pT1c", "pN1a", "pM1", "IV"),
        ("ypT2", "ypN1mi(sn)", "cM0", "IIB"),
        ("mpT3", "pN0(i-)(sn)", "M0", "IIB"),
        ("pT1c(m)", "pN1a(sn)(2/14)", "M0", "IIA"),
        ("t1C", "n0", "m0", "IA"),
        ("Tis(DCIS)", "N0(i+)", "M0", "0"),
        ("pTis", "pNX", "M0", "0"),  # Tis has no other N
        ("TX", "N3a", "M0", "IIIC"),  # any T
        ("TX", "NX", "M1", "IV"),
        ("T0", "N0", "M0", None),
        ("Tis", "N1a", "M0", None),
    ],
)
def test_anatomic_stage_group_accepts_the_spellings_of_reports(t: str, n: str, m: str, stage: str | None) -> None:
    assert anatomic_stage_group(t, n, m) == stage


@pytest.mark.parametrize("m", [None, "MX", "pMX", "not_reported", ""])
def test_unknown_m_is_assumed_cm0_and_said_so(m: str | None) -> None:
    assert possible_anatomic_stages("T2", "N0", m) == PossibleStages(("IIA",), assumed=("cM0",))
    assert possible_anatomic_stages("T2", "N0", "M0").assumed == ()


def test_bare_n1_is_said_not_to_be_n1mi_only_where_that_would_differ() -> None:
    assert possible_anatomic_stages("T1", "N1", "M0") == PossibleStages(("IIA",), assumed=("not N1mi",))
    assert possible_anatomic_stages("T1", "N1a", "M0").assumed == ()
    assert possible_anatomic_stages("T2", "N1", "M0").assumed == ()


def test_unknown_items_leave_the_stages_possible_and_name_what_settles_them() -> None:
    assert possible_anatomic_stages("T4b", "NX", "M0") == PossibleStages(("IIIB", "IIIC"), ("pN",))
    assert possible_anatomic_stages("TX", "N0", "M0") == PossibleStages(("0", "IA", "IIA", "IIB", "IIIB"), ("pT",))
    equivocal = possible_prognostic_stages("T2", "N1a", "M0", "G3", "equivocal", "positive", "positive")
    assert equivocal == PossibleStages(("IB", "IIA"), ("HER2",))
    assert pathological_prognostic_stage_group("T2", "N1a", "M0", "G3", "equivocal", "positive", "positive") is None


def test_unknown_items_that_cannot_change_the_stage_leave_it_certain() -> None:
    assert possible_prognostic_stages("T1c", "N0", "M0", "GX", "not_reported", "positive", None) == PossibleStages(
        ("IA",)
    )
    assert pathological_prognostic_stage_group("TX", None, "M1", None, None, None, None) == "IV"


def test_no_stage_says_why() -> None:
    nothing_found = possible_anatomic_stages("ypT0", "ypN0", "M0")
    assert nothing_found.stages == ()
    assert nothing_found.reason == "AJCC 8 defines no stage for T0 N0"
    assert "Tis N2" in possible_anatomic_stages("Tis", "N2a").reason


@pytest.mark.parametrize("t", ["ypT1c", "rpT1c", "yT1c"])
def test_no_prognostic_stage_unless_surgery_came_first(t: str) -> None:
    case = ("N0", "M0", "G1", "negative", "positive", "positive")
    assert possible_prognostic_stages(t, *case).stages == ()
    assert "surgery" in possible_prognostic_stages(t, *case).reason
    assert pathological_prognostic_stage_group("T1c", *case, neoadjuvant=True) is None
    assert pathological_prognostic_stage_group("pT1c", *case) == "IA"


def test_clinical_categories_say_nothing_pathological() -> None:
    clinical = possible_prognostic_stages("pT2", "cN0", "M0", "G1", "negative", "positive", "positive")
    assert clinical == PossibleStages(("IA", "IB", "IIIA"), ("pN",))
    assert pathological_prognostic_stage_group("pTis", "cN0", "M0", None, None, None, None) == "0"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (
            ("T5", "N0", "M0"),
            "'T5' is no pT category; accepted are Tis (Tis(DCIS), Tis(Paget), Tis(LCIS)), T0, T1 (T1mi",
        ),
        (("N0", "T1", "M0"), "'N0' is no pT category"),
        (("T1 N0", "N0", "M0"), "'T1 N0' is no pT category"),
        (("T1", "N4", "M0"), "'N4' is no pN category; accepted are N0 (N0(i+), N0(mol+)), N1mi, N1 (N1a"),
        (("T1", "N0", "M2"), "'M2' is no pM category"),
        (("Mrs Example of 12 Some Street", "N0", "M0"), "a text of 29 characters is no pT category"),
    ],
)
def test_what_is_no_category_is_refused_by_name(values: tuple[str, str, str], named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)):
        anatomic_stage_group(*values)


@pytest.mark.parametrize("position", [3, 4, 5, 6])
def test_refusal_covers_grade_and_receptors(position: int) -> None:
    case: list[str | None] = ["T1", "N0", "M0", "G1", "negative", "positive", "positive"]
    case[position] = "maybe"
    with pytest.raises(ValueError, match="'maybe' is no"):
        pathological_prognostic_stage_group(*case)


def test_values_of_a_data_frame_are_read_or_refused_by_name() -> None:
    case = ("T1", "N0", "M0", 2, "negative", "negative", "negative")
    assert pathological_prognostic_stage_group(*case) == "IB"  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'nan' is no pT category"):
        anatomic_stage_group(float("nan"), "N0", "M0")  # type: ignore[arg-type]


def test_every_class_of_the_schema_is_accepted() -> None:
    schema = load_schema()
    for item in load_staging().items.values():
        for label in schema[item.field].classes:
            item.read(label)


cases = st.tuples(*(st.sampled_from([*values, UNKNOWN[name]]) for name, values in KNOWN.items())).map(
    lambda values: dict(zip(KNOWN, values, strict=True))
)


@given(cases)
def test_possible_stages_are_exactly_those_of_the_completions(values: dict[str, str | None]) -> None:
    possible = possible_prognostic_stages(*values.values())
    completions = product(*([value] if value in KNOWN[name] else KNOWN[name] for name, value in values.items()))
    stages = {pathological_prognostic_stage_group(*completion) for completion in completions} - {None}
    assert set(possible.stages) == stages
    assert possible.stage == (stages.pop() if len(stages) == 1 else None)


@given(cases, st.data())
def test_the_items_named_settle_the_stage_and_none_of_them_could_be_left_out(
    values: dict[str, str | None], data: st.DataObject
) -> None:
    possible = possible_prognostic_stages(*values.values())
    named = [name for name in values if FIELDS.get(name, name) in possible.settled_by]
    assert bool(named) == (len(possible.stages) > 1)
    assert all(values[name] == UNKNOWN[name] for name in named)
    settled = values | {name: data.draw(st.sampled_from(KNOWN[name])) for name in named}
    assert len(possible_prognostic_stages(*settled.values()).stages) <= 1
