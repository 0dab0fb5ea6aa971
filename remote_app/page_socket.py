"""One page's WebSocket: messages and frames of sound in, checked and handed on; what is in the outbox out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.errors import MessageError
from protocol.web import FROM_PAGE, MAX_PAGE_BYTES, Leave
from remote_app.access import Claim
from remote_app.context import CONTEXT, Context
from remote_app.conversation import Conversation
from remote_app.page import Page
from remote_app.sockets import finish, opened, visitor, write

LOOK_S: Final = 0.02
ROLL_CALL_S: Final = 1.0  # a robot on a slow line, and nodes with the next tick, answer within it
_TAB: Final = re.compile(r"[A-Za-z0-9_-]{0,43}")


async def page_socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws/<token>[?tab=ID]`. 403 for a wrong link or origin, 426 without an upgrade, 429 for too many pages."""
    context = request.app[CONTEXT]
    claim = visitor(request, "open_room")
    if not isinstance(claim, Claim):
        return claim
    tab = request.query.get("tab", "")
    if not _TAB.fullmatch(tab):
        return web.Response(status=400, text="tab must be at most 43 letters, digits, - or _.\n")
    socket = await opened(request, context.switchboard.seats.count(claim.id), MAX_PAGE_BYTES)
    if isinstance(socket, web.WebSocketResponse):
        await _live(socket, Page(claim, tab, time.monotonic(), time.time()), context)
    return socket


async def _live(socket: web.WebSocketResponse, page: Page, context: Context) -> None:
    await _session_known(page, context)
    talk = context.switchboard.enter(page, context.bridge)
    try:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(write(socket, page.outbox), name="page writer")
            goals = tasks.create_task(talk.run_set_points(), name="page set-points")
            await _read(socket, talk, context)
            goals.cancel()
            await finish(page.outbox, writer)
    finally:
        context.switchboard.drop(talk)


async def _session_known(page: Page, context: Context) -> None:
    """A node that has just begun waits for the robot's own word on a session of this link that the broker remembers,
    and for the nodes' on who holds it: the page would begin another one else, or take the seat from a second screen."""
    room, seats = context.switchboard.rooms[page.claim.robot], context.switchboard.seats
    until_s = context.bridge.called_s + ROLL_CALL_S
    while room.state is not None and room.state.session is not None and time.monotonic() < until_s:
        known = room.epoch is not None and seats.holder_known(page.claim.id)
        if known or not context.key.owns(page.claim.id, room.state.session.id):
            return
        await asyncio.sleep(LOOK_S)


async def _read(socket: web.WebSocketResponse, talk: Conversation, context: Context) -> None:
    async for frame in socket:
        if frame.type is WSMsgType.TEXT:
            await _take(frame.data, talk, context)
        elif frame.type is WSMsgType.BINARY:
            await talk.take_frame(frame.data)


async def _take(text: str, talk: Conversation, context: Context) -> None:
    page, now = talk.page, time.monotonic()
    if not page.messages.take(now):
        page.sorry("too_fast", now)
        return
    try:
        message = parse(FROM_PAGE, "message", text, MAX_PAGE_BYTES)
    except MessageError as error:
        page.sorry("bad_message", now, str(error))
        return
    if isinstance(message, Leave):
        await context.switchboard.leave(talk, context.bridge)
    else:
        await talk.take(message)
