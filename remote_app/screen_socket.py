"""The WebSocket of a screen: it shows the room that it follows and the queue, and can do nothing else."""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.errors import MessageError
from protocol.screen import FROM_SCREEN, MAX_SCREEN_BYTES, ScreenLinkInfo, ScreenWatch, ScreenWelcome
from protocol.watching import StopWatching
from protocol.web import Leave, LinkFault
from remote_app.access import Claim
from remote_app.context import CONTEXT, Context
from remote_app.errors import BrokerOffError
from remote_app.page import Page
from remote_app.pages import page as built_page
from remote_app.pages import refused
from remote_app.policy import deed_of, may
from remote_app.sockets import finish, opened, visitor, write
from remote_app.switchboard import LEFT_CODE
from remote_app.watches import Wish

log = logging.getLogger(__name__)


async def screen_index(request: web.Request) -> web.StreamResponse:
    """The screens' page of HTML; it looks at its own path and asks `/api/screen/<token>`."""
    return await built_page(request, "screen.html")


async def screen_link(request: web.Request) -> web.Response:
    """What a screen's link is good for: 200 ScreenLinkInfo or 403 LinkRefused."""
    context = request.app[CONTEXT]
    claim = context.check(request.match_info["token"], "open_screen")
    if isinstance(claim, LinkFault):
        return refused(request, claim)
    course = context.course_of(claim)
    answer = ScreenLinkInfo(name=claim.name, course=course.name, telephone=course.telephone)
    return web.Response(text=answer.model_dump_json(), content_type="application/json")


async def screen_socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws-screen/<token>`. 403 for a wrong link or origin, 426 without an upgrade, 429 for too many pages."""
    context = request.app[CONTEXT]
    claim = visitor(request, "open_screen")
    if not isinstance(claim, Claim):
        return claim
    open_already = sum(page.claim.id == claim.id for page in context.switchboard.screens.pages)
    socket = await opened(request, open_already, MAX_SCREEN_BYTES)
    if isinstance(socket, web.WebSocketResponse):
        await _live(socket, Page(claim, "", time.monotonic()), context)
    return socket


async def _live(socket: web.WebSocketResponse, page: Page, context: Context) -> None:
    board, now, course = context.switchboard, time.monotonic(), context.course_of(page.claim)
    page.tell(
        ScreenWelcome(
            name=page.claim.name,
            course=course.name,
            telephone=course.telephone,
            view=board.screens.enter(page, now),
            ice=board.servers_for(page, now),
        )
    )
    log.info("%s: a screen came", page.claim.robot)
    try:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(write(socket, page.outbox), name="screen writer")
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await _take(frame.data, page, context)
            await finish(page.outbox, writer)
    finally:
        board.screens.drop(page)
        log.info("%s: a screen went", page.claim.robot)


async def _take(text: str, page: Page, context: Context) -> None:
    now, board = time.monotonic(), context.switchboard
    if not page.messages.take(now):
        page.sorry("too_fast", now)
        return
    try:
        message = parse(FROM_SCREEN, "message", text, MAX_SCREEN_BYTES)
    except MessageError as error:
        page.sorry("bad_message", now, str(error))
        return
    room = board.screens.follows(page)
    if not may(page.claim, deed_of(message), page.claim.robot):
        page.sorry("not_allowed", now, message.type)
        return
    match message:
        case ScreenWatch(robot=robot) if room is None or room.robot != robot:
            page.sorry("not_allowed", now, robot)  # it follows another room by now
        case ScreenWatch() if room is not None:
            try:
                await board.watches.ask(page, room, Wish("screen", message.sdp, message.sent_ms), context.bridge, now)
            except BrokerOffError as error:
                page.sorry("broker_off", now, error.why)
        case StopWatching():
            await board.watches.stop(page, context.bridge)
        case Leave():
            await board.watches.stop(page, context.bridge)
            page.outbox.close(LEFT_CODE, "left")
