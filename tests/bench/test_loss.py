"""The benchmark of lost packets, on a clip of its own."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.bench import loss
from rtseg.bench.masks import Sequence


def test_what_is_acknowledged_keeps_up_and_costs_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "LOSSES", (0.0, 0.1))
    ragged = np.random.default_rng(1).random((60, 1)) * 9 < np.arange(80)[None]
    clip = Sequence("still", [np.roll(ragged, n // 20, axis=0) for n in range(60)], None)
    report = loss.measure([clip], long_frames=3000)
    rows = {(row["loss"], row["way"]): row for row in report["rows"]}
    assert all(rows[0.0, way]["behind"] == 0 for way in loss.WAYS)
    ours, plain = rows[0.1, "ours"], rows[0.1, "ours, nothing sent twice"]
    whole, chained = rows[0.1, "whole"], rows[0.1, "each upon the one before"]
    assert ours["behind"] < 0.003
    # Two in a row: a tenth of a tenth.
    assert plain["behind"] == whole["behind"] == pytest.approx(0.01, abs=0.006)
    assert chained["behind"] > 0.1
    assert plain["bytes"] < 0.8 * whole["bytes"]
    # Repeats are paid for, and none is where none is needed.
    assert 1.6 < ours["bytes"] / plain["bytes"] < 2
    assert rows[0.0, "ours"]["bytes"] == rows[0.0, "ours, nothing sent twice"]["bytes"]
    text = loss.render(report)
    assert "10% lost" in text
    assert "each upon the one before" in text
