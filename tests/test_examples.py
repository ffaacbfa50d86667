"""The examples are whole: every report has its answer, the PDFs are what they claim, the shipped model reads all."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import yaml

from pathstage.ingest import ReadOptions, read
from pathstage.report import Extraction, Report
from pathstage.schema import load_schema

if TYPE_CHECKING:
    from pathstage.extractor import Extractor

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
EXPECTED: dict[str, dict[str, str]] = yaml.safe_load((EXAMPLES / "expected.yaml").read_text(encoding="utf-8"))
CHECKPOINTS = ROOT / "pathstage" / "checkpoints"


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def make_examples() -> ModuleType:
    return load_script(ROOT / "scripts" / "make_examples.py")


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    if not any(CHECKPOINTS.glob("**/heads.safetensors")):
        pytest.skip("no shipped checkpoint yet: pathstage/checkpoints is empty")
    from pathstage.extractor import Extractor

    return Extractor.load()


def test_every_report_has_an_answer_and_every_answer_a_report() -> None:
    assert set(EXPECTED) == {path.name for path in (EXAMPLES / "reports").iterdir()}
    assert len(EXPECTED) >= 8


@pytest.mark.parametrize("name", EXPECTED)
def test_answers_are_classes_of_the_schema(name: str) -> None:
    schema = load_schema()
    assert tuple(EXPECTED[name]) == schema.names
    for task, label in EXPECTED[name].items():
        schema[task].index(label)


def test_answers_show_every_class_but_the_rarest() -> None:
    shown = {(task, label) for answers in EXPECTED.values() for task, label in answers.items()}
    possible = {(task.name, label) for task in load_schema().tasks for label in task.classes}
    assert possible - shown == {("pT", "T0"), ("HER2", "equivocal")}


@pytest.mark.parametrize("name", [name for name in EXPECTED if name.endswith(".txt")])
def test_text_reports_have_a_realistic_length(name: str) -> None:
    words = (EXAMPLES / "reports" / name).read_text(encoding="utf-8").split()
    assert 150 <= len(words) <= 900


def test_digital_pdf_has_its_text_and_scanned_pdf_none(make_examples: ModuleType) -> None:
    reports = EXAMPLES / "reports"
    (digital,) = read([reports / "digital_mastectomy.pdf"], ReadOptions(ocr="never"))
    assert isinstance(digital, Report)
    assert {page.origin for page in digital.pages} == {"text_layer"}
    source = (make_examples.TEXTS / "digital_mastectomy.txt").read_text(encoding="utf-8")
    assert digital.text.split() == [word for word in source.split() if word.strip("#")]
    (scanned,) = read([reports / "scanned_lumpectomy.pdf"], ReadOptions(ocr="never"))
    assert not isinstance(scanned, Report)
    assert (reports / "scanned_lumpectomy.pdf").stat().st_size < 400_000


def test_pdfs_are_made_the_same_every_time(make_examples: ModuleType, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        assert len(make_examples.write(folder)) == 2
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_shipped_model_reads_every_example(extractor: Extractor, capsys: pytest.CaptureFixture[str]) -> None:
    """Each report yields a whole record; how many values are right is printed: these are too few to judge by."""
    results = list(extractor.extract_many(read([EXAMPLES / "reports"])))
    right = 0
    assert len(results) == len(EXPECTED)
    for result in results:
        assert isinstance(result, Extraction), result
        answers = EXPECTED[result.report.id]
        assert set(result.fields) == set(answers)
        for task, field in result.fields.items():
            assert 0 <= field.probability <= 1
            right += field.value == answers[task]
            for evidence in field.evidence:
                assert result.report.text[evidence.start : evidence.end] == evidence.text
    with capsys.disabled():
        print(f"\nexamples: {right} of {sum(map(len, EXPECTED.values()))} values as expected")


def test_python_api_example_runs(extractor: Extractor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.txt").write_text((EXAMPLES / "reports" / "dcis_excision.txt").read_text(encoding="utf-8"))
    (tmp_path / "two.txt").write_text("")
    load_script(EXAMPLES / "python_api.py").main(str(tmp_path))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:7]] == list(load_schema().names)
    assert lines[7].startswith("one.txt pT=")
    assert lines[8].startswith("two.txt: ")
