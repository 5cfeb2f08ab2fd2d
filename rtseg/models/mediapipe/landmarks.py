"""Networks that place landmarks on one thing in an upright crop, and say whether it is there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.models.mediapipe.detection import Candidate
from rtseg.models.mediapipe.net import Net
from rtseg.models.mediapipe.roi import Points, Pyramid, Roi


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """One thing whose landmarks were found.

    Parameters
    ----------
    score : that it is there, [0, 1].
    points : (N, 2), source pixels; may lie beyond the picture.
    depth_px : (N,), how far behind some point of the thing, in source pixels as at that point.
    """

    score: float
    points: Points
    depth_px: npt.NDArray[np.float64]

    @property
    def corners(self) -> Points:
        """(2, 2), the left upper and the right lower corner of the box around the points."""
        return np.stack([self.points.min(axis=0), self.points.max(axis=0)])


@dataclass(frozen=True, slots=True)
class LandmarkModel:
    """A landmark network and where it wants to look.

    Parameters
    ----------
    net : gives (x, y, z) of each landmark, model pixels, then one score.
    input_px : a side of its input, model pixels.
    is_logit : the score wants a sigmoid.
    extends : beyond the picture's border it wants to see the border go on, not black.
    min_score : below it, the thing is not there.
    most_shared : IoU of the boxes around two things' landmarks above which they are one thing.
    of_candidate : region to look at for what a detector found.
    of_landmarks : region to look at next time for what was found.
    """

    net: Net
    input_px: int
    is_logit: bool
    extends: bool
    min_score: float
    most_shared: float
    of_candidate: Callable[[Candidate], Roi]
    of_landmarks: Callable[[Points], Roi]

    def look(self, picture: Pyramid, roi: Roi) -> Landmarks:
        """Place the landmarks, whether the thing is there or not: see the score."""
        crop = picture.crop(roi, self.input_px, extends=self.extends)
        places, presence = self.net.run(crop)
        points = places.reshape(-1, 3).astype(np.float64)
        score = float(presence.item())
        if self.is_logit:
            score = 1 / (1 + math.exp(-max(-80.0, min(80.0, score))))
        depth = points[:, 2] * (roi.side_px / self.input_px)
        return Landmarks(score, roi.crop_to_source(points[:, :2], self.input_px), depth)
