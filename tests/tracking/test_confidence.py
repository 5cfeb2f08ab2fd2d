"""What a mask's confidence rests on."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.tracking.confidence import (
    Agreement,
    Signs,
    borders_touched,
    confidence_of,
    expected_iou,
    log_odds,
)


def soft(inside: float, outside: float = 0.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    picture = np.full((40, 60), outside, np.float32)
    picture[10:30, 10:30] = inside
    return picture


def test_a_sure_mask_expects_all_of_itself() -> None:
    assert expected_iou(soft(1.0)) == pytest.approx(1)
    assert expected_iou(soft(0.8)) == pytest.approx(0.8)
    assert expected_iou(soft(0.0)) == 0


def test_what_may_be_elsewhere_too_counts_against_it() -> None:
    # 400 likely pixels; 2000 others, of which a tenth may be it.
    assert expected_iou(soft(1.0, 0.1)) == pytest.approx(400 / (400 + 200), rel=1e-3)


def test_what_is_smaller_than_a_pixel_is_not_hopeless() -> None:
    picture = np.zeros((40, 60), np.float32)
    picture[20, 20] = 0.3
    assert expected_iou(picture) == pytest.approx(0.3)


def test_borders() -> None:
    picture = soft(1.0)
    assert borders_touched(picture) == 0
    picture[0, 3] = 1
    assert borders_touched(picture) == 0.25
    picture[:, -1] = 1
    assert borders_touched(picture) == 0.75


def test_confidence_falls_with_silence_and_disagreement() -> None:
    fresh = Signs(log_odds(0.9), np.log1p(2), np.log1p(2), log_odds(0.95), 0.0)
    silent = Signs(log_odds(0.9), np.log1p(60), np.log1p(2), log_odds(0.95), 0.0)
    wrong = Signs(log_odds(0.9), np.log1p(2), np.log1p(2), log_odds(0.4), 0.0)
    vague = Signs(log_odds(0.3), np.log1p(2), np.log1p(2), log_odds(0.95), 0.0)
    assert confidence_of(fresh) > 0.85
    for worse in (silent, wrong, vague):
        assert confidence_of(worse) < confidence_of(fresh) - 0.05


def test_corrections_teach_how_far_to_trust() -> None:
    right, wrong = Agreement(8), Agreement(8)
    for index in range(5):
        right.show(index, soft(1.0))
        wrong.show(index, np.roll(soft(1.0), 10, axis=1))
        right.hear(index, soft(1.0))
        wrong.hear(index, soft(1.0))
    assert right.value > 0.9
    assert wrong.value < 0.5  # half of each mask is common: J = 1/3


def test_a_word_that_nothing_was_there_is_no_comparison() -> None:
    agreement = Agreement(8)
    before = agreement.value
    agreement.show(0, soft(1.0))
    agreement.hear(0, soft(0.0))
    agreement.hear(77, soft(1.0))  # nothing was shown of that frame
    assert agreement.value == before


def test_shown_masks_are_forgotten_in_time() -> None:
    agreement = Agreement(3)
    for index in range(10):
        agreement.show(index, soft(1.0))
    assert agreement.shown(6, soft(0.0)) is None
    shown = agreement.shown(8, soft(0.0))
    assert shown is not None
    assert np.array_equal(shown, soft(1.0) > 0.5)
    agreement.hear(8, soft(1.0))
    assert agreement.shown(8, soft(0.0)) is None
    assert agreement.shown(9, soft(0.0)) is not None
