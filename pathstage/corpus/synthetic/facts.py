"""The slots that phrases are filled with: a case's facts in a house's way of writing numbers, units and categories."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pathstage.corpus.synthetic.case import Case, NodeGroup
from pathstage.corpus.synthetic.grammar import rules
from pathstage.corpus.synthetic.writer import Exact, Template, Value, Writer, phrase

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
ROMAN = ("0", "I", "II", "III")
LEVELS = ("", "low", "intermediate", "high")


@dataclass(frozen=True)
class Style:
    """How a house writes: unit ("cm" or "mm"), numerals of grades, spelling, separators, layout."""

    unit: str
    one_decimal: bool
    comma: bool
    tight_unit: bool
    roman: bool
    british: bool
    times: str
    prefix_p: bool
    category_space: bool
    separator: str
    bullet: str
    part: str
    heading: str
    upper_diagnosis: bool
    title_end: str
    inline_stage: bool


@dataclass(frozen=True)
class Plan:
    """Which facts this report prints, decided before a word is written."""

    stage: str  # "full" | "t_only" | "none"
    subcategory: bool
    m: str  # what is printed for M, "" for nothing
    grade: str  # "stated" | "scores" | "nuclear" | "none"
    size: str  # "micro" | "gross"
    markers: str  # "current" | "previous" | "pending" | "elsewhere" | "none"
    her2: str  # "result" | "pending" | "none"
    ki67: bool


def sample_style(rng: random.Random) -> Style:
    """A style at random; houses fix what is characteristic of them."""
    return Style(
        unit="cm" if rng.random() < 0.82 else "mm",
        one_decimal=rng.random() < 0.75,
        comma=rng.random() < 0.02,
        tight_unit=rng.random() < 0.08,
        roman=rng.random() < 0.35,
        british=rng.random() < 0.04,
        times=rng.choice([" x ", " x ", " x ", " X ", " by ", "x", " × "]),
        prefix_p=rng.random() < 0.85,
        category_space=rng.random() < 0.08,
        separator=rng.choice([": ", ": ", ": ", ": ", " - ", ":  ", " : ", ". ", " = ", ": - ", ":\n", ":\n- "]),
        bullet=rng.choice(["- ", "- ", "-", "* ", "", "", "• ", "a", "A", "1"]),
        part=rng.choice(
            ["A. ", "A. ", "A) ", "A: ", "(A) ", "1. ", "1) ", "PART 1: ", "Specimen A: ", "#1. ", "Part A - ", ""]
        ),
        heading=rng.choice(["upper:", "upper:", "upper", "title:", "title", "lower:"]),
        upper_diagnosis=rng.random() < 0.4,
        title_end=rng.choice([":", ":", ":", ":", ".", " -", ";", ","]),
        inline_stage=rng.random() < 0.12,
    )


def words(number: int) -> str:
    """A count in words, as reports write it: 14 → "fourteen"; from sixty on in digits."""
    if number < 20:
        return _ONES[number]
    if number >= 60:
        return str(number)
    return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")


class Ruler:
    """Writes lengths given in millimetres in the house's unit."""

    def __init__(self, style: Style, rng: random.Random) -> None:
        self.style = style
        self.rng = rng

    def length(self, mm: float) -> str:
        """One length with its unit."""
        return self._with_unit([mm])

    def dims(self, mm: tuple[float, ...]) -> str:
        """Several dimensions, the greatest first, with their unit."""
        return self._with_unit(list(mm))

    def _with_unit(self, values: list[float]) -> str:
        style = self.style
        unit = style.unit
        if values[0] < 1 or (values[0] < 2 and self.rng.random() < 0.7) or self.rng.random() < 0.05:
            unit = "mm"
        if values[0] > 90:
            unit = "cm"
        numbers = [self._number(v / 10 if unit == "cm" else v, unit) for v in values]
        text = style.times.join(numbers)
        if style.comma:
            text = text.replace(".", ",")
        if style.times in (" x ", " × ") and len(values) > 1 and self.rng.random() < 0.06:
            return style.times.join(f"{number} {unit}" for number in numbers)
        return text + ("" if style.tight_unit else " ") + unit

    def _number(self, value: float, unit: str) -> str:
        if unit == "cm" and self.style.one_decimal and abs(value * 10 - round(value * 10)) < 1e-6:
            return f"{value:.1f}"
        return f"{round(value, 2):g}"


def category_slots(case: Case, style: Style, plan: Plan, rng: random.Random) -> dict[str, Value]:
    """Slots that write T, N and M categories, each under its mark."""
    prefix = "" if not style.prefix_p else "yp" if case.scenario in ("neoadjuvant", "complete_response") else "p"
    gap = " " if style.category_space else ""
    t = case.t if plan.subcategory or case.t in ("Tis", "T0", "TX") else case.t[:2]
    n = case.n if plan.subcategory or case.n == "NX" else case.n[:2]
    several = len(case.foci) > 1 and rng.random() < 0.35
    multiple = rng.choice(["(m)", "m", f"({len(case.foci)})", "(mult)", " (m)", "mult"]) if several else ""
    sentinel = case.nodes and all(group.site == "sentinel" for group in case.nodes) and rng.random() < 0.45
    suffix = rng.choice(["(sn)", " (sn)", "(i-)(sn)", "(sn)(i-)", " sn"]) if sentinel and n == "N0" else ""
    if sentinel and n not in ("N0", "NX"):
        suffix = rng.choice(["(sn)", " (sn)"])
    if n == "N0" and not suffix and rng.random() < 0.12:
        suffix = "(i-)"

    n_prefix = rng.random() < 0.8

    def write_t(w: Writer) -> None:
        with w.marking("pT.stated"):
            w.put(Exact(f"{prefix}T{gap}{t[1:]}{multiple}"))

    def write_n(w: Writer) -> None:
        with w.marking("pN.stated"):
            w.put(Exact(f"{prefix if n_prefix else ''}N{gap}{n[1:]}{suffix}"))

    def write_m(w: Writer) -> None:
        if plan.m in ("M0", "M1", "MX"):
            with w.marking("pM.stated"):
                lead = rng.choice(["c", "c", "", prefix]) if plan.m == "M0" else prefix if n_prefix else ""
                if plan.m == "MX" and rng.random() < 0.08:
                    w.put(rng.choice(["cannot be assessed", "unknown", "not assessable"]))
                else:
                    w.put(Exact(f"{lead}M{gap}{plan.m[1:] if plan.m != 'MX' else rng.choice('XXXx')}"))
        else:
            w.put(rng.choice(["not applicable", "n/a", "not assessed", "N/A", "-"]))

    label = rng.choice([" Stage: ", " Stage: ", ": ", " = ", " stage ", "-stage: "])

    def digit(task: str, category: str) -> Value:
        def write(w: Writer) -> None:
            with w.marking(f"{task}.stated"):
                w.put(Exact(f"{rng.choice(['', '', 'p'])}{task[1]}{label}{category[1:]}"))

        return write

    size_gloss = {
        "T1": ["(up to 2 cm)", "(tumor 2 cm or less)", "- not more than 20 mm"],
        "T2": ["(tumor over 2 cm but within 5 cm)", "(over 20 to 50 mm)", "- more than 20 mm, up to 50 mm"],
        "T3": ["(over 5 cm)", "- larger than 50 mm"],
        "T4": ["(skin or chest wall)", "- direct extension to skin/chest wall"],
    }.get(case.t[:2], [""])
    node_gloss = {
        "N0": ["(no regional metastasis)", "- nodes negative"],
        "N1": ["(1 to 3 axillary nodes)", "- 1-3 nodes"],
        "N2": ["(4 to 9 axillary nodes)", "- 4-9 nodes"],
        "N3": ["(10 or more axillary nodes)", "- ten nodes or more"],
    }.get(case.n[:2], [""])
    if case.n in ("N1mi", "N3c", "N0(i+)"):
        node_gloss = [""]
    return {
        "pT": write_t,
        "pN": write_n,
        "pM": write_m,
        "t_digit": digit("pT", "Tis" if t == "Tis" else t[:2]),
        "n_digit": digit("pN", n[:2]),
        "m_digit": digit("pM", plan.m or "MX"),
        "pT_gloss": Template(rng.choice(size_gloss)),
        "pN_gloss": Template(rng.choice(node_gloss)),
        "stage_code": lambda w: _stage_code(w, case, plan, rng, (write_t, write_n, write_m)),
        "stage_group": Exact(stage_group(case)),
        "stage_group_part": Template("<inline_stage_group>" if stage_group(case) and plan.stage == "full" else ""),
        "inline_t": Template("<inline_t_any>" if style.inline_stage and plan.stage != "none" else ""),
        "inline_n": Template("<inline_n_any>" if style.inline_stage and plan.stage == "full" else ""),
    }


def _stage_code(
    w: Writer, case: Case, plan: Plan, rng: random.Random, write: tuple[Callable[[Writer], None], ...]
) -> None:
    write_t, write_n, write_m = write
    separator = rng.choice([" ", " ", ", ", ", ", "", "; ", " / "])
    write_t(w)
    if plan.stage == "full":
        w.put(separator or Exact(""))
        write_n(w)
        if case.nodes and separator != "" and rng.random() < 0.15:
            with w.marking("pN.total"):
                w.put(f" ({case.positive_nodes}/{case.examined_nodes})")
    if plan.m:
        w.put(separator or Exact(""))
        write_m(w)


def stage_group(case: Case) -> str:
    """Anatomic stage group of T and N without distant metastasis (AJCC 8th edition, chapter 48)."""
    t, n = case.t[:2] if case.t != "Tis" else "Tis", case.n[:2]
    if case.metastasis:
        return "IV"
    if n == "N3":
        return "IIIC"
    if t == "T4":
        return "IIIB"
    if n == "N2" or (t == "T3" and n == "N1"):
        return "IIIA"
    if t == "Tis":
        return "0"
    table = {("T1", "N0"): "IA", ("T0", "N1"): "IIA", ("T1", "N1"): "IIA", ("T2", "N0"): "IIA", ("T2", "N1"): "IIB",
             ("T3", "N0"): "IIB"}  # fmt: skip
    if case.n == "N1mi" and t in ("T0", "T1"):
        return "IB"
    return table.get((t, n), "")


def slots(case: Case, style: Style, plan: Plan, rng: random.Random) -> dict[str, Value]:
    """Every slot of a case's own facts; slots of one specimen or one receptor are added where they are written."""
    ruler = Ruler(style, rng)
    return {
        **_tumor_slots(case, ruler, rng),
        **_grade_slots(case, style, plan, rng),
        **_node_slots(case, ruler),
        **_in_situ_slots(case, style, ruler, rng),
        **_marker_slots(case),
        **_incidental_slots(case, ruler, rng),
        **category_slots(case, style, plan, rng),
    }


def _tumor_slots(case: Case, ruler: Ruler, rng: random.Random) -> dict[str, Value]:
    focus = case.foci[0] if case.foci else None
    sizes = [ruler.length(f.size_mm) for f in case.foci]

    def foci_sizes(w: Writer) -> None:
        with w.marking("pT.size"):
            w.put(sizes[0])
        for i, size in enumerate(sizes[1:], start=2):
            w.put(" and " if i == len(sizes) else ", ")
            with w.marking("trap.multifocal"):
                w.put(size)

    return {
        "side": case.side,
        "other": "right" if case.side == "left" else "left",
        "hist": phrase(f"<hist_{case.histology}>", {}, rng) if focus else "carcinoma",
        "proc": phrase(f"<proc_{case.surgery}>", {}, rng),
        "tloc": phrase("{<quadrant_any>|<quadrant_any>|<quadrant_any>, {anterior|posterior|mid} depth}", {}, rng),
        "size": lambda w: w.put(ruler.length(case.size_mm)),
        "dims": lambda w: w.put(ruler.dims(focus.dims_mm) if focus else ""),
        "gross_size": lambda w: w.put(ruler.length(focus.gross_mm[0]) if focus else ""),
        "gross_dims": lambda w: w.put(ruler.dims(focus.gross_mm) if focus else ""),
        "foci_sizes": foci_sizes,
        "foci_plain": ", ".join(sizes),
        "other_foci": " and ".join(sizes[1:]),
        "nfoci": str(len(sizes)),
        "nfoci_word": words(len(sizes)),
        "margin": lambda w: w.put(ruler.length(case.margin_mm)),
        "mdir": rng.choice(["superior", "inferior", "medial", "lateral", "anterior", "posterior", "deep"]),
        "f_skin_detail": Template(f"<f_skin_{case.extent}>") if case.extent else "",
    }


def _grade_slots(case: Case, style: Style, plan: Plan, rng: random.Random) -> dict[str, Value]:
    tubules, nuclei, mitoses = case.scores
    grade = case.grade
    numeral, top = (ROMAN[grade], ROMAN[3]) if style.roman else (str(grade), "3")
    bland = max(nuclei - 1, 1)
    nuclear = rng.choice([str(nuclei), str(nuclei), f"{bland}-{bland + 1}"])
    of_three = ["{}", "{}", "{}", "{}/{}", "{} of {}", "{} (of {})", "{} / {}"]
    codes = [Exact(f"G{grade}"), Exact(f"grade {numeral}"), f"{LEVELS[grade]} grade", Exact(f"G {ROMAN[grade]}")]
    nuclear_words = [nuclear, f"{nuclear} of 3", LEVELS[nuclei], ("", "good", "moderate", "poor")[nuclei]]
    word = ("", "well", "moderately", "poorly")[grade]
    return {
        "g": Exact(numeral),
        "g_n": str(grade),
        "g_rn": Exact(ROMAN[grade]),
        "g_level": LEVELS[grade],
        "tub_word": ("", "well developed", "moderate", "scant")[tubules],
        "nuc_word": ("", "mild", "moderate", "marked")[nuclei],
        "mit_word": ("", "low", "intermediate", "brisk")[mitoses],
        "g_of": lambda w: w.put(Exact(rng.choice(of_three).format(numeral, top))),
        "g_simple": lambda w: w.put(rng.choice(codes)),
        "g_adj": ("", "well", "moderate", "poor")[grade],
        "g_word": word,
        "s_tub": str(tubules),
        "s_nuc": str(nuclei),
        "s_mit": str(mitoses),
        "s_sum": str(sum(case.scores)),
        "mit_count": lambda w: w.put(str(rng.randint(*((0, 6), (7, 13), (14, 40))[mitoses - 1]))),
        "tub_gloss": ("", " (over 75% tubules)", " (10 to 75% tubules)", " (under 10% tubules)")[tubules],
        "nuc_gloss": ("", " (small, regular)", " (moderate variation)", " (marked variation)")[nuclei],
        "nucg": lambda w: w.put(rng.choice(nuclear_words)),
        "grade_inline": Template(f"<inline_grade_{plan.grade}>"),
        "grade_word_inline": Template(f"{{⟦grade.stated:{word} differentiated⟧ |}}" if plan.grade == "stated" else ""),
    }


def _node_slots(case: Case, ruler: Ruler) -> dict[str, Value]:
    return {
        "pos": str(case.positive_nodes),
        "pos_word": words(case.positive_nodes),
        "exam": str(case.examined_nodes),
        "exam_word": words(case.examined_nodes),
        "dep": lambda w: w.put(ruler.length(case.largest_deposit_mm)),
    }


def _in_situ_slots(case: Case, style: Style, ruler: Ruler, rng: random.Random) -> dict[str, Value]:
    found, other = case.in_situ, case.other_breast
    grade = found.grade if found else rng.randint(1, 3)
    return {
        "dg": Exact(ROMAN[grade]) if style.roman else str(grade),
        "dg_level": LEVELS[grade],
        "dsize": lambda w: w.put(ruler.length(found.size_mm if found else 12)),
        "dpct": str(found.percent if found else 5),
        "dcis_pattern": phrase("<dcis_pattern>", {}, rng),
        "ograde": str(other.grade if other else 1),
        "osize": lambda w: w.put(ruler.length(other.size_mm if other else 3)),
    }


_INTENSITY = ("no", "weak", "moderate", "strong")


def _percent(task: str, percent: int) -> Value:
    """The share of stained nuclei, marked as the number that it is."""

    def write(w: Writer) -> None:
        with w.marking(f"num.{task}"):
            w.put(str(percent))

    return write


def _marker_slots(case: Case) -> dict[str, Value]:
    her2 = case.her2
    ihc = her2.ihc or 0
    return {
        "er_pct": _percent("ER", case.estrogen.percent),
        "pr_pct": _percent("PR", case.progesterone.percent),
        "er_int": _INTENSITY[case.estrogen.intensity],
        "pr_int": _INTENSITY[case.progesterone.intensity],
        "h_pct": str(her2.percent),
        "h_ratio": f"{her2.ratio:.1f}",
        "h_copies": f"{her2.copies:.1f}",
        "h_cep": f"{her2.copies / her2.ratio:.1f}",
        "ihc_score": ("0", "1+", "2+", "3+")[ihc],
        "ihc_status_word": ("negative", "negative", "equivocal", "positive")[ihc],
        "ihc_words": Template(f"<ihc_words_{ihc}>"),
        "ish_word": Template("<ish_amplified>" if her2.amplified else "<ish_not_amplified>"),
        "ki67_pct": str(case.ki67),
        "ki_level": "low" if case.ki67 < 10 else "intermediate" if case.ki67 < 20 else "high",
    }


def _incidental_slots(case: Case, ruler: Ruler, rng: random.Random) -> dict[str, Value]:
    """Slots of what does not matter: specimen sizes, distances, block names, clinical estimates."""

    def number(low: int, high: int) -> Value:
        return lambda w: w.put(str(rng.randint(low, high)))

    def length(low: float, high: float) -> Value:
        return lambda w: w.put(ruler.length(round(rng.uniform(low, high))))

    def dims(low: float, high: float, count: int) -> Value:
        def write(w: Writer) -> None:
            values = sorted((float(round(rng.uniform(low, high))) for _ in range(count)), reverse=True)
            w.put(ruler.dims(tuple(v if i < 2 else max(3.0, float(round(v * 0.5))) for i, v in enumerate(values))))

        return write

    def benign_list(w: Writer) -> None:
        names = rng.sample(rules()["benign_one"], rng.choice([1, 2, 3, 3, 4, 5]))
        for i, name in enumerate(names, start=1):
            w.write(name, {})
            if i < len(names):
                w.put(", " if i < len(names) - 1 else rng.choice([" and ", ", and ", ", ", "; "]))

    breast, weight = (60, (20, 300)) if case.surgery == "excision" else (150, (250, 1600))
    clinical = f"c{case.clinical_t}"
    ages = [f"{case.age}-year-old", f"{case.age} year old", "-year-old", "year old", f"{case.age} y/o"]
    return {
        "benign_list": benign_list,
        "c_T": Exact(clinical),
        "c_tnm": lambda w: w.put(Exact(clinical + rng.choice([" ", ", ", ""]) + rng.choice(["cN0", "cN1", "N0"]))),
        "c_size": length(max(4, case.size_mm * 0.6), max(8, case.size_mm * 1.5)),
        "rdims3": dims(25, breast, 3),
        "rdims2": dims(12, breast, 2),
        "rsmall": length(2, 24),
        "rlen": length(5, 40),
        "rbig": length(30, breast),
        "rmargin": length(1, 45),
        "rnear": dims(max(3.0, case.size_mm * 0.7), max(5.0, case.size_mm * 1.3), rng.choice([1, 3])),
        "rweight": number(*weight),
        "rn": number(1, 4),
        "rn2": number(5, 24),
        "rn9": number(2, 9),
        "rn5": number(5, 14),
        "rpct": number(5, 60),
        "rclock": number(1, 12),
        "fix_hours": number(7, 60),
        "isch_min": number(8, 55),
        "old_year": number(1985, 2012),
        "blk": lambda w: w.put(Exact(f"{rng.choice('ABCDE')}{rng.randint(1, 19)}")),
        "age_gap": rng.choice(ages),
    }


def group_slots(group: NodeGroup, style: Style, rng: random.Random) -> dict[str, Value]:
    """Slots of one specimen of lymph nodes."""
    ruler = Ruler(style, rng)
    return {
        "gexam": str(group.examined),
        "gexam_word": words(group.examined),
        "gs": "" if group.examined == 1 else "s",
        "gpos": str(group.positive),
        "gpos_word": words(group.positive),
        "gdep": lambda w: w.put(ruler.length(max(group.deposits_mm, default=0.1))),
    }


def receptor_slots(case: Case, task: str, rng: random.Random) -> Mapping[str, Value]:
    """Slots of one hormone receptor; `task` is "ER" or "PR"."""
    receptor = case.estrogen if task == "ER" else case.progesterone
    percent, intensity = receptor.percent, receptor.intensity
    proportion = 0 if not percent else 2 if percent <= 10 else 3 if percent <= 33 else 4 if percent <= 66 else 5
    band = 0 if percent < 1 else 1 if percent < 10 else 2 if percent <= 50 else 3 if percent <= 80 else 4

    def tens(w: Writer) -> None:
        # "> 90 %": a round number that the share exceeds; such a bound is recorded as the number.
        w.put(str(max(1, min(90, (percent - 1) // 10 * 10))))

    return {
        "r_name": Template("<er_name>" if task == "ER" else "<pr_name>"),
        "r_pct": _percent(task, percent),
        "r_intensity": _INTENSITY[intensity],
        "r_allred": str(proportion + intensity if proportion else 0),
        "r_tens": tens,
        "r_zero": str(100 - percent),
        "r_fmol": str(rng.randint(12, 320)),
        "r_ps": str(proportion),
        "r_is": str(intensity),
        "r_h": str(percent * intensity),
        "r_irs": str(band * intensity),
    }


def her2_state(case: Case) -> str:
    """How the HER2 result can be told: by "ihc" alone, "ish" alone, or "both"."""
    if case.her2.amplified is None:
        return "ihc"
    return "ish" if case.her2.ihc is None else "both"
