"""What to expect on reports that neither the rules nor the network know: the blind sets, and 60 real reports.

    python benchmarks/blind.py --predictions runs/blind.jsonl
    python benchmarks/calibration_quality.py runs/blind.jsonl
    pathstage calibrate runs/blind.jsonl -o runs/breast/checkpoint

`benchmarks/blind/set*.jsonl.gz` were written and labelled by language models that knew neither the rules nor the
generator of synthetic reports; B6, E2, GM, LD and OL are the hospitals that were kept from the writers of the rules
(docs/experiments.md). Rules that have been mended since say nothing of what they would do elsewhere, so their answers
are those of the first look, which `benchmarks/blind/first_look.jsonl` keeps with the commit that gave them. The network
has learned from none of the sets; on the 60 real reports its answers are those of the cross-validation. Set 5 was
written last and serves no calibration: it is what the calibration is tried on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np
from sklearn.metrics import roc_auc_score

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.corpus.split import hospital_folds
from pathstage.evaluation.breakdown import by_basis, by_length
from pathstage.evaluation.calibration import apply_temperatures, calibration_quality, cross_fit, fit_temperatures
from pathstage.evaluation.metrics import score_predictions
from pathstage.evaluation.predictions import Prediction, confidences, read_predictions, write_predictions
from pathstage.extractor import Extractor, shipped_checkpoint
from pathstage.model.calibration import Calibration
from pathstage.model.checkpoint import load_checkpoint
from pathstage.model.encode import Encoder
from pathstage.model.prior import weigh
from pathstage.schema import TaskSchema

BLIND = Path(__file__).parent / "blind"
REAL, TEST = "real", "set5"
SIX = ("pT", "pN", "grade", "ER", "PR", "HER2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a checkpoint; the shipped one if left out")
    parser.add_argument("--crossval", default="runs/breast/crossval/network.jsonl", help="left out if not there")
    parser.add_argument("--predictions", help="write what both say together, to calibrate by")
    parser.add_argument(
        "--list", action="store_true", help="also list the errors: id, task, label, answer, probability"
    )
    arguments = parser.parse_args()
    network_alone = without_rules(Path(arguments.model) if arguments.model else shipped_checkpoint())
    schema = network_alone.schema
    rules = {line["id"]: line["rules"] for line in map(json.loads, (BLIND / "first_look.jsonl").open())}

    network: dict[str, list[Prediction]] = {}
    if Path(arguments.crossval).is_file():
        found = read_predictions(arguments.crossval, schema)
        network[REAL] = [one for one in found if one.id in rules and one.seed == found[0].seed]
    written: list[LabelledReport] = []
    for file in sorted(BLIND.glob("set*.jsonl.gz")):
        rows = list(read_corpus(file, schema))
        network[file.name.split(".")[0]] = list(read(network_alone, rows))
        written += rows
    by_rules = {name: [replace(one, predicted=rules[one.id]) for one in its] for name, its in network.items()}
    both = {name: [weighed(one, rules[one.id], schema) for one in its] for name, its in network.items()}

    print_readers({"rules, first look": by_rules, "network alone": network, "both": both}, schema)
    print_parts([one for name, its in both.items() if name != REAL for one in its], written, schema)
    print_surest(both, schema)
    known = list(in_folds([one for name, its in both.items() if name != TEST for one in its]))
    tried = apply_temperatures(both[TEST], fit_temperatures(known, schema), schema)
    for title, calibrated in ((f"all but {TEST}, cross-fitted", cross_fit(known, schema)), (TEST, tried)):
        print(f"\n{title}: {quality(calibrated, schema)}\n")
        print_review(calibrated, schema)
        if arguments.list:
            print_errors(calibrated, schema)
    if arguments.predictions:
        write_predictions(known, arguments.predictions)


def print_readers(readers: Mapping[str, Mapping[str, Sequence[Prediction]]], schema: TaskSchema) -> None:
    print(f"| reports | reader | six tasks, macro-F1 | accuracy | {' | '.join(schema.names)} |")
    print("|---|---|---|---|" + "---|" * len(schema.names))
    for name in (*next(iter(readers.values())), "all"):
        for reader, of in readers.items():
            its = of[name] if name in of else [one for part in of.values() for one in part]
            scores = score_predictions(its, schema)
            cells = [f"{scores[task].macro_f1:.3f} / {scores[task].accuracy:.3f}" for task in schema.names]
            means = [fmean(getattr(scores[task], key) for task in SIX) for key in ("macro_f1", "accuracy")]
            print(f"| {name} ({len(its)}) | {reader} | {means[0]:.3f} | {means[1]:.3f} | {' | '.join(cells)} |")


def print_parts(predictions: Sequence[Prediction], rows: Sequence[LabelledReport], schema: TaskSchema) -> None:
    """Accuracy on printed and on derived labels, and by the length of the report."""
    parts = by_basis(predictions, schema, {row.id: row.details for row in rows})
    parts |= by_length(predictions, schema, {row.id: len(row.text) for row in rows})
    print(f"\n| accuracy of both, sets 1 to 5 | {' | '.join(schema.names)} |\n|---|" + "---|" * len(schema.names))
    for name, scores in parts.items():
        cells = [f"{scores[task].accuracy:.3f}" if task in scores else "–" for task in schema.names]
        print(f"| {name} | {' | '.join(cells)} |")


def print_surest(sets: Mapping[str, Sequence[Prediction]], schema: TaskSchema) -> None:
    print("\n| reports | errors | AUROC of the probability | errors among the surest 50 % | 70 % | 80 % |")
    print("|---|---|---|---|---|---|")
    for name in (*sets, "all"):
        its = sets[name] if name in sets else [one for part in sets.values() for one in part]
        confidence, right = (
            np.concatenate(parts) for parts in zip(*(confidences(its, task) for task in schema.tasks), strict=True)
        )
        order = np.argsort(-confidence, kind="stable")
        surest = [int((~right[order[: int(share * len(order))]]).sum()) for share in (0.5, 0.7, 0.8)]
        auroc = roc_auc_score(right, confidence)
        print(f"| {name} | {int((~right).sum())} of {len(right)} | {auroc:.3f} | {' | '.join(map(str, surest))} |")


def print_errors(calibrated: Sequence[Prediction], schema: TaskSchema) -> None:
    print("\n| report | task | label | answer | probability |\n|---|---|---|---|---|")
    for one in calibrated:
        for task in schema.names:
            label, answer = one.gold[task], one.predicted[task]
            if answer != label:
                print(f"| {one.id} | {task} | {label} | {answer} | {one.probabilities[task][answer]:.2f} |")


def quality(predictions: Sequence[Prediction], schema: TaskSchema) -> str:
    found = calibration_quality(predictions, schema).values()
    return ", ".join(f"{name} {fmean(getattr(one, name) for one in found):.3f}" for name in ("ece", "brier", "nll"))


def print_review(calibrated: Sequence[Prediction], schema: TaskSchema) -> None:
    print(
        "| review below | values to review | reports to review | of the others hold an error | errors found | missed |"
    )
    print("|---|---|---|---|---|---|")
    wrong = np.array([[one.predicted[task] != one.gold[task] for task in schema.names] for one in calibrated])
    for least in (0.7, 0.8, 0.9, 0.95):
        unsure = np.array(
            [[one.probabilities[t][one.predicted[t]] < least for t in schema.names] for one in calibrated]
        )
        left = ~unsure.any(axis=1)
        print(
            f"| {least} | {unsure.mean():.1%} | {1 - left.mean():.0%} | {int(wrong[left].any(axis=1).sum())} of"
            f" {int(left.sum())} | {int((wrong & unsure).sum())} | {int((wrong & ~unsure).sum())} |"
        )


def without_rules(checkpoint: Path) -> Extractor:
    """The network of a checkpoint, which asks no rules and is not calibrated."""
    loaded = load_checkpoint(checkpoint)
    encoder = Encoder(loaded.encoder.tokenizer, loaded.schema, loaded.settings.max_tokens, rules=False)
    return Extractor(replace(loaded, encoder=encoder, calibration=Calibration()))


def read(extractor: Extractor, rows: Sequence[LabelledReport]) -> Iterator[Prediction]:
    for row in rows:
        fields = extractor.extract(row.text).fields
        predicted = {name: one.value for name, one in fields.items()}
        probabilities = {name: dict(one.probabilities) for name, one in fields.items()}
        yield Prediction(row.id, row.hospital, 0, 0, dict(row.labels), predicted, probabilities)


def weighed(network: Prediction, rules: Mapping[str, str], schema: TaskSchema) -> Prediction:
    probabilities = weigh(network.probabilities, rules, schema)
    predicted = {task: max(classes, key=classes.__getitem__) for task, classes in probabilities.items()}
    return replace(network, predicted=predicted, probabilities=probabilities)


def in_folds(predictions: Sequence[Prediction]) -> Iterator[Prediction]:
    rows = [LabelledReport(one.id, one.hospital, "", one.gold) for one in predictions]
    fold_of = {rows[at].id: fold for fold, held_out in enumerate(hospital_folds(rows, 5)) for at in held_out}
    for one in predictions:
        yield replace(one, fold=fold_of[one.id], seed=0)


if __name__ == "__main__":
    main()
