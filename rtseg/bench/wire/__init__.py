"""``rtseg bench wire``: what outlines cost on the wire, beside the simple ways.

First the encoder alone, on one core while the others rest, for its times. Then everything else, a
clip at a time, on all cores: bytes and outlines are the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2

from rtseg.bench.davis import masks_of, sequences_in
from rtseg.bench.masks import Sequence, as_a_model, read_masks, read_sequence
from rtseg.bench.spread import spread
from rtseg.bench.svg import check_plot
from rtseg.bench.wire.clips import every_kind
from rtseg.bench.wire.measuring import FIDELITIES, Numbers, measure
from rtseg.bench.wire.plot import plot
from rtseg.bench.wire.report import figures
from rtseg.bench.wire.streams import Times, time_stream
from rtseg.bench.wire.table import render
from rtseg.bench.wire.together import measure_together
from rtseg.errors import UsageError

_LONG_PER_FRAME = 100
"""Who measures less of the clips wants to wait less for the stream with lost packets as well."""


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    if options.frames is not None and options.frames < 2:
        raise UsageError(f"--frames: expected 2 or more, got {options.frames}")
    if options.svg is not None:
        check_plot("--svg", options.svg)
    wanted = [] if options.sequences is None else _words(options.sequences)
    names = sequences_in(options.davis, wanted)
    cv2.setNumThreads(1)
    perfect = list(read_masks(options.davis, names=names, frames=options.frames, has_flow=False))
    times = _times(perfect)
    report = _measured(options.davis, names, options.frames)
    for kind, spreads in times.items():
        for min_iou, found in spreads.items():
            report[kind]["fidelities"][min_iou] |= found
    if options.svg is not None:
        options.svg.write_text(plot(report["davis"]), encoding="utf-8")
    print(json.dumps(report, indent=2) if options.json else render(report))
    return 0


def _words(text: str) -> list[str]:
    """Read `NAME,…`."""
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"--sequences: expected names with commas between them, got {text!r}")
    return words


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
                "encode_ms": spread(times.encode_ms, digits=3),
                "decode_ms": spread(times.decode_ms, digits=3),
            }
    return found


def _measured(davis: Path, names: list[str], frames: int | None) -> dict[str, Any]:
    """Give the figures that no other program can change, by kind of masks and of question."""
    of = davis, names, frames
    # A fork would not do: OpenCV has threads.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        others = {
            "together": pool.submit(_measure_together, *of),
            "loss": pool.submit(_measure_loss, *of),
        }
        # The longest first, so that none is left to one core at the end.
        longest = sorted(names, key=lambda name: -len(masks_of(davis, name)))
        jobs = {name: pool.submit(_measure_clip, davis, name, frames) for name in longest}
        pooled: dict[str, Numbers] = {}
        for name in names:
            for kind, numbers in jobs[name].result().items():
                pooled.setdefault(kind, Numbers()).pool(numbers)
        report = {kind: figures(numbers) for kind, numbers in pooled.items()}
        return report | {title: job.result() for title, job in others.items()}


def _measure_together(davis: Path, names: list[str], frames: int | None) -> dict[str, Any]:
    """Measure all clips as one."""
    cv2.setNumThreads(1)
    return measure_together(list(read_masks(davis, names=names, frames=frames, has_flow=False)))


def _measure_loss(davis: Path, names: list[str], frames: int | None) -> dict[str, Any]:
    """Measure what lost packets do to all clips."""
    from rtseg.bench import loss  # it knows the engine, which is long in coming

    cv2.setNumThreads(1)
    clips = list(read_masks(davis, names=names, frames=frames, has_flow=False))
    if frames is None:
        return loss.measure(clips)
    return loss.measure(clips, long_frames=min(_LONG_PER_FRAME * frames, loss.LONG_FRAMES))


def _measure_clip(davis: Path, name: str, frames: int | None) -> dict[str, Numbers]:
    """Measure one clip, in every kind of masks."""
    cv2.setNumThreads(1)
    perfect = read_sequence(davis, name, frames=frames)
    return {
        kind: measure(clip, is_plotted=kind == "davis", is_still_too=kind != "tracker")
        for kind, clip in every_kind(davis, perfect).items()
    }
