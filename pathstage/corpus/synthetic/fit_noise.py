"""Estimate the OCR channel's rates from real report text, and write them to `noise.yaml`.

    python -m pathstage.corpus.synthetic.fit_noise REPORTS.jsonl.gz [MORE.jsonl.gz ...] -o noise.yaml

Only counts leave this module: no word of a report is stored.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

_WORD = re.compile(r"[A-Za-z]+")
# What OCR confuses, as (what was printed, what was read). A fit counts how often each explains a misspelt word.
PAIRS = (
    ("l", "I"), ("I", "l"), ("i", "l"), ("l", "i"), ("l", "t"), ("t", "l"), ("m", "rn"), ("rn", "m"), ("n", "u"),
    ("u", "n"), ("n", "r"), ("r", "n"), ("c", "e"), ("e", "c"), ("e", "o"), ("o", "e"), ("a", "o"), ("o", "a"),
    ("h", "b"), ("b", "h"), ("f", "t"), ("t", "f"), ("s", "a"), ("a", "s"), ("g", "q"), ("v", "y"), ("y", "v"),
    ("ti", "u"), ("li", "h"), ("cl", "d"), ("d", "cl"), ("in", "m"), ("ri", "n"), ("nn", "m"), ("f", "r"), ("i", "r"),
    ("M", "N"), ("N", "M"), ("I", "T"), ("T", "I"), ("D", "O"), ("O", "D"), ("C", "O"), ("E", "F"), ("F", "P"),
    ("L", "I"), ("S", "8"), ("B", "8"), ("o", "0"), ("l", "1"), ("R", "K"), ("U", "O"), ("H", "N"), ("A", "I"),
    ("M", "H"), ("G", "C"), ("C", "G"), ("T", "Y"), ("V", "Y"), ("E", "B"),
)  # fmt: skip


def read_texts(paths: Sequence[Path]) -> Iterator[str]:
    """The report texts of corpus files."""
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]


def fit(texts: Iterable[str]) -> dict[str, Any]:
    """All rates: line breaks, confusions (a thousand characters), categories, dimensions, drops. See `noise.yaml`."""
    reports = list(texts)
    counts = Counter(word for text in reports for word in set(_WORD.findall(text)))
    per_report = []
    pairs: Counter[tuple[str, str]] = Counter()
    for text in reports:
        errors = 0
        for word in _WORD.findall(text):
            if len(word) >= 5 and (found := _explain(word, counts)):
                pairs[found] += 1
                errors += 1
        per_report.append(1000 * errors / max(len(text), 200))
    # Only words of five letters and more are tested: scale to all letters.
    tested = sum(len(w) for text in reports for w in _WORD.findall(text) if len(w) >= 5)
    scale = sum(len(w) for text in reports for w in _WORD.findall(text)) / tested
    breaks = [len(re.findall(r"\. (?=[a-z(])", text)) / len(text) for text in reports]
    widths = [_width(text) for text in reports if len(re.findall(r"\w\. [a-z]", text)) >= 4]
    joined = "\n".join(reports)
    return {
        "fitted_on": {"reports": len(reports), "characters": len(joined)},
        "line_width_quantiles": [round(float(q)) for q in np.quantile(widths, np.linspace(0.05, 0.95, 10))],
        "unwrapped_share": round(float(np.mean([b < 0.0006 for b in breaks])), 3),
        "stop_after_comma": _share(joined, r",\. ", r", (?=[a-z])", scale=1 / 90),
        "confusions": {f"{a}>{b}": n for (a, b), n in pairs.most_common() if n >= 3},
        "confusions_per_1000": [round(scale * float(q), 3) for q in np.quantile(per_report, np.linspace(0, 1, 21))],
        "letter_o_for_zero_in_N0": _share(joined, r"\bpNO\b", r"\bpN0\b"),
        "letter_l_for_one_in_T1": _share(joined, r"\bpT[lIi][abcm]", r"\bpT1[abcm]"),
        "capital_x_in_dimensions": _share(joined, r"\d X \d", r"\d x \d"),
        "space_before_colon": _share(joined, r"\w :", r"\w:"),
        "doubled_bullet_dot": _share(joined, r"-\. ", r"- "),
        "space_in_parenthesis": _share(joined, r"\( \w|\w \)", r"\(\w|\w\)"),
        "gaps_per_report": round(len(re.findall(r"\b(?:by|per|Dr|the|labeled)\. (?=[A-Z])", joined)) / len(reports), 3),
    }


def _explain(word: str, counts: Mapping[str, int]) -> tuple[str, str] | None:
    """The confusion that turns a word at least 40 times as common into this one, when exactly one does."""
    if counts[word] > 20:
        return None
    found = set()
    for printed, read in PAIRS:
        start = word.find(read)
        while start >= 0:
            repaired = word[:start] + printed + word[start + len(read) :]
            if counts.get(repaired, 0) >= 40 * counts[word]:
                found.add((printed, read))
            start = word.find(read, start + 1)
    return found.pop() if len(found) == 1 else None


def _width(text: str) -> float:
    """Typical line length: the upper part of the distances between stops that a line break left behind."""
    stops = [m.start() for m in re.finditer(r"[\w,]\. (?=[a-z(])", text)]
    ends = [m.start() for m in re.finditer(r"\. ", text)]
    distances = [stop - max((e for e in ends if e < stop), default=0) for stop in stops]
    return float(np.quantile(distances, 0.85))


def _share(text: str, seen: str, instead: str, scale: float = 1.0) -> float:
    found, clean = len(re.findall(seen, text)), len(re.findall(instead, text))
    return round(min(1.0, found / max(found + clean * scale, 1)), 3)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reports", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    rates = fit(read_texts(arguments.reports))
    named = " ".join(path.parent.name + "/" + path.name for path in arguments.reports)
    header = f"# Written by: python -m pathstage.corpus.synthetic.fit_noise {named} -o {arguments.output.name}\n"
    arguments.output.write_text(header + yaml.safe_dump(rates, sort_keys=False, allow_unicode=True), encoding="utf-8")


if __name__ == "__main__":
    main()
