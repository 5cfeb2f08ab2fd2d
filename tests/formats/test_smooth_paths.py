"""Smooth paths as the services' own pages draw them: by another renderer, over real masks."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import RtsegError
from rtseg.formats import Outlined, svg_document
from rtseg.formats.records import object_record
from rtseg.geometry import fill, iou
from rtseg.types import BoolMask, Prompt
from tests.geometry.renderers import library

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DAVIS = SHARED / "davis" / "Annotations" / "480p"
PHOTOS = SHARED / "photos"


def davis(name: str, frame: int) -> BoolMask:
    file = DAVIS / name / f"{frame:05d}.png"
    if not file.exists():
        pytest.skip(f"needs {file}")
    mask: BoolMask = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)) > 127
    return mask


def rendered(svg: str, size: tuple[int, int]) -> BoolMask:
    """Draw an SVG with cairosvg, and take what is half covered or more."""
    png = library("cairosvg").svg2png(
        bytestring=svg.encode(), output_width=size[0], output_height=size[1]
    )
    drawn = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert drawn is not None
    mask: BoolMask = np.asarray(drawn)[..., 3] >= 128
    return mask


def drawn_over_its_box(one: Outlined) -> BoolMask:
    """What a page of the services shows: the path in a viewBox of 1, stretched over the bbox."""
    height, width = one.mask.shape
    record = object_record(one)
    box = record["bbox"]
    x0, y0 = round(box["x_min"] * width), round(box["y_min"] * height)
    x1, y1 = round(box["x_max"] * width), round(box["y_max"] * height)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" preserveAspectRatio="none" '
        f'width="{x1 - x0}" height="{y1 - y0}"><path d="{record["path"]}"/></svg>'
    )
    mask: BoolMask = np.zeros((height, width), np.bool_)
    mask[y0:y1, x0:x1] = rendered(svg, (x1 - x0, y1 - y0))
    return mask


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("blackswan", 0),
        ("breakdance", 30),
        ("cows", 50),
        ("horsejump-high", 20),
        ("libby", 30),
        ("motocross-jump", 10),
    ],
)
def test_cairo_draws_the_mask(name: str, frame: int) -> None:
    mask = davis(name, frame)
    assert iou(drawn_over_its_box(Outlined(1, name, 1.0, mask)), mask) >= 0.98


def test_cairo_leaves_holes_open() -> None:
    rows, columns = np.indices((150, 200))
    distance = np.hypot(columns + 0.5 - 100, rows + 0.5 - 75)
    mask = (distance < 60) & (distance > 30) | (distance < 12)
    drawn = drawn_over_its_box(Outlined(1, "ring", 1.0, mask))
    assert iou(drawn, mask) >= 0.98
    assert drawn[75, 100]
    assert not drawn[75, 120]


def test_the_box_is_of_the_mask_though_a_speck_is_not_drawn() -> None:
    rows, columns = np.indices((150, 200))
    mask = np.hypot(columns + 0.5 - 100, rows + 0.5 - 75) < 50
    mask[4:6, 10:12] = True
    one = Outlined(1, "disc", 1.0, mask)
    assert object_record(one)["bbox"] == {
        "x_min": 0.05,
        "y_min": 0.026667,
        "x_max": 0.75,
        "y_max": 0.833333,
    }
    assert len(one.curves.rings) == 1
    assert iou(drawn_over_its_box(one), mask) >= 0.98


def test_noise_is_drawn_coarsely_in_the_box_of_the_mask() -> None:
    mask = np.zeros((600, 700), np.bool_)
    mask[100:500, 150:650] = np.random.default_rng(5).random((400, 500)) < 0.5
    mask[250:350, 200:600] = True
    one = Outlined(1, "noise", 1.0, mask)
    record = object_record(one)
    assert one.bbox == (150, 100, 650, 500)
    assert len(record["path"]) < 400_000
    assert one.curves.box == one.bbox
    drawn = drawn_over_its_box(one)
    assert drawn[250:350, 200:600].mean() > 0.95
    assert iou(drawn, fill(one.outline, mask.shape)) >= 0.95


def test_cairo_draws_the_document() -> None:
    mask = davis("dog", 10)
    text = svg_document([Outlined(1, "dog", 1.0, mask)], (mask.shape[1], mask.shape[0]))
    inside = text.replace('fill-opacity="0.3"', "").replace('stroke-width="2"', 'stroke="none"')
    drawn = rendered(inside.replace('stroke="#', 'data-was="#'), (mask.shape[1], mask.shape[0]))
    assert iou(drawn, mask) >= 0.98


@pytest.mark.parametrize("name", ["zidane.jpg", "bus.jpg", "coco_000000000785.jpg"])
def test_cairo_draws_people_in_photos(name: str) -> None:
    from rtseg.images import find, read_image

    if not (PHOTOS / name).exists():
        pytest.skip(f"needs {PHOTOS / name}")
    try:
        found = find(read_image(PHOTOS / name), (Prompt("person"),))
    except RtsegError as error:
        pytest.skip(f"needs the person model: {error}")
    assert found
    for one in found:
        assert iou(drawn_over_its_box(one), one.mask) >= 0.98
