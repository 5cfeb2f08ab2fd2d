"""``rtseg bench wire``: what outlines cost on the wire, beside the simple ways.

First the encoder alone, on one core while the others rest, for its times. Then everything else, a
clip at a time, on all cores: bytes and outlines are the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2

from rtseg.bench.masks import Sequence, as_a_model, read_davis, read_sequence, sequences_in
from rtseg.bench.wire.clips import every_kind
from rtseg.bench.wire.measuring import FIDELITIES, Numbers, measure
from rtseg.bench.wire.report import figures, spread
from rtseg.bench.wire.streams import Times, time_stream
from rtseg.bench.wire.table import render
from rtseg.bench.wire.together import measure_together
from rtseg.errors import UsageError


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    if options.frames is not None and options.frames < 2:
        raise UsageError(f"--frames: expected 2 or more, {options.frames} came")
    names = sequences_in(options.davis, [word for word in options.sequences.split(",") if word])
    cv2.setNumThreads(1)
    perfect = list(read_davis(options.davis, names=names, frames=options.frames, has_flow=False))
    times = _times(perfect)
    report: dict[str, Any] = {
        kind: figures(numbers)
        for kind, numbers in _measured(options.davis, names, options.frames).items()
    }
    for kind, spreads in times.items():
        for min_iou, found in spreads.items():
            report[kind]["fidelities"][min_iou] |= found
    report["together"] = measure_together(perfect)
    if options.svg is not None:
        from rtseg.bench.wire.plot import plot

        options.svg.write_text(plot(report["davis"]), encoding="utf-8")
    print(json.dumps(report, indent=2) if options.json else render(report))
    return 0


def _times(perfect: list[Sequence]) -> dict[str, dict[str, dict[str, Any]]]:
    """Give the spreads of times, by kind of masks and fidelity."""
    kinds = {"davis": perfect, "model_like": [as_a_model(clip) for clip in perfect]}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, each in kinds.items():
        found[kind] = {}
        for min_iou in FIDELITIES:
            times = Times()
            for clip in each:
                time_stream(clip.masks, min_iou, times)
            found[kind][str(min_iou)] = {
                "encode_ms": spread(times.encode_ms),
                "decode_ms": spread(times.decode_ms),
            }
    return found


def _measured(davis: Path, names: list[str], frames: int | None) -> dict[str, Numbers]:
    """Measure all clips, and pool what they give, by kind of masks."""
    pooled: dict[str, Numbers] = {}
    for kinds in _each_measured(davis, names, frames):
        for kind, numbers in kinds.items():
            pooled.setdefault(kind, Numbers()).pool(numbers)
    return pooled


def _each_measured(
    davis: Path, names: list[str], frames: int | None
) -> Iterator[dict[str, Numbers]]:
    if len(names) == 1:
        yield measure_clip(davis, names[0], frames)
        return
    # The longest first, so that none is left to one core at the end.
    longest = sorted(names, key=lambda name: -len(list(_masks_of(davis, name))))
    # A fork would not do: OpenCV has threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(mp_context=context) as pool:
        jobs = {name: pool.submit(measure_clip, davis, name, frames) for name in longest}
        for name in names:
            yield jobs[name].result()


def measure_clip(davis: Path, name: str, frames: int | None) -> dict[str, Numbers]:
    """Measure one clip, in every kind of masks."""
    cv2.setNumThreads(1)
    perfect = read_sequence(davis, name, frames=frames)
    return {
        kind: measure(clip, is_plotted=kind == "davis", is_still_too=kind != "tracker")
        for kind, clip in every_kind(davis, perfect).items()
    }


def _masks_of(davis: Path, name: str) -> Iterator[Path]:
    return (davis / "Annotations" / "480p" / name).glob("*.png")
