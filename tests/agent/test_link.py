"""The robot's link, against a real Mosquitto."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from protocol import topics
from protocol.base import parse
from protocol.commands import Command, RaiseHand, Refusal, Refused
from protocol.errors import MessageError
from protocol.mqtt_url import MqttUrl
from protocol.state import Offline, Online
from protocol.topics import Channel
from robot_agent.link import RobotLink
from tests.broker import Broker, running_broker

ROBOT = "r1"
WAIT_S = 15.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running_broker(tmp_path) as running:
        yield running


class Heard:
    """What the link handed on."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[tuple[Channel, Any]] = asyncio.Queue()
        self.bad: asyncio.Queue[tuple[Channel, MessageError]] = asyncio.Queue()
        self.connected: asyncio.Queue[str] = asyncio.Queue()
        self.roll_calls: asyncio.Queue[None] = asyncio.Queue()


@asynccontextmanager
async def linked(broker: Broker) -> AsyncIterator[tuple[RobotLink, Heard]]:
    heard = Heard()

    async def on_message(channel: Channel, message: Any) -> None:
        heard.messages.put_nowait((channel, message))

    async def on_bad(channel: Channel, error: MessageError) -> None:
        heard.bad.put_nowait((channel, error))

    async def on_connected() -> None:
        heard.connected.put_nowait(link.epoch)

    async def on_roll_call() -> None:
        heard.roll_calls.put_nowait(None)

    link = RobotLink(MqttUrl.parse(broker.url), ROBOT, on_message, on_bad, on_connected, on_roll_call)
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        task = group.create_task(link.run())
        await heard.connected.get()
        yield link, heard
        task.cancel()


@asynccontextmanager
async def node(broker: Broker, *channels: Channel) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for channel in channels:
            await client.subscribe(channel.topic("+"), channel.qos)
        yield client


async def next_of(client: aiomqtt.Client, channel: Channel, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    async for message in client.messages:
        if str(message.topic) == channel.topic(ROBOT):
            parsed = parse(channel.messages, channel.name, bytes(message.payload))
            if fits(parsed):
                return parsed
    raise AssertionError("unreachable")


def command(epoch: str = "e" * 8) -> Command:
    return Command(
        id="c1",
        session="session-1",
        connection="connection-1",
        epoch=epoch,
        seq=1,
        sent_ms=1,
        action=RaiseHand(raised=True),
    )


async def test_it_is_online_while_linked_and_says_good_bye(broker: Broker) -> None:
    async with node(broker, topics.PRESENCE) as client:
        async with linked(broker) as (link, _):
            assert await next_of(client, topics.PRESENCE) == Online(robot=ROBOT, epoch=link.epoch)
            epoch = link.epoch
        assert await next_of(client, topics.PRESENCE) == Offline(robot=ROBOT, epoch=epoch, reason="stopped")
    async with node(broker, topics.PRESENCE) as late:
        assert isinstance(await next_of(late, topics.PRESENCE), Offline), "retained for whoever comes later"


async def test_commands_and_roll_calls_come_in_parsed(broker: Broker) -> None:
    async with linked(broker) as (_, heard), node(broker) as client:
        await client.publish(topics.COMMAND.topic(ROBOT), command().model_dump_json(), qos=1)
        assert await heard.messages.get() == (topics.COMMAND, command())
        await client.publish(topics.ROLL_CALL, b"")
        await heard.roll_calls.get()


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff\xfe", b'{"type":"command"}', b"x" * 9000])
async def test_what_is_no_message_is_reported_and_the_link_lives_on(broker: Broker, payload: bytes) -> None:
    async with linked(broker) as (_, heard), node(broker) as client:
        await client.publish(topics.COMMAND.topic(ROBOT), payload, qos=1)
        channel, error = await heard.bad.get()
        assert channel is topics.COMMAND
        assert str(error)
        await client.publish(topics.COMMAND.topic(ROBOT), command().model_dump_json(), qos=1)
        assert (await heard.messages.get())[1] == command()


async def test_another_robots_commands_do_not_arrive(broker: Broker) -> None:
    async with linked(broker) as (_, heard), node(broker) as client:
        await client.publish(topics.COMMAND.topic("r2"), command().model_dump_json(), qos=1)
        await client.publish(topics.ROLL_CALL, b"")
        await heard.roll_calls.get()
        assert heard.messages.empty()


async def test_a_broker_that_dies_is_found_again_in_a_new_epoch(broker: Broker) -> None:
    async with linked(broker) as (link, heard):
        first = link.epoch
        broker.stop()
        await until(lambda: not link.connected)
        refused = Refused(robot=ROBOT, id="c1", session="session-1", reason=Refusal.BUSY)
        assert not await link.publish(topics.REPLY, refused), "nothing queues for later"
        broker.start()
        second = await heard.connected.get()
        assert second != first
        async with node(broker, topics.REPLY) as client:
            await link.publish(topics.REPLY, refused)
            assert await next_of(client, topics.REPLY) == refused


async def until(look: Callable[[], bool]) -> None:
    while not look():
        await asyncio.sleep(0.01)
