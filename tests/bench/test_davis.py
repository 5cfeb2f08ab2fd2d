"""What is read of a folder laid out as DAVIS is, and what is said of one that is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rtseg.bench.davis import frames_of, read_davis, sequences_in
from rtseg.bench.masks import read_masks, read_sequence
from rtseg.bench.scenes import read_scenes
from rtseg.errors import UsageError
from tests.bench.davis_folder import write_sequence
from tests.tracking.scenes import moving_disc


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    for name, frames in (("swan", 4), ("bear", 3)):
        write_sequence(tmp_path, name, moving_disc(frames, size=(60, 80), step_px=(2, 0)))
    return tmp_path


def test_every_reader_reads_the_same(davis: Path) -> None:
    drawn = list(moving_disc(4, size=(60, 80), step_px=(2, 0)))
    (swan,) = read_davis(davis, ["swan"])
    (masks,) = read_masks(davis, names=["swan"])
    scenes = dict(read_scenes(davis, every=1))["swan"]
    assert swan.name == masks.name == "swan"
    assert len(swan.images) == len(swan.truth) == len(masks.masks) == len(scenes) == len(drawn)
    for number, (image, mask) in enumerate(drawn):
        assert (swan.images[number] == image).all()
        assert (scenes[number].image == image).all()
        for read in (swan.truth[number], masks.masks[number], scenes[number].truth):
            assert read is not None
            assert read.dtype == np.bool_
            assert (read == mask).all()


def test_sequences_are_in_order_and_named_ones_alone(davis: Path) -> None:
    assert [sequence.name for sequence in read_davis(davis)] == ["bear", "swan"]
    assert sequences_in(davis, ["swan"]) == ["swan"]
    with pytest.raises(UsageError, match=r"no sequence cow in .*: it has bear, swan"):
        sequences_in(davis, ["cow", "bear"])


def test_masks_can_do_without_pictures(davis: Path) -> None:
    flows = read_sequence(davis, "bear", frames=2).flows
    assert flows is not None
    assert [flow.shape for flow in flows] == [(60, 80, 2)]
    shutil.rmtree(davis / "JPEGImages")
    assert read_sequence(davis, "bear").flows is None
    with pytest.raises(UsageError, match="bear, got 0 pictures and 3 masks; 00000 has but one"):
        next(read_davis(davis))


@pytest.mark.parametrize("missing", ["JPEGImages/480p/bear/00001.jpg", "Annotations/480p/bear"])
def test_each_frame_has_a_picture_and_a_mask(davis: Path, missing: str) -> None:
    path = davis / missing
    if path.is_dir():
        for mask in path.iterdir():
            mask.unlink()
    else:
        path.unlink()
    with pytest.raises(UsageError, match=r"expected a picture and a mask for each frame of bear"):
        frames_of(davis, "bear")


def test_what_is_no_picture_is_named(davis: Path) -> None:
    (davis / "Annotations/480p/bear/00002.png").write_bytes(b"none")
    with pytest.raises(UsageError, match=r"expected a picture, .*bear/00002\.png"):
        next(read_davis(davis))


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "JPEGImages/480p/bear").mkdir(parents=True)
    for read in (read_davis(tmp_path), read_masks(tmp_path), read_scenes(tmp_path, every=1)):
        with pytest.raises(UsageError, match="expected JPEGImages/480p and Annotations/480p"):
            next(iter(read))
