"""A checkpoint's calibration: written, read, used, and gone with the network it was made for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pathstage.extractor import Extractor
from pathstage.model.base import BaseConfig, load_base
from pathstage.model.calibration import (
    FILE,
    Acceptance,
    Calibration,
    TaskCalibration,
    read_calibration,
    write_calibration,
)
from pathstage.model.checkpoint import CheckpointError, load_checkpoint, read_settings, save_checkpoint
from pathstage.model.network import Network
from pathstage.schema import TaskSchema

TEXT = "FINAL DIAGNOSIS: Breast, excision: invasive ductal carcinoma, 3.4 cm.\nStage: pT2 pN1.\n"


def acceptance(max_error: float, threshold: float | None) -> Acceptance:
    return Acceptance(max_error, threshold, 217, 150, 1, 0.019, 140, 2)


@pytest.fixture
def calibration() -> Calibration:
    return Calibration(
        {
            "pT": TaskCalibration(2.0, 217, (acceptance(0.02, 0.97), acceptance(0.05, 0.9))),
            "pN": TaskCalibration(1.0, 217, (acceptance(0.02, None), acceptance(0.05, 0.95))),
        },
        0.9,
    )


@pytest.fixture
def copy(checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint, tmp_path / "copy"))


def test_what_is_written_is_read(calibration: Calibration, tmp_path: Path) -> None:
    write_calibration(calibration, tmp_path)
    assert read_calibration(tmp_path) == calibration


def test_without_a_file_nothing_is_calibrated(tmp_path: Path) -> None:
    empty = read_calibration(tmp_path)
    assert empty.temperature("pT") == 1
    assert empty.targets() == ()
    with pytest.raises(ValueError, match="pathstage calibrate"):
        empty.thresholds(0.02)


@pytest.mark.parametrize(
    ("max_error", "thresholds"),
    [(0.02, {"pT": 0.97, "pN": None}), (0.04, {"pT": 0.97, "pN": None}), (0.5, {"pT": 0.9, "pN": 0.95})],
)
def test_the_largest_target_that_is_small_enough_counts(
    max_error: float, thresholds: dict[str, float | None], calibration: Calibration
) -> None:
    assert calibration.thresholds(max_error) == thresholds


def test_a_target_below_all_is_refused(calibration: Calibration) -> None:
    with pytest.raises(ValueError, match=r"its targets are 0\.02, 0\.05"):
        calibration.thresholds(0.01)


@pytest.mark.parametrize(
    "content", ["{", '{"tasks": {"pT": {"temperature": -1}}}', '{"tasks": {"pT": {"temperature": 1, "x": 1}}}']
)
def test_a_damaged_file_is_refused(content: str, copy: Path, tiny_llama: Path) -> None:
    (copy / FILE).write_text(content)
    with pytest.raises(CheckpointError, match=r"calibration\.json is damaged"):
        load_checkpoint(copy, base=str(tiny_llama))


def test_probabilities_are_the_calibrated_ones(calibration: Calibration, copy: Path, tiny_llama: Path) -> None:
    before = Extractor.load(copy, base=str(tiny_llama), device="cpu").extract(TEXT).fields
    write_calibration(calibration, copy)
    extractor = Extractor.load(copy, base=str(tiny_llama), device="cpu")
    after = extractor.extract(TEXT).fields
    assert after["pT"].value == before["pT"].value
    assert after["pT"].probability < before["pT"].probability
    assert after["pN"] == before["pN"]
    assert extractor.thresholds(max_error=0.05) == {"pT": 0.9, "pN": 0.95}


def test_a_new_network_is_not_calibrated_by_an_old_file(
    calibration: Calibration,
    copy: Path,
    tiny_llama: Path,
    schema: TaskSchema,
    make_network: Callable[..., Network],
) -> None:
    write_calibration(calibration, copy)
    tokenizer = load_base(BaseConfig(str(tiny_llama))).tokenizer
    save_checkpoint(copy, make_network(trained=True), tokenizer, schema, read_settings(copy))
    assert not (copy / FILE).exists()
