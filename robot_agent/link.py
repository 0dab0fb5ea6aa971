"""The robot's link to the broker: presence, roll call, commands in, answers out.

MQTT 3.1.1, a clean session and a new client id for every connection, so that nothing queues for a robot that
is away. Every connection is an epoch of its own; a command made for an earlier one is refused.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiomqtt
from pydantic import BaseModel

from protocol import topics
from protocol.backoff import Backoff
from protocol.base import parse
from protocol.cancellation import heed_cancellation
from protocol.errors import MessageError, TopicError
from protocol.mqtt_tls import tls_words
from protocol.mqtt_url import MqttUrl
from protocol.rescue import RescueParcel
from protocol.state import Offline, Online
from protocol.topics import Channel, FrameChannel

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 15  # the broker sends the last will after one and a half of these
CONNECT_TIMEOUT_S = 5.0  # a broker that takes longer is not there
PUBLISH_TIMEOUT_S = 5.0  # older than this an answer helps nobody
LAST_WORDS_TIMEOUT_S = 0.3  # the robot stops within 2 s, also when the broker hangs
FIRST_RETRY_S = 0.3
MOST_RETRY_S = 5.0  # a broker that restarts is found within seconds
SETTLED_S = 10.0  # a link that lived so long starts the waits over
MAX_WAITING_OUT = 200  # small messages while the broker is slow; beyond this the link is broken anyway
NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Nagle makes a command 34 ms instead of 0.6

Handler = Callable[[Channel, Any], Awaitable[None]]
BadMessage = Callable[[Channel, MessageError], Awaitable[None]]


class RobotLink:
    """Keeps one robot connected and hands on what comes in, already parsed.

    `on_message` and `on_bad` are awaited one after the other: they must not wait for anything slow.
    `on_connected` is called after each connection, with the link ready to publish.
    """

    def __init__(
        self,
        url: MqttUrl,
        robot: str,
        on_message: Handler,
        on_bad: BadMessage,
        on_connected: Callable[[], Awaitable[None]],
        on_roll_call: Callable[[], Awaitable[None]],
        on_parcel: Callable[[RescueParcel], None] = lambda parcel: None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust` is what the broker's certificate is checked with: needed for an address with TLS."""
        self._url = url
        self._robot = robot
        self._trust = trust
        self._on_message = on_message
        self._on_bad = on_bad
        self._on_connected = on_connected
        self._on_roll_call = on_roll_call
        self._on_parcel = on_parcel
        self._client: aiomqtt.Client | None = None
        self._epoch = _new_epoch()
        self._in_a_hurry = False

    @property
    def epoch(self) -> str:
        """The epoch of this connection (of the next one, while there is none)."""
        return self._epoch

    @property
    def connected(self) -> bool:
        """Whether the broker is there now."""
        return self._client is not None

    async def publish(self, channel: Channel, message: BaseModel) -> bool:
        """Sends a message of this robot; False when the broker is away (the message is dropped, never kept)."""
        return await self._publish(channel, channel.messages.dump_json(message))

    async def publish_parcel(self, parcel: RescueParcel) -> bool:
        """Sends a frame of the rescue path; returns when it is on the line. False when the broker is away."""
        return await self._publish(topics.RESCUE_OUT, parcel.to_bytes())

    async def _publish(self, channel: Channel | FrameChannel, payload: bytes) -> bool:
        client = self._client
        if client is None:
            return False
        being_cancelled = _is_being_cancelled()
        timeout_s = LAST_WORDS_TIMEOUT_S if self._in_a_hurry else PUBLISH_TIMEOUT_S
        try:
            await client.publish(channel.topic(self._robot), payload, channel.qos, channel.retain, timeout=timeout_s)
        except aiomqtt.MqttError as error:
            log.warning("%s not sent: %s", channel.name, error)
            return False
        finally:
            if not being_cancelled:  # the good-bye is said by a task that is on its way out
                heed_cancellation()
        return True

    def hurry(self) -> None:
        """The robot stops: what is still said gets little time."""
        self._in_a_hurry = True

    async def run(self) -> None:
        """Connects, and again after every loss, until cancelled; then says good-bye."""
        backoff = Backoff(FIRST_RETRY_S, MOST_RETRY_S, SETTLED_S)
        while True:
            began_s = time.monotonic()
            try:
                await self._one_connection()
            except aiomqtt.MqttError as error:
                log.warning("no link to %s: %s", self._url, tls_words(error, self._url) or error)
            heed_cancellation()
            jitter = random.random()  # noqa: S311 - spreads a fleet, hides nothing
            await asyncio.sleep(backoff.after(time.monotonic() - began_s, jitter))

    async def _one_connection(self) -> None:
        async with self._new_client() as client:
            self._client = client
            try:
                for channel in topics.ROUTES:
                    if not channel.from_robot:
                        await client.subscribe(channel.topic(self._robot), channel.qos)
                await client.subscribe(topics.ROLL_CALL, 0)
                heed_cancellation()
                await self.publish(topics.PRESENCE, Online(robot=self._robot, epoch=self._epoch))
                log.info("linked to %s as %s", self._url, self._robot)
                await self._on_connected()
                async for message in client.messages:
                    await self._receive(str(message.topic), message.payload)
            except asyncio.CancelledError:
                await self.publish(topics.PRESENCE, Offline(robot=self._robot, epoch=self._epoch, reason="stopped"))
                raise
            finally:
                self._client = None
                self._epoch = _new_epoch()

    def _new_client(self) -> aiomqtt.Client:
        will = Offline(robot=self._robot, epoch=self._epoch, reason="lost")
        return aiomqtt.Client(
            self._url.host,
            self._url.port,
            username=self._url.username,
            password=self._url.password,
            identifier=f"{self._robot}-{self._epoch}",
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=True,
            keepalive=KEEP_ALIVE_S,
            timeout=CONNECT_TIMEOUT_S,
            max_queued_outgoing_messages=MAX_WAITING_OUT,
            socket_options=[NO_DELAY],
            tls_context=self._trust if self._url.tls else None,
            will=aiomqtt.Will(
                topics.PRESENCE.topic(self._robot),
                topics.PRESENCE.messages.dump_json(will),
                qos=topics.PRESENCE.qos,
                retain=topics.PRESENCE.retain,
            ),
        )

    async def _receive(self, topic: str, payload: object) -> None:
        if topic == topics.ROLL_CALL:
            await self._on_roll_call()
            return
        try:
            _, channel = topics.parse_topic(topic)
        except TopicError as error:
            log.warning("%s", error)
            return
        data = payload if isinstance(payload, bytes) else b""
        if isinstance(channel, FrameChannel):
            self._take_parcel(data)
            return
        try:
            message = parse(channel.messages, channel.name, data, channel.limit)
        except MessageError as error:
            await self._on_bad(channel, error)
            return
        await self._on_message(channel, message)

    def _take_parcel(self, data: bytes) -> None:
        try:
            parcel = RescueParcel.from_bytes(data)
        except MessageError as error:
            log.debug("%s", error)  # seventeen a second: neither answered nor worth a line each
            return
        self._on_parcel(parcel)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _new_epoch() -> str:
    return secrets.token_hex(8)
