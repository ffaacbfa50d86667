"""Houses of large centres: long synopses, results tables, reflex testing, consultations, needle biopsies."""

from __future__ import annotations

from pathstage.corpus.synthetic import assays
from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.reporter import Reporter

SYNOPSIS = (
    "laterality procedure location size focality type scores grade lvi calc dcis dcisgrade margins margindist "
    "nodespositive nodesexamined metsize ene benign pT pN pM ER PR HER2"
)


@house(
    weight=3.0,
    style={"part": "PART 1: ", "bullet": ["A", "A", "- "], "upper_diagnosis": True, "separator": [": ", ":"]},
    plan={"markers": ["current", "previous", "none", "pending"]},
)
def slipped_synopsis(r: Reporter) -> None:
    """Parts in capitals and a case synopsis whose values OCR has read some lines after their labels."""
    if r.chance(0.5):
        r.history("patient history")
    r.heading("final diagnosis")
    r.diagnosis("tumor grade size dcis lvi margins skin calcifications benign markers", layout="list")
    if r.chance(0.3):
        r.comment()
    r.heading("{case synopsis|synopsis of case|synoptic data - breast, invasive}")
    r.synoptic(SYNOPSIS, blanks=0.4, layout=r.rng.choice(["slipped", "slipped", "lines"]))


@house(
    weight=2.0, style={"heading": "upper:"}, plan={"markers": ["current"], "her2": ["result"], "ki67": [True, False]}
)
def assay_table(r: Reporter) -> None:
    """Diagnosis, then a table of assays with clone, percentage and intensity in any order."""
    r.heading("{final diagnosis|diagnosis}")
    r.diagnosis("tumor_full size lvi dcis margins benign stage")
    r.heading("{biomarker table|prognostic panel|results of immunohistochemistry|summary of immunostains}")
    if r.case.foci:
        assays.table(r)
    r.boilerplate("reagents", "definitions")
    if r.trap("control_tissue"):
        r.line("<control_note>")
    r.gross()
    r.closing()


@house(weight=1.5, plan={"markers": ["current"], "her2": ["result"]})
def reflex_testing(r: Reporter) -> None:
    """HER2 by immunohistochemistry in the report; in-situ hybridisation, when done, follows in an addendum."""
    case = r.case
    r.header()
    r.history("<s_story>")
    r.heading("{final diagnosis|diagnosis}")
    r.diagnosis("tumor_full lvi dcis margins benign stage")
    if case.foci:
        r.heading("<s_markers>")
        r.synoptic("ER PR", blanks=0)
        if case.her2.ihc is not None:
            r.line(f"<h_ihc{case.her2.ihc}>")
        if case.her2.ihc == 2 or case.her2.amplified is not None:
            r.line("<reflex_note>")
        r.boilerplate("definitions", "reagents")
    r.gross()
    r.signoff()
    if case.foci and case.her2.amplified is not None:
        r.heading("{addendum|addendum report|supplemental report|addendum 1: HER2 {FISH|ISH}}")
        r.sentence("{Reason|This addendum reports}: {HER2 <ish_method>|in situ hybridization} on block <blk>")
        r.line("<fish_block>")
        r.boilerplate("definitions", title="")


@house(weight=3.0, style={"heading": ["upper:", "title:"]}, plan={"markers": ["current", "previous", "elsewhere"]})
def complete_record(r: Reporter) -> None:
    """Everything on file: story, diagnosis, checklist, long gross, microscopy, methods, attestation."""
    r.verbosity = max(r.verbosity, 4.5)
    r.header(6)
    r.history("<s_story>")
    r.specimens()
    r.frozen()
    r.gross(detail=1.4)
    r.heading("{microscopic description|microscopic examination}")
    r.prose([t for name in ("tumor", "size", "grade", "lvi", "dcis", "margins", "skin") for t in r.finding(name)])
    for _ in range(r.rng.randint(1, 4)):
        if r.case.foci:
            r.fresh("m_tumor")
    r.end()
    r.heading("{final diagnosis|final pathologic diagnosis|diagnosis}")
    r.diagnosis("tumor_full lvi dcis margins skin calcifications benign")
    r.comment()
    r.heading("{synoptic report|cancer staging summary|checklist}")
    r.synoptic(SYNOPSIS, blanks=0.3)
    r.markers_block()
    r.closing()
    if r.chance(0.5):
        r.addendum()
    r.signoff()


@house(weight=1.5, plan={"markers": ["pending", "pending", "current", "elsewhere"], "stage": ["none"]})
def quoted_labels(r: Reporter) -> None:
    """Gross and diagnosis under the surgeon's quoted label, attributes in capitals, no stage."""
    r.heading("{clinical history|history}")
    r.line("<c_history>")
    r.gross(detail=1.1, title="{gross examination|gross description and dissection}")
    r.heading("{microscopic examination|microscopy}")
    r.line("{microscopic examination {was|is} performed|slides examined|done}")
    r.heading("diagnosis")
    r.w.upper = True
    for part in r.parts:
        extra = r.part_slots(part)
        r.line('<letter>. "<tag>":', extra)
        for template in r._findings(part, "tumor size grade lvi dcis margins skin calcifications"):
            r.line(template, extra)
    for statement in r.marker_statements():
        r.line(statement)
    r.w.upper = False
    r.closing()


@house(
    weight=1.2,
    style={"inline_stage": [True]},
    plan={"stage": ["full", "full", "t_only"], "markers": ["none", "pending"]},
    extras=False,
)
def stage_in_brackets(r: Reporter) -> None:
    """Organ by organ in full sentences, the category in brackets behind the finding that gives it."""
    r.heading("{final diagnosis|diagnosis}")
    r.diagnosis("tumor size grade dcis lvi skin margins benign stage", layout="sentences", stage_in_part=True)
    if r.plan.stage != "none" and "pT.stated" not in {mark.kind for mark in r.w.marks}:
        r.stage_line()
    if r.plan.markers == "pending":
        r.line("<f_markers_pending>")


@house(plan={"markers": ["previous", "current"], "stage": ["full", "none"]})
def consultation_on_slides(r: Reporter) -> None:
    """A second opinion on slides from elsewhere: what was received, what is agreed, what is added."""
    r.line("<outside_slides>")
    r.history()
    r.heading("{consultation diagnosis|second opinion|review diagnosis}")
    r.line("{outside|submitted} slides, <side> breast, <proc>:")
    for name in ("tumor", "size", "grade", "lvi", "dcis", "margins"):
        r.prose(r.finding(name))
    for template in r.finding("nodes"):
        r.prose([template])
    r.end()
    r.comment("{comment|opinion}")
    for statement in r.marker_statements():
        r.line(statement)
    r.stage_line()
    r.signoff()


@house(plan={"markers": ["current", "none"], "her2": ["result"]}, style={"separator": [":\n- ", ": - "]}, weight=1.5)
def dashes_under_labels(r: Reporter) -> None:
    """A checklist that gives each answer as a dashed line under its label, with glosses of the categories."""
    r.heading("{pathologic interpretation|final interpretation}")
    r.diagnosis("tumor_full margins lvi", layout="list")
    r.heading("{tumor data|invasive carcinoma summary|summary of tumor}")
    r.synoptic(
        "procedure laterality location size focality skin muscle dcis eic dcisgrade type scores grade margins "
        "margindist treatment lvi nodesexamined nodespositive ene tnm pT pN pM ER PR HER2 calc",
        blanks=0.15,
    )
    r.boilerplate("reagents", "attest", title="note")
    r.frozen()
    r.history()
    r.specimens()
    r.gross()
