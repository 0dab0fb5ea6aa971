"""`av1-app turn | av1-robot --check-turn -`: both commands as a person gives them, and coturn."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from protocol.ice import IceSetup
from remote_app.cli import main as app
from robot_agent.cli import main as robot
from tests.broker import free_port
from tests.coturn import HOST, SECRET, running_coturn

PASSWORD = re.compile(r'"credential":"([^"]+)"')


@dataclass
class Done:
    code: int
    said: str
    complained: str


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(servers: str, *arguments: str) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO(servers))
        code = robot(arguments or ("--check-turn", "-"))
        return Done(code, *capsys.readouterr())

    return run


def app_settings(directory: Path, urls: list[str]) -> Path:
    file = directory / "app.toml"
    robots = '[[robots]]\nid = "vefsn"\nplace = "Vefsn"\n'
    file.write_text(f'[turn]\nurls = {urls}\nsecret = "{SECRET}"\n{robots}' if urls else robots, encoding="utf-8")
    return file


def test_what_the_service_prints_is_tried_on_the_robot(
    tmp_path: Path,
    check: Callable[..., Done],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with running_coturn(tmp_path / "coturn") as coturn:
        urls = [
            f"turns:{HOST}:{coturn.tls_port}",
            f"turn:{HOST}:{free_port()}",
            f"turn:{HOST}:{coturn.port}?transport=tcp",
        ]
        assert app(["--config", str(app_settings(tmp_path, urls)), "turn", "--robot", "vefsn"]) == 0
        servers = capsys.readouterr().out
        assert len(IceSetup.model_validate_json(servers).servers) == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(coturn.certificate))
        done = check(servers)
        udp, tcp, tls, last = done.said.splitlines()
        assert done.code == 0
        assert udp.startswith("fails  turn:")
        assert "connection refused; nothing listens" in udp
        assert tcp.startswith("works  turn:")
        assert tls.startswith("works  turns:")
        assert last == f"The robot will use {urls[2]}."
        password = PASSWORD.search(servers)
        assert password is not None
        assert password[1] not in done.said + done.complained
    gone = check(servers)
    assert gone.code == 1
    assert gone.said.splitlines()[-1].startswith("None works from here")


def test_nothing_to_try_and_nonsense_are_one_line(
    tmp_path: Path, check: Callable[..., Done], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app(["--config", str(app_settings(tmp_path, [])), "turn", "--robot", "vefsn"]) == 2
    assert "'turn.urls' is empty" in capsys.readouterr().err
    own = check("", "--check-turn")
    assert (own.code, own.said.count("\n")) == (1, 1)
    assert "No TURN server is named" in own.said
    bad = check("{}{")
    assert bad.code == 2
    assert bad.complained.startswith("av1-robot: --check-turn -: ")
    assert bad.complained.count("\n") == 1
