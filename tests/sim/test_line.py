"""A real line between two real namespaces: what it does to packets, how it is told, and that nothing of it stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from hardware_sim.faults import SwitchError
from hardware_sim.line import cli
from hardware_sim.line.ends import LineError, _ip, check_machine
from hardware_sim.line.profiles import PROFILES, Shape
from hardware_sim.line.rule import PacketRule
from hardware_sim.line_switch import LineSwitch

pytestmark = pytest.mark.alone  # the line has to keep its own time

LINE = (sys.executable, "-m", "hardware_sim.line.cli")
PROBE = (sys.executable, "-m", "tests.sim.line_probe")
PATIENCE_S = 15.0


@pytest.fixture
def line_can_run() -> None:
    """Skips, with the reason, where a line cannot be made; where everything is to be proved, that is a failure."""
    try:
        check_machine()
    except LineError as error:
        if os.environ.get("CI"):
            pytest.fail(f"the line was not tried: {error}")
        pytest.skip(f"the line was not tried: {error}")


@dataclass
class Running:
    """`av1-sim line --json`, spoken to by its standard input."""

    process: subprocess.Popen[str]
    ends: dict[str, Any]

    def say(self, **wish: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def at(self, end: str, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen([*self.ends[end]["enter"], *command], stdout=subprocess.PIPE, text=True)

    def ask(self, count: int, every_ms: float, size: int = 500) -> dict[int, float]:
        with self.at("far", *PROBE, "ask", str(count), str(every_ms), str(size)) as asking:
            assert asking.stdout is not None
            return {int(number): ms for number, ms in json.loads(asking.stdout.read()).items()}


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    with subprocess.Popen(
        [*LINE, "--json", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Running(process, json.loads(process.stdout.readline()))
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            finally:
                process.kill()


@contextmanager
def echo_at_the_near_end(line: Running) -> Iterator[None]:
    with line.at("near", *PROBE, "echo") as echo:
        assert echo.stdout is not None
        assert echo.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            echo.kill()


def users_of(namespaces: set[int]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "ns/net").stat().st_ino in namespaces:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def namespaces_below(pid: int, count: int) -> set[int]:
    """Network namespaces of that process's children other than ours, as soon as there are `count`."""
    ours = Path("/proc/self/ns/net").stat().st_ino
    found: set[int] = set()

    def look() -> bool:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):
                found.add(Path(f"/proc/{child}/ns/net").stat().st_ino)
        found.discard(ours)
        return len(found) == count

    wait_until(look, f"{count} namespaces")
    return found


@contextmanager
def killed_at_the_end(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """So that a test that fails does not wait for its child."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def survivors(count: int, loss: float, seed: int) -> list[int]:
    """The datagrams that the rule lets come back: up, and then as an answer down."""
    up, down = (PacketRule(Shape(loss=loss), f"{seed} {way}") for way in ("up", "down"))
    arrived = [number for number in range(count) if up.due_s(500, number) is not None]
    return [number for number in arrived if down.due_s(500, number) is not None]


@pytest.mark.usefixtures("line_can_run")
def test_the_line_delays_and_loses_what_it_was_asked_to() -> None:
    with running("--delay-ms", "30", "--loss", "0.05", "--seed", "7") as line, echo_at_the_near_end(line):
        back = line.ask(400, every_ms=2)
        assert sorted(back) == survivors(400, 0.05, 7)
        trips = sorted(back.values())
        assert trips[0] >= 60.0
        assert trips[len(trips) // 2] < 90.0  # a busy machine; the line itself adds a fraction of a millisecond
        counts = line.say()["counts"]
        assert counts["up"]["packets"] == 400
        assert counts["down"]["packets"] == 400 - counts["up"]["lost"]

        assert line.say(both={"loss": 0, "delay_ms": 0}, outage=True)["outage"]
        assert line.ask(20, every_ms=1) == {}
        assert line.say(outage=False)["counts"]["up"]["cut"] == 20
        back = line.ask(20, every_ms=1)
        assert len(back) == 20
        assert min(back.values()) < 60.0
        assert "no profile" in line.say(profile="swift")["error"]


@pytest.mark.usefixtures("line_can_run")
def test_a_capped_line_drops_what_its_queue_cannot_hold() -> None:
    with running() as line, echo_at_the_near_end(line):
        line.say(up={"rate_kbps": 1000, "queue_ms": 100})
        back = line.ask(100, every_ms=1, size=1222)  # 1250 bytes with its headers: 10 ms each, in 100 ms
        assert line.say()["counts"]["up"]["overflowed"] == 100 - len(back)
        assert 11 <= len(back) <= 60
        assert 90 <= max(back.values()) < 400


@pytest.mark.usefixtures("line_can_run")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_of_a_line_stays(ending: signal.Signals, tmp_path: Path) -> None:
    control = tmp_path / "line"
    far = "echo $$; trap '' HUP; sleep 1000"
    command = [*LINE, "--control", str(control), "--near", "sleep 1000", "--", "sh", "-c", f"{far} & {far}"]
    with killed_at_the_end(command) as process:
        assert process.stdout is not None
        process.stdout.readline()
        namespaces = namespaces_below(process.pid, 2)
        wait_until(lambda: len(users_of(namespaces)) >= 4, "the four sleepers")
        process.send_signal(ending)
        code = process.wait(PATIENCE_S)
        if ending == signal.SIGKILL:
            for pid in users_of(namespaces):
                os.kill(pid, signal.SIGTERM)  # a grandchild outlives a killed line, without a network
    wait_until(lambda: not users_of(namespaces), "the last process at the ends to go")
    assert code == (128 + signal.SIGTERM if ending == signal.SIGTERM else -signal.SIGKILL)
    assert control.exists() == (ending == signal.SIGKILL)
    assert not Path("/sys/class/net/line0").exists()


@pytest.mark.usefixtures("line_can_run")
def test_an_end_whose_device_is_removed_from_inside_is_quiet_and_the_line_still_obeys() -> None:
    with running() as line:
        with line.at("far", "ip", "link", "delete", "line0") as removing:
            assert removing.wait(PATIENCE_S) == 0
        line.say()
        before = psutil.Process(line.process.pid).cpu_times()
        time.sleep(0.5)
        after = psutil.Process(line.process.pid).cpu_times()
        assert after.user + after.system - before.user - before.system < 0.25, "it does not read in vain for ever"
        assert line.say(both={"loss": 0.5})["down"]["loss"] == 0.5


@pytest.mark.usefixtures("line_can_run")
def test_without_a_standard_input_it_is_as_at_its_end() -> None:
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *LINE, "--json"]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)) == {"near", "far"}


def test_an_ip_that_hangs_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "ip"
    slow.write_text("#!/bin/sh\nexec sleep 60\n", encoding="ascii")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("hardware_sim.line.ends.IP_TIMEOUT_S", 0.2)
    with pytest.raises(LineError, match=r"did not end in 0\.2 s"):
        _ip("link set dev lo up")


@pytest.mark.usefixtures("line_can_run")
def test_the_commands_end_is_the_lines_and_it_can_be_told_by_socket(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    control = str(tmp_path / "line")
    tell = f"{sys.executable} -m hardware_sim.line.cli --tell {control}"
    script = f"""{tell} '{{"profile": "floor", "outage_s": 60}}'; {tell} '{{"loss": 1}}'; exit 7"""
    assert subprocess.run([*LINE, "--control", control, "--", "sh", "-c", script], check=False).returncode == 7
    first, second = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert first["outage"]
    assert first["down"]["rate_kbps"] == 300
    assert second == {"error": "loss: Extra inputs are not permitted"}
    assert cli.main(["--tell", control, "{}"]) == cli.EXIT_NOT_HERE
    assert "no line listens" in capfd.readouterr().err


@pytest.mark.usefixtures("line_can_run")
async def test_the_simulators_switch_changes_a_line_that_runs(tmp_path: Path) -> None:
    socket = tmp_path / "line"
    switch = LineSwitch(socket)
    with running("--control", str(socket)) as line, echo_at_the_near_end(line):
        await switch.become("weak-4g")
        assert line.say()["down"] == PROFILES["weak-4g"].down.model_dump()
        await switch.become("break")
        assert line.ask(20, every_ms=1) == {}
        await switch.become("clean")
        assert line.say()["outage"] is False
        assert len(line.ask(20, every_ms=1)) == 20
    with pytest.raises(SwitchError, match=f"no line answers at {socket}"):
        await switch.become("edge")


def test_where_a_line_cannot_be_made_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert cli.main(["--profile", "edge", "--", "true"]) == cli.EXIT_NOT_HERE
    assert capsys.readouterr().err.strip().endswith("run it with sudo")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("hardware_sim.line.ends.TUN", Path("/nowhere/tun"))
    assert cli.main([]) == cli.EXIT_NOT_HERE
    assert "modprobe tun" in capsys.readouterr().err
    assert cli.main(["--loss", "3"]) == cli.EXIT_NOT_HERE
    assert "loss" in capsys.readouterr().err
