"""Types that every layer shares. Arrays are (H, W), points (x, y), boxes xyxy, in source pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError

BoolMask: TypeAlias = npt.NDArray[np.bool_]
"""(H, W) bool, True on the object."""

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, the order of OpenCV."""

FrameId: TypeAlias = int
"""The sender's 32-bit RTP timestamp of a frame, or any other number that names it."""

TrackId: TypeAlias = int
"""An object's identity for the life of a session; never a position in a tensor."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a picture that the user touched.

    Parameters
    ----------
    x, y : fractions of the picture's width and height, [0, 1], from its left upper corner.
    is_positive : True is on the object, False is not.
    frame_id : the frame on which it was made; None where there is one picture only, or the newest.

    Raises
    ------
    UsageError
        A coordinate is outside [0, 1].
    """

    x: float
    y: float
    is_positive: bool = True
    frame_id: FrameId | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):  # NaN fails too
            raise UsageError(
                "expected a point inside the picture, x and y in [0, 1] as fractions of its width "
                f"and height, got x={self.x}, y={self.y}"
            )

    def as_json(self) -> dict[str, Any]:
        """The form of docs/http.md."""
        return {"x": self.x, "y": self.y, "positive": self.is_positive, "frame": self.frame_id}

    def to_px(self, width_px: int, height_px: int) -> tuple[float, float]:
        """Return (x, y), source pixels, inside the picture."""
        return min(self.x * width_px, width_px - 0.5), min(self.y * height_px, height_px - 0.5)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that the user drew, or a detector found.

    Parameters
    ----------
    x_min, y_min, x_max, y_max : fractions of the picture's width and height, [0, 1].
    frame_id : as of `Point`.

    Raises
    ------
    UsageError
        A coordinate is outside [0, 1], or the box is empty or inside out.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    frame_id: FrameId | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.x_min < self.x_max <= 1 and 0 <= self.y_min < self.y_max <= 1):
            raise UsageError(
                "expected a box inside the picture, 0 <= x_min < x_max <= 1 and 0 <= y_min < y_max "
                "<= 1 as fractions of its width and height, got "
                f"x {self.x_min} … {self.x_max}, y {self.y_min} … {self.y_max}"
            )

    def as_json(self) -> dict[str, Any]:
        """The form of docs/http.md."""
        return {
            "x_min": self.x_min,
            "y_min": self.y_min,
            "x_max": self.x_max,
            "y_max": self.y_max,
            "frame": self.frame_id,
        }

    @classmethod
    def from_px(
        cls, box_px: tuple[float, float, float, float], width_px: int, height_px: int
    ) -> Box:
        """Make it of (x_min, y_min, x_max, y_max), source pixels, on pixel edges."""
        x0, y0, x1, y1 = box_px
        return cls(x0 / width_px, y0 / height_px, x1 / width_px, y1 / height_px)

    def to_px(self, width_px: int, height_px: int) -> tuple[float, float, float, float]:
        """Return (x_min, y_min, x_max, y_max), source pixels, on pixel edges."""
        return (
            self.x_min * width_px,
            self.y_min * height_px,
            self.x_max * width_px,
            self.y_max * height_px,
        )

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) in fractions of width and height."""
        return (self.x_min + self.x_max) / 2, (self.y_min + self.y_max) / 2


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user wants outlined: words, touches, or both.

    Words alone name every such thing in the picture. Points or a box name one object; words beside
    them say what kind of thing it is.

    Parameters
    ----------
    text : a word or a short phrase, as the user wrote it.
    points : places on the object, and places that are not.
    box : a rectangle around it.
    model : a name of the catalogue; None lets the router choose.
    id : the client's own name for this prompt, by which it is corrected later; may be empty.
    """

    text: str = ""
    points: tuple[Point, ...] = ()
    box: Box | None = None
    model: str | None = None
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form of docs/http.md."""
        return {
            "id": self.id,
            "text": self.text,
            "points": [point.as_json() for point in self.points],
            "box": None if self.box is None else self.box.as_json(),
            "model": self.model or "auto",
        }

    @property
    def is_touch(self) -> bool:
        """It points at one object, with or without words."""
        return bool(self.points) or self.box is not None

    @property
    def is_empty(self) -> bool:
        """It says nothing."""
        return not self.text.strip() and not self.is_touch


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One camera frame as it came off the decoder; pixels are converted only when somebody looks.

    Parameters
    ----------
    frame_id : the sender's RTP timestamp.
    width_px, height_px : size of the frame.
    pixels : gives the (H, W, 3) uint8 BGR image; may take a millisecond, so call it off the loop.
    handed_ns : wall clock when the complete coded frame went to the decoder.
    decoded_ns : wall clock when its pixels were there.
    """

    frame_id: FrameId
    width_px: int
    height_px: int
    pixels: Callable[[], Image] = field(repr=False)
    handed_ns: int = 0
    decoded_ns: int = 0
