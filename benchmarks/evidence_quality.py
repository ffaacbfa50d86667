"""How good the evidence is: whether it lies where the annotators' does, and whether the answers rest on it.

    python benchmarks/evidence_quality.py ../shared/data/tcga_brca/reports.jsonl.gz
    python benchmarks/evidence_quality.py REPORTS.jsonl.gz --model rules --limit 50

Prints two Markdown tables, with a 95 % interval over hospitals for all tasks together; no report text.

Place: overlap of the spans shown with those annotated, in characters and in spans that touch. Annotators quoted one or
two places and a report may state a value in more, so that evidence beside them is not always wrong.

Faithfulness, the comprehensiveness and sufficiency of DeYoung et al. 2020 (doi:10.18653/v1/2020.acl-main.408) by the
answer: without its evidence an answer must change. A report that states the value elsewhere too keeps it, rightly, so
that it is also deleted with all repeats: the same words again, and what the rules read as the same value, until they
read none (which the rules themselves must heed). With nothing but the sentences that hold its evidence an answer must
stay. As a control one piece of other words, as many as evidence and repeats, is deleted, which must not change it.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from pathstage.baselines.rules import RulesExtractor
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.evaluation.bootstrap import Interval, Weights, bootstrap
from pathstage.evaluation.checkpoint import RULES
from pathstage.extractor import Extractor
from pathstage.prepare.sentences import sentences
from pathstage.report import Extraction, Failure, Report

Span = tuple[int, int]
Ratios = dict[str, tuple[float, int]]
"""Measure → what counts, and of how many."""

PLACE = (
    "characters shown that are annotated",
    "characters annotated that are shown",
    "spans shown that touch an annotated one",
    "spans annotated that are touched",
    "values touched",
)
ABSENT, WITH_EVIDENCE = "absent, without evidence", "present, with evidence"
WITHOUT, WITHOUT_REPEATS = "changed without its evidence", "changed without it and its repeats"
ONLY, CONTROL = "same with its sentences only", "same without as many other words"
FAITHFULNESS = (WITHOUT, WITHOUT_REPEATS, ONLY, CONTROL)
SHORTEST_REPEAT = 4
"""Characters from which on evidence found again, word by word, is a repeat: "2" or "G2" may mean anything."""
MOST_ROUNDS = 10
"""Times that a text is searched for what the rules still read in it."""
RULES_EXTRACTOR = RulesExtractor()


@dataclass(frozen=True, slots=True)
class Measured:
    """The ratios of one task in one report."""

    hospital: str
    task: str
    ratios: Ratios


def characters(spans: Iterable[Span]) -> set[int]:
    return {at for start, end in spans for at in range(start, end)}


def touched(spans: Sequence[Span], by: Sequence[Span]) -> int:
    """How many of `spans` share a character with one of `by`."""
    return sum(any(start < other_end and other < end for other, other_end in by) for start, end in spans)


def place(shown: Sequence[Span], annotated: Sequence[Span], *, stated: bool) -> Ratios:
    """Overlap of the spans shown with those annotated; where nothing is `stated` none need be shown."""
    own, theirs = characters(shown), characters(annotated)
    ratios: Ratios = {PLACE[0]: (len(own & theirs), len(own)), PLACE[2]: (touched(shown, annotated), len(shown))}
    if stated:
        hit = touched(annotated, shown)
        ratios |= {PLACE[1]: (len(own & theirs), len(theirs)), PLACE[3]: (hit, len(annotated)), PLACE[4]: (hit > 0, 1)}
    return ratios


def without(text: str, spans: Iterable[Span]) -> str:
    """`text` with a blank for each run of characters that `spans` hold."""
    for start, end in reversed(merged(spans)):
        text = f"{text[:start]} {text[end:]}"
    return text


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch as one."""
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((start, end))
    return whole


def stating(extraction: Extraction, task: str, value: str) -> list[Span]:
    """Where a report states the value of a task, as the rules read it."""
    return [(one.start, one.end) for one in extraction.findings if one.task == task and one.value == value]


def same_words(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Where the words of `spans` stand in `text`."""
    for start, end in spans:
        if end - start >= SHORTEST_REPEAT:
            words = r"\s+".join(map(re.escape, text[start:end].split()))
            yield from (match.span() for match in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE))


def sentences_of(text: str, spans: Sequence[Span]) -> str:
    """The sentences of `text` that hold a character of `spans`, a line each."""
    return "\n".join(text[start:end] for start, end in sentences(text) if touched([(start, end)], spans))


def control(text: str, spans: Iterable[Span], size: int, chance: random.Random) -> str | None:
    """`text` without one piece of `size` characters that `spans` do not touch; None where there is no room for one."""
    ends = [0, *(at for span in merged(spans) for at in span), len(text)]
    rooms = [(start, end - size) for start, end in zip(ends[::2], ends[1::2], strict=True) if end - start >= size]
    if not rooms:
        return None
    start = chance.choice([at for first, last in rooms for at in range(first, last + 1)])
    return without(text, [(start, start + size)])


class Answers:
    """The answers of a model to texts; each text is read once."""

    def __init__(self, model: Extractor | RulesExtractor) -> None:
        self._model = model
        self._known: dict[str, Extraction | Failure] = {}

    def to(self, report: Report) -> Extraction | Failure:
        if report.text not in self._known:
            self._known[report.text] = next(iter(self._model.extract_many([report])))
        return self._known[report.text]

    def value(self, text: str, task: str) -> str | None:
        """The answer to a task; None for a text that cannot be read."""
        extraction = self.to(Report("text", "text", text))
        return None if isinstance(extraction, Failure) else extraction.fields[task].value


def faithfulness(extraction: Extraction, task: str, answers: Answers) -> Ratios:
    """Whether an answer changes and stays as it should when its evidence, or all but it, is deleted."""
    text, value = extraction.report.text, extraction.fields[task].value
    spans = [(one.start, one.end) for one in extraction.fields[task].evidence]
    repeated = [*spans, *same_words(text, spans), *stating(extraction, task, value)]
    rest = without(text, repeated)
    for _ in range(MOST_ROUNDS):
        if not (hidden := stating(RULES_EXTRACTOR.extract(rest), task, value)):
            break
        rest = without(rest, hidden)
    ratios: Ratios = {
        WITHOUT: (answers.value(without(text, spans), task) != value, 1),
        WITHOUT_REPEATS: (answers.value(rest, task) != value, 1),
        ONLY: (answers.value(sentences_of(text, spans), task) == value, 1),
    }
    chance = random.Random(f"{extraction.report.id} {task}")
    other = control(text, repeated, len(text) - len(rest), chance)
    return ratios if other is None else ratios | {CONTROL: (answers.value(other, task) == value, 1)}


def measure(row: LabelledReport, model: Extractor | RulesExtractor) -> Iterator[Measured]:
    answers = Answers(model)
    extraction = answers.to(Report(row.id, row.id, row.text))
    if isinstance(extraction, Failure):
        return
    for task in model.schema.tasks:
        field = extraction.fields[task.name]
        spans = [(one.start, one.end) for one in field.evidence]
        ratios: Ratios = {ABSENT: (not spans, 1)} if field.value == task.absent else {WITH_EVIDENCE: (bool(spans), 1)}
        annotated = row.evidence.get(task.name, ())
        if task.name in row.labels:
            ratios |= place(spans, annotated, stated=bool(annotated) and row.labels[task.name] != task.absent)
        if spans:
            ratios |= faithfulness(extraction, task.name, answers)
        yield Measured(row.hospital, task.name, ratios)


def rate(measured: Sequence[Measured], name: str) -> tuple[Interval, int]:
    """The share that a measure is, with its interval over hospitals, and of how many."""
    pairs = np.array([one.ratios.get(name, (0, 0)) for one in measured], dtype=float).reshape(-1, 2)

    def share(weights: Weights) -> np.ndarray:
        counted, of = (weights @ pairs).T
        return np.divide(counted, of, out=np.full(len(of), np.nan), where=of > 0)

    return bootstrap(share, [one.hospital for one in measured]), int(pairs[:, 1].sum())


def table(measured: Sequence[Measured], names: Sequence[str]) -> str:
    lines = [f"| task | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for task in dict.fromkeys(one.task for one in measured):
        rates = [rate([one for one in measured if one.task == task], name) for name in names]
        cells = [f"{share.value:.3f} ({of:,})" if share.value is not None else "–" for share, of in rates]
        lines.append(f"| {task} | {' | '.join(cells)} |")
    lines.append(f"| all | {' | '.join(str(rate(measured, name)[0]) for name in names)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", help=f'a checkpoint directory, or "{RULES}"; the shipped checkpoint if left out')
    parser.add_argument("--base", help="where the base LLM lies, if not where the checkpoint names it")
    parser.add_argument("--limit", type=int, help="the first so many reports of a shuffled corpus; all if left out")
    arguments = parser.parse_args()

    by_rules = arguments.model == RULES
    model = RulesExtractor() if by_rules else Extractor.load(arguments.model, base=arguments.base)
    rows = list(read_corpus(arguments.corpus, model.schema))
    random.Random(0).shuffle(rows)
    start = time.perf_counter()
    reports = list(islice(rows, arguments.limit))
    measured = [one for row in reports for one in measure(row, model)]
    seconds = time.perf_counter() - start

    print(f"{model.info.name}, {len(reports)} reports, {seconds:.0f} s. In brackets: of how many.\n")
    print(table(measured, [*PLACE, WITH_EVIDENCE, ABSENT]))
    print(f"\n{table(measured, FAITHFULNESS)}")


if __name__ == "__main__":
    main()
