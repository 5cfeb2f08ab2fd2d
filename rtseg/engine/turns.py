"""Who is next on a device: sessions in turn, and single pictures all together as one of them.

::

    front   session A   session B   the pictures        session C   back
            newest      newest      in order they came  newest

Whoever was served goes to the back. So between two looks of a session there is at most one run for
each other session and one for pictures, however many of these come; and cameras that always have a
frame leave the pictures their turn.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TypeAlias

from rtseg.engine.work import Work

_Place: TypeAlias = tuple[str, str, str]

_PICTURES: _Place = ("", "", "pictures")
"""The place of all single pictures. No session is called so."""


class Turns:
    """Work that waits. Not safe for threads: whoever shares it has a lock."""

    def __init__(self) -> None:
        self._places: OrderedDict[_Place, deque[Work]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._places)

    def offer(self, work: Work) -> bool:
        """Leave work; say whether it took the place of older work of its session and lane."""
        if not work.remembers:
            self._places.setdefault(_PICTURES, deque()).append(work)
            return False
        is_newer = work.key in self._places  # which keeps its place in the order
        self._places[work.key] = deque([work])
        return is_newer

    def take(self, max_batch: Callable[[str], int]) -> list[Work]:
        """Take the work whose turn it is, and other work for the same model beside it.

        A session comes once in a batch: the memory of a video model goes from frame to frame.

        Parameters
        ----------
        max_batch : how many a model answers together.
        """
        if not self._places:
            return []
        place = next(iter(self._places))
        first = self._pop(place, self._places[place][0])
        batch = {first.session_id: first}
        room = max_batch(first.model)
        for place, waiting in list(self._places.items()):
            for work in list(waiting):
                fits = work.model == first.model and work.session_id not in batch
                if fits and len(batch) < room:
                    batch[work.session_id] = self._pop(place, work)
        if _PICTURES in self._places and not all(work.remembers for work in batch.values()):
            self._places.move_to_end(_PICTURES)
        return list(batch.values())

    def forget(self, session_id: str) -> None:
        """Drop whatever waits of a session, or the picture of this name."""
        for place, waiting in list(self._places.items()):
            for work in [work for work in waiting if work.session_id == session_id]:
                self._pop(place, work)

    def drain(self) -> list[Work]:
        """Take all of it."""
        everything = [work for waiting in self._places.values() for work in waiting]
        self._places.clear()
        return everything

    def _pop(self, place: _Place, work: Work) -> Work:
        self._places[place].remove(work)
        if not self._places[place]:
            del self._places[place]
        return work
