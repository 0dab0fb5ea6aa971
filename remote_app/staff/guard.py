"""What stands before every request of staff: the session's cookie, the deed, and that our own page asks.

The cookie alone never does anything: an unsafe request must come from our own origin, and as JSON or with the token
that only the page knows (`X-CSRF-Token`), which no other site can have a visitor's browser send.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web

from remote_app.context import CONTEXT
from remote_app.errors import AppError
from remote_app.policy import STAFF_DEEDS, staff_may
from remote_app.security import by_tls, origin_allowed

if TYPE_CHECKING:
    from remote_app.staff.who import Staff

log = logging.getLogger(__name__)

COOKIE: Final = "av1-staff"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"  # the browser takes it from this very host alone, over TLS
CSRF_HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
CSRF_CHARS: Final = 32

StaffHandler = Callable[[web.Request, "Staff"], Awaitable[web.StreamResponse]]


async def staff_of(request: web.Request) -> Staff | None:
    """Who is logged in; None for nobody. Raises StoreError."""
    token = session_token(request)
    return await request.app[CONTEXT].staff.find(token) if token else None


def needs(deed: str) -> Callable[[StaffHandler], Callable[[web.Request], Awaitable[web.StreamResponse]]]:
    """A handler that gets whoever is logged in, if the policy lets them do `deed`; else 401, 403 or 503 in words.

    Which sites are theirs is the handler's to ask (`staff.covers_site`). Raises ValueError for an unknown deed.
    """
    if deed not in STAFF_DEEDS:
        raise ValueError(f"no such deed in the policy: {deed!r}")

    def guarded(handler: StaffHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        @functools.wraps(handler)
        async def answer(request: web.Request) -> web.StreamResponse:
            if not is_own_page(request):
                return problem(403, "foreign_page", "This address is for the service's own pages.")
            try:
                staff = await staff_of(request)
            except AppError as error:
                log.error("nobody can be let in: %s", error)
                return problem(503, "store_off", "The database does not answer; try again in a minute.")
            if staff is None:
                return problem(401, "not_logged_in", "Log in at /login first.")
            if not staff_may(staff.role, deed):
                return problem(403, "not_allowed", f"Somebody who is {staff.role} may not do this ({deed}).")
            return await handler(request, staff)

        return answer

    return guarded


def problem(status: int, code: str, detail: str, **more: object) -> web.Response:
    """An answer as problem+json (RFC 9457); `code` is for programs, `detail` a sentence."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return web.json_response({**body, **more}, status=status, content_type="application/problem+json")


def is_own_page(request: web.Request) -> bool:
    """Whether nobody else's page can have made the visitor's browser send this. Safe methods change nothing."""
    if request.method in SAFE_METHODS:
        return True
    if not comes_from_us(request):
        return False
    if request.content_type == "application/json":
        return True
    token, given = session_token(request), request.headers.get(CSRF_HEADER, "")
    return bool(token) and hmac.compare_digest(given.encode(), csrf_of(token).encode())


def comes_from_us(request: web.Request) -> bool:
    """What the browser says of the page that asks: one of ours. A browser always says it where something is changed."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        return False
    return site in (None, "same-origin") and origin_allowed(request, request.app[CONTEXT].settings.http.public_url)


def csrf_of(token: str) -> str:
    """What the page of this session puts into the header."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"csrf:{token}".encode()).digest()).decode()[:CSRF_CHARS]


def session_token(request: web.Request) -> str:
    """What the cookie says; empty for none."""
    return request.cookies.get(cookie_name(request), "")


def set_cookie(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """The browser keeps the session until it ends by itself; an empty token ends it there."""
    name, secure = cookie_name(request), came_by_tls(request)
    if token:
        response.set_cookie(name, token, path="/", httponly=True, samesite="Lax", secure=secure)
    else:
        response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=secure)


def cookie_name(request: web.Request) -> str:
    """With TLS one that no other host, and nobody without TLS, can set."""
    return SECURE_COOKIE if came_by_tls(request) else COOKIE


def came_by_tls(request: web.Request) -> bool:
    """Whether the visitor came by TLS: ours, or that of a proxy in front."""
    return by_tls(request, request.app[CONTEXT].settings.http)
