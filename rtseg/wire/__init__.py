"""The bytes that draw outlines on the other side: docs/wire.md, without I/O and without a clock.

::

    encoder = Encoder(min_iou=0.97)
    packet = encoder.encode(frame_id, {track_id: mask})
    paths = Decoder().decode(packet)  # {track_id: Path}
"""

from rtseg.wire.decoder import Decoder
from rtseg.wire.encoder import Encoder
from rtseg.wire.messages import ClockMessage, FrameMessage, StaleMessage, Timing, TrackedObject
from rtseg.wire.packing import Content, pack_clock

__all__ = [
    "ClockMessage",
    "Content",
    "Decoder",
    "Encoder",
    "FrameMessage",
    "StaleMessage",
    "Timing",
    "TrackedObject",
    "pack_clock",
]
