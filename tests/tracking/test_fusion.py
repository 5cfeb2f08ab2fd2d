"""The network that weighs cues: what it is given, and what it must never get wrong."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from rtseg.tracking.cues import Cues
from rtseg.tracking.fusion import LEARNED, PLAIN, fuse, prepared

SHARES = {"near", "wide", "far", "led", "rigid"}
ODDS = {"votes", "colours", "plate"}


def cues(share: float, odds: float, unlike: float = 0.2, shape: tuple[int, int] = (3, 4)) -> Cues:
    """All cues of one mind."""

    def plane(name: str) -> float:
        return share if name in SHARES else odds if name in ODDS else unlike

    return Cues(**{cue.name: np.full(shape, plane(cue.name), np.float32) for cue in fields(Cues)})


def test_every_cue_has_its_weights() -> None:
    count = len(prepared(cues(0.5, 0)))
    assert count == len(fields(Cues)) + 1
    for weights in (PLAIN, LEARNED):
        units = len(weights.second)
        assert weights.first.shape == (units, count)
        assert weights.first_bias.shape == (units,)
        assert weights.direct.shape == (count,)


def test_plain_is_the_sum_of_log_odds() -> None:
    asked = replace(cues(0.5, 0), votes=np.full((3, 4), 1.5, np.float32))
    asked = replace(asked, plate=np.full((3, 4), -0.5, np.float32))
    np.testing.assert_allclose(fuse(asked, PLAIN), 1 / (1 + np.exp(-1.0)), rtol=1e-5)


def test_a_pixel_is_weighed_alike_wherever_it_is() -> None:
    rng = np.random.default_rng(3)
    large = Cues(*(rng.random((90, 60), dtype=np.float32) for _ in fields(Cues)))
    parts = [
        fuse(Cues(*(getattr(large, cue.name)[start : start + 10] for cue in fields(Cues))))
        for start in range(0, 90, 10)
    ]
    np.testing.assert_allclose(fuse(large), np.concatenate(parts), atol=1e-5)


def test_where_all_agree_nothing_else_is_believed() -> None:
    assert fuse(cues(1, 4)).min() > 0.95
    assert fuse(cues(0, -4)).max() < 0.05


@pytest.mark.parametrize("name", ["votes", "plate"])
def test_one_witness_counts_where_the_others_are_undecided(name: str) -> None:
    undecided = cues(0.5, 0)
    speaks = {sign: np.full((3, 4), sign * 3, np.float32) for sign in (-1, 1)}
    against, in_favour = (fuse(replace(undecided, **{name: speaks[sign]})) for sign in (-1, 1))
    assert (in_favour - against).min() > 0.3


def test_limits_keep_one_cue_from_deciding_all() -> None:
    inputs = prepared(cues(1, 40))
    assert np.isfinite(inputs).all()
    assert inputs.max() == 40  # the plate, which has its own limit
    assert inputs[:6].max() == pytest.approx(np.log(0.997 / 0.003), rel=1e-3)
    assert fuse(replace(cues(1, 4), votes=np.full((3, 4), 400, np.float32))).max() < 1


def test_news_at_a_place_counts_half_where_colours_speak_against_the_object() -> None:
    plate = np.full((3, 4), 2, np.float32)
    for votes, counted in ((-1, 1), (1, 2)):
        asked = replace(cues(0.5, 0), plate=plate, votes=np.full((3, 4), votes, np.float32))
        odds = np.log(fuse(asked, PLAIN) / (1 - fuse(asked, PLAIN)))
        np.testing.assert_allclose(odds, votes + counted, rtol=1e-4)


def test_each_pixel_is_weighed_by_itself() -> None:
    mixed = cues(0.9, 2)
    for cue in fields(Cues):
        getattr(mixed, cue.name)[1, 2] = getattr(cues(0.1, -2), cue.name)[1, 2]
    result = fuse(mixed)
    assert result[1, 2] == pytest.approx(fuse(cues(0.1, -2))[1, 2], rel=1e-4)
    assert result[0, 0] == pytest.approx(fuse(cues(0.9, 2))[0, 0], rel=1e-4)
