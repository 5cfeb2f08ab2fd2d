"""J against lateness: held, moved by plain flow, followed; as an SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rtseg.bench.svg import INK, check_plot, draw_plot

# Colours that are told apart on white and on black, by those too who see no red or no green.
_CURVES = {
    "hold": ("held as it is", "#999999", 1.5),
    "flow": ("moved by plain flow", "#e69f00", 1.5),
    "tracker": ("rtseg", "#0090d0", 2.5),
}
_FRAME_MS = 1000 / 24  # DAVIS


def plot(report: Mapping[str, Any]) -> str:
    """Draw the mean J over how late the model is, and that from its first mask alone.

    Parameters
    ----------
    report : of the benchmark, with rounds of the perfect oracle.

    Raises
    ------
    BackendError
        If matplotlib is not installed; see `check_plot`.
    """
    check_plot("--plot")
    perfect = [each for each in report["rounds"] if not each["noisy"]]
    late = [each for each in perfect if not each["first_only"]]
    first = [each for each in perfect if each["first_only"]]

    def draw(axes: Any) -> None:
        lates = [each["late"] for each in late]
        for name, (title, colour, width) in _CURVES.items():
            j = [each["overall"][name]["J"] for each in late]
            axes.plot(lates, j, color=colour, linewidth=width, marker="o", markersize=4)
            axes.annotate(
                title,
                (lates[-1], j[-1]),
                (0, 8 if name == "tracker" else -16),
                textcoords="offset points",
                ha="right",
                color=colour,
                weight="bold" if name == "tracker" else "normal",
            )
        for each in first:
            j = each["overall"]["tracker"]["J"]
            axes.axhline(j, color=INK, linewidth=0.8, linestyle=(0, (4, 4)), alpha=0.6)
            axes.annotate(
                "rtseg, from the first mask alone",
                (lates[-1], j),
                (0, -12),
                textcoords="offset points",
                ha="right",
                fontsize=9,
                alpha=0.8,
            )
        axes.set_xticks(lates, [f"{frames}\n{frames * _FRAME_MS:.0f} ms" for frames in lates])
        axes.set_ylim(0, 1)
        axes.set_xlabel("how late the model answers: frames, at 24 a second")
        axes.set_ylabel("J with the frame on the screen, mean")

    return draw_plot(draw)
