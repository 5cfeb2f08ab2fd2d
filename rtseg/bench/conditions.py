"""What the network between page and server shall be like: flags of ``rtseg bench live``. Pure."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

from rtseg.bench.network import Weather
from rtseg.errors import UsageError

FIRST_OUTAGE_S = 1.0
"""From the beginning of the measurement."""
CALM_S = 5.0
"""From the end of an outage to the begin of the next: long enough to recover, or to be given up."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """A network, as a user says it.

    Parameters
    ----------
    loss_percent : of the packets, each way.
    jitter_ms : at most, each way, on top.
    rtt_ms : there and back, before jitter.
    overtakes : whether jitter reorders.
    kbps : what goes through each way; None is any amount.
    outage_s : nothing goes through for so long, again and again; 0 for never.
    """

    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    rtt_ms: float = 0.0
    overtakes: bool = False
    kbps: float | None = None
    outage_s: float = 0.0

    @classmethod
    def of(cls, options: argparse.Namespace) -> Conditions | None:
        """Check the flags; None if none was given, and packets go as they do.

        Raises
        ------
        UsageError
            One of them cannot be; the message says what was expected.
        """
        for flag, most in (("loss", 90), ("jitter", 5000), ("rtt", 10_000), ("outage", 60)):
            value = getattr(options, flag)
            if value is not None and not 0 <= value <= most:
                raise UsageError(f"--{flag}: expected 0 to {most}, got {value:g}")
        if options.kbps is not None and not (options.kbps >= 10 and math.isfinite(options.kbps)):
            raise UsageError(f"--kbps: expected 10 or more, got {options.kbps:g}")
        if options.reorder and not options.jitter:
            raise UsageError("--reorder: expected --jitter too, which says by how much")
        given = (options.loss, options.jitter, options.rtt, options.kbps, options.outage)
        if all(value is None for value in given):
            return None
        return cls(
            options.loss or 0.0,
            options.jitter or 0.0,
            options.rtt or 0.0,
            options.reorder,
            options.kbps,
            options.outage or 0.0,
        )

    @property
    def weather(self) -> Weather:
        """What happens to packets, one way."""
        return Weather(
            delay_ms=self.rtt_ms / 2,
            jitter_ms=self.jitter_ms,
            loss=self.loss_percent / 100,
            overtakes=self.overtakes,
            kbps=self.kbps,
        )

    @property
    def period_s(self) -> float:
        """From one outage to the next."""
        return self.outage_s + CALM_S

    def outages_in(self, seconds: float) -> int:
        """Say how many outages there are in a measurement, each with its calm.

        Raises
        ------
        UsageError
            There is no room for a single one.
        """
        if not self.outage_s:
            return 0
        count = int((seconds - FIRST_OUTAGE_S) / self.period_s)
        if not count:
            raise UsageError(
                f"--seconds: expected at least {FIRST_OUTAGE_S + self.period_s:g} with an outage "
                f"of {self.outage_s:g} s, got {seconds:g}"
            )
        return count

    def __str__(self) -> str:
        order = "" if self.overtakes else ", in order"
        words = [
            f"{self.loss_percent:g} % lost" if self.loss_percent else "",
            f"RTT {self.rtt_ms:g} ms" if self.rtt_ms else "",
            f"jitter {self.jitter_ms:g} ms{order}" if self.jitter_ms else "",
            f"{self.kbps:g} kbit/s" if self.kbps else "",
            f"outages of {self.outage_s:g} s" if self.outage_s else "",
        ]
        return ", ".join(filter(None, words)) or "nothing lost or late"
