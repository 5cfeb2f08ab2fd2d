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
    sure : score of what is there.
    """

    things: list[tuple[float, float]] = field(default_factory=list)
    ghosts: list[tuple[float, float]] = field(default_factory=list)
    mirages: list[tuple[float, float]] = field(default_factory=list)
    glimpses: list[tuple[float, float]] = field(default_factory=list)
    sure: float = 0.95
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
        return Landmarks(self.sure if near else 0.001, SHAPE + middle, np.zeros(4))

    min_score = 0.5
    most_shared = 0.6

    @staticmethod
    def of_landmarks(points: np.ndarray) -> Roi:
        return Roi(*points.mean(axis=0), SIDE * 1.5)

    @staticmethod
    def of_candidate(candidate: Candidate) -> Roi:
        return Roi(*candidate.keypoints.mean(axis=0), SIDE * 1.6)

    def finder(self, every: int = 5, most: int = 9, at_once: int = 4) -> Finder:
        return Finder(
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            every=every,
            at_once=at_once,
            levels=(2, 1, 2),
            most=most,
        )


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
    world, trail = World(glimpses=[(300, 200)]), Trail()
    assert world.finder().find(IMAGE) == []
    assert not any(world.finder().find(IMAGE, trail) for _ in range(20))


def test_what_speeds_up_is_looked_for_where_it_will_be() -> None:
    world, trail = World([(100, 100), (500, 300)]), Trail()
    finder = world.finder(every=50)
    finder.find(IMAGE, trail)
    world.windows.clear()
    for step in range(1, 8):
        world.things = [(100 + 7.5 * step**2, 100), (500, 300)]
        assert middles(finder.find(IMAGE, trail)) == world.things
    assert world.windows == [], "the detector had nothing to do"


def test_many_are_looked_for_in_turn_and_the_others_move_on() -> None:
    world, trail = World([(50, 50), (150, 150), (250, 250)]), Trail()
    finder = world.finder(every=50, at_once=1)
    finder.find(IMAGE, trail)
    world.windows.clear()
    for step in range(1, 30):
        world.things = [(50.0 + 4 * step, 50), (150.0 + 4 * step, 150), (250.0 + 4 * step, 250)]
        world.looks = 0
        found = middles(finder.find(IMAGE, trail))
        assert world.looks == 1
        if step > 3:  # each has been looked for, and its motion is known
            np.testing.assert_allclose(found, world.things)


def test_no_image_of_a_session_costs_much() -> None:
    world, trail = World([(100, 100), (300, 100)], mirages=[(200, 250), (400, 250)]), Trail()
    finder = world.finder(every=1, at_once=2)
    finder.find(IMAGE, trail)
    world.things += [(100, 250), (500, 200), (550, 300)]
    for step in range(64):
        world.windows.clear()
        world.looks = 0
        if step % 9 == 4:
            world.things[0] = (float(100 + 90 * (step % 2)), 100)
        found = finder.find(IMAGE, trail)
        assert len(world.windows) <= 1
        assert world.looks <= (2 if world.windows else 4)
    assert len(found) == 5


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
    assert len(world.windows) == 8, "in one image of 5"


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


def test_what_was_lost_is_looked_for_where_it_was_then_wider() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things = []
    world.windows.clear()
    assert finder.find(IMAGE, trail) == []
    assert [(w.x, w.side_px) for w in world.windows] == [(100, 60 * 2.4), (100, 60 * 4.8)]


def test_what_jumps_too_far_is_held_again_in_the_same_image() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things = [(140, 100)]
    assert middles(finder.find(IMAGE, trail)) == [(140, 100)]


def test_what_appears_beside_something_that_is_held_is_found_soon() -> None:
    world, trail = World([(500, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.things.append((590, 100))
    world.windows.clear()
    found = [len(finder.find(IMAGE, trail)) for _ in range(4)]
    assert found[-1] == 2
    near = world.windows[0]
    assert (near.x, near.y, near.side_px) == (500, 100, 60 * 4.8)


def test_what_is_nearly_lost_stays() -> None:
    world, trail = World([(100, 100)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.sure = 0.4
    assert len(finder.find(IMAGE, trail)) == 1
    assert World([(100, 100)], sure=0.4).finder().find(IMAGE) == [], "it does not begin"
    world.sure = 0.2
    assert finder.find(IMAGE, trail) == []


def test_what_is_seen_from_a_distance_is_confirmed_with_it() -> None:
    world, trail = World([(300, 200)]), Trail()
    finder = world.finder()
    finder.find(IMAGE, trail)
    world.windows.clear()
    for _ in range(20):
        finder.find(IMAGE, trail)
    assert not any(window.side_px == pytest.approx(60 * 2.4) for window in world.windows)


def test_what_the_detector_does_not_confirm_is_dropped() -> None:
    world, trail = World([(100, 100), (500, 200)]), Trail()
    finder = world.finder(every=1)
    finder.find(IMAGE, trail)
    world.things, world.ghosts = [(500, 200)], [(100, 100)]
    counts = [len(finder.find(IMAGE, trail)) for _ in range(30)]
    assert counts[0] == 2, "one look is not enough"
    assert counts[-1] == 1


def test_two_that_run_into_each_other_become_one() -> None:
    world, trail = World([(100, 100), (138, 100)]), Trail()
    finder = world.finder()
    assert len(finder.find(IMAGE, trail)) == 2
    world.things = [(119, 100)]
    assert len(finder.find(IMAGE, trail)) == 1


@pytest.mark.parametrize(("middle", "count"), [((110, 95), 1), ((160, 100), 2)])
def test_landmarks_that_shrank_on_a_thing_are_no_other(
    middle: tuple[float, float], count: int
) -> None:
    class Shrinking(World):
        def look(self, picture: Pyramid, roi: Roi) -> Landmarks:
            seen = super().look(picture, roi)
            small = SHAPE * 0.4 + middle
            is_other = abs(roi.x - middle[0]) < 5
            return Landmarks(0.8, small, seen.depth_px) if is_other else seen

    world, trail = Shrinking([(100, 100)]), Trail()
    finder = world.finder()
    (whole,) = finder.find(IMAGE, trail)
    small = Landmarks(0.8, SHAPE * 0.4 + middle, whole.depth_px)
    trail.held.append(type(trail.held[0])(small, confirmed=-1))
    found = finder.find(IMAGE, trail)
    assert len(found) == count
    assert found[0].points.mean() == 100, "the one that the detector saw last stays"


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
