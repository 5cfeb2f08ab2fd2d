"""Boxes around whatever words name: MM-Grounding-DINO.

Source: Zhao et al., "An Open and Comprehensive Pipeline for Unified Object Grounding and Detection"
(arXiv 2401.02361), Liu et al., "Grounding DINO" (arXiv 2303.05499), and
`MMGroundingDinoForObjectDetection` of transformers. Its card asks for lower-case phrases, each
ended by a full stop: "cat. red car.". Phrases between full stops do not see each other, so that
all prompts of a request go into one pass, and a box's score for a prompt is its highest over the
tokens of that phrase.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import TOKENIZER_FILE, Checkpoint
from rtseg.models.concepts.looking import info_of
from rtseg.models.concepts.options import numbers, per_pass
from rtseg.models.concepts.preprocessing import Preprocessing, written
from rtseg.models.protocol import Detection, Request
from rtseg.models.requests import check_requests
from rtseg.models.store import Store
from rtseg.types import Box, Prompt

if TYPE_CHECKING:
    import torch

_DEFAULTS = {"threshold": 0.3, "max_detections": 100}
"""`threshold` of the score is MMDetection's for pictures; transformers' 0.25 finds more."""

_BREAKS = str.maketrans(dict.fromkeys(".?!", " "))
"""The network takes full stops and question marks for the end of a phrase."""


@dataclass(frozen=True, slots=True, eq=False)
class _Pass:
    """One image with phrases that go together into the network.

    Parameters
    ----------
    request : its place in the batch.
    phrases : each with the places of its tokens among `ids`.
    ids : what the text encoder takes.
    """

    request: int
    phrases: tuple[tuple[str, slice], ...]
    ids: tuple[int, ...]


class GroundingDinoDetector:
    """Boxes for any words; see `Detector` for the methods.

    A thing that two prompts name, such as "animal" and "dog", is found for both.

    Parameters
    ----------
    entry : of the catalogue. Options: `threshold` of the score, in 0 … 1; `max_detections` of a
        prompt; `max_batch`, images in one pass; `precision`.
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
        self._most = int(chosen["max_detections"])
        self._checkpoint = Checkpoint(
            entry,
            store,
            device,
            architecture="MMGroundingDinoForObjectDetection",
            model_types=("mm-grounding-dino",),
        )
        self._prepare = written(
            self._checkpoint,
            Preprocessing({"shortest_edge": 800, "longest_edge": 1333}),
        )
        self._longest = int(self._checkpoint.module.config.max_text_len)
        self._tokenizer = self._checkpoint.tokenizer()
        self._begin = self._mark("[CLS]")
        self._stop = self._mark(".")
        self._end = self._mark("[SEP]")
        self._padding = self._mark("[PAD]")
        self.info = info_of(entry, device, max_batch=int(chosen["max_batch"]))

    def can_answer(self, prompt: Prompt) -> bool:
        return any(c.isalnum() for c in _phrase(prompt.text))

    def warm_up(self) -> None:
        self.detect([Request(np.zeros((480, 640, 3), np.uint8), (Prompt("person"),))])

    def detect(self, batch: Sequence[Request]) -> list[tuple[Detection, ...]]:
        check_requests(batch, self.info, self.can_answer)
        # Images of one size need no padding, which the network would see: hence alone or in a
        # batch, the answer is the same.
        by_size = defaultdict(list)
        for place, request in enumerate(batch):
            for single in self._passes(place, request):
                by_size[self._prepare.resized(*request.image.shape[:2])].append(single)
        found: list[dict[str, list[tuple[float, Box]]]] = [{} for _ in batch]
        for passes in by_size.values():
            for start in range(0, len(passes), self.info.max_batch):
                self._look(batch, passes[start : start + self.info.max_batch], found)
        return [
            tuple(
                Detection(place, " ".join(prompt.text.split()), score, box)
                for place, prompt in enumerate(request.prompts)
                for score, box in boxes[_phrase(prompt.text)]
            )
            for request, boxes in zip(batch, found, strict=True)
        ]

    def close(self) -> None:
        self._checkpoint.close()

    def _mark(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise self._checkpoint.corrupt(TOKENIZER_FILE, f"not a tokenizer of BERT: no {token}")
        return number

    def _passes(self, place: int, request: Request) -> Iterator[_Pass]:
        """Pack the phrases of a request into as few passes as the text encoder's length allows."""
        phrases: list[tuple[str, slice]] = []
        ids = [self._begin]
        room = self._longest - 1  # for [SEP]
        for phrase in dict.fromkeys(_phrase(prompt.text) for prompt in request.prompts):
            # A phrase that is too long alone is cut: its first words say what it is.
            words = self._tokenizer.encode(phrase, add_special_tokens=False).ids[: room - 2]
            if len(ids) + len(words) + 1 > room:
                yield _Pass(place, tuple(phrases), (*ids, self._end))
                phrases, ids = [], [self._begin]
            phrases.append((phrase, slice(len(ids), len(ids) + len(words))))
            ids += [*words, self._stop]
        if phrases:
            yield _Pass(place, tuple(phrases), (*ids, self._end))

    def _look(
        self,
        batch: Sequence[Request],
        passes: Sequence[_Pass],
        found: list[dict[str, list[tuple[float, Box]]]],
    ) -> None:
        import torch

        module = self._checkpoint.module
        device = self._checkpoint.device
        longest = max(len(single.ids) for single in passes)
        ids = torch.full((len(passes), longest), self._padding)
        is_text = torch.zeros_like(ids)
        for row, single in enumerate(passes):
            ids[row, : len(single.ids)] = torch.tensor(single.ids)
            is_text[row, : len(single.ids)] = 1

        def work() -> None:
            images = self._prepare([batch[single.request].image for single in passes], device)
            seen = module(
                pixel_values=images.pixels,
                pixel_mask=images.pixel_mask,
                input_ids=ids.to(device),
                attention_mask=is_text.to(device),
            )
            scores = seen.logits.float().sigmoid()
            for single, tokens, boxes in zip(passes, scores, seen.pred_boxes.float(), strict=True):
                for phrase, span in single.phrases:
                    found[single.request][phrase] = self._pick(tokens[:, span].amax(-1), boxes)

        self._checkpoint.run(work)

    def _pick(self, scores: torch.Tensor, boxes: torch.Tensor) -> list[tuple[float, Box]]:
        """Return the best: (queries,) in [0, 1]; (queries, 4) centre and size, fractions."""
        order = scores.argsort(descending=True, stable=True)
        order = order[scores[order] > self._threshold][: self._most]
        picked = []
        for score, (x, y, width, height) in zip(
            scores[order].tolist(), boxes[order].tolist(), strict=True
        ):
            x_min, x_max = max(x - width / 2, 0.0), min(x + width / 2, 1.0)
            y_min, y_max = max(y - height / 2, 0.0), min(y + height / 2, 1.0)
            if x_min < x_max and y_min < y_max:
                picked.append((score, Box(x_min, y_min, x_max, y_max)))
        return picked


def _phrase(text: str) -> str:
    """Return the words as the network was trained to read them, without the full stop."""
    return " ".join(text.lower().translate(_BREAKS).split())
