from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from rtseg.bench import stamp
from rtseg.bench.onscreen.footage import Footage, cover, cover_mask, footage_of
from rtseg.errors import UsageError
from rtseg.geometry import iou
from tests.bench.davis_folder import write_sequence

SIZE = (128, 72)


def disc(x: int, y: int) -> tuple[np.ndarray, np.ndarray]:
    """A green disc on black in a picture of DAVIS' shape, a quarter of its size."""
    mask = np.zeros((120, 214), np.uint8)
    cv2.circle(mask, (x, y), 25, 1, -1)
    image = np.zeros((120, 214, 3), np.uint8)
    image[mask > 0] = (0, 255, 0)
    return image, mask > 0


@pytest.fixture(scope="module")
def davis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("davis")
    write_sequence(folder, "left", [disc(10 + 4 * n, 60) for n in range(7)])
    write_sequence(folder, "right", [disc(200 - 4 * n, 40) for n in range(5)])
    return folder


def test_picture_and_truth_are_cut_alike() -> None:
    # At the border too, where a cut that differs would show first.
    for x in (3, 100, 212):
        image, mask = disc(x, 60)
        seen = cover(image, SIZE)[..., 1] > 127
        assert seen.shape == (72, 128)
        assert iou(seen, cover_mask(mask, SIZE)) > 0.98


@pytest.mark.parametrize("size", [(128, 72), (72, 128), (300, 300), (214, 120)])
def test_the_size_is_covered_and_the_middle_stays_the_middle(size: tuple[int, int]) -> None:
    picture = np.zeros((120, 214), np.uint8)
    picture[55:65, 102:112] = 255
    covered = cover(picture, size)

    assert covered.shape == (size[1], size[0])
    assert (covered[[0, -1]] == 0).all()
    y, x = np.argwhere(covered > 127).mean(axis=0)
    assert (x, y) == pytest.approx(((size[0] - 1) / 2, (size[1] - 1) / 2), abs=1.5)


def test_each_number_is_one_frame_of_one_sequence(davis: Path) -> None:
    left, right = footage_of(davis, (), SIZE)

    assert [(each.name, each.first, len(each)) for each in (left, right)] == [
        ("left", 0, 7),
        ("right", 7, 5),
    ]
    assert [n for n in range(14) if right.has(n)] == [7, 8, 9, 10, 11]
    assert right.place(9) == 2


def test_the_camera_shows_the_frames_that_the_truth_is_of(davis: Path, tmp_path: Path) -> None:
    (_, right) = footage_of(davis, (), SIZE)
    camera = right.write_camera(tmp_path, fps=12)
    with av.open(str(camera.path)) as container:
        images = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]

    assert [stamp.read(image) for image in images] == [7, 8, 9, 10, 11]
    below_the_stamp = np.s_[8:]
    for number, image in zip(range(7, 12), images, strict=True):
        seen = image[below_the_stamp][..., 1] > 127
        assert iou(seen, right.truth(number)[below_the_stamp]) > 0.95


def test_more_frames_than_numbers_are_refused(davis: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamp, "NUMBERS", 11)
    with pytest.raises(UsageError, match=r"at most 11 frames in all.*got 12"):
        footage_of(davis, (), SIZE)
    assert isinstance(footage_of(davis, ["right"], SIZE)[0], Footage)
