"""Houses of other countries and of specialised centres: Poland, Brazil, tissue collections, cancer centres."""

from __future__ import annotations

from pathstage.corpus.synthetic.facts import ROMAN
from pathstage.corpus.synthetic.houses import house
from pathstage.corpus.synthetic.reporter import Reporter
from pathstage.corpus.synthetic.writer import Exact, Writer


@house(style={"heading": "title:"}, plan={"markers": ["current", "current", "none"], "grade": ["stated"]})
def polish_translation(r: Reporter) -> None:
    """Examination by number, diagnosis with "NHG", node counts in Roman numerals, then receptors in sentences."""
    r.heading("{microscopic examination|histopathological examination|microscopic description}")
    case = r.case
    latin = {"left": "sinistri", "right": "dextri"}[case.side]

    def graded(w: Writer) -> None:
        with w.marking("grade.stated"):
            w.put(
                Exact(
                    r.rng.choice(
                        [
                            f"NHG{case.grade}",
                            f"NHG {case.grade}",
                            f"G{case.grade} by Bloom-Richardson",
                            f"NHG - {ROMAN[case.grade]}",
                        ]
                    )
                )
            )

    if case.foci:
        r.line(
            r.rng.choice(
                [
                    "<hist_m> - <nhg> ({<s_tub>+<s_nuc>+<s_mit>|<mit_count> mitoses/10 HPF}).",
                    "<hist_m>, <nhg>. {Tubules|Glands} <s_tub>, {nuclei|atypia} <s_nuc>, mitoses <s_mit>.",
                ]
            ),
            {"hist_m": lambda w: r.say("⟦histology:<hist>⟧"), "nhg": graded},
        )
        for name in ("size", "dcis", "lvi", "skin"):
            for template in r.finding(name):
                r.sentence(template)
        r.end()
    for part in r.parts:
        if part.kind == "nodes":
            r.line("{axillary nodes|lymph nodes|<title>}: " + r._findings(part, "")[0], r.part_slots(part))
    r.heading("{histopathological diagnosis|compiled histopathological diagnosis|diagnosis}")
    if case.foci:
        r.sentence("{<hist> of the <side> breast|carcinoma mammae " + latin + ", <hist>}")
        code = "(<nhg>)" if r.plan.stage == "none" else "(<nhg>, <stage_code>)"
        r.sentence(code, {"nhg": graded})
    else:
        for template in r.finding("tumor"):
            r.sentence(template)
    r.end()
    r.markers_block("{results of immunohistochemical examination|immunohistochemistry}")


@house(
    style={"part": ["1 - ", "1- "], "heading": "title:"},
    plan={"markers": ["none", "none", "current"], "stage": ["none", "none", "full"]},
    extras=False,
)
def brazilian_numbered(r: Reporter) -> None:
    """Numbered conclusions, a specimen each, counts in brackets."""
    r.line("{primary site: breast|site: breast}.")
    for i, part in enumerate(r.parts, start=1):
        r.w.put(f"{i}{r.rng.choice(['- ', ' - ', '-', '. '])}")
        extra = r.part_slots(part)
        r.sentence("<title>: ", extra)
        for template in r._findings(part, "tumor grade size dcis lvi skin margins"):
            r.sentence(template, extra)
        r.end()
    r.stage_line()
    for statement in r.marker_statements():
        r.line(statement)


@house(
    weight=1.3,
    style={"separator": ": ", "heading": "upper"},
    plan={
        "markers": ["none", "none", "current"],
        "stage": ["none", "none", "full"],
        "size": ["micro"],
        "grade": ["stated"],
    },
    extras=False,
)
def tissue_checklist(r: Reporter) -> None:
    """The checklist of a commercial tissue collection: mostly "not specified", no stage."""
    r.heading("{breast tissue checklist|breast tumor checklist|tissue checklist}")
    r.line("{specimen|specimen type}: <proc>")
    r.line("{tumor site|site}: {<quadrant_any>|breast|⟦laterality:<side>⟧ breast|not specified}")
    r.synoptic("size", blanks=0)
    r.line("{tumor features|macroscopic features}: {none specified|not specified|nodular}")
    r.synoptic("type grade", blanks=0)
    r.line(
        "{tumor extent|extension}: {not specified|breast parenchyma}"
        if not r.case.extent
        else "{tumor extent|extension}: <f_skin_detail>"
    )
    if r.case.nodes:
        r.line("{lymph nodes|nodes}: ⟦pN.total:<pos>/<exam>{ positive for metastasis|}⟧{ (axillary <pos>/<exam>)|}")
    r.line("{margins|resection margins}: {uninvolved|not specified|free}")
    r.line("{neoadjuvant treatment|evidence of prior treatment}: {not specified|none|no}")
    r.line("{additional findings|other pathology}: {not specified|none|<benign_one>}")
    r.synoptic("tnm ER PR HER2", blanks=0)
    r.line("{comments|remark}: {none|-|}")


@house(
    weight=1.5,
    style={"part": ["1) ", "1. "], "bullet": "- ", "upper_diagnosis": True},
    plan={"markers": ["current", "elsewhere", "none"], "grade": ["stated"]},
)
def grades_side_by_side(r: Reporter) -> None:
    """A cancer centre that prints the histologic grade, then the nuclear grade, each with its gloss."""
    r.history("{clinical diagnosis & history|clinical diagnosis and history}")
    r.specimens("{specimens submitted|specimens}")
    r.heading("diagnosis")
    for i, part in enumerate(r.parts, start=1):
        extra = r.part_slots(part)
        r.w.upper = True
        r.line(f"{i}) <title>" + r.style.title_end, extra)
        if part.kind == "breast" and r.case.foci:
            r.line(
                "- <both_grades>, {measuring|size} ⟦pT.size:<size>⟧{ {grossly|microscopically}|}"
                if r.plan.size == "micro" and r.case.scenario != "biopsy"
                else "- <both_grades>",
                extra,
            )
        for template in r._findings(
            part, "lvi dcis margins skin benign calcifications" if r.case.foci else "tumor margins benign"
        ):
            r.line("- " + template, extra)
        r.w.upper = False
    r.stage_line()
    r.markers_block("{results of special studies|immunohistochemical results|special studies}")
    r.gross()
    r.line("{summary of sections|section summary}: {part 1: <rn9> blocks|<rn2> slides|see above}")
    r.frozen()


@house(weight=3.0, style={"heading": "upper:"}, plan={"markers": ["current", "previous", "pending"]})
def academic_long(r: Reporter) -> None:
    """Everything an academic centre writes: parts, checklist, comment, addenda with assay details, long gross."""
    r.verbosity = max(r.verbosity, 1.5)
    r.header(4)
    r.heading("{final pathologic diagnosis|pathologic diagnosis}")
    r.diagnosis("tumor_full lvi dcis margins skin calcifications benign markers")
    r.comment()
    r.heading(
        "{invasive carcinoma of the breast: resection|breast invasive carcinoma, cancer case summary|protocol data}"
    )
    r.synoptic(
        "procedure laterality location size focality type grade scores dcis dcissize dcisgrade necrosis "
        "skin margins margindist lvi nodesexamined nodespositive metsize ene treatment tnm pT pN pM "
        "calc benign ER PR HER2",
        blanks=0.3,
    )
    r.history()
    r.frozen()
    r.gross(detail=1.6)
    r.micro(6)
    r.markers_block()
    r.signoff()


@house(weight=2.0, plan={"markers": ["previous", "elsewhere", "none"]})
def gross_heavy(r: Reporter) -> None:
    """A long gross description, then a short diagnosis."""
    r.verbosity = max(r.verbosity, 2.0)
    r.specimens()
    r.history()
    r.gross(detail=1.6)
    r.micro(4)
    r.heading("{diagnosis|final diagnosis|anatomic diagnosis}")
    r.diagnosis("tumor grade size margins lvi dcis stage", layout="prose")
    for statement in r.marker_statements():
        r.line(statement)
    r.signoff()


@house(plan={"markers": ["current"], "ki67": [True, False]})
def receptor_worksheet(r: Reporter) -> None:
    """A report whose receptor worksheet, with keys and controls, is longer than its diagnosis."""
    r.heading("diagnosis")
    r.diagnosis("tumor_full margins lvi stage")
    for _ in range(2):
        r.line("<definition_note>")
    r.markers_block("{breast biomarker worksheet|hormone receptor and HER2 assay}")
    r.line("<definition_note>")
    r.line("<control_note>")
    r.line("<ihc_disclaimer>")
    r.gross(detail=0.8)
