"""How well texts that are no breast pathology report in English are told from those that are.

    python benchmarks/domain_check.py BREAST.jsonl.gz OTHERS.jsonl.gz

Prints, as Markdown, the share of breast reports that are flagged (false alarms), of reports on other cancers that are
(recall), by cancer, and the results on our own texts (tests/data/domain_texts.jsonl). No report text is printed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pathstage.corpus.dataset import read_lines
from pathstage.evaluation.selective import error_bound
from pathstage.prepare.domain import domain_problem

OWN = Path(__file__).parents[1] / "tests" / "data" / "domain_texts.jsonl"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for _, line in read_lines(path)]


def codes(reports: Iterable[dict[str, Any]]) -> list[str]:
    return [problem.code if (problem := domain_problem(row["text"], "breast")) else "passes" for row in reports]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("breast", type=Path)
    parser.add_argument("others", type=Path)
    arguments = parser.parse_args()

    breast, others, own = rows(arguments.breast), rows(arguments.others), rows(OWN)
    start = time.perf_counter()
    on_breast, on_others = codes(breast), codes(others)
    seconds = time.perf_counter() - start

    print("| texts | number | flagged | 90 % upper bound of errors | as |\n|---|---|---|---|---|")
    for name, found, wrong in (
        ("breast reports", on_breast, sum(code != "passes" for code in on_breast)),
        ("reports on other cancers", on_others, sum(code == "passes" for code in on_others)),
    ):
        kinds = ", ".join(f"{code} {count:,}" for code, count in Counter(found).most_common() if code != "passes")
        flagged = sum(code != "passes" for code in found)
        print(f"| {name} | {len(found):,} | {flagged:,} | {error_bound(wrong, len(found)):.2%} | {kinds or '–'} |")
    passing = Counter(row["cancer"] for row, code in zip(others, on_others, strict=True) if code == "passes")
    print(f"\nOther cancers that pass: {dict(passing) or 'none'}.", end=" ")
    print(f"{1000 * seconds / len(breast + others):.0f} ms a report.\n")

    print("| our own texts | number | told |\n|---|---|---|")
    expected = [row["expected"] or "passes" for row in own]
    told = Counter(kind for kind, code in zip(expected, codes(own), strict=True) if kind == code)
    for kind, count in Counter(expected).items():
        print(f"| {kind} | {count} | {told[kind]} |")


if __name__ == "__main__":
    main()
