"""The embedded Mosquitto: who gets in, who may say what, and that it is started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.base import MAX_PAYLOAD_BYTES
from protocol.errors import SettingsError
from protocol.mqtt_url import MqttUrl
from protocol.signals import Hangup
from protocol.topics import COMMAND, NODE_CHANNELS, PREFIX, ROLL_CALL, ROUTES, SIGNAL_IN, STATE
from remote_app import broker as broker_module
from remote_app.bridge import Bridge, Heard
from remote_app.broker import EmbeddedBroker
from remote_app.errors import BrokerOffError
from remote_app.mosquitto_config import acl_file, password_line
from remote_app.settings import NODE_USER, EmbeddedSettings
from tests.app.fake_robot import WAIT_S, FakeRobot, client_for, until

PASSWORDS = {"vefsn": "robot-secret-1", "bronnoy": "robot-secret-2"}


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    async with EmbeddedBroker(EmbeddedSettings(), "node-secret", PASSWORDS) as broker:
        task = asyncio.create_task(broker.run(), name="broker under test")
        yield broker
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard_by_node(broker: EmbeddedBroker, sender: str, topics: list[str]) -> set[str]:
    """Which of the topics the node hears when `sender` publishes on each."""
    heard: set[str] = set()
    async with (
        client_for(broker.address(NODE_USER).with_secret()) as node,
        client_for(broker.address(sender).with_secret()) as client,
    ):
        await node.subscribe(f"{PREFIX}/#", 1)
        for topic in topics:
            await client.publish(topic, b"x", qos=1)
        await node.publish(f"{PREFIX}/end", b"", qos=1)
        async with asyncio.timeout(WAIT_S):
            async for message in node.messages:
                if message.topic.value == f"{PREFIX}/end":
                    return heard
                heard.add(message.topic.value)
    raise AssertionError("the node's own message did not come")


async def heard_by_robot(broker: EmbeddedBroker, robot: str, topics: list[str]) -> set[str]:
    """Which of the topics the robot hears when the node publishes on each, subscribed to everything."""
    heard: set[str] = set()
    async with (
        client_for(broker.address(NODE_USER).with_secret()) as node,
        client_for(broker.address(robot).with_secret()) as client,
    ):
        await client.subscribe("#", 1)
        for topic in [*topics, ROLL_CALL]:
            await node.publish(topic, b"x", qos=1)
        async with asyncio.timeout(WAIT_S):
            async for message in client.messages:
                heard.add(message.topic.value)
                if message.topic.value == ROLL_CALL:
                    return heard
    raise AssertionError("the roll call did not come")


@pytest.mark.parametrize("robot", PASSWORDS)
async def test_a_robot_publishes_only_what_is_its_own(broker: EmbeddedBroker, robot: str) -> None:
    everything = [channel.topic(one) for channel in (*ROUTES, *NODE_CHANNELS) for one in PASSWORDS]
    own = {channel.topic(robot) for channel in ROUTES if channel.from_robot}
    assert await heard_by_node(broker, robot, [*everything, ROLL_CALL, "other/topic"]) == own


@pytest.mark.parametrize("robot", PASSWORDS)
async def test_a_robot_reads_only_what_is_for_it(broker: EmbeddedBroker, robot: str) -> None:
    everything = [channel.topic(one) for channel in (*ROUTES, *NODE_CHANNELS) for one in PASSWORDS]
    own = {channel.topic(robot) for channel in ROUTES if not channel.from_robot}
    assert await heard_by_robot(broker, robot, everything) == {*own, ROLL_CALL}


@pytest.mark.parametrize(
    ("user", "password"),
    [("vefsn", "wrong"), ("vefsn", PASSWORDS["bronnoy"]), ("nobody", "x"), ("node", ""), ("", "")],
)
async def test_a_wrong_password_is_refused(broker: EmbeddedBroker, user: str, password: str) -> None:
    good = broker.address(NODE_USER)
    with pytest.raises(BrokerOffError, match="refuses the user name or password"):
        await Bridge(
            MqttUrl(good.host, good.port, username=user or None, password=password or None), lambda _: None
        ).check()


def listeners(port: str) -> list[str]:
    """The addresses that listen on a port (four hex digits), as the kernel writes them."""
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    return [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")]


def config_file(pid: int) -> Path:
    """The configuration that a running Mosquitto was started with."""
    return Path(Path(f"/proc/{pid}/cmdline").read_text().split("\0")[2])


async def test_it_listens_on_the_loopback_address_only(broker: EmbeddedBroker) -> None:
    port = f"{broker.address(NODE_USER).port:04X}"
    assert listeners(port) == [f"0100007F:{port}"]


async def test_no_file_is_left_once_it_listens(broker: EmbeddedBroker) -> None:
    assert broker.pid is not None
    assert not config_file(broker.pid).parent.exists()


def test_the_run_directory_is_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    directory = tmp_path / "run"
    EmbeddedBroker(EmbeddedSettings(), "secret", PASSWORDS)._write_files(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in directory.iterdir()} == {0o600}
    assert not any(secret in file.read_text() for file in directory.iterdir() for secret in PASSWORDS.values())


async def test_a_new_robot_is_let_in_without_a_new_start(broker: EmbeddedBroker) -> None:
    first = broker.pid
    await broker.admit({"rodoy": "new-password"})
    assert broker.pid == first
    topics = [channel.topic(robot) for channel in ROUTES for robot in ("vefsn", "rodoy")]
    own = {channel.topic("rodoy") for channel in ROUTES if not channel.from_robot}
    assert await heard_by_robot(broker, "rodoy", topics) == {*own, ROLL_CALL}


async def test_it_is_started_again_on_the_same_port(broker: EmbeddedBroker) -> None:
    first, port = broker.pid, broker.address(NODE_USER).port
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: broker.pid not in (first, None))
    assert broker.address(NODE_USER).port == port
    bridge = Bridge(broker.address(NODE_USER), lambda _: None)

    async def linked() -> bool:
        with contextlib.suppress(BrokerOffError):
            await bridge.check()
            return True
        return False

    async with asyncio.timeout(WAIT_S):
        while not await linked():
            await asyncio.sleep(0.05)


async def test_a_port_in_use_is_one_clear_line(broker: EmbeddedBroker) -> None:
    port = broker.address(NODE_USER).port
    with pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{port} .*mqtt\.embedded\.port"):
        await EmbeddedBroker(EmbeddedSettings(port=port), "s", {}).__aenter__()


async def test_a_port_that_somebody_else_took_meanwhile_is_not_taken_for_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visitors.append(writer)

    def first_taken(settings: EmbeddedSettings) -> int:
        return taken.pop() if taken else free(settings)

    visitors: list[asyncio.StreamWriter] = []
    other = await asyncio.start_server(silent, "127.0.0.1", 0)
    others: int = other.sockets[0].getsockname()[1]
    taken, free = [others], broker_module._port
    monkeypatch.setattr(broker_module, "_port", first_taken)
    try:
        async with EmbeddedBroker(EmbeddedSettings(), "node-secret", PASSWORDS) as broker:
            assert broker.address(NODE_USER).port != others
            await Bridge(broker.address(NODE_USER), lambda _: None).check()
    finally:
        for visitor in visitors:
            visitor.close()
        other.close()
        await other.wait_closed()


async def test_a_broker_that_stops_at_once_says_why(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text("#!/bin/sh\necho 'Error: no such thing' >&2\nexit 3\n")
    program.chmod(0o755)
    settings = EmbeddedSettings(program=str(program))
    with pytest.raises(SettingsError, match="no such thing"):
        await EmbeddedBroker(settings, "s", {}).__aenter__()


async def test_bad_messages_are_counted_and_dropped(broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Heard] = []
    bridge = Bridge(broker.address(NODE_USER), heard.append)
    task = asyncio.create_task(bridge.run(), name="bridge under test")
    await until(lambda: bridge.connected)
    good = FakeRobot("vefsn", "").state()
    async with client_for(broker.address("vefsn").with_secret()) as robot:
        for bad in (b"", b"{", b'{"type":"state"}', b"\xff\xfe", b" " * (STATE.limit + 1)):
            await robot.publish(STATE.topic("vefsn"), bad, qos=1)
        liar = good.model_copy(update={"robot": "bronnoy"})
        await robot.publish(STATE.topic("vefsn"), liar.model_dump_json(), qos=1)
        await robot.publish(STATE.topic("vefsn"), good.model_dump_json(), qos=1)
        await until(lambda: heard)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [item.message for item in heard] == [good]
    assert bridge.bad_messages == 6
    assert len([record for record in caplog.records if "dropped on" in record.message]) <= 2
    with pytest.raises(BrokerOffError):
        await bridge.publish(COMMAND, "vefsn", good)


async def test_a_cancelled_publisher_ends(broker: EmbeddedBroker) -> None:
    """Whenever the cancellation comes, also in the moment of the broker's acknowledgement."""
    bridge = Bridge(broker.address(NODE_USER), lambda _: None)
    running = asyncio.create_task(bridge.run(), name="bridge under test")
    await until(lambda: bridge.connected)
    hangup = Hangup(session="s" * 16, connection="c" * 16)

    async def publish_for_ever() -> None:
        while True:
            await bridge.publish(SIGNAL_IN, "vefsn", hangup)

    for number in range(150):
        task = asyncio.create_task(publish_for_ever(), name=f"publisher {number}")
        loop = asyncio.get_running_loop()
        loop.call_later(0.001 + number * 2e-5, task.cancel)
        done, _ = await asyncio.wait({task}, timeout=1)
        task.cancel()
        assert done, f"publisher {number} went on after its cancellation"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_roll_call_of_a_large_fleet_is_not_swallowed(broker: EmbeddedBroker) -> None:
    """5,000 retained states come at once to a node that starts."""
    count, heard = 5000, set[str]()
    async with client_for(broker.address(NODE_USER).with_secret()) as node:
        for number in range(count):
            state = FakeRobot(f"robot-{number}", "").state()
            await node.publish(STATE.topic(state.robot), state.model_dump_json(), qos=0, retain=True)
        await node.publish(f"{PREFIX}/end", b"", qos=1)
    bridge = Bridge(broker.address(NODE_USER), lambda item: heard.add(item.robot))
    task = asyncio.create_task(bridge.run(), name="bridge under test")
    try:
        await until(lambda: len(heard) == count, 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_largest_message_passes(broker: EmbeddedBroker) -> None:
    topic = STATE.topic("vefsn")
    async with (
        client_for(broker.address(NODE_USER).with_secret()) as node,
        client_for(broker.address("vefsn").with_secret()) as robot,
    ):
        await node.subscribe(topic, 1)
        await robot.publish(topic, b"x" * MAX_PAYLOAD_BYTES, qos=1)
        async with asyncio.timeout(WAIT_S):
            message = await anext(node.messages)
    assert message.payload == b"x" * MAX_PAYLOAD_BYTES


def test_password_lines_have_a_salt_of_their_own() -> None:
    first, second = (password_line("vefsn", "same") for _ in range(2))
    assert first != second
    assert first.startswith("vefsn:$7$101$")


def test_the_acl_is_made_from_the_channels() -> None:
    text = acl_file("node", ["vefsn"])
    for channel in ROUTES:
        assert f"topic {'write' if channel.from_robot else 'read'} {channel.topic('vefsn')}\n" in text
