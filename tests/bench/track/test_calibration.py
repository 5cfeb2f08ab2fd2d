"""Confidence against J, and the ends of outlines, on samples made by hand."""

from __future__ import annotations

import pytest

from rtseg.bench.track.calibration import calibrate
from rtseg.bench.track.rounds import Sample


def shown(confidence: float, j: float, state: str = "followed") -> Sample:
    return Sample(state, confidence, j, is_visible=True, is_shown=True)


LOST_THOUGH_THERE = Sample("lost", 0.0, 0.0, is_visible=True, is_shown=False)
GONE = Sample("lost", 0.0, 1.0, is_visible=False, is_shown=False)
STAYS = Sample("uncertain", 0.4, 0.0, is_visible=False, is_shown=True)


def test_reliability_by_tenths() -> None:
    found = calibrate([[shown(0.95, 0.9), shown(1.0, 0.8)], [shown(0.3, 0.5), LOST_THOUGH_THERE]])
    assert found is not None
    assert [(row["from"], row["frames"]) for row in found["reliability"]] == [(0.3, 1), (0.9, 2)]
    last = found["reliability"][-1]
    assert (last["confidence"], last["J"]) == pytest.approx((0.975, 0.85))
    # Only where there is an outline: that nothing is shown is no estimate of J.
    assert found["mean_error"] == pytest.approx((0.05 + 0.2 + 0.2) / 3)
    assert found["mean_bias"] == pytest.approx((0.05 + 0.2 - 0.2) / 3)
    assert found["correlation"] == pytest.approx(0.155 / (0.305 * 0.0866667) ** 0.5)


def test_states_and_ends() -> None:
    track = [shown(0.9, 0.8), LOST_THOUGH_THERE, STAYS, STAYS, GONE, STAYS, STAYS]
    found = calibrate([track, [STAYS, *track[:1]]])
    assert found is not None
    assert found["frames"] == 9
    assert found["states"]["uncertain"] == {"share": 5 / 9, "J": 0.0}
    assert found["states"]["lost"] == {"share": 2 / 9, "J": 0.5}
    assert found["false_ends"] == {"frames": 1, "of": 3}
    # The second track begins anew: three in a row would be of two objects.
    assert found["late_ends"] == {"frames": 5, "of": 6, "longest": 2}


def test_without_tracks_there_is_nothing_to_tell() -> None:
    assert calibrate([]) is None
    found = calibrate([[GONE]])
    assert found is not None
    assert (found["reliability"], found["mean_error"], found["correlation"]) == ([], None, None)
