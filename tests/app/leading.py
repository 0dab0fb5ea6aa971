"""A course leader's end of the WebSocket, and the patients that it lets in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from pydantic import TypeAdapter

from protocol.base import Wire, parse
from protocol.commands import Action, Done, LeaderAction, Refused
from protocol.leader import TO_LEADER, Admit, LeaderAct, LeaderWelcome, Lobby
from protocol.signals import Answer
from protocol.web import Act, Admitted, Connect, Knock, RobotPresent, Welcome
from remote_app.access import EVERY_ROBOT, new_claim
from tests.app.conftest import OFFER_SDP, PageEnd, Service
from tests.app.fake_robot import WAIT_S, T

CONNECT = Connect(sdp=OFFER_SDP, sent_ms=1000)


class SocketEnd:
    """A page's end of a WebSocket; `words` are what the service may say on it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, words: TypeAdapter[Any]) -> None:
        self.socket = socket
        self._words = words

    async def send(self, message: Wire) -> None:
        await self.socket.send_str(message.model_dump_json())

    async def next(self, kind: type[T], where: Callable[[T], bool] = lambda _: True) -> T:
        """Reads on until a message of this kind for which `where` holds."""
        async with asyncio.timeout(WAIT_S):
            while True:
                frame = await self.socket.receive()
                assert frame.type is aiohttp.WSMsgType.TEXT, f"closed with {self.socket.close_code}"
                message = parse(self._words, "message", frame.data)
                if isinstance(message, kind) and where(message):
                    return message

    async def closed(self) -> int | None:
        async with asyncio.timeout(WAIT_S):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code


class LeaderEnd(SocketEnd):
    """A leader's page's end."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket, TO_LEADER)


def leader_token(service: Service, robot: str = EVERY_ROBOT, expires_s: float = 3600) -> str:
    now = time.time()
    claim = new_claim(robot, "leader", "Ane", not_before=now - 60, expires=now + expires_s, role="leader")
    return service.key.sign(claim)


async def leading(service: Service, robot: str = EVERY_ROBOT) -> tuple[LeaderEnd, LeaderWelcome]:
    """A leader's page after its welcome."""
    url = f"{service.where.http}/ws-leader/{leader_token(service, robot)}"
    page = LeaderEnd(await service.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)))
    return page, await page.next(LeaderWelcome)


async def page_of(service: Service, name: str, robot: str = "vefsn") -> tuple[PageEnd, Welcome]:
    """A patient's page that has been told that the robot is there."""
    page, welcome = await service.open(service.token(robot=robot, name=name))
    if not welcome.present:
        await page.next(RobotPresent, lambda message: message.present)
    return page, welcome


async def let_in(service: Service, leader: LeaderEnd, name: str = "Kari", robot: str = "vefsn") -> PageEnd:
    """A patient's page that knocked, was let in, and is connected."""
    page, _ = await page_of(service, name, robot)
    await page.send(Knock())
    lobby = await leader.next(Lobby, lambda m: m.robot == robot and bool(m.waiting))
    await leader.send(Admit(robot=robot, link=lobby.waiting[0].link))
    await page.next(Admitted)
    await page.send(CONNECT)
    await page.next(Answer)
    return page


async def act(page: PageEnd, number: int, action: Action) -> None:
    """A patient's command, carried out."""
    await page.send(Act(id=str(number), seq=number, sent_ms=1500 + number, action=action))
    await page.next(Done, lambda done: done.id == str(number))


async def lead(leader: LeaderEnd, action: LeaderAction, session: str | None, robot: str = "vefsn") -> Done | Refused:
    """A leader's command, and its answer under the leader's own name for it."""
    await leader.send(LeaderAct(id="mine-1", robot=robot, session=session, action=action))
    async with asyncio.timeout(WAIT_S):
        while True:
            frame = await leader.socket.receive()
            message = parse(TO_LEADER, "message", frame.data)
            if isinstance(message, Done | Refused):
                assert message.id == "mine-1"
                return message


async def applied(leader: LeaderEnd, action: LeaderAction, session: str | None) -> object:
    reply = await lead(leader, action, session)
    assert isinstance(reply, Done), reply
    return reply.applied
