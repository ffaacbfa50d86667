"""Houses of further countries, in the English that their reports come in."""

from __future__ import annotations

from pathstage.corpus.synthetic.facts import ROMAN
from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.houses.european import code_line
from pathstage.corpus.synthetic.reporter import Reporter
from pathstage.corpus.synthetic.writer import Exact


@house(style={"heading": "upper", "separator": " - "}, plan={"markers": ["current", "pending", "elsewhere"]})
def indian_impression(r: Reporter) -> None:
    """Specimen, gross, microscopy, then an impression with a staging line."""
    r.line("{nature of specimen|specimen}: <side> <proc>{ specimen|}")
    r.line("{clinical diagnosis|clinical impression}: {ca breast|carcinoma breast|? malignancy} <side>")
    r.gross(detail=0.7, title="{gross|gross appearance|macroscopy}")
    r.heading("{microscopy|microscopic appearance}")
    r.prose([t for name in ("tumor", "grade", "lvi", "dcis", "skin", "margins") for t in r.finding(name)])
    r.end()
    for part in r.parts:
        if part.kind == "nodes":
            r.line("{lymph nodes|axillary nodes|<title>}: " + r._findings(part, "")[0], r.part_slots(part))
    r.heading("{impression|opinion|final impression}")
    for template in [*r.finding("tumor_full"), *r.finding("size"), *r.finding("nodes")]:
        r.line(template)
    r.stage_line()
    r.markers_block("{IHC|immunohistochemistry report|hormone receptor status}")


@house(
    style={"separator": [": ", " "], "unit": ["mm", "cm"]},
    plan={"markers": ["current", "none"], "grade": ["stated", "nuclear"]},
    extras=False,
)
def japanese_codes(r: Reporter) -> None:
    """One dense paragraph of codes: size, ly, v, nuclear grade, node fraction, receptors with Allred scores."""
    case = r.case
    r.heading("{diagnosis|histological diagnosis|pathological diagnosis}")
    r.sentence(
        "{<hist>|⟦histology:<hist>⟧} of the <side> breast, {Bp|Bt|<proc>}" if case.foci else r.finding("tumor")[0]
    )
    r.end()
    if case.foci and r.plan.size == "micro" and case.scenario != "biopsy":
        r.line("{invasive size|tumor size|size}: ⟦pT.size:<dims>⟧")
    if case.foci:
        ly = r.rng.choice(["ly1", "ly(+)", "Ly1a"]) if case.lvi else r.rng.choice(["ly0", "ly(-)", "Ly0"])
        r.line(f"{{f|s|g, f}}, ⟦LVI:{ly}⟧, {{v0|v(-)}}, ⟦trap.nuclear_grade:{{NG|nuclear grade}} <nucg>⟧")
        for template in r.finding("grade"):
            r.line(template)
    if case.nodes:
        r.line("{n|LN|lymph nodes}{: | }⟦pN.total:(<pos>/<exam>)⟧")
    if r.plan.markers != "none":
        for statement in r.marker_statements():
            r.line(statement)
    if r.plan.stage != "none":
        code_line(r, "{pTNM|UICC}:")


@house(style={"heading": "title:", "unit": ["mm"]}, plan={"markers": ["current", "current", "none"], "ki67": [True]})
def nordic_answer(r: Reporter) -> None:
    """Question and answer, grade by Elston with points, receptors in percent, deposits in millimetres."""
    r.heading("{question|clinical question|anamnesis}")
    r.line("<c_history>")
    r.heading("{examined material|material|preparations}")
    for part in r.parts:
        r.line("<letter>. <tag>", r.part_slots(part))
    r.heading("{answer|assessment|reply}")
    for name in ("tumor", "size", "grade", "lvi", "dcis", "margins"):
        r.prose(r.finding(name))
    r.end()
    for part in r.parts:
        if part.kind == "nodes":
            r.line("<title>: " + r._findings(part, "")[0], r.part_slots(part))
    for statement in r.marker_statements():
        r.line(statement)
    if r.plan.stage != "none":
        code_line(r, "{pTNM{ (AJCC 7)| (8th ed.)|}|stage}:")


@house(style={"heading": "upper:", "unit": ["mm", "cm"]}, plan={"markers": ["current", "none"], "grade": ["stated"]})
def french_account(r: Reporter) -> None:
    """Account of the examination, SBR grade with its three figures, conclusion."""
    r.heading("{clinical information|indication}")
    r.line("<c_history>")
    r.gross(detail=0.8, title="{macroscopic examination|macroscopy}")
    r.heading("{histological examination|histology}")
    r.prose([t for name in ("tumor", "size", "lvi", "dcis", "skin", "margins") for t in r.finding(name)])
    r.end()
    graded = r.case.foci and r.plan.grade == "stated"
    if graded:
        numeral = ROMAN[r.case.grade]
        said = [f"SBR {numeral}", f"grade {numeral} of Elston and Ellis", f"EE grade {numeral}", f"SBR grade {numeral}"]
        r.line("{histoprognostic grade|grading}: ⟦grade.stated:<sbr>⟧ <sbr_scores>",
               {"sbr": Exact(r.rng.choice(said))})  # fmt: skip
    if r.case.nodes:
        r.line("{axillary clearance|lymph nodes|nodes}: " + r.finding("nodes")[0])
    r.markers_block("{hormone receptors and HER2|immunohistochemical study}")
    r.heading("conclusion")
    r.prose([*r.finding("tumor"), *r.finding("size"), *r.finding("margins")])
    r.end()
    r.stage_line()


@house(
    style={"heading": "upper:", "part": ["1. ", "A) "]}, plan={"markers": ["current", "none"], "ki67": [True, False]}
)
def iberian_report(r: Reporter) -> None:
    """Macroscopy by container, a diagnosis as a list of items, an immunophenotype."""
    r.specimens("{samples|material sent|specimens sent}")
    r.gross(detail=0.6, title="{macroscopic description|macroscopy}")
    r.heading("{pathological diagnosis|anatomopathological diagnosis|diagnosis}")
    r.diagnosis("tumor size grade dcis lvi margins skin benign", layout="list")
    r.markers_block("{immunophenotype|immunohistochemical profile|molecular profile}")
    r.stage_line()


@house(plan={"markers": ["none", "none", "elsewhere"], "stage": ["none", "none", "full"]}, style={"british": True})
def african_teaching_hospital(r: Reporter) -> None:
    """Long gross and histology in prose, a one-line conclusion, no receptors."""
    r.header()
    r.gross(detail=0.9, title="{macroscopy|gross examination}")
    r.heading("{histology|microscopy report}")
    for template in r.finding("tumor"):
        r.prose([template])
    for _ in range(r.rng.randint(2, 4)):
        if r.case.foci:
            r.fresh("m_tumor")
    r.prose([t for name in ("grade", "size", "lvi", "skin", "margins", "nodes") for t in r.finding(name)])
    r.end()
    r.heading("{conclusion|diagnosis|histological diagnosis}")
    for template in [*r.finding("tumor"), *r.finding("grade")]:
        r.line(template)
    r.stage_line()


@house(weight=1.5, style={"separator": [": ", ":\n"]}, plan={"markers": ["current", "previous", "pending"]})
def canadian_checklist(r: Reporter) -> None:
    """An electronic checklist: every item has an answer, many are "not applicable", notes say who staged."""
    r.heading("{surgical pathology consultation|synoptic data|diagnosis (synoptic)}")
    r.synoptic(
        "procedure laterality location focality size type scores grade skin muscle dcis eic dcisgrade margins "
        "margindist nodesexamined nodespositive metsize ene treatment lvi pT pN pM",
        blanks=0.5,
    )
    r.boilerplate("stage_note", title="<s_extent>")
    r.heading("{ancillary studies|biomarkers|breast biomarkers}")
    r.synoptic("ER PR HER2 ISH Ki67", blanks=0)
    r.specimens()
    r.gross()
    r.closing()
