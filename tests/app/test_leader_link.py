"""`av1-app link --role leader`: for which robots, what does not go together, and that it can be withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from remote_app.access import EVERY_ROBOT, LEADER_SEAT, Claim
from remote_app.cli import main
from remote_app.data_directory import DataDirectory
from tests.app.test_process import config


def printed(capsys: pytest.CaptureFixture[str], file: Path, *options: str) -> str:
    """The first line that the command prints."""
    assert main(["--config", str(file), *options]) == 0
    return capsys.readouterr().out.splitlines()[0]


def claim_of(directory: Path, link: str) -> Claim:
    claim = DataDirectory(directory / "data").link_key().claim_of(link.rpartition("/")[2])
    assert claim is not None
    return claim


@pytest.mark.parametrize(
    ("options", "robot"), [((), EVERY_ROBOT), (("--robot=vefsn",), "vefsn"), (("--robot=*",), EVERY_ROBOT)]
)
def test_a_leaders_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], robot: str
) -> None:
    file = config(tmp_path)
    link = printed(capsys, file, "link", "--role=leader", "--name=Ane", *options)
    assert "/l/" in link
    claim = claim_of(tmp_path, link)
    assert (claim.role, claim.robot, claim.seat, claim.name) == ("leader", robot, LEADER_SEAT, "Ane")
    said = printed(capsys, file, "withdraw", link)
    assert said == f"withdrawn: Ane, leader of {'every robot' if robot == EVERY_ROBOT else robot}"
    assert claim.id in DataDirectory(tmp_path / "data").withdrawn()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--role=leader", "--seat=rodoy"), "--seat is for a patient"),
        (("--role=leader", "--robot=nowhere"), "no robot 'nowhere'"),
        (("--robot=vefsn",), "a patient's link needs --robot and --seat"),
        (("--seat=rodoy",), "a patient's link needs --robot and --seat"),
        (("--robot=*", "--seat=rodoy"), "no robot '*'"),
    ],
)
def test_what_does_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], says: str
) -> None:
    assert main(["--config", str(config(tmp_path)), "link", "--name=Ane", *options]) == 2
    assert says in capsys.readouterr().err


def test_a_patients_link_is_a_patients(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path)
    link = printed(capsys, file, "link", "--robot=vefsn", "--seat=rodoy", "--name=Kari")
    assert "/j/" in link
    assert claim_of(tmp_path, link).role == "patient"
    assert printed(capsys, file, "withdraw", link) == "withdrawn: Kari, seat rodoy at vefsn"
