"""YOLOX as a `Detector`.

`options` of its entry in the catalogue are the fields of `Options`. A user's own file:

::

    my-parts:
      title: Parts on our line
      note: ""
      licence: LicenseRef-ours
      speed: camera
      quality: 2
      role: detector
      backend: yolox
      devices: [cuda, cpu]
      labels: {bolt: [screw], washer: []}
      source: {kind: folder, path: ~/models/parts}
      options: {model: parts.onnx, score: 0.4}

`labels` say what can be asked for. They stand in the order of the file's classes, or `classes`
names a text file beside the model that has the classes in their order, one a line; then each label
is one of these, by itself or by another word for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError, ConfigError, UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.labels import labels_for, own_label
from rtseg.models.onnx.session import Floats, Runtime, Session, open_session
from rtseg.models.onnx.yolox import (
    BOX_AND_OBJECTNESS,
    STRIDES,
    Found,
    decode,
    grid,
    letterbox,
    only,
    strides_of,
    suppress,
    to_source,
)
from rtseg.models.protocol import Detection, ModelInfo, Request
from rtseg.models.store import Store
from rtseg.types import Box, Image, Prompt

_MAX_BATCH = 8
"""Of a file with an open batch dimension. More only delays the first of them."""


@dataclass(frozen=True, slots=True)
class Options:
    """What an entry may say under `options`.

    Parameters
    ----------
    model : the ONNX file, one of the entry's.
    classes : a text file with the class names in their order, one a line; empty: `labels` have it.
    score : what is less sure is not reported, [0, 1]; 0.3 is what YOLOX's own demo takes.
    nms : IoU over which the less sure of two boxes of a class, or of two classes of a group that
        is asked for, goes; so too 0.45.
    decoded : the file was exported with `--decode_in_inference`.
    size : (width, height) of its input where the file leaves it open, multiples of 32.
    runtime : `auto`, `onnxruntime` or `opencv`.
    threads : of onnxruntime on the CPU; 0: half of the cores, four at most.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}
    model: str
    classes: str = ""
    score: float = 0.3
    nms: float = 0.45
    decoded: bool = False
    size: tuple[int, int] | None = None
    runtime: Runtime = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        if not (0 < self.score <= 1 and 0 < self.nms <= 1):
            raise ValueError("score and nms are in (0, 1]")
        if self.threads < 0:
            raise ValueError("threads is 0 or more")
        if self.size and (min(self.size) < 32 or any(side % 32 for side in self.size)):
            raise ValueError("size is two multiples of 32, width and height")


class YoloxDetector:
    """Boxes of the things that a prompt's words name; see `Detector` for the methods.

    Parameters
    ----------
    entry : of the catalogue.
    store : where its files are.
    device : `"cpu"`, `"cuda"` or `"cuda:1"`.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        From the store.
    ConfigError
        `options` or `labels` do not fit the file.
    BackendError
        The file is not YOLOX in ONNX, or does not load.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        self._entry = entry
        self._options = options = _options(entry)
        try:
            session = open_session(
                store.read(entry.name, options.model),
                device,
                runtime=options.runtime,
                threads=options.threads or None,
            )
            self._layout = _Layout.of(session, options)
        except BackendError as error:
            raise type(error)(f"{options.model} of model {entry.name!r}: {error}") from error
        names = list(entry.labels)
        if options.classes:
            names = _lines(store.read(entry.name, options.classes))
        self._class_of = _classes(entry, names, self._layout.classes)
        self._rivals = _rivals(entry, self._class_of, self._layout.classes)
        self._session: Session | None = session
        self.info = ModelInfo(
            entry.name,
            entry.title,
            entry.licence,
            tuple(entry.labels),
            session.device,
            entry.note,
            max_batch=self._layout.batch or _MAX_BATCH,
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return bool(labels_for(prompt.text, self._entry))

    def warm_up(self) -> None:
        blank = np.zeros((self._layout.height, self._layout.width, 3), np.uint8)
        self._look([blank])

    def detect(self, batch: Sequence[Request]) -> list[tuple[Detection, ...]]:
        for request in batch:
            self._check(request)
        looked = iter(self._look([request.image for request in batch if request.prompts]))
        return [self._answer(request, next(looked)) if request.prompts else () for request in batch]

    def close(self) -> None:
        self._session = None

    def _answer(self, request: Request, found: Found) -> tuple[Detection, ...]:
        height, width = request.image.shape[:2]
        detections = []
        for number, prompt in enumerate(request.prompts):
            wanted = {
                self._class_of[label]: label for label in labels_for(prompt.text, self._entry)
            }
            there = suppress(
                only(found, set(wanted)), max_iou=self._options.nms, rivals=self._rivals
            )
            for (x0, y0, x1, y1), score, kind in zip(
                there.boxes.tolist(), there.scores.tolist(), there.classes.tolist(), strict=True
            ):
                box = Box(x0 / width, y0 / height, x1 / width, y1 / height)
                detections.append(Detection(number, wanted[kind], score, box))
        return tuple(detections)

    def _look(self, images: Sequence[Image]) -> list[Found]:
        """Return all the boxes of each image, in source pixels."""
        if self._session is None:
            raise UsageError("this detector is closed; load the model again")
        layout = self._layout
        fitted = [letterbox(image, layout.width, layout.height) for image in images]
        raw: list[Floats] = []
        step = layout.batch or _MAX_BATCH
        for start in range(0, len(images), step):
            planes = [image for image, _ in fitted[start : start + step]]
            # A file with a batch of its own is given that many, however few there are.
            blank = [np.zeros_like(planes[0])] * ((layout.batch or 0) - len(planes))
            output = self._session.run(np.stack(planes + blank))
            if output.shape[1:] != (layout.anchors, BOX_AND_OBJECTNESS + layout.classes):
                raise BackendError(
                    f"{self._options.model} of model {self.info.name!r} gave {output.shape}, where "
                    f"(batch, {layout.anchors}, {BOX_AND_OBJECTNESS + layout.classes}) was expected"
                )
            raw.extend(output[: len(planes)])
        return [
            self._boxes(one, scale, image)
            for one, (_, scale), image in zip(raw, fitted, images, strict=True)
        ]

    def _boxes(self, raw: Floats, scale: float, image: Image) -> Found:
        found = decode(
            raw,
            self._layout.cells,
            self._layout.strides,
            min_score=self._options.score,
            is_decoded=self._options.decoded,
        )
        there = to_source(found, scale, image.shape[1], image.shape[0])
        return suppress(there, max_iou=self._options.nms)

    def _check(self, request: Request) -> None:
        image = request.image
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise UsageError(
                f"expected a BGR image, (H, W, 3) uint8 with H and W >= 1; "
                f"got {image.shape} {image.dtype}"
            )
        for prompt in request.prompts:
            if not self.can_answer(prompt):
                raise UsageError(
                    f"model {self.info.name!r} cannot find {prompt.text[:80]!r}; "
                    f"it knows: {', '.join(self.info.labels)}"
                )


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """How a file has its input and output laid out; `batch` is None where it is open."""

    batch: int | None
    width: int
    height: int
    anchors: int
    classes: int
    cells: Floats
    strides: Floats

    @classmethod
    def of(cls, session: Session, options: Options) -> _Layout:
        (tensor,), (output,) = session.signature.inputs, session.signature.outputs
        batch, channels, height, width = tensor.shape
        if options.size and (width, height) in (options.size, (None, None)):
            width, height = options.size
        elif options.size:
            raise ConfigError(f"the option `size` is {options.size}, the file has {tensor}")
        if width is None or height is None:
            raise BackendError(
                f"the file leaves the size of its input open ({tensor}); say it in the entry, such "
                "as `options: {size: [640, 640]}`"
            )
        if channels not in (3, None):
            raise BackendError(f"expected an input of (batch, 3, height, width), got: {tensor}")
        shape: tuple[int | None, ...] = output.shape
        if len(shape) != 3 or None in shape[1:]:
            shape = session.run(np.zeros((batch or 1, 3, height, width), np.float32)).shape
        expected = sum((width // n) * (height // n) for n in STRIDES[0])
        strides = strides_of(shape[1] or 0, width, height) if len(shape) == 3 else None
        if strides is None or (shape[2] or 0) <= BOX_AND_OBJECTNESS:
            raise BackendError(
                f"expected YOLOX's output for {width}×{height}, (batch, {expected}, 5 + classes), "
                f"got {shape}; other YOLOs have other outputs: export with YOLOX's "
                "tools/export_onnx.py"
            )
        cells, sizes = grid(width, height, strides)
        classes = (shape[2] or 0) - BOX_AND_OBJECTNESS
        return cls(batch, width, height, len(cells), classes, cells, sizes)


def _options(entry: Entry) -> Options:
    import pydantic

    try:
        return pydantic.TypeAdapter(Options).validate_python(dict(entry.options))
    except pydantic.ValidationError as error:
        first: Any = error.errors()[0]
        path = ".".join(map(str, ("options", *first["loc"])))
        raise ConfigError(
            f"model {entry.name!r}: {path}: {first['msg']}, got {first['input']!r}"
        ) from error


def _lines(content: bytes) -> list[str]:
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _classes(entry: Entry, names: list[str], count: int) -> dict[str, int]:
    """Return the file's class for each label of the entry."""
    if len(names) != count:
        raise ConfigError(
            f"model {entry.name!r}: its file has {count} classes, and {len(names)} are named "
            f"({', '.join(names[:3])} …); name them all, in the file's order, under `labels` or in "
            "a text file that `options` names as `classes`"
        )
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        label = own_label(name, entry)
        if label is not None:
            found.setdefault(label, number)
    if missing := [label for label in entry.labels if label not in found]:
        raise ConfigError(
            f"model {entry.name!r}: {missing[0]!r} of its labels is none of its classes: "
            f"{', '.join(names)}"
        )
    return found


def _rivals(entry: Entry, class_of: Mapping[str, int], count: int) -> npt.NDArray[np.bool_]:
    """Return which classes one thing may be taken for at once: (count, count) bool.

    Those that are in a group together, as car and truck are among the vehicles. On photographs
    boxes of two such classes on one thing overlapped by an IoU of .56 to 1, on two things (a chair
    at a table) by .39 at most. Not rider and bicycle, though they overlap more.
    """
    rivals = np.eye(count, dtype=np.bool_)
    for members in entry.groups.values():
        numbers = [class_of[label] for label in members]
        rivals[np.ix_(numbers, numbers)] = True
    return rivals
