"""Configuration files: YAML, checked against the dataclass that it configures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

Config = TypeVar("Config")


def read_config_file(
    path: Path, kind: type[Config], error_type: type[ValueError], changes: Mapping[str, Any] | None = None
) -> Config:
    """Read a `kind` from a YAML file.

    changes: what to take for what stands in the file; a mapping changes only the keys that it names.

    Raises `error_type`, with a message that names the file, for a missing file, an unknown key or a value that does not
    fit.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(kind).validate_python(_changed(raw, changes) if changes else raw)
    except OSError as error:
        raise error_type(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise error_type(f"{path}: not valid YAML ({error})") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise error_type(f"{path}: {problems}") from error


def _changed(raw: Any, changes: Mapping[str, Any]) -> Any:
    if not isinstance(raw, dict):
        return raw
    inner = {key: _changed(raw[key], value) for key, value in changes.items() if isinstance(value, dict) and key in raw}
    return raw | dict(changes) | inner
