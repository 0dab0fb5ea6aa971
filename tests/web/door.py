"""What the stand-in service says before a page has its WebSocket: of the link, of six digits, and of the line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiohttp import web
from pydantic import BaseModel

from protocol.base import parse
from protocol.codes import CODE_PATH, CODE_TRY, CodeFault, CodeFound, CodeRefused, StartInfo
from protocol.web import LinkFault, LinkInfo, LinkRefused
from remote_app.line_desk import LineDesk
from tests.web.front import NAME, PLACE
from tests.web.scene import Scene

TELEPHONE = "75 11 22 33"
COURSE = "Mestringstreff på Helgeland"
CODE = "314159"


class Door:
    """Answers by the scene of the moment; the line is measured by the real service's own desk."""

    def __init__(self, scene: Callable[[], Scene]) -> None:
        self._scene = scene
        self._line_desk = LineDesk()

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Its addresses."""
        router.add_get("/api/link/{token}", self._link)
        router.add_get("/api/line/{token}", self._line)
        router.add_post("/api/line/{token}", self._line)
        router.add_get(CODE_PATH, self._start)
        router.add_post(CODE_PATH, self._code)

    @property
    def refused(self) -> LinkRefused | None:
        """Why the link does not open the room now."""
        fault, opens_at = self._scene().fault, self._scene().opens_at
        if opens_at is None:
            return None if fault is None else LinkRefused(fault=fault, telephone=TELEPHONE)
        left_s = opens_at - time.time()
        if left_s <= 0:
            return None
        return LinkRefused(
            fault=LinkFault.NOT_YET,
            telephone=TELEPHONE,
            name=NAME,
            place=PLACE,
            course=COURSE,
            opens_at=int(opens_at),
            opens_in_s=left_s,
        )

    async def _link(self, _: web.Request) -> web.Response:
        if self._scene().door_shut:
            return web.Response(status=502, text="no such server")
        if refused := self.refused:
            return in_json(refused, 403)
        present = self._scene().present
        info = LinkInfo(
            name=NAME, place=PLACE, course=COURSE, telephone=TELEPHONE, present=present, role=self._scene().link_role
        )
        return in_json(info)

    async def _start(self, _: web.Request) -> web.Response:
        return in_json(StartInfo(course=COURSE, telephone=TELEPHONE))

    async def _code(self, request: web.Request) -> web.Response:
        wish = parse(CODE_TRY, "code", await request.read())
        scene = self._scene()
        scene.codes_tried.append(wish.code)
        if scene.code_fault is not None:
            return in_json(CodeRefused(fault=scene.code_fault, retry_s=scene.code_retry_s), 403)
        if wish.code != CODE:
            return in_json(CodeRefused(fault=CodeFault.WRONG), 403)
        return in_json(CodeFound(path="/j/any"))

    async def _line(self, request: web.Request) -> web.Response:
        while self._scene().line_held:
            await asyncio.sleep(0.02)
        if slow := self._scene().slow_line_s:
            await asyncio.sleep(slow.pop(0))
        return await self._line_desk.answer(request, "any")


def in_json(message: BaseModel, status: int = 200) -> web.Response:
    """A message as the service writes it."""
    return web.Response(text=message.model_dump_json(), status=status, content_type="application/json")
