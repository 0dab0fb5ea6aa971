"""The address of a broker as people write it: `mqtt://user:password@host:port`, `mqtts://…` for TLS."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

NOT_AN_ADDRESS = "must be a broker address, mqtt://user:password@host:port (mqtts:// for TLS)"
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class MqttUrl:
    """A broker's address. The password never shows in a repr or a log."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> MqttUrl:
        """Reads an address. Raises ValueError with a sentence that does not repeat the password."""
        try:
            parts = urlsplit(text)
            port = parts.port
            (parts.hostname or "").encode("idna")
        except ValueError:  # its text may repeat a piece of the password
            raise ValueError(NOT_AN_ADDRESS) from None
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path not in ("", "/") or port == 0:
            raise ValueError(NOT_AN_ADDRESS)
        return cls(
            host=parts.hostname,
            port=port if port is not None else DEFAULT_PORTS[parts.scheme],
            tls=parts.scheme == "mqtts",
            username=unquote(parts.username) if parts.username is not None else None,
            password=unquote(parts.password) if parts.password is not None else None,
        )

    def __str__(self) -> str:
        """The address without its password."""
        user = f"{quote(self.username, safe='')}@" if self.username is not None else ""
        return f"{'mqtts' if self.tls else 'mqtt'}://{user}{self._host_in_url()}:{self.port}"

    def with_secret(self) -> str:
        """The address with its password: for the one process that needs it, never for a log."""
        if self.password is None or self.username is None:
            return str(self)
        return str(self).replace("@", f":{quote(self.password, safe='')}@", 1)

    def _host_in_url(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host
