"""Facts of the rules' findings, and the way from a text to its contradictions."""

from __future__ import annotations

from typing import Any

from pathstage.rules import find
from pathstage.rules.finding import Finding
from pathstage.staging.consistency import Fact, consistency_findings
from pathstage.staging.facts import facts_of


def finding(task: str, value: str, detail: str, kind: str, **rest: Any) -> Finding:
    given = {"basis": "stated", "start": 0, "end": 4, "section": "synoptic", "context": frozenset(), "weight": 60.0}
    return Finding(task=task, value=value, detail=detail, kind=kind, **(given | rest))


def test_details_become_values_and_numbers() -> None:
    facts = facts_of(
        [
            finding("pT", "T1", "T1c", "category", start=7, end=10),
            finding("pT", "T2", "23.5 mm", "size", basis="derived"),
            finding("pN", "N1", "N1mi 1/14", "nodes", basis="derived"),
            finding("grade", "G2", "3+2+2", "scores", basis="derived"),
            finding("grade", "G2", "7/9", "scores", basis="derived"),
            finding("ER", "positive", "95 %", "status"),
            finding("HER2", "equivocal", "ihc 2+", "score", basis="derived"),
            finding("HER2", "negative", "ish ratio 1.2", "ish", basis="derived"),
        ]
    )
    assert {fact.field: fact.value for fact in facts} == {
        "pT": "T1c",
        "size_mm": 23.5,
        "nodes_positive": 1,
        "nodes_examined": 14,
        "grade_scores": (3, 2, 2),
        "grade_total": 7,
        "ER": "positive",
        "ER_percent": 95,
        "HER2_ihc": "2+",
        "HER2_ish": "not_amplified",
    }
    assert facts[0] == Fact("pT", "T1c", (7, 10))


def test_values_believed_about_as_much_count_and_lesser_ones_do_not() -> None:
    sizes = [("10 mm", 50.0), ("23 mm", 60.0), ("23 mm", 55.0), ("40 mm", 20.0), ("50 mm", 0.0)]
    facts = facts_of(finding("pT", "T1", detail, "size", weight=weight) for detail, weight in sizes)
    assert [fact.value for fact in facts] == [23, 10]


def test_a_category_of_another_cancer_counts_as_its_class() -> None:
    facts = facts_of([finding("pN", "N2", "N2c", "category"), finding("pT", "T1", "T1a1", "category")])
    assert [(fact.field, fact.value) for fact in facts] == [("pT", "T1"), ("pN", "N2")]


def test_a_finding_of_no_weight_is_no_fact() -> None:
    assert facts_of([finding("pT", "T1", "T1c", "category", weight=0.0)]) == ()


def test_a_status_before_the_hybridisation_that_decides_is_no_fact() -> None:
    earlier = finding("HER2", "positive", "positive", "status", weight=30.0)
    ish = finding("HER2", "negative", "ish ratio 1.2", "ish", weight=90.0)
    assert [fact.field for fact in facts_of([earlier, ish])] == ["HER2_ish"]
    assert [fact.field for fact in facts_of([earlier])] == ["HER2"]
    final = finding("HER2", "positive", "positive", "status", weight=80.0)
    assert [fact.field for fact in facts_of([final, ish])] == ["HER2", "HER2_ish"]


def test_a_printed_sum_and_stage_group_are_compared_with_what_they_follow_from() -> None:
    text = (
        "FINAL DIAGNOSIS: Left breast, mastectomy: invasive ductal carcinoma, Nottingham grade 2 (3+2+1=7), 2.6 cm. "
        "Axillary nodes: metastatic carcinoma in two of 14 (2/14), largest deposit 4 mm. pT2 pN1a. Stage llA."
    )
    found = {one.code: one for one in consistency_findings(facts_of(find(text, "breast")))}
    assert set(found) == {"scores_against_total", "stage_group_against_categories"}
    shown = [text[slice(*fact.span)] for fact in found["stage_group_against_categories"].evidence if fact.span]
    assert shown == ["Stage llA", "pT2", "pN1a"]
    assert "IIB (anatomic)" in found["stage_group_against_categories"].message


def test_a_deposit_is_compared_with_the_category() -> None:
    text = "Sentinel node with metastatic carcinoma (1/2). Size of largest metastasis: 1.5 mm. pT2 pN1a."
    (found,) = consistency_findings(facts_of(find(text, "breast")))
    assert (found.code, found.message) == (
        "category_against_deposit",
        "pN is printed as N1a; 1.5 mm in a node would be N1mi",
    )


def test_contradiction_from_a_text_shows_both_places() -> None:
    text = (
        "FINAL DIAGNOSIS: Left breast, excision: invasive ductal carcinoma, Nottingham grade 3 (3+2+2=7), "
        "2.3 cm in greatest dimension. Pathologic stage: pT1c pN0 cM0."
    )
    found = {one.code: one for one in consistency_findings(facts_of(find(text, "breast")))}
    assert set(found) == {"category_against_size", "grade_against_total"}
    spans = [fact.span for fact in found["category_against_size"].evidence]
    assert [text[slice(*span)] for span in spans if span] == ["pT1c", "2.3 cm"]
