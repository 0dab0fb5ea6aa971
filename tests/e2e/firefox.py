"""A Firefox without windows, driven by WebDriver BiDi (W3C): started, asked, ended. Used once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil

START_TIMEOUT_S = 60.0  # a first start writes its whole profile
ANSWER_TIMEOUT_S = 60.0
END_TIMEOUT_S = 30.0
LISTENS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")
# A microphone that beeps and is allowed; media on this machine's own address; sound without a tap's leave; no H.264,
# which it would fetch from its maker, and nothing else from there either.
PREFERENCES = {
    "media.gmp-gmpopenh264.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "remote.active-protocols": 1,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class BidiError(Exception):
    """Firefox is not here, did not start, or refused; the text says what it said."""


class Tab:
    """One page of it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._context = ""

    async def begin(self) -> None:
        """A session with one tab. Raises BidiError."""
        await self._ask("session.new", {"capabilities": {}})
        made = await self._ask("browsingContext.create", {"type": "tab"})
        self._context = made["context"]

    async def preload(self, function: str) -> None:
        """A function that runs before any script of every page to come. Raises BidiError."""
        await self._ask("script.addPreloadScript", {"functionDeclaration": function})

    async def open(self, address: str) -> None:
        """Loads a page and waits until it is there. Raises BidiError."""
        await self._ask("browsingContext.navigate", {"context": self._context, "url": address, "wait": "complete"})

    async def evaluate(self, script: str) -> Any:
        """The value of an expression, or of its promise; through JSON. Raises BidiError."""
        wish = {
            "expression": f"Promise.resolve({script}).then((value) => JSON.stringify(value ?? null))",
            "target": {"context": self._context},
            "awaitPromise": True,
        }
        answer = await self._ask("script.evaluate", wish)
        if answer["type"] != "success":
            raise BidiError(f"{script}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    async def tap(self, x: float, y: float) -> None:
        """A finger's tap."""
        steps = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": steps}
        await self._ask("input.performActions", {"context": self._context, "actions": [finger]})

    async def press(self, key: str) -> None:
        """A key, by its WebDriver code."""
        steps = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        keys = {"type": "key", "id": "keys", "actions": steps}
        await self._ask("input.performActions", {"context": self._context, "actions": [keys]})

    async def _ask(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            while True:
                answer = await self._socket.receive_json()
                if answer.get("id") == number:  # the others are events
                    break
        if answer["type"] != "success":
            raise BidiError(f"{method}: {answer.get('error')}: {answer.get('message')}")
        return answer["result"]


@asynccontextmanager
async def firefox_tab() -> AsyncIterator[Tab]:
    """A tab of a fresh Firefox, which ends afterwards and leaves nothing. Raises BidiError."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        raise BidiError("Firefox is missing. On Debian: sudo apt-get install firefox-esr")
    with tempfile.TemporaryDirectory(prefix="av1-firefox-") as directory:
        _write_preferences(Path(directory) / "user.js")
        arguments = ("--headless", "--no-remote", "--profile", directory, "--remote-debugging-port", "0")
        home = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"), directory)
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **home, "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
        try:
            address = await _address(process)
            reader = asyncio.create_task(_read_away(process), name="firefox-log")
            try:
                async with aiohttp.ClientSession() as http, http.ws_connect(f"{address}/session", max_msg_size=0) as ws:
                    tab = Tab(ws)
                    await tab.begin()
                    yield tab
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
        finally:
            await _end(process)


def _write_preferences(file: Path) -> None:
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in PREFERENCES.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            async for line in process.stderr:
                if found := LISTENS.search(line):
                    return found[1].decode()
    except TimeoutError:
        raise BidiError(f"Firefox did not listen within {START_TIMEOUT_S:.0f} s") from None
    raise BidiError(f"Firefox ended with code {await process.wait()} before it listened")


async def _end(process: asyncio.subprocess.Process) -> None:
    """All of it: each page is a process, and one that still writes would write into a profile that is removed."""
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
    try:
        async with asyncio.timeout(END_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    _, stubborn = await asyncio.to_thread(psutil.wait_procs, family, END_TIMEOUT_S)
    for one in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


async def _read_away(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    while await process.stderr.read(65536):
        pass
