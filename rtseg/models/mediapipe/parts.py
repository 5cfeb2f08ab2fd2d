"""The `Segmenter` of things that are found by landmarks: faces with their parts, and hands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.labels import label_for
from rtseg.models.mediapipe.checking import check, labels_of
from rtseg.models.mediapipe.following import Finder, Trail
from rtseg.models.mediapipe.landmarks import Landmarks
from rtseg.models.protocol import Answer, Instance, ModelInfo, Request
from rtseg.types import BoolMask, Image, Prompt

Outline = Callable[[str, Landmarks, Image], list[BoolMask]]
"""From a label, one thing's landmarks and the image to the masks of that thing's parts of this
name, (H, W) bool, each with at least one pixel."""


class LandmarkSegmenter:
    """Every thing of a kind, each an instance of its own; see `Segmenter` for the methods.

    Parameters
    ----------
    entry : of the catalogue.
    device : `"cpu"`, the only one that it knows.
    finder : finds the things.
    outline : draws them.
    """

    def __init__(self, entry: Entry, device: str, finder: Finder, outline: Outline) -> None:
        self.info = ModelInfo(
            entry.name, entry.title, entry.licence, tuple(entry.labels), device, entry.note
        )
        self._entry = entry
        self._finder: Finder | None = finder
        self._outline = outline

    def can_answer(self, prompt: Prompt) -> bool:
        return label_for(prompt.text, self._entry) is not None

    def new_memory(self) -> Trail:
        return Trail()

    def warm_up(self) -> None:
        self._open().warm_up()

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        self._open()
        check(batch, self._entry)
        return [self._answer(request) for request in batch]

    def close(self) -> None:
        self._finder = None

    def _answer(self, request: Request) -> Answer:
        if not request.prompts:
            return Answer(())
        image = np.ascontiguousarray(request.image)
        labels = labels_of(request, self._entry)
        found = self._open().find(image, request.memory)  # the surest first
        masks = {
            label: [(thing.score, m) for thing in found for m in self._outline(label, thing, image)]
            for label in dict.fromkeys(labels)
        }
        return Answer(
            tuple(
                Instance(prompt, label, score, mask)
                for prompt, label in enumerate(labels)
                for score, mask in masks[label]
            )
        )

    def _open(self) -> Finder:
        if self._finder is None:
            raise UsageError("this segmenter is closed; load the model again")
        return self._finder
