"""As much of MQTT 3.1.1 as a thousand simulated robots in one process need: nothing is queued, nothing is sent again.

Section numbers are those of the OASIS standard.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from typing import Final

from protocol.mqtt_url import MqttUrl

KEEP_ALIVE_S: Final = 60
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90, 0xC0, 0xD0
KIND: Final = 0xF0
CLEAN_SESSION, HAS_PASSWORD, HAS_USER = 0x02, 0x40, 0x80

Take = Callable[[str, bytes], None]


class MqttEnd(asyncio.Protocol):
    """One client. `take` is called with topic and payload of everything that comes."""

    def __init__(self, url: MqttUrl, client_id: str, take: Take) -> None:
        self._url = url
        self._client_id = client_id
        self._take = take
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._packet_id = 0
        self._answers: asyncio.Queue[int] = asyncio.Queue()

    async def open(self, topics: Sequence[tuple[str, int]]) -> None:
        """Connected and subscribed. Raises OSError, or ConnectionError when the broker refuses."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._url.host, self._url.port)
        who = (self._client_id, self._url.username or "", self._url.password or "")
        flags = CLEAN_SESSION | HAS_USER | HAS_PASSWORD if self._url.username else CLEAN_SESSION
        body = _text("MQTT") + bytes((4, flags)) + struct.pack(">H", KEEP_ALIVE_S)  # 3.1.2
        self._send(CONNECT, body + b"".join(_text(part) for part in (who if self._url.username else who[:1])))
        if await self._answers.get() != 0:
            raise ConnectionError(f"the broker refuses {self._client_id}")
        body = b"".join(_text(topic) + bytes((qos,)) for topic, qos in topics)
        self._send(SUBSCRIBE, self._next_id() + body)  # 3.8.3
        await self._answers.get()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """On its way; for QoS 1 the acknowledgement is not waited for (3.3)."""
        number = self._next_id() if qos else b""
        self._send(PUBLISH | qos << 1 | retain, _text(topic) + number + payload)

    def ping(self) -> None:
        """The line lives (3.12)."""
        self._send(PINGREQ, b"")

    def close(self) -> None:
        """Without a word, as when the power goes."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._buffer += data
        while (packet := self._next_packet()) is not None:
            self._packet(*packet)

    def _next_packet(self) -> tuple[int, bytes] | None:
        length, shift, at = 0, 0, 1
        while True:  # 2.2.3
            if at >= len(self._buffer):
                return None
            byte = self._buffer[at]
            length |= (byte & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if not byte & 0x80:
                break
        if len(self._buffer) < at + length:
            return None
        first, body = self._buffer[0], bytes(self._buffer[at : at + length])
        del self._buffer[: at + length]
        return first, body

    def _packet(self, first: int, body: bytes) -> None:
        kind = first & KIND
        if kind == CONNACK:
            self._answers.put_nowait(body[1])
        elif kind == SUBACK:
            self._answers.put_nowait(0)
        elif kind == PUBLISH:
            (size,) = struct.unpack_from(">H", body)
            rest = 2 + size
            if first & 0x06:
                self._send(PUBACK, body[rest : rest + 2])
                rest += 2
            self._take(body[2 : 2 + size].decode(), body[rest:])

    def _next_id(self) -> bytes:
        self._packet_id = self._packet_id % 0xFFFF + 1
        return struct.pack(">H", self._packet_id)

    def _send(self, first: int, body: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        length, size = len(body), bytearray()
        while True:
            size.append(length & 0x7F | (0x80 if length > 0x7F else 0))
            length >>= 7
            if not length:
                break
        self._transport.write(bytes((first,)) + size + body)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data
