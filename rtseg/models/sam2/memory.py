"""What is remembered of a session: for each object a bank of fixed size.

An object's bank holds two things of a frame: its features (where it was and how it looked, many
tokens) and its pointer (what it is, one vector). Of the frames on which it was prompted it keeps
both, of the newest `conditioning` such frames; of those on which it was only followed it keeps the
features of the last `recent` and the pointers of the last `pointers`. All room is taken when the
bank is made and written in place, so an object costs the same on its first frame and on its
millionth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtseg.types import TrackId

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class BankShape:
    """The room that every bank of a network has.

    Parameters
    ----------
    conditioning : prompted frames kept.
    recent : followed frames of which the features are kept.
    pointers : followed frames of which the pointer is kept, at least `recent`.
    tokens, token_dim : size of one frame's features.
    pointer_dim : size of one pointer.
    """

    conditioning: int
    recent: int
    pointers: int
    tokens: int
    token_dim: int
    pointer_dim: int


@dataclass(frozen=True, slots=True)
class Recall:
    """What a bank holds for one frame, prompted frames first.

    Parameters
    ----------
    features : for each remembered frame how far it lies back, in frames, and its slot in
        `MemoryBank.features`; a prompted frame lies 0 back, as the network was trained.
    pointers : the same for `MemoryBank.pointers`, with the true distance for prompted frames too.
    """

    features: tuple[tuple[int, int], ...]
    pointers: tuple[tuple[int, int], ...]

    @property
    def length(self) -> tuple[int, int]:
        """Objects of equal length can be attended to in one batch."""
        return len(self.features), len(self.pointers)


class MemoryBank:
    """What is remembered of one object.

    Parameters
    ----------
    shape : its room.
    features_dtype, pointers_dtype, device : of its tensors.

    Time is the object's own: it goes on by one with each frame that is written. An object that was
    not asked about in some frames is as if they had not been.

    Attributes
    ----------
    features : (slots, tokens, token_dim).
    pointers : (slots, pointer_dim).
    """

    def __init__(
        self,
        shape: BankShape,
        *,
        features_dtype: torch.dtype,
        pointers_dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        import torch

        self._shape = shape
        self._now = 0  # number of the next frame
        self.features = torch.zeros(
            (shape.conditioning + shape.recent, shape.tokens, shape.token_dim),
            dtype=features_dtype,
            device=device,
        )
        self.pointers = torch.zeros(
            (shape.conditioning + shape.pointers, shape.pointer_dim),
            dtype=pointers_dtype,
            device=device,
        )
        self._conditioning: list[int] = []  # frames, the oldest first
        self._feature_slots: dict[int, int] = {}  # frame to slot, prompted frames included
        self._pointer_slots: dict[int, int] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held on the device; the same for life."""
        return self.features.nbytes + self.pointers.nbytes

    def recall(self) -> Recall:
        """Return what there is for the next frame."""
        prompted = self._conditioning
        features = [(0, self._feature_slots[then]) for then in prompted]
        pointers = [(self._now - then, self._pointer_slots[then]) for then in prompted]
        for slots, recalled in (self._feature_slots, features), (self._pointer_slots, pointers):
            recalled += [(self._now - t, slot) for t, slot in slots.items() if t not in prompted]
        return Recall(tuple(features), tuple(pointers))

    def write(self, features: torch.Tensor, pointer: torch.Tensor, *, is_prompted: bool) -> None:
        """Remember a frame, and forget what has become too old.

        Parameters
        ----------
        features : (tokens, token_dim), copied.
        pointer : (pointer_dim,), copied.
        is_prompted : it is one of those that are kept for the object's life.
        """
        if is_prompted:
            # The oldest is then an ordinary frame: kept while it is recent, as in the reference.
            self._conditioning = [*self._conditioning, self._now][-self._shape.conditioning :]
        self._expire(self._feature_slots, self._shape.recent)
        self._expire(self._pointer_slots, self._shape.pointers)
        self.features[_take(self._feature_slots, self._now, len(self.features))].copy_(features)
        self.pointers[_take(self._pointer_slots, self._now, len(self.pointers))].copy_(pointer)
        self._now += 1

    def _expire(self, slots: dict[int, int], recent: int) -> None:
        """Forget what will be more than `recent` back on the next frame."""
        for then in [then for then in slots if self._now + 1 - then > recent]:
            if then not in self._conditioning:
                del slots[then]


def _take(slots: dict[int, int], frame: int, count: int) -> int:
    """Give a free slot to a frame; there is one, because as many are held as there is room for."""
    slots[frame] = next(slot for slot in range(count) if slot not in slots.values())
    return slots[frame]


class Sam2Memory:
    """What is remembered of one session; see `rtseg.models.protocol.Memory`.

    Parameters
    ----------
    owner : the segmenter that made it.

    Attributes
    ----------
    banks : of the objects that are followed.
    """

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.banks: dict[TrackId, MemoryBank] = {}
        self.is_closed = False

    @property
    def nbytes(self) -> int:
        """Bytes held on the device."""
        return sum(bank.nbytes for bank in self.banks.values())

    def keep_only(self, names: Iterable[TrackId]) -> None:
        """Forget every object that is not among these."""
        named = set(names)
        for name in [name for name in self.banks if name not in named]:
            del self.banks[name]

    def close(self) -> None:
        self.banks.clear()
        self.is_closed = True
