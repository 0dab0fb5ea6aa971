"""Files in the robot's data directory: written whole or not at all, and readable by its user alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from protocol.errors import SettingsError


def write_whole(directory: Path, name: str, text: str) -> None:
    """The file is on the disk when this returns. Raises SettingsError, and the one before it is as it was."""
    draft = directory / f".{name}.{secrets.token_hex(4)}"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as target:
                target.write(text)
                target.flush()
                os.fsync(target.fileno())
            draft.replace(directory / name)
        except BaseException:  # whatever stopped it: a draft may hold the broker's password
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SettingsError(f"setting 'data.directory': {directory} cannot be written ({error.strerror})") from error
