"""Offers: what is accepted, checked before a connection exists; answers: what the library does not say."""

from __future__ import annotations

from collections.abc import Collection

from aiortc.codecs import CODECS
from aiortc.rtcpeerconnection import find_common_codecs
from aiortc.sdp import MediaDescription, SessionDescription

from robot_agent.media.interfaces import Codec
from robot_agent.rtc.errors import BadOfferError

MAX_OFFER_CHARS = 64 * 1024
KINDS = frozenset({"audio", "video", "application"})

# What aiortc's parser raises for text that is not a description: it is written for well-formed input.
_PARSER_ERRORS = (
    ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError, StopIteration, RuntimeError,
)  # fmt: skip


def check_offer(sdp: str, codecs: Collection[Codec] = tuple(Codec)) -> SessionDescription:
    """The parsed offer. Raises BadOfferError with what is wrong with it.

    Accepted: at most one section each of picture, sound and data channels, bundled on one transport, with ICE
    credentials and a DTLS fingerprint; a picture in one of `codecs`, sound in Opus.
    """
    if len(sdp) > MAX_OFFER_CHARS:
        raise BadOfferError(f"the offer has {len(sdp)} characters, the limit is {MAX_OFFER_CHARS}")
    try:
        offer = SessionDescription.parse(sdp)
        kinds = [media.kind for media in offer.media]
        mids = [media.rtp.muxId for media in offer.media]
        bundled = [mid for group in offer.group if group.semantic == "BUNDLE" for mid in group.items]
        _check_codecs(offer, codecs)
        _check_credentials(offer)
    except _PARSER_ERRORS as error:
        raise BadOfferError(f"the offer is not a session description: {error!r}") from error
    if not kinds or not KINDS.issuperset(kinds):
        raise BadOfferError(f"the offer's sections are {kinds}, not some of {sorted(KINDS)}")
    if len(set(kinds)) != len(kinds):
        raise BadOfferError("the offer has two sections of one kind; one camera and one microphone are here")
    if not all(mids) or set(mids) != set(bundled):
        raise BadOfferError("the offer does not bundle all its sections on one transport")
    return offer


def picture_codec(offered: MediaDescription) -> Codec | None:
    """What the picture is to be encoded as: H.264 for everybody who takes ours, else VP8; None = neither.

    H.264 comes first whatever the offer's order: most devices decode it in hardware, and it costs the robot less.
    """
    common = {one.mimeType.lower() for one in find_common_codecs(CODECS["video"], offered.rtp.codecs)}
    return next((codec for codec in (Codec.H264, Codec.VP8) if mime_type(codec) in common), None)


def mime_type(codec: Codec) -> str:
    """The codec's name as a medium, in small letters."""
    return f"video/{codec}".lower()


def _check_codecs(offer: SessionDescription, codecs: Collection[Codec]) -> None:
    for media in offer.media:
        if media.kind == "video" and picture_codec(media) not in codecs:
            raise BadOfferError(f"the offer has no {' or '.join(codecs)} for its video")
        if media.kind == "audio" and all(codec.mimeType.lower() != "audio/opus" for codec in media.rtp.codecs):
            raise BadOfferError("the offer has no OPUS for its audio")


def _check_credentials(offer: SessionDescription) -> None:
    for media in offer.media:
        if media.ice is None or not media.ice.usernameFragment or not media.ice.password:
            raise BadOfferError("the offer has no ICE credentials")
        if media.dtls is None or not media.dtls.fingerprints:
            raise BadOfferError("the offer has no DTLS fingerprint")


def usable_candidates(sdp: str) -> str:
    """A checked offer with the candidates that aiortc is to know, in every section.

    A browser that bundles writes them in the bundle's first section alone (RFC 9143 section 7.2.1), and aiortc takes
    those of the last: it would know none, open no hole in a NAT and no permission at its TURN server.

    Candidates under an mDNS name, which browsers use before they may use the microphone, are left out. Looking such
    a name up takes a second and a multicast socket, and is not needed: the browser checks our addresses, and ICE
    learns its own from that (peer-reflexive, RFC 8445 section 7.3.1.3).
    """
    head, *sections = _sections(sdp)
    bundles = [line.split() for line in head if line.startswith("a=group:BUNDLE ")]
    tag = f"a=mid:{bundles[0][1]}" if bundles and len(bundles[0]) > 1 else None
    first = next((section for section in sections if tag in section), [])
    candidates = [line for line in first if _is_candidate(line) and not _is_hidden_host(line)]
    lines = [*head]
    for section in sections:
        lines += [line for line in section if not _is_candidate(line)] + candidates
    return "".join(f"{line}\r\n" for line in lines)


def _sections(sdp: str) -> list[list[str]]:
    """The lines before the first medium, and those of each medium."""
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _is_candidate(line: str) -> bool:
    return line.startswith(("a=candidate:", "a=end-of-candidates"))


def _is_hidden_host(line: str) -> bool:
    parts = line.split()
    return line.startswith("a=candidate:") and len(parts) > 4 and parts[4].endswith(".local")


def with_voice_wishes(answer: str) -> str:
    """The answer, which also asks for Opus packets that carry the one before again (RFC 7587 section 6.1).

    The browser adds the copies as soon as our reception reports tell of losses. Its packets stay at 20 ms: in shorter
    ones Chromium often leaves the copies out, and every packet costs headers and work.
    """
    lines, opus = answer.splitlines(), None
    wished: list[str] = []
    for line in lines:
        if line.startswith("m="):
            opus = None
        if line.lower().startswith("a=rtpmap:") and " opus/48000" in line.lower():
            opus = line.split(":", 1)[1].split(" ", 1)[0]
            wished += [line, f"a=fmtp:{opus} minptime=10;useinbandfec=1"]
        elif opus is None or not line.startswith(f"a=fmtp:{opus} "):
            wished.append(line)
    return "\r\n".join(wished) + "\r\n"
