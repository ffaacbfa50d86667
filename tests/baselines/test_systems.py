"""The systems that learn without a language model, and the protocol that they share."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathstage.baselines.linear import TfidfLinear
from pathstage.baselines.majority import MajorityClass
from pathstage.baselines.ready import Rules
from pathstage.baselines.system import System, answer
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.report import Report
from pathstage.schema import TaskSchema


@pytest.fixture(scope="module")
def rows(corpus_file: Path, schema: TaskSchema) -> list[LabelledReport]:
    return list(read_corpus(corpus_file, schema))


def read(system: System, text: str) -> dict[str, str]:
    return {name: one.value for name, one in system.extract(Report("r", "r", text)).fields.items()}


@pytest.mark.parametrize("kind", [MajorityClass, TfidfLinear, Rules])
def test_every_task_gets_a_class_and_its_probability(
    kind: type[System], rows: list[LabelledReport], schema: TaskSchema
) -> None:
    system = kind(schema)
    system.fit(rows, seed=0)
    fields = system.extract(Report("r", "r", rows[0].text)).fields
    assert tuple(fields) == schema.names
    for name, one in fields.items():
        assert one.value in schema[name].classes
        if one.probabilities:
            assert tuple(one.probabilities) == schema[name].classes
            assert sum(one.probabilities.values()) == pytest.approx(1)
            assert one.probability == max(one.probabilities.values()) == one.probabilities[one.value]


def test_the_majority_is_counted_anew(rows: list[LabelledReport], schema: TaskSchema) -> None:
    system = MajorityClass(schema)
    system.fit([row for row in rows if row.labels["pT"] == "T1"], seed=0)
    assert read(system, "")["pT"] == "T1"
    system.fit(rows, seed=0)
    assert system.extract(Report("r", "r", "")).fields["pT"].probabilities["T1"] == 0.5
    assert system.extract(Report("r", "r", "")).fields["PR"].value == schema["PR"].absent  # no labels at all


def test_words_are_learned(rows: list[LabelledReport], schema: TaskSchema) -> None:
    system = TfidfLinear(schema)
    with pytest.raises(RuntimeError, match="after fit"):
        system.extract(Report("r", "r", "text"))
    system.fit(rows, seed=0)
    for row in rows:
        found = read(system, row.text)
        assert {name: found[name] for name in ("pT", "pN", "ER")} == {
            name: row.labels[name] for name in ("pT", "pN", "ER")
        }
    assert system.deployed_models == 6
    assert system.trained_parameters > 1000
    assert set(read(system, "")) == set(schema.names)


def test_equal_probabilities_go_to_the_first_class(schema: TaskSchema) -> None:
    fields = answer(Report("r", "r", ""), schema, {"pT": {"T2": 0.5, "T1": 0.5}}).fields
    assert fields["pT"].value == "T1"
    assert fields["pT"].probabilities["T4"] == 0
    assert fields["pN"].value == "NX"
