"""One batch through the network: its turns grouped by what can run together, and put back.

Each step takes groups of turns whose tensors have one shape, at most `objects_at_once` in a pass.
Nothing here changes a memory; what is to be remembered is handed back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from rtseg.models.protocol import Answer, Instance, Request
from rtseg.models.sam2 import images
from rtseg.models.sam2.memory import MemoryBank, Recall, Sam2Memory
from rtseg.models.sam2.network import Drawn, Features, Network
from rtseg.models.sam2.turns import Task, Turn
from rtseg.types import TrackId

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """What is to be written into the bank of one object.

    Parameters
    ----------
    memory, name : whose it is.
    bank : the object's, not yet in the memory if it was not known.
    features : (tokens, token_dim). pointer : (pointer_dim,).
    is_prompted : for the object's life.
    """

    memory: Sam2Memory
    name: TrackId
    bank: MemoryBank
    features: Tensor
    pointer: Tensor
    is_prompted: bool


class Run:
    """A batch on its way through the network.

    Parameters
    ----------
    network : the layers.
    batch : the requests. turns : what `turns.plan` made of them, at least one.
    images_at_once, objects_at_once : most in one pass of the encoder, and of the rest.
    """

    def __init__(
        self,
        network: Network,
        batch: Sequence[Request],
        turns: Sequence[Turn],
        *,
        images_at_once: int,
        objects_at_once: int,
    ) -> None:
        self._network = network
        self._batch = batch
        self._turns = turns
        self._objects_at_once = objects_at_once
        self._banks = [self._bank(turn) for turn in turns]
        self._drawn: dict[int, Drawn] = {}
        self._adopted: dict[int, Tensor] = {}  # (1, S, S) masks of 0 and 1
        seen = sorted({turn.request for turn in turns})
        self._rows = {request: row for row, request in enumerate(seen)}
        self._features = self._look(seen, images_at_once)
        self._follow()
        self._touch()
        self._adopt()
        self._redraw()

    def answers(self) -> list[Answer]:
        """Return the masks, at the size of each request's image."""
        found: list[list[Instance]] = [[] for _ in self._batch]
        for request, indices in self._grouped(
            range(len(self._turns)), lambda i: self._turns[i].request
        ):
            height, width = self._batch[request].image.shape[:2]
            drawn = self._of(indices)
            masks = images.masks_to_picture(drawn.logits, height, width)
            scores = (drawn.quality * drawn.presence.sigmoid()).clamp(0, 1).tolist()
            found[request] += [
                Instance(self._turns[i].prompt, "", score, mask)
                for i, mask, score in zip(indices, masks, scores, strict=True)
                if mask.any()
            ]
        return [Answer(tuple(instances)) for instances in found]

    def remembered(self) -> list[Remembered]:
        """Return what is to be written for each object that has a memory."""
        network, turns = self._network, self._turns
        result = []
        kept = [i for i, bank in enumerate(self._banks) if bank is not None]
        for _, indices in self._grouped(kept, lambda _: None):
            drawn = self._of(indices)
            is_prompted = [turns[i].task is not Task.FOLLOW for i in indices]
            squares = torch.stack(
                [
                    network.as_logits(self._adopted[i])
                    if i in self._adopted
                    else network.to_square(self._drawn[i].logits)[0]
                    for i in indices
                ]
            )
            features = network.remember(
                self._seen(indices).coarse,
                squares,
                drawn.presence,
                torch.tensor(is_prompted, device=network.device),
            )
            for row, i in enumerate(indices):
                memory, name, bank = turns[i].memory, turns[i].name, self._banks[i]
                assert memory is not None
                assert name is not None
                assert bank is not None
                result.append(
                    Remembered(
                        memory, name, bank, features[row], drawn.pointers[row], is_prompted[row]
                    )
                )
        return result

    def _bank(self, turn: Turn) -> MemoryBank | None:
        if turn.memory is None or turn.name is None:
            return None
        return turn.memory.banks.get(turn.name) or self._network.new_bank()

    def _look(self, requests: Sequence[int], at_once: int) -> Features:
        network = self._network
        parts = []
        for start in range(0, len(requests), at_once):
            pixels = [self._batch[request].image for request in requests[start : start + at_once]]
            parts.append(
                network.look(
                    images.to_square(
                        pixels,
                        network.image_size,
                        scale=network.scale,
                        device=network.device,
                        dtype=network.dtype,
                    )
                )
            )
        return parts[0] if len(parts) == 1 else Features.cat(parts)

    def _follow(self) -> None:
        network = self._network
        recalls: dict[int, Recall] = {}
        for i in self._with_task(Task.FOLLOW, Task.CORRECT):
            bank = self._banks[i]
            assert bank is not None
            recalls[i] = bank.recall()
        corrected: dict[int, Tensor] = {}
        for _, indices in self._grouped(recalls, lambda i: recalls[i].length):
            features = self._seen(indices)
            mixed = network.attend(
                features.coarse,
                [bank for i in indices if (bank := self._banks[i]) is not None],
                [recalls[i] for i in indices],
            )
            self._put(indices, network.decode(mixed, features, is_prompted=False))
            for row, i in enumerate(indices):
                if self._turns[i].task is Task.CORRECT:
                    corrected[i] = mixed[row]
        # One that was lost is begun anew: there is no mask that the touch could correct.
        present = [i for i in corrected if self._drawn[i].presence.item() > 0]
        for _, indices in self._grouped(present, self._touches):
            points, labels = self._points(indices)
            drawn = network.decode(
                torch.stack([corrected[i] for i in indices]),
                self._seen(indices),
                points=points,
                labels=labels,
                logits=network.as_prompt(self._of(indices).logits),
                is_prompted=False,
            )
            self._put(indices, drawn)
        for i in set(corrected) - set(present):
            del self._drawn[i]

    def _touch(self) -> None:
        touched = [i for i in self._with_task(Task.TOUCH, Task.CORRECT) if i not in self._drawn]
        for _, indices in self._grouped(touched, self._touches):
            features = self._seen(indices)
            points, labels = self._points(indices)
            drawn = self._network.decode(
                self._network.without_memory(features.coarse),
                features,
                points=points,
                labels=labels,
                is_prompted=True,
            )
            self._put(indices, drawn)

    def _adopt(self) -> None:
        for _, indices in self._grouped(self._with_task(Task.ADOPT), lambda _: None):
            squares = self._hints(indices)
            self._put(indices, self._network.adopt(squares, self._seen(indices)))
            self._adopted |= dict(zip(indices, squares, strict=True))

    def _redraw(self) -> None:
        network = self._network
        for _, indices in self._grouped(self._with_task(Task.REDRAW), lambda _: None):
            squares = self._hints(indices)
            features = self._seen(indices)
            boxes = [images.box_around(square) for square in squares]
            drawn = network.decode(
                network.without_memory(features.coarse),
                features,
                points=torch.tensor([points for points, _ in boxes], device=network.device),
                labels=torch.tensor([labels for _, labels in boxes], device=network.device),
                logits=network.to_mask_size(network.as_logits(squares)),
                is_prompted=True,
            )
            self._put(indices, drawn)

    def _hints(self, indices: Sequence[int]) -> Tensor:
        """Return (B, 1, S, S) float32 of 0 and 1."""
        network = self._network
        return torch.stack(
            [
                images.mask_to_square(hint, network.image_size, device=network.device)
                for i in indices
                if (hint := self._turns[i].hint) is not None
            ]
        )

    def _points(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return (B, P, 2) float32 and (B, P) of turns with as many touches."""
        network = self._network
        touches = [images.touches(self._turns[i].touch, network.image_size) for i in indices]
        return (
            torch.tensor([points for points, _ in touches], device=network.device),
            torch.tensor([labels for _, labels in touches], device=network.device),
        )

    def _touches(self, index: int) -> int:
        touch = self._turns[index].touch
        return len(touch.points) + 2 * (touch.box is not None)

    def _with_task(self, *tasks: Task) -> list[int]:
        return [i for i, turn in enumerate(self._turns) if turn.task in tasks]

    def _grouped(
        self, indices: Iterable[int], key: Callable[[int], _Key]
    ) -> Iterator[tuple[_Key, list[int]]]:
        groups: dict[_Key, list[int]] = defaultdict(list)
        for i in indices:
            groups[key(i)].append(i)
        for value, group in groups.items():
            for start in range(0, len(group), self._objects_at_once):
                yield value, group[start : start + self._objects_at_once]

    def _seen(self, indices: Sequence[int]) -> Features:
        return self._features.of([self._rows[self._turns[i].request] for i in indices])

    def _of(self, indices: Sequence[int]) -> Drawn:
        return Drawn.cat([self._drawn[i] for i in indices])

    def _put(self, indices: Sequence[int], drawn: Drawn) -> None:
        self._drawn |= {i: drawn.row(row) for row, i in enumerate(indices)}
