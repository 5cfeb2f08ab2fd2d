"""The three kinds of masks that are measured: drawn by hand, by a model, by the tracker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rtseg.bench import late_oracle
from rtseg.bench.davis import Sequence as Footage
from rtseg.bench.davis import pictures_of, read_image
from rtseg.bench.followers import Tracked
from rtseg.bench.masks import Sequence, as_a_model
from rtseg.wire import Standing

LATE_FRAMES = 3
"""Frames between taking one and answering of the model that the tracker follows: 125 ms."""


def every_kind(davis: Path, perfect: Sequence) -> dict[str, Sequence]:
    """Give the masks of a clip in each kind.

    Parameters
    ----------
    davis : the folder that it is from, for its pictures.
    perfect : as it is there.
    """
    kinds = {"davis": perfect, "model_like": as_a_model(perfect)}
    if perfect.flows is not None and len(perfect.masks) > LATE_FRAMES + 1:
        kinds["tracker"] = _tracked(davis, perfect)
    return kinds


def _tracked(davis: Path, perfect: Sequence) -> Sequence:
    """Give what the tracker shows, from the first frame on that it has heard of the object."""
    pictures = pictures_of(davis, perfect.name)[: len(perfect.masks)]
    images = [read_image(path) for path in pictures]
    clip = Footage(perfect.name, images, perfect.masks)
    follower = Tracked()
    shown = late_oracle.play(clip, follower, LATE_FRAMES)
    return replace(
        perfect,
        masks=shown,
        flows=(perfect.flows or [])[LATE_FRAMES:],
        own_flows=(perfect.own_flows or [])[LATE_FRAMES:],
        standings=[
            None if track is None else Standing.of(track.state.value, track.confidence)
            for track in follower.tracks[LATE_FRAMES:]
        ],
    )
