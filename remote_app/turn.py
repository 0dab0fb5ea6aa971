"""STUN and TURN servers handed out with names and passwords that run out.

The password is what coturn calls `use-auth-secret` ("A REST API For Access To TURN Services",
draft-uberti-behave-turn-rest-00): both sides know a secret, the name says until when it is good, and the
password is the secret's signature of the name. Nothing is stored and the TURN server asks nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from protocol.errors import SettingsError
from protocol.ice import IceServer, IceSetup
from remote_app.settings import TurnSettings

RENEWED_AFTER: Final = 0.5  # of the lifetime: whoever connects has the other half before the password is out
MIN_SECRET_CHARS: Final = 16  # anyone who has seen one password can try secrets for it at leisure


@dataclass(frozen=True, slots=True)
class Credential:
    """A name and its password, which never shows in a repr."""

    username: str
    password: str = field(repr=False)


def credential(secret: str, name: str, expires: int) -> Credential:
    """The password of `<expires>:<name>`; `expires` in seconds since 1970."""
    username = f"{expires}:{name}"
    signature = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()  # SHA-1 is the draft's choice
    return Credential(username, base64.b64encode(signature).decode())


class TurnDesk:
    """Hands out the servers of the settings. Knows the secret and shows it to nobody."""

    def __init__(self, settings: TurnSettings, secret: str = "") -> None:
        self._settings = settings
        self._secret = secret

    @classmethod
    def open(cls, settings: TurnSettings) -> TurnDesk:
        """Reads the secret, from its file when that is named. Raises SettingsError. Touches the disk."""
        if not settings.urls:
            return cls(settings)
        if settings.secret_file is None:
            return cls(settings, _long_enough("turn.secret", settings.secret.get_secret_value()))
        return cls(settings, _long_enough("turn.secret_file", _read(settings.secret_file)))

    @property
    def renew_after_s(self) -> float | None:
        """How old what was handed out may get before it is replaced; None when it never runs out."""
        return self._settings.lifetime_s * RENEWED_AFTER if self._settings.urls else None

    def setup(self, name: str, now: float | None = None) -> IceSetup:
        """The servers for one end, which the TURN server's log then calls `name`. `now` is seconds since 1970."""
        servers = []
        if self._settings.stun_urls:
            servers.append(IceServer(urls=self._settings.stun_urls))
        if self._settings.urls:
            expires = int((time.time() if now is None else now) + self._settings.lifetime_s)
            made = credential(self._secret, name, expires)
            servers.append(IceServer(urls=self._settings.urls, username=made.username, credential=made.password))
        return IceSetup(servers=tuple(servers), relay_only=self._settings.force_relay)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SettingsError(f"setting 'turn.secret_file': {file} cannot be read ({why})") from None


def _long_enough(key: str, secret: str) -> str:
    if len(secret) < MIN_SECRET_CHARS:
        raise SettingsError(
            f"setting '{key}' has {len(secret)} characters, at least {MIN_SECRET_CHARS} are needed; "
            "make one with `openssl rand -hex 32` and give the TURN server the same (static-auth-secret)"
        )
    return secret
