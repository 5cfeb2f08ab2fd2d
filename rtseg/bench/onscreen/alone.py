"""The tracker alone behind the late oracle: what the screen is measured against.

The same frames, the same size, the same settings as the server's, and nothing between camera and
mask: no browser, no coding, no network, no other program, no frame dropped. The sequence is played
twice, as the camera plays it again and again, and the second round is scored.

Told in two ways:

=======  ==========================================================================================
in turn  the answer for frame n is there before frame n + L is tracked, and the model is asked about
         that one next: what `rtseg bench track` does
as live  it comes while frame n + L is tracked already, and so counts from the next frame on; the
         model goes on with what waits for it, the frame before: what happens in the server
=======  ==========================================================================================
"""

from __future__ import annotations

import itertools

import cv2

from rtseg.bench import stamp
from rtseg.bench.late_oracle import OBJECT
from rtseg.bench.onscreen.footage import Footage
from rtseg.bench.onscreen.scoring import Score
from rtseg.config import EngineConfig
from rtseg.geometry import boundary_f, iou
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Image, TrackId


def track(
    footage: Footage, late: int, engine: EngineConfig, first_scored: int, *, is_live: bool
) -> list[Score]:
    """Track a sequence behind an oracle that is `late` frames late; a score a frame.

    Parameters
    ----------
    first_scored : place of the first frame that is scored; those before are shown only.
    is_live : told as live, else in turn.
    """
    cv2.setNumThreads(engine.opencv_threads)
    tracker = Tracker(flow_px=engine.tracker_px, plate_after=engine.plate_after_frames)
    images = [_stamped(footage, place) for place in range(len(footage))]
    scores = []
    asked: int | None = None
    for time, (round_, place) in enumerate(itertools.product(range(2), range(len(footage)))):
        is_due = asked is not None and time - asked >= late
        if is_due and not is_live:
            tracker.correct(*_answer(footage, asked))
            asked = None
        mask = tracker.step(time, images[place]).get(OBJECT)
        if is_due and is_live:
            tracker.correct(*_answer(footage, asked))
            asked = time - 1 if late > 1 else time
        elif asked is None:
            asked = time
        if round_ == 1 and place >= first_scored:
            truth = footage.truth(footage.first + place)
            shown = truth & False if mask is None else mask
            scores.append(Score(iou(shown, truth), boundary_f(shown, truth)))
    return scores


def _answer(footage: Footage, asked: int | None) -> tuple[int, dict[TrackId, BoolMask]]:
    assert asked is not None
    return asked, {OBJECT: footage.truth(footage.first + asked % len(footage))}


def _stamped(footage: Footage, place: int) -> Image:
    image = footage.image(place)
    for channel in range(3):
        stamp.draw(image[..., channel], footage.first + place)
    return image
