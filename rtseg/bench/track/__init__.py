"""``rtseg bench track``: how well late masks keep up with the frame on the screen.

First the tracker alone, on one core while the others rest, for its times. Then every sequence in
every round (how late, erring or not, again and again or only once) on all cores: what is shown is
the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Sequence as Items
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.bench.davis import frames_of, read_davis, sequences_in
from rtseg.bench.documents import Place, as_markdown, as_text
from rtseg.bench.svg import check_plot
from rtseg.bench.track.calibration import calibrate
from rtseg.bench.track.plot import plot
from rtseg.bench.track.progress import Progress
from rtseg.bench.track.rounds import FOLLOWERS, Played, Round, play_rounds
from rtseg.bench.track.scoring import MEASURES
from rtseg.bench.track.still import watch_still
from rtseg.bench.track.tables import tables
from rtseg.bench.track.times import time_tracker
from rtseg.engine.memory import keep_freed_memory
from rtseg.errors import UsageError

_Still = dict[str, dict[str, dict[str, float]]]
"""By the kind of model, and by who follows."""


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    lates = _numbers(options.late)
    if options.objects < 1:
        raise UsageError(f"--objects: expected 1 or more, got {options.objects}")
    if options.plot is not None:
        check_plot("--plot", options.plot)
    place = None if options.page is None else Place(options.page, "track")
    names = sequences_in(options.davis, _words(options.sequences))
    rounds = _rounds(options, lates)
    _check_length(options.davis, names, max(each.late for each in rounds))
    cv2.setNumThreads(1)
    keep_freed_memory()  # as `rtseg serve` does
    progress = Progress()
    times = time_tracker(options.davis, names, lates, options.objects, progress)
    played, still = _play_all(options.davis, names, rounds, options.objects, progress)
    samples = [each.samples for of_one in played.values() for each in of_one if each.samples]
    report = {
        "objects": options.objects,
        "rounds": [
            _sum_up(each, [played[name][number] for name in names])
            for number, each in enumerate(rounds)
        ],
        "still": _mean_still([still[name] for name in names]),
        "calibration": calibrate(samples),
        "times": times,
    }
    found = list(tables(report))
    if options.plot is not None:
        options.plot.write_text(plot(report), encoding="utf-8")
    if place is not None:
        place.write(as_markdown(found))
    print(json.dumps(report, indent=1) if options.json else as_text(found))
    return 0


def _numbers(text: str) -> list[int]:
    try:
        numbers = sorted({int(word) for word in text.split(",")})
    except ValueError:
        raise UsageError(f"--late: expected numbers such as 1,3,6,12, got {text!r}") from None
    if numbers[0] < 1:
        raise UsageError(f"--late: expected frames, 1 or more, got {numbers[0]}")
    return numbers


def _words(text: str | None) -> list[str]:
    if text is None:
        return []
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"--sequences: expected names with commas between them, got {text!r}")
    return words


def _rounds(options: argparse.Namespace, lates: Items[int]) -> list[Round]:
    """Say what is played: what was asked for, and what a plot or a page shows besides."""
    kinds = (
        {options.noise}
        | ({False} if options.plot else set())
        | ({False, True} if options.page else set())
    )
    rounds = []
    for is_noisy in sorted(kinds):
        is_shown = options.page or (options.plot and not is_noisy)
        if not options.first_only or is_shown:
            rounds += [Round(late, is_noisy) for late in lates]
        if options.first_only or is_shown:
            rounds.append(Round(1, is_noisy, is_first_only=True))
    return rounds


def _check_length(davis: Path, names: Items[str], late: int) -> None:
    for name in names:
        frames = len(frames_of(davis, name))
        if frames < late + 2:
            raise UsageError(
                f"--late: expected sequences of {late + 2} frames or more for a model {late} "
                f"late, got {frames} of {name}; leave it out with --sequences, or take less"
            )


def _play_all(
    davis: Path, names: Items[str], rounds: Items[Round], objects: int, progress: Progress
) -> tuple[dict[str, list[Played]], dict[str, _Still]]:
    """Play every round on every sequence, a sequence on each core."""
    # A fork would not do: OpenCV has threads.
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        # The longest first, so that none is left to one core at the end.
        longest = sorted(names, key=lambda name: -len(frames_of(davis, name)))
        jobs = {pool.submit(_play_one, davis, name, rounds, objects): name for name in longest}
        played, still = {}, {}
        for done, job in enumerate(as_completed(jobs), 1):
            name = jobs[job]
            played[name], still[name] = job.result()
            progress.tell("sequences", done, len(names), name)
    return played, still


def _play_one(
    davis: Path, name: str, rounds: Items[Round], objects: int
) -> tuple[list[Played], _Still]:
    cv2.setNumThreads(1)
    keep_freed_memory()
    (sequence,) = read_davis(davis, [name])
    kinds = {"perfect": False, "erring": True}
    wanted = {each.is_noisy for each in rounds}
    still = {
        kind: watch_still(sequence, is_noisy=is_noisy)
        for kind, is_noisy in kinds.items()
        if is_noisy in wanted
    }
    return play_rounds(sequence, rounds, objects), still


def _sum_up(round_: Round, played: Items[Played]) -> dict[str, Any]:
    """Give the mean of the sequences' means, and each of them."""
    return {
        "late": round_.late,
        "noisy": round_.is_noisy,
        "first_only": round_.is_first_only,
        "overall": {
            who: {key: _mean([each.scores[who].get(key) for each in played]) for key in MEASURES}
            for who in played[0].scores
        },
        "sequences": [
            {"name": each.name, "frames": each.frames, "scores": each.scores} for each in played
        ],
        "calibration": calibrate([each.samples for each in played if each.samples]),
    }


def _mean_still(every: Items[_Still]) -> _Still:
    return {
        kind: {
            who: {
                key: float(np.mean([each[kind][who][key] for each in every if each[kind]]))
                for key in ("shimmer_px", "J")
            }
            for who in FOLLOWERS
        }
        for kind in every[0]
        if any(each[kind] for each in every)
    }


def _mean(values: Items[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
