"""What a session knows, without network, thread or clock: prompts, tracks, tracker, encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rtseg.geometry import Path
from rtseg.models import Answer
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, FrameId, Image, Prompt, TrackId
from rtseg.wire import Encoder, Timing

RTP_CLOCK_HZ = 90_000
"""Clock of RTP timestamps of all video formats, RFC 3551 section 5."""

_RTP_MODULUS = 1 << 32


@dataclass(frozen=True, slots=True)
class PromptTrack:
    """A prompt of the session, who answers it, and the object that stands for it."""

    prompt: Prompt
    track_id: TrackId
    label: str
    model: str

    def as_json(self) -> dict[str, str | int]:
        """The form that clients see."""
        return {
            "text": self.prompt.text,
            "track_id": self.track_id,
            "label": self.label,
            "model": self.model,
        }


def rtp_age_ms(newer: FrameId, older: FrameId) -> int:
    """Time between two frames by their RTP timestamps, which wrap; 0 if `older` is not older."""
    ticks = (newer - older) % _RTP_MODULUS
    return 0 if ticks >= _RTP_MODULUS // 2 else round(ticks * 1000 / RTP_CLOCK_HZ)


class SessionCore:
    """Turns frames and late answers into packets.

    Not thread-safe: the shell calls it from one thread at a time.

    Parameters
    ----------
    tracker, encoder : this session's own.
    """

    def __init__(self, tracker: Tracker, encoder: Encoder) -> None:
        self._tracker = tracker
        self._encoder = encoder
        self._tracks: dict[TrackId, PromptTrack] = {}
        self._scores: dict[TrackId, float] = {}

    def follow(self, tracks: Sequence[PromptTrack]) -> None:
        """Follow these objects from now on; those that are no longer named are dropped."""
        named = {track.track_id: track for track in tracks}
        for track_id in self._tracks.keys() - named.keys():
            self._tracker.drop(track_id)
            self._scores.pop(track_id, None)
        self._tracks = named

    def correct(
        self,
        frame_id: FrameId,
        tracks: Sequence[PromptTrack],
        answer: Answer,
        shape: tuple[int, int],
    ) -> None:
        """Take a model's answer for an older frame.

        Parameters
        ----------
        frame_id : the frame that the model saw.
        tracks : for each prompt of the model's request, in order, whom it stands for.
        answer : what was found; a prompt without instances was looked for and is not there.
        shape : (H, W) of that frame.
        """
        masks: dict[TrackId, BoolMask] = {}
        for position, track in enumerate(tracks):
            if track.track_id not in self._tracks:
                continue  # the prompt was taken back while the model looked
            found = answer.of(position)
            mask = np.zeros(shape, np.bool_)
            for instance in found:
                mask |= instance.mask
            masks[track.track_id] = mask
            self._scores[track.track_id] = max((i.score for i in found), default=0.0)
        self._tracker.correct(frame_id, masks)

    def step(self, frame_id: FrameId, image: Image) -> dict[TrackId, BoolMask]:
        """Move every object to this frame."""
        return self._tracker.step(frame_id, image)

    def outline(self, masks: dict[TrackId, BoolMask]) -> dict[TrackId, Path]:
        """Outline the masks within the promised fidelity."""
        return self._encoder.outline(masks)

    def ages_ms(self, frame_id: FrameId) -> dict[TrackId, int]:
        """How old the evidence for each object is, at this frame."""
        return {
            track_id: rtp_age_ms(frame_id, seen)
            for track_id, seen in self._tracker.evidence.items()
        }

    def pack(
        self,
        frame_id: FrameId,
        size: tuple[int, int],
        outlines: dict[TrackId, Path],
        timing: Callable[[], Timing] | None = None,
    ) -> bytes:
        """Make the packet of this frame; `size` is (height, width), `timing` is asked last."""
        return self._encoder.pack(
            frame_id,
            size,
            outlines,
            scores={track_id: self._scores.get(track_id, 0.0) for track_id in outlines},
            ages_ms=self.ages_ms(frame_id),
            labels={track.track_id: track.label for track in self._tracks.values()},
            timing=timing,
        )
