"""What one clip gives: numbers of each frame, to be pooled with those of the other clips."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rtseg.bench import masks as clips
from rtseg.bench import simple_ways as ways
from rtseg.bench.wire.streams import fidelities, flicker, stream
from rtseg.geometry import Path, trace
from rtseg.geometry.temporal import Flow, jitter_px, lives_on, may_live_on
from rtseg.types import BoolMask
from rtseg.wire.shifts import shift_between

FIDELITIES = (0.97, 0.99, 1.0)
CURVE = (0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 1.0)
"""Fidelities of the plot."""

_STILL_FRAMES = 40
_SETTLED = 3
"""From this frame on a still outline has settled."""
_SIMPLE_STILL_FRAMES = 12  # where each is drawn for itself, a few say as much as many

Key = tuple[str, ...]
"""A place in the report: its keys, from the outside in."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of frames, vertices or pairs of frames, by the place where their mean is reported.

    Parameters
    ----------
    values : for each place.
    turns : of the chain codes, see `simple_ways.chain_turns`.
    """

    values: defaultdict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    turns: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, 3, 3), np.int64))

    def add(self, *key: str, values: Iterable[float | None]) -> None:
        """Add numbers; None is none."""
        self.values[key] += [float(value) for value in values if value is not None]

    def pool(self, other: Numbers) -> None:
        """Add all the numbers of another clip."""
        for key, values in other.values.items():
            self.values[key] += values
        self.turns[...] += other.turns


def measure(clip: clips.Sequence, *, is_plotted: bool, is_still_too: bool) -> Numbers:
    """Measure one clip.

    Parameters
    ----------
    is_plotted : at the fidelities of the plot too.
    is_still_too : its first mask as a still scene too.
    """
    numbers = Numbers()
    exact = [trace(mask) for mask in clip.masks]
    simple = [ways.SimplePolygons(mask) for mask in clip.masks]
    numbers.add("coco_rle_bytes", values=(len(ways.coco_rle(mask)) for mask in clip.masks))
    numbers.add("coco_rle_zlib_bytes", values=map(ways.coco_rle_zlib, clip.masks))
    numbers.add("png_box_bytes", values=map(ways.png_box, clip.masks))
    for path in exact:
        numbers.turns[...] += ways.chain_turns(path)
    numbers.add("jitter_px_of_mask", values=_jitters(exact, clip.flows))
    still = _Still(clip.masks[0]) if is_still_too else None
    for min_iou in sorted({*FIDELITIES, *(CURVE if is_plotted else ())}):
        sent = stream(clip.masks, min_iou, clip.standings)
        paths = [each.at(min_iou) for each in simple]
        sizes = {
            "ours": sent.sizes,
            "polygon_varint_zlib": [ways.varint_zlib(path) for path in paths],
            "path_text": [
                ways.path_text(path, mask) for path, mask in zip(paths, clip.masks, strict=True)
            ],
        }
        if is_plotted:
            for name, values in sizes.items():
                numbers.add("curve", str(min_iou), name, values=values)
        if min_iou in FIDELITIES:
            at = "fidelities", str(min_iou)
            for name, values in sizes.items():
                numbers.add(*at, "bytes", name, values=values)
            numbers.add(*at, "bytes", "ours_p95", values=sent.sizes)
            numbers.add(*at, "bytes", "standing", values=sent.standing_sizes)
            numbers.add(*at, "bytes_by_sequence", clip.name, values=sent.sizes)
            numbers.add(*at, "least_iou", values=fidelities(sent.paths, clip.masks))
            _add_temporal(numbers, at, clip, sent.paths, paths)
            for ids, next_ids in pairwise(sent.ids):
                numbers.add(*at, "same_vertex", values=np.isin(ids, next_ids))
            if still is not None:
                still.add(numbers, at, min_iou)
    return numbers


def _add_temporal(
    numbers: Numbers, at: Key, clip: clips.Sequence, ours: list[Path], polygons: list[Path]
) -> None:
    """What becomes of vertices and outlines from frame to frame."""
    height, width = clip.masks[0].shape
    numbers.add(
        *at,
        "stay_or_shift",
        values=(shift_between(*pair, (height, width)) is not None for pair in pairwise(ours)),
    )
    drawn = {"ours": ours, "polygon": polygons}
    for name, paths in drawn.items():
        numbers.add(*at, "vertices", name, values=map(_count, paths))
    if at[1] == "1.0":
        return  # Every corner of a pixel is a vertex: whether it lives on says nothing.
    for name, paths in drawn.items():
        numbers.add(*at, "jitter_px", name, values=_jitters(paths, clip.flows))
    for title, flows in (("lives_on", clip.flows), ("lives_on_by_own_flow", clip.own_flows)):
        for name, paths in drawn.items():
            for before, after, flow in _steps(paths, flows):
                numbers.add(*at, title, name, values=lives_on(before, after, flow))
        for before, mask, flow in zip(ours, clip.masks[1:], flows or (), strict=False):
            numbers.add(*at, title, "ceiling", values=may_live_on(before, mask, flow))


class _Still:
    """A thing that does not move, in masks that are all the same and in masks that flicker."""

    def __init__(self, mask: BoolMask) -> None:
        self._same = [mask] * _STILL_FRAMES
        self._flickering = flicker(mask, _STILL_FRAMES)
        few = self._flickering[:_SIMPLE_STILL_FRAMES]
        self._simple = [ways.SimplePolygons(each) for each in few]

    def add(self, numbers: Numbers, at: Key, min_iou: float) -> None:
        """Add what it costs, and how much its outline moves all the same."""
        same, flickering = stream(self._same, min_iou), stream(self._flickering, min_iou)
        numbers.add(*at, "bytes", "still_mask", values=same.sizes[1:])
        numbers.add(*at, "bytes", "still_mask_flickering", values=flickering.sizes[1:])
        if min_iou == 1:
            return
        simple = [each.at(min_iou) for each in self._simple]
        for name, paths in (("flickering", flickering.paths), ("flickering_polygon", simple)):
            pairs = pairwise(paths[_SETTLED:])
            numbers.add(*at, "jitter_px", name, values=(jitter_px(*pair) for pair in pairs))


def _steps(paths: Sequence[Path], flows: list[Flow] | None) -> Iterable[tuple[Path, Path, Flow]]:
    return zip(paths, paths[1:], flows or (), strict=False)


def _jitters(paths: Sequence[Path], flows: list[Flow] | None) -> Iterable[float | None]:
    """How far each outline is from the one before as the flow takes it."""
    return (jitter_px(*step) for step in _steps(paths, flows))


def _count(path: Path) -> int:
    return sum(len(ring) for ring in path.rings)
