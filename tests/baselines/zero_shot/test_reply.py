"""Replies as language models write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.baselines.zero_shot.reply import OUTSIDE, read_reply
from pathstage.schema import TaskSchema, load_schema


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ('{"pT": "T2", "ER": "positive"}', {"pT": "T2", "ER": "positive"}),
        (
            'Sure! ```json\n{"pT": "pT2", "PR": "Not reported"}\n``` I hope {this} helps',
            {"pT": "T2", "PR": "not_reported"},
        ),
        ('{"note": 1} then {"pt": "tis", "er": "NEGATIVE"}', {"pT": "Tis", "ER": "negative"}),
        ('{"pT": {"value": "ypT1", "evidence": "x"}, "pN": null, "grade": ""}', {"pT": "T1"}),
        ('{"pT": "T2 (2.3 cm)", "pN": "N7", "grade": 2}', {"pT": OUTSIDE, "pN": OUTSIDE, "grade": OUTSIDE}),
        ("**pT**: T3\n- pN: N0\nHER2 = equivocal, as printed", {"pT": "T3", "pN": "N0", "HER2": "equivocal"}),
        ('{"pT": "T2", "pN": "N1', {"pT": "T2", "pN": "N1"}),
        ("I cannot tell.", {}),
        ("", {}),
    ],
)
def test_what_was_meant_is_found(reply: str, found: dict[str, str], schema: TaskSchema) -> None:
    assert read_reply(reply, schema) == dict.fromkeys(schema.names, "") | found


def test_what_a_model_made_up_is_not_kept(schema: TaskSchema) -> None:
    assert "Jane" not in str(read_reply('{"pT": "of Jane Roe", "pN": {"Jane": 1}}', schema))


@given(
    st.text(max_size=200)
    | st.text(alphabet='{}[]":,pTN012\n', max_size=200)
    | st.just("{" * 5000)
    | st.just('{"pT":' * 3000)
)
def test_any_reply_gives_a_value_for_every_task(reply: str) -> None:
    schema = load_schema()
    found = read_reply(reply, schema)
    assert tuple(found) == schema.names
    assert all(value in (*schema[name].classes, OUTSIDE, "") for name, value in found.items())
