"""What is wrong, and where: a system's errors on labelled reports by task, hospital, basis, length and kind.

    python benchmarks/error_analysis.py ../shared/data/tcga_brca/reports.jsonl.gz --model runs/synthetic/checkpoint
    python benchmarks/error_analysis.py ../shared/data/tcga_brca/reports.jsonl.gz --predictions PREDICTIONS

An error is "invented" when the report does not document the item, "missed" when it does and the answer is that it does
not, a "decoy" when the rules found the wrong value in a context that marks it as one, and "other" otherwise. Rows with
`traps`, as synthetic ones, are also scored by trap. Tables are Markdown, for docs/evaluation.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from pathstage.corpus.dataset import decode_line, read_lines
from pathstage.evaluation import evaluate
from pathstage.evaluation.bootstrap import macro_f1_intervals
from pathstage.evaluation.breakdown import by_basis, by_hospital, by_length
from pathstage.evaluation.metrics import TaskScore, score_predictions
from pathstage.evaluation.predictions import Prediction, by_seed, read_predictions
from pathstage.prepare import repair
from pathstage.rules import find
from pathstage.schema import TaskSchema, load_schema


def scores_table(predictions: Sequence[Prediction], schema: TaskSchema, six: Sequence[str]) -> list[str]:
    scores = score_predictions(predictions, schema)
    intervals = macro_f1_intervals(predictions, schema, {"six": six}, unit="hospital")
    lines = ["| task | macro-F1 | 95 % interval over hospitals | accuracy | reports |", "|---|---|---|---|---|"]
    for task, one in scores.items():
        low, high = intervals[task].low, intervals[task].high
        lines.append(
            f"| {task} | {one.macro_f1:.3f} | {low:.3f}–{high:.3f} | {one.accuracy:.3f} | {sum(one.support.values())} |"
        )
    macro, accuracy = (mean(getattr(scores[task], key) for task in six) for key in ("macro_f1", "accuracy"))
    lines.append(
        f"| mean of {', '.join(six)} | {macro:.3f} | {intervals['six'].low:.3f}–{intervals['six'].high:.3f} |"
        f" {accuracy:.3f} | |"
    )
    return lines


def accuracy_table(title: str, parts: Mapping[str, Mapping[str, TaskScore]], schema: TaskSchema) -> list[str]:
    lines = [f"| {title} | {' | '.join(schema.names)} |", "|---|" + "---|" * len(schema.names)]
    for part, scores in parts.items():
        cells = (
            f"{scores[task].accuracy:.2f} ({sum(scores[task].support.values())})" if task in scores else ""
            for task in schema.names
        )
        lines.append(f"| {part} | {' | '.join(cells)} |")
    return lines


def kinds_table(predictions: Iterable[Prediction], texts: Mapping[str, str], schema: TaskSchema) -> list[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for one in predictions:
        wrong = [task for task in one.gold if one.predicted[task] != one.gold[task]]
        findings = find(repair(texts[one.id], schema).text, schema.name) if wrong else ()
        for task in wrong:
            gold, said = one.gold[task], one.predicted[task]
            contexts = sorted({
                context
                for finding in findings
                if finding.task == task and finding.value == said
                for context in finding.context
            })  # fmt: skip
            if said == schema[task].absent:
                kind = "missed"
            elif contexts:
                kind = f"decoy: {', '.join(contexts)}"
            else:
                kind = "invented" if gold == schema[task].absent else "other"
            counts[kind, task] += 1
    lines = [f"| kind of error | {' | '.join(schema.names)} |", "|---|" + "---|" * len(schema.names)]
    totals = Counter(kind for (kind, _), n in counts.items() for _ in range(n))
    for kind, _ in totals.most_common():
        lines.append(f"| {kind} | {' | '.join(str(counts[kind, task] or '') for task in schema.names)} |")
    return lines


def by_trap(predictions: Sequence[Prediction], rows: Mapping[str, dict[str, Any]]) -> list[str]:
    traps: dict[str, list[Prediction]] = {}
    for one in predictions:
        for trap in rows[one.id].get("traps") or ():
            traps.setdefault(trap, []).append(one)
    if not traps:
        return []
    lines = ["| trap | reports | all seven right | errors by task |", "|---|---|---|---|"]
    for trap, members in sorted(traps.items()):
        wrong = Counter(task for one in members for task in one.gold if one.predicted[task] != one.gold[task])
        right = mean(one.predicted == one.gold for one in members)
        lines.append(
            f"| {trap} | {len(members)} | {right:.2f} | {', '.join(f'{task} {n}' for task, n in wrong.most_common())} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--model", help='checkpoint directory, or "rules"; the shipped one if left out')
    parser.add_argument("--predictions", help="read a predictions file instead of running a model")
    parser.add_argument("--but", nargs="*", default=["pM"], help="tasks left out of the mean")
    parser.add_argument("--list", action="store_true", help="also list each error: id, task, label, answer")
    arguments = parser.parse_args()

    schema = load_schema()
    rows = {row["id"]: row for row in (decode_line(line, where) for where, line in read_lines(arguments.corpus))}
    if arguments.predictions:
        predictions = next(iter(by_seed(read_predictions(arguments.predictions, schema)).values()))
    else:
        predictions = list(evaluate(arguments.corpus, arguments.model).predictions)
    six = [task for task in schema.names if task not in arguments.but]
    texts = {name: row["text"] for name, row in rows.items()}
    details = {name: row.get("details") or {} for name, row in rows.items()}
    tables = [
        scores_table(predictions, schema, six),
        accuracy_table("hospital", by_hospital(predictions, schema), schema),
        accuracy_table("basis", by_basis(predictions, schema, details), schema),
        accuracy_table(
            "length", by_length(predictions, schema, {name: len(text) for name, text in texts.items()}), schema
        ),
        kinds_table(predictions, texts, schema),
        by_trap(predictions, rows),
    ]
    print("\n\n".join("\n".join(table) for table in tables if table))
    if arguments.list:
        for one in predictions:
            for task in one.gold:
                if one.predicted[task] != one.gold[task]:
                    print(one.id, one.hospital, task, one.gold[task], one.predicted[task])


if __name__ == "__main__":
    main()
