"""Faces and their parts, with MediaPipe's face detector and face mesh.

Sources: MediaPipe's model cards "BlazeFace (short range)" and "Face Mesh" (Apache-2.0) and the
options in its graphs `face_detection_short_range` and `face_landmark_front_cpu`. The detector takes
128×128 RGB in [-1, 1], the mesh 192×192 RGB in [0, 1].
"""

from __future__ import annotations

import math

from rtseg.models.catalogue import Entry
from rtseg.models.mediapipe.detection import Candidate, SsdDetector
from rtseg.models.mediapipe.face_shapes import LEFT_EYE_CORNER, RIGHT_EYE_CORNER, parts
from rtseg.models.mediapipe.following import Finder
from rtseg.models.mediapipe.landmarks import LandmarkModel
from rtseg.models.mediapipe.net import Net
from rtseg.models.mediapipe.parts import LandmarkSegmenter
from rtseg.models.mediapipe.roi import Points, Roi, around
from rtseg.models.store import Store

_RIGHT_EYE, _LEFT_EYE = 0, 1
"""Among the detector's keypoints; then nose tip, mouth, right and left ear."""

_ROOM = 1.5
"""Side of the region over the longer side of the face's box (MediaPipe's graphs)."""


def face_segmenter(entry: Entry, store: Store, device: str) -> LandmarkSegmenter:
    """Load the model that finds faces and their parts.

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
        Net(store, entry, "face_detection_short_range.tflite", ("regressors", "classificators")),
        128,
        lowest=-1.0,
        min_score=0.5,
    )
    landmarks = LandmarkModel(
        Net(store, entry, "face_landmark.tflite", ("conv2d_21", "conv2d_31")),
        192,
        is_logit=True,
        extends=True,
        min_score=0.5,
        most_shared=0.2,
        of_candidate=roi_of_candidate,
        of_landmarks=roi_of_landmarks,
    )
    finder = Finder(detector, landmarks, every=2, at_once=4, levels=(3, 1, 2), most=32)
    return LandmarkSegmenter(
        entry, device, finder, lambda label, face, image: parts(label, face.points, image.shape[:2])
    )


def roi_of_candidate(face: Candidate) -> Roi:
    """Return the region in which the mesh looks for a detected face: its eyes level."""
    width, height = face.corners[1] - face.corners[0]
    x, y = face.corners.mean(axis=0)
    angle = _level(face.keypoints[_RIGHT_EYE], face.keypoints[_LEFT_EYE])
    return Roi(float(x), float(y), max(float(width), float(height), 1.0), angle).scaled(_ROOM)


def roi_of_landmarks(points: Points) -> Roi:
    """Return the region in which to look for a face whose (468, 2) landmarks are known."""
    angle = _level(points[RIGHT_EYE_CORNER], points[LEFT_EYE_CORNER])
    return around(points, angle)[0].scaled(_ROOM)


def _level(right: Points, left: Points) -> float:
    x, y = left - right
    return math.atan2(y, x)
