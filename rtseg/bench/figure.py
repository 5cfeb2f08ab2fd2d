"""A drawn person who waves: a camera for machines without a clip, and its exact mask.

Shaded ellipses in front of a wall, near enough to a webcam picture that the person model outlines
it, so benchmarks, tests and screenshots need no recording of anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.types import BoolMask, Image

_Colour = tuple[float, float, float]
_Plane = npt.NDArray[np.float32]

SKIN: _Colour = (140, 170, 225)
SHIRT: _Colour = (120, 70, 40)
HAIR: _Colour = (35, 45, 70)
_LIGHT = np.array([-0.5, -0.6, 0.65], np.float32) / np.float32(1.02)
_BOOKS: tuple[_Colour, ...] = ((60, 70, 180), (120, 90, 50), (70, 140, 90), (40, 40, 60))


@dataclass
class _Canvas:
    """A picture that is painted back to front; what belongs to the person marks the mask."""

    image: _Plane
    cover: _Plane
    xs: _Plane
    ys: _Plane

    def ellipse(
        self, x: float, y: float, a: float, b: float, colour: _Colour, angle: float = 0.0
    ) -> None:
        """Paint an ellipsoid, lit from the upper left; half axes `a` and `b`, pixels."""
        cos, sin = np.cos(angle), np.sin(angle)
        reach = max(a, b) + 2
        height, width = self.cover.shape
        rows = slice(max(0, int(y - reach)), min(height, int(y + reach) + 1))
        columns = slice(max(0, int(x - reach)), min(width, int(x + reach) + 1))
        dx, dy = self.xs[rows, columns] - x, self.ys[rows, columns] - y
        u, v = (cos * dx + sin * dy) / a, (cos * dy - sin * dx) / b
        inside = np.clip(1 - u * u - v * v, 0, 1)
        facing = np.clip(u * _LIGHT[0] + v * _LIGHT[1] + np.sqrt(inside) * _LIGHT[2], 0, 1)
        alpha = np.clip(inside * min(a, b) / 2.5, 0, 1)
        self._blend(rows, columns, alpha, 0.45 + 0.6 * facing, colour)

    def polygon(self, points: npt.NDArray[np.float64], shade: _Plane, colour: _Colour) -> None:
        """Paint a soft-edged polygon, (N, 2) pixels."""
        alpha = np.zeros_like(self.cover)
        cv2.fillPoly(alpha, [np.round(points * 16).astype(np.int32)], (1.0,), cv2.LINE_AA, 4)
        every = slice(None)
        self._blend(every, every, alpha, shade, colour)

    def arc(
        self, x: float, y: float, axes: tuple[float, float], sweep: tuple[int, int], colour: _Colour
    ) -> None:
        """Draw a line along a part of an ellipse: brows and the mouth."""
        thickness = max(1, round(self.cover.shape[0] / 130))
        centre, size = (int(x), int(y)), (int(axes[0]), int(axes[1]))
        cv2.ellipse(self.image, centre, size, 0, *sweep, colour, thickness, cv2.LINE_AA)

    def _blend(
        self, rows: slice, columns: slice, alpha: _Plane, shade: _Plane, colour: _Colour
    ) -> None:
        part = self.image[rows, columns]
        painted = np.asarray(colour, np.float32) * shade[..., None]
        part += alpha[..., None] * (painted - part)
        np.maximum(self.cover[rows, columns], alpha, out=self.cover[rows, columns])


def draw_person(at_s: float, size: tuple[int, int]) -> tuple[Image, BoolMask]:
    """Draw the person at a moment: swaying, one hand waving.

    Parameters
    ----------
    at_s : seconds since the beginning.
    size : (width, height), pixels.

    Returns
    -------
    (H, W, 3) uint8 BGR, and the person's (H, W) bool mask.
    """
    w, h = size
    ys, xs = np.mgrid[:h, :w].astype(np.float32)
    canvas = _Canvas(_room(xs, ys, w, h), np.zeros((h, w), np.float32), xs, ys)
    sway = np.sin(at_s * 1.1)
    x = w * (0.5 + 0.06 * sway)
    head = x + w * 0.005 * np.sin(at_s * 1.1 + 0.5)
    _body(canvas, x, w, h)
    _head(canvas, head, w, h)
    _arm(canvas, x, -0.9 + 0.35 * np.sin(at_s * 4), w, h)
    grain = np.random.default_rng(round(at_s * 1000)).normal(0, 2.5, (h, w, 1))
    soft = cv2.GaussianBlur(canvas.image, (0, 0), max(0.5, h / 650))
    return np.clip(soft + grain, 0, 255).astype(np.uint8), canvas.cover > 0.5


def _room(xs: _Plane, ys: _Plane, w: int, h: int) -> _Plane:
    """A lit wall with a window and a shelf."""
    glow = np.exp(-((xs - w * 0.8) ** 2 + (ys - h * 0.1) ** 2) / (w * 0.5) ** 2)
    lit = (0.75 + 0.25 * glow).astype(np.float32)
    room: _Plane = np.array([196, 205, 212], np.float32) * lit[..., None]

    def box(x0: float, y0: float, x1: float, y1: float, colour: _Colour, line: int = -1) -> None:
        corners = (int(w * x0), int(h * y0)), (int(w * x1), int(h * y1))
        cv2.rectangle(room, *corners, colour, line)

    frame = max(2, w // 160)
    box(0.06, 0.12, 0.26, 0.55, (235, 225, 205))
    box(0.06, 0.12, 0.26, 0.55, (120, 130, 140), frame)
    box(0.06, 0.12, 0.16, 0.55, (120, 130, 140), frame)
    box(0.78, 0.30, 0.97, 0.36, (70, 95, 130))
    for n, colour in enumerate(_BOOKS):
        box(0.80 + 0.03 * n, 0.14 + 0.01 * (n % 3), 0.823 + 0.03 * n, 0.30, colour)
    return room


def _body(canvas: _Canvas, x: float, w: int, h: int) -> None:
    half = np.array([[0.21, 1.05], [0.2, 0.78], [0.15, 0.66], [0.05, 0.6]])
    right = half[::-1] * (w, h) + (x, 0)
    left = half * (-w, h) + (x, 0)
    lit = 0.55 + 0.5 * np.exp(-((canvas.xs - x + w * 0.07) ** 2) / (w * 0.13) ** 2)
    folds = 1 - 0.09 * np.cos((canvas.xs - x) / w * 60) ** 2
    canvas.polygon(np.concatenate([left, right]), lit * folds, SHIRT)
    canvas.ellipse(x, h * 0.57, w * 0.042, h * 0.1, (119, 145, 191))


def _head(canvas: _Canvas, x: float, w: int, h: int) -> None:
    y = h * 0.34
    canvas.ellipse(x, y - h * 0.02, w * 0.078, h * 0.185, HAIR)
    for side in (-1, 1):
        canvas.ellipse(x + side * w * 0.065, y + h * 0.01, w * 0.012, h * 0.035, SKIN)
    canvas.ellipse(x, y + h * 0.015, w * 0.064, h * 0.165, SKIN)
    canvas.ellipse(x, y - h * 0.12, w * 0.066, h * 0.075, HAIR)
    for side in (-1, 1):
        eye = x + side * w * 0.026
        canvas.ellipse(eye, y - h * 0.012, w * 0.012, h * 0.012, (245, 245, 245))
        canvas.ellipse(eye, y - h * 0.012, w * 0.0055, h * 0.0105, (60, 50, 40))
        canvas.arc(eye, y - h * 0.042, (w * 0.015, h * 0.01), (200, 340), (40, 50, 75))
    canvas.ellipse(x, y + h * 0.045, w * 0.009, h * 0.03, (133, 161, 214))
    canvas.arc(x, y + h * 0.085, (w * 0.024, h * 0.022), (15, 165), (90, 90, 190))


def _arm(canvas: _Canvas, x: float, wave: float, w: int, h: int) -> None:
    elbow = np.array([x + 0.235 * w, h * 0.84])
    forearm = np.array([np.sin(wave + 0.9) * w * 0.12 + 0.02 * w, -np.cos(wave * 0.5) * h * 0.33])
    hand = elbow + forearm
    canvas.ellipse(x + 0.2 * w, h * 0.8, w * 0.05, h * 0.14, SHIRT)
    for along in np.linspace(0, 1, 40):
        at, radius = elbow + (hand - elbow) * along, w * (0.036 - 0.012 * along)
        canvas.ellipse(at[0], at[1], radius, radius, SHIRT if along < 0.55 else SKIN)
    hx, hy = hand
    canvas.ellipse(hx, hy - h * 0.03, w * 0.03, h * 0.06, SKIN)
    for n in range(4):
        side = n - 1.5
        canvas.ellipse(hx + side * w * 0.016, hy - h * 0.11, w * 0.008, h * 0.05, SKIN, side * 0.12)
    canvas.ellipse(hx - w * 0.034, hy - h * 0.04, w * 0.008, h * 0.04, SKIN, -0.6)
