"""`av1-demo`: the whole loop on one machine, from one command."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from hardware_sim.demo.child import ChildError
from hardware_sim.demo.course import CourseReady, CourseStage
from hardware_sim.demo.links import first_links, other_links
from hardware_sim.demo.stage import Stage, Wishes
from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel, load_settings

EXIT_FAILED = 1
EXIT_WRONG_SETTING = 2

EPILOG = """\
Starts the service with its broker, a small course with three simulated robots and their agents, and prints the
links to open. Ctrl-C stops everything. Nothing is kept, unless --data says where.

examples:
  av1-demo
  av1-demo --port 9000
  av1-demo --waiting-room   the patient waits until the leader lets them in
  av1-demo --one-robot      a single robot and no course: half a minute less of work for the machine
  av1-demo --data ~/av1     the course, its people and the answers are there again the next time
  av1-demo --turn turn:turn.example.org:3478?transport=udp --turn-secret-file /etc/av1/turn-secret
                            picture and sound go over your TURN server alone: whether it works
  av1-demo --json           one JSON line when all is ready: patient, digits, leader, simulator, robot_id, broker, and
                            of a course also coordinator, login, password, nurse, rooms

exit codes: 0 stopped, 1 a part failed (its last words are shown), 2 a wrong setting
"""


class DemoSettings(SettingsModel):
    """Settings of the demo; the command line wins over the file."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    simulator_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    waiting_room: bool = False
    one_robot: bool = False
    data: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    turn_urls: tuple[str, ...] = ()
    turn_secret_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if bool(self.turn_urls) != (self.turn_secret_file is not None):
            raise ValueError("turn_urls (--turn) and turn_secret_file (--turn-secret-file) go together; give both")
        return self


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(
        prog="av1-demo",
        description="The whole telepresence service with a simulated robot.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    args.add_argument(
        "--config",
        type=Path,
        metavar="FILE.toml",
        help="settings: host, port, simulator_port, waiting_room, one_robot, data, turn_urls, turn_secret_file",
    )
    args.add_argument("--host", help="address to listen on (127.0.0.1: this machine only)")
    args.add_argument("--port", type=int, help="port of the pages (8080; 0: any free one)")
    args.add_argument("--simulator-port", type=int, help="port of the simulator's page (the next one)")
    args.add_argument(
        "--waiting-room",
        action="store_const",
        const=True,
        help="the patient waits until the course leader lets them in",
    )
    args.add_argument("--one-robot", action="store_const", const=True, help="one robot and no course")
    args.add_argument("--data", type=Path, metavar="DIRECTORY", help="keep the service's data there")
    args.add_argument(
        "--turn",
        action="append",
        metavar="URL",
        help="a TURN server to try, such as turn:turn.example.org:3478?transport=tcp: everything goes over it",
    )
    args.add_argument("--turn-secret-file", type=Path, metavar="FILE", help="its static-auth-secret")
    args.add_argument("--json", action="store_true", help="print one JSON line when everything is ready")
    args.add_argument("-v", "--verbose", action="store_true", help="show what every part writes to its log")
    return args


def main(argv: list[str] | None = None) -> int:
    """Runs the demo until it is told to stop. Returns the exit code."""
    args = parser().parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if args.verbose else logging.WARNING, format="%(message)s", stream=sys.stderr
    )
    wishes = {
        "host": args.host,
        "port": args.port,
        "simulator_port": args.simulator_port,
        "waiting_room": args.waiting_room,
        "one_robot": args.one_robot,
        "data": args.data,
        "turn_urls": args.turn,
        "turn_secret_file": args.turn_secret_file,
    }
    try:
        settings = load_settings(DemoSettings, args.config, wishes)
        chosen = Wishes(
            settings.host,
            settings.port,
            settings.simulator_port,
            waiting_room=settings.waiting_room,
            data=settings.data,
            turn_urls=settings.turn_urls,
            turn_secret_file=settings.turn_secret_file,
        )
        asyncio.run(_run(Stage if settings.one_robot else CourseStage, chosen, as_json=args.json))
    except SettingsError as error:
        sys.stderr.write(f"av1-demo: {error}\n")
        return EXIT_WRONG_SETTING
    except ChildError as error:
        sys.stderr.write(f"av1-demo: {error}\n")
        return EXIT_FAILED
    return 0


async def _run(kind: type[Stage] | type[CourseStage], wishes: Wishes, *, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    say = _quiet if as_json else _say
    with tempfile.TemporaryDirectory(prefix="av1-demo-") as directory:
        stage = kind(wishes, Path(directory), say)
        try:
            if await _unless(stop, stage, as_json=as_json):
                say("Stopping …")
        finally:
            await stage.leave()


async def _unless(stop: asyncio.Event, stage: Stage | CourseStage, *, as_json: bool) -> bool:
    """Brings the stage up and watches it; True when it was told to stop. Raises what went wrong."""
    stopped = asyncio.create_task(stop.wait(), name="demo-stop")
    entering = asyncio.create_task(_enter(stage, as_json=as_json), name="demo-enter")
    watching: asyncio.Task[ChildError] | None = None
    try:
        await asyncio.wait([stopped, entering], return_when=asyncio.FIRST_COMPLETED)
        if not entering.done():
            return True
        entering.result()
        watching = asyncio.create_task(stage.first_to_end(), name="demo-watch")
        await asyncio.wait([stopped, watching], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            raise watching.result()
        return True
    finally:
        tasks = [task for task in (stopped, entering, watching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _enter(stage: Stage | CourseStage, *, as_json: bool) -> None:
    """A person gets the first links while the other rooms are drawn; a program gets all of them in one line."""
    first = await stage.enter()
    if not as_json:
        _say(first_links(first))
    everything = await stage.others()
    if as_json:
        _say(json.dumps(asdict(everything)))
    elif isinstance(everything, CourseReady):
        _say(other_links(everything))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _quiet(text: str) -> None:
    """With --json only the one line is printed."""


if __name__ == "__main__":
    sys.exit(main())
