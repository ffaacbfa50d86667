"""The schema: the shipped one is whole, a user's own is read or refused by name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pathstage.schema import SchemaError, TaskSchema, load_schema, parse_schema

MINIMAL = """
name: toe
version: 1
tasks:
  pT:
    classes: [T1, TX]
    absent: TX
"""


def test_shipped_schema_has_the_seven_tasks_in_head_order(schema: TaskSchema) -> None:
    assert schema.names == ("pT", "pN", "pM", "grade", "ER", "PR", "HER2")
    assert schema["pT"].classes == ("T0", "Tis", "T1", "T2", "T3", "T4", "TX")
    assert schema.classes()["HER2"] == ["positive", "negative", "equivocal", "not_reported"]


def test_every_shipped_task_has_its_rule_its_keywords_and_an_absent_class(schema: TaskSchema) -> None:
    for task in schema.tasks:
        assert task.title
        assert task.rule
        assert task.keywords
        assert task.absent in task.classes


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("pT", "Tumor size: 2.1 cm."),
        ("pN", "Two of 14 lymph nodes are positive."),
        ("pM", "Distant metastasis: cannot be assessed."),
        ("grade", "Nottingham score 7."),
        ("ER", "Oestrogen receptor 90%."),
        ("PR", "PgR negative."),
        ("HER2", "c-erbB-2 not amplified."),
    ],
)
def test_keywords_find_a_task_however_it_is_cased(schema: TaskSchema, task: str, sentence: str) -> None:
    for text in (sentence, sentence.upper(), sentence.lower()):
        assert any(keyword.search(text) for keyword in schema[task].keywords), text


def test_index_is_the_place_among_the_classes_and_refuses_others(schema: TaskSchema) -> None:
    assert schema["grade"].index("G2") == 1
    with pytest.raises(ValueError, match=r"grade has no class 'G9'.*G1, G2, G3, GX"):
        schema["grade"].index("G9")


def test_unknown_task_is_a_key_error(schema: TaskSchema) -> None:
    with pytest.raises(KeyError):
        schema["Ki67"]


def test_fingerprint_changes_with_classes_their_order_and_the_name_but_not_with_keywords() -> None:
    def fingerprint(content: str) -> str:
        return parse_schema(content, "here").fingerprint()

    assert fingerprint(MINIMAL) == fingerprint(MINIMAL + "    keywords: [size]\n    title: Size\n")
    changed = [MINIMAL.replace("[T1, TX]", classes) for classes in ("[TX, T1]", "[T1, T2, TX]")]
    changed += [MINIMAL.replace("toe", "ear"), MINIMAL.replace("pT", "T")]
    assert fingerprint(MINIMAL) not in {fingerprint(content) for content in changed}


def test_a_file_of_ones_own_is_read_and_kept_as_source(tmp_path: Path) -> None:
    path = tmp_path / "toe.yaml"
    path.write_text(MINIMAL)
    own = load_schema(path)
    assert (own.name, own.title, own.names, own.source) == ("toe", "toe", ("pT",), MINIMAL)


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(SchemaError, match=r"nowhere\.yaml: no such schema file"):
        load_schema("nowhere.yaml")
    with pytest.raises(SchemaError, match=r"no shipped schema is called 'kidney'.*path of a \.yaml"):
        load_schema("kidney")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("tasks: [", "not valid YAML"),
        ("", "not a task schema"),
        ("just words", "not a task schema"),
        ("name: x\nversion: 1", "tasks"),
        (MINIMAL.replace("version: 1", "version: first"), "not a task schema"),
        (MINIMAL.replace("absent: TX", "absent: T9"), "task pT.*absent class 'T9'"),
        (MINIMAL.replace("[T1, TX]", "[TX, TX]"), "task pT.*distinct"),
        (MINIMAL + "    keywords: ['(']", "task pT: bad regular expression"),
        (MINIMAL + "    spellings: {'(': x}", "task pT: bad regular expression"),
    ],
)
def test_bad_schemas_are_refused_with_the_file_and_the_place(content: str, problem: str) -> None:
    with pytest.raises(SchemaError, match=rf"^own\.yaml: .*{problem}"):
        parse_schema(content, "own.yaml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "version", "tasks", "title"), VALUES)))
def test_any_yaml_is_a_schema_or_a_schema_error(raw: dict[str, object]) -> None:
    with suppress(SchemaError):
        assert isinstance(parse_schema(yaml.safe_dump(raw), "own.yaml"), TaskSchema)
