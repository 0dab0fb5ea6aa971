"""`/api/staff/oidc/…`: to the OpenID provider and back. What goes wrong is told in words on the login page."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from protocol.staff import OIDC_START, OidcGo
from remote_app.context import CONTEXT
from remote_app.errors import AppError
from remote_app.staff.bodies import body_of, json_of
from remote_app.staff.guard import came_by_tls, problem, session_token, set_cookie
from remote_app.staff.oidc import OidcError, Pending
from remote_app.staff.who import LoginRefused

log = logging.getLogger(__name__)

RETURN_PATH: Final = "/api/staff/oidc/return"
PENDING_COOKIE: Final = "av1-oidc"
PURPOSE: Final = "oidc"


async def start(request: web.Request) -> web.Response:
    """200 OidcGo: where the browser is to go; its cookie keeps what belongs to this login. 404 without a provider."""
    wish = await body_of(request, OIDC_START)
    if isinstance(wish, web.Response):
        return wish
    context = request.app[CONTEXT]
    if context.provider is None:
        return problem(404, "no_provider", "No OpenID provider is set up (staff.oidc.issuer).")
    try:
        url, pending = await context.provider.start(_return_url(request), wish.next, wish.token)
    except OidcError as error:
        log.warning("OpenID: %s", error)
        return problem(502, error.fault, "The OpenID provider cannot be used now; the service's log says why.")
    response = json_of(OidcGo(url=url))
    sealed = context.key.seal(PURPOSE, pending.sealed())
    response.set_cookie(_cookie(request), sealed, path="/", httponly=True, samesite="Lax", secure=came_by_tls(request))
    return response


async def come_back(request: web.Request) -> web.StreamResponse:
    """The provider has sent the browser here: on to the page that was wanted, or to the login page with the reason."""
    context = request.app[CONTEXT]
    try:
        pending = _pending(request)
    except OidcError as error:
        return _failed(request, error, "")
    if context.provider is None:
        return _failed(request, OidcError("provider_wrong", "no provider is set up"), pending.next)
    try:
        identity = await context.provider.finish(pending, request.query, _return_url(request))
        maps_roles = context.provider.maps_roles
        answer = await context.staff.log_in_by(identity, pending.token, maps_roles=maps_roles)
    except OidcError as error:
        context.staff.provider_refused(error.fault)
        return _failed(request, error, pending.next)
    except AppError as error:
        return _failed(request, OidcError("store_off", str(error)), pending.next)
    if isinstance(answer, LoginRefused):
        return _failed(request, OidcError(answer.why, f"somebody whom the provider knows: {answer.why}"), pending.next)
    if old := session_token(request):
        await context.staff.log_out(old)
    response = _to_login(request, {"next": pending.next} if pending.next else {})
    set_cookie(request, response, answer.token)
    return response


def _pending(request: web.Request) -> Pending:
    kept = request.cookies.get(_cookie(request), "")
    text = request.app[CONTEXT].key.opened(PURPOSE, kept) if kept else None
    if text is None:
        raise OidcError("too_late", "somebody came back without the cookie of a login")
    return Pending.opened(text)


def _failed(request: web.Request, error: OidcError, next_page: str) -> web.Response:
    log.warning("OpenID: %s", error)
    return _to_login(request, {"fault": error.fault, **({"next": next_page} if next_page else {})})


def _to_login(request: web.Request, query: dict[str, str]) -> web.Response:
    """The login page knows whether somebody is logged in, and where they wanted to go. The cookie has done its work."""
    text = f"/login?{urlencode(query)}" if query else "/login"
    response = web.Response(status=303, headers={"Location": text})
    response.del_cookie(_cookie(request), path="/", httponly=True, samesite="Lax", secure=came_by_tls(request))
    return response


def _cookie(request: web.Request) -> str:
    return f"__Host-{PENDING_COOKIE}" if came_by_tls(request) else PENDING_COOKIE


def _return_url(request: web.Request) -> str:
    base = request.app[CONTEXT].settings.http.public_url or f"{request.scheme}://{request.host}"
    return base + RETURN_PATH
