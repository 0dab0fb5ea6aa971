"""What a robot makes of every answer that a service may give, and of none; over a real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from protocol.pairing import MAX_ANSWER_BYTES, PAIR_PATH, PairingCode, WifiNetwork
from remote_app.data_directory import DataDirectory
from remote_app.pairing import PairingDesk, new_key
from robot_agent.pairing.attempt import Kept, attempt
from robot_agent.pairing.reader import Told
from robot_agent.pairing.store import Pairing, load
from tests.broker import free_port, running_broker

KEY = "k" * 22
CLAIM = "c" * 22


@asynccontextmanager
async def served(post: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """A service of which `post` answers whatever it is asked; its address."""
    app = web.Application()
    app.router.add_post(PAIR_PATH, post)
    app.router.add_get("/elsewhere", post)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def service(answer: web.Response) -> AsyncIterator[tuple[str, list[object]]]:
    """A service that always says the same; its address, and what it was asked."""
    asked: list[object] = []

    async def post(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return answer

    async with served(post) as address:
        yield address, asked


def code(address: str, wifi: WifiNetwork | None = None, key: str = KEY) -> PairingCode:
    return PairingCode(s=address, r="vefsn", k=SecretStr(key), w=wifi)


def paired(url: str) -> web.Response:
    return web.json_response({"type": "paired", "mqtt_url": url})


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [
        (403, '{"type":"refused","fault":"wrong"}', Told.WRONG),
        (409, '{"type":"refused","fault":"used"}', Told.USED),
        (410, '{"type":"refused","fault":"expired"}', Told.EXPIRED),
        (429, '{"type":"refused","fault":"busy"}', Told.NO_SERVICE),
        (200, "<html>Log in to this hotel's network</html>", Told.NO_SERVICE),
        (200, '{"type":"paired","mqtt_url":"http://x"}', Told.NO_SERVICE),
        (200, "x" * (MAX_ANSWER_BYTES + 1), Told.NO_SERVICE),
        (302, "", Told.NO_SERVICE),
        (500, "", Told.NO_SERVICE),
    ],
)
async def test_what_is_no_pairing_keeps_nothing(status: int, text: str, told: Told, tmp_path: Path) -> None:
    answer = web.Response(status=status, text=text, headers={"Location": "/elsewhere"})
    async with service(answer) as (address, asked):
        assert await attempt(code(address), Kept(CLAIM), tmp_path) == (told, None)
    assert asked == [{"robot": "vefsn", "key": KEY, "claim": CLAIM}], "once, and nobody else"
    assert load(tmp_path) is None


async def test_no_service_and_no_way_to_its_network_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    address = f"http://127.0.0.1:{free_port()}"
    assert await attempt(code(address), Kept(CLAIM), tmp_path) == (Told.NO_SERVICE, None)
    assert await attempt(code(address, WifiNetwork(n="Kurs")), Kept(CLAIM), tmp_path) == (Told.NO_WIFI_HERE, None)


async def test_a_pairing_is_kept_whether_or_not_the_broker_answers(tmp_path: Path) -> None:
    nobody = f"mqtt://vefsn:secret@127.0.0.1:{free_port()}"
    async with service(paired(nobody)) as (address, _):
        told, found = await attempt(code(address), Kept(CLAIM), tmp_path)
    assert (told, found) == (Told.NO_BROKER, Pairing(robot="vefsn", mqtt_url=nobody))
    with running_broker(tmp_path) as broker:
        async with service(paired(broker.url)) as (address, _):
            told, found = await attempt(code(address), Kept(CLAIM), tmp_path)
    assert told is Told.PAIRED
    assert load(tmp_path) == found == Pairing(robot="vefsn", mqtt_url=broker.url)


async def test_a_disk_that_does_not_keep_it_is_told(tmp_path: Path) -> None:
    await asyncio.to_thread((tmp_path / "file").touch)
    async with service(paired("mqtt://vefsn:secret@127.0.0.1:1")) as (address, _):
        assert await attempt(code(address), Kept(CLAIM), tmp_path / "file" / "data") == (Told.NOT_KEPT, None)


async def test_an_answer_that_is_lost_on_the_way_costs_no_code(tmp_path: Path) -> None:
    """The service's own desk, whose first answer does not arrive: the same robot asks again, another one is refused."""
    nobody = f"mqtt://vefsn:secret@127.0.0.1:{free_port()}"
    data = DataDirectory(tmp_path / "app")
    desk = PairingDesk(data, {"vefsn": nobody}, listens_everywhere=False)
    key = await asyncio.to_thread(new_key, data, "vefsn", time.time())
    answers: list[web.Response] = []

    async def post(request: web.Request) -> web.Response:
        answers.append(await desk.post(request))
        if len(answers) == 1 and request.transport is not None:
            request.transport.abort()
        return answers[-1]

    async with served(post) as address:
        shown = code(address, key=key)
        assert await attempt(shown, Kept(CLAIM), tmp_path / "robot") == (Told.NO_SERVICE, None)
        assert await attempt(shown, Kept(), tmp_path / "other") == (Told.USED, None)
        told, found = await attempt(shown, Kept(CLAIM), tmp_path / "robot")
    assert [answer.status for answer in answers] == [200, 409, 200]
    assert answers[0].text == answers[2].text
    assert (told, found) == (Told.NO_BROKER, Pairing(robot="vefsn", mqtt_url=nobody))
