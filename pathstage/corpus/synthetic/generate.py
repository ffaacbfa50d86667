"""Reports without end: a case, a house, a text, its labels, its noise. Report `i` depends on the seed and `i` alone."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pathstage.corpus.dataset import whole_file
from pathstage.corpus.synthetic.case import Case, sample_case
from pathstage.corpus.synthetic.check import check_report
from pathstage.corpus.synthetic.facts import Plan, sample_style
from pathstage.corpus.synthetic.houses import House
from pathstage.corpus.synthetic.houses import houses as all_houses
from pathstage.corpus.synthetic.labels import annotate
from pathstage.corpus.synthetic.noise import OcrChannel
from pathstage.corpus.synthetic.reporter import Reporter
from pathstage.corpus.synthetic.writer import Mark

# Reports that a process makes at a time.
_CHUNK = 50

# How often a trap is set where the house and the case leave room for it.
TRAP_RATES: Mapping[str, float] = {
    "clinical_T": 0.2, "imaging_size": 0.2, "history_other": 0.12, "control_tissue": 0.35, "definition": 0.2,
    "suspicious": 0.1, "negation": 0.25, "hedge": 0.12, "not_assessed": 0.12, "gross_micro": 0.35,
}  # fmt: skip


def synthesize(
    n: int,
    seed: int,
    balance: bool = False,
    houses: Sequence[str] | None = None,
    noise: bool = True,
    trap_rates: Mapping[str, float] | None = None,
    start: int = 0,
) -> Iterator[dict[str, Any]]:
    """Yield reports `start` to `start + n - 1` of the corpus of `seed`, as rows of a corpus file, one at a time.

    `balance` oversamples rare classes; `houses` limits the families; `noise` passes the text through the OCR channel;
    `trap_rates` overrides entries of `TRAP_RATES`. Raises ValueError for a house or a trap that does not exist.
    """
    chosen = choose_houses(houses)
    unknown = set(trap_rates or ()) - set(TRAP_RATES)
    if unknown:
        raise ValueError(f"no trap is called {sorted(unknown)[0]!r}; there are {', '.join(TRAP_RATES)}")
    rates = {**TRAP_RATES, **(trap_rates or {})}
    channel = OcrChannel.fitted() if noise else None
    for index in range(start, start + n):
        yield _report(index, seed, balance, chosen, rates, channel)


def write_corpus(
    path: str | Path,
    n: int,
    seed: int,
    balance: bool = False,
    workers: int = 1,
    noise: bool = True,
    houses: Sequence[str] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Write `n` reports to a `.jsonl` or `.jsonl.gz` file, in order, with `workers` processes and constant memory.

    The file appears when it is whole, and the same arguments give the same bytes. `on_progress` is told now and then
    how many reports are written. Raises ValueError for a house that does not exist.
    """
    choose_houses(houses)
    starts = range(0, n, _CHUNK)
    make = partial(_lines, n=n, seed=seed, balance=balance, houses=houses, noise=noise)
    with ExitStack() as stack:
        file = stack.enter_context(whole_file(path))
        if workers == 1:
            chunks: Iterator[bytes] = map(make, starts)
        else:
            # Ctrl-C reaches every process of a terminal: only the one that writes may answer it.
            ignore = (signal.SIGINT, signal.SIG_IGN)
            pool = multiprocessing.get_context("spawn").Pool(workers, signal.signal, ignore)
            chunks = stack.enter_context(pool).imap(make, starts)
        for start, lines in zip(starts, chunks, strict=True):
            file.write(lines)
            if on_progress:
                on_progress(min(start + _CHUNK, n))


def choose_houses(names: Sequence[str] | None) -> list[House]:
    """The houses of these names, or all of them. Raises ValueError for a house that does not exist."""
    everything = all_houses()
    for name in names or ():
        if name not in everything:
            raise ValueError(f"no house is called {name!r}; there are {', '.join(everything)}")
    return [everything[name] for name in names] if names else list(everything.values())


def _lines(start: int, n: int, seed: int, balance: bool, houses: Sequence[str] | None, noise: bool) -> bytes:
    rows = synthesize(min(_CHUNK, n - start), seed, balance, houses, noise, start=start)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _report(
    index: int,
    seed: int,
    balance: bool,
    chosen: Sequence[House],
    rates: Mapping[str, float],
    channel: OcrChannel | None,
) -> dict[str, Any]:
    rng = random.Random(f"{seed}/{index}")
    case = sample_case(rng, balance)
    house = rng.choices(chosen, weights=[house.weight for house in chosen])[0]
    text, found, marks = write(case, house, rates, balance, rng)
    if channel:
        facts = [(mark.start, mark.end) for mark in marks if not mark.kind.startswith("trap.")]
        text, found["evidence"] = channel.corrupt(text, found["evidence"], rng, keep=facts)
    name = f"SYN-{seed}-{index:06d}"
    return {"id": name, "patient": name, "hospital": house.name, "text": text, **found}


def write(
    case: Case, house: House, rates: Mapping[str, float], balance: bool, rng: random.Random
) -> tuple[str, dict[str, Any], list[Mark]]:
    """The clean report that `house` writes about `case`, its annotation and all its marks."""
    style = replace(sample_style(rng), **_drawn(house.style, rng))
    plan = _plan(case, house, balance, rng)
    reporter = Reporter(case, style, plan, rates, rng)
    house.write(reporter)
    reporter.end()
    if house.extras:
        reporter.extras()
    text, marks = reporter.w.text.rstrip("\n"), reporter.w.marks
    kinds = {mark.kind for mark in marks}
    if case.gross_disagrees and "pT.gross" in kinds and "pT.size" not in kinds:
        # A gross size of another category misleads only beside the microscopic one; alone it would be the size.
        return write(case.with_gross_as_measured(), house, rates, balance, rng)
    found = annotate(case, text, marks)
    check_report(case, text, marks, found)
    return text, found, marks


def _drawn(habits: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    return {name: rng.choice(value) if isinstance(value, list) else value for name, value in habits.items()}


def _plan(case: Case, house: House, balance: bool, rng: random.Random) -> Plan:
    """What the report prints: shares follow the real reports (stage printed in 4 of 5, receptors in half)."""
    stage = rng.choices(["full", "t_only", "none"], [0.8, 0.02, 0.18])[0]
    m = rng.choices(["", "MX", "M0"], [0.66, 0.28, 0.06])[0]
    plan = Plan(
        stage=stage,
        subcategory=rng.random() < 0.85,
        m=m,
        grade=rng.choices(["stated", "scores", "nuclear", "none"], [0.92, 0.035, 0.035, 0.01])[0],
        size="micro" if rng.random() < 0.95 else "gross",
        markers=rng.choices(["current", "previous", "pending", "elsewhere", "none"], [0.38, 0.14, 0.16, 0.1, 0.22])[0],
        her2=rng.choices(["result", "pending", "none"], [0.84, 0.08, 0.08])[0],
        ki67=rng.random() < 0.25,
    )
    plan = replace(plan, **_drawn(house.plan, rng))
    if balance and rng.random() < 0.45:
        plan = replace(plan, markers="current", her2="result")
    if case.scenario == "biopsy":
        plan = replace(plan, stage="full" if rng.random() < 0.15 else "none", size="micro")
    if case.metastasis:
        plan = replace(plan, m="M1" if rng.random() < 0.7 else "")
    if balance and not case.metastasis and rng.random() < 0.2:
        plan = replace(plan, m="M0")
    return plan
