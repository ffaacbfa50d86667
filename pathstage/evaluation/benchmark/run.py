"""Running one system on one dataset: fold by fold and seed by seed, every answer saved, nothing run twice.

It runs in a process of its own, so that the peak memory is the system's and not that of the systems before it.
"""

from __future__ import annotations

import hashlib
import json
import pkgutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from pathstage.baselines.system import DeclinedError, System
from pathstage.corpus.dataset import LabelledReport, encode_row, whole_file
from pathstage.evaluation.benchmark.config import BenchmarkError
from pathstage.evaluation.benchmark.foreign import Page
from pathstage.evaluation.benchmark.robustness import disturbed
from pathstage.evaluation.predictions import Prediction, write_predictions
from pathstage.report import FieldValue, Report
from pathstage.schema import TaskSchema, load_schema

CLEAN = "clean"
"""Name of the texts as they are, among the variants."""

# Larger files, such as the weights of a language model, are told by their size and their first part.
_HASHED_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost: training on the reports of the other folds, then reading `reports`, some of them `declined`.

    CPU seconds are of all threads of the process, a proxy of energy. `peak_memory` is in bytes, of the whole process,
    Python and libraries included; None where the platform does not tell.
    """

    fit_cpu_seconds: float
    read_cpu_seconds: float
    read_seconds: float
    reports: int
    declined: int
    peak_memory: int | None
    trained_parameters: int
    deployed_models: int


@dataclass(frozen=True)
class Job:
    """One system on one dataset: `folds` are indices of `rows` that are held out together.

    `disturbances` are (name, strength); `learning` are numbers of reports to learn from, instead of all that are not
    held out. These and `pages` are read with the lowest seed only.
    """

    name: str
    system: str
    options: Mapping[str, Any]
    schema: str
    rows: Sequence[LabelledReport]
    folds: Sequence[Sequence[int]]
    seeds: Sequence[int]
    disturbances: Sequence[tuple[str, float]]
    learning: Sequence[int]
    pages: Sequence[Page]
    directory: Path


@dataclass(frozen=True)
class Saved:
    """Where the answers of a job lie.

    `predictions`: variant → its files. `learning`: number of reports learned from → its files. `costs`: of the runs.
    `pages`: the answers to the pages.
    """

    predictions: Mapping[str, tuple[Path, ...]]
    learning: Mapping[int, tuple[Path, ...]]
    costs: tuple[Path, ...]
    pages: Path


def run(job: Job) -> Saved:
    """Make the answers of a job that are not saved yet.

    Raises BenchmarkError for a system that cannot be made; what a system itself raises passes on.
    """
    schema = load_schema(job.schema)
    system = make(job, schema)
    seeds = job.seeds if system.learns and system.seeded else job.seeds[:1]
    prefix = fingerprint(job, schema, system)[:12]
    job.directory.mkdir(parents=True, exist_ok=True)
    fitting = _Fitting(system, job)
    files: dict[str, list[Path]] = {}
    learning: dict[int, list[Path]] = {}
    costs: list[Path] = []
    pages = job.directory / f"{prefix}-pages.json"
    for seed in seeds:
        for fold, held_out in enumerate(job.folds):
            stem = f"{prefix}-fold-{fold}-seed-{seed}"
            rows = [job.rows[at] for at in held_out]
            cost_file = job.directory / f"{stem}.cost.json"
            costs.append(cost_file)
            for variant, strength in [(CLEAN, 0.0), *(job.disturbances if seed == seeds[0] else ())]:
                file = job.directory / f"{stem}-{variant_name(variant, strength)}.jsonl"
                files.setdefault(variant_name(variant, strength), []).append(file)
                if file.is_file() and (variant != CLEAN or cost_file.is_file()):
                    continue
                fitting.ensure(seed, fold)
                texts = [
                    row.text if variant == CLEAN else disturbed(variant, row, strength, job.rows, schema)
                    for row in rows
                ]
                cost = _read(system, rows, texts, fold, seed, file, fitting.cpu_seconds)
                if variant == CLEAN:
                    _write_json(cost_file, asdict(cost))
            if not pages.is_file():
                fitting.ensure(seed, fold)
                _write_json(pages, {page.name: _page_values(system, page) for page in job.pages})
            for number in job.learning if system.learns and seed == seeds[0] else ():
                file = job.directory / f"{stem}-learning-{number}.jsonl"
                learning.setdefault(number, []).append(file)
                if not file.is_file():
                    fitting.ensure(seed, fold, number)
                    _read(system, rows, [row.text for row in rows], fold, seed, file, fitting.cpu_seconds)
    return Saved(
        {name: tuple(its) for name, its in files.items()},
        {number: tuple(its) for number, its in learning.items()},
        tuple(costs),
        pages,
    )


def make(job: Job, schema: TaskSchema) -> System:
    """The system that a job names. Raises BenchmarkError where there is none, or its options are not its own."""
    try:
        made = pkgutil.resolve_name(job.system)(schema, **job.options)
    except (ImportError, AttributeError) as error:
        raise BenchmarkError(f"system {job.name}: {job.system} cannot be imported ({error})") from None
    except TypeError as error:
        raise BenchmarkError(f"system {job.name}: {job.system} cannot be made with these options ({error})") from None
    missing = [name for name in ("learns", "seeded", "sources", "fit", "extract") if not hasattr(made, name)]
    if missing:
        raise BenchmarkError(f"system {job.name}: {job.system} lacks {', '.join(missing)}; see baselines/system.py")
    system: System = made
    return system


def fingerprint(job: Job, schema: TaskSchema, system: System) -> str:
    """Identifies what decides a job's answers: code, options, schema, reports and folds. SHA-256."""
    digest = hashlib.sha256(json.dumps([job.system, dict(job.options), schema.source], sort_keys=True).encode())
    for name in (type(system).__module__, *system.sources):
        for path in _files_of_module(name):
            _add(digest, path)
    for value in job.options.values():
        if isinstance(value, str) and Path(value).exists():
            for path in _files_below(Path(value)):
                _add(digest, path)
    for row in job.rows:
        digest.update(encode_row(row).encode())
    digest.update(json.dumps([list(map(int, fold)) for fold in job.folds]).encode())
    digest.update(repr(list(job.pages)).encode())
    return digest.hexdigest()


def variant_name(disturbance: str, strength: float) -> str:
    """What the predictions under a disturbance are called."""
    return disturbance if disturbance == CLEAN else f"{disturbance}-{strength:g}"


def peak_memory() -> int | None:
    """Most bytes that this process has held in memory so far; None where the platform does not tell."""
    # ru_maxrss would do elsewhere, but under Linux it starts at what the parent process held.
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)


class _Fitting:
    """Trains a system on what it is to have seen, unless that is what it has seen already."""

    def __init__(self, system: System, job: Job) -> None:
        self._system = system
        self._job = job
        self._seen: tuple[int, int, int | None] | None = None
        self.cpu_seconds = 0.0

    def ensure(self, seed: int, fold: int, number: int | None = None) -> None:
        """Have it trained on the reports that a fold does not hold out, or on `number` of them."""
        if not self._system.learns or self._seen == (seed, fold, number):
            return
        held_out = set(self._job.folds[fold])
        kept = [at for at in range(len(self._job.rows)) if at not in held_out]
        if number is not None:
            kept = sorted(Random(f"{seed} {fold}").sample(kept, min(number, len(kept))))
        started = time.process_time()
        self._system.fit([self._job.rows[at] for at in kept], seed)
        # A system that took up what an earlier `fit` left says what that one spent.
        self.cpu_seconds = time.process_time() - started + getattr(self._system, "spared_cpu_seconds", 0.0)
        self._seen = (seed, fold, number)


def _read(
    system: System,
    rows: Sequence[LabelledReport],
    texts: Sequence[str],
    fold: int,
    seed: int,
    file: Path,
    fit_cpu_seconds: float,
) -> Cost:
    """Have a system read `texts`, the reports of `rows` or what was made of them, and save what it answers."""
    started, cpu = time.perf_counter(), time.process_time()
    answers = [_fields(system, row.id, text) for row, text in zip(rows, texts, strict=True)]
    cost = Cost(
        fit_cpu_seconds,
        time.process_time() - cpu,
        time.perf_counter() - started,
        len(rows),
        sum(one is None for one in answers),
        peak_memory(),
        system.trained_parameters,
        system.deployed_models,
    )
    write_predictions((_prediction(row, one, fold, seed) for row, one in zip(rows, answers, strict=True)), file)
    return cost


def _fields(system: System, name: str, text: str) -> dict[str, FieldValue] | None:
    """What a system answers, None where it declines to read."""
    try:
        return system.extract(Report(name, name, text)).fields
    except DeclinedError:
        return None


def _prediction(row: LabelledReport, fields: Mapping[str, FieldValue] | None, fold: int, seed: int) -> Prediction:
    """The line to save: an empty value, which is wrong, for every task of a report that was declined."""
    fields = fields or {}
    predicted = dict.fromkeys(row.labels, "") | {name: one.value for name, one in fields.items()}
    probabilities = {
        name: {label: round(p, 6) for label, p in one.probabilities.items()}
        for name, one in fields.items()
        if one.probabilities
    }
    return Prediction(row.id, row.hospital, fold, seed, dict(row.labels), predicted, probabilities)


def _page_values(system: System, page: Page) -> dict[str, str] | None:
    fields = _fields(system, page.name, page.text)
    return None if fields is None else {name: one.value for name, one in fields.items()}


def _write_json(path: Path, content: Any) -> None:
    with whole_file(path) as file:
        file.write(json.dumps(content, indent=1).encode() + b"\n")


def _files_of_module(name: str) -> Iterator[Path]:
    """The files of a module, or of a whole package; those of a folder of data within a package too."""
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) is None:
        return  # made in an interactive session: there is no file to tell its versions apart by
    spec = find_spec(name)
    if spec is None:
        raise BenchmarkError(f"{name}: a system names it among its sources, but there is no such module")
    if spec.submodule_search_locations:
        for folder in spec.submodule_search_locations:
            yield from _files_below(Path(folder))
    elif spec.origin:
        yield Path(spec.origin)


def _files_below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts)


def _add(digest: Any, path: Path) -> None:
    digest.update(f"{path.name} {path.stat().st_size}".encode())
    with path.open("rb") as file:
        digest.update(file.read(_HASHED_BYTES))
