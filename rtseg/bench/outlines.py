"""``rtseg bench outlines``: smooth paths as the image APIs answer them, beside straight ones."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from rtseg.bench.masks import as_a_model, read_masks
from rtseg.bench.simple_ways import simple_polygon
from rtseg.formats.outlined import SMOOTH_MIN_IOU
from rtseg.geometry import Path, Polygons, fill, iou, simplify, trace
from rtseg.geometry.curves import CurveRing, Curves, smooth
from rtseg.types import BoolMask

UNSEEN_PX = (0.25, 0.1)
"""How finely a curve is cut into straight lines, so that it still looks like one: 0.25 px is where
its corners vanish at the picture's own size, 0.1 px at twice to three times that."""

_TOLERANCES_PX = np.geomspace(0.5, 8, 25)
_MOST_DECIMALS = 6
_CORNER = 45.0
"""Joints that turn by more, degrees, are meant to be corners."""


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    cv2.setNumThreads(1)
    sequences = list(read_masks(options.davis, has_flow=False))
    report: dict[str, Any] = {}
    for kind, each in (("davis", sequences), ("model_like", map(as_a_model, sequences))):
        masks = [mask for one in each for mask in one.masks[:: options.every]]
        report[kind] = measure([mask for mask in masks if mask.any()], options.min_iou)
    print(json.dumps(report, indent=2) if options.json else render(report))
    return 0


def measure(masks: Sequence[BoolMask], min_iou: float = SMOOTH_MIN_IOU) -> dict[str, Any]:
    """Measure smooth paths and straight ones of the same masks; JSON-ready.

    Every text is in [0, 1] of the mask's box, with as few decimals as its fidelity takes.
    """
    paths = [trace(mask) for mask in masks]
    curves, times_ms = [], []
    for path, mask in zip(paths, masks, strict=True):
        start_ns = time.thread_time_ns()
        curves.append(smooth(path, mask, min_iou))
        times_ms.append((time.thread_time_ns() - start_ns) / 1e6)
    scores = [
        iou(fill(one.flatten(), mask.shape), mask) for one, mask in zip(curves, masks, strict=True)
    ]
    chars = _mean(len(one.in_box()) for one in curves)
    simple = [simplify(path, mask, min_iou).path for path, mask in zip(paths, masks, strict=True)]
    polygons = [simple_polygon(mask, min_iou) for mask in masks]
    straight: dict[str, float] = {
        "simplified": _mean(
            _text_at(path, mask, min_iou) for path, mask in zip(simple, masks, strict=True)
        ),
        "douglas_peucker": _mean(
            _text_at(path, mask, min_iou) for path, mask in zip(polygons, masks, strict=True)
        ),
        "douglas_peucker_one_tolerance": _one_tolerance(paths, masks, min_iou),
    }
    for tolerance_px in UNSEEN_PX:
        straight[f"curve_cut_at_{tolerance_px:g}_px"] = _mean(
            _cut_text(one, tolerance_px) for one in curves
        )
    straight["exact"] = _mean(
        _text_at(path, mask, 1.0) for path, mask in zip(paths, masks, strict=True)
    )
    return {
        "masks": len(masks),
        "min_iou": min_iou,
        "iou": {"mean": _mean(scores), "min": min(scores)},
        "chars": chars,
        "segments": {
            "curves": _mean(_count(one, straight=False) for one in curves),
            "lines": _mean(_count(one, straight=True) for one in curves),
        },
        "straight_chars": straight,
        "ratio": {name: chars / value for name, value in straight.items()},
        "joint_turn_degrees": {
            "smooth": _joint_turn(ring for one in curves for ring in one.rings),
            "simplified": _vertex_turn(simple),
        },
        "ms": {
            "p50": float(np.percentile(times_ms, 50)),
            "p95": float(np.percentile(times_ms, 95)),
            "max": max(times_ms),
        },
    }


def _text_at(path: Path, mask: BoolMask, min_iou: float) -> int:
    """Length of a path's text, with the fewest decimals that keep a fidelity."""
    x0, y0, x1, y1 = trace(mask).bbox
    sides = np.array((x1 - x0, y1 - y0), np.float64)
    for decimals in range(2, _MOST_DECIMALS + 1):
        step = sides / 10**decimals
        rings = tuple(np.rint((ring - (x0, y0)) / step) * step + (x0, y0) for ring in path.rings)
        if iou(fill(Polygons(rings), mask.shape), mask) >= min_iou:
            break
    return _text(path, mask, decimals)


def _text(path: Path, mask: BoolMask, decimals: int) -> int:
    x0, y0, x1, y1 = trace(mask).bbox
    scale = 1 / (x1 - x0), 1 / (y1 - y0)
    return len(path.svg(origin=(x0, y0), scale=scale, decimals=decimals))


def _one_tolerance(paths: Sequence[Path], masks: Sequence[BoolMask], min_iou: float) -> float:
    """Length of Douglas-Peucker's text at the largest tolerance whose *mean* IoU will do."""
    best = list(paths)
    for tolerance in _TOLERANCES_PX.tolist():
        cut = [
            Path(
                tuple(
                    kept.astype(np.int32)
                    for ring in path.rings
                    if len(kept := cv2.approxPolyDP(ring, tolerance, closed=True)[:, 0]) >= 3
                )
            )
            for path in paths
        ]
        scores = [iou(fill(path, mask.shape), mask) for path, mask in zip(cut, masks, strict=True)]
        if np.mean(scores) < min_iou:
            break
        best = cut
    # Three decimals, as image APIs answer.
    return _mean(_text(path, mask, 3) for path, mask in zip(best, masks, strict=True))


def _cut_text(curves: Curves, tolerance_px: float) -> int:
    """Length of the text of curves as the fewest straight lines, on the lattice of the curves."""
    cut = []
    for ring in curves.flatten(tolerance_px / 10).rings:
        fine = ring.astype(np.float32)
        kept = cv2.approxPolyDP(fine, 0.9 * tolerance_px, closed=True)[:, 0].astype(np.float64)
        cut.append(CurveRing(kept, np.zeros((len(kept), 2, 2)), np.ones(len(kept), np.bool_)))
    return len(Curves(tuple(cut), curves.box, curves.decimals).in_box())


def _count(curves: Curves, *, straight: bool) -> int:
    return sum(int((ring.is_straight == straight).sum()) for ring in curves.rings)


def _joint_turn(rings: Iterable[CurveRing]) -> float:
    """Mean turn at the joints of curves that are no corners, degrees."""
    turns = []
    for ring in rings:
        out = ring.controls[:, 0] - ring.anchors
        came = ring.anchors - np.roll(ring.controls[:, 1], 1, axis=0)
        turns.append(_degrees(came, out))
    return _mean_below_corners(turns)


def _vertex_turn(paths: Iterable[Path]) -> float:
    turns = []
    for path in paths:
        for ring in path.rings:
            steps = np.roll(ring, -1, axis=0) - ring
            turns.append(_degrees(np.roll(steps, 1, axis=0), steps))
    return _mean_below_corners(turns)


def _degrees(a: Any, b: Any) -> Any:
    return np.degrees(
        np.abs(np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1)))
    )


def _mean_below_corners(turns: Sequence[Any]) -> float:
    every = np.concatenate(turns)
    every = every[every < _CORNER]
    return float(every.mean()) if every.size else 0.0


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


_STRAIGHT_NAMES: Mapping[str, str] = {
    "simplified": "fewest vertices, each ≥ the IoU",
    "douglas_peucker": "Douglas-Peucker, each ≥ the IoU",
    "douglas_peucker_one_tolerance": "Douglas-Peucker, one tolerance, mean IoU",
    **{f"curve_cut_at_{px:g}_px": f"this curve, cut at {px:g} px" for px in UNSEEN_PX},
    "exact": "the pixels' edges",
}


def render(report: Mapping[str, Any]) -> str:
    """Lay a report out as text."""
    lines = ["rtseg bench outlines: characters of path text in [0, 1] of the mask's box; one core"]
    for kind, part in report.items():
        score, ms, segments = part["iou"], part["ms"], part["segments"]
        turns = part["joint_turn_degrees"]
        lines += [
            "",
            f"{kind}, {part['masks']} masks, IoU ≥ {part['min_iou']:g} promised",
            f"  IoU mean {score['mean']:.4f}, min {score['min']:.4f}",
            f"  {segments['curves']:.1f} curves and {segments['lines']:.1f} lines a mask; "
            f"joints turn by {turns['smooth']:.1f}°, those of straight lines by "
            f"{turns['simplified']:.1f}°",
            f"  processor ms p50 {ms['p50']:.1f}, p95 {ms['p95']:.1f}, max {ms['max']:.1f}",
            f"  {'characters':<46}{part['chars']:>9.0f}",
        ]
        lines += [
            f"  {_STRAIGHT_NAMES[name]:<46}{chars:>9.0f}   smooth: {part['ratio'][name]:.3f} of it"
            for name, chars in part["straight_chars"].items()
        ]
    return "\n".join(lines)
