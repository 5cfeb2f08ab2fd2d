"""What is read off an offer, and what is asked for in the answer."""

from __future__ import annotations

import pytest

from rtseg.errors import PeerError
from rtseg.transport.peer import check_offer, with_start_bitrate

OFFER = """v=0\r
o=- 1 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
m={kind} {port} UDP/TLS/RTP/SAVPF 96 97\r
c=IN IP4 0.0.0.0\r
a={direction}\r
a=mid:0\r
a=rtpmap:96 VP8/90000\r
a=rtpmap:97 rtx/90000\r
a=fmtp:97 apt=96\r
"""


def offer(kind: str = "video", port: int = 9, direction: str = "sendonly") -> str:
    return OFFER.format(kind=kind, port=port, direction=direction)


@pytest.mark.parametrize("direction", ["sendonly", "sendrecv"])
def test_an_offer_that_sends_video(direction: str) -> None:
    check_offer(offer(direction=direction))


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        (offer(direction="recvonly"), "no_video"),
        (offer(direction="inactive"), "no_video"),
        (offer(kind="audio"), "no_video"),
        (offer(port=0), "no_video"),
        ("v=0\r\n", "invalid_sdp"),
        ("rubbish", "invalid_sdp"),
        ("v=0\r\nm=video nine X 96\r\n", "invalid_sdp"),
    ],
)
def test_offers_that_are_refused(sdp: str, code: str) -> None:
    with pytest.raises(PeerError) as caught:
        check_offer(sdp)
    assert caught.value.code == code


def test_the_start_bitrate_is_asked_for_each_video_codec_and_no_other() -> None:
    sdp = with_start_bitrate(
        "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        "a=rtpmap:99 H264/90000\r\na=fmtp:99 packetization-mode=1\r\n"
    )
    assert sdp == (
        "a=rtpmap:96 VP8/90000\r\na=fmtp:96 x-google-start-bitrate=2000\r\n"
        "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        "a=rtpmap:99 H264/90000\r\n"
        "a=fmtp:99 packetization-mode=1;x-google-start-bitrate=2000\r\n"
    )
