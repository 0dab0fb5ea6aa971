"""The table of routes as HTTP: checks path, query, version and body, opens one transaction, answers in JSON.

Who asks and whether they may is decided before: `needs` is the staff's guard.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import IntegrityError

from protocol import asyncapi
from protocol.errors import SettingsError
from remote_app.api import openapi
from remote_app.api.calls import Asker, Call, Desk, Reply, Route
from remote_app.api.problems import ApiError, not_good
from remote_app.api.routes import BASE, PATH_PARTS, ROUTES
from remote_app.registry import Registry
from remote_app.store.errors import StoreError, StoreValueError

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 64 * 1024  # a form of 40 questions has 20
PROBLEM: Final = "application/problem+json"
_VERSION: Final = re.compile(r'^\s*(?:W/)?"?([^"]*)"?\s*$')

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Guarded = Callable[[web.Request, Asker], Awaitable[web.StreamResponse]]
Guard = Callable[[str], Callable[[Guarded], Handler]]


class Api:
    """Serves the table. `desk_of` says what of the service one request needs."""

    def __init__(self, registry: Registry, desk_of: Callable[[web.Request], Desk], version: str) -> None:
        self._registry = registry
        self._desk_of = desk_of
        self._version = version

    def add_to(self, app: web.Application, needs: Guard, routes: Sequence[Route] = ROUTES) -> None:
        """Every route, each behind the guard of its deed, and the documents, which anybody may read."""
        for route in routes:
            app.router.add_route(route.method, BASE + _pattern(route.path), needs(route.deed)(self._handler(route)))
        app.router.add_get("/api/openapi.json", self._document)
        app.router.add_get("/api/asyncapi.json", self._asyncapi)
        app.router.add_get("/api/docs", self._page)

    async def _document(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(openapi.document(self._version))

    async def _asyncapi(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(asyncapi.document())

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=openapi.page(self._version), content_type="text/html")

    def _handler(self, route: Route) -> Guarded:
        async def handle(request: web.Request, staff: Asker) -> web.StreamResponse:
            try:
                reply = await self._answer(route, request, staff)
            except ApiError as error:
                return _refusal(error)
            except StoreValueError as error:
                return _refusal(ApiError(422, str(error), error.key))
            except IntegrityError:
                return _refusal(ApiError(409, "somebody changed what this belongs to; load it again, and try again"))
            except StoreError as error:
                log.error("%s %s: %s", route.method, route.path, error)
                return _refusal(ApiError(503, "try again in a minute; whoever runs the service sees why in its log"))
            if route.writes:
                await self._spread()
            return _response(reply)

        return handle

    async def _answer(self, route: Route, request: web.Request, staff: Asker) -> Reply:
        path = _path(request)
        query = _query(route, request)
        body = await _body(route, request)
        match = request.headers.get("If-Match")
        version = _VERSION.sub(r"\1", match) if match is not None else None
        store = self._registry.store
        async with store.write() if route.writes else store.read() as session:
            call = Call(staff, session, self._desk_of(request), datetime.now(UTC), path, query, body, version)
            return await route.function(call)

    async def _spread(self) -> None:
        """What was changed holds at this node at once."""
        try:
            await self._registry.read()
        except (StoreError, SettingsError) as error:
            log.error("what was changed is in the store, but not in force yet: %s", error)


def _pattern(path: str) -> str:
    return path.replace("{name}", r"{name:[^/]+}")


def _path(request: web.Request) -> dict[str, str]:
    found = dict(request.match_info)
    for name, value in found.items():
        if re.search(PATH_PARTS[name], value) is None:
            raise ApiError(
                422, f"the address has {name} {value[:80]!r}, which must fit {PATH_PARTS[name]}", name, value
            )
    return found


def _query(route: Route, request: web.Request) -> BaseModel:
    try:
        return route.query.model_validate(dict(request.query))
    except ValidationError as error:
        raise not_good(error, "query") from error


async def _body(route: Route, request: web.Request) -> BaseModel | None:
    if route.body is None:
        return None
    if request.content_type != "application/json":
        raise ApiError(415, "send the body as application/json", "Content-Type", request.content_type)
    try:
        data = await request.clone(client_max_size=MAX_BODY_BYTES).read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, f"the body may have {MAX_BODY_BYTES} bytes", "body") from None
    try:
        return route.body.model_validate_json(data)
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise ApiError(400, "the body is no JSON; look at it again", "body") from error
        raise not_good(error, "body") from error


def _response(reply: Reply) -> web.Response:
    headers: dict[str, str] = {}
    if reply.location is not None:
        headers["Location"] = reply.location
    if reply.file_name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{reply.file_name}"'
    if reply.status == 204:
        return web.Response(status=204)
    if reply.data is not None:
        return web.Response(body=reply.data, status=reply.status, headers=headers | {"Content-Type": reply.kind})
    assert reply.body is not None
    version = getattr(reply.body, "version", "")
    if version:
        headers["ETag"] = f'"{version}"'
    text = reply.body.model_dump_json()
    return web.Response(text=text, status=reply.status, headers=headers, content_type="application/json")


def _refusal(error: ApiError) -> web.Response:
    text = error.problem.model_dump_json(exclude_none=True)
    return web.Response(text=text, status=error.problem.status, content_type=PROBLEM)
