"""Six digits in place of a link: made, found, too old, withdrawn, guessed; by the rule and over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from protocol.codes import CODE_ANSWER, CODE_PATH, CodeFault, CodeFound, CodeRefused, StartInfo
from protocol.errors import SettingsError
from protocol.web import LinkFault
from remote_app.access import Claim, LinkKey, new_claim
from remote_app.codes import ALL_EVERY_S, ALL_TRIES, OWN_EVERY_S, OWN_TRIES, REMEMBERED_S, CodeDesk, new_code
from remote_app.data_directory import DataDirectory
from tests.app.conftest import Service

KEY = LinkKey(bytes(range(32)))
NOW_S = 1_800_000_000.0


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    return DataDirectory(tmp_path / "data")


@pytest.fixture
def desk(data: DataDirectory) -> CodeDesk:
    return CodeDesk(data, now=0.0)


def token(begins_s: float = NOW_S - 60, ends_s: float = NOW_S + 3600) -> str:
    return KEY.sign(new_claim("vefsn", "rodoy", "Kari", not_before=begins_s, expires=ends_s))


def check(link: str) -> Claim | LinkFault:
    return KEY.check(link, NOW_S)


def wrong_of(data: DataDirectory) -> str:
    """Six digits that are no link's."""
    return next(f"{number:06}" for number in range(10**6) if f"{number:06}" not in data.codes())


async def test_a_code_is_good_as_long_as_its_link_is(desk: CodeDesk, data: DataDirectory, tmp_path: Path) -> None:
    good, early, late = token(), token(NOW_S + 600), token(NOW_S - 7200, NOW_S - 3600)
    links = {new_code(data, KEY, link, NOW_S): link for link in (good, early, late)}
    assert len(links) == 3
    assert all(re.fullmatch("[0-9]{6}", code) for code in links)
    assert (tmp_path / "data" / f"code-{next(iter(links))}").stat().st_mode & 0o777 == 0o600
    for code, link in links.items():
        answer = await desk.exchange(code, "a", check, 0.0)
        expected = CodeRefused(fault=CodeFault.EXPIRED) if link == late else CodeFound(path=f"/j/{link}")
        assert answer == expected
    withdrawn = await desk.exchange(next(iter(links)), "a", lambda _: LinkFault.WITHDRAWN, 0.0)
    assert withdrawn == CodeRefused(fault=CodeFault.WITHDRAWN)
    assert await desk.exchange(wrong_of(data), "a", check, 0.0) == CodeRefused(fault=CodeFault.WRONG)


def test_codes_of_links_that_ended_are_given_anew(data: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([424242, 123456, 314159, 314159, 271828])
    monkeypatch.setattr("remote_app.codes.secrets.randbelow", lambda _: next(drawn))
    first, second = token(), token()
    assert new_code(data, KEY, first, NOW_S) == "314159", "what is guessed first is not given"
    assert new_code(data, KEY, second, NOW_S) == "271828", "two links never share one"
    drawn = iter([314159])
    later_s = NOW_S + 3600 + REMEMBERED_S
    assert new_code(data, KEY, token(later_s, later_s + 60), later_s) == "314159"
    assert list(data.codes()) == ["314159"]


def test_when_no_code_is_free_it_is_said(data: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remote_app.codes.secrets.randbelow", lambda _: 314159)
    new_code(data, KEY, token(), NOW_S)
    with pytest.raises(SettingsError, match="no six digits are free"):
        new_code(data, KEY, token(), NOW_S)


def test_files_that_are_no_codes_are_not_read(data: DataDirectory, tmp_path: Path) -> None:
    data.keep_code("314159", "link")
    (tmp_path / "data" / "code-1²").write_text("other")
    (tmp_path / "data" / "code-1.bak").write_text("other")
    assert data.codes() == {"314159": "link"}


async def test_who_is_wrong_too_often_waits_and_others_do_not(desk: CodeDesk, data: DataDirectory) -> None:
    code, wrong = new_code(data, KEY, token(), NOW_S), wrong_of(data)
    for _ in range(50):
        assert isinstance(await desk.exchange(code, "a", check, 0.0), CodeFound), "a right one costs nothing"
    for _ in range(OWN_TRIES):
        assert await desk.exchange(wrong, "a", check, 0.0) == CodeRefused(fault=CodeFault.WRONG)
    refused = await desk.exchange(code, "a", check, 10.0)
    assert isinstance(refused, CodeRefused)
    assert (refused.fault, refused.retry_s) == (CodeFault.TOO_MANY, pytest.approx(OWN_EVERY_S - 10))
    assert isinstance(await desk.exchange(code, "b", check, 10.0), CodeFound)
    assert isinstance(await desk.exchange(code, "a", check, OWN_EVERY_S + 1), CodeFound)


async def test_many_addresses_together_are_held_back_too(desk: CodeDesk, data: DataDirectory) -> None:
    code, wrong = new_code(data, KEY, token(), NOW_S), wrong_of(data)
    answers = await asyncio.gather(*(desk.exchange(wrong, f"host-{i}", check, 0.0) for i in range(ALL_TRIES + 5)))
    assert answers.count(CodeRefused(fault=CodeFault.WRONG)) == ALL_TRIES
    refused = await desk.exchange(code, "fresh", check, 0.0)
    assert isinstance(refused, CodeRefused)
    assert (refused.fault, refused.retry_s) == (CodeFault.TOO_MANY, pytest.approx(ALL_EVERY_S))
    assert isinstance(await desk.exchange(code, "fresh", check, ALL_EVERY_S + 1), CodeFound)


def test_a_guesser_has_a_small_chance_while_a_link_is_good() -> None:
    """Ten links of twelve hours, and every try that all addresses together are given in that time."""
    tries = ALL_TRIES + 12 * 3600 / ALL_EVERY_S
    assert tries * 10 / 10**6 < 0.025


async def test_over_http(service: Service) -> None:
    data = DataDirectory(service.settings.data.directory)
    link = service.token()
    code = new_code(data, service.key, link, time.time())
    where = service.where.http + CODE_PATH
    async with service.http.get(where) as answer:
        assert StartInfo.model_validate_json(await answer.text()) == StartInfo(
            course="Mestringstreff", telephone="75 00 00 00"
        )
    async with service.http.post(where, json={"code": code}) as answer:
        assert answer.status == 200
        found = CODE_ANSWER.validate_json(await answer.text())
    assert found == CodeFound(path=f"/j/{link}")
    for body in ({"code": "12345"}, {"code": "٣١٤١٥٩"}, {"code": 314159}, {}, []):
        async with service.http.post(where, json=body) as answer:
            assert (answer.status, json.loads(await answer.text())["fault"]) == (403, "wrong")
    async with service.http.post(where, data=json.dumps({"code": code})) as answer:
        assert answer.status == 403, "what another site's form can send"
    async with service.http.post(where, json={"code": wrong_of(data)}) as answer:
        assert answer.status == 403
    for i in range(OWN_TRIES):
        headers = {"X-Forwarded-For": f"6.6.6.{i}, 203.0.113.7"}  # what stands before the last one came from outside
        async with service.http.post(where, json={"code": wrong_of(data)}, headers=headers) as answer:
            assert answer.status == 403
    async with service.http.post(where, json={"code": code}, headers={"X-Forwarded-For": "203.0.113.7"}) as answer:
        refused = CODE_ANSWER.validate_json(await answer.text())
        assert answer.status == 429
    assert isinstance(refused, CodeRefused)
    assert refused.fault is CodeFault.TOO_MANY
    assert 0 < refused.retry_s <= int(answer.headers["Retry-After"]) <= OWN_EVERY_S + 1
