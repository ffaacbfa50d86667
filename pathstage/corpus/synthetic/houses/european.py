"""Houses in translation or in British and Australian English: classification codes, proformas, structured reports."""

from __future__ import annotations

from pathstage.corpus.synthetic.facts import ROMAN
from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.reporter import Reporter
from pathstage.corpus.synthetic.writer import Exact, Writer


def code_line(r: Reporter, intro: str) -> None:
    """A European classification code such as "pT2 pN1a(2/14) L1 V0 G3 R0", by the plan."""
    case, rng = r.case, r.rng
    gap = rng.choice([" ", ", ", " ", ""])
    grade = rng.choice([f"G{case.grade}", f"G {case.grade}", f"G {ROMAN[case.grade]}", f"G{ROMAN[case.grade]}"])

    def write(w: Writer) -> None:
        graded = case.foci and r.plan.grade == "stated"
        first = rng.random() < 0.4
        if graded and first:
            with w.marking("grade.stated"):
                w.put(Exact(grade))
            w.put(", ")
        r.say("<pT>")
        if r.plan.stage == "full":
            w.put(gap)
            r.say("<pN>")
            if case.nodes and rng.random() < 0.8:
                with w.marking("pN.total"):
                    w.put(rng.choice(["", " "]) + f"({case.positive_nodes}/{case.examined_nodes})")
        if r.plan.m:
            w.put(gap)
            r.say("<pM>")
        w.put(gap)
        if case.foci:
            with w.marking("LVI"):
                w.put(Exact(rng.choice(["L1", "pL1", "L1 "]) if case.lvi else rng.choice(["L0", "pL0", "L 0"])))
            w.put(gap + rng.choice(["V0", "pV0", "V 0"]))
        w.put(gap + rng.choice(["R0", "R0", "R0 (local)"] if not case.margin_positive else ["R1"]))
        if graded and not first:
            w.put(gap)
            with w.marking("grade.stated"):
                w.put(Exact(grade))

    r.line(intro + " <code>", {"code": write})


@house(
    weight=2.0,
    style={"heading": "title:", "part": ["", "1. "]},
    plan={"markers": ["none", "none", "none", "current"], "grade": ["stated"]},
    extras=False,
)
def german_code(r: Reporter) -> None:
    """A short diagnosis with a tumour classification code at its end."""
    r.heading("diagnosis")
    r.diagnosis("tumor_full margins dcis benign", layout="prose")
    if r.plan.stage != "none":
        code_line(
            r, "{concluding |resulting |final |}{tumor|} classification{:| (ICD-O M-8500/3):| according to UICC:}"
        )
    if r.plan.markers != "none":
        for statement in r.marker_statements():
            r.line(statement)


@house(style={"heading": "title:", "unit": ["mm", "cm"]}, plan={"grade": ["stated"]})
def german_assessment(r: Reporter) -> None:
    """Macroscopy, microscopy and a concluding assessment with the code."""
    r.heading("{macroscopy|macroscopic findings}")
    r._gross_part(next(part for part in r.parts if part.kind == "breast"), 0.5)
    r.heading("{microscopy|histology}")
    for finding in ("tumor", "size", "grade", "lvi", "dcis"):
        for template in r.finding(finding):
            r.sentence(template)
    r.end()
    r.heading("{assessment|evaluation|critical findings report|opinion}")
    for template in [*r.finding("tumor_full"), *r.finding("nodes"), *r.finding("margins")]:
        r.sentence(template)
    r.end()
    if r.plan.stage != "none":
        code_line(r, "{pTNM:|UICC stage:|TNM classification:|postoperative stage:}")
    r.markers_block("{immunohistochemistry|receptor analysis|additional examination}")


@house(
    style={"british": True, "unit": ["mm"], "separator": [": ", "  ", " : "]},
    plan={"markers": ["current", "previous", "pending"]},
)
def uk_proforma(r: Reporter) -> None:
    """A British breast proforma with sizes in millimetres."""
    r.heading("{breast histopathology proforma|breast cancer minimum dataset|NHSBSP wide local excision form}")
    r.synoptic("laterality procedure treatment location", blanks=0.5)
    if r.case.foci:
        r.line("{invasive carcinoma|invasive component}: present")
    r.synoptic("type size focality scores grade lvi dcis dcisgrade dcissize margins margindist", blanks=0.15)
    r.heading("{axilla|lymph nodes|nodal status}")
    r.synoptic("nodesexamined nodespositive ene metsize", blanks=0.1)
    r.synoptic("ER PR HER2 pT pN pM", blanks=0)
    r.line("{Nottingham prognostic index|NPI}: {|see MDT sheet}")


@house(style={"british": True, "unit": ["mm"]}, plan={"markers": ["current", "elsewhere"]})
def uk_narrative(r: Reporter) -> None:
    """British prose in millimetres, conclusion at the end."""
    r.heading("clinical details")
    r.line("<c_history>")
    r.gross(detail=0.8, title="macroscopic description")
    r.heading("{microscopy|histology}")
    for name in ("tumor", "grade", "size", "lvi", "dcis", "margins", "benign"):
        for template in r.finding(name):
            r.sentence(template)
    r.end()
    for part in r.parts:
        if part.kind == "nodes":
            r.line("<title>: " + r._findings(part, "")[0], r.part_slots(part))
    for statement in r.marker_statements():
        r.line(statement)
    r.heading("{conclusion|summary|diagnosis}")
    r.line("<title>: <hist>", r.part_slots(next(part for part in r.parts if part.kind == "breast")))
    r.stage_line()


@house(style={"british": True, "unit": ["mm", "cm"]}, plan={"markers": ["current"]})
def australian_structured(r: Reporter) -> None:
    """A structured microscopy and a summary."""
    r.history("clinical notes")
    r.gross(title="macroscopic")
    r.heading("microscopic")
    r.synoptic(
        "type grade scores mitoses size focality lvi dcis dcisgrade necrosis margins calc benign nodes", blanks=0.05
    )
    r.heading("receptors")
    r.synoptic("ER PR HER2 ISH Ki67", blanks=0)
    r.heading("{summary|diagnosis}")
    r.diagnosis("tumor_full stage", layout="prose")


@house(style={"heading": "upper:"}, plan={"markers": ["current", "current", "none"], "ki67": [True]}, extras=False)
def italian_translation(r: Reporter) -> None:
    """A structured diagnosis that ends with receptors in percent and the code."""
    r.heading("{histological diagnosis|diagnosis}")
    for template in [
        *r.finding("tumor"),
        *r.finding("grade"),
        *r.finding("size"),
        *r.finding("dcis"),
        *r.finding("lvi"),
        *r.finding("skin"),
        *r.finding("margins"),
    ]:
        r.line(template)
    for part in r.parts:
        if part.kind != "breast":
            r.line("<title>: " + r._findings(part, "")[0], r.part_slots(part))
    r.heading("{biological parameters|prognostic factors}")
    for statement in r.marker_statements():
        r.line(statement)
    if r.plan.stage != "none":
        code_line(r, "{pTNM stage:|staging pTNM:|stage}")


@house(style={"heading": "lower:"}, plan={"markers": ["current", "none"], "stage": ["full", "none"]}, extras=False)
def dutch_conclusion(r: Reporter) -> None:
    """Conclusion only, one sentence after another."""
    r.heading("{conclusion|conclusion histology}")
    r.sentence("{mamma|breast} <side>, <proc>: ")
    for name in ("tumor_full", "lvi", "dcis", "margins"):
        for template in r.finding(name):
            r.sentence(template)
    for template in r.finding("nodes"):
        r.sentence(template)
    for statement in r.marker_statements():
        r.sentence(statement)
    r.end()
    if r.plan.stage != "none":
        code_line(r, "{TNM|classification|stage}:")
