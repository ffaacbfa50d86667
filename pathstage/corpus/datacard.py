"""The data card of a corpus: what is in it and what it cannot be trusted for, written from the data (Markdown).

The sections follow Gebru et al., Datasheets for Datasets (CACM 2021), as far as the rows themselves can answer them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pathstage import __version__
from pathstage.corpus.codebook import Codebook
from pathstage.corpus.dataset import LabelledReport, read_corpus
from pathstage.corpus.split import combine_digests, row_digest
from pathstage.corpus.validate import ValidationReport, validate_corpus
from pathstage.schema import Task, TaskSchema

# Below this many reports a class can neither be learned nor its error be measured: a 95% interval for a recall
# measured on 10 reports spans about ±0.3 (Wilson).
_FEW = 10
# A hospital with more than this share of the reports stands for its own style more than for hospitals.
_DOMINANT = 0.25


@dataclass
class Profile:
    """Counts over the rows of a corpus; `characters` and `words` have an entry for each report."""

    characters: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    hospitals: Counter[str] = field(default_factory=Counter)
    patients: set[str] = field(default_factory=set)
    without_patient: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    evidenced: Counter[tuple[str, bool]] = field(default_factory=Counter)
    bases: Counter[tuple[str, str]] = field(default_factory=Counter)
    given: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """How many reports were counted."""
        return len(self.characters)

    def of_task(self, task: Task) -> dict[str, int]:
        """Reports of each class that occurs, in the task's order."""
        return {label: count for label in task.classes if (count := self.labels[task.name, label])}


def profile_corpus(rows: Iterable[LabelledReport], schema: TaskSchema) -> Profile:
    """Count what a data card tells, in one pass over the rows."""
    profile = Profile()
    for row in rows:
        profile.characters.append(len(row.text))
        profile.words.append(len(row.text.split()))
        profile.digests.append(row_digest(row))
        profile.hospitals[row.hospital] += 1
        if row.patient:
            profile.patients.add(row.patient)
        else:
            profile.without_patient += 1
        profile.sources[str(row.details.get("label_source", "report"))] += bool(row.labels)
        for task in schema.tasks:
            _count_task(profile, row, task)
        for kind in ("details", "numbers"):
            profile.given.update((kind, name) for name, value in getattr(row, kind).items() if value is not None)
    return profile


def data_card(
    path: str | Path,
    schema: TaskSchema,
    codebook: Codebook | None = None,
    title: str = "",
    about: str = "",
) -> str:
    """The Markdown data card of a corpus file. `about` is what the rows cannot tell: origin, licence, how it was made.

    Raises CorpusError when the corpus cannot be read or a row breaks the format.
    """
    profile = profile_corpus(read_corpus(path, schema), schema)
    checked = validate_corpus(path, schema, codebook)
    sections = [
        f"# Data card: {title or Path(path).name}",
        about,
        _overview(profile, schema),
        _balance(profile, schema),
        _answers(profile, schema),
        _further_fields(profile),
        _lengths(profile),
        _hospitals(profile),
        _checks(checked),
        _limits(profile, schema, checked),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _count_task(profile: Profile, row: LabelledReport, task: Task) -> None:
    label = row.labels.get(task.name)
    if label is None:
        return
    profile.labels[task.name, label] += 1
    if label != task.absent:
        profile.evidenced[task.name, bool(row.evidence.get(task.name))] += 1
    if basis := row.details.get(f"{task.name}_basis"):
        profile.bases[task.name, str(basis)] += 1


def _overview(profile: Profile, schema: TaskSchema) -> str:
    labelled = sum(profile.sources.values())
    sources = ", ".join(f"{name} {count}" for name, count in profile.sources.most_common() if count)
    return _table(
        ["", ""],
        [
            ["reports", f"{profile.rows}"],
            ["labelled reports", f"{labelled}" + (f" (labels from: {sources})" if sources else "")],
            ["hospitals", f"{len(profile.hospitals.keys() - {''})}"],
            ["patients", _patients(profile)],
            ["task schema", f"{schema.name}, version {schema.version}: {', '.join(schema.names)}"],
            ["content hash", f"`{combine_digests(profile.digests)}`"],
            ["written by", f"pathstage {__version__}"],
        ],
    )


def _patients(profile: Profile) -> str:
    if not profile.without_patient:
        return f"{len(profile.patients)}"
    return f"{len(profile.patients)} named; {profile.without_patient} reports name none"


def _balance(profile: Profile, schema: TaskSchema) -> str:
    rows = []
    for task in schema.tasks:
        counts = profile.of_task(task)
        labelled = sum(counts.values())
        spread = ", ".join(f"{label} {_share(count, labelled)}" for label, count in counts.items())
        rows.append([task.name, spread or "none", f"{profile.rows - labelled}"])
    return "## Class balance\n\n" + _table(["task", "classes (share of labelled)", "without a label"], rows)


def _answers(profile: Profile, schema: TaskSchema) -> str:
    rows = []
    for task in schema.tasks:
        labelled = sum(profile.of_task(task).values())
        answered = labelled - profile.labels[task.name, task.absent]
        bases = [(count, basis) for (name, basis), count in profile.bases.items() if name == task.name]
        rows.append(
            [
                task.name,
                _share(answered, labelled),
                ", ".join(f"{basis} {count}" for count, basis in sorted(bases, reverse=True)) or "not recorded",
                _share(profile.evidenced[task.name, True], answered),
            ]
        )
    return (
        "## Answers and their evidence\n\n"
        "Answered: labelled reports with a class other than the task's absent one. Basis: how the class was found. "
        "With evidence: answers for which words of the report are given.\n\n"
        + _table(["task", "answered", "basis", "with evidence"], rows)
    )


def _further_fields(profile: Profile) -> str:
    if not profile.given:
        return ""
    rows = [
        [kind, name, _share(count, profile.rows)]
        for (kind, name), count in sorted(profile.given.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    ]
    return "## Further fields\n\n" + _table(["kind", "field", "given in"], rows)


def _lengths(profile: Profile) -> str:
    if not profile.rows:
        return ""
    rows = [
        [unit, *(f"{value:.0f}" for value in np.percentile(values, [0, 5, 50, 95, 100]))]
        for unit, values in (("characters", profile.characters), ("words", profile.words))
    ]
    return "## Length of the reports\n\n" + _table(["", "shortest", "5 %", "median", "95 %", "longest"], rows)


def _hospitals(profile: Profile) -> str:
    rows = [[name or "(none)", _share(count, profile.rows)] for name, count in _largest(profile)]
    rest = len(profile.hospitals) - len(rows)
    more = f"\n\nand {rest} smaller ones" if rest else ""
    return "## Hospitals\n\n" + _table(["hospital", "reports"], rows) + more


def _largest(profile: Profile, n: int = 20) -> list[tuple[str, int]]:
    return sorted(profile.hospitals.items(), key=lambda item: (-item[1], item[0]))[:n]


def _checks(checked: ValidationReport) -> str:
    counts = checked.counts()
    levels = {finding.check: finding.level for finding in checked.findings}
    rows = [[levels[check], check, str(count)] for check, count in counts.most_common()]
    return "## Validation\n\n" + (_table(["level", "check", "findings"], rows) if rows else "No findings.")


def _limits(profile: Profile, schema: TaskSchema, checked: ValidationReport) -> str:
    limits = []
    for task in schema.tasks:
        counts = profile.of_task(task)
        unseen = [label for label in task.classes if label not in counts]
        few = [label for label, count in counts.items() if count < _FEW]
        if not counts:
            limits.append(f"{task.name}: no report is labelled for it.")
        elif unseen:
            limits.append(f"{task.name}: no report is {', '.join(unseen)}; a model cannot learn or be tested on it.")
        if few:
            limits.append(f"{task.name}: fewer than {_FEW} reports are {', '.join(few)}; results for it are anecdotes.")
    name, count = _largest(profile, 1)[0] if profile.hospitals else ("", 0)
    if len(profile.hospitals) == 1:
        limits.append("All reports are of one hospital: nothing can be said about another's style.")
    elif count > _DOMINANT * profile.rows:
        limits.append(f"Hospital {name or '(none)'} has {_share(count, profile.rows)} of the reports.")
    if profile.without_patient:
        limits.append(
            f"{profile.without_patient} reports name no patient: a patient in two parts of a split would go unseen."
        )
    without_evidence = sum(count for (_, given), count in profile.evidenced.items() if not given)
    if without_evidence:
        limits.append(f"{without_evidence} answers give no evidence: no one can check them against words.")
    elsewhere = sum(profile.sources.values()) - profile.sources["report"]
    if elsewhere:
        limits.append(
            f"{elsewhere} reports have labels that were not read from their text (a registry or a table): what is "
            "labelled need not be written in the report, and what a report does not say is no class of its own."
        )
    findings = checked.counts()
    repeats = findings["exact duplicate"] + findings["near-duplicate"]
    if repeats:
        limits.append(f"{repeats} reports repeat another one: keep them in one part of a split.")
    doubtful = sum(count for check, count in findings.items() if check.startswith("impossible"))
    if doubtful:
        limits.append(f"{doubtful} answers contradict each other by the codebook's rules; see Validation.")
    return "## Known limits\n\n" + ("\n".join(f"- {limit}" for limit in limits) or "None that the data show.")


def _share(count: int, of: int) -> str:
    return f"{count} ({count / of:.0%})" if of else f"{count}"


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    # A bar in a name would end its cell.
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
