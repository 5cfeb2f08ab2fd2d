"""Bytes against fidelity, ours and the simple ways, as an SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rtseg.bench.svg import INK, check_plot, draw_plot

# Colours that are told apart on white and on black, by those too who see no red or no green.
_CURVES = {
    "path_text": ("path text", "#999999", 1.5),
    "polygon_varint_zlib": ("polygon, varint + zlib", "#e69f00", 1.5),
    "ours": ("rtseg", "#0090d0", 2.5),
}
_LOSSLESS = {
    "coco_rle_zlib_bytes": "COCO RLE + zlib",
    "chain_code_bytes": "chain code of order 2, ideal",
}
_TICKS = (0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 1.0)
_BYTES = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)


def plot(part: Mapping[str, Any]) -> str:
    """Draw the mean bytes of an object and frame over the IoU that is promised.

    Parameters
    ----------
    part : of the report, of one kind of masks, with its "curve".

    Raises
    ------
    BackendError
        If matplotlib is not installed; see `check_plot`.
    """
    check_plot("--svg")
    fidelities = [float(name) for name in part["curve"]]

    def draw(axes: Any) -> None:
        for key, (title, colour, width) in _CURVES.items():
            sizes = [each[key] for each in part["curve"].values()]
            axes.plot(fidelities, sizes, color=colour, linewidth=width, marker="o", markersize=4)
            axes.annotate(
                title,
                (fidelities[0], sizes[0]),
                (2, 9),
                textcoords="offset points",
                color=colour,
                weight="bold" if key == "ours" else "normal",
            )
        for key, title in _LOSSLESS.items():
            axes.axhline(part[key], color=INK, linewidth=0.8, linestyle=(0, (4, 4)), alpha=0.6)
            axes.annotate(
                f"{title} (lossless)",
                (fidelities[0], part[key]),
                (2, 4),
                textcoords="offset points",
                fontsize=9,
                alpha=0.8,
            )
        axes.set_yscale("log")
        axes.set_yticks(_BYTES, [f"{size:,}" for size in _BYTES])
        axes.set_yticks([], minor=True)
        axes.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
        axes.set_xlabel("IoU with the mask that every frame keeps")
        axes.set_ylabel("bytes of an object and frame, mean")

    return draw_plot(draw)
