"""The course to begin with: a file of TOML, ours or one that the settings name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from protocol.errors import SettingsError
from remote_app.api.bodies import Template

OURS: Final = Path(__file__).parents[1] / "course_templates" / "six-meetings.toml"


def load_template(file: Path | None) -> Template:
    """The template in this file, ours without one. Raises SettingsError that names the key."""
    path = file or OURS
    try:
        return Template.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"course.template_file {path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"course.template_file {path}: {key}: {first['msg']}") from error
