"""GStreamer's webrtcbin as a sender, under the system's python3 (standard library and gi): JSON lines as `bench.ours`.

Pictures come from `python -m bench.painter` as raw I420 by a pipe (about 1 ms a picture), x264enc as fast as ours.
`--check` ends with 0 when everything that it needs is installed.
"""

import argparse
import fcntl
import json
import os
import re
import subprocess
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

WIDTH, HEIGHT, FPS = 1280, 720, 30
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
NEEDED = ("appsrc", "x264enc", "h264parse", "rtph264pay", "webrtcbin", "nicesrc", "dtlsenc", "srtpenc")
GATHER_TIMEOUT_S = 5
PIPELINE = (
    "webrtcbin name=peer bundle-policy=max-bundle "
    "appsrc name=picture is-live=true do-timestamp=true format=time block=false max-buffers=1 leaky-type=downstream "
    f"caps=video/x-raw,format=I420,width={WIDTH},height={HEIGHT},framerate={FPS}/1 ! "
    "x264enc tune=zerolatency speed-preset=superfast bitrate={kbps} vbv-buf-capacity=200 key-int-max=3000 ! "
    "video/x-h264,profile=constrained-baseline ! h264parse ! "
    "rtph264pay config-interval=-1 aggregate-mode=zero-latency pt={payload} ! "
    "application/x-rtp,media=video,encoding-name=H264,payload={payload} ! peer."
)


def payload_of(offer):
    """The payload type of H.264 constrained baseline, packetization mode 1, in the offer."""
    for number, words in re.findall(r"a=fmtp:(\d+) (.*)", offer):
        if "packetization-mode=1" in words and "profile-level-id=42e01f" in words:
            return int(number)
    raise SystemExit("gst_sender: the offer has no H.264 constrained baseline")


def paint(painter, source, ended):
    """Frames from the painter into the pipeline until one of them ends."""
    with subprocess.Popen([painter, "-m", "bench.painter"], stdout=subprocess.PIPE) as process:
        fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)
        while not ended.is_set():
            data = process.stdout.read(FRAME_BYTES)
            if len(data) < FRAME_BYTES:
                break
            source.emit("push-buffer", Gst.Buffer.new_wrapped(data))
        process.terminate()


def answer(peer, offer):
    """The answer with all candidates."""
    gathered = threading.Event()

    def look(*_):
        if peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            gathered.set()

    peer.connect("notify::ice-gathering-state", look)
    _, message = GstSdp.SDPMessage.new_from_text(offer)
    promise = Gst.Promise.new()
    peer.emit(
        "set-remote-description",
        GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.OFFER, message),
        promise,
    )
    promise.wait()
    promise = Gst.Promise.new()
    peer.emit("create-answer", None, promise)
    promise.wait()
    reply = promise.get_reply()  # must outlive what is taken out of it
    described = reply.get_value("answer")
    promise = Gst.Promise.new()
    peer.emit("set-local-description", described, promise)
    promise.wait()
    look()
    gathered.wait(GATHER_TIMEOUT_S)
    return peer.get_property("local-description").sdp.as_text()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--bps", type=int, default=1_500_000)
    parser.add_argument("--painter", help="the interpreter that runs bench.painter")
    options = parser.parse_args()
    Gst.init(None)
    missing = [name for name in NEEDED if Gst.ElementFactory.find(name) is None]
    if missing:
        raise SystemExit(f"gst_sender: no element {', '.join(missing)}")
    if options.check:
        return
    loop, ended = GLib.MainLoop(), threading.Event()
    threading.Thread(target=loop.run, daemon=True).start()
    offer = json.loads(sys.stdin.readline())["offer"]
    pipeline = Gst.parse_launch(PIPELINE.format(kbps=options.bps // 1000, payload=payload_of(offer)))
    pipeline.set_state(Gst.State.PLAYING)
    sdp = answer(pipeline.get_by_name("peer"), offer)
    painting = threading.Thread(target=paint, args=(options.painter, pipeline.get_by_name("picture"), ended))
    painting.start()
    print(json.dumps({"answer": sdp}), flush=True)
    sys.stdin.read()
    ended.set()
    painting.join()
    pipeline.set_state(Gst.State.NULL)
    os._exit(0)  # webrtcbin's threads do not all end


main()
