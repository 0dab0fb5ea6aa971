"""Staff with passkeys at a running service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from argon2 import PasswordHasher

from remote_app.staff import passwords, tries
from tests.app.authenticator import Authenticator
from tests.app.conftest import Service
from tests.app.staffed import StaffBrowser, browser, make_administrator

KEYS = "/api/staff/passkeys"
LOGIN = "/api/staff/passkey/login"
FIRST = "/api/staff/passkey/first"


def quick_and_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost nothing here, and however slow the machine is, no try comes back meanwhile."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    for pause in ("OWN_EVERY_S", "ACCOUNT_EVERY_S"):
        monkeypatch.setattr(tries, pause, 3600.0)


@asynccontextmanager
async def administrators_page(service: Service) -> AsyncIterator[StaffBrowser]:
    """The administrator's browser, logged in, by a name: IP addresses carry no passkeys."""
    async with browser(service, "localhost") as page:
        await make_administrator(page, service)
        yield page


async def good(page: StaffBrowser, method: str, path: str, body: Any = None) -> Any:
    status, said = await page.ask(method, path, body)
    assert status in (200, 204), said
    return said


async def new_key(page: StaffBrowser, name: str = "Mobilen", **how: Any) -> Authenticator:
    """An authenticator with a passkey of whoever is logged in."""
    key = Authenticator(page.base, **how)
    await good(page, "POST", KEYS, key.make(await good(page, "POST", f"{KEYS}/options", {}), name))
    return key


async def own(page: StaffBrowser) -> list[dict[str, Any]]:
    return list((await good(page, "GET", KEYS))["passkeys"])


async def log_in(page: StaffBrowser, key: Authenticator, **said: Any) -> tuple[int, str]:
    """Status and code of a login."""
    status, answer = await page.ask("POST", LOGIN, key.sign(await good(page, "POST", f"{LOGIN}/options", {}), **said))
    return status, answer.get("code", "")
