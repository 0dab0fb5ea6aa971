"""Every test leaves the house as it found it: no task, thread, process or temporary file."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

from tests.machine import ByFile, Share, arrange, offer_locks

GOING_AWAY_S = 10.0  # generous: a busy machine takes its time to end a thread
BROWSER = ("chrom", "node", "playwright")  # a session's browser starts and ends processes as it likes
LIBRARIES = "libraries"  # what other people's libraries keep while they run
LOCKS = "locks"
SHARE = Share()
SCRATCH = pytest.StashKey[Path]()


settings.register_profile("busy", settings.get_profile("ci" if "CI" in os.environ else "default"), deadline=None)
settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """All temporary files of the run, its children's too, lie in one directory that must be empty at the end."""
    scratch = config.stash[SCRATCH] = Path(tempfile.mkdtemp(prefix="av1-tests-"))
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    os.environ["NODE_DISABLE_COMPILE_CACHE"] = "1"  # it would lie there and stay
    for name in ("PULSE_RUNTIME_PATH", "PULSE_STATE_PATH"):  # else the browser's makes its own
        os.environ[name] = str(scratch / LIBRARIES)
    offer_locks(scratch / LOCKS)
    config.option.basetemp = config.option.basetemp or scratch / "pytest"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run when files or processes are left over."""
    scratch = session.config.stash[SCRATCH]
    for ours in ("pytest", LIBRARIES, LOCKS):
        shutil.rmtree(scratch / ours, ignore_errors=True)
    files = [f.name for f in scratch.iterdir()]
    processes = _wait_until_none(lambda: [p.name() for p in _alive(psutil.Process().children(recursive=True))])
    shutil.rmtree(scratch, ignore_errors=True)
    if files or processes:
        sys.stderr.write(f"\nleft over after the run: files {files}, processes {processes}\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    return (yield from SHARE.during(item, nextitem))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    arrange(items)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_leftover_task")  # first up, last down


@pytest.fixture(autouse=True)
def no_leftover_thread_or_process() -> Iterator[None]:
    """Threads and child processes that a test starts are gone when it ends."""
    threads = set(threading.enumerate())
    children = set(psutil.Process().children())
    yield
    new_threads = _wait_until_none(lambda: [t.name for t in threading.enumerate() if _counts(t) and t not in threads])
    assert not new_threads, f"threads left over: {new_threads}"
    new_children = _wait_until_none(
        lambda: [
            " ".join(p.cmdline()[:4])
            for p in _alive(psutil.Process().children())
            if p not in children and not _is_browser(p)
        ]
    )
    assert not new_children, f"processes left over: {new_children}"


@pytest.fixture
async def no_leftover_task() -> AsyncIterator[None]:
    """Tasks that a test starts are gone when it ends."""
    before = asyncio.all_tasks()
    yield
    deadline = time.monotonic() + GOING_AWAY_S
    while (left := asyncio.all_tasks() - before - {asyncio.current_task()}) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    assert not left, f"tasks left over: {[task.get_name() for task in left]}"


def _counts(thread: threading.Thread) -> bool:
    # The default executor's threads belong to the event loop, and the pool of a session's browser to it.
    return not thread.name.startswith(("asyncio_", "ThreadPoolExecutor", "Dummy"))


def _is_browser(process: psutil.Process) -> bool:
    try:
        return any(name in process.name().lower() for name in BROWSER)
    except psutil.NoSuchProcess:
        return True


def _alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    alive = []
    for process in processes:
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
        except psutil.NoSuchProcess:
            continue
    return alive


def _wait_until_none(look: Callable[[], list[str]]) -> list[str]:
    deadline = time.monotonic() + GOING_AWAY_S
    while time.monotonic() < deadline:
        try:
            found = look()
        except psutil.NoSuchProcess:
            continue
        if not found:
            return []
        time.sleep(0.02)
    return found
