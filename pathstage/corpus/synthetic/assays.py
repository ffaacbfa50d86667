"""Receptor results as laboratories lay them out: tables that OCR has flattened, one-sentence summaries, assay prose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pathstage.corpus.synthetic.facts import receptor_slots
from pathstage.corpus.synthetic.grammar import rules
from pathstage.corpus.synthetic.writer import Template, Value

if TYPE_CHECKING:
    from pathstage.corpus.synthetic.reporter import Reporter

_COLUMNS = ("clone", "block", "vendor", "percent", "intensity", "score")


@dataclass(frozen=True)
class Assay:
    """A row of a results table: its mark, and the suffix of the rules `t_<column>_<suffix>` that fill its cells.

    `task` is set for a hormone receptor.
    """

    kind: str
    suffix: str
    task: str = ""


def summary(r: Reporter) -> str:
    """A template for one sentence with every receptor: "positive for ER (90 %) and PR (60 %), negative for HER2"."""
    case = r.case
    pair = "".join("p" if receptor.positive else "n" for receptor in (case.estrogen, case.progesterone))
    if r.plan.her2 != "result":
        return f"<say_{pair}>"
    her2 = case.her2
    if pair == "nn" and her2.status == "negative" and r.chance(0.35):
        return "<say_triple_negative>"
    if her2.amplified is not None:
        # An equivocal stain is named beside the hybridisation that settles it, or not at all.
        key = ("both_" if her2.ihc == 2 and r.chance(0.5) else "") + ("" if her2.amplified else "not_") + "amplified"
    else:
        key = f"ihc{her2.ihc}"
    return f"<say_{pair}>{r.rng.choice([', and ', '; ', ' and ', ', '])}<say_h_{key}>"


def narrative(r: Reporter) -> None:
    """Receptors as the laboratory dictates them, assay by assay."""
    case = r.case
    pair = "".join("p" if receptor.positive else "n" for receptor in (case.estrogen, case.progesterone))
    r.line(f"<narr_{pair}>")
    if r.plan.her2 != "result":
        if statement := r.her2_statement():
            r.line(statement)
        return
    if case.her2.ihc is not None:
        with r.w.marking("HER2.ihc"):
            r.say("<her2_block>")
        r.end()
    if case.her2.amplified is not None:
        r.line("<fish_block>")
    if r.plan.ki67:
        r.line("<ki67>")


def table(r: Reporter, layout: str = "") -> None:
    """A results table: `layout` "rows" (a row a line), "columns" (column by column) or "blocks" (a label a line)."""
    layout = layout or r.rng.choice(["rows", "rows", "columns", "blocks"])
    chosen = [name for name in _COLUMNS if r.chance(0.4)]
    columns = [*chosen, "result"] if r.chance(0.7) else ["result", *chosen]
    assays = _assays(r)
    if layout == "columns":
        r.line("<t_head_name>")
        for assay in assays:
            r.line(f"<t_name_{assay.suffix}>", _slots(r, assay))
        for column in columns:
            if r.chance(0.8):
                r.line(f"<t_head_{column}>")
            for assay in assays:
                _cell(r, assay, column, marked=column == "result")
                r.end()
        return
    gap = r.rng.choice([" ", " ", "  ", " | ", ", ", "; ", " - ", "\n"])
    if layout == "rows" and r.chance(0.75):
        r.line(gap.join(f"<t_head_{name}>" for name in ("name", *columns)))
    for assay in assays:
        with r.w.marking(assay.kind):
            r.w.capitalise_next()
            r.say(f"<t_name_{assay.suffix}>", _slots(r, assay))
            for column in columns:
                r.w.put(gap if layout == "rows" else r.rng.choice([". ", "\n", "; "]))
                if layout == "blocks":
                    r.w.capitalise_next()
                    r.say(f"<t_head_{column}>: ")
                _cell(r, assay, column, marked=False)
        r.end()


def _assays(r: Reporter) -> list[Assay]:
    """The rows that the case and the plan have results for."""
    her2 = r.case.her2
    rows = [Assay(f"{task}.result", r.receptor_state(task).replace("low", "positive"), task) for task in ("ER", "PR")]
    if r.plan.her2 == "result" and her2.ihc is not None:
        rows.append(Assay("HER2.ihc", "ihc"))
    if r.plan.her2 == "result" and her2.amplified is not None:
        rows.append(Assay("HER2.ish", "ish"))
    if r.plan.her2 == "pending":
        rows.append(Assay("trap.pending", "pending"))
    if r.plan.ki67:
        rows.append(Assay("Ki67", "ki67"))
    return rows


def _cell(r: Reporter, assay: Assay, column: str, marked: bool) -> None:
    rule = f"t_{column}_{assay.suffix}"
    template = f"<{rule if rule in rules() else f't_{column}_any'}>"
    r.say(f"⟦{assay.kind}:{template}⟧" if marked else template, _slots(r, assay))


def _slots(r: Reporter, assay: Assay) -> dict[str, Value]:
    if not assay.task:
        return {}
    return {**receptor_slots(r.case, assay.task, r.rng), "r_clone": Template(f"<clone_{assay.task.lower()}>")}
