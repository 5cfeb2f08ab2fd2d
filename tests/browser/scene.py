"""What the camera of the browser tests sees, and what the model makes of each of its frames.

A real clip and the person model where both can be had; a drawn clip and a model that is right by
construction otherwise, so that the page always runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rtseg import models
from rtseg.bench import stamp
from rtseg.bench.camera import CameraFile, write_camera
from rtseg.errors import BackendError
from rtseg.models import Answer, Request, Segmenter, Store
from rtseg.types import BoolMask, Image, Prompt
from tests.engine.fakes import TOUCH, FakeSegmenter, bright_pixels, store_of, what_is_touched
from tests.server.running import write_clip

CLIP = Path(__file__).parents[3] / "shared" / "data" / "clips" / "05_default_juggle.mp4"
SIZE = (640, 360)
FPS = 20
"""Two cores decode, track, outline, encode and draw: at this rate they have some to spare."""


def bright_below_the_stamp(request: Request) -> Answer:
    """Outline what is bright, but for the frame's number."""
    image = request.image.copy()
    image[: round(image.shape[1] / stamp.CELLS_PER_WIDTH) + 2] = 0
    return bright_pixels(Request(image, request.prompts))


def load_drawn(name: str = "person") -> Segmenter:
    """Make the models of the drawn clip."""
    if name == "touch":
        return FakeSegmenter(what_is_touched, info=TOUCH)
    return FakeSegmenter(bright_below_the_stamp)


@dataclass
class Scene:
    """A camera's file and its model.

    Parameters
    ----------
    camera : frame n carries the stamp n.
    load : makes the server's models.
    store : what is installed there.
    serve : module and arguments that serve this model in a process of its own.
    """

    camera: CameraFile
    load: Callable[[str], Segmenter]
    store: Store
    serve: tuple[str, ...]
    _model: Segmenter = field(init=False)
    _masks: dict[int, BoolMask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._model = self.load("person")

    def image(self, number: int) -> Image:
        """Frame `number` of the camera's file, BGR."""
        import cv2

        width, height = SIZE
        planes_bytes = width * height * 3 // 2
        with self.camera.path.open("rb") as file:
            file.readline()
            file.seek(number * (len(b"FRAME\n") + planes_bytes) + len(b"FRAME\n"), 1)
            planes = np.frombuffer(file.read(planes_bytes), np.uint8)
        bgr = cv2.cvtColor(planes.reshape(height * 3 // 2, width), cv2.COLOR_YUV2BGR_I420)
        return np.asarray(bgr, np.uint8)

    def mask(self, number: int) -> BoolMask:
        """The model's own mask of that frame: what the overlay has to cover."""
        if number not in self._masks:
            (answer,) = self._model.segment([Request(self.image(number), (Prompt("person"),))])
            nothing = np.zeros(SIZE[::-1], np.bool_)
            masks = [instance.mask for instance in answer.instances]
            self._masks[number] = masks[0] if masks else nothing
        return self._masks[number]

    def near(self, first: int, last: int, reach: int = 4) -> list[int]:
        """The frames from `reach` before the first to `reach` after the last; the file loops."""
        count = self.camera.frames
        steps = (last - first) % count + 2 * reach + 1
        return [(first - reach + step) % count for step in range(steps)]


def make_scene(folder: Path) -> Scene:
    """The real scene if it can be had, else the drawn one."""
    store = models.Store()
    try:
        store.pull("person")
        has_model = CLIP.is_file()
    except BackendError:
        has_model = False
    if has_model:
        camera = write_camera(CLIP, folder, size=SIZE, fps=FPS)
        return Scene(camera, lambda name: models.load(name, store=store), store, ("rtseg", "serve"))
    clip = write_clip(folder / "drawn.mp4", fps=FPS)
    camera = write_camera(clip, folder, size=SIZE, fps=FPS)
    return Scene(
        camera,
        load_drawn,
        store_of(),
        ("tests.browser.drawn", "serve", "--set", "models.pull=false"),
    )
