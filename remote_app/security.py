"""What the service says to browsers about safety, whose pages may open the WebSocket, and a log without secrets."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from remote_app.settings import HttpSettings

# `ws: wss:` because Safari before 15.4 does not count a WebSocket to the same host as 'self'.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: blob:",
        "media-src 'self' blob: mediastream:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",  # the link is a secret in the path
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


HTTP: Final = web.AppKey("http settings", HttpSettings)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler for `on_response_prepare`: every answer, errors too, carries the headers."""
    response.headers.update(HEADERS)
    http = request.app.get(HTTP)
    if http is not None and http.hsts_days and by_tls(request, http):
        response.headers["Strict-Transport-Security"] = f"max-age={http.hsts_days * 86400}"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.pop("Server", None)


def by_tls(request: web.Request, http: HttpSettings) -> bool:
    """Whether the visitor came by TLS: ours, or that of a proxy in front."""
    if request.secure or http.public_url.startswith("https://"):
        return True
    return request.remote in http.proxies and request.headers.get("X-Forwarded-Proto") == "https"


def origin_allowed(request: web.BaseRequest, public_url: str) -> bool:
    """Whether the page that asks came from us. A client without an Origin is no browser; its link is its proof."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    return parts.netloc == request.host or (bool(public_url) and origin == public_url)


class AccessLogger(AbstractAccessLogger):
    """One line a request: method, the route's pattern (never the path, which holds the link), status, time."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Called by aiohttp when the answer is sent; `time` in seconds."""
        self.logger.info("%s %s %d %.0f ms", request.method, _pattern(request), response.status, time * 1000)

    @property
    def enabled(self) -> bool:
        """Off when nobody would see the line."""
        return self.logger.isEnabledFor(logging.INFO)


def _pattern(request: web.BaseRequest) -> str:
    if isinstance(request, web.Request) and request.match_info.route.resource is not None:
        return request.match_info.route.resource.canonical
    return "(no such page)"
