"""Touch behind the protocol: requests in, answers out, and what is remembered between them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.protocol import Answer, Instance, ModelInfo, Request
from rtseg.models.store import Store
from rtseg.models.touch.appearance import Palette
from rtseg.models.touch.outlining import Outline, outline_box, outline_hint, outline_points
from rtseg.models.touch.scene import Touches
from rtseg.types import BoolMask, Prompt, TrackId


class TouchMemory:
    """The colours of each object of a session, from when it was last touched.

    Bounded: no object outlives the request that neither names nor keeps it, and a palette has no
    more rows than a working picture has colours, some kilobytes.
    """

    def __init__(self) -> None:
        self.palettes: dict[TrackId, Palette] = {}

    def keep_only(self, names: Collection[TrackId]) -> None:
        """Forget the objects that are not named."""
        self.palettes = {name: self.palettes[name] for name in names if name in self.palettes}

    def close(self) -> None:
        self.palettes.clear()


class TouchSegmenter:
    """Whatever is touched; see `Segmenter` for the methods.

    What a request says of an object, and what is done:

    ====================  ======  ==============================================================
    touch                 hint    answer
    ====================  ======  ==============================================================
    a box                 any     what fills the box
    positive points       none    what is under them
    points                there   the hint, with what they add and take away
    nothing               there   the hint, refined: the object is followed
    nothing               none    not found; without a memory that is an error
    ====================  ======  ==============================================================

    Points inside a box add to it and take away from it in the same way. An all-False hint is none.

    Parameters
    ----------
    entry : of the catalogue.
    store : not asked; there are no files.
    device : `"cpu"`, the only one that it knows.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        self.info = ModelInfo(
            entry.name,
            entry.title,
            entry.licence,
            (),
            device,
            entry.note,
            takes=entry.takes,
            remembers=entry.remembers,
        )
        self._is_closed = False

    def can_answer(self, prompt: Prompt) -> bool:
        return prompt.is_touch or prompt.is_empty

    def new_memory(self) -> TouchMemory:
        return TouchMemory()

    def warm_up(self) -> None:
        image = np.zeros((90, 160, 3), np.uint8)
        outline_box(image, (40.0, 20.0, 120.0, 70.0), Touches())

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        if self._is_closed:
            raise UsageError("this segmenter is closed; load the model again")
        for request in batch:
            _check(request, self)
        return [_answer(request) for request in batch]

    def close(self) -> None:
        self._is_closed = True


def _answer(request: Request) -> Answer:
    memory = request.memory
    assert memory is None or isinstance(memory, TouchMemory)
    if memory is not None:
        memory.keep_only({*request.names, *request.keeps})
    instances: list[Instance] = []
    for number, prompt in enumerate(request.prompts):
        name = request.names[number] if request.names else None
        palette = memory.palettes.get(name) if memory is not None and name is not None else None
        found = _outline(request, number, prompt, palette)
        if found is None:
            continue
        # Only a touch teaches: what was followed may have drifted.
        if memory is not None and name is not None and (prompt.is_touch or palette is None):
            memory.palettes[name] = found.palette
        instances.append(Instance(number, "", found.score, found.mask))
    return Answer(tuple(instances))


def _outline(
    request: Request, number: int, prompt: Prompt, palette: Palette | None
) -> Outline | None:
    image = request.image
    height, width = image.shape[:2]
    placed = [(point.is_positive, point.to_px(width, height)) for point in prompt.points]
    touches = Touches(
        tuple(place for is_positive, place in placed if is_positive),
        tuple(place for is_positive, place in placed if not is_positive),
    )
    if prompt.box is not None:
        return outline_box(image, prompt.box.to_px(width, height), touches)
    hint = _hint(request, number)
    if hint is not None:
        return outline_hint(image, hint, touches, palette)
    if touches.positive:
        return outline_points(image, touches)
    return None


def _hint(request: Request, number: int) -> BoolMask | None:
    hint = request.hint(number)
    return hint if hint is not None and hint.any() else None


def _check(request: Request, segmenter: TouchSegmenter) -> None:
    image = request.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise UsageError(
            f"expected a BGR image, (H, W, 3) uint8 with H and W >= 1; "
            f"got {image.shape} {image.dtype}"
        )
    prompts = len(request.prompts)
    if request.hints and len(request.hints) != prompts:
        raise UsageError(
            f"expected a hint or None for each of {prompts} prompts, got {len(request.hints)}"
        )
    for hint in request.hints:
        if hint is not None and (hint.shape != image.shape[:2] or hint.dtype != np.bool_):
            raise UsageError(
                f"expected hints {image.shape[:2]} bool, the size of the image, "
                f"got {hint.shape} {hint.dtype}"
            )
    if request.memory is not None:
        if not isinstance(request.memory, TouchMemory):
            raise UsageError(
                f"expected a memory from new_memory of model {segmenter.info.name!r}, "
                f"got {type(request.memory).__name__}"
            )
        if len(request.names) != prompts or len(set(request.names)) != prompts:
            raise UsageError(
                f"expected a name of its own for each of {prompts} prompts, got {request.names}"
            )
    for number, prompt in enumerate(request.prompts):
        if not segmenter.can_answer(prompt):
            raise UsageError(
                f"model {segmenter.info.name!r} knows no words, got {prompt.text[:80]!r}; "
                "give it a point, a box or a hint"
            )
        is_placed = prompt.box is not None or any(point.is_positive for point in prompt.points)
        if not is_placed and request.memory is None and _hint(request, number) is None:
            raise UsageError(
                f"prompt {number} does not say where its object is; give it a box, a point on it, "
                "or a hint"
            )
