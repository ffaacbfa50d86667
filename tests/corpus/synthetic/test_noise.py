import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.corpus.synthetic.noise import Alignment, OcrChannel

TEXT = st.text(alphabet="abc 0\n.", min_size=1, max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]], tuple[int, int]]:
    text = draw(TEXT)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8).map(lambda c: c[: len(c) // 2 * 2])))
    edits = [
        (a, b, draw(st.sampled_from(["", "Z", "ZZ", ". "])))
        for a, b in zip(cuts[::2], cuts[1::2], strict=True)
        if a < b
    ]
    start = draw(st.integers(0, len(text) - 1))
    return text, edits, (start, draw(st.integers(start + 1, len(text))))


@given(edited())
def test_alignment_keeps_every_untouched_character(
    drawn: tuple[str, list[tuple[int, int, str]], tuple[int, int]],
) -> None:
    text, edits, _ = drawn
    aligned = Alignment(text, edits)
    touched = {i for a, b, _ in edits for i in range(a, b)}
    for i in set(range(len(text))) - touched:
        start, end = aligned.span(i, i + 1)
        assert aligned.text[start:end] == text[i]


@given(edited())
def test_a_span_still_holds_its_characters(
    drawn: tuple[str, list[tuple[int, int, str]], tuple[int, int]],
) -> None:
    text, edits, (a, b) = drawn
    aligned = Alignment(text, edits)
    start, end = aligned.span(a, b)
    assert 0 <= start <= end <= len(aligned.text)
    touched = {i for s, e, _ in edits for i in range(s, e)}
    for i in set(range(a, b)) - touched:
        inner = aligned.span(i, i + 1)
        assert start <= inner[0] < inner[1] <= end


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Alignment("abcdef", [(0, 3, "x"), (2, 4, "y")])


def test_evidence_stays_readable_through_the_channel() -> None:
    text = (
        "Header line\nTumor size: 23 mm in greatest dimension\nStage: pT2 pN0\nSigned by Dr. \n"
        + "filler words here\n" * 40
    )
    start = text.index("pT2")
    evidence = {"pT": [{"start": start, "end": start + 3, "text": "pT2"}]}
    channel = OcrChannel.fitted()
    for seed in range(200):
        noisy, found = channel.corrupt(text, evidence, random.Random(seed))
        quote = found["pT"][0]
        assert noisy[quote["start"] : quote["end"]] == quote["text"] == "pT2"


def test_no_digit_becomes_another() -> None:
    channel = OcrChannel.fitted()
    assert not any(printed.isdigit() for printed in channel.confusions)
    assert not any(read.isdigit() and read not in "018" for reads, _ in channel.confusions.values() for read in reads)


def test_no_fact_is_lost_with_a_dropped_line() -> None:
    """A count that is not quoted as evidence still decides the category."""
    text = "a fact to keep\n" * 40 + "a line to lose\n" * 40
    keep = [(at, at + 14) for at in range(0, 40 * 15, 15)]
    channel = OcrChannel.fitted()
    dropped = [channel._dropped_lines(text, keep, random.Random(seed)) for seed in range(150)]
    assert any(dropped)
    assert all(start >= 40 * 15 for edits in dropped for start, _, _ in edits)
