"""What the login page sends and gets: JSON that our own page sent, and a message as JSON."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import TypeAdapter

from protocol.base import Wire, parse
from protocol.errors import MessageError
from protocol.staff import MAX_STAFF_BYTES
from remote_app.staff.guard import is_own_page, problem

M = TypeVar("M")


async def body_of(request: web.Request, adapter: TypeAdapter[M], most: int = MAX_STAFF_BYTES) -> M | web.Response:
    """The JSON that our own page sent, of `most` bytes; or why not."""
    if request.content_type != "application/json" or not is_own_page(request):
        return foreign()
    try:
        return parse(adapter, "body", await request.read(), most)
    except MessageError as error:
        return problem(400, "bad_message", str(error))


def foreign() -> web.Response:
    """403 for somebody else's page."""
    return problem(403, "foreign_page", "This address is for the service's own pages, which send JSON.")


def json_of(message: Wire) -> web.Response:
    """200 with the message."""
    return web.Response(text=message.model_dump_json(), content_type="application/json")
