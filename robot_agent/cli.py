"""`av1-robot`: the program on the robot."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter

from protocol.base import parse
from protocol.errors import MessageError, SettingsError
from protocol.ice import IceServer, IceSetup
from protocol.settings_file import load_settings
from robot_agent import memory
from robot_agent.head.calibration import calibrated, measured, read_servos, store, undo
from robot_agent.head.errors import HeadError
from robot_agent.media.sound_errors import OpusLibraryError
from robot_agent.pairing.store import forget, paired, with_pairing
from robot_agent.settings import RobotSettings

log = logging.getLogger(__name__)

EXIT_NO_RELAY = 1
EXIT_PART = 1
EXIT_WRONG_SETTING = 2
EXIT_NO_LIBRARY = 3
THREADS_END_S = 0.3
OFF_COMMAND_S = 10.0  # asking an init system takes tenths of a second
SWITCH_INTERVAL_S = 0.0005  # at Python's 5 ms one busy thread delays a sound block by 11 ms; at this by 1.5

EPILOG = """\
examples:
  av1-robot --config config/robot.toml
  av1-robot --camera http://127.0.0.1:8081/camera.mjpg --serial /tmp/bus --sound socket:/tmp/sound
  av1-app --config app.toml turn --robot vefsn | ssh vefsn av1-robot --check-turn -
  av1-robot --config config/robot.toml doctor
  av1-robot --config config/robot.toml calibrate
  av1-robot --config config/robot.toml unpair

The settings and their meaning stand in config/robot.toml. A robot whose settings name no broker is
paired: it looks for a QR code with its camera (`av1-app pair` makes one). Stop with Ctrl-C or SIGTERM: the head goes
to rest, the lights go off, camera and microphone are closed.
exit codes: 0 stopped, 1 no TURN server works (--check-turn) or a part is wrong (doctor, calibrate), 2 a wrong setting
  (one line says which), 3 the Opus library is missing
"""
DOCTOR = """\
Tries serial port, servos, head board, camera, microphone, speaker, the sound's way through the room, computing power,
clock, broker and TURN servers, one after the other, and says in plain words what to do. Nothing is moved; a short chirp
is played. Stop the robot first: port, camera and sound card have one user at a time.
"""
CALIBRATE = """\
Turn the head by hand so that it looks straight ahead, hold it there, and start this: what both servos read is kept in
the file that head.calibration names, and so is the one before it. Nothing is moved. Stop the robot first, and start it
again afterwards.
"""
UNPAIR = """\
Forgets the service that the robot was paired with. At its next start it looks for a new QR code, unless its settings
name a broker. Its password at the service stays good until it is changed there.
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(
        prog="av1-robot",
        description="The agent on a telepresence robot: picture, sound, head and lights for one seat.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(args, None)
    args.add_argument(
        "--check-turn",
        nargs="?",
        const="",
        metavar="FILE",
        help="try the TURN servers from here, say what works and end; FILE (- for standard input) is what "
        "`av1-app turn` prints, without it the settings' own rtc.ice_servers are tried",
    )
    commands = args.add_subparsers(dest="command", metavar="doctor | calibrate | unpair")
    _add_doctor(commands.add_parser("doctor", help="try every part and say what to do", description=DOCTOR))
    straight = commands.add_parser("calibrate", help="tell it where straight ahead is", description=CALIBRATE)
    _add_common(straight, argparse.SUPPRESS)
    straight.add_argument("--undo", action="store_true", help="go back to the calibration before, or forth again")
    unpair = commands.add_parser("unpair", help="forget the pairing", description=UNPAIR)
    _add_common(unpair, argparse.SUPPRESS)
    return args


def _add_common(args: argparse.ArgumentParser, default: str | None) -> None:
    """What both ways of running take; `default` SUPPRESS leaves what stood before the command as it is."""
    settings = args.add_argument_group("settings")
    add = partial(settings.add_argument, default=default)
    add("--config", type=Path, metavar="FILE.toml", help="settings file (default: built-in settings)")
    add("--id", metavar="ROBOT", help="the robot's id on the wire (robot.id)")
    add("--broker", metavar="URL", help="mqtt://host:port (mqtt.url; passwords belong in the file)")
    add("--camera", metavar="SOURCE", help="device index, file or URL (camera.source)")
    add("--serial", metavar="PORT", help="serial device of the head (serial.port)")
    add("--sound", metavar="DEVICE", help="card:default, card:NAME, socket:PATH or none (sound.device)")
    add("-v", "--verbose", action="store_true", help="say more in the log")


def _add_doctor(args: argparse.ArgumentParser) -> None:
    _add_common(args, argparse.SUPPRESS)
    args.add_argument("--json", action="store_true", help="one JSON object on stdout, progress on stderr")
    args.add_argument("--language", choices=("nb", "nn", "en"), help="of the sentences (default: robot.language)")
    args.add_argument(
        "--turn", default="", metavar="FILE", help="what `av1-app turn` prints (- for standard input), tried too"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the robot until it is told to stop. Returns the exit code."""
    args = parser().parse_args(argv)
    examined = args.command == "doctor"
    logging.basicConfig(
        level=logging.DEBUG if args.verbose else logging.CRITICAL if examined else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for library in ("aioice", "aiortc", "mqtt"):
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        settings = load_settings(RobotSettings, args.config, _overrides(args))
        if args.command == "calibrate":
            return _calibrate(settings, undo_it=args.undo)
        if args.command == "unpair":
            return _unpair(settings)
        ready = paired(settings)
        settings = ready or settings
        settings = settings.model_copy(update={"head": calibrated(settings.head)})
        if examined:
            return _doctor(settings, args)
        if args.check_turn is not None:
            return _check_turn(settings, args.check_turn)
        settings.check_devices()
    except SettingsError as error:
        sys.stderr.write(f"av1-robot: {error}\n")
        return EXIT_WRONG_SETTING
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        asyncio.run(_run(settings, is_paired=ready is not None))
    except OpusLibraryError as error:  # before anything is open
        sys.stderr.write(f"av1-robot: {error}\n")
        return EXIT_NO_LIBRARY
    return 0


def _overrides(args: argparse.Namespace) -> dict[str, object]:
    camera = args.camera
    return {
        "robot.id": args.id,
        "mqtt.url": args.broker,
        "camera.source": int(camera) if camera is not None and camera.isdigit() else camera,
        "serial.port": args.serial,
        "sound.device": args.sound,
    }


def _check_turn(settings: RobotSettings, source: str) -> int:
    from robot_agent.rtc.turn_report import report, try_all

    checked = asyncio.run(try_all(_servers(settings, source, "--check-turn")))
    sys.stdout.write(report(checked) + "\n")
    return 0 if any(one.fault is None for one in checked) else EXIT_NO_RELAY


def _doctor(settings: RobotSettings, args: argparse.Namespace) -> int:
    servers = _servers(settings, args.turn, "--turn")
    if not args.verbose:  # what the libraries say beside the finding helps nobody
        os.environ |= {"OPENCV_LOG_LEVEL": "SILENT", "OPENCV_FFMPEG_LOGLEVEL": "-8"}
    from robot_agent.doctor.report import doctor

    return asyncio.run(doctor(settings, servers, args.language or settings.robot.language, in_json=args.json))


def _calibrate(settings: RobotSettings, *, undo_it: bool) -> int:
    if not settings.head.calibration:
        raise SettingsError("setting 'head.calibration' is empty; name the file that the calibration is kept in")
    path = Path(settings.head.calibration)
    if undo_it:
        now = "the calibration before it" if undo(path) else "no calibration"
        sys.stdout.write(f"{path}: {now} counts from the robot's next start on\n")
        return 0
    try:
        reads = asyncio.run(read_servos(settings.serial, settings.head))
    except HeadError as error:
        sys.stderr.write(f"av1-robot: {error}\n")
        return EXIT_PART
    found = measured(settings.head, reads)
    store(path, found)
    for name, axis in (("pan", found.pan), ("tilt", found.tilt)):
        limits = f"{axis.min_deg:g} to {axis.max_deg:g}°"
        sys.stdout.write(f"{name}: straight ahead is at {axis.zero_deg:g}° of the servo, limits {limits}\n")
    sys.stdout.write(f"kept in {path}; start the robot again. Wrong? `av1-robot calibrate --undo` goes back\n")
    return 0


def _servers(settings: RobotSettings, source: str, option: str) -> tuple[IceServer, ...]:
    """The settings' own servers and those in `source` (a file, - for standard input). Raises SettingsError."""
    servers = settings.rtc.servers()
    if not source:
        return servers
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        return servers + parse(TypeAdapter(IceSetup), "TURN servers", text).servers
    except (OSError, UnicodeDecodeError, MessageError) as error:
        raise SettingsError(f"{option} {source}: {error}; give it what `av1-app turn` prints") from error


def _unpair(settings: RobotSettings) -> int:
    directory = settings.data.path
    if forget(directory):
        sys.stdout.write("the pairing is forgotten from the robot's next start on\n")
    else:
        sys.stdout.write(f"there is no pairing in {directory}\n")
    return 0


async def _run(settings: RobotSettings, *, is_paired: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # After the handlers and not at the top: it takes seconds on a small computer, `--help` needs none of it.
    from robot_agent.pairing.desk import PairingDesk
    from robot_agent.service import RobotService

    turned_off = False
    if not is_paired:
        desk = PairingDesk(settings)
        pairing = await desk.run(stop)
        turned_off = desk.turned_off
        if pairing is not None:
            settings, is_paired = with_pairing(settings, pairing), True
    if is_paired and not stop.is_set():
        robot = RobotService(settings)
        memory.settle()
        await robot.run(stop)
        turned_off = robot.turned_off
    if turned_off:
        await _turn_off(settings.robot.off_command)
    # Everything is closed. A thread that still asks for a broker's name or connection must not hold the end up.
    last = threading.Timer(THREADS_END_S, os._exit, (0,))
    last.daemon = True
    last.start()


async def _turn_off(command: Sequence[str]) -> None:
    """The computer too, where the settings say how; the robot is at rest by then."""
    if not command:
        return
    try:
        process = await asyncio.create_subprocess_exec(*command)
        async with asyncio.timeout(OFF_COMMAND_S):
            code = await process.wait()
    except (OSError, TimeoutError) as error:
        log.error("robot.off_command %s: %s; correct it in the settings", command, error or "it hangs")
        return
    if code:
        log.error("robot.off_command %s ended with %d; correct it in the settings", command, code)


if __name__ == "__main__":
    sys.exit(main())
