"""What is read off an offer, and what is asked for in the answer."""

from __future__ import annotations

import pytest
from aiortc.sdp import candidate_from_sdp

from rtseg.errors import PeerError
from rtseg.transport.sdp import (
    Bitrates,
    check_offer,
    with_addresses,
    with_bitrates,
    with_codec_first,
    without_mdns,
)

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


def test_bitrates_are_asked_for_each_video_codec_and_no_other() -> None:
    sdp = with_bitrates(
        "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        "a=rtpmap:99 H264/90000\r\na=fmtp:99 packetization-mode=1\r\n",
        Bitrates(start_kbps=2000, least_kbps=300),
    )
    wish = "x-google-start-bitrate=2000;x-google-min-bitrate=300"
    assert sdp == (
        f"a=rtpmap:96 VP8/90000\r\na=fmtp:96 {wish}\r\n"
        "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
        "a=rtpmap:99 H264/90000\r\n"
        f"a=fmtp:99 packetization-mode=1;{wish}\r\n"
    )


def test_a_codec_is_preferred_where_it_is_offered() -> None:
    lines = (
        "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=rtpmap:99 H264/90000\r\n"
        "a=rtpmap:101 H264/90000\r\n"
    )
    sdp = f"m=video 9 UDP/TLS/RTP/SAVPF 96 97 99 101\r\n{lines}"
    assert with_codec_first(sdp, "H264").startswith("m=video 9 UDP/TLS/RTP/SAVPF 99 101 96 97\r\n")
    assert with_codec_first(sdp, "H264").endswith(lines)
    assert with_codec_first(sdp, "VP8") == with_codec_first(sdp, "AV1") == sdp
    assert with_codec_first(sdp, "") == sdp


HOST = "a=candidate:abc 1 udp 2130706431 172.17.0.2 50007 typ host\r\n"
HOST6 = "a=candidate:def 1 udp 2130706431 fd00::2 50007 typ host\r\n"
REFLEXIVE = (
    "a=candidate:ghi 1 udp 1694498815 192.0.2.9 50007 typ srflx raddr 172.17.0.2 rport 50007\r\n"
)
END = "a=end-of-candidates\r\n"


def test_advertised_addresses_stand_beside_each_of_the_machines_own() -> None:
    sdp = with_addresses(HOST + HOST6 + REFLEXIVE + END, ["203.0.113.5", "2001:db8::5"])
    assert sdp == (
        HOST
        + "a=candidate:abc+1 1 udp 2130706175 203.0.113.5 50007 typ host\r\n"
        + HOST6
        + "a=candidate:def+2 1 udp 2130705919 2001:db8::5 50007 typ host\r\n"
        + REFLEXIVE
        + END
    )
    assert [candidate_from_sdp(line[2:].removeprefix("candidate:")).port for line in
            sdp.splitlines()[:-1]] == [50007] * 5  # fmt: skip


def test_an_address_of_its_own_is_not_told_twice() -> None:
    assert with_addresses(HOST, ["172.17.0.2"]) == HOST
    assert with_addresses(HOST, []) == HOST


def test_names_of_the_local_network_are_taken_out_of_an_offer() -> None:
    name = "candidate:1 1 udp 2113937151 0d2c3f2e-0c6f-4e0b-8f7a-2d4b0a5b1f00.local 51234 typ host"
    rest = " generation 0 network-cost 999"
    assert without_mdns(f"v=0\r\na={name}{rest}\r\n{HOST}{END}a=mid:0\r\n") == (
        f"v=0\r\n{HOST}a=mid:0\r\n",
        (name + rest,),
    )
    assert without_mdns(f"v=0\r\n{HOST}{END}") == (f"v=0\r\n{HOST}{END}", ())
