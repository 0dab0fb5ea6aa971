"""Who was there and how long, from lines of the access log. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from remote_app.attendance import Seen, attended

START = datetime(2030, 1, 7, 10, tzinfo=UTC)
TIMES = (START, START + timedelta(hours=2))
MEETINGS = [("m1", TIMES), ("m2", (START + timedelta(days=7), START + timedelta(days=7, hours=2)))]
SEATS = [("vefsn", "rodoy"), ("vefsn", "stua")]


def line(minute: float, deed: str, seat: str = "rodoy", detail: str = "") -> Seen:
    return Seen(START + timedelta(minutes=minute), deed, "vefsn", seat, detail)


def minutes(*log: Seen, after: float = 300) -> list[tuple[str, int, float]]:
    now = START + timedelta(minutes=after)
    return [(one.seat, one.visits, one.time / timedelta(minutes=1)) for one in attended(SEATS, MEETINGS, log, now)]


def test_visits_add_up_and_an_empty_seat_is_told() -> None:
    log = line(-5, "entered"), line(25, "left"), line(40, "entered"), line(130, "left")
    assert minutes(*log) == [("rodoy", 2, 120), ("stua", 0, 0)]


def test_a_hand_over_is_no_visit_more_and_watching_is_none() -> None:
    log = (
        line(0, "entered"),
        line(5, "entered", detail="watching"),
        line(30, "handed_over"),
        line(50, "left", detail="watching-left"),
        line(60, "left"),
    )
    assert minutes(*log) == [("rodoy", 1, 60), ("stua", 0, 0)]


def test_a_visit_without_an_end_lasts_to_the_meetings_end_or_to_now() -> None:
    assert minutes(line(10, "entered"))[0] == ("rodoy", 1, 110)
    assert minutes(line(10, "entered"), after=40)[0] == ("rodoy", 1, 30)
    assert minutes(line(150, "entered"))[0] == ("rodoy", 1, 0)


def test_another_day_is_another_meeting_and_one_to_come_is_not_told() -> None:
    assert minutes(line(7 * 24 * 60, "entered"), after=-1) == []
    both = minutes(line(0, "entered"), line(60, "left"), line(7 * 24 * 60, "entered"), after=7 * 24 * 60 + 30)
    assert both == [("rodoy", 1, 60), ("stua", 0, 0), ("rodoy", 1, 30), ("stua", 0, 0)]
