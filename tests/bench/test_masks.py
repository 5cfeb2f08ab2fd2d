"""What the benchmarks measure with."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.bench.masks import flows_of, own_flows_of
from tests.geometry.mask_strategies import disc


def test_a_flow_of_the_object_alone_is_not_pulled_at_by_the_background() -> None:
    rng = np.random.default_rng(4)
    noise = cv2.GaussianBlur(rng.random((200, 300), np.float32), (0, 0), 3)
    scene = cv2.normalize(noise, None, 60, 200, cv2.NORM_MINMAX).astype(np.uint8)
    thing = np.roll(scene[::-1], 40, axis=1)
    masks = [disc((200, 300), 120 + 4 * step, 100, 40) for step in range(2)]
    # The thing goes four pixels to the right over a background that goes four to the left.
    frames = [
        np.where(mask, np.roll(thing, 4 * step, axis=1), np.roll(scene, -4 * step, axis=1))
        for step, mask in enumerate(masks)
    ]
    (whole,), (own,) = flows_of(frames), own_flows_of(frames, masks)
    edge = masks[0] & ~disc((200, 300), 120, 100, 38)
    assert np.abs(own[edge] - (4, 0)).mean() < 0.5
    assert np.abs(own[edge] - (4, 0)).mean() < 0.5 * np.abs(whole[edge] - (4, 0)).mean()
    assert not own[:, 250:].any()


def test_nothing_to_follow() -> None:
    frame = np.zeros((40, 60), np.uint8)
    nothing = np.zeros((40, 60), np.bool_)
    (flow,) = own_flows_of([frame, frame], [nothing, nothing])
    assert flow.shape == (40, 60, 2)
    assert not flow.any()
    (flow,) = own_flows_of([frame, frame], [nothing, disc((40, 60), 30, 20, 9)])
    assert np.isfinite(flow).all()
