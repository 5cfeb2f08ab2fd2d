from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.geometry import Path, Polygons, trace
from rtseg.geometry.distances import along, distance_to_outline, distance_to_vertices
from tests.geometry.mask_strategies import disc, nested

SQUARE = Path((np.array([(10, 10), (10, 30), (30, 30), (30, 10)], np.int32),))

coordinates = st.integers(-60, 60)
rings = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=40).map(
    lambda ring: np.array(ring, np.int32)
)
paths = st.lists(rings, min_size=1, max_size=4).map(lambda each: Path(tuple(each)))
seeds = st.integers(0, 2**32)


def one_by_one(points: npt.NDArray[np.float64], path: Path) -> npt.NDArray[np.float64]:
    """By the definition: the nearest of 401 places on the nearest of all edges."""
    share = np.linspace(0, 1, 401)[:, None]
    places = np.concatenate(
        [
            a + (b - a) * share
            for ring in path.rings
            for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True)
        ]
    )
    return np.array([np.hypot(*(places - point).T).min() for point in points])


@given(paths, seeds)
def test_distance_is_to_the_nearest_place(path: Path, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-90, 90, (7, 2))
    # Half a step of the longest edge is what the definition's places may miss by.
    assert distance_to_outline(points, path) == pytest.approx(one_by_one(points, path), abs=0.25)


@given(paths, seeds)
def test_many_points_are_measured_as_one_is(path: Path, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-90, 90, (300, 2))
    alone = [distance_to_outline(point[None], path)[0] for point in points]
    assert distance_to_outline(points, path).tolist() == alone


@given(paths, seeds)
def test_a_vertex_is_no_nearer_than_the_outline(path: Path, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-90, 90, (100, 2))
    vertices = np.concatenate(path.rings)
    nearest = np.hypot(*(points[:, None] - vertices).transpose(2, 0, 1)).min(axis=1)
    assert distance_to_vertices(points, path) == pytest.approx(nearest)
    assert (distance_to_outline(points, path) <= nearest + 1e-9).all()


def test_distances_by_hand() -> None:
    points = [(20, 20), (20, 11), (0, 20), (7, 6), (10, 10), (20, 10)]
    assert distance_to_outline(points, SQUARE).tolist() == [10, 1, 10, 5, 0, 0]
    assert distance_to_vertices(points[3:], SQUARE).tolist() == [5, 0, 10]


@given(paths, st.sampled_from([0.3, 1.0, 2.0, 50.0]))
def test_points_along_an_outline_are_on_it(path: Path, step_px: float) -> None:
    points = along(path, step_px)
    assert distance_to_outline(points, path).max() < 1e-9
    # Each vertex is there, and no two neighbours are further apart than asked.
    assert {tuple(v) for v in np.concatenate(path.rings).tolist()} <= {
        tuple(v) for v in points.tolist()
    }
    alone = Path(path.rings[:1])
    ring = along(alone, step_px)
    assert np.hypot(*(np.roll(ring, -1, axis=0) - ring).T).max() <= step_px + 1e-9


def test_points_along_rings_do_not_cross_from_one_to_the_next() -> None:
    path = trace(nested())
    length = sum(np.abs(np.roll(ring, -1, axis=0) - ring).sum() for ring in path.rings)
    assert len(along(path)) == length
    assert len(along(Path())) == 0
    assert len(along(Polygons((np.array([(0, 0), (0, 2.5), (0, 1)]),)))) == 3 + 2 + 1


def test_an_outline_of_thousands_of_edges() -> None:
    mask = disc((900, 900), 450, 450, 400)
    points = along(trace(disc((900, 900), 450, 450, 390)))
    away = distance_to_outline(points, trace(mask))
    # Corners of pixels stray from their circle by 1.2 px at most.
    assert 10 - 2.4 < away.min() <= away.max() < 10 + 2.4


def test_what_has_no_answer() -> None:
    with pytest.raises(UsageError, match="empty"):
        distance_to_outline([(0, 0)], Path())
    with pytest.raises(UsageError, match="empty"):
        distance_to_vertices([(0, 0)], Path())
    for step_px in (0, -1, float("nan")):
        with pytest.raises(UsageError, match="step_px"):
            along(SQUARE, step_px)
    assert len(distance_to_outline(np.zeros((0, 2)), SQUARE)) == 0
