"""Arithmetic of RTP timestamps, by which frames are named: 32 bits that wrap every 13 hours."""

from __future__ import annotations

from rtseg.types import FrameId

RTP_CLOCK_HZ = 90_000
"""Clock of RTP timestamps of all video formats, RFC 3551 section 5."""

_MODULUS = 1 << 32


def rtp_distance(a: FrameId, b: FrameId) -> int:
    """Return how far two RTP timestamps are apart, in ticks."""
    ticks = (a - b) % _MODULUS
    return min(ticks, _MODULUS - ticks)


def rtp_age_ms(newer: FrameId, older: FrameId) -> int:
    """Return the time between two frames; 0 if `older` is not older."""
    ticks = (newer - older) % _MODULUS
    return 0 if ticks >= _MODULUS // 2 else round(ticks * 1000 / RTP_CLOCK_HZ)
