"""A request taken apart into turns, one for each object, and what is to be done for each.

==========  ==================  ==================================================================
name        prompt              what is done
==========  ==================  ==================================================================
unknown     a touch             `TOUCH`: the object begins here, from its points and box
unknown     empty, with a hint  `ADOPT`: it begins here, and the hint is its mask
unknown     empty               `UsageError`
known       empty               `FOLLOW`: by what is remembered of it
known       a touch             `CORRECT`: followed to this image, then drawn again with the touch
                                and the mask so found; not seen in this image: as `TOUCH`
none        a touch             `TOUCH`, and nothing is remembered
none        empty, with a hint  `REDRAW`: from the hint and the box around it
==========  ==================  ==================================================================

A touch beats a hint: somebody meant it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.protocol import Request
from rtseg.models.sam2.memory import Sam2Memory
from rtseg.types import BoolMask, Image, Prompt, TrackId


class Task(Enum):
    """What is to be done for an object; see the table above."""

    TOUCH = auto()
    ADOPT = auto()
    FOLLOW = auto()
    CORRECT = auto()
    REDRAW = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One object of one request.

    Parameters
    ----------
    request : position in the batch. prompt : position in the request.
    task : what is to be done.
    touch : the prompt.
    name : the object in `memory`, if there is one.
    hint : (H, W) bool, source pixels, of `ADOPT` and `REDRAW`.
    """

    request: int
    prompt: int
    task: Task
    touch: Prompt
    memory: Sam2Memory | None = None
    name: TrackId | None = None
    hint: BoolMask | None = None


def can_answer(prompt: Prompt) -> bool:
    """Words alone are not understood; an empty prompt follows its name or its hint."""
    return prompt.is_touch or prompt.is_empty


def plan(batch: Sequence[Request], *, owner: object, model: str) -> list[Turn]:
    """Take a batch apart; nothing is changed by it.

    Raises
    ------
    UsageError
        A request breaks the rules of `Request`, or names a memory or an object that is not known.
    """
    memories = [id(request.memory) for request in batch if request.memory is not None]
    if len(set(memories)) != len(memories):
        raise UsageError(
            "two requests of one batch share a memory; a session takes one turn in a batch"
        )
    return [turn for i, request in enumerate(batch) for turn in _turns(i, request, owner, model)]


def _turns(position: int, request: Request, owner: object, model: str) -> list[Turn]:
    _check_image(request.image)
    memory = _memory_of(request, owner, model)
    count = len(request.prompts)
    if request.hints and len(request.hints) != count:
        raise UsageError(f"expected a hint for each of {count} prompts, got {len(request.hints)}")
    if memory is not None and len(request.names) != count:
        raise UsageError(
            f"expected a name for each of {count} prompts, because the request has a memory; "
            f"got {len(request.names)}"
        )
    if len(set(request.names)) != len(request.names):
        raise UsageError(f"expected each name once in a request, got {list(request.names)}")
    turns = []
    for i, prompt in enumerate(request.prompts):
        if not can_answer(prompt):
            raise UsageError(
                f"model {model!r} does not know words, got {prompt.text[:80]!r}; give it a point, "
                "a box, or a hint"
            )
        name = request.names[i] if memory is not None else None
        hint = request.hint(i)
        if hint is not None:
            _check_hint(hint, request.image)
        is_known = memory is not None and name in memory.banks
        task = _task(prompt, is_known, hint, remembers=memory is not None)
        if task is None:
            raise UsageError(
                f"object {name} is not known to this session, and has neither a point, nor a box, "
                "nor a hint with a pixel in it; touch it first"
                if memory is not None
                else f"prompt {i} is empty and has no hint with a pixel in it; without a memory "
                "there is nothing to follow"
            )
        wants_hint = task in (Task.ADOPT, Task.REDRAW)
        turns.append(Turn(position, i, task, prompt, memory, name, hint if wants_hint else None))
    return turns


def _task(prompt: Prompt, is_known: bool, hint: BoolMask | None, *, remembers: bool) -> Task | None:
    if prompt.is_touch:
        return Task.CORRECT if is_known else Task.TOUCH
    if is_known:
        return Task.FOLLOW
    if hint is None or not hint.any():
        return None
    return Task.ADOPT if remembers else Task.REDRAW


def _memory_of(request: Request, owner: object, model: str) -> Sam2Memory | None:
    memory = request.memory
    if memory is None:
        return None
    if not isinstance(memory, Sam2Memory) or memory.owner is not owner:
        raise UsageError(
            f"expected a memory from this model's new_memory, got {type(memory).__name__} "
            f"of another; load of {model!r} makes its own"
        )
    if memory.is_closed:
        raise UsageError("this session's memory is closed; begin a new one with new_memory")
    return memory


def _check_image(image: Image) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise UsageError(
            f"expected a BGR image, (H, W, 3) uint8 with H and W >= 1; "
            f"got {image.shape} {image.dtype}"
        )


def _check_hint(hint: BoolMask, image: Image) -> None:
    if hint.dtype != np.bool_ or hint.shape != image.shape[:2]:
        raise UsageError(
            f"expected a hint of the image's size, {image.shape[:2]} bool; "
            f"got {hint.shape} {hint.dtype}"
        )
