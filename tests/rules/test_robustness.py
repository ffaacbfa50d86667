"""No text breaks the rules, or takes them longer than its length: texts are made of the words of their patterns."""

from __future__ import annotations

import math
import re
import time
from functools import cache
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathstage.rules import decide, find
from pathstage.schema import load_schema

SIGNS = [*".,;:()[]/-+=<>%x*_#|\n\"'", "\n\n", " - ", ": ", ". ", "[ ]", "[x]", "( )", "___"]
NUMBERS = ["0", "1", "2", "3", "9", "12", "2.3", "1,5", ".5", "3/14", "2+3+1=6", "II", "III", "IV", "cm", "mm", "95%"]
CODES = ["pT2", "pN1a", "pM0", "cT3", "T1c", "N0", "MX", "ypT0", "G2", "(sn)", "(i+)", "pTis", "L1", "V0", "p T", "NO"]
HEADINGS = ["DIAGNOSIS:", "CLINICAL HISTORY:", "GROSS DESCRIPTION:", "SYNOPTIC REPORT:", "ADDENDUM:", "COMMENT:"]


@cache
def words() -> tuple[str, ...]:
    """The words in the patterns of all rules, without those of their notation."""
    folder = resources.files("pathstage.rules") / "breast"
    text = "\n".join(
        file.read_text(encoding="utf-8") for file in sorted(folder.iterdir(), key=str) if file.name.endswith(".yaml")
    )
    plain = re.sub(r"\\[a-zA-Z]|\(\?P?<?\w*>?|\{\w+\}|\[[^\]\n]*\]|#.*", " ", text)
    return tuple(sorted(set(re.findall(r"[A-Za-z]{2,}", plain))))


def texts(most: int) -> st.SearchStrategy[str]:
    piece = st.one_of(*(st.sampled_from(some) for some in (words(), SIGNS, NUMBERS, CODES, HEADINGS)))
    return st.lists(st.tuples(piece, st.sampled_from(["", " ", " ", " "])), max_size=most).map(
        lambda pieces: "".join(word + gap for word, gap in pieces)
    )


@settings(deadline=None)
@given(texts(60))
def test_any_text_is_read(text: str) -> None:
    schema = load_schema()
    classes = {task.name: set(task.classes) for task in schema.tasks}
    found = find(text, schema.name)
    for finding in found:
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.value in classes.get(finding.task, {finding.value})
        assert math.isfinite(finding.weight)
        assert finding.weight >= 0
    assert all(one.weight == max(two.weight for two in found if two.task == one.task) for one in decide(found).values())


@pytest.mark.parametrize(
    "piece",
    [
        "SBR 2 ", "nottingham ", "grade ", "G2 ", "score ", "L1 ", "pT2 ", "pT ", "N0(", "stage ", "invasive ",
        "carcinoma ", "2.3 x ", "2, 3 and ", "size. ", "measuring ", "in situ ", "lymph node 1/2 ", "ER ", "no ",
        "[ ] ", "( ", "\n",
    ],
)  # fmt: skip
def test_reading_takes_as_long_as_a_text_is(piece: str) -> None:
    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        began = time.perf_counter()
        find(text, "breast")
        return time.perf_counter() - began

    seconds(100)  # compiles the patterns
    short, long = seconds(1500), seconds(6000)
    assert long < 20 * short + 2
