"""Detectors that say where to look: BlazeFace and its sibling for palms.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs" (2019): an SSD
whose boxes come with a few keypoints, and whose overlapping answers are averaged, weighted by their
scores, instead of thrown away, which steadies them from frame to frame.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.models.mediapipe.anchors import anchor_centres
from rtseg.models.mediapipe.net import Floats, Net
from rtseg.models.mediapipe.roi import Points, Pyramid, Roi

_MOST_OVERLAP = 0.3
"""IoU above which two answers are about one thing (`min_suppression_threshold` of MediaPipe)."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Something that a detector took for what it looks for.

    Parameters
    ----------
    score : [0, 1].
    corners : (2, 2), the left upper and the right lower corner of its box, source pixels; the box
        is upright in the window in which it was found.
    keypoints : (K, 2), source pixels; which they are is the network's matter.
    """

    score: float
    corners: Points
    keypoints: Points


class SsdDetector:
    """An SSD over a square crop.

    Parameters
    ----------
    net : gives boxes with keypoints, then scores before their sigmoid.
    input_px : a side of its input, model pixels.
    lowest : what it takes for black.
    min_score : candidates below it are dropped, (0, 1).
    """

    def __init__(self, net: Net, input_px: int, *, lowest: float, min_score: float) -> None:
        self.input_px = input_px
        self._net = net
        self._lowest = lowest
        self._min_score = min_score
        self._anchors = anchor_centres(input_px)

    def detect(self, picture: Pyramid, window: Roi) -> list[Candidate]:
        """Look at one window of a picture; the surest first."""
        crop = picture.crop(window, self.input_px)
        boxes, scores = self._net.run(crop, lowest=self._lowest)
        decoded = decode(boxes, scores, self._anchors, min_score=self._min_score)
        return [
            Candidate(score, source[:2], source[2:])
            for score, points in merge(*decoded)
            for source in [window.crop_to_source(points, self.input_px)]
        ]


def decode(
    boxes: Floats, scores: Floats, anchors: Floats, *, min_score: float
) -> tuple[npt.NDArray[np.float64], Points]:
    """Read a network's outputs.

    Parameters
    ----------
    boxes : (1, N, 4 + 2 K): x, y of the centre from the anchor's, width, height, then x, y of K
        keypoints from the anchor; model pixels.
    scores : (1, N, 1), before the sigmoid.
    anchors : (N, 2) centres, model pixels.
    min_score : what is below is left out.

    Returns
    -------
    (M,) scores in [0, 1] and (M, 2 + K, 2) points, model pixels: the two corners of the box, then
    the keypoints.
    """
    logits = scores.reshape(-1).astype(np.float64)
    sure = logits >= np.log(min_score / (1 - min_score))
    raw = boxes.reshape(len(anchors), -1, 2)[sure].astype(np.float64)
    points = raw + anchors[sure][:, None]
    half = raw[:, 1] / 2  # the second pair is no place but a size
    points[:, 1] = points[:, 0] + half
    points[:, 0] -= half
    return 1 / (1 + np.exp(-np.clip(logits[sure], -80, 80))), points


def merge(
    scores: npt.NDArray[np.float64], points: npt.NDArray[np.float64]
) -> list[tuple[float, Points]]:
    """Suppress all but the surest of each cluster, and average the cluster into it.

    Parameters
    ----------
    scores : (M,), [0, 1].
    points : (M, P, 2), the first two of each the corners of its box.

    Returns
    -------
    (score, (P, 2) points) of each cluster, the surest first: the highest score, and the mean of the
    points weighted by scores.
    """
    clusters = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        is_same = overlap(points[left[0], :2], points[left, :2]) > _MOST_OVERLAP
        is_same[0] = True  # though its box be empty
        one = left[is_same]
        mean = np.average(points[one], axis=0, weights=scores[one])
        clusters.append((float(scores[one[0]]), mean))
        left = left[~is_same]
    return clusters


def overlap(
    box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the (M,) IoU of a box with others; (2, 2) and (M, 2, 2) corners, any one space."""
    shared = np.minimum(box[1], others[:, 1]) - np.maximum(box[0], others[:, 0])
    both = np.prod(np.maximum(shared, 0), axis=1)
    areas = np.prod(np.maximum(others[:, 1] - others[:, 0], 0), axis=1)
    union = np.prod(np.maximum(box[1] - box[0], 0)) + areas - both
    return np.asarray(both / np.where(union > 0, union, 1), np.float64)


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Drop what other windows have found too; the surest stay, and stand first.

    Not averaged: a thing that the border of one window cuts is worse there.
    """
    kept: list[Candidate] = []
    for one in sorted(candidates, key=lambda candidate: -candidate.score):
        if kept:
            boxes = np.stack([other.corners for other in kept])
            if overlap(one.corners, boxes).max() > _MOST_OVERLAP:
                continue
        kept.append(one)
    return kept
