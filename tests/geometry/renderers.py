"""Renderers that others wrote, made to say which pixels of a path they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from rtseg.types import BoolMask

View: TypeAlias = tuple[float, float, float, float]
"""x, y, width and height, in units of the path, that become the whole picture."""

Cover: TypeAlias = npt.NDArray[np.uint8]
"""(H, W): how much of each pixel is covered, of 255."""


def library(name: str) -> Any:
    """Import a renderer, or skip the test.

    Some look for libraries of the system, libEGL and libGL or libcairo: where those are missing,
    they are installed and do not work.
    """
    try:
        return pytest.importorskip(name, reason=f"needs {name}", exc_type=ImportError)
    except OSError as error:
        pytest.skip(f"needs {name}: {error}")


@dataclass(frozen=True)
class Renderer:
    """One of them.

    Parameters
    ----------
    draw : (d, shape, view, smooth) to cover. Without `smooth` a pixel has all or nothing, by its
        centre, as far as the renderer can.
    zoom : odd: how many times as large to draw, for the middle of each block to be taken, which has
        the centre of its pixel.
    reach_px : how near an edge a pixel's centre may be taken for the other side's.
    """

    draw: Callable[[str, tuple[int, int], View, bool], Cover]
    zoom: int
    reach_px: float

    def fill(
        self, d: str, shape: tuple[int, int], view: View | None = None, *, zoom: int | None = None
    ) -> BoolMask:
        """Say which pixels' centres are inside a path; `view` is of its own pixels if None."""
        (height, width), times = shape, zoom or self.zoom
        if not height or not width:
            return np.zeros(shape, np.bool_)
        large = self.draw(d, (times * height, times * width), view or (0, 0, width, height), False)
        return large[times // 2 :: times, times // 2 :: times] > 127

    def cover(self, d: str, shape: tuple[int, int]) -> Cover:
        """Draw as the renderer does unless told otherwise: borders smoothed."""
        return self.draw(d, shape, (0, 0, shape[1], shape[0]), True)


def _skia(d: str, shape: tuple[int, int], view: View, smooth: bool) -> Cover:
    """Skia is what Chromium's canvas draws with. It reads no SVG: it is given the text's words."""
    skia = library("skia")
    path = skia.Path()
    verbs = {
        "M": (path.moveTo, 2),
        "L": (path.lineTo, 2),
        "C": (path.cubicTo, 6),
        "Z": (path.close, 0),
    }
    words = iter(d.split())
    for letter in words:
        verb, count = verbs[letter]
        verb(*(float(next(words)) for _ in range(count)))
    height, width = shape
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorTRANSPARENT)
    canvas.scale(width / view[2], height / view[3])
    canvas.translate(-view[0], -view[1])
    canvas.drawPath(path, skia.Paint(AntiAlias=smooth, Color=skia.ColorWHITE))
    cover: Cover = surface.makeImageSnapshot().toarray()[..., 3]
    return cover


def _resvg(d: str, shape: tuple[int, int], view: View, smooth: bool) -> Cover:
    svg = _svg(d, shape, view, "auto" if smooth else "crispEdges")
    return _alpha(bytes(library("resvg_py").svg_to_bytes(svg_string=svg, skip_system_fonts=True)))


def _cairo(d: str, shape: tuple[int, int], view: View, smooth: bool) -> Cover:
    # Always smoothed: else it paints slivers that no pixel's centre is in.
    svg = _svg(d, shape, view, "auto")
    return _alpha(library("cairosvg").svg2png(bytestring=svg.encode()))


RENDERERS = {
    # Both reckon in 64ths of a pixel, twice.
    "skia": Renderer(_skia, 1, 1 / 32),
    "resvg": Renderer(_resvg, 1, 1 / 32),
    # A pixel that is half covered has its centre within half its diagonal of an edge.
    "cairo": Renderer(_cairo, 9, 0.5**0.5 / 9),
}


def _svg(d: str, shape: tuple[int, int], view: View, rendering: str) -> str:
    height, width = shape
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{" ".join(map(repr, view))}" preserveAspectRatio="none">'
        f'<path d="{d}" fill="#fff" shape-rendering="{rendering}"/></svg>'
    )


def _alpha(png: bytes) -> Cover:
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    # A picture that is covered all over is written without alpha.
    return image[..., 3] if image.shape[2] == 4 else np.full(image.shape[:2], 255, np.uint8)
