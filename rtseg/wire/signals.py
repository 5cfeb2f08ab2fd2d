"""Packets that hold no outlines: the clock, and what a reader acknowledges."""

from __future__ import annotations

from rtseg.errors import WireError
from rtseg.types import FrameId
from rtseg.wire.messages import ACK, CLOCK, RTP_MODULUS, VERSION, AckMessage
from rtseg.wire.numbers import whole
from rtseg.wire.varint import U64_MAX, Reader


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
    rtp = whole("rtp", rtp, RTP_MODULUS - 1)
    ntp = whole("ntp", ntp, U64_MAX)
    return bytes([VERSION, CLOCK]) + rtp.to_bytes(4, "big") + ntp.to_bytes(8, "big")


def pack_ack(frame_id: FrameId) -> bytes:
    """Write what a reader sends back for each frame that it could decode.

    Parameters
    ----------
    frame_id : the newest frame that it has, `Decoder.whole_id`, u32.

    Raises
    ------
    UsageError
        If it does not fit.
    """
    frame_id = whole("frame_id", frame_id, RTP_MODULUS - 1)
    return bytes([VERSION, ACK]) + frame_id.to_bytes(4, "big")


def read_ack(packet: bytes | bytearray | memoryview) -> AckMessage:
    """Read what a reader of the stream sent back.

    Raises
    ------
    WireError
        If it is no acknowledgement.
    """
    reader = Reader(bytes(packet))
    version, kind = reader.fixed(1), reader.fixed(1)
    if (version, kind) != (VERSION, ACK):
        raise WireError(
            f"expected an acknowledgement, a packet of version {VERSION} and kind {ACK}, "
            f"got version {version} and kind {kind}"
        )
    return AckMessage(reader.fixed(4))
