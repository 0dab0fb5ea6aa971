"""Staff log in with a password: first run, sessions, what other sites cannot do, how often one may be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from remote_app.cli import main
from remote_app.staff import needs, passwords, tries
from remote_app.staff.passwords import NOBODYS, fault_of
from remote_app.staff.tries import ACCOUNT_TRIES, OWN_TRIES
from remote_app.store.access_log import newest
from remote_app.store.chain import Deed, Entry
from remote_app.store.service import open_store
from tests.app.conftest import Service
from tests.app.staffed import PASSWORD, StaffBrowser, browser, make_administrator
from tests.app.test_process import config


@pytest.fixture
async def page(service: Service) -> AsyncIterator[StaffBrowser]:
    async with browser(service) as page:
        yield page


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real function with the least memory; the real parameters have a test of their own."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for pause in ("OWN_EVERY_S", "ACCOUNT_EVERY_S"):  # however slow the machine is, no try comes back meanwhile
        monkeypatch.setattr(tries, pause, 3600.0)


async def log_of(service: Service) -> list[Entry]:
    """The access log of staff, the oldest first, when all of it is written."""
    store = await open_store(service.settings)
    try:
        async with store.read() as session:
            return [sealed.entry for sealed in reversed(await newest(session))]
    finally:
        await store.close()


async def test_the_first_link_makes_the_administrator_once(service: Service, page: StaffBrowser) -> None:
    base, _, token = service.where.administrator.partition("#first=")
    assert base == f"{service.where.http}/login"
    assert await page.ask("POST", "/api/staff/link", {"token": token}) == (
        200,
        {"type": "account_offer", "name": "", "role": "administrator"},
    )
    body = {"token": token, "name": "Tor", "login": " TOR ", "password": "kort"}
    status, refused = await page.ask("POST", "/api/staff/account", body)
    assert (status, refused["code"]) == (400, "short"), "and the link is still good"
    status, who = await page.ask("POST", "/api/staff/account", {**body, "password": PASSWORD})
    assert (status, who["name"], who["role"]) == (200, "Tor", "administrator")
    for path, again in (("link", {"token": token}), ("account", {**body, "password": PASSWORD})):
        status, gone = await page.ask("POST", f"/api/staff/{path}", again)
        assert (status, gone["code"]) == (410, "link")
    me = await page.me()
    assert me is not None
    assert me.name == "Tor"


async def test_login_and_logout(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    first = page.cookies
    assert await page.ask("POST", "/api/staff/logout", {}) == (204, None)
    assert page.cookies == {}
    assert await page.me() is None
    assert await page.log_in("tor") == 200
    assert page.cookies.keys() == {"av1-staff"}
    assert page.cookies != first
    cookie = page.last.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    kept = page.cookies["av1-staff"]
    assert await page.log_in("tor") == 200, "logging in again ends the session that the browser had"
    async with browser(service) as other:
        status, _ = await other.ask("GET", "/api/staff/me", Cookie=f"av1-staff={kept}")
        assert status == 401


async def test_behind_tls_the_cookie_is_of_this_host_alone(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    page.headers["X-Forwarded-Proto"] = "https"
    assert await page.log_in("tor") == 200
    cookie = page.last.headers["Set-Cookie"]
    assert cookie.startswith("__Host-av1-staff=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


FOREIGN = (
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    {"Origin": "null"},
    {"Origin": "", "Sec-Fetch-Site": "same-site"},
    {"Origin": "", "Sec-Fetch-Site": "none"},
    {"Origin": "", "Sec-Fetch-Site": ""},
)


async def test_no_other_site_can_make_a_browser_change_anything(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    for headers in FOREIGN:
        for path, body in (("logout", {}), ("login", {"login": "tor", "password": PASSWORD})):
            status, answer = await page.ask("POST", f"/api/staff/{path}", body, **headers)
            assert (status, answer["code"]) == (403, "foreign_page"), headers
            assert page.last.content_type == "application/problem+json"
    assert await page.me() is not None


async def test_what_is_not_json_needs_the_pages_own_token(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    me = await page.me()
    assert me is not None
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for token in ("", "wrong", me.csrf[:-1]):
        status, _ = await page.ask("POST", "/api/staff/logout", **form, **{"X-CSRF-Token": token})
        assert status == 403
    assert (await page.ask("POST", "/api/staff/logout", **form, **{"X-CSRF-Token": me.csrf}))[0] == 204


async def test_wrong_names_and_passwords_look_alike(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    wish = {"login": "tor", "password": "en annen hest"}
    wrong = await page.ask("POST", "/api/staff/login", wish)
    nobody = await page.ask("POST", "/api/staff/login", {**wish, "login": "nobody"})
    assert wrong == nobody
    assert wrong[0] == 401


async def test_one_address_may_be_wrong_so_often_and_right_always(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    for _ in range(OWN_TRIES):
        assert await page.log_in("tor") == 200
        assert await page.log_in("tor", "feil") == 401
    assert await page.log_in("tor") == 429
    assert int(page.last.headers["Retry-After"]) > 0
    page.headers["X-Forwarded-For"] = "192.0.2.7"
    assert await page.log_in("tor") == 200, "another address is not held back"


async def test_one_account_is_guarded_from_many_addresses(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    for number in range(ACCOUNT_TRIES):
        page.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        assert await page.log_in("tor", "feil") == 401
    page.headers["X-Forwarded-For"] = "198.51.100.1"
    assert await page.log_in("tor", "feil") == 429
    assert await page.log_in("ane", "feil") == 401


async def test_logins_and_refusals_are_in_the_access_log_without_a_name(service: Service, page: StaffBrowser) -> None:
    await make_administrator(page, service)
    assert await page.log_in("tor", "feil") == 401
    assert await page.log_in("tor", "feil igjen") == 401
    assert await page.log_in("hemmelig", "feil") == 401
    assert (await page.ask("POST", "/api/staff/logout", {}))[0] == 204
    async with asyncio.timeout(10):
        while not (log := await log_of(service)) or log[-1].deed is not Deed.LOGGED_OUT:
            await asyncio.sleep(0.05)
    person = log[0].by
    assert [(entry.deed.value, entry.role, entry.link, entry.by, entry.detail) for entry in log] == [
        ("role_changed", "administrator", person, person, "added"),
        ("logged_in", "administrator", "", person, "link"),
        ("login_refused", "", person, "", "wrong"),
        ("login_refused", "", "", "", "wrong"),
        ("logged_out", "", "", person, ""),
    ]


def test_a_wrong_name_takes_as_long_as_a_wrong_password() -> None:
    assert not PasswordHasher().check_needs_rehash(NOBODYS)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elleve tegn", "short"),
        ("tolv tegn er", None),
        ("x" * 129, "long"),
        ("abcdabcdabcd", "simple"),
        ("ane@example.no", "simple"),
        ("ane@example.noANE@example.no", "simple"),
        ("ÅÆØ æøå 12345", None),
    ],
)
def test_what_a_password_must_be(password: str, fault: str | None) -> None:
    assert fault_of(password, "ane@example.no") == fault


def test_a_deed_that_the_policy_does_not_know_cannot_guard_anything() -> None:
    with pytest.raises(ValueError, match="fly"):
        needs("fly")


def test_the_command_prints_a_link_until_there_is_an_administrator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config(tmp_path)
    assert main(["--config", str(file), "admin-link"]) == 0
    first = capsys.readouterr().out
    assert "/login#first=" in first
    assert main(["--config", str(file), "admin-link"]) == 0
    assert capsys.readouterr().out != first


def test_the_command_adds_changes_and_removes_staff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path)

    def said(*options: str, code: int = 0) -> str:
        assert main(["--config", str(file), "staff", *options]) == code
        out = capsys.readouterr()
        return out.err if code else out.out

    assert "nobody may log in" in said("list")
    person, link = said("add", "--role=coordinator", "--name=Tor").splitlines()
    assert "/login#first=" in link
    assert said("list") == f"{person} coordinator Tor\n"
    assert said("link", person) != f"{link}\n"
    assert said("change", person, "--role=administrator") == "changed: Tor, administrator\n"
    assert "no such site" in said("change", person, "--role=leader", "--site=vefsn", code=2)
    assert said("list") == f"{person} administrator Tor\n", "all or nothing"
    assert said("remove", person) == "removed: Tor\n"
    assert "nobody may log in" in said("list")
    for wrong in (("add", "--name=Tor"), ("remove",), ("remove", person), ("change", person)):
        assert "staff" in said(*wrong, code=2)
    assert main(["--config", str(file), "log"]) == 0
    log = [line.split(maxsplit=2)[2] for line in capsys.readouterr().out.splitlines()]
    assert log == [
        f"role_changed role=administrator link={person} detail=withdrawn",
        f"role_changed role=administrator link={person} detail=changed",
        f"role_changed role=coordinator link={person} detail=added",
    ]
