"""Reports per second, peak memory and loading time of `pathstage extract`, by what its parts cost.

    python benchmarks/extract_speed.py [--model DIR] [--reports 60] [--tokens 1000]

The reports are made of the example reports' own sentences, drawn until a report has about `--tokens` tokens, so the
benchmark runs anywhere. Times depend on the machine; the shares, taken in one run, say where they go.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from pathlib import Path

import torch

from pathstage.extractor import Extractor
from pathstage.prepare.sentences import sentences
from pathstage.report import Report

EXAMPLES = Path(__file__).parents[1] / "examples" / "reports"


def made_up_reports(count: int, tokens: int, extractor: Extractor) -> list[Report]:
    pool = [
        text[a:b] for path in sorted(EXAMPLES.glob("*.txt")) for text in [path.read_text()] for a, b in sentences(text)
    ]
    draw = random.Random(1)
    reports = []
    for number in range(count):
        chosen: list[str] = []
        size = 0
        while size < tokens:
            chosen.append(draw.choice(pool))
            size += len(extractor.encoder.tokenizer(chosen[-1])["input_ids"]) + 1
        reports.append(Report(str(number), "made up", "\n".join(chosen)))
    return reports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model")
    parser.add_argument("--reports", type=int, default=60)
    parser.add_argument("--tokens", type=int, default=1000)
    arguments = parser.parse_args()

    started = time.perf_counter()
    extractor = Extractor.load(arguments.model)
    loading = time.perf_counter() - started
    reports = made_up_reports(arguments.reports, arguments.tokens, extractor)

    started = time.perf_counter()
    encoded = [extractor.encoder.encode(report.text) for report in reports]
    preparing = time.perf_counter() - started

    started = time.perf_counter()
    for _ in extractor.extract_many(reports):
        pass
    whole = time.perf_counter() - started

    read = sum(len(one.token_ids) for one in encoded) / len(encoded)
    print("| what | measured |")
    print("|---|---|")
    print(f"| threads | {torch.get_num_threads()} |")
    print(f"| loading, base converted before | {loading:.1f} s |")
    print(f"| reports of {arguments.tokens} tokens | {len(reports)} |")
    print(f"| tokens that the network reads of each, mean | {read:.0f} |")
    print(f"| reports a second | {len(reports) / whole:.2f} |")
    print(f"| share of preparation | {preparing / whole:.0%} |")
    print(f"| peak memory | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB |")


if __name__ == "__main__":
    main()
