"""What was seen during a measurement, as plain values. All times are Unix milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rtseg.bench import stamp
from rtseg.types import FrameId

SERVER_STAGES = ("decode", "wait", "track", "path", "encode")
"""In the order of a frame's way; docs/wire.md, record 3."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A frame's packet, as the page saw it.

    Parameters
    ----------
    frame_id : RTP timestamp of the camera frame.
    size_bytes : of the packet.
    arrived_ms : when it was in the page's hands.
    captured_ms : when the frame was captured, by the page's reckoning; None before it could say.
    painted_ms : when its outline had been drawn; None if a newer one came before.
    width_px, height_px : of the frame that the server had.
    evidence_ms : age of the oldest evidence in it; None without objects.
    is_visible : whether there is something to draw.
    handed_ms : when the coded frame went to the server's decoder; None without timing.
    stages_ms : each of `SERVER_STAGES`.
    model_ms : the model's latest run.
    """

    frame_id: FrameId
    size_bytes: int
    arrived_ms: float
    captured_ms: float | None
    painted_ms: float | None
    width_px: int
    height_px: int
    evidence_ms: float | None
    is_visible: bool
    handed_ms: float | None = None
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    model_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A camera frame on the page's own video element.

    Parameters
    ----------
    captured_ms : by the browser's own word; None where it does not say.
    presented : how many frames the element has shown so far.
    is_sampled : whether its stamp was looked at.
    number : the stamp's number, if it could be read.
    """

    captured_ms: float | None
    presented: int
    is_sampled: bool
    number: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that one page saw.

    Parameters
    ----------
    packets, previews : in the order in which they came, from before the measurement to after it.
    statistics : the browser's WebRTC statistics at the beginning and at the end of it.
    """

    packets: tuple[Packet, ...]
    previews: tuple[Preview, ...]
    statistics: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})

    def counted(self, kind: str, name: str) -> float | None:
        """How much one of the browser's own counters rose during the measurement."""
        before, after = (found.get(kind, {}).get(name) for found in self.statistics)
        return None if after is None else float(after) - float(before or 0)


def read_page(
    taken: Mapping[str, Any], statistics: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})
) -> Page:
    """Read what `collector.js` gives."""
    origin = float(taken["timeOrigin"])
    return Page(
        tuple(_packet(item, origin) for item in taken["packets"]),
        tuple(_preview(item, origin) for item in taken["previews"]),
        statistics,
    )


def _packet(item: Mapping[str, Any], origin_ms: float) -> Packet:
    timing = item["timing"] or {}
    return Packet(
        frame_id=int(item["frameId"]),
        size_bytes=int(item["bytes"]),
        arrived_ms=origin_ms + item["arrivedAt"],
        captured_ms=_from(origin_ms, item["capturedAt"]),
        painted_ms=_from(origin_ms, item["paintedAt"]),
        width_px=int(item["width"]),
        height_px=int(item["height"]),
        evidence_ms=max(map(float, item["ages"]), default=None),
        is_visible=bool(item["isVisible"]),
        handed_ms=timing["handedUs"] / 1000 if timing else None,
        stages_ms={name: timing[f"{name}Us"] / 1000 for name in SERVER_STAGES} if timing else {},
        model_ms=timing["modelUs"] / 1000 if timing else None,
    )


def _preview(item: Mapping[str, Any], origin_ms: float) -> Preview:
    cells = item["cells"]
    return Preview(
        captured_ms=_from(origin_ms, item["capturedAt"]),
        presented=int(item["presentedFrames"]),
        is_sampled=cells is not None,
        number=stamp.number_of(cells) if cells is not None else None,
    )


def _from(origin_ms: float, at_ms: float | None) -> float | None:
    return None if at_ms is None else origin_ms + at_ms
