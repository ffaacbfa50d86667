"""One self-contained HTML page that shows how several systems did: no network, readable without scripts, printable."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from pathstage.corpus.dataset import LabelledReport, whole_file
from pathstage.evaluation.comparison import Comparison
from pathstage.evaluation.error_browser import SCRIPT, error_browser
from pathstage.evaluation.predictions import Prediction
from pathstage.evaluation.summary import CurvePoint, SystemResult
from pathstage.evaluation.svg import bar_chart, legend, line_chart, shade
from pathstage.schema import TaskSchema

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #111; max-width: 1080px; margin: auto; padding: 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc }
table { border-collapse: collapse; margin: .6rem 0; font-size: .86rem }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { border: 1px solid #ccc; padding: .15rem .5rem; text-align: right; font-variant-numeric: tabular-nums }
th { background: #f3f3f3 } th[scope=row] { text-align: left }
.chart { width: 100%; height: auto; font-size: 12px } .chart text { fill: #222 }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0 }
.side { display: flex; flex-wrap: wrap; gap: 1rem } .side > * { flex: 0 1 auto } .side > .chart { flex: 1 1 320px }
.scroll { overflow-x: auto } .note { color: #444; max-width: 48rem }
.wrong { background: #fde0d2; font-weight: 600 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fafafa; border: 1px solid #ddd; padding: .8rem }
mark { background: #ffe27a; color: inherit }
mark::after { content: attr(data-for); font-size: .7em; vertical-align: super; font-weight: 600; padding-left: .2em }
 mark.other { background: none; outline: 1px dotted #999 }
details { margin: .3rem 0 } summary { cursor: pointer }
"""


def render_html(
    systems: Mapping[str, SystemResult],
    schema: TaskSchema,
    *,
    title: str,
    comparisons: Sequence[Comparison] = (),
    predictions: Mapping[str, Sequence[Prediction]] | None = None,
    rows: Iterable[LabelledReport] = (),
) -> str:
    """The page, as text. `systems` is name → result, in the order in which they are to be shown.

    With `predictions` (of each system) and the corpus `rows` it ends in an error browser, and so **contains report
    text**: whoever may not see the reports may not see the page. Parts without results are left out. A content security
    policy lets the page load nothing and run only its own script.
    """
    browser = error_browser(predictions, rows, schema) if predictions else ""
    sections = [
        _scores(systems),
        _comparisons(comparisons),
        _hospitals(systems),
        _confusions(systems, schema),
        _calibration(systems),
        _selective(systems),
        _curves("Robustness", "strength of the disturbance", _by_disturbance(systems)),
        _curves(
            "Learning curve", "reports learned from", {"": {n: s.learning for n, s in systems.items() if s.learning}}
        ),
        _section("Errors", browser),
    ]
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    warning = (
        "<p><strong>This page contains text of reports.</strong> Treat it as you treat them.</p>" if browser else ""
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"{warning}{''.join(sections)}</main>{f'<script>{SCRIPT}</script>' if browser else ''}</body></html>\n"
    )


def write_html(page: str, path: str | Path) -> None:
    """Write a page; the file appears under its name only when it is whole."""
    with whole_file(path) as file:
        file.write(page.encode())


def _scores(systems: Mapping[str, SystemResult]) -> str:
    groups = _names(result.macro_f1 for result in systems.values())
    chart = bar_chart("Macro-F1 by task and system", groups, {name: one.macro_f1 for name, one in systems.items()})
    note = (
        "Macro-F1 with 95 % bootstrap intervals over reports; in the table also over hospitals, which says more of "
        "the next hospital. What was trained had learned from other hospitals than those it is tested on here."
    )
    rows = []
    for name, one in systems.items():
        for group, interval in one.macro_f1.items():
            details = one.tasks.get(group)
            more = (
                [details.score.accuracy, details.balanced_accuracy, details.kappa, details.auroc]
                if details
                else [None] * 4
            )
            rows.append([name, group, str(interval), str(one.macro_f1_hospitals[group]), *map(_number, more)])
    heads = ["system", "task", "macro-F1 (reports)", "macro-F1 (hospitals)", "accuracy", "balanced", "κ", "AUROC"]
    asked = "; ".join(f"{name}: {one.reports} reports, {len(one.seeds)} seed(s)" for name, one in systems.items())
    kept = [
        [name, *map(_percent, (one.adherence.outside, one.adherence.invented, one.adherence.missed))]
        for name, one in systems.items()
    ]
    return _section(
        "Scores",
        _note(note) + _note(asked) + legend(list(systems)) + chart + _table("All scores", heads, rows)
        + _table(
            "Adherence to schema and report",
            ["system", "values outside the schema", "given though not documented", "not given though documented"],
            kept,
        )
        + "".join(_classes(name, one) for name, one in systems.items()),
    )  # fmt: skip


def _classes(name: str, result: SystemResult) -> str:
    rows = [
        [
            task,
            label,
            f"{f1:.3f}",
            f"{one.precision[label]:.3f}",
            f"{one.recall[label]:.3f}",
            str(one.score.support[label]),
        ]
        for task, one in result.tasks.items()
        for label, f1 in one.score.f1.items()
    ]
    table = _table(f"Classes, {name}", ["task", "class", "F1", "precision", "recall", "support"], rows)
    return _folded(f"By class: {name}", table)


def _comparisons(comparisons: Sequence[Comparison]) -> str:
    rows = [
        [
            one.system,
            one.task,
            str(one.macro_f1.interval),
            _p(one.p_macro_f1_holm),
            f"{one.mcnemar.only_first} : {one.mcnemar.only_second}",
            _p(one.p_mcnemar_holm),
        ]
        for one in comparisons
    ]
    heads = [
        "system",
        "task",
        "difference of macro-F1",
        "p, bootstrap",
        "only it right : only the reference",
        "p, McNemar",
    ]
    note = "System minus reference, paired by report; p-values are corrected by Holm's method for all rows."
    return _section("Differences", _note(note) + _table("Against the reference", heads, rows) if rows else "")


def _hospitals(systems: Mapping[str, SystemResult]) -> str:
    maps = []
    for name, one in systems.items():
        tasks = list(one.tasks)
        lines = []
        for hospital, scores in one.by_hospital.items():
            size = max((sum(score.support.values()) for score in scores.values()), default=0)
            cells = [scores[task].accuracy if task in scores else None for task in tasks]
            lines.append((f"{hospital} ({size})", [(_number(cell, 2), cell) for cell in cells]))
        maps.append(_heat_map(f"{name}: accuracy by hospital (reports) and task", tasks, lines))
    return _section("Hospitals", f'<div class="side">{"".join(maps)}</div>')


def _confusions(systems: Mapping[str, SystemResult], schema: TaskSchema) -> str:
    parts = []
    for name, one in systems.items():
        tables = []
        for task, details in one.tasks.items():
            classes = schema[task].classes
            lines = [
                (label, [(str(count), count / max(sum(row), 1)) for count in row])
                for label, row in zip(classes, details.confusion, strict=True)
                if sum(row)
            ]
            tables.append(_heat_map(f"{task}: label in rows, answer in columns", [*classes, "none of these"], lines))
        parts.append(_folded(name, f'<div class="side">{"".join(tables)}</div>'))
    note = "Numbers of answers, of all seeds together; shaded by the share of the label's reports."
    return _section("Confusion matrices", _note(note) + "".join(parts))


def _calibration(systems: Mapping[str, SystemResult]) -> str:
    parts = []
    for name, one in systems.items():
        if not one.calibration:
            continue
        stages = {"as it is": one.calibration, "with temperature": one.calibrated}
        charts = [
            line_chart(
                f"{name}, {task}: share of right answers by probability",
                {
                    stage: [CurvePoint(point.confidence, point.accuracy) for point in its[task].curve]
                    for stage, its in stages.items()
                    if task in its
                },
                x_label=f"{task}: probability",
                diagonal=True,
                width=320,
                height=260,
            )
            for task in one.calibration
        ]
        rows = [
            [task, stage, f"{its[task].ece:.3f}", f"{its[task].brier:.3f}", f"{its[task].nll:.3f}"]
            for task in one.calibration
            for stage, its in stages.items()
            if task in its
        ]
        table = _table(f"Calibration, {name}", ["task", "probabilities", "ECE", "Brier", "NLL"], rows)
        parts.append(_folded(name, f'{legend(list(stages))}<div class="side">{"".join(charts)}</div>{table}'))
    note = "Temperatures were fitted on other hospitals than those shown. Points on the dashed diagonal are calibrated."
    return _section("Calibration", _note(note) + "".join(parts) if parts else "")


def _selective(systems: Mapping[str, SystemResult]) -> str:
    rows = [
        [
            name,
            task,
            f"{target:.0%}",
            "none" if one.certified.threshold is None else f"{one.certified.threshold:.4f}",
            f"{one.certified.coverage:.0%}",
            f"{one.observed.coverage:.0%}",
            _percent(one.observed.error),
            f"{one.best_coverage:.0%}",
        ]
        for name, result in systems.items()
        for task, targets in result.selective.items()
        for target, one in targets.items()
    ]
    heads = [
        "system",
        "task",
        "error wanted",
        "certified threshold",
        "accepted",
        "accepted, other hospitals",
        "wrong of these",
        "accepted at best, no guarantee",
    ]
    note = (
        "Answers accepted unseen at a threshold certified by Learn-then-Test. The guarantee holds for reports like "
        "those it was certified on; what thresholds did on hospitals that had no part in them stands beside it."
    )
    return _section("Automatic acceptance", _note(note) + _table("Coverage", heads, rows) if rows else "")


def _by_disturbance(systems: Mapping[str, SystemResult]) -> dict[str, dict[str, tuple[CurvePoint, ...]]]:
    kinds = _names(one.robustness for one in systems.values())
    return {
        kind: {name: one.robustness[kind] for name, one in systems.items() if kind in one.robustness} for kind in kinds
    }


def _curves(heading: str, x_label: str, charts: Mapping[str, Mapping[str, Sequence[CurvePoint]]]) -> str:
    parts = []
    for kind, series in charts.items():
        if not series:
            continue
        name = f"{heading}: {kind}" if kind else heading
        rows = [
            [system, f"{point.x:g}", f"{point.y:.3f}", _number(point.low), _number(point.high)]
            for system, points in series.items()
            for point in points
        ]
        table = _folded("Numbers", _table(name, ["system", x_label, "mean macro-F1", "low", "high"], rows))
        label = f"{kind}: {x_label}" if kind else x_label
        parts.append(f"<div>{legend(list(series))}{line_chart(name, series, x_label=label)}{table}</div>")
    return _section(heading, f'<div class="side">{"".join(parts)}</div>' if parts else "")


def _section(heading: str, content: str) -> str:
    return f"<section><h2>{escape(heading)}</h2>{content}</section>" if content else ""


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _heat_map(
    caption: str, columns: Sequence[str], lines: Sequence[tuple[str, Sequence[tuple[str, float | None]]]]
) -> str:
    """A table whose cells are shaded. `lines` are a heading and, for each column, what it says and how dark it is."""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in ("", *columns))
    body = []
    for heading, cells in lines:
        shaded = []
        for text, share in cells:
            background, colour = shade(share or 0.0)
            shaded.append(f'<td style="background:{background};color:{colour}">{escape(text)}</td>')
        body.append(f'<tr><th scope="row">{escape(heading)}</th>{"".join(shaded)}</tr>')
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _names(mappings: Iterable[Mapping[str, object]]) -> list[str]:
    """The keys of all mappings, in the order in which they first occur."""
    return list(dict.fromkeys(name for mapping in mappings for name in mapping))


def _number(value: float | None, decimals: int = 3) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _p(value: float | None) -> str:
    return "< 0.001" if value is not None and value < 0.001 else _number(value)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
