"""Streams of masks through an encoder and a decoder."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, box_of, fill, iou
from rtseg.types import BoolMask, TrackId
from rtseg.wire import Decoder, Encoder

TICKS = 3750
"""RTP ticks between two frames at 24 fps."""

FLICKER = 0.05
"""Share of the pixels on either side of a still outline that change from frame to frame."""

_OBJECT = 1
_ROOM_PX = 4
"""Around a mask that flickers: what its noise is drawn for."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What came out for each frame of one object.

    Parameters
    ----------
    sizes : bytes of the packet.
    paths : what the other side decoded.
    ids : of the vertices of those, as the encoder has them; none of an exact outline.
    """

    sizes: list[int] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    ids: list[npt.NDArray[np.int64]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Times:
    """Processor time of each frame, milliseconds on one core."""

    encode_ms: list[float] = field(default_factory=list)
    decode_ms: list[float] = field(default_factory=list)


def stream(masks: Sequence[BoolMask], min_iou: float) -> Stream:
    """Send the masks of one object."""
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    sent = Stream()
    for index, mask in enumerate(masks):
        outlines = encoder.outline({_OBJECT: mask})
        height, width = mask.shape
        packet = encoder.pack(index * TICKS, (height, width), outlines)
        sent.sizes.append(len(packet))
        sent.paths.append(decoder.decode(packet)[_OBJECT])
        sent.ids.append(np.concatenate([np.zeros(0, np.int64), *(outlines[_OBJECT].ids or ())]))
    return sent


def fidelities(paths: Sequence[Path], masks: Sequence[BoolMask]) -> list[float]:
    """IoU of each path, filled, with its mask."""
    pairs = zip(paths, masks, strict=True)
    return [iou(fill(path, mask.shape), mask) for path, mask in pairs]


def time_stream(masks: Sequence[BoolMask], min_iou: float, times: Times) -> None:
    """Send the masks of one object, and add how long each took."""
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    for index, mask in enumerate(masks):
        start_ns = time.thread_time_ns()
        packet = encoder.encode(index * TICKS, {_OBJECT: mask})
        encoded_ns = time.thread_time_ns()
        decoder.decode(packet)
        decoded_ns = time.thread_time_ns()
        times.encode_ms.append((encoded_ns - start_ns) / 1e6)
        times.decode_ms.append((decoded_ns - encoded_ns) / 1e6)


def sizes_together(frames: Sequence[Mapping[TrackId, BoolMask]], min_iou: float) -> list[int]:
    """Bytes of each packet of several objects."""
    encoder = Encoder(min_iou=min_iou)
    return [len(encoder.encode(index * TICKS, masks)) for index, masks in enumerate(frames)]


def flicker(mask: BoolMask, frames: int) -> list[BoolMask]:
    """Draw masks of a still thing as models give them: pixels at its edge come and go."""
    dice = np.random.default_rng(1)
    kernel = np.ones((3, 3), np.uint8)
    x0, y0, x1, y1 = box_of(mask)
    near = (
        slice(max(y0 - _ROOM_PX, 0), y1 + _ROOM_PX),
        slice(max(x0 - _ROOM_PX, 0), x1 + _ROOM_PX),
    )
    here = mask[near]
    outer = cv2.dilate(here.astype(np.uint8), kernel) > 0
    inner = cv2.erode(here.astype(np.uint8), kernel) > 0
    drawn = []
    for _ in range(frames):
        noise = cv2.GaussianBlur(dice.random(here.shape, np.float32), (0, 0), 1.5)
        low, high = np.quantile(noise, (FLICKER, 1 - FLICKER))
        one = np.zeros_like(mask)
        one[near] = np.where(noise < low, inner, np.where(noise > high, outer, here))
        drawn.append(one)
    return drawn
