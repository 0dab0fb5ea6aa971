"""Joining a network by a stand-in `nmcli` that keeps what it is given: no NetworkManager runs where tests do."""

from __future__ import annotations

import json
import stat
import tempfile
from pathlib import Path

import pytest
from pydantic import SecretStr

from protocol.pairing import WifiNetwork
from robot_agent.pairing.wifi import NoNetworkManagerError, WifiError, join

PASSWORD = "hemmelig $(id) 1"
STAND_IN = """#!/bin/sh
printf '%s\\n' "$#" "$@" "--" >> "$0.said"
eval last=\\"\\${$#}\\"
case $last in */password) stat -c %a "$last" > "$0.mode"; cat "$last" > "$0.password" ;; esac
case " $* " in *" REFUSED "*) echo "Error: REFUSED" >&2; exit 4 ;; esac
"""


@pytest.fixture
def nmcli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "nmcli"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return program


def said(program: Path) -> list[list[str]]:
    """The arguments of each call."""
    lines = iter(program.with_name("nmcli.said").read_text().splitlines())
    calls = []
    for number in lines:
        calls.append([next(lines) for _ in range(int(number))])
        assert next(lines) == "--"
    return calls


def passwords_left(file: str) -> list[Path]:
    """What is still on the disk of the file and of others like it."""
    return [*Path(file).parent.glob("*"), *Path(tempfile.gettempdir()).glob("av1-wifi-*")]


def refuse_up(program: Path) -> None:
    """From now on no network comes up."""
    program.write_text(STAND_IN.replace("REFUSED ", "up "))


async def test_the_password_goes_by_a_private_file_that_is_gone_afterwards(nmcli: Path) -> None:
    await join(WifiNetwork(n="Kurs; rm -rf ~", p=SecretStr(PASSWORD)))
    add, up = said(nmcli)
    assert add[2:4] == ["connection", "add"]
    assert add[add.index("ssid") + 1] == "Kurs; rm -rf ~"
    assert "wpa-psk" in add
    assert add[add.index("wifi-sec.psk-flags") + 1] == "0", "NetworkManager keeps the password with the profile"
    assert "save" not in add, "and the profile on the disk, which is nmcli's default"
    assert up[2:4] == ["connection", "up"]
    assert up[-2] == "passwd-file"
    assert PASSWORD not in json.dumps([add, up])
    assert nmcli.with_name("nmcli.password").read_text() == f"802-11-wireless-security.psk:{PASSWORD}\n"
    assert stat.S_IMODE(int(nmcli.with_name("nmcli.mode").read_text(), 8)) == 0o600
    assert passwords_left(up[-1]) == []


async def test_an_open_network_needs_no_password(nmcli: Path) -> None:
    await join(WifiNetwork(n="Gjest"))
    add, up = said(nmcli)
    assert "wpa-psk" not in add
    assert "passwd-file" not in up


async def test_a_network_that_does_not_come_up_leaves_no_profile(nmcli: Path) -> None:
    refuse_up(nmcli)
    with pytest.raises(WifiError, match="REFUSED") as error:
        await join(WifiNetwork(n="Kurs", p=SecretStr(PASSWORD)))
    assert PASSWORD not in str(error.value)
    add, _up, delete = said(nmcli)
    assert delete[2:5] == ["connection", "delete", "id"]
    assert delete[5] == add[add.index("con-name") + 1]


async def test_a_network_that_is_joined_again_gets_no_second_profile(nmcli: Path) -> None:
    network = WifiNetwork(n="Kurs", p=SecretStr(PASSWORD))
    profile = await join(network)
    assert await join(network, profile) == profile
    first, up, again = said(nmcli)
    assert first[2:4] == ["connection", "add"]
    assert up[2:6] == again[2:6] == ["connection", "up", "id", profile]
    refuse_up(nmcli)
    with pytest.raises(WifiError):
        await join(network, profile)
    assert said(nmcli)[-1][2:] == ["connection", "delete", "id", profile]


async def test_a_robot_without_networkmanager_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoNetworkManagerError, match="by hand"):
        await join(WifiNetwork(n="Kurs"))
