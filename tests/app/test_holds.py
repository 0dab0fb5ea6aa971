"""Seats of several nodes as rules: every word that one says reaches the others, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.nodes import HOLD_AGAIN_S, MISSED_HOLDS, SeatHold
from protocol.state import SessionState
from remote_app.access import LinkKey, new_claim
from remote_app.outbox import Closing
from remote_app.page import Page
from remote_app.seats import GRACE_S, SAME_TAB_CODE, Seat, Seats

KEY = LinkKey(bytes(32))
CLAIM = new_claim("vefsn", "rodoy", "Kari", not_before=0, expires=10_000)
ANSWERED = "connection-1"


class Node:
    """One node's seats, and what it has said."""

    def __init__(self, name: str) -> None:
        self.said: list[SeatHold] = []
        self.seats = Seats(KEY, name * 8, self.said.append)

    def hears(self, other: Node, now: float) -> None:
        """Everything that the other one has said since."""
        while other.said:
            self.seats.hear(other.said.pop(0), now)

    def holder(self, now: float, tab: str = "tab-one") -> tuple[Page, Seat]:
        """A page that holds the seat, with the robot's answer."""
        page = Page(CLAIM, tab, now)
        seat = self.seats.open(page, now, None)
        connection = seat.take(page)
        self.seats.taken(seat, now)
        self.seats.answered(seat, connection, now)
        return page, seat


@pytest.fixture
def nodes() -> tuple[Node, Node]:
    return Node("a"), Node("b")


def at_robot(seat: Seat) -> SessionState:
    assert seat.connection is not None
    ids = {"id": seat.session, "connection": seat.connection, "seat": "rodoy", "name": "Kari"}
    return SessionState.model_validate({**ids, "steering": True, "since_s": 1, "lost_s": 0, "media": "connected"})


async def closed_with(page: Page) -> int:
    item = await page.outbox.next()
    assert isinstance(item, Closing)
    return item.code


def test_another_screen_at_another_node_only_looks_on(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    _, seat = first.holder(0)
    second.hears(first, 0)
    other = Page(CLAIM, "tab-two", 1)
    there = second.seats.open(other, 1, at_robot(seat))
    assert there.held_by_other(other)
    assert (there.session, there.connection) == (seat.session, seat.connection)
    assert other.connection is None


async def test_the_same_tab_goes_on_at_the_other_node_and_the_grace_there_is_over(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    page, seat = first.holder(0)
    second.hears(first, 0)
    first.seats.drop(seat, page, 5)
    back = Page(CLAIM, "tab-one", 6)
    there = second.seats.open(back, 6, at_robot(seat))
    assert there.holder is back
    assert back.connection == seat.connection
    first.hears(second, 6)
    assert first.seats.due(5 + GRACE_S) == [], "it would hang up on a page that is back"


@pytest.mark.parametrize("late", [False, True])
async def test_of_one_tab_at_two_nodes_the_younger_line_lives(nodes: tuple[Node, Node], late: bool) -> None:
    first, second = nodes
    page, seat = first.holder(0)
    if not late:
        second.hears(first, 0)
    back = Page(CLAIM, "tab-one", 3)
    there = second.seats.open(back, 3, at_robot(seat))
    first.seats.tick(2 * HOLD_AGAIN_S)
    for now in (20, 21, 22):
        second.hears(first, now)
        first.hears(second, now)
    assert there.holder is back
    assert not there.held_by_other(back)
    assert await closed_with(page) == SAME_TAB_CODE


def test_whoever_takes_the_seat_at_another_node_has_it_everywhere(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    page, seat = first.holder(0)
    second.hears(first, 0)
    second.holder(1, "tab-two")
    first.hears(second, 1)
    assert seat.held_by_other(page)
    first.seats.drop(seat, page, 2)
    assert first.seats.due(1000) == [], "what is held elsewhere is not for this node to end"


def test_a_node_that_hears_itself_says_nothing_more(nodes: tuple[Node, Node]) -> None:
    first, _ = nodes
    first.holder(0)
    said, first.said[:] = list(first.said), []
    for word in said:
        first.seats.hear(word, 1)
    assert first.said == []


def test_a_node_that_is_gone_holds_nothing(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    _, seat = first.holder(0)
    second.hears(first, 0)
    other = Page(CLAIM, "tab-two", 1)
    there = second.seats.open(other, 1, at_robot(seat))
    second.seats.node_gone("a" * 8)
    assert not there.held_by_other(other)


def test_a_node_that_says_nothing_any_more_holds_nothing(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    first.holder(0)
    second.hears(first, 0)
    other = Page(CLAIM, "tab-two", 1)
    there = second.seats.open(other, 1, None)
    second.seats.tick(HOLD_AGAIN_S * MISSED_HOLDS - 0.1)
    assert there.held_by_other(other)
    second.seats.tick(HOLD_AGAIN_S * MISSED_HOLDS)
    assert not there.held_by_other(other)


def test_whoever_left_has_left_everywhere(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    _, seat = first.holder(0)
    second.hears(first, 0)
    other = Page(CLAIM, "tab-two", 1)
    there, ended = second.seats.open(other, 1, at_robot(seat)), at_robot(seat)
    first.seats.leave(seat, 2)
    second.hears(first, 2)
    assert there.session != ended.id
    assert not there.held_by_other(other)
    assert second.seats.open(Page(CLAIM, "tab-three", 3), 3, ended).session != ended.id


def test_a_node_that_begins_is_told(nodes: tuple[Node, Node]) -> None:
    first, second = nodes
    _, seat = first.holder(0)
    for word in first.seats.again():
        second.seats.hear(word, 1)
    other = Page(CLAIM, "tab-two", 1)
    assert second.seats.open(other, 1, at_robot(seat)).held_by_other(other)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["take", "drop", "hear"])), max_size=30))
def test_at_most_one_node_takes_itself_for_the_holders(steps: list[tuple[bool, str]]) -> None:
    """Whatever happens, once everything has been heard at most one page holds."""
    nodes, pages, now = (Node("a"), Node("b")), {}, 0.0
    for which, step in steps:
        now += 1
        node, other = nodes[which], nodes[not which]
        if step == "take":
            pages[which] = node.holder(now, f"tab-{which}")
        elif step == "drop" and which in pages:
            page, seat = pages.pop(which)
            node.seats.drop(seat, page, now)
        else:
            node.hears(other, now)
    for _ in range(4):
        nodes[0].hears(nodes[1], now)
        nodes[1].hears(nodes[0], now)
    holders = [
        seat.holder for node in nodes for seat in [node.seats.of_link(CLAIM.id)] if seat is not None and seat.holder
    ]
    assert len(holders) <= 1
