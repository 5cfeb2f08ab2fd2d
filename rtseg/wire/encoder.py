"""Masks to packets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import BoolMask, FrameId, TrackId
from rtseg.wire.messages import Timing
from rtseg.wire.numbers import Size, frame_size
from rtseg.wire.outlining import Outliner
from rtseg.wire.packing import Content, Packer
from rtseg.wire.writing import FrameWriter


class Encoder:
    """Writes the packets of one stream.

    `encode` is `outline` and `pack` in one. Each of the two keeps its own state, the outlines of
    the frame before and what the other side knows, so a caller may time them apart, or run them on
    two threads. Each packet is for one reader who has the one before; where readers joined later
    or may lose packets, `take` gives what writes a frame for each of them.

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
        self._outliner = Outliner(min_iou)
        self._packer = Packer()
        self._size: Size = (0, 0)
        self._base_id: FrameId | None = None

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
        shapes = {np.shape(mask) for mask in masks.values()}
        if len(shapes) > 1:
            raise UsageError(f"expected masks of one shape in one frame, got {sorted(shapes)}")
        for shape in shapes:
            if size is not None and shape != tuple(size):
                raise UsageError(f"expected masks of {tuple(size)}, as size says, got {shape}")
            size = frame_size(shape)
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
        return self._outliner.outline(masks)

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
            If something cannot be in a packet. What the next packet says does not change then.
        """
        writer = self.take(
            Content(frame_id, size, outlines, scores or {}, ages_ms or {}, labels or {}, timing)
        )
        packet = writer.upon(self._base_id)
        self._base_id = writer.frame_id
        return packet

    def take(self, content: Content) -> FrameWriter:
        """Take one camera frame, for a stream whose readers have different frames of it.

        Parameters
        ----------
        content : what `pack` takes.

        Returns
        -------
        What writes the packet for each of them, upon a frame that this one has: on a reliable
        stream the latest that it was sent, on any other the newest that it acknowledged.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that `take` keeps has changed then.
        """
        writer = self._packer.take(content)
        self._size = frame_size(content.size)
        return writer
