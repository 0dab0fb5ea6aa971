"""The load of `bench/robots.py`, a process of its own: simulated robots, their patients' and their leaders' pages.

Started with the plan as one JSON line on its standard input; commands are `measure SECONDS` and `end`; each is
answered with one JSON line. It speaks to the service as robots and browsers do.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from bench.mqtt import MqttEnd
from protocol.mqtt_url import MqttUrl
from protocol.topics import COMMAND, PRESENCE, REPLY, ROLL_CALL, SIGNAL_IN, SIGNAL_OUT, STATE, STATE_INTERVAL_SESSION_S

OPENING_AT_ONCE = 20
PING_S = 25.0
HAND_EVERY_S = 10.0  # somebody in each meeting raises a hand so often, and takes it down when the queue has it
WAIT_S = 30.0
PROBE_S = 0.25
OWN_S = 0.02


@dataclass(frozen=True)
class Load:
    """What the fleet is told. `leaders` by meeting: the cookie's name and value; `pages` by robot: the link's token."""

    http: str
    robots: dict[str, str]
    pages: dict[str, str]
    leaders: list[tuple[str, str]]
    meetings: list[list[str]]


@dataclass
class Found:
    """Milliseconds, and how many messages the leaders' and patients' pages got."""

    hands_ms: list[float] = field(default_factory=list)
    pings_ms: list[float] = field(default_factory=list)
    http_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)
    """How late this process itself comes to its own work."""
    heard: int = 0
    late: int = 0


class Robot:
    """Beats once a second, answers offers and commands."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self.epoch = f"{random.getrandbits(48):012x}"
        self.end = MqttEnd(MqttUrl.parse(url), f"robot-{name}-{self.epoch}", self._take)
        self._seq = 0
        self._session: dict[str, Any] | None = None
        self._hand_since: float | None = None
        self._began = time.monotonic()

    async def live(self) -> None:
        topics = [(COMMAND.topic(self.name), 1), (SIGNAL_IN.topic(self.name), 1), (ROLL_CALL, 1)]
        await self.end.open(topics)
        online = {"type": "online", "robot": self.name, "epoch": self.epoch}
        self.end.publish(PRESENCE.topic(self.name), json.dumps(online).encode(), qos=1, retain=True)

    async def beat_on(self) -> None:
        await asyncio.sleep(random.random() * STATE_INTERVAL_SESSION_S)
        pinged = time.monotonic()
        while True:
            self.beat()
            if time.monotonic() - pinged > PING_S:
                self.end.ping()
                pinged = time.monotonic()
            await asyncio.sleep(STATE_INTERVAL_SESSION_S)

    def beat(self) -> None:
        self._seq += 1
        self.end.publish(STATE.topic(self.name), json.dumps(self._state()).encode(), retain=True)

    def _state(self) -> dict[str, Any]:
        now = time.monotonic()
        up = self._hand_since is not None
        session = self._session
        return {
            "type": "state",
            "robot": self.name,
            "epoch": self.epoch,
            "seq": self._seq,
            "session": session and {**session, "since_s": round(now - self._began, 1)},
            "hand": {"raised": up, "since_s": now - (self._hand_since or now), "seen": False, "floor": False},
            "listening": False,
            "choices": {"relatives_watch": False, "heard_elsewhere": False, "named_elsewhere": False},
            "watchers": [],
            "private": False,
            "eyes": "neutral" if session else "closed",
            "hand_light": "blink" if up else "off",
            "pose": {
                "type": "pose",
                "pan_deg": self._seq % 90,
                "tilt_deg": 3.2,
                "goal_pan_deg": 10.0,
                "goal_tilt_deg": 0.0,
                "moving": True,
                "at_limit": False,
                "seq": self._seq,
            },
            "limits": {"pan_min_deg": -175, "pan_max_deg": 175, "tilt_min_deg": -25, "tilt_max_deg": 40},
            "places": [
                {"name": "Foreleseren", "pan_deg": 10, "tilt_deg": 0},
                {"name": "Tavla", "pan_deg": -40, "tilt_deg": 5},
            ],
            "view": {"width": 1280, "height": 720, "hfov_deg": 78},
            "camera_open": session is not None,
            "microphone_open": session is not None,
            "speaking": False,
            "volume": {"percent": 100, "whisper": False},
            "quality": {
                "step": "p720",
                "width": 1280,
                "height": 720,
                "fps": 29.9,
                "bitrate_bps": 1_400_000 + self._seq,
                "rtt_ms": 20.5 + self._seq % 7,
                "loss": 0.0,
                "path": None,
                "verdict": None,
                "numbers": None,
            },
            "battery": {"percent": 80, "charging": False, "left_s": 9000},
            "heard": None,
            "faults": [],
            "refused_messages": 0,
        }

    def _take(self, topic: str, payload: bytes) -> None:
        if topic == ROLL_CALL:
            self.beat()
            return
        message = json.loads(payload)
        match message["type"]:
            case "offer":
                self._session = {
                    **{key: message[key] for key in ("seat", "connection", "name")},
                    "id": message["session"],
                    "companion": "",
                    "steering": True,
                    "lost_s": 0.0,
                    "media": "connected",
                    "rescue": False,
                }
                ids = {"robot": self.name, "session": message["session"], "connection": message["connection"]}
                self._say(SIGNAL_OUT.topic(self.name), {"type": "answer", **ids, "sdp": "v=0\r\nanswer"})
                self.beat()
            case "command":
                raised = message["action"]["raised"]
                self._hand_since = time.monotonic() if raised else None
                ids = {"robot": self.name, "id": message["id"], "session": message["session"]}
                self._say(
                    REPLY.topic(self.name), {"type": "done", **ids, "applied": {"type": "hand", "raised": raised}}
                )
                self.beat()

    def _say(self, topic: str, message: dict[str, Any]) -> None:
        self.end.publish(topic, json.dumps(message).encode(), qos=1)


class Fleet:
    """Everybody, and what was found."""

    def __init__(self, load: Load, http: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        self._load = load
        self._tasks = tasks
        self._living: list[asyncio.Task[None]] = []
        self._http = http
        self._robots = {name: Robot(name, url) for name, url in load.robots.items()}
        self._pages: dict[str, aiohttp.ClientWebSocketResponse] = {}
        self._leaders: list[aiohttp.ClientWebSocketResponse] = []
        self._queues: dict[str, asyncio.Event] = {name: asyncio.Event() for name in self._robots}
        self._pong = asyncio.Event()
        self._acts = 0
        self.found = Found()

    async def open(self) -> None:
        """Everybody is there; a fault of one of them ends all."""
        turns = asyncio.Semaphore(OPENING_AT_ONCE)

        async def one(robot: Robot) -> None:
            async with turns:
                await robot.live()
                robot.beat()
                self._go_on(robot.beat_on())
                await self._open_page(robot.name)

        for name, value in self._load.leaders:
            socket = await self._http.ws_connect(
                f"{self._load.http}/ws-lead", headers={"Cookie": f"{name}={value}", "Origin": self._load.http}
            )
            self._leaders.append(socket)
            self._go_on(self._lead(socket))
        await asyncio.gather(*(one(robot) for robot in self._robots.values()))

    async def measure(self, seconds: float) -> Found:
        """Hands, pings and pages over so long."""
        self.found = Found()
        async with asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(self._hands_of(meeting, seconds)) for meeting in self._load.meetings]
            probes = [tasks.create_task(probe) for probe in (self._probe(), self._look_at_self())]
            await asyncio.sleep(seconds)
            await asyncio.wait(work)
            for task in probes:
                task.cancel()
        return self.found

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        self._living.append(self._tasks.create_task(work))

    async def _open_page(self, robot: str) -> None:
        socket = await self._http.ws_connect(f"{self._load.http}/ws/{self._load.pages[robot]}?tab=tab-of-{robot}")
        self._pages[robot] = socket
        present, admitted, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._go_on(self._look(socket, present, admitted, answered))
        async with asyncio.timeout(WAIT_S):
            await present.wait()
            await socket.send_json({"type": "knock", "companion": ""})
            await admitted.wait()
            await socket.send_json({"type": "connect", "sdp": "v=0\r\noffer", "sent_ms": 1000})
            await answered.wait()

    async def _look(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        present: asyncio.Event,
        admitted: asyncio.Event,
        answered: asyncio.Event,
    ) -> None:
        async for frame in socket:
            self.found.heard += 1
            if not present.is_set() and '"present":true' in frame.data:
                present.set()
            elif frame.data.startswith('{"type":"admitted"'):
                admitted.set()
            elif frame.data.startswith('{"type":"answer"'):
                answered.set()
            elif frame.data.startswith('{"type":"sorry"'):
                raise RuntimeError(f"the service says {frame.data}")

    async def _lead(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            self.found.heard += 1
            if frame.data.startswith('{"type":"hand_queue"'):
                for hand in json.loads(frame.data)["hands"]:
                    self._queues[hand["robot"]].set()
            elif frame.data.startswith('{"type":"lobby"'):
                news = json.loads(frame.data)
                for guest in news["waiting"]:
                    await socket.send_json({"type": "admit", "robot": news["robot"], "link": guest["link"]})
            elif frame.data.startswith('{"type":"leader_pong"'):
                self._pong.set()

    async def _hands_of(self, meeting: list[str], seconds: float) -> None:
        end = time.monotonic() + seconds
        await asyncio.sleep(random.random() * min(HAND_EVERY_S, seconds / 2))
        while time.monotonic() < end:
            robot = random.choice(meeting)
            self._queues[robot].clear()
            began = time.monotonic()
            await self._raise(robot, raised=True)
            try:
                async with asyncio.timeout(WAIT_S):
                    await self._queues[robot].wait()
                self.found.hands_ms.append((time.monotonic() - began) * 1000)
            except TimeoutError:
                self.found.late += 1
            await asyncio.sleep(1)
            await self._raise(robot, raised=False)
            await asyncio.sleep(HAND_EVERY_S - 1)

    async def _raise(self, robot: str, *, raised: bool) -> None:
        self._acts += 1
        action = {"type": "raise_hand", "raised": raised}
        act = {"type": "act", "id": f"a{self._acts}", "seq": self._acts, "sent_ms": 1000 + self._acts, "action": action}
        await self._pages[robot].send_json(act)

    async def _probe(self) -> None:
        """What one leader feels."""
        while True:
            self._pong.clear()
            began = time.monotonic()
            await self._leaders[0].send_json({"type": "leader_ping"})
            async with asyncio.timeout(WAIT_S):
                await self._pong.wait()
            self.found.pings_ms.append((time.monotonic() - began) * 1000)
            began = time.monotonic()
            async with self._http.get(f"{self._load.http}/healthz") as answer:
                await answer.read()
            self.found.http_ms.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(PROBE_S)

    async def _look_at_self(self) -> None:
        while True:
            due = time.monotonic() + OWN_S
            await asyncio.sleep(OWN_S)
            self.found.own_ms.append((time.monotonic() - due) * 1000)

    def close(self) -> None:
        """Nobody goes on."""
        for task in self._living:
            task.cancel()
        for robot in self._robots.values():
            robot.end.close()


async def main() -> None:
    """Until `end`, or the end of its input."""
    loop = asyncio.get_running_loop()
    plan = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as tasks:
        fleet = Fleet(Load(**plan), http, tasks)
        await fleet.open()
        _say({"open": len(plan["robots"])})
        while (line := await loop.run_in_executor(None, sys.stdin.readline)).startswith("measure"):
            _say(asdict(await fleet.measure(float(line.split()[1]))))
        fleet.close()


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
