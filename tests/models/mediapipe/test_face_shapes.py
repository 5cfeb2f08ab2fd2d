from __future__ import annotations

import numpy as np
import pytest

from rtseg.models.mediapipe import face_shapes
from rtseg.models.mediapipe.face_shapes import PARTS, parts


def flat_face() -> np.ndarray:
    """Landmarks of which each ring stands on a circle of its own."""
    points = np.full((468, 2), 100.0)
    for ring, (x, y, radius) in {
        face_shapes._OVAL: (100, 100, 80),
        face_shapes._NOSE: (100, 100, 10),
        face_shapes._LEFT_EYE: (130, 80, 9),
        face_shapes._RIGHT_EYE: (70, 80, 9),
        face_shapes._LEFT_BROW: (130, 60, 8),
        face_shapes._RIGHT_BROW: (70, 60, 8),
        face_shapes._LIPS: (100, 140, 20),
        face_shapes._OPENING: (100, 140, 10),
    }.items():
        turns = np.arange(len(ring)) * 2 * np.pi / len(ring)
        points[list(ring)] = np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], 1)
    return points


@pytest.mark.parametrize(
    ("label", "areas"),
    [
        ("face", [80**2]),
        ("eye", [81, 81]),
        ("left eye", [81]),
        ("right eye", [81]),
        ("eyebrow", [64, 64]),
        ("lips", [20**2 - 10**2]),
        ("mouth", [20**2]),
    ],
)
def test_areas(label: str, areas: list[float]) -> None:
    masks = parts(label, flat_face(), (200, 200))
    assert [mask.sum() / np.pi for mask in masks] == pytest.approx(areas, rel=0.08)


def test_every_part_is_known_and_rings_have_no_landmark_twice() -> None:
    assert set(PARTS) == {
        *("face", "eye", "left eye", "right eye", "eyebrow", "lips", "mouth"),
    }
    for ring in (face_shapes._OVAL, face_shapes._LIPS, face_shapes._LEFT_EYE):
        assert len(set(ring)) == len(ring)


def test_what_the_frame_does_not_show_is_left_out() -> None:
    assert len(parts("eye", flat_face(), (200, 100))) == 1
    assert parts("eye", flat_face() + 500, (200, 200)) == []
