"""The whole service with its broker in a thread, and a robot that it learns of while it runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from remote_app.app import STATIC, Running, run
from remote_app.settings import AppSettings
from remote_app.store.engine import Store
from remote_app.store.service import open_store
from tests.app.fake_robot import FakeRobot

WAIT_S = 30.0
T = TypeVar("T")


class WholeService:
    """Use as a context manager. `where` says how to reach it; `robot` comes when the service knows its name."""

    robot: FakeRobot | None = None

    def __init__(self, directory: Path) -> None:
        self._settings = AppSettings.model_validate({"http": {"port": 0}, "data": {"directory": directory / "data"}})
        self._started: Future[Running] = Future()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="service under test")

    @property
    def where(self) -> Running:
        """Of the started service."""
        return self._started.result(WAIT_S)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._started.result(WAIT_S)
        except BaseException:
            self._thread.join()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def in_store(self, deed: Callable[[Store], Awaitable[T]]) -> T:
        """Does something with the store of the running service, as another node would."""

        async def do() -> T:
            store = await open_store(self._settings)
            try:
                return await deed(store)
            finally:
                await store.close()

        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(do(), self._loop).result(WAIT_S)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        robot = asyncio.create_task(self._robot(), name="robot")
        try:
            await run(self._settings, self._stop, self._started.set_result, STATIC)
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            raise
        finally:
            robot.cancel()
            await asyncio.gather(robot, return_exceptions=True)

    async def _robot(self) -> None:
        """Paired as soon as there is a robot of ours."""
        running = await asyncio.wrap_future(self._started)
        while not running.robots:
            await asyncio.sleep(0.05)
        name, url = next(iter(running.robots.items()))
        self.robot = FakeRobot(name, url)
        async with self.robot.running():
            await asyncio.Event().wait()
