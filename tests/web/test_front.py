"""The stand-in service takes from a page what the real one takes, and no more."""

from __future__ import annotations

import json

from protocol.rescue import RescueFrame, RescueKind
from remote_app.conversation import Conversation
from tests.web.fake_service import FakeService

RESCUE = json.dumps({"type": "rescue", "on": True, "sent_ms": 1})
RAISE = {"type": "raise_hand", "raised": True}
OFFER = json.dumps({"type": "connect", "sdp": "v=0\r\n", "sent_ms": 1})


def act(number: int) -> str:
    return json.dumps({"type": "act", "id": f"a{number}", "seq": number, "sent_ms": number, "action": RAISE})


def test_what_a_page_may_not_say_is_refused_and_reaches_no_robot(service: FakeService) -> None:
    service.scene.silent = True
    service.scene.provokes = frozenset({"bad_message", "too_fast", "robot_off", "opened_elsewhere"})
    front = service.front

    def says(talk: Conversation, said: str | bytes, *, present: bool = True) -> list[tuple[str, str]]:
        front.refused.clear()
        service.run(front.hear(talk, said, present=present))
        return [*front.refused]

    first, second = front.enter("one"), front.enter("two")
    assert says(first, RESCUE) == [("bad_message", "rescue: connect first")]
    assert says(first, b"\x02\x00\x00\x00\x01\x00\x00\x00\x00x") == [("bad_message", "sound: connect first")]
    assert says(first, "{}")[0][0] == "bad_message"
    assert says(first, OFFER, present=False) == [("robot_off", "")]
    assert says(first, OFFER) == []
    assert says(second, OFFER) == [("opened_elsewhere", "")]
    assert says(second, act(1)) == [("opened_elsewhere", "")]
    assert says(first, RESCUE) == []
    still = RescueFrame(RescueKind.STILL, 1, 0, b"x").to_bytes()
    assert says(first, still) == [("bad_message", "a page sends sound, no pictures")]
    assert [says(first, OFFER) for _ in range(6)][-1] == [("too_fast", "connect")]
    assert says(first, act(1)) == []
    assert len(service.rescue.words) == 1
    assert not service.acts, "it has no connection yet"
    service.run(front.drop(first))
    service.run(front.drop(second))
