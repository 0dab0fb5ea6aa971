"""The head board: its table, its limits as ROBOTIS' slave library, the lost host, battery and button."""

import pytest

from hardware_sim.bus.bus import Bus
from hardware_sim.bus.headboard import BOARD_ID, FAULT_RED, START_PERCENT, Eyes, HeadBoard
from hardware_sim.bus.packets import BROADCAST_ID, Damaged, Err, Inst, Instruction, Status

EYES, HAND, BLINK, HOST_TIMEOUT, PRIVACY = 64, 66, 69, 70, 71


def read(board: HeadBoard, address: int, size: int, now_s: float = 0.0) -> bytes | None:
    params = address.to_bytes(2, "little") + size.to_bytes(2, "little")
    status = board.execute(Instruction(BOARD_ID, Inst.READ, params), now_s)
    assert status is None or status.error == 0
    return status.params if status else None


def write(board: HeadBoard, address: int, data: bytes, now_s: float = 0.0) -> Status | None:
    return board.execute(Instruction(BOARD_ID, Inst.WRITE, address.to_bytes(2, "little") + data), now_s)


def test_it_says_who_it_is() -> None:
    board = HeadBoard(0.0)
    assert board.execute(Instruction(BOARD_ID, Inst.PING), 0.0) == Status(BOARD_ID, 0, b"AV\x01"[:2] + b"\x01")
    assert read(board, 0, 8) == b"AV\0\0\0\0\x01\x0a"


def test_unknown_addresses_are_zeros_and_swallow_writes() -> None:
    board = HeadBoard(0.0)
    assert read(board, 72, 56) == bytes(56)
    assert read(board, 5000, 3) == bytes(3)
    assert write(board, 20, b"\x05") == Status(BOARD_ID)
    assert read(board, 20, 1) == b"\0"


def test_an_item_that_is_asked_for_in_part_is_passed_over() -> None:
    board = HeadBoard(0.0)
    whole = read(board, 130, 2)
    assert whole is not None
    assert int.from_bytes(whole, "little") > 3000
    assert read(board, 130, 1) == b"\0"
    assert read(board, 131, 1) == b"\0"


@pytest.mark.parametrize(
    "packet",
    [
        Instruction(BROADCAST_ID, Inst.PING),
        Instruction(BROADCAST_ID, Inst.READ, bytes((64, 0, 1, 0))),
        Instruction(BROADCAST_ID, Inst.SYNC_READ, bytes((64, 0, 1, 0, BOARD_ID))),
        Instruction(BROADCAST_ID, Inst.FAST_SYNC_READ, bytes((64, 0, 1, 0, BOARD_ID))),
        Instruction(BROADCAST_ID, Inst.SYNC_WRITE, bytes((64, 0, 1, 0, BOARD_ID, 2))),
        Instruction(BROADCAST_ID, Inst.WRITE, bytes((64, 0, 2))),
        Instruction(BOARD_ID, Inst.REG_WRITE, bytes((64, 0, 2))),
        Instruction(BOARD_ID, Inst.ACTION),
        Instruction(BOARD_ID, Inst.REBOOT),
        Instruction(BOARD_ID, 0x77),
        Instruction(BOARD_ID, Inst.READ, bytes((64, 0))),
        Instruction(BOARD_ID, Inst.READ, bytes((0, 0, 0, 1))),
        Instruction(BOARD_ID, Inst.WRITE, bytes((64, 0))),
        Damaged(BOARD_ID),
    ],
)
def test_whatever_the_library_does_not_do_meets_silence(packet: Instruction | Damaged) -> None:
    board = HeadBoard(0.0)
    bus = Bus((), board)
    assert bus.handle(packet, 0.0) == []
    assert board.lights(0.0).eyes is Eyes.CLOSED


def test_eyes_and_hand_light_show_what_is_written() -> None:
    board = HeadBoard(0.0)
    assert write(board, EYES, b"\x02") == Status(BOARD_ID)
    assert write(board, HAND, bytes((10, 20, 30, 15, 0, 1))) == Status(BOARD_ID)
    lights = board.lights(0.0)
    assert lights.eyes is Eyes.HAPPY
    assert lights.hand_rgb == (10, 20, 30)
    assert lights.half_period_s == pytest.approx(0.3)
    assert lights.privacy
    assert not lights.fault


@pytest.mark.parametrize(("address", "value"), [(EYES, 5), (BLINK, 1), (BLINK, 8), (PRIVACY, 2)])
def test_a_value_out_of_range_is_refused_and_the_old_one_stays(address: int, value: int) -> None:
    board = HeadBoard(0.0)
    assert write(board, address, bytes((value,))) == Status(BOARD_ID, Err.DATA_RANGE)
    assert read(board, address, 1) == b"\0"


@pytest.mark.parametrize("value", [0, 9, 255])
def test_a_blink_below_three_hertz_is_taken(value: int) -> None:
    board = HeadBoard(0.0)
    assert write(board, BLINK, bytes((value,))) == Status(BOARD_ID)


def test_in_one_packet_the_items_before_the_refused_one_count() -> None:
    board = HeadBoard(0.0)
    assert write(board, HAND, bytes((1, 2, 3, 4))) == Status(BOARD_ID, Err.DATA_RANGE)
    assert read(board, HAND, 4) == bytes((1, 2, 3, 0))


def test_what_can_only_be_read_is_not_written() -> None:
    board = HeadBoard(0.0)
    assert write(board, 7, b"\x0b") == Status(BOARD_ID, Err.ACCESS)
    assert write(board, 128, b"\x01") == Status(BOARD_ID, Err.ACCESS)
    assert read(board, 7, 1) == b"\x0a"


def test_a_lost_host_is_shown_until_the_lights_are_written_again() -> None:
    board = HeadBoard(0.0)
    write(board, EYES, b"\x01")
    write(board, HOST_TIMEOUT, b"\x05", 10.0)
    assert not board.lights(10.4).fault
    read(board, EYES, 1, 10.4)  # any valid packet for the board counts
    assert not board.lights(10.8).fault
    lost = board.lights(10.95)
    assert (lost.fault, lost.eyes, lost.hand_rgb, lost.half_period_s) == (True, Eyes.CLOSED, FAULT_RED, 0.25)
    read(board, EYES, 1, 11.0)
    write(board, PRIVACY, b"\x01", 11.0)
    assert board.lights(11.0).fault
    write(board, HAND, b"\0", 11.1)
    shown = board.lights(11.1)
    assert (shown.fault, shown.eyes, shown.hand_rgb) == (False, Eyes.NEUTRAL, (0, 0, 0))


def test_without_a_host_timeout_nothing_is_ever_lost() -> None:
    assert not HeadBoard(0.0).lights(1e6).fault


def test_the_button_is_measured_while_it_is_down_and_counted_when_it_comes_up() -> None:
    board = HeadBoard(0.0)
    assert board.press("short", 1.0)
    assert not board.press("long", 1.05)
    assert read(board, 132, 3, 1.1) == bytes((1, 0, 1))
    assert read(board, 132, 3, 1.3) == bytes((0, 1, 1))
    assert board.press("long", 2.0)
    assert read(board, 132, 3, 2.9) == bytes((1, 1, 9))
    assert read(board, 132, 3, 5.0) == bytes((0, 2, 12))
    assert board.press("very_long", 6.0)
    assert read(board, 132, 3, 11.5) == bytes((1, 2, 55))
    assert read(board, 132, 3, 12.5) == bytes((0, 3, 60))


def test_the_counter_wraps_at_256() -> None:
    board = HeadBoard(0.0)
    for press in range(256):
        board.press("short", float(press))
    assert read(board, 133, 1, 256.0) == b"\0"


def test_battery_voltage_follows_the_charge() -> None:
    board = HeadBoard(0.0)
    voltages = []
    for percent in (0, 50, 100):
        board.set_battery(percent, 0.0)
        data = read(board, 128, 4)
        assert data is not None
        assert data[0] == percent
        voltages.append(int.from_bytes(data[2:], "little"))
    assert voltages == sorted(set(voltages))
    board.set_charging(True, 0.0)
    assert read(board, 129, 1) == b"\x01"


def test_a_battery_empties_and_fills_at_its_pace_and_stays_within_its_ends() -> None:
    board = HeadBoard(0.0)

    def figures(now_s: float) -> tuple[int, int]:
        data = read(board, 128, 4, now_s)
        assert data is not None
        return data[0], data[1]

    assert figures(3600.0) == (START_PERCENT, 0), "without a pace it stays"
    board.set_battery_pace(6.0, 3600.0)
    assert figures(3610.0) == (START_PERCENT - 1, 0)
    assert figures(3660.0) == (START_PERCENT - 6, 0)
    board.set_charging(True, 3660.0)
    assert figures(3690.0) == (START_PERCENT - 3, 1)
    assert figures(9000.0) == (100, 1)
    board.set_charging(False, 9000.0)
    assert figures(9010.0) == (99, 0), "it was full, no more"
    board.set_battery(50, 9010.0)
    board.set_battery_pace(0.0, 9040.0)
    assert figures(99_000.0) == (47, 0)
    board.set_battery_pace(100.0, 99_000.0)
    assert figures(99_060.0) == (0, 0)
