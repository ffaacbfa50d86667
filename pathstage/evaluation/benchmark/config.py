"""The benchmark's configuration: which systems, on which datasets, measured how."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pathstage.config_file import read_config_file
from pathstage.corpus.dataset import LabelledReport, build_row, read_corpus
from pathstage.evaluation.benchmark.robustness import DISTURBANCES
from pathstage.evaluation.bootstrap import RESAMPLES
from pathstage.schema import TaskSchema

_CHECKED = ConfigDict(extra="forbid")

# Names become parts of file names.
Name = Annotated[str, Field(pattern=r"^[\w][\w +,.-]*$", max_length=60)]


class BenchmarkError(ValueError):
    """A benchmark that cannot be run; the message names the file or the entry, what is wrong, and the cure."""


@dataclass(frozen=True, config=_CHECKED)
class Synthetic:
    """So many made-up reports (`pathstage synthesize`), instead of a corpus file; their house is their hospital."""

    number: PositiveInt
    seed: int = 1


@dataclass(frozen=True, config=_CHECKED)
class Dataset:
    """Labelled reports: corpus files, relative to the directory the command is run in, or synthetic ones.

    `hospitals` keeps only the reports of these.
    """

    name: Name
    data: tuple[str, ...] = ()
    synthetic: Synthetic | None = None
    hospitals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.data) == (self.synthetic is not None):
            raise ValueError(f"dataset {self.name}: give either data or synthetic")

    def rows(self, schema: TaskSchema) -> list[LabelledReport]:
        """The reports. Raises CorpusError, or BenchmarkError where none is left."""
        if self.synthetic is not None:
            from pathstage.corpus.synthetic.generate import synthesize

            made = synthesize(self.synthetic.number, self.synthetic.seed)
            rows = [build_row(raw, f"dataset {self.name}") for raw in made]
        else:
            rows = [row for path in self.data for row in read_corpus(path, schema)]
        if self.hospitals:
            rows = [row for row in rows if row.hospital in self.hospitals]
        if not rows:
            raise BenchmarkError(f"dataset {self.name}: no reports; check its files and hospitals")
        return rows


@dataclass(frozen=True, config=_CHECKED)
class Entry:
    """A system of the benchmark; exactly one of these says where its answers come from.

    `system`: import path of a class as `pathstage.baselines.system.System` describes, made with `options`.
    `predictions`: a predictions file (`pathstage.evaluation.predictions`), from wherever.
    `vote`: other systems of this benchmark → weight; their probabilities are pooled.

    For what takes long, `datasets` limits the datasets it is run on, `seeds` the seeds, and `robustness: false` spares
    it the disturbed reports. `learning` are numbers of reports to learn from, for a learning curve.
    """

    name: Name
    system: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    predictions: str | None = None
    vote: dict[str, PositiveFloat] | None = None
    datasets: tuple[str, ...] = ()
    seeds: PositiveInt | None = None
    robustness: bool = True
    learning: tuple[PositiveInt, ...] = ()

    def __post_init__(self) -> None:
        given = [one for one in (self.system, self.predictions, self.vote) if one is not None]
        if len(given) != 1:
            raise ValueError(f"system {self.name}: give exactly one of system, predictions and vote")
        if (self.options or self.learning) and self.system is None:
            raise ValueError(f"system {self.name}: options and learning are for what `system` names")


@dataclass(frozen=True, config=_CHECKED)
class BenchmarkConfig:
    """One benchmark.

    `means` is name → the tasks that a mean is taken over. `reference` is the system that others are tested against.
    `robustness` is disturbance → strengths (see `robustness.py`), for the lowest seed. Single runs go to `output`,
    which holds report text and stays private; `results` has none of it. `docs` is the Markdown file with the markers
    between which the tables are written.
    """

    name: Name
    datasets: tuple[Dataset, ...]
    systems: tuple[Entry, ...]
    means: Annotated[dict[str, Annotated[tuple[str, ...], Field(min_length=1)]], Field(min_length=1)]
    reference: str
    output: str
    results: str
    schema: str = "breast"
    folds: Annotated[int, Field(ge=2)] = 5
    seeds: PositiveInt = 1
    resamples: PositiveInt = RESAMPLES
    robustness: dict[str, tuple[PositiveFloat, ...]] = field(default_factory=dict)
    docs: str | None = None

    def __post_init__(self) -> None:
        _require_distinct("datasets", [one.name for one in self.datasets])
        names = [one.name for one in self.systems]
        _require_distinct("systems", names)
        if self.reference not in names:
            raise ValueError(f"reference {self.reference}: no such system; there are {', '.join(names)}")
        if unknown := set(self.robustness) - set(DISTURBANCES):
            raise ValueError(f"robustness {min(unknown)}: no such disturbance; there are {', '.join(DISTURBANCES)}")
        for at, one in enumerate(self.systems):
            if missing := set(one.vote or ()) - set(names[:at]):
                raise ValueError(f"system {one.name}: votes of {min(missing)}, which is no system above it")
            if missing := set(one.datasets) - {dataset.name for dataset in self.datasets}:
                raise ValueError(f"system {one.name}: no dataset is called {min(missing)}")


def load_benchmark(path: str | Path) -> BenchmarkConfig:
    """Read a configuration. Raises BenchmarkError for a missing file, an unknown key or a value that makes no sense."""
    return read_config_file(Path(path), BenchmarkConfig, BenchmarkError)


def _require_distinct(what: str, names: list[str]) -> None:
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two {what} are called {min(repeated)}")
    if not names:
        raise ValueError(f"no {what} are given")
