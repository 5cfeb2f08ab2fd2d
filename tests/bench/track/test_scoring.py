"""Measures of masks, on masks for which they are known."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.bench.track.scoring import MEASURES, lag_frames, score
from rtseg.bench.track.still import outline_length_px, watch_still
from rtseg.geometry import Flow
from tests.bench.track.scenes import SIZE, discs, drawn

XS = (40, 43, 46, 49, 52, 55)


def flows(x_px: float) -> list[Flow]:
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[..., 0] = x_px
    return [flow] * (len(XS) - 1)


def test_the_truth_is_perfect() -> None:
    truth = discs(*XS)
    found = score(truth, truth, flows(3))
    assert found.keys() == set(MEASURES)
    assert (found["J"], found["F"], found["JF"]) == (1, 1, 1)
    assert (found["restless"], found["lag_frames"]) == (0, 0)
    assert found["jitter_px"] == pytest.approx(0, abs=1e-6)
    # The same disc, three pixels on, has the same shape.
    assert found["T"] == pytest.approx(0, abs=1e-6)


def test_an_outline_that_goes_another_way_than_the_picture_jitters() -> None:
    truth = discs(*XS)
    still = score(truth, truth, flows(0))["jitter_px"]
    # Three pixels to the side: two on the mean of all directions.
    assert still == pytest.approx(3 * 2 / np.pi, abs=0.4)


def test_a_mask_that_changes_shape_is_unstable() -> None:
    truth = discs(*XS)
    ragged = [mask.copy() for mask in truth]
    for mask in ragged[::2]:
        mask[45:, :] = False
    assert score(ragged, truth, flows(3))["T"] > 0.3
    assert score(ragged, truth, flows(3))["restless"] > 0.2


def test_who_sleeps_is_less_than_restless() -> None:
    truth = discs(*XS)
    assert score([truth[0]] * len(truth), truth, flows(3))["restless"] < -0.05


@pytest.mark.parametrize("behind", [0, 1, 2, -1])
def test_lag_is_in_frames_along_the_motion(behind: int) -> None:
    truth = discs(*XS)
    shown = discs(*(x - 3 * behind for x in XS))
    assert lag_frames(shown, truth) == pytest.approx(behind, abs=0.05)
    assert lag_frames(shown[::-1], truth[::-1]) == pytest.approx(-behind, abs=0.05)


def test_lag_is_not_fooled() -> None:
    truth = discs(*XS)
    other = discs(130)[0]
    shown = [*truth[:3], other, *truth[4:]]
    assert lag_frames(shown, truth) == pytest.approx(0, abs=0.05)
    assert lag_frames(truth, [truth[0]] * len(truth)) is None
    nothing = np.zeros(SIZE, np.bool_)
    assert lag_frames([nothing] * len(truth), truth) is None


def test_nothing_to_measure_is_none() -> None:
    nothing = [np.zeros(SIZE, np.bool_)] * 3
    found = score(nothing, nothing, flows(0))
    assert (found["J"], found["T"], found["jitter_px"], found["lag_frames"]) == (
        1,
        None,
        None,
        None,
    )


def test_the_length_of_an_outline() -> None:
    mask = np.zeros((9, 9), np.bool_)
    mask[2:5, 3:7] = True
    assert outline_length_px(mask) == 2 * (3 + 4)
    mask[:, 0] = True
    assert outline_length_px(mask) == 2 * (3 + 4) + 9


def test_a_held_mask_does_not_shimmer() -> None:
    found = watch_still(drawn(1), is_noisy=False)
    assert found["hold"] == {"shimmer_px": 0, "J": 1}
    assert 0 < found["flow"]["shimmer_px"] < 0.3
    assert found["tracker"]["J"] > 0.9
    erring = watch_still(drawn(1), is_noisy=True)
    assert erring["hold"]["shimmer_px"] > 0.1
    assert erring["hold"]["J"] < 0.99


def test_a_scene_without_an_object_is_left_out() -> None:
    scene = drawn(1)
    scene.truth[0] = np.zeros(SIZE, np.bool_)
    assert watch_still(scene, is_noisy=False) == {}
