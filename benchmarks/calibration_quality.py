"""How far probabilities can be relied on, before and after calibration, on hospitals that were not used to fit it.

    python benchmarks/calibration_quality.py runs/breast/crossval/predictions.jsonl

Temperatures are fitted on all folds but one and measured on that one; thresholds likewise. Tables are Markdown.
"""

from __future__ import annotations

import argparse

from pathstage.evaluation.calibration import calibration_quality, cross_fit
from pathstage.evaluation.predictions import by_seed, read_predictions
from pathstage.evaluation.selective import DELTA, TARGETS, selective_results
from pathstage.schema import load_schema


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("predictions")
    arguments = parser.parse_args()
    schema = load_schema()
    raw = next(iter(by_seed(read_predictions(arguments.predictions, schema)).values()))
    fitted = cross_fit(raw, schema)
    before, after = calibration_quality(raw, schema), calibration_quality(fitted, schema)
    print("| task | ECE before | ECE after | Brier before | Brier after |")
    print("|---|---|---|---|---|")
    for task in before:
        one, other = before[task], after[task]
        print(f"| {task} | {one.ece:.3f} | {other.ece:.3f} | {one.brier:.3f} | {other.brier:.3f} |")
    results = selective_results(fitted, schema, TARGETS, DELTA)
    print(f"\n| task | {' | '.join(f'accepted at {target:.0%} error, of these wrong' for target in TARGETS)} |")
    print("|---|" + "---|" * len(TARGETS))
    for task, by_target in results.items():
        cells = []
        for target in TARGETS:
            found = by_target[target].observed
            cells.append(f"{found.accepted / len(raw):.0%}, {found.wrong}" if found.accepted else "none certified")
        print(f"| {task} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
