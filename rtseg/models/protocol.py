"""What every model is to the rest of rtseg: images and prompts in, masks out.

The engine makes a `Segmenter` with `rtseg.models.load`, calls `warm_up` once and then `segment`
with one `Request` per session, always on the one thread that owns the device. A model that looks
at each image alone ignores `Request.memory`; a video model keeps there what it remembers of that
session, so that sessions may share one model and one batch and never see each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rtseg.types import BoolMask, Image, Prompt


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a loaded model is.

    Parameters
    ----------
    name : its name in the catalogue, `"person"`.
    title : one line for people.
    licence : SPDX expression of the weights.
    labels : what it can find, in its own words.
    device : where it runs, `"cpu"`.
    note : its limits in a sentence or two, for people; may be empty.
    max_batch : how many requests it answers faster together than one after the other.
    """

    name: str
    title: str
    licence: str
    labels: tuple[str, ...]
    device: str
    note: str = ""
    max_batch: int = 1


class Memory(Protocol):
    """What a video model remembers of one session; only the model that made it looks inside."""

    def close(self) -> None:
        """Give back what it holds on the device; may be called twice."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One session's turn in a batch.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR, H and W >= 1. Not written to, not kept after the call.
    prompts : what to look for; the model has said `can_answer` to each.
    memory : from the same model's `new_memory`, one per session; None looks at the image alone.
    """

    image: Image
    prompts: tuple[Prompt, ...]
    memory: Memory | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One thing that was found.

    Parameters
    ----------
    prompt : position in `Request.prompts` of the prompt that it answers.
    label : the model's own word for it, one of `ModelInfo.labels` where these are a closed list.
    score : how sure the model is, [0, 1].
    mask : (H, W) bool, source pixels, the size of the request's image, at least one pixel True.
    """

    prompt: int
    label: str
    score: float
    mask: BoolMask


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """All that was found for one `Request`.

    Every prompt of the request was looked for. One that no instance answers was looked for and
    not found: there are no instances with empty masks.

    Parameters
    ----------
    instances : in the order of their prompts, surest first within a prompt.
    """

    instances: tuple[Instance, ...]

    def of(self, prompt: int) -> tuple[Instance, ...]:
        """Return the instances that answer the prompt at this position; none: it is not there."""
        return tuple(found for found in self.instances if found.prompt == prompt)


class Segmenter(Protocol):
    """A loaded model. All calls after `load` come from one thread."""

    @property
    def info(self) -> ModelInfo:
        """What it is and where it runs."""

    def can_answer(self, prompt: Prompt) -> bool:
        """Say whether `segment` takes this prompt. Pure and quick: safe from any thread."""

    def new_memory(self) -> Memory | None:
        """Begin a session; None from a model that looks at each image alone."""

    def warm_up(self) -> None:
        """Run once on a blank image, so that the first real call is as fast as the others."""

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        """Answer each request, in order.

        Raises
        ------
        UsageError
            An image is not (H, W, 3) uint8, or the model cannot answer a prompt; nothing was run.
        BackendError
            The model or its device failed. The segmenter stays usable.
        """

    def close(self) -> None:
        """Give back weights and device memory; may be called twice."""
