"""The hash chain: whatever is done to a log without its key is found. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remote_app.store.chain import NOTHING, ChainKey, Deed, Entry, Head, Sealed, check
from remote_app.store.errors import StoreValueError

KEY = ChainKey(b"k" * 32)
OTHER = ChainKey(b"o" * 32)
WORDS = st.sampled_from(("", "a", "aa", "vefsn", "rodoy", "Ab_9-.", "expired"))
TIMES = st.integers(0, 10**16).map(lambda us: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
ENTRIES = st.builds(
    Entry, at=TIMES, deed=st.sampled_from(Deed), robot=WORDS, seat=WORDS, role=WORDS, link=WORDS, by=WORDS, detail=WORDS
)
LOGS = st.lists(ENTRIES, min_size=1, max_size=6)
EXAMPLES = settings(max_examples=30)


def written(entries: list[Entry], key: ChainKey = KEY) -> tuple[Head, list[Sealed]]:
    """The log as the program writes it."""
    head, log = Head(), []
    for entry in entries:
        log.append(key.add(head, entry))
        head = head.after(log[-1])
    return head, log


def fault(head: Head, log: list[Sealed], seal: str | None = None) -> str:
    return check(KEY, head, KEY.seal(head) if seal is None else seal, log)


@EXAMPLES
@given(LOGS)
def test_an_untouched_log_is_unbroken(entries: list[Entry]) -> None:
    head, log = written(entries)
    assert fault(head, log) == ""
    assert head.fingerprint == f"{len(entries)}:{log[-1].mac}"


@EXAMPLES
@given(LOGS, st.data())
def test_an_edit_of_any_field_is_found(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    at = data.draw(st.integers(0, len(log) - 1))
    old = log[at].entry
    key = data.draw(st.sampled_from(("at", "deed", "robot", "seat", "role", "link", "by", "detail")))
    new: dict[str, Any] = {key: data.draw({"at": TIMES, "deed": st.sampled_from(Deed)}.get(key, WORDS))}
    changed = replace(old, **new)
    log[at] = replace(log[at], entry=changed)
    assert (fault(head, log) == "") is (changed == old)
    if changed != old:
        assert fault(head, log) == f"entry {at + 1} is not as it was written"


@EXAMPLES
@given(LOGS, st.data())
def test_a_word_moved_from_one_field_to_the_next_is_found(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    at = data.draw(st.integers(0, len(log) - 1))
    old = log[at].entry
    both = old.robot + old.seat
    cut = data.draw(st.integers(0, len(both)))
    changed = replace(old, robot=both[:cut], seat=both[cut:])
    log[at] = replace(log[at], entry=changed)
    assert (fault(head, log) == "") is (changed == old)


@EXAMPLES
@given(LOGS, st.data())
def test_a_removal_is_found_wherever_it_is(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    first = data.draw(st.integers(0, len(log) - 1))
    last = data.draw(st.integers(first + 1, len(log)))
    del log[first:last]
    assert fault(head, log).startswith(f"entry {first + 1} is missing")


@EXAMPLES
@given(LOGS, st.data())
def test_a_removal_with_the_numbers_closed_up_is_found(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    gone = data.draw(st.integers(0, len(log) - 1))
    del log[gone]
    assert fault(head, [replace(sealed, seq=seq) for seq, sealed in enumerate(log, 1)])


@EXAMPLES
@given(st.lists(ENTRIES, min_size=2, max_size=8, unique=True), st.data())
def test_any_other_order_is_found(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    order = data.draw(st.permutations(log))
    assert (fault(head, order) == "") is (order == log)
    moved = [replace(sealed, seq=seq) for seq, sealed in enumerate(order, 1)]
    assert (fault(head, moved) == "") is (order == log)


@EXAMPLES
@given(LOGS, ENTRIES, st.data())
def test_an_entry_that_was_put_in_is_found(entries: list[Entry], more: Entry, data: st.DataObject) -> None:
    head, log = written(entries)
    at = data.draw(st.integers(0, len(log)))
    before = log[at - 1].mac if at else NOTHING
    forged = OTHER.add(Head(last_seq=at, last_mac=before), more)
    assert fault(head, [*log[:at], forged, *log[at:]])
    shifted = [replace(sealed, seq=sealed.seq + 1) for sealed in log[at:]]
    assert fault(head, [*log[:at], forged, *shifted])


@EXAMPLES
@given(LOGS, st.data())
def test_a_log_that_is_cut_together_with_its_head_is_found(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    kept = data.draw(st.integers(0, len(log) - 1))
    shorter, _ = written(entries[:kept])
    assert shorter.last_seq == kept
    assert "head" in check(KEY, shorter, KEY.seal(head), log[:kept])
    first = data.draw(st.integers(0, len(log) - 1))
    assert "head" in check(KEY, head.without(log[first]), KEY.seal(head), log[first + 1 :])


@EXAMPLES
@given(LOGS)
def test_a_log_that_was_written_anew_without_the_key_is_found(entries: list[Entry]) -> None:
    head, log = written(entries, OTHER)
    assert "the key is another" in check(KEY, head, OTHER.seal(head), log)
    assert fault(head, log) == "entry 1 is not as it was written"


@EXAMPLES
@given(LOGS, ENTRIES, ENTRIES)
def test_the_last_entry_of_another_branch_is_found(entries: list[Entry], one: Entry, other: Entry) -> None:
    head, log = written([*entries, one])
    _, branch = written([*entries, other])
    assert (fault(head, [*log[:-1], branch[-1]]) == "") is (one == other)


@EXAMPLES
@given(LOGS, st.data())
def test_what_was_deleted_in_time_leaves_an_unbroken_log(entries: list[Entry], data: st.DataObject) -> None:
    head, log = written(entries)
    last = data.draw(st.integers(0, len(log) - 1))
    head = head.without(log[last])
    log = log[last + 1 :]
    assert fault(head, log) == ""
    log.append(KEY.add(head, entries[0]))
    assert fault(head.after(log[-1]), log) == ""
    assert fault(head, log).startswith(f"entry {head.last_seq + 1} was added by somebody else")


@pytest.mark.parametrize("text", ["Kari Nordmann", "a b", "æ", "x" * 44, "a\n", "hei!"])
def test_an_entry_takes_no_text(text: str) -> None:
    with pytest.raises(StoreValueError, match=r"access_log\.detail must be one word"):
        Entry(datetime.now(UTC), Deed.ENTERED, detail=text)


def test_an_entry_has_its_zone_and_counts_in_one() -> None:
    with pytest.raises(StoreValueError, match="with its zone"):
        Entry(datetime(2026, 11, 28), Deed.ENTERED)  # noqa: DTZ001
    utc = Entry(datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC), Deed.ENTERED)
    oslo = replace(utc, at=utc.at.astimezone(timezone(timedelta(hours=1))))
    assert KEY.add(Head(), utc).mac == KEY.add(Head(), oslo).mac


def test_a_key_has_its_length() -> None:
    with pytest.raises(ValueError, match="31 bytes, not 32"):
        ChainKey(b"k" * 31)
