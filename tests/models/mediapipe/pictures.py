"""Photos that lie beside the repository, for the tests that need them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.types import Image

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def photo(name: str) -> Image:
    """Return a photo; the test that asks for it is skipped where it is not."""
    path = DATA / "photos" / name
    if not path.exists():
        pytest.skip(f"needs {path}")
    return np.asarray(cv2.imread(str(path)), np.uint8)


def frames(clip: str, first: int, count: int) -> list[Image]:
    """Return frames of a clip, one after the other; skips as `photo`."""
    path = DATA / "clips" / clip
    if not path.exists():
        pytest.skip(f"needs {path}")
    video = cv2.VideoCapture(str(path))
    images = [video.read()[1] for _ in range(first + count)]
    video.release()
    return [np.asarray(image, np.uint8) for image in images[first:]]
