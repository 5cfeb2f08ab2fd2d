"""The bytes that draw outlines on the other side: docs/wire.md, without I/O and without a clock.

::

    encoder = Encoder(min_iou=0.97)
    packet = encoder.encode(frame_id, {track_id: mask})
    paths = Decoder().decode(packet)  # {track_id: Path}
"""

from rtseg.wire.decoder import Decoder
from rtseg.wire.encoder import Encoder, pack_clock
from rtseg.wire.messages import ClockMessage, FrameMessage, Timing, TrackedObject

__all__ = [
    "ClockMessage",
    "Decoder",
    "Encoder",
    "FrameMessage",
    "Timing",
    "TrackedObject",
    "pack_clock",
]
