"""When which model is asked about what: three lanes from a session to the models.

======  ===================================  =====================================================
touch   the frame that was touched           once for each touch, as soon as it comes
look    the newest frame                     words: again and again, what is there?
follow  the newest frame                     where are those now that were touched, or found before?
======  ===================================  =====================================================

Where a video model is installed it follows what slower models find in their looks; those then only
bring what is new. Without one, looks themselves correct the tracker, and a model that takes hints
follows what was touched.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rtseg.engine.history import FrameHistory, MaskHistory
from rtseg.engine.subjects import Subject, Touch, Touched
from rtseg.models import ModelInfo, Request
from rtseg.types import BoolMask, Frame, FrameId, Image, Prompt, TrackId

_FOLLOW = Prompt()
"""The prompt that says nothing new of an object."""


class Lane(enum.StrEnum):
    """Why a model is asked."""

    TOUCH = "touch"
    LOOK = "look"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True)
class Item:
    """One prompt of an ask.

    Parameters
    ----------
    key : the session's prompt that it stands for; empty for an object that a look found.
    track_id : its object; None where the prompt looks for whatever there is.
    prompt : as the model gets it.
    hint : (H, W) bool, where the object is believed to be.
    touch : the touch that it is, where it is one.
    """

    key: str
    track_id: TrackId | None
    prompt: Prompt
    hint: BoolMask | None = None
    touch: Touch | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """What a model should look at.

    Parameters
    ----------
    model : who, by its name in the catalogue.
    lane : why.
    frame_id : the frame of `request.image`.
    request : for the model.
    items : what each prompt of the request is.
    """

    model: str
    lane: Lane
    frame_id: FrameId
    request: Request
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How often models are asked, nanoseconds from ask to ask; 0 is whenever they are free.

    Parameters
    ----------
    look_ns : for words.
    slow_look_ns : for words where a video model follows what was found.
    hint_ns : for touched objects, of a model that follows by hints.
    behind_ns : of models on the processor, while the tracker cannot keep up with the camera: it
        needs the processor more than they do.
    """

    look_ns: int = 0
    slow_look_ns: int = 1_000_000_000
    hint_ns: int = 250_000_000
    behind_ns: int = 100_000_000


class Lanes:
    """Decides what is asked; keeps what was asked and by whom each object is followed.

    Parameters
    ----------
    follower : the video model that follows what slower ones found, if there is one.
    pace : how often models are asked.
    """

    def __init__(self, follower: ModelInfo | None, pace: Pace) -> None:
        self._follower = follower
        self._pace = pace
        self._touching: set[str] = set()
        self._asked_ns: dict[tuple[str, Lane], int] = {}
        self._seeds: dict[TrackId, tuple[FrameId, BoolMask]] = {}
        self._followed: dict[TrackId, str] = {}

    def has_follower(self, subject: Subject) -> bool:
        """Say whether what this subject's looks find is followed by the video model."""
        info = subject.wanted.routed.info
        return (
            self._follower is not None
            and not isinstance(subject, Touched)
            and not info.remembers
            and not (info.merges or subject.wanted.routed.is_quick)
        )

    def seed(self, track_id: TrackId, frame_id: FrameId, mask: BoolMask) -> None:
        """Let the video model follow an object that a look found in a frame."""
        self._seeds[track_id] = (frame_id, mask)

    def forget(self, track_id: TrackId) -> None:
        """Ask no more about an object."""
        self._seeds.pop(track_id, None)
        self._followed.pop(track_id, None)

    def is_followed(self, track_id: TrackId) -> bool:
        """Say whether a model follows the object, or will in a moment."""
        return track_id in self._followed or track_id in self._seeds

    def ended(self, ask: Ask, wanted: Collection[TrackId] = ()) -> None:
        """Take the end of an ask: models follow what they answered a touch of.

        Parameters
        ----------
        ask : answered, or failed.
        wanted : if it was answered, the objects that there are now; some may have been taken back
            while the model looked.
        """
        if ask.lane is not Lane.TOUCH:
            return
        self._touching.discard(ask.model)
        for item in ask.items:
            if item.track_id is not None and item.track_id in wanted:
                self._followed[item.track_id] = ask.model

    def asks(
        self,
        subjects: Mapping[str, Subject],
        frame: Frame,
        image: Image,
        frames: FrameHistory,
        masks: MaskHistory,
        now_ns: int,
        is_behind: bool = False,
    ) -> Iterator[Ask]:
        """Say what models should look at now; `SessionCore.asks` has the parameters."""
        infos = {s.wanted.model: s.wanted.routed.info for s in subjects.values()}
        if self._follower is not None:
            infos[self._follower.name] = self._follower
        for model, info in infos.items():
            answering = [s for s in subjects.values() if s.wanted.model == model]
            touch = self._touch(model, info, answering, frames, masks)
            if touch is not None:
                yield touch
            least_ns = self._pace.look_ns
            if is_behind and info.device == "cpu":
                least_ns = max(least_ns, self._pace.behind_ns)
            look = self._look(model, answering, frame, image, now_ns, least_ns)
            if look is not None:
                yield look
            follow = self._follow(model, info, frame, image, masks, now_ns, least_ns)
            if follow is not None:
                yield follow

    def _touch(
        self,
        model: str,
        info: ModelInfo,
        subjects: Sequence[Subject],
        frames: FrameHistory,
        masks: MaskHistory,
    ) -> Ask | None:
        """Take the oldest touches that wait, all those of one frame together."""
        touched = [s for s in subjects if isinstance(s, Touched) and s.pending]
        is_follower = self._follower is not None and model == self._follower.name
        seeds = self._seeds if is_follower else {}
        if model in self._touching or not (touched or seeds):
            return None
        wanted = touched[0].pending[0].frame_id if touched else next(iter(seeds.values()))[0]
        frame = frames.nearest(wanted)
        if frame is None:
            return None
        known = masks.get(frame.frame_id)
        items: dict[TrackId, Item] = {}
        for subject in touched:
            touch = subject.pending[0]
            if frames.nearest(touch.frame_id) is not frame:
                continue
            subject.pending.pop(0)
            by_words = subject.wanted.routed.is_by_words
            prompt = Prompt(subject.wanted.prompt.text) if by_words else touch.prompt()
            hint = None if by_words or touch.is_first else known.get(subject.track_id)
            items[subject.track_id] = Item(
                subject.wanted.key, subject.track_id, prompt, hint, touch
            )
        for track_id, (frame_id, mask) in list(seeds.items()):
            if frames.nearest(frame_id) is frame and track_id not in items:
                del self._seeds[track_id]
                if mask.shape == (frame.height_px, frame.width_px):
                    items[track_id] = Item("", track_id, _FOLLOW, mask)
        if not items:
            return None
        self._touching.add(model)
        return self._ask(
            model, Lane.TOUCH, info, frame.frame_id, frame.pixels(), tuple(items.values())
        )

    def _look(
        self,
        model: str,
        subjects: Sequence[Subject],
        frame: Frame,
        image: Image,
        now_ns: int,
        least_ns: int,
    ) -> Ask | None:
        looking = [
            s
            for s in subjects
            if s.wanted.routed.is_by_words and (not isinstance(s, Touched) or s.is_found)
        ]
        if not looking:
            return None
        is_slow = all(self.has_follower(s) for s in looking)
        pace_ns = max(least_ns, self._pace.slow_look_ns if is_slow else 0)
        if not self._is_due(model, Lane.LOOK, pace_ns, now_ns):
            return None
        items = [Item(s.wanted.key, None, Prompt(s.wanted.prompt.text)) for s in looking]
        info = looking[0].wanted.routed.info
        return self._ask(model, Lane.LOOK, info, frame.frame_id, image, items)

    def _follow(
        self,
        model: str,
        info: ModelInfo,
        frame: Frame,
        image: Image,
        masks: MaskHistory,
        now_ns: int,
        least_ns: int,
    ) -> Ask | None:
        ids = [track_id for track_id, by in self._followed.items() if by == model]
        pace_ns = max(least_ns, 0 if info.remembers else self._pace.hint_ns)
        if not ids or not self._is_due(model, Lane.FOLLOW, pace_ns, now_ns):
            return None
        followed: dict[TrackId, BoolMask | None] = {}
        if info.remembers:
            followed = dict.fromkeys(ids)
        elif "mask" in info.takes:
            known = masks.get(frame.frame_id)
            followed = {track_id: known[track_id] for track_id in ids if track_id in known}
        if not followed:
            return None
        items = [Item("", track_id, _FOLLOW, hint) for track_id, hint in followed.items()]
        return self._ask(model, Lane.FOLLOW, info, frame.frame_id, image, items)

    def _is_due(self, model: str, lane: Lane, pace_ns: int, now_ns: int) -> bool:
        last_ns = self._asked_ns.get((model, lane))
        if last_ns is not None and now_ns - last_ns < pace_ns:
            return False
        self._asked_ns[model, lane] = now_ns
        return True

    def _ask(
        self,
        model: str,
        lane: Lane,
        info: ModelInfo,
        frame_id: FrameId,
        image: Image,
        items: Sequence[Item],
    ) -> Ask:
        names = tuple(item.track_id for item in items if item.track_id is not None)
        request = Request(
            image,
            tuple(item.prompt for item in items),
            names=names if len(names) == len(items) else (),
            keeps=frozenset(i for i, by in self._followed.items() if by == model) - set(names),
            hints=tuple(item.hint for item in items) if "mask" in info.takes else (),
        )
        return Ask(model, lane, frame_id, request, tuple(items))
