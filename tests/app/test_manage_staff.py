"""An administrator manages who may log in, and everybody their own password and sessions."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any

from tests.app.conftest import Service
from tests.app.staffed import PASSWORD, StaffBrowser, browser, make_administrator

STAFF = "/api/v1/staff"
OTHER = "fire grå gjess over Dønna"


async def begin(stack: AsyncExitStack, service: Service, link: str = "", login: str = "") -> StaffBrowser:
    """A new browser; with a link somebody makes their account in it."""
    new = await stack.enter_async_context(browser(service))
    if link:
        body = {"token": link.partition("#first=")[2], "name": login, "login": login, "password": PASSWORD}
        assert (await new.ask("POST", "/api/staff/account", body))[0] == 200
    return new


async def add(boss: StaffBrowser, name: str, role: str, *sites: str) -> dict[str, Any]:
    status, said = await boss.ask("POST", STAFF, {"display_name": name, "role": role, "sites": sites})
    assert status == 201, said
    return dict(said)


async def test_an_administrator_manages_who_may_log_in(service: Service) -> None:
    async with AsyncExitStack() as stack:
        boss = await begin(stack, service)
        await make_administrator(boss, service)
        site = {"name": "Frisklivssentralen", "municipality": "Vefsn"}
        assert (await boss.ask("PUT", "/api/v1/sites/vefsn", site))[0] in (200, 201)
        made = await add(boss, "Ane", "leader", "vefsn")
        ane, at = made["person"], f"{STAFF}/{made['person']['id']}"
        assert (ane["waiting"], ane["sites"], ane["seen_at"]) == (True, ["vefsn"], None)
        leader = await begin(stack, service, made["link"], "ane")
        assert (await leader.ask("POST", "/api/staff/link", {"token": made["link"].partition("#first=")[2]}))[0] == 410

        for method, path in (("GET", STAFF), ("POST", STAFF), ("DELETE", at), ("POST", f"{at}/link")):
            assert (await leader.ask(method, path, None if method == "GET" else {}))[0] == 403, "an administrator's"
        coordinator = await begin(stack, service, (await add(boss, "Siv", "coordinator"))["link"], "siv")
        assert (await coordinator.ask("GET", STAFF))[0] == 200
        assert (await coordinator.ask("POST", STAFF, {"display_name": "X", "role": "administrator"}))[0] == 403

        status, listed = await boss.ask("GET", STAFF)
        assert status == 200
        now = {one["display_name"]: one for one in listed["items"]}
        assert (now["Ane"]["waiting"], now["Tor"]["you"]) == (False, True)
        assert now["Ane"]["seen_at"] is not None
        body = {"display_name": "Ane", "role": "coordinator", "sites": []}
        assert (await boss.ask("PUT", at, body, **{"If-Match": '"old"'}))[0] == 412
        assert (await boss.ask("PUT", at, body, **{"If-Match": f'"{now["Ane"]["version"]}"'}))[0] == 200
        assert (await leader.me()).role == "coordinator", "from the next request on"  # type: ignore[union-attr]
        wrong = {"display_name": "Ane", "role": "coordinator", "sites": ["vefsn"]}
        assert (await boss.ask("PUT", at, wrong, **{"If-Match": "*"}))[0] == 422, "sites are a leader's"

        assert (await boss.ask("DELETE", at, {}))[0] == 200
        assert await leader.me() is None
        assert await leader.log_in("ane") == 401
        assert (await boss.ask("POST", f"{at}/link", {}))[0] == 409
        status, back = await boss.ask("POST", f"{at}/restore", {})
        assert (status, back["left_at"]) == (200, None)
        assert await leader.log_in("ane") == 200, "with the password of before"

        me = f"{STAFF}/{now['Tor']['id']}"
        assert (await boss.ask("DELETE", me, {}))[0] == 409, "or nobody is left who can"
        demoted = {"display_name": "Tor", "role": "leader"}
        assert (await boss.ask("PUT", me, demoted, **{"If-Match": "*"}))[0] == 409
        assert (await boss.me()).role == "administrator"  # type: ignore[union-attr]


async def test_everybody_keeps_their_own_account(service: Service) -> None:
    async with AsyncExitStack() as stack:
        first = await begin(stack, service)
        await make_administrator(first, service)
        second = await begin(stack, service)
        assert await second.log_in("tor") == 200
        _, said = await first.ask("GET", "/api/staff/sessions")
        assert said["password"] is True
        assert sorted(one["here"] for one in said["sessions"]) == [False, True]

        wrong = {"old": "not the password", "new": OTHER}
        assert (await first.ask("POST", "/api/staff/password", wrong))[0] == 403
        assert (await first.ask("POST", "/api/staff/password", {"old": PASSWORD, "new": "short"}))[0] == 400
        foreign = {"Origin": "https://elsewhere.example.org", "Sec-Fetch-Site": "cross-site"}
        good = {"old": PASSWORD, "new": OTHER}
        assert (await first.ask("POST", "/api/staff/password", good, **foreign))[0] == 403
        assert (await first.ask("POST", "/api/staff/password", good))[0] == 204
        assert await first.me() is not None, "whoever changed it stays"
        assert await second.me() is None
        assert await second.log_in("tor") == 401
        assert await second.log_in("tor", OTHER) == 200

        assert await first.me() is not None
        assert (await second.ask("POST", "/api/staff/logout-elsewhere", {}))[0] == 204
        assert await first.me() is None
        assert await second.me() is not None, "but here"
        assert await first.log_in("tor", OTHER) == 200
        assert (await second.ask("POST", "/api/staff/logout-everywhere", {}))[0] == 204
        assert await first.me() is None
        assert second.cookies == {}
        assert (await first.ask("GET", "/api/staff/sessions"))[0] == 401
