"""Boxes that are shown until the outline is there: what was found, and is not outlined yet.

A detector knows where things are before they are outlined, and a user may have drawn a box. Such a
box is moved along with the picture, under the id that its object will have, until the model's
answer takes its place, or says that there is nothing. A thing that has an outline gets no box, and
one that a look found nothing in gets none in the next: nothing flickers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rtseg.engine.lanes import Ask, Lane
from rtseg.geometry import box_of
from rtseg.models import Detection, Instance
from rtseg.tracking import START_SCORE
from rtseg.types import BoolMask, Box, FrameId, TrackId

_SAME = 0.5
"""Least IoU of two boxes of one thing."""

_OUTLINED = 0.3
"""The same for a detector's box and that of an outline: an arm may be in one and not in the other,
and a box too few is better than one around what is outlined already."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A thing that is not outlined yet.

    Parameters
    ----------
    track_id : the id that its object will have.
    ask : whose answer is waited for.
    position : of the prompt in the ask.
    label, score : as the detector said.
    found : the box in the frame of the ask.
    box, frame_id : where it is in a newer frame.
    """

    track_id: TrackId
    ask: Ask
    position: int
    label: str
    score: float
    found: Box
    box: Box
    frame_id: FrameId

    @property
    def key(self) -> str:
        """The session's prompt that it is of."""
        return self.ask.items[self.position].key


class Boxes:
    """The boxes of a session.

    Parameters
    ----------
    new_id : gives a track id that was never given before.
    start_score : least score of a detection that may begin an object.
    """

    def __init__(self, new_id: Callable[[], TrackId], *, start_score: float = START_SCORE) -> None:
        self._new_id = new_id
        self._start_score = start_score
        self._pending: list[Pending] = []
        # By the key of a prompt, boxes in which its latest look found nothing to outline: they are
        # not shown in the next one.
        self._empty: dict[str, list[Box]] = {}
        # Those that were not shown for that reason in the look that goes on.
        self._passed_over: dict[str, list[Box]] = {}

    def __iter__(self) -> Iterator[Pending]:
        return iter(self._pending)

    def touched(self, ask: Ask, position: int, label: str) -> None:
        """Take the box, if there is one, that a user drew around something without an outline."""
        item = ask.items[position]
        if item.track_id is None or item.touch is None or item.touch.box is None:
            return
        self._forget(lambda each: each.track_id == item.track_id)
        self._wait(item.track_id, ask, position, Detection(position, label, 1.0, item.touch.box))

    def detected(
        self,
        ask: Ask,
        position: int,
        detections: Iterable[Detection],
        outlined: Iterable[BoolMask],
        room: int,
    ) -> None:
        """Take where things are that one prompt of an ask names.

        Parameters
        ----------
        ask, position : the prompt.
        detections : surest first.
        outlined : (H, W) bool, what the prompt's objects are known to be in that frame.
        room : how many objects may begin.
        """
        key = ask.items[position].key
        self._forget(lambda each: each.ask is ask and each.position == position)
        known = [box for mask in outlined if (box := _box_of(mask)) is not None]
        empty_before = self._empty.get(key, [])
        passed_over: list[Box] = []
        surer: list[Box] = []
        for each in detections:
            is_outlined = _is_one_of(known, each.box, _OUTLINED)
            is_told = _is_one_of(surer, each.box, _SAME)
            surer.append(each.box)
            if is_outlined or is_told or each.score < self._start_score:
                continue
            if _is_one_of(empty_before, each.box, _SAME):
                passed_over.append(each.box)
            elif room > 0:
                room -= 1
                self._wait(self._new_id(), ask, position, each)
        self._passed_over[key] = passed_over

    def ids(self, ask: Ask, position: int, found: Sequence[Instance]) -> dict[int, TrackId]:
        """Say which ids new objects take: those of the boxes that they were shown as.

        Parameters
        ----------
        ask, position : the prompt that was answered.
        found : what there is of it.

        Returns
        -------
        By places in `found`.
        """
        taken: dict[int, TrackId] = {}
        waiting = [p for p in self._pending if p.ask is ask and p.position == position]
        if not waiting:
            return taken
        boxes = [_box_of(instance.mask) for instance in found]
        for pending in waiting:
            fits = {
                place: _iou(box, pending.found)
                for place, box in enumerate(boxes)
                if box is not None and place not in taken
            }
            best = max(fits, key=fits.__getitem__, default=None)
            if best is not None and fits[best] >= _OUTLINED:
                taken[best] = pending.track_id
        return taken

    def answered(self, ask: Ask, there: Collection[TrackId]) -> None:
        """End the boxes of an ask; `there` are the objects that there are now."""
        if ask.lane is Lane.LOOK:
            for position, item in enumerate(ask.items):
                ours = [p for p in self._pending if p.ask is ask and p.position == position]
                empty = [p.found for p in ours if p.track_id not in there]
                self._empty[item.key] = empty + self._passed_over.pop(item.key, [])
        self.ended(ask)

    def ended(self, ask: Ask) -> None:
        """End the boxes of an ask that was answered, or failed."""
        self._forget(lambda each: each.ask is ask)

    def keep(self, keys: Collection[str]) -> None:
        """Forget what is not of these prompts."""
        self._forget(lambda each: each.key not in keys)
        for boxes in (self._empty, self._passed_over):
            for gone in boxes.keys() - keys:
                del boxes[gone]

    def move(self, lead: Callable[[FrameId, Box], Box | None], now: FrameId) -> None:
        """Move all boxes to the newest frame; `lead` moves one there from an older one."""
        moved = [(each, lead(each.frame_id, each.box)) for each in self._pending]
        self._pending = [
            replace(each, box=box, frame_id=now) for each, box in moved if box is not None
        ]

    def _wait(self, track_id: TrackId, ask: Ask, position: int, found: Detection) -> None:
        box = replace(found.box, frame_id=None)
        self._pending.append(
            Pending(track_id, ask, position, found.label, found.score, box, box, ask.frame_id)
        )

    def _forget(self, is_over: Callable[[Pending], bool]) -> None:
        self._pending = [each for each in self._pending if not is_over(each)]


def _box_of(mask: BoolMask) -> Box | None:
    height, width = mask.shape
    around = box_of(mask)
    return Box.from_px(around, width, height) if any(around) else None


def _is_one_of(boxes: Iterable[Box], box: Box, least: float) -> bool:
    return any(_iou(box, other) >= least for other in boxes)


def _iou(a: Box, b: Box) -> float:
    wide = max(0.0, min(a.x_max, b.x_max) - max(a.x_min, b.x_min))
    high = max(0.0, min(a.y_max, b.y_max) - max(a.y_min, b.y_min))
    shared = wide * high
    areas = [(box.x_max - box.x_min) * (box.y_max - box.y_min) for box in (a, b)]
    return shared / (sum(areas) - shared)
