"""``rtseg bench decode``: what outlines cost the page that shows them, in Node and in Chromium.

The packets are the Python encoder's. They are decoded by the page's own decoder and drawn by its
own overlay, which stand in the built page beside the benchmark itself (`web/bench`).
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.bench.engines import SCRIPT, in_chromium, in_node
from rtseg.bench.figure import draw_person
from rtseg.bench.masks import read_masks
from rtseg.bench.spread import spread
from rtseg.errors import BackendError, UsageError
from rtseg.server.page import built
from rtseg.types import BoolMask
from rtseg.wire import Encoder

FIDELITIES = (0.97, 0.99, 1.0)
MANY = 5
"""Objects in one packet, of those streams that are of many."""

_TICKS = 3750
"""RTP ticks between two frames at 24 fps."""
_DRAWN_SIZE = 854, 480
_DRAWN_EVERY_S = 0.1
"""Apart in time, so that every frame of the drawn person is another one."""

_DIGITS = 4
"""Of milliseconds: a small packet takes a few thousandths of one."""

Clip = tuple[str, list[BoolMask]]
"""Its name, and a mask for each frame."""


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    if options.frames < 1:
        raise UsageError(f"--frames: expected a number of at least 1, got {options.frames}")
    engines = {"node": in_node, "chromium": in_chromium}
    wanted = options.engines.split(",")
    if unknown := set(wanted) - set(engines):
        raise UsageError(f"--in: expected {' or '.join(engines)}, got {', '.join(unknown)}")
    built(SCRIPT)  # no engine can do without, and it is told before anything is encoded
    cv2.setNumThreads(1)
    clips = list(_clips(options.davis, options.frames))
    work = groups(clips)
    report: dict[str, Any] = {
        "masks": "drawn person" if options.davis is None else "DAVIS",
        "packets": sum(len(stream["packets"]) for group in work for stream in group["streams"]),
        "engines": {},
        "missing": {},
    }
    for name in wanted:
        try:
            agent, times = engines[name](work)
        except BackendError as error:
            report["missing"][name] = str(error)
        else:
            report["engines"][name] = {"agent": agent, **summary(times)}
    print(json.dumps(report, indent=1) if options.json else render(report))
    return 0 if report["engines"] else 1


def _clips(davis: Path | None, frames: int) -> Iterator[Clip]:
    """Read the first frames of the sequences, or draw some."""
    if davis is not None:
        clips = read_masks(davis, frames=frames, has_flow=False)
        yield from ((clip.name, clip.masks) for clip in clips)
        return
    moments = np.arange(frames) * _DRAWN_EVERY_S
    masks = [draw_person(float(at_s), _DRAWN_SIZE)[1] for at_s in moments]
    yield "person", masks
    yield "mirrored", [mask[:, ::-1] for mask in masks]


def groups(clips: Sequence[Clip]) -> list[dict[str, Any]]:
    """Encode each clip on its own, and many together, at every fidelity.

    Parameters
    ----------
    clips : names and (H, W) bool masks, one a frame; at least one clip of one frame.

    Returns
    -------
    JSON-ready: `minIou`, `objects` and `streams` of Base64 packets, as web/bench reads them.
    """
    found = []
    for min_iou in FIDELITIES:
        alone = [(name, [{1: mask} for mask in masks]) for name, masks in clips]
        found.append(_group(min_iou, 1, alone))
        found.append(_group(min_iou, MANY, [("together", list(_together(clips)))]))
    return found


def _together(clips: Sequence[Clip]) -> Iterator[dict[int, BoolMask]]:
    """Put `MANY` clips into one; where there are fewer, they come again, later and mirrored."""
    shape = clips[0][1][0].shape
    same = [masks for _, masks in clips if masks[0].shape == shape]
    for at in range(max(len(masks) for masks in same)):
        frame = {}
        for number in range(MANY):
            again, clip = divmod(number, len(same))
            masks = same[clip]
            mask = masks[(at + 3 * again) % len(masks)]
            frame[number + 1] = np.ascontiguousarray(mask[:, ::-1]) if again % 2 else mask
        yield frame


def _group(
    min_iou: float, objects: int, clips: Iterable[tuple[str, list[dict[int, BoolMask]]]]
) -> dict[str, Any]:
    streams = []
    for name, frames in clips:
        encoder = Encoder(min_iou=min_iou)
        packets = [encoder.encode(at * _TICKS, frame) for at, frame in enumerate(frames)]
        texts = [base64.b64encode(packet).decode("ascii") for packet in packets]
        streams.append({"name": name, "packets": texts})
    return {"minIou": min_iou, "objects": objects, "streams": streams}


def summary(times: Mapping[str, Any]) -> dict[str, Any]:
    """Sum up what web/bench measured, milliseconds."""
    cold = times["cold"]["ms"]
    return {
        "clock_step_ms": times["clockStepMs"],
        "cold": {"first": cold[0], **spread(cold, _DIGITS)},
        "groups": [
            {
                "min_iou": group["minIou"],
                "objects": group["objects"],
                "ms": {
                    name: {"copies": way["copies"], **spread(way["ms"], _DIGITS)}
                    for name, way in group["ways"].items()
                },
                "drawn": {
                    f"{one['width']}x{one['height']} {one['effect']}": {
                        "tell": spread(one["tellMs"], _DIGITS),
                        "paint": spread(one["paintMs"], _DIGITS),
                    }
                    for one in group["drawn"]
                },
            }
            for group in times["groups"]
        ],
    }


_WAYS = {
    "decode": "decode a packet",
    "decode_to_path": "  and build its Path2D",
    "json": "JSON + path text, parsed",
    "json_to_path": "JSON + path text to Path2D",
}


def render(report: Mapping[str, Any]) -> str:
    """Lay a report out as text."""
    lines = [f"rtseg bench decode: {report['packets']} packets ({report['masks']}), milliseconds"]
    for engine in report["engines"].values():
        cold = engine["cold"]
        lines += [
            "",
            f"{engine['agent']}, whose clock steps by {1000 * engine['clock_step_ms']:.3g} µs",
            f"cold: the first packet ever {cold['first']:.2f}, "
            f"the first stream p50 {cold['p50']:.3f}, p95 {cold['p95']:.3f}",
            "",
            f"{'':<28}{'IoU':>5}{'objects':>9}{'p50':>9}{'p95':>9}{'max':>9}",
        ]
        for name, title in _WAYS.items():
            rows = [(group, group["ms"][name]) for group in engine["groups"] if name in group["ms"]]
            lines += [_row(title, group, times) for group, times in rows]
        drawings = dict.fromkeys(name for group in engine["groups"] for name in group["drawn"])
        for drawing in drawings:
            for part, title in (("tell", f"{drawing}, page"), ("paint", "  until it is there")):
                lines += [
                    _row(title, group, group["drawn"][drawing][part])
                    for group in engine["groups"]
                    if drawing in group["drawn"]
                ]
    for name, why in report["missing"].items():
        lines += ["", f"{name}: not measured: {why}"]
    return "\n".join(lines)


def _row(title: str, group: Mapping[str, Any], times: Mapping[str, float]) -> str:
    cells = "".join(f"{times[name]:>9.3f}" for name in ("p50", "p95", "max"))
    return f"{title:<28}{group['min_iou']:>5g}{group['objects']:>9}{cells}"
