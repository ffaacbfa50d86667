"""Leave-hospitals-out: train on some hospitals, predict the reports of the others, until every report was predicted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from torch import Tensor

from pathstage.corpus.dataset import whole_file
from pathstage.corpus.split import hospital_folds
from pathstage.evaluation.metrics import TaskScore, mean_sd, score
from pathstage.model.base import load_base
from pathstage.model.network import Network
from pathstage.model.prior import weigh
from pathstage.rules import answers
from pathstage.schema import TaskSchema, load_schema
from pathstage.training.config import TrainingConfig, load_config
from pathstage.training.examples import Example, collate, look_at, lower_states
from pathstage.training.loop import Log, device, fingerprint, fit, load_examples, new_network

Prediction = dict[str, Any]
"""A line of the predictions file: id, hospital, fold, seed, gold, predicted, probabilities (task → class → value)."""


@dataclass(frozen=True)
class CrossValidation:
    """Scores on hospitals not trained on.

    `run` is the fingerprint of the configuration and of what it reads (see `fingerprint`).
    `pooled`: over the predictions of all folds of the first seed. `runs`: the scores of each fold and seed.
    `hospitals`: the accuracy of each task in each hospital, first seed, the largest hospital first.
    """

    config: str
    run: str
    folds: int
    seeds: tuple[int, ...]
    reports: int
    pooled: dict[str, TaskScore]
    runs: tuple[dict[str, TaskScore], ...]
    hospitals: dict[str, dict[str, float]]

    def table(self) -> str:
        """A Markdown table: pooled scores, and mean ± sd over folds and seeds."""
        lines = [
            "| task | macro-F1, pooled | accuracy, pooled | macro-F1, mean ± sd | accuracy, mean ± sd |",
            "|---|---|---|---|---|",
        ]
        for task, pooled in self.pooled.items():
            by_run = [run[task] for run in self.runs if task in run]
            lines.append(
                f"| {task} | {pooled.macro_f1:.3f} | {pooled.accuracy:.3f}"
                f" | {mean_sd([one.macro_f1 for one in by_run])} | {mean_sd([one.accuracy for one in by_run])} |"
            )
        scores = self.pooled.values()
        lines.append(f"| mean | {mean(s.macro_f1 for s in scores):.3f} | {mean(s.accuracy for s in scores):.3f} | | |")
        return "\n".join(lines)

    def hospital_table(self) -> str:
        """A Markdown table: accuracy a hospital and task."""
        tasks = list(self.pooled)
        lines = [f"| hospital | {' | '.join(tasks)} |", "|---|" + "---|" * len(tasks)]
        for hospital, accuracy in self.hospitals.items():
            cells = (f"{accuracy[task]:.2f}" if task in accuracy else "" for task in tasks)
            lines.append(f"| {hospital} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Everything, as JSON."""
        return json.dumps(asdict(self), indent=2)


def cross_validate(
    config_path: str | Path, *, folds: int = 5, seeds: Sequence[int] = (0,), log: Log = print
) -> CrossValidation:
    """Train `folds` × `seeds` times as the configuration says, each time without the hospitals of one fold.

    Writes `<output>/crossval/predictions.jsonl`, `network.jsonl`, which are the predictions of the networks without the
    rules, and `metrics.json`. A run that was cut short goes on with the folds it has not predicted yet. Raises what
    `train` raises, and ValueError when there are fewer hospitals than folds.
    """
    config = load_config(config_path)
    schema = load_schema(config.schema)
    directory = Path(config.output) / "crossval"
    directory.mkdir(parents=True, exist_ok=True)
    base = load_base(config.base, device())
    reports, examples = load_examples(config.data, config, schema, base.tokenizer, rules=config.rules)
    by_fold = hospital_folds(reports, folds)
    if config.extra:
        examples += load_examples(config.extra, config, schema, base.tokenizer)[1]
    run = fingerprint(config, examples)
    files = {
        (seed, fold): directory / f"{run[:12]}-{folds}-folds-fold-{fold}-seed-{seed}.jsonl"
        for seed in seeds
        for fold in range(len(by_fold))
    }
    states = None
    if config.keep_lower_states and not all(file.is_file() for file in files.values()):
        states = lower_states(new_network(base, config, schema, examples), examples)

    alone: list[Prediction] = []
    done: list[Prediction] = []
    for seed in seeds:
        for fold, held_out in enumerate(by_fold):
            file = files[seed, fold]
            if not file.is_file():
                log(f"fold {fold + 1} of {folds}, seed {seed}: {len(held_out)} reports held out")
                trained = _train_without(held_out, replace(config, seed=seed), schema, examples, states, file, log)
                lines = (
                    {"id": reports[index].id, "hospital": reports[index].hospital, "fold": fold, "seed": seed}
                    | {"gold": reports[index].labels}
                    | _predict(trained, schema, examples[index], states[index] if states is not None else None)
                    for index in held_out
                )
                _write_lines(file, lines)
            # The files hold what the networks said, so that the word of the rules can be weighed anew.
            raw = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
            for line, index in zip(raw, held_out, strict=True):
                decided = examples[index].encoded.decided
                rules = {} if decided is None else answers(decided, schema)
                alone.append(line | _answer(line["probabilities"]))
                done.append(line | _answer(weigh(line["probabilities"], rules, schema)))

    result = _summarize(config.name, run, schema, done, folds, tuple(seeds))
    _write_lines(directory / "network.jsonl", alone)
    _write_lines(directory / "predictions.jsonl", done)
    (directory / "metrics.json").write_text(result.to_json() + "\n", encoding="utf-8")
    return result


def _write_lines(path: Path, lines: Iterable[Prediction]) -> None:
    # Whole or not there: a fold cut short while it is written must not look predicted.
    with whole_file(path) as file:
        file.writelines(json.dumps(line).encode() + b"\n" for line in lines)


def _train_without(
    held_out: Sequence[int],
    config: TrainingConfig,
    schema: TaskSchema,
    examples: Sequence[Example],
    states: Sequence[Tensor] | None,
    file: Path,
    log: Log,
) -> Network:
    """A new network, trained on the examples that are not held out; until it is, its state lies beside `file`."""
    kept = sorted(set(range(len(examples))) - set(held_out))
    kept_examples = [examples[index] for index in kept]
    kept_states = [states[index] for index in kept] if states is not None else None
    network = new_network(load_base(config.base, device()), config, schema, kept_examples)
    state_file = file.with_suffix(".safetensors")
    fit(network, schema, kept_examples, kept_states, config, state_file, log)
    state_file.unlink()
    return network


@torch.inference_mode()
def _predict(network: Network, schema: TaskSchema, example: Example, states: Tensor | None) -> dict[str, Any]:
    batch = collate([example], None if states is None else [states], network.heads.vocabulary, network.device)
    logits = look_at(network, batch).logits
    return {
        "probabilities": {
            task.name: dict(zip(task.classes, one[0].softmax(dim=-1).tolist(), strict=True))
            for task, one in zip(schema.tasks, logits, strict=True)
        }
    }


def _answer(probabilities: dict[str, dict[str, float]]) -> dict[str, Any]:
    predicted = {task: max(classes, key=classes.__getitem__) for task, classes in probabilities.items()}
    return {"predicted": predicted, "probabilities": probabilities}


def _summarize(
    name: str, run: str, schema: TaskSchema, done: Sequence[Prediction], folds: int, seeds: tuple[int, ...]
) -> CrossValidation:
    def scores(lines: Sequence[Prediction]) -> dict[str, TaskScore]:
        return score([line["gold"] for line in lines], [line["predicted"] for line in lines], schema)

    first = [line for line in done if line["seed"] == seeds[0]]
    runs = tuple(
        scores([line for line in done if line["seed"] == seed and line["fold"] == fold])
        for seed in seeds
        for fold in range(folds)
    )
    sizes = Counter(line["hospital"] for line in first)
    hospitals = {
        hospital: {
            task: one.accuracy for task, one in scores([line for line in first if line["hospital"] == hospital]).items()
        }
        for hospital, _ in sizes.most_common()
    }
    return CrossValidation(name, run, folds, seeds, len(first), scores(first), runs, hospitals)
