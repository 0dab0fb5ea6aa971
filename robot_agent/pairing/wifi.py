"""Joining a wireless network by NetworkManager's `nmcli`. Source: nmcli(1), nm-settings-nmcli(5).

The password goes by a file that only we can read, for it may stand in no argument list: those are everybody's to see.
nmcli is NetworkManager's secret agent for as long as `connection up` runs and gives it what stands in the file. What an
agent gives for a secret that the system owns (`psk-flags` 0), NetworkManager writes into the profile on the disk, so
that the robot joins by itself after a restart, provided that the agent's user may change profiles of all users (the
polkit action `settings.modify.system`); otherwise it throws the secret away and the network does not come up. Source:
NetworkManager's src/core/settings/nm-settings-connection.c, `get_cmp_flags` and `get_secrets_done_cb`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Final

from protocol.pairing import WifiNetwork

log = logging.getLogger(__name__)

PROGRAM: Final = "nmcli"
WAIT_S: Final = 45  # association, key and an address; NetworkManager itself gives up on a wrong password after 25 s
LIMIT_S: Final = 60.0  # beyond: the program hangs
SYSTEM_OWNED: Final = ("wifi-sec.psk-flags", "0")  # with any other flag the password would be gone after a restart


class NoNetworkManagerError(Exception):
    """This robot has no `nmcli`; its network is set up by hand."""

    def __init__(self) -> None:
        super().__init__("nmcli is not installed; join the network by hand, or install NetworkManager")


class WifiError(Exception):
    """The network was not joined; the text says what NetworkManager said, which holds no password."""

    def __init__(self, network: str, why: str) -> None:
        super().__init__(f"network {network!r} was not joined: {why}")


async def join(network: WifiNetwork, made: str | None = None) -> str:
    """Makes a profile, or takes the one that was `made` before, and brings it up; its name.

    One that does not come up is deleted. Raises both errors above.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoNetworkManagerError
    profile = made or f"av1-{secrets.token_hex(4)}"
    secured = () if network.password is None else ("wifi-sec.key-mgmt", "wpa-psk", *SYSTEM_OWNED)
    add = ("connection", "add", "type", "wifi", "con-name", profile, "ifname", "*", "ssid", network.name, *secured)
    with tempfile.TemporaryDirectory(prefix="av1-wifi-") as folder:  # mode 0700
        up: tuple[str, ...] = ("connection", "up", "id", profile)
        if network.password is not None:
            file = await asyncio.to_thread(_password_file, Path(folder), network.password.get_secret_value())
            up = (*up, "passwd-file", str(file))
        try:
            if made is None:
                await _run(program, network, add)
            await _run(program, network, up)
        except BaseException:  # a cancelled pairing leaves no half-made network behind either
            await _forget(program, network, profile)
            raise
    return profile


def _password_file(folder: Path, password: str) -> Path:
    file = folder / "password"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as target:
        target.write(f"802-11-wireless-security.psk:{password}\n")
    return file


async def _forget(program: str, network: WifiNetwork, profile: str) -> None:
    try:
        await _run(program, network, ("connection", "delete", "id", profile))
    except WifiError as error:
        log.debug("%s", error)  # there was none


async def _run(program: str, network: WifiNetwork, arguments: tuple[str, ...]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "--wait",
            str(WAIT_S),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise WifiError(network.name, str(error)) from error
    try:
        async with asyncio.timeout(LIMIT_S):
            _, said = await process.communicate()
    except TimeoutError:
        raise WifiError(network.name, f"nmcli does not answer within {LIMIT_S:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        words = said.decode(errors="replace").strip()[:200]
        if network.password is not None:
            words = words.replace(network.password.get_secret_value(), "…")
        raise WifiError(network.name, words or f"nmcli ended with {process.returncode}")
