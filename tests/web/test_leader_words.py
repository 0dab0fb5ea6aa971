"""What a course leader reads of each fault of the robot: docs/break-it.md has the sentences of the dictionary."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from protocol.commands import Refusal
from protocol.state import Fault

ROOT = Path(__file__).resolve().parents[2]
LEADER = ROOT / "remote_app" / "web" / "src" / "leader"


def texts(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((LEADER / "i18n" / f"leader-{language}.json").read_text(encoding="utf-8"))
    return words


def test_the_document_says_what_the_leader_reads() -> None:
    document = (ROOT / "docs" / "break-it.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^- `(\w+)`: «(.+)»$", document, re.MULTILINE))
    assert said == {fault.value: texts("nb")[f"fault.{fault}"] for fault in Fault}


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
