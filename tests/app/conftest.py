"""The service in this process, on a real broker and real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from protocol.base import Wire, parse
from protocol.web import TO_PAGE, Welcome
from remote_app.access import Claim, LinkKey, new_claim
from remote_app.app import Running, run
from remote_app.data_directory import DataDirectory
from remote_app.settings import AppSettings
from tests.app.fake_robot import WAIT_S, T

START_S = 60.0  # the first start in a process imports the database's libraries, and others use the machine too
OFFER_SDP = "v=0\r\noffer"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leftovers are looked for after the service has stopped, so that it answers for its own tasks too."""
    for item in items:
        if isinstance(item, pytest.Function) and Path(__file__).parent in item.path.parents:
            item.fixturenames.sort(key=lambda name: name != "no_leftover_task")


class PageEnd:
    """A page's end of the WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[Wire] = []

    async def send(self, message: Wire) -> None:
        """Sends a message as the page does."""
        await self.socket.send_str(message.model_dump_json())

    async def next(self, kind: type[T], where: Callable[[T], bool] = lambda _: True) -> T:
        """Reads on until a message of this kind for which `where` holds. Fails if the socket closes first."""
        async with asyncio.timeout(WAIT_S):
            while True:
                frame = await self.socket.receive()
                assert frame.type is aiohttp.WSMsgType.TEXT, f"closed with {self.socket.close_code}"
                message = parse(TO_PAGE, "message", frame.data)
                self.seen.append(message)
                if isinstance(message, kind) and where(message):
                    return message

    async def closed(self) -> int | None:
        """Reads on until the other side closes; the close code."""
        async with asyncio.timeout(WAIT_S):
            while not self.socket.closed:
                frame = await self.socket.receive()
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self.seen.append(parse(TO_PAGE, "message", frame.data))
        return self.socket.close_code


@dataclass
class Service:
    """A running service and the means to use it."""

    where: Running
    settings: AppSettings
    key: LinkKey
    http: aiohttp.ClientSession

    def claim(self, robot: str = "vefsn", seat: str = "rodoy", name: str = "Kari") -> Claim:
        """A claim that is good for an hour."""
        now = time.time()
        return new_claim(robot, seat, name, not_before=now - 60, expires=now + 3600)

    def token(self, robot: str = "vefsn", seat: str = "rodoy", name: str = "Kari") -> str:
        """A token that is good for an hour."""
        return self.key.sign(self.claim(robot, seat, name))

    async def open(self, token: str, tab: str = "") -> tuple[PageEnd, Welcome]:
        """A page with an open WebSocket, after its Welcome."""
        url = f"{self.where.http}/ws/{token}?tab={tab}"
        page = PageEnd(await self.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1)))
        return page, await page.next(Welcome)

    def robot_url(self, robot: str = "vefsn") -> str:
        """The broker's address for a robot."""
        return self.where.robots[robot]


def settings_for(directory: Path) -> AppSettings:
    """Two robots, free ports, secrets in `directory`."""
    return AppSettings.model_validate(
        {
            "http": {"port": 0},
            "data": {"directory": directory / "data"},
            "course": {"name": "Mestringstreff", "telephone": "75 00 00 00", "waiting_room": False},
            "robots": [{"id": "vefsn", "place": "Vefsn"}, {"id": "bronnoy", "place": "Brønnøy"}],
        }
    )


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Built pages, as small as they can be."""
    directory = tmp_path / "static"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>page</title>", encoding="utf-8")
    (directory / "login.html").write_text("<!doctype html><title>login</title>", encoding="utf-8")
    (directory / "leader.html").write_text("<!doctype html><title>leader</title>", encoding="utf-8")
    (directory / "assets" / "main-1a2b.js").write_text("export {};\n", encoding="utf-8")
    return directory


@pytest.fixture
def service_settings(tmp_path: Path) -> AppSettings:
    """What the service is started with; a test file may give it others."""
    return settings_for(tmp_path)


@pytest.fixture
async def service(service_settings: AppSettings, static: Path) -> AsyncIterator[Service]:
    """The whole service, stopped at the end."""
    settings = service_settings
    stop = asyncio.Event()
    started: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(settings, stop, started.set_result, static), name="service under test")
    task.add_done_callback(lambda _: started.done() or started.cancel())
    await asyncio.wait({started}, timeout=START_S)
    assert started.done(), "the service did not start"
    if started.cancelled():
        task.result()
    key = DataDirectory(settings.data.directory).link_key()
    try:
        async with aiohttp.ClientSession() as http:
            yield Service(started.result(), settings, key, http)
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT_S)
