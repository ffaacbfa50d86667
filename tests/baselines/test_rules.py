"""The rules as a system: answers with evidence, and silence for what is not there."""

from __future__ import annotations

import pytest

from pathstage.baselines.rules import RulesExtractor
from pathstage.report import Page, Report
from pathstage.schema import TaskSchema

TEXT = (
    "FINAL DIAGNOSIS:\nLeft breast, lumpectomy: Invasive ductal carcinoma, Nottingham grade 2, 1.8 cm.\n"
    "Lymph nodes, axillary: metastatic carcinoma in two of eleven nodes (2/11).\n"
    "AJCC stage: pT1c pN1a.\nEstrogen receptor: positive (90 %). HER2 (IHC): 1+.\n"
)


@pytest.fixture(scope="module")
def rules() -> RulesExtractor:
    return RulesExtractor()


def test_each_task_is_answered_with_the_words_it_rests_on(rules: RulesExtractor) -> None:
    found = rules.extract(Report("r", "r.txt", TEXT, (Page(1, 0, len(TEXT), "text"),)))
    assert {name: field.value for name, field in found.fields.items()} == {
        "pT": "T1", "pN": "N1", "pM": "MX", "grade": "G2", "ER": "positive", "PR": "not_reported", "HER2": "negative",
    }  # fmt: skip
    for field in found.fields.values():
        for evidence in field.evidence:
            assert TEXT[evidence.start : evidence.end] == evidence.text
            assert evidence.page == 1
    assert "pT1c" in found.fields["pT"].evidence[0].text
    assert found.fields["PR"].evidence == ()
    assert all(0 < field.probability < 1 for field in found.fields.values())


def test_an_answer_that_is_disputed_is_less_probable(rules: RulesExtractor) -> None:
    plain, disputed = "pT2 pN0. Tumor size 3.0 cm.", "Diagnosis: invasive carcinoma 1.0 cm. Diagnosis: pT2 pN0. pT1c."
    assert rules.extract(plain).fields["pT"].probability > rules.extract(disputed).fields["pT"].probability


def test_a_text_about_nothing_is_silence(rules: RulesExtractor, schema: TaskSchema) -> None:
    fields = rules.extract("The weather was fine.").fields
    assert {name: field.value for name, field in fields.items()} == {task.name: task.absent for task in schema.tasks}
