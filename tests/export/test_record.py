import json
from collections.abc import Callable
from importlib import resources

import jsonschema
import pytest

from pathstage.export import json_schema, record
from pathstage.report import Extraction, Failure, ModelInfo
from pathstage.schema import TaskSchema

Make = Callable[..., Extraction]


def test_record_has_the_published_shape(make_extraction: Make, model: ModelInfo):
    made = record(make_extraction("pT2 here"), model)
    assert list(made) == ["id", "source", "status", "error", "fields", "model"]
    assert made["model"] == {"name": "breast-v1", "base": "SmolLM2-135M-Instruct", "version": "0.1.0"}
    assert made["fields"]["pT"] == {
        "value": "T0",
        "probability": 0.875,
        "evidence": [{"text": "pT2 here", "start": 0, "end": 8, "page": 1}] * 2,
    }


def test_text_only_when_kept(make_extraction: Make, failure: Failure, model: ModelInfo):
    kept = record(make_extraction("pT2 here"), model, keep_text=True)
    evidence = kept["fields"]["pT"]["evidence"][0]
    assert kept["text"][evidence["start"] : evidence["end"]] == evidence["text"]
    assert "text" not in record(failure, model, keep_text=True)


def test_failure_says_what_went_wrong(failure: Failure, model: ModelInfo):
    made = record(failure, model)
    assert (made["status"], made["error"], made["fields"]) == ("error", failure.error, {})


def test_shipped_file_is_the_schema_of_the_shipped_tasks(schema: TaskSchema):
    shipped = resources.files("pathstage.export") / "record.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == json_schema(schema)


def test_records_are_valid(make_extraction: Make, failure: Failure, model: ModelInfo, schema: TaskSchema):
    published = json_schema(schema)
    jsonschema.Draft202012Validator.check_schema(published)
    for keep_text in (False, True):
        for result in (make_extraction(), failure):
            jsonschema.validate(json.loads(json.dumps(record(result, model, keep_text=keep_text))), published)


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
    ],
)
def test_schema_refuses(
    break_it: Callable[[dict], object], make_extraction: Make, model: ModelInfo, schema: TaskSchema
):
    made = record(make_extraction(), model)
    break_it(made)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(json.dumps(made)), json_schema(schema))
