"""Types that every layer shares. Arrays are (H, W), points (x, y), boxes xyxy, in source pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

BoolMask: TypeAlias = npt.NDArray[np.bool_]
"""(H, W) bool, True on the object."""

Image: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, the order of OpenCV."""

FrameId: TypeAlias = int
"""The sender's 32-bit RTP timestamp of a frame, or any other number that names it."""

TrackId: TypeAlias = int
"""An object's identity for the life of a session; never a position in a tensor."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the user wants outlined.

    Parameters
    ----------
    text : a word or a short phrase, as the user wrote it.
    """

    text: str


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
