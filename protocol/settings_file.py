"""Settings: one TOML file per role, read into a model; a wrong key or value is one clear line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from protocol.errors import SettingsError

S = TypeVar("S", bound=BaseModel)
SECRET_KEYS = ("url", "urls", "stun_urls", "secret", "credential", "ice_servers")  # their values are never shown
PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]*):[^\s]*@")


class SettingsModel(BaseModel):
    """A table of settings: unknown keys are refused, values never change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


def load_settings(model: type[S], path: Path | None, overrides: Mapping[str, object] | None = None) -> S:
    """Settings from `path` (defaults where it is None), then `overrides` by dotted key ("http.port").

    Overrides whose value is None are left out. Raises SettingsError with the one line to show.
    """
    values = _read(path) if path is not None else {}
    for key, value in (overrides or {}).items():
        if value is not None:
            _put(values, key, value)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise SettingsError(_sentence(first, path, model)) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"settings file {path} does not exist; name another with --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from error


def _put(values: dict[str, Any], key: str, value: object) -> None:
    *tables, last = key.split(".")
    for name in tables:
        inner = values.setdefault(name, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"{name} must be a table of settings, not {inner!r}")
        values = inner
    values[last] = value


def _sentence(error: ErrorDetails, path: Path | None, model: type[BaseModel]) -> str:
    key = ".".join(map(str, error["loc"]))
    where = f" in {path}" if path is not None else ""
    if error["type"] == "extra_forbidden":
        known = ", ".join(_known_keys(model, error["loc"][:-1]))
        return f"unknown setting {key!r}{where}; known here: {known}"
    if error["type"] == "missing":
        return f"setting {key!r} is missing{where}; add it"
    message = error["msg"].removeprefix("Value error, ")
    if not key:
        return f"settings{where}: {message}"
    if _may_hold_a_secret(error):
        return f"setting {key!r}{where} {message[0].lower()}{message[1:]}"
    shown = PASSWORD_IN_URL.sub(r"\1:…@", repr(error["input"]))
    return f"setting {key!r}{where} is {shown}: {message[0].lower()}{message[1:]}"


def _may_hold_a_secret(error: ErrorDetails) -> bool:
    """Whether the wrong value may be a password, have one somewhere inside, or be a table that holds one."""
    return isinstance(error["input"], Mapping) or any(part in SECRET_KEYS for part in error["loc"])


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    for name in place:
        if isinstance(name, int):
            continue  # a table in a list: the list's own field has told its kind
        field = model.model_fields.get(name)
        inner = _model_in(field.annotation) if field is not None else None
        if inner is None:
            return []
        model = inner
    return sorted(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)
