"""What pairs a robot: the QR code that it is shown, and the exchange of the code's key for its lasting credentials.

The code's text is `av1-pair:1:` and compact JSON with short keys. It fits a QR code that a camera reads from a
telephone's screen, which is why it may have at most MAX_CODE_BYTES.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from protocol.base import RobotId, Wire
from protocol.errors import MessageError
from protocol.mqtt_url import MqttUrl

CODE_KIND: Final = "pairing code"
SCHEME: Final = "av1-pair:"
VERSION: Final = 1
MAX_CODE_BYTES: Final = 300
KEY_BYTES: Final = 16
KEY_PATTERN: Final = r"^[A-Za-z0-9_-]{22}$"  # so many random bytes in base64url
PAIR_PATH: Final = "/api/pair"
MAX_ANSWER_BYTES: Final = 2048

PairingKey = Annotated[str, Field(pattern=KEY_PATTERN)]


def _origin(value: str) -> str:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError("must be a service's address like https://robot.example.org") from None
    plain = value.isascii() and value.isprintable() and not set(value) & set(' "\\<>^`{}|@')
    whole = f"{parts.scheme}://{parts.netloc}" == value and not parts.netloc.endswith(":")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not (plain and whole):
        raise ValueError("must be a service's address like https://robot.example.org, without a path")
    return value


def _network_name(value: str) -> str:
    if not value.isprintable() or not 1 <= len(value.encode()) <= 32:
        raise ValueError("must be 1 to 32 bytes of printable text")
    return value


def _network_password(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (8 <= len(text) <= 63 and text.isascii() and text.isprintable()):
        raise ValueError("must be 8 to 63 printable ASCII characters (WPA)")
    return value


class WifiNetwork(Wire):
    """The network that the robot shall join; no password is an open one. Source: IEEE 802.11i for the limits."""

    model_config = ConfigDict(hide_input_in_errors=True)

    name: Annotated[str, AfterValidator(_network_name)] = Field(alias="n")
    password: Annotated[SecretStr, AfterValidator(_network_password)] | None = Field(default=None, alias="p")


class PairingCode(Wire):
    """The content of the QR code. Nothing in its repr is a secret."""

    model_config = ConfigDict(hide_input_in_errors=True)

    service: Annotated[str, Field(max_length=120), AfterValidator(_origin)] = Field(alias="s")
    robot: RobotId = Field(alias="r")
    key: SecretStr = Field(alias="k")
    wifi: WifiNetwork | None = Field(default=None, alias="w")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        TypeAdapter(PairingKey).validate_python(self.key.get_secret_value())
        if (size := len(self.to_text().encode())) > MAX_CODE_BYTES:
            raise ValueError(f"takes {size} bytes, the limit is {MAX_CODE_BYTES}; use a shorter address or password")
        return self

    def to_text(self) -> str:
        """What the QR code holds, secrets too: never for a log."""
        wifi = None
        if self.wifi is not None:
            secret = self.wifi.password
            wifi = _WifiText(n=self.wifi.name, p=None if secret is None else secret.get_secret_value())
        text = _CodeText(s=self.service, r=self.robot, k=self.key.get_secret_value(), w=wifi)
        return f"{SCHEME}{VERSION}:{text.model_dump_json(exclude_none=True)}"

    @classmethod
    def from_text(cls, text: str) -> PairingCode:
        """Reads what a QR code holds. Raises MessageError, which repeats nothing of it."""
        if not text.startswith(SCHEME):
            raise MessageError(CODE_KIND, "", f"does not begin with {SCHEME}")
        if len(text) > MAX_CODE_BYTES or len(text.encode(errors="replace")) > MAX_CODE_BYTES:
            raise MessageError(CODE_KIND, "", f"longer than {MAX_CODE_BYTES} bytes")
        version, _, rest = text.removeprefix(SCHEME).partition(":")
        if version != str(VERSION):
            raise MessageError(CODE_KIND, "version", f"this robot reads version {VERSION} alone; update the robot")
        try:
            return cls.model_validate_json(rest)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            raise MessageError(CODE_KIND, ".".join(map(str, first["loc"])), first["msg"]) from None


class _WifiText(BaseModel):
    n: str
    p: str | None = None


class _CodeText(BaseModel):
    s: str
    r: str
    k: str
    w: _WifiText | None = None


class PairingRequest(Wire):
    """`POST /api/pair`: the robot spends the key of its code.

    `claim` is 128 random bits of the robot itself: it asks again with the same when the answer was lost on the way.
    """

    robot: RobotId
    key: PairingKey
    claim: PairingKey


def _is_broker(value: str) -> str:
    MqttUrl.parse(value)
    return value


class Paired(Wire):
    """The key was good, and is spent now. `mqtt_url` holds the robot's password: never for a log."""

    model_config = ConfigDict(hide_input_in_errors=True)

    type: Literal["paired"] = "paired"
    mqtt_url: Annotated[str, Field(max_length=500, repr=False), AfterValidator(_is_broker)]


class PairingRefused(Wire):
    """Why there are no credentials: a wrong key, one that somebody used, one that is too old, or too many tries now."""

    type: Literal["refused"] = "refused"
    fault: Literal["wrong", "used", "expired", "busy"]


PAIRING_ANSWER: Final = TypeAdapter[Paired | PairingRefused](
    Annotated[Paired | PairingRefused, Field(discriminator="type")]
)
PAIRING_REQUEST: Final = TypeAdapter(PairingRequest)
