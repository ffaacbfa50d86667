"""What truncation keeps: the share of annotated evidence that lies within a token budget, by task.

    python benchmarks/truncation_coverage.py ../shared/data/tcga_brca/reports.jsonl.gz --budgets 384 512 640

A task's evidence counts as kept when at least 80 % of the characters of one of its annotated spans are.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.model.base import BaseConfig, load_base
from pathstage.model.encode import Encoder
from pathstage.report import PreparedText
from pathstage.schema import load_schema

# Characters that a repair took out between two kept ones were read all the same ("HER-2/neu", now "HER2").
REPAIR = 8


def kept_characters(prepared: PreparedText) -> set[int]:
    kept: set[int] = set()
    last = None
    for start, end in zip(prepared.starts, prepared.ends, strict=True):
        if last is not None and last < start <= last + REPAIR:
            kept.update(range(last, start))
        kept.update(range(start, end))
        last = end
    return kept


def is_kept(spans: Sequence[tuple[int, int]], kept: set[int]) -> bool:
    return any(sum(place in kept for place in range(start, end)) >= 0.8 * (end - start) for start, end in spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--budgets", type=int, nargs="+", default=[384, 512, 640])
    arguments = parser.parse_args()

    schema = load_schema()
    reports: list[LabelledReport] = list(read_corpus(arguments.corpus, schema))
    tokenizer = load_base(BaseConfig(blocks=1)).tokenizer
    print(f"| tokens | {' | '.join(schema.names)} | mean tokens read |")
    print("|---|" + "---|" * (len(schema.names) + 1))
    for budget in arguments.budgets:
        encoder = Encoder(tokenizer, schema, budget)
        found = dict.fromkeys(schema.names, 0)
        annotated = dict.fromkeys(schema.names, 0)
        read = 0
        for report in reports:
            encoded = encoder.encode(report.text)
            read += len(encoded.token_ids)
            kept = kept_characters(encoded.prepared)
            for task, spans in report.evidence.items():
                if spans:
                    annotated[task] += 1
                    found[task] += is_kept(spans, kept)
        shares = " | ".join(f"{found[task] / annotated[task]:.0%}" for task in schema.names)
        print(f"| {budget} | {shares} | {read / len(reports):.0f} |")


if __name__ == "__main__":
    main()
