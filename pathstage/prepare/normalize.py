"""Repair what scanning, OCR and layout did to a report, where that helps the model and cannot change what is said.

The rules are data (`RULES`, and each task's `spellings` in the schema); the logic is a page of code at the end.
A rule errs on the side of leaving text alone: "NO" stays a word unless it stands among TNM categories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unicodedata import normalize as normalize_unicode

from pathstage.prepare.align import Edit, apply
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class Rule:
    """Replace what `pattern` matches by `replacement`, a template as for `re.sub` or a function of the match.

    A rule that `needs_capitals` takes a lower-case letter for a sentence going on; it leaves alone texts that are
    written in lower case.
    """

    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    needs_capitals: bool = False


def _plain_characters() -> dict[int, str]:
    plain = dict.fromkeys((*range(0x09), *range(0x0E, 0x1C), 0x1F, *range(0x7F, 0x85), *range(0x86, 0xA0)), "")
    plain |= dict.fromkeys(range(0x0300, 0x0370), "")  # accents that stand alone
    plain |= dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), "")  # soft hyphens, marks without width
    plain |= dict.fromkeys((*map(ord, "\t\u00a0\u1680\u202f\u205f\u3000"), *range(0x2000, 0x200B)), " ")
    plain |= dict.fromkeys(map(ord, "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"), "\n")
    plain |= dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u00b4`"), "'")
    plain |= dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"')
    plain |= dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
    plain |= dict.fromkeys(map(ord, "\u2022\u25aa\u25cf\u25e6\u00b7\uf0b7"), "-")  # bullets
    plain |= {0xD7: "x", 0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st"}
    # OCR puts accents on English words; where they belong, the model reads the word without them as well.
    accented = [chr(code) for code in (*range(0xC0, 0x180), *range(0x1E00, 0x1F00))]
    return plain | {ord(letter): base for letter in accented if (base := normalize_unicode("NFD", letter)[0]) != letter}


CHARACTERS = _plain_characters()
"""Characters that say the same as plainer ones: blanks, line ends, quotes, dashes, bullets, ligatures, accents."""


def _plain(match: re.Match[str]) -> str:
    return match[0].translate(CHARACTERS)


def _digits(match: re.Match[str]) -> str:
    """The match with the letters of its group `digits` made the digits they were read for."""
    start, end = match.start("digits") - match.start(), match.end("digits") - match.start()
    return match[0][:start] + match["digits"].translate(str.maketrans("OoIl|i", "001111")) + match[0][end:]


def _roman(match: re.Match[str]) -> str:
    return match["before"] + "I" * len(match["roman"])


def _rn_to_m(match: re.Match[str]) -> str:
    return match[0].replace("rn", "m")


def _letter_o_to_zero(match: re.Match[str]) -> str:
    return match[0].replace("O", "0")


def _rule(
    name: str, pattern: str, replacement: str | Callable[[re.Match[str]], str], needs_capitals: bool = False
) -> Rule:
    return Rule(name, re.compile(pattern), replacement, needs_capitals)


# Words that no sentence ends with: a full stop behind one marks the end of a line.
_OPEN = (
    r"(?:[Tt]he|THE|[Aa]n|[Oo]f|OF|[Aa]nd|AND|or|[Ww]ith|WITH|[Ff]or|FOR|[Ff]rom|FROM|[Tt]o|TO|[Ii]n|IN|[Ii]s|IS|[Aa]re"
    r"|ARE|[Ww]as|WAS|[Ww]ere|WERE|[Bb]y|BY|into|INTO|which|that|than|THAN|its|has|have|been|[Ss]ee|SEE|at|as|be|this"
    r"|these|measuring|MEASURING|measures|MEASURES|approximately|APPROXIMATELY|within|WITHIN|involving|INVOLVING)"
)
# Abbreviations whose full stop is their own, whatever follows.
_ABBREVIATION = (
    r"(?i:drs?|mrs?|ms|prof|nos?|vs|ca|cf|figs?|approx|incl|etc|resp|max|min|st|jr|sr|al|ie|eg|viz|lt|rt|sup|inf|ant|post"
    r"|lat|med|neg|pos|diff|bx|hx|dx|pt|i{1,3}|iv|vi{0,3}|ix)"
)
_UNIT = r"(?:[cm]m|CM|MM|Cm)\b"
_LIST_MARKER = r"\(?(?:[A-Z]|\d{1,2})[.):](?!\d)"
_SMALL_LIST_MARKER = r"(?:[a-z]|[ivx]{2,4})[.):]"
# A T, N category as far as it is read already, with what may stand in brackets behind it: "pT2 (m)", "N1a(sn)".
_BRACKETS = r"(?: ?\([^()\n]{1,20}\))?"
_T = rf"\b[yrmpc]{{0,3}}T(?:[0-4X](?:mi|[a-d])?|is){_BRACKETS}"
_N = rf"N[0-3X](?:mi|[abc])?{_BRACKETS}"
# What follows an N category, and not the word "No" or "NO".
_AFTER_N = (
    r"(?=[abc]?(?:mi)?(?:[.,;:)\]\n]|\Z| ?[(\[]|L[O0]|i[+-]|,? ?[pc]?M ?[01OoXx](?![A-Za-z]{2})"
    r"|,? ?(?:[GRLV] ?[0-4OX]\b|[Ss]tage\b|STAGE\b)))"
)

RULES = (
    # Layout: the columns and page ends of the original mean nothing to a model that reads one line after the other.
    _rule("characters", "[" + "".join(re.escape(chr(code)) for code in CHARACTERS) + "]", _plain),
    _rule("blank runs", r" {2,}", " "),
    _rule("blanks at line ends", r" (?=\n)|(?<=\n) ", ""),
    _rule("empty lines", r"\n{3,}", "\n\n"),
    # Words broken at the end of a line are joined; a compound keeps its hyphen: "ill-\ndefined".
    _rule(
        "compound broken at line end",
        r"(?i)\b((?:ill|well|non|low|high|mid|pre|post|tan|pink|red|white|gr[ae]y|blue|black|brown|yellow|green|orange)-)"
        r"\n(?=[a-z])",
        r"\1",
    ),
    _rule("word broken at line end", r"(?<=[a-z]{2})-\n(?=[a-z]{2})", ""),
    # A line goes on where the next one starts in lower case, neither as a list item ("a.") nor as a label ("size:").
    _rule("line goes on", r"(?<=[a-z,])\n(?=[a-z]{2})(?![a-z ]{1,30}:)", " ", needs_capitals=True),
    _rule("line goes on after open word", rf"(?<![\w.])({_OPEN})\n(?=[A-Za-z0-9])(?!{_LIST_MARKER})", r"\1 "),
    _rule("line goes on in length", rf"(?<=\d)\n(?={_UNIT}|x \d)|(?<=\d x)\n(?=\d)", " "),
    # Full stops that OCR put where the lines of the original ended.
    _rule("stop after hyphen", r"(?<=[a-z]-)\. (?=[a-z]{2})", ""),
    _rule("stop after punctuation", r"(?<=[,;:&-])\.(?= \w)", ""),
    _rule("stop after open word", rf"(?<![\w.])({_OPEN})\.(?= \S)(?! {_LIST_MARKER})", r"\1"),
    _rule("stop after article", r"(?<=[a-z] )a\. (?=[a-z]{2})", "a "),
    _rule(
        "stop before lower case",
        rf"(?<![\w.'-])(?!{_ABBREVIATION}\.)([A-Za-z][a-z'-]{{0,30}}[a-z]|[A-Z]{{2,4}}\d?|\w{{1,20}}\))\. "
        rf"(?=[a-z][a-z'-]{{1,30}}(?![A-Za-z]))(?!{_SMALL_LIST_MARKER}|[a-z ]{{1,30}}:)",
        r"\1 ",
        needs_capitals=True,
    ),
    _rule("stop inside length", rf"(?<=\d)\. (?={_UNIT}|(?:gm?s?|grams?)\b|[xX] ?\.?\d|by \d)", " "),
    _rule("stop after times", r"(?<=\d )([xX])\. (?=\.?\d)", r"\1 "),
    _rule("stop after unit", r"(?<=\d )([cm]m)\.(?=,| \(| (?:in|from|and|to|x)\b)", r"\1"),
    _rule(
        "stop before grade",
        r"(?i)\b((?:histologic(?:al)?|nottingham|nuclear|overall|combined|sbr) grade)\. "
        r"(?=(?:[1-3](?:/3)?|I{1,3})\b(?!\. ?\w))",
        r"\1 ",
    ),
    # Lengths, told by the number before or the unit behind.
    _rule("em for cm", r"(?<=\d)( ?)(?:em|crn|cin|cn|om|c m)\b", r"\1cm"),
    _rule("letters in decimal", rf"(?<![\w.])(?P<digits>[OIl|])\.\d(?= ?(?:{_UNIT}|[xX] ?\d))", _digits),
    _rule("letters after point", rf"(?<![\w.])\d{{1,2}}\.(?P<digits>[Ool|])(?= ?(?:{_UNIT}|[xX] ?\d))", _digits),
    _rule(
        "decimal comma",
        rf"(?<![\w.,/])(\d{{1,2}}),(?=\d{{1,2}}(?: ?[xX] ?\d{{1,2}}(?:[.,]\d{{1,2}})?){{0,2}} ?(?:{_UNIT}|%))",
        r"\1.",
    ),
    _rule("spaced decimal", rf"(?<=\d [xX] )(\d{{1,2}})\. (?=\d ?(?:{_UNIT}|[xX] ))", r"\1."),
    _rule("spaced decimal below one", rf"(?<![\w.,])0\. (?=\d ?(?:{_UNIT}|[xX] ))", "0."),
    # Counts of nodes and scores, "O/12", "l/3", "0/l8", and percentages, "9O%", "l00%".
    _rule("letter before slash", r"(?<![\w/.|-])(?P<digits>[Ol|])(?=/[1-9]\d?(?![\w/]))", _digits),
    _rule("letter after slash", r"(?<![\w/.])\d{1,2}/(?P<digits>[l|](?=\d?(?![\w/]))|O(?=[)\]]))", _digits),
    _rule("letters in percentage", r"(?<![\w.])(?P<digits>[1-9][Oo]|[l|][O0o][O0o])(?= ?%)", _digits),
    # Words in which OCR took l, I and 1, or m and rn, for each other.
    _rule("l words", r"\b[I1|](?=ymph)|\bI(?=obul(?:ar|es?)\b|eft\b|ateral\b|umpectomy\b|evel\b|argest\b)", "l"),
    _rule("i words", r"\bl(?=nvasi[ov]|nfiltrat|n situ\b|ntraductal\b|mmuno|nferior\b)", "i"),
    _rule("rn for m", r"\b(?:turnors?|carcinornas?|rnetasta(?:sis|ses|tic)|rnargins?|rnastectomy)\b", _rn_to_m),
    # Roman numerals.
    _rule(
        "roman grade",
        r"(?P<before>\b(?:[Gg]rade|GRADE|[Ss]tage|STAGE):? )"
        r"(?P<roman>(?=I{0,2}[l|])[Il|]{1,3}|1{2,3})(?=[ABCabc]?(?![\w|]))",
        _roman,
    ),
    _rule("roman G", r"(?P<before>\bG ?)(?P<roman>(?=I{0,2}[l|])[Il|]{2,3})(?![\w|])", _roman),
    _rule("roman of three", r"(?P<before>\bI{1,3} ?(?:/|of) ?)(?P<roman>(?=I{0,2}[l|])[Il|]{3})(?![\w|])", _roman),
    # Categories with a prefix: no word looks like one.
    _rule("pN0 read as pTN", r"(?<![a-z])pTN ?(?=\([il1] ?[-+]\))", "pN0"),
    _rule("capital prefix", r"\bP(?=T(?:[0-4]|is)[a-d]?(?:\b|[ ,]?p?N[0-3OX])|N[0-3X][abc]?\b|M[01X]\b)", "p"),
    _rule(
        "blank in category",
        r"(?<![a-z0-9])([yrm]{0,2}[pc]) ?([TNM]) ?"
        r"(?=(?:[0-4OoIlXx](?:[a-d]|mi)?|is)(?![A-Za-z0-9]| ?/)|[0-4][a-d]? ?N)",
        r"\1\2",
    ),
    _rule("pTis", r"(?<![a-z0-9])([yrm]{0,2}[pc]T)(?:[1lI|]s|[Ii]S)\b", r"\1is"),
    _rule("pT", r"(?<![a-z0-9])[yrm]{0,2}[pc]T(?P<digits>[OoIl|]|i(?=[a-d]))(?=[a-d]?(?:mi)?(?![A-LO-Za-z]))", _digits),
    _rule("pN", r"(?<![a-z0-9])[yrm]{0,2}[pc]N(?P<digits>[OoIl|])(?=[abc]?(?:mi)?(?:sn)?(?![A-KN-QS-Za-z]))", _digits),
    _rule("pM", r"(?<![a-z0-9])[yrm]{0,2}[pc]M(?P<digits>[OoIl|])(?![A-Za-z0-9])", _digits),
    _rule("pX", r"(?<![a-z0-9])([yrm]{0,2}[pc][TNM])x\b", r"\1X"),
    _rule("stop before itc", r"(?<=pN0)\. (?=\([i1l] ?[+-])", " "),
    # Categories without one: only next to another category.
    _rule("T before N", r"\bT(?P<digits>[lI|])(?=[a-d]?,? ?p?N[0-3OoXx])", _digits),
    _rule("spaced T N M", r"\bT ([0-4][a-d]?),? N ([0-3OX][abc]?)(?=,? M ?[01OX]\b)", r"T\1 N\2"),
    _rule("spaced N", rf"({_T},? ?)N (?=[0-3Xx](?:[abc]|mi)?(?![\w/]))", r"\1N"),
    _rule("N after T", rf"{_T}[,;/]? ?(?:p|sn|\(sn\))?N(?P<digits>[OoIl]){_AFTER_N}", _digits),
    _rule("N before modifier", r"\bN(?P<digits>[Oo])(?= ?\((?:sn|[il1] ?[-+]|mol ?[-+]))", _digits),
    _rule("spaced M", rf"(\b(?:[pc]|{_T}[,;/]? ?)?{_N},? )M (?=[01Xx](?![\w/]))", r"\1M"),
    _rule("M after N", rf"{_N}[,;/]? ?M(?P<digits>[OoIl])(?![A-Za-z0-9])", _digits),
    _rule("X after N", rf"({_N}[,;/]? ?M)x\b", r"\1X"),
    _rule("i of itc", r"(?<=N0)( ?\()[1lI|](?= ?[-+]\))", r"\1i"),
    # Lymphatic and venous invasion and residual tumour stand in a row behind the categories.
    _rule("L V R", r"(?<![A-KM-Za-z])L[O0]V[O0](?:R[O0X])?(?![A-Za-z0-9])", _letter_o_to_zero),
    _rule("L, V", r"\b(p?)LO, (p?)V[O0]\b", r"\1L0, \2V0"),
)

MAX_ROUNDS = 8
"""One repair can make room for another, so the rules run until none applies; no real report needs more than four."""


def normalize(prepared: PreparedText, schema: TaskSchema) -> PreparedText:
    """Repair `prepared` by `RULES` and by the spellings of the schema's tasks; offsets still lead to the report.

    Normalizing what has been normalized changes nothing.
    """
    rules = (*RULES, *_spelling_rules(schema))
    for _ in range(MAX_ROUNDS):
        before = prepared.text
        capitals = _begins_sentences_with_capitals(before)
        for rule in rules:
            if capitals or not rule.needs_capitals:
                prepared = apply(prepared, edits(prepared.text, rule))
        if prepared.text == before:
            break
    return prepared


def _begins_sentences_with_capitals(text: str) -> bool:
    """Whether more than one in five of the words behind a full stop or line end begins with a capital.

    Words all in capitals do not count: names like those of genes are written so in any text.
    """
    capitals, small = len(re.findall(r"[.\n] ?[A-Z][a-z]", text)), len(re.findall(r"[.\n] ?[a-z]", text))
    return capitals * 4 > small


def edits(text: str, rule: Rule) -> Iterator[Edit]:
    """What `rule` changes in `text`, in order."""
    for match in rule.pattern.finditer(text):
        replacement = match.expand(rule.replacement) if isinstance(rule.replacement, str) else rule.replacement(match)
        if replacement != match[0]:
            yield Edit(match.start(), match.end(), replacement)


def _spelling_rules(schema: TaskSchema) -> Iterator[Rule]:
    for task in schema.tasks:
        for pattern, replacement in task.spellings:
            yield Rule(f"{task.name} spelling", pattern, replacement)
