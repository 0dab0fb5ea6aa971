"""What a real servo does that nobody wishes for, as the unmodified dynamixel-sdk sees it."""

import math
from time import perf_counter

import pytest
from dynamixel_sdk import GroupSyncRead

from hardware_sim.bus.body import Body, BodyTrouble
from hardware_sim.bus.heat import ROOM_C, warmed
from hardware_sim.bus.noise import Disturbance
from hardware_sim.bus.packets import Inst, Instruction
from hardware_sim.bus.servo import PLAY_DEG
from hardware_sim.bus.supply import NOMINAL_V, Supply
from tests.sim.bus_rig import (
    ACCESS,
    BOARD,
    GOAL,
    GOAL_CURRENT,
    OK,
    PAN,
    PRESENT,
    TILT,
    TIMED_OUT,
    TORQUE,
    WATCHDOG,
    Rig,
)

pytestmark = pytest.mark.timed  # the SDK waits a fifth of a second for an answer

RETURN_DELAY, OPERATING_MODE, MOVING, CURRENT, VOLTAGE, TEMPERATURE, ERROR = 9, 11, 122, 126, 144, 146, 70
PING = {PAN: (1200, OK, 0), TILT: (1200, OK, 0), BOARD: (0x5641, OK, 0)}


@pytest.mark.parametrize(
    ("trouble", "silent"),
    [
        (BodyTrouble(silent=(True, False)), PAN),
        (BodyTrouble(silent=(False, True)), TILT),
        (BodyTrouble(silent_board=True), BOARD),
    ],
)
def test_a_silent_device_costs_the_others_nothing_and_comes_back(rig: Rig, trouble: BodyTrouble, silent: int) -> None:
    rig.body.afflict(trouble)
    for device, answer in PING.items():
        if device == silent:
            assert rig.sdk.ping(rig.port, device)[1] == TIMED_OUT
        else:
            rig.until(lambda device=device, answer=answer: rig.sdk.ping(rig.port, device) == answer)
    rig.body.afflict(BodyTrouble())
    assert rig.sdk.ping(rig.port, silent) == PING[silent]


def test_a_servo_that_hears_nothing_is_stopped_by_its_own_watchdog(rig: Rig) -> None:
    rig.write(PAN, TORQUE, 1, 1)
    rig.write(PAN, WATCHDOG, 1, 5)  # 100 ms
    rig.body.afflict(BodyTrouble(silent=(True, False)))
    for _ in range(2):  # the others are spoken to all the while; a silent answer takes the SDK a fifth of a second
        assert rig.sdk.ping(rig.port, TILT) == PING[TILT]
        rig.sdk.ping(rig.port, PAN)
    rig.body.afflict(BodyTrouble())
    assert rig.read(PAN, WATCHDOG, 1, signed=True) == -1


def test_behind_a_silent_servo_a_sync_read_stays_silent(rig: Rig) -> None:
    reader = GroupSyncRead(rig.port, rig.sdk, PRESENT, 4)
    for device in (PAN, TILT):
        reader.addParam(device)
    assert reader.txRxPacket() == OK
    rig.body.afflict(BodyTrouble(silent=(True, False)))
    assert reader.txRxPacket() == TIMED_OUT
    assert rig.read(TILT, PRESENT, 4) == 2048


def test_spoilt_bytes_are_refused_by_somebody_and_never_taken_as_right(rig: Rig) -> None:
    rig.serial.disturb(Disturbance(corrupt_rate=0.02, seed=3))
    outcomes = []
    for _ in range(24):
        data, result, error = rig.sdk.readTxRx(rig.port, PAN, PRESENT, 4)
        outcomes.append(result)
        if result == OK and not error & 0x7F:
            assert int.from_bytes(bytes(data), "little") == 2048
    assert outcomes.count(OK) > 2
    assert len(outcomes) - outcomes.count(OK) > 2
    rig.serial.disturb(Disturbance())
    rig.until(lambda: rig.sdk.ping(rig.port, PAN) == PING[PAN])
    assert rig.read(PAN, PRESENT, 4) == 2048


def test_a_late_answer_misses_its_question(rig: Rig) -> None:
    rig.serial.disturb(Disturbance(late_s=0.6))
    assert rig.sdk.ping(rig.port, PAN)[1] == TIMED_OUT
    rig.until(lambda: rig.port.ser.in_waiting >= 14)  # it does come
    rig.serial.disturb(Disturbance())
    rig.port.ser.reset_input_buffer()
    assert rig.sdk.ping(rig.port, PAN) == PING[PAN]


def test_a_servo_that_is_too_hot_lets_go_until_it_has_cooled_and_was_rebooted(rig: Rig) -> None:
    rig.write(TILT, TORQUE, 1, 1)
    rig.body.afflict(BodyTrouble(hot=(False, True)))
    assert rig.sdk.ping(rig.port, TILT)[2] == 0x80
    assert (rig.read(TILT, ERROR, 1), rig.read(TILT, TORQUE, 1)) == (0x04, 0)
    assert rig.read(TILT, TEMPERATURE, 1) > 70
    assert rig.write(TILT, TORQUE, 1, 1) == 0x80 | ACCESS
    assert rig.sdk.ping(rig.port, PAN) == PING[PAN]
    rig.body.afflict(BodyTrouble())
    assert rig.read(TILT, ERROR, 1) == 0x04, "it stays until a reboot"
    assert rig.sdk.reboot(rig.port, TILT)[0] == OK
    rig.until(lambda: rig.sdk.ping(rig.port, TILT) == PING[TILT])
    assert (rig.read(TILT, ERROR, 1), rig.read(TILT, TEMPERATURE, 1)) == (0, round(ROOM_C))
    assert rig.write(TILT, TORQUE, 1, 1) == OK


@pytest.mark.parametrize(("volts", "shown"), [(3.2, 32), (7.6, 76)])
def test_a_supply_out_of_range_is_an_error_of_both(rig: Rig, volts: float, shown: int) -> None:
    rig.body.afflict(BodyTrouble(supply_v=volts))
    for device in (PAN, TILT):
        assert rig.sdk.ping(rig.port, device)[2] == 0x80
        assert (rig.read(device, ERROR, 1), rig.read(device, VOLTAGE, 2)) == (0x01, shown)


def test_the_voltage_sags_for_both_when_one_pushes(rig: Rig) -> None:
    assert rig.read(TILT, VOLTAGE, 2) == 50
    rig.write(PAN, OPERATING_MODE, 1, 5)
    rig.write(PAN, TORQUE, 1, 1)
    rig.write(PAN, GOAL_CURRENT, 2, 960)  # below what counts as overload
    rig.body.block(pan=True)
    rig.write(PAN, GOAL, 4, 3000)
    rig.until(lambda: rig.read(PAN, CURRENT, 2, signed=True) == 960)
    assert rig.read(TILT, VOLTAGE, 2) == rig.read(PAN, VOLTAGE, 2) == 48
    rig.write(PAN, TORQUE, 1, 0)
    rig.until(lambda: rig.read(TILT, VOLTAGE, 2) == 50)


def test_the_head_hangs_behind_the_servo_by_the_play_of_the_gear(rig: Rig) -> None:
    rig.write(PAN, TORQUE, 1, 1)
    for goal, side in ((2500, -1), (2300, 1), (2500, -1)):
        rig.write(PAN, GOAL, 4, goal)
        rig.until(lambda goal=goal: rig.read(PAN, PRESENT, 4) == goal and rig.read(PAN, MOVING, 1) == 0)
        shaft_deg = (goal - 2048) * 360 / 4096
        assert rig.body.pose()[0] == pytest.approx(shaft_deg + side * PLAY_DEG / 2, abs=0.06)
    before = rig.body.pose()[0]
    rig.write(PAN, GOAL, 4, 2498)  # 0.18 degrees back: the gear turns, the head does not
    rig.until(lambda: rig.read(PAN, PRESENT, 4) == 2498)
    assert rig.body.pose()[0] == pytest.approx(before, abs=0.06)


def test_the_return_delay_is_waited_for(rig: Rig) -> None:
    """Lower bounds of the time for a ping: 10 + 14 bytes at 1 Mbaud, and the delay."""
    assert rig.write(PAN, RETURN_DELAY, 1, 254) == OK
    times = []
    for _ in range(10):
        began_s = perf_counter()
        assert rig.sdk.ping(rig.port, PAN) == PING[PAN]
        times.append(perf_counter() - began_s)
    assert min(times) > 240e-6 + 508e-6


def test_a_motor_warms_with_the_square_of_its_current_and_cools_again() -> None:
    assert warmed(ROOM_C, 0, 3600) == ROOM_C
    gentle, hard = warmed(ROOM_C, 300, 60) - ROOM_C, warmed(ROOM_C, 600, 60) - ROOM_C
    assert math.isclose(hard, 4 * gentle)
    assert warmed(ROOM_C, 450, 3600) < 55, "the head's own limit of current is harmless"
    assert warmed(ROOM_C, 1500, 30) > 70, "a stalled motor is not"
    in_steps = ROOM_C
    for _ in range(60):
        in_steps = warmed(in_steps, 600, 1)
    assert math.isclose(in_steps, warmed(ROOM_C, 600, 60))
    assert ROOM_C < warmed(70, 0, 600) < 28


def test_a_motor_that_pushes_for_long_protects_itself() -> None:
    now_s = [0.0]
    body = Body(clock=lambda: now_s[0])

    def write(address: int, size: int, value: int) -> None:
        data = address.to_bytes(2, "little") + value.to_bytes(size, "little")
        body.handle(Instruction(PAN, Inst.WRITE, data))

    write(OPERATING_MODE, 1, 5)
    write(GOAL_CURRENT, 2, 1000)  # not above what counts as strain: only the heat can end it
    write(TORQUE, 1, 1)
    body.block(pan=True)
    write(GOAL, 4, 3000)
    registers = {}
    for now_s[0] in (1.0, 30.0, 120.0):
        registers = {(r.device, r.name): r.value for r in body.registers()}
    assert registers[PAN, "hardware_error_status"] == 0x04
    assert registers[PAN, "torque_enable"] == 0
    assert registers[TILT, "hardware_error_status"] == 0


def test_a_supply_gives_less_the_more_is_drawn() -> None:
    supply = Supply()
    assert supply.volts == NOMINAL_V
    supply.draw("pan", -600)
    supply.draw("tilt", 300)
    assert supply.volts == pytest.approx(NOMINAL_V - 0.15)
    supply.draw("pan", 0)
    assert supply.volts == pytest.approx(NOMINAL_V - 0.05)
