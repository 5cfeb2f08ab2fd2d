"""From a touch to a mask: a box, points, or a hint of where the object is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from rtseg.geometry import box_of
from rtseg.models.touch.appearance import Palette
from rtseg.models.touch.scene import Guess, Place, Scene, Touches
from rtseg.models.touch.window import Soft, Window, window_around
from rtseg.types import BoolMask, Image

_Way: TypeAlias = Literal["box", "points", "hint"]

_PRIOR = 0.7
"""Log odds that an object loses from its middle to the nearest side of its box."""

_MOODS = (0.7, 0.1, -0.5, -1.1, -1.7)
"""From generous to mean: what is given to every pixel beforehand, in units of _PRIOR."""

_SHORT = 0.6
"""How much farther from the sides, in half boxes, summed over four, a meaner mask may stay."""

_BESIDE = 0.5
"""How loud it is that a colour stands beside the box, at the same height."""

_SIZES = (0.13, 0.2, 0.3)
"""Radii of what a click may mean, in sides of the picture (the root of its area)."""

_REACH = 0.05
"""How far, in sides of the object, an outline may easily leave that of the hint."""

_HOLD_ON = 1.2
"""Log odds for the hint at that distance."""

_CALIBRATION = {"box": (0.63, 0.3), "points": (0.26, 1.1), "hint": (0.75, 0.3)}
"""J on DAVIS as a line over the scene's confidence, which lies between .15 and .45 there. It tells
little within a way: correlation .4 for clicks, .2 for boxes, .1 for hints a few pixels off."""

_UNCLEAR = 0.15
"""Confidence below which nothing on DAVIS fell: a flat picture has 0, and so has its score."""

_MARGIN = 0.45
"""Surroundings that are looked at, in sides of the box."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What was found.

    Parameters
    ----------
    mask : (H, W) bool, at least one pixel.
    score : about the J (IoU) that such masks have on DAVIS, [0, 1].
    palette : its colours.
    """

    mask: BoolMask
    score: float
    palette: Palette


def outline_box(image: Image, box: tuple[float, float, float, float], touches: Touches) -> Outline:
    """Outline what fills a box.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR.
    box : xyxy, source pixels; grown to hold the positive points.
    """
    xs, ys = zip(*touches.positive, (box[0], box[1]), (box[2], box[3]), strict=True)
    x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
    width, height = max(x1 - x0, 1e-3), max(y1 - y0, 1e-3)
    window = window_around(image, (x0, y0, x1, y1), _MARGIN * (width + height) / 2 + 2)
    columns, rows = window.places()
    u, v = (2 * columns - x0 - x1) / width, (2 * rows - y0 - y1) / height
    box_mask = (np.abs(u) < 1) & (np.abs(v) < 1)
    if not box_mask.any():  # a box of less than a working pixel
        box_mask = (np.abs(u) == np.abs(u).min()) & (np.abs(v) == np.abs(v).min())
    away = (u * u + v * v).astype(np.float32)
    scene = Scene(window, math.sqrt(width * height), ~box_mask, touches)
    belief = (box_mask & ((away < 1.2) | scene.inside)).astype(np.float32)
    beside = _BESIDE * scene.unlike_beside()
    guesses: list[Guess] = []
    for mood in _MOODS:
        guess = scene.search(belief, _PRIOR * (mood - away) + beside, 2)
        if guess is None:
            break
        guesses.append(guess)
        belief = guess.mask.astype(np.float32)
    if not guesses:
        return _drawn("box", scene, box_mask & (away <= max(1.0, float(away.min()))), touches)
    gaps = [_gap(guess.mask, u[0], v[:, 0]) for guess in guesses]
    tight = [guess for guess, gap in zip(guesses, gaps, strict=True) if gap <= min(gaps) + _SHORT]
    chosen = scene.best_of(tight)
    mask = scene.agreed(chosen)
    if touches.negative:
        scene.take_away(mask)
        mask = scene.agreed(chosen)
    return _drawn("box", scene, mask, touches)


def outline_points(image: Image, touches: Touches) -> Outline:
    """Outline what is under points, of which one at least is positive.

    Objects of several sizes are looked for; what most of them agree on is the hint from which the
    outline is then drawn.
    """
    height, width = image.shape[:2]
    side = math.sqrt(height * width)
    looks = [_around_points(image, touches, max(size * side, 1.0)) for size in _SIZES]
    votes = [look for look in looks if look.is_thing] or looks[:1]
    largest = votes[-1].window
    share = np.zeros(largest.picture.shape[:2], np.float32)
    for look in votes:
        share += _moved(look.mask, look.window, largest) / len(votes)
    hint = largest.enlarge(share)
    if not hint.any():
        hint = votes[0].window.enlarge(votes[0].mask.astype(np.float32))
    for place in touches.positive:
        _mark(hint, place)
    return outline_hint(image, hint, touches, way="points")


def outline_hint(
    image: Image,
    hint: BoolMask,
    touches: Touches,
    remembered: Palette | None = None,
    *,
    way: _Way = "hint",
) -> Outline:
    """Refine a mask to the picture's colours and edges.

    Parameters
    ----------
    hint : (H, W) bool, at least one pixel; the outline stays near to that of the hint.
    touches : positive points outside of it add what is there; negative ones take away.
    remembered : the object's colours when it was touched.
    way : where the hint came from; it decides how much the score promises.
    """
    missed = tuple(place for place in touches.positive if not hint[_pixel(place, hint)])
    if missed:
        height, width = image.shape[:2]
        reach = max(0.5 * math.sqrt(np.count_nonzero(hint)), _SIZES[0] * math.sqrt(height * width))
        hint = hint.copy()
        for place in missed:
            look = _around_points(image, Touches((place,), touches.negative), reach)
            hint |= look.window.enlarge(look.mask.astype(np.float32))
            _mark(hint, place)
    x0, y0, x1, y1 = box = box_of(hint)
    margin = 0.25 * ((x1 - x0) + (y1 - y0)) / 2 + 4
    window = window_around(image, box, margin)
    soft = window.shrink(hint)
    size_px = math.sqrt(np.count_nonzero(hint))
    depth = _depth(soft)
    reach_px = _REACH * size_px / (sum(window.scale) / 2) + 1
    prior = (_HOLD_ON * np.clip(depth / reach_px, -2.5, 2.5)).astype(np.float32)
    scene = Scene(window, size_px, depth < -2.5 * reach_px, touches, remembered)
    start = np.maximum(soft, scene.inside.astype(np.float32))
    if touches.negative:
        scene.take_away((soft > 0.5) | scene.inside)
        start = np.where(scene.outside, np.float32(0), start)
    guess = scene.search(start, prior, 2)
    mask = guess.mask if guess else (start > 0.5)
    return _drawn(way, scene, mask, touches)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What is under a point, if it is of a certain size.

    Parameters
    ----------
    mask : (h, w) bool, working pixels of the window.
    is_thing : False where nothing of that size was found: then the mask is a disc.
    """

    window: Window
    mask: BoolMask
    is_thing: bool


def _around_points(image: Image, touches: Touches, radius: float) -> _Look:
    """Look for an object of about this radius, source pixels, under points."""
    xs, ys = zip(*touches.positive, strict=True)
    window = window_around(image, (min(xs), min(ys), max(xs), max(ys)), 1.8 * radius)
    columns, rows = window.places()
    away = np.min([(columns - x) ** 2 + (rows - y) ** 2 for x, y in touches.positive], axis=0)
    away = (away / radius**2).astype(np.float32)
    scene = Scene(window, 2 * radius, _cut_sides(window), touches)
    belief = ((away < 0.3) | scene.inside).astype(np.float32)
    if touches.negative:
        scene.take_away(belief > 0)
        belief[scene.outside] = 0
    prior = np.maximum(_PRIOR * (0.7 - 0.8 * away), -4 * _PRIOR).astype(np.float32)
    mask = belief > 0
    for _ in range(4):
        guess = scene.search(mask.astype(np.float32), prior, 1)
        if guess is None:
            break
        mask = _parts_with(guess.mask, scene.inside)
    if np.count_nonzero(mask) <= 2 * np.count_nonzero(scene.inside):
        return _Look(window, belief > 0, is_thing=False)
    return _Look(window, mask, is_thing=True)


def _cut_sides(window: Window) -> BoolMask:
    """Mark the sides of a window that are not the picture's: an object that fits ends before."""
    sides = np.zeros(window.picture.shape[:2], np.bool_)
    height, width = window.source.shape[:2]
    sides[:, :2] |= window.left > 0
    sides[:, -2:] |= window.right < width
    sides[:2] |= window.top > 0
    sides[-2:] |= window.bottom < height
    return sides


def _parts_with(mask: BoolMask, seeds: BoolMask) -> BoolMask:
    """Keep the parts of a mask that hold a seed; all of it if none does."""
    count, parts = cv2.connectedComponents(mask.astype(np.uint8))
    keep = np.zeros(count, np.bool_)
    keep[parts[seeds & mask]] = True
    keep[0] = False
    return np.asarray(keep[parts], np.bool_) if keep.any() else mask


def _moved(mask: BoolMask, window: Window, to: Window) -> Soft:
    """Bring a mask from one window's working pixels to another's."""
    (sx, sy), (tx, ty) = window.scale, to.scale
    x = (to.left + 0.5 * tx - window.left) / sx - 0.5
    y = (to.top + 0.5 * ty - window.top) / sy - 0.5
    move = np.array([[tx / sx, 0, x], [0, ty / sy, y]], np.float32)
    size = to.picture.shape[1], to.picture.shape[0]
    moved = cv2.warpAffine(
        mask.astype(np.float32), move, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.asarray(moved, np.float32)


def _gap(mask: BoolMask, u: Soft, v: Soft) -> float:
    """Return how far a mask stays from the four sides of its box, in half boxes, summed."""
    columns = np.flatnonzero(mask.sum(0) >= 2)
    rows = np.flatnonzero(mask.sum(1) >= 2)
    if not len(columns) or not len(rows):
        return 4.0
    sides = [1 - u[columns[-1]], 1 + u[columns[0]], 1 - v[rows[-1]], 1 + v[rows[0]]]
    return float(np.clip(sides, 0, 1).sum())


def _depth(soft: Soft) -> Soft:
    """Return how deep in the mask each pixel is, working pixels, negative outside of it."""
    inside = (soft > 0.5).astype(np.uint8)
    if not inside.any():
        inside = (soft >= soft.max()).astype(np.uint8)
    if inside.all():
        return np.full(soft.shape, np.float32(soft.shape[0]), np.float32)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    return np.asarray(depth - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3), np.float32)


def _pixel(place: Place, mask: BoolMask) -> tuple[int, int]:
    """Return (row, column) of the pixel at a place."""
    return min(int(place[1]), mask.shape[0] - 1), min(int(place[0]), mask.shape[1] - 1)


def _mark(mask: BoolMask, place: Place) -> None:
    mask[_pixel(place, mask)] = True


def _drawn(way: _Way, scene: Scene, mask: BoolMask, touches: Touches) -> Outline:
    """Draw the mask of a window on the picture; points keep their word, and it is not empty."""
    offset, slope = _CALIBRATION[way]
    confidence = scene.confidence(mask)
    score = min((offset + slope * confidence) * min(confidence / _UNCLEAR, 1.0), 1.0)
    palette = scene.palette(mask)
    if not mask.any():
        mask = scene.inside if scene.inside.any() else ~scene.outside
    soft = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7), np.float32)
    full = scene.window.enlarge(soft)
    for place in touches.negative:
        full[_pixel(place, full)] = False
    for place in touches.positive:
        _mark(full, place)
    if not full.any():
        window = scene.window
        middle = (window.left + window.right) / 2, (window.top + window.bottom) / 2
        _mark(full, middle)
    return Outline(full, score, palette)
