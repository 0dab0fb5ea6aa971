"""The picture's parts, as the settings have them: camera, encoder, limits of the rate, and the pipeline of them."""

from __future__ import annotations

from collections.abc import Callable

from robot_agent.media.camera import Camera, CameraSettings
from robot_agent.media.hardware_encoder import EncoderChoice
from robot_agent.media.rate.control import START_BPS, RateSettings
from robot_agent.media.video import VideoPipeline
from robot_agent.settings import CameraTable, VideoTable


class Picture:
    """`camera` is the one of the newest opening. `on_camera` is called in the camera's own thread."""

    def __init__(
        self,
        wanted: CameraTable,
        limits: VideoTable,
        on_camera: Callable[[str | None], None],
        on_step: Callable[[], None],
    ) -> None:
        start = min(max(START_BPS, limits.floor_bps), limits.ceiling_bps)
        self.rates = RateSettings(start_bps=start, floor_bps=limits.floor_bps, ceiling_bps=limits.ceiling_bps)
        self.encoders = EncoderChoice(limits.encoder)
        self.camera: Camera | None = None
        self._settings = CameraSettings(source=wanted.source, width=wanted.width, height=wanted.height, fps=wanted.fps)
        self._on_camera = on_camera
        self.pipeline = VideoPipeline(
            self._new_camera,
            self.rates,
            wanted.fps,
            max_levels=limits.max_levels,
            open_encoder=self.encoders.open,
            on_step=on_step,
        )

    def _new_camera(self) -> Camera:
        self.camera = Camera(self._settings, self._on_camera)
        return self.camera
