"""The measurement of a page's line: what is answered, to whom, and how often."""

from __future__ import annotations

import time

import aiohttp
import pytest

from remote_app.access import new_claim
from remote_app.limits import KeyedBuckets, TokenBucket
from remote_app.line_desk import MAX_DOWN_BYTES, MAX_UP_BYTES, QUESTIONS_AT_ONCE
from tests.app.conftest import Service


def line(service: Service, token: str, query: str = "") -> str:
    return f"{service.where.http}/api/line/{token}{query}"


async def test_bytes_come_as_asked_for_and_cannot_be_pressed(service: Service) -> None:
    token = service.token()
    for wanted in (0, 1000, MAX_DOWN_BYTES):
        async with service.http.get(line(service, token, f"?bytes={wanted}")) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
            body = await answer.read()
        assert len(body) == wanted
    assert len(set(body)) == 256
    async with service.http.get(line(service, token)) as answer:
        assert (answer.status, await answer.read()) == (200, b"")


@pytest.mark.parametrize("wanted", ["-1", str(MAX_DOWN_BYTES + 1), "1e3", "²", "x", "9" * 400])
async def test_other_numbers_of_bytes_are_refused(service: Service, wanted: str) -> None:
    async with service.http.get(line(service, service.token()), params={"bytes": wanted}) as answer:
        assert answer.status == 400
        assert str(MAX_DOWN_BYTES) in await answer.text()


async def test_bytes_are_taken_and_no_more_than_that(service: Service) -> None:
    token = service.token()
    async with service.http.post(line(service, token), data=bytes(MAX_UP_BYTES)) as answer:
        assert answer.status == 204
    async with service.http.post(line(service, token), data=bytes(MAX_UP_BYTES + 1)) as answer:
        assert answer.status == 413


async def test_a_link_that_is_too_early_may_measure_and_others_may_not(service: Service) -> None:
    now = time.time()
    early = new_claim("vefsn", "rodoy", "Kari", not_before=now + 3600, expires=now + 7200)
    late = new_claim("vefsn", "rodoy", "Kari", not_before=now - 3600, expires=now - 60)
    for claim, status in ((early, 200), (late, 403)):
        async with service.http.get(line(service, service.key.sign(claim))) as answer:
            assert answer.status == status
    async with service.http.get(line(service, "forged")) as answer:
        assert answer.status == 403


async def test_a_link_that_asks_too_often_is_told_when_to_ask_again(service: Service) -> None:
    token, other = service.token(), service.token()
    answers: list[aiohttp.ClientResponse] = []
    for _ in range(QUESTIONS_AT_ONCE + 20):
        async with service.http.get(line(service, token)) as answer:
            answers.append(answer)
        if answer.status == 429:
            break
    assert answers[-1].status == 429
    assert int(answers[-1].headers["Retry-After"]) == 1
    async with service.http.get(line(service, other)) as answer:
        assert answer.status == 200, "another link is not touched"


def test_a_bucket_says_how_long_to_wait_and_can_get_something_back() -> None:
    bucket = TokenBucket(rate=0.5, burst=2, now=0)
    assert bucket.wait_s(0) == 0
    assert bucket.take(0)
    assert bucket.take(0)
    assert not bucket.take(0)
    assert bucket.wait_s(0) == 2
    assert bucket.wait_s(1.5) == 0.5
    bucket.give_back()
    assert bucket.wait_s(1.5) == 0
    for _ in range(10):
        bucket.give_back()
    assert [bucket.take(1.5) for _ in range(3)] == [True, True, False]


def test_each_key_has_its_own_bucket_and_the_longest_unused_is_forgotten() -> None:
    buckets = KeyedBuckets(rate=0.1, burst=1, most=2)
    assert buckets.of("a", 0).take(0)
    assert not buckets.of("a", 0).take(0)
    assert buckets.of("b", 0).take(0)
    assert not buckets.of("a", 1).take(1)  # used again: now "b" is the older one
    assert buckets.of("c", 1).take(1)
    assert not buckets.of("a", 1).take(1)
    assert buckets.of("b", 1).take(1), "forgotten, so it begins anew"
