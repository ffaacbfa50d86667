"""The codebook of a cancer: how registries code what the tasks ask, and which answers exclude each other.

`codebooks/breast.yaml` is the shipped one and documents the format; like the task schema, it is data, so that another
cancer needs another file and no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from pathstage.schema import TaskSchema

Level = Literal["error", "warning"]

# What a table tells of a report beside its answers.
IDENTITY = ("id", "patient", "hospital", "text")


class CodebookError(ValueError):
    """A codebook that cannot be used; the message names the file and what to change."""


@dataclass(frozen=True)
class FieldCode:
    """Where a registry keeps one field and what its values mean: `values` is (pattern, meaning) pairs in order."""

    columns: tuple[str, ...]
    values: tuple[tuple[re.Pattern[str], str], ...] = ()

    def meaning(self, value: str) -> str | None:
        """The class or detail a registry value stands for; None when no pattern matches the whole value."""
        compact = re.sub(r"\s+", "", value)
        return next((meaning for pattern, meaning in self.values if pattern.fullmatch(compact)), None)


@dataclass(frozen=True)
class Rule:
    """A combination of answers that cannot be: a row that meets every condition in `when` is reported."""

    name: str
    level: Level
    when: Mapping[str, Any]

    def breaks(self, facts: Mapping[str, Any]) -> bool:
        """Whether a row's labels, details and numbers (name → value) form this combination."""
        return all(_meets(facts.get(name), condition, facts) for name, condition in self.when.items())


@dataclass(frozen=True)
class Codebook:
    """What the corpus tools know about one cancer's data. Fields of `labels` are tasks of the schema."""

    missing: re.Pattern[str]
    columns: dict[str, tuple[str, ...]]
    labels: dict[str, FieldCode]
    details: dict[str, FieldCode]
    numbers: dict[str, FieldCode]
    rules: tuple[Rule, ...]

    @cached_property
    def fields(self) -> frozenset[str]:
        """Every field a table's column can be mapped to."""
        return frozenset(self.columns) | frozenset(self.labels) | frozenset(self.details) | frozenset(self.numbers)

    def is_missing(self, value: str) -> bool:
        """Whether a registry value says only that the registry does not know."""
        return bool(self.missing.fullmatch(re.sub(r"\s+", "", value)))

    def broken(self, facts: Mapping[str, Any]) -> Iterator[Rule]:
        """The rules that a row's labels, details and numbers break."""
        return (rule for rule in self.rules if rule.breaks(facts))


def load_codebook(schema: TaskSchema, path: str | Path | None = None) -> Codebook:
    """The codebook of `path`, or the one shipped under the schema's name.

    Raises CodebookError when there is none, or when it names a class or a task that the schema does not have.
    """
    source = Path(path) if path else resources.files("pathstage") / "corpus" / "codebooks" / f"{schema.name}.yaml"
    if not source.is_file():
        raise CodebookError(f"{source}: no codebook for the schema {schema.name!r}; give the path of one")
    return parse_codebook(source.read_text(encoding="utf-8"), schema, str(source))


def parse_codebook(content: str, schema: TaskSchema, where: str) -> Codebook:
    """Build a Codebook from YAML text; `where` names it in error messages. Raises CodebookError."""
    try:
        raw = yaml.safe_load(content)
        registry = raw["registry"]
        book = Codebook(
            missing=re.compile("|".join(f"(?:{pattern})" for pattern in registry["missing"]), re.IGNORECASE),
            columns={name: tuple(registry["columns"].get(name, ())) for name in IDENTITY},
            # A task that no registry codes can still be read from a column that the user names.
            labels=dict.fromkeys(schema.names, FieldCode(()))
            | {task: _field_code(code) for task, code in registry["labels"].items()},
            details={name: _field_code(code) for name, code in registry["details"].items()},
            numbers={name: FieldCode(tuple(columns)) for name, columns in registry["numbers"].items()},
            rules=tuple(Rule(rule["name"], rule["level"], rule["when"]) for rule in raw["consistency"]),
        )
    except yaml.YAMLError as error:
        raise CodebookError(f"{where}: not valid YAML ({error})") from error
    except re.error as error:
        raise CodebookError(f"{where}: bad regular expression {error.pattern!r} ({error})") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise CodebookError(f"{where}: not a codebook (needs registry and consistency): {error!r}") from error
    _check(book, schema, where)
    return book


def _field_code(raw: Mapping[str, Any]) -> FieldCode:
    values = [
        (re.compile(pattern, re.IGNORECASE), meaning)
        for meaning, patterns in raw["values"].items()
        for pattern in patterns
    ]
    return FieldCode(tuple(raw["columns"]), tuple(values))


def _check(book: Codebook, schema: TaskSchema, where: str) -> None:
    """Typing errors in a codebook would otherwise show as a rule that never fires or a label the schema rejects."""
    for task, code in book.labels.items():
        if task not in schema.names:
            raise CodebookError(f"{where}: labels: the schema has no task {task!r}")
        for _, meaning in code.values:
            if meaning not in schema[task].classes:
                raise CodebookError(f"{where}: {task} has no class {meaning!r}")
    for rule in book.rules:
        if rule.level not in ("error", "warning"):
            raise CodebookError(f"{where}: rule {rule.name!r}: the level is error or warning, not {rule.level!r}")
        for name, condition in rule.when.items():
            named = condition.get("none_of", ()) if isinstance(condition, dict) else condition
            if isinstance(condition, dict) and not condition.keys() <= {"none_of", "outside", "exceeds"}:
                raise CodebookError(f"{where}: rule {rule.name!r}: unknown condition on {name}")
            if name in schema.names and not set(named) <= set(schema[name].classes):
                raise CodebookError(f"{where}: rule {rule.name!r}: a class of {name} that the schema does not have")


def _meets(value: Any, condition: Any, facts: Mapping[str, Any]) -> bool:
    if not isinstance(condition, dict):
        return value in condition
    if value is None:
        return False
    if "none_of" in condition:
        return value not in condition["none_of"]
    if not _is_number(value):
        return False
    if "exceeds" in condition:
        other = facts.get(condition["exceeds"])
        return _is_number(other) and value > other
    above, up_to = condition["outside"]
    return (above is not None and value <= above) or (up_to is not None and value > up_to)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
