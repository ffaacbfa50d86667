import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.prepare.sentences import MAX_LENGTH, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


# "|" marks where one sentence ends and the next one begins.
@pytest.mark.parametrize(
    "marked",
    [
        "The tumor measures 2.3 cm. |Margins are free. |Is it invasive? |Yes! |No.",
        "A mass of 2.1 x 1.8 cm. in the left breast. |Nodes are free.",
        "Seen by Dr. Example at noon. |Nodes, e.g. No. 1 and No. 2, are free.",
        "Skin: No. |Nipple: Yes. |No. of nodes: 3.",
        "approx. 3 cm vs. 2 cm, cf. Fig. 2. |Done.",
        "Grade: 2. |T Stage: 3 N Stage: 0. |pTNM: pT2 pN0.",
        "A. Left breast. |B. Right breast. |(C) Node. |1. Carcinoma. |2. Margins free. |IV. Skin.",
        "FINAL DIAGNOSIS: A. Left breast, excision - B. Node.",
        "8. pTNM: pT2. |cTNM: cT1.",
        "negative for tumor (see comment). |\"Deep margin.\" |Next one.",
        "Nodes are positive for. metastatic carcinoma. |Margins are free.",
        "er positive. |pr negative. |no. 1 and no. 2 of the nodes are free. |margins clear.",
        "ER: positive\n|PR: negative\n|HER2: 2+",
        "- Carcinoma present\n|- Margins free\n|* Skin free",
        "Histologic Type: Ductal\n|Tumor Size: 2 cm",
        "The specimen consists of\nfibrous tissue and\n2 x 3 cm of skin.",
        "Diagnosis\n\n|invasive carcinoma",
    ],
)  # fmt: skip
def test_boundaries(marked: str) -> None:
    expected = [piece.strip() for piece in marked.split("|")]
    assert split(marked.replace("|", "")) == expected


def test_long_sentences_are_cut_at_commas_or_blanks() -> None:
    clause = "a lobulated fragment of tan fatty tissue, "
    pieces = split(clause * 40)
    assert len(pieces) > 1
    assert all(len(piece) <= MAX_LENGTH and piece.endswith(",") for piece in pieces)
    pieces = split("tissue " * 200)
    assert all(piece.split() == ["tissue"] * len(piece.split()) for piece in pieces)
    assert [len(piece) for piece in split("x" * 1500)] == [600, 600, 300]


def test_blank_text_has_no_sentences() -> None:
    assert sentences("") == ()
    assert sentences(" \n\t ") == ()


PIECES = ["Dr. ", "No. ", "cm. ", "e.g. ", "A. ", "\n- ", "x" * 700, " ", "2.1", "pT2. "]


@given(
    st.text("aA1.,:;!?()-\n \t\"'", max_size=80)
    | st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
)  # fmt: skip
def test_spans_are_trimmed_disjoint_and_cover_all_but_blanks(text: str) -> None:
    spans = sentences(text)
    done = 0
    for start, end in spans:
        assert not text[done:start].strip()
        assert 0 < end - start <= MAX_LENGTH
        assert text[start:end] == text[start:end].strip()
        done = end
    assert not text[done:].strip()


@pytest.mark.parametrize(
    "unit", ["(", "1.1.", " ", "\n", ". ", " \n", "a. ", "A. ", ",", "a, ", "-", '".', "No. ", "x"]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began = time.process_time()
    sentences(text)
    assert time.process_time() - began < 5
