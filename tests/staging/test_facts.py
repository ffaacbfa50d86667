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


def test_contradiction_from_a_text_shows_both_places() -> None:
    text = (
        "FINAL DIAGNOSIS: Left breast, excision: invasive ductal carcinoma, Nottingham grade 3 (3+2+2=7), "
        "2.3 cm in greatest dimension. Pathologic stage: pT1c pN0 cM0."
    )
    found = {one.code: one for one in consistency_findings(facts_of(find(text, "breast")))}
    assert set(found) == {"category_against_size", "grade_against_total"}
    spans = [fact.span for fact in found["category_against_size"].evidence]
    assert [text[slice(*span)] for span in spans if span] == ["pT1c", "2.3 cm"]
