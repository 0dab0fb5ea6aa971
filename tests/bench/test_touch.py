"""The ruler for touch and head: whose milliseconds they are, and what the robot's own log says of its ticks."""

from __future__ import annotations

import math

import pytest

from bench.figures import Limit
from bench.head import beyond_deg, still_at
from bench.touch import Parts, part_rows, parts_of, ticks_of, whole_rows
from robot_agent.head.ticker import TickStats


def test_a_touch_is_timed_until_the_first_goal_after_it() -> None:
    goals = [{"at_ms": at, "goal_pan_deg": 0.0} for at in (990.0, 1014.0, 1034.0)]
    found = parts_of(1000.0, 1002.0, 1003.0, goals)
    assert found == Parts(browser=2.0, page=1.0, road=11.0)
    assert found.whole == 14.0
    assert parts_of(1040.0, 1041.0, 1041.0, goals) is None, "nothing moved"
    assert parts_of(1000.0, 1001.0, None, goals) is None, "nothing was sent"


def test_rows_say_where_the_time_goes() -> None:
    parts = [Parts(browser=float(number), page=0.0, road=10.0) for number in range(101)]
    whole = whole_rows("touch", parts, 101, Limit(most=104), Limit(most=109))
    assert [(row.figure, row.ours, row.reached) for row in whole] == [
        ("touch: p50, ms", "60", ""),
        ("touch: p95, ms", "105", "no"),
        ("touch: p99, ms", "109", "yes"),
    ]
    assert [row.ours for row in part_rows("touch", parts)] == ["50", "95", "0", "0", "10", "10"]
    assert len(whole_rows("touch", parts, 101, Limit())) == 2
    with pytest.raises(RuntimeError, match="only 101 of 200"):
        whole_rows("touch", parts, 200, Limit())


def test_what_the_robot_logs_of_its_ticks_is_understood() -> None:
    stats = TickStats(9, 1, 0.5, 3.25, 7.0)
    line = f"[robot] 12:00 INFO robot_agent.head.controller: the head's ticks on this line: {stats}"
    found = ticks_of(["[robot] something else", line.replace("0.5", "0.7"), line, "[service] stopped"])
    assert (found.p50, found.p99) == (0.5, 3.2)
    assert math.isnan(ticks_of([]).p99)


@pytest.mark.parametrize("side", [1, -1])
def test_beyond_the_end_of_a_turn_is_on_the_far_side_alone(side: int) -> None:
    assert beyond_deg([side * deg for deg in (-30.5, 0.0, 29.9, 30.2)], side * 30.0) == pytest.approx(0.2)
    assert beyond_deg([side * deg for deg in (-30.5, 29.9)], side * 30.0) == 0.0


def test_still_is_when_it_was_last_seen_elsewhere() -> None:
    assert still_at([(1.0, 10.0), (1.1, 15.0), (1.2, 15.95), (1.3, 16.0), (1.4, 16.02)]) == 1.1
    assert still_at([(1.0, 16.0), (1.1, 16.0)]) == 1.0
