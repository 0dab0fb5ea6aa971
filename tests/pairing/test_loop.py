"""The whole loop: a robot that belongs to nobody sees its code in the simulated room and joins a real broker."""

from __future__ import annotations

import asyncio
import io
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import segno
from pydantic import SecretStr

from protocol.pairing import PAIR_PATH, PairingCode
from remote_app.app import Running, run
from remote_app.data_directory import DataDirectory
from remote_app.pairing import new_key
from remote_app.settings import AppSettings
from robot_agent.pairing.store import NAME, load
from tests.sim.simulated import get, pictures, simulator

ROBOT = "vefsn"
WAIT_S = 60.0  # of a busy machine
COMMAND = (sys.executable, "-m", "robot_agent.cli")


@contextmanager
def unpaired_robot(directory: Path, where: dict[str, str], log: Path) -> Iterator[None]:
    """`av1-robot` without a broker in its settings, for as long as the block lasts."""
    config = directory / "robot.toml"
    config.write_text(
        f'[serial]\nport = "{where["serial"]}"\n[camera]\nsource = "{where["camera"]}"\nwidth = 640\nheight = 360\n'
        f'[sound]\ndevice = "socket:{where["sound"]}"\n[data]\ndirectory = "{directory / "robot"}"\n'
    )
    with log.open("w") as errors:
        process = subprocess.Popen([*COMMAND, "--config", str(config)], stderr=errors)
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                assert process.wait(WAIT_S) == 0
            finally:
                process.kill()


def picture(code: PairingCode) -> bytes:
    """The code as a PNG."""
    file = io.BytesIO()
    segno.make_qr(code.to_text(), error="m").save(file, kind="png", scale=4, border=4)
    return file.getvalue()


async def until(log: Path, words: str) -> None:
    """Waits for a line of the robot's log."""
    deadline_s = time.monotonic() + WAIT_S
    while words not in (text := await asyncio.to_thread(log.read_text)):
        assert time.monotonic() < deadline_s, f"never said {words!r}: {text}"
        await asyncio.sleep(0.05)


async def present(http: aiohttp.ClientSession, base: str) -> None:
    """Waits until the service sees its robot."""
    async with asyncio.timeout(WAIT_S):
        while True:
            async with http.get(f"{base}/healthz") as answer:
                if (await answer.json())["robots_present"] == 1:
                    return
            await asyncio.sleep(0.05)


async def test_an_unpaired_robot_reads_its_code_in_the_room_and_joins_the_broker(tmp_path: Path) -> None:
    settings = AppSettings.model_validate(
        {
            "http": {"port": 0},
            "data": {"directory": tmp_path / "app"},
            "robots": [{"id": ROBOT, "place": "Vefsn"}],
        }
    )
    data, log = DataDirectory(settings.data.directory), tmp_path / "log"
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    service = asyncio.create_task(run(settings, stop, started.set_result, tmp_path), name="service")
    try:
        where: Running = await asyncio.wait_for(started, WAIT_S)
        key = new_key(data, ROBOT, time.time())
        code = PairingCode(s=where.http, r=ROBOT, k=SecretStr(key))
        with simulator("--config", str(pictures(tmp_path, 640))) as (sim, _):
            async with aiohttp.ClientSession() as http:
                with unpaired_robot(tmp_path, sim, log):
                    held = f"{sim['simulator']}/api/held"
                    await until(log, "Hold QR-koden foran kameraet mitt.")
                    state = await asyncio.to_thread(get, sim["simulator"], "/api/state")
                    assert (state["eyes"], state["microphone_open"]) == ("closed", False)
                    async with http.put(held, data=picture(code), headers={"Content-Type": "image/png"}) as answer:
                        assert answer.status == 200
                    await present(http, where.http)
                another = {"robot": ROBOT, "key": key, "claim": "o" * 22}
                async with http.post(where.http + PAIR_PATH, json=another) as answer:
                    assert (answer.status, await answer.json()) == (409, {"type": "refused", "fault": "used"})
    finally:
        stop.set()
        await asyncio.wait_for(service, WAIT_S)
    _check_what_is_left(tmp_path / "robot", where, log.read_text(), key)


def _check_what_is_left(directory: Path, where: Running, said: str, key: str) -> None:
    kept = load(directory)
    assert kept is not None
    assert (kept.robot, kept.mqtt_url) == (ROBOT, where.robots[ROBOT])
    assert stat.S_IMODE((directory / NAME).stat().st_mode) == 0o600
    assert "Jeg er koblet til kurset." in said
    for secret in (key, where.robots[ROBOT], where.robots[ROBOT].split(":")[2].split("@")[0]):
        assert secret not in said
