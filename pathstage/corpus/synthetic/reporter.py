"""What a house writes with: the sections of a report, each a method, over one case, one style and one plan.

A house calls these in its own order and with its own layouts; every fact that they print is marked.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from pathstage.corpus.synthetic import assays
from pathstage.corpus.synthetic.case import Case, NodeGroup
from pathstage.corpus.synthetic.facts import Plan, Ruler, Style, group_slots, her2_state, receptor_slots, slots
from pathstage.corpus.synthetic.grammar import rules
from pathstage.corpus.synthetic.writer import Exact, Template, Value, Writer, phrase

# Marks put round a whole "label: value" line of the synoptic field of that name.
_FIELD_MARKS = {
    "tubules": "grade.scores", "nuclei": "grade.scores", "mitoses": "grade.scores", "total": "grade.scores",
    "size": "pT.size", "nodes": "pN.total", "nodesexamined": "pN.total", "nodespositive": "pN.total",
    "pT": "pT.stated", "pN": "pN.stated", "laterality": "laterality", "type": "histology",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One specimen: its letter, what it is ("breast", "nodes", "margin", "other", "metastasis") and its nodes."""

    letter: str
    kind: str
    title: str
    tag: str
    group: NodeGroup | None = None
    number: int = 0


class Reporter:
    """Writes one report. `case`, `style`, `plan` and `rng` are there for houses to decide by."""

    def __init__(
        self, case: Case, style: Style, plan: Plan, trap_rates: Mapping[str, float], rng: random.Random
    ) -> None:
        self.case = case
        self.style = style
        self.plan = plan
        self.rng = rng
        self.w = Writer(rng)
        self.w.british = style.british
        self._traps = trap_rates
        self._used: set[str] = set()
        self.written: set[str] = set()  # sections so far, so that extras do not repeat them
        self.verbosity = rng.choice([0.5, 1.0, 2.5, 4.5, 7.5])
        self._slots = slots(case, style, plan, rng)
        self.parts = self._make_parts()

    # ---- small things -------------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """True in this share of calls."""
        return self.rng.random() < share

    def trap(self, name: str) -> bool:
        """Whether to set this trap here, by its rate."""
        return self.rng.random() < self._traps.get(name, 0.0)

    def say(self, template: str, extra: Mapping[str, Value] | None = None) -> None:
        """Write a template in the running line."""
        self.w.write(template, {**self._slots, **extra} if extra else self._slots)

    def line(self, template: str, extra: Mapping[str, Value] | None = None) -> None:
        """Write a template as a line of its own, starting with a capital."""
        self.w.capitalise_next()
        self.say(template, extra)
        self.w.end_line()

    def sentence(self, template: str, extra: Mapping[str, Value] | None = None) -> None:
        """Write a template as a sentence of the running paragraph."""
        if self.w.last not in " \n":
            self.w.put(" ")
        self.w.capitalise_next()
        self.say(template, extra)
        if self.w.last not in ".:!? ":
            self.w.put(".")

    def prose(self, templates: Sequence[str], extra: Mapping[str, Value] | None = None) -> None:
        """Findings as full sentences: the rule `n_...` where there is one, else the terse `f_...`."""
        for template in templates:
            full = "<n_" + template.removeprefix("<f_")
            self.sentence(full if full.strip("<>") in rules() else template, extra)

    def fresh(self, rule: str, extra: Mapping[str, Value] | None = None) -> None:
        """A sentence of this rule that the report does not have yet; nothing when all are used."""
        left = [template for template in rules()[rule] if template not in self._used]
        if left:
            template = self.rng.choice(left)
            self._used.add(template)
            self.sentence(template, extra)

    def end(self) -> None:
        """End the paragraph."""
        self.w.end_line()

    def heading(self, text: str) -> None:
        """A section heading; `text` may offer alternatives, as any template."""
        how = self.style.heading
        upper = self.w.upper
        self.w.upper = how.startswith("upper")
        self.line(text + (":" if how.endswith(":") else ""))
        self.w.upper = upper

    # ---- specimens ----------------------------------------------------------------------------------------------

    def _make_parts(self) -> list[Part]:
        kinds: list[tuple[str, NodeGroup | None]] = [("breast", None)]
        nodes: list[tuple[str, NodeGroup | None]] = [("nodes", group) for group in self.case.nodes]
        kinds = kinds + nodes if self.chance(0.45) else nodes + kinds
        kinds += [("margin", None)] * self.case.margins
        if self.case.other_breast:
            kinds.append(("other", None))
        if self.case.metastasis:
            kinds.append(("metastasis", None))
        parts = []
        order = self.chance(0.5)
        quoted = self.chance(0.15)
        for i, (kind, group) in enumerate(kinds):
            number = sum(k == kind and (group is None or g is None or g.site == group.site) for k, g in kinds[: i + 1])
            said = {
                **self._slots,
                "pn": str(number),
                "direction": self.rng.choice(
                    ["superior", "inferior", "medial", "lateral", "deep", "anterior", "posterior"]
                ),
            }
            title = phrase(self._title(kind, group, order), said, self.rng)
            tag = title if self.chance(0.3) else phrase(self._tag(kind, group), said, self.rng)
            letter = chr(65 + i) if i < 26 else "Z"
            parts.append(Part(letter, kind, f'"{title}"' if quoted else title, tag, group, number))
        return parts

    def _title(self, kind: str, group: NodeGroup | None, organ_first: bool) -> str:
        if kind == "breast":
            return "{breast, <side>|<side> breast}, <proc>" if organ_first else "<side> breast{,| -| |} <proc>"
        if kind == "nodes" and group is not None:
            number = "{ #<pn>| <pn>|}" if group.site == "sentinel" else ""
            if organ_first:
                return f"<site_{group.site}>{number}{{, <side>|}}"
            return f"<side> <site_{group.site}>{number}{{, {{biopsy|excision}}|}}"
        if kind == "margin":
            return "{new|additional|final|re-excision of} <direction> margin{, <side> breast|}"
        if kind == "other":
            return "<other> breast{, {prophylactic mastectomy|mastectomy}|}"
        return f"<met_{self.case.metastasis}>"

    def _tag(self, kind: str, group: NodeGroup | None) -> str:
        if kind == "breast":
            return "<side> breast{ <proc>| tissue| mass|, {long|short} {stitch|suture} {lateral|superior}|}"
        if kind == "nodes":
            if group and group.site == "sentinel":
                return "{<side> |}{sentinel node|node|SLN|lymph node} #<pn>"
            return "<side> {axilla|axillary contents|nodes}"
        if kind == "margin":
            return "{new |}<direction> margin"
        return "<other> breast" if kind == "other" else "biopsy"

    def part_slots(self, part: Part) -> dict[str, Value]:
        """Slots of one specimen."""
        extra: dict[str, Value] = {
            "letter": part.letter, "pn": str(part.number), "title": part.title, "tag": part.tag,
        }  # fmt: skip
        inks = self.rng.sample(["blue", "black", "green", "orange", "red", "yellow", "purple"], 6)
        extra |= {f"ink{i}": ink for i, ink in enumerate(inks, start=1)}
        if part.group:
            extra |= group_slots(part.group, self.style, self.rng)
        return extra

    # ---- diagnosis ----------------------------------------------------------------------------------------------

    def diagnosis(self, findings: str, layout: str = "", stage_in_part: bool = False) -> None:
        """The diagnosis part by part.

        `findings` names what is said of the breast, in order (`tumor_full grade size lvi dcis margins ...`); `layout`
        is "list" (a line a finding), "prose" (phrases as sentences), "sentences" (full ones) or "" for any.
        """
        layout = layout or self.rng.choice(["list", "list", "list", "prose", "sentences"])
        self.w.upper = self.style.upper_diagnosis
        for i, part in enumerate(self.parts):
            label = self._label(part, i)
            extra = self.part_slots(part)
            if layout == "list":
                self.w.capitalise_next()
                self.say(label)
                self.w.capitalise_next()
                self.say("<title>" + self.style.title_end, extra)
                self.end()
                for j, finding in enumerate(self._findings(part, findings)):
                    self.say(self._bullet(j))
                    self.line(finding, extra)
            else:
                self.w.capitalise_next()
                self.say(label)
                self.w.capitalise_next()
                self.say("<title>" + self.style.title_end + " ", extra)
                if layout == "sentences":
                    self.prose(self._findings(part, findings), extra)
                else:
                    for finding in self._findings(part, findings):
                        self.sentence(finding, extra)
                self.end()
        self.w.upper = False
        if not stage_in_part and "stage" in findings:
            self.stage_line()

    def _label(self, part: Part, index: int) -> str:
        return self.style.part.replace("A", part.letter).replace("1", str(index + 1)).replace(f"P{part.letter}", "PA")

    def _bullet(self, index: int) -> str:
        bullet = self.style.bullet
        if bullet in "aA1" and bullet:
            first = {"a": chr(97 + index % 26), "A": chr(65 + index % 26), "1": str(index + 1)}[bullet]
            return first + ". "
        return bullet

    def _findings(self, part: Part, wanted: str) -> list[str]:
        if part.kind == "nodes" and part.group:
            last = part is [p for p in self.parts if p.kind == "nodes"][-1]
            return [f"<f_group_{node_state(part.group.deposits_mm)}>" + ("<inline_n>" if last else "")]
        if part.kind == "margin":
            return ["<x_benign_part>"]
        if part.kind == "other":
            return [f"<x_other_breast_{self.case.other_breast.finding}>"] if self.case.other_breast else []
        if part.kind == "metastasis":
            return ["<x_metastasis>"]
        found = [template for name in wanted.split() for template in self.finding(name)]
        for trap in ("suspicious", "negation", "hedge", "not_assessed", "gross_micro"):
            if self.trap(trap) and self._trap_fits(trap):
                found.insert(self.rng.randint(1, len(found)), f"<x_{'hedge_size' if trap == 'hedge' else trap}>")
        return found

    def _trap_fits(self, trap: str) -> bool:
        if trap == "gross_micro":
            focus = self.case.foci[0] if self.case.foci else None
            return bool(
                focus
                and focus.gross_mm[0] != focus.size_mm
                and self.plan.size == "micro"
                and self.case.scenario != "biopsy"
            )
        if trap == "negation":
            return not self.case.extent and not self.case.metastasis and len(self.case.foci) < 2
        return self.case.scenario in ("resection", "neoadjuvant")

    def finding(self, name: str) -> list[str]:
        """Templates that state one finding of the breast, none where the case or the plan has nothing to say."""
        case, plan = self.case, self.plan
        invasive = bool(case.foci)
        sized = invasive and plan.size == "micro" and case.scenario != "biopsy"
        if name in ("tumor", "tumor_full"):
            if not invasive:
                residual = case.scenario == "complete_response" and case.in_situ
                return [f"<f_tumor_{'residual_in_situ' if residual else case.scenario}>"]
            if name == "tumor" or not sized or len(case.foci) > 1:
                return ["<f_tumor_invasive>"] + (
                    self.finding("grade") + self.finding("size") if name == "tumor_full" else []
                )
            return ["<f_tumor_full_invasive>"]
        if name == "grade":
            return [f"<f_grade_{plan.grade}>"] if invasive and (plan.grade != "none" or self.chance(0.2)) else []
        if name == "size":
            return [f"<f_size_{'multi' if len(case.foci) > 1 else 'one'}>"] if sized else []
        if name == "lvi":
            return [f"<f_lvi_{'present' if case.lvi else 'absent'}>"] if invasive and self.chance(0.9) else []
        if name == "dcis":
            if not invasive:
                return []
            return [f"<f_dcis_{case.in_situ.kind if case.in_situ else 'absent'}>"] if self.chance(0.9) else []
        if name == "margins":
            return [f"<f_margins_{'positive' if case.margin_positive else 'negative'}>"] if self._has_margins() else []
        if name == "skin":
            if case.extent:
                return ["<f_skin_detail>"]
            return ["<f_skin_uninvolved>"] if case.surgery in ("mastectomy", "radical") else []
        if name == "nodes":
            return [f"<f_nodes_summary_{self.nodes_state()}>"] if case.nodes else []
        if name == "markers":
            return self.marker_statements()
        if name == "stage":
            return []
        if name == "treatment":
            treated = case.scenario in ("neoadjuvant", "complete_response")
            return ["<f_treatment_yes>"] if treated else []
        if name == "calcifications" and not invasive:
            return []
        return [f"<f_{name}_any>"]

    def _has_margins(self) -> bool:
        """Whether there is tumour whose distance to the margins can be told."""
        return self.case.scenario != "biopsy" and bool(self.case.foci or self.case.in_situ)

    def nodes_state(self) -> str:
        """ "none", "neg", "itc", "mi" or "pos": what all nodes together show."""
        if not self.case.nodes:
            return "none"
        return node_state(tuple(size for group in self.case.nodes for size in group.deposits_mm))

    # ---- receptors ----------------------------------------------------------------------------------------------

    def markers_known(self) -> bool:
        """Whether the report has receptor results."""
        return self.plan.markers in ("current", "previous")

    def marker_statements(self) -> list[str]:
        """Receptor results as statements, or that they are pending, or nothing, as planned."""
        plan, case = self.plan, self.case
        if plan.markers == "none" or not case.foci:
            return []
        if not self.markers_known():
            return [f"<f_markers_{plan.markers}>"]
        found = []
        lead = "{{on|per} {previous|core|outside} biopsy{:|,} |}" if plan.markers == "previous" else ""
        both = case.estrogen.positive == case.progesterone.positive
        if self.chance(0.25):
            tail = "<as_on_biopsy>" if plan.markers == "previous" else ""
            return [assays.summary(self) + tail]
        if both and plan.her2 == "result" and self.chance(0.15):
            both_are = f"<r_both_{'positive' if case.estrogen.positive else 'negative'}>"
            return [f"{lead}{both_are}{{ and|,|;}} <h_status_{case.her2.status}>"]
        if both and self.chance(0.35):
            found.append(lead + f"<r_both_{'positive' if case.estrogen.positive else 'negative'}>")
        else:
            found += [lead + self._receptor(task) for task in ("ER", "PR")]
        her2 = self.her2_statement()
        if her2:
            found.append(her2)
        if plan.ki67:
            found.append("<ki67>")
        return ["; ".join(found)] if self.chance(0.3) else found

    def _receptor(self, task: str) -> str:
        """A template with the receptor's slots already bound: rules cannot see which receptor is meant."""
        name = f"r_{task}_{self.receptor_state(task)}"
        self._slots[name] = lambda w: self._write_receptor(task, f"<r_{self.receptor_state(task)}>")
        self._slots["markers_short"] = Template("<f_markers_short>")
        return f"<{name}>"

    def _write_receptor(self, task: str, template: str) -> None:
        before = dict(self.w.rename)
        self.w.rename["R"] = task
        self.say(template, receptor_slots(self.case, task, self.rng))
        self.w.rename = before

    def receptor_state(self, task: str) -> str:
        """ "positive", "low" (at most 10 %) or "negative"."""
        receptor = self.case.estrogen if task == "ER" else self.case.progesterone
        if not receptor.positive:
            return "negative"
        return "low" if receptor.percent <= 10 else "positive"

    def her2_statement(self) -> str:
        """The HER2 result as a template; empty when it is not printed."""
        if self.plan.her2 == "none":
            return ""
        if self.plan.her2 == "pending":
            return "⟦trap.pending:<h_pending>⟧"
        her2 = self.case.her2
        ihc = f"<h_ihc{her2.ihc}>"
        ish = f"<h_{'amplified' if her2.amplified else 'not_amplified'}>"
        state = her2_state(self.case)
        if self.chance(0.2):
            return f"<h_status_{her2.status}>"
        if state == "ihc" and her2.status == "negative" and self.chance(0.06):
            return "<h_low>"
        return {
            "ihc": ihc,
            "ish": ish,
            "both": self.rng.choice([f"{ihc}, {ish}", f"{ihc}; {ish}", f"{ish} ({ihc})", ish]),
        }[state]

    def markers_block(self, title: str = "<s_markers>") -> None:
        """A section of receptor results with controls, definitions and disclaimers, as planned."""
        if self.plan.markers == "none" or not self.case.foci:
            return
        self.heading(title)
        if self.trap("definition") and self.chance(0.5):
            self.line("<definition_note>")
        how = self.rng.choice(["statements", "statements", "narrative", "table"])
        if self.markers_known() and how == "narrative":
            assays.narrative(self)
        elif self.markers_known() and how == "table":
            assays.table(self)
        else:
            for statement in self.marker_statements():
                self.line(statement)
        if self.trap("control_tissue"):
            self.line("<control_note>")
        if self.trap("definition"):
            self.line("<definition_note>")
        for _ in range(self.rng.randint(0, 3) if self.markers_known() else 0):
            self.fresh("ihc_disclaimer")
        self.end()

    # ---- stage --------------------------------------------------------------------------------------------------

    def stage_line(self) -> None:
        """The stage on a line of its own, when the plan prints one."""
        if self.plan.stage == "none":
            if self.plan.m == "M0" or self.plan.m == "M1":
                self.line("{distant {metastasis|metastases}|M status|M}: <pM>")
            return
        self.line("<f_stage_any>")

    # ---- synoptic -----------------------------------------------------------------------------------------------

    def synoptic(self, fields: str, blanks: float = 0.1, layout: str = "", separator: str = "") -> None:
        """Lines "label: value" for the named fields that the case and the plan have something for.

        `blanks` is the share of further lines that are empty or beside the point. `layout` is how OCR has read a table
        of two columns: "lines", "columns" (all labels, then all values) or "slipped" (values some lines late).
        """
        layout = layout or ("slipped" if self.chance(0.03) else "lines")
        lines: list[tuple[str, str, str]] = []
        for name in fields.split():
            lines += self._field(name)
            if self.chance(blanks):
                lines.append(("", "<blank_line>", ""))
        if layout != "lines":
            late: list[tuple[str, str]] = []
            for label, value, mark in lines:
                if label:
                    self.line(label + ("" if layout == "columns" else ":"))
                late.append((value, mark))
                if layout == "slipped" and self.chance(0.55):
                    late = self._values(late)
            self._values(late)
            return
        for label, value, mark in lines:
            with self.w.marking(mark) if mark else nullcontext():
                self.w.capitalise_next()
                if label:
                    self.say(label)
                    self.w.put(separator or self.style.separator)
                self.w.capitalise_next()
                self.say(value)
            self.end()

    def _values(self, values: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Write values whose labels stand before; none are left."""
        for value, mark in values:
            self.w.capitalise_next()
            with self.w.marking(mark) if mark else nullcontext():
                self.say(value)
            self.end()
        return []

    def _field(self, name: str) -> list[tuple[str, str, str]]:
        case, plan = self.case, self.plan
        invasive, biopsy = bool(case.foci), case.scenario == "biopsy"
        label = f"<l_{name}>"

        def entry(value: str, mark: str = "") -> list[tuple[str, str, str]]:
            return [(label, value, mark)]

        if name == "scores":
            names = ["tubules", "nuclei", "mitoses", "total"]
            if not invasive or plan.grade not in ("stated", "scores"):
                return self._field("nuclear") if invasive else []
            return [(f"<l_{n}>", f"<v_{n}_any>", _FIELD_MARKS[n]) for n in names]
        if name == "type" and not invasive:
            return [("{histologic type|type|diagnosis|histology}", self.finding("tumor")[0], "")]
        if name in ("lvi", "nuclear", "focality") and not invasive:
            return []
        if name == "size":
            return entry("<v_size_any>", "pT.size") if invasive and not biopsy and plan.size == "micro" else []
        if name == "grade":
            if not invasive or plan.grade == "scores":
                return []
            return entry(f"<v_grade_{plan.grade}>", "grade.stated" if plan.grade == "stated" else "")
        if name == "lvi":
            return entry(f"<v_lvi_{'present' if case.lvi else 'absent'}>", "LVI")
        if name == "focality":
            if biopsy:
                return []
            return entry("<v_focality_multi>" if len(case.foci) > 1 else "<v_focality_one>")
        if name == "dcis":
            return entry(f"<v_dcis_{case.in_situ.kind if case.in_situ else 'absent'}>")
        if name in ("dcisgrade", "dcissize", "eic", "necrosis"):
            return entry(f"<v_{name}_any>") if case.in_situ and case.in_situ.kind == "ductal" else []
        if name == "margins":
            status = "positive" if case.margin_positive else "negative"
            return entry(f"<v_margins_{status}>") if self._has_margins() else []
        if name == "margindist":
            return entry("<v_margindist_any>") if not case.margin_positive and self._has_margins() else []
        if name == "skin":
            return entry("<v_skin_involved>" if case.extent else "<v_skin_uninvolved>")
        if name == "muscle":
            return [] if case.extent == "chest_wall" else entry("<v_muscle_any>")
        if name == "nodes":
            return entry(f"<v_nodes_{self.nodes_state()}>", "pN.total" if case.nodes else "")
        if name in ("nodesexamined", "nodespositive"):
            return entry(f"<v_{name}_any>", "pN.total") if case.nodes else []
        if name in ("metsize", "ene"):
            return entry(f"<v_{name}_any>") if case.positive_nodes else []
        if name in ("pT", "pN", "tnm", "stagegroup"):
            return self._stage_field(name, label)
        if name == "pM":
            return entry("<v_pM_any>") if plan.m or self.chance(0.2) else []
        if name in ("ER", "PR", "HER2", "ISH", "Ki67"):
            return self._marker_field(name, label)
        if name == "treatment":
            treated = case.scenario in ("neoadjuvant", "complete_response")
            return entry("<v_treatment_yes>" if treated else "<v_treatment_no>") if treated or self.chance(0.4) else []
        if name == "clinical":
            return entry("<v_clinical_any>") if self.trap("clinical_T") else []
        return entry(f"<v_{name}_any>", _FIELD_MARKS.get(name, ""))

    def _stage_field(self, name: str, label: str) -> list[tuple[str, str, str]]:
        plan = self.plan
        if plan.stage == "none" or (name == "pN" and plan.stage == "t_only"):
            return [(label, "", "")] if self.chance(0.3) and name != "stagegroup" else []
        if name == "stagegroup":
            known = self._slots["stage_group"] and plan.stage == "full"
            return [(label, "<v_stagegroup_any>", "")] if known and self.chance(0.3) else []
        return [(label, f"<v_{name}_any>", _FIELD_MARKS.get(name, ""))]

    def _marker_field(self, name: str, label: str) -> list[tuple[str, str, str]]:
        plan, case = self.plan, self.case
        if plan.markers == "none" or not case.foci:
            return []
        if not self.markers_known():
            return [(label, f"<v_{plan.markers}>", "")] if name in ("ER", "PR", "HER2") else []
        if name in ("ER", "PR"):
            key = f"v_{name}_now"
            self._slots[key] = lambda w: self._write_receptor(name, f"<v_receptor_{self.receptor_state(name)}>")
            return [(label, f"<{key}>", f"{name}.result")]
        if name == "Ki67":
            return [(label, "<v_Ki67_any>", "")] if plan.ki67 else []
        her2 = case.her2
        if plan.her2 == "none":
            return []
        if plan.her2 == "pending":
            return [(label, "<v_pending>", "")] if name == "HER2" else []
        if name == "ISH":
            amplified = "amplified" if her2.amplified else "not_amplified"
            return [(label, f"<v_ISH_{amplified}>", "HER2.ish")] if her2.amplified is not None else []
        if her2.ihc is None or (her2_state(case) == "ihc" and self.chance(0.15)):
            return [(label, f"<v_HER2_{her2.status}>", "HER2.status")]
        if her2.ihc < 2 and her2.amplified is None and self.chance(0.08):
            return [(label, "<v_HER2_low>", "HER2.status")]
        return [(label, f"<v_HER2_ihc{her2.ihc}>", "HER2.ihc")] + (
            [("<l_ISH>", f"<v_ISH_{'amplified' if her2.amplified else 'not_amplified'}>", "HER2.ish")]
            if her2.amplified is not None and name == "HER2" and "ISH" not in label
            else []
        )

    # ---- what surrounds the facts -------------------------------------------------------------------------------

    def header(self, lines: int = 3) -> None:
        """Administrative lines at the top, mostly redacted."""
        for _ in range(self.rng.randint(0, lines)):
            self.line("<a_header>")

    def history(self, title: str = "<s_history>") -> None:
        """Clinical history, with the traps it can set: clinical stage, imaging size, an older cancer."""
        self.written.add("history")
        self.heading(title)
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            self.line("<c_labels>")
        self.sentence("<c_history>" if self.chance(0.55) else "<c_story>")
        if self.verbosity > 2 and self.chance(0.4):
            self.fresh("c_story")
        if self.trap("clinical_T"):
            self.sentence("<c_clinical_stage>")
        if self.trap("imaging_size"):
            self.sentence("<c_imaging_size>")
        if self.trap("history_other"):
            self.sentence("<c_old_cancer>")
        self.end()

    def specimens(self, title: str = "<s_specimens>") -> None:
        """The list of specimens."""
        self.written.add("specimens")
        self.heading(title)
        for i, part in enumerate(self.parts):
            self.w.capitalise_next()
            self.say(self._label(part, i) or f"{part.letter}. ")
            self.line("<tag>", self.part_slots(part))

    def frozen(self, title: str = "<s_frozen>") -> None:
        """Intraoperative consultation."""
        self.written.add("frozen")
        if self.case.scenario != "resection":
            return
        self.heading(title)
        for part in self.parts:
            if part.kind == "breast" and self.chance(0.7):
                self.line("<i_frozen_breast>", self.part_slots(part))
            elif part.group and part.group.site == "sentinel":
                # Small deposits are missed on frozen section; larger ones are seen.
                seen = max(part.group.deposits_mm, default=0) > 2
                self.line(f"<i_frozen_node_{'pos' if seen else 'neg'}>", self.part_slots(part))

    def gross(self, detail: float = 1.0, title: str = "<s_gross>") -> None:
        """Gross description of every specimen; `detail` scales how much is said."""
        self.written.add("gross")
        self.heading(title)
        for part in self.parts:
            self._gross_part(part, detail)

    def _gross_part(self, part: Part, detail: float) -> None:
        extra = self.part_slots(part)
        self.w.capitalise_next()
        if self.chance(0.6):
            self.say("<letter>. ", extra)
        if part.kind == "nodes":
            self.sentence("<g_nodes>", extra)
            for _ in range(self._more()):
                self.sentence("<g_node_more>", extra)
            self.sentence("<g_nodes_sub>", extra)
            if part.group and part.group.site == "axillary" and self.chance(0.3 * self.verbosity):
                self._blocks(
                    part,
                    extra,
                    min(part.group.examined, 12),
                    "<g_block_nodes>",
                )
        elif part.kind in ("margin", "metastasis"):
            self.sentence("<g_margin_part>", extra)
            for _ in range(self._more()):
                self.sentence("<g_margin_more>", extra)
        else:
            self.sentence("<g_received>", extra)
            for template, share in (("<g_skin>", 0.7), ("<g_orient>", 0.75)):
                if self.chance(share * detail):
                    self.sentence(template, extra)
            if part.kind == "breast":
                self._gross_lesions(extra, detail)
            else:
                self.sentence("<g_nolesion>", extra)
            detail *= self.verbosity
            for _ in range(round(self.rng.randint(1, 3) * detail)):
                self.fresh("g_rest" if self.chance(0.35) else "g_more", extra)
            if self.chance(0.85 * detail):
                self._blocks(part, extra, min(round(self.rng.choice([4, 6, 8, 10, 12]) * detail), 26))
        self.end()

    def _more(self) -> int:
        """How many further sentences a small specimen gets."""
        return self.rng.randint(0, min(3, round(self.verbosity)))

    def _gross_lesions(self, extra: Mapping[str, Value], detail: float) -> None:
        if self.case.foci and self.case.scenario != "biopsy":
            self.sentence("<g_slice>", extra)
            if self.chance(0.8 * detail):
                self.sentence("<g_margins>", extra)
            for focus in self.case.foci[1:]:
                self.sentence(
                    "<g_second_lesion>",
                    {**extra, "fdims": self._dims_of(focus.dims_mm)},
                )
        elif self.case.scenario != "biopsy":
            self.sentence("<g_nolesion>", extra)

    def _dims_of(self, dims: tuple[float, ...]) -> str:
        return Ruler(self.style, self.rng).dims(dims)

    def _blocks(self, part: Part, extra: Mapping[str, Value], count: int, what: str = "<g_block>") -> None:
        self.sentence("<g_blocks_intro>", extra)
        number = 1
        inline = self.chance(0.5)
        gap = self.rng.choice([" - ", ": ", ", ", " = ", " "])
        for _ in range(max(2, count)):
            last = number + self.rng.choice([0, 0, 0, 1, 2])
            span = f"{part.letter}{number}" + (f"-{part.letter}{last}" if last > number else "")
            number = last + 1
            if inline:
                self.w.put(" " if self.w.last not in " \n" else "")
                self.say(f"{span}{gap}{what};", extra)
            else:
                self.end()
                self.say(f"{span}{gap}{what}", extra)
        self.w.put("." if self.w.last != ";" else "")

    def micro(self, sentences: int = 3, title: str = "<s_micro>") -> None:
        """Microscopic description without staging facts."""
        self.written.add("micro")
        self.heading(title)
        for _ in range(round(self.rng.randint(1, sentences) * max(1.0, self.verbosity))):
            if self.case.foci:
                self.fresh("m_tumor")
        if self.case.nodes and self.chance(0.6):
            self.sentence("<m_nodes>")
        self.end()

    def comment(self, title: str = "<s_comment>") -> None:
        """Remarks, with hedges and printed keys."""
        self.written.add("comment")
        self.heading(title)
        for _ in range(round(self.rng.randint(1, 3) * max(1.0, self.verbosity / 2))):
            self.fresh("x_comment")
        if self.trap("not_assessed"):
            self.sentence("<x_not_assessed>")
        if self.trap("definition"):
            self.sentence("<x_printed_definitions>")
        self.end()

    def addendum(self) -> None:
        """An addendum that changes nothing."""
        self.heading("<s_addendum>")
        for _ in range(self.rng.randint(1, 2)):
            self.fresh("x_addendum")
        self.end()

    def boilerplate(self, *kinds: str, title: str = "<s_boiler>") -> None:
        """What laboratories print under any report: `kinds` of "reagents", "definitions", "attest", "method_nodes",
        "stage_note", some sentences each.
        """
        self.written.add("boilerplate")
        if title:
            self.heading(title)
        for kind in kinds:
            if kind == "definitions" and not self.trap("definition"):
                continue
            for _ in range(self.rng.randint(1, 2 if kind in ("attest", "stage_note") else 3)):
                self.fresh(f"b_{kind}")
            if self.chance(0.5):
                self.end()
        self.end()

    def closing(self) -> None:
        """Method and attestation paragraphs, as long reports end."""
        kinds = [k for k in ("method_nodes", "reagents", "definitions", "stage_note", "attest") if self.chance(0.5)]
        if kinds:
            self.boilerplate(*kinds)

    def extras(self) -> None:
        """Sections that any hospital may append, so that no house is known by what it lacks."""
        extra = (("history", 0.3), ("comment", 0.32), ("addendum", 0.22), ("micro", 0.16), ("closing", 0.2))
        for name, share in extra:
            if name not in self.written and self.chance(share):
                getattr(self, name)()

    def signoff(self) -> None:
        """Closing lines."""
        for _ in range(self.rng.randint(0, 2)):
            self.line("<a_signoff>")

    # ---- corrections --------------------------------------------------------------------------------------------

    def superseded(self) -> None:
        """An earlier result that this report takes back; the right one must be written after it."""
        wrong = "pT1" if self.case.t[:2] != "T1" else "pT2"
        self.line("<x_superseded>", {"wrong_t": Exact(wrong)})


def node_state(deposits_mm: Sequence[float]) -> str:
    """ "neg", "itc" (at most 0.2 mm), "mi" (at most 2 mm) or "pos"."""
    largest = max(deposits_mm, default=0.0)
    if not largest:
        return "neg"
    return "itc" if largest <= 0.2 else "mi" if largest <= 2 else "pos"
