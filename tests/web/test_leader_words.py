"""What a course leader reads of each fault of the robot: docs/break-it.md has the sentences of the dictionary."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from protocol.commands import Refusal
from protocol.state import Fault

ROOT = Path(__file__).resolve().parents[2]
REASONS = {Fault.HEAD_POWER, Fault.HEAD_HOT, Fault.HEAD_BLOCKED}  # that the head does not turn is not told beside them
LEADER = ROOT / "remote_app" / "web" / "src" / "leader"


def texts(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((LEADER / "i18n" / f"leader-{language}.json").read_text(encoding="utf-8"))
    return words


def places() -> list[str]:
    """The faults in the order in which the page tells them."""
    source = (LEADER / "faults.ts").read_text(encoding="utf-8")
    found = re.findall(r"^  (\w+): (\d+),$", source, re.MULTILINE)
    return [name for name, _ in sorted(found, key=lambda one: int(one[1]))]


def switches() -> list[tuple[str, str, str]]:
    """For each switch of the simulator: its name, what the robot says, and what the leader reads first."""
    table = (ROOT / "docs" / "break-it.md").read_text(encoding="utf-8").split("\n## ")[0]
    rows = [line.strip()[1:-1].split("|") for line in table.splitlines() if line.startswith("| `")]
    return [(row[0].strip(), row[3].strip(), row[5].strip()) for row in rows]


def test_the_document_says_what_the_leader_reads() -> None:
    document = (ROOT / "docs" / "break-it.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^- `(\w+)`: «(.+)»$", document, re.MULTILINE))
    assert said == {fault.value: texts("nb")[f"fault.{fault}"] for fault in Fault}


def test_the_document_says_what_the_leader_reads_first_for_every_switch() -> None:
    words, order = texts("nb"), places()
    assert sorted(order) == sorted(Fault), "each fault has a place, and no two the same"
    seen: set[str] = set()
    for switch, says_robot, reads in switches():
        faults = {name for name in re.findall(r"`(\w+)`", says_robot) if name in order}
        told = sorted(faults - ({Fault.HEAD} if faults & REASONS else set()), key=order.index)
        if says_robot.startswith("lifts"):
            assert reads == "«Batteri 80 %, lader»" == f"«{words['robot.charging'].format(percent=80)}»", switch
        elif told:
            assert reads == f"«{re.split(r'(?<=[.]) ', words[f'fault.{told[0]}'])[0]}»", switch
            seen |= faults
        else:
            assert reads in ("", "the same"), switch
    assert seen == set(Fault) - {Fault.RELAY, Fault.SPEECH}, (
        "what no switch makes: a network, and a voice that is not there"
    )


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_fault_has_a_sentence_that_says_what_to_do(language: str) -> None:
    words = texts(language)
    for fault in Fault:
        assert len(re.findall(r"[.!?](?: |$)", words[f"fault.{fault}"])) >= 2, fault


def test_every_refusal_that_a_leader_is_told_of_is_one_of_the_robots() -> None:
    source = (LEADER / "orders.ts").read_text(encoding="utf-8")
    told = re.findall(r'^  (\w+): "refused\.', source, re.MULTILINE)
    assert told
    assert set(told) <= {reason.value for reason in Refusal}
