from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rtseg.bench.relay.control import RelayControl
from rtseg.bench.relay.detour import address_of, detoured, leading_to, without_candidates

SDP = "\r\n".join(
    [
        "v=0",
        "m=video 50000 UDP/TLS/RTP/SAVPF 96",
        "a=mid:0",
        "a=candidate:1 1 udp 2113937151 fd00::2 50001 typ host generation 0",
        "a=candidate:2 1 tcp 2113937150 192.0.2.2 9 typ host tcptype active",
        "a=candidate:3 1 udp 2113937149 192.0.2.2 50000 typ host generation 0",
        "a=end-of-candidates",
        "m=application 50000 UDP/DTLS/SCTP webrtc-datachannel",
        "a=candidate:3 1 udp 2113937149 192.0.2.2 50000 typ host generation 0",
        "a=end-of-candidates",
        "a=sctp-port:5000",
        "",
    ]
)


def lines(sdp: str, word: str) -> list[str]:
    return [line for line in sdp.splitlines() if word in line]


def test_the_address_is_the_first_that_the_relay_can_stand_for() -> None:
    assert address_of(SDP) == ("192.0.2.2", 50000)


def test_an_sdp_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="IPv4 host candidate"):
        address_of(without_candidates(SDP))


def test_nothing_is_left_of_where_the_writer_is() -> None:
    bare = without_candidates(SDP)
    assert lines(bare, "candidate") == []
    assert len(bare.splitlines()) == len(SDP.splitlines()) - 6


def test_there_is_one_address_left_and_it_is_the_relay() -> None:
    led = leading_to(SDP, "192.0.2.2", 7)
    assert lines(led, "a=candidate") == [
        "a=candidate:1 1 udp 2130706431 192.0.2.2 7 typ host",
    ]
    assert lines(led, "a=end-of") == ["a=end-of-candidates"]
    assert "a=sctp-port:5000" in led
    # In the section of the transport that all media share.
    assert led.index("typ host") < led.index("m=application")


def test_neither_side_learns_the_other_ones_address(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    relay = RelayControl(0)
    monkeypatch.setattr(RelayControl, "open", lambda self, host, port: port + 1)

    async def answer(offer: str, *more: Any, **options: Any) -> tuple[str, str]:
        heard.extend([offer, more, options])
        return "peer", SDP

    peer, sdp = asyncio.run(_call(detoured(answer, relay)))

    assert peer == "peer"
    assert lines(heard[0], "candidate") == []
    assert heard[1:] == [("events",), {"ports": 3}]
    assert address_of(sdp) == ("192.0.2.2", 50001)


async def _call(answer: Any) -> tuple[Any, str]:
    found: tuple[Any, str] = await answer(SDP, "events", ports=3)
    return found
