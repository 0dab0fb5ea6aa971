"""The service's door: the port of the pages, by TLS or without, and the one that sends people there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from protocol.errors import SettingsError
from remote_app.certificate import Certificate
from remote_app.security import AccessLogger
from remote_app.settings import HttpSettings

SHUTDOWN_TIMEOUT_S: Final = 1.0  # aiohttp's own default waits a minute for open WebSockets
LINGERING_S: Final = 1.0  # what is sent on after a refusal is read for so long; aiohttp's own ten outlive the service
SAFE_METHODS: Final = frozenset(("GET", "HEAD"))


class Front:
    """Holds its ports from the moment when it is made until `close`.

    Raises SettingsError: a port is taken, the address is not ours, the certificate cannot be used.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._certificate: Certificate | None = None
        if settings.certificate_file is not None and settings.key_file is not None:
            self._certificate = Certificate(settings.certificate_file, settings.key_file)
        self._pages = _listen(settings.host, settings.port, "choose another with --port or http.port")
        self._redirect: socket.socket | None = None
        if settings.redirect_port is not None:
            try:
                self._redirect = _listen(settings.host, settings.redirect_port, "choose another http.redirect_port")
            except SettingsError:
                self._pages.close()
                raise

    @property
    def base(self) -> str:
        """The address of the pages on this machine."""
        return self._settings.base(self._pages.getsockname()[1])

    @property
    def redirect_port(self) -> int | None:
        """Where http:// is answered with https://."""
        return None if self._redirect is None else int(self._redirect.getsockname()[1])

    def work(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """What runs beside it, by name."""
        return [] if self._certificate is None else [("the certificate's renewal", self._certificate.run)]

    async def serve(
        self, app: web.Application, stop_pages: Callable[[], None], stop: asyncio.Event, ready: Callable[[], None]
    ) -> None:
        """Serves until `stop`; `stop_pages` closes the open WebSockets before that."""

        async def close_pages(_: web.Application) -> None:
            stop_pages()

        app.on_shutdown.append(close_pages)
        runners = [_runner(app)]
        try:
            await runners[0].setup()
            context = None if self._certificate is None else self._certificate.context
            await web.SockSite(runners[0], self._pages, ssl_context=context).start()
            if self._redirect is not None:
                runners.append(_runner(self._redirecting()))
                await runners[1].setup()
                await web.SockSite(runners[1], self._redirect).start()
            ready()
            await stop.wait()
        finally:
            for runner in runners:
                await runner.cleanup()

    def close(self) -> None:
        """Gives the ports back."""
        self._pages.close()
        if self._redirect is not None:
            self._redirect.close()

    def _redirecting(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._send_on)
        return app

    async def _send_on(self, request: web.Request) -> web.Response:
        """308 to the same by TLS. What was sent without TLS is never carried out, nor sent a second time."""
        if request.method not in SAFE_METHODS:
            return web.Response(status=403, text="This service takes https:// only; nothing was done.\n")
        path = request.rel_url.raw_path_qs  # joined as text: what looks like another host stays a path here
        headers = {"Location": f"{self._there(request)}{path}", "Cache-Control": "no-store"}
        return web.Response(status=308, headers=headers)

    def _there(self, request: web.Request) -> str:
        if self._settings.public_url:
            return self._settings.public_url
        port = self._pages.getsockname()[1]
        return str(request.url.with_scheme("https").with_port(None if port == 443 else port).origin())


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(
        app,
        access_log_class=AccessLogger,
        shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        lingering_time=LINGERING_S,
        handle_signals=False,
    )


def _listen(host: str, port: int, otherwise: str) -> socket.socket:
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}:{port} ({error.strerror}); {otherwise}") from error
    listener.setblocking(False)
    return listener
