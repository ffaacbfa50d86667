"""Reports and labels from elsewhere, made into corpus rows: TCGA-Reports with a registry's table, and any other table.

Importers stream: each yields rows while it fills an ImportReport with what it could and could not use. A task that the
source says nothing about gets no label, which training masks; it never gets the task's absent class, because a registry
that does not know is no report that does not say.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from pathstage.corpus.codebook import IDENTITY, Codebook, FieldCode
from pathstage.corpus.dataset import (
    CorpusError,
    LabelledReport,
    build_row,
    decode_line,
    label_problems,
    read_lines,
    shown,
)
from pathstage.corpus.records import read_records
from pathstage.schema import TaskSchema

# TCGA barcodes: project, tissue source site, participant (docs.gdc.cancer.gov, "TCGA Barcode").
_BARCODE = re.compile(r"(?P<patient>TCGA-(?P<hospital>[A-Z0-9]{2})-[A-Z0-9]{4})(?![A-Z0-9])", re.IGNORECASE)
_EXAMPLES = 5


@dataclass
class ImportReport:
    """What an import found. `skipped` maps a reason to the places of the rows left out for it.

    `mapped`, `unmapped` and `missing` count, for each field, the source's values that were understood (as
    "value → meaning"), those that no pattern knows, and those by which the source says that it does not know.
    """

    read: int = 0
    written: int = 0
    skipped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    columns: dict[str, list[str]] = field(default_factory=dict)
    mapped: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unmapped: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missing: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready values; of the places of skipped rows, the first five."""
        return {
            "read": self.read,
            "written": self.written,
            "skipped": {
                why: {"rows": len(places), "first": places[:_EXAMPLES]} for why, places in self.skipped.items()
            },
            "columns": self.columns,
            "mapped": {name: dict(counts.most_common()) for name, counts in self.mapped.items()},
            "unmapped": {name: dict(counts.most_common()) for name, counts in self.unmapped.items()},
            "missing": dict(self.missing),
            "conflicts": dict(self.conflicts),
            "notes": self.notes,
        }

    def as_table(self) -> Table:
        """The report for a person: a line per field with what was understood and what was not."""
        table = Table(
            title=f"{self.written} of {self.read} rows imported",
            caption=escape(
                "\n".join(
                    [f"{len(places)} skipped: {why} (first: {places[0]})" for why, places in self.skipped.items()]
                    + self.notes
                )
            ),
        )
        for heading in ("field", "columns", "understood", "not understood", "no value"):
            table.add_column(heading)
        for name in dict.fromkeys([*self.columns, *self.mapped, *self.unmapped]):
            columns = escape(", ".join(self.columns.get(name, ())))
            unknown = ", ".join(f"{value} ×{count}" for value, count in self.unmapped[name].most_common(_EXAMPLES))
            counts = [str(sum(self.mapped[name].values())), escape(unknown), str(self.missing[name])]
            # Ids, texts and the like are taken over as they are: there is nothing to understand.
            table.add_row(name, columns, *(counts if name not in IDENTITY else ()))
        return table


@dataclass(frozen=True)
class ColumnMap:
    """A user's say over a table: which column holds a field, and which class a value of it means."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)


def parse_column_map(maps: Iterable[str], values: Iterable[str], schema: TaskSchema, codebook: Codebook) -> ColumnMap:
    """The ColumnMap of command-line arguments: `pT=path_t,ER=er_status` and `pT:Stage 2=T2`.

    Fields are the tasks of the schema, `id`, `text`, `hospital`, `patient`, and the codebook's details and numbers.
    Raises CorpusError for an argument of another form, an unknown field or an unknown class.
    """
    columns: dict[str, str] = {}
    for argument in (part for arguments in maps for part in arguments.split(",")):
        name, equals, column = (part.strip() for part in argument.partition("="))
        if not equals or not column:
            raise CorpusError(f"{argument!r} maps nothing; write FIELD=COLUMN")
        _known_field(name, codebook)
        columns[name] = column
    meanings: dict[tuple[str, str], str] = {}
    for argument in values:
        left, equals, meaning = argument.rpartition("=")
        name, colon, value = left.partition(":")
        if not equals or not colon:
            raise CorpusError(f"{argument!r} maps no value; write FIELD:VALUE=CLASS")
        _known_field(name, codebook)
        if name in schema.names and meaning not in schema[name].classes:
            raise CorpusError(f"{argument!r}: {name} has no class {meaning!r}; choose of {schema[name].classes}")
        meanings[name, value.strip().casefold()] = meaning
    return ColumnMap(columns, meanings)


def import_tcga(
    reports: str | Path,
    registry: str | Path,
    schema: TaskSchema,
    codebook: Codebook,
    report: ImportReport,
    column_map: ColumnMap | None = None,
    keep_unlabelled: bool = False,
    tasks: Collection[str] | None = None,
) -> Iterator[LabelledReport]:
    """Stream the public TCGA-Reports download (columns `patient_filename,text`) with the labels of a clinical table.

    The clinical table (GDC, biotab, Xena or cBioPortal; `.tsv` or `.csv`) is joined by patient barcode and kept in
    memory. Reports of patients it lacks are left out, or kept without labels. Row ids are patient barcodes; a further
    report of a patient has its whole file name.

    The labels are the registry's: what a cancer registry knows of the patient, which the report need not say. `tasks`
    limits them to those for which it mostly does (docs/corpus.md); the others' values stay in the rows' `registry`.
    Raises CorpusError when a file cannot be read or lacks its columns, or for a task the schema does not have.
    """
    for name in tasks or ():
        if name not in schema.names:
            raise CorpusError(f"{name!r} is no task of the schema; choose of {', '.join(schema.names)}")
    decoder = _Decoder(schema, codebook, column_map or ColumnMap(), report, tasks)
    known = _registry_by_patient(registry, decoder, report)
    met: set[str] = set()
    for where, record in read_records(reports):
        report.read += 1
        if record is None:
            report.skipped["more cells than columns"].append(where)
            continue
        if not {"patient_filename", "text"} <= record.keys():
            raise CorpusError(f"{reports}: not a TCGA-Reports download (needs the columns patient_filename and text)")
        barcode = _BARCODE.match(record["patient_filename"])
        if not barcode:
            report.skipped["patient_filename does not begin with a TCGA barcode"].append(where)
        elif not record["text"].strip():
            report.skipped["empty text"].append(where)
        elif barcode["patient"].upper() not in known and not keep_unlabelled:
            report.skipped["patient not in the clinical table"].append(where)
        else:
            patient = barcode["patient"].upper()
            row = LabelledReport(
                id=record["patient_filename"] if patient in met else patient,
                hospital=barcode["hospital"].upper(),
                text=record["text"],
                labels={},
                patient=patient,
            )
            met.add(patient)
            report.written += 1
            yield _labelled(row, known.get(patient), "registry")
    if without := len(known.keys() - met):
        report.notes.append(f"{without} patients of the clinical table have no report")


def import_table(
    path: str | Path,
    schema: TaskSchema,
    codebook: Codebook,
    report: ImportReport,
    column_map: ColumnMap | None = None,
    encoding: str = "utf-8-sig",
) -> Iterator[LabelledReport]:
    """Stream any table that has a column of report texts; `column_map` says which column is what.

    Columns that it does not name are found by the codebook's names, and values that it does not translate by the
    codebook's patterns or as the classes themselves. A table without an id column gets its row numbers for ids.
    Raises CorpusError when the table cannot be read, lacks a column that was named, or has no text column.
    """
    decoder = _Decoder(schema, codebook, column_map or ColumnMap(), report)
    ids: set[str] = set()
    for where, record in read_records(path, encoding):
        report.read += 1
        if record is None:
            report.skipped["does not fit the header"].append(where)
            continue
        identity = decoder.identity(record, where)
        if "text" not in identity:
            raise CorpusError(f"{path}: no column of report texts; name it with --map text=COLUMN")
        row_id = identity.get("id") or f"{Path(path).stem}-{report.read}"
        if not identity["text"].strip():
            report.skipped["empty text"].append(where)
        elif row_id in ids:
            report.skipped["id already used by an earlier row"].append(where)
        else:
            ids.add(row_id)
            report.written += 1
            row = LabelledReport(
                row_id,
                identity.get("hospital", ""),
                identity["text"],
                {},
                patient=identity.get("patient", ""),
            )
            yield _labelled(row, decoder.decode(record, where), "table")


def import_corpus(
    path: str | Path, schema: TaskSchema, codebook: Codebook, report: ImportReport
) -> Iterator[LabelledReport]:
    """Stream a corpus file, keeping labels, evidence, details and numbers; rows that cannot be used are left out.

    Rows without labels get those of their `registry` values. TCGA ids give the patient. Further fields that hold a
    single text or number become details. Raises CorpusError when the file cannot be read.
    """
    decoder = _Decoder(schema, codebook, ColumnMap(), report)
    ids: set[str] = set()
    for where, line in read_lines(path):
        report.read += 1
        try:
            raw = decode_line(line, where)
            row = build_row({"labels": {}, **raw}, where)
        except CorpusError:
            report.skipped["not a corpus row with id and text"].append(where)
            continue
        if problem := next(label_problems(row, schema), None):
            report.skipped[problem].append(where)
        elif not row.text.strip():
            report.skipped["empty text"].append(where)
        elif row.id in ids:
            report.skipped["id already used by an earlier row"].append(where)
        else:
            ids.add(row.id)
            report.written += 1
            row = replace(row, details={**_further(raw), **row.details})
            if not row.patient and (barcode := _BARCODE.fullmatch(row.id)):
                row = replace(row, patient=barcode["patient"])
            if not row.labels and row.registry:
                record = {name: str(value) for name, value in row.registry.items()}
                row = _labelled(row, decoder.decode(record, where), "registry")
            yield row


def is_corpus(path: str | Path) -> bool:
    """Whether a file is in the corpus format: JSON lines of which the first has labels or registry values as objects.

    Raises CorpusError when it is a `.jsonl` file that cannot be read.
    """
    if not str(path).endswith((".jsonl", ".jsonl.gz")):
        return False
    where, line = next(read_lines(path), (str(path), "{}"))
    first = decode_line(line, where)
    return any(isinstance(first.get(name), dict) for name in ("labels", "registry"))


def _further(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The single values of a row's object that are no field of the corpus format."""
    known = {spec.name for spec in fields(LabelledReport)}
    return {name: value for name, value in raw.items() if name not in known and isinstance(value, str | int | float)}


@dataclass
class _Answers:
    """What one record of a table says, understood: values for a row's fields of the same names."""

    labels: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    registry: dict[str, str] = field(default_factory=dict)


def _labelled(row: LabelledReport, answers: _Answers | None, source: str) -> LabelledReport:
    """The row with a record's answers; `label_source` in its details says that no reading of the text made them."""
    if not answers:
        return row
    made_by = {"label_source": source} if answers.labels else {}
    return replace(
        row,
        labels=answers.labels,
        details={**row.details, **answers.details, **made_by},
        numbers={**row.numbers, **answers.numbers},
        registry=answers.registry,
    )


class _Decoder:
    """Reads fields out of the records of one table, counting in the report what it understood."""

    def __init__(
        self,
        schema: TaskSchema,
        codebook: Codebook,
        column_map: ColumnMap,
        report: ImportReport,
        tasks: Collection[str] | None = None,
    ) -> None:
        self._schema = schema
        self._codebook = codebook
        self._map = column_map
        self._report = report
        self._tasks = schema.names if tasks is None else tasks
        self._chosen: dict[tuple[str, ...], dict[str, list[str]]] = {}

    def identity(self, record: Mapping[str, str], where: str) -> dict[str, str]:
        """The record's id, patient, hospital and text, as far as the table has columns for them."""
        columns = self._columns(record, where)
        return {
            name: next((record[column] for column in columns[name] if record[column].strip()), "")
            for name in IDENTITY
            if columns[name]
        }

    def decode(self, record: Mapping[str, str], where: str) -> _Answers:
        """The record's labels, details and numbers; `registry` keeps the labels' values as they were written."""
        columns = self._columns(record, where)
        answers = _Answers()
        for name, code in self._codebook.labels.items():
            written, meaning = self._read(name, code, [record[column] for column in columns[name]])
            if meaning is not None and name in self._tasks:
                answers.labels[name] = str(meaning)
            if written:
                answers.registry[name] = written
        for room, codes in (
            (answers.details, self._codebook.details),
            (answers.numbers, self._codebook.numbers),
        ):
            for name, code in codes.items():
                _, meaning = self._read(name, code, [record[column] for column in columns[name]])
                if meaning is not None:
                    room[name] = meaning
        return answers

    def _read(self, name: str, code: FieldCode, values: list[str]) -> tuple[str, str | int | float | None]:
        """The value as written and its meaning, from the first of a field's columns whose value is understood."""
        unknown = ""
        for value in (value.strip() for value in values):
            meaning = self._meaning(name, code, value)
            if meaning is not None:
                numeric = name in self._codebook.numbers
                self._report.mapped[name]["a number" if numeric else f"{shown(value)} → {meaning}"] += 1
                return value, meaning
            if not unknown and not self._codebook.is_missing(value):
                unknown = value
        # A detail often shares its column with a label and takes up some of its values only: what it does not take up
        # is no loss, unless the user named the column for it.
        if unknown and (name in self._schema.names or name in self._map.columns):
            self._report.unmapped[name][shown(unknown)] += 1
        elif values:
            self._report.missing[name] += 1
        return unknown, None

    def _meaning(self, name: str, code: FieldCode, value: str) -> str | int | float | None:
        said = self._map.values.get((name, value.casefold()))
        if said is not None:
            return said
        if name in self._codebook.numbers:
            return _number(value)
        understood = code.meaning(value)
        if understood is None and name in self._schema.names:
            return next((label for label in self._schema[name].classes if label.casefold() == value.casefold()), None)
        return understood

    def _columns(self, record: Mapping[str, str], where: str) -> dict[str, list[str]]:
        """Field → the record's columns that may hold it, in order of precedence. Records alike are looked at once."""
        shape = tuple(record)
        if shape not in self._chosen:
            self._chosen[shape] = self._choose(shape, where)
            for name, columns in self._chosen[shape].items():
                if columns:
                    self._report.columns[name] = columns
        return self._chosen[shape]

    def _choose(self, present: tuple[str, ...], where: str) -> dict[str, list[str]]:
        by_name = {_plain(column): column for column in present}
        absent = [column for column in self._map.columns.values() if _plain(column) not in by_name]
        if absent:
            raise CorpusError(
                f"{where}: no column {', '.join(map(shown, absent))}; the columns are {', '.join(map(shown, present))}"
            )
        book = self._codebook
        usual = {**book.columns, **{n: c.columns for n, c in (book.labels | book.details | book.numbers).items()}}
        return {
            name: [by_name[_plain(self._map.columns[name])]]
            if name in self._map.columns
            else list(dict.fromkeys(by_name[_plain(column)] for column in columns if _plain(column) in by_name))
            for name, columns in usual.items()
        }


def _registry_by_patient(path: str | Path, decoder: _Decoder, report: ImportReport) -> dict[str, _Answers]:
    """Patient barcode → what the clinical table says; of several rows for a patient, the first that says something."""
    known: dict[str, _Answers] = {}
    for where, record in read_records(path):
        if record is None:
            report.skipped["clinical row with more cells than columns"].append(where)
            continue
        barcode = _BARCODE.match(decoder.identity(record, where).get("patient", ""))
        if not barcode:
            report.skipped["clinical row without a TCGA barcode"].append(where)
            continue
        answers = decoder.decode(record, where)
        earlier = known.setdefault(barcode["patient"].upper(), answers)
        for name, label in answers.labels.items():
            if earlier.labels.setdefault(name, label) != label:
                report.conflicts[name] += 1
        for name in ("details", "numbers", "registry"):
            getattr(earlier, name).update({**getattr(answers, name), **getattr(earlier, name)})
    if not known:
        raise CorpusError(f"{path}: no row with a TCGA patient barcode; name its column with --map patient=COLUMN")
    return known


def _known_field(name: str, codebook: Codebook) -> None:
    if name not in codebook.fields:
        raise CorpusError(f"{name!r} is no field; the fields are {', '.join(sorted(codebook.fields))}")


def _plain(column: str) -> str:
    """A column name without case and punctuation: `cases.submitter_id` and `Cases Submitter ID` are one."""
    return re.sub(r"[\W_]+", "", column.casefold())


def _number(value: str) -> int | float | None:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return None
    if number != number or abs(number) == float("inf"):
        return None
    return int(number) if number.is_integer() else number
