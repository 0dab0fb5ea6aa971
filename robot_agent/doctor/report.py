"""`av1-robot doctor`: the checks in their order, a line for each as soon as it is known, and the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Final, TextIO

from protocol.ice import IceServer
from robot_agent.doctor.camera import CameraCheck
from robot_agent.doctor.computer import ComputerChecks
from robot_agent.doctor.finding import Check, Finding, Result, Verdict, examine
from robot_agent.doctor.head import HeadChecks
from robot_agent.doctor.network import NetworkChecks
from robot_agent.doctor.sound import SoundChecks
from robot_agent.doctor.words import WORDS
from robot_agent.media.camera import CameraSettings
from robot_agent.pairing.store import has_broker
from robot_agent.settings import RobotSettings
from robot_agent.words import Language

ALL_GOOD: Final = 0
SOMETHING_WRONG: Final = 1
NAME_WIDTH: Final = 19


def checks_of(settings: RobotSettings, servers: Sequence[IceServer]) -> list[Check]:
    """Every check, in the order in which somebody would put the robot together."""
    camera = settings.camera
    return [
        *HeadChecks(settings.serial, settings.head).checks(),
        *CameraCheck(CameraSettings(camera.source, camera.width, camera.height, camera.fps)).checks(),
        *SoundChecks(settings.sound.device).checks(),
        *ComputerChecks().checks(),
        *NetworkChecks(
            settings.robot.id, settings.mqtt.url if has_broker(settings) else None, servers, settings.mqtt.ca_file
        ).checks(),
    ]


def sentence(finding: Finding, language: Language) -> str:
    """What was found and what to do, in words."""
    return WORDS[language][finding.key].format(**finding.facts)


class Progress:
    """Writes each line when it is known; on a terminal, also what is being looked at."""

    def __init__(self, out: TextIO, language: Language) -> None:
        self._out = out
        self._words = WORDS[language]
        self._language = language
        self._live = out.isatty()

    def begins(self, check: Check) -> None:
        """A check has begun."""
        if self._live:
            self._out.write(f"\r{self._name(check.name)} {self._words['looking']}\033[K")
            self._out.flush()

    def ends(self, result: Result) -> None:
        """A check is done."""
        verdict = self._words[f"verdict.{result.finding.verdict}"]
        self._out.write("\r\033[K" if self._live else "")
        self._out.write(f"{self._name(result.name)} {verdict:5} {sentence(result.finding, self._language)}\n")
        if result.finding.detail:
            self._out.write(f"{'':{NAME_WIDTH}}       ({result.finding.detail})\n")
        self._out.flush()

    def over(self, results: Sequence[Result]) -> None:
        """All of it in one sentence."""
        bad = sum(result.finding.verdict is Verdict.WRONG for result in results)
        end = self._words["some_wrong"].format(number=bad, all=len(results)) if bad else self._words["all_ok"]
        self._out.write(f"\n{end}\n")
        self._out.flush()

    def _name(self, name: str) -> str:
        return f"{self._words[name]:{NAME_WIDTH}}"


def as_json(robot: str, results: Sequence[Result], language: Language) -> str:
    """The same for a program: one object, every sentence in `words`."""
    wrong = any(result.finding.verdict is Verdict.WRONG for result in results)
    checks = [
        {
            "name": result.name,
            "verdict": result.finding.verdict,
            "key": result.finding.key,
            "facts": dict(result.finding.facts),
            "words": sentence(result.finding, language),
            "detail": result.finding.detail,
            "took_s": round(result.took_s, 3),
        }
        for result in results
    ]
    return json.dumps({"robot": robot, "ok": not wrong, "checks": checks}, ensure_ascii=False, indent=2)


async def doctor(settings: RobotSettings, servers: Sequence[IceServer], language: Language, *, in_json: bool) -> int:
    """Runs every check and prints what it finds; the exit code. Progress goes to stderr when the rest is JSON."""
    progress = Progress(sys.stderr if in_json else sys.stdout, language)
    results = await examine(checks_of(settings, servers), progress.begins, progress.ends)
    if in_json:
        sys.stdout.write(as_json(settings.robot.id, results, language) + "\n")
    else:
        progress.over(results)
    return SOMETHING_WRONG if any(r.finding.verdict is Verdict.WRONG for r in results) else ALL_GOOD
