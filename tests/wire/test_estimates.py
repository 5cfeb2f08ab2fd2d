"""What outlines are said to take, against what they take, and what is chosen by it."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from rtseg.geometry import simplify, trace
from rtseg.types import BoolMask
from rtseg.wire import Encoder, outlining
from rtseg.wire.coded import unit_of, write_polygons, write_walks
from rtseg.wire.estimates import measured_walk_bits, polygon_bits, walk_bits
from rtseg.wire.outlining import Outliner
from rtseg.wire.walks import walk

SIZE = 360, 480


def blobs(seed: int, sigma: float = 12.0, *, drift: float = 0.0) -> BoolMask:
    fields = np.random.default_rng(seed).random((2, *SIZE))
    field = cv2.GaussianBlur(fields[0] + drift * fields[1], (0, 0), sigma)
    return np.asarray(field > np.percentile(field, 70))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sigma", [6.0, 12.0, 24.0])
def test_estimates_are_near(seed: int, sigma: float) -> None:
    mask = blobs(seed, sigma)
    exact = trace(mask)
    moves = walk(exact)
    assert moves is not None
    # Smooth walks take less, as their coder learns.
    assert 0.75 < walk_bits(exact) / measured_walk_bits(exact, SIZE) < 1.5
    assert measured_walk_bits(exact, SIZE) == 8 * len(write_walks(moves, SIZE))
    for min_iou in (0.95, 0.98):
        path = simplify(exact, mask, min_iou).path
        unit = unit_of(path, SIZE)
        bits = 8 * len(write_polygons(path.rings, unit, SIZE))
        assert polygon_bits(path, unit) == pytest.approx(bits, rel=0.2)


def test_where_the_exact_walk_is_shorter_it_is_sent() -> None:
    masks = [blobs(1, drift=0.02 * frame) for frame in range(5)]
    close, exact = Encoder(0.998), Encoder(1)
    for frame, mask in enumerate(masks):
        ours = len(close.encode(3000 * frame, {1: mask}))
        assert ours <= len(exact.encode(3000 * frame, {1: mask}))
        assert close.outline({1: mask})[1] == trace(mask)
    loose = Outliner(0.9)
    for mask in masks:
        assert len(np.concatenate(loose.outline({1: mask})[1].rings)) < 200


def test_an_outline_and_a_walk_do_not_take_turns() -> None:
    """Near where both take the same, whichever came first stays."""
    changes = []
    for min_iou in (0.98, 0.985, 0.99, 0.993, 0.996):
        outliner = Outliner(min_iou)
        was_exact = [
            outliner.outline({1: mask})[1] == trace(mask)
            for mask in (blobs(2, drift=0.03 * frame) for frame in range(8))
        ]
        changes.append(sum(a != b for a, b in pairwise(was_exact)))
    assert max(changes) <= 1


def test_a_walk_that_stays_is_not_simplified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    outliner = Outliner(0.999)
    assert outliner.outline({1: blobs(1)})[1] == trace(blobs(1))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("simplified again")

    monkeypatch.setattr(outlining, "simplify", refuse)
    later = blobs(1, drift=0.05)
    assert outliner.outline({1: later})[1] == trace(later)
    monkeypatch.undo()
    # One that became twice as long is.
    finer = blobs(3, 4.0)
    assert walk_bits(trace(finer)) > 2 * walk_bits(trace(later))
    monkeypatch.setattr(outlining, "simplify", refuse)
    with pytest.raises(AssertionError, match="again"):
        outliner.outline({1: finer})
