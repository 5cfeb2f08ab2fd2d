"""An object in one picture: what every format writes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rtseg.geometry import Path, box_of, simplify, trace
from rtseg.geometry.curves import Curves, smooth
from rtseg.geometry.despeckling import despeckle
from rtseg.types import BoolMask

MIN_IOU = 0.99
"""Fidelity of written outlines. Nobody counts the bytes of a file as those of a stream are counted;
beyond, a path mostly follows the corners of single pixels, and whoever needs those has the mask."""

SMOOTH_MIN_IOU = 0.985
"""Fidelity of smooth outlines, of each object. What is lost is the staircase and the fringe: above
.99 curves begin to follow both, below .98 they begin to cut fingers short."""


@dataclass(frozen=True, eq=False)
class Outlined:
    """An object in one picture.

    Parameters
    ----------
    id : 1, 2 … in a picture; the object's track id in a video. Gives it its colour.
    label : what it is; may be empty.
    score : how sure the model was, [0, 1].
    mask : (H, W) bool, source pixels, at least one pixel True.
    model : who found it; may be empty.
    prompt : position of the prompt that it answers.
    age_ms : how long ago a model last saw it; 0 in a picture.
    is_thing : it can be counted; stuff (sky, grass, road) can not.
    """

    id: int
    label: str
    score: float
    mask: BoolMask
    model: str = ""
    prompt: int = 0
    age_ms: int = 0
    is_thing: bool = True

    @cached_property
    def outline(self) -> Path:
        """Its exact outline, source pixels; of a mask that is noise, without what is too fine.

        Everything that is drawn is made of it. Noise has millions of corners, and to draw all of
        them would stop a server for a minute: see `rtseg.geometry.despeckling`.
        """
        return trace(self._drawn)

    @cached_property
    def path(self) -> Path:
        """Its outline in straight lines, source pixels.

        Filled, it has an IoU of `MIN_IOU` or more with the mask, if that is no noise.
        """
        return simplify(self.outline, self._drawn, MIN_IOU).path

    @cached_property
    def curves(self) -> Curves:
        """Its outline as smooth curves, in the box of the mask.

        Filled, they have an IoU of `SMOOTH_MIN_IOU` or more with the mask, if that is no noise.
        """
        return smooth(self.outline, self._drawn, SMOOTH_MIN_IOU, box=self.bbox)

    @cached_property
    def _drawn(self) -> BoolMask:
        return despeckle(self.mask)

    @cached_property
    def bbox(self) -> tuple[int, int, int, int]:
        """The smallest box around the mask, xyxy on pixel edges, source pixels."""
        return box_of(self.mask)

    @cached_property
    def area_px(self) -> int:
        """How many pixels it covers."""
        return int(np.count_nonzero(self.mask))
