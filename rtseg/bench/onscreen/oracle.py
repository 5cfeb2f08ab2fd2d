"""A perfect model that answers late, behind the product's own engine.

It runs where models do, on the thread of its device, and is asked as they are: for the newest frame
whenever it is free. It reads the frame's number off its stamp, looks the truth up, and holds the
answer back until the session is offered the frame that the camera took L frames later. Frames are
counted by the camera's own clock (RTP), not by that of the machine: a camera that is slow for a
moment would make a model of so many milliseconds less than L frames late. Where that very frame is
dropped on its way, the next one lets the answer go.

It says that its device is no processor of this machine, so that the engine treats it as a model on
a card: it takes no time from the trackers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from rtseg.bench import stamp
from rtseg.bench.onscreen.footage import Footage
from rtseg.errors import BackendError
from rtseg.models import Answer, Instance, ModelInfo, Request
from rtseg.models.protocol import Memory
from rtseg.types import BoolMask, FrameId, Image, Prompt

NAME = "oracle"
LABEL = "object"
CATALOGUE = f"""{NAME}:
  title: The truth, late
  note: For measuring.
  licence: Apache-2.0
  speed: camera
  quality: 9
  backend: {NAME}
  devices: [cpu]
  merges: true
  labels: {{{LABEL}: []}}
"""
"""The entry by which the router finds it; form of `rtseg/models/catalogue.yaml`."""

RTP_HZ = 90_000
_RTP = 1 << 32
_ANOTHER_S = 60
"""Frames further apart are of two cameras: each begins its clock anywhere. Whoever waits for a
camera that has gone would wait for ever, for the next one's frames keep coming."""

_PATIENCE_S = 1.0
"""Without a frame for so long the camera has stopped, or the session is over."""

Told = Callable[[int, int], None]
"""Hears of each answer: number of the frame, and how many camera frames later it is given."""


class Passing:
    """Where the camera is: which frames have passed by.

    Thread-safe: frames pass on the event loop, are read by trackers, and waited for by the model.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: FrameId | None = None
        self._frame_of: dict[int, FrameId] = {}

    def offered(self, frame_id: FrameId) -> None:
        """Take that a session was offered a frame."""
        with self._changed:
            self._newest = frame_id
            self._changed.notify_all()

    def read(self, frame_id: FrameId, number: int) -> None:
        """Take that a frame has this stamp."""
        with self._changed:
            self._frame_of[number] = frame_id

    def wait_for(self, number: int, later_ticks: int) -> int | None:
        """Wait until a frame has been offered that is so much later than the stamp's newest frame.

        Parameters
        ----------
        number : of a frame that was read.
        later_ticks : of the camera's clock, `RTP_HZ`.

        Returns
        -------
        How much later the frame is that ended the wait; None if no more frames came, or those of
        another camera.
        """
        with self._changed:
            frame_id = self._frame_of.get(number)
            if frame_id is None:
                return None
            while (ticks := self._ticks_since(frame_id)) < later_ticks:
                if ticks < -_ANOTHER_S * RTP_HZ:
                    return None
                # Anew for each frame: an oracle may be later than anyone is patient.
                if not self._changed.wait(_PATIENCE_S):
                    return None
            return ticks if ticks < later_ticks + _ANOTHER_S * RTP_HZ else None

    def _ticks_since(self, frame_id: FrameId) -> int:
        ticks = ((self._newest or 0) - frame_id) % _RTP
        return ticks if ticks < _RTP // 2 else ticks - _RTP


class LateOracle:
    """A `Segmenter` that knows the truth of every stamped frame.

    Parameters
    ----------
    footage : what the camera shows.
    passing : where the camera is.
    late : frames from taking one to answering, >= 1.
    fps : of the camera.
    told : hears of each answer when it is given.
    """

    def __init__(
        self, footage: Sequence[Footage], passing: Passing, late: int, fps: int, told: Told
    ) -> None:
        self._footage = footage
        self._passing = passing
        self._frame_ticks = RTP_HZ / fps
        self._late = late
        self._told = told

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(
            NAME, "The truth, late", "Apache-2.0", (LABEL,), device="elsewhere", merges=True
        )

    def can_answer(self, prompt: Prompt) -> bool:
        return bool(prompt.text)

    def new_memory(self) -> Memory | None:
        return None

    def warm_up(self) -> None:
        pass

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        return [self._answer(request) for request in batch]

    def close(self) -> None:
        pass

    def _answer(self, request: Request) -> Answer:
        number = stamp.read(request.image)
        mask = None if number is None else self._truth(number, request.image)
        if number is None or mask is None:
            raise BackendError(
                "expected a frame with the stamp of a known sequence, got one without; the camera "
                "is coded too coarsely, or is not the benchmark's"
            )
        # Half a frame less: capture times tremble, and the frame itself shall end the wait.
        ticks = self._passing.wait_for(number, round((self._late - 0.5) * self._frame_ticks))
        if ticks is not None:
            self._told(number, round(ticks / self._frame_ticks))
        # Each prompt means the object. One that is out of view is answered by nothing.
        seen = range(len(request.prompts)) if mask.any() else ()
        return Answer(tuple(Instance(prompt, LABEL, 1.0, mask) for prompt in seen))

    def _truth(self, number: int, image: Image) -> BoolMask | None:
        """Give the mask in the size that the frame has here: senders may scale their camera."""
        of = next((each for each in self._footage if each.has(number)), None)
        if of is None:
            return None
        mask = of.truth(number)
        height, width = image.shape[:2]
        if mask.shape == (height, width):
            return mask
        scaled = cv2.resize(mask.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        return scaled.astype(np.bool_)
