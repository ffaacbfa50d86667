"""TNM expressions as print, dictation, OCR and other cancers write them, and words that only look like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.staging.tnm import find_tnm, parse_tnm

READ = [
    ("pT2 L1 V0 Pn0 R0 pN1a (2/17)", "pT2 pN1a(2/17) L1 V0 Pn0 R0"),
    ("Pt2 Pn0 Pmx", "pT2 pN0 pMX"),
    ("pT3N2aLlVORO", "pT3 N2a L1 V0 R0"),
    ("pT1a pNsn0 pMX", "pT1a pN0(sn) pMX"),
    ("T.2 N.1 M.0", "T2 N1 M0"),
    ("p.T.2 p.N.0 p.M.X", "pT2 pN0 pMX"),
    ("TlcNlMx", "T1c N1 MX"),
    ("T(2)N(1)M(0)", "T2 N1 M0"),
    ("pT2N(0)M(x)", "pT2 N0 MX"),
    ("pt1cn0mx", "pT1c N0 MX"),
    ("pT1bN0snMX", "pT1b N0(sn) MX"),
    ("pT 4apN 2acM 0", "pT4a pN2a cM0"),
    ("pT 1mipN 1a(sn)", "pT1mi pN1a(sn)"),
    ("ypTisypN0(sn)", "ypTis ypN0(sn)"),
    ("Tlb. N1mi(sn). MX", "T1b N1mi(sn) MX"),
    ("N2a - 4-9 nodes", "N2a"),
    ("T = 2 pN =. 1 M = 0", "T2 pN1 M0"),
    ("pT1bN1bcM0", "pT1b N1b cM0"),
    ("T1cN0cM0", "T1c N0 cM0"),
    ("pT1-pT2", "pT1-2"),
    ("pT1 to T2", "pT1-2"),
    ("ypT1c(m) pN1mi(sn) cM0", "ypT1c(m) pN1mi(sn) cM0"),
    ("pT 2 N 1a M X", "pT2 N1a MX"),
    ("pT2N0MX", "pT2 N0 MX"),
    ("PT2NOMX", "pT2 N0 MX"),
    ("pT1cpN0(sn)pMX", "pT1c pN0(sn) pMX"),
    ("T2, N1, M0", "T2 N1 M0"),
    ("pT2 (m) pN1mi (sn) M0(i+)", "pT2(m) pN1mi(sn) M0(i+)"),
    ("pN1a(2/14)", "pN1a(2/14)"),
    ("pN0(0/12)", "pN0(0/12)"),
    ("pN0 (0/3;sn)", "pN0(sn)(0/3)"),
    ("T2aN0M0", "T2a N0 M0"),
    ("pT3b", "pT3b"),
    ("pT1a-1c", "pT1a-1c"),
    ("ypT0N0", "ypT0 N0"),
    ("T4bN2cM1a", "T4b N2c M1a"),
    ("T1a1", "T1a1"),
    ("T1cN1MX", "T1c N1 MX"),
    ("Tis", "Tis"),
    ("pTis(DCIS) pN0", "pTis(DCIS) pN0"),
    ("pTisN0", "pTis N0"),
    ("pT3(mult)N2aL1V0R0", "pT3(m) N2a L1 V0 R0"),
    ("pT2(mult)NOLOVORO", "pT2(m) N0 L0 V0 R0"),
    ("pT2NOi+(sn)LOVORO", "pT2 N0(i+)(sn) L0 V0 R0"),
    ("pT2 (3 cm), pN1a (2/16), MX, R0; G2, L0, V0", "pT2 pN1a(2/16) MX R0 G2 L0 V0"),
    ("pTlc (1.5 cm), pN0 sn (n=4), MX, R0", "pT1c pN0(sn) MX R0"),
    ("G3, pT4b, pLI, pV1, pNla (1/11), pMx", "pT4b pN1a(1/11) pMX L1 V1"),
    ("pT 3, L .0, V / 0, pN 0 (0/13), pMX, R 0", "pT3 pN0(0/13) pMX L0 V0 R0"),
    ("T2 N1mic MX", "T2 N1mi MX"),
    ("pT2,N1.MX", "pT2 N1 MX"),
    ("T2pNO(i-)MX", "T2 pN0(i-) MX"),
    ("pT3, snNO(i), Mn/a", "pT3 N0(sn)(i) MX"),
    ("pT2 sn NO (i-) Mn/a", "pT2 N0(sn)(i-) MX"),
    ("pTic NO Mx", "pT1c N0 MX"),
    ("pT3 snNo MX", "pT3 N0(sn) MX"),
    ("pT2, N1a, M-not applicable", "pT2 N1a MX"),
    ("T2NIMX G2", "T2 N1 MX G2"),
    ("pN1(mi)", "pN1mi"),
    ("pTN0(i-)", "pN0(i-)"),
    ("pT2N2aMXG3", "pT2 N2a MX G3"),
    ("T1 c N 0 M 0", "T1c N0 M0"),
    ("stage pT 1 c", "pT1c"),
    ("cT2 cN1 cM0", "cT2 cN1 cM0"),
    ("TX NX MX", "TX NX MX"),
    ("TX NO MO", "TX N0 M0"),
    ("t2n0m0", "T2 N0 M0"),
    ("pt1c, pn0", "pT1c pN0"),
    ("rpT2", "rpT2"),
    ("mpT2", "mpT2"),
    ("ypT1a(m)N0(i+)", "ypT1a(m) N0(i+)"),
    ("pT2-pN0-pM0", "pT2 pN0 pM0"),
    ("T2/N0/M0", "T2 N0 M0"),
    ("T:2 N:0 M:0", "T2 N0 M0"),
    ("pT=2 pN=1a", "pT2 pN1a"),
    ("pN1a (2 of 14)", "pN1a(2/14)"),
    ("pNX", "pNX"),
    ("(y)pT2", "ypT2"),
    ("TlN0M0", "T1 N0 M0"),
    ("T II N I M 0", "T2 N1 M0"),
    ("M1d", "M1d"),
    ("T1N0M0.", "T1 N0 M0"),
    ("pN1bii", "pN1b"),
    ("pT4d", "pT4d"),
    ("T0N1M0", "T0 N1 M0"),
    ("pT1(m)", "pT1(m)"),
    ("pT1c (2)", "pT1c(2)"),
    ("pT1b(m), pN0(i-)(sn), cM0", "pT1b(m) pN0(i-)(sn) cM0"),
    ("T1c pN1a (sn)(1/3) M0", "T1c pN1a(sn)(1/3) M0"),
    ("uT3 N+", "uT3 N+"),
    ("pT2 pN0 L0 V0 Pn0 R0 G2", "pT2 pN0 L0 V0 Pn0 R0 G2"),
    ("pTa", "pTa"),
    ("TaN0M0", "Ta N0 M0"),
    ("T1micN0", "T1mi N0"),
    ("pN(sn)1a", "pN1a(sn)"),
    ("psnN0", "pN0(sn)"),
    ("pT1 pN0 (i+) (sn)", "pT1 pN0(i+)(sn)"),
    ("pT2;pN0;pM0", "pT2 pN0 pM0"),
    ("T1cN0(i+)M0", "T1c N0(i+) M0"),
    ("pN0(mol+)", "pN0(mol+)"),
    ("stage IIA (pT2, pN0, M0)", "pT2 pN0 M0"),
    ("T4N1M0, Stage IIIB", "T4 N1 M0"),
    ("pT1c, pN1a(sn), M0(i+)", "pT1c pN1a(sn) M0(i+)"),
    ("Tis (DCIS)", "Tis(DCIS)"),
    ("T1N2b", "T1 N2b"),
    ("pT1a/pN0", "pT1a pN0"),
    ("pTZ pN1", "pT2 pN1"),
    ("PTX PNX PMX", "pTX pNX pMX"),
    ("p T3a", "pT3a"),
    ("T3c/NX/MX", "T3c NX MX"),
    ("pT1A;. N 0;. M: not applicable", "pT1a N0 MX"),
    ("T 4. N 0. M X.", "T4 N0 MX"),
    ("pT2, pN1; RO", "pT2 pN1 R0"),
    ("pT3bN1M1", "pT3b N1 M1"),
    ("pT4a pN2b pMX V1 R0", "pT4a pN2b pMX V1 R0"),
    ("T2 NO Mx.", "T2 N0 MX"),
    ("T2NOMO. Lymph", "T2 N0 M0"),
    ("pT3 (2) pN0 (0/11)", "pT3(2) pN0(0/11)"),
]

NOT_READ = [
    ("Note the margins", []),
    ("To be continued. No nodes", []),
    ("No", []),
    ("TO NO ONE", []),
    ("M 1 slide", []),
    ("T2-weighted MRI", []),
    ("T2 weighted", []),
    ("pT2. No lymph nodes", ["pT2"]),
    ("pT2 NO LYMPH NODES", ["pT2"]),
    ("pT2. NO. OF NODES 3", ["pT2"]),
    ("Part 2 T 2 slides", []),
    ("N 1 piece", []),
    ("pT: 2.3 cm", []),
    ("pTNM", []),
    ("pN 1/15 nodes", []),
    ("T2.5 cm", []),
    ("patient pt 2", []),
    ("Austin, TX 77030", []),
    ("CT 2 scan", []),
    ("t 2", []),
    ("M 0", []),
    ("T1-T4 vertebrae", []),
    ("To N", []),
    ("MX5", []),
    ("mm in", []),
    ("not identified", []),
    ("In no node", []),
    ("Mo", []),
    ("PM 1", []),
    ("T4 lymphocytes", []),
    ("The tumor is 1 c m", []),
    ("A. T 1 x 2", []),
]


@pytest.mark.parametrize(("text", "canonical"), READ)
def test_reads_an_expression_in_its_canonical_form(text: str, canonical: str) -> None:
    assert str(parse_tnm(text)) == canonical


@pytest.mark.parametrize(("text", "found"), NOT_READ)
def test_words_are_not_read(text: str, found: list[str]) -> None:
    assert [str(one) for one in find_tnm(text)] == found


def test_parts_of_an_expression() -> None:
    tnm = parse_tnm("Stage: ypT1c(m) pN0(i+)(sn)(0/3) M0 L1 R0, seen by two of us")
    assert tnm
    assert tnm.tumour
    assert tnm.node
    assert tnm.metastasis
    assert (tnm.t, tnm.n, tnm.m) == ("T1c", "N0(i+)", "M0")
    assert (tnm.tumour.prefix, tnm.tumour.suffixes) == ("yp", ("m",))
    assert (tnm.node.suffixes, tnm.node.nodes) == (("i+", "sn"), (0, 3))
    assert tnm.codes == (("L", "1"), ("R", "0"))
    assert (tnm.metastasis.prefix, tnm.prefix("M")) == ("", "p")


def test_the_span_is_that_of_the_expression_and_of_each_category() -> None:
    text = "Classification (pT2 (2.4 cm), pN1a (2/14), MX)."
    tnm = parse_tnm(text)
    assert tnm
    assert text[tnm.start : tnm.end] == "pT2 (2.4 cm), pN1a (2/14), MX"
    assert [text[one.start : one.end] for one in tnm.categories] == ["pT2", "pN1a (2/14)", "MX"]


def test_expressions_of_two_sides() -> None:
    assert [str(one) for one in find_tnm("Right: pT1c pN0(sn). Left: pT3 pN2a.")] == ["pT1c pN0(sn)", "pT3 pN2a"]


def test_an_axis_that_is_not_named_is_none() -> None:
    tnm = parse_tnm("pN1a")
    assert tnm
    assert (tnm.t, tnm.n, tnm.m) == (None, "N1a", None)


_T = st.sampled_from(["T0", "Tis", "T1mi", "T1a", "T1c", "T2", "T3", "T4b", "T4d", "TX"])
_N = st.sampled_from(["NX", "N0", "N0(i+)", "N0(mol+)", "N1mi", "N1a", "N2", "N2b", "N3c"])
_M = st.sampled_from(["M0", "M0(i+)", "M1", "MX", "M1a"])
_P = st.sampled_from(["p", "yp", "c", "rp"])


@given(_P, _T, st.sampled_from(["", "(m)", "(3)"]), _P, _N, st.sampled_from(["", "(sn)", "(f)"]), st.none() | _M)
def test_canonical_forms_are_kept(p: str, t: str, m: str, q: str, n: str, sn: str, far: str | None) -> None:
    text = f"{p}{t}{m} {q}{n}{sn}" + (f" c{far}" if far else "")
    assert str(parse_tnm(text)) == text


@given(_P, _T, _N, _M, st.sampled_from([" ", ", ", "; ", "/", " / ", "\n", "-"]))
def test_separators_do_not_matter(p: str, t: str, n: str, m: str, separator: str) -> None:
    tnm = parse_tnm(separator.join([f"{p}{t}", f"{p}{n}", f"{p}{m}"]))
    assert tnm
    assert (tnm.t, tnm.n, tnm.m) == (t, n, m)


@given(st.text(alphabet="pTNMcxX0123 is(a)oOlI.,:/-+\n", max_size=60))
def test_any_text_is_read_in_order_and_without_overlap(text: str) -> None:
    end = 0
    for one in find_tnm(text):
        assert end <= one.start < one.end <= len(text)
        assert one.categories
        end = one.end


@given(st.text(alphabet="abdefghijkloqruvwz ,", max_size=60))
def test_text_without_the_letters_holds_nothing(text: str) -> None:
    assert parse_tnm(text) is None


def test_a_number_of_tumours_may_stand_before_the_value() -> None:
    tnm = parse_tnm("pT(m)2 pN1a")
    assert tnm
    assert (tnm.t, tnm.n, str(tnm)) == ("T2", "N1a", "pT2(m) pN1a")


def test_a_form_prints_its_items_one_by_one() -> None:
    tnm = parse_tnm("T: 2, N: O, M: O")
    assert tnm
    assert (tnm.t, tnm.n, tnm.m) == ("T2", "N0", "M0")


def test_letters_that_ocr_gives_for_a_nought_or_an_x() -> None:
    tnm = parse_tnm("pT1b pND pMK")
    assert tnm
    assert (tnm.n, tnm.m) == ("N0", "MX")


def test_a_fixative_is_no_category() -> None:
    assert parse_tnm("Received in Tis-u-Sol") is None


def test_perineural_invasion_alone_is_no_node_category() -> None:
    assert list(find_tnm("Pn0 and Pn1 were told apart")) == []


def test_a_definition_with_a_bound_is_no_category() -> None:
    assert list(find_tnm("N3 = >=10 nodes")) == []
