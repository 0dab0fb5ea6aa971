"""The doctor looks at the bus: what is silent, foreign, hurt or taken is named, and the rest is looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from robot_agent.doctor.finding import Result, Verdict, examine
from robot_agent.doctor.head import HeadChecks
from robot_agent.head.bus import Bus
from robot_agent.head.settings import HeadSettings, SerialSettings
from tests.head.fake_bus import FakeBus


async def look(port: str) -> dict[str, str]:
    """The key of each finding, by the check's name; those that are well begin with `ok:`."""
    checks = HeadChecks(SerialSettings(port=port), HeadSettings()).checks()
    results: tuple[Result, ...] = await examine(checks, lambda check: None, lambda result: None)
    return {r.name: ("ok:" if r.finding.verdict is Verdict.OK else "") + r.finding.key for r in results}


WELL = {"serial": "ok:serial_ok", "servo_pan": "ok:servo_ok", "servo_tilt": "ok:servo_ok", "board": "ok:board_ok"}


async def test_a_body_that_is_well(fake: FakeBus) -> None:
    assert await look(str(fake.path)) == WELL
    written = [write for device in fake.devices.values() for write in device.writes]
    assert written == [], "a doctor looks and moves nothing"


def silence(device: int) -> Callable[[FakeBus], None]:
    return lambda fake: fake.faults.silent.add(device)


def put(device: int, address: int, data: bytes) -> Callable[[FakeBus], None]:
    def change(fake: FakeBus) -> None:
        fake.devices[device].table[address : address + len(data)] = data

    return change


def turn(fake: FakeBus) -> None:
    fake.tilt.deg = 80


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (silence(2), {"servo_tilt": "servo_silent"}),
        (silence(10), {"board": "board_silent"}),
        (put(1, 0, b"\x24\x04"), {"servo_pan": "servo_other"}),
        (put(2, 70, b"\x04"), {"servo_tilt": "servo_protects_itself"}),
        (put(10, 0, b"\x01\x01"), {"board": "board_other"}),
        (put(10, 128, b"\x05"), {"board": "battery_low"}),
        (turn, {"servo_tilt": "servo_turned"}),
    ],
    ids=["a silent servo", "a silent board", "another servo", "a hot servo", "no board", "battery", "turned by hand"],
)
async def test_one_part_that_is_not_well(fake: FakeBus, harm: Callable[[FakeBus], None], found: dict[str, str]) -> None:
    harm(fake)
    assert await look(str(fake.path)) == WELL | found


async def test_a_port_that_another_program_has(fake: FakeBus) -> None:
    bus = Bus(str(fake.path), 1_000_000, 0.006)
    try:
        found = await look(str(fake.path))
    finally:
        bus.close()
    assert found == dict.fromkeys(WELL, "needs_serial") | {"serial": "serial_busy"}
