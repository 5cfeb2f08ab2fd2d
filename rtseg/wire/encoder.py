"""Masks to packets."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass

from rtseg.errors import UsageError
from rtseg.geometry import Path, simplify, trace
from rtseg.geometry.simplification import check_min_iou
from rtseg.types import BoolMask, FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.messages import CLOCK, FRAME, SIDE_MAX, VERSION, Timing
from rtseg.wire.varint import U64_MAX, uint

NAME_EVERY_PACKETS = 30
"""A name is told again after so many packets, for those who joined late: once a second or so."""

Size = tuple[int, int]
"""(height, width) of a frame, pixels, as the shape of its masks."""


@dataclass(frozen=True, slots=True)
class _Track:
    """What the other side knows of an object, so that it need not be told again."""

    label: str | None
    packets_since_name: int


class Encoder:
    """Writes the packets of one stream.

    `encode` is `outline` and `pack` in one. Each of the two keeps its own state, what it learned of
    each object in the frame before, so a caller may time them apart, or run them on two threads.

    Parameters
    ----------
    min_iou : fidelity, in (0, 1], that the outline of every object in every frame keeps:
        ``iou(fill(path, mask.shape), mask) >= min_iou`` for the path that the other side decodes.

    Raises
    ------
    UsageError
        If `min_iou` is not in (0, 1].
    """

    def __init__(self, min_iou: float = 0.97) -> None:
        check_min_iou(min_iou)
        self._min_iou = min_iou
        self._tolerances_px: dict[TrackId, float] = {}
        self._tracks: dict[TrackId, _Track] = {}
        self._size: Size = (0, 0)

    def encode(
        self,
        frame_id: FrameId,
        masks: Mapping[TrackId, BoolMask],
        *,
        size: Size | None = None,
        scores: Mapping[TrackId, float] | None = None,
        ages_ms: Mapping[TrackId, int] | None = None,
        labels: Mapping[TrackId, str] | None = None,
        timing: Timing | Callable[[], Timing] | None = None,
    ) -> bytes:
        """Write the packet of one camera frame.

        Parameters
        ----------
        frame_id : the sender's RTP timestamp of the frame, u32.
        masks : for every tracked object (H, W) bool, source pixels, all of one shape; all False for
            one that is tracked but not visible. An object that is missing is not tracked any more.
        size : (height, width) of the frame, pixels. None takes it from the masks, and where there
            are none from the packet before; (0, 0) stands in as long as nothing has told it.
        scores, ages_ms, labels, timing : see `pack`.

        Returns
        -------
        One message for the stream.

        Raises
        ------
        UsageError
            If something cannot be in a packet. What the next packet says does not change then.
        """
        shapes = {mask.shape for mask in masks.values()}
        if len(shapes) > 1:
            raise UsageError(f"masks of one frame must have one shape, these have {sorted(shapes)}")
        for shape in shapes:
            if size is not None and shape != tuple(size):
                raise UsageError(f"masks have the shape {shape}, but size says {tuple(size)}")
            size = _frame_size(shape)
        return self.pack(
            frame_id,
            self._size if size is None else size,
            self.outline(masks),
            scores=scores,
            ages_ms=ages_ms,
            labels=labels,
            timing=timing,
        )

    def outline(self, masks: Mapping[TrackId, BoolMask]) -> dict[TrackId, Path]:
        """Outline masks at the fidelity of this encoder: the first half of `encode`.

        Parameters
        ----------
        masks : (H, W) bool for each object, source pixels.

        Returns
        -------
        A path for each object, source pixels; empty for an empty mask.

        Raises
        ------
        UsageError
            If a mask is not two-dimensional or not bool.
        """
        simplified = {
            track_id: simplify(
                trace(mask), mask, self._min_iou, start_px=self._tolerances_px.get(track_id)
            )
            for track_id, mask in masks.items()
        }
        self._tolerances_px = {
            track_id: outcome.tolerance_px for track_id, outcome in simplified.items()
        }
        return {track_id: outcome.path for track_id, outcome in simplified.items()}

    def pack(
        self,
        frame_id: FrameId,
        size: Size,
        outlines: Mapping[TrackId, Path],
        *,
        scores: Mapping[TrackId, float] | None = None,
        ages_ms: Mapping[TrackId, int] | None = None,
        labels: Mapping[TrackId, str] | None = None,
        timing: Timing | Callable[[], Timing] | None = None,
    ) -> bytes:
        """Write the packet of one camera frame from outlines: the second half of `encode`.

        Parameters
        ----------
        frame_id : the sender's RTP timestamp of the frame, u32.
        size : (height, width) of the frame, pixels, each at most 65535.
        outlines : the path of every tracked object, source pixels, inside the frame.
        scores : confidence in [0, 1]; 1 where nothing is said.
        ages_ms : age of the evidence, >= 0; 0 where nothing is said.
        labels : names; an object that is not in here keeps the name that it has.
        timing : what the server did with this frame. A function is called when everything else is
            written, so that it can say how long that took.

        Returns
        -------
        One message for the stream.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that `pack` keeps has changed then.
        """
        frame_id = _whole("frame_id", frame_id, 2**32 - 1)
        size = _frame_size(size)
        parts = [bytes([VERSION, FRAME]), frame_id.to_bytes(4, "big"), uint(size[1]), uint(size[0])]
        tracks: dict[TrackId, _Track] = {}
        for key, path in outlines.items():
            track_id = _whole("a track id", key, U64_MAX)
            outline = records.Outline(
                track_id,
                path,
                _score_u8((scores or {}).get(key, 1.0)),
                _whole("an age in ms", (ages_ms or {}).get(key, 0), U64_MAX),
            )
            parts.append(records.write_outline(outline, size))
            track = self._told(track_id, (labels or {}).get(key))
            if track.label is not None and track.packets_since_name == 0:
                parts.append(records.write_name(records.Name(track_id, track.label)))
            tracks[track_id] = track
        if timing is not None:
            times = timing() if callable(timing) else timing
            for value in astuple(times):
                _whole("a time in µs", value, U64_MAX)
            parts.append(records.write_timing(times))
        self._tracks, self._size = tracks, size
        return b"".join(parts)

    def _told(self, track_id: TrackId, label: str | None) -> _Track:
        """What the other side will know of an object; a name just told is 0 packets old."""
        before = self._tracks.get(track_id)
        if before is None or (label is not None and label != before.label):
            return _Track(label, 0)
        return _Track(before.label, (before.packets_since_name + 1) % NAME_EVERY_PACKETS)


def pack_clock(rtp: int, ntp: int) -> bytes:
    """Write a clock packet: a sender report, handed back to its sender.

    Parameters
    ----------
    rtp : RTP timestamp of the report, u32.
    ntp : NTP timestamp of the report, u64: 32.32 fixed-point seconds since 1900.

    Raises
    ------
    UsageError
        If one does not fit.
    """
    rtp = _whole("rtp", rtp, 2**32 - 1)
    ntp = _whole("ntp", ntp, U64_MAX)
    return bytes([VERSION, CLOCK]) + rtp.to_bytes(4, "big") + ntp.to_bytes(8, "big")


def _frame_size(shape: tuple[int, ...]) -> Size:
    if len(shape) != 2:
        raise UsageError(f"a frame has a height and a width, {shape} came")
    height, width = (_whole("a side of a frame", side, SIDE_MAX) for side in shape)
    return height, width


def _whole(what: str, value: int, largest: int) -> int:
    """Take any whole number, NumPy's too, in 0 … `largest`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= largest:
        raise UsageError(f"{what} must be a whole number in 0 … {largest}, {value!r} came")
    return number


def _score_u8(score: float) -> int:
    if not 0 <= score <= 1:
        raise UsageError(f"a score must be in [0, 1], {score!r} came")
    return round(255 * float(score))
