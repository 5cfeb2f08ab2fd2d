"""Bytes against fidelity, ours and the simple ways, as an SVG for light pages and dark ones."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from rtseg.errors import BackendError

_INK = "#123456"
"""Stands in for the ink of the page until the text of the SVG is there."""

_STYLE = """<style>
svg { color: #1f2328 }
text { font-family: system-ui, sans-serif }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }
</style>"""

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
_BYTES = (25, 50, 100, 200, 400, 800, 1600, 3200, 6400)


def plot(part: Mapping[str, Any]) -> str:
    """Draw the mean bytes of an object and frame over the IoU that is promised.

    Parameters
    ----------
    part : of the report, of one kind of masks, with its "curve".

    Raises
    ------
    BackendError
        If matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise BackendError("--svg draws with matplotlib: pip install 'rtseg[bench]'") from error
    fidelities = [float(name) for name in part["curve"]]
    with mpl.rc_context(
        {
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "axes.edgecolor": _INK,
            "xtick.color": _INK,
            "ytick.color": _INK,
            # The same figures give the same file: no date, no random names.
            "svg.fonttype": "none",
            "svg.hashsalt": "rtseg",
        }
    ):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for key, (title, colour, width) in _CURVES.items():
            sizes = [each[key] for each in part["curve"].values()]
            axes.plot(fidelities, sizes, color=colour, linewidth=width, marker="o", markersize=4)
            axes.annotate(
                title,
                (fidelities[0], sizes[0]),
                (2, 7),
                textcoords="offset points",
                color=colour,
                weight="bold" if key == "ours" else "normal",
            )
        for key, title in _LOSSLESS.items():
            axes.axhline(part[key], color=_INK, linewidth=0.8, linestyle=(0, (4, 4)), alpha=0.6)
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
        axes.grid(color=_INK, alpha=0.15, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue().replace(_INK, "currentColor")
    return re.sub(r"(<svg [^>]*>)", lambda found: f"{found[1]}\n{_STYLE}", svg, count=1)
