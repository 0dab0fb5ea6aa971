"""`av1-sim`: the simulated robot body as a program of its own."""

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hardware_sim.service import Addresses, simulate
from hardware_sim.settings import SimSettings
from protocol.errors import SettingsError
from protocol.settings_file import load_settings

EXIT_SETTINGS = 2
EXAMPLES = """\
examples:
  av1-sim                                    page on http://127.0.0.1:8081
  av1-sim --serial-link /tmp/av1-servos      the servo bus under a fixed name
  av1-sim --port 0 --json                    any free port, addresses as one JSON line
  av1-sim line --help                        another program: a bad line on this machine (docs/test-a-line.md)

The settings file has the tables [http] host, port; [serial] link; [camera] width, height, fps, stamp,
jpeg_quality; [sound] socket. What is given on the command line wins. Exit code 2 is a wrong setting.
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
        asyncio.run(_run(settings, as_json=arguments.json))
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
    add("--json", action="store_true", help="print the addresses as one JSON line when everything is ready")
    return parser


def _overrides(arguments: argparse.Namespace) -> dict[str, object]:
    return {
        "serial.link": arguments.serial_link,
        "sound.socket": arguments.sound_socket,
        "http.host": arguments.host,
        "http.port": arguments.port,
        "camera.stamp": arguments.stamp,
    }


async def _run(settings: SimSettings, *, as_json: bool) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(simulate(settings, _announce_json if as_json else _announce), name="simulator")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logging.getLogger(__name__).info("stopped")


def _announce_json(addresses: Addresses) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
