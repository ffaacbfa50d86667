from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathstage.corpus.dataset import CorpusError, LabelledReport, read_corpus, shown, write_corpus
from pathstage.schema import TaskSchema, load_schema

_SCHEMA = load_schema()
_plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@st.composite
def _rows(draw: st.DrawFn) -> list[LabelledReport]:
    rows = []
    for number in range(draw(st.integers(0, 4))):
        text = draw(_plain)
        labels = {t.name: draw(st.sampled_from(t.classes)) for t in _SCHEMA.tasks if draw(st.booleans())}
        spans = {}
        if text:
            start = draw(st.integers(0, len(text) - 1))
            spans = {"pT": ((start, draw(st.integers(start + 1, len(text)))),), "pN": ()}
        numbers = {"size_mm": draw(st.none() | st.integers(0, 200))}
        rows.append(LabelledReport(f"r{number}", draw(_plain), text, labels, spans, {}, numbers, draw(_plain)))
    return rows


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=_rows(), name=st.sampled_from(["c.jsonl", "c.jsonl.gz"]))
def test_what_is_written_is_read_back(rows: list[LabelledReport], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert write_corpus(rows, path) == len(rows)
    assert list(read_corpus(path, _SCHEMA)) == rows


def test_equal_corpora_are_equal_files(many_rows: Callable[..., list[LabelledReport]], tmp_path: Path) -> None:
    write_corpus(many_rows(5), tmp_path / "a.jsonl.gz")
    write_corpus(many_rows(5), tmp_path / "b.jsonl.gz")
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_written_evidence_carries_its_words(tmp_path: Path) -> None:
    row = LabelledReport("a", "H", "Stage: pT2 pN0", {"pT": "T2"}, {"pT": ((7, 10),)})
    write_corpus([row], tmp_path / "c.jsonl")
    assert json.loads((tmp_path / "c.jsonl").read_text())["evidence"] == {
        "pT": [{"start": 7, "end": 10, "text": "pT2"}]
    }


def test_an_interrupted_write_leaves_the_earlier_file(
    many_rows: Callable[..., list[LabelledReport]], tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    write_corpus(many_rows(2), path)
    before = path.read_bytes()

    def broken() -> Iterator[LabelledReport]:
        yield from many_rows(1)
        raise RuntimeError("source went away")

    with pytest.raises(RuntimeError):
        write_corpus(broken(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"id": 1, "text": "secret words"', "not JSON"),
        ('["secret words"]', "not a JSON object"),
        ('{"id": 1, "text": "secret words"}', "not a corpus row"),
        ('{"id": 1, "text": 7, "labels": {}}', "not a corpus row"),
        ('{"id": 1, "text": "secret words", "labels": {"pT": "T9"}}', "'T9'"),
        ('{"id": 1, "text": "secret", "labels": {"pT": "' + "secret words " * 9 + '"}}', "a text of 117 characters"),
        ('{"id": 1, "text": "secret", "labels": {}, "evidence": {"pT": [{"start": 3, "end": 9}]}}', "outside the text"),
    ],
)
def test_a_bad_line_is_named_without_its_text(line: str, problem: str, schema: TaskSchema, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"id": 0, "text": "", "labels": {}}\n\n' + line + "\n")
    with pytest.raises(CorpusError, match="line 3") as caught:
        list(read_corpus(path, schema))
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


def test_files_that_are_no_corpus(schema: TaskSchema, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"id": 0, "text": "", "labels": {}}\n' * 99)[:-12])
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"id": 0, "text": "Tumorgröße", "labels": {}}\n'.encode("latin-1"))
    for path, problem in ((cut, "gzip"), (latin, "UTF-8"), (tmp_path / "none.jsonl", "no such")):
        with pytest.raises(CorpusError, match=problem):
            list(read_corpus(path, schema))


def test_long_values_are_not_shown() -> None:
    assert shown("T2") == "'T2'"
    assert shown("x" * 33) == "a text of 33 characters"
