"""`/login` and `/api/staff/…`: logging in and out, and making an account with a one-time link."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from protocol.leader import LeaderLinkInfo
from protocol.staff import ACCOUNT_TRY, LINK_TRY, LOGIN_TRY, PASSWORD_CHANGE, LoginWays, StaffInfo
from remote_app.context import CONTEXT
from remote_app.errors import AppError
from remote_app.pages import page
from remote_app.staff import oidc_routes, own_routes, passkey_routes
from remote_app.staff.answers import SENTENCES, begin, refused
from remote_app.staff.bodies import body_of, foreign, json_of
from remote_app.staff.guard import csrf_of, is_own_page, needs, problem, session_token, set_cookie, staff_of
from remote_app.staff.who import Staff

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application) -> None:
    """The login page and what it asks."""
    app.router.add_get("/login", login_page)
    app.router.add_get("/account", login_page)
    app.router.add_get("/api/staff/login", _in_words(ways))
    app.router.add_post("/api/staff/login", _in_words(log_in))
    app.router.add_post("/api/staff/logout", _in_words(log_out))
    app.router.add_get("/api/staff/me", _in_words(me))
    app.router.add_post("/api/staff/link", _in_words(link))
    app.router.add_post("/api/staff/account", _in_words(account))
    app.router.add_get("/api/staff/sessions", _in_words(own_routes.sessions))
    app.router.add_post("/api/staff/logout-elsewhere", _in_words(own_routes.log_out_elsewhere))
    app.router.add_post("/api/staff/logout-everywhere", _in_words(own_routes.log_out_everywhere))
    app.router.add_post("/api/staff/password", _in_words(change_password))
    app.router.add_post("/api/staff/passkey/login/options", _in_words(passkey_routes.ask))
    app.router.add_post("/api/staff/passkey/login", _in_words(passkey_routes.log_in))
    app.router.add_post("/api/staff/passkey/first/options", _in_words(passkey_routes.first_offer))
    app.router.add_post("/api/staff/passkey/first", _in_words(passkey_routes.first))
    app.router.add_get("/api/staff/passkeys", _in_words(passkey_routes.own))
    app.router.add_post("/api/staff/passkeys", _in_words(passkey_routes.add))
    app.router.add_post("/api/staff/passkeys/options", _in_words(passkey_routes.offer))
    app.router.add_put("/api/staff/passkeys/{passkey}", _in_words(passkey_routes.rename))
    app.router.add_delete("/api/staff/passkeys/{passkey}", _in_words(passkey_routes.remove))
    app.router.add_post("/api/staff/oidc/start", _in_words(oidc_routes.start))
    app.router.add_get(oidc_routes.RETURN_PATH, oidc_routes.come_back)


async def login_page(request: web.Request) -> web.StreamResponse:
    """The page of HTML; a one-time link's token stands behind `#`, where no server sees it."""
    return await page(request, "login.html")


async def ways(request: web.Request) -> web.Response:
    """200 LoginWays."""
    settings = request.app[CONTEXT].settings
    course, provider = settings.course, settings.staff.oidc.name if settings.staff.oidc.issuer else ""
    passkeys = passkey_routes.place(request) is not None
    return json_of(LoginWays(course=course.name, telephone=course.telephone, provider=provider, passkeys=passkeys))


async def log_in(request: web.Request) -> web.Response:
    """200 StaffInfo and the session's cookie; 401 for a wrong name or password, 429 with `Retry-After`."""
    wish = await body_of(request, LOGIN_TRY)
    if isinstance(wish, web.Response):
        return wish
    context = request.app[CONTEXT]
    return await begin(request, await context.staff.log_in(wish.login, wish.password, own_routes.address_of(request)))


async def log_out(request: web.Request) -> web.Response:
    """204; nobody is logged in any more in this browser."""
    if not is_own_page(request):
        return foreign()
    if token := session_token(request):
        await request.app[CONTEXT].staff.log_out(token)
    response = web.Response(status=204)
    set_cookie(request, response, "")
    return response


async def me(request: web.Request) -> web.Response:
    """200 StaffInfo of whoever is logged in, or 401."""
    staff = await staff_of(request)
    if staff is None:
        return problem(401, "not_logged_in", "Log in at /login first.")
    sites = tuple(sorted(staff.sites))
    return json_of(StaffInfo(name=staff.name, role=staff.role, sites=sites, csrf=csrf_of(session_token(request))))


@needs("lead")
async def lead(request: web.Request, staff: Staff) -> web.Response:
    """What the leader's page shows of whoever is logged in: 200 LeaderLinkInfo, or 401, 403."""
    course = request.app[CONTEXT].settings.course
    return json_of(LeaderLinkInfo(name=staff.name, course=course.name, telephone=course.telephone))


async def link(request: web.Request) -> web.Response:
    """What a one-time link is for: 200 AccountOffer, or 410."""
    wish = await body_of(request, LINK_TRY)
    if isinstance(wish, web.Response):
        return wish
    offer = await request.app[CONTEXT].staff.look(wish.token)
    return json_of(offer) if offer is not None else problem(410, "link", SENTENCES["link"])


async def account(request: web.Request) -> web.Response:
    """Makes the account of a one-time link: 200 StaffInfo and the cookie, or 400, 409, 410, 429."""
    wish = await body_of(request, ACCOUNT_TRY)
    if isinstance(wish, web.Response):
        return wish
    desk = request.app[CONTEXT].staff
    made = await desk.make_account(wish.token, wish.name, wish.login, wish.password, own_routes.address_of(request))
    return await begin(request, made)


@needs("keep_account")
async def change_password(request: web.Request, staff: Staff) -> web.Response:
    """204, and every other session of theirs is over; 400 for one that is not good, 403 for a wrong old one, 429."""
    wish = await body_of(request, PASSWORD_CHANGE)
    if isinstance(wish, web.Response):
        return wish
    desk, token = request.app[CONTEXT].staff, session_token(request)
    why = await desk.change_password(staff, token, wish.old, wish.new, own_routes.address_of(request))
    if why is not None and why.why == "wrong":
        return problem(403, "wrong", "The password before is wrong.")  # 401 would say that nobody is logged in
    return web.Response(status=204) if why is None else refused(why)


def _in_words(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except AppError as error:
            log.error("%s: %s", handler.__name__, error)
            return problem(503, "store_off", "The database does not answer; try again in a minute.")

    return answer
