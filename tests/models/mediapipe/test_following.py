"""The finder over a world of dots: a detector and landmarks that see what is really there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.models.mediapipe.detection import Candidate
from rtseg.models.mediapipe.following import Finder, Trail
from rtseg.models.mediapipe.landmarks import Landmarks
from rtseg.models.mediapipe.roi import Pyramid, Roi
from rtseg.types import Image

SIDE = 40.0
SHAPE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * SIDE / 2
IMAGE: Image = np.zeros((360, 640, 3), np.uint8)


@dataclass
class World:
    """What is there, and what has been asked.

    Parameters
    ----------
    things : their middles.
    ghosts : middles of what the landmark model takes for a thing, but the detector does not.
    mirages : the other way round.
    glimpses : middles of what both take for a thing, but the detector only in large windows.
    """

    things: list[tuple[float, float]] = field(default_factory=list)
    ghosts: list[tuple[float, float]] = field(default_factory=list)
    mirages: list[tuple[float, float]] = field(default_factory=list)
    glimpses: list[tuple[float, float]] = field(default_factory=list)
    windows: list[Roi] = field(default_factory=list)
    looks: int = 0

    def detect(self, picture: Pyramid, window: Roi) -> list[Candidate]:
        """See what is whole in the window and neither too small nor too large in it."""
        self.windows.append(window)
        reach = (window.side_px - SIDE) / 2
        return [
            Candidate(0.9, np.array([[x, y], [x, y]]) + SHAPE[[0, 2]], SHAPE + np.array([x, y]))
            for x, y in (
                *self.things,
                *self.mirages,
                *(self.glimpses if window.side_px > 300 else ()),
            )
            if max(abs(x - window.x), abs(y - window.y)) <= reach
            and 0.05 < SIDE / window.side_px < 0.9
        ]

    def look(self, picture: Pyramid, roi: Roi) -> Landmarks:
        """Find what has its middle near the region's."""
        self.looks += 1
        near = [
            (abs(x - roi.x) + abs(y - roi.y), (x, y))
            for x, y in (*self.things, *self.ghosts, *self.glimpses)
            if max(abs(x - roi.x), abs(y - roi.y)) < roi.side_px / 3
        ]
        middle = min(near)[1] if near else (roi.x, roi.y)
        return Landmarks(0.95 if near else 0.001, SHAPE + middle, np.zeros(4))

    min_score = 0.5
    most_shared = 0.6

    @staticmethod
    def of_landmarks(points: np.ndarray) -> Roi:
        return Roi(*points.mean(axis=0), SIDE * 1.5)

    @staticmethod
    def of_candidate(candidate: Candidate) -> Roi:
        return Roi(*candidate.keypoints.mean(axis=0), SIDE * 1.6)

    def finder(self, every: int = 5, most: int = 9) -> Finder:
        return Finder(self, self, every=every, levels=(2, 1, 2), most=most)  # type: ignore[arg-type]


def middles(found: list[Landmarks]) -> list[tuple[float, float]]:
    return sorted((float(x), float(y)) for x, y in (one.points.mean(axis=0) for one in found))


def test_an_image_alone() -> None:
    world = World([(100, 100), (300, 200), (330, 200)])
    assert middles(world.finder().find(IMAGE)) == world.things


def test_what_only_one_of_the_two_networks_sees_is_nothing() -> None:
    world = World(ghosts=[(100, 100)], mirages=[(400, 200)])
    assert world.finder().find(IMAGE) == []
    trail = Trail()
    assert not any(world.finder().find(IMAGE, trail) for _ in range(20))


def test_what_the_detector_sees_in_one_window_and_not_in_its_own_is_nothing() -> None:
    assert World(glimpses=[(300, 200)]).finder().find(IMAGE) == []


def test_what_speeds_up_is_looked_for_where_it_will_be() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder(every=50)
    finder.find(IMAGE, trail)
    world.windows.clear()
    for step in range(1, 8):
        world.things = [(100 + 7.5 * step**2, 100)]
        assert middles(finder.find(IMAGE, trail)) == world.things
    assert world.windows == [], "the detector had nothing to do"


def test_each_thing_once_and_not_too_many() -> None:
    world = World([(100.0 + 60 * i, 100.0) for i in range(5)])
    assert len(world.finder(most=3).find(IMAGE)) == 3
    assert len(world.finder(most=9).find(IMAGE)) == 5


def test_what_moves_is_followed_and_the_detector_looks_rarely() -> None:
    world, trail = World([(100, 100), (500, 200)]), Trail()
    finder = world.finder(every=5)
    finder.find(IMAGE, trail)
    world.windows.clear()
    for step in range(40):
        world.things = [(100.0 + 7 * step, 100), (500, 200 + 2.0 * step)]
        assert middles(finder.find(IMAGE, trail)) == sorted(world.things)
    assert len(world.windows) == 4, "one in 5 images for each of the two"


def test_what_is_new_is_found() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder(every=2)
    finder.find(IMAGE, trail)
    world.things.append((500, 200))
    found = [len(finder.find(IMAGE, trail)) for _ in range(30)]
    assert found[-1] == 2


def test_with_nothing_there_it_looks_at_one_window_an_image_and_at_all_in_turn() -> None:
    world, trail = World(), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.windows.clear()
    for _ in range(60):
        finder.find(IMAGE, trail)
    assert len(world.windows) == 60
    assert len(set(world.windows)) > 15


def test_what_was_lost_is_looked_for_where_it_was() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things = []
    assert finder.find(IMAGE, trail) == []
    world.things, world.windows = [(125, 100)], []
    assert middles(finder.find(IMAGE, trail)) == [(125, 100)]
    assert (world.windows[0].x, world.windows[0].side_px) == (100, SIDE * 1.5 * 2.4)


def test_a_thing_that_jumps_too_far_is_still_seen_in_the_same_image() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things = [(140, 100)]
    assert middles(finder.find(IMAGE, trail)) == [(140, 100)]


def test_what_the_detector_does_not_confirm_is_dropped() -> None:
    world, trail = World([(100, 100), (500, 200)]), Trail()
    finder = world.finder(every=1)
    finder.find(IMAGE, trail)
    world.things, world.ghosts = [(500, 200)], [(100, 100)]
    counts = [len(finder.find(IMAGE, trail)) for _ in range(30)]
    assert counts[0] == 2, "one look is not enough"
    assert counts[-1] == 1


def test_two_that_run_into_each_other_become_one() -> None:
    world, trail = World([(100, 100), (160, 100)]), Trail()
    finder = world.finder()
    assert len(finder.find(IMAGE, trail)) == 2
    world.things = [(130, 100)]
    assert len(finder.find(IMAGE, trail)) == 1


def test_another_size_is_another_scene() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things = [(20, 200)]
    assert middles(finder.find(np.zeros((640, 360, 3), np.uint8), trail)) == [(20, 200)]


def test_sessions_do_not_see_each_other() -> None:
    world = World([(100, 100)])
    finder, one, other = world.finder(), Trail(), Trail()
    finder.find(IMAGE, one)
    world.things = [(500, 200)]
    assert middles(finder.find(IMAGE, other)) == [(500, 200)]
    assert [held.seen.points.mean() for held in one.held] == [100]


def test_the_memory_of_another_model() -> None:
    class Foreign:
        def close(self) -> None: ...

    with pytest.raises(UsageError, match="expected a memory made by this model"):
        World().finder().find(IMAGE, Foreign())


def test_a_closed_memory_begins_anew() -> None:
    world, trail = World([(100, 100)]), Trail()
    world.finder().find(IMAGE, trail)
    trail.close()
    trail.close()
    assert middles(world.finder().find(IMAGE, trail)) == [(100, 100)]
