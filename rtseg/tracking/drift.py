"""Chained motion, put right: what errors of flow add up to is seen by looking at the old frame.

Every flow errs by a fraction of a pixel, and in a chain of a dozen that is several pixels, all the
more at an object's edge. But the old frame is still there. Fetched through the chain it is nearly
aligned with the newest, and the flow between these two is small and is the error. (Flow between
the two frames as they are is worse than the chain: they are too far apart.)

Measured with a late oracle on ten DAVIS sequences, chained flow alone, J at 3 / 12 frames late:
never .769 / .508, every third frame .788 / .548, every sixth .769 / .538, every one .796 / .545.
"""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.flow import (
    FINE_AREA_PX,
    BackwardMap,
    Gray,
    WorkingBox,
    area,
    compose,
    identity_map,
    inverse_search,
    sample,
)

EVERY_FRAMES = 3
"""12 frames late as good as every frame, for a third of the time."""


class DriftRemover:
    """Estimates the error of chained maps. It remembers nothing; its workspace is kept."""

    def __init__(self) -> None:
        self._fine = inverse_search(finest_scale=0, without_mean=True)
        self._fine.setCoarsestScale(0)  # errors are small: coarser costs a third more, for naught
        self._coarse = inverse_search(finest_scale=1, without_mean=True)

    def __call__(
        self, to_older: BackwardMap, newer: Gray, older: Gray, focus: WorkingBox | None
    ) -> BackwardMap:
        """Correct a map where it matters.

        Parameters
        ----------
        to_older : (h, w, 2) float32 backward map between the two frames.
        newer, older : (h, w) uint8.
        focus : what to look at; None for nothing.

        Returns
        -------
        (h, w, 2) float32, another map; outside the focus the same.
        """
        if focus is None:
            return to_older
        x0, y0, x1, y1 = focus
        part = np.s_[y0:y1, x0:x1]
        known = np.ascontiguousarray(to_older[part])
        aligned = sample(older, known, cv2.BORDER_REPLICATE)
        search = self._fine if area(focus) <= FINE_AREA_PX else self._coarse
        error = search.calc(np.ascontiguousarray(newer[part]), aligned, np.zeros_like(known))
        corrected = to_older.copy()
        corrected[part] = compose(identity_map((x1 - x0, y1 - y0)) + error, known)
        return corrected
