"""What is drawn, while packets come late, in parts or not at all: it never goes back in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping

from rtseg.types import FrameId, TrackId
from rtseg.wire.bases import KEPT_BY_DECODER, is_older
from rtseg.wire.messages import TrackedObject
from rtseg.wire.numbers import Size


class Showing:
    """The objects on show, each with the frame of its outline.

    `frame_id` is the newest frame of which anything came, None before the first; `size` is that
    frame's, (height, width) in pixels; `objects` are in the order in which they are drawn.
    """

    def __init__(self) -> None:
        self.frame_id: FrameId | None = None
        self.size: Size = (0, 0)
        self.objects: dict[TrackId, TrackedObject] = {}
        self._frames: deque[FrameId] = deque(maxlen=KEPT_BY_DECODER)

    def is_late(self, frame_id: FrameId) -> bool:
        """Say whether a newer frame is shown."""
        return self.frame_id is not None and is_older(frame_id, self.frame_id)

    def whole(
        self, frame_id: FrameId, size: Size, objects: Mapping[TrackId, TrackedObject]
    ) -> None:
        """Show a frame that is not late, and nothing else."""
        self._begin(frame_id, size)
        self.objects = dict(objects)

    def part(
        self,
        frame_id: FrameId,
        size: Size,
        objects: Mapping[TrackId, TrackedObject],
        roll: Collection[TrackId] | None,
    ) -> None:
        """Show what came of a frame that is not late.

        Parameters
        ----------
        frame_id, size : of the frame.
        objects : those that came.
        roll : all that it has, as far as that is known.
        """
        if size != self.size:
            self.objects = {}
        self._begin(frame_id, size)
        recent = set(self._frames)
        there = None if roll is None else set(roll)
        self.objects = {
            track_id: item
            for track_id, item in {**self.objects, **objects}.items()
            if item.frame_id in recent and (there is None or track_id in there)
        }

    def _begin(self, frame_id: FrameId, size: Size) -> None:
        if frame_id != self.frame_id:
            self._frames.append(frame_id)
        self.frame_id, self.size = frame_id, size
