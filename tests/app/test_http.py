"""HTTP and WebSocket at the edge: links, headers, errors in words, what is refused."""

from __future__ import annotations

import gzip
import json
import logging
import re
import time
from pathlib import Path

import aiohttp
import pytest

from protocol.signals import Offer
from protocol.state import RobotState
from protocol.web import LINK_ANSWER, MAX_PAGE_BYTES, Connect, LinkFault, LinkInfo, LinkRefused, RobotPresent, Sorry
from remote_app.access import LinkKey, new_claim
from remote_app.data_directory import DataDirectory
from remote_app.leaders import REFUSED_CODE
from remote_app.page import ACTS_BURST
from remote_app.pages import TELEPHONE_META, TELEPHONE_PLACE, with_telephone
from remote_app.shell import worker_script
from remote_app.sockets import MAX_PAGES_PER_LINK
from tests.app.conftest import OFFER_SDP, Service
from tests.app.fake_robot import FakeRobot
from tools import web_build


async def get(service: Service, path: str) -> tuple[aiohttp.ClientResponse, str]:
    """An answer and its text."""
    async with service.http.get(service.where.http + path) as answer:
        return answer, await answer.text()


async def link_fault(service: Service, token: str) -> LinkFault:
    """Why both the API and the WebSocket refuse a link, which must be the same."""
    answer, text = await get(service, f"/api/link/{token}")
    refused = LINK_ANSWER.validate_json(text)
    assert answer.status == 403
    assert isinstance(refused, LinkRefused)
    assert refused.telephone == "75 00 00 00"
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await service.http.ws_connect(f"{service.where.http}/ws/{token}")
    assert caught.value.status == 403
    return refused.fault


@pytest.mark.parametrize("path", ["/", "/j/{token}", "/j/{token}?lang=en", "/j/forged"])
async def test_the_page_is_served(service: Service, path: str) -> None:
    answer, text = await get(service, path.format(token=service.token()))
    assert answer.status == 200
    assert "<title>page</title>" in text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_whom_to_call_stands_in_the_page_itself(service: Service, static: Path) -> None:
    source = (web_build.WEB / "index.html").read_text(encoding="utf-8")
    (static / "index.html").write_text(source, encoding="utf-8")
    answer, text = await get(service, "/")
    assert answer.content_type == "text/html"
    assert '<meta name="telephone" content="75 00 00 00" />' in text
    assert text.count('<a href="tel:75000000">75 00 00 00</a>') == 2, "too old a browser, and one without JavaScript"
    nobody = with_telephone(source, "")
    assert "tel:" not in nobody
    assert "&lt;b&gt;" in with_telephone(source, "<b>")


async def test_built_files_may_be_kept(service: Service) -> None:
    answer, _ = await get(service, "/static/assets/main-1a2b.js")
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "javascript" in answer.headers["Content-Type"]


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/data/link-key", "/static//etc/passwd"])
async def test_nothing_else_on_the_disk_is_served(service: Service, path: str) -> None:
    answer, _ = await get(service, path)
    assert answer.status in (403, 404)


async def test_pages_that_are_not_built_say_so(service: Service, static: Path) -> None:
    (static / "index.html").unlink()
    answer, text = await get(service, "/?lang=en")
    assert answer.status == 503
    assert "must build the pages" in text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/api/link/x", "/static/assets/main-1a2b.js", "/ws/x"])
async def test_every_answer_carries_the_headers(service: Service, path: str) -> None:
    answer, _ = await get(service, path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Permissions-Policy"].startswith("microphone=(self)")
    assert "Server" not in answer.headers


async def test_health(service: Service) -> None:
    answer, text = await get(service, "/healthz")
    health = json.loads(text)
    assert answer.status == 200
    assert (health["status"], health["broker"], health["robots"]) == ("ok", "connected", 2)
    assert health["version"]


async def test_what_a_tablet_keeps_is_asked_for_anew_and_is_named_after_what_it_holds(
    service: Service, static: Path
) -> None:
    assert (await get(service, "/sw.js"))[0].status == 404, "not built"
    (static / "sw.js").write_text("self.x = 1;", encoding="utf-8")
    answer, worker = await get(service, "/sw.js")
    assert (answer.status, answer.content_type) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert re.fullmatch(r'const SHELL_VERSION="[0-9a-f]{16}";\nself\.x = 1;', worker)
    page = f"{TELEPHONE_META}{TELEPHONE_PLACE}"
    versions = {worker_script("x", with_telephone(page, number)) for number in ("75 00 00 00", "75 00 00 01")}
    assert len(versions) == 2, "with a new telephone the page is kept anew"


async def test_what_never_changes_is_sent_small_and_the_manifest_as_one(service: Service, static: Path) -> None:
    (static / "assets" / "words-1a2b.js.gz").write_bytes(gzip.compress(b"small"))
    (static / "assets" / "words-1a2b.js").write_text("small", encoding="utf-8")
    (static / "app.webmanifest").write_text("{}", encoding="utf-8")
    address = service.where.http + "/static/assets/words-1a2b.js"
    async with service.http.get(address, headers={"Accept-Encoding": "gzip"}) as script:
        assert (script.headers["Content-Encoding"], await script.text()) == ("gzip", "small")
        assert "immutable" in script.headers["Cache-Control"]
    async with service.http.get(address, headers={"Accept-Encoding": "identity"}) as script:
        assert "Content-Encoding" not in script.headers
        assert await script.text() == "small"
    manifest, _ = await get(service, "/static/app.webmanifest")
    assert (manifest.content_type, manifest.headers["Cache-Control"]) == (
        "application/manifest+json",
        "public, max-age=86400",
    )


async def test_errors_are_in_plain_words(service: Service) -> None:
    answer, text = await get(service, "/finnes-ikke")
    assert answer.status == 404
    assert "Denne siden finnes ikke" in text
    assert "75 00 00 00" in text
    _, english = await get(service, "/finnes-ikke?lang=en")
    assert "This page does not exist" in english
    _, nynorsk = await get(service, "/finnes-ikke?lang=nn")
    assert 'lang="nn"' in nynorsk
    assert "Denne sida finst ikkje" in nynorsk
    _, sami = await get(service, "/finnes-ikke?lang=sma")
    assert 'lang="nb"' in sami, "it is in bokmål and says so"
    answer, text = await get(service, "/api/nothing")
    assert (answer.status, json.loads(text)["status"]) == (404, 404)
    async with service.http.post(service.where.http + "/") as posted:
        assert posted.status == 405


async def test_our_own_fault_is_told_in_words_and_logged(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LinkKey, "claim_of", fail)
    answer, text = await get(service, f"/api/link/{service.token()}")
    assert answer.status == 500
    assert json.loads(text)["title"] == "Noe gikk galt hos oss"
    assert "ZeroDivisionError" in caplog.text


async def test_a_good_link_says_whose_place_it_is(service: Service) -> None:
    token = service.token("bronnoy", name="Åse")
    answer, text = await get(service, f"/api/link/{token}?lang=en")
    info = LINK_ANSWER.validate_json(text)
    assert answer.status == 200
    assert info == LinkInfo(
        name="Åse", place="Brønnøy", course="Mestringstreff", telephone="75 00 00 00", present=False
    )


async def test_links_that_open_nothing(service: Service) -> None:
    now = time.time()
    late = new_claim("vefsn", "rodoy", "Kari", not_before=now - 100, expires=now - 1)
    early = new_claim("vefsn", "rodoy", "Kari", not_before=now + 100, expires=now + 200)
    assert await link_fault(service, service.key.sign(late)) is LinkFault.EXPIRED
    _, text = await get(service, f"/api/link/{service.key.sign(late)}")
    assert LINK_ANSWER.validate_json(text) == LinkRefused(fault=LinkFault.EXPIRED, telephone="75 00 00 00")
    assert await link_fault(service, service.key.sign(early)) is LinkFault.NOT_YET
    _, text = await get(service, f"/api/link/{service.key.sign(early)}")
    told = LINK_ANSWER.validate_json(text)
    assert isinstance(told, LinkRefused)
    assert (told.name, told.place, told.course) == ("Kari", "Vefsn", "Mestringstreff")
    assert told.opens_at == int(now + 100)
    assert told.opens_in_s is not None
    assert 0 < told.opens_in_s <= 100
    leads = new_claim("*", "leader", "Ane", not_before=now + 100, expires=now + 200, role="leader")
    assert await link_fault(service, service.key.sign(leads)) is LinkFault.INVALID, "nobody waits for what never opens"
    assert await link_fault(service, LinkKey(bytes(32)).sign(service.claim())) is LinkFault.INVALID
    assert await link_fault(service, service.token()[:-2] + "AA") is LinkFault.INVALID
    assert await link_fault(service, service.token("unknown-robot")) is LinkFault.INVALID


async def test_a_withdrawn_link_closes_its_pages(service: Service) -> None:
    claim = service.claim()
    token = service.key.sign(claim)
    page, _ = await service.open(token)
    other, _ = await service.open(service.token())
    DataDirectory(service.settings.data.directory).withdraw(claim.id)
    assert await page.closed() == REFUSED_CODE
    assert await link_fault(service, token) is LinkFault.WITHDRAWN
    assert not other.socket.closed


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "file://", "http://[bad"])
async def test_another_sites_page_gets_no_websocket(service: Service, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await service.http.ws_connect(f"{service.where.http}/ws/{service.token()}", headers={"Origin": origin})
    assert caught.value.status == 403


async def test_our_own_page_gets_its_websocket(service: Service) -> None:
    socket = await service.http.ws_connect(
        f"{service.where.http}/ws/{service.token()}", headers={"Origin": service.where.http}
    )
    await socket.close()


async def test_the_websockets_address_without_a_websocket(service: Service) -> None:
    answer, _ = await get(service, f"/ws/{service.token()}")
    assert answer.status == 426
    answer, _ = await get(service, f"/ws/{service.token()}?tab=%3Cscript%3E")
    assert answer.status == 400


async def test_too_many_pages_of_one_link(service: Service) -> None:
    token = service.token()
    pages = [await service.open(token) for _ in range(MAX_PAGES_PER_LINK)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await service.open(token)
    assert caught.value.status == 429
    assert not any(page.socket.closed for page, _ in pages)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "{",
        "[]",
        '{"type":"unknown"}',
        '{"type":"leave","more":1}',
        '{"type":"set_point","pan_deg":NaN,"tilt_deg":0,"seq":1,"sent_ms":0}',
        '{"type":"set_point","pan_deg":999,"tilt_deg":0,"seq":1,"sent_ms":0}',
        '{"type":"act","id":"1","seq":1,"sent_ms":0,"action":{"type":"speak","text":"\\u0007"}}',
    ],
)
async def test_a_bad_message_is_answered_and_changes_nothing(service: Service, bad: str) -> None:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        page, _ = await service.open(service.token())
        await page.socket.send_str(bad)
        sorry = await page.next(Sorry)
        assert sorry.reason == "bad_message"
        assert sorry.detail
        await page.next(RobotState)
        await page.send(Connect(sdp=OFFER_SDP, sent_ms=0))
        await robot.next(Offer)
        assert len(robot.heard) == 1


async def test_a_binary_frame_is_answered(service: Service) -> None:
    page, _ = await service.open(service.token())
    await page.socket.send_bytes(b"\x00")
    assert (await page.next(Sorry)).reason == "bad_message"


async def test_an_oversize_message_closes_the_socket(service: Service) -> None:
    page, _ = await service.open(service.token())
    await page.socket.send_str(" " * (MAX_PAGE_BYTES + 1))
    assert await page.closed() == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    answer, _ = await get(service, "/healthz")
    assert answer.status == 200


async def test_a_flood_is_told_to_slow_down(service: Service) -> None:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        page, welcome = await service.open(service.token())
        if not welcome.present:
            await page.next(RobotPresent, lambda message: message.present)
        for number in range(int(ACTS_BURST) + 10):
            action = '{"type":"raise_hand","raised":true}'
            await page.socket.send_str(f'{{"type":"act","id":"{number}","seq":{number},"sent_ms":0,"action":{action}}}')
        sorry = await page.next(Sorry)
        assert (sorry.reason, sorry.detail) == ("too_fast", "act")
        assert not robot.heard


async def test_no_link_and_no_password_comes_into_the_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = service.token()
    page, _ = await service.open(token)
    for path in (f"/j/{token}", f"/api/link/{token}", f"/j/{token}/more", f"/wrong/{token}"):
        await get(service, path)
    await page.socket.close()
    await get(service, "/healthz")
    assert "GET /j/{token} 200" in caplog.text
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith("asyncio"))
    assert token not in ours
    assert service.robot_url().split("@")[0] not in ours
