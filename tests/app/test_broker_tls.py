"""MQTT over TLS: the broker of our own and somebody else's by URL, a renewal, and the words when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.mqtt_tls import broker_trust
from protocol.mqtt_url import MqttUrl
from remote_app.app import Running, run
from remote_app.bridge import Bridge
from remote_app.broker import EmbeddedBroker
from remote_app.errors import BrokerOffError
from remote_app.settings import NODE_USER, AppSettings, EmbeddedSettings, HttpSettings, MqttSettings
from robot_agent.link import RobotLink
from tests.app.conftest import settings_for
from tests.app.fake_robot import WAIT_S, until
from tests.authority import Authority

CONNACK = b"\x20\x02"  # MQTT 3.1.1, 3.2


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority of the test's own."""
    return Authority(tmp_path / "authority")


@pytest.fixture
async def broker(authority: Authority) -> AsyncIterator[EmbeddedBroker]:
    """Ours, where robots come by TLS."""
    certificate, key = authority.pair("broker", "127.0.0.1")
    settings = EmbeddedSettings(certificate_file=certificate, key_file=key)
    async with EmbeddedBroker(settings, "node-secret", {"vefsn": "robot-secret"}) as broker:
        yield broker


@contextlib.asynccontextmanager
async def linked(url: MqttUrl, trust: ssl.SSLContext | None) -> AsyncIterator[tuple[RobotLink, list[None]]]:
    """The robot's own link, running, and one entry for each time that it was connected."""

    async def nothing(*_: object) -> None:
        return

    async def connected() -> None:
        times.append(None)

    times: list[None] = []
    link = RobotLink(url, "vefsn", nothing, nothing, connected, nothing, trust=trust)
    task = asyncio.create_task(link.run(), name="robot's link")
    try:
        yield link, times
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answer_without_tls(port: int) -> bytes:
    """What somebody is answered who says a good CONNECT there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bytes.fromhex("101900044d51545404c2000a00000005766566736e000468757368"))
    try:
        return await asyncio.wait_for(reader.read(), WAIT_S)
    except ConnectionError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def serial(port: int, trust: ssl.SSLContext) -> str:
    """The serial number of the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust)
    try:
        shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return str((shown.getpeercert() or {})["serialNumber"])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_robots_come_by_tls_and_see_a_renewal_without_being_cut_off(
    broker: EmbeddedBroker, authority: Authority, tmp_path: Path
) -> None:
    url, pid = broker.address("vefsn"), broker.pid
    assert url.tls
    assert not broker.address(NODE_USER).tls, "on this machine, and listening there alone"
    assert broker.address(NODE_USER).host == "127.0.0.1"
    await Bridge(broker.address(NODE_USER), lambda _: None).check()
    assert CONNACK not in await answer_without_tls(url.port)
    looking = asyncio.create_task(broker.watch_certificate(look_s=0.01))
    try:
        async with linked(url, broker_trust(url, authority.ca)) as (link, times):
            await until(lambda: bool(times))
            first = await serial(url.port, authority.trust())
            certificate, key = authority.pair("next", "127.0.0.1")
            os.replace(key, tmp_path / "authority" / "broker.key")
            os.replace(certificate, tmp_path / "authority" / "broker.pem")
            async with asyncio.timeout(WAIT_S):
                while await serial(url.port, authority.trust()) == first:
                    await asyncio.sleep(0.02)
            await broker.admit({"rodoy": "new-secret"})
            assert (link.connected, len(times), broker.pid) == (True, 1, pid)
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("unknown", "nobody whom this machine trusts .*set mqtt.ca_file"),
        ("over", "its certificate is over"),
        ("other", r"for another name than 127\.0\.0\.1"),
        ("plain", r"does not speak TLS on port \d+; name its TLS port"),
    ],
)
async def test_service_and_robot_say_what_is_wrong_with_a_broker_of_others(
    case: str, words: str, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is no TLS\r\n")
        writer.close()

    context: ssl.SSLContext | None = None
    if case != "plain":
        host = "elsewhere.example.org" if case == "other" else "127.0.0.1"
        ends = timedelta(hours=-1) if case == "over" else timedelta(days=1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.pair("broker", host, ends=ends))
    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    url = MqttUrl("127.0.0.1", server.sockets[0].getsockname()[1], tls=True, username="vefsn", password="hush")
    trust = broker_trust(url, None if case == "unknown" else authority.ca)
    try:
        with pytest.raises(BrokerOffError, match=words):
            await Bridge(url, lambda _: None, trust=trust).check()
        caplog.clear()
        async with linked(url, trust):
            await until(lambda: "no link to" in caplog.text)
        assert re.search(words, caplog.text)
        assert "hush" not in caplog.text
    finally:
        server.close()
        await server.wait_closed()


async def test_the_service_uses_a_broker_of_others_by_tls(
    broker: EmbeddedBroker, authority: Authority, tmp_path: Path, static: Path
) -> None:
    url = MqttUrl("127.0.0.1", broker.address("vefsn").port, tls=True, username=NODE_USER, password="node-secret")
    mqtt = MqttSettings(url=url.with_secret(), ca_file=authority.ca)
    settings = settings_for(tmp_path).model_copy(update={"mqtt": mqtt})
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(settings, stop, started.set_result, static))
    try:
        running: Running = await asyncio.wait_for(asyncio.shield(started), WAIT_S)
        assert running.broker.startswith("mqtts://")
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT_S)
    unknown = settings.model_copy(update={"mqtt": mqtt.model_copy(update={"ca_file": None})})
    with pytest.raises(SettingsError, match=r"'mqtt\.url': no broker at mqtts://node@127.*nobody whom this machine"):
        await run(unknown, asyncio.Event(), lambda _: None, static)
    none = settings.model_copy(update={"mqtt": mqtt.model_copy(update={"ca_file": tmp_path / "none.pem"})})
    with pytest.raises(SettingsError, match=r"'mqtt\.ca_file' is .*none\.pem.*PEM file of the authority"):
        await run(none, asyncio.Event(), lambda _: None, static)


def test_robots_are_told_the_name_that_the_certificate_has() -> None:
    pair = {"certificate_file": "a.pem", "key_file": "a.key"}
    http = HttpSettings(public_url="https://robot.example.org:8443")
    settings = AppSettings(http=http, mqtt=MqttSettings(embedded=EmbeddedSettings.model_validate(pair)))
    assert str(settings.own_broker.for_robots(8883, "vefsn", "x")) == "mqtts://vefsn@robot.example.org:8883"
    named = EmbeddedSettings.model_validate({**pair, "name": "mqtt.example.org"})
    settings = AppSettings(http=http, mqtt=MqttSettings(embedded=named))
    assert settings.own_broker.for_robots(8883, "vefsn", "x").host == "mqtt.example.org"
    plain = AppSettings(http=http)
    assert str(plain.own_broker.for_robots(1, "vefsn", "x")) == "mqtt://vefsn@127.0.0.1:1"
    with pytest.raises(ValueError, match="both or none"):
        EmbeddedSettings.model_validate({"certificate_file": "a.pem"})
