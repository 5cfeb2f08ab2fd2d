"""Folders laid out as DAVIS 2016 is, of what a test draws."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from rtseg.types import BoolMask, Image


def write_sequence(folder: Path, name: str, frames: Iterable[tuple[Image, BoolMask]]) -> None:
    """Write pictures and masks.

    The pictures are PNG in all but their name: JPEG would bleed over the outline.
    """
    pictures, masks = folder / "JPEGImages/480p" / name, folder / "Annotations/480p" / name
    pictures.mkdir(parents=True)
    masks.mkdir(parents=True)
    for number, (image, mask) in enumerate(frames):
        (pictures / f"{number:05}.jpg").write_bytes(cv2.imencode(".png", image)[1].tobytes())
        cv2.imwrite(str(masks / f"{number:05}.png"), mask.astype(np.uint8) * 255)
