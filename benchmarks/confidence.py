"""Fit a track's confidence: ``python benchmarks/confidence.py --davis DIR``.

Plays the late oracle in several ways, keeps the signs of every mask shown beside its J, and fits
the weights of `rtseg.tracking.confidence`. What it prints of errors and of reliability is measured
on sequences that were left out of the fit, each in its turn. The weights, of the fit on all, are
printed last: they go into `WEIGHTS`. ``--rows FILE.npz`` keeps what was collected.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.bench.davis import Sequence, read_davis
from rtseg.bench.late_oracle import noisy
from rtseg.geometry import iou
from rtseg.tracking import Tracker, TrackState
from rtseg.tracking.confidence import Signs

OBJECT = 1
STIFFNESS = 1e-3
ROUNDS = 40
BINS = 10

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """How the oracle answers."""

    name: str
    late: int
    first_only: bool = False
    seed: int | None = None


WAYS = (
    Way("1", 1),
    Way("3", 3),
    Way("6", 6),
    Way("12", 12),
    Way("first", 1, first_only=True),
    Way("noisy 1", 1, seed=1),
    Way("noisy 3", 3, seed=2),
    Way("noisy 12", 12, seed=3),
)


def play(sequence: Sequence, way: Way) -> Iterator[tuple[Array, float]]:
    """Give the signs and J of each mask that is shown."""
    tracker, random = Tracker(), np.random.default_rng(way.seed)
    busy_with: int | None = None
    for number, image in enumerate(sequence.images):
        if busy_with is not None and number - busy_with >= way.late:
            mask = sequence.truth[busy_with]
            tracker.correct(busy_with, {OBJECT: mask if way.seed is None else noisy(mask, random)})
            busy_with = None
        shown = tracker.step(number, image).get(OBJECT)
        if busy_with is None and (number == 0 or not way.first_only):
            busy_with = number
        track = tracker.tracks.get(OBJECT)
        if shown is not None and track is not None and track.state is not TrackState.LOST:
            signs = tracker.signs[OBJECT]
            yield np.array(astuple(signs)), iou(shown, sequence.truth[number])


def fit(signs: Array, score: Array, weight: Array) -> Array:
    """Fit weights and constant by Newton's method on the cross-entropy, slightly stiff."""
    terms = np.column_stack((signs, np.ones(len(signs))))
    scale = np.maximum(terms.std(axis=0), 1e-3)
    scale[-1] = 1
    terms = terms / scale
    weight = weight / weight.sum()
    stiff = STIFFNESS * np.diag([1.0] * signs.shape[1] + [0.0])
    solution = np.zeros(terms.shape[1])
    for _ in range(ROUNDS):
        guess = 1 / (1 + np.exp(-terms @ solution))
        slope = terms.T @ (weight * (guess - score)) + stiff @ solution
        bend = (terms * (weight * guess * (1 - guess))[:, None]).T @ terms + stiff
        solution -= np.linalg.solve(bend, slope)
    return solution / scale


def estimate(signs: Array, weights: Array) -> Array:
    """Give the confidence of each row."""
    return np.asarray(1 / (1 + np.exp(-(signs @ weights[:-1] + weights[-1]))))


def balanced(*groups: npt.NDArray[np.str_]) -> Array:
    """Weigh rows so that every sequence counts the same in every way."""
    together = np.char.add(np.char.add(groups[0], "|"), groups[1])
    _, which, counts = np.unique(together, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[which])


def report(
    names: npt.NDArray[np.str_], ways: npt.NDArray[np.str_], signs: Array, score: Array
) -> None:
    """Print errors and reliability on what was left out, and the weights of all."""
    weight = balanced(names, ways)
    left_out = np.zeros(len(score))
    for name in np.unique(names):
        others = names != name
        left_out[~others] = estimate(
            signs[~others], fit(signs[others], score[others], weight[others])
        )
    error = np.abs(left_out - score)
    print(f"{len(score)} masks, mean J {score.mean():.3f}")
    print(f"mean error {error.mean():.3f}, correlation {np.corrcoef(left_out, score)[0, 1]:.3f}")
    for what, groups in (("way", ways), ("sequence", names)):
        for group in np.unique(groups):
            rows = groups == group
            bias = (left_out[rows] - score[rows]).mean()
            print(f"{what:9}{group:16} error {error[rows].mean():.3f}  bias {bias:+.3f}")
    place = np.minimum((left_out * BINS).astype(int), BINS - 1)
    for number in np.unique(place):
        rows = place == number
        print(f"confidence {left_out[rows].mean():.2f}  J {score[rows].mean():.2f}  {rows.sum():5}")
    weights = fit(signs, score, weight)
    for name, value in zip([*(f.name for f in fields(Signs)), "constant"], weights, strict=True):
        print(f"{name:12}{value:+.3f}")
    print("WEIGHTS: Weights = (" + ", ".join(f"{value:.3f}" for value in weights) + ")")


def main() -> None:
    """Collect, fit, tell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--davis", type=Path, required=True)
    parser.add_argument("--rows", type=Path, help="keep the collected rows here (.npz)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [
        (sequence.name, way.name, signs, score)
        for sequence in read_davis(options.davis)
        for way in WAYS
        for signs, score in play(sequence, way)
    ]
    names, ways, signs, score = (np.array(column) for column in zip(*rows, strict=True))
    if options.rows:
        np.savez(options.rows, names=names, ways=ways, signs=signs, score=score)
    report(names, ways, signs, score)


if __name__ == "__main__":
    main()
