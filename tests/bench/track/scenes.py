"""Short sequences whose every mask is known."""

from __future__ import annotations

from rtseg.bench.davis import Sequence
from rtseg.types import BoolMask
from tests.geometry.mask_strategies import disc
from tests.tracking.scenes import moving_disc

SIZE = (90, 160)


def drawn(
    frames: int,
    step_px: tuple[float, float] = (1, 0),
    pan_px: tuple[float, float] = (0, 0),
    size: tuple[int, int] = SIZE,
) -> Sequence:
    """A textured disc that goes so far in each frame, over a background that pans."""
    scene = moving_disc(frames, size=size, step_px=step_px, pan_px=pan_px)
    images, truth = zip(*scene, strict=True)
    return Sequence("drawn", list(images), list(truth))


def discs(*xs: int) -> list[BoolMask]:
    """A disc in each frame, at this column."""
    return [disc(SIZE, x, 45, 15) for x in xs]
