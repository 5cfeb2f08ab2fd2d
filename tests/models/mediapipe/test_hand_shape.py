from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from rtseg.models.mediapipe.hand_shape import hand_mask, palm_px


def open_hand(scale: float = 100.0, x: float = 200.0, y: float = 300.0) -> np.ndarray:
    """A right hand, its back to us, fingers up and spread; the palm is `scale` long."""
    points = np.zeros((21, 2))
    thumb = [(-0.35, -0.2), (-0.6, -0.45), (-0.8, -0.65), (-0.95, -0.85)]
    points[1:5] = thumb
    for finger, degrees in enumerate((-18, -4, 9, 24)):
        way = np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])
        for joint, far in enumerate((1.0, 1.4, 1.65, 1.85)):
            points[5 + 4 * finger + joint] = way * far
    return points * scale + (x, y)


FLAT = np.zeros(21)
GREEN = np.full((400, 400, 3), (60, 150, 40), np.uint8)
GREEN.flags.writeable = False
SKIN = (120, 150, 210)


def test_it_looks_like_a_hand() -> None:
    points = open_hand()
    mask = hand_mask(points, FLAT, drawn(points, GREEN))
    assert mask is not None
    for x, y in points:
        assert mask[int(y), int(x)], "every landmark is inside"
    tips = points[[8, 12, 16, 20]]
    for one, other in pairwise(tips):
        x, y = (one + other) / 2
        assert not mask[int(y), int(x)], "between spread fingers is background"
    assert mask.sum() == pytest.approx(100**2 * 2.15, rel=0.08)


def test_it_grows_with_the_hand() -> None:
    small = hand_mask(open_hand(40), FLAT, GREEN)
    large = hand_mask(open_hand(80), FLAT, GREEN)
    assert small is not None
    assert large is not None
    assert large.sum() / small.sum() == pytest.approx(4, rel=0.05)


def test_fingers_stay_thick_when_the_hand_points_at_the_camera() -> None:
    points = open_hand()
    depth = -(300 - points[:, 1])  # turned by 45 degrees, and then seen from the front
    assert palm_px(points, depth) > 1.3 * palm_px(points, FLAT)


def test_fingers_beside_each_other_are_one() -> None:
    points = open_hand()
    for finger in range(4):
        points[5 + 4 * finger : 9 + 4 * finger, 0] = 165 + 24 * finger
    mask = hand_mask(points, FLAT, GREEN)
    assert mask is not None
    row = mask[int(points[6, 1])]
    assert row[165:237].all()


def test_in_the_corner_and_out_of_the_frame() -> None:
    cut = hand_mask(open_hand(x=0, y=60), FLAT, GREEN)
    assert cut is not None
    assert cut[:60, :100].any()
    assert hand_mask(open_hand(x=-400), FLAT, GREEN) is None
    tiny = hand_mask(open_hand(0.01), FLAT, GREEN)
    assert tiny is not None
    assert tiny.sum() == 1


def gripping() -> tuple[np.ndarray, np.ndarray]:
    """Bent fingers between which a gap is left to doubt; (21, 2) and the pixels in that gap."""
    points = open_hand()
    for finger in range(4):
        points[5 + 4 * finger : 9 + 4 * finger, 0] = 125 + 50 * finger
        points[5 + 4 * finger : 9 + 4 * finger, 1] = [200, 170, 150, 135]
    return points, np.s_[140:155, 148:152]


def test_a_gap_of_the_hands_colour_is_hand() -> None:
    points, gap = gripping()
    alone = hand_mask(points, FLAT, drawn(points, GREEN))
    assert alone is not None
    assert not alone[gap].any(), "background between the fingers"
    image = np.full_like(GREEN, SKIN)
    filled = hand_mask(points, FLAT, image)
    assert filled is not None
    assert filled[gap].all(), "skin between the fingers"
    assert (alone & ~filled).sum() == 0


def drawn(points: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Paint the bones of a hand, and what is around them, in the colour of skin."""
    image = image.copy()
    bones = [points[[root, *range(root + 1, root + 4)]] for root in (1, 5, 9, 13, 17)]
    cv2.polylines(image, [np.rint(bone).astype(np.int32) for bone in bones], False, SKIN, 22)
    palm = [np.rint(points[[0, 1, 2, 5, 9, 13, 17]]).astype(np.int32)]
    cv2.fillPoly(image, palm, SKIN)
    cv2.polylines(image, palm, True, SKIN, 50)
    return image
