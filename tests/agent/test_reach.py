"""The robot's agent and a TURN server that it is handed with the offer: coturn, refused and then good."""

from __future__ import annotations

from pathlib import Path

from protocol import topics
from protocol.events import FaultCleared, FaultRaised
from protocol.ice import Carrier, IceSetup, MediaPath
from protocol.signals import Answer, Hangup
from protocol.state import Fault
from tests.agent.body import Desk, Page
from tests.agent.test_robot import is_in_the_room
from tests.coturn import running_coturn


def candidate_types(answer: Answer) -> set[str]:
    return {line.split()[7] for line in answer.sdp.splitlines() if line.startswith("a=candidate:")}


async def answer_to(desk: Desk, page: Page) -> Answer:
    await page.offer(desk)
    return await desk.word(Answer, lambda said: said.connection == page.connection)


async def leave(desk: Desk, page: Page) -> None:
    await desk.send(topics.SIGNAL_IN, Hangup(session=page.session, connection=page.connection))
    await page.close()
    await desk.until_state(lambda state: state.session is None, "the robot to be free")


async def test_a_relay_that_refuses_is_a_fault_with_its_reason_and_one_that_works_is_the_path(
    desk: Desk, tmp_path: Path
) -> None:
    with running_coturn(tmp_path / "coturn") as coturn:
        wrong, right = coturn.server(*Carrier, secret="another secret, of another server"), coturn.server(Carrier.TCP)
        page = Page("kari")
        page.ice = IceSetup(servers=(wrong,))
        assert candidate_types(await answer_to(desk, page)) == {"host"}  # the direct path is there all the same
        await desk.until_state(lambda state: Fault.RELAY in state.faults, "the fault")
        raised = await desk.word(FaultRaised, lambda event: event.fault is Fault.RELAY)
        plain = f"turn:127.0.0.1:{coturn.port}?transport"
        assert raised.detail.startswith(f"{plain}=udp, {plain}=tcp: name and password refused; give the service")
        assert "certificate not trusted" in raised.detail
        assert wrong.credential not in raised.detail
        await leave(desk, page)

        page = Page("kari")
        page.ice = IceSetup(servers=(right,), relay_only=True)
        answer = await answer_to(desk, page)
        assert candidate_types(answer) == {"relay"}
        await page.take(answer.sdp)
        await desk.until_state(lambda state: is_in_the_room(state, page), "kari to be in the room")
        state = await desk.until_state(
            lambda state: state.quality is not None and state.quality.path is MediaPath.RELAY_TCP, "the path"
        )
        assert Fault.RELAY not in state.faults
        await desk.word(FaultCleared, lambda event: event.fault is Fault.RELAY)
        await leave(desk, page)
