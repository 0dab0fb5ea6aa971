"""The stored pairing: one file in the robot's data directory, readable by its user alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from protocol.base import RobotId
from protocol.errors import SettingsError
from protocol.mqtt_url import MqttUrl
from protocol.settings_file import SettingsModel
from robot_agent.own_files import write_whole
from robot_agent.settings import RobotSettings

NAME: Final = "pairing.json"


def _is_broker(value: str) -> str:
    MqttUrl.parse(value)
    return value


class Pairing(SettingsModel):
    """Who the robot is, and its broker's address with its password: never for a log."""

    model_config = ConfigDict(hide_input_in_errors=True)

    version: Literal[1] = 1
    robot: RobotId
    mqtt_url: Annotated[str, Field(repr=False), AfterValidator(_is_broker)]


def load(directory: Path) -> Pairing | None:
    """The stored pairing, or None. Raises SettingsError for one that cannot be read."""
    file = directory / NAME
    try:
        return Pairing.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"pairing {file} cannot be read ({error.strerror})") from error
    except ValidationError:
        raise SettingsError(f"pairing {file} is damaged; run `av1-robot unpair` and pair the robot anew") from None


def store(directory: Path, pairing: Pairing) -> None:
    """Keeps it, whole or not at all, and on the disk when this returns. Raises SettingsError."""
    write_whole(directory, NAME, pairing.model_dump_json())


def forget(directory: Path) -> bool:
    """Whether there was a pairing to forget. Raises SettingsError."""
    try:
        (directory / NAME).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SettingsError(f"pairing {directory / NAME} cannot be deleted ({error.strerror})") from error
    return True


def has_broker(settings: RobotSettings) -> bool:
    """Whether the settings themselves name the broker, which goes before any pairing."""
    return "url" in settings.mqtt.model_fields_set


def paired(settings: RobotSettings) -> RobotSettings | None:
    """The settings to run with; None for a robot that has to be paired. Raises SettingsError."""
    if has_broker(settings):
        return settings
    pairing = load(settings.data.path)
    return None if pairing is None else with_pairing(settings, pairing)


def with_pairing(settings: RobotSettings, pairing: Pairing) -> RobotSettings:
    """The settings with what was paired. Raises SettingsError where they name another robot."""
    own = settings.robot
    if "id" in own.model_fields_set and own.id != pairing.robot:
        raise SettingsError(
            f"setting 'robot.id' is {own.id!r} and the robot is paired as {pairing.robot!r}; "
            "leave robot.id out, or run `av1-robot unpair`"
        )
    return settings.model_copy(
        update={
            "robot": own.model_copy(update={"id": pairing.robot}),
            "mqtt": settings.mqtt.model_copy(update={"url": pairing.mqtt_url}),
        }
    )
