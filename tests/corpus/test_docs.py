"""The examples of docs/corpus.md run, one after the other, on small files of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

_DOC = Path(__file__).parents[2] / "docs" / "corpus.md"


def test_the_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words_of: Callable[[int, int], list[str]]
) -> None:
    monkeypatch.chdir(tmp_path)
    table = ["Accession,Site,MRN,Narrative,path_t,er_status"]
    table += [f"S{n},H{n % 6},m{n},{' '.join(words_of(n, 50))},T{n % 3 + 1}c,0 %" for n in range(24)]
    Path("export.csv").write_text("\n".join(table))
    Path("TCGA_Reports.csv").write_text("patient_filename,text\nTCGA-ZZ-A001.uuid,Words of a report.\n")
    Path("clinical.tsv").write_text("bcr_patient_barcode\tajcc_pathologic_t\nTCGA-ZZ-A001\tT2\n")
    for rater, label in (("ann", "T1"), ("bob", "T2")):
        Path(f"{rater}.jsonl").write_text(json.dumps({"id": "S1", "labels": {"pT": label}}))

    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", _DOC.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        exec(compile(block, str(_DOC), "exec"), names)

    assert len(blocks) == 7
    assert json.loads(Path("split.json").read_text())["group"] == "hospital"
    assert Path("adjudicate.csv").read_text().splitlines()[1] == "S1,pT,T1,,T2,,"
    assert Path("card.md").read_text().startswith("# Data card: Our corpus")
