"""Real processes of the service on one real broker and one real PostgreSQL; robots and pages on real sockets."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import pytest

from protocol.leader import LeaderWelcome
from protocol.web import Knock, Welcome
from remote_app.access import EVERY_ROBOT, LinkKey, new_claim
from remote_app.data_directory import DataDirectory
from tests.app.conftest import PageEnd
from tests.app.leading import LeaderEnd
from tests.broker import Broker, free_port, running_broker
from tests.store.postgres import running_postgres

ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (sys.executable, "-m", "remote_app.cli")
START_S: Final = 60.0
ROBOTS: Final = ("vefsn", "bronnoy", "rana", "lovund", "donna", "traena", "luroy")


class Node:
    """One process of the service. `port` stays the same when it is started again."""

    def __init__(self, config: Path) -> None:
        self.port = free_port()
        self._config = config
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> Self:
        """The process is on its way; `ready` waits for it."""
        arguments = ("--config", str(self._config), "--port", str(self.port), "--json")
        self._process = subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE)
        return self

    def ready(self) -> Self:
        """It serves."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()  # the end of the file when it does not start
        assert json.loads(line)["http"] == f"http://127.0.0.1:{self.port}"
        return self

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def stop(self) -> int:
        """In order; its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(START_S)
        self.kill()
        return code


@dataclass
class Site:
    """An installation: two nodes that run, and what a third one needs."""

    broker: Broker
    config: Path
    store_url: str
    key: LinkKey
    first: Node
    second: Node

    @asynccontextmanager
    async def node(self) -> AsyncIterator[Node]:
        """One more node for as long as the block lasts."""
        node = Node(self.config).begin()
        try:
            await asyncio.to_thread(node.ready)
            yield node
        finally:
            node.kill()

    def token(self, name: str = "Kari", robot: str = "vefsn", role: Any = "patient") -> str:
        """A link that is good for an hour."""
        now, seat = time.time(), "leader" if role == "leader" else "rodoy"
        claim = new_claim(robot, seat, name, not_before=now - 60, expires=now + 3600, role=role)
        return self.key.sign(claim)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One installation for all tests: they use different robots."""
    directory = tmp_path_factory.mktemp("nodes")
    with ExitStack() as stack:
        broker = stack.enter_context(running_broker(directory))
        store_url = stack.enter_context(running_postgres()).url("postgres")
        config = directory / "app.toml"
        robots = "".join(f'[[robots]]\nid = "{robot}"\nplace = "{robot}"\n' for robot in ROBOTS)
        config.write_text(
            f'[mqtt]\nurl = "{broker.url}"\n[store]\nurl = "{store_url}"\n[data]\ndirectory = "{directory / "data"}"\n'
            f"{robots}",
            encoding="utf-8",
        )
        key = DataDirectory(directory / "data").link_key()
        nodes = [Node(config), Node(config)]
        for node in nodes:
            stack.callback(node.kill)
            node.begin()
        first, second = (node.ready() for node in nodes)
        yield Site(broker, config, store_url, key, first, second)


@dataclass
class Browser:
    """Opens pages and leaders' pages at any port."""

    http: aiohttp.ClientSession
    site: Site
    sockets: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)

    async def page(self, port: int, token: str, tab: str = "") -> tuple[PageEnd, Welcome]:
        """A patient's page after its welcome."""
        page = PageEnd(await self._socket(f"http://127.0.0.1:{port}/ws/{token}?tab={tab}"))
        return page, await page.next(Welcome)

    async def leader(self, port: int, robot: str = EVERY_ROBOT) -> tuple[LeaderEnd, LeaderWelcome]:
        """A leader's page after its welcome."""
        token = self.site.token("Ane", robot, "leader")
        page = LeaderEnd(await self._socket(f"http://127.0.0.1:{port}/ws-leader/{token}"))
        return page, await page.next(LeaderWelcome)

    async def _socket(self, url: str) -> aiohttp.ClientWebSocketResponse:
        socket = await self.http.ws_connect(url, timeout=aiohttp.ClientWSTimeout(ws_close=1))
        self.sockets.append(socket)
        return socket


@pytest.fixture
async def browser(site: Site) -> AsyncIterator[Browser]:
    """Its sockets are closed at the end."""
    async with aiohttp.ClientSession() as http:
        browser = Browser(http, site)
        yield browser
        for socket in browser.sockets:
            await socket.close()


@asynccontextmanager
async def left_open(
    *sockets: aiohttp.ClientWebSocketResponse, knocking: aiohttp.ClientWebSocketResponse
) -> AsyncIterator[None]:
    """Pages that nobody looks at meanwhile: they answer pings, and one of them knocks. What they hear is lost."""

    async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await socket.receive()

    async def knock() -> None:
        while True:
            await knocking.send_str(Knock().model_dump_json())
            await asyncio.sleep(1)

    tasks = [asyncio.ensure_future(read(socket)) for socket in (*sockets, knocking)] + [asyncio.ensure_future(knock())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def proxy(*ports: int) -> AsyncIterator[int]:
    """What stands in front of the nodes: each connection goes to the first of them that takes it."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            for port in ports:
                try:
                    back, forth = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
                with closing(forth):
                    ways = {asyncio.ensure_future(_pump(*way)) for way in ((reader, forth), (back, writer))}
                    try:
                        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        for way in ways:
                            way.cancel()
                        await asyncio.gather(*ways, return_exceptions=True)
                return

    open_now: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        task.add_done_callback(open_now.discard)
        with suppress(asyncio.CancelledError):  # asyncio's own streams would log it
            await pass_on(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
