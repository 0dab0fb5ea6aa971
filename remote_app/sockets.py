"""What the WebSockets of all pages have in common: who may open one, how it is written to, how it ends."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from protocol.web import LinkFault
from remote_app.access import Claim
from remote_app.context import CONTEXT
from remote_app.outbox import Closing, Outbox
from remote_app.pages import refused
from remote_app.security import origin_allowed

HEARTBEAT_S: Final = 4.0  # a pong is due within half of it: a dead tablet's seat is free after 6 s
CLOSE_TIMEOUT_S: Final = 0.5  # for the other side's close frame; the whole service stops within 2 s
MAX_PAGES_PER_LINK: Final = 8


def visitor(request: web.Request, deed: str) -> Claim | web.Response:
    """Whose link asks for a WebSocket; or the answer: 403 for a wrong link or origin."""
    context = request.app[CONTEXT]
    if not origin_allowed(request, context.settings.http.public_url):
        return web.Response(status=403, text="This address is for the service's own pages.\n")
    claim = context.check(request.match_info["token"], deed)
    return refused(request, claim) if isinstance(claim, LinkFault) else claim


async def opened(request: web.Request, open_already: int, most_bytes: int) -> web.WebSocketResponse | web.Response:
    """The WebSocket; or the answer: 429 when the link is open in too many pages, 426 without an upgrade."""
    if open_already >= MAX_PAGES_PER_LINK:
        return web.Response(status=429, text="This link is open in too many pages.\n")
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, timeout=CLOSE_TIMEOUT_S, max_msg_size=most_bytes, compress=False
    )
    if not socket.can_prepare(request):
        return web.Response(status=426, text="This address speaks WebSocket only.\n")
    await socket.prepare(request)
    return socket


async def write(socket: web.WebSocketResponse, outbox: Outbox) -> None:
    """Sends until the outbox is closed, then closes the WebSocket, which ends the reader."""
    try:
        while not isinstance(item := await outbox.next(), Closing):
            await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_str(item))
    except ConnectionError:
        return  # the reader sees the end too
    await socket.close(code=item.code, message=item.words.encode())


async def finish(outbox: Outbox, writer: asyncio.Task[None]) -> None:
    """The reader has come to its end: so does the writer, which may be sending the close frame."""
    outbox.close(1000, "")
    await asyncio.wait({writer}, timeout=2 * CLOSE_TIMEOUT_S)
    writer.cancel()
