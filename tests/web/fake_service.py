"""The service as the page sees it, with every answer a switch: link, presence, state, refusals, breaks.

Runs in a thread of its own. The messages are the wire's own models, so the page cannot be tested against
something that the service would never say.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import WSMsgType, web
from pydantic import BaseModel

from protocol.base import parse
from protocol.commands import Done, HandApplied, RaiseHand, Refusal, Refused, Speak, SpeechQueued
from protocol.ice import IceSetup, MediaPath
from protocol.live import SetPoint
from protocol.quality import QualityNumbers, Verdict
from protocol.signals import Answer, Declined, Ended, EndReason, TurnedAway
from protocol.state import (
    CameraView,
    Eyes,
    Fault,
    HandLight,
    HandState,
    HeadLimits,
    PictureStep,
    QualityState,
    RobotState,
    SessionState,
)
from protocol.web import (
    FROM_PAGE,
    Act,
    Asked,
    Connect,
    Leave,
    LinkFault,
    LinkInfo,
    LinkRefused,
    PageRescue,
    RobotPresent,
    Sorry,
    Welcome,
)
from remote_app.security import HEADERS
from tests.web.stand_in_rescue import StandInRescue
from tests.web.stand_in_robot import Head, StandInRobot

STATIC = Path(__file__).resolve().parents[2] / "remote_app" / "static"
SESSION, CONNECTION = "session-of-kari", "connection-{}"
STATE_EVERY_S = 0.2
TELEPHONE = "75 11 22 33"

T = TypeVar("T")


@dataclass
class Scene:
    """Everything that a test can choose. Plain values, read by the service's thread as they are."""

    fault: LinkFault | None = None
    present: bool = True
    private: bool = False
    holder: str = ""
    bad_offer: bool = False
    silent: bool = False  # no answer to an offer
    refuses_speech: bool = False
    hand: HandState = field(default_factory=lambda: HandState(raised=False))
    obeys_hand: bool = True
    speaking: bool = False
    faults: tuple[Fault, ...] = ()
    ice: IceSetup = field(default_factory=IceSetup)
    quality: QualityState = field(
        default_factory=lambda: QualityState(
            step=PictureStep.P720,
            width=1280,
            height=720,
            fps=30,
            bitrate_bps=2_000_000,
            rtt_ms=40,
            loss=0,
            path=MediaPath.HOST,
            verdict=Verdict.GOOD,
            numbers=QualityNumbers(
                picture_ms=42,
                hear_ms=80,
                speak_ms=120,
                shown_fps=29.9,
                frozen_ms=0,
                page_buffer_ms=25,
                robot_buffer_ms=30,
                sound_lost=0.005,
                sound_concealed=0,
                echo_loss_db=38,
            ),
        )
    )


class FakeService:
    """`with FakeService() as service:` serves the built pages on a free port of this machine."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.head = Head()
        self.acts: list[Act] = []
        self.offers: list[Connect] = []
        self.answered: list[Answer] = []
        self.points: list[SetPoint] = []
        self.left = 0
        self.rescue = StandInRescue(self.head)
        self.sockets: list[web.WebSocketResponse] = []
        self.robot: StandInRobot | None = None
        self.before: list[StandInRobot] = []  # replaced by it; the page says good-bye to them
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake service")
        self._runner: web.AppRunner | None = None
        self.url = ""

    def __enter__(self) -> FakeService:
        self._thread.start()
        self.url = self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something in the service's thread and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def reset(self) -> None:
        """As new, with nobody connected."""
        self.run(self._hang_up())
        self.scene, self.head = Scene(), Head()
        self.acts, self.offers, self.answered, self.points, self.left = [], [], [], [], 0
        self.rescue = StandInRescue(self.head)

    def tell(self, message: BaseModel) -> None:
        """Says something to every open page."""
        self.run(self._tell(message))

    def end(self, reason: EndReason) -> None:
        """The robot ends the session."""
        connection = CONNECTION.format(len(self.offers))
        self.tell(Ended(robot="vefsn", session=SESSION, connection=connection, reason=reason))

    def drop_sockets(self, code: int = 1001) -> None:
        """Closes every WebSocket."""
        self.run(self._drop(code))

    def present(self, present: bool) -> None:
        """The robot comes or goes."""
        self.scene.present = present
        self.tell(RobotPresent(present=present))

    def sorry(self, reason: Any) -> None:
        """The service did not do it."""
        self.tell(Sorry(reason=reason))

    async def _start(self) -> str:
        app = web.Application()
        app.router.add_get("/j/{token}", _index)
        app.router.add_get("/api/link/{token}", self._link)
        app.router.add_get("/ws/{token}", self._page)
        app.router.add_static("/static/", STATIC)
        app.on_response_prepare.append(_headers)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        await self._hang_up()
        if self._runner is not None:
            await self._runner.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}  # aiortc's, of peers that never connected
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _hang_up(self) -> None:
        await self._drop(1001)
        for robot in [*self.before, *([self.robot] if self.robot is not None else [])]:
            await robot.close()
        self.robot, self.before = None, []

    async def _drop(self, code: int) -> None:
        for socket in [*self.sockets]:
            await socket.close(code=code)

    async def _tell(self, message: BaseModel) -> None:
        for socket in [*self.sockets]:
            await socket.send_str(message.model_dump_json())

    async def _link(self, _: web.Request) -> web.Response:
        fault = self.scene.fault
        if fault is not None:
            return _json(LinkRefused(fault=fault, telephone=TELEPHONE), 403)
        return _json(
            LinkInfo(
                name="Kari Nordmann",
                place="Vefsn, kurssal 2",
                course="Mestringstreff på Helgeland",
                telephone=TELEPHONE,
                present=self.scene.present,
            )
        )

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if self.scene.fault is not None:
            return _json(LinkRefused(fault=self.scene.fault, telephone=TELEPHONE), 403)
        socket = web.WebSocketResponse(timeout=0.2)
        await socket.prepare(request)
        await socket.send_str(self._welcome().model_dump_json())
        self.sockets.append(socket)
        beats = asyncio.gather(self._states(socket), self._rescue(socket))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._take(socket, frame.data)
                elif frame.type is WSMsgType.BINARY:
                    self.rescue.hear(frame.data)
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)
            self.sockets.remove(socket)
        return socket

    async def _states(self, socket: web.WebSocketResponse) -> None:
        while True:
            await asyncio.sleep(STATE_EVERY_S)
            if self.scene.present:
                await socket.send_str(self.state().model_dump_json())

    async def _rescue(self, socket: web.WebSocketResponse) -> None:
        frames: asyncio.Queue[bytes] = asyncio.Queue()
        work = asyncio.create_task(self.rescue.run(frames), name="stand-in rescue")
        try:
            while True:
                await socket.send_bytes(await frames.get())
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _take(self, socket: web.WebSocketResponse, text: str) -> None:
        message = parse(FROM_PAGE, "message", text)
        match message:
            case Connect():
                self.offers.append(message)
                asked = Asked(connection=CONNECTION.format(len(self.offers)), sent_ms=message.sent_ms)
                await socket.send_str(asked.model_dump_json())
                answer = await self._answer(message)
                if isinstance(answer, Answer):
                    self.answered.append(answer)
                if answer is not None:
                    await socket.send_str(answer.model_dump_json())
            case Act():
                self.acts.append(message)
                await socket.send_str(self._reply(message).model_dump_json())
            case PageRescue():
                self.rescue.words.append(message)
            case SetPoint():
                self.points.append(message)
                self.head.aim(json.loads(text))
            case Leave():
                self.left += 1
                await socket.close()

    async def _answer(self, offer: Connect) -> Answer | Declined | None:
        ids: Any = {"robot": "vefsn", "session": SESSION, "connection": CONNECTION.format(len(self.offers))}
        scene = self.scene
        if scene.silent:
            return None
        if scene.holder and not offer.replace:
            return Declined(**ids, reason=TurnedAway.BUSY, holder=scene.holder)
        if scene.private:
            return Declined(**ids, reason=TurnedAway.PRIVATE)
        if scene.bad_offer:
            return Declined(**ids, reason=TurnedAway.BAD_OFFER)
        if self.robot is not None:
            self.before.append(self.robot)
        self.robot = StandInRobot(self.head)
        return Answer(**ids, sdp=await self.robot.answer(offer.sdp))

    def _reply(self, act: Act) -> Done | Refused:
        ids: Any = {"robot": "vefsn", "id": act.id, "session": SESSION}
        if isinstance(act.action, RaiseHand) and self.scene.obeys_hand:
            self.scene.hand = HandState(raised=act.action.raised)
            return Done(**ids, applied=HandApplied(raised=act.action.raised))
        if isinstance(act.action, Speak) and not self.scene.refuses_speech:
            return Done(**ids, applied=SpeechQueued(duration_s=1.0))
        return Refused(**ids, reason=Refusal.PART_BROKEN)

    def _welcome(self) -> Welcome:
        return Welcome(
            robot="vefsn",
            seat="rodoy",
            name="Kari Nordmann",
            place="Vefsn, kurssal 2",
            course="Mestringstreff på Helgeland",
            telephone=TELEPHONE,
            session=SESSION,
            present=self.scene.present,
            state=self.state() if self.scene.present else None,
            ice=self.scene.ice,
        )

    def state(self) -> RobotState:
        """The robot's heartbeat as the scene has it."""
        scene, connected = self.scene, self.robot is not None
        session = SessionState(
            id=SESSION,
            seat="rodoy",
            connection=CONNECTION.format(len(self.offers)),
            name="Kari Nordmann",
            steering=True,
            since_s=1,
            lost_s=0,
            media="connected",
        )
        return RobotState(
            robot="vefsn",
            epoch="abcdefgh",
            seq=1,
            session=session if connected else None,
            hand=scene.hand,
            private=scene.private,
            eyes=Eyes.NEUTRAL if connected else Eyes.CLOSED,
            hand_light=HandLight.BLINK if scene.hand.raised else HandLight.OFF,
            pose=self.head.pose(),
            limits=HeadLimits(pan_min_deg=-175, pan_max_deg=175, tilt_min_deg=-25, tilt_max_deg=40),
            view=CameraView(width=1280, height=720, hfov_deg=78),
            camera_open=connected,
            microphone_open=connected,
            speaking=scene.speaking,
            quality=scene.quality if connected else None,
            battery=None,
            faults=scene.faults,
        )


async def _index(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "index.html")


async def _headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _json(message: BaseModel, status: int = 200) -> web.Response:
    return web.Response(text=message.model_dump_json(), status=status, content_type="application/json")


def wait_until(look: Callable[[], T], what: str, timeout_s: float = 15.0) -> T:
    """The first true answer of `look`."""
    end_s = time.monotonic() + timeout_s
    while not (answer := look()):
        assert time.monotonic() < end_s, f"waited {timeout_s} s for {what}"
        time.sleep(0.02)
    return answer
