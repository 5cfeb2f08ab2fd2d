"""What is asked of each pixel, on scenes where the answer is known."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.tracking.appearance import REACH_PX, Memory
from rtseg.tracking.colours import colours_of
from rtseg.tracking.cues import Cues, gathered, memory_as_a_whole, memory_by_flow
from rtseg.tracking.flow import identity_map
from rtseg.tracking.motion import STILL
from tests.tracking.scenes import texture

BOX = (60, 30, 140, 90)
PART = np.s_[30:90, 60:140]


def scene() -> Memory:
    """Remember a reddish disc on texture."""
    picture = cv2.cvtColor(texture(120, 200, 1), cv2.COLOR_BGR2LAB)
    mask = np.zeros((120, 200), np.float32)
    cv2.circle(mask, (100, 60), 18, (1,), -1)
    picture[mask > 0, 1] = 190
    return Memory(picture, mask)


def asked(memory: Memory, now: np.ndarray, dx: int = 0) -> Cues:
    """Ask of a picture `now`, where everything has moved by `dx` since."""
    size = (memory.mask.shape[1], memory.mask.shape[0])
    way = STILL.copy()
    way[0, 2] = -dx
    moved = np.roll(memory.mask, dx, axis=1)
    to_memory = identity_map(size) - np.array((dx, 0), np.float32)
    return gathered(
        moved,
        moved,
        np.ascontiguousarray(now[PART]),
        memory_by_flow(memory, to_memory, BOX),
        memory_as_a_whole(memory, way, BOX),
        colours_of(memory.picture, memory.mask),
        (),
        BOX,
    )


def test_a_memory_is_fetched_from_where_the_object_was() -> None:
    memory = scene()
    cues = asked(memory, np.roll(memory.picture, 7, axis=1), dx=7)
    assert cues.unlike_led.max() < 0.1
    assert cues.unlike_rigid.max() < 0.1
    truth = np.roll(memory.mask, 7, axis=1)[PART] > 0.5
    for share in (cues.near, cues.led, cues.rigid):
        assert ((share > 0.5) == truth).mean() > 0.97


def test_flow_and_the_object_s_own_motion_are_told_apart() -> None:
    memory = scene()
    still, moved = memory.picture, np.roll(memory.picture, 7, axis=1)
    way = STILL.copy()
    way[0, 2] = -7
    for now, flow_is_right in ((still, True), (moved, False)):
        cues = gathered(
            memory.mask,
            memory.mask,
            np.ascontiguousarray(now[PART]),
            memory_by_flow(memory, identity_map((200, 120)), BOX),
            memory_as_a_whole(memory, way, BOX),
            colours_of(memory.picture, memory.mask),
            (),
            BOX,
        )
        assert (cues.unlike_led.max() < 0.1) == flow_is_right
        assert (cues.unlike_rigid.max() < 0.1) == (not flow_is_right)
        truth = now[PART][..., 1] == 190
        right, other = (cues.led, cues.rigid) if flow_is_right else (cues.rigid, cues.led)
        assert ((right > 0.5) == truth).mean() > 0.97 > ((other > 0.5) == truth).mean()


def test_colours_are_on_the_side_of_the_truth() -> None:
    memory = scene()
    cues = asked(memory, memory.picture)
    truth = memory.mask[PART] > 0.5
    for odds in (cues.votes, cues.colours):
        assert ((odds > 0) == truth).mean() > 0.97
    assert not cues.plate.any()  # nobody has seen what is behind


def test_what_has_changed_is_unlike() -> None:
    memory = scene()
    now = memory.picture.copy()
    now[50:60, 95:105, 2] ^= 127
    cues = asked(memory, now)
    changed = np.s_[22:28, 37:43]
    assert cues.unlike_led[changed].min() > 1
    assert cues.unlike_rigid[changed].min() > 1
    assert cues.unlike_led[:10].max() < 0.1


def test_wider_doubt_reaches_farther() -> None:
    memory = scene()
    cues = asked(memory, memory.picture)
    outside = (8, 40)  # 22 px above the centre, 4 px from the disc
    assert cues.near[outside] < cues.wide[outside] < 0.5
    assert cues.far[30, 40] < cues.wide[30, 40]


def test_a_memory_at_the_frame_s_edge_goes_on_as_it_is() -> None:
    memory = scene()
    box = (0, 0, 40, 30)
    led = memory_by_flow(memory, identity_map((200, 120)), box)
    assert led.picture.shape == (30 + 2 * REACH_PX, 40 + 2 * REACH_PX, 3)
    assert (led.picture[0, REACH_PX:-REACH_PX] == led.picture[REACH_PX, REACH_PX:-REACH_PX]).all()
