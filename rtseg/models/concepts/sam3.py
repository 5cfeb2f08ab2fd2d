"""Outlines of whatever words name, and of what looks like the thing in a box: SAM 3 on images.

Source: Carion et al., "SAM 3: Segment Anything with Concepts" (2025), and `Sam3Model` of
transformers, which takes the detector out of the published video checkpoint. An image is encoded
once, whatever the number of prompts; words are encoded once, and kept. A score is that of the
query times that of the concept being there at all, as in the authors' own processor.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rtseg.geometry import box_of
from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import Checkpoint
from rtseg.models.concepts.looking import LookingSegmenter, info_of
from rtseg.models.concepts.masks import masks_at
from rtseg.models.concepts.options import numbers, per_pass
from rtseg.models.concepts.preprocessing import Preprocessing, written
from rtseg.models.protocol import Answer, Instance, Request
from rtseg.models.store import Store
from rtseg.types import BoolMask, Box, Prompt

if TYPE_CHECKING:
    import torch

_DEFAULTS = {"threshold": 0.5, "max_instances": 100}
"""`threshold` of the score is the authors'; transformers' 0.3 is for finding more."""

_VISUAL = "visual"
"""What SAM 3 was trained to read beside a box that stands alone."""

_KEPT_TEXTS = 256
"""Encoded texts: 32 KiB each in float32."""

_Found = list[tuple[float, BoolMask]]


@dataclass(frozen=True, slots=True)
class _Question:
    """What one prompt asks of an image."""

    request: int
    prompt: int
    text: str
    box: Box | None


class Sam3Segmenter(LookingSegmenter):
    """Instances of any concept; see `Segmenter` for the methods.

    Words find every such thing. A box beside words is an example of it. A box alone finds the one
    thing that it is drawn around. Points are not understood.

    Parameters
    ----------
    entry : of the catalogue. Options: `threshold` of the score, in 0 … 1; `max_instances` of a
        prompt; `max_batch`, images, and `prompts_at_once`, in one pass; `precision`.
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
        chosen = numbers(entry, _DEFAULTS | per_pass(device, max_batch=4, prompts_at_once=8))
        self._threshold = chosen["threshold"]
        self._most = int(chosen["max_instances"])
        self._prompts_at_once = int(chosen["prompts_at_once"])
        self._checkpoint = Checkpoint(
            entry,
            store,
            device,
            architecture="Sam3Model",
            model_types=("sam3", "sam3_video"),
            configure=_detector_config,
        )
        _provide_roi_align()
        config = self._checkpoint.module.config
        edge = config.image_size
        self._prepare = written(
            self._checkpoint,
            Preprocessing({"height": edge, "width": edge}, mean=(0.5,) * 3, std=(0.5,) * 3),
        )
        self._tokenizer = self._checkpoint.tokenizer()
        self._tokenizer.enable_truncation(config.text_config.max_position_embeddings)
        self._texts: OrderedDict[str, tuple[torch.Tensor, torch.Tensor]] = OrderedDict()
        self.info = info_of(
            entry, device, max_batch=int(chosen["max_batch"]), takes=frozenset({"text", "box"})
        )

    def can_answer(self, prompt: Prompt) -> bool:
        if prompt.text.strip():
            return any(c.isalnum() for c in prompt.text)
        return prompt.box is not None and not prompt.points

    def warm_up(self) -> None:
        self.segment([Request(np.zeros((64, 64, 3), np.uint8), (Prompt("person"),))])

    def close(self) -> None:
        self._texts.clear()
        super().close()

    def _look(self, batch: Sequence[Request]) -> list[Answer]:
        module = self._checkpoint.module
        questions = [
            _Question(place, at, " ".join(prompt.text.split()), prompt.box)
            for place, request in enumerate(batch)
            for at, prompt in enumerate(request.prompts)
        ]
        # An example changes what the network is given, so both kinds have passes of their own.
        passes = [
            kind[start : start + self._prompts_at_once]
            for kind in (
                [q for q in questions if q.box is None],
                [q for q in questions if q.box is not None],
            )
            for start in range(0, len(kind), self._prompts_at_once)
        ]

        def work() -> dict[tuple[int, int], _Found]:
            found: dict[tuple[int, int], _Found] = {}
            if not passes:
                return found
            asked = sorted({question.request for question in questions})
            images = self._prepare([batch[i].image for i in asked], self._checkpoint.device)
            vision = module.get_vision_features(images.pixels)
            row = {request: at for at, request in enumerate(asked)}
            for single in passes:
                rows = [row[question.request] for question in single]
                self._ask(batch, single, _rows(vision, rows), found)
            return found

        found = self._checkpoint.run(work)
        return [
            Answer(
                tuple(
                    Instance(at, " ".join(prompt.text.split()), score, mask)
                    for at, prompt in enumerate(request.prompts)
                    for score, mask in found[place, at]
                )
            )
            for place, request in enumerate(batch)
        ]

    def _ask(
        self,
        batch: Sequence[Request],
        questions: Sequence[_Question],
        vision: Any,
        found: dict[tuple[int, int], _Found],
    ) -> None:
        """Ask questions of one kind about as many images."""
        import torch
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        texts = [self._encoded(question.text or _VISUAL) for question in questions]
        boxes = [question.box for question in questions if question.box is not None]
        examples: dict[str, torch.Tensor] = {}
        if boxes:
            examples["input_boxes"] = torch.tensor(
                [[[*box.centre, box.x_max - box.x_min, box.y_max - box.y_min]] for box in boxes],
                device=self._checkpoint.device,
            )
        seen = self._checkpoint.module(
            vision_embeds=vision,
            text_embeds=BaseModelOutputWithPooling(
                pooler_output=torch.stack([features for features, _ in texts])
            ),
            attention_mask=torch.stack([is_text for _, is_text in texts]),
            **examples,
        )
        scores = seen.pred_logits.float().sigmoid() * seen.presence_logits.float().sigmoid()
        for question, score, maps in zip(questions, scores, seen.pred_masks, strict=True):
            height, width = batch[question.request].image.shape[:2]
            picked = self._pick(score, maps, height, width)
            if question.box is not None and not question.text:
                picked = nearest_to(picked, question.box)
            found[question.request, question.prompt] = picked

    def _pick(self, scores: torch.Tensor, maps: torch.Tensor, height: int, width: int) -> _Found:
        """Return the best as masks: (queries,) in [0, 1] and (queries, h, w) logits."""
        order = scores.argsort(descending=True, stable=True)
        order = order[scores[order] > self._threshold][: self._most]
        masks = masks_at(maps[order].float().sigmoid(), height, width, above=0.5)
        return [
            (score, mask)
            for score, mask in zip(scores[order].tolist(), masks, strict=True)
            if mask.any()
        ]

    def _encoded(self, text: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Return (tokens, channels) features of a text and (tokens,) int64, 1 where it has words.

        All texts have the length of the longest that the network takes, so that they go into one
        batch with any other, and a text's features do not depend on its neighbours.
        """
        if text in self._texts:
            self._texts.move_to_end(text)
            return self._texts[text]
        import torch

        config = self._checkpoint.module.config.text_config
        words = self._tokenizer.encode(text).ids
        ids = torch.full((1, config.max_position_embeddings), config.eos_token_id)
        ids[0, : len(words)] = torch.tensor(words)
        is_text = torch.zeros_like(ids)
        is_text[0, : len(words)] = 1
        device = self._checkpoint.device
        ids, is_text = ids.to(device), is_text.to(device)
        features = self._checkpoint.module.get_text_features(input_ids=ids, attention_mask=is_text)
        self._texts[text] = features.pooler_output[0], is_text[0]
        if len(self._texts) > _KEPT_TEXTS:
            self._texts.popitem(last=False)
        return self._texts[text]


def nearest_to(found: _Found, box: Box) -> _Found:
    """Return the one whose bounding box overlaps a box most (IoU), if any overlaps it."""
    best, nearest = 0.0, []
    for score, mask in found:
        height, width = mask.shape
        x_min, y_min, x_max, y_max = box.to_px(width, height)
        left, top, right, bottom = box_of(mask)
        shared = max(min(right, x_max) - max(left, x_min), 0.0) * max(
            min(bottom, y_max) - max(top, y_min), 0.0
        )
        joint = (right - left) * (bottom - top) + (x_max - x_min) * (y_max - y_min) - shared
        if shared / joint > best:
            best, nearest = shared / joint, [(score, mask)]
    return nearest


def _rows(vision: Any, rows: Sequence[int]) -> Any:
    """Return the encoder's output with these rows of its batch, which may repeat.

    Of one image nothing is copied: at full size a row has 215 MiB in float32. Positions are the
    same for every image.
    """
    from dataclasses import replace

    def chosen(level: torch.Tensor) -> torch.Tensor:
        first, *others = rows
        if all(row == first for row in others):
            return level[first : first + 1].expand(len(rows), -1, -1, -1)
        return level[list(rows)]

    return replace(
        vision,
        fpn_hidden_states=tuple(chosen(level) for level in vision.fpn_hidden_states),
        fpn_position_encoding=tuple(
            level[:1].expand(len(rows), -1, -1, -1) for level in vision.fpn_position_encoding
        ),
    )


def _detector_config(folder: Path) -> Any:
    """Return the detector's configuration out of that of either kind of checkpoint."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return getattr(config, "detector_config", config)


def _provide_roi_align() -> None:
    """Give `Sam3Model` the one function of torchvision that it calls, where there is none.

    Without it a box raises NameError.
    """
    from types import SimpleNamespace

    from transformers.models.sam3 import modeling_sam3

    from rtseg.models.concepts.roi_align import roi_align

    if not hasattr(modeling_sam3, "torchvision"):
        stand_in = SimpleNamespace(ops=SimpleNamespace(roi_align=roi_align))
        modeling_sam3.torchvision = stand_in  # type: ignore[attr-defined]
