"""Staged records: what is staged, what is to be reviewed, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pathstage import staged
from pathstage.details import detail_types
from pathstage.prepare import repair
from pathstage.report import Extraction, Failure, FieldValue, Report
from pathstage.rules import Finding, find
from pathstage.schema import TaskSchema, parse_schema
from pathstage.staged import REVIEW_CODES, stage_record, stage_records

TEXT = (
    "FINAL DIAGNOSIS: Left breast, mastectomy: invasive ductal carcinoma, Nottingham grade 2, 2.4 cm. No lymphovascular"
    " invasion is identified. Margins free. Axillary lymph nodes: three of 14 with metastatic carcinoma (3/14)."
    " Estrogen receptor positive (90%). Progesterone receptor positive (40%). HER2 negative (1+). pT2 pN1a."
)
VALUES = {
    "pT": "T2",
    "pN": "N1",
    "pM": "MX",
    "grade": "G2",
    "ER": "positive",
    "PR": "positive",
    "HER2": "negative",
}

Make = Callable[..., Extraction]


@pytest.fixture
def make(schema: TaskSchema) -> Make:
    """An extraction of `text` with the findings of the rules, each value of probability `p`; `changes` replace some."""

    def made(
        text: str = TEXT, p: float = 0.95, findings: tuple[Finding, ...] | None = None, **changes: Any
    ) -> Extraction:
        fields = {name: FieldValue(value, p) for name, value in (VALUES | changes).items()}
        # Nothing here has more or fewer characters once it is repaired, so that offsets are those of the text.
        assert len(repair(text, schema).text) == len(text)
        return Extraction(Report("r", "r.txt", text), fields, find(text, schema.name) if findings is None else findings)

    return made


def codes(record: staged.StagedRecord) -> list[str]:
    return [reason.code for reason in record.reasons]


def test_a_sure_and_consistent_record_needs_no_review(make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(), schema)
    assert record.reasons == ()
    assert not record.review
    assert record.stage is not None
    assert record.stage.anatomic.stage == "IIB"
    assert record.stage.prognostic.stage == "IB"
    assert record.stage.anatomic.assumed == ("cM0",)


def test_details_have_their_words(make: Make, schema: TaskSchema) -> None:
    details = stage_record(make(), schema).details
    assert {name: detail.value for name, detail in details.items()} == {
        "pT_subcategory": "T2",
        "size_mm": 24,
        "pN_subcategory": "N1a",
        "nodes_positive": 3,
        "nodes_examined": 14,
        "ER_percent": 90,
        "PR_percent": 40,
        "HER2_ihc": "1+",
        "LVI": "absent",
        "laterality": "left",
        "histology": "ductal",
    }
    assert details.keys() <= detail_types(schema).keys()
    assert list(details) == [name for name in detail_types(schema) if name in details]
    for detail in details.values():
        (words,) = detail.evidence
        assert words.text == TEXT[words.start : words.end]
    assert "2.4 cm" in details["size_mm"].evidence[0].text


def test_a_micrometastasis_reaches_the_stage(make: Make, schema: TaskSchema) -> None:
    text = TEXT.replace("pT2 pN1a", "pT1c pN1mi").replace("2.4 cm", "1.4 cm").replace("three of 14", "one of 14")
    text = text.replace("(3/14)", "(1/14), a micrometastasis")
    record = stage_record(make(text, pT="T1"), schema)
    assert record.details["pN_subcategory"].value == "N1mi"
    assert record.stage is not None
    assert record.stage.anatomic.stage == "IB"


def test_the_field_decides_and_the_rules_refine(make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(pN="N2"), schema)
    assert "pN_subcategory" not in record.details
    assert record.stage is not None
    assert record.stage.anatomic.stage == "IIIA"


def test_a_printed_stage_group_is_a_detail_and_is_compared(make: Make, schema: TaskSchema) -> None:
    agreeing = stage_record(make(TEXT + " Stage group: 2B."), schema)
    assert agreeing.details["stage_group_printed"].value == "IIB"
    assert agreeing.reasons == ()
    record = stage_record(make(TEXT + " Stage IIlA."), schema)
    assert codes(record) == ["inconsistency"]
    assert record.reasons[0].fields == ("pT", "pN")
    text = record.extraction.report.text
    (finding,) = record.findings
    assert [text[slice(*fact.span)] for fact in finding.evidence if fact.span] == ["Stage IIlA", "pT2", "pN1a"]


def test_tumours_of_two_sides_are_to_be_reviewed(make: Make, schema: TaskSchema) -> None:
    text = TEXT + " Right breast: invasive lobular carcinoma, 0.8 cm."
    (reason,) = [reason for reason in stage_record(make(text), schema).reasons if reason.code == "two_sides"]
    assert reason.fields == ()


def test_treatment_before_surgery_has_no_prognostic_stage(make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(TEXT.replace("pT2 pN1a", "ypT2 ypN1a")), schema)
    assert record.details["neoadjuvant"].value == "yes"
    assert record.stage is not None
    assert record.stage.neoadjuvant
    assert record.stage.anatomic.stage == "IIB"
    assert record.stage.prognostic.stages == ()


def test_a_doubtful_value_is_named(make: Make, schema: TaskSchema) -> None:
    extraction = make()
    extraction.fields["grade"] = FieldValue("G2", 0.7999)
    (reason,) = stage_record(extraction, schema).reasons
    assert (reason.code, reason.fields) == ("low_confidence", ("grade",))
    assert "grade 0.799 (0.900)" in reason.message


def test_thresholds_are_those_given(make: Make, schema: TaskSchema) -> None:
    thresholds = dict.fromkeys(schema.names, 0.95) | {"HER2": None}
    (reason,) = stage_record(make(), schema, thresholds).reasons
    assert reason.fields == ("HER2",)


def test_the_rules_may_disagree(make: Make, schema: TaskSchema) -> None:
    (reason,) = stage_record(make(ER="negative", HER2="not_reported"), schema).reasons
    assert (reason.code, reason.fields) == ("rules_disagree", ("ER", "HER2"))
    assert reason.message == "the rules read ER positive, HER2 negative"


def test_a_value_of_which_the_rules_found_nothing_is_a_disagreement(make: Make, schema: TaskSchema) -> None:
    (reason,) = stage_record(make(pM="M1"), schema).reasons
    assert (reason.code, reason.fields) == ("rules_disagree", ("pM",))


def test_without_any_findings_the_rules_have_no_say(make: Make, schema: TaskSchema) -> None:
    assert stage_record(make(findings=()), schema).reasons == ()


def test_a_contradiction_is_shown_with_both_sides(make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(TEXT.replace("2.4 cm", "1.4 cm")), schema)
    assert codes(record) == ["inconsistency"]
    assert record.reasons[0].fields == ("pT",)
    (finding,) = record.findings
    text = record.extraction.report.text
    assert [text[slice(*fact.span)] for fact in finding.evidence if fact.span] == ["pT2", "1.4 cm"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Page 1", "blank"),
        ("xkcd qwrtp zzzvbn mnkljh ttrwq pqlkm wwrtz bbnmx vvcxz qqwrt jjhgf", "unreadable_text"),
        (
            "Le sein gauche est le siège d'une tumeur de 2 cm avec des marges saines et sans ganglion.",
            "foreign_language",
        ),
        (
            "She was seen in the clinic and will start on tamoxifen; her medications are otherwise as before.",
            "not_pathology",
        ),
        ("Sigmoid colon, resection: adenocarcinoma, 3 cm, margins free, lymph nodes negative. pT3 pN0.", "other_organ"),
    ],
)
def test_what_is_no_report_of_this_cancer_has_no_stage(text: str, code: str, make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(text, p=0.999), schema)
    assert record.stage is None
    assert record.details == {}
    assert record.review
    assert codes(record)[0] == code


def test_a_schema_without_stage_tables_has_records_without_stage(make: Make) -> None:
    other = parse_schema("{name: spleen, version: 1, tasks: {grade: {classes: [G1, G2, GX], absent: GX}}}", "spleen")
    extraction = Extraction(Report("r", "r.txt", TEXT), {"grade": FieldValue("G2", 0.9)})
    record = stage_record(extraction, other)
    assert (record.stage, record.details, record.reasons) == (None, {}, ())
    assert detail_types(other) == {}


def test_one_report_ends_no_stream(make: Make, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(text: str, name: str) -> None:
        if "Marlow" in text:
            raise RuntimeError(text)

    monkeypatch.setattr(staged, "domain_problem", stumble)
    failure = Failure("f", "f.pdf", "f.pdf: is encrypted")
    results = list(stage_records([make(), failure, make(TEXT + " Marlow."), make()], schema))
    assert [isinstance(result, Failure) for result in results] == [False, True, True, False]
    assert results[1] is failure
    assert isinstance(results[2], Failure)
    assert "Marlow" not in results[2].error


def test_every_reason_has_a_published_code(make: Make, schema: TaskSchema) -> None:
    record = stage_record(make(TEXT.replace("2.4 cm", "1.4 cm"), p=0.5, ER="negative"), schema)
    assert set(codes(record)) == {"low_confidence", "rules_disagree", "inconsistency"}
    assert set(codes(record)) <= REVIEW_CODES.keys()
