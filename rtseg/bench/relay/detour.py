"""Leads a peer's traffic through a relay, by the addresses that the two sides tell each other.

The server is not told where the browser is, and the browser only where the relay is. So the browser
asks there, the relay asks the server, and the server answers whoever asked (RFC 8445, 7.3.1.3).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from rtseg.bench.relay.control import RelayControl

Answer: TypeAlias = Callable[..., Awaitable[tuple[Any, str]]]
"""Takes an SDP offer first; gives a peer and the SDP answer."""

_CANDIDATE = re.compile(r"^a=(candidate:|end-of-candidates).*\r?\n", re.MULTILINE)
_UDP = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host", re.M | re.I)


def without_candidates(sdp: str) -> str:
    """Leave out where its writer can be reached, and that this was all."""
    return _CANDIDATE.sub("", sdp)


def address_of(sdp: str) -> tuple[str, int]:
    """Give the first IPv4 address, and its UDP port, at which the writer of an SDP can be reached.

    Raises
    ------
    ValueError
        There is none.
    """
    if (found := _UDP.search(sdp)) is None:
        raise ValueError("expected an SDP with an IPv4 host candidate over UDP, got one without")
    return found[1], int(found[2])


def leading_to(sdp: str, host: str, port: int) -> str:
    """Let an SDP say that its writer can be reached there, and nowhere else."""
    only = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\r\na=end-of-candidates\r\n"
    is_first = True

    def replaced(found: re.Match[str]) -> str:
        # All media go over the first one's transport (BUNDLE); only that one needs an address.
        nonlocal is_first
        line, is_first = only if is_first else "", False
        return line

    return _CANDIDATE.sub(replaced, sdp)


def detoured(answer: Answer, relay: RelayControl) -> Answer:
    """Have peers answered as ever, but reached through the relay alone.

    Parameters
    ----------
    answer : `Peer.answer`.
    """

    async def answered(offer: str, *arguments: Any, **options: Any) -> tuple[Any, str]:
        peer, sdp = await answer(without_candidates(offer), *arguments, **options)
        host, port = address_of(sdp)
        # A few hundred µs on the event loop, once for each session.
        return peer, leading_to(sdp, host, relay.open(host, port))

    return answered


def install(relay: RelayControl) -> None:
    """Lead every peer that this process answers through the relay from now on."""
    from rtseg.transport.peer import Peer

    # Patched, so that the product needs no door for it; this process is the benchmark's own.
    Peer.answer = staticmethod(detoured(Peer.answer, relay))  # type: ignore[method-assign, assignment]
