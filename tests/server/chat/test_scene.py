"""What was found, laid out for an answer."""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.formats import Outlined
from rtseg.models import Route
from rtseg.server.chat.choosing import Plan
from rtseg.server.chat.scene import MaskFile, lay_out
from rtseg.types import Prompt
from tests.server.chat.scenes import CARS_AND_A_PERSON, SHAPE, box, plan_of, scene_of


def pixels(mask: MaskFile) -> np.ndarray:  # type: ignore[type-arg]
    read = cv2.imdecode(np.frombuffer(mask.png(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    return read


def test_instances() -> None:
    scene = scene_of()
    assert [(e.label, e.number, e.class_id) for e in scene.entries] == [
        ("car", 1, 1),
        ("car", 2, 1),
        ("person", 3, 2),
    ]
    png = pixels(MaskFile("url", scene.entries[0], scene))
    assert np.array_equal(png, np.where(CARS_AND_A_PERSON[0].mask, 255, 0))
    together = pixels(MaskFile("url", None, scene))
    assert (together > 0).sum() == 1500 + 2400 + 1600


def test_semantic_maps_hold_the_numbers_of_their_entries() -> None:
    scene = scene_of("semantic")
    assert [(e.label, e.number, len(e.members)) for e in scene.entries] == [
        ("car", 1, 2),
        ("person", 2, 1),
    ]
    png = pixels(MaskFile("url", None, scene))
    for entry in scene.entries:
        assert np.array_equal(png == entry.number, entry.one.mask)


def test_panoptic_maps_hold_the_numbers_of_their_entries() -> None:
    overlapping = (*CARS_AND_A_PERSON, Outlined(4, "person", 0.5, box(55, 0, 80, 30), "people", 1))
    scene = lay_out(plan_of("panoptic"), overlapping, SHAPE)
    png = pixels(MaskFile("url", None, scene))
    assert len(scene.entries) == 4
    for entry in scene.entries:
        assert np.array_equal(png == entry.number, entry.one.mask)
    assert sum(entry.one.area_px for entry in scene.entries) == np.count_nonzero(png)


def test_what_is_left_out_takes_its_like_with_it() -> None:
    prompts = (Prompt("animals"), Prompt("dogs"))
    plan = Plan("instance", prompts, (Route("m", "animals"), Route("m", "dog")), 1)
    cat = Outlined(1, "cat", 0.9, box(10, 20, 60, 50), "m", 0)
    dog = Outlined(2, "dog", 0.8, box(100, 20, 160, 60), "m", 0)
    the_same = Outlined(3, "dog", 0.8, box(102, 20, 160, 60), "m", 1)
    assert [e.label for e in lay_out(plan, (cat, dog, the_same), SHAPE).entries] == ["cat"]


def test_what_two_prompts_found_stands_once() -> None:
    prompts = (Prompt("vehicles"), Prompt("cars"))
    plan = Plan("instance", prompts, (Route("m", "vehicles"), Route("m", "car")), 2)
    car = Outlined(1, "car", 0.9, box(10, 20, 60, 50), "m", 0)
    again = Outlined(2, "car", 0.9, box(10, 20, 60, 50), "m", 1)
    bus = Outlined(3, "bus", 0.9, box(10, 22, 60, 50), "m", 0)
    scene = lay_out(plan, (car, bus, again), SHAPE)
    assert [(e.label, e.number) for e in scene.entries] == [("car", 1), ("bus", 2)]


def test_of_everything_a_part_under_two_names_stands_once() -> None:
    prompts = (Prompt("eye"), Prompt("left eye"), Prompt("face"))
    routes = tuple(Route("face", prompt.text) for prompt in prompts)
    plan = Plan("instance", prompts, routes, 3, everything=True)
    eye = Outlined(1, "eye", 0.9, box(10, 20, 20, 25), "face", 0)
    left = Outlined(2, "left eye", 0.9, box(10, 20, 20, 25), "face", 1)
    face = Outlined(3, "face", 0.9, box(0, 0, 60, 60), "face", 2)
    assert [e.label for e in lay_out(plan, (eye, left, face), SHAPE).entries] == ["eye", "face"]


def test_names() -> None:
    scene = scene_of()
    cars = scene.called("cars")
    assert cars is not None
    assert len(cars) == 2
    assert scene.called("dogs") is None
    assert scene_of(objects=()).called("people") == ()
