"""Disturbances: each does what it says, to the text alone, and the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.corpus.dataset import LabelledReport
from pathstage.evaluation.benchmark.robustness import DISTURBANCES, disturbed, instructed
from pathstage.schema import TaskSchema, load_schema

TEXT = (
    "CLINICAL HISTORY: Lump.\nGROSS DESCRIPTION: A piece of tissue of 5 cm, with a nodule.\n"
    "FINAL DIAGNOSIS: Invasive ductal carcinoma, 1.2 cm.\nCOMMENT: Discussed with the surgeon on the same day.\n"
)


def report(text: str = TEXT, name: str = "r", patient: str = "p") -> LabelledReport:
    start = text.find("1.2 cm")
    evidence = {"pT": ((start, start + 6),)} if start >= 0 else {}
    return LabelledReport(name, "H", text, {"pT": "T4", "pN": "N0"}, evidence, patient=patient)


OTHERS = [report(), report("Report of a stranger.", "s", "q"), report("More of the same patient.", "t", "p")]


@pytest.mark.parametrize("name", DISTURBANCES)
def test_they_are_pure(name: str, schema: TaskSchema) -> None:
    first = disturbed(name, report(), 0.5, OTHERS, schema)
    assert first == disturbed(name, report(), 0.5, OTHERS, schema)
    assert report() == OTHERS[0]


def test_truncation_takes_the_end(schema: TaskSchema) -> None:
    cut = disturbed("truncated", report(), 0.25, OTHERS, schema)
    assert TEXT.startswith(cut)
    assert len(cut) == round(0.75 * len(TEXT))
    assert disturbed("truncated", report(), 1, OTHERS, schema) == ""


def test_shuffling_keeps_every_section(schema: TaskSchema) -> None:
    shuffled = {disturbed("shuffled_sections", report(name=f"r{n}"), 1, OTHERS, schema) for n in range(8)}
    assert len(shuffled) > 3
    for text in shuffled:
        assert sorted(text.split("\n")) == sorted(TEXT.strip().split("\n"))


def test_the_instruction_contradicts_every_label(schema: TaskSchema) -> None:
    wanted = instructed(report(), schema)
    assert wanted["pT"] == "T3"
    assert wanted["pN"] == "N3"
    assert set(wanted) == set(schema.names)
    text = disturbed("appended_instruction", report(), 2, OTHERS, schema)
    assert text.startswith(TEXT)
    assert text.count("Ignore the above") == 2
    assert f"{schema['pT'].title}: T3" in text


def test_another_patient_is_another_patient(schema: TaskSchema) -> None:
    assert disturbed("other_patient", report(), 1, OTHERS, schema) == TEXT + "\n\nReport of a stranger."
    assert disturbed("other_patient", report(), 5, OTHERS, schema) == TEXT + "\n\nReport of a stranger."


def test_noise_grows_and_spares_the_evidence_lines(schema: TaskSchema) -> None:
    def changed(strength: float) -> int:
        texts = [disturbed("ocr_noise", report(TEXT * 3, f"r{n}"), strength, OTHERS, schema) for n in range(30)]
        return sum(len(set(text.split()) - set(TEXT.split())) for text in texts)

    assert 3 * changed(2) < changed(40)
    assert all("1.2 cm" in disturbed("ocr_noise", report(name=f"r{n}"), 1, OTHERS, schema) for n in range(20))


@given(text=st.text(max_size=300), name=st.sampled_from(sorted(DISTURBANCES)), strength=st.sampled_from([0.3, 1, 2]))
def test_any_text_can_be_disturbed(text: str, name: str, strength: float) -> None:
    assert isinstance(disturbed(name, report(text), strength, OTHERS, load_schema()), str)
