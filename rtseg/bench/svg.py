"""Plots as SVG files for light pages and dark ones, drawn by matplotlib (extra: bench)."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rtseg.errors import BackendError, UsageError

INK = "#123456"
"""Stands in for the ink of the page until the text of the SVG is there."""

_STYLE = """<style>
svg { color: #1f2328 }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3 } }
</style>"""


def check_plot(option: str, file: Path | None = None) -> None:
    """Refuse what could not be drawn or written: before minutes are spent.

    Parameters
    ----------
    option : of the command line, for the message.
    file : where the plot shall go.

    Raises
    ------
    UsageError
        If the file's name does not end in .svg, or its folder is not there.
    BackendError
        If matplotlib is not installed.
    """
    if file is not None and not file.parent.is_dir():
        raise UsageError(f"{option}: there is no folder {file.parent}")
    if file is not None and file.suffix.lower() != ".svg":
        raise UsageError(f"{option}: expected a name that ends in .svg, got {file}")
    if importlib.util.find_spec("matplotlib") is None:
        raise BackendError(f"{option} draws with matplotlib: pip install 'rtseg[bench]'")


def draw_plot(draw: Callable[[Any], None]) -> str:
    """Make an SVG whose ink is that of the page.

    Parameters
    ----------
    draw : gets matplotlib's axes; what is to be in the page's ink has the colour `INK`.

    Returns
    -------
    The file's text.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            # The same figures give the same file: no date and no random names.
            "svg.fonttype": "none",
            "svg.hashsalt": "rtseg",
        }
    ):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.grid(color=INK, alpha=0.15, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        text = io.StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    svg = text.getvalue().replace(INK, "currentColor")
    return re.sub(r"(<svg [^>]*>)", lambda found: f"{found[1]}\n{_STYLE}", svg, count=1)
