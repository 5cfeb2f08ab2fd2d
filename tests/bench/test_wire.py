"""The wire's benchmark, on drawn masks."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.bench import wire
from rtseg.bench.masks import Sequence, as_a_model
from rtseg.bench.simple_ways import coco_rle, path_text, simple_polygon
from rtseg.geometry import fill, iou
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import disc


def moving_disc() -> Sequence:
    masks = [disc((90, 120), 40 + 3 * frame, 45, 30) for frame in range(4)]
    flow = np.zeros((90, 120, 2), np.float32)
    flow[..., 0] = 3
    return Sequence("disc", masks, [flow] * 3)


def test_report_has_every_figure() -> None:
    report = {"drawn": wire.measure([moving_disc()])}
    at_97 = report["drawn"]["fidelities"]["0.97"]
    assert at_97["least_iou"] >= 0.97
    # The same disc, three pixels on, has the same vertices, three pixels on.
    assert at_97["lives_on"]["polygon"] == 1
    assert 0 < at_97["bytes"]["ours"] < at_97["bytes"]["path_text"]
    assert "live on, ours" in wire.render(report)


def test_simple_polygon_keeps_the_fidelity() -> None:
    mask = moving_disc().masks[0]
    path = simple_polygon(mask, 0.97)
    assert 0.97 <= iou(fill(path, mask.shape), mask) < 1
    assert path_text(path, mask) > 100


def test_coco_rle_by_hand() -> None:
    mask: BoolMask = np.zeros((4, 5), np.bool_)
    mask[1:3, 1:4] = True
    # Runs 5 2 2 2 2 2 5: the first three as they are, then 0 0 0 3 more than two before.
    assert coco_rle(mask) == b"5220003"
    assert coco_rle(~mask) == b"052M0003"


def test_model_like_masks_are_smoother() -> None:
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.random((480, 854)), (0, 0), 3)
    rough = Sequence("noise", [noise > 0.5], None)
    smooth = as_a_model(rough).masks[0]
    assert iou(smooth, rough.masks[0]) > 0.8
    assert simple_polygon(smooth, 1).rings[0].size
