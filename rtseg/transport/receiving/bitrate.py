"""What the sender is told that it may send: REMB, without the memory of an outage.

aiortc's estimate (`RemoteBitrateEstimator`) is 85 % of what came in the last second when it finds
that packets take longer and longer, and grows by 8 % a second from there. After an outage that
second is nearly empty, and what was held up comes in a burst: a camera of 1.6 Mbit/s is told 1.0
after a second without a network, just when a keyframe has to come through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

SILENCE_MS = 300
"""Without a packet for this long, what was measured before says nothing about what comes."""


class Estimator(Protocol):
    """aiortc's `RemoteBitrateEstimator`."""

    def add(
        self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """Take a packet; give (bits a second, SSRCs) when it is time to tell the sender."""


class SteadyEstimator:
    """An estimator that begins anew after a silence, and never tells less than a floor.

    Parameters
    ----------
    make : makes aiortc's.
    least_bps : floor, bits a second.
    """

    def __init__(self, make: Callable[[], Estimator], least_bps: int) -> None:
        self._make = make
        self._least_bps = least_bps
        self._inner = make()
        self._last_ms: int | None = None

    def add(
        self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """Take a packet; give what to tell the sender, if anything.

        Parameters
        ----------
        arrival_time_ms : by any clock that goes on.
        abs_send_time : of the header extension of that name, 24 bits, 2^18 a second.
        payload_size : bytes.
        ssrc : the packet's.

        Returns
        -------
        Bits a second, and the SSRCs that they are for; None while there is nothing to tell.
        """
        if self._last_ms is not None and arrival_time_ms - self._last_ms > SILENCE_MS:
            self._inner = self._make()
        self._last_ms = arrival_time_ms
        told = self._inner.add(arrival_time_ms, abs_send_time, payload_size, ssrc)
        return None if told is None else (max(told[0], self._least_bps), told[1])
