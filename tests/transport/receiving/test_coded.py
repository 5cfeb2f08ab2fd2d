"""Keyframes are told from others in what aiortc's own encoders make, packet by packet."""

from __future__ import annotations

import pytest
from aiortc.codecs import depayload, get_encoder
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from hypothesis import given
from hypothesis import strategies as st

from rtseg.transport.receiving.coded import begins_keyframe, is_keyframe
from tests.transport.receiving.camera import picture


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_the_first_packet_of_a_keyframe_and_the_whole_of_it(codec: str) -> None:
    parameters = RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=90_000)
    encoder = get_encoder(parameters)
    for n in range(6):
        is_key = n in {0, 4}
        payloads, _ = encoder.encode(picture(n), force_keyframe=is_key)
        assert [begins_keyframe(codec, one) for one in payloads] == [
            is_key and at == 0 for at in range(len(payloads))
        ]
        data = b"".join(depayload(parameters, one) for one in payloads)
        assert is_keyframe(codec, data) == is_key


@pytest.mark.parametrize("picture_id", [None, 5, 200])
@pytest.mark.parametrize("tl0picidx", [None, 3])
@pytest.mark.parametrize("tid", [None, (1, 0)])
@pytest.mark.parametrize("keyidx", [None, 7])
def test_vp8_behind_any_descriptor(
    picture_id: int | None,
    tl0picidx: int | None,
    tid: tuple[int, int] | None,
    keyidx: int | None,
) -> None:
    for start in (0, 1):
        descriptor = bytes(VpxPayloadDescriptor(start, 0, picture_id, tl0picidx, tid, keyidx))
        parsed, rest = VpxPayloadDescriptor.parse(descriptor + b"\x00key")
        assert (parsed.partition_start, rest) == (start, b"\x00key")
        assert begins_keyframe("VP8", descriptor + b"\x00key") == bool(start)
        assert not begins_keyframe("VP8", descriptor + b"\x01delta")


def test_of_a_codec_that_is_not_known_the_decoder_decides() -> None:
    assert is_keyframe("AV1", b"any")
    assert not begins_keyframe("AV1", b"any")


@given(st.sampled_from(["VP8", "H264", "AV1"]), st.binary(max_size=40))
def test_any_bytes_are_read(codec: str, data: bytes) -> None:
    is_keyframe(codec, data)
    begins_keyframe(codec, data)
