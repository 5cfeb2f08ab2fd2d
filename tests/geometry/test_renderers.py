"""`fill` beside what renderers draw of our path texts: the same pixels.

Of the exact outline of a mask, all of them. Of any other, all but those whose centre lies on an
edge, or so near that the renderer's own rounding decides: Skia, and resvg after it, put a centre
that is exactly on an edge to the other side than we do.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtseg.geometry import Path, Polygons, fill, iou, simplify, trace
from rtseg.geometry.curves import smooth
from rtseg.geometry.distances import distance_to_outline
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, blobs, disc, masks
from tests.geometry.renderers import RENDERERS, Renderer

HEIGHT, WIDTH = SHAPE = 48, 64
vertices = st.tuples(st.integers(-20, WIDTH + 20), st.integers(-20, HEIGHT + 20))
rings = st.lists(vertices, min_size=3, max_size=12).map(lambda ring: np.array(ring, np.int32))
paths = st.lists(rings, min_size=1, max_size=3).map(lambda each: Path(tuple(each)))


@pytest.fixture(params=RENDERERS, scope="module")
def renderer(request: pytest.FixtureRequest) -> Renderer:
    renderer = RENDERERS[request.param]
    renderer.cover("M 0 0 L 1 0 L 1 1 Z", (1, 1))  # skips here, not in each example
    return renderer


def furthest(a: BoolMask, b: BoolMask, path: Path | Polygons) -> float:
    """How far from the outline the centre of a pixel lies that only one of both has, pixels."""
    rows, columns = np.nonzero(a != b)
    if not rows.size:
        return 0.0
    centres = np.stack((columns + 0.5, rows + 0.5), axis=1)
    return float(distance_to_outline(centres, path).max())


@given(mask=masks)
@settings(max_examples=50)
def test_the_outline_of_a_mask_is_that_mask(renderer: Renderer, mask: BoolMask) -> None:
    assert np.array_equal(renderer.fill(trace(mask).svg(), mask.shape), mask)


@pytest.mark.parametrize("name", EDGE_CASES)
def test_odd_masks(renderer: Renderer, name: str) -> None:
    mask = EDGE_CASES[name]
    assert np.array_equal(renderer.fill(trace(mask).svg(), mask.shape), mask)


@given(path=paths)
@settings(max_examples=50)
def test_rings_that_cross_and_leave_the_frame(renderer: Renderer, path: Path) -> None:
    ours = fill(path, SHAPE)
    assert furthest(renderer.fill(path.svg(), SHAPE), ours, path) < renderer.reach_px


@given(mask=blobs(), min_iou=st.sampled_from([0.8, 0.97, 0.99]))
@settings(max_examples=50)
def test_simplified_outlines(renderer: Renderer, mask: BoolMask, min_iou: float) -> None:
    path = simplify(trace(mask), mask, min_iou).path
    drawn = renderer.fill(path.svg(), mask.shape)
    assert furthest(drawn, fill(path, mask.shape), path) < renderer.reach_px


@given(
    path=paths,
    origin=st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    unit=st.tuples(st.floats(0.01, 900), st.floats(0.01, 900)),
)
@settings(max_examples=50)
def test_any_normalisation(
    renderer: Renderer, path: Path, origin: tuple[float, float], unit: tuple[float, float]
) -> None:
    (x, y), (across, down) = origin, unit
    text = path.svg(origin=origin, scale=(1 / across, 1 / down), decimals=9)
    view = -x / across, -y / down, WIDTH / across, HEIGHT / down
    drawn = renderer.fill(text, SHAPE, view)
    assert furthest(drawn, fill(path, SHAPE), path) < renderer.reach_px


@pytest.mark.parametrize("decimals", [3, 4])
@given(path=paths)
@settings(max_examples=30)
def test_rounded_text_strays_by_its_last_digit(
    renderer: Renderer, path: Path, decimals: int
) -> None:
    text = path.svg(scale=(1 / WIDTH, 1 / HEIGHT), decimals=decimals)
    stray_px = np.hypot(WIDTH, HEIGHT) * 0.5 * 10**-decimals
    drawn = renderer.fill(text, SHAPE, (0, 0, 1, 1))
    assert furthest(drawn, fill(path, SHAPE), path) < renderer.reach_px + stray_px


@given(mask=blobs())
@settings(max_examples=20)
def test_curves(renderer: Renderer, mask: BoolMask) -> None:
    curves = smooth(trace(mask), mask, 0.985)
    assume(not curves.is_empty)
    (x0, y0, x1, y1), (height, width) = curves.box, mask.shape
    view = -x0 / (x1 - x0), -y0 / (y1 - y0), width / (x1 - x0), height / (y1 - y0)
    # Enlarged, since renderers cut curves into lines at a tolerance of their own.
    drawn = renderer.fill(curves.in_box(), mask.shape, view, zoom=9)
    assert furthest(drawn, fill(curves.flatten(), mask.shape), curves.flatten(1e-4)) < 0.1


def test_a_curve_is_drawn_as_promised(renderer: Renderer) -> None:
    mask = disc((360, 640), 320, 180, 120) & ~disc((360, 640), 300, 160, 40)
    curves = smooth(trace(mask), mask, 0.985)
    drawn = renderer.fill(curves.svg(decimals=3), mask.shape, zoom=1)
    assert furthest(drawn, fill(curves.flatten(), mask.shape), curves.flatten(1e-4)) < 0.5
    assert iou(drawn, mask) >= 0.985


@given(path=paths)
@settings(max_examples=50)
def test_where_borders_are_smoothed_only_borders_differ(renderer: Renderer, path: Path) -> None:
    ours, cover = fill(path, SHAPE), renderer.cover(path.svg(), SHAPE)
    # An edge further from a pixel's centre than its corners are leaves it all in or all out.
    half_a_diagonal = np.sqrt(0.5) + 1 / 32
    assert furthest(cover == 255, ours, path) < half_a_diagonal
    assert furthest(cover > 0, ours, path) < half_a_diagonal
