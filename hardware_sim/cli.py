"""`av1-sim`: the simulated robot body as a program of its own."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hardware_sim.many import ManyAddresses, simulate_many
from hardware_sim.scenario import load_scenario
from hardware_sim.service import Addresses, simulate
from hardware_sim.settings import SimSettings
from protocol.errors import SettingsError
from protocol.settings_file import load_settings

EXIT_SETTINGS = 2
SWITCH_INTERVAL_S = 0.0005  # a servo answers in half a millisecond: it does not wait 5 ms for the room to be drawn
EXAMPLES = """\
examples:
  av1-sim                                    page on http://127.0.0.1:8081
  av1-sim --serial-link /tmp/av1-servos      the servo bus under a fixed name
  av1-sim --port 0 --json                    any free port, addresses as one JSON line
  av1-sim --scenario evening.toml            faults by the clock (docs/break-it.md)
  av1-sim --robots 20 --port 0 --json        twenty robots without a picture, for load
  av1-sim line --help                        another program: a bad line on this machine (docs/test-a-line.md)

The settings file has the tables [http] host, port; [serial] link; [camera] width, height, fps, stamp,
jpeg_quality; [sound] socket; [line] control. What is given on the command line wins. Exit code 2 is a wrong setting.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the simulator until SIGTERM or SIGINT. Returns the exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["line"]:
        from hardware_sim.line import cli as line

        return line.main(words[1:])
    arguments = _parser().parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = load_settings(SimSettings, arguments.config, _overrides(arguments))
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        asyncio.run(_until_stopped(_simulation(settings, arguments)))
    except SettingsError as error:
        sys.stderr.write(f"av1-sim: {error}\n")
        return EXIT_SETTINGS
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="av1-sim",
        description="A simulated robot body: servo bus on a pty, camera and sound in a drawn course room, "
        "and a page that shows the robot from the outside. Needs no broker and no service.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE.toml", help="settings file (default: built-in settings)")
    add("--serial-link", type=Path, metavar="PATH", help="symbolic link to the servo bus's pty, made and removed here")
    add("--sound-socket", type=Path, metavar="PATH", help="socket that stands in for the sound card")
    add("--host", help="address to serve on (default: 127.0.0.1)")
    add("--port", type=int, help="port to serve on, 0 for any free one (default: 8081)")
    add("--stamp", action=argparse.BooleanOptionalAction, help="paint the time stamp strip into the picture")
    add("--scenario", type=Path, metavar="FILE.toml", help="what goes wrong when (docs/break-it.md)")
    add("--line-control", type=Path, metavar="SOCKET", help="control socket of a running `av1-sim line`")
    add("--robots", type=int, metavar="N", help="so many robots in one process, without a picture")
    add("--json", action="store_true", help="print the addresses as one JSON line when everything is ready")
    return parser


def _overrides(arguments: argparse.Namespace) -> dict[str, object]:
    return {
        "serial.link": arguments.serial_link,
        "sound.socket": arguments.sound_socket,
        "line.control": arguments.line_control,
        "http.host": arguments.host,
        "http.port": arguments.port,
        "camera.stamp": arguments.stamp,
    }


def _simulation(settings: SimSettings, arguments: argparse.Namespace) -> Coroutine[Any, Any, None]:
    """What shall run. Raises SettingsError for a wrong scenario."""
    file: Path | None = arguments.scenario
    scenario, name = (None, "") if file is None else (load_scenario(file), file.name)
    if arguments.robots is not None:
        announce: Callable[[ManyAddresses], None] = _announce_json if arguments.json else _announce_many
        return simulate_many(settings, arguments.robots, announce, scenario, name)
    return simulate(settings, _announce_json if arguments.json else _announce, scenario, name)


async def _until_stopped(simulation: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(simulation, name="simulator")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("stopped")


def _announce_json(addresses: Addresses | ManyAddresses) -> None:
    sys.stdout.write(json.dumps(asdict(addresses)) + "\n")
    sys.stdout.flush()


def _announce(addresses: Addresses) -> None:
    sys.stdout.write(
        f"Simulator page  {addresses.simulator}\n"
        f"Camera          {addresses.camera}\n"
        f"Sharp still     {addresses.still}\n"
        f"Servo bus       {addresses.serial}\n"
        f"Sound           {addresses.sound}\n"
        "Stop with Ctrl-C.\n"
    )
    sys.stdout.flush()


def _announce_many(addresses: ManyAddresses) -> None:
    sys.stdout.write(f"All robots  {addresses.simulator}\n")
    for robot in addresses.robots:
        sys.stdout.write(f"{robot.name}\n  page   {robot.simulator}\n  servos {robot.serial}\n  sound  {robot.sound}\n")
    sys.stdout.write("Stop with Ctrl-C.\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
