"""A detector and a promptable model as one `Segmenter`: words to boxes, boxes to masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.protocol import (
    Answer,
    Detection,
    Detector,
    Instance,
    ModelInfo,
    Request,
    Segmenter,
)
from rtseg.types import Prompt

MAX_THINGS = 32
"""Boxes of one prompt that are outlined, the surest: outlining costs time for each, and a picture
of a crowd has a hundred."""

_MIN_OWN = 0.5
"""Share of a mask that no surer one has: with less it is the same thing once more."""


class DetectThenSegment:
    """Everything that words name, found by one model and outlined by another.

    The promptable model is asked once for all boxes of a batch. What it finds nothing in is left
    out. Each pixel belongs to one thing of a prompt, the surest; a mask of which surer ones have
    the better half is left out. That is how Kirillov et al. merge instances ("Panoptic
    Segmentation", CVPR 2019), and their share of a half.

    The score is the detector's: how sure it is that there is such a thing. How well the thing is
    outlined is another matter, and the promptable models' scores of that are not of one scale.

    Parameters
    ----------
    detector : finds the boxes; closed with this one.
    outliner : takes boxes, as `ModelInfo.takes` says. Others may share it, so it is let go of and
        not closed.

    Raises
    ------
    UsageError
        `outliner` does not take boxes.
    """

    def __init__(self, detector: Detector, outliner: Segmenter) -> None:
        found, outlined = detector.info, outliner.info
        if "box" not in outlined.takes:
            raise UsageError(
                f"expected a model that outlines what is in a box, and {outlined.name!r} takes: "
                f"{', '.join(sorted(outlined.takes))}"
            )
        self._detector = detector
        self._outliner: Segmenter | None = outliner
        licences = dict.fromkeys([found.licence, outlined.licence])
        self.info = ModelInfo(
            f"{found.name} + {outlined.name}",
            f"{found.title}, outlined by {outlined.name}",
            " AND ".join(licences),
            found.labels,
            outlined.device,
            " ".join(filter(None, [found.note, outlined.note])),
            max_batch=max(found.max_batch, outlined.max_batch),
            takes=frozenset({"text"}),
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return self._detector.can_answer(prompt)

    def new_memory(self) -> None:
        return None

    def warm_up(self) -> None:
        self._outlines().warm_up()
        self._detector.warm_up()

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        outliner = self._outlines()
        found = [_surest(detections) for detections in self._detector.detect(batch)]
        for request, detections in zip(batch, found, strict=True):
            if request.on_boxes is not None:
                request.on_boxes(tuple(detections))
        boxed = [
            Request(request.image, tuple(Prompt(box=each.box) for each in detections))
            for request, detections in zip(batch, found, strict=True)
        ]
        asked = [request for request in boxed if request.prompts]
        outlined = iter(outliner.segment(asked) if asked else [])
        return [
            _merged(detections, next(outlined)) if request.prompts else Answer(())
            for request, detections in zip(boxed, found, strict=True)
        ]

    def close(self) -> None:
        self._detector.close()
        self._outliner = None

    def _outlines(self) -> Segmenter:
        if self._outliner is None:
            raise UsageError("this segmenter is closed; load the model again")
        return self._outliner


def _surest(detections: Iterable[Detection]) -> list[Detection]:
    """Return at most `MAX_THINGS` of each prompt; they come surest first."""
    counts: dict[int, int] = {}
    kept = []
    for each in detections:
        counts[each.prompt] = counts.get(each.prompt, 0) + 1
        if counts[each.prompt] <= MAX_THINGS:
            kept.append(each)
    return kept


def _merged(detections: Sequence[Detection], outlined: Answer) -> Answer:
    """Give the masks of boxes the labels of these, and each pixel to one thing of a prompt."""
    # A model may see several parts in a box; the surest is the thing.
    masks = [next(iter(outlined.of(number)), None) for number in range(len(detections))]
    things = [
        Instance(each.prompt, each.label, each.score, mask.mask)
        for each, mask in zip(detections, masks, strict=True)
        if mask is not None
    ]
    kept: list[Instance] = []
    for thing in sorted(things, key=lambda thing: (thing.prompt, -thing.score)):
        own = thing.mask.copy()
        for surer in kept:
            if surer.prompt == thing.prompt:
                own &= ~surer.mask
        count = np.count_nonzero(own)
        if count and count >= _MIN_OWN * np.count_nonzero(thing.mask):
            kept.append(Instance(thing.prompt, thing.label, thing.score, own))
    return Answer(tuple(kept))
