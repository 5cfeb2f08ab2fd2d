"""The benchmark of smooth paths, on drawn masks."""

from __future__ import annotations

import json

import cv2
import numpy as np

from rtseg.bench import outlines
from tests.geometry.mask_strategies import disc


def test_report_has_every_figure() -> None:
    rng = np.random.default_rng(2)
    field = cv2.GaussianBlur(rng.random((120, 160)), (0, 0), 8)
    report = {"drawn": outlines.measure([disc((120, 160), 70, 60, 40), field > field.mean()])}
    part = json.loads(json.dumps(report))["drawn"]
    assert part["masks"] == 2
    assert part["iou"]["min"] >= 0.985
    straight = part["straight_chars"]
    assert part["ratio"]["exact"] == part["chars"] / straight["exact"] < 0.3
    # Fewer segments for the same outline, in this order.
    order = ("simplified", "douglas_peucker", "curve_cut_at_0.25_px", "curve_cut_at_0.1_px")
    assert sorted(order, key=straight.__getitem__) == list(order)
    assert part["joint_turn_degrees"]["smooth"] < 3 < part["joint_turn_degrees"]["simplified"]
    text = outlines.render(report)
    assert "this curve, cut at 0.1 px" in text
    assert "drawn, 2 masks" in text


def test_straight_text_has_the_decimals_that_it_needs() -> None:
    mask = disc((900, 900), 450, 450, 400)
    path = outlines.trace(mask)
    needed = outlines._text_at(path, mask, 0.9), outlines._text_at(path, mask, 1.0)
    assert needed == (outlines._text(path, mask, 2), outlines._text(path, mask, 3))


def test_a_turn_is_one_of_joints_that_are_no_corners() -> None:
    octagon = np.array([[3, 0], [0, 3], [0, 6], [3, 9], [6, 9], [9, 6], [9, 3], [6, 0]], np.int32)
    assert outlines._vertex_turn([outlines.Path((octagon * 10 + [[1, 0]] * 8,))]) == 0
    # Every second vertex turns by 26.6°, the others by 63.4°: those are corners.
    shape = np.array([[0, 0], [0, 2], [1, 4], [3, 4]], np.int32)
    assert 26 < outlines._vertex_turn([outlines.Path((shape,))]) < 27
