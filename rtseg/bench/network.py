"""A network that loses, delays, reorders and doubles, by the dice and without a clock."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

QUEUE_MS = 200.0
"""What waits for a narrow way, at most, in the time that it takes to go through: a home router's
buffer. What finds it full is lost."""


@dataclass(slots=True)
class Weather:
    """What a network does to packets; may change while they are sent.

    Parameters
    ----------
    delay_ms : of every packet, one way.
    jitter_ms : what comes on top, at most.
    loss : share of packets that are lost, each by itself.
    twice : share of packets that come twice, each time with its own delay.
    overtakes : whether jitter lets packets overtake each other; else one that is delayed delays
        those behind it, as a queue does.
    kbps : how much goes through, 1000 bits a second; None is any amount. `QUEUE_MS` of it wait.
    is_down : nothing goes through.
    """

    delay_ms: float = 40.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    twice: float = 0.0
    overtakes: bool = True
    kbps: float | None = None
    is_down: bool = False


@dataclass(slots=True)
class Counts:
    """What became of packets.

    Parameters
    ----------
    sent : all that were put on their way.
    lost : by the dice.
    cut : while the network was down.
    crowded_out : the way was too narrow for them.
    """

    sent: int = 0
    lost: int = 0
    cut: int = 0
    crowded_out: int = 0


class Way(Generic[T]):
    """One direction of a network.

    Parameters
    ----------
    weather : what happens on it.
    seed : of its dice.
    """

    def __init__(self, weather: Weather, seed: int) -> None:
        self.weather = weather
        self.counts = Counts()
        self._dice = random.Random(seed)
        self._flying: list[tuple[float, int, T]] = []
        self._count = 0
        self._free_ms = 0.0
        self._latest_ms = 0.0

    @property
    def next_ms(self) -> float | None:
        """When the next packet comes up; None if none is on its way."""
        return self._flying[0][0] if self._flying else None

    def send(self, now_ms: float, item: T, size_bytes: int = 0) -> None:
        """Put one on its way."""
        weather = self.weather
        copies = 1 + (self._dice.random() < weather.twice)
        for _ in range(copies):
            self.counts.sent += 1
            if weather.is_down:
                self.counts.cut += 1
            elif self._dice.random() < weather.loss:
                self.counts.lost += 1
            elif (through_ms := self._squeeze(now_ms, size_bytes)) is None:
                self.counts.crowded_out += 1
            else:
                at_ms = through_ms + weather.delay_ms + self._dice.random() * weather.jitter_ms
                if not weather.overtakes:
                    at_ms = self._latest_ms = max(at_ms, self._latest_ms)
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

    def _squeeze(self, now_ms: float, size_bytes: int) -> float | None:
        """Say when a packet is through the narrow place; None if too many wait for it."""
        if self.weather.kbps is None:
            return now_ms
        start_ms = max(now_ms, self._free_ms)
        if start_ms - now_ms > QUEUE_MS:
            return None
        self._free_ms = start_ms + 8 * size_bytes / self.weather.kbps
        return self._free_ms
