"""Servers with passwords that run out: how they are made, when they are renewed, and what a wrong setting says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from protocol.ice import IceSetup
from protocol.settings_file import load_settings
from protocol.signals import Offer
from protocol.web import Welcome
from remote_app.access import LinkKey, new_claim
from remote_app.journal import Journal
from remote_app.outbox import Closing
from remote_app.page import Page
from remote_app.settings import AppSettings, TurnSettings
from remote_app.switchboard import Switchboard
from remote_app.turn import TurnDesk, credential
from tests.app.conftest import Service
from tests.app.fake_robot import FakeRobot
from tests.app.test_flow import CONNECT, ready_page

SECRET = "north-of-the-circle"
URLS = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp")
STUN = ("stun:turn.example.org:3478",)


def settings(**changes: object) -> TurnSettings:
    return TurnSettings.model_validate({"urls": URLS, "stun_urls": STUN, "secret": SECRET} | changes)


def desk(**changes: object) -> TurnDesk:
    return TurnDesk.open(settings(**changes))


def test_the_password_is_what_openssl_makes_of_the_same() -> None:
    made = credential(SECRET, "vefsn-rodoy", 1433895918)
    assert made.username == "1433895918:vefsn-rodoy"
    assert made.password == "8d4XaBLQ34t74TzDW51uOsez5ZA="


@given(st.text(min_size=16, max_size=64), st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True), st.integers(0, 2**40))
def test_only_the_secret_makes_the_password(secret: str, name: str, expires: int) -> None:
    made = credential(secret, name, expires)
    until, _, whose = made.username.partition(":")
    assert (int(until), whose) == (expires, name)
    again = hmac.new(secret.encode(), made.username.encode(), hashlib.sha1)
    assert base64.b64decode(made.password) == again.digest()
    assert credential(secret + "x", name, expires).password != made.password
    assert made.password not in repr(made)


def test_each_end_gets_a_name_of_its_own_and_no_server_that_is_not_named() -> None:
    setup = desk(lifetime_s=3600).setup("vefsn", now=1_000_000.0)
    stun, relay = setup.servers
    assert (stun.urls, stun.username, stun.credential) == (STUN, "", "")
    assert (relay.urls, relay.username) == (URLS, "1003600:vefsn")
    assert relay.credential == credential(SECRET, "vefsn", 1003600).password
    assert not setup.relay_only
    assert desk(force_relay=True).setup("vefsn").relay_only
    assert TurnDesk.open(TurnSettings()).setup("vefsn") == IceSetup()
    assert TurnDesk.open(TurnSettings(stun_urls=STUN)).setup("vefsn").servers == (stun,)


def test_a_secret_stands_in_the_settings_or_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    from_file = desk(secret="", secret_file=file)
    assert from_file.setup("a", 0.0) == desk().setup("a", 0.0)
    file.write_text("short", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"turn\.secret_file.* has 5 characters"):
        desk(secret="", secret_file=file)
    with pytest.raises(SettingsError, match=r"turn\.secret_file.*cannot be read \(No such file"):
        desk(secret="", secret_file=tmp_path / "none")
    with pytest.raises(SettingsError, match=r"turn\.secret'.* has 5 characters"):
        desk(secret="short")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("urls = ['turn:h:1']", ["'turn'", "no secret", "turn.secret_file"]),
        (f"secret = '{SECRET}'", ["'turn'", "no urls"]),
        (f"secret = '{SECRET}'\nsecret_file = '/x'\nurls = ['turn:h:1']", ["'turn'", "keep one"]),
        (f"secret = '{SECRET}'\nurls = ['http://h']", ["'turn.urls.0'", "must be like stun:host:3478"]),
        (f"secret = '{SECRET}'\nurls = ['turn:me:{SECRET}@h']", ["'turn.urls.0'", "no password"]),
        (f"secret = '{SECRET}'\nurls = ['stun:h:1']", ["'turn.urls.0'", "turn.stun_urls"]),
        ("stun_urls = ['turn:h:1']", ["'turn.stun_urls.0'", "turn.urls"]),
        (f"urls = ['turn:h:1']\nsecret = '{SECRET}'\nlifetime_s = 1", ["'turn.lifetime_s'", "600"]),
        ("urls = ['turn:h:1']\nsecret = 12345678901234567890", ["'turn.secret'", "string"]),
        ("force_relay = true", ["'turn'", "turn.urls"]),
        (f"secert = '{SECRET}'", ["'turn.secert'", "secret_file"]),
    ],
)
def test_a_wrong_setting_is_named_and_the_secret_is_not(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = tmp_path / "app.toml"
    file.write_text(f"[turn]\n{text}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(AppSettings, file)
    for part in parts:
        assert part in str(caught.value)
    for secret in (SECRET, "12345678901234567890"):
        assert secret not in str(caught.value)


def test_settings_do_not_show_the_secret() -> None:
    assert SECRET not in repr(AppSettings(turn=settings()))


async def test_a_page_gets_new_passwords_after_half_their_life_as_long_as_its_link_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = Switchboard(AppSettings(), LinkKey(bytes(32)), desk(lifetime_s=1000), Journal([].append))
    due, young, over = page(given_s=0), page(given_s=1), page(given_s=0, expires=time.time() - 1)
    monkeypatch.setattr(board, "pages", lambda: iter((due, young, over)))
    board._renew_servers(500.0)
    assert (due.servers_given_s, young.servers_given_s, over.servers_given_s) == (500.0, 1.0, 0.0)
    board._renew_servers(501.0)
    board._renew_servers(1000.0)
    assert [len(await told(each)) for each in (due, young, over)] == [2, 1, 0]
    nothing = Switchboard(AppSettings(), LinkKey(bytes(32)), TurnDesk.open(TurnSettings()), Journal([].append))
    monkeypatch.setattr(nothing, "pages", lambda: iter((young,)))
    nothing._renew_servers(1e9)
    assert young.servers_given_s == 501.0


def page(given_s: float, expires: float | None = None) -> Page:
    good_until = time.time() + 3600 if expires is None else expires
    return Page(new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=good_until), "", given_s)


async def told(page: Page) -> list[IceSetup]:
    page.outbox.close(1000, "")
    messages = []
    while not isinstance(item := await page.outbox.next(), Closing):
        messages.append(IceSetup.model_validate_json(item))
    return messages


@pytest.fixture
def service_settings(service_settings: AppSettings) -> AppSettings:
    return service_settings.model_copy(update={"turn": settings()})


async def test_page_and_robot_are_each_handed_the_servers(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        page, welcome = await ready_page(service, service.token())
        await page.send(CONNECT)
        offer = await robot.next(Offer)
    assert whose(welcome) == "vefsn-rodoy"
    assert whose(offer) == "vefsn"
    for setup in (welcome.ice, offer.ice):
        assert [server.urls for server in setup.servers] == [STUN, URLS]
        assert setup.servers[1].credential not in caplog.text
    assert SECRET not in caplog.text


def whose(message: Welcome | Offer) -> str:
    server = message.ice.servers[1]
    expires, _, name = server.username.partition(":")
    assert server.credential == credential(SECRET, name, int(expires)).password
    assert abs(int(expires) - time.time() - 6 * 3600) < 60
    return name


async def test_without_a_good_link_nobody_is_handed_anything(service: Service) -> None:
    for path in ("/j/nonsense", "/ws/nonsense", "/api/link/nonsense", f"/api/link/{service.token()}"):
        async with service.http.get(service.where.http + path) as answer:
            text = await answer.text()
            assert "turn:" not in text
            assert "credential" not in text
