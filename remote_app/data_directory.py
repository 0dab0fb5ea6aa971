"""The data directory: secrets in files that only the service's user can read, made on first use.

Everything here touches the disk: call it before the event loop runs, or by `asyncio.to_thread`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from remote_app.access import KEY_BYTES, LinkKey

PASSWORD_BYTES: Final = 24
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700
_KEY_DIGITS: Final = 16  # of its hash, which tell the keys of one robot apart
LOG_KEY: Final = "log-key"
_CODE: Final = "code-"


class DataDirectory:
    """The secrets of one installation. Every method raises SettingsError when the disk says no."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def link_key(self) -> LinkKey:
        """The key that signs links, made on the first call."""
        text = self._secret("link-key", secrets.token_hex(KEY_BYTES))
        try:
            return LinkKey(bytes.fromhex(text))
        except ValueError:
            file = self._path / "link-key"
            raise SettingsError(
                f"{file} is not a signing key; restore it, or delete it to make a new one (all links end)"
            ) from None

    def log_key(self) -> bytes:
        """The key under which the access log is sealed, made on the first call."""
        text = self._secret(LOG_KEY, secrets.token_hex(KEY_BYTES))
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise SettingsError(f"{self._path / LOG_KEY} is not the access log's key; restore it from a backup")
        return key

    def robot_password(self, robot: str) -> str:
        """The robot's password at the embedded broker, made on the first call."""
        return self._secret(f"robot-{robot}.password", secrets.token_urlsafe(PASSWORD_BYTES))

    def withdrawn(self) -> frozenset[str]:
        """The ids of the links that are withdrawn."""
        file = self._path / "withdrawn-links"
        try:
            return frozenset(file.read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file} cannot be read: {error}") from error

    def withdraw(self, link_id: str) -> None:
        """Adds one link to the withdrawn ones; a running service sees it within seconds."""
        self._make()
        try:
            descriptor = os.open(self._path / "withdrawn-links", os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE_FILE)
            with os.fdopen(descriptor, "a", encoding="ascii") as file:
                file.write(f"{link_id}\n")
        except OSError as error:
            raise SettingsError(f"data.directory {self._path} cannot be written: {error}") from error

    def keep_pairing(self, robot: str, text: str) -> None:
        """Keeps what is known of the robot's one-time key, in place of what was kept before."""
        self._make()
        draft = self._path / f".pairing-{robot}.{secrets.token_hex(4)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
            draft.replace(self._pairing_file(robot))
            for claim in self._path.glob(f"pairing-{robot}.*.claim"):  # of keys that are worthless now
                claim.unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(f"data.directory {self._path} cannot be written: {error}") from error

    def pairing(self, robot: str) -> str | None:
        """What `keep_pairing` kept, or None."""
        file = self._pairing_file(robot)
        try:
            return file.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file} cannot be read: {error}") from error

    def pairing_claim(self, robot: str, key: str) -> str | None:
        """What `claim_pairing` kept for this key, or None."""
        file = self._path / _claim_name(robot, key)
        try:
            return file.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file} cannot be read: {error}") from error

    def claim_pairing(self, robot: str, key: str, text: str) -> str:
        """Keeps who spent a key (`key` is its hash) and returns it: the first, however many nodes share the disk."""
        return self._secret(_claim_name(robot, key), text)

    def keep_code(self, code: str, token: str) -> bool:
        """Keeps the six digits of a link; False when they are another link's already."""
        return self._place(self._path / f"{_CODE}{code}", token)

    def codes(self) -> dict[str, str]:
        """The links' tokens by their six digits."""
        found: dict[str, str] = {}
        try:
            for file in self._path.glob(f"{_CODE}[0-9]*"):
                code = file.name.removeprefix(_CODE)
                if code.isascii() and code.isdigit():
                    with contextlib.suppress(FileNotFoundError):  # dropped at this moment
                        found[code] = file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"data.directory {self._path}: codes cannot be read: {error}") from error
        return found

    def has_code(self, code: str) -> bool:
        """Whether these six digits are a link's."""
        return (self._path / f"{_CODE}{code}").exists()

    def drop_code(self, code: str) -> None:
        """Forgets the six digits of a link."""
        try:
            (self._path / f"{_CODE}{code}").unlink(missing_ok=True)
        except OSError as error:
            raise SettingsError(f"data.directory {self._path} cannot be written: {error}") from error

    def _pairing_file(self, robot: str) -> Path:
        return self._path / f"pairing-{robot}.json"

    def _make(self) -> None:
        try:
            self._path.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"data.directory {self._path} cannot be made: {error}") from error

    def _secret(self, name: str, fresh: str) -> str:
        """The text of a secret file; `fresh` where there is none yet. Two starters at once agree on one."""
        file = self._path / name
        try:
            if not file.exists():
                self._place(file, fresh)
            return file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"secret {file} cannot be read: {error}") from error

    def _place(self, file: Path, text: str) -> bool:
        """Makes the file, whole or not at all; False when somebody made it first, and that one stays."""
        self._make()
        draft = self._path / f".{file.name}.{secrets.token_hex(4)}"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as target:
                    target.write(text)
                os.link(draft, file)
            except FileExistsError:
                return False
            finally:
                draft.unlink()
        except OSError as error:
            raise SettingsError(f"{file} cannot be made: {error}") from error
        return True


def _claim_name(robot: str, key: str) -> str:
    return f"pairing-{robot}.{key[:_KEY_DIGITS]}.claim"
