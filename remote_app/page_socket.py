"""One page's WebSocket: messages and frames of sound in, checked and handed on; what is in the outbox out."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.errors import MessageError
from protocol.web import FROM_PAGE, MAX_PAGE_BYTES, Leave, LinkFault
from remote_app.context import CONTEXT, Context
from remote_app.conversation import Conversation
from remote_app.outbox import Closing, Outbox
from remote_app.page import Page
from remote_app.pages import refused
from remote_app.security import origin_allowed
from remote_app.switchboard import MAX_PAGES_PER_LINK

HEARTBEAT_S: Final = 4.0  # a pong is due within half of it: a dead tablet's seat is free after 6 s
CLOSE_TIMEOUT_S: Final = 0.5  # for the other side's close frame; the whole service stops within 2 s
_TAB: Final = re.compile(r"[A-Za-z0-9_-]{0,43}")


async def page_socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws/<token>[?tab=ID]`. 403 for a wrong link or origin, 426 without an upgrade, 429 for too many pages."""
    context = request.app[CONTEXT]
    if not origin_allowed(request, context.settings.http.public_url):
        return web.Response(status=403, text="This address is for the service's own pages.\n")
    claim = context.check(request.match_info["token"])
    if isinstance(claim, LinkFault):
        return refused(request, claim)
    tab = request.query.get("tab", "")
    if not _TAB.fullmatch(tab):
        return web.Response(status=400, text="tab must be at most 43 letters, digits, - or _.\n")
    if context.switchboard.seats.count(claim.id) >= MAX_PAGES_PER_LINK:
        return web.Response(status=429, text="This link is open in too many pages.\n")
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, timeout=CLOSE_TIMEOUT_S, max_msg_size=MAX_PAGE_BYTES, compress=False
    )
    if not socket.can_prepare(request):
        return web.Response(status=426, text="This address speaks WebSocket only.\n")
    await socket.prepare(request)
    await _live(socket, Page(claim, tab, time.monotonic()), context)
    return socket


async def _live(socket: web.WebSocketResponse, page: Page, context: Context) -> None:
    talk = context.switchboard.enter(page, context.bridge)
    try:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(_write(socket, page.outbox), name="page writer")
            goals = tasks.create_task(talk.run_set_points(), name="page set-points")
            await _read(socket, talk, context)
            goals.cancel()
            page.outbox.close(1000, "")
            await asyncio.wait({writer}, timeout=2 * CLOSE_TIMEOUT_S)  # it may be sending the close frame
            writer.cancel()
    finally:
        context.switchboard.drop(talk)


async def _write(socket: web.WebSocketResponse, outbox: Outbox) -> None:
    """Sends until the outbox is closed, then closes the WebSocket, which ends the reader."""
    try:
        while not isinstance(item := await outbox.next(), Closing):
            await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_str(item))
    except ConnectionError:
        return  # the reader sees the end too
    await socket.close(code=item.code, message=item.words.encode())


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
