r"""The repairs that `normalize` makes, one rule a row, with the reason for each group.

A rule errs on the side of leaving text alone: "NO" stays a word unless it stands among TNM categories.

Patterns begin with what they replace and look back from there, `T(?<!\wT)` rather than `\bT`: a pattern that begins
with a character is searched several times as fast as one that begins with a condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import normalize as normalize_unicode


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

# Words that no sentence ends with: a full stop or line end behind one is not the end of a sentence.
_OPEN = frozenset({
    "the", "an", "of", "and", "or", "with", "for", "from", "to", "in", "is", "are", "was", "were", "by", "into",
    "which", "that", "than", "its", "has", "have", "been", "see", "at", "as", "be", "this", "these", "measuring",
    "measures", "approximately", "within", "involving", "The", "An", "Of", "And", "With", "For", "From", "To", "In",
    "Is", "Are", "Was", "Were", "By", "See", "THE", "OF", "AND", "WITH", "FOR", "FROM", "TO", "IN", "IS", "ARE",
    "WAS", "WERE", "BY", "INTO", "THAN", "SEE", "MEASURING", "MEASURES", "APPROXIMATELY", "WITHIN", "INVOLVING",
})  # fmt: skip
# Abbreviations whose full stop is their own, and the numbers of lists.
_ABBREVIATIONS = frozenset({
    "dr", "drs", "mr", "mrs", "ms", "prof", "no", "nos", "vs", "ca", "cf", "fig", "figs", "approx", "incl", "etc",
    "resp", "max", "min", "st", "jr", "sr", "al", "ie", "eg", "viz", "lt", "rt", "sup", "inf", "ant", "post", "lat",
    "med", "neg", "pos", "diff", "bx", "hx", "dx", "pt", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix",
})  # fmt: skip
# First halves of compounds, which keep their hyphen at the end of a line: "ill-\ndefined".
_COMPOUNDS = frozenset({
    "ill", "well", "non", "low", "high", "mid", "pre", "post", "tan", "pink", "red", "white", "gray", "grey", "blue",
    "black", "brown", "yellow", "green", "orange",
})  # fmt: skip
_LAST_WORD = re.compile(r"[\w.'-]*\)?\Z")
# A minus stands behind the short name of a marker, "ER -", "CK7-", or before a word with a capital that none here has.
_DASHED_WORD = re.compile(r"\b(?:[A-Z][A-Za-z]{0,2}|[A-Za-z]+-?\d+|\w*[a-z](?=-\Z)) ?-\Z")
_WORD_THAT_GOES_ON = re.compile(r"[A-Za-z][a-z'-]*[a-z]|[A-Z]{2,4}\d?|.*\w\)")


def _word_before(match: re.Match[str]) -> str:
    found = _LAST_WORD.search(match.string, max(0, match.start() - 32), match.start())
    return found[0] if found else ""


def _blank_after_open_word(match: re.Match[str]) -> str:
    return " " if _word_before(match) in _OPEN else match[0]


def _blank_before_lower_case(match: re.Match[str]) -> str:
    word = _word_before(match)
    goes_on = _WORD_THAT_GOES_ON.fullmatch(word) and word.lower() not in _ABBREVIATIONS
    return " " if goes_on else match[0]


def _blank_after_dash(match: re.Match[str]) -> str:
    """A blank behind a dash or a hyphen, "HIGH-. GRADE"; the full stop stays behind a minus, "PR-. Positive"."""
    before = _DASHED_WORD.search(match.string, max(0, match.start() - 32), match.start())
    is_minus = before and before[0].rstrip(" -").lower() not in _COMPOUNDS and not match.string[match.end()].isdigit()
    return match[0] if is_minus else " "


def _hyphen_of_compound(match: re.Match[str]) -> str:
    return "-" if _word_before(match).lower() in _COMPOUNDS else ""


def _plain(match: re.Match[str]) -> str:
    return match[0].translate(CHARACTERS)


def _digits(match: re.Match[str]) -> str:
    """The match with the letters of its group `digits` made the digits they were read for."""
    start, end = match.start("digits") - match.start(), match.end("digits") - match.start()
    return match[0][:start] + match["digits"].translate(str.maketrans("OoIl|i", "001111")) + match[0][end:]


def _roman(match: re.Match[str]) -> str:
    return match["before"] + "I" * len(match["roman"])


def _joined_categories(match: re.Match[str]) -> str:
    t, n = (match[axis].translate(str.maketrans("OoIl|x", "00111X")) for axis in ("t", "n"))
    return f"pT{t}{match['t_sub']} {match['p']}N{n}{match['n_sub'] or ''}"


def _rn_to_m(match: re.Match[str]) -> str:
    return match[0].replace("rn", "m")


def _letter_o_to_zero(match: re.Match[str]) -> str:
    return match[0].replace("O", "0")


def _rule(
    name: str, pattern: str, replacement: str | Callable[[re.Match[str]], str], needs_capitals: bool = False
) -> Rule:
    return Rule(name, re.compile(pattern), replacement, needs_capitals)


_UNIT = r"(?:[cm]m|CM|MM|Cm)\b"
_LIST_MARKER = r"\(?(?:[A-Z]|\d{1,2})[.):](?!\d)"
_SMALL_LIST_MARKER = r"(?:[a-z]|[ivx]{2,4})[.):]"
_GRADES = ("histologic", "histological", "nottingham", "nuclear", "overall", "combined", "sbr")
# The prefix of a category, "p", "yp", "rc": not the end of a word.
_P = r"[yrmpc](?<![a-z0-9].)(?:[yrm]?[pc])?(?<=[pc])"
# A T or N category as far as it is read already, with what may stand in brackets behind it: "T2 (m)", "N1a(sn)".
_BRACKETS = r"(?: ?\([^()\n]{1,20}\))?"
_T = rf"T(?<![A-Zabd-ln-oqs-xz0-9]T)(?:[0-4X](?:mi|[a-d])?|is){_BRACKETS}"
_N = rf"N(?<![A-Z]N)[0-3X](?:mi|[abc])?{_BRACKETS}"
# What follows an N category, and not the word "No" or "NO".
_AFTER_N = (
    r"(?=[abc]?(?:mi)?(?:[.,;:)\]\n]|\Z| ?[(\[]|L[O0]|i[+-]|,? ?[pc]?M ?[01OoXx](?![A-Za-z]{2})"
    r"|,? ?(?:[GRLV] ?[0-4OX]\b|[Ss]tage\b|STAGE\b)))"
)

# The line between two cells of a table, "Grade | 2", and not the roman numeral one.
_BAR = (
    r"\| ?(?:\d|[IVl|]+[ABC]?\b|G[1-3I]|p?T\d|[Nn]o[tn]|N/?A|"
    r"(?i:well|mod|poor|high|low|inter|undiff|stage|grade|score)|\|)"
)

RULES = (
    # Layout: the columns and page ends of the original mean nothing to a model that reads one line after the other.
    _rule("characters", "[" + "".join(re.escape(chr(code)) for code in CHARACTERS) + "]", _plain),
    _rule("blank runs", r" {2,}", " "),
    _rule("blanks at line ends", r" \n ?|\n ", "\n"),
    _rule("empty lines", r"\n{3,}", "\n\n"),
    # Lines that go on in the next one, which begins neither with a list marker ("a.") nor with a label ("size:").
    _rule("word broken at line end", r"-\n(?<=[a-z]{2}-\n)(?=[a-z]{2})", _hyphen_of_compound),
    _rule("line goes on", r"\n(?<=[a-z,]\n)(?=[a-z]{2})(?![a-z ]{1,30}:)", " ", needs_capitals=True),
    _rule("line goes on after open word", rf"\n(?=[A-Za-z0-9])(?!{_LIST_MARKER})", _blank_after_open_word),
    _rule("line goes on in length", rf"\n(?:(?<=\d\n)(?={_UNIT}|x \d)|(?<=\d x\n)(?=\d))", " "),
    # Full stops that OCR put where the lines of the original ended.
    _rule("stop after hyphen", r"\. (?<=[a-z]-\. )(?=[a-z]{2})", ""),
    _rule("stop after punctuation", r"\. (?<=[,;:&]\. )(?=\w)", " "),
    _rule("stop after dash", r"\. (?<=-\. )(?=\w)", _blank_after_dash),
    _rule("stop after open word", rf"\. (?=\S)(?!{_LIST_MARKER})", _blank_after_open_word),
    _rule("stop after article", r"\. (?<=[a-z] a\. )(?=[a-z]{2})", " "),
    _rule(
        "stop before lower case",
        rf"\. (?=[a-z][a-z'-]{{1,30}}(?![A-Za-z]))(?!{_SMALL_LIST_MARKER}|[a-z ]{{1,30}}:)",
        _blank_before_lower_case,
        needs_capitals=True,
    ),
    _rule("stop inside length", rf"\. (?<=\d\. )(?={_UNIT}|(?:gm?s?|grams?)\b|[xX] ?\.?\d|by \d)", " "),
    _rule("stop after times", r"\. (?<=\d [xX]\. )(?=\.?\d)", " "),
    _rule("stop after unit", r"\.(?<=\d [cm]m\.)(?=,| \(| (?:in|from|and|to|x)\b)", ""),
    _rule(
        "stop before grade",
        rf"(?i)\. (?:{'|'.join(rf'(?<={word} grade. )' for word in _GRADES)})"
        r"(?=(?:[1-3](?:/3)?|I{1,3})\b(?!\. ?\w))",
        " ",
    ),
    # Lengths, told by the number before or the unit behind.
    _rule("em for cm", r"(\d ?)(?:em|crn|cin|cn|om|c m)\b", r"\1cm"),
    _rule("letters in decimal", rf"(?P<digits>[OIl|])(?<![\w.].)\.\d(?= ?(?:{_UNIT}|[xX] ?\d))", _digits),
    _rule("letters after point", rf"\d(?<![\w.].)\d?\.(?P<digits>[Ool|])(?= ?(?:{_UNIT}|[xX] ?\d))", _digits),
    _rule(
        "decimal comma",
        rf"(\d(?<![\w.,/].)\d?),(?=\d{{1,2}}(?: ?[xX] ?\d{{1,2}}(?:[.,]\d{{1,2}})?){{0,2}} ?(?:{_UNIT}|%))",
        r"\1.",
    ),
    _rule("spaced decimal", rf"(\d(?<=\d [xX] .)\d?)\. (?=\d ?(?:{_UNIT}|[xX] ))", r"\1."),
    _rule(
        "spaced decimal of a size",
        r"(?i)\. (?:(?<=size: \d\. )|(?<=measuring \d\. )|(?<=measures \d\. ))(?=\d ?(?:x ?\d|[cm]m\b))",
        ".",
    ),
    _rule("spaced decimal below one", rf"0(?<![\w.,].)\. (?=\d ?(?:{_UNIT}|[xX] ))", "0."),
    # Counts of nodes and scores, "O/12", "l/3", "0/l8", and percentages, "9O%", "l00%".
    _rule("letter before slash", r"(?P<digits>[Ol|])(?<![\w/.|-].)(?=/[1-9]\d?(?![\w/]))", _digits),
    _rule("letter after slash", r"\d(?<![\w/.].)\d?/(?P<digits>[l|](?=\d?(?![\w/]))|O(?=[)\]]))", _digits),
    _rule("letters in percentage", r"(?P<digits>[1-9l|](?<![\w.].)[Oo0]{1,2})(?= ?%)", _digits),
    # Words in which OCR took l, I and 1, or m and rn, for each other.
    _rule("l words", r"[I1|](?<!\w.)(?=ymph|(?<=I)(?:obul(?:ar|es?)|eft|ateral|umpectomy|evel|argest)\b)", "l"),
    _rule("i words", r"l(?<!\wl)(?=nvasi[ov]|nfiltrat|n situ\b|ntraductal\b|mmuno|nferior\b)", "i"),
    _rule("rn for m", r"(?:turnors?|carcinornas?|rnetasta(?:sis|ses|tic)|rnargins?|rnastectomy)\b", _rn_to_m),
    # Roman numerals.
    _rule(
        "roman grade",
        r"(?P<before>[GgSs](?:rade|RADE|tage|TAGE):? )"
        rf"(?P<roman>(?!{_BAR})(?=I{{0,2}}[l|])[Il|]{{1,3}}|1{{2,3}})(?=[ABCabc]?(?![\w|]))",
        _roman,
    ),
    _rule("roman G", r"(?P<before>G(?<!\wG) ?)(?P<roman>(?=I{0,2}[l|])[Il|]{2,3})(?![\w|])", _roman),
    _rule(
        "roman of three", r"(?P<before>I(?<!\wI)I{0,2} ?(?:/|of) ?)(?P<roman>(?=I{0,2}[l|])[Il|]{3})(?![\w|])", _roman
    ),
    # Categories with a prefix: no word looks like one.
    _rule("pN0 read as pTN", r"pTN(?<![a-z]pTN) ?(?=\([il1] ?[-+]\))", "pN0"),
    _rule("capital prefix", r"P(?<!\wP)(?=T(?:[0-4]|is)[a-d]?(?:\b|[ ,]?p?N[0-3OX])|N[0-3X][abc]?\b|M[01X]\b)", "p"),
    # Before the c of "pT 1 c N 1 a" is taken for the prefix of a clinical N.
    _rule(
        "spaced letters of categories",
        r"pT (?P<t>[0-4OolI|]) (?P<t_sub>[a-d]) (?P<p>p?) ?N (?P<n>[0-3OolI|Xx])(?: (?P<n_sub>[abc]))?(?![\w/])",
        _joined_categories,
    ),
    _rule(
        "blank in category",
        rf"({_P}) ?([TNM])(?! is(?! ?(?:[.,;)\](\n]|\Z|p?[NM][0-3X]))) ?"  # "pT is 2" has a verb
        r"(?=(?:[0-4OoIlXx](?:[a-d]|mi)?|is)(?![A-Za-z0-9]| ?/)|[0-4][a-d]? ?N)",
        r"\1\2",
    ),
    _rule("pTis", rf"({_P}T)(?:[1lI|]s|[Ii]S)\b", r"\1is"),
    _rule("pT", rf"{_P}T(?P<digits>[OoIl|]|i(?=[a-d]))(?=[a-d]?(?:mi)?(?![A-LO-Za-z]))", _digits),
    _rule("pN", rf"{_P}N(?P<digits>[OoIl|])(?=[abc]?(?:mi)?(?:sn)?(?![A-KN-QS-Za-z]))", _digits),
    _rule("pM", rf"{_P}M(?P<digits>[OoIl|])(?![A-Za-z0-9])", _digits),
    _rule("pX", rf"({_P}[TNM])x\b", r"\1X"),
    _rule("stop before itc", r"\. (?<=pN0\. )(?=\([i1l] ?[+-])", " "),
    # Categories without one: only next to another category.
    _rule("T before N", r"T(?<!\wT)(?P<digits>[lI|])(?=[a-d]?,? ?p?N[0-3OoXx])", _digits),
    _rule("spaced T N M", r"T(?<!\wT) ([0-4][a-d]?),? N ([0-3OX][abc]?)(?=,? M ?[01OX]\b)", r"T\1 N\2"),
    _rule("spaced N", rf"({_T},? ?)N (?=[0-3Xx](?:[abc]|mi)?(?![\w/]))", r"\1N"),
    _rule("N after T", rf"{_T}[,;/]? ?(?:p|sn|\(sn\))?N(?P<digits>[OoIl]){_AFTER_N}", _digits),
    _rule("N before modifier", r"N(?<!\wN)(?P<digits>[Oo])(?= ?\((?:sn|[il1] ?[-+]|mol ?[-+]))", _digits),
    _rule("spaced M", rf"({_N},? )M (?=[01Xx](?![\w/]))", r"\1M"),
    _rule("M after N", rf"{_N}[,;/]? ?M(?P<digits>[OoIl])(?![A-Za-z0-9])", _digits),
    _rule("X after N", rf"({_N}[,;/]? ?M)x\b", r"\1X"),
    _rule("i of itc", r"\((?:(?<=N0.)|(?<=N0 .))[1lI|](?= ?[-+]\))", "(i"),
    # Lymphatic and venous invasion and residual tumour stand in a row behind the categories.
    _rule("L V R", r"L(?<![A-KM-Za-z]L)[O0]V[O0](?:R[O0X])?(?![A-Za-z0-9])", _letter_o_to_zero),
    _rule("L, V", r"L(?<![A-Za-oq-z0-9]L)O, p?V[O0]\b", _letter_o_to_zero),
)
