"""Drawn scenes whose every mask is known exactly."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from rtseg.types import BoolMask, Image


def texture(height: int, width: int, seed: int) -> Image:
    """Draw colour noise of several sizes: something to follow everywhere, as in real surfaces."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cell_px, strength in ((48, 60), (20, 45), (9, 25)):
        noise = rng.uniform(-1, 1, (height // cell_px + 2, width // cell_px + 2, 3))
        smooth = cv2.resize(
            noise.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        total += strength * smooth
    return (total + 128).clip(0, 255).astype(np.uint8)


def moving_disc(
    frames: int,
    *,
    size: tuple[int, int] = (360, 640),
    step_px: tuple[float, float] = (4.0, 1.5),
    pan_px: tuple[float, float] = (0.0, 0.0),
) -> Iterator[tuple[Image, BoolMask]]:
    """Draw a textured disc over a textured, panning background: (image, mask) of each frame."""
    height, width = size
    radius = height // 6
    far = texture(height * 2, width * 2, 1)
    near = texture(height * 2, width * 2, 2)
    ys, xs = np.mgrid[:height, :width]
    for t in range(frames):
        cx, cy = width * 0.25 + step_px[0] * t, height * 0.4 + step_px[1] * t
        mask = (xs - cx) ** 2 + (ys - cy) ** 2 <= radius**2
        background = _shifted(far, width * 0.3 + pan_px[0] * t, height * 0.3 + pan_px[1] * t, size)
        disc = _shifted(near, width - cx, height - cy, size)
        yield np.where(mask[..., None], disc, background), mask


def _shifted(plane: Image, x: float, y: float, size: tuple[int, int]) -> Image:
    height, width = size
    move = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
    return cv2.warpAffine(plane, move, (width, height), flags=cv2.INTER_LINEAR)
