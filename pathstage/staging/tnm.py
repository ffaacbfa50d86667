"""TNM expressions: the grammar of "ypT1c(m) pN1a(sn)(2/14) cM0 L0 V0 R0", as print, dictation and OCR write it.

Symbols after UICC TNM Classification of Malignant Tumours, 8th edition, and AJCC Cancer Staging Manual, 8th edition:
prefixes c p y r a m, suffixes (m) (f) (sn) (i+) (mol+), the optional descriptors L V Pn R G. The grammar knows no site:
subcategories of any cancer are read (T1a1, N2c, M1d).

A category is *firm* when nothing else looks like it ("pT2", "T1c"), *loose* when it counts only beside another one:
spaced ("T 2"), in small letters ("t2"), or with letters that OCR gives for digits ("NO", "Tl").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """One category, characters `start:end` of the text it was read from.

    axis: "T", "N" or "M"; value: "0" to "4", "X", "is", "a" or "+"; sub: "c", "mi", "a1" or ""; prefix: "p", "yp" or
    ""; suffixes: what stood in brackets, plainly, in reading order: "m", "2", "DCIS", "sn", "i+", "mol-";
    nodes: involved and examined lymph nodes, of a fraction that was attached; upto: where a range ends, "1c" of
    "pT1a-1c".
    """

    axis: str
    value: str
    sub: str = ""
    prefix: str = ""
    suffixes: tuple[str, ...] = ()
    nodes: tuple[int, int] | None = None
    upto: str = ""
    start: int = 0
    end: int = 0

    @property
    def name(self) -> str:
        """The category as staging tables spell it: "T1c", "N1mi", "N0(i+)", "Tis", "MX"."""
        marks = [f"({suffix})" for suffix in self.suffixes if suffix in _PART_OF_NAME]
        return f"{self.axis}{self.value}{self.sub}{''.join(marks)}"

    def __str__(self) -> str:
        rest = [f"({suffix})" for suffix in self.suffixes if suffix not in _PART_OF_NAME]
        upto = f"-{self.upto}" if self.upto else ""
        nodes = f"({self.nodes[0]}/{self.nodes[1]})" if self.nodes else ""
        return f"{self.prefix}{self.name}{upto}{''.join(rest)}{nodes}"


@dataclass(frozen=True, slots=True)
class Tnm:
    """A TNM expression, characters `start:end` of the text it was read from, with one category at least.

    codes: the descriptors that ran on, as ("L", "0"), ("R", "X"), ("G", "2").
    """

    tumour: Category | None
    node: Category | None
    metastasis: Category | None
    codes: tuple[tuple[str, str], ...] = ()
    start: int = 0
    end: int = 0

    @property
    def t(self) -> str | None:
        """The T category without its prefix, "T1c"."""
        return self.tumour.name if self.tumour else None

    @property
    def n(self) -> str | None:
        """The N category without its prefix, "N0(i+)"."""
        return self.node.name if self.node else None

    @property
    def m(self) -> str | None:
        """The M category without its prefix, "M0"."""
        return self.metastasis.name if self.metastasis else None

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories that were read, in the order T, N, M."""
        return tuple(one for one in (self.tumour, self.node, self.metastasis) if one)

    def prefix(self, axis: str) -> str:
        """The prefix of an axis, "T", "N" or "M": its own, else that of the category before it ("pT2N0": N is p)."""
        prefix = ""
        for one in self.categories:
            prefix = one.prefix or prefix
            if one.axis == axis:
                break
        return prefix

    def __str__(self) -> str:
        return " ".join([*map(str, self.categories), *(name + value for name, value in self.codes)])


def parse_tnm(text: str) -> Tnm | None:
    """The first TNM expression of `text`, or None. `str()` of it is its canonical form, which parses to the same."""
    return next(find_tnm(text), None)


def find_tnm(text: str) -> Iterator[Tnm]:
    """Each TNM expression of `text`, in order; they do not overlap.

    An expression is one category or several in the order T, N, M, with nothing but separators, descriptors and short
    remarks in brackets between them.
    """
    at = 0
    while start := _START.search(text, at):
        found = _expression(text, start.start())
        if found:
            yield found
            at = found.end
        else:
            at = start.start() + 1


_AXES = "TNM"
_PART_OF_NAME = ("i+", "mol+")
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
_READ_AS = str.maketrans("OoQDlIi|!Z", "0000111112")

# A letter p or c with what stands around it; letters that need neither, small and attached; "snN0".
_PREFIX = (
    r"(?P<prefix>(?:(?:[yY]|\([yY]\)) ?)?[ram]?(?:\([yY]?[pPcC]\)|[pPcC])[yram]?(?: ?\(?sn\)?(?= ?N))?[.-]?(?P<gap> ?)"
    r"|[yramu]{1,2}(?=[TNM])|\(?sn\)?[- ]?(?=p?N))?"
)
_JOIN = r"(?P<join>[ .]?[:=][ .]{0,2}| ?- ?(?=[0-4xX])|\. ?(?=[0-4xX](?![0-9]))| )?"
# Where a subcategory ends: no word goes on, or the next category or mark begins.
_SUB_END = r"(?:(?![A-Za-z0-9])|(?=[yr]?[pc]?[NM] ?[0-3OoXxlI]|n[0-3x]|p?[LVRG][0-4OlI]|m(?![a-z])|sn|i[+-]))"
_SUB_MI = rf"mic?{_SUB_END}| ?\(mic?\)| mic?\b"
_UPTO = r"(?P<upto>(?:-p?| to ){axis}?(?:[0-4][a-d]?|[a-d])(?![A-Za-z0-9.+-])(?! ?(?:[cm]m|nodes?)\b))?"
_NOT_GIVEN = r" ?-? ?\(?[nN] ?/ ?[aA]\b\)?|[ :-]{0,2}[Nn]ot applicable\b"
_COMPONENTS = {
    "T": re.compile(
        rf"{_PREFIX}(?P<axis>[Tt])(?P<inside>\((?:m|mult\w*|\d{{1,2}})\)(?= ?[0-4X]))?{_JOIN}"
        rf"(?P<value>[xX]|\([xX]\)|(?<=T)\([0-4]\)(?=N)|c?[iI1l|][sS](?=[^A-Za-z-]|-(?!u\b|[a-z]{3})|\Z|[yr]?p?N)|a(?![A-Za-z])|a(?=N[0-3X])|I{{2,3}}\b|IV\b|[0-4OolIi|!Z])"
        rf"(?P<sub>{_SUB_MI}|[a-e]\d?{_SUB_END}|[A-D]{_SUB_END}| ?\([a-d]\)"
        rf"| [bcd](?![\w'.:)])|(?<=1) c(?=\.(?:\s|\Z))| [abc](?=,? p?N ?[0-3X]))?"
        rf"{_UPTO.format(axis='T')}"
    ),
    "N": re.compile(
        rf"{_PREFIX}(?:T(?=N ?[0O](?: |\(|\Z)))?(?P<axis>[Nn])(?P<inside> ?\((?:sn|sl)\)|sn(?=[0-3OX]))?{_JOIN}"
        rf"(?P<value>[xX]|\([xX]\)|(?<=N)\([0-3]\)(?=M)|I{{2,3}}\b|[0-3OolIi|!Z]|\+|(?(prefix)[QDK](?![A-Za-z0-9])|(?!)))"
        rf"(?P<sub>{_SUB_MI}|(?(prefix)(?!cM)|(?<!0))[a-d](?:mi|i{{1,3}}v?|\d)?{_SUB_END}|[A-C]{_SUB_END}| ?\([a-c]\)"
        rf"| [abc](?=,? p?M ?[01xXO]| ?\(| ?[,;]|\.?\Z))?"
        rf"{_UPTO.format(axis='N')}"
    ),
    "M": re.compile(
        rf"{_PREFIX}(?P<axis>[Mm])(?P<inside>(?!))?{_JOIN}"
        rf"(?P<value>[xX]|\([xX]\)|(?<=M)\([01]\)|[01OoIl|]|\+|(?(prefix)K(?![A-Za-z0-9])|(?!))|{_NOT_GIVEN})(?P<sub>[a-eA-D](?![A-Za-z0-9]))?(?P<upto>(?!))?"
    ),
}
_START = re.compile(
    r"[TNMtnmpPcCyYrau(s](?:(?<![A-Za-z0-9#&].)|(?<=(?:AJCC|UICC).)|(?<=[A-Za-z0-9]p)(?=[TN][0-4X]))"
    r"(?:(?<=[TNMtnm])|(?=[ypcrmansPC)( .-]{0,6}[TNMtnm]))"
)
_END = re.compile(
    r"(?:(?![A-Za-z0-9|])"
    r"|(?=(?:[yr]?[pc]|sn)?[NM] ?(?:[0-3OoXxlI+]|\([0-3xX]\))|[nm][0-3x]|p?(?:Ly?|V|Pn|R|G) ?[0-4OoXxIl]|stage))"
    r"(?!\.\d|[.,]\d ?[cm]m|%| ?= ?[<>≤≥]{0,2}=? ?\d| ?/ ?\d| ?[cm]m\b| x \d)"
)

_MANUAL = re.compile(r"(?:AJCC|UICC)[^A-Za-z0-9]{0,3}\Z")
_BRACKET = re.compile(r" ?[(\[{] ?([^()\[\]{}\n]{1,40}?) ?[)\]}]")
_BARE_SUFFIX = {
    "T": re.compile(r"[ ,]?(m)(?:ult)?(?=[ ,;.)(\n]|\Z|p?N[0-3XO])"),
    "N": re.compile(r" ?(sn(?=[MLVRp]|\b)|(?:[i1lI]|mol) ?[+-](?![A-Za-z0-9]{2}))| (?=\d+/)(\d{1,2}/\d{1,2})(?![/\d])"),
    "M": re.compile(r"(?!)"),
}
_FRACTION = re.compile(
    r"(\d{1,3}) ?(?:/|of|von|out of) ?(\d{1,3})(?: (?:LNs?|(?:lymph )?nodes?))?(?![\w/])", re.IGNORECASE
)
_SUFFIXES = {
    "T": re.compile(r"mult\w*|[mfs]|\d{1,2}|dcis|lcis|is|paget(?:'?s)?|cy ?[+-]", re.IGNORECASE),
    "N": re.compile(r"[il1|] ?[+-]|sentinel|snb|sln|sn|sl|itc\+?|mol ?[+-]|f|i", re.IGNORECASE),
    "M": re.compile(r"[il1|] ?[+-]|mol ?[+-]|cy ?\+", re.IGNORECASE),
}
_CANONICAL_SUFFIX = {
    "mult": "m",
    "snb": "sn",
    "sln": "sn",
    "sentinel": "sn",
    "itc": "i+",
    "itc+": "i+",
    "pagets": "paget",
}
_UPPER_SUFFIX = {"dcis": "DCIS", "lcis": "LCIS", "paget": "Paget"}

_SEPARATORS = r"[\s,;/|&.+\])-]{0,6}"
_BETWEEN = re.compile(rf"{_SEPARATORS}(?:\((?![^()\n]{{0,60}}[TNM] ?[0-3X])[^()\n]{{1,60}}\){_SEPARATORS})?[(\[]?")
_CODE = re.compile(
    r"p?(Ly|L|V|Pn|R|G)[ /.:]{0,3}([0-4OoXxl]|I{1,3}V?\b|IV\b)(?:\([^()\n]{1,12}\))?"
    r"(?=[\s,;/.:)\]]|\Z|p?(?:Ly|L|V|Pn|R|G|[NM]) ?[0-4OoXxl])"
)
_OTHER_THINGS = re.compile(
    r"[- ]?(?:weighted|images?\b|signal|hyper|hypo|sequence|vertebra|spine|relaxation|cells?\b|lymphocyt|level)"
    r"| ?(?:slides?|blocks?|pieces?|nodes?|lymph|of|cassettes?|vials?|mass(?:es)?|x)\b|-\d",
    re.IGNORECASE,
)
_AFTER_ZERO = re.compile(
    r"[ ,;/]{0,3}(?:[pc]?M(?: ?[:=])? ?[01OXxIl|n](?![A-Za-z]{2})|\(?sn\b|\(?[i1l] ?[+-]|p?(?:Ly?|V|Pn|R|G) ?[0-4OX]"
    r"|\(\d)"
)
_AFTER_CAPITAL_ZERO = re.compile(r"\Z|\n|[,;)\]]|\.(?! ?(?:of|OF|#|\d))| ?stage\b", re.IGNORECASE)
_BEHIND_IS = re.compile(r"\Z|\s?[\n,.;:)(]| ?[yr]?p?N ?[0-3X]")
_IS_OF_A_SENTENCE = re.compile(r" [0-4][a-d]?(?![\w%]|[.,]\d| ?(?:[cm]m|x)\b)")
_BEFORE_N = re.compile(r"[ ,;/.]{0,3}p?N ?(?:[0-3XI]|l(?=[ ,;]?p?M)|O ?[(M])")


@dataclass(frozen=True, slots=True)
class _Read:
    """A category and how its letters stood: `firm` ones count alone, `exact` ones have a digit or X for a value."""

    category: Category
    firm: bool
    exact: bool


def _expression(text: str, start: int) -> Tnm | None:
    """The expression that begins at `start`, if what is read there is more than words that look like one."""
    reads: list[_Read] = []
    codes: list[tuple[str, str]] = []
    axes, at, end = _AXES, start, start
    while True:
        if read := next((read for axis in axes if (read := _category(text, at, axis, reads))), None):
            reads.append(read)
            axes = axes[axes.index(read.category.axis) + 1 :]
            end = read.category.end
        elif reads and (code := _CODE.match(text, at)):
            codes.append((code[1], _digit(code[2])))
            end = code.end()
        else:
            break
        at = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]  # it matches the empty text
    exact = sum(read.exact for read in reads)
    if not any(read.firm for read in reads) and exact < 2 and not (exact and len(reads) == len(_AXES)):
        return None
    found = {read.category.axis: read.category for read in reads}
    return Tnm(found.get("T"), found.get("N"), found.get("M"), tuple(codes), start, end)


def _category(text: str, at: int, axis: str, before: list[_Read]) -> _Read | None:
    """The category of `axis` that stands at `at`, behind those `before`."""
    match = _COMPONENTS[axis].match(text, at)
    if not match:
        return None
    printed, value = match["value"], _digit(match["value"])
    exact = printed.strip("()")[0] in "01234+" or value in {"is", "a", "X"}
    if _is_perineural(match, before):
        return None
    suffixes, nodes, sub, end = _suffixes(text, match.end(), axis)
    inside = (match["inside"] or "").strip(" ()")
    if "sn" in (match["prefix"] or "") or inside:
        suffixes = ("sn" if axis == "N" else _suffix(inside), *suffixes)
    if not _END.match(text, end) and text[end - 1] != ")":
        return None
    prefix = re.sub(r"[^a-z]|sn", "", (match["prefix"] or "").lower())
    sub = sub or _sub(match["sub"])
    if value == "is" and (
        (match["join"] == " " and not _BEHIND_IS.match(text, end)) or _IS_OF_A_SENTENCE.match(text, end)
    ):
        return None
    firm = _is_firm(match, exact, value, sub)
    if not firm and not _stands_among_categories(text, match, end, exact, before):
        return None
    upto = re.sub(r"^(?:-|to)p?[TNtn]?", "", (match["upto"] or "").replace(" ", ""))
    category = Category(axis, value, sub, prefix, tuple(dict.fromkeys(suffixes)), nodes, upto, at, end)
    return _Read(category, firm, exact)


def _is_perineural(match: re.Match[str], before: list[_Read]) -> bool:
    """Whether "Pn0" is the descriptor of perineural invasion: unless the tumour is printed so as well, "Pt2 Pn0"."""
    alike = any(match.string.startswith("Pt", one.category.start) for one in before)
    return match["axis"] == "n" and (match["prefix"] or "")[:1] == "P" and not alike


def _digit(printed: str) -> str:
    printed = printed.strip("()")
    if printed.upper() in _ROMAN:
        return _ROMAN[printed.upper()]
    if printed[-1:] in "sS":
        return "is"
    if printed in {"x", "X", "K"} or "n" in printed.lower():
        return "X"
    return printed.translate(_READ_AS)


def _sub(printed: str | None) -> str:
    sub = re.sub(r"[ ()]", "", printed or "").lower()
    return re.sub(r"(?<=[a-d])i+v?$", "", sub.replace("mic", "mi"))


def _is_firm(match: re.Match[str], exact: bool, value: str, sub: str) -> bool:
    """Whether a category is one whatever stands beside it."""
    prefix, axis, attached = match["prefix"] or "", match["axis"], not match["join"]
    if _OTHER_THINGS.match(match.string, match.end()):
        return False
    if not prefix:
        if (
            axis.islower()
            or not attached
            or not exact
            or match["value"] in {"x", "+", "a", "IS", "iS"}
            or match["upto"]
        ):
            return bool(match["upto"] and sub)
        return axis != "T" or value != "X"  # "TX" is Texas, too
    marked = prefix.strip("( ")
    if axis.islower():
        cued = bool(sub) or value == "is" or _MANUAL.search(match.string[max(0, match.start() - 7) : match.start()])
        return attached and exact and not match["gap"] and (axis != "t" or bool(cued))
    if marked[:1] == "C" and axis == "T":
        return False
    if marked[:1].isupper() and marked[:1] != "Y":
        return attached and exact and not match["gap"] and value != "+"
    return exact or (attached and not match["gap"])


def _stands_among_categories(text: str, match: re.Match[str], end: int, exact: bool, before: list[_Read]) -> bool:
    """Whether a category that is not firm can be one, from what stands before and behind it."""
    if _OTHER_THINGS.match(text, end):
        return False
    if exact or match["prefix"]:
        return True
    if match["axis"] in "Tt":
        return bool(_BEFORE_N.match(text, end))
    if match["axis"] in "Nn" and match["value"] in "Oo":
        capital = match["axis"] == "N" and match["value"] == "O" and match["join"] != " "
        tumour = bool(before)
        return tumour and bool(
            _AFTER_ZERO.match(text, match.end()) or (capital and _AFTER_CAPITAL_ZERO.match(text, match.end()))
        )
    of_a_form = match["axis"] == "M" and match["value"] == "O" and (":" in (match["join"] or "") or len(before) > 1)
    return bool(before) and (not match["join"] or match["value"] == "I" or of_a_form)


def _suffixes(text: str, at: int, axis: str) -> tuple[tuple[str, ...], tuple[int, int] | None, str, int]:
    """What is attached to a category: suffixes, node fraction, subcategory in brackets, and where it ends."""
    suffixes: list[str] = []
    nodes: tuple[int, int] | None = None
    while True:
        if bare := _BARE_SUFFIX[axis].match(text, at):
            marks, at = [next(filter(None, bare.groups()))], bare.end()
        elif (bracket := _BRACKET.match(text, at)) and (parts := _parts(bracket[1], axis)):
            marks, at = parts, bracket.end()
        else:
            return tuple(suffixes), nodes, "", at
        for mark in marks:
            if fraction := _FRACTION.fullmatch(mark):
                nodes = (int(fraction[1]), int(fraction[2]))
            else:
                suffixes.append(_suffix(mark))


def _parts(content: str, axis: str) -> list[str] | None:
    """The suffixes and fractions of a bracket, None if it holds anything else."""
    parts: list[str] = []
    at = 0
    while at < len(content):
        match = (_FRACTION.match(content, at) if axis == "N" else None) or _SUFFIXES[axis].match(content, at)
        if not match:
            return None
        parts.append(match[0])
        at = re.compile(r"[ ,;/&]*").match(content, match.end()).end()  # type: ignore[union-attr]
        if at == match.end() and at < len(content):
            return None
    return parts


def _suffix(printed: str) -> str:
    mark = re.sub(r"[ .']", "", printed.lower())
    mark = re.sub(r"^[l1|](?=[+-])", "i", mark)
    mark = "m" if mark.startswith("mult") else _CANONICAL_SUFFIX.get(mark, mark)
    return _UPPER_SUFFIX.get(mark, mark)
