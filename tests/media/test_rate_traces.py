"""The targets that recorded feedback led to are the targets that it leads to now; see rate_traces.py."""

from __future__ import annotations

import pytest

from robot_agent.media.rate.loss import LOSSY_CEILING_BPS
from tests.media.rate_traces import PROFILES, load, targets_of

TOLERANCE = 0.02  # another machine's floats; a rule that changed is further off


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_targets_stay_as_recorded(name: str) -> None:
    trace = load(name)
    assert sum(len(results) for _, results in trace.feedback) > 500
    assert targets_of(trace.feedback, PROFILES[name][1]) == pytest.approx(trace.targets, rel=TOLERANCE)


def test_what_was_recorded_is_what_should_happen() -> None:
    """Not only unchanged but right, read off the recordings themselves."""
    last = {name: load(name).targets[-4:] for name in PROFILES}
    assert min(last["clean"] + last["good-4g"]) == 4_000_000
    assert set(last["far"]) == {LOSSY_CEILING_BPS}
    assert 1_000_000 < min(last["weak-4g"]) <= max(last["weak-4g"]) < 1_500_000
    assert 220_000 < min(last["edge"]) <= max(last["edge"]) < 400_000
    assert 80_000 <= min(last["floor"]) <= max(last["floor"]) < 150_000
    assert max(load("break").targets[11:18]) <= 300_000  # 5.5 s to 8.5 s: nothing comes back
    assert min(last["break"][-3:]) > 1_200_000
