"""Staff log in by passkey: added, used, named and removed; whose it is, the last way in, and where it works."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from protocol.passkeys import MOST_PASSKEYS
from remote_app.settings import AppSettings
from remote_app.staff import desk
from remote_app.staff.tries import OWN_TRIES
from remote_app.store.chain import Deed
from tests.app.authenticator import Authenticator, text
from tests.app.conftest import Service
from tests.app.passkeyed import (
    FIRST,
    KEYS,
    LOGIN,
    administrators_page,
    good,
    log_in,
    new_key,
    own,
    quick_and_strict,
)
from tests.app.staffed import PASSWORD, StaffBrowser, browser, make_administrator
from tests.app.test_staff import log_of


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_and_strict(monkeypatch)


@pytest.fixture
async def page(service: Service) -> AsyncIterator[StaffBrowser]:
    async with administrators_page(service) as page:
        yield page


async def logged(service: Service, *deeds: Deed) -> list[tuple[str, str, str, str]]:
    """The log of these deeds, as soon as the last of the writer's batch is there."""
    return [
        (entry.deed.value, entry.link, entry.by, entry.detail) for entry in await log_of(service) if entry.deed in deeds
    ]


async def test_a_passkey_is_added_used_named_and_removed(service: Service, page: StaffBrowser) -> None:
    key = await new_key(page)
    await good(page, "POST", "/api/staff/logout", {})
    assert "av1-passkey" not in page.cookies, "what belonged to the question is gone"
    assert await log_in(page, key) == (200, "")
    assert await log_in(page, key, user="") == (200, ""), "an authenticator need not say whose it is"
    me = await page.me()
    assert me is not None
    assert (me.name, me.role) == ("Tor", "administrator")

    other = await new_key(page, "Nøkkelknippet", counts=False)
    assert [await log_in(page, other) for _ in range(2)] == [(200, "")] * 2, "one that never counts says 0 for ever"
    first, second = await own(page)
    assert [first["name"], second["name"]] == ["Mobilen", "Nøkkelknippet"]
    assert first["usable"]
    assert first["used_at"] > first["made_at"]
    await good(page, "PUT", f"{KEYS}/{first['id']}", {"name": "Jobbmobilen"})
    async with browser(service, "localhost") as elsewhere:
        assert await log_in(elsewhere, key) == (200, "")
        await good(page, "DELETE", f"{KEYS}/{first['id']}", {})
        assert await elsewhere.me() is None, "logged out with the key"
    assert await page.me() is not None
    assert [one["name"] for one in await own(page)] == ["Nøkkelknippet"]
    assert await log_in(page, key) == (401, "passkey_unknown")
    for deed in (("PUT", {"name": "x"}), ("DELETE", {})):
        status, said = await page.ask(deed[0], f"{KEYS}/{first['id']}", deed[1])
        assert (status, said["code"]) == (404, "passkey_none")


async def test_every_use_refusal_addition_and_removal_is_in_the_access_log(
    service: Service, page: StaffBrowser
) -> None:
    key = await new_key(page)
    (kept,) = await own(page)
    copy = key.copied()
    assert await log_in(page, key) == (200, "")
    assert await log_in(page, copy) == (403, "passkey_copied")
    await good(page, "DELETE", f"{KEYS}/{kept['id']}", {})
    async with asyncio.timeout(10):
        while not (log := await logged(service, Deed.PASSKEY_REMOVED)):
            await asyncio.sleep(0.05)
    person = log[0][2]
    told = await logged(service, Deed.PASSKEY_ADDED, Deed.PASSKEY_REMOVED, Deed.LOGGED_IN, Deed.LOGIN_REFUSED)
    assert told[1:] == [
        ("passkey_added", kept["id"], person, ""),
        ("logged_in", "", person, "passkey"),
        ("login_refused", person, "", "passkey_copied"),
        ("passkey_removed", kept["id"], person, ""),
    ]


async def test_a_key_that_is_kept_is_nobody_elses(page: StaffBrowser, service: Service) -> None:
    key = await new_key(page)
    offer = await good(page, "POST", f"{KEYS}/options", {})
    assert offer["known"] == [key.id]
    status, said = await page.ask("POST", KEYS, key.make(offer))
    assert (status, said["code"]) == (409, "passkey_taken")
    async with browser(service, "localhost") as other:
        made = await invited(page, other, "coordinator")
        status, said = await other.ask("POST", KEYS, key.make(await good(other, "POST", f"{KEYS}/options", {})))
        assert (status, said["code"]) == (409, "passkey_taken")
        (kept,) = await own(page)
        for method, body in (("PUT", {"name": "Min"}), ("DELETE", {})):
            assert (await other.ask(method, f"{KEYS}/{kept['id']}", body))[0] == 404, "others' keys are others'"
        assert made["person"]["role"] == "coordinator"


async def invited(boss: StaffBrowser, other: StaffBrowser, role: str) -> dict[str, Any]:
    """Somebody with this role is logged in in the other browser, with a password."""
    status, made = await boss.ask("POST", "/api/v1/staff", {"display_name": role, "role": role})
    assert status == 201, made
    token = made["link"].partition("#first=")[2]
    await good(other, "POST", "/api/staff/account", {"token": token, "name": role, "login": role, "password": PASSWORD})
    return dict(made)


async def test_everybody_of_the_staff_keeps_their_own_and_nobody_else_any(page: StaffBrowser, service: Service) -> None:
    async with AsyncExitStack() as stack:
        for role in ("leader", "coordinator"):
            other = await stack.enter_async_context(browser(service, "localhost"))
            await invited(page, other, role)
            key = await new_key(other)
            assert await log_in(other, key) == (200, "")
            assert (await other.me()).role == role  # type: ignore[union-attr]
            assert len(await own(other)) == 1
        nobody = await stack.enter_async_context(browser(service, "localhost"))
        for method, path in (("GET", ""), ("POST", ""), ("POST", "/options"), ("PUT", "/x"), ("DELETE", "/x")):
            assert (await nobody.ask(method, KEYS + path, None if method == "GET" else {}))[0] == 401
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        for method, path in (
            ("POST", KEYS),
            ("POST", f"{KEYS}/options"),
            ("PUT", f"{KEYS}/x"),
            ("DELETE", f"{KEYS}/x"),
            ("POST", LOGIN),
            ("POST", f"{LOGIN}/options"),
            ("POST", FIRST),
            ("POST", f"{FIRST}/options"),
        ):
            assert (await page.ask(method, path, {}, **evil))[0] == 403, path


async def test_long_after_the_login_no_passkey_comes_or_goes(
    page: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await new_key(page)
    (kept,) = await own(page)
    asked = await good(page, "POST", f"{KEYS}/options", {})
    monkeypatch.setattr(desk, "FRESH", timedelta(0))
    for method, path in (("POST", f"{KEYS}/options"), ("DELETE", f"{KEYS}/{kept['id']}")):
        status, said = await page.ask(method, path, {})
        assert (status, said["code"]) == (403, "stale")
    await good(page, "POST", KEYS, Authenticator(page.base).make(asked, "Begun in time"))
    await good(page, "PUT", f"{KEYS}/{kept['id']}", {"name": "Jobbmobilen"})
    monkeypatch.undo()
    assert await log_in(page, key) == (200, "")
    await good(page, "DELETE", f"{KEYS}/{kept['id']}", {})


async def test_the_last_way_in_stays(page: StaffBrowser, service: Service) -> None:
    async with browser(service, "localhost") as other:
        status, made = await page.ask("POST", "/api/v1/staff", {"display_name": "Ane", "role": "leader"})
        assert (status, made["person"]["waiting"]) == (201, True)
        token = made["link"].partition("#first=")[2]
        key = await first_key(other, token, "somebody else")
        assert (await other.me()).name == "Ane"  # type: ignore[union-attr]
        (kept,) = await own(other)
        status, said = await other.ask("DELETE", f"{KEYS}/{kept['id']}", {})
        assert (status, said["code"]) == (409, "passkey_last")
        assert "last way" in said["detail"]
        assert await log_in(other, key) == (200, "")
        await new_key(other, "Den andre")
        await good(other, "DELETE", f"{KEYS}/{kept['id']}", {})
        assert [one["name"] for one in await own(other)] == ["Den andre"]
        _, listed = await page.ask("GET", "/api/v1/staff")
        assert {one["display_name"]: one["waiting"] for one in listed["items"]} == {"Ane": False, "Tor": False}


async def first_key(page: StaffBrowser, token: str, name: str) -> Authenticator:
    """An account by a passkey alone."""
    key = Authenticator(page.base)
    offer = await good(page, "POST", f"{FIRST}/options", {"token": token, "name": name})
    await good(page, "POST", FIRST, {"token": token, "name": name, "made": key.make(offer)})
    return key


async def test_the_first_link_makes_the_administrator_by_a_passkey_alone(service: Service) -> None:
    token = service.where.administrator.partition("#first=")[2]
    async with browser(service, "localhost") as page:
        offer = await good(page, "POST", f"{FIRST}/options", {"token": token, "name": "Tor"})
        kept = {"Cookie": f"av1-passkey={page.cookies['av1-passkey']}"}
        body = {"token": token, "name": "Tor", "made": Authenticator(page.base).make(offer)}
        status, said = await page.ask("POST", FIRST, {**body, "token": secrets.token_urlsafe(32)}, **kept)
        assert (status, said["code"]) == (410, "link")
        assert (await page.ask("POST", FIRST, body, **kept))[1]["code"] == "replayed"
        key = await first_key(page, token, "Tor")
        me = await page.me()
        assert me is not None
        assert (me.name, me.role) == ("Tor", "administrator")
        assert await log_in(page, key) == (200, "")
        for path, again in ((f"{FIRST}/options", {"token": token, "name": "Tor"}), (FIRST, body)):
            assert (await page.ask("POST", path, again))[0] == 410, "the link is used, and there is an administrator"


async def test_who_is_kept_out_is_out_with_the_passkey_too(page: StaffBrowser, service: Service) -> None:
    async with browser(service, "localhost") as other:
        made = await invited(page, other, "leader")
        key, at = await new_key(other), f"/api/v1/staff/{made['person']['id']}"
        await good(page, "DELETE", at, {})
        assert await other.me() is None
        assert await log_in(other, key) == (401, "passkey_unknown")
        await good(page, "POST", f"{at}/restore", {})
        assert await log_in(other, key) == (200, "")


async def test_one_address_may_be_wrong_as_often_as_with_passwords(page: StaffBrowser) -> None:
    key, stranger = await new_key(page), Authenticator(page.base)
    for _ in range(OWN_TRIES):
        assert await log_in(page, key) == (200, "")
        assert await log_in(page, stranger) == (401, "passkey_unknown")
    assert await log_in(page, key) == (429, "too_many")
    assert int(page.last.headers["Retry-After"]) > 0
    assert await page.log_in("tor") == 429, "it is one limit for both"
    page.headers["X-Forwarded-For"] = "192.0.2.7"
    assert await log_in(page, key) == (200, "")


async def test_an_account_has_only_so_many(page: StaffBrowser) -> None:
    for _ in range(MOST_PASSKEYS):
        await new_key(page)
    key = Authenticator(page.base)
    status, said = await page.ask("POST", KEYS, key.make(await good(page, "POST", f"{KEYS}/options", {})))
    assert (status, said["code"]) == (409, "passkey_most")


async def test_an_address_that_can_carry_no_passkeys_says_so(service: Service) -> None:
    async with browser(service) as page:
        await make_administrator(page, service)
        assert (await good(page, "GET", "/api/staff/login"))["passkeys"] is False
        assert await good(page, "GET", KEYS) == {"type": "own_passkeys", "possible": False, "passkeys": []}
        key = Authenticator(page.base)
        offer = {"user": "AA", "rp_id": "127.0.0.1", "challenge": text(bytes(32))}
        for path, body in (
            (f"{LOGIN}/options", {}),
            (f"{KEYS}/options", {}),
            (KEYS, key.make(offer)),
            (LOGIN, key.sign(offer)),
        ):
            status, said = await page.ask("POST", path, body)
            assert (status, said["code"]) == (409, "no_passkeys")
            assert page.base in said["detail"]
            assert "http.public_url" in said["detail"]


class TestBehindTls:
    """A proxy in front, and the address that everybody knows."""

    @pytest.fixture
    def service_settings(self, service_settings: AppSettings) -> AppSettings:
        http = service_settings.http.model_copy(update={"public_url": "https://robot.example.org"})
        return service_settings.model_copy(update={"http": http})

    async def test_the_passkey_belongs_to_the_public_address(self, service: Service) -> None:
        async with browser(service) as page:
            page.headers["Origin"] = "https://robot.example.org"
            token = service.where.administrator.partition("#first=")[2]
            offer_body = {"token": token, "name": "Tor"}
            offer = await good(page, "POST", f"{FIRST}/options", offer_body)
            assert offer["rp_id"] == "robot.example.org"
            cookie = page.last.headers["Set-Cookie"]
            assert cookie.startswith("__Host-av1-passkey=")
            assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Strict", "Max-Age=300", "Path=/"))
            kept = {"Cookie": cookie.partition(";")[0]}
            made = Authenticator("https://robot.example.org").make(offer)
            status, _ = await page.ask("POST", FIRST, {**offer_body, "made": made}, **kept)
            assert status == 200
