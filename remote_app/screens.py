"""The screens of one node: rooms elsewhere, and second screens, that follow a meeting."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from protocol.leader import ElsewhereHand
from protocol.screen import ScreenView
from remote_app.floor_desk import FloorDesk
from remote_app.following import RoomSeen, name_elsewhere, view
from remote_app.page import Page
from remote_app.rooms import Room
from remote_app.watches import Watches

VIEW_SLOT: Final = "view"


class Screens:
    """Everything runs on the event loop's thread; `now` is monotonic seconds."""

    def __init__(self, rooms: Mapping[str, Room], floor: FloorDesk, watches: Watches) -> None:
        self._rooms = rooms
        self._floor = floor
        self._watches = watches
        self._shown: dict[Page, ScreenView] = {}

    @property
    def pages(self) -> tuple[Page, ...]:
        """Every open screen."""
        return tuple(self._shown)

    def enter(self, page: Page, now: float) -> ScreenView:
        """A screen has opened its WebSocket: what it shows."""
        self._shown[page] = shown = self._view(page, now)
        return shown

    def drop(self, page: Page) -> None:
        """The screen's WebSocket is gone."""
        self._shown.pop(page, None)
        self._watches.gone(page)

    def follows(self, page: Page) -> Room | None:
        """The room that this screen may see now."""
        shown = self._shown.get(page)
        return self._rooms.get(shown.robot) if shown is not None and shown.room == "open" else None

    def hear(self, robot: str) -> None:
        """Something changed at this robot: the screens of its meeting show it."""
        if self._shown:
            meeting = self._floor.frames.of(robot).meeting
            now = time.monotonic()
            for page, shown in tuple(self._shown.items()):
                if robot == shown.robot or self._floor.frames.of(page.claim.robot).meeting == meeting:
                    self._tell(page, now)

    def tick(self, now: float) -> None:
        """Robots go silent without a message."""
        for page in self.pages:
            self._tell(page, now)

    def _tell(self, page: Page, now: float) -> None:
        if page.claim.robot not in self._rooms:
            return
        before, shown = self._shown[page], self._view(page, now)
        if shown == before:
            return
        self._shown[page] = shown
        if shown.robot != before.robot:
            self._watches.gone(page)  # what it saw is not what it follows now
        page.outbox.put(shown.model_dump_json(), VIEW_SLOT)

    def _view(self, page: Page, now: float) -> ScreenView:
        own = page.claim.robot
        frame = self._floor.frames.of(own)
        others = [self._seen(robot, now) for robot in self._floor.frames.robots(frame) if robot != own]
        queue = tuple(
            ElsewhereHand(place=place, where=self._rooms[robot].place, name=name_elsewhere(self._rooms[robot].state))
            for place, robot in enumerate(self._floor.order(frame), 1)
        )
        return view(self._seen(own, now), others, queue)

    def _seen(self, robot: str, now: float) -> RoomSeen:
        room = self._rooms[robot]
        return RoomSeen(robot, room.place, room.present(now), room.state)
