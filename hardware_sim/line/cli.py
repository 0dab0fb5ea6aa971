"""`av1-sim line`: a bad line on this machine, and programs at its two ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import selectors
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from hardware_sim.line.control import Control, ControlSocket, Lines, Wish, WishError, follow
from hardware_sim.line.ends import End, LineError, check_machine, make_end
from hardware_sim.line.link import Link
from hardware_sim.line.processes import end_all, enter, start
from hardware_sim.line.profiles import PROFILES, Profile, Shape

log = logging.getLogger(__name__)

NEAR_ADDRESS: Final = "10.79.0.1"  # RFC 1918, and only inside the namespaces
FAR_ADDRESS: Final = "10.79.0.2"
EXIT_NOT_HERE: Final = 2
EXIT_SIGNAL: Final = 128  # and the signal's number, as a shell says it
PRIORITY: Final = 10  # real time: on a busy machine the line must not become slower than it is asked to be
TELL_TIMEOUT_S: Final = 5.0
CHANGES: Final = ("delay_ms", "jitter_ms", "loss", "rate_kbps", "queue_ms")


def _shape_words(shape: Shape) -> str:
    rate = f"{shape.rate_kbps / 1000:g} Mbit/s" if shape.rate_kbps else "no limit"
    return f"{rate}, {shape.delay_ms:g} ms one way, {shape.loss:.1%} loss"


def _profile_words(profile: Profile) -> str:
    if profile.outage:
        return "nothing passes"
    if profile.down == profile.up:
        return _shape_words(profile.down)
    return f"down {_shape_words(profile.down)}; up {_shape_words(profile.up)}"


EPILOG: Final = f"""\
The robot and the service stand at the near end ({NEAR_ADDRESS}), the tablet at the far one ({FAR_ADDRESS}).
COMMAND runs at the far end, and the line ends with it; without COMMAND it stays until Ctrl-C. Both ends know only
each other.

profiles ("down" is towards the far end):
{chr(10).join(f"  {name:9} {_profile_words(profile)}" for name, profile in PROFILES.items())}

while it runs, one JSON object a line, on standard input (without COMMAND) or by --tell:
  {{"profile": "floor"}}                  another profile
  {{"both": {{"loss": 0.1}}}}               one value; also "down" and "up", with {", ".join(CHANGES)}
  {{"outage": true}} {{"outage_s": 5}}      nothing passes: until {{"outage": false}}, or for 5 s
  {{}}                                    only ask
each is answered by what the line is now and how many packets it carried, lost and dropped.

examples:
  sudo av1-sim line --profile edge --near "av1-demo --host {NEAR_ADDRESS}" -- ping -c 5 {NEAR_ADDRESS}
  sudo av1-sim line --profile weak-4g --control /tmp/line --near "python3 -m http.server" -- bash
  sudo av1-sim line --tell /tmp/line '{{"outage_s": 5}}'

exit codes: COMMAND's own (128 + n when signal n ended it), 0 without COMMAND, 2 when a line cannot be made here
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    args = argparse.ArgumentParser(
        prog="av1-sim line",
        description="A line of a given quality between two network namespaces on this machine. Needs root.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = args.add_argument
    add("--profile", choices=list(PROFILES), default="clean", help="what the line is like (default: clean)")
    for name, unit in zip(CHANGES, ("ms", "ms", "0…1", "kbit/s", "ms"), strict=True):
        add(
            f"--{name.replace('_', '-')}",
            type=float,
            metavar=unit,
            help=f"{name} of both directions, over the profile's",
        )
    add("--seed", type=int, default=1, help="of chance: the same seed loses the same packets (default: 1)")
    add("--near", action="append", default=[], metavar="COMMAND", help="start this at the near end first (repeatable)")
    add("--control", type=Path, metavar="SOCKET", help="listen here for --tell")
    add("--tell", type=Path, metavar="SOCKET", help="say the JSON that follows to a running line, and print its answer")
    add("--json", action="store_true", help="one JSON line when ready; the end of standard input ends the line")
    add("command", nargs="*", metavar="COMMAND", help="what to run at the far end (after --)")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the line until its end. Returns the exit code."""
    options = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        if options.tell is not None:
            sys.stdout.write(_tell(options.tell, " ".join(options.command) or "{}"))
            return 0
        changes = {name: value for name in CHANGES if (value := getattr(options, name)) is not None}
        profile = follow(PROFILES[options.profile], Wish(both=changes))
        check_machine()
        with asyncio.Runner(loop_factory=_precise_loop) as runner:
            return runner.run(_run(options, profile))
    except (LineError, WishError) as error:
        sys.stderr.write(f"av1-sim line: {error}\n")
        return EXIT_NOT_HERE


def _precise_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def _tell(path: Path, words: str) -> str:
    """Raises LineError when nobody listens there."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(TELL_TIMEOUT_S)
            client.connect(str(path))
            client.sendall(words.replace("\n", " ").encode() + b"\n")
            with client.makefile(encoding="utf-8") as answer:
                return answer.readline()
    except OSError as error:
        raise LineError(f"no line listens at {path} ({error.strerror or error}); start one with --control") from error


async def _run(options: argparse.Namespace, profile: Profile) -> int:
    _hurry()
    with ExitStack() as stack:
        ends = []
        for name, address in (("near", NEAR_ADDRESS), ("far", FAR_ADDRESS)):
            ends.append(make_end(name, address))
            stack.callback(ends[-1].close)
        link = Link(ends[0], ends[1], profile, options.seed)
        control = Control(link)
        link.start()
        stack.callback(link.stop)
        stack.callback(control.stop)
        return await _serve(options, ends, control)


async def _serve(options: argparse.Namespace, ends: list[End], control: Control) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # With a command in front, Ctrl-C is the command's; it gets it from the terminal.
    loop.add_signal_handler(signal.SIGINT, (lambda: None) if options.command else stop.set)
    started: list[asyncio.subprocess.Process] = []
    with ExitStack() as stack:
        if options.control is not None:
            await _listen(options.control, control, stack)
        if not options.command:
            _obey_standard_input(control, stop.set if options.json else lambda: None, stack)
        try:
            for words in options.near:
                started.append(await start(ends[0], shlex.split(words), in_front=False))
            _announce(ends, as_json=options.json)
            if not options.command:
                await stop.wait()
                return 0
            started.append(await start(ends[1], options.command, in_front=True))
            return await _until_ended(started[-1], stop)
        finally:
            await end_all(ends, started)


async def _until_ended(process: asyncio.subprocess.Process, stop: asyncio.Event) -> int:
    """The command's exit code, or that of SIGTERM when we are told to stop."""
    ended = asyncio.create_task(process.wait(), name="line-command")
    stopped = asyncio.create_task(stop.wait(), name="line-stop")
    try:
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
        stopped.cancel()
        await asyncio.gather(ended, stopped, return_exceptions=True)
    if process.returncode is None:
        return EXIT_SIGNAL + signal.SIGTERM
    return process.returncode if process.returncode >= 0 else EXIT_SIGNAL - process.returncode


async def _listen(path: Path, control: Control, stack: ExitStack) -> None:
    everybody = os.umask(0o177)  # the socket is for its owner alone
    try:
        server = await asyncio.get_running_loop().create_unix_server(lambda: ControlSocket(control), str(path))
    except OSError as error:
        raise LineError(f"cannot listen at {path}: {error.strerror or error}") from error
    finally:
        os.umask(everybody)
    stack.callback(path.unlink, missing_ok=True)
    stack.callback(server.close)


def _obey_standard_input(control: Control, at_end: Callable[[], None], stack: ExitStack) -> None:
    if sys.stdin is None:  # started with it closed: the same as its end
        at_end()
        return
    source, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    loop.add_reader(source, _reader(source, control, at_end))
    stack.callback(loop.remove_reader, source)


def _reader(source: int, control: Control, at_end: Callable[[], None]) -> Callable[[], None]:
    lines = Lines()

    def read() -> None:
        data = os.read(source, 4096)
        if not data:
            asyncio.get_running_loop().remove_reader(source)
            at_end()
        for line in lines.feed(data):
            sys.stdout.write(control.answer(line) + "\n")
            sys.stdout.flush()

    return read


def _announce(ends: Sequence[End], *, as_json: bool) -> None:
    if as_json:
        told = {end.name: {"address": end.address, "namespace": end.inode, "enter": enter(end)} for end in ends}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        return
    for end in ends:
        log.info("%-4s end %s, a program of yours there:  sudo %s COMMAND", end.name, end.address, " ".join(enter(end)))


def _hurry() -> None:
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError as error:
        log.warning("no real-time priority (%s): on a busy machine the delay grows", error.strerror)


if __name__ == "__main__":
    sys.exit(main())
