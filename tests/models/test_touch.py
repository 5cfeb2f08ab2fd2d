"""The touch model: drawn scenes whose truth is known, awkward input, and DAVIS where it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.bench.scenes import box_around, innermost_of
from rtseg.bench.touch import grabcut_from
from rtseg.errors import UsageError
from rtseg.geometry import iou
from rtseg.models import Answer, Instance, Request, Segmenter, load
from rtseg.models.touch.segmenter import TouchMemory
from rtseg.types import BoolMask, Box, Image, Point, Prompt

DAVIS = Path(__file__).resolve().parents[3] / "shared" / "data" / "davis"
SIZE = 240, 320
GREEN, BLUE, RED, GREY = (60, 140, 70), (190, 110, 50), (50, 50, 190), (128, 128, 128)


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    loaded = load("touch")
    loaded.warm_up()
    return loaded


def disc(x: float, y: float, radius: float, size: tuple[int, int] = SIZE) -> BoolMask:
    rows, columns = np.mgrid[: size[0], : size[1]]
    mask: BoolMask = (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < radius**2
    return mask


def scene(*things: tuple[BoolMask, tuple[int, int, int]], noise: float = 12.0) -> Image:
    """Paint things on green, with the grain of a camera."""
    image = np.full((*SIZE, 3), GREEN, np.float32)
    for mask, colour in things:
        image[mask] = colour
    image += np.random.default_rng(7).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def at(x: float, y: float, *, is_positive: bool = True, size: tuple[int, int] = SIZE) -> Point:
    return Point(x / size[1], y / size[0], is_positive)


def ask(
    segmenter: Segmenter, image: Image, prompt: Prompt, hint: BoolMask | None = None
) -> Instance:
    (answer,) = segmenter.segment([Request(image, (prompt,), hints=(hint,))])
    (found,) = answer.instances
    assert found.prompt == 0
    assert found.label == ""
    assert 0 <= found.score <= 1
    assert found.mask.shape == image.shape[:2]
    assert found.mask.dtype == np.bool_
    assert found.mask.any()
    return found


BALL = disc(150, 120, 45)
OTHER = disc(260, 60, 30)


def test_a_box_gives_the_thing_in_it(segmenter: Segmenter) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    assert iou(ask(segmenter, image, Prompt(box=box_around(BALL))).mask, BALL) > 0.95
    assert iou(ask(segmenter, image, Prompt(box=box_around(OTHER))).mask, OTHER) > 0.95


def test_a_box_of_a_thing_in_two_colours(segmenter: Segmenter) -> None:
    left = BALL & (np.arange(SIZE[1]) < 150)
    image = scene((BALL, BLUE), (left, RED))
    assert iou(ask(segmenter, image, Prompt(box=box_around(BALL))).mask, BALL) > 0.9


def test_a_thing_cut_off_by_the_picture(segmenter: Segmenter) -> None:
    cut_off = disc(0, 240, 90)
    image = scene((cut_off, BLUE))
    assert iou(ask(segmenter, image, Prompt(box=box_around(cut_off))).mask, cut_off) > 0.9


@pytest.mark.parametrize("thing", [BALL, OTHER], ids=["large", "small"])
def test_one_click_gives_the_thing_under_it(segmenter: Segmenter, thing: BoolMask) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    assert iou(ask(segmenter, image, Prompt(points=(innermost_of(thing),))).mask, thing) > 0.9


def test_the_outline_is_drawn_finer_than_the_working_size(segmenter: Segmenter) -> None:
    """At 96 pixels for some 300, the cut alone would be off by about 1.5 along the outline."""
    large = disc(160, 120, 100)
    mask = ask(segmenter, scene((large, BLUE), noise=4), Prompt(box=box_around(large))).mask
    assert iou(mask, large) > 0.985


def test_several_points_join(segmenter: Segmenter) -> None:
    one, two = disc(110, 120, 30), disc(175, 120, 30)
    image = scene((one, BLUE), (two, RED))
    mask = ask(segmenter, image, Prompt(points=(at(110, 120), at(175, 120)))).mask
    assert mask[one].mean() > 0.9
    assert mask[two].mean() > 0.9
    assert mask.sum() < 1.3 * (one | two).sum()


def test_a_negative_point_takes_a_part_out_of_a_box(segmenter: Segmenter) -> None:
    one, two = disc(110, 120, 30), disc(175, 120, 30)
    image = scene((one, BLUE), (two, RED))
    box = box_around(one | two)
    both = ask(segmenter, image, Prompt(box=box)).mask
    assert both[two].mean() > 0.9
    points = (at(175, 120, is_positive=False),)
    left = ask(segmenter, image, Prompt(box=box, points=points)).mask
    assert left[two].mean() < 0.1
    assert left[one].mean() > 0.9


def test_a_negative_point_takes_away_from_a_hint(segmenter: Segmenter) -> None:
    one, two = disc(110, 120, 30), disc(175, 120, 30)
    image = scene((one, BLUE), (two, RED))
    point = at(180, 120, is_positive=False)
    mask = ask(segmenter, image, Prompt(points=(point,)), one | two).mask
    assert mask[two].mean() < 0.1
    assert mask[one].mean() > 0.9


def test_a_positive_point_adds_to_a_hint(segmenter: Segmenter) -> None:
    one, two = disc(110, 120, 30), disc(175, 120, 30)
    image = scene((one, BLUE), (two, RED))
    mask = ask(segmenter, image, Prompt(points=(at(175, 120),)), one).mask
    assert mask[one].mean() > 0.9
    assert mask[two].mean() > 0.9


def test_a_hint_is_refined_to_edges_and_not_replaced(segmenter: Segmenter) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    hint = np.roll(BALL, (6, -6), (0, 1))
    assert iou(hint, BALL) < 0.85
    assert iou(ask(segmenter, image, Prompt(), hint).mask, BALL) > 0.93
    half = BALL & (np.arange(SIZE[0])[:, None] < 110)
    mask = ask(segmenter, image, Prompt(), half).mask
    assert mask[OTHER].mean() < 0.01
    assert mask[half].mean() > 0.9


def follow(
    segmenter: Segmenter, memory: TouchMemory | None, image: Image, hint: BoolMask | None
) -> Answer:
    names = (5,) if memory else ()
    (answer,) = segmenter.segment([Request(image, (Prompt(),), memory, names, (hint,))])
    return answer


def test_memory_keeps_a_hint_from_drifting(segmenter: Segmenter) -> None:
    """A hint that has slipped so far that half of it lies on something else beside the object."""
    wall = np.zeros(SIZE, np.bool_)
    wall[:, 195:] = True
    first = scene((wall, RED), (BALL, BLUE))
    slipped = np.roll(BALL, 40, 1)
    memory = segmenter.new_memory()
    assert isinstance(memory, TouchMemory)
    (before,) = segmenter.segment([Request(first, (Prompt(box=box_around(BALL)),), memory, (5,))])
    assert before.instances
    (kept,) = follow(segmenter, memory, first, slipped).instances
    (drifted,) = follow(segmenter, None, first, slipped).instances
    assert kept.mask[wall].sum() < 0.5 * drifted.mask[wall].sum()
    assert iou(kept.mask, BALL) > iou(drifted.mask, BALL)


def test_memory_forgets_what_is_not_named_and_is_taught_by_touches_alone(
    segmenter: Segmenter,
) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    memory = segmenter.new_memory()
    assert isinstance(memory, TouchMemory)
    boxes = Prompt(box=box_around(BALL)), Prompt(box=box_around(OTHER))
    segmenter.segment([Request(image, boxes, memory, (1, 2))])
    assert set(memory.palettes) == {1, 2}
    taught = memory.palettes[2]
    request = Request(image, (Prompt(),), memory, (2,), (np.roll(OTHER, 9, 0),))
    segmenter.segment([request])
    assert set(memory.palettes) == {2}
    assert memory.palettes[2] is taught
    segmenter.segment([Request(image, (boxes[0],), memory, (2,))])
    assert memory.palettes[2] is not taught
    segmenter.segment([Request(image, (), memory, ())])
    assert not memory.palettes
    memory.close()
    memory.close()


def test_followed_without_a_hint_is_not_found(segmenter: Segmenter) -> None:
    memory = segmenter.new_memory()
    assert isinstance(memory, TouchMemory)
    image = scene((BALL, BLUE))
    assert follow(segmenter, memory, image, None).instances == ()
    assert follow(segmenter, memory, image, np.zeros(SIZE, np.bool_)).instances == ()


def test_answers_come_in_order_and_twice_the_same(segmenter: Segmenter) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    before = image.copy()
    prompts = Prompt(box=box_around(OTHER)), Prompt(points=(innermost_of(BALL),))
    requests = [Request(image, prompts), Request(image, prompts[::-1])]
    first, second = segmenter.segment(requests)
    assert [found.prompt for found in first.instances] == [0, 1]
    assert (first.instances[0].mask == second.instances[1].mask).all()
    assert (first.instances[1].mask == second.instances[0].mask).all()
    assert first.instances[0].score == second.instances[1].score
    assert (image == before).all()


def test_a_click_on_nothing_gives_something_around_it(segmenter: Segmenter) -> None:
    flat = np.full((*SIZE, 3), GREY, np.uint8)
    found = ask(segmenter, flat, Prompt(points=(at(250, 200),)))
    rows, columns = np.nonzero(found.mask)
    assert abs(columns.mean() - 250) < 30
    assert abs(rows.mean() - 200) < 30
    assert found.mask.mean() < 0.5
    assert found.score < 0.2
    clear = ask(segmenter, scene((BALL, BLUE)), Prompt(points=(at(150, 120),)))
    assert clear.score > found.score + 0.3


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 400), (300, 2), (7, 7)])
def test_pictures_of_few_pixels(segmenter: Segmenter, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (*shape, 3)).astype(np.uint8)
    ask(segmenter, image, Prompt(points=(Point(0.5, 0.5),)))
    ask(segmenter, image, Prompt(points=(Point(1, 1), Point(0, 0))))
    ask(segmenter, image, Prompt(box=Box(0, 0, 1, 1)))
    ask(segmenter, image, Prompt(box=Box(0.4, 0.4, 0.41, 0.41)))
    ask(segmenter, image, Prompt(), np.ones(shape, np.bool_))


def test_a_very_large_picture(segmenter: Segmenter) -> None:
    image = np.full((6000, 8000, 3), GREEN, np.uint8)
    image[2000:4000, 3000:6000] = BLUE
    box = Box(3000 / 8000, 2000 / 6000, 6000 / 8000, 4000 / 6000)
    assert ask(segmenter, image, Prompt(box=box)).mask[2100:3900, 3100:5900].all()
    assert ask(segmenter, image, Prompt(points=(Point(0.55, 0.5),))).mask[3000, 4400]


@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, 1, 1),
        Box(0.5, 0.5, 0.5 + 1 / 320, 0.5 + 1 / 240),
        Box(0, 0, 1, 1e-6),
        Box(0.999, 0, 1, 1),
    ],
    ids=["all", "a pixel", "a hair", "the side"],
)
@pytest.mark.parametrize("is_grey", [False, True])
def test_odd_boxes(segmenter: Segmenter, box: Box, is_grey: bool) -> None:
    image = scene((BALL, BLUE))
    if is_grey:
        image = np.repeat(image[..., :1], 3, axis=2)
    ask(segmenter, image, Prompt(box=box))


COORDINATE = st.floats(0, 1)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE, st.booleans()), max_size=4)


@settings(max_examples=25, deadline=None)
@given(points=POINTS, corner=st.none() | st.tuples(COORDINATE, COORDINATE), is_hinted=st.booleans())
def test_any_touch_is_answered_and_points_keep_their_word(
    points: list[tuple[float, float, bool]],
    corner: tuple[float, float] | None,
    is_hinted: bool,
) -> None:
    image = scene((BALL, BLUE), (OTHER, RED))
    height, width = SIZE
    box = Box(corner[0] / 2, corner[1] / 2, 0.75, 0.75) if corner else None
    placed = tuple(Point(x, y, is_positive) for x, y, is_positive in points)
    if not (box or is_hinted or any(point.is_positive for point in placed)):
        return
    found = ask(load("touch"), image, Prompt(points=placed, box=box), BALL if is_hinted else None)
    pixels = {(int(x), int(y)) for x, y in (p.to_px(width, height) for p in placed)}
    if len(pixels) == len(placed):
        for point in placed:
            x, y = point.to_px(width, height)
            assert found.mask[int(y), int(x)] == point.is_positive or found.mask.sum() == 1


def test_what_it_takes(segmenter: Segmenter) -> None:
    assert segmenter.info.takes == {"point", "box", "mask"}
    assert segmenter.can_answer(Prompt("cup", points=(Point(0, 0),)))
    assert segmenter.can_answer(Prompt())
    assert not segmenter.can_answer(Prompt("cup"))


def test_wrong_requests_say_what_is_wrong(segmenter: Segmenter) -> None:
    image = scene((BALL, BLUE))
    click = Prompt(points=(Point(0.5, 0.5),))
    memory = segmenter.new_memory()
    wrong = {
        "expected hints": Request(image, (click,), hints=(np.ones((5, 5), np.bool_),)),
        "expected hints .* bool": Request(image, (click,), hints=(BALL.astype(np.uint8),)),  # type: ignore[arg-type]
        "a hint or None for each": Request(image, (click, click), hints=(BALL,)),
        "knows no words": Request(image, (Prompt("cup"),)),
        "does not say where": Request(image, (Prompt(),)),
        "prompt 0 does not say": Request(
            image, (Prompt(points=(Point(0.5, 0.5, False),)),), hints=(~np.ones(SIZE, np.bool_),)
        ),
        "expected a BGR image": Request(image[..., 0], (click,)),
        "name of its own": Request(image, (click, click), memory, (1, 1)),
        "name of its own for each": Request(image, (click,), memory),
    }
    for message, request in wrong.items():
        with pytest.raises(UsageError, match=message):
            segmenter.segment([request])


def test_closed(segmenter: Segmenter) -> None:
    own = load("touch")
    own.close()
    own.close()
    with pytest.raises(UsageError, match="closed"):
        own.segment([])


@pytest.mark.skipif(not DAVIS.is_dir(), reason=f"needs {DAVIS}")
def test_real_objects(segmenter: Segmenter) -> None:
    """Figures of all ten sequences: `python -m rtseg.bench.touch`."""
    by_box, by_click = [], []
    for name in sorted(path.name for path in (DAVIS / "JPEGImages/480p").iterdir()):
        image = np.asarray(cv2.imread(str(DAVIS / f"JPEGImages/480p/{name}/00010.jpg")), np.uint8)
        truth = cv2.imread(str(DAVIS / f"Annotations/480p/{name}/00010.png"), 0)
        mask = np.asarray(truth) > 127
        box = box_around(mask)
        by_box.append(iou(ask(segmenter, image, Prompt(box=box)).mask, mask))
        by_click.append(iou(ask(segmenter, image, Prompt(points=(innermost_of(mask),))).mask, mask))
    assert np.mean(by_box) > 0.71, "the most generous guess alone gives .70"
    assert np.mean(by_click) > 0.5
    assert iou(grabcut_from(image, box), mask) > 0.5
