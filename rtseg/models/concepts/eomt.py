"""Things one by one, and stuff (sky, grass, road) as one region each: EoMT.

Source: Kerssies et al., "Your ViT is Secretly an Image Segmentation Model" (CVPR 2025), and
`EomtForUniversalSegmentation` of transformers. The panoptic rule is MaskFormer's (Cheng et al.,
2021): every pixel goes to the query with the highest product of class score and mask probability;
a query that keeps too little of its own mask that way is dropped as a duplicate. The regions of
one stuff class are merged, those of a thing class are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import Checkpoint
from rtseg.models.concepts.classes import Classes
from rtseg.models.concepts.looking import LookingSegmenter, info_of
from rtseg.models.concepts.masks import scaled
from rtseg.models.concepts.options import numbers, per_pass
from rtseg.models.concepts.preprocessing import Preprocessing, written
from rtseg.models.protocol import Answer, Instance, Request
from rtseg.models.store import Store
from rtseg.types import BoolMask, Prompt

if TYPE_CHECKING:
    import torch

_DEFAULTS = {"threshold": 0.8, "mask_threshold": 0.5, "own_share": 0.8}
"""The thresholds are those of the authors' and of transformers' post-processing."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """One query that was kept.

    Parameters
    ----------
    index : its class in the checkpoint.
    score : of its class, [0, 1].
    mask : (H, W) bool, source pixels, at least one True.
    """

    index: int
    score: float
    mask: BoolMask


class EomtSegmenter(LookingSegmenter):
    """Panoptic regions of a checkpoint's classes; see `Segmenter` for the methods.

    Parameters
    ----------
    entry : of the catalogue. Options: `threshold` of a class score, `mask_threshold` of a pixel,
        `own_share` of its mask that a query must win, all in 0 … 1; `max_batch`; `precision`.
        The regions of each label of its `stuff` are merged.
    store : where its files are.
    device : where it runs.

    Raises
    ------
    ModelMissingError, ModelCorruptError, BackendError
        As of `Checkpoint`.
    ConfigError
        An option is wrong.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        chosen = numbers(entry, _DEFAULTS | per_pass(device, max_batch=4))
        self._threshold = chosen["threshold"]
        self._mask_threshold = chosen["mask_threshold"]
        self._own_share = chosen["own_share"]
        self._stuff = entry.stuff
        do_without_loss()
        self._checkpoint = Checkpoint(
            entry,
            store,
            device,
            architecture="EomtForUniversalSegmentation",
            model_types=("eomt",),
            training_only=("criterion.",),
        )
        self._classes = Classes(entry, self._checkpoint)
        edge = self._checkpoint.module.config.image_size
        self._prepare = written(
            self._checkpoint,
            Preprocessing({"shortest_edge": edge, "longest_edge": edge}, pads_black=True),
            pads_square=True,
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
            seen = module(pixel_values=images.pixels)
            answers = []
            for place, (request, size) in enumerate(zip(batch, images.sizes, strict=True)):
                maps = scaled(seen.masks_queries_logits[place], *images.pixels.shape[-2:])
                classes = seen.class_queries_logits[place].float().softmax(-1)
                regions = self._regions(
                    classes, maps[:, : size[0], : size[1]], *request.image.shape[:2]
                )
                answers.append(self._answer(request, regions))
            return answers

        return self._checkpoint.run(work)

    def _regions(
        self, classes: torch.Tensor, maps: torch.Tensor, height_px: int, width_px: int
    ) -> list[Region]:
        """Give every pixel to one query.

        Parameters
        ----------
        classes : (queries, classes + 1) in [0, 1]; the last one is "no object".
        maps : (queries, h, w) logits, model pixels, without padding.
        height_px, width_px : of the image.
        """
        scores, indices = classes.max(-1)
        keep = (indices < classes.shape[-1] - 1) & (scores > self._threshold)
        scores, indices = scores[keep], indices[keep]
        if not len(scores):
            return []
        probability = scaled(maps[keep], height_px, width_px).sigmoid()
        owner = (scores[:, None, None] * probability).argmax(0)
        regions = []
        for query, (score, index) in enumerate(zip(scores, indices, strict=True)):
            own = owner == query
            claimed = probability[query] >= self._mask_threshold
            mask = own & claimed
            if mask.any() and own.sum() > self._own_share * claimed.sum():
                regions.append(Region(int(index), float(score), mask.cpu().numpy()))
        return regions

    def _answer(self, request: Request, regions: Sequence[Region]) -> Answer:
        instances: list[Instance] = []
        for place, prompt in enumerate(request.prompts):
            wanted = self._classes.wanted(prompt.text)
            found: list[Instance] = []
            stuff: dict[str, int] = {}  # label to its place in `found`
            for region in sorted(regions, key=lambda region: -region.score):
                if region.index not in wanted:
                    continue
                label = self._classes.label(region.index)
                if label in stuff:
                    first = found[stuff[label]]
                    merged = first.mask | region.mask
                    found[stuff[label]] = Instance(place, label, first.score, merged)
                    continue
                if label in self._stuff:
                    stuff[label] = len(found)
                found.append(Instance(place, label, region.score, region.mask))
            instances += found
        return Answer(tuple(instances))


def do_without_loss() -> None:
    """Let transformers build EoMT where there is no scipy.

    It makes the training loss together with the network, and that refuses to be made without
    scipy, which nothing else of rtseg needs. Only computing the loss would call it. Where scipy is
    installed nothing is changed.
    """
    from importlib.util import find_spec

    from transformers.models.eomt import modeling_eomt

    if find_spec("scipy") is None:
        modeling_eomt.requires_backends = lambda *_: None  # type: ignore[attr-defined]
