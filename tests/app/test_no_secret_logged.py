"""A whole round of logging in, links, digits, pairing and a broker's refusal, and no secret in what was logged."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

import pytest

from protocol.codes import CODE_PATH
from protocol.mqtt_url import MqttUrl
from protocol.pairing import PAIR_PATH
from remote_app.access import EVERY_ROBOT, LEADER_SEAT, new_claim
from remote_app.bridge import Bridge
from remote_app.codes import new_code
from remote_app.data_directory import DataDirectory
from remote_app.errors import BrokerOffError
from remote_app.pairing import new_key
from robot_agent.link import RobotLink
from tests.app.conftest import Service
from tests.app.fake_robot import until
from tests.app.staffed import PASSWORD, browser, make_administrator

WRONG_PASSWORD = "dette er ikke passordet mitt"
OTHER_PASSWORD = "fire grå gjess over Dønna"


async def test_no_secret_is_in_what_was_logged(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = {
        "one-time link": service.where.administrator.partition("#first=")[2],
        "password": PASSWORD,
        "wrong password": WRONG_PASSWORD,
        "new password": OTHER_PASSWORD,
        "broker's password": MqttUrl.parse(service.where.broker).password or "",
        "robot's password": MqttUrl.parse(service.robot_url()).password or "",
    }
    said |= await _staff_log_in(service)
    said |= await _visitors_come(service)
    said |= await _a_robot_is_paired(service)
    said |= await _the_broker_refuses(service, caplog)
    assert all(len(secret) >= 6 for secret in said.values()), "none of them is empty"
    assert "POST /api/staff/login 401" in caplog.text, "it was logged at all"
    assert "GET /j/{token} 200" in caplog.text
    told = [name for name, secret in said.items() if secret in caplog.text]
    assert told == []


async def _staff_log_in(service: Service) -> dict[str, str]:
    """Account, login, a wrong try, a new password, another link, log-out."""
    async with browser(service) as boss:
        await make_administrator(boss, service)
        assert await boss.log_in("tor", WRONG_PASSWORD) == 401
        assert await boss.log_in("tor") == 200
        cookie = next(iter(boss.cookies.values()))
        csrf = (await boss.me()).csrf  # type: ignore[union-attr]
        change = {"old": PASSWORD, "new": OTHER_PASSWORD}
        assert (await boss.ask("POST", "/api/staff/password", change))[0] == 204
        body = {"display_name": "Ane", "role": "coordinator"}
        _, made = await boss.ask("POST", "/api/v1/staff", body)
        assert (await boss.ask("POST", "/api/staff/logout", {}))[0] == 204
    return {"cookie": cookie, "csrf": csrf, "invitation": made["link"].partition("#first=")[2]}


async def _visitors_come(service: Service) -> dict[str, str]:
    """A page, its WebSocket, six digits, a leader, a link that is over, and one that is damaged."""
    now, base, http = time.time(), service.where.http, service.http
    claim = service.claim()
    token = service.key.sign(claim)
    over = service.key.sign(new_claim("vefsn", "rodoy", "Kari", not_before=now - 7200, expires=now - 3600))
    leader = service.key.sign(
        new_claim(EVERY_ROBOT, LEADER_SEAT, "Ane", not_before=now - 60, expires=now + 3600, role="leader")
    )
    damaged = f"{token[:-4]}AAAA"
    code = new_code(DataDirectory(service.settings.data.directory), service.key, token, now)
    async with http.post(base + CODE_PATH, json={"code": code}) as answer:
        assert answer.status == 200
    for one, status in ((token, 200), (over, 410), (damaged, 403)):
        async with http.get(f"{base}/j/{one}") as answer:
            assert answer.status == 200
        async with http.get(f"{base}/api/link/{one}") as answer:
            assert answer.status in (status, 403)
    page, _ = await service.open(token)
    await page.socket.close()
    async with http.ws_connect(f"{base}/ws-leader/{leader}"):
        pass
    signature = token.rpartition(".")[2]
    return {"link": token, "its signature": signature, "old link": over, "leader's": leader, "damaged": damaged}


async def _a_robot_is_paired(service: Service) -> dict[str, str]:
    """A wrong key and a good one."""
    data = DataDirectory(service.settings.data.directory)
    key, claim, wrong = new_key(data, "vefsn", time.time()), secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    for tried, status in ((wrong, 403), (key, 200)):
        wish = {"robot": "vefsn", "key": tried, "claim": claim}
        async with service.http.post(service.where.http + PAIR_PATH, json=wish) as answer:
            assert answer.status == status
    return {"pairing key": key, "robot's claim": claim, "wrong key": wrong}


async def _the_broker_refuses(service: Service, caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """A node and a robot with wrong passwords."""
    good, wrong = MqttUrl.parse(service.robot_url()), secrets.token_urlsafe(16)
    url = MqttUrl(good.host, good.port, username="vefsn", password=wrong)
    with pytest.raises(BrokerOffError) as refused:
        await Bridge(url, lambda _: None).check()
    logging.getLogger("remote_app").warning("%s", refused.value)

    async def nothing(*_: object) -> None:
        return

    link = RobotLink(url, "vefsn", nothing, nothing, nothing, nothing)
    task = asyncio.create_task(link.run())
    try:
        await until(lambda: "no link to" in caplog.text)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return {"refused password": wrong}
