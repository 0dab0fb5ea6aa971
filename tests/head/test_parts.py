"""The small pure parts: registers, lights, settings, faults, blocking, reopening."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from protocol.state import Eyes, Fault, HandLight
from robot_agent.head.errors import ValueRangeError
from robot_agent.head.faults import FaultBook
from robot_agent.head.lights import Lights, eyes_value, hand_registers, shown
from robot_agent.head.registers import (
    BUS_WATCHDOG,
    CURRENT_LIMIT,
    GOAL_POSITION,
    PRESENT,
    PRESENT_POSITION,
    PRESENT_VELOCITY,
    TORQUE_ENABLE,
    hardware_error_words,
)
from robot_agent.head.reopen import ReopenPolicy
from robot_agent.head.settings import AxisSettings, HeadSettings
from robot_agent.head.watch import BlockWatch


@given(st.floats(-170, 170))
def test_an_angle_comes_back_within_half_a_step(deg: float) -> None:
    assert GOAL_POSITION.decode(GOAL_POSITION.encode(deg)) == pytest.approx(deg, abs=360 / 4096 / 2 + 1e-9)


def test_registers_of_the_manual() -> None:
    assert GOAL_POSITION.encode(0) == (2048).to_bytes(4, "little")
    assert GOAL_POSITION.encode(90) == (3072).to_bytes(4, "little")
    assert BUS_WATCHDOG.encode(300) == bytes([15])
    assert BUS_WATCHDOG.decode(b"\xff") == -20
    block = bytes(2) + (-10).to_bytes(4, "little", signed=True) + (1024).to_bytes(4, "little")
    assert PRESENT_VELOCITY.within(PRESENT, block) == pytest.approx(-13.74)
    assert PRESENT_POSITION.within(PRESENT, block) == -90


@pytest.mark.parametrize("value", [-1.0, 70_000.0, float("nan"), float("inf")])
def test_a_value_that_does_not_fit_is_refused(value: float) -> None:
    with pytest.raises(ValueRangeError, match="current_limit"):
        CURRENT_LIMIT.encode(value)


def test_hardware_errors_in_words() -> None:
    assert hardware_error_words(0b100100) == "the servo is too hot, the servo was overloaded"
    assert "0x80" in hardware_error_words(0x80)
    assert TORQUE_ENABLE.address == 64


@pytest.mark.parametrize("hand", list(HandLight))
@pytest.mark.parametrize("eyes", list(Eyes))
@pytest.mark.parametrize("private", [False, True])
def test_every_light_has_registers_that_the_board_accepts(hand: HandLight, eyes: Eyes, private: bool) -> None:
    lights = Lights(eyes, hand, private)
    registers = hand_registers(lights)
    block = bytes([eyes_value(lights), 0]) + b"".join(r.encode(v) for r, v in registers.items())
    assert shown(block, lights)
    assert not shown(bytes(8), lights)  # the host time-out is missing
    assert block[0] == list(Eyes).index(eyes)
    assert block[7] == private


def test_the_hand_light_blinks_green_below_3_hz() -> None:
    block = [int.from_bytes(r.encode(v), "little") for r, v in hand_registers(Lights(hand=HandLight.BLINK)).items()]
    assert block[:4] == [0, 180, 60, 20]
    assert list(hand_registers(Lights(hand=HandLight.ON)).values())[:4] == [0, 180, 60, 0]


def test_the_mounting_of_a_servo_is_undone() -> None:
    axis = AxisSettings(id=1, direction=-1, zero_deg=10, min_deg=-100, max_deg=100, slew_deg_s=100)
    assert axis.to_servo(30) == -20
    assert axis.to_head(-20) == 30


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("board_id = 1", "head board"),
        ("rest_tilt_deg = 80", "rest_tilt_deg"),
        ("[pan]\nid = 1\nmin_deg = 10\nmax_deg = -10\nslew_deg_s = 5", "min_deg"),
        ("[pan]\nid = 1\nzero_deg = 20\nmin_deg = -175\nmax_deg = 175\nslew_deg_s = 5", "single turn"),
        ("[tilt]\nid = 300\nmin_deg = -1\nmax_deg = 1\nslew_deg_s = 5", "tilt.id"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "head.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=key):
        load_settings(HeadSettings, file)


def test_a_part_of_an_axis_may_be_set(tmp_path: Path) -> None:
    file = tmp_path / "head.toml"
    file.write_text("[pan]\nslew_deg_s = 90\n[tilt]\ndirection = -1", encoding="utf-8")
    settings = load_settings(HeadSettings, file)
    assert (settings.pan.slew_deg_s, settings.pan.max_deg) == (90, 175)
    assert (settings.tilt.direction, settings.tilt.id) == (-1, 2)


def test_faults_are_told_when_their_words_change() -> None:
    told: list[tuple[Fault, str | None]] = []
    book = FaultBook(lambda fault, words: told.append((fault, words)))
    book.note(Fault.HEAD, "pan", None)
    book.note(Fault.HEAD, "pan", "a")
    book.note(Fault.HEAD, "pan", "a")
    book.note(Fault.HEAD, "tilt", "b")
    book.note(Fault.HEAD, "pan", None)
    book.note(Fault.HEAD, "tilt", None)
    assert told == [
        (Fault.HEAD, "a"),
        (Fault.HEAD, "a; b"),
        (Fault.HEAD, "b"),
        (Fault.HEAD, None),
    ]


def looks(watch: BlockWatch, start: float, wanted: float = 20, *, pushing: bool = False) -> list[bool]:
    """What the watch says of a head that stands at 0, looked at for half a second."""
    return [watch.update(wanted, 0, 0, start + tick * 0.05, pushing=pushing) for tick in range(11)]


def test_a_head_that_does_not_follow_is_blocked_until_it_moves() -> None:
    watch = BlockWatch()
    assert looks(watch, 1.0) == [False] * 10 + [True]
    assert watch.blocked
    assert not watch.update(0, 0, 0, 1.6)
    assert watch.blocked
    watch.update(5, 4, 50, 1.7)
    assert not watch.blocked


def test_seldom_looks_of_a_busy_computer_find_nothing_blocked() -> None:
    watch = BlockWatch()
    assert not any(watch.update(20, 0, 0, t * 0.4) for t in range(6))


def test_a_head_that_lags_but_moves_is_not_blocked() -> None:
    watch = BlockWatch()
    assert not any(watch.update(20 + t, t, 100, t * 0.1) for t in range(30))


def test_a_head_that_pushes_is_blocked_at_a_smaller_distance() -> None:
    assert looks(BlockWatch(), 1.0, wanted=4, pushing=True)[-1]
    assert not any(looks(BlockWatch(), 1.0, wanted=4)), "without force it only lags"
    assert not any(looks(BlockWatch(), 1.0, wanted=1, pushing=True))


def test_a_block_is_forgotten_when_nobody_tries_again() -> None:
    watch = BlockWatch()
    assert looks(watch, 1.0)[-1]
    watch.update(0, 0, 0, 11.0)
    assert watch.blocked
    watch.update(0, 0, 0, 12.5)
    assert not watch.blocked


def test_reopening_waits_longer_each_time_and_begins_anew() -> None:
    policy = ReopenPolicy()
    assert [policy.delay_s() for _ in range(6)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    policy.worked()
    assert policy.delay_s() == 0.2
