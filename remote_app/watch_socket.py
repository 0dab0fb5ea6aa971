"""The WebSocket of a page whose link lets it watch and do nothing else: a relative's."""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.errors import MessageError
from protocol.watching import StopWatching, Watch
from protocol.web import FROM_WATCHER, MAX_PAGE_BYTES, Leave, WatchWelcome
from remote_app.access import Claim
from remote_app.context import CONTEXT, Context
from remote_app.errors import BrokerOffError
from remote_app.page import Page
from remote_app.policy import deed_of, may
from remote_app.rooms import Room
from remote_app.sockets import finish, opened, visitor, write
from remote_app.switchboard import LEFT_CODE
from remote_app.watches import Wish

log = logging.getLogger(__name__)


async def watch_socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws-watch/<token>`. 403 for a wrong link or origin, 426 without an upgrade, 429 for too many pages."""
    context = request.app[CONTEXT]
    claim = visitor(request, "open_watch")
    if not isinstance(claim, Claim):
        return claim
    room = context.switchboard.rooms[claim.robot]
    open_already = sum(page.claim.id == claim.id for page in room.watchers)
    socket = await opened(request, open_already, MAX_PAGE_BYTES)
    if isinstance(socket, web.WebSocketResponse):
        await _live(socket, Page(claim, "", time.monotonic()), room, context)
    return socket


async def _live(socket: web.WebSocketResponse, page: Page, room: Room, context: Context) -> None:
    board = context.switchboard
    room.watchers.add(page)
    page.tell(_welcome(page, room, context))
    log.info("%s: a watcher's page came (%d open)", room.robot, len(room.watchers))
    try:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(write(socket, page.outbox), name="watcher's page writer")
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await _take(frame.data, page, room, context)
            await finish(page.outbox, writer)
    finally:
        room.watchers.discard(page)
        board.watches.gone(page)
        log.info("%s: a watcher's page went", room.robot)


def _welcome(page: Page, room: Room, context: Context) -> WatchWelcome:
    now, course = time.monotonic(), context.course_of(page.claim)
    return WatchWelcome(
        name=page.claim.name,
        place=room.place,
        course=course.name,
        telephone=course.telephone,
        present=room.present(now),
        state=room.state,
        ice=context.switchboard.servers_for(page, now),
    )


async def _take(text: str, page: Page, room: Room, context: Context) -> None:
    now, board = time.monotonic(), context.switchboard
    if not page.messages.take(now):
        page.sorry("too_fast", now)
        return
    try:
        message = parse(FROM_WATCHER, "message", text, MAX_PAGE_BYTES)
    except MessageError as error:
        page.sorry("bad_message", now, str(error))
        return
    if not may(page.claim, deed_of(message), room.robot):
        page.sorry("not_allowed", now, message.type)
        return
    match message:
        case Watch():
            try:
                await board.watches.ask(page, room, Wish("relative", message.sdp, message.sent_ms), context.bridge, now)
            except BrokerOffError as error:
                page.sorry("broker_off", now, error.why)
        case StopWatching():
            await board.watches.stop(page, context.bridge)
        case Leave():
            await board.watches.stop(page, context.bridge)
            page.outbox.close(LEFT_CODE, "left")
