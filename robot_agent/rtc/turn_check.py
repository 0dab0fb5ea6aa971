"""Whether one way to a TURN server works from here, and if not, why: allocates a relay as a session would.

RFC 8656 section 7 (Allocate) with long-term credentials (RFC 8489 section 9.2). aiortc swallows every reason: a wrong
secret or an untrusted certificate is twelve seconds of silence there.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from aioice import stun

from protocol.ice import Carrier, IceAddress, IceServer

CHECK_TIMEOUT_S = 4.0  # TLS takes five round trips: 1.5 s on the slowest line that carries sound, then a lost packet
FIRST_REPEAT_S = 0.25  # over UDP; doubles. RFC 8489 says 0.5 s, which a person who waits would feel
WAITING_ANSWERS = 8
UDP_RELAY = 17 << 24  # REQUESTED-TRANSPORT: protocol number 17, three reserved bytes (RFC 8656 section 18.7)
UNAUTHENTICATED, STALE_NONCE, QUOTA_REACHED, NO_CAPACITY = 401, 438, 486, 508


class RelayFault(StrEnum):
    """Why a way does not work."""

    NAME = "name not found"
    REFUSED = "connection refused"
    NO_ROUTE = "no way there"
    SILENT = "no answer"
    CUT = "connection cut"
    CERTIFICATE = "certificate not trusted"
    NOT_TLS = "no TLS"
    CREDENTIALS = "name and password refused"
    EXPIRED = "password has run out"
    FULL = "server is full"
    NOT_TURN = "no TURN server"


ADVICE = {
    RelayFault.NAME: "check the host in turn.urls and the robot's name server",
    RelayFault.REFUSED: "nothing listens on that port there, or a firewall says no",
    RelayFault.NO_ROUTE: "check the robot's network",
    RelayFault.SILENT: "a firewall may swallow it; let the port through, or offer turns: on port 443",
    RelayFault.CUT: "something on the way cuts the connection, often a firewall that looks inside",
    RelayFault.CERTIFICATE: "renew it, use the name that stands in it, or name its authority in SSL_CERT_FILE",
    RelayFault.NOT_TLS: "the port does not speak TLS; use turn: instead of turns:, or another port",
    RelayFault.CREDENTIALS: "give the service and the TURN server the same secret (static-auth-secret)",
    RelayFault.EXPIRED: "set the clocks of the service and the TURN server by the same time",
    RelayFault.FULL: "raise the TURN server's total-quota or user-quota",
    RelayFault.NOT_TURN: "another program answers there; check host and port",
}


@dataclass(frozen=True, slots=True)
class RelayWay:
    """One way to one TURN server. The password never shows in a repr."""

    address: IceAddress
    username: str
    credential: str = field(repr=False)

    @property
    def expires_s(self) -> int | None:
        """Until when the password is good, in seconds since 1970, where its name says so."""
        head, colon, _ = self.username.partition(":")
        return int(head) if colon and head.isdecimal() and len(head) < 16 else None


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one check; `fault` is None when a relay was there."""

    address: IceAddress
    fault: RelayFault | None
    detail: str = ""
    took_s: float = 0.0

    def __str__(self) -> str:
        """One line for the log: no password, what is wrong, what to do."""
        if self.fault is None:
            return f"{self.address} works ({self.took_s * 1000:.0f} ms)"
        return f"{self.address}: {self.reason}"

    @property
    def reason(self) -> str:
        """What is wrong and what to do; empty for a way that works."""
        if self.fault is None:
            return ""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.fault}{detail}; {ADVICE[self.fault]}"


def reasons(checked: Sequence[Checked]) -> str:
    """Why none of them works, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for one in checked:
        by_reason.setdefault(one.reason, []).append(str(one.address))
    return ". ".join(f"{', '.join(addresses)}: {reason}" for reason, addresses in by_reason.items())


class RelayRefusedError(Exception):
    """The server's answer was no relay."""

    def __init__(self, fault: RelayFault, detail: str = "") -> None:
        self.fault = fault
        self.detail = detail
        super().__init__(f"{fault} {detail}")


def ways_of(servers: Sequence[IceServer]) -> list[RelayWay]:
    """Every way to every TURN server, UDP before TCP before TLS, otherwise as listed."""
    ways = [
        RelayWay(address, server.username, server.credential)
        for server in servers
        for address in server.addresses
        if address.kind == "turn"
    ]
    return sorted(ways, key=lambda way: list(Carrier).index(way.address.carrier))


async def check_relay(way: RelayWay, timeout_s: float = CHECK_TIMEOUT_S) -> Checked:
    """Tries one way, within `timeout_s`. Never raises for what a network or a server may do."""
    began_s = time.monotonic()
    fault: RelayFault | None = None
    detail = ""
    try:
        async with asyncio.timeout(timeout_s), _line(way.address) as line:
            await _allocate(line, way)
    except RelayRefusedError as error:
        fault, detail = error.fault, error.detail
    except TimeoutError:
        fault, detail = RelayFault.SILENT, f"within {timeout_s:g} s"
    except (OSError, UnicodeError, asyncio.IncompleteReadError) as error:
        fault, detail = _fault_of(error)
    return Checked(way.address, fault, detail, time.monotonic() - began_s)


def _fault_of(error: OSError | UnicodeError | asyncio.IncompleteReadError) -> tuple[RelayFault, str]:
    match error:
        case ssl.SSLCertVerificationError():
            return RelayFault.CERTIFICATE, error.verify_message
        case ssl.SSLError():
            return RelayFault.NOT_TLS, error.reason or ""
        case socket.gaierror():
            return RelayFault.NAME, error.strerror or ""
        case UnicodeError():  # a part of the name is empty or too long (RFC 5890), which `getaddrinfo` raises itself
            return RelayFault.NAME, str(error)
        case ConnectionRefusedError():
            return RelayFault.REFUSED, ""
        case ConnectionError() | asyncio.IncompleteReadError():
            return RelayFault.CUT, ""
        case _:
            return RelayFault.NO_ROUTE, error.strerror or str(error)


class _Line(Protocol):
    """A way on which one message goes out and its answer comes back."""

    async def ask(self, request: stun.Message) -> stun.Message: ...

    def send(self, request: stun.Message) -> None: ...


async def _allocate(line: _Line, way: RelayWay) -> None:
    """A relay, given back at once. Raises RelayRefusedError."""
    answer = await line.ask(_request(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": UDP_RELAY}))
    key = b""
    tried = False
    for _ in range(2):  # the second time for a nonce that has just become stale (RFC 8489 section 9.2.5)
        if answer.message_class is stun.Class.RESPONSE:
            break
        code, given = answer.error_code, answer.attributes
        wants_name = code == UNAUTHENTICATED and not tried and "REALM" in given
        if not (wants_name or code == STALE_NONCE) or "NONCE" not in given:
            break
        tried = True
        realm = given.get("REALM", "")
        key = hashlib.md5(f"{way.username}:{realm}:{way.credential}".encode(), usedforsecurity=False).digest()
        signature = {"USERNAME": way.username, "REALM": realm, "NONCE": given["NONCE"]}
        answer = await line.ask(_request(stun.Method.ALLOCATE, {"REQUESTED-TRANSPORT": UDP_RELAY} | signature, key))
    if answer.message_class is not stun.Class.RESPONSE:
        raise _refusal(answer, way)
    if "XOR-RELAYED-ADDRESS" not in answer.attributes:
        raise RelayRefusedError(RelayFault.NOT_TURN, "an answer without a relayed address")
    if key:
        line.send(_request(stun.Method.REFRESH, {"LIFETIME": 0} | signature, key))


def _request(method: stun.Method, attributes: dict[str, Any], key: bytes = b"") -> stun.Message:
    message = stun.Message(message_method=method, message_class=stun.Class.REQUEST, attributes=dict(attributes))
    if key:
        message.add_message_integrity(key)
    return message


def _refusal(answer: stun.Message, way: RelayWay) -> RelayRefusedError:
    code = answer.error_code
    if code == UNAUTHENTICATED:
        expires_s = way.expires_s
        if expires_s is not None and expires_s <= time.time():  # only to name it: the server's clock decides
            return RelayRefusedError(RelayFault.EXPIRED, f"{time.time() - expires_s:.0f} s ago")
        return RelayRefusedError(RelayFault.CREDENTIALS)
    if code in (QUOTA_REACHED, NO_CAPACITY):
        return RelayRefusedError(RelayFault.FULL, f"error {code}")
    return RelayRefusedError(RelayFault.NOT_TURN, "not a TURN answer" if code is None else f"error {code}")


@asynccontextmanager
async def _line(address: IceAddress) -> AsyncIterator[_Line]:
    if address.carrier is Carrier.UDP:
        loop = asyncio.get_running_loop()
        transport, datagrams = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(address.host, address.port))
        try:
            yield datagrams
        finally:
            transport.close()
        return
    # Reading the authorities takes a while on a small computer.
    trust = await asyncio.to_thread(ssl.create_default_context) if address.carrier is Carrier.TLS else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=trust)
    try:
        yield _Stream(reader, writer)
    finally:
        writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """UDP: repeats until an answer comes."""

    def __init__(self) -> None:
        self._answers: asyncio.Queue[bytes | Exception] = asyncio.Queue(WAITING_ANSWERS)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._put(data)

    def error_received(self, exc: Exception) -> None:
        self._put(exc)

    def _put(self, item: bytes | Exception) -> None:
        if not self._answers.full():
            self._answers.put_nowait(item)

    def send(self, request: stun.Message) -> None:
        assert self._transport is not None
        self._transport.sendto(bytes(request))

    async def ask(self, request: stun.Message) -> stun.Message:
        repeat_s = FIRST_REPEAT_S
        while True:
            self.send(request)
            try:
                async with asyncio.timeout(repeat_s):
                    return await self._answer_to(request)
            except TimeoutError:
                repeat_s *= 2

    async def _answer_to(self, request: stun.Message) -> stun.Message:
        while True:
            item = await self._answers.get()
            if isinstance(item, Exception):
                raise item
            answer = _read(item)
            if answer.transaction_id == request.transaction_id:
                return answer


class _Stream:
    """TCP or TLS: one message after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, request: stun.Message) -> None:
        self._writer.write(bytes(request))

    async def ask(self, request: stun.Message) -> stun.Message:
        self.send(request)
        head = await self._reader.readexactly(stun.HEADER_LENGTH)
        if head[0] & 0xC0:  # a STUN message begins with two zero bits (RFC 8489 section 5)
            raise RelayRefusedError(RelayFault.NOT_TURN, "not a STUN message")
        answer = _read(head + await self._reader.readexactly(int.from_bytes(head[2:4], "big")))
        if answer.transaction_id != request.transaction_id:
            raise RelayRefusedError(RelayFault.NOT_TURN, "an answer to something else")
        return answer


def _read(data: bytes) -> stun.Message:
    try:
        return stun.parse_message(data)
    except (ValueError, struct.error):  # the latter for an attribute that is too short for its kind
        raise RelayRefusedError(RelayFault.NOT_TURN, "not a STUN message") from None
