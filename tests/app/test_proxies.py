"""Behind Caddy and nginx as `config/proxy` has them: pages, sockets, who asks, limits, headers once, no secret said."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from protocol.base import parse
from protocol.codes import CODE_PATH
from protocol.leader import TO_LEADER, LeaderWelcome
from protocol.web import Welcome
from remote_app.access import EVERY_ROBOT, LEADER_SEAT, new_claim
from remote_app.codes import OWN_TRIES
from remote_app.settings import AppSettings
from tests.app.conftest import PageEnd, Service, settings_for
from tests.app.staffed import StaffBrowser, make_administrator
from tests.authority import Authority
from tests.proxies import PROXIES, Places, free_port, proxy


@dataclass(frozen=True, slots=True)
class InFront:
    """The proxy's address, what it says, and who trusts it."""

    base: str
    plain: str
    said: Path
    trust: ssl.SSLContext

    def visitor(self, address: str = "127.0.0.2") -> aiohttp.ClientSession:
        """Somebody who comes from this address."""
        connector = aiohttp.TCPConnector(ssl=self.trust, family=socket.AF_INET, local_addr=(address, 0))
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True))


@pytest.fixture
def port() -> int:
    """Where the proxy listens."""
    return free_port()


@pytest.fixture
def service_settings(tmp_path: Path, port: int) -> AppSettings:
    """The service as it is set where a proxy stands in front."""
    settings = settings_for(tmp_path)
    return settings.model_copy(
        update={"http": settings.http.model_copy(update={"public_url": f"https://localhost:{port}"})}
    )


@asynccontextmanager
async def in_front(kind: str, service: Service, port: int, directory: Path) -> AsyncIterator[InFront]:
    """A proxy before the running service."""
    authority = Authority(directory / "authority")
    certificate, key = authority.pair("proxy", "localhost")
    home = directory / kind
    home.mkdir()
    behind = int(service.where.http.rpartition(":")[2])
    places = Places(port, free_port(), behind, certificate, key, home)
    async with proxy(kind, places) as said:
        yield InFront(f"https://localhost:{port}", f"http://localhost:{places.plain_port}", said, authority.trust())


@pytest.mark.parametrize("kind", PROXIES)
async def test_behind_a_proxy(kind: str, service: Service, port: int, tmp_path: Path) -> None:
    async with in_front(kind, service, port, tmp_path) as front:
        token = service.token()
        await _pages_come_once_headed(front, token)
        await _sockets_pass(front, service, token)
        await _staff_log_in(front, service)
        await _too_much_is_refused(front)
        await _each_visitor_has_limits_of_their_own(front)
        said = front.said.read_text(errors="replace")
        assert token not in said, "a link is a secret"


async def _pages_come_once_headed(front: InFront, token: str) -> None:
    async with front.visitor() as http:
        async with http.get(f"{front.base}/j/{token}") as answer:
            assert answer.status == 200
            for header in ("Content-Security-Policy", "Strict-Transport-Security", "Referrer-Policy", "Cache-Control"):
                assert len(answer.headers.getall(header)) == 1, header
            assert "X-Powered-By" not in answer.headers
        async with http.get(f"{front.plain}/j/{token}?tab=1", allow_redirects=False) as answer:
            assert answer.status == 308
            there = URL(answer.headers["Location"])  # Caddy takes the port that it is told for the one of https
            assert (there.scheme, there.host, there.path_qs) == ("https", "localhost", f"/j/{token}?tab=1")


async def _sockets_pass(front: InFront, service: Service, token: str) -> None:
    now = time.time()
    leader = new_claim(EVERY_ROBOT, LEADER_SEAT, "Ane", not_before=now - 60, expires=now + 3600, role="leader")
    origin = {"Origin": front.base}
    async with front.visitor() as http:
        async with http.ws_connect(f"{front.base}/ws/{token}", headers=origin) as page:
            await PageEnd(page).next(Welcome)
        async with http.ws_connect(f"{front.base}/ws-leader/{service.key.sign(leader)}", headers=origin) as page:
            assert isinstance(parse(TO_LEADER, "message", (await page.receive()).data), LeaderWelcome)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(f"{front.base}/ws/{token}", headers={"Origin": "https://elsewhere.example.org"})
        assert refused.value.status == 403


async def _staff_log_in(front: InFront, service: Service) -> None:
    async with front.visitor() as http:
        browser = StaffBrowser(http, front.base)
        await make_administrator(browser, service)
        assert set(browser.cookies) == {"__Host-av1-staff"}
        who = await browser.me()
        assert who is not None


async def _too_much_is_refused(front: InFront) -> None:
    async with front.visitor() as http, http.post(front.base + CODE_PATH, data=b"x" * 1_000_000) as answer:
        assert answer.status in (413, 502)  # 502 is Caddy's word for it before 2.7


async def _each_visitor_has_limits_of_their_own(front: InFront) -> None:
    """A guesser is stopped whatever they write into X-Forwarded-For, and nobody else is."""
    statuses = []
    async with front.visitor("127.0.0.3") as guesser:
        for number in range(OWN_TRIES + 1):
            forged = {"X-Forwarded-For": f"198.51.100.{number}"}
            async with guesser.post(front.base + CODE_PATH, json={"code": "000000"}, headers=forged) as answer:
                statuses.append(answer.status)
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
    async with front.visitor("127.0.0.4") as other:
        async with other.post(front.base + CODE_PATH, json={"code": "000000"}) as answer:
            assert answer.status == 403, "another address, which may try"
        forged = {"X-Forwarded-For": "127.0.0.3"}
        async with other.post(front.base + CODE_PATH, json={"code": "000000"}, headers=forged) as answer:
            assert answer.status == 403, "nobody can use up another's tries"


async def test_who_is_no_proxy_of_ours_cannot_say_who_asks(service_settings: AppSettings, service: Service) -> None:
    assert "127.0.0.2" not in service_settings.http.proxies
    statuses = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))) as http:
        for number in range(OWN_TRIES + 1):
            forged = {"X-Forwarded-For": f"198.51.100.{number}"}
            async with http.post(service.where.http + CODE_PATH, json={"code": "000000"}, headers=forged) as answer:
                statuses.append(answer.status)
    assert statuses[-1] == 429
