"""Objects from frame to frame: a live session's core, with models that are waited for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from rtseg.engine import Ask, Pace, Routed, SessionCore, Wanted
from rtseg.engine.history import FrameHistory
from rtseg.engine.prompts import merge
from rtseg.formats import Outlined
from rtseg.images.arguments import Asked
from rtseg.images.finding import LoadsModels, choose
from rtseg.models import Answer, Memory, Router, Store
from rtseg.models.hardware import has_gpu
from rtseg.recordings.footage import Shot
from rtseg.recordings.heard import HeardTracker
from rtseg.tracking import Track, TrackState
from rtseg.types import BoolMask, Frame, FrameId, Prompt, TrackId
from rtseg.wire import Encoder

_RTP_HZ = 90_000
_SLOW_EVERY = 5
"""Frames from look to look of a model that takes a good part of a second for each."""

_SLACK_S = 1e-3
"""A frame that comes with an answer comes after it: times of frames are rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What there is in one frame.

    Parameters
    ----------
    shot : the frame.
    objects : those that are outlined in it, by their ids, which they keep for life.
    heard : the same as a model last said they are, in whatever frame it looked at.
    lost : objects that are known, and left the picture or are hidden.
    """

    shot: Shot
    objects: tuple[Outlined, ...]
    heard: tuple[Outlined, ...] = ()
    lost: tuple[TrackId, ...] = ()


class Follower:
    """Follows what was asked for through a recording.

    Parameters
    ----------
    things : what was asked for.
    size : (width, height) of the frames, pixels.
    store : where models are.
    loader : gives them.
    model : who answers; None lets the router choose.
    every : frames from one look of a model to the next; None is 1 for quick models, else 5.
    answers_per_second : of the source's time: each answer comes so late, whatever the model took,
        and the next look is at the newest frame then, as in a session with a slower model. None
        waits for models: nothing is late.
    is_live : do not wait for models: what they say comes late, as in a session.

    Raises
    ------
    UsageError, ModelMissingError, BackendError
        As `rtseg.images.find`; a touch lies outside the picture.
    """

    def __init__(
        self,
        things: Sequence[Asked],
        size: tuple[int, int],
        *,
        store: Store,
        loader: LoadsModels,
        model: str | None = None,
        every: int | None = None,
        answers_per_second: float | None = None,
        is_live: bool = False,
    ) -> None:
        self._moments = [thing.moments(size, model) for thing in things]
        self._said: list[Prompt | None] = [None for _ in things]
        self.routes = choose([moments[0][1] for moments in self._moments], store)
        self._loader = loader
        self._memories: dict[str, Memory | None] = {}
        self._entries = [store.catalogue.entry(route.model) for route in self.routes]
        self._infos = [loader.load(route.model).info for route in self.routes]
        is_quick = all(e.speed == "camera" for e in self._entries) or answers_per_second
        self.every = every or (1 if is_quick else _SLOW_EVERY)
        self._late_s = 1 / answers_per_second if answers_per_second else 0.0
        self._held_back: tuple[float, list[tuple[Ask, Answer]]] | None = None
        self._wanted: tuple[Wanted, ...] = ()
        self._new_id = itertools.count(1).__next__
        follower = Router(store, has_gpu=has_gpu()).follower()
        self._tracker = HeardTracker()
        self._core = SessionCore(
            self._tracker,
            Encoder(),
            self._new_id,
            follower=loader.load(follower).info if follower else None,
            # The core's clock counts frames here.
            pace=Pace(look_ns=self.every, slow_look_ns=self.every, hint_ns=self.every),
        )
        self._frames = FrameHistory()
        self._last_id: FrameId = -1
        self._aside = ThreadPoolExecutor(1, "rtseg-models") if is_live else None
        self._running: Future[list[tuple[Ask, Answer]]] | None = None

    def see(self, shot: Shot) -> Seen:
        """Take the next frame; give the objects in it.

        Raises
        ------
        UsageError, BackendError
            A model failed.
        """
        image = shot.image
        height, width = image.shape[:2]
        frame_id = max(round(shot.at_s * _RTP_HZ), self._last_id + 1)
        self._last_id = frame_id
        frame = Frame(frame_id, width, height, lambda: image)
        self._declare(shot, frame_id)
        self._frames.put(frame)
        if self._running is not None and self._running.done():
            self._take(self._running.result())
            self._running = None
        if self._held_back is not None and shot.at_s >= self._held_back[0] - _SLACK_S:
            self._take(self._held_back[1])
            self._held_back = None
        self._core.step(frame_id, image)
        if self._running is None and self._held_back is None:
            asks = list(self._core.asks(frame, image, self._frames, shot.index))
            if asks and self._late_s:
                self._held_back = (shot.at_s + self._late_s, self._answers(asks))
            elif self._aside is None:
                self._take(self._answers(asks))
            elif asks:
                self._running = self._aside.submit(self._answers, asks)
        objects = self._objects(frame_id, self._core.masks(), is_followed=True)
        outlined = {one.id for one in objects}
        # An answer for this very frame may have brought one back since its track was judged.
        lost = tuple(
            track_id
            for track_id, track in self._core.tracks().items()
            if track.state is TrackState.LOST and track_id not in outlined
        )
        heard = self._objects(frame_id, self._tracker.heard, is_followed=False)
        return Seen(shot, objects, heard, lost)

    def close(self) -> None:
        """Give back what video models remember; may be called twice."""
        if self._aside is not None:
            self._aside.shutdown(wait=True, cancel_futures=True)
        for memory in self._memories.values():
            if memory is not None:
                memory.close()
        self._memories.clear()

    def problems(self) -> list[str]:
        """Take what could not be done since the last call, for people."""
        return [message for _, message, _ in self._core.problems()]

    @property
    def untouched(self) -> list[int]:
        """Positions of the things whose touch belongs to a second that has not come yet."""
        return [position for position, prompt in enumerate(self._said) if prompt is None]

    def _declare(self, shot: Shot, frame_id: FrameId) -> None:
        """Tell the core what is wanted from this frame on: a touch comes with its second."""
        is_news = False
        for position, moments in enumerate(self._moments):
            while moments and (moments[0][0] <= shot.at_s or moments[0][0] == 0):
                _, prompt = moments.pop(0)
                self._said[position] = _joined(self._said[position], prompt, position, frame_id)
                is_news = True
        if not is_news:
            return
        routed = [
            Routed(prompt, self.routes[i], self._infos[i], self._entries[i])
            for i, prompt in enumerate(self._said)
            if prompt is not None
        ]
        self._wanted = merge(self._wanted, routed, self._new_id)
        self._core.follow(self._wanted)

    def _answers(self, asks: Sequence[Ask]) -> list[tuple[Ask, Answer]]:
        return [(ask, self._answer(ask)) for ask in asks]

    def _answer(self, ask: Ask) -> Answer:
        segmenter = self._loader.load(ask.model)
        if ask.model not in self._memories:
            self._memories[ask.model] = segmenter.new_memory()
        (answer,) = segmenter.segment([replace(ask.request, memory=self._memories[ask.model])])
        return answer

    def _take(self, answers: Sequence[tuple[Ask, Answer]]) -> None:
        for ask, answer in answers:
            self._core.answered(ask, answer)

    def _objects(
        self, frame_id: FrameId, masks: Mapping[TrackId, BoolMask], *, is_followed: bool
    ) -> tuple[Outlined, ...]:
        ages_ms = self._core.ages_ms(frame_id)
        tracks = self._core.tracks()
        prompt_of = {
            track_id: int(key)
            for key, track_ids in self._core.objects().items()
            for track_id in track_ids
        }
        objects = []
        for track_id, mask in masks.items():
            position = prompt_of.get(track_id)
            if position is None or not mask.any():
                continue
            label, score = self._core.told(track_id)
            route, info = self.routes[position], self._infos[position]
            age_ms = ages_ms.get(track_id, 0)
            state, confidence = _standing(tracks.get(track_id), is_new=age_ms == 0)
            objects.append(
                Outlined(
                    track_id,
                    label or route.label,
                    score,
                    mask,
                    info.name,
                    position,
                    age_ms,
                    state=state.value if is_followed else None,
                    confidence=confidence if is_followed else None,
                )
            )
        return tuple(objects)


def _standing(track: Track | None, *, is_new: bool) -> tuple[TrackState, float | None]:
    """Give the state and the confidence of an object that is outlined.

    Parameters
    ----------
    track : as the tracker had it before a model spoke of this very frame; None if not at all.
    is_new : a model has spoken of it: the mask is its own.
    """
    if track is None:
        return TrackState.FOUND, None
    if track.state is TrackState.LOST:  # it is outlined: a word has come since the step
        return TrackState.FOUND_AGAIN, None
    if not is_new:
        return track.state, track.confidence
    match track.state:
        case TrackState.UNCERTAIN:
            return TrackState.FOLLOWED, None
        case state:
            return state, None


def _joined(before: Prompt | None, new: Prompt, position: int, frame_id: FrameId) -> Prompt:
    """Return the touches so far and new ones, which were made on this frame."""
    points = tuple(replace(point, frame_id=frame_id) for point in new.points)
    box = replace(new.box, frame_id=frame_id) if new.box is not None else None
    return replace(
        new,
        points=(*(before.points if before else ()), *points),
        box=box or (before.box if before else None),
        id=str(position),
    )
