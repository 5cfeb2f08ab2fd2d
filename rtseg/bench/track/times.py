"""What the tracker costs: processor time on one core, while no other part of the run computes."""

from __future__ import annotations

from collections.abc import Sequence as Items
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.bench.davis import Sequence, read_davis
from rtseg.bench.followers import Tracked
from rtseg.bench.late_oracle import play
from rtseg.bench.spread import spread
from rtseg.bench.track.progress import Progress

_WIDTHS_PX = (None, 640)
"""As the pictures are, and at the size of many a webcam."""

_SEVERAL = 4
"""Objects, to see what a further one costs, unless more are asked for."""


def time_tracker(
    davis: Path, names: Items[str], lates: Items[int], objects: int, progress: Progress
) -> dict[str, Any]:
    """Time steps and corrections.

    Returns
    -------
    JSON-ready. "rows": by size of the pictures, number of objects and lateness, the spread of
    "step_ms", of "first_step_ms" (the step after a correction) and of "correct_ms".
    "further_object_ms": what the median step takes more for each object beyond the first.
    """
    several = max(objects, _SEVERAL)
    usual = sorted(lates)[len(lates) // 2]
    timed: dict[tuple[int | None, int, int], list[Tracked]] = {}
    sizes: dict[int | None, set[str]] = {}
    for done, sequence in enumerate(read_davis(davis, names)):
        progress.tell("times", done, len(names), sequence.name)
        for width in _WIDTHS_PX:
            if width is not None and sequence.images[0].shape[1] <= width:
                continue
            scaled = sequence if width is None else scaled_to(sequence, width)
            height_px, width_px = scaled.images[0].shape[:2]
            sizes.setdefault(width, set()).add(f"{width_px}×{height_px}")
            plays = [(1, late) for late in (lates if width is None else [usual])]
            for count, late in [*plays, (several, usual)]:
                tracked = Tracked(count)
                play(scaled, tracked, late)
                timed.setdefault((width, count, late), []).append(tracked)
    progress.tell("times", len(names), len(names))
    named = {w: min(of) if len(of) == 1 else "as they are" for w, of in sizes.items()}
    rows = [
        {
            "size": named[width],
            "objects": count,
            "late": late,
            # The first steps have nothing to follow.
            "step_ms": spread([ms for each in runs for ms in each.step_ms[late:]], digits=2),
            "first_step_ms": spread([ms for each in runs for ms in each.first_step_ms], digits=2),
            "correct_ms": spread([ms for each in runs for ms in each.correct_ms], digits=2),
        }
        for (width, count, late), runs in timed.items()
    ]
    return {"rows": rows, "further_object_ms": _further(rows, usual, several)}


def _further(rows: Items[dict[str, Any]], late: int, several: int) -> dict[str, float]:
    """Give the milliseconds of each object beyond the first, by the size of the pictures."""
    median = {(row["size"], row["objects"], row["late"]): row["step_ms"]["p50"] for row in rows}
    return {
        size: round((ms - median[size, 1, late]) / (several - 1), 2)
        for (size, count, _), ms in median.items()
        if count == several
    }


def scaled_to(sequence: Sequence, width: int) -> Sequence:
    """Scale pictures and masks to a width, source pixels."""
    height = max(1, round(sequence.images[0].shape[0] * width / sequence.images[0].shape[1]))
    size = width, height
    return Sequence(
        sequence.name,
        [
            np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            for image in sequence.images
        ],
        [
            np.asarray(cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA))
            > 0.5
            for mask in sequence.truth
        ],
    )
