"""From what was seen to figures. Pure: records in, a JSON-ready dictionary out."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rtseg.bench.records import SERVER_STAGES, Packet, Page
from rtseg.bench.spread import spread
from rtseg.bench.witness import Sightings

STAGES = ("network", *SERVER_STAGES, "send", "page")
OLD_MS = 250.0
"""No mask may be older than this when it comes."""


@dataclass(frozen=True, slots=True)
class Window:
    """The measured stretch, Unix milliseconds."""

    start_ms: float
    end_ms: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end_ms - self.start_ms) / 1000

    def has(self, at_ms: float) -> bool:
        """Whether a moment lies in it."""
        return self.start_ms <= at_ms < self.end_ms


class CaptureTimes:
    """When a page's camera frames were captured, by the browser's own word.

    The page reckons a frame's capture time from the sender's report; the nearest time that the
    preview states is the same frame's, if it lies within half a frame of it.

    Parameters
    ----------
    page : what the page saw.
    fps : of the camera.
    """

    def __init__(self, page: Page, fps: float) -> None:
        known = [(p.captured_ms, p) for p in page.previews if p.captured_ms is not None]
        self._previews = sorted(known, key=lambda item: item[0])
        self._times = [at for at, _ in self._previews]
        self._reach_ms = 500 / fps

    def nearest(self, reckoned_ms: float | None) -> tuple[float, int | None, bool] | None:
        """Give capture time, stamp and whether the stamp was looked at; None if none is near."""
        if reckoned_ms is None or not self._times:
            return None
        after = bisect.bisect_left(self._times, reckoned_ms)
        near = self._previews[max(0, after - 1) : after + 1]
        at, preview = min(near, key=lambda item: abs(item[0] - reckoned_ms))
        if abs(at - reckoned_ms) > self._reach_ms:
            return None
        return at, preview.number, preview.is_sampled

    def of(self, packet: Packet) -> float | None:
        """Give the capture time of a packet's frame: the browser's, else the page's reckoning."""
        found = self.nearest(packet.captured_ms)
        return found[0] if found is not None else packet.captured_ms


def way_of(packet: Packet, captured_ms: float | None) -> dict[str, float | None]:
    """Split the way of one frame into `STAGES`, milliseconds."""
    way: dict[str, float | None] = dict.fromkeys(STAGES)
    if packet.handed_ms is not None:
        sent_ms = packet.handed_ms + sum(packet.stages_ms.values())
        way |= packet.stages_ms
        way["send"] = packet.arrived_ms - sent_ms
        if captured_ms is not None:
            way["network"] = packet.handed_ms - captured_ms
    if packet.painted_ms is not None:
        way["page"] = packet.painted_ms - packet.arrived_ms
    return way


def measure(
    pages: Sequence[Page], sightings: Sightings, window: Window, fps: float
) -> dict[str, Any]:
    """Sum up all pages of a run: frames, ages, stages, bytes, identity."""
    views = [(page, CaptureTimes(page, fps)) for page in pages]
    seen = [
        (packet, times.of(packet))
        for page, times in views
        for packet in page.packets
        if window.has(packet.arrived_ms)
    ]
    packets = [packet for packet, _ in seen]
    ways = [way_of(packet, captured_ms) for packet, captured_ms in seen]
    to_arrival = [_since(at, packet.arrived_ms) for packet, at in seen]
    to_paint = [_since(at, packet.painted_ms) for packet, at in seen]
    sizes = [packet.size_bytes for packet in packets]
    return {
        "frames": _frames(pages, packets, sightings, window),
        "mask_age_ms": {"to_arrival": spread(to_arrival), "to_paint": spread(to_paint)},
        "older_than_250_ms": {
            "at_arrival": sum(age is not None and age > OLD_MS for age in to_arrival),
            "at_paint": sum(age is not None and age > OLD_MS for age in to_paint),
        },
        "stages_ms": {name: spread((way[name] for way in ways), digits=2) for name in STAGES},
        "sender_ms_mean": _sender(pages),
        "evidence_age_ms": spread(packet.evidence_ms for packet in packets),
        "model_ms": spread(packet.model_ms for packet in packets),
        "bytes": {
            "per_frame_mean": round(float(np.mean(sizes)), 1) if sizes else None,
            "per_frame_p95": round(float(np.percentile(sizes, 95)), 1) if sizes else None,
            "per_second": round(sum(sizes) / window.seconds, 1),
        },
        "identity": _identity(views, sightings, window),
        "pages": [_of_one(page, times, window) for page, times in views],
    }


def _of_one(page: Page, times: CaptureTimes, window: Window) -> dict[str, Any]:
    """Sum up one page of several, to see whether they fare alike."""
    seen = [packet for packet in page.packets if window.has(packet.arrived_ms)]
    masks = sum(packet.is_visible for packet in seen)
    return {
        "masks_per_second": round(masks / window.seconds, 2),
        "to_arrival_ms": spread(_since(times.of(packet), packet.arrived_ms) for packet in seen),
    }


def _since(start_ms: float | None, end_ms: float | None) -> float | None:
    return None if start_ms is None or end_ms is None else end_ms - start_ms


def _frames(
    pages: Sequence[Page], packets: Sequence[Packet], sightings: Sightings, window: Window
) -> dict[str, Any]:
    """Count frames along the way; over all pages."""
    # By the frames' names: what the server had decoded in the window, whenever its packet came.
    decoded = {
        frame_id for (_, frame_id), at in sightings.decoded_us.items() if window.has(at / 1000)
    }
    came = {p.frame_id: p for page in pages for p in page.packets if p.frame_id in decoded}
    masked = sum(packet.is_visible for packet in came.values())
    masks = sum(packet.is_visible for packet in packets)

    def rate(count: float | None) -> float | None:
        return None if count is None else round(count / window.seconds, 2)

    counts: dict[str, float | None] = {
        "camera": _sum(page.counted("media-source", "frames") for page in pages),
        "preview": sum(_presented(page, window) for page in pages),
        "encoded": _sum(page.counted("outbound-rtp", "framesEncoded") for page in pages),
        "sent": _sum(page.counted("outbound-rtp", "framesSent") for page in pages),
        "decoded": len(decoded),
        "packets": len(packets),
        "masks": masks,
        "painted": sum(packet.painted_ms is not None for packet in packets),
    }
    return {
        "counts": counts,
        "per_second": {name: rate(count) for name, count in counts.items()},
        "share_of_decoded": {
            "with_packet": _share(len(came), len(decoded)),
            "with_mask": _share(masked, len(decoded)),
        },
        "without_mask": {
            "no_packet": len(decoded) - len(came),
            "packet_without_outline": len(came) - masked,
        },
        "sizes": sorted({f"{p.width_px}x{p.height_px}" for p in packets}),
    }


def _presented(page: Page, window: Window) -> int:
    """Count the frames that the preview has shown, also those whose callback came too late."""
    inside = [p for p in page.previews if p.captured_ms is not None and window.has(p.captured_ms)]
    return inside[-1].presented - inside[0].presented + 1 if inside else 0


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _sender(pages: Sequence[Page]) -> dict[str, float | None]:
    """What the browser says of its own part of the network stage: mean per frame."""
    frames = _sum(page.counted("outbound-rtp", "framesEncoded") for page in pages)
    encoding = _sum(page.counted("outbound-rtp", "totalEncodeTime") for page in pages)
    packets = _sum(page.counted("outbound-rtp", "packetsSent") for page in pages)
    pacing = _sum(page.counted("outbound-rtp", "totalPacketSendDelay") for page in pages)
    return {
        "encode": round(1000 * encoding / frames, 2) if encoding and frames else None,
        "pacing_per_packet": round(1000 * pacing / packets, 2) if pacing and packets else None,
    }


def _identity(
    views: Sequence[tuple[Page, CaptureTimes]], sightings: Sightings, window: Window
) -> dict[str, Any]:
    """Compare the frame that the page takes a mask for with the one that the server had.

    For each packet: the number that the server read off the pixels of this frame id, against the
    number on the page's own preview at the capture time that the page reckons.
    """
    checked = wrong = unreadable = unmatched = 0
    errors: list[float] = []
    for page, times in views:
        for packet in page.packets:
            if not window.has(packet.arrived_ms):
                continue
            found = times.nearest(packet.captured_ms)
            if found is None:
                unmatched += 1
                continue
            at, number, is_sampled = found
            assert packet.captured_ms is not None  # something was near it
            errors.append(abs(packet.captured_ms - at))
            if not is_sampled:
                continue
            other = sightings.numbers.get(packet.frame_id)
            if number is None or other is None:
                unreadable += 1
            else:
                checked += 1
                wrong += number != other
    return {
        "checked": checked,
        "wrong": wrong,
        "unreadable": unreadable,
        "no_preview_frame_near": unmatched,
        "capture_time_error_ms": spread(errors, digits=2),
    }
