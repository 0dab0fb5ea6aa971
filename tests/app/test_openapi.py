"""Every route of the OpenAPI document with what it allows, in a running service: no answer is a fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from remote_app.api.openapi import document
from remote_app.api.routes import BASE, ROUTES
from tests.app.whole_service import WholeService

PASSWORD = "tre røde hester på Helgeland"
EXAMPLES: Final = 4  # for each route, half of them about things that are there
DOCUMENT: Final = document("test")
OPERATIONS: Final = [(route.method, BASE + route.path) for route in ROUTES]


class Office(requests.Session):
    """A browser that is logged in, and a course with everything in it."""

    def __init__(self, service: WholeService) -> None:
        super().__init__()
        self.base = service.where.http
        self.headers.update({"Origin": self.base, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"})
        token = service.where.administrator.partition("#first=")[2]
        account = {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD}
        assert self.post(f"{self.base}/api/staff/account", json=account).status_code == 200
        self.made = {"site": "vefsn", "robot": "vefsn", "theme": "mat", "name": "Tavla"}
        self.make()

    def make(self) -> None:
        """A course and what belongs to it; their ids are known from then on."""

        def ask(method: str, path: str, body: object) -> str:
            answer = self.request(method, f"{self.base}{BASE}{path}", json=body, headers={"If-Match": "*"})
            assert answer.status_code in (200, 201), answer.text
            return str(answer.json().get("id"))

        ask("PUT", "/sites/vefsn", {"name": "Frisklivssentralen", "municipality": "Vefsn"})
        ask("PUT", "/robots/vefsn", {"site": "vefsn", "place": "Kursrommet"})
        course = ask("POST", "/courses", {"name": "Kurs", "starts_at": "2030-01-07T10:00:00Z", "sites": ["vefsn"]})
        at = f"/courses/{course}"
        seat = ask("POST", f"{at}/seats", {"name": "stua", "robot": "vefsn"})
        person = ask("POST", f"{at}/people", {"display_name": "Kari", "role": "patient", "seat": seat})
        self.made |= {"course": course, "seat": seat, "person": person}
        self.made["invitation"] = ask("POST", f"{at}/invitations", {"person": person})
        meetings = self.get(f"{self.base}{BASE}{at}/meetings").json()["items"]
        self.made["meeting"] = meetings[0]["id"]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with WholeService(tmp_path_factory.mktemp("openapi")) as service, Office(service) as office:
        yield office


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_answer_is_a_fault_of_ours(office: Office, method: str, path: str) -> None:
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method]
    known = set(operation.definition.raw["responses"])
    seen: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def ask(case: Any) -> None:
        if len(seen) % 2 and method != "DELETE":
            case.path_parameters = {part: office.made.get(part, "nobody-there") for part in case.path_parameters or {}}
        case.cookies = office.cookies.get_dict()
        answer = case.call(base_url=office.base, session=office)
        seen.append(answer.status_code)
        assert answer.status_code < 500, answer.text
        assert answer.status_code not in (401, 403), answer.text
        assert str(answer.status_code) in known, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0].startswith("application/problem+json")
            assert answer.json()["detail"]

    ask()
    assert seen


def test_the_documents_are_there_for_anybody_and_need_nobody_else(office: Office) -> None:
    spec = requests.get(f"{office.base}/api/asyncapi.json", timeout=30)
    assert (spec.status_code, spec.json()["asyncapi"]) == (200, "3.0.0")
    page = requests.get(f"{office.base}/api/docs", timeout=30)
    for shown in ("/api/openapi.json", "/api/asyncapi.json", "av1/1/robots/{robot}/state", "the robot sends"):
        assert shown in page.text
    for foreign in ("<script", "<style", "<link", "src=", "://"):
        assert foreign not in page.text, "the security policy forbids it"
