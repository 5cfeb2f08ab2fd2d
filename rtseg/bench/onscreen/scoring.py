"""How right was what stood on the screen? Pure: what was seen and the truth in, scores out.

The unit is a picture: one camera frame on the screen, named by the number in it. It counts once,
however long it stood there; if outlines were drawn over it several times, each counts by the share
of that time that it stood. So a page is not better for drawing often, and a picture that the page
held on to is not worth more than the next.

Beside what was drawn, two others are scored that would have stood on the very same pictures at the
very same times:

==========  =======================================================================================
`AS_CAME`   the newest outline that had come from the server, unmoved: a mask drawn when it arrives
`HELD`      the newest mask of the model itself, as a server without a tracker sends it; it is taken
            to be on its way to the screen as long as rtseg's own outlines are
==========  =======================================================================================

Left out are the first frames of each round of the camera's loop: there the picture has jumped, and
nothing that a late model says can be about what is seen now.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rtseg.bench.figures import Window
from rtseg.bench.onscreen.records import Message, Presentation, Screen
from rtseg.bench.onscreen.serving import Said
from rtseg.geometry import Polygons, boundary_f, fill, iou
from rtseg.types import BoolMask, FrameId

DRAWN, AS_CAME, HELD, SENT = "drawn", "as it came", "held", "sent"
_LONGEST_MS = 1000.0
"""What stood longer stood there because the page had stopped: it weighs no more than this."""

RTP_PER_MS = 90


@dataclass(frozen=True, slots=True)
class Score:
    """How well a mask covers the true one: DAVIS' J and F, means over what they are of."""

    j: float
    f: float


class Numbers:
    """The stamp of each frame that the server saw, by the frame's id.

    Parameters
    ----------
    known : of `rtseg.bench.witness.Sightings`.
    fps : of the camera.
    """

    def __init__(self, known: dict[FrameId, int], fps: float) -> None:
        self._known = known
        self._ids = sorted(known)
        self._reach = 500 / fps * RTP_PER_MS

    def of(self, frame_id: FrameId | None) -> int | None:
        """Give the stamp of the frame of this id, or of the nearest within half a frame."""
        if frame_id is None or not self._ids:
            return None
        if frame_id in self._known:
            return self._known[frame_id]
        after = bisect.bisect_left(self._ids, frame_id)
        nearest = min(self._ids[max(0, after - 1) : after + 1], key=lambda i: abs(i - frame_id))
        return self._known[nearest] if abs(nearest - frame_id) <= self._reach else None


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture, and the presentations of it one after the other.

    Parameters
    ----------
    number : the stamp in it.
    stood : each presentation, and how long it stood, milliseconds.
    """

    number: int
    stood: tuple[tuple[Presentation, float], ...]


def pictures(
    presentations: Sequence[Presentation], numbers: Numbers, window: Window
) -> Iterator[Shown]:
    """Give the pictures of a stretch of time, one after the other.

    A presentation whose stamp cannot be read, as under an outline, is named by what the page says.
    One that nothing names is left out. So is the last: nobody knows how long it stood.
    """
    number: int | None = None
    stood: list[tuple[Presentation, float]] = []
    for each, following in itertools.pairwise(presentations):
        if not window.has(each.at_ms):
            continue
        name = each.number if each.number is not None else numbers.of(each.picture_id)
        if name != number:
            if number is not None and stood:
                yield Shown(number, tuple(stood))
            number, stood = name, []
        stood.append((each, min(following.at_ms - each.at_ms, _LONGEST_MS)))
    if number is not None and stood:
        yield Shown(number, tuple(stood))


@dataclass(frozen=True, slots=True)
class Stage:
    """What is needed to score a screen.

    Parameters
    ----------
    truth : gives the true mask of a stamp.
    is_scored : says which stamps count.
    numbers : of the frames that the server saw.
    answers : of the model, in their order; none where it is not the oracle.
    on_the_way_ms : from a model's answer to the screen, for `HELD`.
    """

    truth: Callable[[int], BoolMask]
    is_scored: Callable[[int], bool]
    numbers: Numbers
    answers: Sequence[Said] = ()
    on_the_way_ms: float = 0.0


Masks = Callable[[Presentation, tuple[int, int]], BoolMask]
"""What somebody shows at a presentation, in a picture of this (height, width)."""


def masks_at(stage: Stage, messages: Sequence[Message]) -> dict[str, Masks]:
    """Say who shows what at each presentation: `DRAWN`, `AS_CAME`; with answers, `HELD`."""
    outlines = {message.frame_id: message.outlines for message in messages}
    times = [answer.at_ms + stage.on_the_way_ms for answer in stage.answers]

    def drawn(each: Presentation, shape: tuple[int, int]) -> BoolMask:
        return fill(each.drawn, shape)

    def as_came(each: Presentation, shape: tuple[int, int]) -> BoolMask:
        came = None if each.frame_id is None else outlines.get(each.frame_id)
        return fill(came or Polygons(), shape)

    def held(each: Presentation, shape: tuple[int, int]) -> BoolMask:
        newest = bisect.bisect_right(times, each.at_ms) - 1
        if newest < 0:
            return np.zeros(shape, np.bool_)
        return stage.truth(stage.answers[newest].number)

    masks: dict[str, Masks] = {DRAWN: drawn, AS_CAME: as_came}
    return masks | {HELD: held} if stage.answers else masks


def score_pictures(
    shown: Sequence[Shown], stage: Stage, masks: Mapping[str, Masks]
) -> dict[str, list[Score]]:
    """Score who shows what on each picture.

    Returns
    -------
    By who, a score for each picture that counts.
    """
    scores: dict[str, list[Score]] = {who: [] for who in masks}
    for picture in shown:
        if stage.is_scored(picture.number):
            truth = stage.truth(picture.number)
            for who, mask_of in masks.items():
                scores[who].append(_over_time(picture, truth, mask_of))
    return scores


def _over_time(picture: Shown, truth: BoolMask, mask_of: Masks) -> Score:
    height, width = truth.shape
    weights, js, fs = [], [], []
    for each, stood_ms in picture.stood:
        mask = mask_of(each, (height, width))
        weights.append(max(stood_ms, 1e-3))
        js.append(iou(mask, truth))
        fs.append(boundary_f(mask, truth))
    return Score(float(np.average(js, weights=weights)), float(np.average(fs, weights=weights)))


def score_messages(screen: Screen, stage: Stage, window: Window) -> list[Score]:
    """Score each outline that came against the truth of its own frame: what the server made."""
    scores = []
    for message in screen.messages:
        number = stage.numbers.of(message.frame_id)
        if number is None or not window.has(message.arrived_ms) or not stage.is_scored(number):
            continue
        truth = stage.truth(number)
        mask = fill(message.outlines, (truth.shape[0], truth.shape[1]))
        scores.append(Score(iou(mask, truth), boundary_f(mask, truth)))
    return scores


@dataclass(frozen=True, slots=True)
class Identity:
    """Does the page know which camera frame is which? Counts of presentations.

    Parameters
    ----------
    checked : the stamp could be read, and the page said which frame the picture is.
    right : and it is that one.
    exact : the page said that picture and outlines are of one and the same frame.
    exact_right : and they are: the stamp on the screen is that of the frame which the server had.
    outlined : something was drawn.
    """

    checked: int
    right: int
    exact: int
    exact_right: int
    outlined: int


EXACT_MS = 1.0
"""A gap that is smaller is none: capture times are reckoned to half a millisecond."""


def identity(presentations: Sequence[Presentation], numbers: Numbers, window: Window) -> Identity:
    """Compare what the page says of its pictures with the stamps in them."""
    checked = right = exact = exact_right = outlined = 0
    for each in presentations:
        if not window.has(each.at_ms) or each.number is None:
            continue
        told = numbers.of(each.picture_id)
        if told is not None:
            checked += 1
            right += told == each.number
        if each.frame_id is None:
            continue
        outlined += 1
        drawn = numbers.of(each.frame_id)
        if drawn is not None and each.gap_ms is not None and abs(each.gap_ms) < EXACT_MS:
            exact += 1
            exact_right += drawn == each.number
    return Identity(checked, right, exact, exact_right, outlined)
