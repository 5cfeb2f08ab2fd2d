"""A drawn clip: a tomato that crosses the picture, and a leaf that comes in its second half."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtseg.models import Store
from rtseg.recordings.video_file import VideoFile
from rtseg.types import Image
from tests.images.colours import OneLoader, scene, store_of
from tests.models.conftest import weights

__all__ = ["weights"]

FPS = 20
FRAMES = 20


def picture(n: int) -> Image:
    things = [("tomato", 25 + 5 * n, 40), ("tomato", 135 - 3 * n, 95)]
    if n >= FRAMES // 2:
        things.append(("leaf", 30, 90))
    return scene(*things)


def write_clip(path: Path, pictures: list[Image], fps: float = FPS) -> Path:
    file = VideoFile(path, (pictures[0].shape[1], pictures[0].shape[0]), fps)
    for n, image in enumerate(pictures):
        file.add(n / fps, image)
    file.close()
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return write_clip(path, [picture(n) for n in range(FRAMES)])


@pytest.fixture
def loader() -> OneLoader:
    return OneLoader()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_of(tmp_path / "home")
