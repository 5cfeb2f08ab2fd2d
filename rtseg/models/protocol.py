"""What every model is to the rest of rtseg: images and prompts in, masks out.

The engine makes a `Segmenter` with `rtseg.models.load`, calls `warm_up` once and then `segment`
with one `Request` per session, always on the one thread that owns the device. A model that looks
at each image alone ignores `Request.memory`; a video model keeps there what it remembers of that
session, so that sessions may share one model and one batch and never see each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from rtseg.types import BoolMask, Box, Image, Prompt, TrackId

Takes: TypeAlias = Literal["text", "point", "box", "mask"]
"""What a model can be prompted with. `"mask"` is a hint of where the object is believed to be."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a loaded model is.

    Parameters
    ----------
    name : its name in the catalogue, `"person"`; `"yolox-nano + touch"` for two that work together.
    title : one line for people.
    licence : SPDX expression of the weights.
    labels : what it can find, in its own words; empty where it takes any words, or none.
    device : where it runs, `"cpu"`.
    note : its limits in a sentence or two, for people; may be empty.
    max_batch : how many requests it answers faster together than one after the other.
    takes : what it can be prompted with.
    remembers : it is a video model: `new_memory` gives a memory, and objects once prompted are
        followed in later requests by their `Request.names`.
    merges : all things of a label come as one instance.
    """

    name: str
    title: str
    licence: str
    labels: tuple[str, ...]
    device: str
    note: str = ""
    max_batch: int = 1
    takes: frozenset[Takes] = frozenset({"text"})
    remembers: bool = False
    merges: bool = False


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
    prompts : what to look for; the model has said `can_answer` to each. Points and boxes in them
        belong to this very image. An empty prompt follows what its name or its hint stands for.
    memory : from the same model's `new_memory`, one per session; None looks at the image alone.
    names : with a memory, the object that each prompt stands for, for its life; as many as there
        are prompts, each once.
    hints : for each prompt a (H, W) bool mask of where its object is believed to be in this image,
        or None; as many as there are prompts, or none at all. Only for models that take `"mask"`.
    keeps : with a memory, objects that are not asked about this time and stay in it. One that is
        neither in here nor in `names` is forgotten.
    on_boxes : told where things are as soon as that is known, before they are outlined, surest
        first within a prompt. Called on the model's thread, by models that know it earlier; must be
        quick and must not raise.
    """

    image: Image
    prompts: tuple[Prompt, ...]
    memory: Memory | None = None
    names: tuple[TrackId, ...] = ()
    hints: tuple[BoolMask | None, ...] = ()
    keeps: frozenset[TrackId] = frozenset()
    on_boxes: Callable[[tuple[Detection, ...]], None] | None = None

    def hint(self, prompt: int) -> BoolMask | None:
        """Return the hint of the prompt at this position."""
        return self.hints[prompt] if self.hints else None


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One thing that was found.

    Parameters
    ----------
    prompt : position in `Request.prompts` of the prompt that it answers.
    label : the model's own word for it, one of `ModelInfo.labels` where these are a closed list;
        empty from a model that is only touched.
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


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that a detector found.

    Parameters
    ----------
    prompt, label, score : as of `Instance`.
    box : around it.
    """

    prompt: int
    label: str
    score: float
    box: Box


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


class Detector(Protocol):
    """A loaded model that finds boxes; with a promptable segmenter it makes a `Segmenter`.

    Methods are as those of `Segmenter`.
    """

    @property
    def info(self) -> ModelInfo: ...

    def can_answer(self, prompt: Prompt) -> bool: ...

    def warm_up(self) -> None: ...

    def detect(self, batch: Sequence[Request]) -> list[tuple[Detection, ...]]:
        """Find what each request's texts name: in the order of the prompts, surest first.

        Raises
        ------
        UsageError, BackendError
            As `Segmenter.segment`.
        """

    def close(self) -> None: ...
