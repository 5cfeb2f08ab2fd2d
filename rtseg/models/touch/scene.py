"""A window with all that is known of the object in it, and the search for its mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from rtseg.geometry import iou
from rtseg.models.touch.appearance import Appearance, Palette
from rtseg.models.touch.cut import LIMIT, Cutter
from rtseg.models.touch.regions import regions_of
from rtseg.models.touch.window import Soft, Window
from rtseg.types import BoolMask

SMOOTHNESS = 5.0
"""Of the minimum cut; from 3 to 9 J on DAVIS differs by .01."""

_SAME = 0.5
"""IoU above which two guesses mean the same object."""

_SEED_PX = 1.5
_BESIDE = 0.35
"""Share of the object's side within which its middle is not looked for beside a negative point."""

_HOLD = 0.7
"""Below 1: between two places of one colour, the object keeps more than the negative point gets."""

Place = tuple[float, float]
"""(x, y), source pixels."""


@dataclass(frozen=True, slots=True)
class Touches:
    """Points on the object, and points that are not on it, source pixels."""

    positive: tuple[Place, ...] = ()
    negative: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """One mask of the window, and the colours' voice that led to it.

    Parameters
    ----------
    mask : (h, w) bool.
    voice : (h, w) float32, log odds of the appearance alone.
    """

    mask: BoolMask
    voice: Soft


class Scene:
    """Looks for an object in a window.

    Parameters
    ----------
    window : where.
    size_px : about the object's side, source pixels.
    outside : (h, w) bool, where it surely is not.
    touches : points, in or outside of the window.
    remembered : the object's colours.
    """

    def __init__(
        self,
        window: Window,
        size_px: float,
        outside: BoolMask,
        touches: Touches,
        remembered: Palette | None = None,
    ) -> None:
        self.window = window
        self.x, self.y = window.places()
        self.regions = regions_of(window.picture)
        self._cutter = Cutter(window.picture)
        self._scale = sum(window.scale) / 2
        self._size_px = size_px / self._scale
        self._appearance = Appearance(self.regions, self._size_px, remembered)
        self.inside = self._discs(touches.positive)
        self.outside = (outside | self._discs(touches.negative)) & ~self.inside
        self._touches = touches

    def search(self, start: Soft, prior: Soft, rounds: int) -> Guess | None:
        """Find a mask from a first belief, by turns of learning colours and cutting.

        Parameters
        ----------
        start : (h, w) float32 in [0, 1].
        prior : (h, w) float32, log odds without colours.

        Returns
        -------
        None where nothing was left, or no surroundings.
        """
        soft = start
        for _ in range(rounds):
            voice = self._appearance.log_odds(soft)
            mask = self.cut(voice + prior)
            if not mask.any() or mask.all():
                return None
            soft = mask.astype(np.float32)
        return Guess(mask, voice)

    def cut(self, log_odds: Soft) -> BoolMask:
        """Return the least cut that keeps to what is sure, (h, w) bool."""
        return self._cutter.cut(log_odds, SMOOTHNESS, self.outside, self.inside)

    def agreed(self, guesses: Sequence[Guess]) -> BoolMask:
        """Return the mask that stands for several, (h, w) bool."""
        share = np.stack([guess.mask for guess in guesses]).astype(np.float32).mean(0)
        share = np.asarray(cv2.GaussianBlur(np.asarray(share), (0, 0), 0.8), np.float32)
        voice = np.mean([guess.voice for guess in guesses], axis=0, dtype=np.float32)
        belief = 2 * np.log((share + 0.05) / (1.05 - share)) + 0.8 * voice
        return self.cut(belief.astype(np.float32))

    def unlike_beside(self) -> Soft:
        """Say how little each pixel looks like the surroundings at its own height, (h, w)."""
        return self._appearance.unlike_beside(self.outside)

    def best_of(self, guesses: Sequence[Guess]) -> list[Guess]:
        """Return the guess that parts the window best, and those that mean the same object.

        That is the one whose colours are the least common in the surroundings, against those
        that it leaves to them: what it leaves should look like what is surely not the object.
        """
        common = self._appearance.log_density(self.outside.astype(np.float32))

        def parts(mask: BoolMask) -> float:
            left = ~(mask | self.outside)
            if not left.any():  # nothing is left that could be wrong
                left = self.outside if self.outside.any() else mask
            return float(common[left].mean() - common[mask].mean())

        best = max(guesses, key=lambda guess: parts(guess.mask)).mask
        return [guess for guess in guesses if iou(guess.mask, best) > _SAME]

    def take_away(self, mask: BoolMask) -> None:
        """Make sure of what negative points hold of a mask: it is outside from now on.

        A region goes with a negative point if that is nearer, along the picture's colours, than
        _HOLD of the way to what stays: the positive points, and the innermost place of what is not
        right beside a negative one.
        """
        if not self._touches.negative:
            return
        taken = self._discs(self._touches.negative)
        side_px = float(np.sqrt(np.count_nonzero(mask)))
        beside = np.zeros(mask.shape, np.bool_)
        for x, y in self._touches.negative:
            beside |= np.hypot(self.x - x, self.y - y) / self._scale < _BESIDE * side_px
        kept = mask & ~beside if (mask & ~beside).any() else mask & ~taken
        sources = self.regions.sums((innermost(kept) | self.inside).astype(np.float32)) > 0
        rivals = self.regions.sums(taken.astype(np.float32)) > 0
        to_rivals = self.regions.distances(rivals & ~sources)
        lost = to_rivals < _HOLD * self.regions.distances(sources)
        self.outside = self.outside | ((lost[self.regions.labels] | taken) & ~self.inside)

    def palette(self, mask: BoolMask) -> Palette:
        """Return the colours of a mask of the window, to remember."""
        return self._appearance.palette(mask.astype(np.float32))

    def confidence(self, mask: BoolMask) -> float:
        """Say how clearly colours and edges part a mask from its surroundings, [0, 1].

        Mean of the appearance's log odds in its favour, over a band along the outline.
        """
        soft = mask.astype(np.float32)
        voice = self._appearance.log_odds(soft)
        kernel = np.ones((5, 5), np.uint8)
        band = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, kernel) > 0
        band &= ~self.outside
        if not band.any():
            return 0.0
        favour = np.where(mask, voice, -voice)[band].mean() / LIMIT
        return float(np.clip(favour, 0, 1))

    def _discs(self, places: Sequence[Place]) -> BoolMask:
        discs = np.zeros(self.window.picture.shape[:2], np.bool_)
        across, down = self.window.scale
        for x, y in places:
            discs |= ((self.x - x) / across) ** 2 + ((self.y - y) / down) ** 2 < _SEED_PX**2
        return discs


def innermost(mask: BoolMask) -> BoolMask:
    """Return the pixel of a mask that is farthest from its outline, as a mask."""
    place = np.zeros_like(mask)
    if mask.any():
        depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)
        inner = depth[1:-1, 1:-1]
        place[np.unravel_index(int(inner.argmax()), mask.shape)] = True
    return place
