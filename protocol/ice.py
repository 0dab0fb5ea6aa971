"""STUN and TURN servers: their addresses as people and browsers write them (RFC 7064, RFC 7065), and who gets which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from protocol.base import Wire

MAX_URLS: Final = 8
MAX_SERVERS: Final = 4
MAX_URL_CHARS: Final = 300
DEFAULT_PORT: Final = 3478
DEFAULT_TLS_PORT: Final = 5349

_HOST: Final = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_PORT: Final = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
ICE_URL_PATTERN: Final = (
    rf"^(stun:{_HOST}(:{_PORT})?"
    rf"|turn:{_HOST}(:{_PORT})?(\?transport=(udp|tcp))?"
    rf"|turns:{_HOST}(:{_PORT})?(\?transport=tcp)?)$"
)
_ICE_URL: Final = re.compile(ICE_URL_PATTERN)
NOT_AN_ICE_URL: Final = (
    "must be like stun:host:3478, turn:host:3478?transport=udp, turn:host:3478?transport=tcp or "
    "turns:host:443?transport=tcp (a name or an IPv4 address, no password in it)"
)

IceUrl = Annotated[str, Field(pattern=ICE_URL_PATTERN, max_length=MAX_URL_CHARS)]


class Carrier(StrEnum):
    """How one talks to a server; the order is the order of preference."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class IceAddress:
    """One way to one server."""

    kind: Literal["stun", "turn"]
    carrier: Carrier
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> IceAddress:
        """Reads an address. Raises ValueError with a sentence that does not repeat it."""
        if len(url) > MAX_URL_CHARS or not _ICE_URL.fullmatch(url):
            raise ValueError(NOT_AN_ICE_URL)
        scheme, _, rest = url.partition(":")
        place, _, query = rest.partition("?")
        host, _, port = place.partition(":")
        carrier = Carrier.TLS if scheme == "turns" else Carrier.TCP if query == "transport=tcp" else Carrier.UDP
        default = DEFAULT_TLS_PORT if scheme == "turns" else DEFAULT_PORT
        return cls("stun" if scheme == "stun" else "turn", carrier, host, int(port) if port else default)

    def __str__(self) -> str:
        """The address in full, as browsers and aiortc read it."""
        if self.kind == "stun":
            return f"stun:{self.host}:{self.port}"
        scheme = "turns" if self.carrier is Carrier.TLS else "turn"
        return f"{scheme}:{self.host}:{self.port}?transport={'udp' if self.carrier is Carrier.UDP else 'tcp'}"


class IceServer(Wire):
    """Addresses that share one name and password, both empty for STUN. The password never shows in a repr."""

    urls: Annotated[tuple[IceUrl, ...], Field(min_length=1, max_length=MAX_URLS)]
    username: Annotated[str, Field(max_length=256)] = ""
    credential: Annotated[str, Field(max_length=256, repr=False)] = ""

    @property
    def addresses(self) -> tuple[IceAddress, ...]:
        """The addresses, read."""
        return tuple(IceAddress.parse(url) for url in self.urls)


class IceSetup(Wire):
    """The servers for one end of a media session, good for hours; a new one comes before they are out.

    Sent to a page after its Welcome has given it one already, and to the robot within the Offer.
    """

    type: Literal["ice"] = "ice"
    servers: Annotated[tuple[IceServer, ...], Field(max_length=MAX_SERVERS)] = ()
    relay_only: bool = False
    """Nothing but TURN may be used: for tests and for finding out what a line lets through."""


class MediaPath(StrEnum):
    """How picture and sound travel: directly, through a NAT, or by a TURN server and how the relayed end reaches it."""

    HOST = "host"
    SRFLX = "srflx"
    RELAY_UDP = "relay-udp"
    RELAY_TCP = "relay-tcp"
    RELAY_TLS = "relay-tls"
