"""How well the details of a record are read: subcategories, numbers and descriptors, against the annotation.

    python benchmarks/details.py ../shared/data/tcga_brca/reports.jsonl.gz

The classes are those annotated, as if the model had made no error, so that what is counted is the rules' reading of the
details. Prints a Markdown table; no report text.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from pathstage.corpus.dataset import read_lines
from pathstage.details import SUBCATEGORY, detail_types, details_of
from pathstage.evaluation.selective import error_bound
from pathstage.prepare import repair
from pathstage.report import Extraction, FieldValue, Report
from pathstage.rules import find
from pathstage.schema import TaskSchema, load_schema

UNSTATED = (None, "not_reported", "NX", "TX")


def extraction(row: dict[str, Any], schema: TaskSchema) -> Extraction:
    whole = repair(row["text"], schema)
    found = []
    for finding in find(whole.text, schema.name):
        start, end = whole.to_source(finding.start, finding.end)
        found.append(replace(finding, start=start, end=end))
    fields = {name: FieldValue(value, 1.0) for name, value in row["labels"].items()}
    return Extraction(Report(row["id"], row["id"], row["text"]), fields, tuple(found))


def annotated(row: dict[str, Any], name: str) -> Any:
    if name.endswith(SUBCATEGORY):
        return row["details"][name.removesuffix(SUBCATEGORY) + "_sub"]
    gold = row["details"].get(name, row["numbers"].get(name))
    # The annotation has a stage group as it is printed: "II a".
    return gold.replace(" ", "").upper() if name == "stage_group_printed" and gold else gold


def outcome(gold: Any, read: Any) -> str:
    if gold in UNSTATED:
        return "silent" if read is None else "spurious"
    if read is None:
        return "missed"
    if read == gold:
        return "right"
    finer = isinstance(gold, str) and isinstance(read, str) and read.startswith(gold)
    return "finer" if finer else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    data = [json.loads(line) for _, line in read_lines(parser.parse_args().reports)]
    schema = load_schema()
    counts: dict[str, Counter[str]] = {}
    for row in data:
        details = details_of(extraction(row, schema))
        for name in detail_types(schema):
            if name not in (*row["details"], *row["numbers"]) and not name.endswith(SUBCATEGORY):
                continue  # not annotated
            read = details[name].value if name in details else None
            # An annotated "no" is what silence means too.
            gold = annotated(row, name)
            gold = None if name == "neoadjuvant" and gold == "no" and read is None else gold
            counts.setdefault(name, Counter())[outcome(gold, read)] += 1
    print(
        "| detail | annotated | right | finer | wrong | missed | not annotated, yet read | precision at least (90 %) |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, count in counts.items():
        stated = sum(count[kind] for kind in ("right", "finer", "wrong", "missed"))
        good = count["right"] + count["finer"]
        read = good + count["wrong"] + count["spurious"]
        bound = 1 - error_bound(read - good, read) if read else 0.0
        cells = [count[kind] for kind in ("right", "finer", "wrong", "missed", "spurious")]
        print(f"| {name} | {stated} | {' | '.join(map(str, cells))} | {bound:.2f} |")


if __name__ == "__main__":
    main()
