"""The link as a pure state machine: what to send, what has come, when to try again. It opens no port.

The protocol has no sequence numbers, so an answer that comes late could be taken for the answer to the next
request. Three things prevent it:

- after a time-out nothing is asked until the latency window has passed (DRAINING); what comes is dropped;
- only an answer with the right id and length counts;
- a request whose answer would look like one that is still missing (a *ghost*) is preceded by a ping of the
  same device (FENCING). The line keeps its order, so after the ping's answer no older one can come. A ping's
  answer has a length that no other exchange here has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Final

from robot_agent.head.chain import chain_length, salvage_chain, split_chain
from robot_agent.head.frames import (
    BROADCAST_ID,
    STATUS_OVERHEAD_BYTES,
    Deframer,
    Instruction,
    InstructionFrame,
    RawFrame,
    StatusFrame,
)

PING_SIZE: Final = 3
RETURN_DELAY_S: Final = 0.0005  # the factory setting of a servo that nobody has configured yet
MAX_LATENCY_S: Final = 0.016  # an FTDI adapter's default latency timer; beyond it a tick would be lost anyway
LATENCY_DECAY: Final = 0.99  # per answer in time: a learned latency is forgotten after some seconds
QUIET_S: Final = 0.001  # while draining: the line must have been silent for so long
GHOST_LIFETIME_S: Final = 0.25  # an answer still missing after so long does not come any more
CRC_ERROR: Final = 3
BITS_PER_BYTE: Final = 10  # start, 8, stop

Shape = tuple[int, int]  # id and number of parameter bytes: all that tells one answer from another


@dataclass(frozen=True)
class Request:
    """A frame, and who answers it with how many parameter bytes. `chained`: in one frame (fast sync read)."""

    frame: InstructionFrame
    ids: tuple[int, ...]
    size: int
    chained: bool = False

    @cached_property
    def wire(self) -> bytes:
        """The frame as it is sent."""
        return self.frame.to_bytes()

    @property
    def shapes(self) -> frozenset[Shape]:
        """What the answers look like."""
        if self.chained:
            return frozenset({(BROADCAST_ID, chain_length(len(self.ids), self.size))})
        return frozenset((device, self.size) for device in self.ids)

    @property
    def answer_bytes(self) -> int:
        """The length of all answers on the wire."""
        return len(self.ids) * (STATUS_OVERHEAD_BYTES + self.size)


def ping_request(device: int) -> Request:
    """The request that every device understands."""
    return Request(InstructionFrame(device, Instruction.PING), (device,), PING_SIZE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who answered what. An id that was asked and is not here did not answer in time."""

    replies: dict[int, StatusFrame] = field(default_factory=dict)


class _State(Enum):
    IDLE = auto()
    DRAINING = auto()
    FENCING = auto()
    WAITING = auto()


class Link:
    """One request at a time. All times are seconds on one monotonic clock, given as arguments.

    `begin`, `receive` and `poll` return bytes to send now, or None. `wake_at` is when `poll` is due;
    `outcome` is set when the request is over.
    """

    def __init__(self, baud: int, latency_s: float) -> None:
        self._byte_s = BITS_PER_BYTE / baud
        self._base_latency_s = latency_s
        self.latency_s = latency_s
        self._deframer = Deframer()
        self._state = _State.IDLE
        self._request = ping_request(0)
        self._attempts = 0
        self._tried = False
        self._give_up_at = 0.0
        self._quiet_until = 0.0
        self._sent_at = 0.0
        self._replies: dict[int, StatusFrame] = {}
        self._ghosts: dict[Shape, float] = {}
        self.wake_at = 0.0
        self.outcome: Outcome | None = None
        self.timeouts = 0
        self.strays = 0

    @property
    def rejected(self) -> int:
        """Frames that came damaged."""
        return self._deframer.rejected

    def reply_timeout_s(self, request: Request) -> float:
        """How long the answer to `request` may take: wire, the devices' delay, latency."""
        wire_bytes = len(request.wire) + request.answer_bytes
        return wire_bytes * self._byte_s + RETURN_DELAY_S * len(request.ids) + self.latency_s

    def begin(self, request: Request, now: float, attempts: int, give_up_at: float) -> bytes | None:
        """Start `request`, with up to `attempts` tries that all end by `give_up_at`."""
        if self._state is not _State.IDLE:
            raise RuntimeError("one request at a time")
        self._request, self._attempts, self._give_up_at = request, attempts, give_up_at
        self._tried = False
        self._replies = {}
        self.outcome = None
        return self._start(now)

    def receive(self, data: bytes, now: float) -> bytes | None:
        """Take what came from the line."""
        if self._state is _State.DRAINING:
            self._quiet_until = max(self._quiet_until, now + QUIET_S)
            self.wake_at = min(self._quiet_until, self._give_up_at)
        answer: bytes | None = None
        for raw in self._deframer.feed(data):
            answer = self._take(raw, now) or answer
        return answer

    def poll(self, now: float) -> bytes | None:
        """Let time pass; does nothing before `wake_at`."""
        if self._state is _State.IDLE or now < self.wake_at:
            return None
        if self._state is _State.DRAINING:
            if now < self._give_up_at:
                return self._start(now)
            self._finish()
        else:
            self._time_out(now)
        return None

    def hasten(self, now: float) -> None:
        """Somebody waits for the line: what was tried is not tried again. The answer under way is still waited for."""
        if not self._tried:
            self._attempts = min(self._attempts, 1)
            return
        self._attempts = 0
        if self._state is _State.DRAINING:
            self._give_up_at = self.wake_at = now

    def abandon(self, now: float) -> None:
        """The caller is gone: what may still come belongs to nobody."""
        if self._state in (_State.WAITING, _State.FENCING):
            self._remember_ghosts(now)
        self._state = _State.IDLE

    def _start(self, now: float) -> bytes | None:
        if now < self._quiet_until:
            self._enter(_State.DRAINING, self._quiet_until)
            return None
        self._attempts -= 1
        self._tried = True
        self._deframer.reset()
        self._ghosts = {s: at for s, at in self._ghosts.items() if now - at < GHOST_LIFETIME_S}
        if self._ghosts and self._request.size != PING_SIZE and self._request.shapes & self._ghosts.keys():
            return self._send(_State.FENCING, ping_request(self._request.ids[0]), now)
        return self._send(_State.WAITING, self._request, now)

    def _send(self, state: _State, request: Request, now: float) -> bytes:
        self._enter(state, now + self.reply_timeout_s(request))
        self._sent_at = now
        return request.wire

    def _enter(self, state: _State, wake_at: float) -> None:
        self._state = state
        self.wake_at = min(wake_at, self._give_up_at)

    def _time_out(self, now: float) -> None:
        self.timeouts += 1
        if self._state is _State.WAITING and self._request.chained:
            for reply in salvage_chain(self._deframer.partial, self._request.ids, self._request.size):
                self._replies[reply.id] = reply
        self._remember_ghosts(now)
        if self._replies or self._attempts <= 0 or now >= self._give_up_at:
            self._finish()
        else:
            self._enter(_State.DRAINING, self._quiet_until)

    def _remember_ghosts(self, now: float) -> None:
        self._quiet_until = now + self.latency_s
        if self._state is _State.WAITING:
            missing = {s for s in self._request.shapes if s[0] not in self._replies}
            self._ghosts |= dict.fromkeys(missing, self._sent_at)

    def _finish(self) -> None:
        self._state = _State.IDLE
        self.outcome = Outcome(dict(self._replies))

    def _take(self, raw: RawFrame, now: float) -> bytes | None:
        if self._state is _State.WAITING and self._request.chained:
            blocks = split_chain(raw, self._request.ids, self._request.size)
            if blocks:
                self._replies = {block.id: block for block in blocks}
                self._complete()
                return None
        status = StatusFrame.from_raw(raw)
        if self._state is _State.FENCING and self._is_fence(status):
            self._ghosts.clear()
            self._deframer.reset()
            return self._send(_State.WAITING, self._request, now)
        if self._state is _State.WAITING and status is not None and self._answers(status):
            self._replies[status.id] = status
            if status.error == CRC_ERROR and self._attempts > 0:
                self._replies.clear()
                return self._start(now)
            if len(self._replies) == len(self._request.ids):
                self._complete()
            return None
        self._stray(raw, status, now)
        return None

    def _is_fence(self, status: StatusFrame | None) -> bool:
        return status is not None and status.id == self._request.ids[0] and len(status.params) == PING_SIZE

    def _answers(self, status: StatusFrame) -> bool:
        if self._request.chained or status.id not in self._request.ids or status.id in self._replies:
            return False
        return len(status.params) == self._request.size or (status.error != 0 and not status.params)

    def _complete(self) -> None:
        self._ghosts.clear()
        self.latency_s = max(self._base_latency_s, self.latency_s * LATENCY_DECAY)
        self._finish()

    def _stray(self, raw: RawFrame, status: StatusFrame | None, now: float) -> None:
        """An answer that nobody waits for: when it is a late one, learn how late answers come here."""
        self.strays += 1
        chained = (raw.id, len(raw.body) + 2)
        shape = chained if chained in self._ghosts else (raw.id, len(status.params) if status else -1)
        asked_at = self._ghosts.pop(shape, None)
        if asked_at is not None:
            late_s = (now - asked_at) * 1.25  # a quarter of room for the next one
            self.latency_s = min(max(self.latency_s, late_s), MAX_LATENCY_S)
