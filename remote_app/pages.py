"""HTTP: the pages, what a link is good for, health, and errors in plain words."""

from __future__ import annotations

import asyncio
import html
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from protocol.base import Wire, parse
from protocol.codes import CODE_TRY, MAX_CODE_BYTES, CodeFault, CodeFound, CodeRefused, StartInfo
from protocol.errors import MessageError
from protocol.leader import LeaderLinkInfo
from protocol.web import LinkFault, LinkInfo, LinkRefused
from remote_app.context import CONTEXT, app_version
from remote_app.limits import client_of

log = logging.getLogger(__name__)

WORDS: Final[dict[str, dict[str, str]]] = {
    "nb": {
        "call": "Ring {telephone} om du trenger hjelp.",
        "404": "Denne siden finnes ikke",
        "404_do": "Se etter at hele lenken er med, eller be om en ny lenke.",
        "405": "Det går ikke her",
        "405_do": "Gå tilbake til siden du kom fra.",
        "500": "Noe gikk galt hos oss",
        "500_do": "Vent litt, og last siden på nytt.",
        "503": "Siden er ikke klar ennå",
        "503_do": "Den som drifter tjenesten, må bygge sidene: python tools/web_build.py",
    },
    "nn": {
        "call": "Ring {telephone} om du treng hjelp.",
        "404": "Denne sida finst ikkje",
        "404_do": "Sjå etter at heile lenka er med, eller be om ei ny lenke.",
        "405": "Det går ikkje her",
        "405_do": "Gå tilbake til sida du kom frå.",
        "500": "Noko gjekk gale hos oss",
        "500_do": "Vent litt, og last sida på nytt.",
        "503": "Sida er ikkje klar enno",
        "503_do": "Den som driftar tenesta, må byggje sidene: python tools/web_build.py",
    },
    "en": {
        "call": "Call {telephone} if you need help.",
        "404": "This page does not exist",
        "404_do": "Check that you have the whole link, or ask for a new one.",
        "405": "That cannot be done here",
        "405_do": "Go back to the page you came from.",
        "500": "Something went wrong on our side",
        "500_do": "Wait a little and load the page again.",
        "503": "The page is not ready yet",
        "503_do": "Whoever runs the service must build the pages: python tools/web_build.py",
    },
}
TELEPHONE_META: Final = '<meta name="telephone" content="" />'
TELEPHONE_PLACE: Final = "<!-- telephone -->"
IMMUTABLE: Final = "public, max-age=31536000, immutable"  # the names of built files hold their hash
A_DAY: Final = "public, max-age=86400"  # icons and the manifest, whose names stay the same
MAX_WAIT_S: Final = 1e8  # the wire's limit for a duration, three years
CODE_STATUS: Final = {
    CodeFault.WRONG: 403,
    CodeFault.EXPIRED: 410,
    CodeFault.WITHDRAWN: 410,
    CodeFault.TOO_MANY: 429,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def index(request: web.Request) -> web.StreamResponse:
    """The one page of HTML; it looks at its own path and asks `/api/link/<token>`."""
    return await page(request, "index.html")


def with_telephone(page: str, telephone: str) -> str:
    """The page with whom to call in it: for a browser that is too old, and for when nothing else comes any more."""
    number = html.escape(telephone)
    digits = re.sub(r"[^+\d]", "", telephone)
    call = f'<a href="tel:{digits}">{number}</a>' if telephone else ""
    return page.replace(TELEPHONE_META, f'<meta name="telephone" content="{number}" />').replace(TELEPHONE_PLACE, call)


async def link(request: web.Request) -> web.Response:
    """What a link is good for: 200 LinkInfo or 403 LinkRefused."""
    context = request.app[CONTEXT]
    claim = context.check(request.match_info["token"])
    if isinstance(claim, LinkFault):
        return refused(request, claim)
    room = context.switchboard.rooms[claim.robot]
    course = context.course_of(claim)
    return _json(
        LinkInfo(
            name=claim.name,
            place=room.place,
            course=course.name,
            telephone=course.telephone,
            present=room.present(time.monotonic()),
            role="relative" if claim.role == "relative" else "patient",
            form=claim.id in context.invited.forms,
        )
    )


async def leader_index(request: web.Request) -> web.StreamResponse:
    """The leaders' page of HTML; it looks at its own path and asks `/api/leader/<token>`."""
    return await page(request, "leader.html")


async def leader_link(request: web.Request) -> web.Response:
    """What a leader's link is good for: 200 LeaderLinkInfo or 403 LinkRefused."""
    context = request.app[CONTEXT]
    claim = context.check(request.match_info["token"], "lead")
    if isinstance(claim, LinkFault):
        return refused(request, claim)
    course = context.settings.course
    return _json(LeaderLinkInfo(name=claim.name, course=course.name, telephone=course.telephone))


async def start(request: web.Request) -> web.Response:
    """Whose service this is, for somebody who has six digits and no link."""
    course = request.app[CONTEXT].settings.course
    return _json(StartInfo(course=course.name, telephone=course.telephone))


async def code(request: web.Request) -> web.Response:
    """The page of six digits: 200 CodeFound, or CodeRefused with 403, 410 or (with `Retry-After`) 429."""
    context = request.app[CONTEXT]
    answer: CodeFound | CodeRefused = CodeRefused(fault=CodeFault.WRONG)
    if request.content_type == "application/json":  # no other site can have a visitor's browser send that
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        address = client_of(request.remote, forwarded, context.settings.http.proxies)
        try:
            wish = parse(CODE_TRY, "code", await request.read(), MAX_CODE_BYTES)
        except MessageError as error:
            log.info("code: %s", error)
        else:
            answer = await context.codes.exchange(
                wish.code, address, context.check, time.monotonic(), context.kept_token
            )
    if isinstance(answer, CodeFound):
        return _json(answer)
    context.switchboard.journal.code_refused(answer.fault.value, time.monotonic())
    response = _json(answer, CODE_STATUS[answer.fault])
    if answer.retry_s:
        response.headers["Retry-After"] = str(math.ceil(answer.retry_s))
    return response


async def line(request: web.Request) -> web.Response:
    """A question of a page that measures its line. 403 as for the room, but a link that is too early may measure."""
    context = request.app[CONTEXT]
    token = request.match_info["token"]
    claim = context.check(token, "measure_line")
    if claim is LinkFault.NOT_YET:
        claim = context.claim_of(token) or LinkFault.INVALID
    if isinstance(claim, LinkFault):
        return refused(request, claim)
    return await context.line.answer(request, claim.id)


def refused(request: web.Request, fault: LinkFault) -> web.Response:
    """403 with why the link does not open the room, and for one that is too early when it will."""
    context = request.app[CONTEXT]
    claim = context.claim_of(request.match_info["token"])
    course = context.course_of(claim)
    if claim is not None:
        context.switchboard.journal.refused(claim, fault.value, time.monotonic())
    form = fault is not LinkFault.WITHDRAWN and claim is not None and claim.id in context.invited.forms
    if claim is None or fault is not LinkFault.NOT_YET:
        return _json(LinkRefused(fault=fault, telephone=course.telephone, form=form), status=403)
    room = context.switchboard.rooms.get(claim.robot)
    answer = LinkRefused(
        fault=fault,
        telephone=course.telephone,
        name=claim.name,
        place=room.place if room is not None else "",
        course=course.name,
        opens_at=claim.not_before,
        opens_in_s=min(max(0.0, claim.not_before - time.time()), MAX_WAIT_S),
        form=form,
    )
    return _json(answer, status=403)


async def health(request: web.Request) -> web.Response:
    """Always 200: the process answers. `broker` says whether it reaches the robots."""
    context = request.app[CONTEXT]
    now = time.monotonic()
    rooms = context.switchboard.rooms.values()
    return web.json_response(
        {
            "status": "ok" if context.bridge.connected else "degraded",
            "broker": "connected" if context.bridge.connected else "off",
            "version": app_version(),
            "robots": len(rooms),
            "robots_present": sum(room.present(now) for room in rooms),
            "bad_messages": context.bridge.bad_messages,
        }
    )


@web.middleware
async def errors_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wrong address, a wrong method and our own faults get a page that a person can use."""
    try:
        response = await handler(request)
        if request.path.startswith("/static/assets/") and response.status == 200:
            response.headers["Cache-Control"] = IMMUTABLE
        elif request.path.startswith("/static/") and response.status == 200:
            response.headers["Cache-Control"] = A_DAY
    except web.HTTPException as error:
        if error.status in (404, 405):
            return in_words(request, error.status)
        raise
    except Exception:  # the last line before the person: logged whole, told in words
        log.exception("fault in %s %s", request.method, _route(request))
        return in_words(request, 500)
    return response


def in_words(request: web.Request, status: int) -> web.Response:
    """A small page, or JSON under /api/, in the language of `?lang=` (bokmål first)."""
    asked = request.query.get("lang", "")
    language = asked if asked in WORDS else "nb"
    words = WORDS[language]
    title, advice = words[str(status)], words[f"{status}_do"]
    if request.path.startswith("/api/"):
        return web.json_response({"status": status, "title": title, "detail": advice}, status=status)
    telephone = request.app[CONTEXT].settings.course.telephone
    call = f"<p>{html.escape(words['call'].format(telephone=telephone))}</p>" if telephone else ""
    text = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<main><h1>{title}</h1><p>{html.escape(advice)}</p>{call}</main></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html")


async def page(request: web.Request, name: str) -> web.StreamResponse:
    """One of the built pages of HTML, with whom to call in it."""
    context = request.app[CONTEXT]
    try:
        text = await asyncio.to_thread((context.static / name).read_text, encoding="utf-8")
    except FileNotFoundError:
        return in_words(request, 503)
    return web.Response(text=with_telephone(text, context.settings.course.telephone), content_type="text/html")


def _json(message: Wire, status: int = 200) -> web.Response:
    return web.Response(text=message.model_dump_json(), status=status, content_type="application/json")


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(no such page)"
