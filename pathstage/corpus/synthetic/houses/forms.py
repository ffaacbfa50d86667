"""Houses that are forms or tables: sample registries, flattened tables, checklists, Asian structured reports."""

from __future__ import annotations

from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.reporter import Reporter


@house(
    weight=1.2,
    style={"separator": ": "},
    plan={"stage": ["full"], "m": ["M0", "M0", "MX"], "markers": ["none"], "grade": ["stated"]},
    extras=False,
)
def sample_registry(r: Reporter) -> None:
    """The form of a tissue bank: one line of T, N and M stages and nothing of the pathology."""
    r.say("{sex: female. |gender: F |}{diagnosis|disease}: {breast {cancer|carcinoma}|carcinoma of breast} ")
    r.say("<registry_site> ")
    r.end()
    r.say("<registry_sample> ")
    if r.case.foci:
        r.say("⟦grade.stated:{grade|tumor grade}: <g>⟧ ")
    r.say("<t_digit> <n_digit> <m_digit> ")
    r.say("{therapy|prior treatment|treatment before sampling}: {none|no|n/a}. ")
    r.end()
    r.line("<registry_normal>")


@house(plan={"m": ["MX", "M0", ""], "markers": ["current", "none"]}, extras=False)
def fields_on_lines(r: Reporter) -> None:
    """A data extract: label on one line, value on the next."""
    r.synoptic(
        "procedure laterality type size grade pT pN pM nodesexamined nodespositive ER PR HER2 lvi treatment",
        blanks=0.2, separator="\n",
    )  # fmt: skip


@house(style={"upper_diagnosis": True}, plan={"markers": ["current", "none"]})
def two_column_table(r: Reporter) -> None:
    """A table that OCR has read column by column: all labels, then all values."""
    r.header()
    r.heading("final diagnosis")
    r.diagnosis("tumor_full margins lvi", layout="list")
    r.heading("{synoptic table|tumor data|summary table}")
    r.synoptic("laterality procedure size type grade lvi nodes pT pN pM ER PR HER2", blanks=0.05, layout="columns")
    r.gross(detail=0.5)


@house(style={"separator": [" : ", ": "]}, plan={"markers": ["current", "none"], "ki67": [True, False]})
def asian_structured(r: Reporter) -> None:
    """A numbered list of attributes under each specimen, with counts in brackets."""
    r.heading("{pathologic diagnosis|diagnosis}")
    r.line("breast, <side>, <proc>:")
    for template in r.finding("tumor"):
        r.line("- " + template)
    for name in ("size", "grade", "scores", "dcis", "eic", "skin", "margins", "lvi", "nodes", "nodesexamined", "tnm"):
        r.w.put(r.rng.choice(["  ", "- ", "", "* "]))
        r.synoptic(name, blanks=0)
        r.end()
    if r.plan.markers != "none" and r.case.foci:
        r.heading("{immunohistochemical stain|IHC results|immunohistochemistry}")
        r.synoptic("ER PR HER2 ISH Ki67", blanks=0)


@house(plan={"markers": ["current", "pending"], "size": ["micro"]})
def core_biopsy_note(r: Reporter) -> None:
    """Short report in the manner of a needle biopsy: diagnosis line, attributes, receptors."""
    r.history()
    r.gross(detail=0.3)
    r.heading("{diagnosis|interpretation}")
    r.line("<side> breast, {<clk> o'clock, |}<proc>:", {"clk": str(r.rng.randint(1, 12))})
    for name in ("tumor_full", "lvi", "dcis", "calcifications", "nodes"):
        for template in r.finding(name):
            r.line("- " + template)
    r.markers_block("{block <blk>: receptors|hormone receptors|breast panel}")
    r.stage_line()


@house(plan={"markers": ["none"], "stage": ["none"], "grade": ["stated", "none"]}, extras=False)
def single_line(r: Reporter) -> None:
    """The shortest report there is: one line, no stage."""
    for template in [*r.finding("tumor_full"), *r.finding("nodes"), *r.finding("margins")]:
        r.sentence(template)
    r.end()
