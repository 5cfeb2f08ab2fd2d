"""What a sender is told after an outage, by aiortc's own estimator and by the steady one."""

from __future__ import annotations

import pytest
from aiortc.rate import RemoteBitrateEstimator

from rtseg.transport.receiving.bitrate import Estimator, SteadyEstimator

OUTAGE_MS = (6_000, 7_000)
QUEUE_MS = 300
"""After the outage a keyframe fills a queue, so that packets take longer and longer."""


def play(estimator: Estimator, seconds: float = 12) -> list[tuple[int, int]]:
    """Send 1.6 Mbit/s; give when (ms) which rate (kbit/s) was told."""
    told = []
    for frame in range(round(30 * seconds)):
        at_ms = frame * 1000 / 30
        if OUTAGE_MS[0] <= at_ms < OUTAGE_MS[1]:
            continue
        since_ms = at_ms - OUTAGE_MS[1]
        late_ms = 0.4 * since_ms if 0 <= since_ms < QUEUE_MS else 0.0
        for packet in range(6):
            sent_ms = at_ms + 0.3 * packet
            answer = estimator.add(
                int(sent_ms + 20 + late_ms), int(sent_ms / 1000 * (1 << 18)) & 0xFFFFFF, 1100, 1
            )
            if answer is not None:
                told.append((int(at_ms), answer[0] // 1000))
    return told


def after(told: list[tuple[int, int]], at_ms: int) -> list[int]:
    return [kbps for when_ms, kbps in told if when_ms >= at_ms]


def test_stock_aiortc_throttles_the_camera_after_an_outage() -> None:
    """When this fails, aiortc has learned it and that mend can go."""
    told = play(RemoteBitrateEstimator())
    assert min(after(told, OUTAGE_MS[1])) < 1_100  # of 2060 before it


def test_the_second_after_an_outage_is_not_measured() -> None:
    told = play(SteadyEstimator(RemoteBitrateEstimator, 300_000))
    assert after(told, 0)[0] > 1_000  # before the outage it speaks as aiortc does
    assert min(after(told, OUTAGE_MS[1]), default=9_999) > 1_200


def test_nothing_less_than_the_floor_is_told() -> None:
    class Low:
        def add(
            self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
        ) -> tuple[int, list[int]]:
            return 50_000, [ssrc]

    assert SteadyEstimator(Low, 300_000).add(0, 0, 1, 7) == (300_000, [7])


@pytest.mark.parametrize("pause_ms", [100, 290])
def test_a_short_pause_is_no_outage(pause_ms: int) -> None:
    made = []

    def make() -> Estimator:
        made.append(RemoteBitrateEstimator())
        return made[-1]

    steady = SteadyEstimator(make, 1)
    for n in range(10):
        steady.add(n * pause_ms, 0, 100, 1)
    assert len(made) == 1
