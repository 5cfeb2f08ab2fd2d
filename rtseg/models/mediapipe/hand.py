"""Hands, with MediaPipe's palm detector and hand landmarks.

Sources: Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking" (2020), its model card
(Apache-2.0) and the options in MediaPipe's graphs `palm_detection_detection_to_roi` and
`hand_landmark_landmarks_to_roi`. Both networks take RGB in [0, 1], 192×192 and 224×224.

Landmarks: 0 the wrist, then four each of thumb, index, middle, ring and little finger, from the
root to the tip.
"""

from __future__ import annotations

import math

from rtseg.models.catalogue import Entry
from rtseg.models.mediapipe.detection import Candidate, SsdDetector
from rtseg.models.mediapipe.following import Finder
from rtseg.models.mediapipe.hand_shape import hand_mask
from rtseg.models.mediapipe.landmarks import LandmarkModel, Landmarks
from rtseg.models.mediapipe.net import Net
from rtseg.models.mediapipe.parts import LandmarkSegmenter
from rtseg.models.mediapipe.roi import Points, Roi, around
from rtseg.models.store import Store
from rtseg.types import BoolMask, Image

_PALM_WRIST, _PALM_MIDDLE = 0, 2
"""Among the detector's keypoints."""

_WRIST, _INDEX, _MIDDLE, _RING = 0, 6, 10, 14
"""The wrist and the middle joints of three fingers: between them a hand is upright."""

_STEADY = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""Landmarks that move little when fingers bend; they make the region."""


def hand_segmenter(entry: Entry, store: Store, device: str) -> LandmarkSegmenter:
    """Load the model that finds hands.

    Parameters
    ----------
    entry, store : what it is and where its files are.
    device : `"cpu"`, the only one that it knows.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        From the store.
    BackendError
        OpenCV cannot load the files.
    """
    detector = SsdDetector(
        Net(store, entry, "palm_detection_lite.tflite", ("Identity", "Identity_1")),
        192,
        lowest=0.0,
        min_score=0.5,
    )
    landmarks = LandmarkModel(
        Net(store, entry, "hand_landmark_lite.tflite", ("Identity", "Identity_1")),
        224,
        is_logit=False,
        extends=False,
        min_score=0.5,
        most_shared=0.4,
        of_candidate=roi_of_candidate,
        of_landmarks=roi_of_landmarks,
    )
    finder = Finder(detector, landmarks, every=4, at_once=2, levels=(2, 1, 2), most=32)
    return LandmarkSegmenter(entry, device, finder, _outline)


def _outline(label: str, hand: Landmarks, image: Image) -> list[BoolMask]:
    mask = hand_mask(hand.points, hand.depth_px, image)
    return [] if mask is None else [mask]


def roi_of_candidate(palm: Candidate) -> Roi:
    """Return the region in which to look for the hand of a detected palm: its fingers upwards."""
    width, height = palm.corners[1] - palm.corners[0]
    x, y = palm.corners.mean(axis=0)
    angle = _upright(palm.keypoints[_PALM_WRIST], palm.keypoints[_PALM_MIDDLE])
    square = Roi(float(x), float(y), max(float(width), float(height), 1.0), angle)
    # Half a palm towards the fingers, and 2.6 times as large (MediaPipe's graph).
    return square.shifted(0, -0.5 * float(height)).scaled(2.6)


def roi_of_landmarks(points: Points) -> Roi:
    """Return the region in which to look for a hand whose (21, 2) landmarks are known."""
    knuckles = (points[_INDEX] + points[_RING]) / 4 + points[_MIDDLE] / 2
    square, height = around(points[_STEADY], _upright(points[_WRIST], knuckles))
    # The factors are those of MediaPipe's graph.
    return square.shifted(0, -0.1 * height).scaled(2.0)


def _upright(wrist: Points, fingers: Points) -> float:
    x, y = fingers - wrist
    return math.atan2(x, -y)
