"""The shaft: within its limits, never faster than allowed, without a jump, and at rest in the end."""

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hardware_sim.bus.motion import (
    FRICTION_MA,
    NO_LOAD_DEG_S,
    STEP_S,
    Drive,
    Shaft,
    advance,
    stop_angle,
)

SLACK_DEG_S = 0.2  # the last 0.1 millidegree is taken in one step
goals = st.lists(st.tuples(st.floats(-170, 170), st.floats(0.01, 0.6)), min_size=1, max_size=5)
drives = st.builds(
    Drive,
    torque=st.just(True),
    velocity_deg_s=st.floats(5, 700),
    acceleration_deg_s2=st.one_of(st.just(math.inf), st.floats(100, 20000)),
    current_ma=st.floats(FRICTION_MA * 2, 1750),
)


@settings(max_examples=40, deadline=None)
@given(drives, goals)
def test_between_the_goals_and_within_the_velocity_limit(drive: Drive, route: list[tuple[float, float]]) -> None:
    shaft = Shaft(0.0)
    visited = [0.0]
    limit = min(drive.velocity_deg_s, NO_LOAD_DEG_S)
    for goal, seconds in route:
        drive = replace(drive, goal_deg=goal)
        visited.append(goal)
        end_s = shaft.time_s + seconds
        while shaft.time_s < end_s - STEP_S:
            before = shaft
            shaft = advance(shaft, drive, shaft.time_s + 5 * STEP_S)
            assert abs(shaft.velocity_deg_s) <= limit + SLACK_DEG_S
            assert abs(shaft.angle_deg - before.angle_deg) <= (limit + SLACK_DEG_S) * 5 * STEP_S + 1e-9
            assert min(visited) - 1e-6 <= shaft.angle_deg <= max(visited) + 1e-6


@settings(max_examples=25, deadline=None)
@given(drives, st.floats(-170, 170))
def test_it_settles_on_the_goal_without_going_past_it(drive: Drive, goal: float) -> None:
    drive = replace(drive, goal_deg=goal)
    shaft = Shaft(0.0)
    furthest = 0.0
    for _ in range(600):
        shaft = advance(shaft, drive, shaft.time_s + 0.1)
        furthest = max(furthest, abs(shaft.angle_deg))
        if shaft.settled:
            break
    assert shaft.settled
    assert math.isclose(shaft.angle_deg, goal, abs_tol=1e-3)
    assert furthest <= abs(goal) + 1e-6


@settings(max_examples=20, deadline=None)
@given(drives, st.floats(-170, 170), st.lists(st.floats(0.001, 0.3), min_size=1, max_size=8))
def test_how_often_one_looks_makes_no_difference(drive: Drive, goal: float, looks: list[float]) -> None:
    drive = replace(drive, goal_deg=goal)
    often = Shaft(0.0)
    for pause in looks:
        often = advance(often, drive, often.time_s + pause)
    once = advance(Shaft(0.0), drive, often.time_s + STEP_S / 10)
    assert math.isclose(often.angle_deg, once.angle_deg, abs_tol=NO_LOAD_DEG_S * STEP_S)


def test_a_free_shaft_coasts_to_a_stop_and_stays() -> None:
    moving = advance(Shaft(0.0), Drive(torque=True, goal_deg=90), 0.15)
    assert moving.velocity_deg_s > 200
    free = Drive(torque=False)
    next_step = advance(moving, free, moving.time_s + 2 * STEP_S)
    assert 0 < next_step.velocity_deg_s < moving.velocity_deg_s
    rest = advance(moving, free, moving.time_s + 1)
    assert rest.settled
    assert moving.angle_deg < rest.angle_deg < moving.angle_deg + 25
    assert advance(rest, free, rest.time_s + 3600).angle_deg == rest.angle_deg


def test_a_current_below_friction_moves_nothing() -> None:
    weak = Drive(torque=True, goal_deg=45, current_ma=FRICTION_MA)
    assert advance(Shaft(0.0), weak, 5.0).angle_deg == 0.0


def test_a_smaller_current_is_slower_and_the_current_never_exceeds_it() -> None:
    strong = Drive(torque=True, goal_deg=60, current_ma=1000)
    gentle = replace(strong, current_ma=200)
    assert advance(Shaft(0.0), gentle, 0.2).angle_deg < advance(Shaft(0.0), strong, 0.2).angle_deg
    shaft = Shaft(0.0)
    for _ in range(200):
        shaft = advance(shaft, gentle, shaft.time_s + 5 * STEP_S)
        assert abs(shaft.current_ma) <= 200


def test_against_something_solid_it_pushes_with_the_current_limit_and_the_strain_is_counted() -> None:
    held = Drive(torque=True, goal_deg=90, current_ma=1500, high_deg=30)
    shaft = advance(Shaft(0.0), held, 3.0)
    assert shaft.current_ma == 1500
    assert shaft.velocity_deg_s == 0.0
    assert 25 < shaft.angle_deg <= 30
    assert 2.0 < shaft.strain_s < 3.0
    released = advance(shaft, replace(held, high_deg=180), shaft.time_s + 2 * STEP_S)
    assert abs(released.angle_deg - shaft.angle_deg) < 1.0  # gives way, does not jump
    assert released.strain_s == 0.0


def test_the_stopping_place_is_ahead_and_near() -> None:
    drive = Drive(torque=True, goal_deg=170)
    moving = advance(Shaft(0.0), drive, 0.2)
    assert moving.angle_deg < stop_angle(moving, drive) < 170


def test_an_hour_without_a_look_costs_nothing() -> None:
    drive = Drive(torque=True, goal_deg=10)
    settled = advance(Shaft(0.0), drive, 3600.0)
    assert settled.settled
    assert math.isclose(settled.time_s, 3600.0, abs_tol=2 * STEP_S)
