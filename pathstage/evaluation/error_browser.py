"""The part of the HTML report that shows what systems got wrong, in the text: safe against markup in reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise

from pathstage.corpus.dataset import LabelledReport
from pathstage.evaluation.predictions import Prediction, lowest_seed
from pathstage.schema import TaskSchema

# What HTML cannot hold, or what would rearrange the text on the screen: controls, lone surrogates, bidirectional marks.
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

SCRIPT = """
const controls = document.querySelectorAll(".browser select");
function choose() {
  const [system, task, hospital] = Array.from(controls, (control) => control.value);
  let shown = 0;
  for (const report of document.querySelectorAll(".browser details")) {
    const wrong = report.dataset.wrong.split(" ").map((pair) => pair.split(":"));
    const fits = wrong.some(([s, t]) => (!system || s === system) && (!task || t === task));
    report.hidden = !fits || (hospital !== "" && report.dataset.hospital !== hospital);
    shown += report.hidden ? 0 : 1;
    for (const mark of report.querySelectorAll("mark")) {
      mark.classList.toggle("other", task !== "" && !mark.dataset.tasks.split(" ").includes(task));
    }
  }
  document.querySelector(".browser output").textContent = shown + " reports";
}
controls.forEach((control) => control.addEventListener("change", choose));
choose();
"""
"""Filters the reports. Without scripts all of them are shown."""


def error_browser(
    systems: Mapping[str, Sequence[Prediction]], rows: Iterable[LabelledReport], schema: TaskSchema
) -> str:
    """HTML of every report of `rows` that a system answered wrongly, with its text and the annotated evidence marked.

    The lowest seed of each system is shown. Reports that no system was asked about are left out.
    """
    answers = {name: {one.id: one for one in lowest_seed(predictions)} for name, predictions in systems.items()}
    cases, hospitals = [], set()
    for row in rows:
        asked = {name: its[row.id] for name, its in answers.items() if row.id in its}
        wrong = [
            (number, schema.names.index(task))
            for number, name in enumerate(systems)
            for task in _wrong(asked.get(name), schema)
        ]
        if wrong:
            hospitals.add(row.hospital)
            cases.append(_case(row, asked, wrong, schema))
    chosen = [
        _select("system", enumerate(systems)),
        _select("task", enumerate(schema.names)),
        _select("hospital", ((hospital, hospital) for hospital in sorted(hospitals))),
    ]
    return (
        f'<div class="browser"><p>{" ".join(chosen)} <output aria-live="polite">{len(cases)} reports</output></p>'
        f"{''.join(cases)}</div>"
    )


def highlight(text: str, evidence: Mapping[str, Iterable[tuple[int, int]]], schema: TaskSchema) -> str:
    """HTML of a report's text in which the spans of each task are marked; spans may overlap.

    Everything of the text is escaped, and characters that HTML cannot hold are shown as �.
    """
    spans = [
        (start, end, number)
        for number, task in enumerate(schema.names)
        for start, end in evidence.get(task, ())
        if 0 <= start < end <= len(text)
    ]
    edges = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    parts = []
    for start, end in pairwise(edges):
        words = escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text[start:end]))
        tasks = sorted({number for left, right, number in spans if left <= start and end <= right})
        if tasks:
            names = escape(", ".join(schema.names[number] for number in tasks))
            numbers = " ".join(map(str, tasks))
            words = f'<mark data-tasks="{numbers}" data-for="{names}" title="evidence for {names}">{words}</mark>'
        parts.append(words)
    return "".join(parts)


def _wrong(answer: Prediction | None, schema: TaskSchema) -> list[str]:
    if answer is None:
        return []
    return [task for task in schema.names if task in answer.gold and answer.gold[task] != answer.predicted[task]]


def _case(
    row: LabelledReport, asked: Mapping[str, Prediction], wrong: Sequence[tuple[int, int]], schema: TaskSchema
) -> str:
    tasks = [name for number, name in enumerate(schema.names) if any(number == task for _, task in wrong)]
    header = "".join(f'<th scope="col">{_safe(name)}</th>' for name in ("task", "label", *asked))
    body = []
    for task in tasks:
        label = next(one.gold[task] for one in asked.values() if task in one.gold)
        cells = "".join(_answer(one, task, label) for one in asked.values())
        body.append(f'<tr><th scope="row">{_safe(task)}</th><td>{_safe(label)}</td>{cells}</tr>')
    pairs = " ".join(f"{system}:{task}" for system, task in wrong)
    return (
        f'<details data-hospital="{_safe(row.hospital)}" data-wrong="{pairs}">'
        f"<summary>{_safe(row.id)} · hospital {_safe(row.hospital)} · {_safe(', '.join(tasks))}</summary>"
        f"<table><thead><tr>{header}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        f'<pre dir="auto">{highlight(row.text, row.evidence, schema)}</pre></details>'
    )


def _answer(answer: Prediction, task: str, label: str) -> str:
    value = answer.predicted.get(task, "")
    probability = answer.probabilities.get(task, {}).get(value)
    said = _safe(value or "no answer") + (f" {probability:.2f}" if probability is not None else "")
    return f"<td>{said} ✓</td>" if value == label else f'<td class="wrong">{said} ✗</td>'


def _select(name: str, options: Iterable[tuple[object, str]]) -> str:
    choices = "".join(f'<option value="{_safe(str(value))}">{_safe(shown)}</option>' for value, shown in options)
    return f'<label>{name} <select><option value="">all</option>{choices}</select></label>'


def _safe(text: str) -> str:
    return escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text))
