"""Masks and paths of answers as pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from rtseg.geometry import rle
from rtseg.types import BoolMask
from tests.server.running import Running


def read_mask(path: Path) -> BoolMask:
    """A grey picture, half and more of white as True."""
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None, path
    return np.asarray(pixels > 127)


def rasterised(answer: dict[str, Any], size: tuple[int, int]) -> BoolMask:
    """The path of an answer over its box, as pages draw it: cairo, thresholded at half."""
    import cairosvg

    box = answer["bbox"]
    x0, x1 = (round(box[key] * size[0]) for key in ("x_min", "x_max"))
    y0, y1 = (round(box[key] * size[1]) for key in ("y_min", "y_max"))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x1 - x0}" height="{y1 - y0}" '
        f'viewBox="0 0 1 1" preserveAspectRatio="none"><path d="{answer["path"]}"/></svg>'
    )
    png = np.frombuffer(cairosvg.svg2png(bytestring=svg.encode()), np.uint8)
    pixels = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    mask = np.zeros((size[1], size[0]), np.bool_)
    mask[y0:y1, x0:x1] = pixels[..., 3] > 127
    return mask


def servers_mask(server: Running, image_url: str, **asked: Any) -> BoolMask:
    """The exact mask of the same picture, by a request of our own."""
    answer = httpx.post(
        f"{server.url}/v1/segment",
        json={"image_url": image_url, "mask": "rle", **asked},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    mask = answer.json()["mask"]
    return rle.decode(rle.Rle(tuple(mask["size"]), mask["counts"]))
