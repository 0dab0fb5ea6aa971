"""A small measurement of the line between a page and the service: empty answers, some bytes down, some bytes up.

It is the way that joining, words and the rescue path take. Picture and sound of the room go by another (WebRTC), mostly
over the same mobile or wireless network, which is what is worth knowing before a meeting.
"""

from __future__ import annotations

import math
import secrets
import time
from typing import Final

from aiohttp import web

from remote_app.limits import KeyedBuckets, TokenBucket

MAX_DOWN_BYTES: Final = 256 * 1024  # a second of 2 Mbit/s; more says nothing more
MAX_UP_BYTES: Final = 64 * 1024
# A measurement is some ten questions, and somebody who has moved nearer to the router makes the next one.
QUESTIONS_PER_S: Final = 2.0
QUESTIONS_AT_ONCE: Final = 40
LINKS_REMEMBERED: Final = 1000
BULKS_PER_S: Final = 4.0  # of all links together: 8 Mbit/s at most
BULKS_AT_ONCE: Final = 40


class LineDesk:
    """Answers the questions of a measurement, as often as a person needs them and no more often."""

    def __init__(self) -> None:
        self._links = KeyedBuckets(QUESTIONS_PER_S, QUESTIONS_AT_ONCE, LINKS_REMEMBERED)
        self._bulks = TokenBucket(BULKS_PER_S, BULKS_AT_ONCE, time.monotonic())
        self._bytes = secrets.token_bytes(MAX_DOWN_BYTES)  # nothing on the way can make them fewer

    async def answer(self, request: web.Request, link: str) -> web.Response:
        """`GET ?bytes=N`: so many bytes. `POST`: takes what is sent, at most 64 kB. `link` is the id that asks.

        400 for another N, 413 for more, 429 with `Retry-After` for too often.
        """
        now = time.monotonic()
        own = self._links.of(link, now)
        if not own.take(now):
            return _too_often(own.wait_s(now))
        if request.method == "POST":
            return await self._take(request, now)
        text = request.query.get("bytes", "0")
        if not text.isascii() or not text.isdigit() or len(text) > 6 or int(text) > MAX_DOWN_BYTES:
            return web.Response(status=400, text=f"bytes must be a number from 0 to {MAX_DOWN_BYTES}.\n")
        wanted = int(text)
        if wanted and not self._bulks.take(now):
            return _too_often(self._bulks.wait_s(now))
        return web.Response(body=self._bytes[:wanted], content_type="application/octet-stream")

    async def _take(self, request: web.Request, now: float) -> web.Response:
        if not self._bulks.take(now):
            return _too_often(self._bulks.wait_s(now))
        taken = 0
        async for piece in request.content.iter_any():
            taken += len(piece)
            if taken > MAX_UP_BYTES:
                return web.Response(status=413, text=f"At most {MAX_UP_BYTES} bytes.\n")
        return web.Response(status=204)


def _too_often(wait_s: float) -> web.Response:
    return web.Response(status=429, text="Too often.\n", headers={"Retry-After": str(math.ceil(wait_s))})
