"""Consistency findings: one case for each contradiction, and the cases that look like one and are none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.staging.consistency import ConsistencyFinding, Fact, consistency_findings
from pathstage.staging.record import stage_fields
from pathstage.staging.scale import Scale


def findings(**facts: Any) -> tuple[ConsistencyFinding, ...]:
    return consistency_findings(Fact(field, value) for field, value in facts.items())


def codes(found: Iterable[ConsistencyFinding]) -> list[str]:
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    ("facts", "code", "said"),
    [
        ({"pT": "pT1c", "size_mm": 23}, "category_against_size", "pT is printed as T1c; 23 mm would be T2"),
        ({"pT": "T1a", "size_mm": 15}, "category_against_size", "T1c"),
        ({"pT": "T2", "size_mm": 20}, "category_against_size", "T1c"),
        ({"pT": "T1mi", "size_mm": 1.4}, "category_against_size", "T1a"),
        ({"pT": "Tis", "size_mm": 3}, "category_against_size", "T1a"),
        ({"pN": "N1", "nodes_positive": 4}, "category_against_node_count", "4 positive nodes would be N2a"),
        ({"pN": "N0", "nodes_positive": 1}, "category_against_node_count", "N1a"),
        ({"pN": "N3a", "nodes_positive": 9}, "category_against_node_count", "N2a"),
        ({"pN": "N1a", "nodes_positive": 2, "deposit_mm": 1.5}, "category_against_deposit", "N1mi"),
        ({"pN": "N1mi", "deposit_mm": 2.1}, "category_against_deposit", "N1a"),
        ({"pN": "N0(i+)", "deposit_mm": 0.3}, "category_against_deposit", "N1mi"),
        ({"grade": "G2", "grade_scores": (3, 3, 2)}, "grade_against_total", "8 points would be G3"),
        ({"grade": "G3", "grade_total": 7}, "grade_against_total", "7 points would be G2"),
        ({"grade": "G2", "grade_total": 7, "grade_scores": (3, 3, 2)}, "scores_against_total", "add up to 8, and 7 is"),
        ({"ER": "negative", "ER_percent": 5}, "ER_against_percent", "5 % would be positive"),
        ({"PR": "positive", "PR_percent": 0}, "PR_against_percent", "0 % would be negative"),
        ({"nodes_positive": 5, "nodes_examined": 3}, "more_nodes_positive_than_examined", "5"),
        ({"pT": "Tis", "pN": "N1mi"}, "in_situ_with_nodes", "pT Tis, pN N1mi"),
        ({"pT": "Tis(DCIS)", "pM": "M1"}, "in_situ_with_metastasis", "metastasise"),
        ({"pN": "N0", "nodes_examined": 0}, "node_category_without_nodes", "NX"),
        ({"HER2": "negative", "HER2_ihc": "2+"}, "HER2_2plus_decided_without_ish", "equivocal"),
        ({"HER2": "positive", "HER2_ihc": "2+"}, "HER2_2plus_decided_without_ish", "equivocal"),
        ({"HER2": "positive", "HER2_ihc": "3+", "HER2_ish": "not_amplified"}, "HER2_against_ish", "hybridisation"),
        ({"HER2": "negative", "HER2_ish": "amplified"}, "HER2_against_ish", "hybridisation"),
        ({"HER2": "negative", "HER2_ihc": "3+"}, "HER2_against_ihc", "immunohistochemistry"),
        ({"HER2": "positive", "HER2_ihc": "1+"}, "HER2_against_ihc", "immunohistochemistry"),
        (
            {"pT": "T2", "pN": "N1a", "pM": "M0", "stage_group_printed": "IIA"},
            "stage_group_against_categories",
            "IIB (anatomic)",
        ),
        (
            {"pT": "T1", "pN": "N0", "pM": "M1", "stage_group_printed": "Stage I"},
            "stage_group_against_categories",
            "IV",
        ),
        ({"pT": "T2", "pN": "N0", "stage_group_printed": "IV"}, "stage_group_against_categories", "cM0 assumed"),
        ({"pT": "T4b", "pN": "NX", "stage_group_printed": "III A"}, "stage_group_against_categories", "IIIB to IIIC"),
    ],
)
def test_contradiction_is_found_with_both_sides(facts: dict[str, Any], code: str, said: str) -> None:
    (finding,) = findings(**facts)
    assert finding.code == code
    assert said in finding.message
    assert len(finding.evidence) >= 2
    for fact in finding.evidence:
        assert facts.get(fact.field, "derived") == fact.value or fact.field == "anatomic_stage_group"


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"pT": "T1", "size_mm": 8},
        {"pT": "T1c", "size_mm": 20.4},  # rounds to 20 mm
        {"pT": "T2", "size_mm": 20.4},
        {"pT": "T4b", "size_mm": 15},
        {"pT": "TX", "size_mm": 15},
        {"pT": "T0", "size_mm": 0},
        {"pN": "N1", "nodes_positive": 3, "nodes_examined": 3},
        {"pN": "N3b", "nodes_positive": 2},
        {"pN": "N0(i+)", "nodes_positive": 1},
        {"pN": "N0", "nodes_positive": 1, "deposit_mm": 0.1},
        {"pN": "N1mi", "nodes_positive": 2, "deposit_mm": 2},
        {"pN": "N1", "deposit_mm": 1.0},  # a bare N1 may be N1mi
        {"grade": "G2", "grade_scores": (3, 2, 2), "grade_total": 7},
        {"grade": "GX", "grade_total": 7},
        {"ER": "positive", "ER_percent": 1},
        {"ER": "not_reported", "ER_percent": 90},
        {"HER2": "negative", "HER2_ihc": "2+", "HER2_ish": "not_amplified"},
        {"HER2": "equivocal", "HER2_ihc": "2+"},
        {"HER2": "equivocal", "HER2_ish": "amplified"},  # the status before the result that decided it
        {"HER2": "not_reported", "HER2_ish": "amplified"},
        {"pT": "T2", "pN": "N1a", "pM": "M0", "stage_group_printed": "II"},
        {"pT": "T2", "pN": "N1a", "stage_group_printed": "Stage 2b"},
        {"pT": "T1", "pN": "NX", "stage_group_printed": "IIIA"},  # still possible
        {"pT": "T0", "pN": "N0", "stage_group_printed": "IA"},  # no stage to compare with
        {"pT": "T2", "pN": "N1a", "stage_group_printed": "see comment"},
    ],
)
def test_what_can_stand_together_is_not_found(facts: dict[str, Any]) -> None:
    assert findings(**facts) == ()


def test_a_printed_prognostic_stage_is_a_stage_too() -> None:
    markers = {"grade": "G1", "HER2": "negative", "ER": "positive", "PR": "positive"}
    assert findings(pT="T2", pN="N1a", pM="M0", stage_group_printed="IA", **markers) == ()
    assert codes(findings(pT="T2", pN="N1a", pM="M0", stage_group_printed="IB", **markers)) == [
        "stage_group_against_categories"
    ]


def test_a_group_is_compared_with_the_table_its_words_name() -> None:
    markers = {"grade": "G1", "HER2": "negative", "ER": "positive", "PR": "positive"}
    case = {"pT": "T2", "pN": "N1a", "pM": "M0", **markers}  # IIB, and IA
    assert findings(anatomic_stage_printed="IIB", prognostic_stage_printed="IA", **case) == ()
    assert codes(findings(anatomic_stage_printed="IA", prognostic_stage_printed="IIB", **case)) == [
        "anatomic_stage_against_categories",
        "prognostic_stage_against_categories",
    ]
    assert findings(prognostic_stage_printed="IIA", **(case | {"grade": "G3", "HER2": "not_reported"})) == ()


def test_a_prognostic_stage_that_is_merely_possible_counts_from_the_8th_edition_on() -> None:
    case = {"pT": "T2", "pN": "N0", "ER": "positive", "grade": "G2", "stage_group_printed": "IA"}
    assert codes(findings(**case)) == ["stage_group_against_categories"]
    assert findings(AJCC_edition="8", **case) == ()
    assert codes(findings(AJCC_edition="7", **case)) == ["stage_group_against_categories"]


def test_an_earlier_edition_explains_a_group() -> None:
    case = {"pT": "T1c", "pN": "N1mi", "stage_group_printed": "IIA"}
    (finding,) = findings(**case)
    assert finding.message.endswith("IB (anatomic), cM0 assumed; until the 6th edition T0-1 N1mi was IIA")
    assert findings(AJCC_edition="6", **case) == ()
    (finding,) = findings(AJCC_edition="7", **case)
    assert "edition" not in finding.message
    (finding,) = findings(**(case | {"pN": "N1a", "stage_group_printed": "IB"}))
    assert "edition" not in finding.message


def test_a_group_that_agrees_with_what_is_printed_is_no_contradiction_of_the_report() -> None:
    other = stage_fields({"pT": "T3", "pN": "N1"}, {"pN": "N1a"})
    facts = [Fact("pT", "T2", (0, 2)), Fact("pN", "N1a", (3, 6)), Fact("stage_group_printed", "IIB", (9, 12))]
    assert consistency_findings(facts, other) == ()
    assert codes(consistency_findings(facts[1:], other)) == ["stage_group_against_categories"]


def test_in_a_report_of_two_sides_only_what_stands_together_is_compared() -> None:
    two = Fact("laterality", "bilateral", (0, 4))
    near, far = Fact("nodes_positive", 0, (150, 160)), Fact("nodes_positive", 0, (900, 910))
    printed = Fact("pN", "N1a", (100, 104))
    assert codes(consistency_findings([two, printed, near])) == ["category_against_node_count"]
    assert consistency_findings([two, printed, far]) == ()
    assert codes(consistency_findings([printed, far])) == ["category_against_node_count"]


def test_results_far_apart_may_be_of_two_tumours() -> None:
    status = Fact("HER2", "negative", (0, 10))
    assert codes(consistency_findings([status, Fact("HER2_ihc", "2+", (300, 310))])) == [
        "HER2_2plus_decided_without_ish"
    ]
    assert consistency_findings([status, Fact("HER2_ihc", "2+", (5000, 5010))]) == ()


def test_a_stage_that_was_derived_elsewhere_is_used() -> None:
    stage = stage_fields({"pT": "T1", "pN": "N0"})
    (finding,) = consistency_findings([Fact("stage_group_printed", "IIA", (10, 13))], stage)
    assert [(fact.field, fact.value, fact.span) for fact in finding.evidence] == [
        ("stage_group_printed", "IIA", (10, 13)),
        ("anatomic_stage_group", "IA", None),
    ]


def test_several_facts_of_a_field_contradict_only_together() -> None:
    two_tumours = [Fact("pT", "T2", (0, 2)), Fact("size_mm", 8, (5, 6)), Fact("size_mm", 30, (9, 11))]
    assert consistency_findings(two_tumours) == ()
    (finding,) = consistency_findings([*two_tumours[:2], Fact("size_mm", 4)])
    assert finding.evidence == tuple(two_tumours[:2])


def test_what_is_no_category_is_refused() -> None:
    with pytest.raises(ValueError, match="'T9' is no pT category"):
        findings(pT="T9", size_mm=3)


def test_to_dict_is_json_with_both_spans() -> None:
    facts = [Fact("grade", "G3", (5, 12)), Fact("grade_scores", (2, 2, 2), (40, 45))]
    (finding,) = consistency_findings(facts)
    assert json.loads(json.dumps(finding.to_dict())) == {
        "code": "grade_against_total",
        "message": "grade is printed as G3; 6 points would be G2",
        "evidence": [
            {"field": "grade", "value": "G3", "start": 5, "end": 12},
            {"field": "grade_scores", "value": [2, 2, 2], "start": 40, "end": 45},
        ],
    }


@given(st.floats(0.1, 200))
def test_a_size_never_contradicts_the_category_it_gives(size_mm: float) -> None:
    bounds = [(1, "T1mi"), (5, "T1a"), (10, "T1b"), (20, "T1c"), (50, "T2"), (float("inf"), "T3")]
    category = next(name for bound, name in bounds if size_mm <= bound)
    assert findings(pT=category, size_mm=size_mm) == ()
    other = "T3" if category != "T3" else "T1c"
    if not 50 < size_mm < 50.5 and not 49.5 <= size_mm <= 50:
        assert codes(findings(pT=other, size_mm=size_mm)) == ["category_against_size"]


@pytest.mark.parametrize("data", [[], {"a": {"pattern": "x"}}])
def test_a_scale_without_numbers_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="a scale needs steps"):
        Scale.from_data(data)
