"""`rtseg bench track`: how well masks keep up with the frame on the screen."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence as Items
from functools import partial
from typing import Any

import cv2
import numpy as np

from rtseg.bench.davis import Sequence, read_davis
from rtseg.bench.late_oracle import (
    Follower,
    Hold,
    PlainFlow,
    Tracked,
    noisy,
    play,
)
from rtseg.engine.memory import keep_freed_memory
from rtseg.errors import UsageError
from rtseg.geometry import boundary_f, iou
from rtseg.types import BoolMask

_SEED = 2016  # of the noise: every run degrades the same masks alike


def main(options: argparse.Namespace) -> int:
    """Run the benchmark with the parsed arguments of `rtseg bench track`; give the exit code."""
    try:
        lates = [int(word) for word in options.late.split(",")]
    except ValueError as error:
        raise UsageError(
            f"--late: expected numbers such as 1,3,6,12, got {options.late!r}"
        ) from error
    if min(lates) < 1 or options.objects < 1:
        raise UsageError("--late and --objects: expected numbers of at least 1")
    cv2.setNumThreads(1)
    keep_freed_memory()  # as `rtseg serve` does
    if options.first_only:
        lates = [1]
    figures: dict[int, list[dict[str, Any]]] = {late: [] for late in lates}
    for sequence in read_davis(options.davis):
        for late in lates:
            figures[late].append(_score_sequence(sequence, late, options))
    report = {
        "noise": options.noise,
        "first_only": options.first_only,
        "objects": options.objects,
        "late": {late: _sum_up(rows) for late, rows in figures.items()},
    }
    print(json.dumps(report, indent=1) if options.json else render(report))
    return 0


def _score_sequence(sequence: Sequence, late: int, options: argparse.Namespace) -> dict[str, Any]:
    tracked = Tracked(options.objects)
    followers: dict[str, Follower] = {"hold": Hold(), "flow": PlainFlow(), "tracker": tracked}
    truth = sequence.truth[late:]
    row: dict[str, Any] = {"name": sequence.name, "frames": len(truth)}
    for name, follower in followers.items():
        shown = play(
            sequence,
            follower,
            late,
            first_only=options.first_only,
            degrade=partial(noisy, random=np.random.default_rng(_SEED)) if options.noise else None,
        )
        row[name] = score(shown, truth)
    return row | {"step_ms": tracked.step_ms, "correct_ms": tracked.correct_ms}


def score(shown: Items[BoolMask], truth: Items[BoolMask]) -> dict[str, float]:
    """Score the masks shown against the true ones: J, F and restlessness, each a mean over frames.

    `restless` is how much more a mask changes from frame to frame (1 - IoU with the one before)
    than the truth does; below 0 it lags or sleeps.
    """
    if not truth:
        return {"J": 0.0, "F": 0.0, "restless": 0.0}
    pairs = list(zip(shown, truth, strict=True))
    changes = [
        iou(truth[n - 1], truth[n]) - iou(shown[n - 1], shown[n]) for n in range(1, len(truth))
    ]
    return {
        "J": float(np.mean([iou(mask, true) for mask, true in pairs])),
        "F": float(np.mean([boundary_f(mask, true) for mask, true in pairs])),
        "restless": float(np.mean(changes)) if changes else 0.0,
    }


def _sum_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the mean of the sequences' means, and the spread of all times."""
    overall: dict[str, Any] = {
        name: {key: float(np.mean([row[name][key] for row in rows])) for key in rows[0][name]}
        for name in ("hold", "flow", "tracker")
    }
    for key in ("step_ms", "correct_ms"):
        times = [time for row in rows for time in row.pop(key)]
        overall[key] = (
            {f"p{p}": round(float(np.percentile(times, p)), 2) for p in (50, 95)} if times else {}
        )
    return {"overall": overall, "sequences": rows}


def render(report: dict[str, Any]) -> str:
    """Lay a report out as text."""
    kind = ", ".join(name for name in ("noise", "first_only") if report[name]) or "perfect"
    lines = [f"rtseg bench track: {kind} oracle, {report['objects']} object(s)"]
    for late, result in report["late"].items():
        overall = result["overall"]
        lines += ["", f"{late} frame(s) late".ljust(24) + "hold J    flow J     J     F  restless"]
        for name, row in [(row["name"], row) for row in result["sequences"]] + [("mean", overall)]:
            lines.append(
                f"  {name:<22}{row['hold']['J']:6.3f}    {row['flow']['J']:6.3f} "
                f"{row['tracker']['J']:5.3f} {row['tracker']['F']:5.3f}    "
                f"{row['tracker']['restless']:+.3f}"
            )
        for key, what in (("step_ms", "step"), ("correct_ms", "correct")):
            if overall[key]:
                lines.append(
                    f"  {what:<8}{overall[key]['p50']:6.1f} ms p50 {overall[key]['p95']:6.1f} p95"
                    "   processor time, one core"
                )
    return "\n".join(lines)
