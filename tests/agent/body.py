"""A robot as it runs in a room: the agent as its own process, with a simulated body and a real broker."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiomqtt
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from protocol import topics
from protocol.base import parse
from protocol.commands import Action, Command, LeaderAction, LeaderCommand
from protocol.ice import IceSetup
from protocol.live import Ping, SetPoint
from protocol.signals import Offer
from protocol.state import RobotState
from protocol.stills import CHUNK_BYTES, StillHeader
from protocol.topics import Channel
from tests.broker import Broker

ROBOT = "r1"
WAIT_S = 20.0
T = TypeVar("T")


class Simulator:
    """`av1-sim` as a process; its picture is small, as nobody looks at it here and a large room takes long to draw."""

    def __init__(self, directory: Path) -> None:
        settings = directory / "sim.toml"
        settings.write_text(
            "[http]\nport = 0\n[camera]\nwidth = 640\nheight = 360\nstill_width = 2028\nstill_height = 1520\n"
            f'[sound]\nsocket = "{directory / "s"}"\n'
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hardware_sim.cli", "--json", "--config", str(settings)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.where: dict[str, str] = json.loads(self._process.stdout.readline())

    def state(self) -> dict[str, Any]:
        """What the simulator says of the body."""
        with urllib.request.urlopen(f"{self.where['simulator']}/api/state", timeout=5) as answer:
            values: dict[str, Any] = json.load(answer)
        return values

    def goals(self) -> list[dict[str, float]]:
        """The last changes of the goals on the bus, oldest first."""
        with urllib.request.urlopen(f"{self.where['simulator']}/api/goals", timeout=5) as answer:
            values: list[dict[str, float]] = json.load(answer)
        return values

    def press_button(self, press: str) -> None:
        """A short or long press of the button on the head."""
        self.post("body", button=press)

    def post(self, name: str, **wish: object) -> None:
        """Throws one of the developer's switches."""
        request = urllib.request.Request(
            f"{self.where['simulator']}/api/{name}", json.dumps(wish).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200

    def throw(self, **faults: object) -> None:
        """Makes these faults; all others stay as they are."""
        self._switch("PUT", json.dumps(faults).encode())

    def mend(self) -> None:
        """Everything is in order again."""
        self._switch("DELETE", None)

    def _switch(self, method: str, body: bytes | None) -> None:
        where = f"{self.where['simulator']}/api/faults"
        request = urllib.request.Request(where, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert answer.status == 200

    def stop(self) -> None:
        """Ends it."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(timeout=20) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def running_simulator(directory: Path) -> Iterator[Simulator]:
    """A body for as long as the block lasts."""
    simulator = Simulator(directory)
    try:
        yield simulator
    finally:
        simulator.stop()


@contextmanager
def running_robot(
    directory: Path, simulator: Simulator, broker: Broker, log: list[str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """`av1-robot` as a process for as long as the block lasts; `log` gets the lines of its log as they come."""
    settings = robot_settings(directory, simulator, broker)
    errors = None if log is None else subprocess.PIPE
    terminal = os.dup(2)  # where a process of this moment speaks: the test run may point 2 elsewhere meanwhile
    process = subprocess.Popen([sys.executable, "-m", "robot_agent.cli", "--config", str(settings)], stderr=errors)
    reader = None if log is None else threading.Thread(target=_follow, args=(process, log, terminal), daemon=True)
    if reader is not None:
        reader.start()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        if reader is not None:
            reader.join()
        os.close(terminal)


def _follow(process: subprocess.Popen[bytes], log: list[str], terminal: int) -> None:
    """Keeps the lines, and passes them on to where they would have gone."""
    assert process.stderr is not None
    with process.stderr:
        for line in process.stderr:
            log.append(line.decode(errors="replace"))
            os.write(terminal, line)


def robot_settings(directory: Path, simulator: Simulator, broker: Broker, grace_s: float = 3) -> Path:
    """A settings file for a robot with the simulator's body."""
    file = directory / "robot.toml"
    file.write_text(
        f'[robot]\nid = "{ROBOT}"\n[mqtt]\nurl = "{broker.url}"\n[serial]\nport = "{simulator.where["serial"]}"\n'
        f'[camera]\nsource = "{simulator.where["camera"]}"\nstill_source = "{simulator.where["still"]}"\n'
        f'[sound]\ndevice = "socket:{simulator.where["sound"]}"\n'
        f'[rtc]\nhost_addresses = ["127.0.0.1"]\n[session]\ngrace_s = {grace_s}\n'
        f'[data]\ndirectory = "{directory / "robot-data"}"\n'
    )
    return file


class Desk:
    """A web node's place at the broker: sends to the robot and remembers what it said."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.state: RobotState | None = None
        self.said: list[Any] = []
        self._news = asyncio.Event()
        self._sequence = 0

    async def send(self, channel: Channel, message: Any) -> None:
        """Publishes a message to the robot (bytes go as they are)."""
        payload = message if isinstance(message, bytes) else message.model_dump_json()
        await self._client.publish(channel.topic(ROBOT), payload, qos=1)

    async def read(self) -> None:
        """Takes in what the robot says, until cancelled."""
        async for message in self._client.messages:
            _, channel = topics.parse_topic(str(message.topic))
            assert isinstance(channel, Channel)
            parsed = parse(channel.messages, channel.name, bytes(message.payload))
            if channel is topics.STATE:
                self.state = parsed
            else:
                self.said.append(parsed)
            self._news.set()

    async def until(self, look: Callable[[], T | None], what: str) -> T:
        """The first true answer of `look`, asked again with everything that the robot says."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not (answer := look()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: not within {WAIT_S} s; state {self.state}; said {self.said[-5:]}") from None
        return answer

    async def until_state(self, fits: Callable[[RobotState], bool], what: str) -> RobotState:
        """The first state that fits."""
        return await self.until(lambda: self.state if self.state is not None and fits(self.state) else None, what)

    async def word(self, kind: type[T], fits: Callable[[T], bool] = lambda _: True) -> T:
        """The first message of a kind that fits."""
        return await self.until(
            lambda: next((m for m in self.said if isinstance(m, kind) and fits(m)), None), kind.__name__
        )

    def command(self, page: Page, action: Action, **other: Any) -> Command:
        """A good command of a page, but for what `other` makes wrong."""
        assert self.state is not None
        self._sequence += 1
        fields: dict[str, Any] = {
            "id": f"c{self._sequence}",
            "session": page.session,
            "connection": page.connection,
            "epoch": self.state.epoch,
            "seq": self._sequence,
            "sent_ms": page.now_ms(),
            "action": action,
        }
        return Command(**(fields | other))

    def lead(self, action: LeaderAction, session: str | None, **other: Any) -> LeaderCommand:
        """A good command of a course leader, but for what `other` makes wrong."""
        assert self.state is not None
        self._sequence += 1
        fields: dict[str, Any] = {
            "id": f"l{secrets.token_hex(4)}",  # the robot, which outlives a desk, remembers those that it has heard
            "epoch": self.state.epoch,
            "session": session,
            "by": "Ane",
            "action": action,
        }
        return LeaderCommand(**(fields | other))


@asynccontextmanager
async def desk_at(broker: Broker) -> AsyncIterator[Desk]:
    """A desk that reads along for as long as the block lasts, and knows the robot's state."""
    async with aiomqtt.Client("127.0.0.1", broker.port) as client, asyncio.TaskGroup() as group:
        for channel in topics.CHANNELS:
            if channel.from_robot:
                await client.subscribe(channel.topic("+"), channel.qos)
        desk = Desk(client)
        reading = group.create_task(desk.read())
        await desk.until(lambda: desk.state, "the robot's state")
        yield desk
        reading.cancel()


class Page:
    """The media side of a patient's page, played by aiortc."""

    def __init__(self, name: str, session: str | None = None, seat: str = "rodoy") -> None:
        self.name = name
        self.session = session or f"session-{secrets.token_hex(8)}"
        self.connection = f"connection-{secrets.token_hex(8)}"
        self.seat = seat
        self.ice = IceSetup()
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._began = asyncio.get_running_loop().time() - 60  # the tablet has been on for a minute
        self._beats: asyncio.Task[None] | None = None
        self._tracks: list[MediaStreamTrack] = []
        self.pictures: list[tuple[StillHeader, bytearray]] = []
        self._seq = time.time_ns() // 1_000_000  # higher than that of the page's connection before

    def now_ms(self) -> float:
        """The tablet's own clock."""
        return (asyncio.get_running_loop().time() - self._began) * 1000

    async def offer(
        self, desk: Desk, *, replace: bool = False, sdp: str | None = None, epoch: str | None = None
    ) -> None:
        """Asks the robot for the room, as it is now or as it was in another epoch."""
        assert desk.state is not None
        sdp = sdp or await self.describe()
        await desk.send(
            topics.SIGNAL_IN,
            Offer(
                session=self.session,
                connection=self.connection,
                seat=self.seat,
                epoch=epoch or desk.state.epoch,
                name=self.name.title(),
                replace=replace,
                sent_ms=self.now_ms(),
                sdp=sdp,
                ice=self.ice,
            ),
        )

    async def describe(self) -> str:
        """The page's side of a connection: it sees, hears, and would steer."""
        self._peer.on("track", self._tracks.append)
        self._peer.addTransceiver("video", direction="recvonly")
        self._peer.addTransceiver("audio", direction="recvonly")
        self.motion = self._peer.createDataChannel("motion", ordered=False, maxRetransmits=0)
        self.talk = self._peer.createDataChannel("talk")
        self.stills = self._peer.createDataChannel("stills")
        self.stills.on("message", self._take_still)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription.sdp

    async def sees_and_hears(self) -> None:
        """Returns when a picture and a piece of sound have come."""
        async with asyncio.timeout(WAIT_S):
            assert {track.kind for track in self._tracks} == {"video", "audio"}
            await asyncio.gather(*(track.recv() for track in self._tracks))

    async def take(self, sdp: str) -> None:
        """Takes the robot's answer and beats from now on."""
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        self._beats = asyncio.create_task(self._beat())

    @property
    def over(self) -> bool:
        """Whether the robot has said good-bye to this connection."""
        return self._peer.connectionState == "closed"

    async def picture(self, request: str) -> tuple[StillHeader, bytes]:
        """The whole picture that came for a command."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for header, data in self.pictures:
                    if header.request == request and len(data) == header.bytes:
                        return header, bytes(data)
                await asyncio.sleep(0.02)

    def _take_still(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.pictures.append((StillHeader.model_validate_json(message), bytearray()))
        else:
            assert len(message) <= CHUNK_BYTES
            self.pictures[-1][1].extend(message)

    async def can_turn(self) -> None:
        """Returns when a set-point has a way to the robot."""
        async with asyncio.timeout(WAIT_S):
            while self.motion.readyState != "open":
                await asyncio.sleep(0.02)

    async def turn(self, pan_deg: float) -> None:
        """A finger that holds the head at an angle for a moment."""
        for _ in range(5):
            self._seq += 1
            point = SetPoint(pan_deg=pan_deg, tilt_deg=0, seq=self._seq, sent_ms=self.now_ms())
            self.motion.send(point.model_dump_json())
            await asyncio.sleep(0.05)

    def fall_silent(self) -> None:
        """No more beats, as when the tablet's battery dies."""
        if self._beats is not None:
            self._beats.cancel()

    async def close(self) -> None:
        """Away."""
        self.fall_silent()
        await self._peer.close()

    async def _beat(self) -> None:
        while True:
            if self.talk.readyState == "open":
                self.talk.send(Ping(sent_ms=self.now_ms()).model_dump_json())
            await asyncio.sleep(0.5)
