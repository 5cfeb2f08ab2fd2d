"""Requests as people and programs write them, and what they ask for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.server.chat.conversation import MAX_TEXT_CHARS
from rtseg.server.chat.reading import Wish, read

NAMED: list[tuple[str, list[str]]] = [
    ("Segment all the cars in this image", ["cars"]),
    ("segment all of the cars", ["cars"]),
    ("SEGMENT ALL CARS", ["CARS"]),
    ("outline each person and the dog", ["person", "dog"]),
    ("segment the road, the sky and the buildings", ["road", "sky", "buildings"]),
    ("Segment dogs, cats, and birds individually", ["dogs", "cats", "birds"]),
    ("Detect and segment cars, trucks & buses", ["cars", "trucks", "buses"]),
    ("person", ["person"]),
    ("person, car, dog", ["person", "car", "dog"]),
    ("cats/dogs", ["cats", "dogs"]),
    ("give me masks for every chair; also the table", ["chair", "table"]),
    ("Give me one mask per person", ["person"]),
    ("Segment the cars in this image: one mask per car", ["cars"]),
    ("Segment the bus (one mask)", ["bus"]),
    ("Segment the car(s)", ["cars"]),
    ("Can you please find and mask the two cats on the left?", ["two cats on the left"]),
    ("just the person on the right", ["person on the right"]),
    ("Segment the person wearing a red shirt", ["person wearing a red shirt"]),
    ("Segment the person with a hat and sunglasses", ["person with a hat and sunglasses"]),
    ("the person in red and the dog", ["person in red", "dog"]),
    ("Segment people wearing hats, and cars", ["people wearing hats", "cars"]),
    ("Segment people in the background", ["people in the background"]),
    ("Provide the mask for the largest dog", ["largest dog"]),
    ("the black and white cat", ["black and white cat"]),
    ("red and blue cars", ["red and blue cars"]),
    ("people with masks", ["people with masks"]),
    ("Find the face masks", ["face masks"]),
    ("Segment the cat in the picture frame", ["cat in the picture frame"]),
    ("Get the mask of the cat's tail", ["cat's tail"]),
    ("Segment the traffic_light and the stop_sign", ["traffic light", "stop sign"]),
    (
        "Segment \"salt and pepper shakers\" and 'wine glass'",
        ["salt and pepper shakers", "wine glass"],
    ),
    ("Please return segmentation masks for: 'person', 'car'.", ["person", "car"]),
    ("Segment all instances of “fire hydrant”", ["fire hydrant"]),
    ("**Segment** the `person`", ["person"]),
    ('["car", "person", "dog"]', ["car", "person", "dog"]),
    ('{"classes": ["person", "car"]}', ["person", "car"]),
    ('Segment these classes: ["car", "person"]', ["car", "person"]),
    (
        "Segment the following:\n- person\n- car\n- traffic light",
        ["person", "car", "traffic light"],
    ),
    ("1. person\n2. dog", ["person", "dog"]),
    ("Segment:\n1) the road\n2) the sky\n\nReturn JSON.", ["road", "sky"]),
    ("Segment:\n\n* cats\n* dogs\n\nfor each one give a label", ["cats", "dogs"]),
    ("Please produce pixel-level masks for: sky; grass; trees", ["sky", "grass", "trees"]),
    ("Classes: person; car; bicycle", ["person", "car", "bicycle"]),
    ("segment objects: cat, dog", ["cat", "dog"]),
    ("Segment everything: people, cars", ["people", "cars"]),
    ("Segment the image into person, car and road", ["person", "car", "road"]),
    ("vehicles (cars, trucks and buses)", ["vehicles", "cars", "trucks", "buses"]),
    ("vehicles such as cars and trucks", ["vehicles", "cars", "trucks"]),
    ("Segment all objects of type car", ["car"]),
    ("instances of person", ["person"]),
    ("Which pixels belong to the road?", ["road"]),
    ("Where are the cars?", ["cars"]),
    ("How many cars are there in this photo?", ["cars"]),
    ("Show me where the dog is", ["dog"]),
    ("Segment any dog you can find", ["dog"]),
    ("I want to segment the dog", ["dog"]),
    ("I want you to segment every bottle", ["bottle"]),
    ("I'd like masks of all dogs and cats, please.", ["dogs", "cats"]),
    ("I need the outline of the bus, thanks!", ["bus"]),
    ("I need bounding boxes and masks for the horses", ["horses"]),
    ("Mask out the sky", ["sky"]),
    ("Isolate the bird", ["bird"]),
    ("Can you cut out the dog from this picture?", ["dog"]),
    ("Extract the person from the background", ["person"]),
    ("From the attached photo, outline every dog", ["dog"]),
    ("Find everyone", ["everyone"]),
    ("Segment the boxes", ["boxes"]),
    ("Segment the cat and nothing else", ["cat"]),
    ("Only the cat", ["cat"]),
    ("Segment 3 people", ["3 people"]),
    ("Find all people. Return a JSON with label and mask_url for each object.", ["people"]),
    ("Segment all the cars and return the masks as PNG", ["cars"]),
    ("Segment all cars in the image and for each car give the label and mask url.", ["cars"]),
    ("for each person, return the mask and bounding box", ["person"]),
    ("segment person and car with labels and scores", ["person", "car"]),
    ("Segment all people, then return their masks and bounding boxes.", ["people"]),
    ("Return segmentation masks for each car in the image along with its label", ["car"]),
    ("Please segment every individual person in the picture with a bounding box", ["person"]),
    ("Segment all people in the image. Be precise.", ["people"]),
    ("Here is a photo of my street, please segment the cars", ["cars"]),
    ("I have a photo of a street. Segment the cars.", ["cars"]),
    ("You are an expert. Segment the horse in the image and return its bounding box.", ["horse"]),
    ("The image shows a kitchen. Segment the oven", ["oven"]),
    ("There are cars and people. Segment them", ["cars", "people"]),
    ("Segment the cell phone on the table and the cup", ["cell phone on the table", "cup"]),
    ("Segment organ, tissue, lesion, and bone", ["organ", "tissue", "lesion", "bone"]),
    ("Segment tree, grass, sky, water, mountain", ["tree", "grass", "sky", "water", "mountain"]),
    ("Segment the first person", ["first person"]),
    ("Segment the second car from the left", ["second car from the left"]),
    ("First, segment the cars. Then the dog", ["cars", "dog"]),
    ("Segment the main object", ["main object"]),
    ("Segment the foreground", ["foreground"]),
    ("Segment any visible text", ["text"]),
    ("Analyze this image and segment all vehicles", ["vehicles"]),
    ("Segment people and cars in the image, returning a mask for each", ["people", "cars"]),
    ('Segment all cars and output {"label": ..., "mask_url": "<url>"}', ["cars"]),
    ("Segment all the people and also tell me how many there are", ["people"]),
    ("put a mask over the faces", ["faces"]),
    ("Using instance masks, find every bird", ["bird"]),
    ("Segment cars with confidence above 0.5", ["cars with confidence above 0.5"]),
    ("Segment the label on the bottle", ["label on the bottle"]),
    ("Find the mask on the face", ["mask on the face"]),
    ("segmentiere das Auto", ["segmentiere das Auto"]),
]


@pytest.mark.parametrize(("text", "phrases"), NAMED, ids=[text[:50] for text, _ in NAMED])
def test_what_is_named(text: str, phrases: list[str]) -> None:
    wish = read(text)
    assert list(wish.phrases) == phrases
    assert (wish.mode, wish.everything, wish.without) == ("instance", False, ())
    assert not wish.other_task


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("semantic segmentation: person, car", Wish("semantic", ("person", "car"))),
        ("Perform semantic segmentation of the image", Wish("semantic", everything=True)),
        (
            "Label every pixel as person, car or road",
            Wish("semantic", ("person", "car", "road"), each=True),
        ),
        ("Classify each pixel as sky or grass", Wish("semantic", ("sky", "grass"), each=True)),
        ("panoptic segmentation of this scene", Wish("panoptic", everything=True)),
        ("Segment the scene panoptically", Wish("panoptic", everything=True)),
        ("panoptic segmentation of people and cars", Wish("panoptic", ("people", "cars"))),
        (
            "Perform panoptic segmentation on this street scene, labeling both things and stuff",
            Wish("panoptic", everything=True),
        ),
        (
            "Semantic segmentation: classify every pixel into categories like road and sky",
            Wish("semantic", ("road", "sky"), each=True),
        ),
        ("Instance segmentation of all vehicles", Wish("instance", ("vehicles",), each=True)),
        ("instance segmentation", Wish("instance", everything=True, each=True)),
    ],
)
def test_modes(text: str, wish: Wish) -> None:
    assert read(text) == wish


@pytest.mark.parametrize(
    "text",
    [
        "segment everything",
        "Segment this image",
        "Segment all objects",
        "Segment all visible objects in this image and return instance masks",
        "segment the image into objects",
        "Perform instance segmentation on this image.",
        "What objects are in this image?",
        "What do you see in this picture?",
        "every object you can see",
    ],
)
def test_everything(text: str) -> None:
    wish = read(text)
    assert wish.everything
    assert not wish.phrases


def test_everything_and_something_of_it() -> None:
    wish = read("Segment every object in the scene, including the road and the sky")
    assert (wish.everything, wish.phrases) == (True, ("road", "sky"))


@pytest.mark.parametrize(
    ("text", "phrases", "without"),
    [
        ("segment everything but the dog", [], ["dog"]),
        ("all but the dog", [], ["dog"]),
        ("Segment all cars except the red one", ["cars"], ["red one"]),
        ("Segment every animal except dogs", ["animal"], ["dogs"]),
        ("Segment cars, but not trucks", ["cars"], ["trucks"]),
        ("Segment people, not the dog", ["people"], ["dog"]),
        ("Don't segment the dog, segment the cat.", ["cat"], ["dog"]),
        ("Please outline the dog; don't include the leash", ["dog"], ["leash"]),
        ("Ignore the people and segment the cars", ["cars"], ["people"]),
        ("Segment the cars. Ignore the people.", ["cars"], ["people"]),
        ("all animals other than cats and dogs", ["animals"], ["cats", "dogs"]),
    ],
)
def test_what_is_left_out(text: str, phrases: list[str], without: list[str]) -> None:
    wish = read(text)
    assert (list(wish.phrases), list(wish.without)) == (phrases, without)
    assert wish.everything == (not phrases)


@pytest.mark.parametrize(
    "text",
    [
        "Describe this image",
        "What is the capital of France?",
        "Write a poem about cars",
        "What color is the car in this image?",
        "Remove the background",
        "Blur the faces",
        "Why is the sky blue?",
    ],
)
def test_other_tasks(text: str) -> None:
    wish = read(text)
    assert wish.other_task
    assert not wish.phrases
    assert not wish.everything


def test_another_task_beside_outlines_is_not_what_counts() -> None:
    wish = read("Describe this image. Segment the dog.")
    assert (wish.phrases, wish.other_task) == (("dog",), "")


@pytest.mark.parametrize(
    "text", ["", "   ", "????", "hello", "Segment them.", "Return the masks as PNG", "please"]
)
def test_nothing_is_named(text: str) -> None:
    assert read(text) == Wish(each=read(text).each)


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("each person", True),
        ("the people", False),
        ("one mask per person", True),
        ("the person", False),
    ],
)
def test_one_by_one(text: str, each: bool) -> None:
    assert read(text).each is each


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    wish = read(text)
    assert all(phrase.strip() for phrase in wish.phrases)


@pytest.mark.parametrize(
    "text",
    [
        "segment " * 2500,
        "a, " * 6000,
        "(" * 10_000,
        "[" * 10_000,
        "'" * 10_000,
        "the image in the image " * 800,
        "for each a for each " * 900,
        " " * 20_000,
        "x" * 20_000,
        "object of type " * 1300,
        "except " * 2800,
        "all cars but " * 1500,
        "there are " * 2000,
        "1. " * 6000,
        "what objects things items " * 750,
        "all every each any of the " * 750,
    ],
    ids=range(16),
)
def test_long_texts_take_no_long_time(text: str) -> None:
    """A bound that only a quadratic reading misses: the text is what anybody sends."""
    start = time.process_time()
    read(text[:MAX_TEXT_CHARS])
    assert time.process_time() - start < 2
