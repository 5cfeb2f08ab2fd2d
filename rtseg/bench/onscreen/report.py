"""From what was seen to a report. Pure: records in, JSON-ready dictionaries out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rtseg.bench.onscreen.footage import Footage
from rtseg.bench.onscreen.records import Presentation
from rtseg.bench.onscreen.scoring import (
    SENT,
    Masks,
    Numbers,
    Score,
    Shown,
    Stage,
    identity,
    masks_at,
    pictures,
    score_messages,
    score_pictures,
)
from rtseg.bench.spread import spread

if TYPE_CHECKING:
    from rtseg.bench.onscreen.watching import Watched

Scores = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Way:
    """One sequence in one way of showing.

    Parameters
    ----------
    seen : of it.
    stage : to score it.
    shown : its pictures.
    masks : who shows what on them.
    """

    seen: Watched
    stage: Stage
    shown: Sequence[Shown]
    masks: Mapping[str, Masks]

    @classmethod
    def of(cls, seen: Watched, footage: Footage, fps: int, first_scored: int) -> Way:
        """Make ready what was seen.

        Parameters
        ----------
        first_scored : place of the first frame of the sequence that is scored.
        """
        numbers = Numbers(seen.sightings.numbers, fps)
        stage = Stage(
            footage.truth,
            lambda number: footage.has(number) and footage.place(number) >= first_scored,
            numbers,
            seen.answers,
            _on_the_way_ms(seen.figures),
        )
        shown = list(pictures(seen.screen.presentations, numbers, seen.window))
        return cls(seen, stage, shown, masks_at(stage, seen.screen.messages))


def of_way(way: Way, fps: int) -> dict[str, Any]:
    """Sum up one sequence in one way of showing."""
    seen, stage, shown, numbers = way.seen, way.stage, way.shown, way.stage.numbers
    presentations = seen.screen.presentations
    inside = [each for each in presentations if seen.window.has(each.at_ms)]
    scores = score_pictures(shown, stage, way.masks)
    scores[SENT] = score_messages(seen.screen, stage, seen.window)
    known = identity(presentations, numbers, seen.window)
    return {
        "showing": sorted({each.showing for each in inside}),
        "why": sorted({each.why for each in inside if each.why}),
        "scores": {who: mean_of(each) for who, each in scores.items()},
        "pictures": len(shown),
        "camera_frames": seen.camera_frames,
        "presented_share": _share(len(shown), seen.camera_frames),
        "presentations": len(inside),
        "outlined_share": _share(sum(bool(each.drawn.rings) for each in inside), len(inside)),
        "identity": {
            "checked": known.checked,
            "right": known.right,
            "share": _share(known.right, known.checked),
        },
        "exact": {
            "said": known.exact,
            "right": known.exact_right,
            "share": _share(known.exact_right, known.exact),
            "said_share": _share(known.exact, known.outlined),
        },
        "unreadable": sum(each.number is None for each in inside),
        "gap_ms": spread(each.gap_ms for each in inside),
        "held_ms": spread(each.held_ms for each in inside),
        "work_ms": spread(work_per_picture(shown), digits=2),
        "age_frames": spread(
            (
                each.age_ms * fps / 1000
                for each in seen.screen.messages
                if each.age_ms is not None and seen.window.has(each.arrived_ms)
            ),
            digits=2,
        ),
        "late_frames": spread(
            (float(each.late) for each in seen.answers if seen.window.has(each.at_ms)), digits=2
        ),
        "capture_to_outline_ms": seen.figures["mask_age_ms"]["to_arrival"],
        "cpu_s_per_s": seen.cpu,
        "drops": {cause: count for cause, count in seen.drops.items() if count},
    }


def mean_of(scores: Sequence[Score]) -> Scores:
    """Give the means of J and F, and of how many."""
    return {
        "n": len(scores),
        "J": _mean(each.j for each in scores),
        "F": _mean(each.f for each in scores),
    }


def work_per_picture(shown: Sequence[Shown]) -> list[float]:
    """How long the page's callbacks took from each picture to the next, milliseconds."""
    firsts: list[Presentation] = [picture.stood[0][0] for picture in shown]
    return [after.work_ms - before.work_ms for before, after in itertools.pairwise(firsts)]


def sum_up(sequences: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the mean of the sequences' means, of everything that is shown in the tables."""
    ways = [way for way in sequences[0] if isinstance(sequences[0][way], Mapping)]
    overall: dict[str, Any] = {}
    for way in ways:
        rows = [sequence[way] for sequence in sequences]
        if "scores" not in rows[0]:
            overall[way] = {key: _mean(row[key] for row in rows) for key in ("J", "F")}
            continue
        overall[way] = {
            "scores": {
                who: {key: _mean(row["scores"][who][key] for row in rows) for key in ("J", "F")}
                for who in rows[0]["scores"]
            },
            "presented_share": _mean(row["presented_share"] for row in rows),
            "outlined_share": _mean(row["outlined_share"] for row in rows),
            "others_cpu": _mean(row["cpu_s_per_s"]["others"] for row in rows),
            **{key: _pooled(row[key] for row in rows) for key in ("identity", "exact")},
            **{
                key: {
                    point: _mean(row[key][point] for row in rows)
                    for point in ("mean", "p50", "p95")
                }
                for key in (
                    "gap_ms",
                    "held_ms",
                    "work_ms",
                    "age_frames",
                    "late_frames",
                    "capture_to_outline_ms",
                )
            },
        }
    return overall


def _on_the_way_ms(figures: Mapping[str, Any]) -> float:
    """From the server's hands to the page's: what a model's mask would take too."""
    stages = figures["stages_ms"]
    return sum(stages[name]["p50"] or 0.0 for name in ("path", "encode", "send"))


def _pooled(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add counts up: a share of all presentations, not a mean of shares."""
    every = list(rows)
    of = "checked" if "checked" in every[0] else "said"
    total, right = sum(row[of] for row in every), sum(row["right"] for row in every)
    said = [row["said_share"] for row in every if "said_share" in row]
    return {of: total, "right": right, "share": _share(right, total)} | (
        {"said_share": _mean(said)} if said else {}
    )


def _share(part: int, whole: float | None) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None
