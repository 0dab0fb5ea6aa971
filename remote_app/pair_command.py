"""`av1-app pair`: the QR code that pairs a robot, in the terminal or as a picture."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from pydantic import SecretStr, ValidationError

from protocol.errors import SettingsError
from protocol.pairing import PairingCode, WifiNetwork
from remote_app.data_directory import DataDirectory
from remote_app.pairing import LIFETIME_S, new_key
from remote_app.qr import check_output, show_code
from remote_app.settings import AppSettings

OPTIONS: Final = {"s": "the service's address", "r": "--robot", "n": "--wifi-name", "p": "the Wi-Fi password"}


def add_options(pair: argparse.ArgumentParser) -> None:
    """The options of the command."""
    pair.add_argument("--robot", required=True, help="the robot's id, in the settings or at a site of a course")
    pair.add_argument(
        "--address", help="where the robot finds the service (default: http.public_url, or host and port)"
    )
    pair.add_argument("--wifi-name", metavar="NAME", help="the wireless network that the robot shall join")
    pair.add_argument(
        "--wifi-password-file",
        metavar="FILE",
        help="its password in the first line (- for standard input); without it the network is open",
    )
    pair.add_argument("--output", type=Path, metavar="FILE", help="a .png or .svg instead of the terminal")


def pair(settings: AppSettings, options: argparse.Namespace, address: str) -> str:
    """What the command prints. Raises SettingsError; the key before it stays good then."""
    settings.robot(options.robot)
    if not settings.embedded:
        raise SettingsError("the robots' names and passwords at mqtt.url are that broker's business; write them down")
    check_output(options.output)
    wifi = _wifi(options)
    where = options.address or address
    _code(where, options.robot, "A" * 22, wifi)  # whatever is wrong is told before the old key is gone
    key = new_key(DataDirectory(settings.data.directory), options.robot, time.time())
    text = _code(where, options.robot, key, wifi).to_text()
    shown = show_code(text, options.output)
    return f"{shown}\nGood once, for {LIFETIME_S // 60} minutes, for {options.robot} at {where}"


def _wifi(options: argparse.Namespace) -> WifiNetwork | None:
    source = options.wifi_password_file
    if options.wifi_name is None:
        if source is not None:
            raise SettingsError("--wifi-password-file needs --wifi-name")
        return None
    password = None
    if source is not None:
        try:
            text = sys.stdin.readline() if source == "-" else Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"--wifi-password-file {source} cannot be read: {error}") from None
        password = SecretStr(text.partition("\n")[0].rstrip("\r"))
    try:
        return WifiNetwork(n=options.wifi_name, p=password)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _code(address: str, robot: str, key: str, wifi: WifiNetwork | None) -> PairingCode:
    try:
        return PairingCode(s=address.rstrip("/"), r=robot, k=SecretStr(key), w=wifi)
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    what = OPTIONS.get(str(first["loc"][-1]), "the code") if first["loc"] else "the code"
    return f"{what} {first['msg'].removeprefix('Value error, ')}"
