"""The robot's settings: `config/robot.toml` read into models."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from protocol.base import RobotId
from protocol.errors import SettingsError
from protocol.ice import MAX_SERVERS, MAX_URLS, IceAddress, IceServer
from protocol.mqtt_tls import broker_trust
from protocol.mqtt_url import MqttUrl
from protocol.settings_file import SettingsModel
from protocol.state import CameraView
from protocol.watching import MOST_WATCHERS
from robot_agent.head.settings import HeadSettings, SerialSettings
from robot_agent.media.levels import MAX_LEVELS
from robot_agent.ownership import GRACE_S
from robot_agent.watching import MOST


class RobotTable(SettingsModel):
    """Which robot this is."""

    id: RobotId = "demo"
    language: Literal["nb", "nn", "en"] = "nb"
    """What it says by itself: how it is, and that the battery is low."""
    off_command: Annotated[tuple[str, ...], Field(max_length=16)] = ()
    """What turns the computer off after a very long press of the button, such as ["systemctl", "poweroff"]."""


class MqttTable(SettingsModel):
    """The broker; the robot's name and password stand in the address."""

    url: str = "mqtt://127.0.0.1:1883"
    ca_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """The authority (PEM) that signed the certificates of broker and service, where this computer does not know it."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        MqttUrl.parse(value)
        return value

    @property
    def address(self) -> MqttUrl:
        """As it is connected to."""
        return MqttUrl.parse(self.url)

    def trust(self) -> ssl.SSLContext | None:
        """What the broker's certificate is checked with. Raises SettingsError for a `ca_file` that is none."""
        return broker_trust(self.address, self.ca_file)


class CameraTable(SettingsModel):
    """The camera: a device index, a file or a URL; size and rate are asked for, a device may give others.

    `still_source` is where a JPEG with all that the sensor has is got from, by HTTP; empty is from the camera itself.
    """

    source: int | str = 0
    width: Annotated[int, Field(ge=160, le=4096)] = 1280
    height: Annotated[int, Field(ge=120, le=2160)] = 720
    fps: Annotated[float, Field(ge=5, le=60)] = 30.0
    still_source: Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=500)] = ""
    hfov_deg: Annotated[float, Field(gt=10, lt=170)] = 78.0

    @field_validator("width", "height")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even, the picture is encoded in blocks of two")
        return value

    def view(self) -> CameraView:
        """What the page needs to turn a tap into an angle."""
        return CameraView(width=self.width, height=self.height, hfov_deg=self.hfov_deg)


class SoundTable(SettingsModel):
    """The sound device: `card:default`, `card:<name>`, `socket:/path` or `none`."""

    device: Annotated[str, Field(pattern=r"^(none|card:.+|socket:/.+)$")] = "card:default"


class VideoTable(SettingsModel):
    """Limits of the picture's bitrate in bit/s, what encodes it, and how many sizes of it may move at once."""

    floor_bps: Annotated[int, Field(ge=30_000, le=1_000_000)] = 80_000
    ceiling_bps: Annotated[int, Field(ge=100_000, le=20_000_000)] = 4_000_000
    encoder: Literal["software", "auto", "h264_v4l2m2m", "h264_nvenc", "h264_qsv", "h264_amf"] = "software"
    max_levels: Annotated[int, Field(ge=1, le=4)] = MAX_LEVELS

    @model_validator(mode="after")
    def _are_in_order(self) -> Self:
        if self.floor_bps > self.ceiling_bps:
            raise ValueError("floor_bps must not be above ceiling_bps")
        return self


def _ice_url(value: str) -> str:
    return str(IceAddress.parse(value))


class OwnIceServer(SettingsModel):
    """A STUN or TURN server that this robot uses beside those that the service gives it; first in turn."""

    urls: Annotated[tuple[Annotated[str, AfterValidator(_ice_url)], ...], Field(min_length=1, max_length=MAX_URLS)]
    username: Annotated[str, Field(max_length=256)] = ""
    credential: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if any(IceAddress.parse(url).kind == "turn" for url in self.urls) and not (
            self.username and self.credential.get_secret_value()
        ):
            raise ValueError("names a TURN server, which needs username and credential")
        return self


class RtcTable(SettingsModel):
    """Which addresses of this robot are offered to the tablet (empty is every interface), and servers of its own."""

    host_addresses: tuple[str, ...] = ()
    ice_servers: Annotated[tuple[OwnIceServer, ...], Field(max_length=MAX_SERVERS)] = ()

    def servers(self) -> tuple[IceServer, ...]:
        """The servers of its own as the wire has them."""
        return tuple(
            IceServer(urls=own.urls, username=own.username, credential=own.credential.get_secret_value())
            for own in self.ice_servers
        )

    @field_validator("host_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            ipaddress.ip_address(address)
        return value


class DataTable(SettingsModel):
    """Where the robot keeps what it learns by itself: its pairing."""

    directory: Path = Path("~/.local/share/av1-robot")

    @property
    def path(self) -> Path:
        """The directory; `~` is the home of the user who runs the robot."""
        return self.directory.expanduser()


class SessionTable(SettingsModel):
    """How long a tablet that went silent keeps its seat, in seconds; how many may watch beside who is in."""

    grace_s: Annotated[float, Field(ge=3, le=300)] = GRACE_S
    most_watchers: Annotated[int, Field(ge=0, le=MOST_WATCHERS)] = MOST


class RobotSettings(SettingsModel):
    """Everything that differs between robots; the rest is the same program."""

    robot: RobotTable = RobotTable()
    mqtt: MqttTable = MqttTable()
    serial: SerialSettings = SerialSettings()
    head: HeadSettings = HeadSettings()
    camera: CameraTable = CameraTable()
    sound: SoundTable = SoundTable()
    video: VideoTable = VideoTable()
    rtc: RtcTable = RtcTable()
    session: SessionTable = SessionTable()
    data: DataTable = DataTable()

    def check_devices(self) -> None:
        """Raises SettingsError, one clear line, when a device that the settings name is not there."""
        _must_exist("serial.port", self.serial.port, "plug the bus in or name another port")
        source = self.camera.source
        if isinstance(source, int):
            _must_exist("camera.source", f"/dev/video{source}", "plug the camera in or name another")
        elif "://" not in source:
            _must_exist("camera.source", source, "name a device index, a file or a URL")
        kind, _, rest = self.sound.device.partition(":")
        if kind == "socket":
            _must_exist("sound.device", rest, "start the sound end first or name another")


def _must_exist(key: str, path: str, advice: str) -> None:
    try:
        there = Path(path).exists()
    except OSError as error:
        raise SettingsError(f"setting '{key}': {path} cannot be used ({error.strerror}); {advice}") from error
    if not there:
        raise SettingsError(f"setting '{key}': {path} does not exist; {advice}")
