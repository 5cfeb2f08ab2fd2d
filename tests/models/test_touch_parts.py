"""The parts of the touch model: the cut against all masks there are, regions, windows, colours."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.models.touch.appearance import Appearance
from rtseg.models.touch.cut import Cutter
from rtseg.models.touch.outlining import outline_box
from rtseg.models.touch.regions import regions_of
from rtseg.models.touch.scene import Guess, Scene, Touches, innermost
from rtseg.models.touch.window import CELL_PX, SIDE_PX, window_around
from rtseg.types import BoolMask, Image

NOTHING = Touches()


def noise(height: int, width: int, seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3)).astype(np.uint8)


def halves(height: int = 60, width: int = 96) -> Image:
    """Blue on the left, yellow on the right."""
    picture = np.full((height, width, 3), (200, 60, 40), np.uint8)
    picture[:, width // 2 :] = (40, 200, 220)
    return picture


def energy(mask: BoolMask, log_odds: np.ndarray, features: np.ndarray, smoothness: float) -> float:
    """What `Cutter.cut` says it makes least, with diagonals at 1/√2, as OpenCV has them."""
    height, width = mask.shape
    steps = [((0, 1), 1.0), ((1, 0), 1.0), ((1, 1), math.sqrt(0.5)), ((1, -1), math.sqrt(0.5))]
    pairs = [
        ((y, x), (y + dy, x + dx), weight)
        for y, x in np.ndindex(height, width)
        for (dy, dx), weight in steps
        if y + dy < height and 0 <= x + dx < width
    ]
    squares = [float(((features[a] - features[b]) ** 2).sum()) for a, b, _ in pairs]
    mean = sum(squares) / len(squares)
    parted = sum(
        weight * math.exp(-square / (2 * mean))
        for (a, b, weight), square in zip(pairs, squares, strict=True)
        if mask[a] != mask[b]
    )
    return float(-log_odds[mask].sum() + smoothness * parted)


@pytest.mark.parametrize("seed", range(4))
def test_no_mask_has_less_energy_than_the_cut(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = 3, 4
    log_odds = random.normal(0, 2, shape).astype(np.float32)
    picture = cv2.GaussianBlur(noise(*shape, seed), (3, 3), 0).astype(np.uint8)
    nowhere = np.zeros(shape, np.bool_)
    cutter = Cutter(picture)
    found = cutter.cut(log_odds, 1.5, nowhere, nowhere)
    features = cutter._features.astype(np.float64)
    every = (
        np.array(bits, np.bool_).reshape(shape)
        for bits in itertools.product([False, True], repeat=shape[0] * shape[1])
    )
    least = min(energy(mask, log_odds, features, 1.5) for mask in every)
    # The belief is in steps of 2/3: what they hide is all that the cut may miss.
    assert energy(found, log_odds, features, 1.5) - least < 1.0
    assert energy(log_odds > 0, log_odds, features, 1.5) - least > 1.0, "nothing was smoothed"


def test_the_cut_keeps_to_what_is_sure() -> None:
    log_odds = np.full((12, 12), -3, np.float32)
    log_odds[:, 6:] = 3
    background, inside = np.zeros((12, 12), np.bool_), np.zeros((12, 12), np.bool_)
    inside[3, 2] = background[3, 2] = background[8, 9] = True
    mask = Cutter(noise(12, 12, 0)).cut(log_odds, 0.1, background, inside)
    expected = log_odds > 0
    expected[3, 2], expected[8, 9] = True, False
    assert (mask == expected).all()


def test_regions_cover_the_picture_and_follow_its_edges() -> None:
    picture = np.roll(halves(), 3, axis=1)  # so that the edge is not one of the cells'
    regions = regions_of(picture)
    count = len(regions.areas)
    assert count == (60 // CELL_PX) * (96 // CELL_PX)
    assert regions.labels.min() >= 0
    assert regions.labels.max() < count
    assert np.array_equal(regions.sums(np.ones((60, 96), np.float32)), regions.areas)
    is_blue = (picture[..., 0] == 200).astype(np.float32)
    share = regions.sums(is_blue) / np.maximum(regions.areas, 1)
    assert (np.minimum(share, 1 - share) < 0.01).all(), "a region lies on both halves"
    rows, columns = np.nonzero(regions.labels == regions.labels[30, 20])
    assert regions.places[regions.labels[30, 20]] == pytest.approx(
        (columns.mean() + 0.5, rows.mean() + 0.5), abs=0.2
    )


def test_distances_grow_across_edges() -> None:
    regions = regions_of(halves())
    start = regions.labels[30, 30]
    distances = regions.distances(np.arange(len(regions.areas)) == start)
    assert distances[start] == 0
    near, far = distances[regions.labels[30, 2]], distances[regions.labels[30, 66]]
    assert near < 8, "one step a region, on one colour"
    assert far > 100, "the two colours are about 150 apart in Lab"
    assert np.isinf(regions.distances(np.zeros(len(regions.areas), np.bool_))).all()


def test_a_window_is_inside_the_picture_and_its_places_are_the_sources() -> None:
    source = noise(100, 200, 1)
    window = window_around(source, (150, -20, 260, 40), 10)
    assert (window.left, window.top, window.right, window.bottom) == (140, 0, 200, 50)
    height, width = window.picture.shape[:2]
    assert max(height, width) == SIDE_PX
    assert height % CELL_PX == width % CELL_PX == 0
    columns, rows = window.places()
    assert columns.mean() == pytest.approx(170)
    assert rows.mean() == pytest.approx(25)
    mask = np.zeros((100, 200), np.bool_)
    mask[10:30, 150:180] = True
    small = window.shrink(mask)
    area = small.sum() * math.prod(window.scale)
    assert area == pytest.approx(600, rel=0.02)
    assert small[(rows[:, 0] > 12) & (rows[:, 0] < 28)][:, (columns[0] > 152)].max() == 1


def test_an_outline_is_drawn_along_the_edges_of_the_picture() -> None:
    """A mask that is a working pixel too large falls on the edge that the picture has there."""
    rows, columns = np.mgrid[:380, :380]
    truth = (columns - 190) ** 2 + (rows - 190) ** 2 < 120**2
    picture = np.where(truth[..., None], np.uint8(210), np.uint8(50)).repeat(3, 2)
    window = window_around(picture, (0, 0, 380, 380), 0)
    coarse = cv2.dilate((window.shrink(truth) > 0.5).astype(np.float32), np.ones((3, 3), np.uint8))
    plain = cv2.resize(coarse, (380, 380), interpolation=cv2.INTER_LINEAR) > 0.5
    drawn = window.enlarge(np.asarray(coarse, np.float32))
    assert iou(plain, truth) < 0.95
    assert iou(drawn, truth) > 0.97


def test_colours_speak_for_the_side_that_has_them() -> None:
    picture = halves()
    regions = regions_of(picture)
    soft = np.zeros((60, 96), np.float32)
    soft[20:40, 10:30] = 1
    voice = Appearance(regions, 20).log_odds(soft)
    assert voice[:, 60:].max() < -1
    assert voice[30, 20] > voice[30, 70] + 2


def test_remembered_colours_join_in() -> None:
    picture = halves()
    regions = regions_of(picture)
    left = np.zeros((60, 96), np.float32)
    left[:, :48] = 1
    palette = Appearance(regions, 48).palette(left)
    assert (palette.log_odds(regions.colours)[regions.labels][:, :40] > 3).all()
    assert (palette.log_odds(regions.colours)[regions.labels][:, 56:] < -3).all()
    unknown = np.full((1, 3), 100, np.float32)
    assert palette.log_odds(unknown) == pytest.approx(0, abs=0.01)
    nothing = np.full((60, 96), 0.5, np.float32)
    voice = Appearance(regions, 48, palette).log_odds(nothing)
    assert voice[:, :40].min() > 1
    assert voice[:, 56:].max() < -1


def test_what_stands_beside_the_box_at_its_height_is_not_the_object() -> None:
    """Yellow stands above the box and blue beside it: in the box yellow is the odd one."""
    picture = np.full((72, 96, 3), (200, 60, 40), np.uint8)
    picture[:18] = picture[36:54, 40:56] = (40, 200, 220)
    box = np.zeros((72, 96), np.bool_)
    box[30:60, 30:66] = True
    appearance = Appearance(regions_of(picture), 33)
    unlike = appearance.unlike_beside(~box)
    assert unlike[40:50, 44:52].min() > unlike[40:50, 31:37].max() + 2
    assert unlike[box].mean() == pytest.approx(0, abs=0.1)
    assert not appearance.unlike_beside(np.zeros_like(box)).any()
    assert not appearance.unlike_beside(np.ones_like(box)).any()


def test_the_best_guess_leaves_to_the_surroundings_what_looks_like_them() -> None:
    picture = np.full((72, 96, 3), (200, 60, 40), np.uint8)
    thing, box = np.zeros((72, 96), np.bool_), np.zeros((72, 96), np.bool_)
    thing[24:48, 36:48] = True
    box[20:52, 30:66] = True
    picture[thing] = (40, 200, 220)
    window = window_around(picture, (0, 0, 96, 72), 0)
    scene = Scene(window, 33, ~box, NOTHING)
    voice = np.zeros((72, 96), np.float32)
    near = thing.copy()
    near[24:48, 48:50] = True
    beside = box & ~thing
    right, same, wrong, all_of_it = (Guess(mask, voice) for mask in (thing, near, beside, box))
    assert scene.best_of([all_of_it, wrong, same, right]) == [same, right]
    assert scene.best_of([wrong]) == [wrong]
    assert scene.best_of([all_of_it]) == [all_of_it]


def test_innermost() -> None:
    mask = np.zeros((20, 30), np.bool_)
    mask[:9, :9] = True
    mask[15, 20:] = True
    assert np.argwhere(innermost(mask)).tolist() == [[4, 4]]
    assert not innermost(np.zeros((4, 4), np.bool_)).any()


def test_a_box_is_grown_to_a_point_outside_of_it() -> None:
    image = np.full((240, 320, 3), (60, 140, 70), np.uint8)
    image[100:140, 60:260] = (190, 110, 50)
    found = outline_box(image, (60.0, 100.0, 180.0, 140.0), Touches(((250.0, 120.0),)))
    assert found.mask[105:135, 65:255].mean() > 0.95


def test_a_thin_thing_is_told_from_the_ground_inside_its_box() -> None:
    """An L fills a fifth of its box, and the ground inside differs a little from that around."""
    image = np.full((240, 320, 3), (60, 140, 70), np.uint8)
    truth = np.zeros((240, 320), np.bool_)
    truth[50:190, 90:112] = truth[168:190, 90:230] = True
    image[50:190, 90:230] = (66, 146, 76)
    image[truth] = (150, 120, 60)
    grain = np.random.default_rng(3).normal(0, 6, image.shape)
    image = np.clip(image + grain, 0, 255).astype(np.uint8)
    assert iou(outline_box(image, (90.0, 50.0, 230.0, 190.0), NOTHING).mask, truth) > 0.85


def test_a_wall_that_goes_on_beside_the_box_is_not_the_thing_before_it() -> None:
    """A bird hardly darker than its water; its neck stands before a wall, half of the box."""
    image = np.full((240, 320, 3), (52, 62, 48), np.uint8)
    image[60:130] = (150, 160, 165)
    image[:60] = (40, 120, 60)
    drawn = np.zeros((240, 320), np.uint8)
    cv2.ellipse(drawn, (150, 160), (70, 28), 0, 0, 360, 1, -1)
    cv2.line(drawn, (205, 155), (212, 75), 1, 14)
    truth = drawn > 0
    image[truth] = (45, 52, 41)
    grain = np.random.default_rng(3).normal(0, 7, image.shape)
    image = np.clip(image + grain, 0, 255).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(drawn)
    found = outline_box(image, (x, y, x + width, y + height), NOTHING)
    assert iou(found.mask, truth) > 0.8
