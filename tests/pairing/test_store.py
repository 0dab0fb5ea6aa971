"""The stored pairing, and what goes before it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from robot_agent.cli import main
from robot_agent.pairing.store import NAME, Pairing, forget, load, paired, store
from robot_agent.settings import RobotSettings

URL = "mqtt://vefsn:secret@192.0.2.1:1883"
PAIRING = Pairing(robot="vefsn", mqtt_url=URL)


def settings(directory: Path, **tables: object) -> RobotSettings:
    return RobotSettings.model_validate({"data": {"directory": directory}, **tables})


def test_it_is_kept_for_its_user_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "data"
    store(directory, Pairing(robot="other", mqtt_url=URL))
    store(directory, PAIRING)
    assert load(directory) == PAIRING
    assert [file.name for file in directory.iterdir()] == [NAME]
    assert stat.S_IMODE((directory / NAME).stat().st_mode) == 0o600
    assert "secret" not in repr(PAIRING)


def test_without_a_pairing_the_robot_has_to_be_paired(tmp_path: Path) -> None:
    assert paired(settings(tmp_path)) is None


def test_with_one_it_runs_as_paired(tmp_path: Path) -> None:
    store(tmp_path, PAIRING)
    found = paired(settings(tmp_path))
    assert found is not None
    assert (found.robot.id, found.mqtt.url) == ("vefsn", URL)


def test_a_broker_in_the_settings_goes_before_it(tmp_path: Path) -> None:
    store(tmp_path, PAIRING)
    own = settings(tmp_path, mqtt={"url": "mqtt://192.0.2.9"})
    assert paired(own) == own


def test_another_name_in_the_settings_is_told(tmp_path: Path) -> None:
    store(tmp_path, PAIRING)
    with pytest.raises(SettingsError, match=r"robot.id.*unpair"):
        paired(settings(tmp_path, robot={"id": "other"}))


def test_a_damaged_one_is_told_without_its_secret(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"version":1,"robot":"vefsn","mqtt_url":"secret"}')
    with pytest.raises(SettingsError, match="unpair") as error:
        load(tmp_path)
    assert "secret" not in str(error.value)


def test_unpair_forgets_it_even_when_it_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / NAME).write_text("not a pairing")
    config = tmp_path / "robot.toml"
    config.write_text(f'[data]\ndirectory = "{tmp_path}"\n')
    assert main(["--config", str(config), "unpair"]) == 0
    assert "forgotten" in capsys.readouterr().out
    assert load(tmp_path) is None
    assert not forget(tmp_path)
    assert main(["--config", str(config), "unpair"]) == 0
    assert "no pairing" in capsys.readouterr().out


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"data\.directory"):
        store(tmp_path / "file" / "data", PAIRING)
