"""A tracker that remembers what it was told, so that both can be shown side by side."""

from __future__ import annotations

from collections.abc import Mapping

from rtseg.tracking import Correction, Tracker
from rtseg.types import BoolMask, FrameId, TrackId


class HeardTracker(Tracker):
    """Follows as any tracker does, and keeps the mask that a model gave last of each object.

    Attributes
    ----------
    heard : (H, W) bool for each object, of the frame that was looked at: what one would see without
        a tracker.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[TrackId, BoolMask] = {}

    def correct(
        self, frame_id: FrameId, masks: Mapping[TrackId, BoolMask]
    ) -> dict[TrackId, Correction]:
        """Take masks, as `Tracker.correct`."""
        outcome = super().correct(frame_id, masks)
        for track_id, became in outcome.items():
            if became is Correction.APPLIED:
                self.heard[track_id] = masks[track_id]
        return outcome

    def drop(self, track_id: TrackId) -> None:
        """Stop following an object, as `Tracker.drop`."""
        super().drop(track_id)
        self.heard.pop(track_id, None)
