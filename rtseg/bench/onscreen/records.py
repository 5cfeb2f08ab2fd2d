"""What a page put on its screen, as plain values. All times are Unix milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rtseg.bench import stamp
from rtseg.geometry import Polygons
from rtseg.types import FrameId

LIVE = "live"
IN_STEP = "in step"


@dataclass(frozen=True, slots=True)
class Presentation:
    """A picture with outlines, as it came on the screen.

    Parameters
    ----------
    at_ms : when.
    showing : `LIVE` or `IN_STEP`, as it was then; `why` says why it was not as wished.
    number : read off the picture that was on the screen; None if it could not be read.
    picture_id : the camera frame that the page takes the picture for; None: it cannot say.
    frame_id : of the message whose outlines were drawn; None: there were none.
    gap_ms : by the page's word, how much newer the picture is than its outlines; None: unknown.
    held_ms : how long the picture was held back on purpose.
    drawn : all outlines, source pixels.
    work_ms : of all the page's callbacks until then, the benchmark's own taken off.
    """

    at_ms: float
    showing: str
    why: str | None
    number: int | None
    picture_id: FrameId | None
    frame_id: FrameId | None
    gap_ms: float | None
    held_ms: float
    drawn: Polygons
    work_ms: float


@dataclass(frozen=True, slots=True)
class Message:
    """Outlines as they came from the server.

    Parameters
    ----------
    frame_id : of the frame that they are right for.
    arrived_ms : when.
    outlines : all of them, source pixels.
    age_ms : of the oldest evidence in them; None without objects.
    """

    frame_id: FrameId
    arrived_ms: float
    outlines: Polygons
    age_ms: float | None


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything that one page showed, in its order."""

    presentations: tuple[Presentation, ...]
    messages: tuple[Message, ...]


def read_screen(taken: Mapping[str, Any]) -> Screen:
    """Read what `presentations.js` gives."""
    origin = float(taken["timeOrigin"])
    return Screen(
        tuple(_presentation(item, origin) for item in taken["presentations"]),
        tuple(
            Message(
                int(item["frameId"]),
                origin + item["arrivedAt"],
                polygons(item["rings"]),
                max(map(float, item["ages"]), default=None),
            )
            for item in taken["messages"]
        ),
    )


def _presentation(item: Mapping[str, Any], origin_ms: float) -> Presentation:
    return Presentation(
        at_ms=origin_ms + item["at"],
        showing=item["showing"],
        why=item["why"],
        number=stamp.number_of(item["cells"]),
        picture_id=_id(item["frameOnScreen"]),
        frame_id=_id(item["frameId"]),
        gap_ms=None if item["gapMs"] is None else float(item["gapMs"]),
        held_ms=float(item["heldMs"]),
        drawn=polygons(item["rings"]),
        work_ms=float(item["workMs"]) - float(item["benchMs"]),
    )


def polygons(rings: Sequence[Sequence[float]]) -> Polygons:
    """Read rings that are written x, y, x, y …, source pixels."""
    return Polygons(tuple(np.asarray(ring, np.float64).reshape(-1, 2) for ring in rings))


def _id(value: float | None) -> FrameId | None:
    return None if value is None else int(value)
