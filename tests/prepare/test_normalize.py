import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathstage.prepare.align import identity
from pathstage.prepare.normalize import normalize
from pathstage.schema import TaskSchema, load_schema

REPORTS = Path(__file__).parents[2].parent / "shared" / "data" / "tcga_brca" / "reports.jsonl.gz"


@pytest.fixture(scope="module")
def schema() -> TaskSchema:
    return load_schema()


REPAIRED = [
    # TNM categories
    ("negative nodes [AJCC pNO(i-)(sn)]", "negative nodes [AJCC pN0(i-)(sn)]"),
    ("negative by keratin (AJCC pTN(i-))", "negative by keratin (AJCC pN0(i-))"),
    ("(AJCCpNO. (i+))", "(AJCCpN0 (i+))"),
    ("AJCC pTlc", "AJCC pT1c"),
    ("pT l c N l a", "pT1c N1a"),
    ("pT 2 b p N O.", "pT2b pN0."),
    ("pT1 cN1", "pT1 cN1"),
    ("Stage: pTic NO Mx.", "Stage: pT1c N0 MX."),
    ("Primary tumor: pTIS", "Primary tumor: pTis"),
    ("Primary tumor: pTls", "Primary tumor: pTis"),
    ("(pTN): pT 2 N 0. Size", "(pTN): pT2 N0. Size"),
    ("pT 3, pN la (2/20), M X, R 0", "pT3, pN1a (2/20), MX, R 0"),
    ("PT2NOMX", "pT2N0MX"),
    ("T2 NO MX.", "T2 N0 MX."),
    ("TNM: T1 N1 MO", "TNM: T1 N1 M0"),
    ("Tlc NO MX", "T1c N0 MX"),
    ("T 2 N 0 M 0", "T2 N0 M0"),
    ("pT2(m), NO(sn), Mx", "pT2(m), N0(sn), MX"),
    ("cT2,cNI,cMo, stage", "cT2,cN1,cM0, stage"),
    ("pT2(mult)NO(sn)LOVORO", "pT2(mult)N0(sn)L0V0R0"),
    ("R0; G2 (LO, V0).", "R0; G2 (L0, V0)."),
    ("ypTO ypNl", "ypT0 ypN1"),
    ("pT is, pN 0", "pTis, pN0"),
    ("final pT1b snNO(1-)", "final pT1b snN0(i-)"),
    # lengths
    ("20 em. in length", "20 cm in length"),
    ("a 2.0 x 1.5 em mass", "a 2.0 x 1.5 cm mass"),
    ("I.5 x O.5 cm", "1.5 x 0.5 cm"),
    ("a 1.O cm node", "a 1.0 cm node"),
    ("2,3 cm and 12,0 x 0,8 cm", "2.3 cm and 12.0 x 0.8 cm"),
    ("Ki-67: 12,5 %", "Ki-67: 12.5 %"),
    ("2.2 x 1.4 x 1. 1 cm", "2.2 x 1.4 x 1.1 cm"),
    ("Tumor size: 3. 9 x 2.7 cm, measuring 2. 1 cm", "Tumor size: 3.9 x 2.7 cm, measuring 2.1 cm"),
    ("Deep margin: 0. 3 cm", "Deep margin: 0.3 cm"),
    ("a 3 x. 3 x 2.5. cm mass", "a 3 x 3 x 2.5 cm mass"),
    ("measures 1.5 cm., located", "measures 1.5 cm, located"),
    ("4.5. cm. (anterior to posterior)", "4.5 cm (anterior to posterior)"),
    ("weighing 641. gm", "weighing 641 gm"),
    # counts and percentages
    ("lymph nodes (O/5)", "lymph nodes (0/5)"),
    ("lymph nodes (0/l8)", "lymph nodes (0/18)"),
    ("tubules l/3", "tubules 1/3"),
    ("ER l00%, PR 9O%", "ER 100%, PR 90%"),
    # names and words
    ("HERZ: 2+", "HER2: 2+"),
    ("Her-2/neu and HER-2/NEU", "HER2 and HER2"),
    ("HER-. 2/neu gene", "HER2 gene"),
    ("c-erbB-2 oncoprotein", "HER2 oncoprotein"),
    ("E.R. positive", "ER positive"),
    ("PROGESTERONT receptor", "progesterone receptor"),
    ("one Iymph node, two 1ymph nodes", "one lymph node, two lymph nodes"),
    ("Ieft breast, lnvasive turnor", "left breast, invasive tumor"),
    ("NOTTINGHAM GRADE Il", "NOTTINGHAM GRADE II"),
    ("grade lll of Ill", "grade III of III"),
    ("Grade | (of III), grade |", "Grade I (of III), grade I"),
    ("Grade: 11.", "Grade: II."),
    ("stage IlA", "stage IIA"),
    ("Gll tumor", "GII tumor"),
    # full stops of line breaks
    ("The stitch is. superior and the. Margin", "The stitch is superior and the Margin"),
    ("Long stitch anterior, short stitch. superior. Next.", "Long stitch anterior, short stitch superior. Next."),
    ("DUCTAL CARCINOMA IN. SITU", "DUCTAL CARCINOMA IN SITU"),
    ("Histologic. grade 2. Next.", "Histologic grade 2. Next."),
    ("HISTOLOGIC GRADE. 3 (SEE COMMENT)", "HISTOLOGIC GRADE 3 (SEE COMMENT)"),
    ("An ill-. defined mass. Next.", "An ill-defined mass. Next."),
    ("HIGH-. GRADE, BREAST -. CARCINOMA", "HIGH- GRADE, BREAST - CARCINOMA"),
    ("red-superior,. green-inferior", "red-superior, green-inferior"),
    ("with. a. separate nodule. Next.", "with a separate nodule. Next."),
    # layout
    ("in\ufb01ltrating carci\u00adnoma \u2013 2\u00a0cm", "infiltrating carcinoma - 2 cm"),
    ("CARCIN\u00d3MA in sit\u00fa, carcino\u0301ma", "CARCINOMA in situ, carcinoma"),
    ("the \u201cleft\u201d breast\u2019s \u00d7 \u2022 one", 'the "left" breast\'s x - one'),
    ("ER:      positive   \r\n\r\n\r\n\r\n  PR: negative", "ER: positive\n\nPR: negative"),
    ("carci-\nnoma of an ill-\ndefined mass", "carcinoma of an ill-defined mass"),
    ("The specimen\nconsists of\nTwo nodes.", "The specimen consists of Two nodes."),
    ("a 2 x\n3\ncm mass", "a 2 x 3 cm mass"),
]

KEPT = [
    "No tumor. NO TUMOR SEEN. Skin: No. Nipple: NO",
    "pT2. No evidence of metastasis",
    "pT2, NO MALIGNANCY",
    "pT2 NO MODERATE ATYPIA",
    "Margins: NO (see note)",
    "TO FOLLOW; SENT TO: MO",
    "Lymph node No. 1 and No. 2",
    "Sections are from the lower inner quadrant.",
    "he saw her 2 sisters and Her 2 older sisters",
    "ratio HER2D17Z1",
    "ihr Herz",
    "put them in 1.30 am",
    "Dr. smith, approx. five nodes, e.g. these, vs. those",
    "blocks B2,3 and 4",
    "1,276 gm",
    "Slice #5. 3 cm from the nipple.",
    "1. tumor. 2. margin. a. deep. b. anterior",
    "II of III, I/III, grade 1, grade 2",
    "er positive. pr negative. HER2 equivocal. no lymph nodes. margins clear.",
    "pTNM: pT2 pN1a pMX, pTis(DCIS), pM n/a",
    "Size: 2 cm\nGrade: 2\n- ER positive\n- PR negative",
    "IN SITU COMPONENT PRESENT IN. B. LEFT BREAST",
    "The pT is 2 here, the pT is assigned later, and pT is pT2",
    "Grade | 2, Grade | III, Stage | IIA, Grade | High",
    "ER+, PR-. Next. ER -. PR -. CD10-. Next",
    "is dated 3/1/05 and 10/11/2005",
]  # fmt: skip


@pytest.mark.parametrize(("damaged", "repaired"), REPAIRED)
def test_repairs(damaged: str, repaired: str, schema: TaskSchema) -> None:
    assert normalize(identity(damaged), schema).text == repaired


@pytest.mark.parametrize("text", KEPT)
def test_leaves_alone_what_is_not_damaged(text: str, schema: TaskSchema) -> None:
    assert normalize(identity(text), schema).text == text


# Pieces that the rules look for, so that random texts put them next to each other.
FRAGMENTS = [
    "\n", "\r\n", "\xad", "\ufb01", "\u0301", " ", ".", ". ", ",", "-", "(", ")", "/", "x", " x ", "cm", "em", "mm",
    "%", "0", "1", "2", "12", "l", "I", "O", "o", "a", "A", "b.", "p", "pT", "T", "N", "M", "pN", "NO", "No", "c",
    "is", "mi", "sn", "(i-)", "(1-)", "X", "L", "V", "R", "grade ", "stage ", "of ", "the", "The", "tumor", "Tumor",
    "HER", "Z", "/neu", "c-erb", "B2", "Iymph", "  ", "size:", "ill-", "estr", "ogen", "E.R.", "progesteron", "P",
    "measuring", "nodes", "2.1", "by ",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_normalizing_again_changes_nothing_and_offsets_stay_in_order(text: str) -> None:
    schema = load_schema()
    once = normalize(identity(text), schema)
    assert normalize(identity(once.text), schema).text == once.text
    assert len(once.starts) == len(once.ends) == len(once.text)
    assert list(once.starts) == sorted(once.starts)
    assert list(once.ends) == sorted(once.ends)
    assert all(0 <= start <= end <= len(text) for start, end in zip(once.starts, once.ends, strict=True))


def test_offsets_lead_to_the_damaged_words(schema: TaskSchema) -> None:
    source = "Nodes are. negative [AJCC pNO(i-)]; HERZ/neu. 20 em. in"
    prepared = normalize(identity(source), schema)
    assert prepared.text == "Nodes are negative [AJCC pN0(i-)]; HER2. 20 cm in"
    for repaired, damaged in [
        ("pN0(i-)", "pNO(i-)"),
        ("HER2", "HERZ/neu"),
        ("20 cm", "20 em"),
        ("are negative", "are. negative"),
    ]:
        start = prepared.text.index(repaired)
        assert source[slice(*prepared.to_source(start, start + len(repaired)))] == damaged


def test_long_reports_are_normalized_quickly(schema: TaskSchema) -> None:
    sentence = "The specimen. is a 4.5. x 3 x. 2 em mass, pTlc pNO, Her-2/neu negative, grade Il. Margins are clear. "
    report = sentence * 350
    normalize(identity(report[:1000]), schema)
    began = time.process_time()
    normalize(identity(report), schema)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "unit", ["(", "1.", " ", "\n", "a. ", "x. ", "-", "l", "' ", "pT", "N0 (", "a-", "E.", "\u0301", "of. "]
)
def test_hostile_text_takes_linear_time(unit: str, schema: TaskSchema) -> None:
    text = identity(unit * (100_000 // len(unit)))
    began = time.process_time()
    normalize(text, schema)
    assert time.process_time() - began < 10


@pytest.mark.skipif(not REPORTS.is_file(), reason="needs the shared TCGA reports beside the repository")
def test_annotated_evidence_survives_in_real_reports(schema: TaskSchema) -> None:
    with gzip.open(REPORTS, "rt", encoding="utf-8") as lines:
        reports = [json.loads(line) for line in lines]
    for report in reports:
        prepared = normalize(identity(report["text"]), schema)
        assert normalize(identity(prepared.text), schema).text == prepared.text
        for span in (span for spans in report["evidence"].values() for span in spans):
            kept = [
                i
                for i, (start, end) in enumerate(zip(prepared.starts, prepared.ends, strict=True))
                if start < span["end"] and end > span["start"]
            ]
            assert kept, "an annotated span vanished"
            start, end = prepared.to_source(kept[0], kept[-1] + 1)
            # A span that begins or ends within a repaired word or with a deleted full stop comes back with other edges.
            assert abs(start - span["start"]) <= 9
            assert abs(end - span["end"]) <= 9
