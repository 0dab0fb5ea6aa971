"""The real process: settings that are wrong, the line it prints, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import socket
import stat
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from remote_app.cli import main
from remote_app.data_directory import DataDirectory
from remote_app.settings import AppSettings, broker_address
from tests.app.fake_robot import WAIT_S, FakeRobot, until

pytestmark = pytest.mark.timed  # two seconds for an orderly end

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "remote_app.cli")
STOP_S = 2.0
COMMAND_S = 60.0  # several at once, on a busy machine


def config(directory: Path, text: str = "") -> Path:
    """A settings file with one robot and its secrets beside it."""
    file = directory / "app.toml"
    file.write_text(
        f'{text}\n[data]\ndirectory = "{directory / "data"}"\n[[robots]]\nid = "vefsn"\nplace = "Vefsn"\n',
        encoding="utf-8",
    )
    return file


async def command(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `av1-app` with these arguments."""
    process = await asyncio.create_subprocess_exec(*COMMAND, *map(str, arguments), cwd=ROOT, stdout=PIPE, stderr=PIPE)
    try:
        out, err = await asyncio.wait_for(process.communicate(), COMMAND_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def wrong(*arguments: str | Path) -> str:
    """The one line with which `av1-app` refuses these arguments."""
    code, out, err = await command(*arguments)
    assert (code, out) == (2, ""), err
    assert re.fullmatch(r"av1-app: [^\n]+\n", err), err
    return err


@asynccontextmanager
async def process(directory: Path, *arguments: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """A running `av1-app --json` with its own temporary directory, and what it printed."""
    run = directory / "run"
    run.mkdir()
    child = await asyncio.create_subprocess_exec(
        *(*COMMAND, "--config", str(config(directory)), "--port", "0", "--json", *arguments),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(run)},
        stdout=PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert child.stdout is not None
        line = await asyncio.wait_for(child.stdout.readline(), 30)
        yield child, json.loads(line)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def broker_of(child: Process) -> psutil.Process:
    """The Mosquitto of a running service."""
    return next(p for p in psutil.Process(child.pid).children() if p.name() == "mosquitto")


async def test_sigterm_in_the_middle_of_a_visit_leaves_nothing(tmp_path: Path) -> None:
    async with process(tmp_path) as (child, where), aiohttp.ClientSession() as http:
        _, link, _ = await command("link", "--config", config(tmp_path), "--robot=vefsn", "--seat=rodoy", "--name=Kari")
        token = link.splitlines()[0].rpartition("/j/")[2]
        async with FakeRobot("vefsn", where["robots"]["vefsn"]).running():
            page = await http.ws_connect(f"{where['http']}/ws/{token}")
            assert json.loads((await page.receive()).data)["type"] == "welcome"
            broker = broker_of(child)
            asked = time.monotonic()
            child.send_signal(signal.SIGTERM)
            kinds = []
            async for frame in page:
                kinds.append(json.loads(frame.data).get("reason"))
            assert "stopping" in kinds
            assert page.close_code == aiohttp.WSCloseCode.GOING_AWAY
            assert await asyncio.wait_for(child.wait(), WAIT_S) == 0
            assert time.monotonic() - asked < STOP_S
            assert not broker.is_running()
        assert list((tmp_path / "run").iterdir()) == []


async def test_sigkill_takes_the_broker_along(tmp_path: Path) -> None:
    async with process(tmp_path) as (child, _):
        broker = broker_of(child)
        child.kill()
        await child.wait()
        await until(lambda: not broker.is_running() or broker.status() == psutil.STATUS_ZOMBIE)
        assert list((tmp_path / "run").iterdir()) == []


async def test_sigint_stops_it_too(tmp_path: Path) -> None:
    async with process(tmp_path) as (child, _):
        child.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(child.wait(), WAIT_S) == 0


async def test_what_it_prints_is_what_works(tmp_path: Path) -> None:
    async with process(tmp_path) as (_, where), aiohttp.ClientSession() as http:
        assert set(where) == {"http", "broker", "robots", "administrator"}
        assert re.fullmatch(r"mqtt://node:[\w-]+@127\.0\.0\.1:\d+", where["broker"])
        assert set(where["robots"]) == {"vefsn"}
        async with http.get(f"{where['http']}/healthz") as answer:
            assert (await answer.json())["broker"] == "connected"
        for file in (tmp_path / "data").iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_another_broker_by_url(tmp_path: Path) -> None:
    inner = tmp_path / "second"
    inner.mkdir()
    async with process(tmp_path) as (_, where):
        (tmp_path / "external.toml").write_text(
            f'[mqtt]\nurl = "{where["broker"]}"\n[data]\ndirectory = "{inner}"\n', encoding="utf-8"
        )
        child = await asyncio.create_subprocess_exec(
            *(*COMMAND, "--config", str(tmp_path / "external.toml"), "--port", "0", "--json"),
            cwd=ROOT,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert child.stdout is not None
        line = json.loads(await asyncio.wait_for(child.stdout.readline(), 30))
        assert (line["broker"], line["robots"]) == (where["broker"], {})
        assert psutil.Process(child.pid).children() == []
        child.terminate()
        assert await asyncio.wait_for(child.wait(), WAIT_S) == 0

        bad = where["broker"].replace("node:", "node:x")
        (tmp_path / "external.toml").write_text(
            f'[mqtt]\nurl = "{bad}"\n[data]\ndirectory = "{inner}"\n', encoding="utf-8"
        )
        line = await wrong("--config", tmp_path / "external.toml", "--port", "0")
        assert "refuses the user name or password" in line
        assert bad.split("@")[0] not in line


async def test_wrong_settings_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    def directory(text: str = "") -> Path:
        own = tmp_path / secrets.token_hex(4)
        own.mkdir()
        return config(own, text)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cases: tuple[tuple[str, Path, tuple[str, ...]], ...] = (
            ("'http.prot'", directory("[http]\nprot = 1"), ()),
            ("'http.port'", directory("[http]\nport = 70000"), ()),
            ("nowhere.toml does not exist", tmp_path / "nowhere.toml", ()),
            (
                "sudo apt-get install mosquitto",
                directory('[mqtt.embedded]\nprogram = "mosquitto-not-here"'),
                ("--port", "0"),
            ),
            ("mqtt.url", directory('[mqtt]\nurl = "mqtt://node:secret@127.0.0.1:1"'), ("--port", "0")),
            (f"127.0.0.1:{port}", directory(), ("--port", str(port))),
            ("mqtt.embedded.port", directory(f"[mqtt.embedded]\nport = {port}"), ("--port", "0")),
        )
        lines = await asyncio.gather(*(wrong("--config", file, *more) for _, file, more in cases))
    for (words, _, _), line in zip(cases, lines, strict=True):
        assert words in line
        assert "secret" not in line


async def test_help_helps(tmp_path: Path) -> None:
    code, out, _ = await command("--help")
    assert code == 0
    for word in ("--config", "--port", "--host", "--json", "link", "withdraw", "robot", "examples:"):
        assert word in out


def test_links_are_made_withdrawn_and_refused_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(config(tmp_path, '[http]\npublic_url = "https://robot.example.org/"'))
    data = DataDirectory(tmp_path / "data")
    for_kari = ["--config", file, "link", "--robot=vefsn", "--seat=rodoy", "--name=Kari"]

    def said(*arguments: str, code: int = 0) -> str:
        assert main(list(arguments)) == code
        out, err = capsys.readouterr()
        return err if code else out

    link, code = said(*for_kari, "--hours=1").splitlines()
    assert re.fullmatch(r"code \d{3} \d{3} at https://robot\.example\.org/", code)
    assert link.startswith("https://robot.example.org/j/1.")
    token = link.rpartition("/j/")[2]
    assert token in data.codes().values()
    claim = data.link_key().claim_of(token)
    assert claim is not None
    assert claim.name == "Kari"
    assert 3500 < claim.expires - time.time() <= 3600
    opens = datetime.fromtimestamp(int(time.time()) + 86400, UTC)
    early = said(*for_kari, f"--opens={opens.isoformat()}", "--hours=2").splitlines()[0]
    later = data.link_key().claim_of(early.rpartition("/j/")[2])
    assert later is not None
    assert later.not_before == opens.timestamp()
    assert later.expires == later.not_before + 7200
    assert "--opens" in said(*for_kari, "--opens=tomorrow", code=2)
    assert "over already" in said(*for_kari, "--opens=2020-01-01T10:00", code=2)
    assert "three years" in said(*for_kari, "--opens=2999-01-01T10:00", code=2)
    assert "Kari" in said("--config", file, "withdraw", link + "?lang=en")
    assert data.withdrawn() == frozenset({claim.id})

    assert "known robots: vefsn" in said(*for_kari, "--robot=x", code=2)
    assert "--seat" in said(*for_kari, "--seat=Ø", code=2)
    assert "--hours" in said(*for_kari, "--hours=0", code=2)
    assert "not a link" in said("--config", file, "withdraw", "https://robot.example.org/j/x", code=2)
    assert "mqtt.embedded.port" in said("--config", file, "robot", "--robot=vefsn", code=2)
    fixed = str(config(tmp_path, "[mqtt.embedded]\nport = 18830"))
    url = said("--config", fixed, "robot", "--robot=vefsn").strip()
    assert url == f"mqtt://vefsn:{data.robot_password('vefsn')}@127.0.0.1:18830"


def test_the_example_settings_are_good() -> None:
    settings = load_settings(AppSettings, ROOT / "config" / "app.toml")
    assert settings.robots
    assert settings.embedded


@pytest.mark.parametrize(
    "url", ["", "http://u:secret@h", "mqtt://", "mqtt://u:secret@h:x", "mqtt://u:secret@h/path", "mqtt://u:secret/2@h"]
)
def test_wrong_broker_urls_do_not_show_the_password(url: str) -> None:
    with pytest.raises(SettingsError, match=r"mqtt\.url") as caught:
        broker_address(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"robots": [{"id": "a", "place": ""}, {"id": "a", "place": ""}]}, "twice"),
        ({"robots": [{"id": "node", "place": ""}]}, "service's own name"),
        ({"http": {"public_url": "robot.example.org"}}, "must be like https"),
        ({"http": {"proxies": ["proxy.example.org"]}}, "must be an IP address"),
    ],
)
def test_settings_that_cannot_work(table: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        AppSettings.model_validate(table)
