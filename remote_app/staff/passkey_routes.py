"""`/api/staff/passkey…`: logging in by a passkey, and everybody's own. Between question and answer stands a cookie."""

from __future__ import annotations

import time
from typing import Final

from aiohttp import web

from protocol.passkeys import (
    FIRST_PASSKEY,
    FIRST_PASSKEY_ASK,
    MAX_PASSKEY_BYTES,
    PASSKEY_LOG_IN,
    PASSKEY_MADE,
    PASSKEY_RENAME,
    OwnPasskeys,
    PasskeyAsk,
    PasskeyOffer,
)
from remote_app.context import CONTEXT
from remote_app.staff.answers import SENTENCES, STATUS, begin, refused
from remote_app.staff.bodies import body_of, foreign, json_of
from remote_app.staff.ceremony import ALGORITHMS, CHALLENGE_GOOD_FOR_S, Challenge, Place, place_of, user_handle
from remote_app.staff.guard import came_by_tls, is_own_page, needs, problem, session_token
from remote_app.staff.own_routes import address_of
from remote_app.staff.who import LoginRefused, Staff

COOKIE: Final = "av1-passkey"
PURPOSE: Final = "passkey"
MAX_NEW_BYTES: Final = 2 * MAX_PASSKEY_BYTES
TIMEOUT_MS: Final = CHALLENGE_GOOD_FOR_S * 1000


def place(request: web.Request) -> Place | None:
    """Where this service's passkeys belong: `http.public_url`, or the address that the browser came to."""
    return place_of(_address(request))


def _address(request: web.Request) -> str:
    public = request.app[CONTEXT].settings.http.public_url
    return public or f"{'https' if came_by_tls(request) else 'http'}://{request.host}"


async def ask(request: web.Request) -> web.Response:
    """200 PasskeyAsk and the cookie that belongs to it; 409 where the address can carry no passkeys."""
    if not is_own_page(request):
        return foreign()
    here = place(request)
    if here is None:
        return _no_passkeys(request)
    asked = Challenge.new("log_in", time.time())
    response = json_of(PasskeyAsk(challenge=asked.value, rp_id=here.rp_id, timeout_ms=TIMEOUT_MS))
    return _keep(request, response, asked)


async def log_in(request: web.Request) -> web.Response:
    """200 StaffInfo and the session's cookie; 401, 403, 410 or 429 with why not."""
    said = await body_of(request, PASSKEY_LOG_IN, MAX_NEW_BYTES)
    if isinstance(said, web.Response):
        return said
    here = place(request)
    if here is None:
        return _no_passkeys(request)
    desk = request.app[CONTEXT].staff.passkeys
    answer = await desk.log_in(said, _asked(request), here, address_of(request))
    return _forget(request, await begin(request, answer))


@needs("keep_account")
async def own(request: web.Request, staff: Staff) -> web.Response:
    """200 OwnPasskeys."""
    here = place(request)
    kept = await request.app[CONTEXT].staff.passkeys.own(staff.id, here)
    return json_of(OwnPasskeys(possible=here is not None, passkeys=kept))


@needs("keep_account")
async def offer(request: web.Request, staff: Staff) -> web.Response:
    """200 PasskeyOffer and its cookie; 403 long after the login, 409 where the address can carry no passkeys."""
    if not await _is_fresh(request):
        return refused(LoginRefused("stale"))
    return await _offer(request, Challenge.new("add", time.time(), staff.id), staff.name)


@needs("keep_account")
async def add(request: web.Request, staff: Staff) -> web.Response:
    """204, and whoever is logged in has one passkey more; 403, 409, 410 or 429 with why not."""
    made = await body_of(request, PASSKEY_MADE, MAX_NEW_BYTES)
    if isinstance(made, web.Response):
        return made
    here = place(request)
    if here is None:
        return _no_passkeys(request)
    desk = request.app[CONTEXT].staff.passkeys
    return _forget(request, _done(await desk.add(staff, made, _asked(request), here, address_of(request))))


@needs("keep_account")
async def rename(request: web.Request, staff: Staff) -> web.Response:
    """204, or 404."""
    wish = await body_of(request, PASSKEY_RENAME)
    if isinstance(wish, web.Response):
        return wish
    done = await request.app[CONTEXT].staff.passkeys.rename(staff.id, request.match_info["passkey"], wish.name)
    return _done(None if done else LoginRefused("passkey_none"))


@needs("keep_account")
async def remove(request: web.Request, staff: Staff) -> web.Response:
    """204, and every other session of theirs is over; 403 long after the login, 404, or 409 for the last way in."""
    if not await _is_fresh(request):
        return refused(LoginRefused("stale"))
    desk, passkey = request.app[CONTEXT].staff.passkeys, request.match_info["passkey"]
    return _done(await desk.remove(staff.id, passkey, session_token(request), place(request)))


async def first_offer(request: web.Request) -> web.Response:
    """200 PasskeyOffer and its cookie for whoever has a one-time link; 409 or 410."""
    wish = await body_of(request, FIRST_PASSKEY_ASK)
    if isinstance(wish, web.Response):
        return wish
    found = await request.app[CONTEXT].staff.passkeys.first_for(wish.token)
    if found is None:
        return problem(STATUS["link"], "link", SENTENCES["link"])
    person, name = found
    return await _offer(request, Challenge.new("first", time.time(), person), name or wish.name)


async def first(request: web.Request) -> web.Response:
    """The account of a one-time link, by a passkey alone: 200 StaffInfo and the cookie; 403, 409, 410 or 429."""
    wish = await body_of(request, FIRST_PASSKEY, MAX_NEW_BYTES)
    if isinstance(wish, web.Response):
        return wish
    here = place(request)
    if here is None:
        return _no_passkeys(request)
    desk = request.app[CONTEXT].staff.passkeys
    answer = await desk.make_account(wish, _asked(request), here, address_of(request))
    return _forget(request, await begin(request, answer))


async def _offer(request: web.Request, asked: Challenge, name: str) -> web.Response:
    here, context = place(request), request.app[CONTEXT]
    if here is None:
        return _no_passkeys(request)
    desk = context.staff.passkeys
    message = PasskeyOffer(
        challenge=asked.value,
        rp_id=here.rp_id,
        service=context.settings.course.name or here.rp_id,
        user=user_handle(asked.person),
        login=await desk.login_of(asked.person) or name,
        shown=name,
        algorithms=tuple(ALGORITHMS),
        known=await desk.known(asked.person),
        timeout_ms=TIMEOUT_MS,
    )
    return _keep(request, json_of(message), asked)


async def _is_fresh(request: web.Request) -> bool:
    return await request.app[CONTEXT].staff.is_fresh(session_token(request))


def _done(why: LoginRefused | None) -> web.Response:
    return web.Response(status=204) if why is None else refused(why)


def _no_passkeys(request: web.Request) -> web.Response:
    detail = (
        f"Passkeys need an address with a name and https:// (or http://localhost), and this service is at "
        f"{_address(request)}; set http.public_url to such an address."
    )
    return problem(409, "no_passkeys", detail)


def _asked(request: web.Request) -> Challenge | None:
    sealed = request.cookies.get(_cookie(request), "")
    text = request.app[CONTEXT].key.opened(PURPOSE, sealed) if sealed else None
    return Challenge.opened(text) if text is not None else None


def _keep(request: web.Request, response: web.Response, asked: Challenge) -> web.Response:
    sealed, secure = request.app[CONTEXT].key.seal(PURPOSE, asked.written()), came_by_tls(request)
    response.set_cookie(
        _cookie(request),
        sealed,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=secure,
        max_age=CHALLENGE_GOOD_FOR_S,
    )
    return response


def _forget(request: web.Request, response: web.Response) -> web.Response:
    response.del_cookie(_cookie(request), path="/", httponly=True, samesite="Strict", secure=came_by_tls(request))
    return response


def _cookie(request: web.Request) -> str:
    return f"__Host-{COOKIE}" if came_by_tls(request) else COOKIE
