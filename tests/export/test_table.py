import csv
import io
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.export import record, table
from pathstage.report import Evidence, Extraction, FieldValue, ModelInfo, Report
from pathstage.schema import TaskSchema
from pathstage.staged import stage_record


def test_columns_open_with_what_a_reader_looks_for_first(schema: TaskSchema):
    names = list(table.columns(schema, keep_text=True))
    assert names[:6] == ["id", "status", "error", "pT", "pT_probability", "pT_evidence"]
    fields = 3 + 3 * 7
    assert names[fields - 3 : fields + 3] == ["HER2", "HER2_probability", "HER2_evidence", "source", "model", "stage"]
    assert names[-4:] == ["findings", "review", "review_reasons", "text"]
    assert len(names) == len(set(names))


def _cells(pages: list[int | None], schema: TaskSchema, model: ModelInfo) -> list[table.Cell]:
    """The evidence cells of a record whose tasks each rest on one piece, on these pages in turn."""
    fields = {
        task.name: FieldValue(task.classes[0], 0.9, (Evidence("pT2\n pN0", 0, 8, page),))
        for task, page in zip(schema.tasks, cycle(pages), strict=False)
    }
    made = record(stage_record(Extraction(Report("r", "r.pdf", "pT2\n pN0"), fields), schema), model)
    row = dict(zip(table.columns(schema), table.row(made, schema), strict=True))
    return [row[f"{name}_evidence"] for name in schema.names]


def test_evidence_has_its_page_once_any_is_on_a_later_one(schema: TaskSchema, model: ModelInfo):
    assert _cells([2, 1, None], schema, model)[:3] == ["pT2 pN0 (p. 2)", "pT2 pN0 (p. 1)", "pT2 pN0"]
    assert set(_cells([1], schema, model)) == {"pT2 pN0"}
    assert set(_cells([None], schema, model)) == {"pT2 pN0"}


@pytest.mark.parametrize(
    "attack",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "\u00a0=1+1",
        "\u200b=1+1",
        "\ufeff=1+1",
        "\x00=1+1",
        "＝1+1",
        "＠SUM(A1)",
        '=HYPERLINK("http://x","y")',
    ],
)
def test_formulas_are_defused(attack: str):
    assert str(table.defuse(attack)).startswith("'")


@pytest.mark.parametrize("harmless", ["pT2", "2.1 x 1.8 cm", "3 = 4", "ER+", "-12", "+0.5", "'=1", "", "≥ 1 %"])
def test_other_text_is_left_alone(harmless: str):
    assert table.defuse(harmless) == harmless


@pytest.mark.parametrize("number", [-0.5, 0.0, None])
def test_numbers_stay_numbers(number: float | None):
    assert table.defuse(number) is number


@given(st.text() | st.from_regex(r"\A[\s\x00]*[=+\-@\t\r＝].*"))
def test_no_text_comes_out_live(text: str):
    defused = table.defuse(text)
    assert isinstance(defused, str)
    first = defused.lstrip()[:1]
    if first in {"=", "+", "-", "@"}:
        float(defused)  # only a number may start like a formula
    assert defused[:1] not in {"\t", "\r", "\n"}
    assert table.defuse(defused) == defused
    # Nothing but the apostrophe and control characters is changed.
    assert defused.removeprefix("'").replace("\x7f", "") in (text.removeprefix("'"), table._CONTROL.sub("", text))


@given(st.lists(st.text(), min_size=1))
def test_defused_cells_survive_csv(texts: list[str]):
    cells = [table.encodable(table.defuse(text)) for text in texts]
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerow(cells)
    file.seek(0)
    assert next(csv.reader(file)) == cells
