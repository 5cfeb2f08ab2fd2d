"""What a real canvas, and SVG in the same browser, fill of our paths is what `fill` paints."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from rtseg.bench.browser import launch
from rtseg.errors import BackendError
from rtseg.geometry import Path, Polygons, fill, iou, simplify, trace
from rtseg.geometry.curves import smooth
from rtseg.geometry.distances import distance_to_outline
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import EDGE_CASES, disc

pytestmark = pytest.mark.browser

GOLDEN = File(__file__).parents[1] / "vectors" / "wire"
LARGEST_PX = 1000
"""A side of a golden frame: one that the format allows, of 65,535 pixels, no canvas has."""

ROUNDED_PX = 1 / 32
"""So near an edge a pixel's centre may be taken for the other side's: Skia reckons in 64ths."""

DRAW = """async ({ d, width, height, view }) => {
  const bits = pixels => btoa(Array.from(pixels, value => String.fromCharCode(value)).join(""));
  const alpha = context =>
    context.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 === 3);
  const canvas = () => Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas().getContext("2d", { willReadFrequently: true });
  context.scale(width / view[2], height / view[3]);
  context.translate(-view[0], -view[1]);
  const path = new Path2D(d);
  context.fill(path);
  const inside = new Uint8Array(width * height).map((_, at) =>
    context.isPointInPath(path, at % width + 0.5, Math.floor(at / width) + 0.5, "nonzero"));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
    viewBox="${view.join(" ")}" preserveAspectRatio="none">
    <path d="${d}" shape-rendering="crispEdges"/></svg>`;
  const picture = new Image();
  picture.src = "data:image/svg+xml," + encodeURIComponent(svg);
  await picture.decode();
  const sheet = canvas().getContext("2d", { willReadFrequently: true });
  sheet.drawImage(picture, 0, 0);
  return { inside: bits(inside), cover: bits(alpha(context)), svg: bits(alpha(sheet)) };
}"""


@dataclass(frozen=True)
class Drawn:
    """What Chromium makes of a path.

    Parameters
    ----------
    inside : (H, W) bool: `isPointInPath` at the centres of the pixels.
    cover : (H, W) uint8: the alpha of a canvas that was filled, borders smoothed.
    svg : (H, W) bool: pixels of the SVG, drawn with crisp edges.
    """

    inside: BoolMask
    cover: np.ndarray
    svg: BoolMask


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """An empty page: neither a server nor the built page is needed."""
    with contextlib.ExitStack() as stack:
        try:
            browser = stack.enter_context(launch(None))
        except BackendError as error:
            pytest.skip(f"needs a Chromium: {error}")
        yield browser.new_page()


def draw(
    page: Page,
    d: str,
    shape: tuple[int, int],
    view: tuple[float, float, float, float] | None = None,
) -> Drawn:
    height, width = shape
    asked = {"d": d, "width": width, "height": height, "view": view or (0, 0, width, height)}
    answer = page.evaluate(DRAW, asked)
    inside, cover, svg = (
        np.frombuffer(base64.b64decode(answer[name]), np.uint8).reshape(shape)
        for name in ("inside", "cover", "svg")
    )
    return Drawn(inside > 0, cover, svg > 127)


def furthest(a: BoolMask, b: BoolMask, path: Path | Polygons) -> float:
    """How far from the outline the centre of a pixel lies that only one of both has, pixels."""
    rows, columns = np.nonzero(a != b)
    if not rows.size:
        return 0.0
    centres = np.stack((columns + 0.5, rows + 0.5), axis=1)
    return float(distance_to_outline(centres, path).max())


def assert_is_filled(drawn: Drawn, path: Path) -> None:
    ours = fill(path, drawn.inside.shape)
    assert furthest(drawn.inside, ours, path) < ROUNDED_PX
    assert furthest(drawn.svg, ours, path) < ROUNDED_PX
    # An edge further from a pixel's centre than its corners are leaves it all in or all out.
    assert furthest(drawn.cover == 255, ours, path) < np.sqrt(0.5) + ROUNDED_PX
    assert furthest(drawn.cover > 0, ours, path) < np.sqrt(0.5) + ROUNDED_PX


def golden_paths() -> dict[str, tuple[Path, tuple[int, int]]]:
    """The outlines of the golden vectors, with the height and width of their frames."""
    found = {}
    for file in sorted(GOLDEN.glob("*.json")):
        for at, expected in enumerate(json.loads(file.read_text())["expect"]):
            frame = expected.get("frame")
            if frame is None or max(frame["width"], frame["height"]) > LARGEST_PX:
                continue
            for one in frame["objects"]:
                rings = tuple(np.array(ring, np.int32) for ring in one.get("rings") or ())
                name = f"{file.stem}-{at}-{one['track_id']}"
                found[name] = Path(rings), (frame["height"], frame["width"])
    return {name: (path, shape) for name, (path, shape) in found.items() if not path.is_empty}


def blobs() -> BoolMask:
    rng = np.random.default_rng(3)
    field = cv2.GaussianBlur(rng.random((120, 160)), (0, 0), 6)
    mask: BoolMask = field > np.quantile(field, 0.6)
    return mask


@pytest.mark.parametrize("name", sorted(golden_paths()))
def test_golden_paths(page: Page, name: str) -> None:
    path, shape = golden_paths()[name]
    assert_is_filled(draw(page, path.svg(), shape), path)


@pytest.mark.parametrize("name", sorted(name for name, mask in EDGE_CASES.items() if mask.size))
def test_the_outline_of_a_mask_is_that_mask(page: Page, name: str) -> None:
    mask = EDGE_CASES[name]
    drawn = draw(page, trace(mask).svg(), mask.shape)
    assert np.array_equal(drawn.inside, mask)
    assert np.array_equal(drawn.svg, mask)
    assert np.array_equal(drawn.cover, np.where(mask, 255, 0))


@pytest.mark.parametrize("min_iou", [0.8, 0.97, 0.99, 1.0])
def test_simplified_outlines(page: Page, min_iou: float) -> None:
    path = simplify(trace(blobs()), blobs(), min_iou).path
    assert_is_filled(draw(page, path.svg(), blobs().shape), path)


@pytest.mark.parametrize("seed", range(5))
def test_rings_that_cross_and_leave_the_frame(page: Page, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = Path(tuple(rng.integers(-30, 130, (9, 2)).astype(np.int32) for _ in range(3)))
    text = path.svg(origin=(20, 7), scale=(1 / 40, 1 / 90), decimals=9)
    drawn = draw(page, text, (80, 100), (-20 / 40, -7 / 90, 100 / 40, 80 / 90))
    assert_is_filled(drawn, path)


def test_curves(page: Page) -> None:
    mask = disc((120, 160), 80, 60, 45) & ~disc((120, 160), 70, 50, 15) | blobs()
    curves = smooth(trace(mask), mask, 0.985)
    (x0, y0, x1, y1), (height, width) = curves.box, mask.shape
    view = -x0 / (x1 - x0), -y0 / (y1 - y0), width / (x1 - x0), height / (y1 - y0)
    drawn = draw(page, curves.in_box(), mask.shape, view)
    ours, exact = fill(curves.flatten(), mask.shape), curves.flatten(1e-4)
    assert furthest(drawn.inside, ours, exact) < 0.1
    # Half covered is not quite the same as a centre inside.
    for filled in (drawn.inside, drawn.cover > 127):
        assert iou(filled, mask) >= 0.985 - 0.001
    # With crisp edges, Skia cuts a curve into few lines.
    assert furthest(drawn.svg, ours, exact) < 0.5
