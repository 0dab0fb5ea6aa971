"""Heat, supply and alarms in words, and when a servo in alarm may start again."""

from __future__ import annotations

import pytest

from robot_agent.head.health import Health, HealthWatch, Limits, why_not_restart

LIMITS = Limits(celsius=70, min_v=3.5, max_v=7.0)
WELL = Health(40, 5.0, 0)
TOO_HOT, WRONG_SUPPLY, OVERLOAD = 0x04, 0x01, 0x20


def watched(*looks: Health) -> HealthWatch:
    watch = HealthWatch("the pan servo (id 1)")
    for look in looks:
        watch.update(look, LIMITS)
    return watch


def test_a_servo_that_is_well_says_nothing() -> None:
    watch = watched(WELL, Health(64, 3.5, 0), Health(64, 7.0, 0))
    assert (watch.hot, watch.power) == (None, None)


def test_warmth_is_told_before_the_servo_stops_and_until_it_has_cooled() -> None:
    warm = watched(Health(65, 5.0, 0))
    assert warm.hot is not None
    assert "the pan servo (id 1) is 65 °C warm and stops by itself at 70 °C" in warm.hot
    words = warm.hot
    warm.update(Health(67, 5.0, 0), LIMITS)
    assert warm.hot == words, "the words stay while nothing else is to be said"
    warm.update(Health(55, 5.0, 0), LIMITS)
    assert warm.hot == words
    warm.update(Health(54, 5.0, 0), LIMITS)
    assert warm.hot is None


def test_a_servo_that_stopped_because_of_heat_says_when_it_goes_on() -> None:
    stopped = watched(Health(66, 5.0, 0), Health(71, 5.0, TOO_HOT))
    assert stopped.hot is not None
    assert "has let go of the head; it goes on by itself below 55 °C" in stopped.hot
    stopped.update(Health(60, 5.0, 0), LIMITS)
    assert stopped.hot is not None
    assert "60 °C warm" in stopped.hot
    stopped.update(WELL, LIMITS)
    assert stopped.hot is None


@pytest.mark.parametrize(("wrong", "still", "right"), [(3.3, 3.6, 3.7), (7.2, 6.9, 6.8)])
def test_a_wrong_supply_is_told_until_it_is_steady(wrong: float, still: float, right: float) -> None:
    watch = watched(Health(30, wrong, 0))
    assert watch.power == (
        f"the pan servo (id 1) gets {wrong} V and needs 3.5 to 7.0 V; check battery, charger and cable"
    )
    watch.update(Health(30, still, 0), LIMITS)
    assert watch.power is not None
    watch.update(Health(30, right, 0), LIMITS)
    assert watch.power is None


def test_of_a_servo_out_of_reach_nothing_is_known() -> None:
    watch = watched(Health(71, 3.0, TOO_HOT))
    watch.forget()
    assert (watch.hot, watch.power) == (None, None)
    watch.update(WELL, LIMITS)
    assert watch.hot is None


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (Health(71, 5.0, TOO_HOT), "below 55 °C"),
        (Health(55, 5.0, TOO_HOT), "below 55 °C"),
        (Health(54, 5.0, TOO_HOT), None),
        (Health(30, 3.2, WRONG_SUPPLY), "3.5 to 7.0 V"),
        (Health(30, 4.0, WRONG_SUPPLY), None),
        (Health(60, 5.0, OVERLOAD), None),
        (Health(71, 4.0, OVERLOAD | TOO_HOT), "below 55 °C"),
    ],
)
def test_a_servo_in_alarm_restarts_when_that_can_help(health: Health, reason: str | None) -> None:
    why = why_not_restart(health, LIMITS)
    if reason is None:
        assert why is None
    else:
        assert why is not None
        assert reason in why
