"""The service's settings (`config/app.toml`) and the broker address made from them."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, model_validator

from protocol.base import RobotId
from protocol.errors import SettingsError
from protocol.ice import MAX_URLS, IceAddress
from protocol.mqtt_url import MqttUrl
from protocol.settings_file import SettingsModel
from remote_app.limits import THIS_MACHINE
from remote_app.staff_settings import StaffSettings
from remote_app.store.settings import StoreSettings

EMBEDDED: Final = "embedded"
NODE_USER: Final = "node"  # the service's own name at the embedded broker, so no robot may have it

Port = Annotated[int, Field(ge=0, le=65535)]
OwnPath = Annotated[Path, AfterValidator(Path.expanduser)]


def _base_url(value: str) -> str:
    if not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be like https://robot.example.org, without a path")
    return value.rstrip("/")


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError(f"is {value!r}: must be an IP address, such as 127.0.0.1") from None


def _unique(robots: tuple[RobotSettings, ...]) -> tuple[RobotSettings, ...]:
    seen: set[str] = set()
    for robot in robots:
        if robot.id in seen:
            raise ValueError(f"names the robot {robot.id!r} twice; give each robot its own id")
        if robot.id == NODE_USER:
            raise ValueError(f"{NODE_USER!r} is the service's own name; choose another id for the robot")
        seen.add(robot.id)
    return robots


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ValueError, ZoneInfoNotFoundError, OSError):
        raise ValueError(f"is {value!r}: must be a time zone, such as Europe/Oslo") from None


def _both_or_none(certificate: Path | None, key: Path | None) -> None:
    if (certificate is None) != (key is None):
        raise ValueError("needs certificate_file and key_file, both or none")


class HttpSettings(SettingsModel):
    """Where pages are served, and with which certificate."""

    host: str = "127.0.0.1"
    port: Port = 8080
    """0 takes any free port."""
    public_url: Annotated[str, AfterValidator(_base_url)] = ""
    """What stands in front of the links when people reach the service through a proxy."""
    proxies: tuple[Annotated[str, AfterValidator(_address)], ...] = THIS_MACHINE
    """Whose word is taken for who asks (X-Forwarded-For)."""
    certificate_file: OwnPath | None = None
    """The certificate (PEM, with those between it and the root): the service speaks TLS itself."""
    key_file: OwnPath | None = None
    """The certificate's private key (PEM)."""
    redirect_port: Port | None = None
    """Where http:// is answered with the same address by https://."""
    hsts_days: Annotated[int, Field(ge=0, le=730)] = 30
    """For how long a browser that came by TLS never asks without it again; 0 says nothing of it."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _both_or_none(self.certificate_file, self.key_file)
        if self.redirect_port is not None and not self.tls:
            raise ValueError("has redirect_port but no certificate_file: without TLS there is nothing to redirect to")
        if self.redirect_port and self.redirect_port == self.port:
            raise ValueError(f"has the same port and redirect_port, {self.port}; give each its own, such as 443 and 80")
        return self

    @property
    def tls(self) -> bool:
        """The service speaks TLS itself."""
        return self.certificate_file is not None

    def base(self, port: int) -> str:
        """The address of the pages on this machine, without a path."""
        host = reachable_host(self.host)
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


class EmbeddedSettings(SettingsModel):
    """The Mosquitto that the service runs itself."""

    host: str = "127.0.0.1"
    port: Port = 0
    """0 takes any free port, which is kept as long as the service lives."""
    program: str = "mosquitto"
    certificate_file: OwnPath | None = None
    """The certificate (PEM, with those between it and the root): robots come by TLS alone."""
    key_file: OwnPath | None = None
    """The certificate's private key (PEM)."""
    name: Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.:-]*$")] = ""
    """What robots call the broker, as its certificate does; empty: the host in http.public_url, or this address."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _both_or_none(self.certificate_file, self.key_file)
        return self

    @property
    def tls(self) -> bool:
        """Robots come by TLS."""
        return self.certificate_file is not None

    def for_robots(self, port: int, user: str, password: str) -> MqttUrl:
        """Where and as whom a robot connects; `port` is the one that is listened on."""
        host = self.name or reachable_host(self.host)
        return MqttUrl(host, port, tls=self.tls, username=user, password=password)


class MqttSettings(SettingsModel):
    """The broker: "embedded", or the URL of one that others run."""

    url: str = EMBEDDED
    ca_file: OwnPath | None = None
    """The authority (PEM) that signed the certificate of the broker at `url`, where the machine does not know it."""
    embedded: EmbeddedSettings = EmbeddedSettings()


class DataSettings(SettingsModel):
    """Where the secrets live: the key that signs links, the robots' passwords."""

    directory: Annotated[Path, AfterValidator(Path.expanduser)] = Path("~/.local/share/av1-app").expanduser()


class CourseSettings(SettingsModel):
    """What the pages say about the course."""

    name: Annotated[str, Field(max_length=120)] = "Kurs"
    telephone: Annotated[str, Field(max_length=40)] = ""
    waiting_room: bool = True
    """Whether a person waits until a course leader lets them in; else the link alone opens the room."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "Europe/Oslo"
    """Where the people are: the times on invitations are theirs."""
    template_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """What new courses begin with; ours when there is none: `course_templates/six-meetings.toml`."""


def _turn_url(value: str) -> str:
    if (address := IceAddress.parse(value)).kind != "turn":
        raise ValueError("is a STUN server; those stand in turn.stun_urls")
    return str(address)


def _stun_url(value: str) -> str:
    if (address := IceAddress.parse(value)).kind != "stun":
        raise ValueError("is a TURN server; those stand in turn.urls")
    return str(address)


class TurnSettings(SettingsModel):
    """The servers by which page and robot reach each other. None is used unless it is named here."""

    urls: Annotated[tuple[Annotated[str, AfterValidator(_turn_url)], ...], Field(max_length=MAX_URLS)] = ()
    """TURN servers, every way to them. Page and robot try UDP, TCP and TLS themselves."""
    stun_urls: Annotated[tuple[Annotated[str, AfterValidator(_stun_url)], ...], Field(max_length=MAX_URLS)] = ()
    """STUN servers; a TURN server answers STUN too."""
    secret: SecretStr = SecretStr("")
    """What the TURN server calls static-auth-secret."""
    secret_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    """A file with the secret, so that the settings hold none."""
    lifetime_s: Annotated[int, Field(ge=600, le=7 * 86400)] = 6 * 3600
    """How long a password is good: a new one comes after half of it, so a meeting fits into the other half."""
    force_relay: bool = False
    """Only TURN, even where page and robot could talk directly: to test it, and to find out what is wrong."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        has_secret = bool(self.secret.get_secret_value())
        if has_secret and self.secret_file is not None:
            raise ValueError("has both secret and secret_file; keep one")
        if self.urls and not has_secret and self.secret_file is None:
            raise ValueError("has urls but no secret; set turn.secret_file (or turn.secret) as at the TURN server")
        if not self.urls and (has_secret or self.secret_file is not None):
            raise ValueError("has a secret but no urls; name the TURN server in turn.urls")
        if self.force_relay and not self.urls:
            raise ValueError("forces the relay but names none; set turn.urls")
        return self


class RobotSettings(SettingsModel):
    """One robot and the place where it stands."""

    id: RobotId
    place: Annotated[str, Field(max_length=80)]


class AppSettings(SettingsModel):
    """Everything that can be set."""

    http: HttpSettings = HttpSettings()
    mqtt: MqttSettings = MqttSettings()
    data: DataSettings = DataSettings()
    store: StoreSettings = StoreSettings()
    staff: StaffSettings = StaffSettings()
    course: CourseSettings = CourseSettings()
    turn: TurnSettings = TurnSettings()
    robots: Annotated[tuple[RobotSettings, ...], AfterValidator(_unique)] = ()

    @property
    def embedded(self) -> bool:
        """The service runs the broker itself."""
        return self.mqtt.url == EMBEDDED

    @property
    def own_broker(self) -> EmbeddedSettings:
        """The broker of our own, with the name by which robots find it."""
        own, public = self.mqtt.embedded, urlsplit(self.http.public_url).hostname
        return own.model_copy(update={"name": public}) if own.tls and not own.name and public else own

    def robot(self, robot_id: str) -> RobotSettings:
        """The settings of one robot. Raises SettingsError with the known ones."""
        for robot in self.robots:
            if robot.id == robot_id:
                return robot
        known = ", ".join(robot.id for robot in self.robots) or "none yet, add a [[robots]] table"
        raise SettingsError(f"no robot {robot_id!r} in the settings; known robots: {known}")


def broker_address(url: str) -> MqttUrl:
    """The address in `mqtt.url`. Raises SettingsError, which never shows the password."""
    try:
        return MqttUrl.parse(url)
    except ValueError:  # its text may name a piece of the password
        raise SettingsError(
            "setting 'mqtt.url' is not a broker's address; "
            'write "embedded", or mqtt://user:password@host:port (mqtts:// for TLS)'
        ) from None


def reachable_host(host: str) -> str:
    """The host to connect to for a listener on `host`: the loopback address when it listens everywhere."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"
