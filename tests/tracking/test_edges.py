"""A soft mask takes the edges of its picture, at any size."""

import cv2
import numpy as np
import pytest

from rtseg.tracking.edges import snap_to_edges


def scene(height: int = 90, width: int = 121) -> tuple[np.ndarray, np.ndarray]:
    """Draw a disc of another colour with some noise; give the picture and where the disc is."""
    y, x = np.mgrid[:height, :width]
    on = np.hypot(x - width / 2, y - height / 2) < 0.3 * height
    picture = np.where(on[..., None], np.uint8((90, 160, 140)), np.uint8((170, 120, 120)))
    noise = np.random.default_rng(3).normal(0, 2, picture.shape)
    return (picture + noise).clip(0, 255).astype(np.uint8), on


def blurred(mask: np.ndarray, sigma_px: float) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma_px)


def test_a_blurred_mask_is_sharper_afterwards_and_where_the_picture_has_its_edge() -> None:
    picture, on = scene()
    soft = blurred(on, 2.0)
    snapped = snap_to_edges(soft, picture)
    assert np.abs(snapped - on).mean() < 0.85 * np.abs(soft - on).mean()
    assert (snapped > 0.5)[on].mean() > 0.98
    assert (snapped < 0.5)[~on].mean() > 0.99


@pytest.mark.parametrize("shift_px", [(1, 0), (0, 1), (-1, -1)])
def test_a_mask_that_is_off_by_a_pixel_moves_towards_the_edge(shift_px: tuple[int, int]) -> None:
    picture, on = scene()
    off = np.roll(on, shift_px, (1, 0))
    snapped = snap_to_edges(blurred(off, 1.5), picture)
    wrong = np.count_nonzero((snapped > 0.5) != on)
    assert wrong < 0.5 * np.count_nonzero(off != on)


def test_where_the_picture_is_flat_the_mask_is_smoothed_and_keeps_its_place() -> None:
    _, on = scene()
    flat = np.full((*on.shape, 3), 128, np.uint8)
    snapped = snap_to_edges(blurred(on, 1.5), flat)
    assert np.abs(snapped - blurred(on, 1.5)).max() < 0.2
    both = np.count_nonzero((snapped > 0.5) & on) / np.count_nonzero((snapped > 0.5) | on)
    assert both > 0.95


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_mask_without_edges_gets_none(value: float) -> None:
    picture, _ = scene()
    snapped = snap_to_edges(np.full(picture.shape[:2], value, np.float32), picture)
    assert np.abs(snapped - value).max() < 1e-3


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (17, 16), (31, 5)])
def test_any_size(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    snapped = snap_to_edges(np.full(size, 0.5, np.float32), picture)
    assert snapped.shape == size
    assert snapped.dtype == np.float32
    assert np.abs(snapped - 0.5).max() < 1e-2
