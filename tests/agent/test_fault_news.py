"""When the words for a fault are told: at once, and again when the cause is another one and lasts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.state import Fault
from robot_agent.fault_news import AGAIN_AFTER_S, FaultNews

SILENT, HOT, GONE = "does not answer", "is too hot", "the cable is out"


def test_a_fault_is_told_at_once_and_once() -> None:
    news = FaultNews()
    news.note(Fault.HEAD, SILENT)
    news.note(Fault.CAMERA, GONE)
    assert news.due(10) == [(Fault.HEAD, SILENT), (Fault.CAMERA, GONE)]
    news.note(Fault.HEAD, SILENT)
    assert news.due(100) == []


def test_another_cause_is_told_when_it_lasts() -> None:
    news = FaultNews()
    news.note(Fault.HEAD, SILENT)
    assert news.due(10)
    news.note(Fault.HEAD, HOT)
    assert news.due(10 + AGAIN_AFTER_S - 1) == []
    assert news.due(10 + AGAIN_AFTER_S) == [(Fault.HEAD, HOT)]
    news.note(Fault.HEAD, GONE)
    news.note(Fault.HEAD, HOT)
    assert news.due(100) == [], "as it was told last"


def test_a_fault_that_comes_back_is_a_new_one() -> None:
    news = FaultNews()
    news.note(Fault.HEAD, SILENT)
    assert news.due(10)
    news.note(Fault.HEAD, None)
    assert news.due(10.1) == []
    news.note(Fault.HEAD, SILENT)
    assert news.due(10.2) == [(Fault.HEAD, SILENT)]


@given(st.lists(st.sampled_from([SILENT, HOT, GONE]), min_size=1, max_size=200))
def test_a_cause_that_goes_to_and_fro_is_no_flood(causes: list[str]) -> None:
    news, told = FaultNews(), []
    for tenth, words in enumerate(causes):
        news.note(Fault.HEAD, words)
        told += news.due(tenth / 10)
    assert 1 <= len(told) <= 1 + len(causes) / 10 / AGAIN_AFTER_S
    news.note(Fault.HEAD, causes[-1])
    assert [*told, *news.due(1000)][-1] == (Fault.HEAD, causes[-1]), "the last cause is told in the end"
