"""The simulated bus as the unmodified dynamixel-sdk sees it, through the pty."""

import os
import time
from pathlib import Path

import pytest
import serial
from dynamixel_sdk import GroupBulkRead, GroupSyncRead, GroupSyncWrite, PacketHandler

from hardware_sim.bus.body import Body
from hardware_sim.bus.port import SerialLinkError, SerialPort, make_link, remove_link
from tests.sim.bus_rig import (
    ACCELERATION,
    ACCESS,
    BOARD,
    CRC,
    GOAL,
    GOAL_CURRENT,
    INSTRUCTION,
    LENGTH,
    LIMIT,
    OK,
    PAN,
    PRESENT,
    RANGE,
    TILT,
    TIMED_OUT,
    TORQUE,
    VELOCITY,
    WAIT_S,
    WATCHDOG,
    Rig,
)

pytestmark = pytest.mark.timed  # the SDK waits a fifth of a second for an answer


def test_ping_answers_with_the_model(rig: Rig) -> None:
    assert rig.sdk.ping(rig.port, PAN) == (1200, OK, 0)
    assert rig.sdk.ping(rig.port, TILT) == (1200, OK, 0)
    assert rig.sdk.ping(rig.port, BOARD) == (0x5641, OK, 0)
    assert rig.sdk.ping(rig.port, 3)[1] == TIMED_OUT


def test_a_broadcast_ping_finds_the_servos_but_not_the_board(rig: Rig) -> None:
    assert rig.sdk.broadcastPing(rig.port) == ({PAN: [1200, 45], TILT: [1200, 45]}, OK)


def test_it_starts_in_the_middle_without_torque(rig: Rig) -> None:
    for device in (PAN, TILT):
        assert rig.read(device, TORQUE, 1) == 0
        assert rig.read(device, PRESENT, 4) == 2048
        assert rig.read(device, 144, 2) == 50
        assert 20 <= rig.read(device, 146, 1) <= 40


def test_a_write_moves_the_head_and_it_stays_on_the_goal(rig: Rig) -> None:
    assert rig.write(PAN, TORQUE, 1, 1) == OK
    assert rig.write(PAN, GOAL, 4, 2500) == OK
    rig.until(lambda: rig.read(PAN, 128, 4, signed=True) > 100)
    assert rig.read(PAN, 126, 2, signed=True) != 0
    rig.until(lambda: rig.read(PAN, PRESENT, 4) == 2500)
    rig.until(lambda: rig.read(PAN, 122, 1) == 0)
    assert rig.body.pose()[0] == pytest.approx((2500 - 2048) * 360 / 4096, abs=0.2), "but for the play of the gear"
    assert rig.read(TILT, PRESENT, 4) == 2048


def test_the_profile_registers_slow_it_down(rig: Rig) -> None:
    rig.write(PAN, ACCELERATION, 4, 50)
    rig.write(PAN, VELOCITY, 4, 40)  # 55 deg/s
    rig.write(PAN, TORQUE, 1, 1)
    rig.write(PAN, GOAL, 4, 3000)
    speeds = []
    while rig.read(PAN, PRESENT, 4) < 2600:
        speeds.append(rig.read(PAN, 128, 4, signed=True))
    assert 30 <= max(speeds) <= 41
    assert rig.read(PAN, 123, 1) & 0x32 == 0x32  # trapezoidal profile, on its way


def test_sync_write_sync_read_and_fast_sync_read(rig: Rig) -> None:
    goals = {PAN: 1900, TILT: 2200}
    writer = GroupSyncWrite(rig.port, rig.sdk, GOAL, 4)
    reader = GroupSyncRead(rig.port, rig.sdk, 126, 10)
    for device, goal in goals.items():
        rig.write(device, TORQUE, 1, 1)
        writer.addParam(device, goal.to_bytes(4, "little"))
        reader.addParam(device)
    assert writer.txPacket() == OK

    def arrived() -> bool:
        assert reader.txRxPacket() == OK
        return {device: reader.getData(device, PRESENT, 4) for device in goals} == goals

    rig.until(arrived)
    assert reader.fastSyncRead() == OK
    assert {device: reader.getData(device, PRESENT, 4) for device in goals} == goals


def test_behind_a_missing_servo_a_sync_read_stays_silent(rig: Rig) -> None:
    reader = GroupSyncRead(rig.port, rig.sdk, PRESENT, 4)
    for device in (PAN, 5, TILT):
        reader.addParam(device)
    assert reader.txRxPacket() == TIMED_OUT
    assert rig.sdk.ping(rig.port, TILT)[1] == OK


def test_bulk_read(rig: Rig) -> None:
    reader = GroupBulkRead(rig.port, rig.sdk)
    reader.addParam(PAN, 144, 2)
    reader.addParam(TILT, PRESENT, 4)
    assert reader.txRxPacket() == OK
    assert reader.getData(PAN, 144, 2) == 50
    assert reader.getData(TILT, PRESENT, 4) == 2048


def test_registered_writes_start_together(rig: Rig) -> None:
    for device in (PAN, TILT):
        rig.write(device, TORQUE, 1, 1)
        assert rig.sdk.regWriteTxRx(rig.port, device, GOAL, 4, [0, 9, 0, 0]) == (OK, 0)
        assert rig.read(device, 69, 1) == 1
        assert rig.read(device, GOAL, 4) == 2048
    rig.sdk.action(rig.port, 0xFE)
    assert [rig.read(device, GOAL, 4) for device in (PAN, TILT)] == [2304, 2304]
    assert rig.read(PAN, 69, 1) == 0


@pytest.mark.parametrize(
    ("address", "size", "value", "error"),
    [
        (GOAL, 4, 5000, LIMIT),
        (GOAL, 2, 2100, LENGTH),
        (GOAL + 1, 1, 0, LENGTH),
        (PRESENT, 4, 0, ACCESS),
        (14, 1, 0, ACCESS),
        (300, 1, 0, ACCESS),
        (65, 1, 9, RANGE),
        (11, 1, 4, RANGE),
        (WATCHDOG, 1, 200, RANGE),
        (GOAL_CURRENT, 2, 1751, LIMIT),
        (GOAL_CURRENT, 2, -1751, LIMIT),
    ],
)
def test_a_wrong_write_is_refused_by_number_and_changes_nothing(
    rig: Rig, address: int, size: int, value: int, error: int
) -> None:
    before = rig.body.registers()
    assert rig.write(PAN, address, size, value) == error
    after = rig.body.registers()
    assert [r for r in after if r.name != "realtime_tick"] == [r for r in before if r.name != "realtime_tick"]


def test_a_goal_beyond_a_lowered_limit_is_a_limit_error(rig: Rig) -> None:
    assert rig.write(PAN, 38, 2, 500) == OK
    assert rig.write(PAN, GOAL_CURRENT, 2, 501) == LIMIT
    assert rig.write(PAN, 52, 4, 2000) == OK
    assert rig.write(PAN, GOAL, 4, 1999) == LIMIT


def test_torque_locks_the_eeprom(rig: Rig) -> None:
    assert rig.write(PAN, 11, 1, 5) == OK
    rig.write(PAN, TORQUE, 1, 1)
    assert rig.write(PAN, 11, 1, 3) == ACCESS
    assert rig.read(PAN, 11, 1) == 5
    rig.write(PAN, TORQUE, 1, 0)
    assert rig.write(PAN, 11, 1, 3) == OK


def test_the_bus_watchdog_stops_the_head_and_latches(rig: Rig) -> None:
    rig.write(PAN, ACCELERATION, 4, 20)
    rig.write(PAN, VELOCITY, 4, 40)
    rig.write(PAN, TORQUE, 1, 1)
    rig.write(PAN, GOAL, 4, 4000)
    rig.until(lambda: rig.read(PAN, 128, 4, signed=True) > 30)
    assert rig.write(PAN, WATCHDOG, 1, 3) == OK  # 60 ms
    rig.until(lambda: rig.body.state().goal_pan_deg < 100)  # looks without a packet on the bus
    assert rig.read(PAN, WATCHDOG, 1, signed=True) == -1
    assert rig.read(PAN, VELOCITY, 4) == rig.read(PAN, ACCELERATION, 4) == 0
    rig.until(lambda: rig.read(PAN, 122, 1) == 0)
    stopped = rig.body.pose()[0]
    assert rig.write(PAN, GOAL, 4, 2100) == RANGE
    assert rig.write(PAN, WATCHDOG, 1, 3) == RANGE
    assert rig.body.pose()[0] == pytest.approx(stopped, abs=0.5)
    assert rig.write(PAN, WATCHDOG, 1, 0) == OK
    assert rig.write(PAN, GOAL, 4, 2100) == OK
    rig.until(lambda: rig.read(PAN, PRESENT, 4) == 2100)


def test_traffic_for_others_feeds_the_bus_watchdog(rig: Rig) -> None:
    rig.write(PAN, TORQUE, 1, 1)
    rig.write(PAN, WATCHDOG, 1, 25)
    end_s = time.monotonic() + 0.8
    while time.monotonic() < end_s:
        rig.sdk.ping(rig.port, TILT)
    assert rig.read(PAN, WATCHDOG, 1, signed=True) == 25


def test_a_blocked_head_in_position_mode_overloads_and_needs_a_reboot(rig: Rig) -> None:
    rig.write(PAN, TORQUE, 1, 1)
    rig.body.block(pan=True)
    rig.write(PAN, GOAL, 4, 3000)
    rig.until(lambda: rig.sdk.ping(rig.port, PAN)[2] == 0x80)
    assert rig.read(PAN, 70, 1) == 0x20
    assert rig.read(PAN, TORQUE, 1) == 0
    assert rig.write(PAN, TORQUE, 1, 1) == 0x80 | ACCESS
    rig.body.block(pan=False)
    assert rig.sdk.reboot(rig.port, PAN)[0] == OK
    assert rig.sdk.ping(rig.port, PAN)[1] == TIMED_OUT  # it boots
    rig.until(lambda: rig.sdk.ping(rig.port, PAN) == (1200, OK, 0))
    assert rig.read(PAN, 70, 1) == 0
    assert rig.write(PAN, TORQUE, 1, 1) == OK


def test_a_blocked_head_gives_way_in_current_based_position_mode(rig: Rig) -> None:
    rig.write(TILT, 11, 1, 5)
    rig.write(TILT, TORQUE, 1, 1)
    rig.write(TILT, GOAL_CURRENT, 2, 250)
    rig.body.block(tilt=True)
    rig.write(TILT, GOAL, 4, 2300)
    rig.until(lambda: rig.read(TILT, 126, 2, signed=True) == 250)
    assert rig.read(TILT, PRESENT, 4) == 2048
    rig.body.block(tilt=False)
    rig.until(lambda: rig.read(TILT, PRESENT, 4) == 2300)


def test_current_based_position_mode_does_not_know_the_position_limits(rig: Rig) -> None:
    rig.write(TILT, 48, 4, 2400)
    rig.write(TILT, 11, 1, 5)
    assert rig.write(TILT, GOAL, 4, 2500) == OK


def test_reboot_forgets_ram_and_keeps_eeprom_and_pose(rig: Rig) -> None:
    rig.write(TILT, 9, 1, 0)
    rig.write(TILT, 65, 1, 1)
    rig.write(TILT, TORQUE, 1, 1)
    rig.write(TILT, GOAL, 4, 2200)
    rig.until(lambda: rig.read(TILT, PRESENT, 4) == 2200)
    assert rig.sdk.reboot(rig.port, TILT) == (OK, 0)
    rig.until(lambda: rig.sdk.ping(rig.port, TILT)[1] == OK)
    assert [rig.read(TILT, address, 1) for address in (9, 65, TORQUE)] == [0, 0, 0]
    assert rig.read(TILT, PRESENT, 4) == rig.read(TILT, GOAL, 4) == 2200


def test_factory_reset_gives_back_the_start_values(rig: Rig) -> None:
    rig.write(TILT, 9, 1, 0)
    assert rig.sdk.factoryReset(rig.port, TILT, 1) == (OK, 0)
    rig.until(lambda: rig.sdk.ping(rig.port, TILT)[1] == OK)
    assert rig.read(TILT, 9, 1) == 250
    assert rig.read(PAN, 7, 1) == 1


def test_the_status_return_level_silences_answers(rig: Rig) -> None:
    assert rig.write(PAN, 68, 1, 1) == OK
    assert rig.write(PAN, 65, 1, 1) == TIMED_OUT
    assert rig.read(PAN, 65, 1) == 1
    assert rig.write(PAN, 68, 1, 0) == TIMED_OUT
    assert rig.sdk.readTxRx(rig.port, PAN, 65, 1)[1] == TIMED_OUT
    assert rig.sdk.ping(rig.port, PAN)[1] == OK


def test_an_unknown_instruction_and_a_damaged_packet_are_told_apart(rig: Rig) -> None:
    packet = [0, 0, 0, 0, PAN, 3, 0, 0x77, 0, 0]
    assert rig.sdk.txRxPacket(rig.port, packet)[1:] == (OK, INSTRUCTION)
    rig.port.is_using = False
    rig.port.writePort(bytes.fromhex("FF FF FD 00 01 03 00 01 19 4F"))
    rig.port.setPacketTimeout(11)
    answer, result = rig.sdk.rxPacket(rig.port, False)
    assert (result, answer[4], answer[8]) == (OK, PAN, CRC)


def test_the_wire_takes_its_time(rig: Rig) -> None:
    """14 bytes there, 0.5 ms return delay, 15 bytes back: 0.79 ms on the wire."""
    times = []
    for _ in range(20):
        start_s = time.perf_counter()
        rig.read(PAN, PRESENT, 4)
        times.append(time.perf_counter() - start_s)
    assert min(times) > 0.00079


def test_hostile_bytes_do_not_stop_the_bus(rig: Rig) -> None:
    broadcast_read = bytes.fromhex("FF FF FD 00 FE 09 00 8A 00 00 FF FF 01 02")
    for noise in (os.urandom(4000), b"\xff\xff\xfd\x00" * 900, broadcast_read * 50):
        rig.port.writePort(noise)
    rig.until(lambda: rig.sdk.ping(rig.port, PAN) == (1200, OK, 0))
    assert not rig.serial.ended.done()


def test_a_host_that_never_reads_does_not_block_the_bus() -> None:
    body = Body()
    bus = SerialPort(body.handle)
    with serial.Serial(bus.name, 1_000_000, timeout=0) as host:
        for _ in range(300):
            host.write(bytes.fromhex("FF FF FD 00 01 03 00 01 19 4E") * 10)
        deadline_s = time.monotonic() + WAIT_S
        while True:
            host.reset_input_buffer()
            host.write(bytes.fromhex("FF FF FD 00 01 03 00 01 19 4E"))
            time.sleep(0.05)
            if host.read(100) == bytes.fromhex("FF FF FD 00 01 07 00 55 00 B0 04 2D") + _crc_of_ping():
                break
            assert time.monotonic() < deadline_s
    bus.close()


def _crc_of_ping() -> bytes:
    handler = PacketHandler(2.0)
    packet = bytes.fromhex("FF FF FD 00 01 07 00 55 00 B0 04 2D")
    return int(handler.updateCRC(0, packet, len(packet))).to_bytes(2, "little")


def test_closing_the_port_is_an_unplugged_cable() -> None:
    bus = SerialPort(Body().handle)
    host = serial.Serial(bus.name, 1_000_000, timeout=1)
    bus.close()
    with pytest.raises(OSError, match=r"\[Errno 5\]|device"):
        host.write(b"x")
    host.close()


def test_the_link_is_made_over_leftovers_only_and_removed(tmp_path: Path) -> None:
    link = tmp_path / "servos"
    link.symlink_to("/dev/pts/nowhere")
    make_link(link, "/dev/pts/1")
    assert os.readlink(link) == "/dev/pts/1"
    remove_link(link, "/dev/pts/2")
    assert link.is_symlink()
    remove_link(link, "/dev/pts/1")
    assert not link.is_symlink()


def test_a_name_that_belongs_to_somebody_else_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("mine")
    elsewhere = tmp_path / "link"
    elsewhere.symlink_to(taken)
    for path in (taken, elsewhere, tmp_path / "no" / "folder"):
        with pytest.raises(SerialLinkError, match="choose another --serial-link"):
            make_link(path, "/dev/pts/1")
    assert taken.read_text() == "mine"
    assert os.readlink(elsewhere) == str(taken)
