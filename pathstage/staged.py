"""Staged: from the answers to one report to the record a registrar can sign, with what to check before signing.

    Extraction ──domain, details, stage, consistency──▶ StagedRecord

Nothing here asks the model anything. Where a text is no report of the schema's cancer the record has no stage and no
details: its fields stand, as what the model made of it, beside the reason not to believe them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pathstage.details import Detail, details_of, subcategories
from pathstage.prepare.domain import domain_problem
from pathstage.report import Extraction, Failure
from pathstage.rules import answers, decide
from pathstage.schema import TaskSchema
from pathstage.staging.ajcc8 import has_staging
from pathstage.staging.consistency import ConsistencyFinding, consistency_data, consistency_findings
from pathstage.staging.facts import facts_of
from pathstage.staging.record import StageResult, stage_fields

REVIEW_BELOW = 0.9
"""The probability below which a value is to be reviewed, for want of thresholds that were certified."""

Thresholds = Mapping[str, float | None]
"""Task → the least probability of a value that needs no review; None: every value of the task needs one."""

_NEOADJUVANT = "neoadjuvant"
_TRUTH = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class ReviewReason:
    """Why a person should look at a record.

    code: one of `REVIEW_CODES`. message: the words for it, which never quote the report. fields: the tasks it is about;
    none where it is about the whole report.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()


REVIEW_CODES = {
    "not_read": "the report could not be read, or not by the model",
    "blank": "there is no text, or hardly any",
    "unreadable_text": "much of the text is no words, as when a page was misread",
    "foreign_language": "the text is not in English",
    "not_pathology": "the text is no pathology report",
    "other_organ": "the text is not about the organ that the schema is for",
    "low_confidence": "a value has a probability below the threshold of its task",
    "rules_disagree": "the rules read another value than the model",
    "inconsistency": "the report contradicts itself; see `findings`",
    "two_sides": "there are tumours on both sides; the record is of one of them",
}


@dataclass(frozen=True, slots=True)
class StagedRecord:
    """What is said of one report.

    details: by name (see `pathstage.details`). stage: None for a text that is no report of this cancer, and for
    a schema without stage tables. findings: contradictions in the report; the spans of their facts count characters of
    `extraction.report.text`. reasons: why to review it; none if it needs no review.
    """

    extraction: Extraction
    details: dict[str, Detail]
    stage: StageResult | None
    findings: tuple[ConsistencyFinding, ...]
    reasons: tuple[ReviewReason, ...]

    @property
    def review(self) -> bool:
        """Whether a person should look at it."""
        return bool(self.reasons)


def stage_record(extraction: Extraction, schema: TaskSchema, thresholds: Thresholds | None = None) -> StagedRecord:
    """The record of a report. Without `thresholds` every value has to have the probability `REVIEW_BELOW`."""
    if thresholds is None:
        thresholds = dict.fromkeys(schema.names, REVIEW_BELOW)
    problem = domain_problem(extraction.report.text, schema.name)
    doubts = tuple(_doubts(extraction, schema, thresholds))
    if problem is not None:
        return StagedRecord(extraction, {}, None, (), (ReviewReason(problem.code, problem.message), *doubts))
    if not has_staging(schema.name):
        return StagedRecord(extraction, {}, None, (), doubts)
    details = details_of(extraction)
    treated = details.get(_NEOADJUVANT)
    stage = stage_fields(
        {name: field.value for name, field in extraction.fields.items()},
        subcategories(details),
        neoadjuvant=None if treated is None else _TRUTH[str(treated.value)],
    )
    findings = consistency_findings(facts_of(extraction.findings), stage)
    contradictions = [ReviewReason("inconsistency", finding.message, _tasks(finding, schema)) for finding in findings]
    return StagedRecord(extraction, details, stage, findings, (*doubts, *contradictions, *_two_sides(details)))


def stage_records(
    results: Iterable[Extraction | Failure], schema: TaskSchema, thresholds: Thresholds | None = None
) -> Iterator[StagedRecord | Failure]:
    """The records of a stream of extractions, in order. What failed before passes through; what fails here becomes a
    Failure, and the rest goes on."""
    for result in results:
        if isinstance(result, Failure):
            yield result
            continue
        try:
            record: StagedRecord | Failure = stage_record(result, schema, thresholds)
        except Exception as error:  # one report must not end a batch of thousands; the message could quote it
            reason = f"could not be staged ({type(error).__name__}); please report this as a bug"
            record = Failure(result.report.id, result.report.source, reason)
        yield record


def _two_sides(details: Mapping[str, Detail]) -> Iterable[ReviewReason]:
    sides = consistency_data()["sides"]
    side = details.get(sides["field"])
    if side is not None and side.value == sides["two"]:
        yield ReviewReason("two_sides", REVIEW_CODES["two_sides"])


def _tasks(finding: ConsistencyFinding, schema: TaskSchema) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.field for fact in finding.evidence if fact.field in schema.names))


def _doubts(extraction: Extraction, schema: TaskSchema, thresholds: Thresholds) -> Iterable[ReviewReason]:
    """What speaks against single values: their probability, and the rules."""
    unsure = {
        name: field.probability
        for name, field in extraction.fields.items()
        if (least := thresholds.get(name)) is None or field.probability < least
    }
    if unsure:
        shown = ", ".join(
            f"{name} {_floor(probability)} ({_required(thresholds.get(name))})" for name, probability in unsure.items()
        )
        yield ReviewReason("low_confidence", f"probability below what is asked for: {shown}", tuple(unsure))
    # Rules that found nothing at all in a report have nothing to say of it.
    if not extraction.findings:
        return
    rules = answers(decide(extraction.findings), schema)
    differing = {name: value for name, value in rules.items() if value != extraction.fields[name].value}
    if differing:
        shown = ", ".join(f"{name} {value}" for name, value in differing.items())
        yield ReviewReason("rules_disagree", f"the rules read {shown}", tuple(differing))


def _floor(probability: float) -> str:
    # Rounded down: no value shows the threshold itself and is said to lie below it.
    return f"{int(probability * 1000) / 1000:.3f}"


def _required(least: float | None) -> str:
    return "none is certified" if least is None else f"{least:.3f}"
