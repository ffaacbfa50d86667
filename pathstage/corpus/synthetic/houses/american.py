"""Houses that write by part, with or without a synopsis, as hospitals in the United States do."""

from __future__ import annotations

from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.reporter import Reporter

FULL = (
    "procedure laterality location size focality type grade scores dcis dcisgrade margins margindist lvi nodes "
    "nodesexamined nodespositive metsize ene treatment pT pN pM stagegroup ER PR HER2 Ki67 calc benign"
)


@house(
    weight=2.0,
    style={"part": "PART 1: ", "bullet": "A", "upper_diagnosis": True},
    plan={"markers": ["current", "previous", "none"]},
)
def parts_then_synopsis(r: Reporter) -> None:
    """Capital findings by part, then a synopsis of the case."""
    r.header(2)
    if r.chance(0.5):
        r.history("patient history")
    r.heading("final diagnosis")
    r.diagnosis("tumor grade size dcis lvi margins skin calcifications benign markers")
    if r.chance(0.4):
        r.comment()
    r.heading("{case synopsis|synoptic report|synopsis|synoptic - invasive carcinoma of breast}")
    r.synoptic(
        "laterality procedure location size focality type scores grade lvi calc dcis margins margindist "
        "nodespositive nodesexamined ene metsize benign pT pN pM ER PR HER2",
        blanks=0.25,
    )


@house(weight=2.5, style={"part": "A. ", "bullet": "- "}, plan={"markers": ["current", "current", "elsewhere"]})
def dashes_and_summary(r: Reporter) -> None:
    """Dashed findings by part, then a tumour summary after the college's protocol."""
    r.verbosity = max(r.verbosity, 2.5)
    r.heading("{pathologic interpretation|pathologic diagnosis|interpretation}")
    r.diagnosis("tumor_full margins lvi dcis benign", layout="list")
    r.heading("{tumor summary|cancer summary|tumor checklist|cancer case summary}")
    r.synoptic(
        "procedure laterality location size focality skin dcis dcissize dcisgrade type scores grade "
        "margins lvi nodesexamined nodespositive metsize treatment pT pN pM tnm ER PR HER2",
        blanks=0.1,
    )
    if r.markers_known() and r.chance(0.5):
        r.line("{note|notes}: <ihc_disclaimer>")
    r.frozen()
    r.history()
    r.specimens()
    r.gross()
    r.signoff()


@house(
    weight=2.5,
    style={"heading": "upper:", "part": "A. ", "bullet": "- ", "upper_diagnosis": True},
    plan={"markers": ["current", "current", "previous"]},
)
def specimens_gross_diagnosis(r: Reporter) -> None:
    """Specimens and gross first, then diagnosis, synopsis and receptor results."""
    r.verbosity = max(r.verbosity, 2.5)
    r.specimens("specimens")
    if r.chance(0.5):
        r.specimens("specimen(s)")
    r.frozen()
    r.gross()
    r.heading("{diagnosis|final diagnosis}")
    r.diagnosis("tumor_full margins lvi dcis skin benign", layout="list")
    r.heading("{synoptic report - breast|breast synoptic|synoptic report}")
    r.synoptic(
        "procedure laterality focality type size location margins margindist scores grade necrosis lvi "
        "dcis eic dcisgrade nodes ene ER PR HER2 tnm",
        blanks=0.15,
    )
    r.markers_block("{synoptic report - breast, ER/PR results|ER/PR/HER2 results|hormone receptor and HER2 results}")
    r.history()


@house(
    weight=1.8,
    style={"part": "A. ", "upper_diagnosis": False},
    plan={"markers": ["elsewhere", "none", "elsewhere", "pending"]},
)
def template_in_microscopy(r: Reporter) -> None:
    """A template filled in under the microscopic description."""
    first = r.chance(0.5)
    if first:
        r.heading("{diagnosis|final diagnosis}")
        r.diagnosis("tumor_full margins dcis", layout="prose")
    r.specimens()
    r.history()
    r.gross()
    r.heading("microscopic description")
    r.line("{template for|findings in|worksheet for} the <side> breast")
    r.synoptic("type grade scores size margins lvi calc dcis dcisgrade necrosis eic benign nodes ER PR HER2 tnm")
    if not first:
        r.heading("{diagnosis|final diagnosis}")
        r.diagnosis("tumor_full margins lvi", layout="prose")
    r.signoff()


@house(
    weight=2.0,
    style={"part": "", "inline_stage": [True, True, False]},
    plan={"markers": ["none", "pending", "none", "pending"]},
    extras=False,
)
def one_paragraph(r: Reporter) -> None:
    """A final diagnosis and nothing else: every finding in running sentences."""
    r.heading("final diagnosis")
    r.diagnosis(
        "tumor_full lvi dcis benign calcifications skin margins stage markers", layout="prose", stage_in_part=True
    )
    if not r.style.inline_stage:
        r.stage_line()
    if r.plan.markers == "pending":
        r.line("<f_markers_pending>")


@house(
    weight=1.3,
    style={"part": "(A) ", "upper_diagnosis": True, "heading": "upper"},
    plan={"grade": ["nuclear", "nuclear", "stated"], "stage": ["none", "none", "none", "full"]},
)
def lettered_parts_no_stage(r: Reporter) -> None:
    """Lettered parts with nuclear grade; the category has to be worked out from sizes and counts."""
    r.verbosity = max(r.verbosity, 2.5)
    r.heading("diagnosis")
    r.diagnosis("tumor grade size lvi dcis margins skin benign stage", layout="list")
    r.comment()
    r.heading("gross description")
    r.gross(title="{specimens and sections|macroscopy}")
    r.history()
    if r.chance(0.5):
        r.markers_block("{addendum|immunohistochemistry|special studies}")
    r.line("{SNOMED|topography}{ codes|}: {T-04050, M-85003|T-04020 M-85203|T-C4710}")


@house(
    weight=1.5,
    style={"part": "A. ", "upper_diagnosis": True, "heading": "upper:"},
    plan={"markers": ["none", "none", "pending", "current"]},
)
def examination_first(r: Reporter) -> None:
    """Gross examination first, then a capital diagnosis as a list of attributes."""
    r.history()
    r.gross(title="gross examination")
    r.frozen()
    r.heading("diagnosis")
    for part in r.parts:
        extra = r.part_slots(part)
        if part.kind != "breast":
            r.line("<letter>. <title>: " + r._findings(part, "")[0], extra)
            continue
        r.line("<letter>. <title>:", extra)
        r.w.upper = True
        r.synoptic("type nuclear grade size lvi focality dcis dcissize eic benign margins calc", blanks=0.2)
        r.w.upper = False
    r.stage_line()
    r.markers_block("{hormone receptor report|additional studies|steroid receptor assay}")


@house(weight=1.5, style={"part": "1. "}, plan={"markers": ["none", "elsewhere", "current"]})
def numbered_attributes(r: Reporter) -> None:
    """Numbered specimens; attributes of the tumour follow the main one."""
    r.header()
    r.heading("diagnosis")
    r.diagnosis("tumor", layout="list")
    r.synoptic(
        "size dcissize laterality focality location type nuclear grade dcis nodes tnm stagegroup "
        "clinical margins lvi calc skin muscle benign ER PR HER2"
    )
    r.comment()
    r.history("clinical diagnosis and history")
    r.specimens("tissue(s) submitted")
    r.gross()


@house(
    weight=1.5,
    style={"part": "A. ", "bullet": "- "},
    plan={"markers": ["current", "current", "previous"], "ki67": [True, False]},
)
def parameters_numbered(r: Reporter) -> None:
    """Diagnosis by part, then numbered pathologic parameters."""
    r.heading("final pathologic diagnosis")
    r.diagnosis("tumor dcis benign", layout="list")
    r.heading("{breast pathologic parameters|pathologic parameters|breast cancer parameters}")
    items = ["size", "grade", "scores", "dcis", "margins", "lvi", "skin", "muscle", "nodes"]
    for number, name in enumerate(items, start=1):
        r.w.put(f"{number}. ")
        r.synoptic(name, blanks=0)
        r.end()
    r.line("{special studies|ancillary studies}:")
    for statement in r.marker_statements():
        r.line("- " + statement)
    r.stage_line()
    r.history()
    r.specimens()
    r.gross()


@house(plan={"markers": ["previous", "current"]})
def synoptic_only(r: Reporter) -> None:
    """A CAP-like checklist with hardly any prose."""
    r.header()
    r.heading("{invasive carcinoma of the breast|breast cancer checklist|surgical pathology cancer case summary}")
    r.synoptic(FULL, blanks=0.2)
    r.signoff()


@house(extras=False)
def blank_checklist(r: Reporter) -> None:
    """A checklist many of whose fields are left blank."""
    r.heading("{breast checklist|breast tissue checklist|tumor checklist}")
    r.synoptic(
        "procedure laterality location size type grade nodes nodesexamined nodespositive lvi margins "
        "treatment ER PR HER2 tnm benign",
        blanks=0.8,
    )
    r.line("{comments|additional comments}: {none|}")


@house(plan={"markers": ["pending", "pending", "current"]})
def terse_with_frozen(r: Reporter) -> None:
    """Pre-operative diagnosis, frozen section and a few final lines."""
    r.line(
        "{pre-op|preop} dx: {<side> breast {ca|mass}|{lt|rt} br ca}".replace(
            "{lt|rt}", "lt" if r.case.side == "left" else "rt"
        )
    )
    r.specimens("material submitted")
    r.frozen("intraoperative consultation")
    r.heading("final diagnosis")
    r.diagnosis("tumor_full grade margins lvi", layout="list")
    for statement in r.marker_statements():
        r.line(statement)


@house(plan={"markers": ["current"], "her2": ["result"]})
def addendum_results(r: Reporter) -> None:
    """Receptors pending in the report, resolved in an addendum."""
    r.header()
    r.history()
    r.heading("final diagnosis")
    r.diagnosis("tumor_full lvi dcis margins skin benign stage")
    r.line("<f_markers_pending>")
    r.gross()
    r.signoff()
    r.markers_block("{addendum|addendum report|addendum 1|supplementary report|procedures/addenda|supplemental report}")


@house(style={"upper_diagnosis": [True, False]})
def amended_report(r: Reporter) -> None:
    """A corrected report: what was first issued is quoted, then replaced."""
    r.heading("{amended report|corrected report|revised report|amended final diagnosis}")
    if r.plan.stage != "none" and r.case.scenario == "resection":
        r.superseded()
        r.line("<reason_for_change>")
    r.heading("{final diagnosis|amended diagnosis|diagnosis (amended)}")
    r.diagnosis("tumor_full lvi dcis margins benign markers stage")
    r.comment()
    r.gross(detail=0.5)


@house(plan={"markers": ["previous"]})
def biopsy_markers_in_history(r: Reporter) -> None:
    """Receptors are known from an earlier biopsy and stand only in the clinical history."""
    r.history()
    if r.case.foci:
        for statement in r.marker_statements():
            r.line(statement)
    r.specimens()
    r.gross()
    r.heading("{diagnosis|final diagnosis|pathologic diagnosis}")
    r.diagnosis("tumor_full size margins lvi dcis skin benign stage")


@house(weight=2.0, style={"heading": "upper:"}, plan={"markers": ["current", "previous"]})
def staging_synopsis_long(r: Reporter) -> None:
    """A long report over several pages: diagnosis, staging synopsis, full checklist, gross."""
    r.verbosity = max(r.verbosity, 2.5)
    r.header(5)
    r.heading("final surgical pathology report")
    r.diagnosis("tumor_full margins lvi dcis skin benign", layout="list")
    r.heading("{pathologic tumor staging synopsis|staging summary}")
    r.synoptic("type pT pN pM stagegroup lvi margins", blanks=0)
    r.line("<a_header>")
    r.heading("{invasive breast cancer staging information|breast cancer data set}")
    r.synoptic(FULL, blanks=0.15)
    r.specimens()
    r.history()
    r.frozen()
    r.gross(detail=1.3)
    r.micro()
    r.comment()
    r.signoff()


@house(
    style={"upper_diagnosis": True, "part": "A) "},
    plan={"stage": ["none"], "grade": ["stated", "scores"], "markers": ["none", "current"]},
)
def veterans_style(r: Reporter) -> None:
    """Pre-operative and post-operative diagnoses in a form, then a capital diagnosis without stage."""
    for label in ("brief clinical history", "preoperative diagnosis", "operative findings", "postoperative diagnosis"):
        r.heading(label)
        r.line("{<side> breast {mass|cancer|lesion}|same|none given|biopsy proven carcinoma, <side> breast}")
    r.gross(detail=0.6)
    r.micro()
    r.heading("surgical path diagnosis")
    r.diagnosis("tumor grade size lvi margins", layout="list")
    r.markers_block()


@house(plan={"markers": ["none", "pending"]}, extras=False)
def dictated_letter(r: Reporter) -> None:
    """Dictated prose without headings."""
    r.sentence("<letter_opening>")
    r.sentence("<c_history>")
    r._gross_part(next(part for part in r.parts if part.kind == "breast"), 0.4)
    for part in r.parts:
        for finding in r._findings(part, "tumor grade size lvi margins dcis benign"):
            r.sentence(finding, r.part_slots(part))
    r.end()
    for statement in r.marker_statements():
        r.sentence(statement)
    r.end()
    r.stage_line()
    r.line("{kind regards|sincerely|with best wishes|dictated but not read}")
