"""Sessions through Debian's coturn, with nothing but the relay allowed: a robot, a real Chromium, every carrier."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aioice import stun, turn
from aiortc import RTCPeerConnection, RTCSessionDescription
from playwright.async_api import Page

from protocol.ice import Carrier, IceServer, MediaPath
from robot_agent.rtc import patches
from robot_agent.rtc.reach import Reach, configuration
from robot_agent.rtc.relay_finder import RelayFinder
from robot_agent.rtc.session import MediaState, RtcSession, RtcSettings
from robot_agent.rtc.turn_check import Checked, RelayFault, check_relay, ways_of
from tests.broker import free_port
from tests.coturn import HOST, SECRET, TURNSERVER, Coturn, running_coturn
from tests.rtc.parts import browser_page, until, until_page
from tests.rtc.test_session import Robot, decoded, left_over

PATHS = {
    Carrier.UDP: MediaPath.RELAY_UDP,
    Carrier.TCP: MediaPath.RELAY_TCP,
    Carrier.TLS: MediaPath.RELAY_TLS,
}


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with running_coturn(tmp_path_factory.mktemp("coturn")) as coturn:
        yield coturn


@pytest.fixture
def trusted(coturn: Coturn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(coturn.certificate))


async def reach_by(server: IceServer) -> Reach:
    finder = RelayFinder(lambda words: None)
    try:
        relay = await finder.find([server], needed=True)
    finally:
        await finder.close()
    assert relay is not None
    return Reach(relay=relay, relay_only=True)


@asynccontextmanager
async def relayed(robot: Robot, page: Page, coturn: Coturn, near: Carrier, far: Carrier) -> AsyncIterator[RtcSession]:
    """A session by the relay alone; the robot reaches it by `near`, the page by `far`."""
    server = coturn.server(far, name="page")
    stun = [{"urls": list(server.urls), "username": server.username, "credential": server.credential}]
    session = robot.session(RtcSettings(host_addresses=(HOST,), reach=await reach_by(coturn.server(near))))
    await robot.pipeline.open()
    try:
        offer = await page.evaluate("o => offer(o)", {"microphone": 0, "stun": stun, "relayOnly": True})
        assert candidate_types(offer) == {"relay"}
        answer = await session.answer(offer)
        assert candidate_types(answer) == {"relay"}
        await page.evaluate("sdp => accept(sdp)", answer)
        await until(lambda: session.state == MediaState.CONNECTED, f"the connection by {near} and {far}")
        yield session
    finally:
        await session.close()
        await robot.pipeline.close()


def candidate_types(sdp: str) -> set[str]:
    return {line.split()[7] for line in sdp.splitlines() if line.startswith("a=candidate:")}


@pytest.mark.browser
@pytest.mark.usefixtures("trusted")
async def test_picture_and_sound_come_by_every_carrier(coturn: Coturn) -> None:
    before = asyncio.all_tasks()
    async with browser_page("--ignore-certificate-errors") as page:
        for carrier in Carrier:
            robot = Robot()
            async with relayed(robot, page, coturn, carrier, carrier) as session:
                assert session.stats.path is PATHS[carrier]
                await until_page(lambda: decoded(page, 15), f"15 pictures by {carrier}")
                assert await page.evaluate("path()") == f"relay-{carrier}"
                await until(lambda: session.last_beat_s is not None, f"a beat by {carrier}")
            await page.reload()
    await until(lambda: not left_over(before), "the last task")


@pytest.mark.browser
@pytest.mark.usefixtures("trusted")
async def test_a_page_that_needs_the_relay_reaches_a_robot_that_does_not(coturn: Coturn) -> None:
    async with browser_page("--ignore-certificate-errors") as page:
        for carrier in (Carrier.UDP, Carrier.TLS):
            robot = Robot()
            server = coturn.server(carrier, name="page")
            stun = [{"urls": list(server.urls), "username": server.username, "credential": server.credential}]
            session = robot.session(RtcSettings(host_addresses=(HOST,)))
            try:
                offer = await page.evaluate("o => offer(o)", {"microphone": 0, "stun": stun, "relayOnly": True})
                answer = await session.answer(offer)
                assert candidate_types(answer) == {"host"}
                await page.evaluate("sdp => accept(sdp)", answer)
                await until(lambda s=session: s.state == MediaState.CONNECTED, f"the connection by {carrier}")
                assert session.stats.path is PATHS[carrier]
            finally:
                await session.close()
            await page.reload()


def fault_of(checked: Checked) -> RelayFault | None:
    assert checked.took_s < 3
    return checked.fault


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("carrier", list(Carrier))
async def test_a_way_that_works_and_each_reason_why_one_does_not(coturn: Coturn, carrier: Carrier) -> None:
    async def check(server: IceServer) -> RelayFault | None:
        (way,) = ways_of([server])
        checked = await check_relay(way)
        assert way.credential not in f"{checked} {checked!r} {way!r}"
        return fault_of(checked)

    def at(place: str) -> IceServer:
        scheme, query = ("turns", "tcp") if carrier is Carrier.TLS else ("turn", carrier)
        return IceServer(urls=(f"{scheme}:{place}?transport={query}",), username="n", credential="some password")

    assert await check(coturn.server(carrier)) is None
    assert await check(coturn.server(carrier, secret="another secret, of another server")) is RelayFault.CREDENTIALS
    assert await check(coturn.server(carrier, lifetime_s=-5)) is RelayFault.EXPIRED
    assert await check(at(f"{HOST}:{free_port()}")) is RelayFault.REFUSED
    assert await check(at("nowhere.invalid")) is RelayFault.NAME


async def test_a_certificate_that_nobody_vouches_for_is_named(coturn: Coturn, tmp_path: Path) -> None:
    (way,) = ways_of([coturn.server(Carrier.TLS)])
    checked = await check_relay(way)
    assert checked.fault is RelayFault.CERTIFICATE
    assert "SSL_CERT_FILE" in str(checked)
    assert "self-signed" in str(checked)


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_for_another_name_is_named(coturn: Coturn) -> None:
    (way,) = ways_of([IceServer(urls=(f"turns:127.0.0.2:{coturn.tls_port}",), username="n", credential="c")])
    async with forwarded(coturn.tls_port) as port:
        checked = await check_relay(replace(way, address=replace(way.address, port=port)))
    assert checked.fault is RelayFault.CERTIFICATE
    assert "127.0.0.2" in checked.detail


@asynccontextmanager
async def forwarded(port: int) -> AsyncIterator[int]:
    """127.0.0.2 as another name of what listens at HOST."""

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(pour(reader, far_writer), pour(far_reader, writer))

    async with await asyncio.start_server(meet, "127.0.0.2", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def answering(reply: bytes, carrier: Carrier) -> RelayFault | None:
    """What is said of a server that answers everything with `reply`; one that says nothing gets 0.3 s."""
    ends: list[asyncio.BaseTransport] = []

    class Udp(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            ends.append(transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            if reply:
                ends[0].sendto(reply, addr)  # type: ignore[attr-defined]

    class Tcp(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            ends.append(transport)

        def data_received(self, data: bytes) -> None:
            if reply:
                ends[-1].write(reply)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    if carrier is Carrier.UDP:
        transport, _ = await loop.create_datagram_endpoint(Udp, local_addr=(HOST, 0))
        port = transport.get_extra_info("sockname")[1]
    else:
        listener = await loop.create_server(Tcp, HOST, 0)
        port = listener.sockets[0].getsockname()[1]
    scheme, query = ("turns", "tcp") if carrier is Carrier.TLS else ("turn", carrier)
    server = IceServer(urls=(f"{scheme}:{HOST}:{port}?transport={query}",), username="n", credential="c")
    try:
        return (await check_relay(ways_of([server])[0], timeout_s=2.0 if reply else 0.3)).fault
    finally:
        for end in ends:
            end.close()
        if carrier is not Carrier.UDP:
            listener.close()
            await listener.wait_closed()


@pytest.mark.parametrize(
    ("reply", "carrier", "fault"),
    [
        (b"", Carrier.UDP, RelayFault.SILENT),
        (b"", Carrier.TCP, RelayFault.SILENT),
        (b"", Carrier.TLS, RelayFault.SILENT),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Carrier.UDP, RelayFault.NOT_TURN),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Carrier.TCP, RelayFault.NOT_TURN),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Carrier.TLS, RelayFault.NOT_TLS),
    ],
)
async def test_other_programs_and_silence_are_told_from_a_turn_server(
    reply: bytes, carrier: Carrier, fault: RelayFault
) -> None:
    assert await answering(reply, carrier) is fault


async def test_a_session_outlives_its_password_but_a_new_one_needs_another(coturn: Coturn) -> None:
    """Refreshing an allocation needs no password that is still good; this is why one may be short-lived."""
    server = coturn.server(Carrier.UDP, lifetime_s=1)
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol, (HOST, coturn.port), server.username, server.credential
    )
    client = transport._TurnTransport__inner_protocol  # type: ignore[attr-defined]
    try:
        (way,) = ways_of([server])
        assert way.expires_s is not None
        await asyncio.sleep(max(0.0, way.expires_s + 1.1 - time.time()))
        assert (await check_relay(way)).fault is RelayFault.EXPIRED
        refresh = stun.Message(stun.Method.REFRESH, stun.Class.REQUEST, attributes={"LIFETIME": 600})
        answer, _ = await client.request_with_retry(refresh)
        assert answer.attributes["LIFETIME"] == 600
    finally:
        await client.delete()


EXAMPLE = Path(__file__).parents[2] / "config" / "turnserver.conf"


def test_coturn_knows_every_key_of_the_example() -> None:
    """It says nothing of a key that it does not know."""
    said = subprocess.run([TURNSERVER, "--help"], capture_output=True, text=True, check=False, timeout=20)
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert f"--{line.partition('=')[0]}" in said.stdout + said.stderr, line


async def test_the_configuration_that_we_print_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coturn = Coturn(tmp_path / "coturn")
    changes = {
        "listening-port": coturn.port,
        "tls-listening-port": coturn.tls_port,
        "cert": coturn.certificate,
        "pkey": coturn.key,
        "static-auth-secret": SECRET,
    }
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    for key, value in changes.items():
        (at,) = (number for number, line in enumerate(lines) if line.startswith(f"{key}="))
        lines[at] = f"{key}={value}"
    own = [f"listening-ip={HOST}", f"relay-ip={HOST}", f"pidfile={tmp_path / 'pid'}", f"userdb={tmp_path / 'db'}"]
    file = tmp_path / "turnserver.conf"
    file.write_text("\n".join([*lines, *own]), encoding="utf-8")
    coturn.configure(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(coturn.certificate))
    try:
        coturn.start()
        for way in ways_of([coturn.server(*Carrier)]):
            assert (await check_relay(way)).fault is None
    finally:
        coturn.stop()


@pytest.mark.usefixtures("trusted")
async def test_the_robot_steps_past_what_does_not_work_and_says_why(
    coturn: Coturn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    words: list[str | None] = []
    finder = RelayFinder(words.append)
    tls = coturn.server(Carrier.TLS)
    closed = free_port()
    urls = (tls.urls[0], f"turn:{HOST}:{closed}?transport=udp", f"turn:{HOST}:{closed}?transport=tcp")
    try:
        relay = await finder.find([tls.model_copy(update={"urls": urls})])
        assert relay is not None
        assert str(relay.address) == tls.urls[0]
        assert caplog.text.count("connection refused") == 2
        assert words == [None]
        wrong = coturn.server(Carrier.UDP, Carrier.TCP, secret="another secret, of another server")
        assert await finder.find([wrong]) is None
        assert words[1] is not None
        assert words[1].startswith(f"{wrong.urls[0]}, {wrong.urls[1]}: name and password refused; give the service")
    finally:
        await finder.close()
    for server in (tls, wrong):
        assert server.credential not in caplog.text + "".join(word or "" for word in words)


@pytest.mark.usefixtures("trusted")
async def test_no_password_is_in_the_log_of_a_session(coturn: Coturn, caplog: pytest.LogCaptureFixture) -> None:
    for library in ("", "aioice", "aiortc"):  # the robot's own start makes the libraries quieter
        caplog.set_level(logging.DEBUG, library or None)
    reach = await reach_by(server := coturn.server(Carrier.TCP))
    robot = Robot()
    page = RTCPeerConnection(configuration(Reach()))
    page.createDataChannel("talk")
    session = robot.session(RtcSettings(reach=reach))
    try:
        await page.setLocalDescription(await page.createOffer())
        answer = await session.answer(page.localDescription.sdp)
        assert candidate_types(answer) == {"relay"}
        await page.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await until(lambda: session.state == MediaState.CONNECTED, "the connection")
        assert session.stats.path is MediaPath.RELAY_TCP
    finally:
        await session.close()
        await page.close()
    assert server.username in caplog.text  # so the log did say something of it
    assert server.credential not in caplog.text
    assert server.credential not in repr(reach)


async def test_a_relay_behind_a_stream_that_stops_does_not_pile_media_up(coturn: Coturn) -> None:
    """A proxy before coturn stops reading: what the robot goes on sending must not wait for it."""
    limit = 64 * 1024
    taps: list[asyncio.Event] = []
    async with tapped(coturn.port, taps) as port:
        server = coturn.server(Carrier.TCP)
        way = ways_of([server.model_copy(update={"urls": (f"turn:{HOST}:{port}?transport=tcp",)})])[0]
        for bounded in (False, True):
            peer = RTCPeerConnection(configuration(Reach(relay=way, relay_only=True)))
            try:
                peer.createDataChannel("talk")
                await peer.setLocalDescription(await peer.createOffer())
                assert candidate_types(peer.localDescription.sdp) == {"relay"}
                if bounded:
                    patches.bound_relays(peer, limit)
                assert peer.sctp is not None
                (protocol,) = peer.sctp.transport.transport._connection._protocols
                client = protocol.transport._TurnTransport__inner_protocol
                taps[-1].clear()  # the line stops
                for _ in range(20_000):
                    client._send(b"\x40\x00\x03\xe8" + bytes(1000))
                await asyncio.sleep(0.1)
                waiting = client.transport.get_write_buffer_size()
                assert (waiting <= limit + 1004) is bounded, waiting  # without us aioice lets it grow
                taps[-1].set()
                client.transport.abort()
            finally:
                for tap in taps:
                    tap.set()
                await peer.close()


@asynccontextmanager
async def tapped(port: int, taps: list[asyncio.Event]) -> AsyncIterator[int]:
    """A way to `port` on which each connection reads only while its tap is open."""

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tap: asyncio.Event | None) -> None:
        try:
            while data := await reader.read(4096):
                writer.write(data)
                if tap is not None:
                    await tap.wait()
        except ConnectionError:
            pass
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tap = asyncio.Event()
        tap.set()
        taps.append(tap)
        far_reader, far_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(pour(reader, far_writer, tap), pour(far_reader, writer, None))

    async with await asyncio.start_server(meet, HOST, 0) as listener:
        yield listener.sockets[0].getsockname()[1]
