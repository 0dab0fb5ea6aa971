"""Passkeys at two nodes with one database, behind one address: any node takes the answer, and only one of them."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from remote_app.cli import main
from tests.app.authenticator import Authenticator
from tests.nodes.conftest import Node, Site

LOGIN = "/api/staff/passkey/login"
FIRST = "/api/staff/passkey/first"


class Behind:
    """What a proxy in front of the nodes passes on; each request can go to another one."""

    def __init__(self, http: aiohttp.ClientSession, host: str) -> None:
        self.http = http
        self.origin = f"http://{host}"
        self.headers = {"Host": host, "Origin": self.origin, "Sec-Fetch-Site": "same-origin"}

    async def ask(self, node: Node, path: str, body: object, cookie: str = "") -> tuple[int, Any, str]:
        """Status, JSON and the cookie of an answer."""
        url, headers = f"http://127.0.0.1:{node.port}{path}", {**self.headers, "Cookie": cookie}
        async with self.http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers.get("Set-Cookie", "")

    async def question(self, node: Node, path: str, body: object) -> tuple[Any, str]:
        """What is to be signed, and the cookie that belongs to it."""
        status, said, cookie = await self.ask(node, f"{path}/options", body)
        assert status == 200, said
        return said, cookie.partition(";")[0]


async def test_an_answer_counts_once_at_all_nodes_together(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--config", str(site.config), "staff", "add", "--role=leader", "--name=Ane"]
    assert await asyncio.to_thread(main, command) == 0
    token = capsys.readouterr().out.partition("#first=")[2].strip()
    first, second = site.first, site.second
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        behind = Behind(http, f"localhost:{first.port}")
        key = Authenticator(behind.origin)
        offer, cookie = await behind.question(first, FIRST, {"token": token, "name": "Ane"})
        made = {"token": token, "name": "Ane", "made": key.make(offer)}
        assert (await behind.ask(second, FIRST, made, cookie))[0] == 200, "another node takes the answer"

        asked, cookie = await behind.question(second, LOGIN, {})
        answer = key.sign(asked)
        said = await asyncio.gather(*(behind.ask(node, LOGIN, answer, cookie) for node in (first, second, first)))
        assert sorted((status, body.get("code", "")) for status, body, _ in said) == [
            (200, ""),
            (410, "replayed"),
            (410, "replayed"),
        ]

        copy = key.copied()
        questions = [await behind.question(node, LOGIN, {}) for node in (first, second)]
        answers = zip((first, second), (key, copy), questions, strict=True)
        said = await asyncio.gather(
            *(behind.ask(node, LOGIN, one.sign(asked), cookie) for node, one, (asked, cookie) in answers)
        )
        assert sorted(status for status, _, _ in said) == [200, 403], (
            "two that have counted to the same are not both it"
        )
