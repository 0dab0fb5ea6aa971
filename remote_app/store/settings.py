"""Which database the store is in (`[store]` in `config/app.toml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel

SCHEMES: Final = ("postgresql", "postgres")
QUERY: Final = frozenset(("host", "sslmode"))
EXAMPLE: Final = "postgresql://user:password@host:5432/name"


def _address(value: SecretStr) -> SecretStr:
    check_address(value.get_secret_value())
    return value


def check_address(text: str) -> None:
    """Raises ValueError when this is not the address of a PostgreSQL database. Empty is SQLite."""
    if not text:
        return
    try:
        parts = urlsplit(text)
        _ = parts.port
        query = {key for key, _ in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))}
    except ValueError:  # its text may name a piece of the password
        raise ValueError(f"is no database's address; write it as {EXAMPLE}") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"is no PostgreSQL address; write it as {EXAMPLE}, or leave it out for SQLite")
    if not parts.path.strip("/") or "/" in parts.path.strip("/"):
        raise ValueError(f"names no database; write it as {EXAMPLE}")
    if not parts.hostname and "host" not in query:
        raise ValueError(f"names no host; write it as {EXAMPLE}, or ?host=/directory for a Unix socket")
    if not query <= QUERY:
        raise ValueError(f"has options that are not known; known: {', '.join(sorted(QUERY))}")


class StoreSettings(SettingsModel):
    """SQLite in the data directory, unless a PostgreSQL database is named."""

    url: Annotated[SecretStr, AfterValidator(_address)] = SecretStr("")
    """Empty: SQLite in `data.directory`. Or postgresql://user:password@host:5432/name."""
    url_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """A file with the address, so that the settings hold no password."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.url.get_secret_value() and self.url_file is not None:
            raise ValueError("has both url and url_file; keep one")
        return self

    def address(self) -> str:
        """The address, empty for SQLite. Reads the disk. Raises SettingsError, which never shows it."""
        if self.url_file is None:
            return self.url.get_secret_value()
        try:
            text = self.url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"setting 'store.url_file' {self.url_file} cannot be read: {error}") from error
        try:
            check_address(text)
        except ValueError as error:
            raise SettingsError(f"setting 'store.url_file' {self.url_file} {error}") from None
        if not text:
            raise SettingsError(f"setting 'store.url_file' {self.url_file} is empty; write {EXAMPLE} into it")
        return text
