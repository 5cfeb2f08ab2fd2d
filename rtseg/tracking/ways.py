"""Ways back: from the newest frame to those of evidence, by flow without its drift.

Where each pixel of the newest frame was in the frame that a model spoke of is one backward map,
shared by all objects whose evidence is of that frame. With every frame it is led on by a step of
flow, and every few frames what flow's errors have added up to is taken out (`drift`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rtseg.tracking.appearance import Soft
from rtseg.tracking.belief import focus_of
from rtseg.tracking.drift import EVERY_FRAMES, DriftRemover
from rtseg.tracking.flow import BackwardMap, WorkingBox, compose
from rtseg.tracking.history import History, Past


class Ways:
    """Backward maps from the newest frame, (h, w, 2) float32, by the index of the older one."""

    def __init__(self) -> None:
        self._to: dict[int, BackwardMap] = {}
        self._without_drift = DriftRemover()

    def __len__(self) -> int:
        return len(self._to)

    def to(self, index: int) -> BackwardMap | None:
        """Give the map to a frame; None where none leads there."""
        return self._to.get(index)

    def note(self, index: int, way: BackwardMap) -> None:
        """Take a map to a frame; one that is there already has been led on, and is the better."""
        self._to.setdefault(index, way)

    def carry_on(self, history: History, followed: Mapping[int, Sequence[Soft]]) -> None:
        """Lead what is still needed on to the newest frame, and forget the rest.

        Parameters
        ----------
        history : its newest frame has motion to the one before, which maps lead from so far.
        followed : for the index of each frame of evidence, the beliefs led from there, (h, w)
            float32, of the frame before the newest.
        """
        newest = history.newest
        led: dict[int, BackwardMap] = {}
        for index, softs in followed.items():
            known = self._to.get(index)
            if known is None or index not in history:
                continue
            led[index] = compose(newest.jumps[0], known)
            age = newest.index - index
            if age > EVERY_FRAMES and age % EVERY_FRAMES == 0:
                led[index] = self.aligned(led[index], newest, history[index], focus_of(softs))
        self._to = led

    def settle(self, history: History, followed: Mapping[int, Sequence[Soft]]) -> None:
        """Take the drift out of short ways, where no frame waits for it.

        Of ways as long as a quick model needs that is as good as a frame later. Of longer ones it
        is not: J is .003 less twelve frames late.
        """
        newest = history.newest
        for index, softs in followed.items():
            way = self._to.get(index)
            if way is not None and newest.index - index == EVERY_FRAMES - 1:
                self._to[index] = self.aligned(way, newest, history[index], focus_of(softs))

    def aligned(
        self, way: BackwardMap, newer: Past, older: Past, focus: WorkingBox | None
    ) -> BackwardMap:
        """Take its drift out of a map between two frames, in the focus."""
        return self._without_drift(way, newer.lightness, older.lightness, focus)

    def clear(self) -> None:
        """Forget all maps: another picture follows."""
        self._to.clear()
