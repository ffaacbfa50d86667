"""The extractor: reports in, records out, in order, whatever some of them hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pathstage.extractor import Extractor
from pathstage.model.checkpoint import CheckpointError
from pathstage.model.encode import Encoded
from pathstage.report import Extraction, Failure, Page, Report
from pathstage.schema import TaskSchema

TEXT = "FINAL DIAGNOSIS: Invasive ductal carcinoma, 3.4 cm.\nStage: pT2 pN1.\nEstrogen receptor: positive.\n"


@pytest.fixture(scope="module")
def loaded(checkpoint: Path, tiny_llama: Path) -> Extractor:
    return Extractor.load(checkpoint, base=str(tiny_llama), device="cpu")


@pytest.fixture(params=[1, 3])
def extractor(request: pytest.FixtureRequest, loaded: Extractor, monkeypatch: pytest.MonkeyPatch) -> Extractor:
    """Reads one report at a time, or three."""
    monkeypatch.setattr(loaded, "_batch_size", request.param)
    return loaded


def report(number: int, text: str = TEXT) -> Report:
    return Report(f"r{number}", f"r{number}.txt", text, (Page(1, 0, len(text), "text"),))


def test_a_text_gets_a_class_a_probability_and_evidence_for_every_task(loaded: Extractor, schema: TaskSchema) -> None:
    extraction = loaded.extract(TEXT)
    assert tuple(extraction.fields) == schema.names
    assert extraction.report.text == TEXT
    for name, field in extraction.fields.items():
        assert field.value in schema[name].classes
        assert 1 / len(schema[name].classes) <= field.probability <= 1
        assert all(one.text == TEXT[one.start : one.end] for one in field.evidence)


def test_it_names_the_model(loaded: Extractor, tiny_llama: Path) -> None:
    assert (loaded.info.name, loaded.info.base, loaded.info.version) == ("tiny", tiny_llama.name, "0.0.1")


def test_evidence_is_where_the_head_looked_and_none_for_an_absent_class(
    loaded: Extractor, schema: TaskSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = loaded._network.forward
    encoded = loaded.encoder.encode(TEXT)
    at = encoded.prepared.text.index("pT2")
    tokens = [i for i, (start, end) in enumerate(encoded.spans) if start < at + 3 and at < end]

    def look_at_the_stage(*read: Any) -> object:
        output = forward(*read)
        for task, logits in zip(schema.tasks, output.logits, strict=True):
            logits.zero_()
            logits[:, task.index("T2") if task.name == "pT" else task.index(task.absent)] = 9
        output.attention.zero_()
        output.attention[..., tokens] = 1 / len(tokens)
        return output

    monkeypatch.setattr(loaded._network, "forward", look_at_the_stage)
    fields = loaded.extract(report(1)).fields
    assert fields["pT"].value == "T2"
    assert [(one.text, one.page) for one in fields["pT"].evidence] == [("pT2", 1)]
    assert {fields[name].evidence for name in schema.names[1:]} == {()}


def test_the_findings_of_the_rules_point_into_the_report_as_ingested(
    loaded: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathstage.model import encode

    calls = []
    find = encode.find
    monkeypatch.setattr(encode, "find", lambda *read: calls.append(read) or find(*read))
    # Repair changes the lengths of several of these words.
    text = "Left  breast:   invasive carcinoma, 3,4 em.\n\n\nHER-2/neu : negative. Stage: pT2 pNO."
    findings = loaded.extract(text).findings
    words = {finding.task: text[finding.start : finding.end] for finding in findings}
    assert words["pT"] == "pT2"
    assert words["pN"] == "pNO"
    assert "negative" in words["HER2"]
    assert len(calls) == 1


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_blank_text_is_refused(loaded: Extractor, text: str) -> None:
    with pytest.raises(ValueError, match="the report holds no text"):
        loaded.extract(text)


def test_a_text_too_long_for_one_report_is_refused_without_being_read(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathstage.extractor._MAX_CHARACTERS", 1000)
    book = report(2, "pT2 " * 300)
    with pytest.raises(ValueError, match=r"r2: the text has 1,200 characters.*one report a file"):
        extractor.extract(book)
    results = list(extractor.extract_many([report(1), book, report(3)]))
    assert [type(result) for result in results] == [Extraction, Failure, Extraction]


def test_a_stream_gives_what_single_reports_give(extractor: Extractor) -> None:
    reports = [report(1), report(2, TEXT * 3), report(3, "Stage: pT1 pN0."), report(4, TEXT.upper())]
    for result, one in zip(extractor.extract_many(reports), reports, strict=True):
        assert isinstance(result, Extraction)
        assert result.report is one
        alone = extractor.extract(one)
        for name, field in result.fields.items():
            assert field.value == alone.fields[name].value
            assert field.probability == pytest.approx(alone.fields[name].probability, abs=1e-4)


def test_failures_and_blank_reports_keep_their_places(extractor: Extractor) -> None:
    failed = Failure("bad", "bad.pdf", "bad.pdf: is encrypted; remove the password first")
    results = list(extractor.extract_many([failed, report(1), report(2, " \n"), TEXT, failed, failed, failed]))
    assert [type(result) for result in results] == [Failure, Extraction, Failure, Extraction, Failure, Failure, Failure]
    assert results[0] is failed
    assert results[2] == Failure("r2", "r2.txt", "the report holds no text", "blank")


def test_of_no_reports_there_are_no_results(extractor: Extractor) -> None:
    assert list(extractor.extract_many([])) == []


def test_a_stream_is_read_no_further_than_the_batch_at_hand(extractor: Extractor) -> None:
    taken = 0

    def stream() -> Iterator[Report]:
        nonlocal taken
        while True:
            taken += 1
            yield report(taken)

    results = extractor.extract_many(stream())
    assert taken == 0
    for number in range(1, 8):
        result = next(results)
        assert isinstance(result, Extraction)
        assert result.report.id == f"r{number}"
        assert taken < number + extractor._batch_size


def test_a_report_the_model_cannot_read_fails_alone_and_keeps_its_text_to_itself(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = extractor.encoder.encode

    def stumble(text: str) -> Encoded:
        if "Marlow" in text:
            raise RuntimeError(f"cannot encode {text!r}")
        return encode(text)

    monkeypatch.setattr(extractor.encoder, "encode", stumble)
    results = list(extractor.extract_many([report(1), report(2, "Mrs. Marlow, pT2."), report(3), report(4)]))
    assert [type(result) for result in results] == [Extraction, Failure, Extraction, Extraction]
    failure = results[1]
    assert isinstance(failure, Failure)
    assert (failure.id, failure.source) == ("r2", "r2.txt")
    assert "RuntimeError" in failure.error
    assert "Marlow" not in failure.error


def test_an_interrupt_is_not_taken_for_a_bad_report(extractor: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(text: str) -> Encoded:
        raise KeyboardInterrupt

    monkeypatch.setattr(extractor.encoder, "encode", interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(extractor.extract_many([report(1), report(2)]))


@pytest.mark.parametrize("device", ["quantum", "cuda:99", "mps:99"])
def test_a_device_that_is_not_there_is_refused(checkpoint: Path, tiny_llama: Path, device: str) -> None:
    with pytest.raises(ValueError, match=device):
        Extractor.load(checkpoint, base=str(tiny_llama), device=device)


def test_a_directory_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        Extractor.load(tmp_path, device="cpu")
