"""An answer in parts, while it is made: the messages of `rtseg.formats.stages`. Pure.

A detector knows the box before the outline: then the first `bbox` is its box, and another follows
where the mask's own differs. A touch says nothing of where its object ends, so there the box comes
with the outline. What was not found has no `bbox` and no chunks, only the `final`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rtseg.formats import Outlined, bbox_record
from rtseg.formats.stages import (
    COARSE_DECIMALS,
    Message,
    box_message,
    coarse,
    final_message,
    in_box,
    path_deltas,
)
from rtseg.models import Detection
from rtseg.types import Prompt


class Messages:
    """Makes the messages of one answer, in their order.

    Parameters
    ----------
    prompts : that are asked.
    """

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._prompts = tuple(prompts)
        self._boxes: dict[int, tuple[float, float, float, float]] = {}
        self._bbox: dict[str, float] | None = None

    def detected(self, boxes: Sequence[Detection]) -> Iterator[Message]:
        """Tell what a detector knows before the outlines.

        Parameters
        ----------
        boxes : `Detection.prompt` is a position in the prompts; surest first within one. Beside a
            touch all things of its words are in here, and which one is meant shows later: those
            are left out.
        """
        for box in boxes:
            if not self._prompts[box.prompt].is_touch and box.prompt not in self._boxes:
                found = box.box
                self._boxes[box.prompt] = (found.x_min, found.y_min, found.x_max, found.y_max)
        if self._boxes:
            corners = np.array(list(self._boxes.values()))
            (x0, y0), (x1, y1) = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
            yield from self._at(bbox_record((x0, y0, x1, y1), (1, 1)))

    def outlined(self, whole: Outlined) -> Iterator[Message]:
        """Tell the box of a mask where it has not been told, and its coarse outline.

        Parameters
        ----------
        whole : all that the answer's path will outline. Its fine path is not made.
        """
        height, width = whole.mask.shape
        yield from self._at(bbox_record(whole.bbox, (width, height)))
        rough = in_box(coarse(whole.outline), whole.bbox, decimals=COARSE_DECIMALS)
        yield from path_deltas(rough)

    def final(self, answer: Message) -> Message:
        """Tell the whole answer; the last message.

        Parameters
        ----------
        answer : of `rtseg.images.answering.answer`.
        """
        return final_message(**answer)

    def _at(self, bbox: dict[str, float]) -> Iterator[Message]:
        if bbox != self._bbox:
            self._bbox = bbox
            yield box_message(bbox)
