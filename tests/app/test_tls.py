"""The service speaks TLS itself: pages and sockets, the redirect, a renewal in mid-meeting, and what is refused."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from protocol.errors import SettingsError
from protocol.web import Welcome
from remote_app.certificate import Certificate
from remote_app.front import Front
from remote_app.settings import AppSettings, HttpSettings
from tests.app.conftest import PageEnd, Service, settings_for
from tests.app.fake_robot import WAIT_S, until
from tests.authority import DAY, Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority with a pair for this machine."""
    authority = Authority(tmp_path / "authority")
    authority.pair("first", "127.0.0.1")
    return authority


@pytest.fixture
def service_settings(tmp_path: Path, authority: Authority) -> AppSettings:
    """TLS with the authority's first pair."""
    files = tmp_path / "authority" / "first.pem", tmp_path / "authority" / "first.key"
    http = HttpSettings(port=0, redirect_port=0, certificate_file=files[0], key_file=files[1])
    return settings_for(tmp_path).model_copy(update={"http": http})


@asynccontextmanager
async def front(settings: HttpSettings) -> AsyncIterator[Front]:
    """The door of a service that has nothing behind it."""
    door, stop, ready = Front(settings), asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(door.serve(web.Application(), lambda: None, stop, ready.set))
    try:
        await asyncio.wait_for(ready.wait(), WAIT_S)
        yield door
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT_S)
        door.close()


async def serial(port: int, authority: Authority) -> int:
    """The serial number of the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=authority.trust())
    try:
        shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return int(str((shown.getpeercert() or {})["serialNumber"]), 16)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_pages_and_sockets_come_by_tls_with_hsts_and_each_header_once(
    service: Service, authority: Authority
) -> None:
    base, trust = service.where.http, authority.trust()
    assert base.startswith("https://127.0.0.1:")
    async with service.http.get(f"{base}/", ssl=trust) as answer:
        assert answer.status == 200
        assert answer.headers.getall("Strict-Transport-Security") == ["max-age=2592000"]
        assert len(answer.headers.getall("Content-Security-Policy")) == 1
    socket = await service.http.ws_connect(
        f"{base}/ws/{service.token()}", ssl=trust, timeout=aiohttp.ClientWSTimeout(ws_close=1)
    )
    page = PageEnd(socket)
    await page.next(Welcome)
    await socket.close()
    assert service.where.administrator.startswith("https://")


async def test_a_certificate_that_nobody_trusts_is_not_taken_by_a_client(service: Service) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await service.http.get(f"{service.where.http}/")


async def test_without_tls_a_reader_is_sent_on_and_nothing_is_carried_out(tmp_path: Path, authority: Authority) -> None:
    pair = tmp_path / "authority" / "first.pem", tmp_path / "authority" / "first.key"
    settings = HttpSettings(port=0, redirect_port=0, certificate_file=pair[0], key_file=pair[1])
    async with front(settings) as door, aiohttp.ClientSession() as http:
        plain = f"http://127.0.0.1:{door.redirect_port}"
        for path in ("/j/1.abc?tab=x", "//elsewhere.example.org/a", "/"):
            async with http.get(plain + path, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (308, door.base + path)
                assert "Strict-Transport-Security" not in answer.headers, "it counts over TLS alone"
        async with http.post(f"{plain}/api/pair", json={"key": "secret"}, allow_redirects=False) as answer:
            assert (answer.status, "Location" in answer.headers) == (403, False)
    behind = settings.model_copy(update={"public_url": "https://robot.example.org"})
    async with front(behind) as door, aiohttp.ClientSession() as http:
        where = f"http://127.0.0.1:{door.redirect_port}//elsewhere.example.org/a"
        async with http.get(where, headers={"Host": "other.example.org"}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "https://robot.example.org//elsewhere.example.org/a"


async def test_a_renewed_certificate_is_shown_to_who_comes_new_and_nobody_is_cut_off(
    tmp_path: Path, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    files = [tmp_path / "authority" / f"first.{kind}" for kind in ("pem", "key")]
    certificate = Certificate(*files)
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=certificate.context)
    port: int = server.sockets[0].getsockname()[1]
    looking = asyncio.create_task(certificate.run(look_s=0.01))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=authority.trust())
    try:
        first = await serial(port, authority)
        os.replace(authority.pair("second", "127.0.0.1")[1], files[1])  # in mid-renewal: another pair's key
        await until(lambda: "stays as it was" in caplog.text)
        assert await serial(port, authority) == first
        os.replace(tmp_path / "authority" / "second.pem", files[0])
        async with asyncio.timeout(WAIT_S):
            while await serial(port, authority) == first:
                await asyncio.sleep(0.01)
        writer.write(b"still here\n")
        assert await asyncio.wait_for(reader.readline(), WAIT_S) == b"still here\n"
        assert caplog.text.count("stays as it was") == 1, "what is damaged is said once"
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()


def test_a_pair_that_cannot_be_used_is_one_clear_line(tmp_path: Path, authority: Authority) -> None:
    good, key = authority.pair("good", "127.0.0.1", ends=DAY)
    _, other = authority.pair("other", "127.0.0.1")
    with pytest.raises(SettingsError, match=r"nothing\.pem cannot be read .*certificate_file"):
        Certificate(tmp_path / "nothing.pem", key)
    with pytest.raises(SettingsError, match=r"good\.pem with the key .*other\.key .* must be that of the certificate"):
        Certificate(good, other)
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match="both must be PEM"):
        Certificate(tmp_path / "text.pem", key)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"certificate_file": "a.pem"}, "both or none"),
        ({"redirect_port": 80}, "no certificate_file"),
        ({"certificate_file": "a.pem", "key_file": "a.key", "port": 443, "redirect_port": 443}, "its own"),
    ],
)
def test_settings_of_tls_that_do_not_go_together(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        HttpSettings.model_validate(values)
