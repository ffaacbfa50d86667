"""The schema: which tasks a report is read for, which classes each has, and the words that point to them.

Everything that names a task, a class, a code or a keyword comes from here; `schemas/breast.yaml` is the shipped schema.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml


class SchemaError(ValueError):
    """A schema file that cannot be used; the message names the file and what to change."""


@dataclass(frozen=True)
class Task:
    """One question put to every report, answered by one of `classes`.

    `absent` is the class of a report that does not document the item: it never carries evidence.
    `keywords` find the sentences worth keeping for the task; `spellings` are (pattern, replacement) pairs that
    repair how the item's own name is written.
    """

    name: str
    title: str
    rule: str
    classes: tuple[str, ...]
    absent: str
    keywords: tuple[re.Pattern[str], ...] = ()
    spellings: tuple[tuple[re.Pattern[str], str], ...] = ()

    def index(self, label: str) -> int:
        """Position of `label` among the classes. Raises ValueError for a label the task does not have."""
        try:
            return self.classes.index(label)
        except ValueError:
            raise ValueError(f"{self.name} has no class {label!r}; its classes are {', '.join(self.classes)}") from None


@dataclass(frozen=True)
class TaskSchema:
    """An ordered set of tasks for one cancer. `source` is the YAML text it was read from."""

    name: str
    version: int
    title: str
    tasks: tuple[Task, ...]
    source: str = field(default="", repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks' names, in head order."""
        return tuple(task.name for task in self.tasks)

    def __getitem__(self, name: str) -> Task:
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(name)

    def classes(self) -> dict[str, list[str]]:
        """Task name → its classes, in head order: what a checkpoint must agree on with the code that loads it."""
        return {task.name: list(task.classes) for task in self.tasks}

    def fingerprint(self) -> str:
        """SHA-256 over the tasks and their classes (not over keywords, which do not change what a head means)."""
        canonical = json.dumps([self.name, self.classes()], separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def load_schema(name: str | Path = "breast") -> TaskSchema:
    """Load a shipped schema by name, or any schema by the path of its YAML file.

    Raises SchemaError when there is no such schema or its content is not one.
    """
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        if not path.is_file():
            raise SchemaError(f"{path}: no such schema file")
        return parse_schema(path.read_text(encoding="utf-8"), str(path))
    shipped = resources.files("pathstage") / "schemas" / f"{name}.yaml"
    if not shipped.is_file():
        raise SchemaError(f"no shipped schema is called {name!r}; give the path of a .yaml file")
    return parse_schema(shipped.read_text(encoding="utf-8"), f"{name}.yaml")


def parse_schema(content: str, where: str) -> TaskSchema:
    """Build a TaskSchema from YAML text; `where` names it in error messages. Raises SchemaError."""
    try:
        raw = yaml.safe_load(content)
        tasks = tuple(_task(name, body, where) for name, body in raw["tasks"].items())
        return TaskSchema(str(raw["name"]), int(raw["version"]), str(raw.get("title", raw["name"])), tasks, content)
    except SchemaError:
        raise
    except yaml.YAMLError as error:
        raise SchemaError(f"{where}: not valid YAML ({error})") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SchemaError(
            f"{where}: not a task schema (needs name, version and tasks with classes): {error}"
        ) from error


def _task(name: str, body: Mapping[str, Any], where: str) -> Task:
    classes = tuple(str(label) for label in body["classes"])
    absent = str(body["absent"])
    if len(set(classes)) != len(classes) or absent not in classes:
        raise SchemaError(f"{where}: task {name}: classes must be distinct and contain the absent class {absent!r}")
    try:
        keywords = tuple(re.compile(pattern, re.IGNORECASE) for pattern in body.get("keywords", ()))
        spellings = tuple((re.compile(p, re.IGNORECASE), r) for p, r in body.get("spellings", {}).items())
    except re.error as error:
        raise SchemaError(f"{where}: task {name}: bad regular expression ({error})") from error
    return Task(name, str(body.get("title", name)), str(body.get("rule", "")), classes, absent, keywords, spellings)
