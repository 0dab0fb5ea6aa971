"""Tells a running `av1-sim line` what it shall be like, by its control socket."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

from hardware_sim.faults import LineProfile, SwitchError

ANSWER_TIMEOUT_S: Final = 3.0  # it is on this machine, and a wish takes it no time


class LineSwitch:
    """`socket` is what the line was started with as `--control`; None where there is no line."""

    def __init__(self, socket: Path | None) -> None:
        self._socket = socket

    async def become(self, profile: LineProfile) -> None:
        """The line has that profile when this returns. Raises SwitchError."""
        if self._socket is None:
            raise SwitchError(
                "line: there is no line here; start one with `av1-sim line --control SOCKET` and name the same socket "
                "with --line-control (line.control)"
            )
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                answer = await self._ask(json.dumps({"profile": profile}))
        except TimeoutError:
            raise SwitchError(
                f"line: {self._socket} gave no answer in {ANSWER_TIMEOUT_S:g} s; start it again"
            ) from None
        except (OSError, ValueError) as error:
            raise SwitchError(f"line: no line answers at {self._socket} ({error}); start one with --control") from error
        if "error" in answer:
            raise SwitchError(f"line: {answer['error']}")

    async def _ask(self, line: str) -> dict[str, object]:
        reader, writer = await asyncio.open_unix_connection(self._socket)
        try:
            writer.write(line.encode() + b"\n")
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
        if not isinstance(answer, dict):
            raise ValueError("not the answer of a line")
        return answer
