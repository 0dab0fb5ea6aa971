"""The node's link to the broker: in comes all of every robot and what nodes say, out go messages to one robot.

One connection object is used once; this module makes the next one. MQTT 3.1.1, clean session, a new client id
each time, so that nothing queues for a node that is away.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import aiomqtt

from protocol.backoff import Backoff
from protocol.base import Wire, parse
from protocol.cancellation import heed_cancellation
from protocol.errors import MessageError, TopicError
from protocol.mqtt_tls import tls_words
from protocol.mqtt_url import MqttUrl
from protocol.nodes import NODE_WORD, Missed, NodeGone
from protocol.rescue import RescueParcel
from protocol.topics import (
    MAX_NODE_WORD_BYTES,
    NODE_CHANNELS,
    NODES,
    RESCUE_IN,
    ROLL_CALL,
    ROUTES,
    Channel,
    FrameChannel,
    parse_topic,
)
from remote_app.errors import BrokerOffError
from remote_app.limits import TokenBucket
from remote_app.mqtt_reading import read_many, waiting

log = logging.getLogger(__name__)

KEEP_ALIVE_S: Final = 10  # the broker says that we are gone after 15 s
CONNECT_TIMEOUT_S: Final = 5.0
PUBLISH_TIMEOUT_S: Final = 2.0  # a page waits for this; the embedded broker takes 1 ms
QUEUED_MESSAGES: Final = 20_000  # answers to a roll call come at once; each is taken in 50 µs
REFUSED_SUBSCRIPTION: Final = 128  # MQTT 3.1.1, 3.9.3
NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 0.6 ms there and back; 34 ms without


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a robot, or of a node about one. `retained`: stored at the broker, so it says nothing of now."""

    robot: str
    channel: Channel | FrameChannel
    message: Wire | RescueParcel
    retained: bool


@dataclass(frozen=True, slots=True)
class NodeEnd:
    """What the bridge has to know of its node: its name, who hears the other nodes, and who answers a roll call."""

    node: str
    hear: Callable[[NodeGone | Missed], None]
    roll_called: Callable[[bool], None]
    """Called with whether it was another node."""


class Bridge:
    """Keeps the link up in `run()`; `deliver` is called on the event loop for each good message."""

    def __init__(
        self,
        address: MqttUrl,
        deliver: Callable[[Heard], None],
        end: NodeEnd | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust` is what the broker's certificate is checked with: needed for an address with TLS."""
        self._address = address
        self._trust = trust
        self._deliver = deliver
        self._end = end
        self._name = end.node.encode() if end is not None else b""
        self._client: aiomqtt.Client | None = None
        self._backoff = Backoff(first_s=0.1, most_s=5.0, settled_s=10.0)
        self._complaints = TokenBucket(rate=1, burst=1, now=time.monotonic())
        self.bad_messages = 0
        self.called_s = -math.inf  # when the roll was called last, in monotonic seconds
        self.up = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Subscribed, and nothing has said otherwise."""
        return self.up.is_set()

    async def check(self) -> None:
        """Connects and subscribes once, and goes. Raises BrokerOffError with what is wrong."""
        try:
            async with self._new_client() as client:
                await _subscribe(client)
        except aiomqtt.MqttError as error:
            raise BrokerOffError(_words(error, self._address)) from error

    async def run(self) -> None:
        """Connects, and connects again, until cancelled."""
        while True:
            started = time.monotonic()
            try:
                await self._live_once()
            except aiomqtt.MqttError as error:
                log.warning("no link to the broker %s: %s", self._address, _words(error, self._address))
            heed_cancellation()
            jitter = random.random()  # noqa: S311 (spreads nodes, hides nothing)
            await asyncio.sleep(self._backoff.after(time.monotonic() - started, jitter))

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        """Hands one message to the broker (QoS 1: it has it). Raises BrokerOffError."""
        await self._publish(channel, robot, message.model_dump_json().encode())

    async def publish_word(self, word: Missed) -> None:
        """Tells the other nodes something about no robot. Raises BrokerOffError."""
        await self._send(NODES, word.model_dump_json().encode(), qos=1, retain=False)

    async def publish_parcel(self, robot: str, parcel: RescueParcel) -> None:
        """Hands a frame of the rescue path to the broker; no word of it comes back. Raises BrokerOffError."""
        await self._publish(RESCUE_IN, robot, parcel.to_bytes())

    async def _publish(self, channel: Channel | FrameChannel, robot: str, payload: bytes) -> None:
        await self._send(channel.topic(robot), payload, qos=channel.qos, retain=channel.retain)

    async def _send(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        client = self._client
        if client is None:
            raise BrokerOffError("no connection")
        try:
            await client.publish(topic, payload, qos=qos, retain=retain, timeout=PUBLISH_TIMEOUT_S)
        except aiomqtt.MqttError as error:
            raise BrokerOffError(_words(error, self._address)) from error
        finally:
            heed_cancellation()

    async def _live_once(self) -> None:
        async with self._new_client() as client:
            read_many(client)
            await _subscribe(client)
            self._client = client
            self.called_s = time.monotonic()
            self.up.set()
            log.info("linked to the broker %s", self._address)
            try:
                await client.publish(ROLL_CALL, self._name, qos=1, timeout=PUBLISH_TIMEOUT_S)
                heed_cancellation()
                async for message in client.messages:
                    self._take(message)
                    for more in waiting(client):
                        self._take(more)
            finally:
                self._client = None
                self.up.clear()

    def _new_client(self) -> aiomqtt.Client:
        address, will = self._address, None
        if self._end is not None:
            will = aiomqtt.Will(NODES, NodeGone(node=self._end.node).model_dump_json(), qos=1)
        return aiomqtt.Client(
            address.host,
            address.port,
            username=address.username,
            password=address.password,
            identifier=f"node-{secrets.token_hex(8)}",
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            will=will,
            timeout=CONNECT_TIMEOUT_S,
            keepalive=KEEP_ALIVE_S,
            max_queued_incoming_messages=QUEUED_MESSAGES,
            tls_context=self._trust if address.tls else None,
            socket_options=[NO_DELAY],
        )

    def _take(self, message: aiomqtt.Message) -> None:
        if message.topic.value == ROLL_CALL:
            if self._end is not None:
                self._end.roll_called(message.payload != self._name)
            return
        try:
            if message.topic.value == NODES:
                word = parse(NODE_WORD, "nodes", message.payload, MAX_NODE_WORD_BYTES)
                if self._end is not None:
                    self._end.hear(word)
                return
            heard = read(message.topic.value, message.payload, retained=message.retain)
        except (TopicError, MessageError) as error:
            self.bad_messages += 1
            if self._complaints.take(time.monotonic()):
                log.warning("dropped on %s: %s (%d so far)", message.topic, error, self.bad_messages)
            return
        self._deliver(heard)


async def _subscribe(client: aiomqtt.Client) -> None:
    heard = (*(route for route in ROUTES if route.from_robot), *NODE_CHANNELS)
    topics = [(route.topic("+"), route.qos) for route in heard]
    codes = await client.subscribe([*topics, (ROLL_CALL, 1), (NODES, 1)])
    heed_cancellation()
    if REFUSED_SUBSCRIPTION in codes:
        raise aiomqtt.MqttError("the broker refuses our subscriptions; check its access rules")


def read(topic: str, payload: Any, *, retained: bool) -> Heard:
    """A message of a robot, or of a node about one, from the wire. Raises TopicError or MessageError."""
    robot, channel = parse_topic(topic)
    if not channel.from_robot and channel not in NODE_CHANNELS:
        raise TopicError(topic)
    if not isinstance(payload, bytes | bytearray):
        raise MessageError(channel.name, "", "the payload is not bytes")
    if isinstance(channel, FrameChannel):
        return Heard(robot, channel, RescueParcel.from_bytes(bytes(payload)), retained)
    message = parse(channel.messages, channel.name, bytes(payload), channel.limit)
    if getattr(message, "robot", robot) != robot:
        raise MessageError(channel.name, "robot", f"is another robot's name than that of the topic, {robot}")
    return Heard(robot, channel, message, retained)


def _words(error: aiomqtt.MqttError, address: MqttUrl) -> str:
    if (why := tls_words(error, address)) is not None:
        return why
    text = str(error)
    if "not authori" in text.lower() or "bad user name" in text.lower():
        return f"it refuses the user name or password ({text})"
    return text
