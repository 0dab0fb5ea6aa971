"""`av1-sim` as a process, and its HTTP interface."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

WAIT_S = 10.0
COMMAND = (sys.executable, "-m", "hardware_sim.cli")
T = TypeVar("T")


@contextlib.contextmanager
def simulator(*options: str, log: Path | None = None) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The addresses of its ready line, and the process; its log goes to a file where one is named."""
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(log.open("w")) if log is not None else None
        process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--json", *options], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, "av1-sim ended before it was ready"
            yield json.loads(line), process
        finally:
            process.terminate()
            try:
                process.wait(WAIT_S)
            finally:
                process.kill()
                process.stdout.close()


def pictures(directory: Path, width: int) -> Path:
    """Settings for pictures of that width: a large room takes seconds to draw, and few tests look at it."""
    config = directory / "sim.toml"
    config.write_text(f"[camera]\nwidth = {width}\nheight = {width * 9 // 16}\n")
    return config


def get(base: str, path: str) -> Any:
    """What it answers."""
    with urllib.request.urlopen(f"{base}{path}", timeout=WAIT_S) as answer:
        return json.load(answer)


def send(
    base: str, path: str, body: bytes | None, method: str = "POST", content_type: str = "application/json"
) -> tuple[int, Any]:
    """Status and answer."""
    request = urllib.request.Request(f"{base}{path}", body, {"Content-Type": content_type}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def until(look: Callable[[], T]) -> T:
    """The first true answer."""
    deadline_s = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < deadline_s, "never happened"
        time.sleep(0.02)
    return found
