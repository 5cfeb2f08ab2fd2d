"""Odds of an object's colours against its surroundings'."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.tracking.colours import colours_of, odds_of_colour

RED, GREEN, BLUE = (120, 190, 160), (150, 70, 170), (90, 140, 40)  # Lab of OpenCV


def scene() -> tuple[np.ndarray, np.ndarray]:
    """Draw a red object on green; far away, at the left, red too."""
    picture = np.empty((120, 240, 3), np.uint8)
    picture[:] = GREEN
    picture[40:80, 150:190] = RED
    picture[:, :60] = RED
    mask = np.zeros((120, 240), np.float32)
    mask[40:80, 150:190] = 1
    return picture, mask


def test_own_colours_speak_for_it_and_those_around_against_it() -> None:
    picture, mask = scene()
    odds = odds_of_colour(picture, colours_of(picture, mask))
    assert odds[mask > 0.5].min() > 2
    assert odds[:, 120:140].max() < -2


def test_what_is_far_away_does_not_count() -> None:
    picture, mask = scene()
    assert odds_of_colour(picture, colours_of(picture, mask))[:, :60].min() > 2


def test_colours_never_seen_say_nothing() -> None:
    picture, mask = scene()
    other = np.full((4, 4, 3), BLUE, np.uint8)
    np.testing.assert_allclose(odds_of_colour(other, colours_of(picture, mask)), 0, atol=1e-6)


def test_a_little_more_light_is_the_same_colour() -> None:
    picture, mask = scene()
    lighter = picture.copy()
    lighter[..., 0] += 12
    odds = odds_of_colour(lighter, colours_of(picture, mask))
    assert odds[mask > 0.5].min() > 1


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_the_neighbour_of_a_colour_is_nearly_that_colour(channel: int) -> None:
    picture, mask = scene()
    beside = picture.copy()
    beside[..., channel] += 16 if channel == 0 else 8
    odds = odds_of_colour(beside, colours_of(picture, mask))
    assert odds[mask > 0.5].min() > 1


def test_an_empty_mask_has_no_colours() -> None:
    picture, mask = scene()
    odds = odds_of_colour(picture, colours_of(picture, np.zeros_like(mask)))
    assert np.isfinite(odds).all()
    assert odds.max() <= 0
