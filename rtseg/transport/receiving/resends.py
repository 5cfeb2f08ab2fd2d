"""Which packets are missing, when each is asked for again, and when to stop waiting for it.

Stock aiortc (`NackGenerator`) asks for everything that is missing whenever something new is
missing, and only then: a request or an answer that is lost is not repeated until another packet is
lost, and then up to 128 packets are asked for that may be on their way already.

Here each packet has its own clock. It is asked for when it is missed (or, on a network that puts
packets out of order, when it is later than those were), again each time an answer should have been
there, and not at all after `wait_ns`. How long an answer takes is measured on the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MS = 1_000_000

FIRST_GUESS_NS = 60 * MS
"""For an answer, before one was seen: a continent's distance. Too short asks twice for a packet."""

_LEAST_RETRY_NS = 20 * MS
"""Chromium takes 5 to 10 ms to answer on loopback, and ignores what it answered just before."""

_TRIES = 3
"""Of a network that loses one packet in twenty, one in a thousand is still missing then."""

_LEAST_WAIT_NS = 80 * MS
_MOST_HOLD_NS = 25 * MS
"""Packets that are later than this are asked for, out of order or not."""

_MOST_ASKED = 96
"""Sequence numbers in one request: more cannot come back in time, and a request fits a packet."""


@dataclass(slots=True)
class _Missing:
    missed_ns: int
    asked_ns: int = 0
    asks: int = 0


class Resends:
    """Missing packets by their extended sequence numbers; time is an argument.

    Parameters
    ----------
    most_wait_ns : no packet is waited for longer. Where answers come quickly it is less: `_TRIES`
        of them.
    """

    def __init__(self, most_wait_ns: int) -> None:
        self._most_wait_ns = most_wait_ns
        self._missing: dict[int, _Missing] = {}  # in the order of their numbers
        self._answer_ns = float(FIRST_GUESS_NS)
        self._spread_ns = FIRST_GUESS_NS / 2
        self._is_measured = False
        self._hold_ns = 0.0
        self._has_own_stream = False

    def __len__(self) -> int:
        return len(self._missing)

    @property
    def answer_ns(self) -> int:
        """From a request to the packet, as far as is known."""
        return int(self._answer_ns)

    @property
    def wait_ns(self) -> int:
        """From missing a packet to giving it up."""
        tries = int(self._hold_ns) + _TRIES * self._retry_ns
        return min(max(tries, _LEAST_WAIT_NS), self._most_wait_ns)

    def missed(self, first: int, end: int, now_ns: int) -> None:
        """Note that the packets from `first` to before `end` did not come before a later one."""
        for number in range(first, end):
            self._missing[number] = _Missing(now_ns)

    def came(self, number: int, now_ns: int, *, is_resent: bool) -> None:
        """Note a packet that was missing, and learn from when it came.

        Parameters
        ----------
        is_resent : it came as a resent packet on a stream for these alone (RFC 4588).
        """
        self._has_own_stream = self._has_own_stream or is_resent
        known = self._missing.pop(number, None)
        if known is None:
            return
        if is_resent or (known.asks and not self._has_own_stream):
            if known.asks == 1:  # of several requests nobody knows which was answered
                self._learn(now_ns - known.asked_ns)
        else:
            self._hold_ns = max(self._hold_ns, min(now_ns - known.missed_ns, _MOST_HOLD_NS))

    def forget_before(self, number: int) -> None:
        """Wait for none of these any more."""
        for one in [known for known in self._missing if known < number]:
            del self._missing[one]

    def overdue(self, now_ns: int) -> int | None:
        """Give the highest number that was waited for long enough."""
        late = [n for n, one in self._missing.items() if now_ns - one.missed_ns >= self.wait_ns]
        return late[-1] if late else None

    def ask(self, now_ns: int) -> tuple[int, ...]:
        """Give what to ask for now, and take it as asked."""
        asked = []
        for number, one in self._missing.items():
            if self._ask_ns(one) <= now_ns:
                one.asked_ns, one.asks = now_ns, one.asks + 1
                asked.append(number)
                if len(asked) == _MOST_ASKED:
                    break
        if asked:
            self._hold_ns *= 0.99  # a network that was out of order may be so no more
        return tuple(asked)

    def wake_ns(self) -> int | None:
        """Give when there is something to ask for or to give up."""
        return min(self._times(), default=None)

    @property
    def _retry_ns(self) -> int:
        return max(_LEAST_RETRY_NS, int(self._answer_ns + 2 * self._spread_ns))

    def _ask_ns(self, one: _Missing) -> int:
        if not one.asks:
            return one.missed_ns + int(self._hold_ns)
        return one.asked_ns + self._retry_ns

    def _times(self) -> Iterator[int]:
        for one in self._missing.values():
            yield min(self._ask_ns(one), one.missed_ns + self.wait_ns)

    def _learn(self, answer_ns: int) -> None:
        """As TCP does it (RFC 6298)."""
        if not self._is_measured:
            self._is_measured = True
            self._answer_ns, self._spread_ns = float(answer_ns), answer_ns / 2
            return
        self._spread_ns += (abs(answer_ns - self._answer_ns) - self._spread_ns) / 4
        self._answer_ns += (answer_ns - self._answer_ns) / 8
