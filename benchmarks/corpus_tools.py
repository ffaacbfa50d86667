"""What the corpus tools find on a corpus of real reports: thresholds for near-duplicates, planted leaks, even splits.

    python benchmarks/corpus_tools.py ../shared/data/tcga_brca/reports.jsonl.gz [MORE ...]

Prints three Markdown tables, the first over all the files together, the others over the first alone. Copies are made by
replacing each word, with the given probability, by one that occurs nowhere.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pathstage.corpus.codebook import load_codebook
from pathstage.corpus.dataset import LabelledReport, write_corpus
from pathstage.corpus.duplicates import DuplicateIndex, Key
from pathstage.corpus.importing import ImportReport, import_corpus
from pathstage.corpus.split import corpus_digest, hospital_folds, stratified_folds, stratified_split
from pathstage.corpus.validate import validate_corpus
from pathstage.schema import TaskSchema, load_schema

THRESHOLDS = (0.5, 0.6, 0.7, 0.8)
CHANGED = (0.0, 0.02, 0.05, 0.1)


def altered(text: str, share: float, rng: random.Random) -> str:
    """The text with about `share` of its words replaced."""
    return " ".join(f"x{rng.randrange(10**9)}" if rng.random() < share else word for word in text.split())


def thresholds(rows: Sequence[LabelledReport], copies: int = 300) -> None:
    """Print, by threshold, how many copies are found and how many reports match another as they are."""
    print("\n| words per shingle | threshold | reports that match another |", end="")
    print("".join(f" found, {share:.0%} of words changed |" for share in CHANGED))
    print("|---" * (3 + len(CHANGED)) + "|")
    sample = random.Random(1).sample(rows, min(copies, len(rows)))
    for shingle in (3, 5):
        for threshold in THRESHOLDS:
            index = DuplicateIndex(threshold, shingle)
            matching = sum(bool(index.add(Key("", row.id), row.text)) for row in rows)
            found = []
            for share in CHANGED:
                rng = random.Random(0)
                hits = 0
                for row in sample:
                    pair = DuplicateIndex(threshold, shingle)
                    pair.add(Key("", "original"), row.text)
                    hits += bool(pair.add(Key("", "copy"), altered(row.text, share, rng)))
                found.append(f"{hits / len(sample):.1%}")
            print(f"| {shingle} | {threshold} | {matching} of {len(rows)} | {' | '.join(found)} |")


def planted(rows: list[LabelledReport], schema: TaskSchema, copies: int = 40) -> None:
    """Print how many copies of training reports, hidden in the test part, the validation finds."""
    print(f"\n| words changed | planted copies found (of {copies}) | other rows called leaks |\n|---|---|---|")
    split = stratified_split(rows, schema)
    by_id = {row.id: row for row in rows}
    host = by_id[split.parts["test"][0]].hospital
    for share in CHANGED:
        rng = random.Random(7)
        hidden = [
            replace(
                by_id[row_id], id=f"planted{n}", patient="", hospital=host, text=altered(by_id[row_id].text, share, rng)
            )
            for n, row_id in enumerate(rng.sample(split.parts["train"], copies))
        ]
        hidden = [replace(row, evidence={}) for row in hidden]
        both = rows + hidden
        parts = {**split.parts, "test": split.parts["test"] + [row.id for row in hidden]}
        with TemporaryDirectory() as folder:
            path = Path(folder) / "corpus.jsonl"
            write_corpus(both, path)
            report = validate_corpus(path, schema, split=replace(split, parts=parts, corpus_sha256=corpus_digest(both)))
        leaks = {finding.ids[0] for finding in report.findings if finding.check.startswith("leak")}
        found = sum(row_id.startswith("planted") for row_id in leaks)
        print(f"| {share:.0%} | {found} | {len(leaks) - found} |")


def evenness(rows: list[LabelledReport], schema: TaskSchema, seeds: int = 10) -> None:
    """Print how far the class counts of folds are from even: chi-square over folds and classes, mean of seeds."""
    print("\n| folds | by row | by hospital, stratified | by hospital, sizes only |\n|---|---|---|---|")
    for k in (3, 4, 5):
        makers = (
            lambda seed, k=k: list(stratified_folds(rows, schema, k, "row", seed).indices(rows).values()),
            lambda seed, k=k: list(stratified_folds(rows, schema, k, "hospital", seed).indices(rows).values()),
            lambda seed, k=k: hospital_folds(rows, k, seed),
        )
        means = [sum(distance(rows, make(seed)) for seed in range(seeds)) / seeds for make in makers]
        print(f"| {k} | " + " | ".join(f"{mean:.0f}" for mean in means) + " |")


def distance(rows: Sequence[LabelledReport], folds: Sequence[Sequence[int]]) -> float:
    """Σ (count - share)² / share over folds and classes."""
    total = Counter(pair for row in rows for pair in row.labels.items())
    held = [Counter(pair for at in fold for pair in rows[at].labels.items()) for fold in folds]
    return sum(
        (counts[pair] - count / len(folds)) ** 2 / (count / len(folds))
        for counts in held
        for pair, count in total.items()
    )


def main() -> None:
    """Print the tables for the files on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=Path)
    schema = load_schema()
    codebook = load_codebook(schema)
    corpora = [list(import_corpus(path, schema, codebook, ImportReport())) for path in parser.parse_args().corpus]
    thresholds([row for rows in corpora for row in rows])
    planted(corpora[0], schema)
    evenness(corpora[0], schema)


if __name__ == "__main__":
    main()
