"""How well the touch backend outlines and follows, on sequences whose truth is known.

`python -m rtseg.bench.touch --davis DIR`: from the true box, from one click at the mask's
innermost point, and GrabCut from the same box beside it; with `--follow`, whether asking it now
and then keeps a tracker on its object.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.bench.davis import Sequence, read_davis
from rtseg.bench.late_oracle import OBJECT
from rtseg.bench.scenes import box_around, innermost_of
from rtseg.geometry import boundary_f, iou
from rtseg.models.loading import load
from rtseg.models.protocol import Request, Segmenter
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Box, Image, Prompt

_GRABCUT_ROUNDS = 5  # as in OpenCV's own sample
GRABCUT_SIDE_PX = 160  # of its faster variant; touch has 96
_GRABCUT_MARGIN = 0.45  # the surroundings that touch looks at too


def measure(davis: Path, every: int = 10, *, grabcut: bool = True) -> dict[str, Any]:
    """Outline the objects of a DAVIS 2016 folder from their true boxes and from one click.

    Parameters
    ----------
    davis : holds JPEGImages/480p and Annotations/480p.
    every : each how manieth frame is looked at.
    grabcut : measure GrabCut too; it takes ten times as long as all the rest.

    Returns
    -------
    For each way, `"box"`, `"click"`, `"grabcut"` and `"small"`, GrabCut on a small picture:
    `J` and `F`, means of the sequences' means;
    `ms`, processor time of one thread, `p50` and `p95`; `score_error`, the mean distance of the
    stated score from J; `sequences`, each with its `name`, `frames`, `J` and `F`.

    Raises
    ------
    UsageError
        The folder is not laid out so.
    """
    cv2.setNumThreads(1)
    segmenter = load("touch", device="cpu")
    segmenter.warm_up()

    def touched(prompt: Prompt, image: Image) -> tuple[BoolMask, float]:
        (answer,) = segmenter.segment([Request(image, (prompt,))])
        return answer.instances[0].mask, answer.instances[0].score

    ways: dict[str, Callable[[Image, BoolMask], tuple[BoolMask, float]]] = {
        "box": lambda image, truth: touched(Prompt(box=box_around(truth)), image),
        "click": lambda image, truth: touched(Prompt(points=(innermost_of(truth),)), image),
    }
    if grabcut:
        ways["grabcut"] = lambda image, truth: (grabcut_from(image, box_around(truth)), 0.0)
        ways["small"] = lambda image, truth: (
            grabcut_from(image, box_around(truth), GRABCUT_SIDE_PX),
            0.0,
        )
    rows: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    times: dict[str, list[float]] = {way: [] for way in ways}
    errors: dict[str, list[float]] = {way: [] for way in ways}
    for sequence in read_davis(davis):
        frames = list(zip(sequence.images, sequence.truth, strict=True))[::every]
        frames = [(image, truth) for image, truth in frames if truth.any()]
        for way, outline in ways.items():
            scores = []
            for image, truth in frames:
                begun = time.process_time()
                mask, score = outline(image, truth)
                times[way].append((time.process_time() - begun) * 1000)
                scores.append((iou(mask, truth), boundary_f(mask, truth)))
                errors[way].append(abs(score - scores[-1][0]))
            j, f = np.mean(scores, axis=0)
            rows[way].append(
                {"name": sequence.name, "frames": len(frames), "J": float(j), "F": float(f)}
            )
    report = {
        way: {
            "J": float(np.mean([row["J"] for row in rows[way]])),
            "F": float(np.mean([row["F"] for row in rows[way]])),
            "ms": {f"p{p}": float(np.percentile(times[way], p)) for p in (50, 95)},
            "score_error": float(np.mean(errors[way])),
            "sequences": rows[way],
        }
        for way in ways
    }
    if grabcut:
        for way in ("grabcut", "small"):
            del report[way]["score_error"]  # it states none
    return report


def measure_following(davis: Path, every: int = 8) -> dict[str, Any]:
    """Follow the first frame's true mask with a tracker, helped in four ways.

    Parameters
    ----------
    davis : as of `measure`.
    every : touch is asked each so many frames.

    Returns
    -------
    For each way J over all frames but the first, the mean and for each sequence: `"alone"`, the
    tracker; `"own mask"`, anchored anew with its own mask each 32 frames; `"hint"`, touch refines
    the tracker's mask and knows nothing else; `"touch"`, touch with its memory of the first frame.
    """
    cv2.setNumThreads(1)
    segmenter = load("touch", device="cpu")
    ways = ("alone", "own mask", "hint", "touch")
    rows: dict[str, dict[str, float]] = {way: {} for way in ways}
    for sequence in read_davis(davis):
        for way in ways:
            rows[way][sequence.name] = _follow(sequence, way, every, segmenter)
    return {
        way: {"J": float(np.mean(list(found.values()))), "sequences": found}
        for way, found in rows.items()
    }


def _follow(sequence: Sequence, way: str, every: int, segmenter: Segmenter) -> float:
    tracker = Tracker()
    memory = segmenter.new_memory() if way == "touch" else None
    names = (OBJECT,) if memory else ()

    def refined(image: Image, hint: BoolMask) -> BoolMask:
        request = Request(image, (Prompt(),), memory, names, (hint,))
        (answer,) = segmenter.segment([request])
        return answer.instances[0].mask

    scores = []
    for number, (image, truth) in enumerate(zip(sequence.images, sequence.truth, strict=True)):
        shown = tracker.step(number, image)
        if number == 0:
            tracker.correct(0, {OBJECT: truth})
            if memory and truth.any():
                refined(image, truth)
            continue
        mask = shown[OBJECT]
        scores.append(iou(mask, truth))
        if not mask.any():
            continue
        if way == "own mask" and number % 32 == 0:
            tracker.correct(number, {OBJECT: mask})
        elif way in {"hint", "touch"} and number % every == 0:
            tracker.correct(number, {OBJECT: refined(image, mask)})
    return float(np.mean(scores)) if scores else 1.0


def grabcut_from(image: Image, box: Box, side_px: int | None = None) -> BoolMask:
    """Outline a box by OpenCV's GrabCut, on the part of the picture around it.

    Parameters
    ----------
    side_px : longer side to which that part is brought; None leaves it as it is.
    """
    height, width = image.shape[:2]
    x0, y0, x1, y1 = (round(side) for side in box.to_px(width, height))
    margin = round(_GRABCUT_MARGIN * (x1 - x0 + y1 - y0) / 2) + 2
    left, top = max(0, x0 - margin), max(0, y0 - margin)
    right, bottom = min(width, x1 + margin), min(height, y1 + margin)
    part = np.ascontiguousarray(image[top:bottom, left:right])
    labels = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
    labels[y0 - top : y1 - top, x0 - left : x1 - left] = cv2.GC_PR_FGD
    if side_px is not None:
        scale = min(1.0, side_px / max(part.shape))
        part = np.asarray(
            cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        labels = np.asarray(
            cv2.resize(labels, part.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8
        )
    mask = np.zeros((height, width), np.bool_)
    if len(np.unique(labels)) == 2:  # it wants some of each
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        how = cv2.GC_INIT_WITH_MASK
        cv2.grabCut(part, labels, None, *models, _GRABCUT_ROUNDS, how)  # type: ignore[call-overload]
    full = cv2.resize((labels & 1) * np.uint8(255), (right - left, bottom - top))
    mask[top:bottom, left:right] = np.asarray(full) > 127
    return mask


def render(report: dict[str, Any], following: dict[str, Any] | None = None) -> str:
    """Lay reports of `measure` and `measure_following` out as text."""
    lines = []
    if report:
        ways = list(report)
        lines.append("J".ljust(22) + "".join(f"{way:>10}" for way in ways))
        lines += [
            f"  {rows[0]['name']:<20}" + "".join(f"{row['J']:10.3f}" for row in rows)
            for rows in zip(*(report[way]["sequences"] for way in ways), strict=True)
        ]
        for key in ("J", "F"):
            cells = "".join(f"{report[way][key]:10.3f}" for way in ways)
            lines.append(f"  {'mean ' + key:<20}" + cells)
        for key in ("p50", "p95"):
            cells = "".join(f"{report[way]['ms'][key]:10.1f}" for way in ways)
            lines.append(f"  {'ms ' + key:<20}" + cells)
    if following:
        ways = list(following)
        lines += ["", "following, J".ljust(22) + "".join(f"{way:>10}" for way in ways)]
        for name in following[ways[0]]["sequences"]:
            cells = "".join(f"{following[way]['sequences'][name]:10.3f}" for way in ways)
            lines.append(f"  {name:<20}{cells}")
        lines.append(f"  {'mean':<20}" + "".join(f"{following[way]['J']:10.3f}" for way in ways))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rtseg.bench.touch", description=__doc__)
    parser.add_argument("--davis", type=Path, required=True, help="a DAVIS 2016 folder")
    parser.add_argument("--every", type=int, default=10, help="each how manieth frame [10]")
    parser.add_argument("--no-grabcut", action="store_true", help="leave the slow comparison out")
    parser.add_argument("--follow", action="store_true", help="measure following instead")
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    if options.follow:
        following = measure_following(options.davis)
        print(json.dumps(following, indent=1) if options.json else render({}, following))
    else:
        report = measure(options.davis, options.every, grabcut=not options.no_grabcut)
        print(json.dumps(report, indent=1) if options.json else render(report))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
