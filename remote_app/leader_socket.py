"""One leader's WebSocket: messages in, checked and handed on; what is in the outbox out."""

from __future__ import annotations

import asyncio
import time

from aiohttp import WSMsgType, web

from protocol.base import parse
from protocol.errors import MessageError
from protocol.leader import FROM_LEADER, MAX_LEADER_BYTES
from remote_app.access import Claim, hash_of
from remote_app.context import CONTEXT, Context
from remote_app.leader_page import LeaderPage
from remote_app.leading import Leading
from remote_app.sockets import finish, opened, visitor, write
from remote_app.staff import Staff, needs, problem
from remote_app.staff.guard import comes_from_us, session_token


async def leader_socket(request: web.Request) -> web.StreamResponse:
    """`GET /ws-leader/<token>`. 403 for a wrong link or origin, 426 without an upgrade, 429 for too many pages."""
    context = request.app[CONTEXT]
    claim = visitor(request, "lead")
    if not isinstance(claim, Claim):
        return claim
    socket = await opened(request, context.switchboard.leaders.count(claim.id), MAX_LEADER_BYTES)
    if isinstance(socket, web.WebSocketResponse):
        page = LeaderPage(claim, len(context.switchboard.rooms), time.monotonic())
        await _live(socket, page, context)
    return socket


@needs("lead")
async def staff_socket(request: web.Request, staff: Staff) -> web.StreamResponse:
    """`GET /ws-lead`: as `leader_socket`, for a leader who is logged in."""
    context = request.app[CONTEXT]
    if not comes_from_us(request):
        return problem(403, "foreign_page", "This address is for the service's own pages.")
    leader = await context.staff.leader(hash_of(session_token(request)))
    if leader is None:
        return problem(401, "not_logged_in", "Log in at /login first.")
    socket = await opened(request, context.switchboard.leaders.count(staff.id), MAX_LEADER_BYTES)
    if isinstance(socket, web.WebSocketResponse):
        page = LeaderPage(leader, len(context.switchboard.rooms), time.monotonic())
        await _live(socket, page, context)
    return socket


async def _live(socket: web.WebSocketResponse, page: LeaderPage, context: Context) -> None:
    leaders = context.switchboard.leaders
    talk = leaders.enter(page, context.bridge)
    try:
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(write(socket, page.outbox), name="leader's page writer")
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await _take(frame.data, talk)
            await finish(page.outbox, writer)
    finally:
        leaders.drop(talk)


async def _take(text: str, talk: Leading) -> None:
    page, now = talk.page, time.monotonic()
    if not page.messages.take(now):
        page.sorry("too_fast", now)
        return
    try:
        message = parse(FROM_LEADER, "message", text, MAX_LEADER_BYTES)
    except MessageError as error:
        page.sorry("bad_message", now, str(error))
        return
    await talk.take(message)
