"""A corpus looked over before anything is learned from it: broken rows, impossible answers, duplicates and leaks.

Findings name files, lines, ids and classes, never words of a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rich.markup import escape
from rich.table import Table

from pathstage.corpus.codebook import Codebook
from pathstage.corpus.dataset import (
    CorpusError,
    LabelledReport,
    build_row,
    decode_line,
    label_problems,
    read_lines,
    shown,
)
from pathstage.corpus.duplicates import NEAR, DuplicateIndex, Key, Match
from pathstage.corpus.split import Split, combine_digests, row_digest
from pathstage.schema import TaskSchema

_EXAMPLES = 5

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with one row. `check` names the kind, `ids` the rows it is about, `where` file and line."""

    level: Level
    check: str
    ids: tuple[str, ...]
    where: str
    message: str


@dataclass
class ValidationReport:
    """What a validation found in `rows` rows. A corpus without findings of level `error` is `ok`."""

    rows: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing of level `error` was found."""
        return not any(finding.level == "error" for finding in self.findings)

    def counts(self) -> Counter[str]:
        """How many findings there are of each check."""
        return Counter(finding.check for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The whole report as JSON-ready values."""
        return {
            "rows": self.rows,
            "ok": self.ok,
            "counts": dict(self.counts().most_common()),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def as_table(self) -> Table:
        """The report for a person: a line per check, errors first, with the first rows it concerns."""
        verdict = "no errors" if self.ok else "errors found"
        table = Table(title=f"{self.rows} rows, {verdict}")
        table.add_column("level")
        table.add_column("check")
        table.add_column("findings", justify="right")
        table.add_column("first rows", overflow="fold")
        counts = self.counts()
        order = {"error": 0, "warning": 1, "note": 2}
        kinds = dict.fromkeys((finding.level, finding.check) for finding in self.findings)
        for level, check in sorted(kinds, key=lambda kind: (order[kind[0]], -counts[kind[1]], kind[1])):
            rows = [" ~ ".join(f.ids) or f.where for f in self.findings if f.check == check]
            table.add_row(level, escape(check), str(counts[check]), escape(", ".join(rows[:_EXAMPLES])))
        return table


def validate_corpus(
    path: str | Path,
    schema: TaskSchema,
    codebook: Codebook | None = None,
    split: Split | None = None,
    against: Iterable[str | Path] = (),
    threshold: float = NEAR,
) -> ValidationReport:
    """Look a corpus file over in one pass, going on after rows that cannot be read.

    Checks the format and the schema, the codebook's impossible combinations, evidence against text and labels,
    repeated ids, and texts that repeat each other (near-duplicates: word shingles with a Jaccard similarity of at
    least `threshold`). With a `split`, also what leaks between its parts: patients, near-duplicates and, when it was
    grouped by hospital, hospitals. Texts and patients must not occur in the corpora of `against` either, say a test
    set kept apart. Raises CorpusError when a file cannot be read at all.
    """
    report = ValidationReport()
    rows = _Rows(schema, codebook, split, DuplicateIndex(threshold))
    for other in against:
        for where, line in read_lines(other):
            rows.note_other(build_row({"labels": {}, **decode_line(line, where)}, where), str(other))
    for where, line in read_lines(path):
        report.rows += 1
        try:
            raw = decode_line(line, where)
            row = build_row(raw, where)
        except CorpusError as error:
            report.findings.append(Finding("error", "not a corpus row", (), where, str(error)))
            continue
        report.findings += (
            Finding(level, check, (row.id, *others), where, message)
            for level, check, others, message in rows.look_at(row, raw)
        )
    report.findings += rows.look_back(str(path))
    return report


# A finding about the row at hand: level, check, ids of other rows concerned, message.
_Remark = tuple[Level, str, tuple[str, ...], str]


class _Rows:
    """What is kept of the rows seen so far, to hold the next one against."""

    def __init__(
        self, schema: TaskSchema, codebook: Codebook | None, split: Split | None, duplicates: DuplicateIndex
    ) -> None:
        self._schema = schema
        self._codebook = codebook
        self._split = split
        self._part_of = split.part_of() if split else {}
        self._duplicates = duplicates
        self._labels: dict[Key, dict[str, str]] = {}
        self._ids: set[str] = set()
        self._digests: list[bytes] = []
        # Part in which a patient or hospital was first met.
        self._met: dict[tuple[str, str], str] = {}

    def note_other(self, row: LabelledReport, part: str) -> None:
        """Remember a row of another corpus, which is a part of its own."""
        self._duplicates.add(Key(part, row.id), row.text)
        if row.patient:
            self._met.setdefault(("patient", row.patient), part)

    def look_at(self, row: LabelledReport, raw: Mapping[str, Any]) -> Iterator[_Remark]:
        """Everything to be said about a row, given those before it."""
        if row.id in self._ids:
            yield "error", "repeated id", (), "an earlier row has this id"
        self._ids.add(row.id)
        self._digests.append(row_digest(row))
        if not row.text.strip():
            yield "error", "empty text", (), "the report has no text"
        yield from _labels(row, self._schema)
        yield from _evidence(row, raw, self._schema)
        if self._codebook:
            facts = {**row.numbers, **row.details, **row.labels}
            for rule in self._codebook.broken(facts):
                yield rule.level, f"impossible: {rule.name}", (), rule.name
        part = self._part_of.get(row.id, "")
        if self._split and not part:
            # Nobody will use the row, so it cannot leak.
            yield "error", "row in no part of the split", (), "the split file does not name this row"
            return
        yield from self._repeats(row, part)
        yield from self._leaks(row, part)

    def look_back(self, path: str) -> Iterator[Finding]:
        """What can only be said after the last row."""
        if self._split and combine_digests(self._digests) != self._split.corpus_sha256:
            message = "the split file was made for another corpus (ids or texts differ)"
            yield Finding("error", "split of another corpus", (), path, message)

    def _repeats(self, row: LabelledReport, part: str) -> Iterator[_Remark]:
        matches = self._duplicates.add(Key(part, row.id), row.text)
        told: set[tuple[str, bool]] = set()
        for match in matches:
            # The nearest of each part is enough to say; a template house would otherwise pair every row with all.
            if (kind := (match.key.part, match.exact)) not in told:
                told.add(kind)
                yield from self._repeat(row, part, match)
        self._labels[Key(part, row.id)] = row.labels

    def _repeat(self, row: LabelledReport, part: str, match: Match) -> Iterator[_Remark]:
        other = match.key
        alike = "the same words" if match.exact else f"{match.similarity:.0%} of word shingles in common"
        kind = "exact duplicate" if match.exact else "near-duplicate"
        if part != other.part:
            yield "error", f"leak: {kind} in another part", (other.id,), f"{alike} in {_of(part)} and {_of(other.part)}"
        else:
            yield "warning", kind, (other.id,), alike
        labels = self._labels.get(other, {})
        if match.exact and (differ := [t for t in row.labels.keys() & labels.keys() if row.labels[t] != labels[t]]):
            message = f"the same words, other labels for {', '.join(sorted(differ))}"
            yield "error", "exact duplicate with other labels", (other.id,), message

    def _leaks(self, row: LabelledReport, part: str) -> Iterator[_Remark]:
        kinds = {"patient": row.patient}
        if self._split and self._split.group == "hospital":
            kinds["hospital"] = row.hospital
        for kind, name in kinds.items():
            if name and (first := self._met.setdefault((kind, name), part)) != part:
                yield "error", f"leak: {kind} in another part", (), f"its {kind} is in {_of(part)} and {_of(first)}"


def _of(part: str) -> str:
    """How a part is called in messages; rows of a corpus that is not split are in the part with the empty name."""
    return part or "this corpus"


def _labels(row: LabelledReport, schema: TaskSchema) -> Iterator[_Remark]:
    for problem in label_problems(row, schema):
        check = "evidence outside the text" if problem.startswith("evidence") else "not a class of the schema"
        yield "error", check, (), problem
    for task in row.labels.keys() - set(schema.names):
        yield "warning", "not a task of the schema", (), f"{shown(task)} is no task of the schema {schema.name}"
    if not row.labels:
        yield "warning", "no labels", (), "no task is labelled; training learns nothing from the row"


def _evidence(row: LabelledReport, raw: Mapping[str, Any], schema: TaskSchema) -> Iterator[_Remark]:
    for task, spans in (raw.get("evidence") or {}).items():
        kept = [span.get("text") for span in spans]
        there = [row.text[start:end] for start, end in row.evidence[task]]
        if any(words is not None and words != text for words, text in zip(kept, there, strict=True)):
            yield "error", "evidence differs from the text", (), f"the words kept for {shown(task)} are not at its span"
    if not row.evidence:
        return
    for name in row.labels.keys() & set(schema.names):
        absent = row.labels[name] == schema[name].absent
        if not absent and not row.evidence.get(name):
            yield "warning", "label without evidence", (), f"{name} is answered, but no words are given for it"
        elif absent and row.evidence.get(name):
            # A report can print "pMX" or "ER: pending": words for an undocumented item, worth a look but no fault.
            yield "note", "evidence for an undocumented item", (), f"{name} is {row.labels[name]}, but words are given"
