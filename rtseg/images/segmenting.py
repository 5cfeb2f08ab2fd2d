"""`rtseg.segment`: one call for one image."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any, Literal, overload

from rtseg.formats.stages import Message
from rtseg.images.answering import answer, joined
from rtseg.images.finding import choose, find
from rtseg.images.reading import as_image
from rtseg.images.spatial import prompts_of
from rtseg.images.streaming import Messages
from rtseg.models import Store
from rtseg.types import Image, Prompt


@overload
def segment(
    image: Any,
    object: str = "",
    *,
    spatial_refs: Sequence[Sequence[float]] = (),
    points: Sequence[Sequence[float]] = (),
    not_points: Sequence[Sequence[float]] = (),
    box: Sequence[float] | None = None,
    model: str | None = None,
    device: str = "auto",
    stream: Literal[False] = False,
    store: Store | None = None,
) -> dict[str, Any]: ...


@overload
def segment(
    image: Any,
    object: str = "",
    *,
    spatial_refs: Sequence[Sequence[float]] = (),
    points: Sequence[Sequence[float]] = (),
    not_points: Sequence[Sequence[float]] = (),
    box: Sequence[float] | None = None,
    model: str | None = None,
    device: str = "auto",
    stream: Literal[True],
    store: Store | None = None,
) -> Iterator[Message]: ...


def segment(
    image: Any,
    object: str = "",
    *,
    spatial_refs: Sequence[Sequence[float]] = (),
    points: Sequence[Sequence[float]] = (),
    not_points: Sequence[Sequence[float]] = (),
    box: Sequence[float] | None = None,
    model: str | None = None,
    device: str = "auto",
    stream: bool = False,
    store: Store | None = None,
) -> dict[str, Any] | Iterator[Message]:
    """Outline something in an image.

    >>> rtseg.segment("photo.jpg", "cat")["path"]
    'M 0.02 0.31 C …'
    >>> rtseg.segment("photo.jpg", spatial_refs=[[0.5, 0.3]])["bbox"]
    {'x_min': 0.31, 'y_min': 0.12, 'x_max': 0.68, 'y_max': 0.9}
    >>> for update in rtseg.segment("photo.jpg", "cat", stream=True):
    ...     if "chunk" in update:
    ...         coarse += update["chunk"]

    Parameters
    ----------
    image : a path, the bytes of an image file, an array (H, W, 3) uint8 BGR, a Pillow picture.
    object : what to outline, a word or a short phrase. Left out, the touches say it; with both, it
        is the one of these things that is touched.
    spatial_refs : touches: two numbers are a point on it, four a box around it (x_min, y_min,
        x_max, y_max); fractions of the image's width and height. Points and a box are one object;
        several boxes are several of them.
    points, not_points, box : the same by name; `not_points` are not on it.
    model : of the catalogue, such as `"person"`; by default the best that is here.
    device : `"auto"`, `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`.
    stream : tell what is known as soon as it is known.
    store : where models are; by default the user's.

    Returns
    -------
    `path` : SVG path data in [0, 1] of `bbox`, to be filled by the nonzero rule.
    `bbox` : `{"x_min", "y_min", "x_max", "y_max"}`, fractions of the image's width and height.
    `label`, `score`, `model`, `area_px`, `mask` : as of `instances`.
    `instances` : everything that was found, surest first, each with these keys and its `id`;
        `mask` is exact, COCO's run lengths (`rtseg.geometry.rle.decode`). The keys above are
        those of the first; of several boxes, those of what was found in each, joined.

    Where it was looked for and is not there, `path` is empty, `bbox` and `mask` are None, and
    `instances` is empty.

    With `stream`, an iterator of the messages of `rtseg.images.streaming`; the last one has all
    these keys. Code that reads the updates of Moondream's client (`"bbox"`, `"chunk"`,
    `"completed"`) reads them as well.

    Raises
    ------
    UsageError
        The image cannot be read, nothing is asked for, or no model knows the words.
    ModelMissingError
        A model knows them and is not on this machine; the message names the command to get it.
    BackendError
        The model failed; with `stream`, as the messages are read.
    """
    prompts = prompts_of(
        object, spatial_refs, points=points, box=box, not_points=not_points, model=model
    )
    pixels = as_image(image)
    store = store or Store()
    if stream:
        choose(prompts, store)  # what cannot be asked is said here, not at the first message
        return _stream(pixels, object, prompts, store, device)
    found = find(pixels, prompts, store=store, device=device)
    return answer(found, object, with_mask=True)


def _stream(
    image: Image, text: str, prompts: Sequence[Prompt], store: Store, device: str
) -> Iterator[Message]:
    """Look in a thread of its own; its fine outlines are made while the coarse one is read."""
    messages = Messages(prompts)
    told: queue.SimpleQueue[Iterator[Message] | Exception | None] = queue.SimpleQueue()

    def look() -> None:
        try:
            found = find(
                image,
                prompts,
                store=store,
                device=device,
                on_boxes=lambda boxes: told.put(messages.detected(boxes)),
            )
            whole = joined(found)
            if whole is not None:
                told.put(messages.outlined(whole))
            told.put(iter([messages.final(answer(found, text, with_mask=True, whole=whole))]))
            told.put(None)
        except Exception as error:  # raised where the messages are read
            told.put(error)

    # Whoever stops reading half way does not wait for it: a model cannot be interrupted.
    threading.Thread(target=look, name="rtseg-segment", daemon=True).start()
    while (part := told.get()) is not None:
        if isinstance(part, Exception):
            raise part
        yield from part
