"""A clinically consistent case: who was operated on, what was found, and what follows from it.

Prevalences follow large published series and are rounded; what is sampled is a plausible case mix of surgical
specimens, not an epidemiological estimate. Where this file gives a number without a source it is a design choice.

Sources: receptor and HER2 frequencies, Howlader et al., JNCI 2014;106(5) (SEER 2010: about 73 % HR+/HER2-, 10 %
HR+/HER2+, 5 % HR-/HER2+, 12 % triple negative); HER2 categories, Wolff et al., ASCO/CAP 2018; grade, Elston & Ellis,
Histopathology 1991;19:403-410; T and N categories, AJCC Cancer Staging Manual, 8th edition, chapter 48.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal

Side = Literal["left", "right"]
Scenario = Literal["resection", "biopsy", "neoadjuvant", "in_situ", "complete_response", "reexcision", "occult"]
Surgery = Literal["excision", "mastectomy", "radical", "core"]

# Share of each case kind and class: by default about the mix of real surgical pathology, `balanced` for rare classes.
SCENARIOS = {
    "resection": 0.948, "biopsy": 0.016, "neoadjuvant": 0.015, "in_situ": 0.009, "complete_response": 0.005,
    "reexcision": 0.005, "occult": 0.002,
}  # fmt: skip
SCENARIOS_BALANCED = {
    "resection": 0.63, "biopsy": 0.06, "neoadjuvant": 0.09, "in_situ": 0.1, "complete_response": 0.06,
    "reexcision": 0.035, "occult": 0.025,
}  # fmt: skip
T_SHARE = {"T1mi": 0.006, "T1a": 0.014, "T1b": 0.05, "T1c": 0.24, "T2": 0.55, "T3": 0.105, "T4": 0.035}
T_SHARE_BALANCED = {"T1mi": 0.02, "T1a": 0.03, "T1b": 0.07, "T1c": 0.13, "T2": 0.25, "T3": 0.25, "T4": 0.25}
N_SHARE = {"none": 0.035, "N0": 0.45, "itc": 0.03, "mi": 0.055, "N1": 0.26, "N2": 0.085, "N3": 0.085}
N_SHARE_BALANCED = {"none": 0.14, "N0": 0.2, "itc": 0.04, "mi": 0.06, "N1": 0.16, "N2": 0.2, "N3": 0.2}
HISTOLOGY = {
    "ductal": 0.72, "lobular": 0.185, "mixed": 0.035, "mucinous": 0.015, "medullary": 0.012, "metaplastic": 0.01,
    "papillary": 0.01, "tubular": 0.006, "other": 0.007,
}  # fmt: skip
# Size bounds of a category in millimetres: greater than the first, up to the second (AJCC 8th edition).
T_SIZE = {"T1mi": (0, 1), "T1a": (1, 5), "T1b": (5, 10), "T1c": (10, 20), "T2": (20, 50), "T3": (50, 250)}


@dataclass(frozen=True)
class Focus:
    """One invasive tumour: greatest dimension first, all in millimetres; `gross_mm` as seen with the naked eye."""

    dims_mm: tuple[float, float, float]
    gross_mm: tuple[float, float, float]
    clock: int
    quadrant: str

    @property
    def size_mm(self) -> float:
        """Greatest dimension."""
        return self.dims_mm[0]


@dataclass(frozen=True)
class NodeGroup:
    """Nodes of one specimen. `deposits_mm` has one entry for each node that holds tumour, ITC included."""

    site: Literal["sentinel", "nonsentinel", "axillary", "level3", "supraclavicular", "intramammary"]
    examined: int
    deposits_mm: tuple[float, ...] = ()
    extranodal: bool = False

    @property
    def positive(self) -> int:
        """Nodes with a deposit over 0.2 mm; isolated tumour cells do not count (AJCC 8th edition)."""
        return sum(size > 0.2 for size in self.deposits_mm)


@dataclass(frozen=True)
class Receptor:
    """Oestrogen or progesterone receptor. `percent` of nuclei stained; `intensity` 0 to 3."""

    positive: bool
    percent: int
    intensity: int


@dataclass(frozen=True)
class Her2:
    """`ihc` 0 to 3 and the in-situ hybridisation result, each None when not done."""

    ihc: int | None
    amplified: bool | None
    ratio: float
    copies: float
    percent: int

    @property
    def status(self) -> str:
        """Final status: hybridisation overrides immunohistochemistry, 2+ alone is equivocal (ASCO/CAP 2018)."""
        if self.amplified is not None:
            return "positive" if self.amplified else "negative"
        return {0: "negative", 1: "negative", 2: "equivocal", 3: "positive"}[self.ihc or 0]


@dataclass(frozen=True)
class OtherBreast:
    """The opposite breast, when it is in the report: benign, in situ or with a smaller invasive tumour."""

    finding: Literal["benign", "in_situ", "invasive"]
    size_mm: float = 0
    grade: int = 1


@dataclass(frozen=True)
class InSitu:
    """Ductal or lobular carcinoma in situ beside or instead of the invasive tumour."""

    kind: Literal["ductal", "lobular"]
    grade: int
    percent: int
    size_mm: float
    necrosis: bool
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """Everything true of one patient's specimens; the index tumour is the first focus. Sizes in millimetres."""

    scenario: Scenario
    surgery: Surgery
    side: Side
    age: int
    histology: str
    foci: tuple[Focus, ...]
    nodes: tuple[NodeGroup, ...]
    scores: tuple[int, int, int]
    estrogen: Receptor
    progesterone: Receptor
    her2: Her2
    ki67: int
    lvi: bool
    in_situ: InSitu | None
    extent: Literal["", "chest_wall", "ulcer", "satellite_skin", "inflammatory"] = ""
    metastasis: str = ""
    other_breast: OtherBreast | None = None
    margins: int = 0
    margin_mm: float = 5
    margin_positive: bool = False
    clinical_t: str = ""

    @property
    def size_mm(self) -> float:
        """Greatest invasive dimension of the index tumour; 0 without invasion."""
        return self.foci[0].size_mm if self.foci else 0.0

    @property
    def grade(self) -> int:
        """Nottingham grade of the three scores: 3-5, 6-7, 8-9 (Elston & Ellis 1991)."""
        total = sum(self.scores)
        return 1 if total <= 5 else 2 if total <= 7 else 3

    @property
    def t_by_size(self) -> str:
        """Category with sub-letter that the invasive size alone gives."""
        return category_of(self.size_mm)

    @property
    def gross_disagrees(self) -> bool:
        """Whether the size seen with the naked eye would give another T category."""
        return bool(self.foci) and category_of(self.foci[0].gross_mm[0]) != self.t_by_size

    def with_gross_as_measured(self) -> Case:
        """The same case, whose tumour looks as large as it is."""
        return replace(self, foci=(replace(self.foci[0], gross_mm=self.foci[0].dims_mm), *self.foci[1:]))

    @property
    def t(self) -> str:
        """Pathological T with its subcategory (AJCC 8th edition)."""
        if self.scenario in ("biopsy", "reexcision"):  # the tumour is elsewhere, or most of it is
            return "TX"
        if self.scenario == "occult":  # nodes from a breast in which no tumour is found
            return "T0"
        if self.scenario == "in_situ":
            return "Tis"
        if self.scenario == "complete_response":
            return "T0" if self.in_situ is None else "Tis"
        extent = {"chest_wall": "T4a", "ulcer": "T4b", "satellite_skin": "T4b", "inflammatory": "T4d"}
        return extent.get(self.extent) or self.t_by_size

    @property
    def positive_nodes(self) -> int:
        """Positive nodes of all specimens."""
        return sum(group.positive for group in self.nodes)

    @property
    def examined_nodes(self) -> int:
        """Nodes examined in all specimens."""
        return sum(group.examined for group in self.nodes)

    @property
    def largest_deposit_mm(self) -> float:
        """Greatest deposit in any node; 0 without one."""
        return max((size for group in self.nodes for size in group.deposits_mm), default=0.0)

    @property
    def n(self) -> str:
        """Pathological N with its subcategory (AJCC 8th edition)."""
        if not self.nodes:
            return "NX"
        by_site = {group.site: group for group in self.nodes if group.positive}
        if "supraclavicular" in by_site:
            return "N3c"
        if "level3" in by_site or self.positive_nodes >= 10:
            return "N3a"
        if self.positive_nodes >= 4:
            return "N2a"
        if self.positive_nodes:
            return "N1a" if self.largest_deposit_mm > 2 else "N1mi"
        return "N0(i+)" if self.largest_deposit_mm else "N0"


def category_of(size_mm: float) -> str:
    """T category with sub-letter of an invasive size (AJCC 8th edition)."""
    return next((name for name, (low, high) in T_SIZE.items() if low < size_mm <= high), "T3")


def pick(rng: random.Random, shares: dict[str, float]) -> str:
    """One key, drawn by its share (shares need not sum to one)."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]


def sample_case(rng: random.Random, balance: bool = False) -> Case:
    """Draw a case; `balance` flattens the class shares so that rare classes are common."""
    scenario: Scenario = pick(rng, SCENARIOS_BALANCED if balance else SCENARIOS)  # type: ignore[assignment]
    side: Side = "left" if rng.random() < 0.52 else "right"
    histology = pick(rng, HISTOLOGY)
    scores = _scores(rng, histology, balance)
    estrogen, progesterone, her2 = _receptors(rng, sum(scores), histology, balance)
    t_class = pick(rng, T_SHARE_BALANCED if balance else T_SHARE)
    n_class = pick(rng, N_SHARE_BALANCED if balance else N_SHARE)
    if t_class in ("T1mi", "T1a") and n_class in ("N2", "N3"):
        n_class = "N0"
    invasive = scenario in ("resection", "neoadjuvant", "biopsy")
    foci = _foci(rng, t_class) if invasive else ()
    extent = ""
    if t_class == "T4" and scenario == "resection":
        extent = rng.choice(["ulcer", "ulcer", "satellite_skin", "chest_wall", "inflammatory"])
    in_situ = _in_situ(rng, histology, scenario)
    nodes: tuple[NodeGroup, ...] = ()
    if scenario == "in_situ":
        nodes = _nodes(rng, rng.choice(["none", "N0", "N0"]))
    elif scenario == "reexcision":
        nodes = _nodes(rng, rng.choice(["none", "none", "N0"]))
    elif scenario == "occult":
        nodes = _nodes(rng, rng.choice(["N1", "N1", "N2"]))
    elif scenario == "complete_response":
        nodes = _nodes(rng, rng.choice(["N0", "N0", "N1"]) if in_situ is None else "N0")
    elif scenario != "biopsy":
        nodes = _nodes(rng, n_class)
    positive = sum(group.positive for group in nodes)
    case = Case(
        scenario=scenario,
        surgery=_surgery(rng, scenario, t_class, positive),
        side=side,
        age=max(26, min(89, round(rng.gauss(59, 13)))),
        histology=histology if invasive else "not_reported",
        foci=foci,
        nodes=nodes,
        scores=scores,
        estrogen=estrogen,
        progesterone=progesterone,
        her2=her2,
        ki67=max(1, min(95, round(rng.lognormvariate((1.9, 2.6, 3.5)[_grade(scores) - 1], 0.5)))),
        lvi=rng.random() < (0.62 if positive else 0.17),
        in_situ=in_situ,
        extent=extent,  # type: ignore[arg-type]
        margins=0 if scenario == "biopsy" else rng.choice([0, 0, 0, 0, 1, 2, 3, 5, 6]),
        margin_mm=rng.choice([0.2, 0.5, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20]),
        margin_positive=rng.random() < 0.1,
        clinical_t=rng.choice(["T1", "T1c", "T2", "T2", "T3"]),
    )
    if rng.random() < (0.09 if balance else 0.008) and scenario == "resection":
        case = replace(case, metastasis=rng.choice(["liver", "bone", "lung", "brain", "contralateral_axilla", "skin"]))
    if case.surgery in ("mastectomy", "radical") and rng.random() < 0.15:
        case = replace(case, other_breast=_other_breast(rng, case))
    return case


def _grade(scores: tuple[int, int, int]) -> int:
    return 1 if sum(scores) <= 5 else 2 if sum(scores) <= 7 else 3


def _scores(rng: random.Random, histology: str, balance: bool) -> tuple[int, int, int]:
    shares = {"1": 0.3, "2": 0.37, "3": 0.33} if balance else {"1": 0.12, "2": 0.47, "3": 0.41}
    if histology in ("medullary", "metaplastic"):
        shares = {"1": 0.0, "2": 0.1, "3": 0.9}
    elif histology in ("tubular", "mucinous", "papillary"):
        shares = {"1": 0.6, "2": 0.35, "3": 0.05}
    elif histology == "lobular":
        shares = {"1": 0.22, "2": 0.68, "3": 0.10}
    grade = int(pick(rng, shares))
    total = rng.choice({1: (3, 4, 5, 5), 2: (6, 6, 7), 3: (8, 8, 9)}[grade])
    options = [(a, b, c) for a in (1, 2, 3) for b in (1, 2, 3) for c in (1, 2, 3) if a + b + c == total]
    # Tubules are rarely well formed and nuclei rarely bland in larger tumours: weight by tubule then nuclear score.
    weights = [
        (3.0 if histology == "lobular" and a == 3 else 1.0) * (1 + a) * (0.3 if b == 1 and grade > 1 else 1.0)
        for a, b, _ in options
    ]
    return rng.choices(options, weights=weights)[0]


def _receptors(rng: random.Random, total: int, histology: str, balance: bool) -> tuple[Receptor, Receptor, Her2]:
    grade = 1 if total <= 5 else 2 if total <= 7 else 3
    er_share = {1: 0.98, 2: 0.94, 3: 0.68}[grade]
    if histology in ("medullary", "metaplastic"):
        er_share = 0.08
    elif histology in ("lobular", "tubular", "mucinous"):
        er_share = 0.97
    if balance:
        er_share = min(er_share, 0.6)
    er_positive = rng.random() < er_share
    pr_shares = (0.62, 0.15) if balance else (0.82, 0.05)
    pr_positive = rng.random() < pr_shares[0 if er_positive else 1]
    return _receptor(rng, er_positive), _receptor(rng, pr_positive), _her2(rng, grade, balance)


def _receptor(rng: random.Random, positive: bool) -> Receptor:
    if not positive:
        return Receptor(False, 0, 0)
    # Oestrogen receptor expression is bimodal: most positive tumours stain in nearly all nuclei.
    if rng.random() < 0.68:
        return Receptor(True, rng.choice([80, 85, 90, 90, 95, 95, 98, 99, 100]), rng.choice([2, 3, 3, 3]))
    return Receptor(
        True, rng.choice([1, 2, 3, 5, 5, 8, 10, 15, 20, 30, 40, 50, 60, 70, 75]), rng.choice([1, 1, 2, 2, 3])
    )


def _her2(rng: random.Random, grade: int, balance: bool) -> Her2:
    shares = {"pos3": 0.11, "pos2": 0.035, "eq": 0.06, "neg2": 0.16, "neg1": 0.3, "neg0": 0.29, "fish_neg": 0.045}
    if grade == 1:
        shares["pos3"] *= 0.35
    if balance:
        shares |= {"pos3": 0.22, "pos2": 0.12, "eq": 0.28, "neg2": 0.14, "neg1": 0.12, "neg0": 0.09, "fish_neg": 0.03}
    kind = pick(rng, shares)
    amplified = {"pos2": True, "neg2": False, "fish_neg": False}.get(kind)
    ihc = {"pos3": 3, "pos2": 2, "eq": 2, "neg2": 2, "neg1": 1, "neg0": 0}.get(kind)
    if kind == "pos3" and rng.random() < 0.15:
        amplified = True
    ratio = round(rng.uniform(2.2, 7.5) if amplified else rng.uniform(0.9, 1.7), 1)
    copies = round(ratio * rng.uniform(1.9, 2.6), 1) if amplified else round(ratio * rng.uniform(1.5, 2.1), 1)
    percent = rng.choice([20, 40, 60, 80, 90, 95]) if (ihc or 0) > 1 else rng.choice([0, 5, 10, 15])
    return Her2(ihc, amplified, ratio, copies, percent)


def _round_mm(value: float) -> float:
    return round(value, 1) if value < 2 else float(round(value))


def _dims(rng: random.Random, greatest: float) -> tuple[float, float, float]:
    second = _round_mm(greatest * rng.uniform(0.55, 1.0))
    third = _round_mm(greatest * rng.uniform(0.4, 0.95))
    return greatest, max(second, third), min(second, third)


def _foci(rng: random.Random, t_class: str) -> tuple[Focus, ...]:
    low, high = T_SIZE[rng.choice(["T1c", "T2", "T2", "T3", "T3"]) if t_class == "T4" else t_class]
    size = (
        rng.uniform(0.2, 1.0)
        if t_class == "T1mi"
        else low + (high - low) * rng.betavariate(*((1.1, 8) if t_class in ("T3", "T4") else (1.3, 2.2)))
    )
    greatest = _round_mm(min(max(size, low + (0.1 if low < 2 else 1)), high))
    if greatest >= 4 and rng.random() < 0.45:  # pathologists like round numbers
        greatest = min(max(5 * round(greatest / 5), low + 1), high)
    dims = _dims(rng, greatest)
    gross = dims
    if greatest >= 6 and rng.random() < 0.35:
        gross = _dims(rng, _round_mm(greatest * rng.uniform(0.75, 1.35)))
    foci = [_focus(rng, dims, gross)]
    if greatest >= 6 and rng.random() < 0.16:
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            smaller = _dims(rng, max(1.0, _round_mm(greatest * rng.uniform(0.1, 0.85))))
            foci.append(_focus(rng, smaller, smaller))
    return (foci[0], *sorted(foci[1:], key=lambda focus: -focus.size_mm))


def _focus(rng: random.Random, dims: tuple[float, float, float], gross: tuple[float, float, float]) -> Focus:
    quadrant = rng.choice(
        ["upper outer", "upper outer", "upper outer", "upper inner", "lower outer", "lower inner", "central"]
    )
    return Focus(dims, gross, rng.randint(1, 12), quadrant)


def _nodes(rng: random.Random, n_class: str) -> tuple[NodeGroup, ...]:
    if n_class == "none":
        return ()
    if n_class == "N0":
        return _share_out(rng, [], rng.random() < 0.6)
    if n_class == "itc":
        return _share_out(rng, [round(rng.choice([0.05, 0.1, 0.1, 0.15, 0.2]), 2)], True)
    if n_class == "mi":
        return _share_out(rng, [rng.choice([0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0])], rng.random() < 0.8)
    count = {"N1": rng.choice([1, 1, 1, 2, 2, 3]), "N2": rng.randint(4, 9), "N3": rng.randint(10, 26)}[n_class]
    deposits = [float(rng.randint(3, 25)) for _ in range(count)]
    groups = _share_out(rng, deposits, n_class == "N1" and rng.random() < 0.5)
    if n_class == "N3" and rng.random() < 0.12:
        # Ten positive nodes or more anyway where level III is sampled; supraclavicular spread is N3c by itself.
        last = NodeGroup(rng.choice(["supraclavicular", "level3"]), rng.randint(1, 3), (float(rng.randint(3, 12)),))
        kept = len(deposits) if last.site == "level3" else rng.randint(2, 9)
        groups = (*_share_out(rng, deposits[:kept], False), last)
    return groups


def _share_out(rng: random.Random, deposits: list[float], sentinel_only: bool) -> tuple[NodeGroup, ...]:
    """Spread node deposits over the specimens of one operation: sentinel nodes first, then the axilla."""
    groups: list[NodeGroup] = []
    left = sorted(deposits, reverse=True)
    if sentinel_only or rng.random() < 0.45:
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 4, 5, 7])):
            examined = rng.choice([1, 1, 1, 2, 2, 3])
            taken = left[: rng.randint(0, min(examined, len(left)))]
            left = left[len(taken) :]
            groups.append(
                NodeGroup("sentinel", examined, tuple(taken), bool(taken) and taken[0] > 3 and rng.random() < 0.3)
            )
    if sentinel_only and left:
        examined = len(left) + rng.choice([0, 1, 2])
        groups.append(NodeGroup("sentinel", examined, tuple(left), left[0] > 4 and rng.random() < 0.3))
        left = []
    if not sentinel_only:
        examined = len(left) + max(rng.choice([2, 5, 8, 10, 12, 14, 18]), 1)
        groups.append(NodeGroup("axillary", examined, tuple(left), bool(left) and left[0] > 4 and rng.random() < 0.45))
    elif rng.random() < 0.18:
        groups.append(NodeGroup("nonsentinel", rng.choice([1, 1, 2, 3])))
    return tuple(groups)


def _in_situ(rng: random.Random, histology: str, scenario: str) -> InSitu | None:
    share = {"in_situ": 1.0, "complete_response": 0.25, "reexcision": 0.0, "occult": 0.0}.get(scenario, 0.72)
    if rng.random() > share:
        return None
    kind: Literal["ductal", "lobular"] = "lobular" if histology == "lobular" and scenario == "resection" else "ductal"
    grade = rng.choice([1, 2, 2, 3, 3])
    names = ["solid", "cribriform", "comedo", "micropapillary", "papillary"]
    return InSitu(
        kind,
        grade,
        rng.choice([1, 5, 5, 10, 15, 20, 25, 30, 40, 60]),
        float(rng.randint(3, 60)),
        grade == 3 or rng.random() < 0.3,
        tuple(rng.sample(names, rng.choice([1, 2, 2, 3]))),
    )


def _surgery(rng: random.Random, scenario: str, t_class: str, positive: int) -> Surgery:
    if scenario == "biopsy":
        return "core"
    if scenario in ("reexcision", "occult"):
        return "excision" if scenario == "reexcision" else rng.choice(["mastectomy", "radical"])
    if t_class in ("T3", "T4") or positive > 6:
        return rng.choice(["mastectomy", "radical", "radical"])
    if positive:
        return rng.choice(["excision", "excision", "mastectomy", "radical"])
    return rng.choice(["excision", "excision", "excision", "mastectomy", "mastectomy", "radical"])


def _other_breast(rng: random.Random, case: Case) -> OtherBreast:
    finding = rng.choice(["benign", "benign", "benign", "in_situ", "invasive"])
    if finding == "invasive" and case.size_mm > 8:
        size = float(rng.randint(3, int(min(case.size_mm - 2, 18))))
        return OtherBreast("invasive", size, rng.choice([1, 2, 3]))
    return OtherBreast(
        "in_situ" if finding == "in_situ" else "benign", float(rng.randint(2, 30)), rng.choice([1, 2, 3])
    )
