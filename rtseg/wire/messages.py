"""What packets say, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId

VERSION = 1
"""First byte of every packet of this protocol."""

FRAME = 0
"""Kind of a packet that holds the outlines for one camera frame."""

CLOCK = 1
"""Kind of a packet that joins RTP time to the sender's clock."""

CHANGED = 3
"""Kind of a packet that says what changed since an earlier frame, its base."""

PART = 4
"""Kind of a packet that holds one of several parts of a frame."""

ACK = 5
"""Kind of a packet in the other direction: a frame that the reader keeps."""

_RTP_PER_MS = 90

RTP_MODULUS = 1 << 32
"""RTP timestamps begin again from 0 here."""

SIDE_MAX = 65535
"""Largest width and height of a frame, pixels."""


Stage = Literal["box", "coarse", "fine"]
"""How much is known of an outline: a box around it; some of its vertices, of which more will come;
or all that the fidelity takes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What the server did with a frame, microseconds.

    Parameters
    ----------
    handed_us : Unix time at which the complete coded frame went to the decoder.
    decode_us : decoding.
    wait_us : in the slot, until the tracker took it.
    track_us : converting the pixels, and the tracker.
    path_us : masks to outlines.
    encode_us : outlines to bytes.
    model_us : the model's latest run, which is not part of this frame's way.
    """

    handed_us: int = 0
    decode_us: int = 0
    wait_us: int = 0
    track_us: int = 0
    path_us: int = 0
    encode_us: int = 0
    model_us: int = 0


State = Literal["found", "followed", "uncertain", "lost", "found again"]
"""How a tracker stands with an object: told of it just now; sure enough; its outline may be wrong;
out of view or hidden; told of it after it was lost."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an outline can be trusted.

    Parameters
    ----------
    state : of the object in this frame.
    confidence_u8 : estimate of the IoU of its outline with the true one, 0 … 255 for 0 … 1.
    """

    state: State
    confidence_u8: int

    @classmethod
    def of(cls, state: State, confidence: float) -> Standing:
        """Take a confidence in [0, 1]; raise `UsageError` for any other."""
        if not 0 <= confidence <= 1:
            raise UsageError(f"expected a confidence in [0, 1], got {confidence!r}")
        return cls(state, round(255 * float(confidence)))

    @property
    def confidence(self) -> float:
        """In [0, 1]."""
        return self.confidence_u8 / 255


@dataclass(frozen=True, slots=True)
class TrackedObject:
    """One object as it is in one frame.

    Parameters
    ----------
    track_id : the object, for the life of the session.
    frame_id : the frame that its outline is right for.
    path : its outline, source pixels; empty while it is tracked but not visible.
    score_u8 : how sure the model was of it, 0 … 255.
    age_ms : age of the evidence: capture time of this frame minus capture time of the frame that
        the model saw, when it last said where the object is.
    label : its name, as far as a packet has told it.
    stage : how fine the outline is.
    standing : how far the outline can be trusted; None where the sender does not say.
    """

    track_id: TrackId
    frame_id: FrameId
    path: Path
    score_u8: int
    age_ms: int
    label: str | None = None
    stage: Stage = "fine"
    standing: Standing | None = None

    @property
    def score(self) -> float:
        """How sure the model was, in [0, 1]."""
        return self.score_u8 / 255


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """What there is to draw, with the outlines for one camera frame.

    Parameters
    ----------
    frame_id : the sender's RTP timestamp of the camera frame.
    width_px, height_px : size of that frame.
    objects : all that are tracked, in the order in which they are drawn. Those of which a frame in
        parts has not told yet, or a part was lost, are of an earlier frame: see their `frame_id`.
    timing : what the server did with the frame; None when nobody asked, or another part said it.
    is_whole : all of the frame came.
    """

    frame_id: FrameId
    width_px: int
    height_px: int
    objects: tuple[TrackedObject, ...] = ()
    timing: Timing | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class LateMessage:
    """A frame that is older than the one that is shown: it is kept, and nothing is drawn.

    Or a part of a frame that came before: nothing is drawn either.

    Parameters
    ----------
    frame_id : the camera frame it was for.
    """

    frame_id: FrameId


@dataclass(frozen=True, slots=True)
class StaleMessage:
    """A frame that cannot be drawn: it says what changed since one that the decoder has not.

    Parameters
    ----------
    frame_id : the camera frame it was for.
    base_id : the frame that it starts from.
    """

    frame_id: FrameId
    base_id: FrameId


@dataclass(frozen=True, slots=True)
class ClockMessage:
    """The sender's own RTCP sender report, handed back.

    Parameters
    ----------
    rtp : RTP timestamp of the report, u32.
    ntp : NTP timestamp of the report, u64: 32.32 fixed-point seconds since 1900.
    """

    rtp: int
    ntp: int


@dataclass(frozen=True, slots=True)
class AckMessage:
    """What a reader of the stream sends back.

    Parameters
    ----------
    frame_id : a frame that it keeps.
    """

    frame_id: FrameId


def elapsed_ms(newer: FrameId, older: FrameId) -> int:
    """Time between two RTP timestamps, to the nearest millisecond."""
    return ((newer - older) % RTP_MODULUS + _RTP_PER_MS // 2) // _RTP_PER_MS
