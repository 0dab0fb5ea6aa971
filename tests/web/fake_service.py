"""The service as the page sees it, with every answer a switch: link, presence, state, refusals, breaks.

Runs in a thread of its own. The messages are the wire's own models, and what a page says goes by the real service's
own rules (`front.py`): no page is tested against what the service would never say, or never take.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import WSMsgType, web
from pydantic import BaseModel

from protocol.base import Wire
from protocol.commands import (
    Command,
    Done,
    GestureMade,
    HandApplied,
    MakeGesture,
    RaiseHand,
    Refusal,
    Refused,
    Speak,
    SpeechQueued,
)
from protocol.live import FarSetPoint, SetPoint
from protocol.lobby import LobbyAdmit, LobbyDecline, LobbyGone, LobbyHandOver, LobbyKnock
from protocol.rescue import RescueParcel
from protocol.signals import Answer, Declined, Ended, EndReason, Offer, Rescue, TurnedAway
from protocol.state import CameraView, Eyes, HandLight, HandState, HeadLimits, RobotState, SessionState
from protocol.stills import CropStill, StillApplied, TakeStill
from protocol.text import TextLine
from protocol.watching import Choices, WatchHangup, WatchOffer
from protocol.web import MAX_PAGE_BYTES, RobotPresent, Sorry, Welcome
from remote_app.pages import with_telephone
from remote_app.security import HEADERS
from remote_app.shell import WORKER_PATH, worker_script
from tests.web.door import COURSE, TELEPHONE, Door, in_json
from tests.web.front import CLAIM, EPOCH, NAME, PLACE, ROBOT, SEAT, SESSION, Front, pump
from tests.web.scene import Scene
from tests.web.stand_in_rescue import StandInRescue
from tests.web.stand_in_robot import Head, StandInRobot
from tests.web.stand_in_settings import set_in
from tests.web.stand_in_text import StandInText
from tests.web.stand_in_watch import StandInWatch

STATIC = Path(__file__).resolve().parents[2] / "remote_app" / "static"
STATE_EVERY_S = 0.2

T = TypeVar("T")


class FakeService:
    """`with FakeService() as service:` serves the built pages on a free port of this machine."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.head = Head()
        self.acts: list[Command] = []
        self.offers: list[Offer] = []
        self.answered: list[Answer] = []
        self.points: list[SetPoint] = []
        self.left = 0
        self.knocks: list[LobbyKnock | LobbyGone] = []
        self.front = Front(self._to_robot)
        self.door = Door(lambda: self.scene)
        self.watch = StandInWatch(lambda: self.scene, self.state)
        self.rescue = StandInRescue(self.head)
        self.texts = StandInText()
        self.sockets: list[web.WebSocketResponse] = []
        self.robot: StandInRobot | None = None
        self.build = ""  # what a newer service adds to its service worker
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
        self.knocks = []
        self.front = Front(self._to_robot)
        self.rescue = StandInRescue(self.head)
        self.texts = StandInText()
        self.build = ""

    @property
    def unexpected(self) -> list[tuple[str, str]]:
        """What the service refused, and was not to."""
        return [(why, detail) for why, detail in self.front.refused if why not in self.scene.provokes]

    @property
    def newest(self) -> str:
        """The connection that the robot was asked for last."""
        return self.offers[-1].connection if self.offers else "connection-0"

    @property
    def sends_stills(self) -> StandInRobot | None:
        """The newest session whose channel for sharp pictures is open: a page may go on with one that it meant to
        replace."""
        every = (self.robot, *reversed(self.before))
        return next((robot for robot in every if robot is not None and robot.can_send_stills), None)

    @property
    def companion(self) -> str:
        """Who is with the person, as the page said last."""
        return self.offers[-1].companion if self.offers else ""

    def tell(self, message: BaseModel) -> None:
        """Says something to every open page."""
        self.run(self._tell(message))

    def end(self, reason: EndReason) -> None:
        """The robot ends the session."""
        self.run(self._end(reason))

    def lead(self, word: type[LobbyAdmit] | type[LobbyDecline]) -> None:
        """The course leader lets in whoever waits, or does not."""
        self.run(self._lead(word(robot=ROBOT, link=CLAIM.id, by="Ane")))

    def hear_text(self, line: TextLine) -> None:
        """A line came from another node."""
        self.run(self._text(line))

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
        pages = {"/": _index, "/j/{token}": _index, WORKER_PATH: self._worker}
        sockets = {"/ws/{token}": self._page, "/ws-watch/{token}": self.watch.page}
        for path, handler in {**pages, **sockets}.items():
            app.router.add_get(path, handler)
        self.door.add_to(app.router)
        app.router.add_static("/static/", STATIC)
        app.on_response_prepare.append(_headers)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _worker(self, _: web.Request) -> web.Response:
        built, page = ((STATIC / name).read_text(encoding="utf-8") for name in ("sw.js", "index.html"))
        script = worker_script(built + self.build, with_telephone(page, TELEPHONE))
        return web.Response(text=script, content_type="text/javascript", headers={"Cache-Control": "no-cache"})

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
        await self.watch.close()
        self.robot, self.before = None, []

    async def _drop(self, code: int) -> None:
        for socket in [*self.sockets]:
            await socket.close(code=code)

    async def _end(self, reason: EndReason) -> None:
        ended = Ended(robot=ROBOT, session=SESSION, connection=self.newest, reason=reason)
        self.front.ended(ended)
        await self._tell(ended)

    async def _lead(self, word: LobbyAdmit | LobbyDecline) -> None:
        self.front.door.hear(word, self.front.room, time.monotonic())

    async def _tell(self, message: BaseModel) -> None:
        for socket in [*self.sockets]:
            with contextlib.suppress(ConnectionError):  # just closing: its next one begins with a Welcome
                await socket.send_str(message.model_dump_json())

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if refused := self.door.refused:
            return in_json(refused, 403)
        socket = web.WebSocketResponse(timeout=0.2, max_msg_size=MAX_PAGE_BYTES, compress=False)
        await socket.prepare(request)
        await socket.send_str(self._welcome().model_dump_json())
        front = self.front
        talk = front.enter(request.query.get("tab", ""))
        self.sockets.append(socket)
        outlets = (self._states(socket), self._rescue(socket), pump(socket, talk.page.outbox), talk.run_set_points())
        work = [asyncio.create_task(outlet) for outlet in outlets]
        try:
            async for frame in socket:
                front.room.state = self.state()
                said = frame.data if frame.type in (WSMsgType.TEXT, WSMsgType.BINARY) else ""
                if said and await front.hear(talk, said, present=self.scene.present):
                    self.left += 1
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await front.drop(talk)
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

    async def _to_robot(self, message: Wire | RescueParcel) -> None:
        match message:
            case Offer():
                self.offers.append(message)
                answer = await self._answer(message)
                if isinstance(answer, Answer):
                    self.answered.append(answer)
                if answer is not None:
                    self.front.answer(answer)
            case Command():
                self.acts.append(message)
                self.front.reply(message.id, self._reply(message))
            case FarSetPoint():
                self.points.append(message.point)
                self.head.aim(message.point.model_dump())
            case TextLine():
                await self._text(message)
            case Rescue():
                self.rescue.words.append(message)
            case LobbyKnock() | LobbyGone():
                self.knocks.append(message)
                self.front.door.hear(message, self.front.room, time.monotonic())
            case WatchOffer() | WatchHangup() | LobbyHandOver():
                await self.watch.beside(message, self.front)
            case RescueParcel():
                self.rescue.hear(message.frame)

    async def _text(self, line: TextLine) -> None:
        for news in self.texts.hear(line):
            await self._tell(news)

    async def _answer(self, offer: Offer) -> Answer | Declined | None:
        ids: Any = {"robot": ROBOT, "session": SESSION, "connection": offer.connection}
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

    def _reply(self, act: Command) -> Done | Refused:
        ids: Any = {"robot": ROBOT, "id": act.id, "session": SESSION}
        if isinstance(act.action, RaiseHand) and self.scene.obeys_hand:
            self.scene.hand = HandState(raised=act.action.raised)
            return Done(**ids, applied=HandApplied(raised=act.action.raised))
        if isinstance(act.action, Speak) and not self.scene.refuses_speech:
            return Done(**ids, applied=SpeechQueued(duration_s=1.0))
        if (setting := set_in(self.scene, act.action)) is not None:
            return Done(**ids, applied=setting)
        if isinstance(act.action, MakeGesture) and not self.scene.refuses_gestures:
            return Done(**ids, applied=GestureMade(gesture=act.action.gesture, duration_s=0.5))
        if isinstance(act.action, TakeStill | CropStill) and (robot := self.sends_stills) is not None:
            still = robot.send_still(act.id, self.scene.still_left_s)
            applied = StillApplied(still=still, rectified=False, left_s=self.scene.still_left_s)
            return Done(**ids, applied=applied)
        return Refused(**ids, reason=Refusal.PART_BROKEN)

    def _welcome(self) -> Welcome:
        return Welcome(
            robot=ROBOT,
            seat=SEAT,
            name=NAME,
            place=PLACE,
            course=COURSE,
            telephone=TELEPHONE,
            session=SESSION,
            present=self.scene.present,
            state=self.state() if self.scene.present else None,
            ice=self.scene.ice,
            admitted=self.front.admits,
            lines=self.texts.lines,
        )

    def state(self) -> RobotState:
        """The robot's heartbeat as the scene has it."""
        scene, connected = self.scene, self.robot is not None
        taken = scene.holder if not connected else ""  # by somebody who is no page of this test
        session = SessionState(
            id="session-of-another" if taken else SESSION,
            seat=SEAT,
            connection=self.newest,
            name=taken or NAME,
            companion=scene.holder_companion if taken else self.companion,
            steering=True,
            since_s=scene.holder_since_s if taken else 1,
            lost_s=0,
            media="connected",
        )
        return RobotState(
            robot=ROBOT,
            epoch=EPOCH,
            seq=1,
            session=session if connected or taken else None,
            hand=scene.hand,
            listening=scene.listening,
            choices=scene.choices if connected or taken else Choices(),
            watchers=scene.watchers,
            private=scene.private,
            mode=scene.mode,
            eyes=Eyes(scene.mood.value) if connected else Eyes.CLOSED,
            hand_light=HandLight.BLINK if scene.hand.raised else HandLight.OFF,
            pose=self.head.pose(),
            limits=HeadLimits(pan_min_deg=-175, pan_max_deg=175, tilt_min_deg=-25, tilt_max_deg=40),
            places=scene.places,
            view=CameraView(width=1280, height=720, hfov_deg=78),
            camera_open=connected,
            microphone_open=connected,
            speaking=scene.speaking,
            volume=scene.volume,
            quality=scene.quality if connected else None,
            battery=None,
            faults=scene.faults,
        )


async def _index(_: web.Request) -> web.StreamResponse:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    return web.Response(text=with_telephone(page, TELEPHONE), content_type="text/html")


async def _headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def wait_until(look: Callable[[], T], what: str, timeout_s: float = 15.0) -> T:
    """The first true answer of `look`."""
    end_s = time.monotonic() + timeout_s
    while not (answer := look()):
        assert time.monotonic() < end_s, f"waited {timeout_s} s for {what}"
        time.sleep(0.02)
    return answer
