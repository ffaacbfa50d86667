import json
from collections.abc import Callable
from importlib import resources

import jsonschema
import pytest

from pathstage.export import json_schema, record, table
from pathstage.report import Extraction, Failure, FieldValue, ModelInfo, Page, Report
from pathstage.rules import Finding
from pathstage.schema import TaskSchema
from pathstage.staged import StagedRecord, stage_record

Make = Callable[..., StagedRecord]


def test_record_has_the_published_shape(make_record: Make, model: ModelInfo):
    made = record(make_record("pT2 here"), model)
    beyond = ["stage", "details", "findings", "review", "review_reasons"]
    assert list(made) == ["id", "source", "status", "error", "fields", *beyond, "model"]
    assert made["model"] == {"name": "breast-v1", "base": "SmolLM2-135M-Instruct", "version": "0.1.0"}
    assert made["fields"]["pT"] == {
        "value": "T0",
        "probability": 0.875,
        "evidence": [{"text": "pT2 here", "start": 0, "end": 8, "page": 1}] * 2,
    }


def test_text_only_when_kept(make_record: Make, failure: Failure, model: ModelInfo):
    kept = record(make_record("pT2 here"), model, keep_text=True)
    evidence = kept["fields"]["pT"]["evidence"][0]
    assert kept["text"][evidence["start"] : evidence["end"]] == evidence["text"]
    assert "text" not in record(failure, model, keep_text=True)


def test_failure_says_what_went_wrong(failure: Failure, model: ModelInfo):
    made = record(failure, model)
    assert (made["status"], made["error"], made["fields"], made["stage"]) == ("error", failure.error, {}, None)
    assert made["review"]
    assert made["review_reasons"] == [{"code": "not_read", "message": failure.error, "fields": []}]


def test_shipped_file_is_the_schema_of_the_shipped_tasks(schema: TaskSchema):
    shipped = resources.files("pathstage.export") / "record.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == json_schema(schema)


def test_records_are_valid(make_record: Make, failure: Failure, model: ModelInfo, schema: TaskSchema):
    published = json_schema(schema)
    jsonschema.Draft202012Validator.check_schema(published)
    for keep_text in (False, True):
        for result in (make_record(), failure):
            jsonschema.validate(json.loads(json.dumps(record(result, model, keep_text=keep_text))), published)


TEXT = (
    "SURGICAL PATHOLOGY. Left breast, lumpectomy: invasive ductal carcinoma, 2.3 cm, grade 2. Margins free. pT1c pN1."
    " Two of 14 axillary lymph nodes with metastasis (2/14)."
)


def at(words: str) -> dict[str, int]:
    return {"start": TEXT.index(words), "end": TEXT.index(words) + len(words)}


@pytest.fixture
def contradictory(schema: TaskSchema) -> StagedRecord:
    """A record with a stage, details, a contradiction and a doubt."""

    def found(task: str, value: str, detail: str, kind: str, words: str, weight: float = 60) -> Finding:
        return Finding(task, value, detail, "stated", kind, **at(words), section="", context=frozenset(), weight=weight)

    findings = (
        found("pT", "T1", "T1c", "category", "pT1c", 90),
        found("pT", "T2", "23 mm", "size", "2.3 cm"),
        found("pN", "N1", "N1", "category", "pN1", 90),
        found("pN", "N1", "2/14", "nodes", "(2/14)"),
        found("grade", "G2", "2", "grade", "grade 2"),
        found("laterality", "left", "Left breast", "descriptor", "Left breast"),
    )
    fields = {task.name: FieldValue(task.absent, 0.9) for task in schema.tasks}
    fields |= {"pT": FieldValue("T1", 0.95), "pN": FieldValue("N1", 0.7), "grade": FieldValue("G2", 0.99)}
    pages = (Page(1, 0, 40, "text_layer"), Page(2, 40, len(TEXT), "text_layer"))
    return stage_record(Extraction(Report("r", "r.pdf", TEXT, pages), fields, findings), schema)


def test_stage_details_findings_and_review_are_in_the_record(
    contradictory: StagedRecord, model: ModelInfo, schema: TaskSchema
):
    made = json.loads(json.dumps(record(contradictory, model, keep_text=True)))
    jsonschema.validate(made, json_schema(schema))
    assert made["stage"]["anatomic"] == {
        "stage": "IIA",
        "possible": ["IIA"],
        "settled_by": [],
        "assumed": ["cM0"],
        "reason": None,
    }
    assert made["stage"]["prognostic"]["settled_by"] == ["HER2", "ER", "PR"]
    # The printed N1 has no letter; the count it rests on gives it one.
    assert made["details"]["pN_subcategory"]["value"] == "N1a"
    assert made["details"]["size_mm"] == {"value": 23, "evidence": [{"text": "2.3 cm", **at("2.3 cm"), "page": 2}]}
    (finding,) = made["findings"]
    assert finding["code"] == "category_against_size"
    assert [(fact["field"], fact["text"], fact["page"]) for fact in finding["evidence"]] == [
        ("pT", "pT1c", 2),
        ("size_mm", "2.3 cm", 2),
    ]
    assert made["review"]
    assert [(reason["code"], reason["fields"]) for reason in made["review_reasons"]] == [
        ("low_confidence", ["pN"]),
        ("inconsistency", ["pT"]),
    ]


def test_a_table_row_has_them_too(contradictory: StagedRecord, model: ModelInfo, schema: TaskSchema):
    row = dict(zip(table.columns(schema), table.row(record(contradictory, model), schema), strict=True))
    assert (row["stage"], row["stage_possible"], row["stage_assumed"]) == ("IIA", None, "cM0")
    assert row["prognostic_stage"] is None
    assert str(row["prognostic_stage_possible"]).split(" | ")[0] == "IA"
    assert row["prognostic_stage_missing"] == "HER2 | ER | PR"
    assert (row["size_mm"], row["pN_subcategory"], row["laterality"]) == (23, "N1a", "left")
    assert row["review"] == "yes"
    assert str(row["findings"]).startswith("category_against_size: ")


def test_a_record_of_the_first_version_is_still_valid(make_record: Make, model: ModelInfo, schema: TaskSchema):
    made = record(make_record("pT2 here"), model)
    earlier = {key: made[key] for key in ("id", "source", "status", "error", "fields", "model")}
    jsonschema.validate(earlier, json_schema(schema))
    failed = earlier | {"status": "error", "error": "is encrypted", "fields": {}}
    jsonschema.validate(failed, json_schema(schema))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda r: r["fields"]["pT"].update(value="T9"),
        lambda r: r["fields"]["pT"].update(probability=1.5),
        lambda r: r["fields"].pop("pM"),
        lambda r: r["fields"].update(pX=r["fields"]["pM"]),
        lambda r: r.update(error="but it is ok"),
        lambda r: r.update(status="error", error="yet it has fields"),
        lambda r: r.update(status="error", fields={}),
        lambda r: r["fields"]["pN"]["evidence"][0].pop("page"),
        lambda r: r.update(surplus=1),
        lambda r: r.pop("model"),
        lambda r: r.update(stage={"anatomic": "IIA"}),
        lambda r: r.update(review="yes"),
        lambda r: r["details"].update(mood={"value": "good", "evidence": []}),
        lambda r: r["review_reasons"].append({"code": "hunch", "message": "", "fields": []}),
    ],
)
def test_schema_refuses(break_it: Callable[[dict], object], make_record: Make, model: ModelInfo, schema: TaskSchema):
    made = record(make_record(), model)
    break_it(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(made)), json_schema(schema))
