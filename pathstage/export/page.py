"""One self-contained HTML page of records: report texts with what was read in them, stages, contradictions, review.

Whatever comes from a record is escaped text or an escaped attribute. A content security policy lets the page load
nothing and run only its own script, which handles no data. Without scripts all records are shown below each other.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

from pathstage.corpus.dataset import whole_file
from pathstage.export.page_assets import COLOURS, SCRIPT, STYLE
from pathstage.export.records import Fact, Possible, Record, RecordsError, Words, read_records

__all__ = ["RecordsError", "render_page", "write_page"]

# What HTML cannot hold, or what would rearrange the text on the screen: controls, lone surrogates, bidirectional marks.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STATES = {
    "review": "to review",
    "clear": "no review",
    "error": "not read",
    "unknown": "not judged",
}


def write_page(records: Path, page: Path) -> int:
    """Write the page of a file of records, and return how many there are. Raises RecordsError for the file."""
    read = list(read_records(records))
    with whole_file(page) as file:
        for part in _page(read, records.name):
            file.write(part.encode("utf-8"))
    return len(read)


def render_page(records: Iterable[Record], title: str) -> str:
    """The page, as text."""
    return "".join(_page(list(records), title))


@dataclass(frozen=True, slots=True)
class _Span:
    """Characters `start:end` of a text, to be marked for the field `name`."""

    start: int
    end: int
    name: str


def _page(records: Sequence[Record], title: str) -> Iterator[str]:
    states = [_state(record) for record in records]
    to_review = states.count("review")
    policy = f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; base-uri 'none'"
    options = "".join(
        f'<option value="{state}">{words} ({states.count(state):,})</option>'
        for state, words in _STATES.items()
        if state in states
    )
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_shown(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#records">Skip to the record</a>\n'
        f"<header><h1>{_shown(title)}</h1><p>{len(records):,} records, {to_review:,} to review</p>"
        f'<label>Show <select id="choice"><option value="all">all ({len(records):,})</option>{options}</select></label>'
        '<label>Id <input id="search" type="search" autocomplete="off"></label>'
        '<p id="count" role="status"></p><p>Keys: j next, k previous</p></header>\n<nav aria-label="Records"><ol>\n'
    )
    for number, (record, state) in enumerate(zip(records, states, strict=True)):
        yield (
            f'<li><a href="#r{number}" data-state="{state}"><span>{_shown(record.id)}</span>{_badge(state)}</a></li>\n'
        )
    yield '</ol></nav>\n<main id="records" tabindex="-1">\n'
    for number, (record, state) in enumerate(zip(records, states, strict=True)):
        yield _article(record, state, f"r{number}")
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _state(record: Record) -> str:
    if record.status == "error":
        return "error"
    return {True: "review", False: "clear", None: "unknown"}[record.review]


def _article(record: Record, state: str, anchor: str) -> str:
    model = " ".join(filter(None, [record.model.name, record.model.version, "on", record.model.base]))
    parts = [
        f'<article id="{anchor}" aria-labelledby="{anchor}-h">',
        f'<h2 id="{anchor}-h" tabindex="-1">{_shown(record.id)}</h2>',
        f'<p class="sub">{_badge(state)} {_shown(record.source)} · {_shown(model)}</p>',
        _reasons(record),
    ]
    if record.status == "ok":
        left = [_stages(record), _fields(record, anchor), _details(record, anchor), _findings(record, anchor)]
        parts.append(f'<div class="columns"><div>{"".join(left)}</div><div>{_text(record, anchor)}</div></div>')
    return "".join([*parts, "</article>\n"])


def _reasons(record: Record) -> str:
    if record.error is not None and not record.review_reasons:
        return f'<div class="notes"><p>{_shown(record.error)}</p></div>'
    if not record.review_reasons:
        return ""
    items = "".join(
        f"<li><strong>{_name(reason.code)}</strong>: {_shown(reason.message)}</li>" for reason in record.review_reasons
    )
    return f'<div class="notes"><ul>{items}</ul></div>'


def _stages(record: Record) -> str:
    if record.stage is None:
        why = "No stage is given." if record.review is not None else "Records of this version have no stage."
        return f"<h3>Stage</h3><p>{why}</p>"
    cards = _stage("Anatomic stage group", record.stage.anatomic)
    cards += _stage("Pathological prognostic stage", record.stage.prognostic)
    return f'<h3>Stage ({_shown(record.stage.edition)})</h3><div class="stages">{cards}</div>'


def _stage(name: str, stage: Possible) -> str:
    lines = [f'<p class="big">{_shown(stage.stage or " or ".join(stage.possible) or "none")}</p>']
    if stage.stage is None and stage.settled_by:
        lines.append(f"<p>missing: {_shown(', '.join(stage.settled_by))}</p>")
    if stage.assumed:
        lines.append(f"<p>assumed: {_shown(', '.join(stage.assumed))}</p>")
    if stage.reason:
        lines.append(f"<p>{_shown(stage.reason)}</p>")
    return f'<div class="card"><h4>{name}</h4>{"".join(lines)}</div>'


def _fields(record: Record, anchor: str) -> str:
    doubted = {name for reason in record.review_reasons for name in reason.fields}
    rows = "".join(
        f'<tr class="{("sure", "doubt")[name in doubted]}"><th scope="row">{_shown(name)}</th>'
        f'<td class="value">{_shown(field.value)}</td>'
        f'<td class="number"><meter value="{field.probability:.3f}"></meter> {_floor(field.probability)}</td>'
        f"<td>{_quotes(field.evidence, record, anchor)}</td></tr>"
        for name, field in record.fields.items()
    )
    columns = ("field", "value", "probability", "words")
    heads = "<tr>" + "".join(f'<th scope="col">{column}</th>' for column in columns) + "</tr>"
    return f"<h3>Fields</h3><table><thead>{heads}</thead><tbody>{rows}</tbody></table>"


def _details(record: Record, anchor: str) -> str:
    if not record.details:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{_name(name)}</th><td>{_shown(_value(detail.value))}</td>'
        f"<td>{_quotes(detail.evidence, record, anchor)}</td></tr>"
        for name, detail in record.details.items()
    )
    return f"<h3>Details, as the rules read them</h3><table><tbody>{rows}</tbody></table>"


def _findings(record: Record, anchor: str) -> str:
    if not record.findings:
        return ""
    found = "".join(
        f'<div class="finding"><p><strong>{_shown(finding.message)}</strong></p><div class="sides">'
        + "".join(
            f'<div class="card"><h4>{_name(fact.field)}</h4><p>{_shown(_value(fact.value))}</p>'
            f"<p>{_quotes([fact], record, anchor) if fact.text else 'follows from the other values'}</p></div>"
            for fact in finding.evidence
        )
        + "</div></div>"
        for finding in record.findings
    )
    return f"<h3>Contradictions</h3>{found}"


def _quotes(evidence: Sequence[Words], record: Record, anchor: str) -> str:
    return "".join(
        _quote(words, _mark_id(anchor, span.start) if (span := _span(words, "", record.text)) else None)
        for words in evidence
    )


def _quote(words: Words, mark: str | None) -> str:
    page = f" (p. {words.page})" if words.page is not None and words.page > 1 else ""
    shown = _shown(" ".join((words.text or "").split()) + page)
    if mark is None:
        return f'<span class="quote">{shown}</span>'
    return f'<button type="button" class="quote" data-goto="{mark}" title="Show in the text">{shown}</button>'


def _text(record: Record, anchor: str) -> str:
    if record.text is None:
        return "<h3>Report</h3><p>This record was written without the report's text; run extract with --keep-text.</p>"
    marked = _marked(record.text, list(_spans(record)), anchor)
    return f'<h3>Report</h3><pre class="report" tabindex="0" aria-label="Report text">{marked}</pre>'


def _spans(record: Record) -> Iterator[_Span]:
    """What to mark in a record's text."""
    facts: list[Fact] = [fact for finding in record.findings for fact in finding.evidence]
    marked: list[tuple[str, Words]] = [
        *((name, words) for name, field in record.fields.items() for words in field.evidence),
        *((name, words) for name, detail in record.details.items() for words in detail.evidence),
        *((fact.field, fact) for fact in facts),
    ]
    for name, words in marked:
        if span := _span(words, name, record.text):
            yield span


def _span(words: Words, name: str, text: str | None) -> _Span | None:
    """Where words stand in the text; None if they do not: the file may have been edited, or hold no text."""
    if text is None or words.start is None or words.end is None or not 0 <= words.start < words.end <= len(text):
        return None
    return _Span(words.start, words.end, name)


def _mark_id(anchor: str, start: int) -> str:
    return f"{anchor}-{start}"


def _marked(text: str, spans: Sequence[_Span], anchor: str) -> str:
    """The text with its spans marked; where spans overlap, each piece between two of their ends is a mark."""
    names = list(dict.fromkeys(span.name for span in spans))
    cuts = sorted({0, len(text), *(span.start for span in spans), *(span.end for span in spans)})
    pieces = []
    for start, end in pairwise(cuts):
        over = [span for span in spans if span.start <= start and end <= span.end]
        piece = _shown(text[start:end])
        if over:
            colour = names.index(over[0].name) % COLOURS
            fields = ", ".join(dict.fromkeys(_name(span.name) for span in over))
            ending = ", ".join(dict.fromkeys(_name(span.name) for span in over if span.end == end))
            label = f' data-for="{ending}"' if ending else ""
            goal = any(span.start == start for span in over)
            identity = f' id="{_mark_id(anchor, start)}" tabindex="-1"' if goal else ""
            piece = f'<mark class="c{colour}" title="{fields}"{identity}{label}>{piece}</mark>'
        pieces.append(piece)
    return "".join(pieces)


def _value(value: str | float | list[float]) -> str:
    if isinstance(value, list):
        return " + ".join(map(_value, value))
    return value if isinstance(value, str) else f"{value:g}"


def _name(name: str) -> str:
    """The name of a field or a code, as HTML in words."""
    return _shown(name.replace("_", " "))


def _floor(probability: float) -> str:
    # Rounded down: what is not certain does not read 1.000.
    return f"{int(probability * 1000) / 1000:.3f}"


def _badge(state: str) -> str:
    return f'<span class="badge {state}">{_STATES[state]}</span>'


def _shown(text: str) -> str:
    """The text as HTML, for elements and quoted attributes."""
    return escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", "")))


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
