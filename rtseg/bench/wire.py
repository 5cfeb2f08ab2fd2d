"""``rtseg bench wire``: what outlines cost on the wire, beside the simple ways."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench.masks import Sequence, as_a_model, read_davis
from rtseg.bench.simple_ways import coco_rle_zlib, path_text, simple_polygon, varint_zlib
from rtseg.geometry import Path, fill, iou, trace
from rtseg.geometry.temporal import Flow, jitter_px, lives_on, may_live_on
from rtseg.types import BoolMask
from rtseg.wire import Decoder, Encoder
from rtseg.wire.shifts import shift_between

FIDELITIES = (0.97, 0.99, 1.0)
LIVES_ON_PX = 2.0
Flows = Callable[[Sequence], list[Flow] | None]
_STILL_FRAMES = 60
FLICKER = 0.05
"""Share of the pixels on either side of a still outline that change from frame to frame."""
_TICKS = 3750
"""RTP ticks between two frames at 24 fps."""


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    cv2.setNumThreads(1)
    sequences = list(read_davis(options.davis))
    report: dict[str, Any] = {"davis": measure(sequences)}
    report["model_like"] = measure([as_a_model(sequence) for sequence in sequences])
    print(json.dumps(report, indent=2) if options.json else render(report))
    return 0


def measure(sequences: list[Sequence]) -> dict[str, Any]:
    """Measure every fidelity; JSON-ready."""
    frames = [mask for sequence in sequences for mask in sequence.masks]
    return {
        "frames": len(frames),
        "coco_rle_zlib_bytes": _mean(coco_rle_zlib(mask) for mask in frames),
        "fidelities": {str(min_iou): _fidelity(sequences, min_iou) for min_iou in FIDELITIES},
    }


def _fidelity(sequences: list[Sequence], min_iou: float) -> dict[str, Any]:
    simple = [[simple_polygon(mask, min_iou) for mask in sequence.masks] for sequence in sequences]
    runs = [_run(sequence.masks, min_iou) for sequence in sequences]
    firsts = [sequence.masks[0] for sequence in sequences]
    still = [_run([mask] * _STILL_FRAMES, min_iou) for mask in firsts]
    flickering = [_run(flicker(mask, _STILL_FRAMES), min_iou) for mask in firsts]
    pairs = [
        (path, mask)
        for paths, sequence in zip(simple, sequences, strict=True)
        for path, mask in zip(paths, sequence.masks, strict=True)
    ]
    sizes = np.concatenate([run["bytes"] for run in runs])
    return {
        "bytes": {
            "ours": float(sizes.mean()),
            "ours_p95": float(np.percentile(sizes, 95)),
            "polygon_varint_zlib": _mean(varint_zlib(path) for path, _ in pairs),
            "path_text": _mean(path_text(path, mask) for path, mask in pairs),
            "still_mask": _mean(size for run in still for size in run["bytes"][1:]),
            "still_mask_flickering": _mean(size for run in flickering for size in run["bytes"][1:]),
        },
        "least_iou": min(min(run["iou"]) for run in runs),
        "vertices": {
            "ours": _mean(_count(path) for run in runs for path in run["paths"]),
            "polygon": _mean(_count(path) for path, _ in pairs),
        },
        "lives_on": _lives(runs, simple, sequences, lambda sequence: sequence.flows),
        "lives_on_by_own_flow": _lives(
            runs, simple, sequences, lambda sequence: sequence.own_flows
        ),
        "stay_or_shift": _stay_or_shift(
            zip((run["paths"] for run in runs), sequences, strict=True)
        ),
        "jitter_px": {
            "ours": _jitter(zip((run["paths"] for run in runs), sequences, strict=True)),
            "polygon": _jitter(zip(simple, sequences, strict=True)),
            "mask": _jitter(
                ([trace(mask) for mask in sequence.masks], sequence) for sequence in sequences
            ),
            "flickering": _jitter_of_still([run["paths"] for run in flickering]),
            "flickering_polygon": _jitter_of_still(
                [[simple_polygon(m, min_iou) for m in flicker(mask, 12)] for mask in firsts]
            ),
        },
        "encode_ms": _spread(value for run in runs for value in run["encode_ms"]),
        "decode_ms": _spread(value for run in runs for value in run["decode_ms"]),
        "bytes_by_sequence": {
            sequence.name: float(np.mean(run["bytes"]))
            for sequence, run in zip(sequences, runs, strict=True)
        },
    }


def _lives(
    runs: list[dict[str, list[Any]]],
    simple: list[list[Path]],
    sequences: list[Sequence],
    flows: Flows,
) -> dict[str, float | None]:
    drawn = [run["paths"] for run in runs]
    return {
        "ours": _lives_on(zip(drawn, sequences, strict=True), flows),
        "polygon": _lives_on(zip(simple, sequences, strict=True), flows),
        "ceiling": _ceiling(zip(drawn, sequences, strict=True), flows),
    }


def _run(masks: list[BoolMask], min_iou: float) -> dict[str, list[Any]]:
    """One stream of one object."""
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    run: dict[str, list[Any]] = {
        name: [] for name in ("bytes", "iou", "paths", "encode_ms", "decode_ms")
    }
    for index, mask in enumerate(masks):
        start_ns = time.perf_counter_ns()
        packet = encoder.encode(index * _TICKS, {1: mask})
        encoded_ns = time.perf_counter_ns()
        paths = decoder.decode(packet)
        decoded_ns = time.perf_counter_ns()
        run["bytes"].append(len(packet))
        run["iou"].append(iou(fill(paths[1], mask.shape), mask))
        run["paths"].append(paths[1])
        run["encode_ms"].append((encoded_ns - start_ns) / 1e6)
        run["decode_ms"].append((decoded_ns - encoded_ns) / 1e6)
    return run


def _lives_on(clips: Iterable[tuple[list[Path], Sequence]], flows: Flows) -> float | None:
    """Share of vertices that the next frame has within 2 px of where the flow takes them."""
    return _share(
        lives_on(before, after, flow, reach_px=LIVES_ON_PX)
        for paths, sequence in clips
        for before, after, flow in zip(paths, paths[1:], flows(sequence) or (), strict=False)
    )


def _ceiling(clips: Iterable[tuple[list[Path], Sequence]], flows: Flows) -> float | None:
    """Share of vertices that the flow takes to within 2 px of the next mask's own outline."""
    return _share(
        may_live_on(before, mask, flow, reach_px=LIVES_ON_PX)
        for paths, sequence in clips
        for before, mask, flow in zip(
            paths, sequence.masks[1:], flows(sequence) or (), strict=False
        )
    )


def _share(parts: Iterable[npt.NDArray[np.bool_]]) -> float | None:
    every = np.concatenate([np.zeros(0, np.bool_), *parts])
    return float(every.mean()) if every.size else None


def _stay_or_shift(clips: Iterable[tuple[list[Path], Sequence]]) -> float:
    """Share of the outlines that are that of the frame before, in its place or another."""
    kept = total = 0
    for paths, sequence in clips:
        height, width = sequence.masks[0].shape
        for before, after in pairwise(paths):
            total += 1
            kept += shift_between(before, after, (height, width)) is not None
    return kept / total


def _jitter(clips: Iterable[tuple[list[Path], Sequence]]) -> float | None:
    """How far the drawn outline is, on average, from the one before as the flow takes it, px."""
    ways = [
        jitter_px(before, after, flow)
        for paths, sequence in clips
        for before, after, flow in zip(paths, paths[1:], sequence.flows or (), strict=False)
    ]
    known = [way for way in ways if way is not None]
    return _mean(known) if known else None


def _jitter_of_still(clips: list[list[Path]]) -> float:
    """How far the drawn outline of a still thing moves from frame to frame, px."""
    # The first frames are where an outline settles.
    ways = (jitter_px(*pair) for paths in clips for pair in pairwise(paths[3:]))
    return _mean(way for way in ways if way is not None)


def flicker(mask: BoolMask, frames: int) -> list[BoolMask]:
    """Draw masks of a still thing as models give them: pixels at its edge come and go."""
    dice = np.random.default_rng(1)
    kernel = np.ones((3, 3), np.uint8)
    outer = cv2.dilate(mask.astype(np.uint8), kernel) > 0
    inner = cv2.erode(mask.astype(np.uint8), kernel) > 0
    drawn = []
    for _ in range(frames):
        noise = cv2.GaussianBlur(dice.random(mask.shape, np.float32), (0, 0), 1.5)
        low, high = np.quantile(noise, (FLICKER, 1 - FLICKER))
        drawn.append(np.where(noise < low, inner, np.where(noise > high, outer, mask)))
    return drawn


def _count(path: Path) -> int:
    return sum(len(ring) for ring in path.rings)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _spread(values: Iterable[float]) -> dict[str, float]:
    every = list(values)
    return {
        "mean": float(np.mean(every)),
        "p50": float(np.percentile(every, 50)),
        "p95": float(np.percentile(every, 95)),
        "max": max(every),
    }


def render(report: dict[str, Any]) -> str:
    """Lay a report out as text."""
    lines = ["rtseg bench wire: mean bytes a frame, container included; one object, one core"]
    for kind, part in report.items():
        lines += ["", f"{kind}, {part['frames']} frames"]
        lines.append(f"{'':<26}" + "".join(f"{f'IoU {name}':>12}" for name in part["fidelities"]))
        for title, pick in _ROWS:
            cells = (pick(figures) for figures in part["fidelities"].values())
            lines.append(f"{title:<26}" + "".join(f"{_cell(value):>12}" for value in cells))
        lines.append(f"{'COCO RLE + zlib':<50}{part['coco_rle_zlib_bytes']:>12.1f}")
    return "\n".join(lines)


_ROWS: list[tuple[str, Callable[[dict[str, Any]], float | None]]] = [
    ("ours", lambda f: f["bytes"]["ours"]),
    ("  p95", lambda f: f["bytes"]["ours_p95"]),
    ("  of a still mask", lambda f: f["bytes"]["still_mask"]),
    ("  that flickers", lambda f: f["bytes"]["still_mask_flickering"]),
    ("polygon, varint + zlib", lambda f: f["bytes"]["polygon_varint_zlib"]),
    ("path text", lambda f: f["bytes"]["path_text"]),
    ("vertices, ours", lambda f: f["vertices"]["ours"]),
    ("vertices, polygon", lambda f: f["vertices"]["polygon"]),
    ("live on, ours", lambda f: f["lives_on"]["ours"]),
    ("live on, polygon", lambda f: f["lives_on"]["polygon"]),
    ("  where the flow may lead", lambda f: f["lives_on"]["ceiling"]),
    ("live on by own flow, ours", lambda f: f["lives_on_by_own_flow"]["ours"]),
    ("  polygon", lambda f: f["lives_on_by_own_flow"]["polygon"]),
    ("  where it may lead", lambda f: f["lives_on_by_own_flow"]["ceiling"]),
    ("outlines that stay or shift", lambda f: f["stay_or_shift"]),
    ("jitter px, ours", lambda f: f["jitter_px"]["ours"]),
    ("  polygon", lambda f: f["jitter_px"]["polygon"]),
    ("  the mask itself", lambda f: f["jitter_px"]["mask"]),
    ("  still, ours", lambda f: f["jitter_px"]["flickering"]),
    ("  still, polygon", lambda f: f["jitter_px"]["flickering_polygon"]),
    ("least IoU", lambda f: f["least_iou"]),
    ("encode ms p50", lambda f: f["encode_ms"]["p50"]),
    ("  p95", lambda f: f["encode_ms"]["p95"]),
    ("decode ms p50", lambda f: f["decode_ms"]["p50"]),
    ("  p95", lambda f: f["decode_ms"]["p95"]),
]


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
