"""What goes into a network is what its own image processor would have made."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.errors import ModelCorruptError

torch = pytest.importorskip("torch", reason="needs torch")
tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

from rtseg.models.checkpoints import Checkpoint  # noqa: E402
from rtseg.models.concepts.preprocessing import (  # noqa: E402
    IMAGENET_MEAN,
    IMAGENET_STD,
    Preprocessing,
    written,
)

DETR = {"shortest_edge": 800, "longest_edge": 1333}


def test_sizes_are_those_of_transformers() -> None:
    from transformers.image_transforms import get_size_with_aspect_ratio

    edges = (1, 3, 64, 479, 480, 640, 719, 720, 800, 1080, 1333, 1920, 4000)
    for size in (DETR, {"shortest_edge": 640, "longest_edge": 640}):
        prepare = Preprocessing(size)
        for height, width in itertools.product(edges, edges):
            if max(height, width) > 100 * min(height, width):
                continue  # there transformers gives sizes of zero
            expected = get_size_with_aspect_ratio(
                (height, width), size["shortest_edge"], size["longest_edge"]
            )
            assert prepare.resized(height, width) == expected


def test_extreme_shapes_keep_a_pixel() -> None:
    prepare = Preprocessing(DETR)
    assert min(prepare.resized(1, 5000)) == 1
    assert min(prepare.resized(5000, 1)) == 1


def test_a_stretch_has_one_size() -> None:
    assert Preprocessing({"height": 5, "width": 7}).resized(100, 100) == (5, 7)


def test_colours_are_rgb_and_normalised() -> None:
    image = np.empty((8, 6, 3), np.uint8)
    image[:] = (10, 20, 30)  # blue, green, red
    batch = Preprocessing({"height": 4, "width": 4})([image], "cpu")
    assert batch.pixels.shape == (1, 3, 4, 4)
    expected = [
        (v / 255 - m) / s for v, m, s in zip((30, 20, 10), IMAGENET_MEAN, IMAGENET_STD, strict=True)
    ]
    np.testing.assert_allclose(batch.pixels[0, :, 2, 1].numpy(), expected, rtol=1e-5)
    assert batch.pixel_mask.all()


def test_antialiasing_sees_every_source_pixel() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[1::4, 1::4] = 255  # fine dots between the samples of a filter of two pixels
    size = {"height": 4, "width": 4}
    smooth = Preprocessing(size, (0, 0, 0), (1, 1, 1))([image], "cpu").pixels
    rough = Preprocessing(size, (0, 0, 0), (1, 1, 1), antialias=False)([image], "cpu").pixels
    assert 0.05 < smooth.mean() < 0.08  # a sixteenth
    assert rough.mean() < 0.01


def test_bicubic_does_not_leave_the_range() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = 255
    size = {"height": 32, "width": 32}
    pixels = Preprocessing(size, (0, 0, 0), (1, 1, 1), resample=3)([image], "cpu").pixels
    assert 0 <= pixels.min() < pixels.max() <= 1
    bilinear = Preprocessing(size, (0, 0, 0), (1, 1, 1))([image], "cpu").pixels
    assert not torch.equal(pixels, bilinear)


@pytest.mark.parametrize("pads_black", [True, False])
def test_padding_is_right_and_below(pads_black: bool) -> None:
    images = [np.full((20, 40, 3), 255, np.uint8), np.full((40, 20, 3), 255, np.uint8)]
    prepare = Preprocessing({"shortest_edge": 8, "longest_edge": 16}, pads_black=pads_black)
    batch = prepare(images, "cpu")
    assert batch.sizes == ((8, 16), (16, 8))
    assert batch.pixels.shape == (2, 3, 16, 16)
    assert batch.pixel_mask[0, :8].all()
    assert not batch.pixel_mask[0, 8:].any()
    assert not batch.pixel_mask[1, :, 8:].any()
    outside = batch.pixels[0, :, 8:]
    mean, std = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD)
    expected = -mean / std if pads_black else torch.zeros(3)
    assert torch.allclose(outside, expected[:, None, None].expand_as(outside))
    assert (batch.pixels[0, 0, :8] > 2).all()


def folder(tmp_path: Path, name: str, content: Any) -> Any:
    tiny.write_json(tmp_path / name, content)
    entry = tiny.entry("some", "rf_detr")
    made = Checkpoint.__new__(Checkpoint)  # a folder is all that is asked for
    made.folder, made._entry = tmp_path, entry
    return made


def test_the_folder_says_how(tmp_path: Path) -> None:
    said = {
        "size": {"height": 12, "width": 24},
        "image_mean": [0.1, 0.2, 0.3],
        "image_std": [1, 2, 3],
        "resample": 3,
        "rescale_factor": 0.5,
        "do_resize": True,
    }
    expected = Preprocessing(
        {"height": 12, "width": 24}, (0.1, 0.2, 0.3), (1, 2, 3), 0.5, 3, antialias=False
    )
    default = Preprocessing(DETR, antialias=False)
    assert written(folder(tmp_path, "preprocessor_config.json", said), default) == expected
    (tmp_path / "preprocessor_config.json").unlink()
    nested = {"image_processor": said, "processor_class": "Sam3Processor"}
    assert written(folder(tmp_path, "processor_config.json", nested), default) == expected


def test_without_a_word_the_architecture_decides(tmp_path: Path) -> None:
    default = Preprocessing(DETR, mean=(0.5,) * 3)
    assert written(folder(tmp_path, "config.json", {}), default) == default
    empty = folder(tmp_path, "preprocessor_config.json", {"size": None, "image_mean": None})
    assert written(empty, default) == default


def test_no_normalising_means_none(tmp_path: Path) -> None:
    said = folder(tmp_path, "preprocessor_config.json", {"do_normalize": False})
    prepare = written(said, Preprocessing(DETR))
    assert (prepare.mean, prepare.std) == ((0, 0, 0), (1, 1, 1))


def test_a_square_is_the_size_s(tmp_path: Path) -> None:
    said = {"size": {"shortest_edge": 10, "longest_edge": 20}}
    made = written(
        folder(tmp_path, "preprocessor_config.json", said), Preprocessing(DETR), pads_square=True
    )
    assert made.pad_to == (10, 20)


@pytest.mark.parametrize(
    "said",
    [
        {"size": {"max_height": 3}},
        {"size": 7},
        {"resample": 1},
        {"image_mean": [0.5]},
        {"image_std": [0, 1, 1]},
        {"rescale_factor": "a lot"},
        {"size": {"height": "x", "width": 3}},
        [],
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, said: Any) -> None:
    with pytest.raises(ModelCorruptError, match=r"preprocessor_config\.json.*models pull some"):
        written(folder(tmp_path, "preprocessor_config.json", said), Preprocessing(DETR))


def test_a_batch_keeps_pictures_apart() -> None:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (30, 40, 3), np.uint8) for _ in range(3)]
    prepare = Preprocessing({"height": 16, "width": 16})
    together = prepare(images, "cpu").pixels
    for image, pixels in zip(images, together, strict=True):
        assert torch.equal(prepare([image], "cpu").pixels[0], pixels)


def test_a_view_is_read_as_it_looks() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    prepare = Preprocessing({"height": 16, "width": 16})
    turned = image[::-1, ::-2]
    expected = prepare([turned.copy()], "cpu").pixels
    assert torch.equal(prepare([turned], "cpu").pixels, expected)
