"""The bytes that draw outlines on the other side: docs/wire.md, without I/O and without a clock.

::

    encoder = Encoder(min_iou=0.97)
    packet = encoder.encode(frame_id, {track_id: mask})
    paths = Decoder().decode(packet)  # {track_id: Path}
"""

from rtseg.wire.decoder import Decoder
from rtseg.wire.encoder import Encoder
from rtseg.wire.messages import (
    AckMessage,
    ClockMessage,
    FrameMessage,
    LateMessage,
    Stage,
    StaleMessage,
    Standing,
    State,
    Timing,
    TrackedObject,
)
from rtseg.wire.packing import Content
from rtseg.wire.presence import BoxPx
from rtseg.wire.signals import pack_ack, pack_clock, read_ack
from rtseg.wire.writing import FrameWriter

__all__ = [
    "AckMessage",
    "BoxPx",
    "ClockMessage",
    "Content",
    "Decoder",
    "Encoder",
    "FrameMessage",
    "FrameWriter",
    "LateMessage",
    "Stage",
    "StaleMessage",
    "Standing",
    "State",
    "Timing",
    "TrackedObject",
    "pack_ack",
    "pack_clock",
    "read_ack",
]
