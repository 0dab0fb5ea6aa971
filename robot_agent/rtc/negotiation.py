"""From a page's offer to transceivers that carry our media; what follows is `RtcSession`'s."""

from __future__ import annotations

from dataclasses import dataclass

from aiortc import RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.codecs import get_capabilities
from aiortc.mediastreams import MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpCodecCapability, RTCRtpParameters
from aiortc.sdp import SessionDescription

from robot_agent.media.interfaces import VoiceSink
from robot_agent.rtc import patches
from robot_agent.rtc.descriptions import mime_type, picture_codec
from robot_agent.rtc.tracks import PictureTrack
from robot_agent.rtc.voice import voice_receiver

OUR_PROFILE = "42e01f"  # constrained baseline, level 3.1: what the encoder makes


@dataclass(frozen=True)
class Section:
    """One medium of the connection, and what the page offers for it."""

    transceiver: RTCRtpTransceiver
    offered: RTCRtpParameters


async def take_offer(
    peer: RTCPeerConnection,
    offer: SessionDescription,
    sdp: str,
    picture: PictureTrack,
    sound: MediaStreamTrack,
    voice: VoiceSink,
) -> dict[str, Section]:
    """The checked offer set, with `picture` and `sound` in the sections that ask for them, by kind. No answer yet.

    `picture` is told its codec; `voice` gets what the page's microphone sends.
    """
    sections: dict[str, Section] = {}
    for media in offer.media:
        if media.kind == "video":
            transceiver = peer.addTransceiver(picture, direction="sendonly")
            if (codec := picture_codec(media)) is not None:
                picture.use(codec)
                transceiver.setCodecPreferences(_codecs("video", mime_type(codec)))
        elif media.kind == "audio":
            transceiver = peer.addTransceiver(sound, direction="sendrecv")
            transceiver.setCodecPreferences(_codecs("audio", "audio/opus"))
            patches.take_packets(transceiver.receiver, voice_receiver(voice))
        else:
            continue
        sections[media.kind] = Section(transceiver, media.rtp)
    await peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
    return sections


def _codecs(kind: str, mime_type: str) -> list[RTCRtpCodecCapability]:
    """The codec's capabilities (our H.264 profile first), with retransmission where the kind has it."""
    everything = get_capabilities(kind).codecs
    chosen = [one for one in everything if one.mimeType.lower() == mime_type]
    chosen.sort(key=lambda one: one.parameters.get("profile-level-id") != OUR_PROFILE)
    return chosen + [one for one in everything if one.mimeType.lower().endswith("/rtx")]
