"""A network that loses, delays, reorders and doubles, by the dice and without a clock."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Weather:
    """What a network does to packets; may change while they are sent.

    Parameters
    ----------
    delay_ms : of every packet, one way.
    jitter_ms : what comes on top, at most, so that packets overtake each other.
    loss : share of packets that are lost, each by itself.
    twice : share of packets that come twice, each time with its own delay.
    """

    delay_ms: float = 40.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    twice: float = 0.0


class Way(Generic[T]):
    """One direction of a network.

    Parameters
    ----------
    weather : what happens on it.
    seed : of its dice.
    """

    def __init__(self, weather: Weather, seed: int) -> None:
        self._weather = weather
        self._dice = random.Random(seed)
        self._flying: list[tuple[float, int, T]] = []
        self._count = 0

    def send(self, now_ms: float, item: T) -> None:
        """Put one on its way."""
        copies = 1 + (self._dice.random() < self._weather.twice)
        for _ in range(copies):
            if self._dice.random() >= self._weather.loss:
                at_ms = now_ms + self._weather.delay_ms
                at_ms += self._dice.random() * self._weather.jitter_ms
                # The count keeps the order of those that come at the same time.
                heapq.heappush(self._flying, (at_ms, self._count, item))
                self._count += 1

    def arrived(self, now_ms: float) -> list[tuple[float, T]]:
        """Take what came up to a time, in its order, each with the time at which it came."""
        out = []
        while self._flying and self._flying[0][0] <= now_ms:
            at_ms, _, item = heapq.heappop(self._flying)
            out.append((at_ms, item))
        return out
