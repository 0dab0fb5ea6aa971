"""The thin driver: packets out of one TUN device, past the rule, into the other one when they are due.

It needs an event loop whose timers are finer than a millisecond: `SelectSelector`, not epoll.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from dataclasses import asdict
from typing import Final

from hardware_sim.line.ends import MTU, End
from hardware_sim.line.profiles import Profile
from hardware_sim.line.rule import PacketRule

log = logging.getLogger(__name__)

BATCH: Final = 32  # packets read in one go before due ones get their turn
MOST_WAITING: Final = 50_000  # packets on their way; 10 s at 50 Mbit/s. What comes on top overflows


class Link:
    """Both directions between two ends, from `start` to `stop`. Belongs to one event loop."""

    def __init__(self, near: End, far: End, profile: Profile, seed: int) -> None:
        self._profile = profile
        self._down = _Direction(near.tun, far.tun, PacketRule(profile.down, f"{seed} down"))
        self._up = _Direction(far.tun, near.tun, PacketRule(profile.up, f"{seed} up"))
        self.shape(profile)

    @property
    def profile(self) -> Profile:
        """What the line is now."""
        return self._profile

    def shape(self, profile: Profile) -> None:
        """From the next packet on."""
        self._profile = profile
        for direction, shape in ((self._down, profile.down), (self._up, profile.up)):
            direction.rule.shape = shape
            direction.rule.outage = profile.outage

    def counts(self) -> dict[str, dict[str, int]]:
        """What became of the packets so far."""
        return {"down": asdict(self._down.rule.counts), "up": asdict(self._up.rule.counts)}

    def start(self) -> None:
        """Carry packets."""
        for direction in (self._down, self._up):
            direction.start()

    def stop(self) -> None:
        """No more; what is on its way is gone."""
        for direction in (self._down, self._up):
            direction.stop()


class _Direction:
    """One way: the packets that are on it, in the order in which they leave."""

    def __init__(self, source: int, target: int, rule: PacketRule) -> None:
        self.rule = rule
        self._source = source
        self._target = target
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._source, self._read)

    def stop(self) -> None:
        self._stop_reading()
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()

    def _stop_reading(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._source)

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                packet = os.read(self._source, MTU)
            except BlockingIOError:
                break
            except OSError as error:  # removed from inside: for good, and select would wake us for it for ever
                log.warning("an end has lost its device (%s): nothing comes from there any more", error.strerror)
                self._stop_reading()
                break
            due_s = self.rule.due_s(len(packet), time.monotonic())
            if due_s is None:
                continue
            if len(self._waiting) >= MOST_WAITING:
                self.rule.counts.overflowed += 1
                continue
            self._waiting.append((due_s, packet))
        self._send_due()

    def _send_due(self) -> None:
        while self._waiting and self._waiting[0][0] <= time.monotonic():
            try:
                os.write(self._target, self._waiting.popleft()[1])
            except OSError:  # the device's queue is full, or it has been set down from inside: a lost packet
                self.rule.counts.lost += 1
        due_s = self._waiting[0][0] if self._waiting else None
        if self._timer is not None and self._timer.when() != due_s:
            self._timer.cancel()
            self._timer = None
        if self._timer is None and due_s is not None and self._loop is not None:
            self._timer = self._loop.call_at(due_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._send_due()
