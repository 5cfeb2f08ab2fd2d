"""Smooth outlines: as true as promised, whatever the mask, and smooth where the mask is."""

from __future__ import annotations

import re

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import Path, fill, iou, trace
from rtseg.geometry.curves import CurveRing, Curves, smooth
from rtseg.geometry.curves.smoothing import Search, worth_keeping
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, blobs, disc, masks, nested, square
from tests.path_data import read_path

fidelities = st.sampled_from([0.5, 0.9, 0.97, 0.985, 0.999, 1.0])


def drawn(mask: BoolMask, min_iou: float = 0.985) -> Curves:
    return smooth(trace(mask), mask, min_iou)


def polygon(shape: tuple[int, int], corners: list[tuple[float, float]]) -> BoolMask:
    rows, columns = np.indices(shape)
    mask = np.zeros(shape, np.bool_)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        is_between = (ay > rows + 0.5) != (by > rows + 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            x = ax + (bx - ax) * (rows + 0.5 - ay) / (by - ay)
        mask ^= is_between & (columns + 0.5 > x)
    return mask


def star(points: int = 5, outer: float = 90, inner: float = 40) -> list[tuple[float, float]]:
    angles = np.arange(2 * points) * np.pi / points + 0.3
    radii = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return [(100 + r * np.cos(a), 100 + r * np.sin(a)) for a, r in zip(angles, radii, strict=True)]


def joint_turns(ring: CurveRing) -> npt.NDArray[np.float64]:
    """Turn at each anchor, degrees."""
    out = ring.controls[:, 0] - ring.anchors
    came = ring.anchors - np.roll(ring.controls[:, 1], 1, axis=0)
    cross = came[:, 0] * out[:, 1] - came[:, 1] * out[:, 0]
    return np.degrees(np.abs(np.arctan2(cross, (came * out).sum(axis=1))))


@settings(deadline=None)  # a noisy mask may have a thousand rings
@given(masks, fidelities)
def test_keeps_the_fidelity_in_memory_and_in_text(mask: BoolMask, min_iou: float) -> None:
    curves = drawn(mask, min_iou)
    assert iou(fill(curves.flatten(), mask.shape), mask) >= min_iou
    # The reader cuts curves into other pieces than we did: a pixel in a hundred of the border may
    # fall to the other side.
    slack = (2 + 0.01 * sum(len(ring) for ring in trace(mask).rings)) / max(mask.sum(), 1)
    (x0, y0, x1, y1), text = curves.box, curves.in_box()
    back = read_path(text, (x1 - x0, y1 - y0), (x0, y0))
    assert iou(fill(back, mask.shape), mask) >= min_iou - slack


@pytest.mark.parametrize("name", EDGE_CASES)
def test_odd_masks(name: str) -> None:
    mask = EDGE_CASES[name]
    assert iou(fill(drawn(mask).flatten(), mask.shape), mask) >= 0.985
    assert np.array_equal(fill(drawn(mask, 1.0).flatten(), mask.shape), mask)


@settings(deadline=None)
@given(blobs())
def test_nothing_is_drawn_that_is_not_there(mask: BoolMask) -> None:
    assume(mask.sum() > 100)
    framed = np.pad(mask, 1)
    outside = cv2.distanceTransform((~framed).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform(framed.astype(np.uint8), cv2.DIST_L2, 5)
    stray = np.maximum(outside, inside)[1:-1, 1:-1]
    for ring in drawn(mask).flatten().rings:
        x, y = ring.T
        column = np.clip(x.astype(int), 0, mask.shape[1] - 1)
        row = np.clip(y.astype(int), 0, mask.shape[0] - 1)
        assert stray[row, column].max() <= 6
        assert (np.abs(x - column - 0.5) <= 3).all()
        assert (np.abs(y - row - 0.5) <= 3).all()


@settings(deadline=None)
@given(blobs())
def test_handles_point_on(mask: BoolMask) -> None:
    """No cusps: from start to end, the control points of a curve go on, or around a bend."""
    for ring in drawn(mask).rings:
        ends = np.roll(ring.anchors, -1, axis=0)
        handles = np.stack((ring.controls[:, 0] - ring.anchors, ends - ring.controls[:, 1]), axis=1)
        curved = ~ring.is_straight
        flat = CurveRing.flatten(ring, 0.02)
        whole = np.hypot(*(np.roll(flat, -1, axis=0) - flat).T).sum()
        assert (np.hypot(handles[..., 0], handles[..., 1])[curved] <= whole).all()


def test_a_disc_is_a_few_curves_without_a_corner() -> None:
    mask = disc((360, 640), 320.3, 180.2, 120.5)
    (ring,) = drawn(mask).rings
    assert len(ring.anchors) <= 5
    assert not ring.is_straight.any()
    assert joint_turns(ring).max() < 3
    radii = np.hypot(*(ring.flatten(0.05) - (320.3, 180.2)).T)
    # Round, as a person sees it: a third of what the fidelity would allow a circle to be off by.
    assert np.abs(radii - 120.5).mean() < 0.6


def test_a_rectangle_is_four_lines_to_the_pixel() -> None:
    curves = drawn(square((200, 300), 40, 30, 240, 170))
    assert curves.in_box() == "M 1 0 L 0 0 L 0 1 L 1 1 Z"
    assert curves.bbox == (40, 30, 240, 170)
    assert curves.svg() == "M 240 30 L 40 30 L 40 170 L 240 170 Z"


def test_a_frame_that_is_filled() -> None:
    assert drawn(np.ones((480, 640), np.bool_)).in_box() == "M 0 0 L 0 1 L 1 1 L 1 0 Z"


@pytest.mark.parametrize("degrees", [10, 30, 45])
def test_a_rectangle_that_leans_is_four_lines(degrees: float) -> None:
    turn = np.radians(degrees)
    across, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    corners = [
        tuple(np.array([150.0, 150.0]) + a * 90 * across + b * 50 * down)
        for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]
    (ring,) = drawn(polygon((300, 300), corners)).rings
    assert ring.is_straight.all()
    assert len(ring.anchors) == 4
    for corner in corners:
        assert np.hypot(*(ring.anchors - corner).T).min() < 2


def test_the_tips_of_a_star_stay() -> None:
    corners = star()
    (ring,) = drawn(polygon((200, 200), corners)).rings
    for corner in corners:
        assert np.hypot(*(ring.anchors - corner).T).min() < 2.5
    assert len(ring.anchors) <= 12


def test_joints_are_smooth_but_at_corners() -> None:
    # A drop: round, with one tip.
    mask = disc((300, 300), 150, 180, 80) | polygon((300, 300), [(150, 20), (73, 160), (227, 160)])
    (ring,) = drawn(mask).rings
    turns = np.sort(joint_turns(ring))
    assert turns[-1] > 45
    assert turns[-2] < 8
    assert len(turns) <= 9


def test_holes_turn_the_other_way_and_stay_open() -> None:
    mask = disc((200, 200), 100, 100, 80) & ~disc((200, 200), 110, 95, 30)
    curves = drawn(mask)
    assert len(curves.rings) == 2
    assert not fill(curves.flatten(), mask.shape)[95, 110]
    outer, hole = sorted(curves.flatten().rings, key=np.ptp, reverse=True)
    assert cv2.contourArea(outer.astype(np.float32), oriented=True) < 0
    assert cv2.contourArea(hole.astype(np.float32), oriented=True) > 0


def test_a_hole_never_stays_without_its_outside() -> None:
    # A lone hole is a filled shape by the nonzero rule.
    mask = square((300, 300), 0, 0, 250, 250)
    mask[278:290, 278:290] = True
    mask[279:289, 279:289] = False
    assert not fill(drawn(mask).flatten(), mask.shape)[279:289, 279:289].any()


def test_specks_go_when_the_budget_allows_it() -> None:
    mask = disc((300, 300), 150, 150, 100) | square((300, 300), 3, 3, 8, 8)
    assert len(drawn(mask).rings) == 1
    mask = disc((300, 300), 150, 150, 100) | square((300, 300), 3, 3, 33, 33)
    assert len(drawn(mask).rings) == 2


def test_thin_lines_stay() -> None:
    mask = square((100, 100), 10, 50, 90, 51) | square((100, 100), 50, 10, 51, 90)
    assert iou(fill(drawn(mask).flatten(), mask.shape), mask) >= 0.985


def test_text_is_a_third_of_straight_lines_that_look_smooth() -> None:
    mask = disc((480, 640), 320, 240, 150) & ~disc((480, 640), 250, 180, 70)
    curves = drawn(mask)
    straight = sum(
        len(cv2.approxPolyDP(ring.astype(np.float32), 0.1, closed=True))
        for ring in curves.flatten(0.02).rings
    )
    assert len(curves.in_box()) < len("L 0.123 0.456 ") * straight / 3


def test_text_is_what_was_measured() -> None:
    rng = np.random.default_rng(3)
    field = cv2.GaussianBlur(rng.random((160, 200)), (0, 0), 9)
    curves = drawn(field > np.quantile(field, 0.6))
    (x0, y0, x1, y1), text = curves.box, curves.in_box()
    finer = curves.svg(origin=(x0, y0), scale=(1 / (x1 - x0), 1 / (y1 - y0)), decimals=12)
    for short, long in zip(text.split(" "), finer.split(" "), strict=True):
        assert short == long or abs(float(short) - float(long)) < 1e-9
    assert set(re.findall("[A-Za-z]", text)) <= set("MLCZ")
    assert not re.search(r"\d{5}|  |,|e", text)


def test_flattening_strays_no_further_than_asked() -> None:
    (ring,) = drawn(disc((360, 640), 320, 180, 120)).rings
    fine = ring.flatten(1e-4)
    for tolerance_px in (0.05, 0.5, 2.0):
        flat = ring.flatten(tolerance_px).astype(np.float32)
        far = max(abs(cv2.pointPolygonTest(flat, p, True)) for p in fine[::7].tolist())
        assert far <= tolerance_px * 1.01
    assert len(ring.flatten(0.5)) < len(ring.flatten(0.05)) < len(fine)
    with pytest.raises(UsageError, match="tolerance_px"):
        Curves().flatten(0)


def test_nothing_to_draw() -> None:
    curves = smooth(Path(), np.zeros((4, 5), np.bool_), 0.985)
    assert curves.is_empty
    assert (curves.svg(), curves.in_box(), curves.bbox) == ("", "", (0, 0, 0, 0))
    assert not fill(curves.flatten(), (4, 5)).any()


@pytest.mark.parametrize("min_iou", [0, -0.1, 1.01, float("nan")])
def test_what_is_no_fidelity(min_iou: float) -> None:
    with pytest.raises(UsageError, match="min_iou"):
        smooth(trace(nested()), nested(), min_iou)


def test_what_is_no_mask() -> None:
    with pytest.raises(UsageError, match="uint8"):
        smooth(trace(nested()), nested().astype(np.uint8), 0.97)  # type: ignore[arg-type]


def test_noise_without_end_is_drawn_in_straight_lines() -> None:
    mask = np.random.default_rng(1).random((300, 300)) < 0.6
    curves = drawn(mask, 0.95)
    assert all(ring.is_straight.all() for ring in curves.rings)
    assert iou(fill(curves.flatten(), mask.shape), mask) >= 0.95


def test_many_rings_are_all_there() -> None:
    rows, columns = np.indices((400, 400))
    mask = np.hypot(rows % 40 - 20, columns % 40 - 20) < 15
    curves = drawn(mask)
    assert len(curves.rings) == 100
    assert iou(fill(curves.flatten(), mask.shape), mask) >= 0.985


def test_lines_meet_at_corners_only() -> None:
    # The upper side bends by 8°, too little for a corner: curves have to go through there.
    bent: list[tuple[float, float]] = [(20, 100), (20, 190), (620, 190), (620, 100), (320, 80)]
    (ring,) = drawn(polygon((300, 640), bent), 0.995).rings
    turns = joint_turns(ring)
    is_corner = turns > 45
    assert is_corner.sum() == 4
    assert turns[~is_corner].max(initial=0) < 3
    assert not (ring.is_straight & np.roll(ring.is_straight, 1) & ~is_corner).any()


@pytest.mark.parametrize("sides", [20, 24, 28, 36])
def test_lines_of_a_polygon_without_corners_do_not_meet(sides: int) -> None:
    # It turns by 10° to 18° at a time: each side is a line, what is between them is not.
    around = np.arange(sides) * 2 * np.pi / sides + 0.1
    corners = [(150 + 140 * np.cos(angle), 150 + 140 * np.sin(angle)) for angle in around]
    (ring,) = drawn(polygon((300, 300), corners), 0.997).rings
    assert ring.is_straight.any()
    assert not (ring.is_straight & np.roll(ring.is_straight, 1)).any()


def test_no_hole_is_kept_without_its_outside() -> None:
    areas = np.array([1000.0, 50.0, -40.0, -60.0])
    costs = np.array([10.0, 60.0, 5.0, 5.0])
    assert worth_keeping(areas, costs).tolist() == [True, False, False, True]
    assert worth_keeping(areas[1:2], costs[1:2]).tolist() == [True]


def test_what_leaves_the_measured_box_does_not_pass() -> None:
    mask = disc((300, 300), 150, 150, 40)
    search = Search(trace(mask), mask, 0.985, trace(mask).bbox)
    curves = drawn(mask)
    assert search.score(curves) >= 0.985
    far = square((300, 300), 10, 10, 20, 20)
    for side in (far, far[::-1, ::-1]):
        assert search.score(Curves((*curves.rings, *drawn(side).rings), curves.box)) == 0
