from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import ConfigError
from rtseg.models.catalogue import Entry, parse
from rtseg.models.labels import forms, label_for, labels_for, own_label
from rtseg.models.vocabulary import vocabulary

TEMPLATE = """
model:
  {{title: A, note: "", licence: MIT, speed: camera, quality: 1, backend: b, devices: [cpu],
    labels: {}}}
"""
SHARED_NAMES = Path(__file__).parents[3] / "shared" / "models" / "coco_classes.txt"


def with_labels(written: str) -> Entry:
    return parse(TEMPLATE.format(written), where="here").entry("model")


COCO = with_labels("coco")
PANOPTIC = with_labels("coco_panoptic")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("person", "person"),
        ("people", "person"),
        ("Men", "person"),
        ("gentlemen", "person"),
        ("the women", "person"),
        ("cell phone", "cell phone"),
        ("phone", "cell phone"),
        ("my mobile", "cell phone"),
        ("television", "tv"),
        ("TVs", "tv"),
        ("monitor", "tv"),
        ("bike", "bicycle"),
        ("motorbikes", "motorcycle"),
        ("sofas", "couch"),
        ("planes", "airplane"),
        ("aeroplane", "airplane"),
        ("puppies", "dog"),
        ("kitty", "cat"),
        ("mug", "cup"),
        ("automobile", "car"),
        ("mice", "mouse"),
        ("knives", "knife"),
        ("sheep", "sheep"),
        ("oxen", "cow"),
        ("calves", "cow"),
        ("buses", "bus"),
        ("sandwiches", "sandwich"),
        ("scissor", "scissors"),
        ("a pair of scissors", "scissors"),
        ("all of the cups", "cup"),
        ("  The two HOT-DOGS!! ", "hot dog"),
        ("hotdog", "hot dog"),
        ("2 dogs", "dog"),
        ("doughnut", "donut"),
        ("tennis racquets", "tennis racket"),
        ("hairdryer", "hair drier"),
        ("catcher’s mitt", "baseball glove"),
        ("a cup of tea", "cup"),
    ],
)
def test_words_for_one_thing(text: str, label: str) -> None:
    assert labels_for(text, COCO) == (label,)
    assert label_for(text, COCO) == label


@pytest.mark.parametrize(
    "text",
    [
        "a red car",
        "red car",
        "black and white cat",
        "cat and unicorn",
        "car park",
        "taxi",
        "personal",
        "the",
        "of",
        "s",
        "es",
        "men's",
        "",
        " … ",
        "and",
        "not a dog",
        "x" * 100_000,
    ],
)
def test_what_is_not_known_is_not_guessed(text: str) -> None:
    assert labels_for(text, COCO) == ()
    assert label_for(text, COCO) is None


@pytest.mark.parametrize(
    ("text", "some", "other"),
    [
        ("vehicles", {"car", "bus", "bicycle"}, "dog"),
        ("some animals", {"dog", "sheep"}, "person"),
        ("fruit", {"apple", "banana"}, "carrot"),
        ("Furniture", {"chair", "bed"}, "tv"),
        ("cats, dogs, and a horse", {"cat", "dog", "horse"}, "cow"),
        ("pets & vehicles", {"cat", "car"}, "cow"),
    ],
)
def test_words_for_several_things(text: str, some: set[str], other: str) -> None:
    found = labels_for(text, COCO)
    assert some <= set(found)
    assert other not in found
    assert [label for label in COCO.labels if label in found] == list(found)
    assert label_for(f" {text}  ", COCO) == text


def test_regions_of_the_panoptic_task() -> None:
    assert labels_for("sky", PANOPTIC) == ("sky",)
    assert labels_for("sky", COCO) == ()
    assert labels_for("streets", PANOPTIC) == ("road",)
    assert labels_for("the sidewalk", PANOPTIC) == ("pavement",)
    assert labels_for("buildings", PANOPTIC) == ("house", "other building")
    assert len(labels_for("walls", PANOPTIC)) == 5
    assert set(labels_for("fruit", PANOPTIC)) > set(labels_for("fruit", COCO))
    assert labels_for("dogs", PANOPTIC) == ("dog",)


def test_names_of_the_data_sets_are_labels() -> None:
    assert own_label("sky-other-merged", PANOPTIC) == "sky"
    assert own_label("fruit", PANOPTIC) == "other fruit"
    assert own_label("table-merged", PANOPTIC) == "other table"
    assert own_label("tvmonitor", COCO) == "tv"
    assert own_label("vehicle", COCO) is None


@pytest.mark.skipif(not SHARED_NAMES.is_file(), reason="needs ../shared/models/coco_classes.txt")
def test_cocos_labels_are_in_the_order_of_its_detectors() -> None:
    names = SHARED_NAMES.read_text().splitlines()
    assert [own_label(name, COCO) for name in names] == list(COCO.labels)


@pytest.mark.parametrize(("entry", "count"), [(COCO, 80), (PANOPTIC, 133)])
def test_a_vocabulary_is_whole(entry: Entry, count: int) -> None:
    assert len(entry.labels) == count
    for label, others in entry.labels.items():
        assert own_label(label, entry) == label
        for word in others:  # no word means two things
            assert own_label(word, entry) == label, word
    for group, members in entry.groups.items():
        assert set(members) <= set(entry.labels)
        assert len(members) > 1
        assert set(labels_for(f"the {group}", entry)) == set(members)
        assert group not in entry.labels


@given(st.text(max_size=300))
def test_any_text_names_labels_or_nothing(text: str) -> None:
    found = labels_for(text, PANOPTIC)
    assert set(found) <= set(PANOPTIC.labels)
    assert (label_for(text, PANOPTIC) is None) == (not found)


@given(st.sampled_from(sorted(PANOPTIC.labels)), st.sampled_from(["", "s", "es"]))
def test_every_label_is_known_by_its_plural_too(label: str, ending: str) -> None:
    assert own_label(label + ending, PANOPTIC) == label


def test_what_is_written_wins_over_a_singular() -> None:
    entry = with_labels("{glasses: [], glass: []}")
    assert labels_for("glasses", entry) == ("glasses",)
    assert labels_for("glass", entry) == ("glass",)
    assert labels_for("a dish", with_labels("{dishes: []}")) == ("dishes",)


def test_forms_hold_no_empty_word() -> None:
    assert forms("") == ()
    assert forms("!") == ()
    assert "" not in forms("s")


def test_an_unknown_vocabulary_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"here: model\.labels: no vocabulary is called 'cocos'; there is: coco"
    ):
        with_labels("cocos")
    with pytest.raises(ConfigError, match="no vocabulary is called 'x'"):
        vocabulary("x")


def test_a_group_of_what_is_no_label_is_refused() -> None:
    with pytest.raises(ConfigError, match="group 'pets' holds 'cat', which is none of the labels"):
        with_labels("{dog: []}, groups: {pets: [dog, cat]}")


def test_an_entry_may_bring_its_own_groups() -> None:
    entry = with_labels("coco, groups: {ours: [cat, car]}")
    assert labels_for("ours", entry) == ("car", "cat")
    assert labels_for("vehicles", entry) == ()
    assert replace(entry, groups={}).labels == COCO.labels
