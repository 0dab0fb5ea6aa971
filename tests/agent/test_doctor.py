"""`av1-robot doctor`: its words, its limits, and a whole look at a simulated robot with and without its parts."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import robot_agent.doctor
from robot_agent.cli import EXIT_WRONG_SETTING, main, parser
from robot_agent.doctor.computer import judge_clock, judge_load
from robot_agent.doctor.finding import Check, Finding, Verdict, examine, in_thread, ok
from robot_agent.doctor.network import NetworkChecks
from robot_agent.doctor.report import checks_of
from robot_agent.doctor.sound import SoundChecks
from robot_agent.doctor.words import EN, NB
from robot_agent.pairing.store import Pairing, with_pairing
from robot_agent.settings import RobotSettings
from tests.agent.body import Simulator, robot_settings
from tests.broker import free_port, running_broker

BLANK = re.compile(r"\{(\w+)")
USED = re.compile(r"(?:ok|note|wrong)\(\s*\"(\w+)\"")


@pytest.fixture(scope="module")
def patient(other_simulator: Simulator) -> Iterator[Simulator]:
    """A body without a robot, in a room where nobody talks."""
    other_simulator.post("room-sound", kind="pause")
    yield other_simulator
    other_simulator.post("room-sound", kind="course")


def quick(settings: Path) -> Path:
    """The simulated camera as it is, and no wish for a rate that a busy machine may miss."""
    text = settings.read_text().replace("[camera]\n", "[camera]\nwidth = 640\nheight = 360\nfps = 5\n")
    settings.write_text(text)
    return settings


def verdicts(said: str) -> dict[str, str]:
    return {check["name"]: check["verdict"] for check in json.loads(said)["checks"]}


def test_both_languages_have_every_sentence_that_is_used_with_the_same_blanks() -> None:
    assert set(NB) == set(EN)
    for key, text in NB.items():
        assert set(BLANK.findall(text)) == set(BLANK.findall(EN[key])), key
    sources = Path(robot_agent.doctor.__file__).parent.glob("*.py")
    used = {key for source in sources for key in USED.findall(source.read_text(encoding="utf-8"))}
    names = {check.name for check in checks_of(RobotSettings(), ())}
    assert len(used) > 30
    frame = {"looking", "all_ok", "some_wrong"} | {f"verdict.{verdict}" for verdict in Verdict}
    assert used | names | frame == set(NB)


def test_a_whole_robot_is_well(tmp_path: Path, patient: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    with running_broker(tmp_path) as broker:
        settings = quick(robot_settings(tmp_path, patient, broker))
        code = main(["doctor", "--config", str(settings), "--json", "--language", "en"])
    said = capsys.readouterr()
    found = verdicts(said.out)
    for by_speed in ("cpu", "camera"):  # what they find depends on the machine, and is judged by rules of their own
        del found[by_speed]
    slow_machine = "wrong" in verdicts(said.out).values()
    assert {name for name, verdict in found.items() if verdict == "wrong"} == set(), said.out
    assert found["turn"] == "note", "none is named"
    assert {name for name, verdict in found.items() if verdict == "ok"} >= set(found) - {"turn", "clock"}
    assert code == int(slow_machine)
    assert json.loads(said.out)["ok"] is not slow_machine
    assert len(said.err.splitlines()) == len(found) + 2, "a line of progress for each"


def test_a_robot_without_its_parts_hears_about_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    arguments = ["--serial", "/nowhere/bus", "--camera", f"http://127.0.0.1:{port}/c", "--sound", "socket:/nowhere"]
    assert main([*arguments, "--broker", f"mqtt://127.0.0.1:{port}", "doctor"]) == 1
    said = capsys.readouterr().out
    for key in ("serial_closed", "needs_serial", "camera_silent", "sound_closed", "needs_sound", "broker_refused"):
        start = NB[key].format_map(
            {"port": "/nowhere/bus", "device": "socket:/nowhere", "url": f"mqtt://127.0.0.1:{port}"}
        )
        assert start in said, key
    assert NB["cpu"] in said, "what is there is looked at all the same"
    assert "av1-robot doctor" in said.splitlines()[-1]


def test_a_speaker_that_is_off_is_noticed(patient: Simulator) -> None:
    patient.post("speaker", speaker_gain=0.0)
    try:
        checks = SoundChecks(f"socket:{patient.where['sound']}").checks()
        results = asyncio.run(examine(checks, lambda check: None, lambda result: None))
    finally:
        patient.post("speaker", speaker_gain=1.0)
    assert {result.name: result.finding.key for result in results} == {
        "microphone": "microphone_ok",
        "speaker": "speaker_ok",
        "echo": "echo_not_heard",
    }


async def test_a_broker_that_does_not_know_the_password_is_named() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1000):
            writer.write(bytes((0x20, 0x02, 0x00, 0x05)))  # CONNACK: not authorized (MQTT 3.1.1, 3.2.2.3)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        checks = NetworkChecks("vefsn", f"mqtt://vefsn:hush@127.0.0.1:{port}", ()).checks()
        broker, _ = await examine(checks, lambda check: None, lambda result: None)
    assert (broker.finding.verdict, broker.finding.key) == (Verdict.WRONG, "broker_password")
    assert "hush" not in str(broker)


async def test_a_robot_that_belongs_to_nobody_is_told_how_to_be_paired() -> None:
    async def broker(settings: RobotSettings) -> Finding:
        (check,) = (check for check in checks_of(settings, ()) if check.name == "broker")
        return await check.look()

    found = await broker(RobotSettings())
    assert (found.verdict, found.key) == (Verdict.WRONG, "not_paired")
    assert "av1-app pair" in NB[found.key]
    nobody = Pairing(robot="vefsn", mqtt_url=f"mqtt://vefsn:secret@127.0.0.1:{free_port()}")
    assert (await broker(with_pairing(RobotSettings(), nobody))).key == "broker_refused"


async def test_one_that_hangs_and_one_that_fails_cost_the_others_nothing() -> None:
    async def hangs() -> Finding:
        return await in_thread(lambda: time.sleep(0.3) or ok("serial_ok"))  # type: ignore[func-returns-value]

    async def fails() -> Finding:
        raise ZeroDivisionError("a fault of ours")

    async def works() -> Finding:
        return await in_thread(lambda: ok("serial_ok"))

    begun: list[str] = []
    checks = [Check("a", 0.05, hangs), Check("b", 5, fails), Check("c", 5, works)]
    results = await examine(checks, lambda check: begun.append(check.name), lambda result: None)
    assert begun == ["a", "b", "c"]
    assert [result.finding.key for result in results] == ["too_slow", "unexpected", "serial_ok"]
    assert "a fault of ours" in results[1].finding.detail


@pytest.mark.parametrize(
    ("share", "others", "key"),
    [(0.2, 0.1, "cpu_ok"), (0.6, 0.1, "cpu_tight"), (0.9, 0.1, "cpu_slow"), (0.2, 1.5, "cpu_busy")],
)
def test_head_room(share: float, others: float, key: str) -> None:
    assert judge_load(share, others).key == key


@pytest.mark.parametrize(
    ("now_s", "synced", "key"),
    [(2e9, True, "clock_ok"), (2e9, None, "clock_ok"), (2e9, False, "clock_unset"), (0.0, True, "clock_wrong")],
)
def test_the_clock(now_s: float, synced: bool | None, key: str) -> None:
    assert judge_clock(now_s, 1.7e9, synced).key == key


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor", "--config", "/nowhere/robot.toml"],
        ["--sound", "gramophone", "doctor"],
        ["doctor", "--turn", "/nowhere/turn.json"],
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == EXIT_WRONG_SETTING == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_setting_before_the_command_counts_and_one_behind_it_too() -> None:
    before: Any = parser().parse_args(["--serial", "/dev/a", "doctor"])
    behind: Any = parser().parse_args(["doctor", "--serial", "/dev/b"])
    both: Any = parser().parse_args(["--serial", "/dev/a", "doctor", "--serial", "/dev/b"])
    assert (before.serial, behind.serial, both.serial) == ("/dev/a", "/dev/b", "/dev/b")
    assert parser().parse_args([]).command is None
