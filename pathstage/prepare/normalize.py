"""Repair what scanning, OCR and layout did to a report, where that helps the model and cannot change what is said.

The rules are data (`RULES`, and each task's `spellings` in the schema); the logic is a page of code at the end.
A rule errs on the side of leaving text alone: "NO" stays a word unless it stands among TNM categories.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pathstage.prepare.align import Edit, apply
from pathstage.report import PreparedText
from pathstage.schema import TaskSchema


@dataclass(frozen=True, slots=True)
class Rule:
    """Replace what `pattern` matches by `replacement`, a template as for `re.sub` or a function of the match."""

    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


CHARACTERS = (
    {ord(space): " " for space in "\t\v\u00a0\u1680\u202f\u205f\u3000"}
    | {code: " " for code in range(0x2000, 0x200B)}
    | {ord(line): "\n" for line in "\r\f\x1c\x1d\x1e\x85\u2028\u2029"}
    | {ord(hidden): "" for hidden in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}
    | {code: "" for code in range(0x0300, 0x0370)}
    | {ord(quote): "'" for quote in "\u2018\u2019\u201a\u201b\u2032\u00b4`"}
    | {ord(quote): '"' for quote in "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"}
    | {ord(dash): "-" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"}
    | {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
    | {ord("×"): "x", ord("\u2022"): "-", ord("\u25aa"): "-", ord("\u25cf"): "-", ord("\u00b7"): "-", ord("\uf0b7"): "-"}
    | {ord(accented): plain for accented, plain in zip("áàâäãéèêëíìîïóòôöõúùûüçñÁÀÂÄÃÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÇÑ",
                                                        "aaaaaeeeeiiiiooooouuuucnAAAAAEEEEIIIIOOOOOUUUUCN", strict=True)}
)  # fmt: skip
"""Characters that mean the same as a plainer one: layout spaces, hidden characters, typographic quotes and dashes,
ligatures, bullets, and the accents that OCR puts on English words."""


def _plain(match: re.Match[str]) -> str:
    return match[0].translate(CHARACTERS)


def _zeros_and_ones(text: str) -> str:
    """`text` with the letters that OCR reads for digits made digits again."""
    return text.translate(str.maketrans("OoIl|i", "001111"))


def _number(match: re.Match[str]) -> str:
    return _zeros_and_ones(match[0])


def _roman(match: re.Match[str]) -> str:
    return match["before"] + "I" * len(match["roman"])


def _rule(name: str, pattern: str, replacement: str | Callable[[re.Match[str]], str]) -> Rule:
    return Rule(name, re.compile(pattern), replacement)


# Words that no sentence ends with: a full stop after one is the mark of a line break.
_OPEN = (
    r"(?:[Tt]he|THE|an|[Oo]f|OF|and|AND|or|[Ww]ith|WITH|[Ff]or|FOR|[Ff]rom|FROM|[Tt]o|TO|[Ii]n|IN|is|IS|are|ARE|was|WAS"
    r"|were|WERE|by|BY|into|INTO|which|that|than|THAN|its|has|have|been|[Ss]ee|SEE|measuring|MEASURING|measures|MEASURES"
    r"|approximately|within|WITHIN)"
)
# Abbreviations whose full stop belongs to them, whatever follows.
_ABBREVIATION = (
    r"(?i:dr|drs|mr|mrs|ms|prof|no|nos|vs|ca|cf|fig|figs|approx|incl|etc|resp|max|min|st|jr|sr|al|ie|eg|viz|lt|rt|sup|inf"
    r"|ant|post|lat|med|neg|pos|diff|bx|hx|dx|pt|ii|iii|iv|vi|vii|viii|ix)"
)
_UNIT = r"(?:[cm]m|CM|MM|Cm)\b"
_T = r"(?:[0-4X](?:mi|[a-d])?|is)"
_SUFFIX = r"(?:\s?\([^()\n]{1,20}\))?"

RULES = (
    # Layout. Runs of blanks carry columns of the page, which a model reading a line does not see.
    _rule("characters", "[" + "".join(re.escape(chr(code)) for code in CHARACTERS) + "]", _plain),
    _rule("blank-runs", r" {2,}", " "),
    _rule("blanks-at-line-ends", r" (?=\n)|(?<=\n) ", ""),
    _rule("empty-lines", r"\n{3,}", "\n\n"),
    # A word broken at the end of a line: "carci-\nnoma". Compounds keep their hyphen: "ill-\ndefined".
    _rule("line-hyphen-compound", r"(?i)(?<=\b(?:ill|non|low|tan|red)-)\n(?=[a-z])|(?<=\b(?:well|high|pink|gray|grey|blue)-)\n(?=[a-z])", ""),
    _rule("line-hyphen", r"(?<=[a-z]{3})-\n(?=[a-z]{2})", ""),
    # A line that goes on in the next one, which does not begin with a list marker ("a.", "b)", "o").
    _rule("line-break", r"(?<=[a-z,])\n(?=[a-z][a-z])", " "),
    # Full stops that OCR of forms and typed pages puts where a line ended.
    _rule("stop-after-punctuation", r"(?<=[,;:&-])\.(?= [^\W\d_])", ""),
    _rule("stop-after-open-word", rf"(?<![\w.])({_OPEN})\.(?= \S)", r"\1"),
    _rule("stop-before-lower-case",
          rf"(?<![\w.])(?!{_ABBREVIATION}\.)([A-Za-z]?[a-z'-]*[a-z]|[A-Z]{{2,4}}\d?|\w+\))\. (?=[a-z][a-z'-]+(?![A-Za-z]))", r"\1 "),
    _rule("stop-inside-length", rf"(?<=\d)\. (?={_UNIT}|[xX] ?\.?\d|by \d)", " "),
    _rule("stop-after-times", r"(?<=\d )([xX])\. (?=\.?\d)", r"\1 "),
    _rule("stop-after-unit", r"(?<=\d )([cm]m)\. ?(?=[,;(]|(?:in|from|and|to|x)\b)", r"\1 "),
    _rule("stop-before-grade", r"(?i)\b((?:histologic(?:al)?|nottingham|nuclear|overall|combined|sbr) grade)\. (?=[1-3](?:/3)?\b(?!\. ?\w)|I{1,3}\b)", r"\1 "),
    # Lengths. The digit before and the unit or "x" behind make them numbers.
    _rule("em-for-cm", r"(?<=\d)( ?)(?:em|crn|cin|om|cn|cm\.m)\b(?=[.,;:)]|\s|$)", r"\1cm"),
    _rule("letters-in-decimal", rf"(?<![\w.])[OIl|]\.\d(?= ?(?:{_UNIT}|[xX] ?\d))|(?<![\w.])\d{{1,2}}\.[Ool|](?= ?(?:{_UNIT}|[xX] ?\d))", _number),
    _rule("decimal-comma", rf"(?<![\w.,/])(\d{{1,2}}),(?=\d{{1,2}}(?: ?[xX] ?\d{{1,2}}(?:[.,]\d{{1,2}})?){{0,2}} ?(?:{_UNIT}|%))", r"\1."),
    _rule("spaced-decimal", rf"(?<=[xX] )(\d{{1,2}})\. (?=\d ?(?:{_UNIT}|[xX] ))", r"\1."),
    _rule("spaced-decimal-below-one", rf"(?<![\w.,])0\. (?=\d ?(?:{_UNIT}|[xX] ))", "0."),
    _rule("letters-in-node-count", r"(?<=\()[Ool|](?=/\d)|(?<=\(\d/)[Ol|](?=\d?\))|(?<=\(\d\d/)[Ol|](?=\d?\))|(?<=\(\d/)[l|](?=\d)", _number),
    _rule("letters-in-percent", r"(?<![\w.])(?:[1-9][Oo]|[l|][O0o][O0o])(?= ?%)", _number),
    # Words whose capital I or small l was read for the other.
    _rule("lymph", r"\b[I1|](?=ymph)", "l"),
    _rule("l-words", r"\bI(?=obul(?:ar|es)\b|eft\b|ateral\b|umpectomy\b|evel\b|argest\b)", "l"),
    _rule("i-words", r"\bl(?=nvasi[ov]|nfiltrat|n situ\b|ntraductal\b|mmuno|nferior\b)", "i"),
    _rule("rn-for-m", r"\b(?:turnor(?=s?\b)|carcinorna(?=s?\b)|rnetasta(?=s|t)|rnargin(?=s?\b)|rnastectomy)", lambda m: m[0].replace("rn", "m")),
    # Roman numerals of grades and stages.
    _rule("roman-grade", r"(?P<before>\b(?:[Gg]rade|GRADE|[Ss]tage|STAGE|G|of)[:.]? )(?P<roman>(?=[I|]*l|[Il]*\|)[Il|]{1,3})(?![\w|])", _roman),
    _rule("roman-grade-of-three", r"(?P<before>\bI{1,3} ?(?:/|of) ?)(?P<roman>(?=[I|]*l|[Il]*\|)[Il|]{3})(?![\w|])", _roman),
    # TNM categories with a prefix, which no word looks like.
    _rule("node-negative", r"\bpTN ?(?=\([il1] ?[-+]\))", "pN0"),
    _rule("p-capital", r"\bP(?=T(?:[1-4]|is)[a-d]?\b)|\bP(?=N[0-3X][abc]?\b)|\bP(?=MX\b)", "p"),
    _rule("prefixed-space", r"\b([yrm]{0,2}[pc]) ?([TNM]) ?(?=(?:[0-4OoIlXx](?:[a-d]|mi)?|is|[1Il] ?(?:mi|[a-d]))(?![A-Za-z0-9]|\s?/)|[0-4][a-d]?N)", r"\1\2"),
    _rule("prefixed-t", r"\b([yrm]{0,2}[pc]T)([OoIl|]|[Il|i](?=[a-d]))(?![e-hj-ln-rt-z]|[a-z]{3}|s)", lambda m: m[1] + _zeros_and_ones(m[2])),
    _rule("prefixed-n", r"\b([yrm]{0,2}[pc]N)([OoIl|])(?![e-hj-ln-rt-z]|[a-z]{3})", lambda m: m[1] + _zeros_and_ones(m[2])),
    _rule("prefixed-m", r"\b([yrm]{0,2}[pc]M)([OoIl|])(?![A-Za-z0-9])", lambda m: m[1] + _zeros_and_ones(m[2])),
    _rule("prefixed-x", r"\b([yrm]{0,2}[pc][TNM])x\b", r"\1X"),
    # Categories without a prefix, only next to another category.
    _rule("spaced-categories", rf"\bT ({_T}),? ?N ?([0-3OoXx][abc]?)(?=[,;. ]*M ?[01OoXx]\b)", r"T\1 N\2"),
    _rule("n-after-t", rf"\b([yrmpc]{{0,3}}T{_T}{_SUFFIX}[,;/]? ?(?:sn|\(sn\)|p)?)N([OoIl])(?=[abc]?(?:mi)?(?:[.,;:)\]]|$|\n| ?[(\[]| ?,? ?[pc]?M[01OoXx]\b|LO?0?|i[+-])|M[01OoXx])",
          lambda m: m[1] + "N" + _zeros_and_ones(m[2])),
    _rule("n-with-modifier", r"\bN[Oo](?= ?\((?:sn|[il1] ?[-+]|mol ?[-+])\s?\)?)", "N0"),
    _rule("m-after-n", rf"\b([pc]?N[0-3X](?:mi|[abc])?{_SUFFIX}[,;/]? ?)M([OoIl])(?![A-Za-z0-9])", lambda m: m[1] + "M" + _zeros_and_ones(m[2])),
    _rule("x-after-n", rf"(N[0-3X](?:mi|[abc])?{_SUFFIX}[,;/]? ?M)x\b", r"\1X"),
    _rule("itc-modifier", r"(?<=N0)( ?\()[1lI|](?=[-+]\))", r"\1i"),
    # Lymphatic and venous invasion and residual tumour, always written in a row after TNM.
    _rule("lvr-row", r"(?<![A-Za-z])L[O0]V[O0](?:R[O0])?(?![A-Za-z0-9])|(?<=[0-9)])L[O0]V[O0](?:R[O0X])?(?![A-Za-z0-9])", lambda m: m[0].replace("O", "0")),
    _rule("lvr-list", r"(?<![A-Za-z])(p?)LO, (p?)V[O0]\b", r"\1L0, \2V0"),
)  # fmt: skip

MAX_ROUNDS = 8
"""One repair can make room for another, so the rules run until none applies; no real report needs more than four."""


def normalize(prepared: PreparedText, schema: TaskSchema) -> PreparedText:
    """Repair `prepared` by `RULES` and by the spellings of the schema's tasks; offsets still lead to the report.

    Normalizing what has been normalized changes nothing.
    """
    rules = (*RULES, *_spelling_rules(schema))
    for _ in range(MAX_ROUNDS):
        before = prepared.text
        for rule in rules:
            prepared = apply(prepared, edits(prepared.text, rule))
        if prepared.text == before:
            break
    return prepared


def edits(text: str, rule: Rule) -> Iterator[Edit]:
    """What `rule` changes in `text`, in order."""
    for match in rule.pattern.finditer(text):
        replacement = match.expand(rule.replacement) if isinstance(rule.replacement, str) else rule.replacement(match)
        if replacement != match[0]:
            yield Edit(match.start(), match.end(), replacement)


def _spelling_rules(schema: TaskSchema) -> Iterator[Rule]:
    for task in schema.tasks:
        for pattern, replacement in task.spellings:
            yield Rule(f"spelling-{task.name}", pattern, replacement)
