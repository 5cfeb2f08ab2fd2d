"""From camera images to a network's input, as its checkpoint's image processor would do it.

transformers' own image processors need torchvision, of which PyPI has no CPU build. The few things
that they do are done here with torch, on the device where the network runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rtseg.models.checkpoints import Checkpoint
from rtseg.types import Image

if TYPE_CHECKING:
    import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

_FILES = ("preprocessor_config.json", "processor_config.json")
"""Older checkpoints have the first; transformers 5 writes the second, for images and words."""

_BICUBIC = 3
"""Pillow's number for it, which `resample` holds; 2 is bilinear."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Images as a network takes them.

    Parameters
    ----------
    pixels : (N, 3, h, w) float32, RGB, normalised, on the device; model pixels.
    pixel_mask : (N, h, w) int64, 1 where there is image, 0 on padding.
    sizes : (height, width) of each image inside its padding, model pixels.
    """

    pixels: torch.Tensor
    pixel_mask: torch.Tensor
    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What an image processor does.

    Parameters
    ----------
    size : `{"height", "width"}` stretches to that; `{"shortest_edge", "longest_edge"}` keeps the
        aspect ratio: the shorter edge becomes the first, unless the longer would pass the second.
    mean, std : of RGB, for values in [0, 1].
    scale : what a pixel's value in 0 … 255 is multiplied with.
    resample : Pillow's number of the filter: 2 bilinear, 3 bicubic.
    antialias : the filter covers all source pixels when it makes an image smaller.
    pad_to : (height, width) to which every image is padded on its right and lower side; None pads
        to the largest of the batch.
    pads_black : padding is black, as if it were image; else it is zero after normalising.
    """

    size: Mapping[str, int]
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    scale: float = 1 / 255
    resample: int = 2
    antialias: bool = True
    pad_to: tuple[int, int] | None = None
    pads_black: bool = False

    def resized(self, height: int, width: int) -> tuple[int, int]:
        """Return (height, width), model pixels, of an image of this size in source pixels."""
        if "height" in self.size:
            return self.size["height"], self.size["width"]
        short, long = min(height, width), max(height, width)
        edge = float(self.size["shortest_edge"])
        if (limit := self.size.get("longest_edge")) and edge * long / short > limit:
            edge = limit * short / long
        # The shorter edge is rounded and the longer cut off: DETR's way, which others took over.
        scaled, other = round(edge), max(int(edge * long / short), 1)
        scaled = max(scaled, 1)
        return (scaled, other) if height <= width else (other, scaled)

    def __call__(self, images: Sequence[Image], device: str) -> Batch:
        """Prepare images, (H, W, 3) uint8 BGR of any sizes."""
        import torch
        from torch.nn import functional

        sizes = tuple(self.resized(*image.shape[:2]) for image in images)
        height, width = self.pad_to or (
            max(size[0] for size in sizes),
            max(size[1] for size in sizes),
        )
        mean = torch.tensor(self.mean, device=device)[:, None, None]
        std = torch.tensor(self.std, device=device)[:, None, None]
        pixels = torch.zeros(len(images), 3, height, width, device=device)
        if self.pads_black:
            pixels -= mean / std
        pixel_mask = torch.zeros(len(images), height, width, dtype=torch.int64, device=device)
        for image, (h, w), place, mask in zip(images, sizes, pixels, pixel_mask, strict=True):
            rgb = torch.from_numpy(np.ascontiguousarray(image[..., ::-1])).to(device)
            scaled = functional.interpolate(
                rgb.permute(2, 0, 1)[None].float(),
                (h, w),
                mode="bicubic" if self.resample == _BICUBIC else "bilinear",
                antialias=self.antialias,
            )[0]
            place[:, :h, :w] = (scaled.clamp(0, 255) * self.scale - mean) / std
            mask[:h, :w] = 1
        return Batch(pixels, pixel_mask, sizes)


def written(
    checkpoint: Checkpoint,
    default: Preprocessing,
    *,
    pads_square: bool = False,
) -> Preprocessing:
    """Return the preprocessing that a checkpoint's folder asks for.

    Parameters
    ----------
    checkpoint : the folder; what it does not say is taken from `default`.
    default : of the architecture.
    pads_square : every image is padded to the size's edges.

    Raises
    ------
    ModelCorruptError
        The file asks for something that is not understood.
    """
    name = next((name for name in _FILES if (checkpoint.folder / name).is_file()), None)
    said: dict[str, Any] = checkpoint.read_json(name) if name else {}
    said = said.get("image_processor", said)

    def value(key: str, fallback: Any) -> Any:
        found = said.get(key)
        return fallback if found is None else found

    try:
        size = {key: int(edge) for key, edge in value("size", default.size).items() if edge}
        if not ({"height", "width"} <= size.keys() or "shortest_edge" in size):
            raise ValueError(f"size {size}, expected height and width, or shortest_edge")
        resample = int(value("resample", default.resample))
        if resample not in (2, _BICUBIC):
            raise ValueError(f"resample {resample}, expected 2 (bilinear) or 3 (bicubic)")
        scale = float(value("rescale_factor", default.scale))
        mean = tuple(float(part) for part in value("image_mean", default.mean))
        std = tuple(float(part) for part in value("image_std", default.std))
        if len(mean) != 3 or len(std) != 3 or not all(std):
            raise ValueError(f"image_mean {mean} and image_std {std}, expected three numbers each")
    except (AttributeError, TypeError, ValueError) as error:
        raise checkpoint.corrupt(name or _FILES[0], str(error)) from error
    pad_to = None
    if pads_square:
        pad_to = _edges(size)
    if not value("do_normalize", True):
        mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return Preprocessing(
        size,
        mean,
        std,
        scale,
        resample,
        antialias=default.antialias,
        pad_to=pad_to,
        pads_black=default.pads_black,
    )


def _edges(size: Mapping[str, int]) -> tuple[int, int]:
    if "height" in size:
        return size["height"], size["width"]
    return size["shortest_edge"], size.get("longest_edge", size["shortest_edge"])
