"""Who a broker must be, over TLS (`mqtts://`), and in words why it was not taken for it."""

from __future__ import annotations

import ssl
from pathlib import Path

from protocol.errors import SettingsError
from protocol.mqtt_url import MqttUrl

# X509_V_ERR_…, x509_vfy.h of OpenSSL
NOT_YET, EXPIRED = 9, 10
UNKNOWN = (2, 18, 19, 20, 21)
OTHER_NAME, OTHER_ADDRESS = 62, 64


def broker_trust(url: MqttUrl, ca_file: Path | None) -> ssl.SSLContext | None:
    """What the broker's certificate is checked with: the machine's authorities, or those in `ca_file` (PEM) alone.

    None for a broker without TLS. Raises SettingsError for a file that cannot be used. Blocking.
    """
    if not url.tls:
        return None
    try:
        trust = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise SettingsError(
            f"setting 'mqtt.ca_file' is {str(ca_file)!r}: it cannot be used ({error}); "
            "it must be the PEM file of the authority that signed the broker's certificate"
        ) from error
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    return trust


def tls_words(error: BaseException, url: MqttUrl) -> str | None:
    """Why TLS with the broker failed and what to do; None where TLS is not why."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _verification(cause, url)
    if isinstance(cause, ssl.SSLError):
        if cause.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
            return f"it does not speak TLS on port {url.port}; name its TLS port, mostly 8883, or write mqtt://"
        return f"TLS with it failed ({cause.reason or cause}); it must speak TLS 1.2 or newer"
    return None


def _verification(error: ssl.SSLCertVerificationError, url: MqttUrl) -> str:
    if error.verify_code in UNKNOWN:
        return (
            "nobody whom this machine trusts has signed its certificate; "
            "set mqtt.ca_file to the PEM file of the authority that signed it"
        )
    if error.verify_code == EXPIRED:
        return "its certificate is over; renew it at the broker, or set this machine's clock"
    if error.verify_code == NOT_YET:
        return "its certificate is not good yet; set this machine's clock"
    if error.verify_code in (OTHER_NAME, OTHER_ADDRESS):
        return (
            f"its certificate is for another name than {url.host}; "
            "name the broker in mqtt.url as its certificate does, or get it one with this name"
        )
    return f"its certificate is not good ({error.verify_message}); get the broker another one"
