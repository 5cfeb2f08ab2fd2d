"""How many of a stream's packets are lost, as its reader's acknowledgements tell."""

from __future__ import annotations

REPEAT_AFTER_S = 0.01
"""Where many packets are lost, each is sent again so much later: not in the same datagram, nor into
the same gap, and before the next frame."""

_MEMORY_PACKETS = 64
"""Packets after which what was counted weighs 1/e: about two seconds."""

_MANY = 0.1
_FEW = 0.06
"""Shares lost, there and back, above which a network is lossy, and below which it is not any more.

With nothing sent twice an outline is more than a frame behind for 0.1 % of the time where 3 % are
lost each way, 6 % there and back: repeats would be wasted. It is 0.3 % at 5 % each way and 1.1 % at
10 % (`rtseg bench wire`).
"""


class Losses:
    """Counts answers, and the packets that should have been answered by now, one each."""

    def __init__(self) -> None:
        # As if all had been well until now: one packet that is lost early says little.
        self._sent = self._answered = float(_MEMORY_PACKETS)
        self._has_answered = False
        self._are_many = False

    def sent(self, packets: int) -> None:
        """Take that packets were sent, so long ago that their answers are here, if any come."""
        keep = (1 - 1 / _MEMORY_PACKETS) ** packets
        self._sent = self._sent * keep + packets
        self._answered *= keep

    def answered(self) -> None:
        """Take that an answer came."""
        self._answered += 1
        self._has_answered = True

    @property
    def are_many(self) -> bool:
        """Whether the network is so lossy that packets are worth sending twice.

        A reader that never answers says nothing of the network.
        """
        lost = 1 - self._answered / self._sent
        self._are_many = self._has_answered and lost > (_FEW if self._are_many else _MANY)
        return self._are_many
