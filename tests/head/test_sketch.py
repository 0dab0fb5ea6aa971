"""The head board's sketch: its addresses, that it compiles, and that it does what the simulated board does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware_sim.bus.headboard import BOARD, BOARD_ID, FIRMWARE, HeadBoard
from hardware_sim.bus.packets import Inst, Instruction
from robot_agent.head import registers
from robot_agent.head.registers import HEAD_BOARD, Register
from robot_agent.head.settings import HeadSettings

DOCS = Path(__file__).resolve().parents[2] / "docs" / "hardware"
SKETCH = DOCS / "head_board" / "head_board.ino"
HOST = Path(__file__).with_name("sketch_host.cpp")
CONSTANT = re.compile(r"^const uint\d+_t (\w+) = (0x[0-9A-Fa-f]+|\d+);", re.MULTILINE)
PRICE = re.compile(r"^\| .* \| (\d+) \|$", re.MULTILINE)
BUDGET_EUR = 350


def constants() -> dict[str, int]:
    return {name: int(value, 0) for name, value in CONSTANT.findall(SKETCH.read_text(encoding="utf-8"))}


def ours() -> dict[str, Register]:
    """The head board's registers as the robot knows them."""
    found = {name: value for name, value in vars(registers).items() if name.startswith("BOARD_")}
    return {register.name: register for register in found.values() if isinstance(register, Register)}


def test_sketch_robot_and_simulator_have_one_table() -> None:
    sketch = {name.removeprefix("ADDR_").lower(): value for name, value in constants().items() if "ADDR_" in name}
    robot = {register.name.removesuffix("_ms"): register for register in ours().values()}
    assert sketch == {name: register.address for name, register in robot.items()}
    simulated = {item.name: item for item in BOARD if item.address >= 64}
    assert set(simulated) == set(robot)
    for name, register in robot.items():
        assert (simulated[name].address, simulated[name].size) == (register.address, register.size), name
    assert constants()["MODEL_NUMBER"] == HEAD_BOARD
    assert constants()["BOARD_ID"] == HeadSettings().board_id == BOARD_ID
    assert constants()["FIRMWARE"] == FIRMWARE


def test_the_parts_cost_what_the_list_says_and_no_more_than_they_may() -> None:
    text = (DOCS / "parts.md").read_text(encoding="utf-8")
    prices = [int(price) for price in PRICE.findall(text)]
    assert len(prices) > 10
    assert f"**{sum(prices)} €**" in text
    assert sum(prices) <= BUDGET_EUR
    assert "UNTESTED ON HARDWARE" in text
    assert "UNTESTED ON HARDWARE" in SKETCH.read_text(encoding="utf-8")


class Built:
    """The sketch as a program, fed with the same events as a simulated board."""

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.simulated = HeadBoard(0.0)
        self.now_s = 0.0

    def say(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def wait(self, milliseconds: int) -> None:
        self.say(f"t {milliseconds}")
        self.now_s += milliseconds / 1000

    def write(self, address: int, data: bytes) -> None:
        params = address.to_bytes(2, "little") + data
        status = self.simulated.execute(Instruction(BOARD_ID, Inst.WRITE, params), self.now_s)
        assert status is not None
        assert int(self.say(f"w {address} {data.hex()}")) == status.error

    def same(self, address: int, size: int) -> bytes:
        params = address.to_bytes(2, "little") + size.to_bytes(2, "little")
        status = self.simulated.execute(Instruction(BOARD_ID, Inst.READ, params), self.now_s)
        assert status is not None
        assert self.say(f"r {address} {size}") == status.params.hex()
        return status.params

    def faulty(self) -> bool:
        """Both show the fault, or neither."""
        simulated = self.simulated.lights(self.now_s).fault
        top, eyes, _ = self.say("p").split()
        assert (eyes == "00") == (simulated or not self.simulated.memory.get("eyes")), "closed eyes have no first row"
        assert simulated == (top in ("ff0000", "000000"))
        return simulated

    def close(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sketch")
    for header in ("Adafruit_NeoPixel.h", "Dynamixel2Arduino.h", "Wire.h"):
        (folder / header).touch()
    compiler = shutil.which("g++")
    assert compiler is not None, "build-essential is what PyAudio is compiled with too"
    built = folder / "board"
    options = ["-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{folder}", f'-DSKETCH="{SKETCH}"', "-o", str(built)]
    subprocess.run([compiler, *options, str(HOST)], check=True)
    return built


@pytest.fixture
def both(program: Path) -> Iterator[Built]:
    built = Built(program)
    yield built
    built.close()


def test_lights_are_taken_and_wrong_values_refused(both: Built) -> None:
    both.write(64, b"\x02")
    both.write(66, bytes((10, 20, 30, 15, 0, 1)))
    both.wait(20)
    assert both.say("p") == "0a141e 00 1"  # happy eyes begin with a dark row
    for address, value in ((64, 5), (69, 8), (71, 2), (128, 1), (134, 1)):
        both.write(address, bytes((value,)))
    both.write(66, bytes((1, 2, 3, 4)))
    both.same(64, 8)
    both.same(0x200, 4)


def test_the_fault_pattern_comes_by_itself_and_goes_when_lights_are_written(both: Built) -> None:
    both.write(64, b"\x01")
    both.write(66, bytes((0, 180, 60, 0, 15, 0)))
    both.wait(1400)
    assert not both.faulty()
    both.same(128, 1)
    both.wait(1400)
    assert not both.faulty(), "a read feeds it too"
    both.wait(200)
    assert both.faulty()
    both.write(71, b"\x01")
    both.wait(10)
    assert both.faulty(), "not by the privacy light"
    both.write(66, bytes((0, 180, 60)))
    both.wait(10)
    assert not both.faulty()


@pytest.mark.parametrize(("kind", "milliseconds"), [("short", 150), ("long", 1200), ("very_long", 6000)])
def test_the_button_is_measured_as_the_simulated_one(both: Built, kind: str, milliseconds: int) -> None:
    both.wait(50)
    assert both.simulated.press(kind, both.now_s)  # type: ignore[arg-type]
    both.say("b 1")
    both.wait(milliseconds - 30)
    assert both.same(132, 3)[0] == 1
    both.wait(30)
    both.say("b 0")
    both.wait(100)
    assert both.same(132, 3) == bytes((0, 1, milliseconds // 100))


def test_a_button_that_bounces_is_one_press(both: Built) -> None:
    for level in (1, 0, 1, 0, 1):
        both.say(f"b {level}")
        both.wait(5)
    both.wait(300)
    for level in (0, 1, 0):
        both.say(f"b {level}")
        both.wait(5)
    both.wait(100)
    assert both.say("r 132 2") == "0001"
