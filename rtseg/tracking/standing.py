"""How an object stands: its state, its confidence, and whether it is there at all.

An object that left or is hidden leaves a remnant of its mask behind, which flow keeps where it is:
on what covers the object, or at the picture's border. Such a remnant is small beside the object, or
does not have its colours. Seen so for `_GONE_STEPS` in a row, it ends.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Lab, Memory, Soft
from rtseg.tracking.confidence import (
    Agreement,
    Signs,
    borders_touched,
    confidence_of,
    expected_iou,
    log_odds,
)
from rtseg.tracking.flow import BackwardMap, sample
from rtseg.tracking.motion import Affine
from rtseg.tracking.palette import Palette, looked_up, palette_of
from rtseg.tracking.tracks import Life, TrackState

_GONE_STEPS = 3
"""At 24 frames a second an outline must end within five frames of its object."""

_HOPELESS = 0.12
"""Confidence below which an outline is not worth showing: its J is .04 to .15 on DAVIS."""

_DOUBTFUL = 0.55
"""Confidence from which on nothing is called gone, whatever it looks like."""

_REMNANT = 0.1
"""Share of its expected area below which nothing of an object counts as there."""

_ASTRAY = 0.4
"""IoU below which a mask is not where the object should be by its own motion."""

_RECOGNISED = 0.01
"""Share of a mask's pixels that must look like the evidence there, by flow or as a whole."""

_KIN = 0.6
"""Of the mean log-odds of colours that the object's evidence had, what a mask must keep of it."""

_COLOUR_LIMIT = 4.0
_AROUND = 0.3
_NEIGHBOURHOOD = np.ones((31, 31), np.uint8)

_OTHER = -0.65
"""Log-odds of colours, averaged in a window, below which what is newly claimed is not the object.
At -0.3 objects of many colours lose parts, .01 of J at 12 frames late; without any bound, a curtain
that is drawn over the object is taken in whole."""

_ODDS_WINDOW = (9, 9)

_SAME_COLOUR = 14.0  # sum of differences in Lab, with half the lightness

_CLAIMED = 0.1


class Standing:
    """What is known of one object beside its evidence and belief.

    Parameters
    ----------
    frames : how late a correction may be.
    """

    def __init__(self, frames: int) -> None:
        self.life = Life()
        self.has_word = False
        self.agreement = Agreement(frames)
        self.signs: Signs | None = None
        self.palette: Palette | None = None
        self._others: Palette | None = None
        self._kind = 0.0
        self._area = 0
        self._gone_steps = 0

    @property
    def is_lost(self) -> bool:
        """It has no outline, and no word came that could bring it back."""
        return self.life.state is TrackState.LOST and not self.has_word

    def learn(self, memory: Memory) -> None:
        """Take new evidence of what the object looks like."""
        self._area = int(np.count_nonzero(memory.mask > 0.5))
        if self._area:
            self.palette = palette_of(memory.picture, memory.mask, self.palette)
            around = cv2.dilate((memory.mask > _AROUND).astype(np.uint8), _NEIGHBOURHOOD)
            others = (memory.mask <= _AROUND).astype(np.float32)
            near = palette_of(memory.picture, around * others)
            far = palette_of(memory.picture, others)
            self._others = np.log(0.5 * (np.exp(near) + np.exp(far)))
            self._kind = self._kindred(memory.picture[memory.mask > 0.5])

    def uncovered(self, soft: Soft, before: Soft, to_before: BackwardMap, now: Lab) -> Soft:
        """Take away what a belief has just won and what does not look like the object.

        What covers an object is not the background that was seen there, and might be the object
        for all the plate knows. But its colours are the object's no more than the background's.

        Parameters
        ----------
        soft : (h, w) float32, the belief in the newest frame.
        before : (h, w) float32, in the frame that `to_before` leads to.
        now : (h, w, 3) uint8 Lab, the newest frame.
        """
        x, y, width, height = cv2.boundingRect((soft > _CLAIMED).astype(np.uint8))
        if self.palette is None or self._others is None or width == 0:
            return soft
        part = np.s_[y : y + height, x : x + width]
        odds = looked_up(now[part], self.palette) - looked_up(now[part], self._others)
        odds = np.asarray(
            cv2.blur(odds.clip(-_COLOUR_LIMIT, _COLOUR_LIMIT), _ODDS_WINDOW), np.float32
        )
        moved = sample(before, np.ascontiguousarray(to_before[part]), cv2.BORDER_CONSTANT)
        won = (1 - 2 * moved).clip(0, 1)
        result = soft.copy()
        result[part] *= 1 - won * ((_OTHER - odds) * 2).clip(0, 1)
        return result

    def step(
        self,
        index: int,
        soft: Soft,
        memory: Memory,
        to_memory: BackwardMap | None,
        whole: Affine,
        now: Lab,
        *,
        is_shown: bool,
        silence: int,
        age: int,
    ) -> None:
        """Judge the belief in the newest frame.

        Parameters
        ----------
        index : of that frame.
        soft : (h, w) float32, the belief.
        memory : its evidence.
        to_memory : (h, w, 2) float32 map back to the evidence's frame, None where there is none.
        whole : the object's own motion back to that frame.
        now : (h, w, 3) uint8 Lab, the frame.
        is_shown : the mask that was drawn of it has a pixel.
        silence, age : frames since the model's last word, and since the evidence.
        """
        self.signs = Signs(
            log_odds(expected_iou(soft)),
            float(np.log1p(silence)),
            float(np.log1p(age)),
            log_odds(self.agreement.value),
            borders_touched(soft),
        )
        confidence = confidence_of(self.signs)
        looks_gone = confidence < _HOPELESS or (
            confidence < _DOUBTFUL and self._looks_gone(soft > 0.5, memory, to_memory, whole, now)
        )
        self._gone_steps = self._gone_steps + 1 if looks_gone else 0
        # What a model said of an older frame brings nobody back who is gone by now.
        patience = 1 if self.life.state is TrackState.LOST else _GONE_STEPS
        self.life = self.life.stepped(
            confidence=confidence,
            is_in_view=is_shown and self._gone_steps < patience,
            has_word=self.has_word,
        )
        self.has_word = False
        self.agreement.show(index, soft)

    def _looks_gone(
        self,
        likely: npt.NDArray[np.bool_],
        memory: Memory,
        to_memory: BackwardMap | None,
        whole: Affine,
        now: Lab,
    ) -> bool:
        """Say whether what is likely is a remnant."""
        scale = abs(float(np.linalg.det(whole[:, :2])))
        least = _REMNANT * self._area
        if least >= 1 and np.count_nonzero(likely) * scale < least:
            return True
        return (
            to_memory is not None
            and self._kindred(now[likely]) < _KIN * self._kind
            and is_unknown(likely, memory, to_memory, whole, now)
        )

    def _kindred(self, pixels: Lab) -> float:
        """Mean log-odds of (n, 3) colours for the object against all else near and far."""
        if self.palette is None or self._others is None or not len(pixels):
            return 0.0
        odds = looked_up(pixels, self.palette) - looked_up(pixels, self._others)
        return float(odds.clip(-_COLOUR_LIMIT, _COLOUR_LIMIT).mean())


def is_unknown(
    likely: npt.NDArray[np.bool_], memory: Memory, to_memory: BackwardMap, whole: Affine, now: Lab
) -> bool:
    """Say whether a mask lies where the object as a whole is not, and shows nothing of it.

    Parameters
    ----------
    likely : (h, w) bool, the mask.
    memory : the evidence.
    to_memory : (h, w, 2) float32, back to its frame.
    whole : the object's own motion, to the same frame.
    now : (h, w, 3) uint8 Lab, the newest frame.
    """
    x, y, width, height = cv2.boundingRect(likely.astype(np.uint8))
    if width == 0:
        return False
    # Every second pixel in each direction will do.
    move = np.column_stack((2 * whole[:, :2], whole[:, 2] + whole[:, :2] @ np.array((x, y))))
    part = np.s_[y : y + height : 2, x : x + width : 2]
    here = likely[part]
    size = (here.shape[1], here.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    expected = np.asarray(cv2.warpAffine(memory.mask, move, size, flags=flags)) > 0.5
    common = np.count_nonzero(here & expected)
    scale = abs(float(np.linalg.det(whole[:, :2])))
    there = np.count_nonzero(memory.mask > 0.5) / max(scale, 1e-3)
    everywhere = (np.count_nonzero(likely) + there) / 4 - common
    if common >= _ASTRAY * everywhere or not here.any():
        return False
    by_whole = cv2.warpAffine(
        memory.picture, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    asked = np.ascontiguousarray(to_memory[part])
    by_flow = sample(memory.picture, asked, cv2.BORDER_REPLICATE)
    was_object = sample(memory.mask, asked, cv2.BORDER_CONSTANT) > 0.5
    seen = now[part]
    known = expected & _alike(seen, np.asarray(by_whole, np.uint8))
    known |= was_object & _alike(seen, by_flow)
    return bool(np.count_nonzero(known & here) < _RECOGNISED * np.count_nonzero(here))


def _alike(now: Lab, then: Lab) -> npt.NDArray[np.bool_]:
    light, *chroma = cv2.split(cv2.absdiff(now, then))
    apart = np.asarray(light, np.float32) / 2
    for plane in chroma:
        apart = apart + plane
    return np.asarray(cv2.blur(apart, (3, 3)) < _SAME_COLOUR)
