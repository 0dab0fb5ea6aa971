"""Join links: what is accepted, and that nothing else is."""

from __future__ import annotations

import base64
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol.web import LinkFault
from remote_app.access import EVERY_ROBOT, Claim, LinkKey, LinkRole, new_claim

KEY = LinkKey(bytes(range(32)))
CLAIM = new_claim("vefsn", "rodoy", "Kari Nordmann", not_before=1000, expires=2000)
TOKEN = KEY.sign(CLAIM)
URL_SAFE = string.ascii_letters + string.digits + "-_."


def test_a_good_link_gives_its_claim() -> None:
    assert KEY.check(TOKEN, 1500) == CLAIM


@pytest.mark.parametrize(
    ("now", "answer"),
    [(999.9, LinkFault.NOT_YET), (1000, CLAIM), (1999.9, CLAIM), (2000, LinkFault.EXPIRED)],
)
def test_the_window_of_time(now: float, answer: Claim | LinkFault) -> None:
    assert KEY.check(TOKEN, now) == answer


def test_a_withdrawn_link_says_so_whatever_the_time() -> None:
    assert KEY.check(TOKEN, 5000, {CLAIM.id}) is LinkFault.WITHDRAWN


def test_another_key_is_refused() -> None:
    assert LinkKey(bytes(32)).check(TOKEN, 1500) is LinkFault.INVALID


def test_the_token_needs_no_escaping_in_a_path() -> None:
    assert set(TOKEN) <= set(URL_SAFE)
    assert set(KEY.sign(new_claim("a", "b", "Åse Čállá 李", not_before=0, expires=1))) <= set(URL_SAFE)


@given(place=st.integers(0, len(TOKEN) - 1), byte=st.characters(max_codepoint=255))
def test_any_changed_byte_is_refused(place: int, byte: str) -> None:
    changed = TOKEN[:place] + byte + TOKEN[place + 1 :]
    assert KEY.check(changed, 1500) == (CLAIM if changed == TOKEN else LinkFault.INVALID)


def test_every_other_last_character_is_refused() -> None:
    """The last character of a base64 text has unused bits: another one may stand for the same bytes."""
    for character in URL_SAFE.replace(TOKEN[-1], ""):
        assert KEY.check(TOKEN[:-1] + character, 1500) is LinkFault.INVALID


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    assert KEY.check(text, 1500) is LinkFault.INVALID


@pytest.mark.parametrize("spoiled", [TOKEN + "=", TOKEN + ".", "." + TOKEN, TOKEN[:-1], "2" + TOKEN[1:], TOKEN * 20])
def test_longer_shorter_and_other_versions_are_refused(spoiled: str) -> None:
    assert KEY.check(spoiled, 1500) is LinkFault.INVALID


@given(
    name=st.text(st.characters(categories=("L", "N")), min_size=1, max_size=60),
    begin=st.integers(0, 2**40),
    length=st.integers(1, 10**7),
)
def test_every_claim_survives_its_token(name: str, begin: int, length: int) -> None:
    claim = new_claim("vefsn", "rodoy", name, not_before=begin, expires=begin + length)
    assert KEY.check(KEY.sign(claim), begin) == claim


def test_a_claim_out_of_range_is_not_made() -> None:
    with pytest.raises(ValidationError):
        new_claim("Vefsn!", "rodoy", "Kari", not_before=0, expires=1)


def test_sessions_belong_to_their_link_and_are_never_the_same() -> None:
    sessions = {KEY.new_session("link-one") for _ in range(1000)}
    assert len(sessions) == 1000
    assert all(KEY.owns("link-one", session) for session in sessions)
    assert not any(KEY.owns("link-two", session) for session in sessions)
    assert not KEY.owns("link-one", "")
    assert not KEY.owns("link-one", "ø" * 32)


def test_a_link_from_before_there_were_roles_is_a_patients() -> None:
    """Its payload has no role, and today's for a patient has none either: the same bytes."""
    payload = TOKEN.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert set(json.loads(text)) == {"r", "s", "n", "b", "e", "i"}
    claim = KEY.check(TOKEN, 1500)
    assert isinstance(claim, Claim)
    assert claim.role == "patient"


@pytest.mark.parametrize(("robot", "covered"), [("vefsn", {"vefsn"}), (EVERY_ROBOT, {"vefsn", "bronnoy"})])
def test_a_leaders_link_names_one_robot_or_all(robot: str, covered: set[str]) -> None:
    claim = new_claim(robot, "leader", "Ane", not_before=1000, expires=2000, role="leader")
    back = KEY.check(KEY.sign(claim), 1500)
    assert back == claim
    assert isinstance(back, Claim)
    assert {name for name in ("vefsn", "bronnoy") if back.covers(name)} == covered


@pytest.mark.parametrize(("robot", "role"), [(EVERY_ROBOT, "patient"), ("**", "leader"), ("", "leader")])
def test_a_patient_has_one_robot_and_every_robot_has_a_good_name(robot: str, role: LinkRole) -> None:
    with pytest.raises(ValidationError):
        new_claim(robot, "rodoy", "Kari", not_before=0, expires=1, role=role)
