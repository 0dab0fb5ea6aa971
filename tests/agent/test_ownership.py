"""Who gets the robot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.signals import Offer, TurnedAway
from robot_agent.ownership import GRACE_S, LOST_AFTER_S, SENT_OUT_S, Denied, Granted, Liveness, Ownership


def offer(session: str = "kari", connection: str = "tablet-1", seat: str = "rodoy", *, replace: bool = False) -> Offer:
    return Offer(
        session=f"session-{session}",
        connection=f"connection-{connection}",
        seat=seat,
        epoch="e" * 8,
        name=session.title(),
        sent_ms=0,
        sdp="v=0",
        replace=replace,
    )


def ask(ownership: Ownership, asked: Offer, now_s: float) -> Granted | Denied:
    answer = ownership.ask(asked, now_s)
    if isinstance(answer, Granted):
        ownership.take(answer)
    return answer


def test_asking_alone_changes_nothing() -> None:
    ownership = Ownership()
    assert isinstance(ownership.ask(offer(), 0.0), Granted)
    assert ownership.holder is None


def test_a_free_robot_is_given_to_the_first_who_asks() -> None:
    ownership = Ownership()
    granted = ask(ownership, offer(), 10.0)
    assert isinstance(granted, Granted)
    assert granted.replaced is None
    assert ownership.holds("session-kari", "connection-tablet-1")
    assert ownership.liveness(10.0) is Liveness.ALIVE


def test_somebody_else_is_told_who_has_the_seat_and_changes_nothing() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    for other in (offer("ola"), offer("ola", seat="traena"), offer("ola", seat="traena", replace=True)):
        assert ask(ownership, other, 1.0) == Denied(TurnedAway.BUSY, "Kari")
    assert ownership.holds("session-kari", "connection-tablet-1")


def test_taking_over_the_same_seat_is_explicit_and_names_the_replaced() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    granted = ask(ownership, offer("ola", "tablet-2", replace=True), 5.0)
    assert isinstance(granted, Granted)
    assert granted.replaced is not None
    assert granted.replaced.name == "Kari"
    assert granted.holder.since_s == 5.0
    assert not ownership.holds("session-kari", "connection-tablet-1")


def test_by_another_link_of_the_seat_the_visit_goes_on_until_it_is_over() -> None:
    ownership = Ownership()

    def goes_on(asked: Offer, now_s: float) -> bool:
        answer = ask(ownership, asked, now_s)
        assert isinstance(answer, Granted)
        return answer.goes_on

    assert not goes_on(offer(), 0.0)
    assert goes_on(offer(connection="tablet-1b"), 1.0)
    assert goes_on(offer("anne", "tablet-2", replace=True), 2.0)
    assert not goes_on(offer("kari", replace=True), 2.1 + GRACE_S)
    ownership.release()
    assert not goes_on(offer("anne", "tablet-2", replace=True), 20.0)


def test_who_is_with_the_person_is_as_they_said_last() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    assert ownership.holder is not None
    assert ownership.holder.companion == ""
    ask(ownership, offer(connection="tablet-1b").model_copy(update={"companion": "Anne"}), 9.0)
    assert ownership.holder.companion == "Anne"


def test_the_same_session_comes_back_on_a_new_connection_and_keeps_its_age() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    granted = ask(ownership, offer(connection="tablet-1b"), 9.0)
    assert isinstance(granted, Granted)
    assert (granted.holder.since_s, granted.holder.steers_since_s) == (0.0, 0.0)
    assert granted.replaced is not None
    assert granted.replaced.connection == "connection-tablet-1"
    granted = ask(ownership, offer(connection="tablet-2", replace=True), 20.0)
    assert isinstance(granted, Granted)
    assert (granted.holder.since_s, granted.holder.steers_since_s) == (0.0, 20.0), "another tablet of the same link"


def test_silence_is_lost_after_two_missed_beats_and_gone_after_the_grace() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    assert ownership.liveness(LOST_AFTER_S) is Liveness.ALIVE
    assert ownership.liveness(LOST_AFTER_S + 0.01) is Liveness.LOST
    assert isinstance(ask(ownership, offer("ola"), GRACE_S), Denied)
    assert ownership.liveness(GRACE_S + 0.01) is Liveness.GONE
    assert isinstance(ask(ownership, offer("ola"), GRACE_S + 0.01), Granted)


def test_only_the_holders_own_connection_keeps_it_alive() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    ownership.heard("connection-other", 5.0)
    assert ownership.liveness(5.0) is Liveness.LOST
    ownership.heard("connection-tablet-1", 5.0)
    assert ownership.liveness(5.0) is Liveness.ALIVE


def test_after_release_nobody_holds_it() -> None:
    ownership = Ownership()
    ask(ownership, offer(), 0.0)
    assert ownership.release() is not None
    assert ownership.holder is None
    assert ownership.release() is None


def test_whom_a_leader_sent_out_may_ask_again_a_moment_later() -> None:
    ownership = Ownership()
    ownership.send_out("session-kari", 10.0)
    assert ownership.is_sent_out("session-kari", 10.0 + SENT_OUT_S - 0.1)
    assert not ownership.is_sent_out("session-kari", 10.0 + SENT_OUT_S)
    assert not ownership.is_sent_out("session-ola", 10.0)


EVENTS = st.tuples(
    st.floats(0, 3),
    st.sampled_from(["ask", "take", "hear", "release"]),
    st.sampled_from(["kari", "ola", "eva"]),
    st.sampled_from(["rodoy", "traena"]),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_a_living_holder_loses_the_robot_only_on_purpose(
    happenings: list[tuple[float, str, str, str]],
) -> None:
    ownership = Ownership()
    now = 0.0
    for step_s, what, who, seat in happenings:
        now += step_s
        before, alive = ownership.holder, ownership.liveness(now) is not Liveness.GONE
        match what:
            case "ask" | "take":
                answer = ask(ownership, offer(who, who, seat, replace=what == "take"), now)
                if before is not None and alive and before.session != f"session-{who}":
                    took_over = what == "take" and before.seat == seat
                    assert isinstance(answer, Granted) == took_over
                if isinstance(answer, Denied):
                    assert ownership.holder is before
            case "hear":
                ownership.heard(f"connection-{who}", now)
                assert (ownership.holder is None) == (before is None)
            case "release":
                ownership.release()
        holder = ownership.holder
        assert holder is None or holder.since_s <= holder.heard_s <= now
