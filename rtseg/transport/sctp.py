"""aiortc's SCTP, under the data channels, set for a stream that must be fresh.

Stock aiortc takes its timer and window from RFC 4960: what is not acknowledged is waited for
for a second at least, three until the first answer, and at first no more than three packets are on
their way. Where outlines are larger than that, a network that was gone for a moment leaves the
window full of lost packets, and nothing new is sent until the timer expires: up to a second
after the network is back, and again if that moment falls into the next gap. Browsers are quicker
(dcSCTP: ten packets, 0.5 s until the first answer, a variance of at least 220 ms), and so are we.

RFC 9260, 15 leaves these to the implementation; congestion control stays what it is. The names
touched are private: where one is gone, data channels are as aiortc makes them, after one warning.

Tested with aiortc 1.16.0.
"""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)

INITIAL_RTO_S = 1.0
"""RFC 9260, 16. A first packet that is lost costs that much of connecting."""

MIN_VARIATION_S = 0.22
"""On top of the round trip: a receiver may keep an acknowledgement back for 200 ms (RFC 9260, 6.2),
and one that was given up too early is thrown away on arrival."""

INITIAL_WINDOW_PACKETS = 10
"""Dukkipati et al., An Argument for Increasing TCP's Initial Congestion Window (2010)."""

_has_warned = False


def retransmission_timeout_s(round_trip_s: float, variation_s: float) -> float:
    """Give how long an acknowledgement is waited for.

    Parameters
    ----------
    round_trip_s, variation_s : smoothed, as in RFC 9260, 6.3.1.
    """
    return round_trip_s + max(4 * variation_s, MIN_VARIATION_S)


def hasten(transport: object | None) -> None:
    """Set a connection's SCTP transport, before it has sent anything; None has no data channel."""
    if transport is None:
        return
    sctp: Any = transport  # its private names are unknown to the type checker
    try:
        update, max_payload = sctp._update_rto, _max_payload_bytes()
        _ = sctp._rto, sctp._srtt, sctp._rttvar, sctp._cwnd
    except (AttributeError, ImportError) as error:
        _warn(error)
        return

    def updated(round_trip_s: float) -> None:
        update(round_trip_s)
        sctp._rto = min(sctp._rto, retransmission_timeout_s(sctp._srtt, sctp._rttvar))

    sctp._update_rto = updated
    sctp._rto = INITIAL_RTO_S
    sctp._cwnd = max(sctp._cwnd, INITIAL_WINDOW_PACKETS * max_payload)


def _max_payload_bytes() -> int:
    from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH

    return int(USERDATA_MAX_LENGTH)


def _warn(error: Exception) -> None:
    global _has_warned
    if not _has_warned:
        _has_warned = True
        logger.warning(
            "this version of aiortc is not the one that rtseg was tested with, 1.16 (%s): outlines "
            "on a data channel may stand still for a second after the network was away",
            error,
        )
