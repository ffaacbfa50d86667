"""The page of records: complete, self-contained, and safe whatever a record holds."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathstage.export.page import render_page, write_page
from pathstage.export.records import Record, RecordsError, read_records

ATTACK = (
    "</pre></mark></article><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "<svg onload=document.title='owned'>&lt;b&gt;\"'` \u202eevil\u2066 \x00\x1b[31m <!-- ]]>"
)
ATTRIBUTE = "\"' onfocus=document.title='owned' autofocus x=\""


def words(text: str, quote: str, page: int | None = 1) -> dict[str, Any]:
    start = text.index(quote)
    return {"text": quote, "start": start, "end": start + len(quote), "page": page}


def make(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A record with everything in it."""
    text = f"Breast, left: invasive carcinoma, 2.3 cm, grade 2. pT1c pN0. {ATTACK} ER positive.\r\nEnd."
    possible = {"stage": None, "possible": ["IA", "IB"], "settled_by": ["PR"], "assumed": ["cM0"], "reason": None}
    certain = possible | {"stage": "IA", "possible": ["IA"], "settled_by": []}
    return {
        "id": f"r{number}",
        "source": "cases.csv, row 1",
        "status": "ok",
        "error": None,
        "fields": {
            "pT": {"value": "T1", "probability": 0.9996, "evidence": [words(text, "pT1c", 2)]},
            "ER": {"value": "positive", "probability": 0.61, "evidence": [words(text, "ER positive")]},
        },
        "stage": {"edition": "AJCC 8", "neoadjuvant": None, "anatomic": certain, "prognostic": possible},
        "details": {
            "pT_subcategory": {"value": "T1c", "evidence": [words(text, "pT1c")]},
            "size_mm": {"value": 23, "evidence": [words(text, "2.3 cm")]},
        },
        "findings": [
            {
                "code": "category_against_size",
                "message": "pT is printed as T1c; 23 mm would be T2",
                "evidence": [
                    {"field": "pT", "value": "T1c", **words(text, "pT1c")},
                    {"field": "size_mm", "value": 23, **words(text, "2.3 cm")},
                ],
            }
        ],
        "review": True,
        "review_reasons": [{"code": "low_confidence", "message": "ER 0.610 (0.800)", "fields": ["ER"]}],
        "model": {"name": "breast", "base": "tiny", "version": "1"},
        "text": text,
    } | changes


def hostile() -> dict[str, Any]:
    """A record with markup wherever a text can stand."""

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoil(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [spoil(inner) for inner in value]
        return ATTACK + ATTRIBUTE if isinstance(value, str) else value

    record = make()
    spoiled = {key: spoil(value) for key, value in record.items()} | {"status": "ok", "text": record["text"]}
    spoiled["fields"] = {ATTRIBUTE + name: field for name, field in spoiled["fields"].items()}
    spoiled["details"] = {ATTACK + name: detail for name, detail in spoiled["details"].items()}
    return spoiled


def page(*records: dict[str, Any]) -> str:
    return render_page([Record.model_validate(record) for record in records], "out.jsonl")


class Elements(HTMLParser):
    """The tags and attributes of a page, and its text by element."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked: list[str] = []
        self._inside: list[str] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "mark" in self._inside:
            self.marked[-1] += data
        if "style" not in self._inside and "script" not in self._inside:
            self.text += data


def test_a_record_is_shown_with_everything_in_it() -> None:
    shown = Elements(page(make()))
    assert shown.marked == ["2.3 cm", "pT1c", "ER positive"]
    for part in ("IA or IB", "missing: PR", "assumed: cM0", "0.999", "0.610", "23 mm would be T2", "ER 0.610 (0.800)"):
        assert part in shown.text
    assert "1.000" not in shown.text
    assert "pT1c (p. 2)" in shown.text
    labels = [attributes.get("data-for") for tag, attributes in shown.tags if tag == "mark"]
    assert labels == ["size mm", "pT, pT subcategory", "ER"]


def test_every_quote_leads_to_a_mark_in_the_text() -> None:
    shown = Elements(page(make(1), make(2)))
    goals = [attributes["data-goto"] for _, attributes in shown.tags if "data-goto" in attributes]
    identities = [attributes["id"] for _, attributes in shown.tags if "id" in attributes]
    assert len(goals) == 2 * 6
    assert set(goals) <= set(identities)
    assert len(identities) == len(set(identities))


def test_markup_is_text_wherever_it_stands() -> None:
    expected = [(tag, sorted(attributes)) for tag, attributes in Elements(page(make())).tags]
    found = Elements(page(hostile()))
    allowed = {name for _, names in expected for name in names}
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in expected}
    assert {name for _, attributes in found.tags for name in attributes} <= allowed
    assert not [name for name in allowed if name.startswith("on") or name == "style"]
    assert "<img src=x" in found.text
    assert "\u202e" not in found.text
    assert "\x00" not in found.text


def test_the_policy_lets_only_its_own_script_run() -> None:
    content = page(hostile())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', content)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    for kind in ("script", "style"):
        (own,) = re.findall(rf"<{kind}>(.*?)</{kind}>", content, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy[1]
    assert "innerHTML" not in content
    assert not re.search(r"(?:src|href)=\"(?!#)", content)


def test_a_record_without_text_says_so() -> None:
    content = page(make(text=None))
    assert "without the report's text" in Elements(content).text
    assert "<mark" not in content
    assert "data-goto=" not in content.split("<main")[1].split("<script>")[0]


def test_a_record_of_the_first_version_and_a_failure_are_shown() -> None:
    earlier = {key: make()[key] for key in ("id", "source", "status", "error", "fields", "model")}
    failure = earlier | {"id": "bad", "status": "error", "error": "bad.pdf: is encrypted", "fields": {}}
    shown = Elements(page(earlier, failure)).text
    assert "not judged" in shown
    assert "Records of this version have no stage" in shown
    assert "bad.pdf: is encrypted" in shown


@given(
    st.text(max_size=40),
    st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50), st.sampled_from(["pT", "ER"])), max_size=6),
)
def test_the_text_is_whole_however_marks_overlap(text: str, spans: list[tuple[int, int, str]]) -> None:
    fields: dict[str, Any] = {name: {"value": "x", "probability": 0.5, "evidence": []} for name in ("pT", "ER")}
    for start, end, name in spans:
        fields[name]["evidence"].append({"text": "w", "start": start, "end": end, "page": None})
    content = page(make(text=text, fields=fields, details={}, findings=[]))
    body = re.search(r'<pre class="report"[^>]*>(.*?)</pre>', content, re.DOTALL)
    assert body is not None
    shown = Elements(f"<pre>{body[1]}</pre>").text
    printable = re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]",
        "\ufffd",
        text.replace("\r", ""),
    )
    assert shown == printable


def test_files_are_read_packed_or_not(tmp_path: Path) -> None:
    line = json.dumps(make()) + "\n"
    (tmp_path / "a.jsonl").write_text(line + "\n" + line)
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as file:
        file.write(line)
    assert len(list(read_records(tmp_path / "a.jsonl"))) == 2
    assert write_page(tmp_path / "b.jsonl.gz", tmp_path / "b.html") == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Mrs. Marlow", "it is not a JSON object"),
        ('{"id": "Marlow"}', "its status is missing"),
        (json.dumps(make(fields={"Marlow": 3})), "its fields is missing or of another kind"),
    ],
)
def test_what_is_no_record_is_named_and_not_quoted(line: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(json.dumps(make()) + "\n" + line + "\n")
    with pytest.raises(RecordsError, match=rf"notes\.jsonl, line 2: no record, {problem}") as refusal:
        write_page(path, tmp_path / "out.html")
    assert "Marlow" not in str(refusal.value)
    assert not (tmp_path / "out.html").exists()


@pytest.mark.parametrize("name", ["missing.jsonl", "torn.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    with pytest.raises(RecordsError, match=f"{name}: cannot be read"):
        list(read_records(tmp_path / name))


@pytest.fixture(scope="module")
def open_in_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Opens a page of records in Chromium, without a network; what it logs is in the page's `logged`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the playwright package")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])

        def opened(*records: dict[str, Any]) -> Any:
            path = tmp_path_factory.mktemp("page") / "out.html"
            path.write_text(page(*records), encoding="utf-8")
            shown = browser.new_context(offline=True).new_page()
            shown.logged = []
            shown.on("console", lambda message: shown.logged.append(message.text))
            shown.on("pageerror", lambda error: shown.logged.append(str(error)))
            shown.on("request", lambda request: shown.logged.append(request.url))
            shown.goto(path.as_uri())
            assert shown.logged.pop(0) == path.as_uri()
            return shown

        yield opened
        browser.close()


def test_a_hostile_report_does_nothing_in_a_browser(open_in_browser: Callable[..., Any]) -> None:
    shown = open_in_browser(hostile(), make(2))
    for button in shown.locator("article:visible button.quote").all():
        button.click()
    assert shown.title() == "out.jsonl"
    assert shown.locator("script, img, svg, iframe").count() == 1
    assert shown.logged == []
    assert "<img src=x" in shown.locator("article:visible .report").inner_text()


def test_the_list_filters_opens_and_follows_the_keyboard(open_in_browser: Callable[..., Any]) -> None:
    calm = make(2, review=False, review_reasons=[], findings=[])
    shown = open_in_browser(make(1), calm, make(3))

    def visible() -> list[str]:
        return [heading.inner_text() for heading in shown.locator("article:visible h2").all()]

    assert visible() == ["r1"]
    shown.keyboard.press("j")
    shown.wait_for_function("document.activeElement.textContent === 'r2'")
    assert visible() == ["r2"]
    shown.select_option("#choice", "review")
    assert [link.inner_text().split("\n")[0] for link in shown.locator("nav a:visible").all()] == ["r1", "r3"]
    shown.locator("nav a:visible").last.focus()
    shown.keyboard.press("Enter")
    shown.wait_for_function("document.activeElement.textContent === 'r3'")
    assert visible() == ["r3"]
    assert shown.locator("nav a[aria-current]").inner_text().startswith("r3")
    shown.locator("article:visible button.quote", has_text="2.3 cm").first.press("Enter")
    assert shown.evaluate("document.activeElement.firstChild.textContent") == "2.3 cm"
    shown.fill("#search", "r1")
    assert shown.locator("nav a:visible").count() == 1
    assert shown.locator("#count").inner_text() == "1 of 3 shown"
