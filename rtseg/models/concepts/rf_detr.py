"""Things of a closed vocabulary, each outlined: RF-DETR-Seg.

Source: Robinson et al., "RF-DETR: Neural Architecture Search for Real-Time Detection Transformers"
(arXiv 2511.09554), and `RfDetrForInstanceSegmentation` of transformers. A query's class is the one
of its highest sigmoid; a thing is one object, so it answers to no second class, as it may in COCO's
way of counting. There is no suppression of overlaps: the queries are trained one to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import Checkpoint
from rtseg.models.concepts.classes import Classes
from rtseg.models.concepts.looking import LookingSegmenter, info_of
from rtseg.models.concepts.masks import masks_at
from rtseg.models.concepts.options import numbers, per_pass
from rtseg.models.concepts.preprocessing import Preprocessing, written
from rtseg.models.protocol import Answer, Instance, Request
from rtseg.models.store import Store
from rtseg.types import Prompt

if TYPE_CHECKING:
    import torch

_DEFAULTS = {"threshold": 0.5, "max_instances": 100}
"""`threshold` of the score is that of transformers' own processor; COCO counts 100 an image."""


class RfDetrSegmenter(LookingSegmenter):
    """Instances of a checkpoint's classes; see `Segmenter` for the methods.

    Parameters
    ----------
    entry : of the catalogue. Options: `threshold` of the score, in 0 … 1; `max_instances` of a
        prompt; `max_batch`; `precision`.
    store : where its files are.
    device : where it runs.

    Raises
    ------
    ModelMissingError, ModelCorruptError, BackendError
        As of `Checkpoint`.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        chosen = numbers(entry, _DEFAULTS | per_pass(device, max_batch=8))
        self._threshold = chosen["threshold"]
        self._most = int(chosen["max_instances"])
        self._checkpoint = Checkpoint(
            entry,
            store,
            device,
            architecture="RfDetrForInstanceSegmentation",
            model_types=("rf_detr",),
        )
        self._classes = Classes(entry, self._checkpoint)
        edge = self._checkpoint.module.config.backbone_config.image_size
        # RF-DETR scales before it normalises, and without a filter (its own `transforms`).
        self._prepare = written(
            self._checkpoint,
            Preprocessing({"height": edge, "width": edge}, antialias=False),
        )
        self.info = info_of(
            entry, device, max_batch=int(chosen["max_batch"]), labels=self._classes.labels
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return bool(self._classes.wanted(prompt.text))

    def warm_up(self) -> None:
        import numpy as np

        self._look([Request(np.zeros((64, 64, 3), np.uint8), ())])

    def _look(self, batch: Sequence[Request]) -> list[Answer]:
        module = self._checkpoint.module

        def work() -> list[Answer]:
            images = self._prepare([request.image for request in batch], self._checkpoint.device)
            seen = module(pixel_values=images.pixels, pixel_mask=images.pixel_mask)
            return [
                self._answer(request, logits.float().sigmoid(), maps)
                for request, logits, maps in zip(batch, seen.logits, seen.pred_masks, strict=True)
            ]

        return self._checkpoint.run(work)

    def _answer(self, request: Request, scores: torch.Tensor, maps: torch.Tensor) -> Answer:
        """Pick what was asked for: (queries, classes) in [0, 1] and (queries, h, w) logits."""
        height, width = request.image.shape[:2]
        best, classes = scores.max(-1)
        order = best.argsort(descending=True, stable=True)
        ranked = [
            (query, int(classes[query]), float(best[query]))
            for query in order[best[order] > self._threshold].tolist()
        ]
        instances: list[Instance] = []
        for place, prompt in enumerate(request.prompts):
            wanted = self._classes.wanted(prompt.text)
            found = [row for row in ranked if row[1] in wanted][: self._most]
            masks = masks_at(maps[[query for query, _, _ in found]], height, width, above=0.0)
            instances += [
                Instance(place, self._classes.label(index), score, mask)
                for (_, index, score), mask in zip(found, masks, strict=True)
                if mask.any()
            ]
        return Answer(tuple(instances))
