"""The decoder's thread: a bounded queue before it, the newest picture behind it.

Stock aiortc puts an unbounded queue on each side: a decoder that is slower than the camera, or a
consumer that is, falls behind for ever. Its thread ends with the first exception that is not
FFmpeg's, and the pictures with it, without a word; and what FFmpeg makes of a frame whose
predecessor it could not decode is passed on, smeared.

Here a queue that would take longer to decode than a keyframe takes to come is emptied, and the
stream goes on with that keyframe; one that comes by itself takes the place of all that waits. What
is in the queue is all decoded, for the newest builds on it, but the loop sees only the newest
picture. After a failure of any kind the decoder is made anew, and nothing is decoded until a
keyframe comes.
"""

from __future__ import annotations

import collections
import enum
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from av import VideoFrame

from rtseg.transport.receiving.reassembly import CodedFrame

logger = logging.getLogger(__name__)

MAX_WAITING_FRAMES = 32
"""Coded frames before the decoder, whatever it takes: a second at 30 a second."""

MAX_CATCH_UP_S = 0.3
"""What waits is decoded in this time, or left out: a keyframe is there about as soon. A machine
that was held up for a moment decodes what waits in some milliseconds; a decoder that is slower than
the camera never does."""

MOST_FAILURES = 8
"""Keyframes one after the other that cannot be decoded; more will not help."""


class Dropped(enum.Enum):
    """Why a frame went no further."""

    NETWORK = "lost, or built on one that was lost"
    DECODER_BEHIND = "the decoder was behind"
    DECODE_FAILED = "could not be decoded, or built on one that could not"
    UNSEEN = "a newer picture was there before this one was taken"


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded frame.

    Parameters
    ----------
    rtp : the sender's RTP timestamp, 32 bits.
    picture : its pixels, as the decoder gave them.
    handed_ns, decoded_ns : wall clock: the whole coded frame was there; its pixels were there.
    """

    rtp: int
    picture: VideoFrame
    handed_ns: int
    decoded_ns: int


class Decoder(Protocol):
    """What decodes one codec."""

    def decode(self, frame: CodedFrame) -> list[VideoFrame]:
        """Give the pictures that are ready, with the frame's `timestamp` as their `pts`."""


class Listener(Protocol):
    """Hears of what the decoder does. All calls come on the decoder's thread, or the queue's."""

    def on_picture(self, picture: Picture) -> None:
        """A frame is decoded."""

    def on_dropped(self, why: Dropped, count: int) -> None:
        """So many went no further."""

    def on_broken(self, index: int) -> None:
        """A keyframe is needed, for the released frame of this index was not decoded."""

    def on_failed(self, why: str) -> None:
        """Nothing can be decoded, and it does not get better."""


class DecodingQueue:
    """Stands where aiortc keeps the queue to its decoder's thread, and does that thread's work.

    aiortc's thread calls `get`, decodes what that gives, and ends when that is None. This `get`
    decodes all by itself, and gives nothing but that None: so the thread begins and ends where
    aiortc wants it to.

    Parameters
    ----------
    make_decoder : makes one by a codec's name in SDP.
    listener : is told.
    max_waiting : coded frames.
    """

    def __init__(
        self,
        make_decoder: Callable[[str], Decoder],
        listener: Listener,
        *,
        max_waiting: int = MAX_WAITING_FRAMES,
    ) -> None:
        self._make_decoder = make_decoder
        self._listener = listener
        self._max_waiting = max_waiting
        self._waiting: collections.deque[tuple[CodedFrame, int]] = collections.deque()
        self._changed = threading.Condition()
        self._is_ended = False
        self._misses = False
        """Whether frames were left out of the queue, so that only a keyframe may follow."""
        self._decoder: Decoder | None = None
        self._codec = ""
        self._failures = 0
        self._is_told = False
        self._decode_s = 0.0
        """Processor time of one frame, smoothed; written on the decoder's thread alone."""

    # On the loop.

    def hand(self, frame: CodedFrame) -> None:
        """Leave a frame to be decoded; never waits."""
        with self._changed:
            left_out = 0
            if frame.is_keyframe or self._is_behind():
                left_out = len(self._waiting)
                self._waiting.clear()
                self._misses = not frame.is_keyframe
            is_taken = not self._misses
            if is_taken:
                self._waiting.append((frame, time.time_ns()))
                self._changed.notify()
        if left_out or not is_taken:
            self._listener.on_dropped(Dropped.DECODER_BEHIND, left_out + (not is_taken))
        if not is_taken:
            self._listener.on_broken(frame.index)

    def _is_behind(self) -> bool:
        waiting = len(self._waiting)
        return waiting >= self._max_waiting or waiting * self._decode_s > MAX_CATCH_UP_S

    def put(self, item: Any) -> None:
        """Hear from aiortc, which puts None at the end of the track, and nothing else."""
        if item is None:
            with self._changed:
                self._is_ended = True
                self._changed.notify()

    # On the decoder's thread.

    def get(self) -> None:
        """Decode until the end."""
        while (waiting := self._take()) is not None:
            self._decode(*waiting)
        self._decoder = None

    def _take(self) -> tuple[CodedFrame, int] | None:
        with self._changed:
            while not self._waiting and not self._is_ended:
                self._changed.wait()
            return None if self._is_ended else self._waiting.popleft()

    def _decode(self, frame: CodedFrame, handed_ns: int) -> None:
        began_s = time.thread_time()  # not what others took: that is no sign of a slow decoder
        self._decode_and_tell(frame, handed_ns)
        self._decode_s += (time.thread_time() - began_s - self._decode_s) / 8

    def _decode_and_tell(self, frame: CodedFrame, handed_ns: int) -> None:
        if self._decoder is None and not frame.is_keyframe:
            self._listener.on_dropped(Dropped.DECODE_FAILED, 1)
            self._listener.on_broken(frame.index)
            return
        try:
            pictures = self._pictures(frame)
        except Exception as error:  # the thread must live: FFmpeg's errors, and any other
            self._fail(frame, error)
            return
        self._failures = 0
        decoded_ns = time.time_ns()
        for picture in pictures:
            rtp = (picture.pts if picture.pts is not None else frame.timestamp) & 0xFFFFFFFF
            self._listener.on_picture(Picture(rtp, picture, handed_ns, decoded_ns))

    def _pictures(self, frame: CodedFrame) -> list[VideoFrame]:
        if self._decoder is None or frame.codec != self._codec:
            self._decoder, self._codec = self._make_decoder(frame.codec), frame.codec
        pictures = self._decoder.decode(frame)
        if any(picture.is_corrupt for picture in pictures):
            raise ValueError("the decoder had to conceal what was missing or wrong")
        return pictures

    def _fail(self, frame: CodedFrame, error: Exception) -> None:
        kind = "key" if frame.is_keyframe else ""
        self._failures += frame.is_keyframe
        logger.log(
            logging.DEBUG if self._is_told else logging.WARNING,
            "a %s %sframe cannot be decoded (%s: %s): waiting for the next keyframe",
            frame.codec,
            kind,
            type(error).__name__,
            error,
        )
        self._is_told = True
        self._decoder = None
        self._listener.on_dropped(Dropped.DECODE_FAILED, 1)
        self._listener.on_broken(frame.index)
        if self._failures == MOST_FAILURES:
            self._listener.on_failed(
                f"{MOST_FAILURES} {frame.codec} keyframes in a row could not be decoded; the last "
                f"said: {error}"
            )
