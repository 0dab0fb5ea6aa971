"""Every answer of an authenticator that is not the one that was asked for: copies, replays, lies, mangled bytes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from remote_app.staff import ceremony, tries
from remote_app.staff.ceremony import Place, place_of
from tests.app.authenticator import PRESENT, Authenticator, data, text
from tests.app.conftest import Service
from tests.app.passkeyed import (
    KEYS,
    LOGIN,
    administrators_page,
    good,
    log_in,
    new_key,
    own,
    quick_and_strict,
)
from tests.app.staffed import StaffBrowser, browser


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_and_strict(monkeypatch)


@pytest.fixture
async def page(service: Service) -> AsyncIterator[StaffBrowser]:
    async with administrators_page(service) as page:
        yield page


async def test_a_copy_is_refused_and_the_owner_goes_on(page: StaffBrowser) -> None:
    key = await new_key(page)
    copy = key.copied()
    assert await log_in(page, key) == (200, "")
    assert await log_in(page, copy) == (403, "passkey_copied")
    assert await log_in(page, key) == (200, "")
    copy.count = 1000
    assert await log_in(page, copy) == (200, ""), "the one that counts further is taken"
    assert await log_in(page, key) == (403, "passkey_copied"), "and its owner learns of it"
    silent = key.copied()
    silent.count, silent.counts = 0, False
    assert await log_in(page, silent) == (403, "passkey_copied"), "who has counted does not stop"


async def test_a_challenge_is_answered_once_in_the_browser_that_asked(service: Service, page: StaffBrowser) -> None:
    key = await new_key(page)
    asked = await good(page, "POST", f"{LOGIN}/options", {})
    kept = page.cookies["av1-passkey"]
    answer = key.sign(asked)
    assert (await page.ask("POST", LOGIN, answer))[0] == 200
    again = {"Cookie": f"av1-passkey={kept}"}
    async with browser(service, "localhost") as elsewhere:
        status, said = await elsewhere.ask("POST", LOGIN, answer)
        assert (status, said["code"]) == (410, "too_late"), "without the cookie"
        status, said = await elsewhere.ask("POST", LOGIN, answer, **again)
        assert (status, said["code"]) == (410, "replayed")
        status, said = await elsewhere.ask("POST", LOGIN, key.sign(asked), **again)
        assert (status, said["code"]) == (410, "replayed"), "not with another signature either"
        await good(elsewhere, "POST", f"{LOGIN}/options", {})
        status, said = await elsewhere.ask("POST", LOGIN, key.sign(asked))
        assert (status, said["code"]) == (403, "passkey_wrong"), "another browser's challenge"


async def test_a_wrong_answer_uses_the_challenge_up(page: StaffBrowser) -> None:
    key = await new_key(page)
    asked = await good(page, "POST", f"{LOGIN}/options", {})
    kept = {"Cookie": f"av1-passkey={page.cookies['av1-passkey']}"}
    wrong = {**key.sign(asked), "signature": text(secrets.token_bytes(70))}
    assert (await page.ask("POST", LOGIN, wrong, **kept))[1]["code"] == "passkey_wrong"
    assert (await page.ask("POST", LOGIN, key.sign(asked), **kept))[1]["code"] == "replayed"


async def test_a_challenge_is_short_lived_and_for_one_purpose(
    page: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await new_key(page)
    to_add = await good(page, "POST", f"{KEYS}/options", {})
    status, said = await page.ask("POST", LOGIN, key.sign(to_add))
    assert (status, said["code"]) == (410, "too_late")
    asked = await good(page, "POST", f"{LOGIN}/options", {})
    status, said = await page.ask("POST", KEYS, Authenticator(page.base).make({**to_add, **asked}))
    assert (status, said["code"]) == (410, "too_late")
    monkeypatch.setattr(ceremony, "CHALLENGE_GOOD_FOR_S", 0)
    assert await log_in(page, key) == (410, "too_late")


LIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"origin": "https://evil.example"}, {}),
    ({"origin": "http://localhost"}, {}),
    ({"rp_id": "evil.example"}, {}),
    ({"flags": PRESENT}, {}),
    ({"flags": 0}, {}),
    ({}, {"kind": "webauthn.other"}),
    ({}, {"challenge": text(bytes(32))}),
    ({}, {"client_data": text(b"[]")}),
    ({}, {"client_data": "A"}),
]
LOGIN_LIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *LIES,
    ({}, {"user": text(b"somebody-else-16")}),
    ({}, {"authenticator_data": text(bytes(37))}),
    ({}, {"signature": text(b"0")}),
]
NEW_LIES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *LIES,
    ({}, {"algorithm": -8}),
    ({}, {"algorithm": -65535}),
    ({}, {"point": (b"\x01" * 32, b"\x02" * 32)}),
    ({}, {"point": (b"", b"")}),
    ({}, {"attestation": text(b"\xa0")}),
    ({}, {"attestation": text(b"\xff" * 40)}),
    ({}, {"id": text(bytes(32))}),
    ({"credential": b""}, {"id": "AA"}),
]


async def test_what_was_not_asked_for_logs_nobody_in(page: StaffBrowser) -> None:
    key = await new_key(page)
    await good(page, "POST", "/api/staff/logout", {})
    for number, (lie, said) in enumerate(LOGIN_LIES):
        page.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        assert await log_in(page, replace(key, **lie), **said) == (403, "passkey_wrong"), (lie, said)
    assert await page.me() is None
    assert await log_in(page, key) == (200, "")


async def test_what_was_not_asked_for_is_no_new_passkey(page: StaffBrowser) -> None:
    for number, (lie, said) in enumerate(NEW_LIES):
        page.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        made = replace(Authenticator(page.base), **lie).make(await good(page, "POST", f"{KEYS}/options", {}), **said)
        status, answer = await page.ask("POST", KEYS, made)
        assert status == 403, (lie, said)
        assert answer["code"] == "passkey_wrong"
    assert await own(page) == []


async def test_mangled_bytes_are_refused_and_never_a_fault(page: StaffBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries.Tries, "take", lambda *_: 0.0)
    key, random = await new_key(page), Random(7)
    for _ in range(150):
        made = key.make(await good(page, "POST", f"{KEYS}/options", {}))
        body = bytearray(data(made["attestation"]))
        for _ in range(random.randint(1, 4)):
            body[random.randrange(len(body))] = random.randrange(256)
        status, _ = await page.ask(
            "POST", KEYS, {**made, "attestation": text(bytes(body[: random.choice((None, 60))]))}
        )
        assert status in (204, 403, 409)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://robot.example.org", Place("robot.example.org", "https://robot.example.org")),
        ("https://Robot.Example.org:443", Place("robot.example.org", "https://robot.example.org")),
        ("https://robot.example.org:8443", Place("robot.example.org", "https://robot.example.org:8443")),
        ("https://rødøy.example.org", Place("xn--rdy-0nab.example.org", "https://xn--rdy-0nab.example.org")),
        ("http://localhost:8080", Place("localhost", "http://localhost:8080")),
        ("http://robot.example.org", None),
        ("http://127.0.0.1:8080", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]:443", None),
        ("https://[::1", None),
        ("https://a..b", None),
        ("https://robot.example.org:port", None),
    ],
)
def test_where_passkeys_can_be(address: str, place: Place | None) -> None:
    assert place_of(address) == place
