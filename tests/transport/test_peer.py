"""What is read off an offer, an answer, and aiortc's insides."""

from __future__ import annotations

import logging

import pytest
from aiortc import RTCRtpReceiver

from rtseg.errors import PeerError
from rtseg.transport.peer import check_offer, with_start_bitrate
from rtseg.transport.receive import ReceiverTap

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


def test_a_version_of_aiortc_without_the_names_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stranger:
        pass

    with caplog.at_level(logging.WARNING):
        tap = ReceiverTap(Stranger(), lambda rtp, ntp: None)  # type: ignore[arg-type]
    assert len(caplog.records) == 1
    assert "aiortc" in caplog.text
    assert tap.rtp_timestamp(4500) == 4500
    assert tap.handed_ns(4500) is None


def test_the_names_are_there_in_the_version_that_is_installed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = RTCRtpReceiver.__new__(RTCRtpReceiver)

    class Transport:
        state = "new"

    RTCRtpReceiver.__init__(receiver, "video", Transport())  # type: ignore[arg-type]
    tap = ReceiverTap(receiver, lambda rtp, ntp: None)
    assert not caplog.records
    assert tap._queue is not None
    mapper = tap._mapper
    for rtp in (2**32 - 6000, 2**32 - 3000, 0, 3000):
        assert tap.rtp_timestamp(mapper.map(rtp)) == rtp
