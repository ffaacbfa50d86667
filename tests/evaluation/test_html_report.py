"""The page: what it shows, that it loads nothing, and that no report text can become markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathstage.corpus.dataset import LabelledReport
from pathstage.evaluation.comparison import compare
from pathstage.evaluation.error_browser import SCRIPT, error_browser, highlight
from pathstage.evaluation.html_report import render_html, write_html
from pathstage.evaluation.predictions import Prediction
from pathstage.evaluation.summary import CurvePoint, SystemResult, summarize
from pathstage.schema import TaskSchema

MakePredictions = Callable[..., list[Prediction]]
AnswerA = Callable[[str, str], list[Prediction]]

HOSTILE = "</pre><script>alert('x')</script><img src=x onerror=alert(1)> & \"quoted\" \x00\u202e\ud800 end"


class Page(HTMLParser):
    """What a browser would see: tags, their attributes, and the text of an element."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.unbalanced = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "rect", "line", "circle", "polyline"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.unbalanced |= not self.open or self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def predictions(make_predictions: MakePredictions) -> dict[str, list[Prediction]]:
    rules = [replace(one, probabilities={}) for one in make_predictions(reports=60, skill=1, rng_seed=7)]
    return {"pathstage": make_predictions(reports=60, seeds=(0, 1)), "rules <i>": rules}


@pytest.fixture(scope="module")
def systems(predictions: dict[str, list[Prediction]], two_tasks: TaskSchema) -> dict[str, SystemResult]:
    return {name: summarize(its, two_tasks, {"both": ["a", "b"]}, resamples=50) for name, its in predictions.items()}


def reports(text: str) -> list[LabelledReport]:
    return [LabelledReport(f"r{number}", f"H{number % 6}", text, {}, evidence={"a": ((0, 5),)}) for number in range(60)]


def test_it_shows_every_part_and_loads_nothing(
    systems: dict[str, SystemResult], predictions: dict[str, list[Prediction]], two_tasks: TaskSchema
) -> None:
    curve = (CurvePoint(0, 0.9), CurvePoint(1, 0.5, 0.4, 0.6))
    shown = {**systems, "pathstage": replace(systems["pathstage"], robustness={"OCR <noise>": curve}, learning=curve)}
    comparisons = compare(predictions, "pathstage", two_tasks, resamples=50)
    html = render_html(
        shown,
        two_tasks,
        title="Bench & mark",
        comparisons=comparisons,
        predictions=predictions,
        rows=reports("Some text"),
    )
    page = Page(html)
    assert not page.unbalanced
    assert not page.open
    headings = re.findall("<h2>(.*?)</h2>", html)
    assert headings == [
        "Scores",
        "Differences",
        "Hospitals",
        "Confusion matrices",
        "Calibration",
        "Automatic acceptance",
        "Robustness",
        "Learning curve",
        "Errors",
    ]
    attributes = {name for _, attrs in page.tags for name in attrs}
    assert not attributes & {"src", "href", "onclick", "onerror", "onload"}
    assert "http:" not in html.replace("http-equiv", "")
    assert "https:" not in html
    for tag, attrs in page.tags:
        if tag == "svg" and attrs.get("class") == "chart":
            assert attrs["role"] == "img"
            assert attrs["aria-label"]
    words = "".join(page.words)
    assert str(systems["pathstage"].macro_f1["both"]) in words
    assert str(systems["rules <i>"].macro_f1_hospitals["a"]) in words
    assert str(comparisons[0].macro_f1.interval) in words
    assert "This page contains text of reports" in words


def test_only_its_own_script_may_run(
    systems: dict[str, SystemResult], predictions: dict[str, list[Prediction]], two_tasks: TaskSchema
) -> None:
    html = render_html(systems, two_tasks, title="T", predictions=predictions, rows=reports("text"))
    (script,) = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    assert script == SCRIPT
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [attrs["content"] for tag, attrs in Page(html).tags if attrs.get("http-equiv")]
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"


def test_without_reports_there_is_no_text_and_no_script(
    systems: dict[str, SystemResult], two_tasks: TaskSchema, tmp_path: Path
) -> None:
    html = render_html(systems, two_tasks, title="T")
    assert "<script" not in html
    assert "contains text" not in html
    assert not re.search("<h2>(Errors|Robustness|Learning curve|Differences)", html)
    write_html(html, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == html
    assert len(list(tmp_path.iterdir())) == 1


def test_hostile_text_stays_text(
    systems: dict[str, SystemResult], predictions: dict[str, list[Prediction]], two_tasks: TaskSchema, tmp_path: Path
) -> None:
    made_up = [replace(one, predicted=dict.fromkeys("ab", HOSTILE)) for one in predictions["pathstage"]]
    rows = [replace(row, hospital=HOSTILE) for row in reports(HOSTILE)]
    results = {"<script>alert(2)</script>": systems["pathstage"]}
    html = render_html(results, two_tasks, title=HOSTILE[:30], predictions={HOSTILE: made_up}, rows=rows)
    page = Page(html)
    assert not page.unbalanced
    assert not page.open
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in page.tags}
    assert not {name for _, attrs in page.tags for name in attrs if name.startswith("on")}
    assert not set("\ud800\u202e\x00") & set(html)
    write_html(html, tmp_path / "page.html")


def test_only_what_is_wrong_is_browsed(answer_a: AnswerA, two_tasks: TaskSchema) -> None:
    systems = {"first": answer_a("xyz", "xxz"), "second": answer_a("xyz", "xyx"), "partial": answer_a("xy", "yy")[:1]}
    rows = [LabelledReport(f"r{at}", f"H{at % 2}", f"text of {at}", {}) for at in range(5)]
    page = Page(error_browser(systems, rows, two_tasks))
    cases = [attrs for tag, attrs in page.tags if tag == "details"]
    assert [(case["data-hospital"], case["data-wrong"]) for case in cases] == [
        ("H0", "2:0"),
        ("H1", "0:0"),
        ("H0", "1:0"),
    ]
    words = "".join(page.words)
    assert "3 reports" in words
    assert "text of 4" not in words
    assert [word for word in page.words if "✗" in word] == ["y ✗", "x ✗", "x ✗"]
    options = [attrs["value"] for tag, attrs in page.tags if tag == "option"]
    assert options == ["", "0", "1", "2", "", "0", "1", "", "H0", "H1"]


def test_evidence_is_marked_also_where_it_overlaps(two_tasks: TaskSchema) -> None:
    found = highlight("ab<cd>ef", {"a": [(0, 4)], "b": [(2, 6)], "unknown": [(0, 8)]}, two_tasks)
    assert found == (
        '<mark data-tasks="0" data-for="a" title="evidence for a">ab</mark>'
        '<mark data-tasks="0 1" data-for="a, b" title="evidence for a, b">&lt;c</mark>'
        '<mark data-tasks="1" data-for="b" title="evidence for b">d&gt;</mark>ef'
    )
    assert highlight("", {}, two_tasks) == ""
    assert highlight("abc", {"a": [(2, 9), (1, 1), (-1, 2)]}, two_tasks) == "abc"


@settings(max_examples=150)
@given(data=st.data())
def test_a_highlighted_text_reads_as_the_text(data: st.DataObject, two_tasks: TaskSchema) -> None:
    text = data.draw(st.text(alphabet="<>&\"'/ab \n\x00\u202e\ud800é", max_size=25))
    span = st.tuples(*[st.integers(-1, 26)] * 2)
    evidence = {task: data.draw(st.lists(span, max_size=4)) for task in two_tasks.names}
    page = Page(highlight(text, evidence, two_tasks))
    page.close()
    assert {tag for tag, _ in page.tags} <= {"mark"}
    assert not page.open
    assert "".join(page.words) == re.sub("[\x00\u202e\ud800]", "\ufffd", text)
