"""What a check is, and what it finds. One that hangs or fails costs the others nothing."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Verdict(StrEnum):
    """OK: as it should be. NOTE: works, and could be better. WRONG: somebody must do something."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` names the sentence in the dictionary, `facts` fill it in; `detail` is for whoever helps, in English."""

    verdict: Verdict
    key: str
    facts: Mapping[str, str | float] = field(default_factory=dict)
    detail: str = ""


def ok(key: str, detail: str = "", **facts: str | float) -> Finding:
    """As it should be."""
    return Finding(Verdict.OK, key, facts, detail)


def note(key: str, detail: str = "", **facts: str | float) -> Finding:
    """It works, and could be better."""
    return Finding(Verdict.NOTE, key, facts, detail)


def wrong(key: str, detail: str = "", **facts: str | float) -> Finding:
    """Somebody must do something."""
    return Finding(Verdict.WRONG, key, facts, detail)


@dataclass(frozen=True, slots=True)
class Check:
    """One part to look at. `name` is its key in the dictionary; it is given up after `limit_s`."""

    name: str
    limit_s: float
    look: Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found, and how long it took."""

    name: str
    finding: Finding
    took_s: float


async def examine(
    checks: Sequence[Check], begins: Callable[[Check], None], ends: Callable[[Result], None]
) -> tuple[Result, ...]:
    """All checks, one after the other: many share a device."""
    results = []
    for check in checks:
        begins(check)
        began_s = time.monotonic()
        result = Result(check.name, await _outcome(check), time.monotonic() - began_s)
        results.append(result)
        ends(result)
    return tuple(results)


async def _outcome(check: Check) -> Finding:
    try:
        async with asyncio.timeout(check.limit_s):
            return await check.look()
    except TimeoutError:
        return wrong("too_slow", seconds=check.limit_s)
    except Exception as error:  # noqa: BLE001 - whatever a broken part raises, the next part is looked at
        return wrong("unexpected", detail=repr(error))


async def in_thread(work: Callable[[], T]) -> T:
    """`work` in a thread of its own, which a check that is given up leaves behind: it ends with the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def give(value: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value, raised = None, None
        try:
            value = work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            raised = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(give, value, raised)

    threading.Thread(target=run, name="doctor", daemon=True).start()
    return await done
