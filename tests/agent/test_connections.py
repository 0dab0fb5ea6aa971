"""Two connections of one session: which of them count, and when the old one goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from robot_agent.connections import RETIRE_AFTER_S, Connections
from robot_agent.ownership import LOST_AFTER_S
from robot_agent.rtc.session import MediaState


@dataclass(eq=False)
class Line:
    """What `Connections` asks of an `RtcSession`."""

    state: MediaState = MediaState.CONNECTED
    last_heard_s: float | None = 0.0
    closed: bool = False
    silent: bool = False

    def silence(self) -> None:
        self.silent = True

    async def close(self) -> None:
        self.closed = True
        self.state = MediaState.CLOSED


def put(connections: Connections, *, same_session: bool = True, same_page: bool = True) -> tuple[Any, list[Any]]:
    line: Any = Line(MediaState.CONNECTING, None)
    over = connections.put_first(line, same_session=same_session, same_page=same_page)
    return line, over


def connected(connections: Connections, now_s: float = 0.0) -> Any:
    line, _ = put(connections)
    line.state, line.last_heard_s = MediaState.CONNECTED, now_s
    connections.connected(now_s)
    return line


async def test_the_old_one_steers_until_it_has_had_its_time() -> None:
    connections = Connections()
    old = connected(connections)
    new, over = put(connections)
    assert not over
    assert connections.heard == [new, old]
    assert not connections.retiring_is_due(100), "not before the new one carries something"
    connections.connected(100)
    assert not connections.retiring_is_due(100 + RETIRE_AFTER_S - 0.1)
    assert connections.retiring_is_due(100 + RETIRE_AFTER_S)
    await connections.close_retiring()
    assert old.closed
    assert connections.heard == [new]
    assert not connections.retiring_is_due(200)


async def test_another_tablet_of_the_session_shows_the_old_one_out_and_steers_alone() -> None:
    connections = Connections()
    old = connected(connections)
    new, over = put(connections, same_page=False)
    assert not over
    assert connections.watched, "the old one is seen until the new one is there"
    assert connections.heard == [new]
    assert not connections.is_heard(old)


async def test_another_session_leaves_nothing_of_the_one_before() -> None:
    connections = Connections()
    first, second = connected(connections), connected(connections)
    new, over = put(connections, same_session=False)
    assert over == [second, first]
    assert connections.heard == [new]


async def test_attempts_that_come_to_nothing_do_not_push_out_the_one_that_lives() -> None:
    connections = Connections()
    old = connected(connections)
    first, _ = put(connections)
    second, over = put(connections)
    assert over == [first]
    assert connections.heard == [second, old]
    assert connections.go_back(now_s=1.0)
    assert connections.newest is old
    assert connections.heard == [old]


async def test_there_is_no_way_back_to_one_that_is_silent_or_gone() -> None:
    connections = Connections()
    old = connected(connections)
    put(connections)
    assert not connections.go_back(now_s=LOST_AFTER_S + 0.1)
    old.state = MediaState.FAILED
    assert not connections.go_back(now_s=0.0)


async def test_a_tablet_that_the_robot_was_taken_from_does_not_get_it_back() -> None:
    connections = Connections()
    old = connected(connections)
    put(connections, same_page=False)
    assert not connections.go_back(now_s=1.0)
    put(connections)  # the tablet that took over tries again
    assert not connections.is_heard(old)
    assert not connections.go_back(now_s=1.0)


async def test_silence_reaches_both() -> None:
    connections = Connections()
    old, (new, _) = connected(connections), put(connections)
    connections.silence()
    assert old.silent
    assert new.silent


async def test_closing_closes_both() -> None:
    connections = Connections()
    old, new = connected(connections), connected(connections)
    await connections.close()
    assert old.closed
    assert new.closed
    assert not connections.watched
    assert connections.newest is None
