"""Stages of a record, from field values as an extraction holds them."""

from __future__ import annotations

import json

import pytest

from pathstage.staging.record import stage_fields

FIELDS = {
    "pT": "T1",
    "pN": "N1",
    "pM": "MX",
    "grade": "G2",
    "ER": "positive",
    "PR": "positive",
    "HER2": "negative",
    "laterality": "left",
}


def test_stages_of_classes_with_their_subcategories() -> None:
    result = stage_fields(FIELDS, {"pT": "T1c", "pN": "N1a"}, neoadjuvant=False)
    assert result.anatomic.stage == "IIA"
    assert result.prognostic.stage == "IA"
    assert result.anatomic.assumed == result.prognostic.assumed == ("cM0",)


def test_a_class_alone_keeps_micrometastases_possible_where_they_matter() -> None:
    assert stage_fields(FIELDS).anatomic.stages == ("IB", "IIA")
    assert stage_fields(FIELDS).anatomic.settled_by == ("pN subcategory",)
    assert stage_fields(FIELDS).prognostic.stage == "IA"
    assert stage_fields(FIELDS | {"pT": "T2"}).anatomic.stage == "IIB"
    assert stage_fields(FIELDS, {"pN": "N1mi"}).anatomic.stage == "IB"


def test_a_printed_bare_n1_is_taken_as_printed() -> None:
    anatomic = stage_fields(FIELDS, {"pN": "N1"}).anatomic
    assert (anatomic.stage, anatomic.assumed) == ("IIA", ("cM0", "not N1mi"))


@pytest.mark.parametrize("subcategory", ["T3", "TX", None])
def test_the_class_decides_over_a_subcategory_it_does_not_hold(subcategory: str | None) -> None:
    assert stage_fields(FIELDS | {"pN": "N0"}, {"pT": subcategory}).anatomic.stage == "IA"


def test_a_subcategory_says_nothing_of_an_unknown_class() -> None:
    assert stage_fields(FIELDS | {"pN": "NX"}, {"pN": "N0(i+)"}).anatomic.settled_by == ("pN",)


def test_surgery_first_is_assumed_where_nothing_is_known_of_treatment() -> None:
    assert "no neoadjuvant treatment" in stage_fields(FIELDS).prognostic.assumed
    assert "no neoadjuvant treatment" not in stage_fields(FIELDS, neoadjuvant=False).prognostic.assumed


@pytest.mark.parametrize(("values", "neoadjuvant"), [({}, True), ({"pT": "ypT1c"}, None), ({"pT": "ypT1c"}, False)])
def test_treated_cases_have_an_anatomic_group_only(values: dict[str, str], neoadjuvant: bool | None) -> None:
    result = stage_fields(FIELDS | {"pN": "N2"} | values, neoadjuvant=neoadjuvant)
    assert result.neoadjuvant is True
    assert result.anatomic.stage == "IIIA"
    assert (result.prognostic.stages, result.prognostic.assumed) == ((), ())


def test_a_record_of_nothing_has_no_stage() -> None:
    result = stage_fields({"pT": "TX", "pN": "NX", "pM": "MX", "grade": "GX", "ER": "not_reported"})
    assert result.anatomic.stage is None
    assert result.anatomic.settled_by == ("pT", "pN")
    assert result.prognostic.settled_by == ("pT", "pN", "grade", "HER2", "ER", "PR")


def test_to_dict_is_json_and_tells_certain_from_possible() -> None:
    result = stage_fields(FIELDS | {"HER2": "equivocal", "grade": "G3", "pT": "T2"}).to_dict()
    assert json.loads(json.dumps(result)) == {
        "edition": "AJCC 8",
        "neoadjuvant": None,
        "anatomic": {"stage": "IIB", "possible": ["IIB"], "settled_by": [], "assumed": ["cM0"], "reason": None},
        "prognostic": {
            "stage": None,
            "possible": ["IB", "IIA"],
            "settled_by": ["HER2"],
            "assumed": ["cM0", "no neoadjuvant treatment"],
            "reason": None,
        },
    }
