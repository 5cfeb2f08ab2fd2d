"""Score the tracker with a perfect model that is slow: mean J of the mask shown, by lateness.

The oracle takes the newest frame when it is free and answers L frames later with that frame's true
mask, so what is known is L to 2L - 1 frames old. Beside the tracker stands the late mask as it is.

    python benchmarks/late_oracle.py DAVIS [--late 1,3,6,12]

DAVIS is a folder laid out as DAVIS 2016 is: JPEGImages/480p/SEQ/*.jpg, Annotations/480p/SEQ/*.png.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from rtseg.geometry import iou
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Image


def read_sequence(davis: Path, name: str) -> tuple[list[Image], list[BoolMask]]:
    images = [
        np.asarray(cv2.imread(str(path)), np.uint8)
        for path in sorted((davis / "JPEGImages/480p" / name).glob("*.jpg"))
    ]
    masks = [
        np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 0
        for path in sorted((davis / "Annotations/480p" / name).glob("*.png"))
    ]
    return images, masks


def score(
    images: list[Image], truth: list[BoolMask], late: int
) -> tuple[float, float, list[float]]:
    """Give mean J held, mean J tracked over frames >= `late`, and seconds of each step."""
    tracker = Tracker()
    held: BoolMask | None = None
    busy_with: int | None = None
    held_j, tracked_j, seconds = [], [], []
    for n, image in enumerate(images):
        started = time.perf_counter()
        if busy_with is not None and n - busy_with >= late:
            held = truth[busy_with]
            tracker.correct(busy_with, {1: held})
            busy_with = None
        masks = tracker.step(n, image)
        seconds.append(time.perf_counter() - started)
        busy_with = n if busy_with is None else busy_with
        if n >= late:
            assert held is not None
            held_j.append(iou(held, truth[n]))
            tracked_j.append(iou(masks[1], truth[n]))
    return float(np.mean(held_j)), float(np.mean(tracked_j)), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Score the tracker with a late oracle.")
    parser.add_argument("davis", type=Path)
    parser.add_argument("--late", default="1,3,6,12")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    names = sorted(path.name for path in (options.davis / "JPEGImages/480p").iterdir())
    sequences = [read_sequence(options.davis, name) for name in names]
    print(f"{len(names)} sequences, {sum(len(images) for images, _ in sequences)} frames")
    print("late   hold J   tracker J   step p50 / p95 ms")
    for late in map(int, options.late.split(",")):
        rows = [score(images, truth, late) for images, truth in sequences]
        steps = np.concatenate([row[2] for row in rows]) * 1000
        print(
            f"{late:4}   {np.mean([row[0] for row in rows]):.3f}    "
            f"{np.mean([row[1] for row in rows]):.3f}       "
            f"{np.percentile(steps, 50):.1f} / {np.percentile(steps, 95):.1f}"
        )


if __name__ == "__main__":
    main()
