"""What the line does to packets, and how it is told: pure rules, time as an argument."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_sim.line.cli import EPILOG
from hardware_sim.line.control import LONGEST_LINE, Lines, Wish, WishError, follow, read_wish
from hardware_sim.line.profiles import PROFILES, Profile, Shape
from hardware_sim.line.rule import PacketRule

SHAPES = st.builds(
    Shape,
    delay_ms=st.floats(0, 1000),
    jitter_ms=st.floats(0, 200),
    loss=st.floats(0, 1),
    rate_kbps=st.one_of(st.just(0.0), st.floats(50, 100_000)),
    queue_ms=st.floats(0, 1000),
)
ARRIVALS = st.lists(st.tuples(st.integers(20, 1500), st.floats(0, 0.1)), max_size=60)


def carry(rule: PacketRule, arrivals: list[tuple[int, float]]) -> list[tuple[float, float | None]]:
    now_s, carried = 100.0, []
    for size, pause_s in arrivals:
        now_s += pause_s
        carried.append((now_s, rule.due_s(size, now_s)))
    return carried


def test_the_delay_is_constant() -> None:
    rule = PacketRule(Shape(delay_ms=40), "1 up")
    assert rule.due_s(1000, 10.0) == pytest.approx(10.04)
    assert rule.due_s(1000, 10.001) == pytest.approx(10.041)


def test_a_capped_line_sends_one_after_another_and_drops_what_would_wait_too_long() -> None:
    rule = PacketRule(Shape(delay_ms=10, rate_kbps=1000, queue_ms=400), "1 up")
    due = [rule.due_s(1250, 5.0) for _ in range(60)]  # 10 ms each
    assert due[0] == pytest.approx(5.02)
    assert due[1] == pytest.approx(5.03)
    carried = [at for at in due if at is not None]
    assert len(carried) == 41  # one on the way, 400 ms behind it
    assert carried[-1] == pytest.approx(5.42)
    assert rule.counts.overflowed == 19
    assert rule.due_s(1250, 5.2) is not None  # there is room again


def test_an_idle_line_saves_up_nothing() -> None:
    rule = PacketRule(Shape(rate_kbps=1000), "1 up")
    rule.due_s(1250, 5.0)
    assert rule.due_s(1250, 60.0) == pytest.approx(60.01)


def test_loss_has_its_share_and_its_seed() -> None:
    def lost(seed: str, shape: Shape) -> list[int]:
        rule = PacketRule(shape, seed)
        return [n for n in range(20_000) if rule.due_s(100, n / 1000) is None]

    first = lost("1 up", Shape(loss=0.05))
    assert 0.045 < len(first) / 20_000 < 0.055
    assert first == lost("1 up", Shape(loss=0.05, delay_ms=50, jitter_ms=5))  # the other values change no fate
    assert first != lost("2 up", Shape(loss=0.05))
    assert first != lost("1 down", Shape(loss=0.05))


def test_in_an_outage_nothing_passes_and_chance_goes_on() -> None:
    whole, broken = (PacketRule(Shape(loss=0.3), "1 up") for _ in range(2))
    for number in range(200):
        broken.outage = 50 <= number < 100
        fates = whole.due_s(100, number), broken.due_s(100, number)
        if broken.outage:
            assert fates[1] is None
        else:
            assert fates[0] == fates[1]
    assert broken.counts.cut == 50


@given(SHAPES, ARRIVALS, st.integers())
def test_packets_keep_their_order_their_delay_and_their_count(
    shape: Shape, arrivals: list[tuple[int, float]], seed: int
) -> None:
    rule = PacketRule(shape, str(seed))
    carried = [(now_s, due_s) for now_s, due_s in carry(rule, arrivals) if due_s is not None]
    assert [due_s for _, due_s in carried] == sorted(due_s for _, due_s in carried)
    longest_s = shape.delay_ms / 1000 + shape.jitter_ms / 1000
    if shape.rate_kbps:
        longest_s += shape.queue_ms / 1000 + 1500 * 8 / (shape.rate_kbps * 1000)
    for now_s, due_s in carried:
        assert now_s + shape.delay_ms / 1000 - 1e-9 <= due_s <= now_s + longest_s + 1e-6
    counts = rule.counts
    assert counts.packets == len(arrivals) == len(carried) + counts.lost + counts.overflowed + counts.cut
    assert counts.bytes == sum(size for size, _ in arrivals)


@given(SHAPES, ARRIVALS.filter(lambda arrivals: len(arrivals) > 1))
def test_a_cap_is_never_exceeded(shape: Shape, arrivals: list[tuple[int, float]]) -> None:
    capped = shape.model_copy(update={"rate_kbps": 500.0, "jitter_ms": 0.0})
    due = [due_s for _, due_s in carry(PacketRule(capped, "1"), arrivals)]
    sent = [(size, due_s) for (size, _), due_s in zip(arrivals, due, strict=True) if due_s is not None]
    for (_, before_s), (size, after_s) in pairwise(sent):
        assert after_s - before_s >= size * 8 / 500_000 - 1e-9


def test_a_rate_that_changes_holds_from_the_next_packet() -> None:
    rule = PacketRule(Shape(rate_kbps=100), "1")
    rule.due_s(1250, 5.0)  # 100 ms
    rule.shape = Shape(rate_kbps=10_000)
    assert rule.due_s(1250, 5.0) == pytest.approx(5.101)


def test_wishes_change_what_they_name() -> None:
    edge = follow(Profile(), Wish(profile="edge"))
    assert edge == PROFILES["edge"]
    lossy = follow(edge, Wish(both={"loss": 0.2}, up={"loss": 0.1, "jitter_ms": 4}))
    assert (lossy.down.loss, lossy.up.loss, lossy.up.jitter_ms) == (0.2, 0.1, 4)
    assert lossy.down.rate_kbps == edge.down.rate_kbps
    broken = follow(lossy, Wish(outage_s=5))
    assert broken.outage
    assert broken.down == lossy.down
    assert not follow(broken, Wish(outage=False)).outage
    assert follow(PROFILES["break"], Wish(profile="clean")) == Profile()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('{"profile": "swift"}', "no profile is called 'swift'; there are clean, good-4g"),
        ('{"both": {"loss": 2}}', "down.loss: Input should be less than or equal to 1"),
        ('{"up": {"los": 0.1}}', "up.los: Extra inputs are not permitted"),
        ('{"outages": 5}', "outages: Extra inputs are not permitted"),
        ('{"outage_s": -1}', "outage_s: Input should be greater than 0"),
        ("outage", "Invalid JSON"),
        ("[]", "Input should be an object"),
    ],
)
def test_a_wish_that_cannot_be_followed_is_told_why(words: str, why: str) -> None:
    with pytest.raises(WishError) as caught:
        follow(Profile(), read_wish(words))
    assert str(caught.value).startswith(why)


@given(st.dictionaries(st.sampled_from(["delay_ms", "loss", "rate_kbps", "x"]), st.floats(allow_nan=False)))
def test_whatever_is_wished_is_followed_or_refused(changes: dict[str, float]) -> None:
    try:
        profile = follow(PROFILES["edge"], read_wish(json.dumps({"both": changes})))
    except WishError:
        return
    assert all(getattr(profile.down, name) == value for name, value in changes.items())


def test_lines_come_whole_however_they_are_cut() -> None:
    lines = Lines()
    assert lines.feed(b'{"a"') == []
    assert lines.feed(b": 1}\n\n{}\n{") == ['{"a": 1}', "{}"]
    assert lines.feed(b"x" * (LONGEST_LINE + 1)) == []
    assert lines.feed(b"\n{}\n") == ["{}"]


def test_the_profiles_are_the_ones_that_everything_is_tried_on() -> None:
    assert list(PROFILES) == ["clean", "good-4g", "weak-4g", "edge", "floor", "break"]
    floor = PROFILES["floor"]
    assert (floor.down.rate_kbps, floor.up.rate_kbps) == (300, 150)
    assert floor.down.delay_ms + floor.up.delay_ms == 300
    assert 0.05 <= floor.down.loss <= 0.10
    assert all(name in EPILOG for name in PROFILES)
