"""Laws of the tracker on drawn motion: each states the IoU that it demands of every frame shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from rtseg.geometry import iou
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Image
from tests.tracking.scenes import texture

HEIGHT, WIDTH = 270, 480
FRAMES = 18
CENTRE = (240.0, 135.0)


@dataclass(frozen=True)
class Pose:
    """Where an object is in a frame: its centre in pixels, turn in degrees, and size."""

    x: float = CENTRE[0]
    y: float = CENTRE[1]
    turn: float = 0.0
    scale: float = 1.0


Scene = list[tuple[Image, BoolMask]]


def _nothing(t: int) -> tuple[float, float]:
    return (0.0, 0.0)


def draw(
    pose: Callable[[int], Pose],
    *,
    camera: Callable[[int], tuple[float, float]] = _nothing,
    finish: Callable[[int, Image], Image] = lambda t, image: image,
    frames: int = FRAMES,
) -> Scene:
    """Draw a textured, slightly reddish box with an arm over a textured background."""
    far = texture(HEIGHT * 2, WIDTH * 2, 1)
    near = np.clip(texture(HEIGHT, WIDTH, 2) * 0.8 + (0, 10, 60), 0, 255).astype(np.uint8)
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(shape, (190, 95), (290, 175), 255, -1)
    cv2.circle(shape, (290, 100), 28, 255, -1)
    scene = []
    for t in range(frames):
        at, (pan_x, pan_y) = pose(t), camera(t)
        move = cv2.getRotationMatrix2D(CENTRE, at.turn, at.scale)
        move[:, 2] += (at.x - CENTRE[0] + pan_x, at.y - CENTRE[1] + pan_y)
        mask = cv2.warpAffine(shape, move, (WIDTH, HEIGHT)) > 127
        front = cv2.warpAffine(near, move, (WIDTH, HEIGHT))
        pan = np.array([[1, 0, pan_x - WIDTH / 2], [0, 1, pan_y - HEIGHT / 2]], np.float32)
        back = cv2.warpAffine(far, pan, (WIDTH, HEIGHT))
        image = finish(t, np.where(mask[..., None], front, back).astype(np.uint8))
        scene.append((image, mask))
    return scene


def shown(scene: Scene, late: int = 4) -> list[BoolMask]:
    """Give the mask of each frame from `late` on, behind a perfect model that is late."""
    tracker, busy_with, masks = Tracker(), None, []
    for t, (image, _) in enumerate(scene):
        if busy_with is not None and t - busy_with >= late:
            tracker.correct(busy_with, {1: scene[busy_with][1]})
            busy_with = None
        now = tracker.step(t, image)
        busy_with = t if busy_with is None else busy_with
        if t >= late:
            masks.append(now[1])
    return masks


def worst(scene: Scene, late: int = 4) -> float:
    masks = shown(scene, late)
    return min(iou(m, truth) for m, (_, truth) in zip(masks, scene[late:], strict=True))


def shake(t: int) -> tuple[float, float]:
    return 5 * float(np.sin(2.1 * t)), 4 * float(np.cos(1.7 * t))


def lit(t: int, image: Image) -> Image:
    return np.clip(image * (1 + 0.012 * t), 0, 255).astype(np.uint8)


def grainy(t: int, image: Image) -> Image:
    noise = np.random.default_rng(t).normal(0, 8, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("scene", "floor"),
    [
        pytest.param(draw(lambda t: Pose()), 0.999, id="still"),
        pytest.param(draw(lambda t: Pose(140 + 7 * t, 110 + 2 * t)), 0.87, id="translation"),
        pytest.param(draw(lambda t: Pose(turn=3 * t)), 0.9, id="rotation"),
        pytest.param(draw(lambda t: Pose(scale=1 + 0.02 * t)), 0.9, id="scale"),
        pytest.param(draw(lambda t: Pose(), camera=shake), 0.98, id="camera shake"),
        pytest.param(draw(lambda t: Pose(160 + 4 * t), finish=lit), 0.94, id="light change"),
        pytest.param(draw(lambda t: Pose(160 + 4 * t), finish=grainy), 0.93, id="noise"),
    ],
)
def test_it_follows(scene: Scene, floor: float) -> None:
    assert worst(scene) > floor


def test_an_object_that_leaves_takes_its_outline_along_and_returns_with_it() -> None:
    scene = draw(lambda t: Pose(320 + 30 * min(t, 40 - t)), frames=46)
    masks = shown(scene)
    gone = [t for t in range(4, 46) if not scene[t][1].any()]
    assert gone
    # 5 frames are 200 ms at 24 fps.
    assert all(masks[t - 4].mean() < 0.002 for t in gone if t >= gone[0] + 5)
    assert iou(masks[-1], scene[-1][1]) > 0.7


def test_what_passes_in_front_is_not_the_object() -> None:
    """A grey bar of a quarter of the object's width goes by; the mask must not take it in."""

    def bar(t: int) -> np.ndarray:
        columns = np.abs(np.arange(WIDTH) - (120 + 14 * t)) < 13
        return np.broadcast_to(columns, (HEIGHT, WIDTH))

    scene = [
        (np.where(bar(t)[..., None], np.uint8(128), image), truth & ~bar(t))
        for t, (image, truth) in enumerate(draw(lambda t: Pose()))
    ]
    assert worst(scene) > 0.93


def test_after_a_cut_the_model_is_believed() -> None:
    """Whatever is shown for the frames that the model has not seen, its first answer counts."""
    before = draw(lambda t: Pose(), frames=6)
    after = [
        (image[:, ::-1].copy(), truth[:, ::-1].copy())
        for image, truth in draw(lambda t: Pose(150), frames=10)
    ]
    tracker = Tracker()
    scene = before + after
    for t, (image, truth) in enumerate(scene):
        masks = tracker.step(t, image)
        if t in (0, 8):
            tracker.correct(t, {1: truth})
        if t >= 9:
            assert iou(masks[1], truth) > 0.95


def test_two_that_cross_keep_their_ids() -> None:
    first = draw(lambda t: Pose(130 + 10 * t, 80, scale=0.6))
    second = draw(lambda t: Pose(330 - 8 * t, 190, scale=0.6))
    tracker = Tracker()
    for t in range(FRAMES):
        image = np.where(second[t][1][..., None], second[t][0], first[t][0])
        masks = tracker.step(t, image)
        if t % 4 == 0:
            tracker.correct(t, {1: first[t][1] & ~second[t][1], 2: second[t][1]})
        if t > 0:
            assert iou(masks[1], first[t][1] & ~second[t][1]) > 0.8
            assert iou(masks[2], second[t][1]) > 0.8
