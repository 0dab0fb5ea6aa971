"""The simulator's settings (`config/sim.toml`), each with the default that suits a developer's machine."""

from pathlib import Path

from pydantic import Field

from hardware_sim.camera import CameraSettings
from protocol.settings_file import SettingsModel


class HttpSettings(SettingsModel):
    """Where the page, the state and the camera are served."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8081, ge=0, le=65535)  # 0 is any free port


class SerialSettings(SettingsModel):
    """The servo bus's name in the file system. Without one it is made in a temporary folder."""

    link: Path | None = None


class SoundSettings(SettingsModel):
    """The socket that stands in for the sound card. Without a path it is made in a temporary folder."""

    socket: Path | None = None


class LineSettings(SettingsModel):
    """The network line of `av1-sim line`, where one runs: the socket that it was started with as --control."""

    control: Path | None = None


class SimSettings(SettingsModel):
    """All settings of `av1-sim`."""

    http: HttpSettings = HttpSettings()
    serial: SerialSettings = SerialSettings()
    camera: CameraSettings = CameraSettings()
    sound: SoundSettings = SoundSettings()
    line: LineSettings = LineSettings()
