"""`/api/staff/…` for whoever is logged in: where they are, and logging out there."""

from __future__ import annotations

from aiohttp import web

from remote_app.context import CONTEXT
from remote_app.limits import client_of
from remote_app.staff.bodies import json_of
from remote_app.staff.guard import needs, session_token, set_cookie
from remote_app.staff.who import Staff


@needs("keep_account")
async def sessions(request: web.Request, staff: Staff) -> web.Response:
    """200 OwnSessions."""
    return json_of(await request.app[CONTEXT].staff.own_sessions(staff.id, session_token(request)))


@needs("keep_account")
async def log_out_elsewhere(request: web.Request, staff: Staff) -> web.Response:
    """204; this browser alone stays logged in."""
    await request.app[CONTEXT].staff.log_out_elsewhere(staff.id, session_token(request))
    return web.Response(status=204)


@needs("keep_account")
async def log_out_everywhere(request: web.Request, staff: Staff) -> web.Response:
    """204; this browser is logged out, too."""
    await request.app[CONTEXT].staff.log_out_everywhere(staff.id)
    response = web.Response(status=204)
    set_cookie(request, response, "")
    return response


def address_of(request: web.Request) -> str:
    """Who asks, as limits count them."""
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
    return client_of(request.remote, forwarded, request.app[CONTEXT].settings.http.proxies)
