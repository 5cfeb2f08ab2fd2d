"""rtseg: point a camera at the world, say what you want outlined, and its outline stays on it.

Sub-packages are imported when they are first touched, so that ``import rtseg`` stays instant::

    rtseg.segment("photo.jpg", "cat")["path"]
    tracker = rtseg.tracking.Tracker()
    encoder = rtseg.wire.Encoder(min_iou=0.97)
    segmenter = rtseg.models.load("person", device="auto")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from rtseg.version import __version__

__all__ = [
    "__version__",
    "client",
    "formats",
    "geometry",
    "images",
    "models",
    "segment",
    "tracking",
    "wire",
]

if TYPE_CHECKING:
    from rtseg import client, formats, geometry, images, models, tracking, wire
    from rtseg.images import segment

_LAZY = frozenset(__all__) - {"__version__", "segment"}


def __getattr__(name: str) -> Any:
    if name == "segment":
        return importlib.import_module("rtseg.images").segment
    if name in _LAZY:
        return importlib.import_module(f"rtseg.{name}")
    raise AttributeError(f"module 'rtseg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
