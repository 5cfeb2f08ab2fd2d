"""A round: one way of answering late, on one sequence, before hold, plain flow and the tracker."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from rtseg.bench.davis import Sequence
from rtseg.bench.followers import Hold, PlainFlow, Tracked
from rtseg.bench.late_oracle import Follower, play
from rtseg.bench.masks import flows_of
from rtseg.bench.noise import answers_with_errors
from rtseg.bench.track.scoring import Scores, liveliness, score
from rtseg.geometry import iou

FOLLOWERS = ("hold", "flow", "tracker")


@dataclass(frozen=True, slots=True)
class Round:
    """How the oracle answers.

    Parameters
    ----------
    late : frames from taking one to answering, >= 1.
    is_noisy : it errs as models do.
    is_first_only : it answers once, for the first frame.
    """

    late: int
    is_noisy: bool = False
    is_first_only: bool = False


class Sample(NamedTuple):
    """One frame of a track, and what is true of it.

    Parameters
    ----------
    state, confidence : as the tracker told them; the state by its name.
    j : IoU of the mask that was shown with the true one.
    is_visible : the object is in the picture.
    is_shown : the mask that was shown is not empty.
    """

    state: str
    confidence: float
    j: float
    is_visible: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a round on one sequence.

    Parameters
    ----------
    name, frames : of the sequence; frames are those that are scored.
    scores : by who was scored: hold, flow, tracker; "truth" has only T and jitter; "oracle", in
        noisy rounds, is what the model says of each frame, as if it were not late.
    samples : of the tracker, a frame each, in their order; none where it has several objects.
    """

    name: str
    frames: int
    scores: dict[str, Scores]
    samples: list[Sample]


def play_rounds(sequence: Sequence, rounds: Items[Round], objects: int) -> list[Played]:
    """Play all rounds on a sequence.

    Parameters
    ----------
    objects : into how many, side by side, the tracker gets the object cut.
    """
    greys = [
        np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8) for image in sequence.images
    ]
    flows = flows_of(greys)
    erring = answers_with_errors(sequence.truth) if any(r.is_noisy for r in rounds) else []
    found = []
    alive: dict[int, Scores] = {}
    for each in rounds:
        truth, since = sequence.truth[each.late :], flows[each.late :]
        answers = erring if each.is_noisy else sequence.truth
        tracked = Tracked(objects)
        followers: dict[str, Follower] = {"hold": Hold(), "flow": PlainFlow(), "tracker": tracked}
        if each.late not in alive:
            alive[each.late] = liveliness(truth, since)
        scores: dict[str, Scores] = {"truth": alive[each.late]}
        if each.is_noisy:
            scores["oracle"] = score(answers[each.late :], truth, since)
        samples: list[Sample] = []
        for name, follower in followers.items():
            shown = play(
                sequence, follower, each.late, first_only=each.is_first_only, answers=answers
            )
            scores[name] = score(shown, truth, since)
            if follower is tracked:
                told = zip(tracked.tracks[each.late :], shown, truth, strict=True)
                samples = [
                    Sample(
                        track.state.value,
                        track.confidence,
                        iou(mask, true),
                        bool(true.any()),
                        bool(mask.any()),
                    )
                    for track, mask, true in told
                    if track is not None
                ]
        found.append(Played(sequence.name, len(truth), scores, samples))
    return found
