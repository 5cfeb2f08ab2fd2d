"""Sums of many numbers."""

from __future__ import annotations

from rtseg.bench.spread import spread


def test_percentiles() -> None:
    assert spread(range(101)) == {
        "n": 101,
        "mean": 50.0,
        "p50": 50.0,
        "p95": 95.0,
        "p99": 99.0,
        "max": 100.0,
    }
    assert spread([None, None]) == {
        "n": 0,
        "mean": None,
        "p50": None,
        "p95": None,
        "p99": None,
        "max": None,
    }
    assert spread([None, 1.0])["n"] == 1
