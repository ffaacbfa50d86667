"""Examples and batches: where each head should look, and that a corpus comes out once an epoch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.model.base import BaseConfig, load_base
from pathstage.model.candidates import Vocabulary
from pathstage.model.encode import Encoder
from pathstage.model.network import Network
from pathstage.schema import TaskSchema
from pathstage.training.examples import Example, batches, collate, lower_states, make_example, only
from pathstage.training.loss import MISSING

NOTHING = Vocabulary(())
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoder(tiny_llama: Path, schema: TaskSchema) -> Encoder:
    return Encoder(load_base(BaseConfig(str(tiny_llama))).tokenizer, schema, 200)


@pytest.fixture(scope="module")
def reports(corpus_file: Path, schema: TaskSchema) -> list[LabelledReport]:
    return list(read_corpus(corpus_file, schema))


@pytest.fixture(scope="module")
def examples(reports: list[LabelledReport], encoder: Encoder) -> list[Example]:
    return [make_example(report, encoder) for report in reports]


def looked_at(example: Example, report: LabelledReport, task: int) -> str:
    tokens = example.looks[task]
    assert tokens
    spans = [span for token in tokens if (span := example.encoded.source_span(token))]
    return report.text[spans[0][0] : spans[-1][1]]


def test_targets_are_class_indices_and_missing_where_there_is_no_label(
    examples: list[Example], reports: list[LabelledReport], schema: TaskSchema
) -> None:
    for example, report in zip(examples, reports, strict=True):
        for task, target in zip(schema.tasks, example.targets, strict=True):
            assert target == (task.index(report.labels[task.name]) if task.name != "PR" else MISSING)


def test_a_head_should_look_at_the_tokens_of_its_evidence(
    examples: list[Example], reports: list[LabelledReport], schema: TaskSchema
) -> None:
    for example, report in zip(examples, reports, strict=True):
        for name in ("pT", "pN", "ER"):
            ((start, end),) = report.evidence[name]
            quoted = report.text[start:end]
            found = looked_at(example, report, schema.names.index(name))
            assert quoted in found
            assert len(found) <= len(quoted) + 6, "no more than the tokens at its ends stick out"


def test_it_should_look_at_nothing_for_an_absent_class_and_anywhere_where_no_one_said(
    reports: list[LabelledReport], encoder: Encoder, schema: TaskSchema
) -> None:
    looks = dict(zip(schema.names, make_example(reports[0], encoder).looks, strict=True))
    assert looks["pM"] == looks["grade"] == looks["HER2"] == ()  # MX, GX, not_reported
    assert looks["PR"] is None  # no label
    without = LabelledReport("r", "H", reports[0].text, reports[0].labels)
    assert make_example(without, encoder).looks[0] is None  # T2, but no evidence


def test_evidence_that_truncation_dropped_leaves_the_look_unknown(encoder: Encoder, schema: TaskSchema) -> None:
    weather = "The weather was fine and dry during all of that week, and many people were outdoors.\n\n"
    text = weather + "Stage: pT2 pN0, with estrogen receptor positive.\n"
    at = text.index("pN0")
    report = LabelledReport("r", "H", text, {"pT": "T2", "pN": "N0"}, {"pT": ((4, 11),), "pN": ((at, at + 3),)})
    looks = make_example(report, encoder).looks
    assert looks[0] is None
    assert looks[1]


def test_a_batch_marks_evidence_silence_and_the_unknown(examples: list[Example], schema: TaskSchema) -> None:
    batch = collate(examples[:2], None, NOTHING, CPU)
    assert batch.evidence.shape == (2, 7, batch.input_ids.shape[1] + 1)
    at = {name: number for number, name in enumerate(schema.names)}
    for row, example in enumerate(examples[:2]):
        assert tuple(batch.evidence[row, at["pT"]].nonzero().flatten().tolist()) == example.looks[at["pT"]]
        assert batch.evidence[row, at["pM"]].nonzero().flatten().tolist() == [batch.input_ids.shape[1]]
        assert not batch.evidence[row, at["PR"]].any()
    assert batch.targets.tolist() == [list(example.targets) for example in examples[:2]]
    assert batch.states is None


@pytest.mark.parametrize("batch_size", [1, 5, 12, 50])
def test_an_epoch_has_every_report_once(examples: list[Example], batch_size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    seen = []
    for batch in batches(examples, None, batch_size, NOTHING, CPU, generator):
        assert len(batch.input_ids) <= batch_size
        seen += [tuple(ids[mask].tolist()) for ids, mask in zip(batch.input_ids, batch.mask, strict=True)]
    assert sorted(seen) == sorted(example.encoded.token_ids for example in examples)


def test_the_order_follows_the_generator(examples: list[Example]) -> None:
    def order(seed: int) -> list[list[int]]:
        generator = torch.Generator().manual_seed(seed)
        return [
            row for batch in batches(examples, None, 1, NOTHING, CPU, generator) for row in batch.input_ids.tolist()
        ]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_kept_lower_states_give_what_computing_them_gives(
    examples: list[Example], make_network: Callable[..., Network]
) -> None:
    network = make_network(2, trained=True)
    batch = collate(examples[:3], lower_states(network, examples[:3]), network.heads.vocabulary, CPU)
    assert batch.states is not None
    kept = network.upper(batch.states, batch.mask, batch.candidates)
    computed = network(batch.input_ids, batch.mask, batch.candidates)
    torch.testing.assert_close(kept.attention, computed.attention, atol=5e-3, rtol=5e-2)  # kept in fp16


def test_only_some_tasks_are_known_of_an_example(examples: list[Example], schema: TaskSchema) -> None:
    whole, part = examples[0], only(examples[0], ("pN",), schema)
    assert part.encoded is whole.encoded
    at = schema.names.index("pN")
    assert part.targets[at] == whole.targets[at] != MISSING
    assert part.looks[at] == whole.looks[at]
    assert set(part.targets[:at] + part.targets[at + 1 :]) == {MISSING}
    assert set(part.looks[:at] + part.looks[at + 1 :]) == {None}
    assert only(whole, schema.names, schema) == whole
