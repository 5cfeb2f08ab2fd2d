"""The parts of one frame on their way to the whole of it."""

from __future__ import annotations

from collections.abc import Mapping

from rtseg.errors import WireError
from rtseg.types import FrameId, TrackId
from rtseg.wire.messages import TrackedObject
from rtseg.wire.numbers import Size
from rtseg.wire.reading import Decoded, Told, standing_in, tracked
from rtseg.wire.records import Outline
from rtseg.wire.sections import Refined

PARTS_MAX = 1024
"""Parts of one frame."""

KEPT_IN_PARTS = 4
"""How many frames that are not whole a decoder keeps the parts of."""


class Assembly:
    """What came of a frame in parts.

    Parameters
    ----------
    frame_id, size : of the frame.
    base : what its parts build upon; None where they stand for themselves.
    count : how many parts there are.
    """

    def __init__(self, frame_id: FrameId, size: Size, base: Decoded | None, count: int) -> None:
        self.frame_id = frame_id
        self.size = size
        self.base = base
        self._count = count
        self._came: set[int] = set()
        self._objects: dict[TrackId, TrackedObject] = {}
        self._coarse: dict[TrackId, Refined] = {}
        self._roll: tuple[TrackId, ...] | None = None

    def check(self, size: Size, base: Decoded | None, count: int) -> None:
        """Raise `WireError` unless the head of another part says what those before it did."""
        before, now = _told(self.size, self.base, self._count), _told(size, base, count)
        if now != before:
            raise WireError(
                f"parts of frame {self.frame_id} contradict each other: first {before}, then {now}"
            )

    def has(self, index: int) -> bool:
        """Say whether a part came."""
        return index in self._came

    @property
    def is_whole(self) -> bool:
        """Whether all parts came."""
        return len(self._came) == self._count

    @property
    def roll(self) -> tuple[TrackId, ...] | None:
        """All objects of the frame, if a part said so."""
        return self._roll

    @property
    def objects(self) -> Mapping[TrackId, TrackedObject]:
        """What came so far: all of the frame, in its order, if it is whole."""
        if not self.is_whole or self._roll is None:
            return self._objects
        known = [track_id for track_id in self._roll if track_id in self._objects]
        order = dict.fromkeys([*known, *self._objects])
        return {track_id: self._objects[track_id] for track_id in order}

    def add(self, index: int, told: Told, labels: Mapping[TrackId, str | None]) -> None:
        """Take a part that did not come before.

        Parameters
        ----------
        index : which one.
        told : what it says.
        labels : names that are known already.

        Raises
        ------
        WireError
            If it contradicts one that came before. Nothing has changed then.
        """
        if told.roll is not None and self._roll is not None:
            raise WireError(f"two rolls of frame {self.frame_id}")
        outlines = dict(told.outlines)
        coarse = dict(told.coarse)
        for track_id in outlines.keys() & self._objects.keys():
            coarse[track_id] = self._more(track_id, told)
            outlines[track_id] = coarse[track_id].outline()
        # Nothing above has changed anything, and nothing below can fail.
        self._came.add(index)
        self._coarse |= coarse
        self._roll = self._roll or told.roll
        for track_id, outline in outlines.items():
            self._objects[track_id] = self._tracked(outline, told, labels)

    def _more(self, track_id: TrackId, told: Told) -> Refined:
        """Join the sections of an object to those that came before."""
        before, now = self._coarse.get(track_id), told.coarse.get(track_id)
        if before is None or now is None:
            raise WireError(
                f"object {track_id} is in two parts of frame {self.frame_id}; only one that is "
                "told coarsely in both may be"
            )
        return before.joined(now)

    def _tracked(
        self, outline: Outline, told: Told, labels: Mapping[TrackId, str | None]
    ) -> TrackedObject:
        before = self._objects.get(outline.track_id)
        if before is not None:
            return tracked(outline, self.frame_id, told, before.label, before.standing)
        standing = standing_in(self.base, outline.track_id)
        return tracked(outline, self.frame_id, told, labels.get(outline.track_id), standing)


def _told(size: Size, base: Decoded | None, count: int) -> str:
    """Say what the head of a part says of its frame; two that say the same are of one frame."""
    upon = "nothing" if base is None else f"frame {base.frame_id}"
    return f"{count} parts of {size[1]}×{size[0]} pixels upon {upon}"
