"""How outlines fared on a bad network, and how soon they were back after it was gone. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rtseg.bench.figures import CaptureTimes, Window
from rtseg.bench.records import Packet, Page
from rtseg.bench.relay.control import Told
from rtseg.bench.spread import spread
from rtseg.bench.witness import Sightings

STEP_WORDS = {
    "decoded": "the server decodes a frame",
    "outline": "an outline of another frame comes to the page",
    "right": "an outline of a frame that was captured since is drawn",
    "rate": "outlines come as fast as before",
}
"""What happens after an outage; each is timed from the network's return."""

_SAME_RATE = 0.9
_RATE_MS = 1000.0
_BEFORE_MS = 2000.0


def behind_share(page: Page, window: Window, fps: float) -> float | None:
    """Give the share of time in which the newest outline at a page is more than a frame behind.

    Without loss, a page holds outlines that are as old as they are on arrival, half of the time
    younger, up to one frame older when the next one is due. More than a frame behind is what is
    older than that by another frame. Age on arrival is the median of this very run: what a network
    always adds is not counted.
    """
    times = CaptureTimes(page, fps)
    found = [(p.arrived_ms, at) for p in page.packets if p.is_visible and (at := times.of(p))]
    ages = [arrived - at for arrived, at in found if window.has(arrived)]
    if not ages:
        return None
    limit_ms = float(np.median(ages)) + 2 * 1000 / fps
    late_ms, until_ms, newest_ms = 0.0, window.start_ms, float("-inf")
    for arrived, at in [*sorted(found), (window.end_ms, float("inf"))]:
        now_ms = min(max(arrived, window.start_ms), window.end_ms)
        if newest_ms > float("-inf"):
            late_ms += max(0.0, now_ms - max(until_ms, newest_ms + limit_ms))
        until_ms, newest_ms = now_ms, max(newest_ms, at)
    return round(late_ms / (window.end_ms - window.start_ms), 4)


def recoveries(
    page: Page, sightings: Sightings, outages: Sequence[tuple[float, float]], fps: float
) -> dict[str, Any]:
    """Measure how soon each of `STEP_WORDS` came after each outage.

    Parameters
    ----------
    page : the only one that there is.
    outages : begin and end, Unix milliseconds, in their order.
    fps : of the camera.

    Returns
    -------
    JSON-ready: for each step the `spread` of its milliseconds, and how often it `never` came before
    the next outage.
    """
    times = CaptureTimes(page, fps)
    ends = [start for start, _ in outages[1:]] + [float("inf")]
    found = [
        _recovery(page.packets, times, sightings, outage, end)
        for outage, end in zip(outages, ends, strict=True)
    ]
    return {
        step: spread(each[step] for each in found)
        | {"never": sum(each[step] is None for each in found)}
        for step in STEP_WORDS
    }


def _recovery(
    packets: Sequence[Packet],
    times: CaptureTimes,
    sightings: Sightings,
    outage: tuple[float, float],
    until_ms: float,
) -> dict[str, float | None]:
    start, back = outage
    known = {p.frame_id for p in packets if p.arrived_ms <= back}
    after = [p for p in packets if back < p.arrived_ms < until_ms and p.is_visible]
    came = np.array([packet.arrived_ms for packet in after])
    before = sum(p.is_visible and start - _BEFORE_MS <= p.arrived_ms < start for p in packets)
    wanted = _SAME_RATE * before * _RATE_MS / _BEFORE_MS
    moments = {
        "decoded": [at / 1000 for at in sightings.decoded_us.values() if at / 1000 > back],
        "outline": [p.arrived_ms for p in after if p.frame_id not in known],
        "right": [
            packet.painted_ms
            for packet in after
            if packet.painted_ms is not None and (times.of(packet) or 0.0) >= back
        ],
        "rate": [at for at in came if np.sum((came >= at) & (came < at + _RATE_MS)) >= wanted],
    }
    first = {step: min(moments[step], default=None) for step in STEP_WORDS}
    return {
        step: None if at is None or at >= until_ms else float(at) - back
        for step, at in first.items()
    }


def network_figures(
    pages: Sequence[Page], sightings: Sightings, told: tuple[Told, Told], window: Window, fps: float
) -> dict[str, Any]:
    """Sum up what the network did and what it did to the outlines; JSON-ready.

    Parameters
    ----------
    told : by the relay, at the begin and at the end of the measurement.
    """
    before, after = told
    ways = {
        name: {
            key: getattr(there, key) - getattr(getattr(before, name), key)
            for key in ("sent", "lost", "cut", "crowded_out")
        }
        for name, there in (("there", after.there), ("back", after.back))
    }
    behind = [share for page in pages if (share := behind_share(page, window, fps)) is not None]
    figures = {
        "packets": ways,
        "beside_the_relay": _beside(pages, ways),
        "rtt_ms": _round_trip(pages),
        "more_than_a_frame_behind": round(sum(behind) / len(behind), 4) if behind else None,
        "longest_still_ms": max((_longest_still(p, window) for p in pages), default=None),
    }
    outages = [o for o in after.outages if window.has(o[0])]
    if outages and len(pages) == 1:
        figures["outages"] = len(outages)
        figures["recovery_ms"] = recoveries(pages[0], sightings, outages, fps)
    return figures


def _beside(pages: Sequence[Page], ways: Mapping[str, Mapping[str, int]]) -> dict[str, int | None]:
    """Give how many packets the pages sent that the relay has not seen: about none."""
    names = ("packetsSent", "requestsSent", "responsesSent")
    counted = [page.counted("candidate-pair", name) for page in pages for name in names]
    known = [count for count in counted if count is not None]
    sent = round(sum(known)) if len(known) == len(counted) else None
    return {"sent": sent, "not_seen": None if sent is None else sent - ways["there"]["sent"]}


def _round_trip(pages: Sequence[Page]) -> float | None:
    """Give the mean round trip of the browsers' ICE checks, milliseconds."""
    total = count = 0.0
    for page in pages:
        total += page.counted("candidate-pair", "totalRoundTripTime") or 0.0
        count += page.counted("candidate-pair", "responsesReceived") or 0.0
    return round(1000 * total / count, 1) if count else None


def _longest_still(page: Page, window: Window) -> float:
    """Give the longest time without a new outline, milliseconds."""
    came = sorted(p.arrived_ms for p in page.packets if p.is_visible and window.has(p.arrived_ms))
    moments = np.array([window.start_ms, *came, window.end_ms])
    return round(float(np.diff(moments).max()), 1)
