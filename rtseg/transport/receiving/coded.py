"""What is read off coded video without decoding it: where a keyframe is, and where one begins."""

from __future__ import annotations

from collections.abc import Iterator

_H264_IDR = 5
_H264_SPS = 7
_H264_STAP_A = 24
_H264_FU_A = 28


def is_keyframe(codec: str, data: bytes) -> bool:
    """Say whether a whole coded frame can be decoded without any other.

    Parameters
    ----------
    codec : its name in SDP. Of one that is not known here every frame is taken for a keyframe, and
        the decoder decides.
    data : the frame as the decoder takes it: VP8's own (RFC 6386, 9.1), H264 in Annex B.
    """
    match codec.upper():
        case "VP8":
            return bool(data) and not data[0] & 1
        case "H264":
            return any(data[at] & 0x1F == _H264_IDR for at in _nal_units(data))
        case _:
            return True


def begins_keyframe(codec: str, payload: bytes) -> bool:
    """Say whether this RTP payload surely is the first of a keyframe, whatever was lost before it.

    Parameters
    ----------
    codec : its name in SDP; for one that is not known, False.
    payload : of one RTP packet: RFC 7741 for VP8, RFC 6184 for H264. Any bytes.
    """
    match codec.upper():
        case "VP8":
            return _vp8_begins_keyframe(payload)
        case "H264":
            return _h264_begins_keyframe(payload)
        case _:
            return False


def _vp8_begins_keyframe(payload: bytes) -> bool:
    if not payload or payload[0] & 0x1F != 0x10:  # not the start of partition 0
        return False
    at = 1
    if payload[0] & 0x80:
        extended = payload[1] if len(payload) > 1 else 0
        at = 2
        if extended & 0x80:  # a picture id of 7 or 15 bits
            at += 2 if len(payload) > at and payload[at] & 0x80 else 1
        at += bool(extended & 0x40) + bool(extended & 0x30)
    return len(payload) > at and not payload[at] & 1


def _h264_begins_keyframe(payload: bytes) -> bool:
    """Senders that can be joined in mid-stream put the parameter sets before each IDR picture."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == _H264_STAP_A:
        return len(payload) > 3 and payload[3] & 0x1F == _H264_SPS
    if kind == _H264_FU_A:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F == _H264_SPS
    return kind == _H264_SPS


def _nal_units(data: bytes) -> Iterator[int]:
    """Walk the first bytes of the NAL units of an Annex B stream."""
    at = data.find(b"\x00\x00\x01")
    while at != -1 and at + 3 < len(data):
        yield at + 3
        at = data.find(b"\x00\x00\x01", at + 3)
