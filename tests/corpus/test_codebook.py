from __future__ import annotations

from typing import Any

import pytest

from pathstage.corpus.codebook import Codebook, CodebookError, Rule, load_codebook, parse_codebook
from pathstage.schema import TaskSchema, parse_schema

# A case that holds together, to break in one place at a time.
_SOUND: dict[str, Any] = {
    "pT": "T2", "pT_sub": "T2", "pT_basis": "stated", "size_mm": 25,
    "pN": "N1", "pN_sub": "N1a", "pN_basis": "derived", "nodes_positive": 2, "nodes_examined": 14, "pM": "MX",
    "grade": "G2", "grade_basis": "stated", "ER": "positive", "ER_percent": 90, "PR": "negative", "PR_percent": 0,
    "HER2": "negative", "HER2_ihc": "2+", "HER2_ish": "not_amplified",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "meaning"),
    [
        ("pT", "T1c", "T1"),
        ("pT", "pT4b", "T4"),
        ("pT", "ypT1mi", "T1"),
        ("pT", "Tis (DCIS)", "Tis"),
        ("pT", "TX", "TX"),
        ("pT", "T2c", None),
        ("pT", "T12", None),
        ("pN", "N0 (i-)", "N0"),
        ("pN", "N0 (i+)", "N0"),
        ("pN", "N0 (mol+)", "N0"),
        ("pN", "N1mi", "N1"),
        ("pN", "N3c", "N3"),
        ("pM", "cM0 (i+)", "M0"),
        ("ER", "Positive", "positive"),
        ("HER2", "Equivocal", "equivocal"),
        ("HER2", "Indeterminate", None),
        ("grade", "III", "G3"),
    ],
)
def test_registry_values_mean_classes(codebook: Codebook, field: str, value: str, meaning: str | None) -> None:
    assert codebook.labels[field].meaning(value) == meaning


@pytest.mark.parametrize(("value", "sub"), [("N0 (i+)", "N0(i+)"), ("N0 (i-)", "N0"), ("N1mi", "N1mi"), ("N3a", "N3a")])
def test_subcategories_are_kept(codebook: Codebook, value: str, sub: str) -> None:
    assert codebook.details["pN_sub"].meaning(value) == sub


def test_every_subcategory_belongs_to_the_class_of_the_same_value(codebook: Codebook) -> None:
    for value in ("T0", "Tis", "T1", "T1mi", "T1a", "T1b", "T1c", "T2", "T3", "T4", "T4a", "T4b", "T4c", "T4d"):
        sub, label = codebook.details["pT_sub"].meaning(value), codebook.labels["pT"].meaning(value)
        assert sub == value
        assert sub.startswith(label)


@pytest.mark.parametrize("value", ["", "[Not Available]", "[Not Evaluated]", "'--", "[Discrepancy]", "NaN", "Unknown"])
def test_a_registry_that_does_not_know(codebook: Codebook, value: str) -> None:
    assert codebook.is_missing(value)


@pytest.mark.parametrize("value", ["-", "+", "N0", "0"])
def test_a_sign_is_no_missing_value(codebook: Codebook, value: str) -> None:
    assert not codebook.is_missing(value)


def test_a_sound_case_breaks_no_rule(codebook: Codebook) -> None:
    assert list(codebook.broken(_SOUND)) == []
    assert list(codebook.broken({})) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"pT": "Tis", "pT_sub": "Tis", "size_mm": None}, "in-situ carcinoma with nodal metastasis"),
        ({"size_mm": 20}, "T2 with a size not above 20 and up to 50 mm"),
        ({"size_mm": 51}, "T2 with a size not above 20 and up to 50 mm"),
        ({"pT": "T3"}, "T3 with the subcategory of another class"),
        ({"nodes_positive": 15}, "more positive than examined nodes"),
        ({"pN": "N0", "pN_sub": "N0"}, "N0 with positive nodes"),
        ({"HER2_ish": None}, "HER2 negative or positive at 2+ without a result of in-situ hybridisation"),
        ({"HER2_ish": "amplified"}, "HER2 not positive although amplified"),
        ({"HER2": "equivocal"}, "HER2 equivocal although in-situ hybridisation decided"),
        ({"HER2_ihc": "3+", "HER2_ish": None}, "HER2 not positive at 3+ without in-situ hybridisation"),
        ({"ER_percent": 0}, "ER positive below 1 %"),
        ({"PR_percent": 1}, "PR negative at 1 % or more"),
        ({"pT_basis": "none"}, "T category with basis none"),
    ],
)
def test_impossible_combinations(codebook: Codebook, change: dict[str, Any], rule: str) -> None:
    assert rule in {broken.name for broken in codebook.broken({**_SOUND, **change})}


@pytest.mark.parametrize("size", [20.5, 21, 50])
def test_the_ends_of_t2(codebook: Codebook, size: float) -> None:
    assert list(codebook.broken({**_SOUND, "size_mm": size})) == []


def test_every_shipped_rule_can_fire(codebook: Codebook) -> None:
    for rule in codebook.rules:
        facts: dict[str, Any] = {}
        for name, condition in rule.when.items():
            if isinstance(condition, list):
                facts[name] = condition[0]
            elif "none_of" in condition:
                facts[name] = "something else"
            elif "exceeds" in condition:
                facts |= {name: 2, condition["exceeds"]: 1}
            else:
                above, up_to = condition["outside"]
                facts[name] = above if above is not None else up_to + 1
        assert rule.breaks(facts), rule.name
        assert not rule.breaks(_SOUND), rule.name


def test_conditions_on_numbers_pass_over_text() -> None:
    rule = Rule("r", "error", {"size_mm": {"outside": [0, 20]}})
    assert not rule.breaks({"size_mm": "30"})
    assert not rule.breaks({"size_mm": True})
    assert rule.breaks({"size_mm": 30})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("registry: [", "YAML"),
        ("consistency: []", "needs registry"),
        ("registry: {missing: ['('], columns: {}, labels: {}, details: {}, numbers: {}}\nconsistency: []", "regular"),
        (
            "registry: {missing: [''], columns: {}, labels: {pT: {columns: [t], values: {T9: [t9]}}}, details: {}, "
            "numbers: {}}\nconsistency: []",
            "no class 'T9'",
        ),
        (
            "registry: {missing: [''], columns: {}, labels: {}, details: {}, numbers: {}}\n"
            "consistency: [{name: r, level: error, when: {pN: [N9]}}]",
            "a class of pN",
        ),
        (
            "registry: {missing: [''], columns: {}, labels: {}, details: {}, numbers: {}}\n"
            "consistency: [{name: r, level: fatal, when: {}}]",
            "fatal",
        ),
        (
            "registry: {missing: [''], columns: {}, labels: {}, details: {}, numbers: {}}\n"
            "consistency: [{name: r, level: error, when: {size_mm: {over: 3}}}]",
            "unknown condition",
        ),
    ],
)
def test_a_bad_codebook_says_what_is_wrong(schema: TaskSchema, content: str, problem: str) -> None:
    with pytest.raises(CodebookError, match=problem):
        parse_codebook(content, schema, "book.yaml")


def test_a_schema_without_a_codebook() -> None:
    other = parse_schema("{name: colon, version: 1, tasks: {pT: {classes: [T1, TX], absent: TX}}}", "colon.yaml")
    with pytest.raises(CodebookError, match="colon"):
        load_codebook(other)
