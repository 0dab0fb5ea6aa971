"""`av1-app`: runs the web service, prints join links, withdraws them, prints a robot's broker address or QR code."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import logging
import re
import signal
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from remote_app.access import EVERY_ROBOT, LEADER_SEAT, LinkRole, new_claim
from remote_app.app import Running, run
from remote_app.codes import new_code
from remote_app.data_directory import DataDirectory
from remote_app.known_robots import with_robot
from remote_app.pair_command import add_options, pair
from remote_app.qr import check_output, show_code
from remote_app.settings import AppSettings, broker_address
from remote_app.staff import commands as staff_commands
from remote_app.store import commands as store_commands
from remote_app.turn import TurnDesk

EXIT_WRONG_SETTING: Final = 2
CLOCK_SLACK_S: Final = 60  # a link works at once on a node whose clock is a little behind
PAGES: Final[Mapping[LinkRole, str]] = {"patient": "/j/", "relative": "/j/", "leader": "/l/"}

DESCRIPTION = """\
The web service of the telepresence robots: serves the pages, runs the message broker (Mosquitto) or uses
another one, and connects the two. Without a command it serves until SIGTERM or Ctrl-C.
"""
EXAMPLES = """\
examples:
  av1-app --config config/app.toml
  av1-app --config config/app.toml link --robot vefsn --seat rodoy --name Kari --hours 3
  av1-app --config config/app.toml link --role leader --name Ane --hours 3
  av1-app --config config/app.toml link --robot vefsn --seat rodoy --name Kari --opens 2026-11-28T10:00 --hours 3
  av1-app --config config/app.toml link --robot vefsn --seat rodoy --name Kari --output kari.svg
  av1-app --config config/app.toml withdraw http://127.0.0.1:8080/j/1.eyJ...
  av1-app --config config/app.toml robot --robot vefsn
  av1-app --config config/app.toml pair --robot vefsn --wifi-name Kurs --wifi-password-file -
  av1-app --config config/app.toml staff add --role leader --name Ane --site vefsn
  av1-app --config config/app.toml backup av1-2026-11-28.zip
  av1-app --config config/app.toml turn --robot vefsn | ssh vefsn av1-robot --check-turn -
"""


def main(argv: list[str] | None = None) -> int:
    """The command. Exit code 2 and one line on stderr for a wrong setting."""
    options = _parser().parse_args(argv)
    overrides = {"http.host": options.host, "http.port": options.port}
    try:
        settings = load_settings(AppSettings, options.config, overrides)
        if not settings.embedded:
            broker_address(settings.mqtt.url)
        settings = with_robot(settings, getattr(options, "robot", None))
        match options.command:
            case "link":
                sys.stdout.write(_link(settings, options) + "\n")
            case "withdraw":
                sys.stdout.write(_withdraw(settings, options.link) + "\n")
            case "robot":
                sys.stdout.write(_robot_url(settings, options.robot) + "\n")
            case "pair":
                sys.stdout.write(pair(settings, options, _base_url(settings)) + "\n")
            case "turn":
                sys.stdout.write(_turn_servers(settings, options.robot) + "\n")
            case command if command in staff_commands.NAMES:
                sys.stdout.write(staff_commands.run(settings, options, _base_url(settings)) + "\n")
            case command if command in store_commands.NAMES:
                sys.stdout.write(store_commands.run(settings, options) + "\n")
            case _:
                _serve(settings, as_json=options.json)
    except SettingsError as error:
        sys.stderr.write(f"av1-app: {error}\n")
        return EXIT_WRONG_SETTING
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="av1-app",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="settings; see config/app.toml for all of them"
    )
    parser.add_argument("--host", help="address to serve pages on (http.host, default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to serve pages on (http.port, default 8080; 0: any free one)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON line with http, broker and robots when ready"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    link = commands.add_parser(
        "link", help="print a signed link: for a patient (with six digits), a relative who looks on, or a course leader"
    )
    link.add_argument("--role", choices=tuple(PAGES), default="patient", help="who the link is for (default patient)")
    link.add_argument("--robot", help="a robot's id in the settings; without it a leader's link is for all of them")
    link.add_argument(
        "--seat", help="the patient's seat, such as rodoy (small letters, digits, -); a relative looks on from there"
    )
    link.add_argument("--name", required=True, help="the name that the others see")
    link.add_argument(
        "--opens",
        metavar="TIME",
        help="when it begins to be good, such as 2026-11-28T10:00 (this machine's time, or with +01:00; default: now)",
    )
    link.add_argument("--hours", type=float, default=12, help="how long it is good from then on (default 12)")
    link.add_argument("--qr", action="store_true", help="show it as a QR code too, on a dark terminal")
    link.add_argument("--output", type=Path, metavar="FILE", help="write the QR code to a .png or .svg, for a letter")
    withdraw = commands.add_parser("withdraw", help="make a link useless, within seconds")
    withdraw.add_argument("link", help="the link, or the part after /j/ or /l/")
    robot = commands.add_parser("robot", help="print the mqtt.url for one robot's settings (holds its password)")
    robot.add_argument("--robot", required=True, help="the robot's id, in the settings or at a site of a course")
    pairing = commands.add_parser("pair", help="print the QR code that pairs a robot (holds a one-time key)")
    add_options(pairing)
    turn = commands.add_parser(
        "turn", help="print the TURN servers with a password for one robot, to try them there (holds the password)"
    )
    turn.add_argument("--robot", required=True, help="the robot's id, in the settings or at a site of a course")
    accounts = staff_commands.add_commands(commands)
    kept = store_commands.add_commands(commands)
    for command in (link, withdraw, robot, pairing, turn, *accounts, *kept):
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _serve(settings: AppSettings, *, as_json: bool) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")

    def ready(where: Running) -> None:
        text = json.dumps(dataclasses.asdict(where)) if as_json else f"The pages are at {where.http}/"
        if where.administrator and not as_json:
            text += "\nNobody runs this service yet. The administrator's account is made here, once, within a day:\n"
            text += where.administrator
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await run(settings, stop, ready)

    asyncio.run(serve())


def _link(settings: AppSettings, options: argparse.Namespace) -> str:
    robot, seat = _place_of(settings, options)
    check_output(options.output)
    if not 0 < options.hours <= 24 * 366:
        raise SettingsError(f"--hours is {options.hours:g}: it must be above 0 and at most {24 * 366}")
    now = time.time()
    opens = _opens(options.opens, now)
    expires = (now if opens is None else opens) + options.hours * 3600
    if expires <= now:
        raise SettingsError(
            f"--opens is {options.opens!r}: the link would be over already; give a later time, or more --hours"
        )
    try:
        claim = new_claim(
            robot,
            seat,
            options.name,
            not_before=now - CLOCK_SLACK_S if opens is None else opens,
            expires=expires,
            role=options.role,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = {"r": "--robot", "s": "--seat", "n": "--name"}.get(str(first["loc"][0]), "--hours")
        raise SettingsError(f"{option} is {first['input']!r}: {first['msg']}") from error
    data = DataDirectory(settings.data.directory)
    key = data.link_key()
    token, base = key.sign(claim), _base_url(settings)
    lines = [f"{base}{PAGES[claim.role]}{token}"]
    if claim.role == "patient":  # whoever guesses six digits must not lead
        code = new_code(data, key, token, now)
        lines.append(f"code {code[:3]} {code[3:]} at {base}/")
    if options.qr or options.output is not None:
        lines.append(show_code(lines[0], options.output))
    return "\n".join(lines)


def _place_of(settings: AppSettings, options: argparse.Namespace) -> tuple[str, str]:
    """Robot and seat of the new link. Raises SettingsError for what does not go together."""
    if options.role == "leader":
        if options.seat is not None:
            raise SettingsError("--seat is for a patient; a leader's link has none")
        robot = options.robot or EVERY_ROBOT
        if robot != EVERY_ROBOT:
            settings.robot(robot)
        return robot, LEADER_SEAT
    if options.robot is None or options.seat is None:
        raise SettingsError(f"a {options.role}'s link needs --robot and --seat; for a course leader give --role leader")
    settings.robot(options.robot)
    return options.robot, options.seat


def _opens(text: str | None, now: float) -> float | None:
    """The time as seconds since 1970; None for now. Raises SettingsError."""
    if text is None:
        return None
    try:
        opens = datetime.fromisoformat(text).timestamp()  # one without a zone is this machine's
    except (ValueError, OverflowError, OSError):
        raise SettingsError(f"--opens is {text!r}: write a date and a time such as 2026-11-28T10:00") from None
    if not 0 <= opens <= now + 3 * 366 * 24 * 3600:
        raise SettingsError(f"--opens is {text!r}: it must be within the next three years")
    return opens


def _withdraw(settings: AppSettings, link: str) -> str:
    data = DataDirectory(settings.data.directory)
    first = link.split(maxsplit=1)[0] if link.strip() else ""  # the code may be pasted with it
    token = re.split("|".join(set(PAGES.values())), first)[-1].partition("?")[0]
    claim = data.link_key().claim_of(token)
    if claim is None:
        raise SettingsError("this is not a link of this service; give the whole link")
    data.withdraw(claim.id)
    note = store_commands.note_withdrawal(settings, claim)
    if claim.role == "leader":
        where = "every robot" if claim.robot == EVERY_ROBOT else claim.robot
        return f"withdrawn: {claim.name}, leader of {where}{note}"
    who = f"{claim.name}, relative" if claim.role == "relative" else claim.name
    return f"withdrawn: {who}, seat {claim.seat} at {claim.robot}{note}"


def _robot_url(settings: AppSettings, robot: str) -> str:
    settings.robot(robot)
    embedded = settings.own_broker
    if not settings.embedded:
        raise SettingsError("the robots' names and passwords at mqtt.url are that broker's business")
    if embedded.port == 0:
        raise SettingsError("setting 'mqtt.embedded.port' is 0, any free one; give it a number that robots can know")
    password = DataDirectory(settings.data.directory).robot_password(robot)
    return embedded.for_robots(embedded.port, robot, password).with_secret()


def _turn_servers(settings: AppSettings, robot: str) -> str:
    settings.robot(robot)
    if not settings.turn.urls:
        raise SettingsError("setting 'turn.urls' is empty: there is no TURN server to try")
    return TurnDesk.open(settings.turn).setup(robot).model_dump_json()


def _base_url(settings: AppSettings) -> str:
    return settings.http.public_url or settings.http.base(settings.http.port)


if __name__ == "__main__":
    sys.exit(main())
