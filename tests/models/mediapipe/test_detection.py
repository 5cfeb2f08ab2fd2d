from __future__ import annotations

import numpy as np
import pytest

from rtseg.models.mediapipe.detection import Candidate, decode, distinct, merge, overlap


def box(x0: float, y0: float, x1: float, y1: float) -> list[list[float]]:
    return [[x0, y0], [x1, y1]]


def test_decoding_one_answer_of_three() -> None:
    anchors = np.array([[4, 4], [12, 4], [20, 4]], np.float32)
    raw = np.zeros((1, 3, 8), np.float32)
    raw[0, 1] = [1, 2, 6, 10, 0.5, -1, 3, 3]  # centre, size, two keypoints
    logits = np.array([-1, 1, -0.01], np.float32).reshape(1, 3, 1)
    scores, points = decode(raw, logits, anchors, min_score=0.5)
    assert scores == pytest.approx([1 / (1 + np.exp(-1))])
    np.testing.assert_allclose(points[0], [[10, 1], [16, 11], [12.5, 3], [15, 7]])


def test_scores_at_the_limits_of_float_do_not_warn() -> None:
    anchors = np.zeros((2, 2), np.float32)
    logits = np.array([1e4, -1e4], np.float32).reshape(1, 2, 1)
    scores, _ = decode(np.zeros((1, 2, 4), np.float32), logits, anchors, min_score=0.5)
    assert scores == pytest.approx([1.0])


def test_answers_about_one_thing_are_averaged_by_their_scores() -> None:
    points = np.array([box(0, 0, 10, 10), box(100, 0, 110, 10), box(3, 0, 13, 10)], float)
    (first, mean), (second, alone) = merge(np.array([0.9, 0.8, 0.6]), points)
    assert (first, second) == (0.9, 0.8)
    np.testing.assert_allclose(mean, box(1.2, 0, 11.2, 10))
    np.testing.assert_allclose(alone, points[1])
    assert merge(np.zeros(0), np.zeros((0, 2, 2))) == []


def test_an_empty_box_ends_too() -> None:
    assert len(merge(np.array([0.9, 0.8]), np.zeros((2, 2, 2)))) == 2


def test_overlap() -> None:
    others = np.array([box(0, 0, 2, 2), box(1, 0, 3, 2), box(5, 5, 6, 6), box(2, 0, 4, 2)], float)
    np.testing.assert_allclose(overlap(others[0], others), [1, 1 / 3, 0, 0])


def test_the_surest_of_several_windows_stays_as_it_is() -> None:
    candidates = [
        Candidate(score, np.array(corners, float), np.zeros((6, 2)))
        for score, corners in [
            (0.6, box(0, 0, 9, 9)),
            (0.9, box(1, 0, 10, 9)),
            (0.7, box(50, 0, 60, 9)),
        ]
    ]
    kept = distinct(candidates)
    assert [one.score for one in kept] == [0.9, 0.7]
    np.testing.assert_array_equal(kept[0].corners, box(1, 0, 10, 9))
