"""Staff of a running service, and their browsers as far as cookies and headers go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from yarl import URL

from protocol.staff import StaffInfo
from tests.app.conftest import Service

PASSWORD = "tre røde hester på Helgeland"


class StaffBrowser:
    """A browser: it keeps cookies and says of each request which page it came from."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.http = http
        self.base = base
        self.headers = {"Origin": base, "Sec-Fetch-Site": "same-origin"}

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of an answer; `headers` come beside, or with "" in place of, what the browser says itself."""
        said = {name: value for name, value in {**self.headers, **headers}.items() if value}
        more = {"json": body} if body is not None else {}
        async with self.http.request(method, self.base + path, headers=said, **more) as answer:
            self.last = answer
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def log_in(self, login: str, password: str = PASSWORD) -> int:
        """The status of a login."""
        return (await self.ask("POST", "/api/staff/login", {"login": login, "password": password}))[0]

    async def me(self) -> StaffInfo | None:
        """Who is logged in."""
        status, body = await self.ask("GET", "/api/staff/me")
        return StaffInfo.model_validate(body) if status == 200 else None

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser keeps for this service."""
        return {name: morsel.value for name, morsel in self.http.cookie_jar.filter_cookies(URL(self.base)).items()}


@asynccontextmanager
async def browser(service: Service, host: str = "127.0.0.1") -> AsyncIterator[StaffBrowser]:
    """A browser without a cookie, that knows the service by this name."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield StaffBrowser(http, service.where.http.replace("127.0.0.1", host))


async def make_administrator(browser: StaffBrowser, service: Service) -> None:
    """Uses the one-time link of the service's start: «tor» is logged in."""
    token = service.where.administrator.partition("#first=")[2]
    body = {"token": token, "name": "Tor", "login": "Tor", "password": PASSWORD}
    status, answer = await browser.ask("POST", "/api/staff/account", body)
    assert status == 200, answer
