"""The room for whoever only watches, of the stand-in robot: relatives by the person's word in the scene, and ended with
it, and other tablets of the seat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.lobby import LobbyHandOver
from protocol.state import RobotState
from protocol.watching import Watch, WatchAnswer, WatchEnded, Watcher, WatchHangup, WatchOffer, WatchOver
from protocol.web import FROM_WATCHER, Asked, Leave, WatchWelcome
from tests.web.front import ROBOT, Front
from tests.web.scene import Scene
from tests.web.stand_in_robot import Head, StandInRobot

CONNECTION = "watching-1"
LOOK_S = 0.1


class StandInWatch:
    """One relative's page at a time, and any number of tablets. `sent` is what came of the relative's, newest last."""

    def __init__(self, scene: Callable[[], Scene], state: Callable[[], RobotState]) -> None:
        self._scene = scene
        self._state = state
        self.sent: list[str] = []
        self.watching = False
        self._beside: dict[str, StandInRobot] = {}

    async def beside(self, message: WatchOffer | WatchHangup | LobbyHandOver, front: Front) -> None:
        """What the service asks for another tablet of the seat; it is listed for as long as it looks on."""
        scene = self._scene()
        if isinstance(message, LobbyHandOver):
            front.watches.hand_over(message)
        elif isinstance(message, WatchHangup):
            scene.watchers = tuple(one for one in scene.watchers if one.connection != message.connection)
            if (gone := self._beside.pop(message.connection, None)) is not None:
                await gone.close()
        else:
            robot = self._beside[message.connection] = StandInRobot(Head())
            answer = WatchAnswer(robot=ROBOT, connection=message.connection, sdp=await robot.answer(message.sdp))
            front.watches.hear(answer)
            ours = {"role": message.role, "name": message.name, "connection": message.connection}
            scene.watchers = (*scene.watchers, Watcher(**ours, since_s=0, seeing=True))

    async def close(self) -> None:
        """Nobody looks on any more."""
        while self._beside:
            await self._beside.popitem()[1].close()

    async def page(self, request: web.Request) -> web.StreamResponse:
        """`GET /ws-watch/<token>`."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        state = self._state()
        words = {"name": "Per", "place": "Vefsn", "course": "Mestringstreff", "telephone": "75 00 00 00"}
        await socket.send_str(WatchWelcome(**words, present=True, state=state).model_dump_json())
        robot = StandInRobot(Head())
        states = asyncio.create_task(self._states(socket, state.robot))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    message = parse(FROM_WATCHER, "message", frame.data)
                    self.sent.append(message.type)
                    if isinstance(message, Watch):
                        await self._answer(socket, robot, message, state.robot)
                    elif isinstance(message, Leave):
                        await socket.close()
        finally:
            states.cancel()
            await asyncio.gather(states, return_exceptions=True)
            await robot.close()
        return socket

    async def _answer(self, socket: web.WebSocketResponse, robot: StandInRobot, wish: Watch, name: str) -> None:
        await socket.send_str(Asked(connection=CONNECTION, sent_ms=wish.sent_ms).model_dump_json())
        sdp = await robot.answer(wish.sdp)
        await socket.send_str(WatchAnswer(robot=name, connection=CONNECTION, sdp=sdp).model_dump_json())
        self.watching = True

    async def _states(self, socket: web.WebSocketResponse, name: str) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self.watching and not self._scene().choices.relatives_watch:
                self.watching = False
                ended = WatchEnded(robot=name, connection=CONNECTION, reason=WatchOver.NOT_ALLOWED)
                await socket.send_str(ended.model_dump_json())
            await socket.send_str(self._state().model_dump_json())
