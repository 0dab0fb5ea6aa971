"""The code's key for the robot's credentials, over HTTP at the service. Blocking: by `asyncio.to_thread`."""

from __future__ import annotations

import http.client
import ssl
import urllib.request
from pathlib import Path
from typing import Final
from urllib.error import HTTPError

from protocol.base import parse
from protocol.errors import MessageError
from protocol.pairing import (
    MAX_ANSWER_BYTES,
    PAIR_PATH,
    PAIRING_ANSWER,
    Paired,
    PairingCode,
    PairingRefused,
    PairingRequest,
)

TIMEOUT_S: Final = 10.0  # of each step; a service on a slow line answers well within


class NoServiceError(Exception):
    """The service could not be asked, or it answered something else; `why` holds no secret."""

    def __init__(self, service: str, why: str) -> None:
        self.service = service
        self.why = why
        super().__init__(f"no pairing at {service}: {why}; check the network and the service's address")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A key goes to the service that the code names and to nobody else."""

    def redirect_request(self, *_args: object) -> None:
        return None


def exchange(code: PairingCode, claim: str, ca_file: Path | None = None) -> Paired | PairingRefused:
    """Spends the key; again with the same `claim` while the answer may have been lost. Raises NoServiceError."""
    wish = PairingRequest(robot=code.robot, key=code.key.get_secret_value(), claim=claim)
    body = wish.model_dump_json().encode()
    request = urllib.request.Request(  # noqa: S310 - PairingCode lets http and https through alone
        code.service + PAIR_PATH, body, {"Content-Type": "application/json"}
    )
    try:
        trust = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=trust))
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                text = answer.read(MAX_ANSWER_BYTES + 1)
        except HTTPError as refusal:
            with refusal:
                text = refusal.read(MAX_ANSWER_BYTES + 1)
        return parse(PAIRING_ANSWER, "pairing answer", text, MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException, MessageError, UnicodeError) as error:
        raise NoServiceError(code.service, str(error) or type(error).__name__) from None
