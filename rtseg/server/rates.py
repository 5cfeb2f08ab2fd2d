"""How often a caller may ask, and how much at once: pure, with time as an argument."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from rtseg.errors import PeerError

BURST_S = 10.0
"""A caller that has rested may ask this many seconds' worth of its rate at once."""

MAX_CALLERS = 10_000
"""Remembered at a time, about 2 MB. Of more, those seen longest ago begin anew."""

RETRY_AT_ONCE_S = 1.0
"""Told to a caller with too much in work: nobody knows how long that takes, and it is short."""


@dataclass(slots=True)
class _Account:
    tokens: float
    at_ns: int
    running: int = 0


class Limiter:
    """A token bucket and a count of running requests for each caller.

    Parameters
    ----------
    per_minute : requests a minute and caller; 0 is any number.
    at_once : requests in work at once for a caller; 0 is any number.
    max_callers : remembered at a time.
    """

    def __init__(self, *, per_minute: float, at_once: int, max_callers: int = MAX_CALLERS) -> None:
        self._per_s = per_minute / 60
        self._per_minute = per_minute
        self._at_once = at_once
        self._most_tokens = max(1.0, self._per_s * BURST_S)
        self._max_callers = max_callers
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def __len__(self) -> int:
        """Return how many callers are remembered."""
        return len(self._accounts)

    def begin(self, caller: str, now_ns: int) -> None:
        """Take a request into work; each that was taken wants its `end`.

        A request that is refused costs its caller nothing.

        Parameters
        ----------
        caller : who it is.
        now_ns : monotonic time.

        Raises
        ------
        PeerError
            429, `too_many_at_once` or `too_many_requests`, with the time to wait.
        """
        account = self._account(caller, now_ns)
        if self._at_once and account.running >= self._at_once:
            raise PeerError(
                f"expected at most {self._at_once} requests at once, and {account.running} of "
                "yours are in work; wait for one to be answered (api.concurrent_requests)",
                code="too_many_at_once",
                status=429,
                retry_after_s=RETRY_AT_ONCE_S,
            )
        if self._per_minute:
            if account.tokens < 1:
                wait_s = (1 - account.tokens) / self._per_s
                raise PeerError(
                    f"expected at most {self._per_minute:g} requests a minute, and yours have come "
                    f"faster; try again in {wait_s:.1f} s (api.requests_per_minute)",
                    code="too_many_requests",
                    status=429,
                    retry_after_s=wait_s,
                )
            account.tokens -= 1
        account.running += 1

    def end(self, caller: str) -> None:
        """Take note that a request of a caller is answered, or given up."""
        account = self._accounts[caller]
        assert account.running > 0, f"a request of {caller} ended twice"
        account.running -= 1

    def _account(self, caller: str, now_ns: int) -> _Account:
        account = self._accounts.get(caller)
        if account is None:
            self._forget_some()
            account = self._accounts[caller] = _Account(self._most_tokens, now_ns)
            return account
        self._accounts.move_to_end(caller)
        earned = (now_ns - account.at_ns) / 1e9 * self._per_s
        account.tokens = min(self._most_tokens, account.tokens + earned)
        account.at_ns = now_ns
        return account

    def _forget_some(self) -> None:
        """Make room for one more; callers with something in work are kept, whatever their number.

        Their number is bounded by what the server takes into work.
        """
        for caller in list(self._accounts)[: len(self._accounts) - self._max_callers + 1]:
            if self._accounts[caller].running == 0:
                del self._accounts[caller]
            else:
                self._accounts.move_to_end(caller)
