"""Evidence: made-up attention in, the report's own words out."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from pathstage.model.encode import Encoded
from pathstage.model.evidence import find_evidence
from pathstage.prepare.align import identity, select
from pathstage.report import Evidence, Page, Report

TEXT = "Invasive carcinoma, pT2 pN0.\nThe skin is tan.\nEstrogen receptor: positive (90%)."
REPORT = Report("r", "r.pdf", TEXT, (Page(1, 0, 29, "ocr"), Page(2, 29, len(TEXT), "ocr")))


def encode(prepared_lines: list[int] | None = None, piece: int = 3) -> Encoded:
    """Tokens of up to `piece` characters that begin with the blank before them, as a byte-level tokenizer's do."""
    prepared = identity(TEXT)
    if prepared_lines is not None:
        spans, at = [], 0
        for text in TEXT.split("\n"):
            spans.append((at, at + len(text)))
            at += len(text) + 1
        prepared = select(prepared, [spans[line] for line in prepared_lines])
    tokens: list[tuple[int, int]] = [(0, 0)]
    for at, character in enumerate(prepared.text):
        start, end = tokens[-1]
        if at == 0 or character.isspace() or end - start >= piece or prepared.text[start] == "\n":
            tokens.append((at, at + 1))
        else:
            tokens[-1] = (start, at + 1)
    return Encoded(prepared, tuple(range(len(tokens))), tuple(tokens))


def look(encoded: Encoded, **shares: float) -> torch.Tensor:
    """Attention that gives each word its share, spread over its tokens, and the rest to silence."""
    attention = torch.zeros(len(encoded.token_ids) + 1)
    for word, share in shares.items():
        at = encoded.prepared.text.index(word)
        tokens = [i for i, (start, end) in enumerate(encoded.spans) if start < at + len(word) and at < end]
        attention[tokens] = share / len(tokens)
    attention[-1] = 1 - attention.sum()
    return attention


def texts(evidence: tuple[Evidence, ...]) -> list[str]:
    return [one.text for one in evidence]


def test_a_look_at_a_word_gives_the_word_with_its_offsets_and_page() -> None:
    encoded = encode()
    assert find_evidence(REPORT, encoded, look(encoded, pT2=0.9)) == (Evidence("pT2", 20, 23, 1),)
    (found,) = find_evidence(REPORT, encoded, look(encoded, positive=0.9))
    assert (found.text, found.page) == ("positive", 2)


def test_a_look_at_a_part_of_a_word_gives_the_whole_word() -> None:
    encoded = encode()
    attention = torch.zeros(len(encoded.token_ids) + 1)
    at = TEXT.index("noma")
    attention[next(i for i, (start, end) in enumerate(encoded.spans) if start <= at < end)] = 0.9
    assert texts(find_evidence(REPORT, encoded, attention)) == ["carcinoma,"]


def test_words_close_to_each_other_are_one_span() -> None:
    encoded = encode()
    assert texts(find_evidence(REPORT, encoded, look(encoded, pT2=0.4, pN0=0.4))) == ["pT2 pN0."]


def test_the_most_looked_at_comes_first_and_the_rest_is_left_out() -> None:
    encoded = encode()
    attention = look(encoded, Invasive=0.25, pT2=0.3, positive=0.35, tan=0.1)
    assert texts(find_evidence(REPORT, encoded, attention)) == ["positive", "pT2"]


def test_silence_is_no_evidence() -> None:
    encoded = encode()
    assert find_evidence(REPORT, encoded, look(encoded)) == ()


def test_a_glance_is_shown_only_when_there_is_nothing_better() -> None:
    encoded = encode()
    assert [found.text for found in find_evidence(REPORT, encoded, look(encoded, pT2=0.1))] == ["pT2"]


def test_attention_spread_thin_is_no_evidence() -> None:
    encoded = encode()
    attention = torch.full((len(encoded.token_ids) + 1,), 1 / (len(encoded.token_ids) + 1))
    assert find_evidence(REPORT, encoded, attention) == ()


def test_a_look_spread_over_the_words_of_a_candidate_shows_them() -> None:
    encoded = encode()
    tokens = len(encoded.token_ids)
    wide = range(1, 1 + tokens // 4)
    attention = torch.zeros(tokens + 1)
    attention[list(wide)] = 0.9 / len(wide)
    attention[-1] = 0.1
    found = find_evidence(REPORT, encoded, attention)
    assert min(one.start for one in found) == encoded.prepared.to_source(*encoded.spans[1])[0]
    assert max(one.end for one in found) >= encoded.prepared.to_source(*encoded.spans[wide[-1]])[1]


def test_a_token_that_spells_nothing_is_no_evidence() -> None:
    encoded = encode()
    attention = torch.zeros(len(encoded.token_ids) + 1)
    attention[0] = 1
    assert find_evidence(REPORT, encoded, attention) == ()


def test_evidence_never_crosses_a_line_of_the_prepared_text() -> None:
    encoded = encode(prepared_lines=[0, 2])  # brings "pN0." next to "Estrogen", which the report holds far apart
    found = find_evidence(REPORT, encoded, look(encoded, pN0=0.45, Estrogen=0.45))
    assert sorted(texts(found)) == ["Estrogen", "pN0."]
    assert [one.page for one in found] in ([1, 2], [2, 1])


@given(
    st.lists(st.floats(0, 1), min_size=100, max_size=100),
    st.sampled_from([None, [0], [1, 2], [0, 2], [0, 1, 2]]),
    st.integers(1, 6),
)
def test_whatever_a_head_looks_at_evidence_quotes_the_report(
    weights: list[float], lines: list[int] | None, piece: int
) -> None:
    encoded = encode(lines, piece)
    attention = torch.tensor(weights[: len(encoded.token_ids) + 1]) ** 8
    attention = attention / attention.sum().clamp(min=1e-9)
    found = find_evidence(REPORT, encoded, attention)
    assert len(found) <= 2
    for one in found:
        assert one.text == TEXT[one.start : one.end]
        assert one.text == one.text.strip() != ""
        assert "\n" not in one.text
        assert one.page == REPORT.page_at(one.start)
