"""How much de-identification finds, and what it takes away with it: the tables of docs/deidentification.md.

    python benchmarks/deidentify_recall.py [--reports REPORTS.jsonl.gz]

The test set is tests/data/deidentify: reports of our own writing, protected items marked `<KIND>…</KIND>`. An item
counts as found only when every letter and digit of it is redacted, under whatever tag. A redaction counts as right
when it shares a letter or digit with a marked item. `--reports` (objects with `text` and `evidence`, as in the corpus)
measures what is lost on real reports, where nothing should be redacted any more; no text is ever printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pathstage.prepare.deidentify import TAGS, Deidentifier, Redaction

DATA = Path(__file__).parents[1] / "tests" / "data" / "deidentify"
PARTS = ("development", "held_out")
_MARK = re.compile(rf"<({'|'.join(TAGS)})>(.*?)</\1>", re.DOTALL)


@dataclass
class Score:
    """Counts by kind: marked items and those found, redactions and those that hit an item, and characters."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    redacted: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    clinical: int = 0
    clinical_lost: int = 0

    def add(self, text: str, gold: list[Redaction], redactions: tuple[Redaction, ...]) -> None:
        """Count one report. Only letters and digits count, so that a trailing full stop is neither miss nor loss."""
        solid = {at for at, character in enumerate(text) if character.isalnum()}
        hidden = {at for item in redactions for at in range(item.start, item.end)} & solid
        secret = {at for item in gold for at in range(item.start, item.end)} & solid
        for item in gold:
            self.marked[item.kind] += 1
            self.found[item.kind] += solid & set(range(item.start, item.end)) <= hidden
        for item in redactions:
            self.redacted[item.kind] += 1
            self.right[item.kind] += not secret.isdisjoint(range(item.start, item.end))
        self.clinical += len(solid - secret)
        self.clinical_lost += len(hidden - secret)


def parse(marked: str) -> tuple[str, list[Redaction]]:
    """The plain text of a marked-up report and its items."""
    text, gold, at = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        gold.append(Redaction(match[1], len(text), len(text) + len(match[2])))
        text += match[2]
        at = match.end()
    return text + marked[at:], gold


def score(part: str, deidentifier: Deidentifier) -> Score:
    """Score one part of the test set."""
    total = Score()
    for line in (DATA / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        text, gold = parse(json.loads(line)["text"])
        total.add(text, gold, deidentifier.redact(text))
    return total


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson, J Am Stat Assoc 1927;22:209-212)."""
    z = 1.959964
    share, spread = hits / of, z * math.sqrt(hits * (of - hits) / of + z * z / 4)
    return (share + z * z / (2 * of) - spread / of) / (1 + z * z / of), (share + z * z / (2 * of) + spread / of) / (
        1 + z * z / of
    )


def _share(hits: int, of: int) -> str:
    if not of:
        return "-"
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {hits / of:.3f} ({low:.3f}-{high:.3f})"


def _print_part(part: str, total: Score) -> None:
    print(f"\n{part}\n\n| kind | recall (95 % CI) | precision (95 % CI) |\n|---|---|---|")
    for kind in TAGS:
        print(
            f"| {kind} | {_share(total.found[kind], total.marked[kind])} "
            f"| {_share(total.right[kind], total.redacted[kind])} |"
        )
    print(
        f"| **all** | {_share(total.found.total(), total.marked.total())} "
        f"| {_share(total.right.total(), total.redacted.total())} |"
    )
    print(f"\nother letters and digits lost: {total.clinical_lost} of {total.clinical:,}")


def _print_loss(path: Path, deidentifier: Deidentifier) -> None:
    kinds: Counter[str] = Counter()
    spans = touched = lost = length = 0
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    begun = time.perf_counter()
    for row in rows:
        redactions = deidentifier.redact(row["text"])
        kinds.update(item.kind for item in redactions)
        lost += sum(item.end - item.start for item in redactions)
        length += len(row["text"])
        for evidence in row["evidence"].values():
            for span in evidence:
                spans += 1
                touched += any(item.start < span["end"] and span["start"] < item.end for item in redactions)
    seconds = time.perf_counter() - begun
    print(f"\nreal reports\n\n{len(rows)} reports, {length / len(rows):,.0f} characters on average")
    print(f"evidence spans touched: {_share(touched, spans)}")
    print(f"characters redacted: {lost:,} of {length:,} ({lost / length:.3%}); items: {dict(kinds.most_common())}")
    print(f"{len(rows) / seconds:.1f} reports/s, {length / seconds / 1000:,.0f} thousand characters/s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Recall and precision of de-identification")
    parser.add_argument("--reports", type=Path, help="real reports with evidence (.jsonl.gz)")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    deidentifier = Deidentifier()
    print(f"loaded in {time.perf_counter() - begun:.1f} s")
    for part in PARTS:
        _print_part(part, score(part, deidentifier))
    if arguments.reports:
        _print_loss(arguments.reports, deidentifier)


if __name__ == "__main__":
    main()
