"""What the segmenters of this package have in common: a checkpoint that looks at images alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import Checkpoint
from rtseg.models.protocol import Answer, ModelInfo, Request, Takes
from rtseg.models.requests import check_requests
from rtseg.types import Prompt


class LookingSegmenter(ABC):
    """Answers requests a few at a time; see `Segmenter` for the methods."""

    info: ModelInfo
    _checkpoint: Checkpoint

    @abstractmethod
    def can_answer(self, prompt: Prompt) -> bool: ...

    def new_memory(self) -> None:
        return None

    @abstractmethod
    def warm_up(self) -> None: ...

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        check_requests(batch, self.info, self.can_answer)
        answers: list[Answer] = []
        for start in range(0, len(batch), self.info.max_batch):
            answers += self._look(batch[start : start + self.info.max_batch])
        return answers

    def close(self) -> None:
        self._checkpoint.close()

    @abstractmethod
    def _look(self, batch: Sequence[Request]) -> list[Answer]:
        """Answer checked requests, `max_batch` at most, in one pass."""


def info_of(
    entry: Entry,
    device: str,
    *,
    max_batch: int,
    labels: tuple[str, ...] = (),
    takes: frozenset[Takes] = frozenset({"text"}),
) -> ModelInfo:
    """Return what a model of the catalogue is, once it is loaded."""
    return ModelInfo(
        entry.name,
        entry.title,
        entry.licence,
        labels,
        device,
        entry.note,
        max_batch=max_batch,
        takes=takes,
    )
