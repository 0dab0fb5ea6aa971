"""Topics and delivery rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.base import ID_PATTERN
from protocol.errors import TopicError
from protocol.topics import (
    FRAME_CHANNELS,
    NODE_CHANNELS,
    POSE,
    PRESENCE,
    ROLL_CALL,
    ROUTES,
    SET_POINT,
    STATE,
    Channel,
    FrameChannel,
    parse_topic,
)


@given(st.from_regex(ID_PATTERN.removesuffix("$") + r"\Z", fullmatch=True), st.sampled_from(ROUTES))
def test_every_topic_says_which_robot_and_channel(robot: str, channel: Channel | FrameChannel) -> None:
    topic = channel.topic(robot)
    assert topic == f"av1/1/robots/{robot}/{channel.name}"
    assert "." not in topic
    assert parse_topic(topic) == (robot, channel)


@given(st.text(max_size=60))
def test_any_other_topic_is_refused(text: str) -> None:
    with pytest.raises(TopicError):
        parse_topic(text)


@pytest.mark.parametrize(
    "topic",
    [
        "av1/1/robots/r1/state/x",
        "av1/2/robots/r1/state",
        "av1/1/robots/R1/state",
        "av1/1/robots//state",
        ROLL_CALL,
    ],
)
def test_near_misses_are_refused(topic: str) -> None:
    with pytest.raises(TopicError):
        parse_topic(topic)


def test_only_what_is_true_of_now_is_retained() -> None:
    assert {c for c in ROUTES if c.retain} == {PRESENCE, STATE}


def test_live_motion_is_never_delivered_late_by_the_broker() -> None:
    assert SET_POINT.qos == POSE.qos == 0
    assert {c.qos for c in ROUTES} <= {0, 1}


def test_pictures_and_sound_of_the_room_are_neither_kept_nor_sent_again() -> None:
    assert {(c.qos, c.retain) for c in FRAME_CHANNELS} == {(0, False)}


def test_what_nodes_tell_each_other_is_no_robots_business() -> None:
    assert not set(NODE_CHANNELS) & set(ROUTES), "a robot subscribes to its routes, and the broker's rules name them"
    assert not [channel for channel in NODE_CHANNELS if channel.retain]
    for channel in NODE_CHANNELS:
        assert parse_topic(channel.topic("vefsn")) == ("vefsn", channel)
