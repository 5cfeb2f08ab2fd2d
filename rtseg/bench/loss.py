"""Packets that are lost: how far behind the outline shown is, and what keeping up costs.

A sender outlines 30 frames a second; packets to its reader and back are lost by the dice. Without
loss every frame would be shown half a round trip after it was sent: the outline shown is *behind*
by as many frames as it is older than the one that would be shown then.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from rtseg.bench.masks import Sequence
from rtseg.bench.network import Way, Weather
from rtseg.engine import Outbox
from rtseg.engine.losses import REPEAT_AFTER_S
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import Content, Decoder, Encoder, FrameWriter, pack_ack, read_ack
from rtseg.wire.packing import Packer

FPS = 30
RTT_MS = 80.0
LOSSES = (0.0, 0.01, 0.03, 0.05, 0.1, 0.2)
MIN_IOU = 0.97
_TICKS = 90_000 // FPS
_FRAME_MS = 1000 / FPS
_Shot = tuple[tuple[int, int], dict[TrackId, Path]]
"""Size of a frame, (height, width), and its outlines."""
_SAMPLES = 10
"""Looks at what is shown, in the time of a frame."""
LONG_FRAMES = 10_000
"""Frames of the stream that the time behind is measured on: a share of 1 % to within 0.1 %."""
_LEAST_FRAMES = 300
"""Frames that bytes are measured on, at least: a sender takes some seconds to see that packets are
lost, and repeats none until then."""


class Sender(Protocol):
    """Which frame the next packet builds upon, and whether it is sent twice."""

    def base(self, previous: FrameId | None) -> FrameId | None:
        """Give the base of the next packet; `previous` is the frame that was sent last."""

    def sent(self, frame_id: FrameId) -> bool:
        """Take that a frame was sent; True to send it again."""

    def heard(self, packet: bytes) -> None:
        """Take what came back: the frame that the reader shows, or nothing if it is stale."""


class Acknowledged:
    """What the server does on the data channel: upon the newest frame that the reader has.

    Parameters
    ----------
    repeats : send each packet again while many are lost, as the server does.
    """

    def __init__(self, *, repeats: bool = True) -> None:
        self._repeats = repeats
        self._outbox = Outbox(is_reliable=False)

    def base(self, previous: FrameId | None) -> FrameId | None:
        return self._outbox.base_id

    def sent(self, frame_id: FrameId) -> bool:
        self._outbox.put_frame(frame_id, [b""])
        self._outbox.take_nowait()
        return self._repeats and self._outbox.repeat()

    def heard(self, packet: bytes) -> None:
        if packet:
            self._outbox.acknowledge(read_ack(packet).frame_id)


class Whole:
    """Every frame whole."""

    def base(self, previous: FrameId | None) -> FrameId | None:
        return None

    def sent(self, frame_id: FrameId) -> bool:
        return False

    def heard(self, packet: bytes) -> None:
        pass


class Chained:
    """Each upon the one before, and a whole one when the reader says that it is stale."""

    def __init__(self) -> None:
        self._is_asked = False

    def base(self, previous: FrameId | None) -> FrameId | None:
        return None if self._is_asked else previous

    def sent(self, frame_id: FrameId) -> bool:
        self._is_asked = False
        return False

    def heard(self, packet: bytes) -> None:
        self._is_asked = self._is_asked or not packet


WAYS: dict[str, Callable[[], Sender]] = {
    "ours": Acknowledged,
    "ours, nothing sent twice": lambda: Acknowledged(repeats=False),
    "whole": Whole,
    "each upon the one before": Chained,
}


class Run:
    """One stream over one network.

    Parameters
    ----------
    writers : of its frames, `_TICKS` apart from 0.
    sender : what is built upon what.
    loss : share of packets that are lost, both ways.
    seed : of the dice.
    """

    def __init__(
        self, writers: Iterable[FrameWriter], sender: Sender, loss: float, seed: int
    ) -> None:
        weather = Weather(delay_ms=RTT_MS / 2, loss=loss)
        there: Way[bytes] = Way(weather, seed)
        back: Way[bytes] = Way(weather, seed + 1)
        decoder = Decoder()
        previous: FrameId | None = None
        self.frames = 0
        self.bytes = 0
        self.frames_behind: list[int] = []
        """One number for each sample."""
        for index, writer in enumerate(writers):
            now_ms = index * _FRAME_MS
            for _, answer in back.arrived(now_ms):
                sender.heard(answer)
            packet = writer.upon(sender.base(previous))
            previous = writer.frame_id
            there.send(now_ms, packet)
            self.bytes += len(packet)
            if sender.sent(writer.frame_id):
                there.send(now_ms + 1000 * REPEAT_AFTER_S, packet)
                self.bytes += len(packet)
            self.frames += 1
            for sample in range(_SAMPLES):
                # From the time at which this frame would be shown if nothing were lost.
                seen_ms = now_ms + RTT_MS / 2 + sample / _SAMPLES * _FRAME_MS
                for at_ms, arrived in there.arrived(seen_ms):
                    decoder.read(arrived)
                    is_decoded = decoder.shown_id is not None and not decoder.is_stale
                    back.send(at_ms, pack_ack(decoder.whole_id or 0) if is_decoded else b"")
                shown = -_TICKS if decoder.shown_id is None else decoder.shown_id
                self.frames_behind.append(index - shown // _TICKS)


def measure(sequences: list[Sequence], *, long_frames: int = LONG_FRAMES) -> dict[str, Any]:
    """Measure every way at every loss; JSON-ready."""
    long = _writers(_square(index) for index in range(long_frames))
    film = _writers(_film(sequences))
    rows = []
    for loss in LOSSES:
        for name, sender in WAYS.items():
            behind = Run(long, sender(), loss, seed=1).frames_behind
            run = Run(film, sender(), loss, seed=1)
            rows.append(
                {
                    "loss": loss,
                    "way": name,
                    "behind": float(np.mean(np.array(behind) > 1)),
                    "behind_most": max(behind),
                    "bytes": run.bytes / run.frames,
                }
            )
    return {"rtt_ms": RTT_MS, "fps": FPS, "min_iou": MIN_IOU, "rows": rows}


def _writers(frames: Iterable[_Shot]) -> list[FrameWriter]:
    """Take every frame once: what is written upon a base is the same for every run."""
    packer = Packer()
    return [
        packer.take(Content(index * _TICKS, size, outlines, {}, {}, {}, None))
        for index, (size, outlines) in enumerate(frames)
    ]


def _film(sequences: list[Sequence]) -> Iterable[_Shot]:
    """Show all clips in one stream, then backwards, and so on, until it is long enough."""
    shots = [shot for number, clip in enumerate(sequences, 1) for shot in _shots(clip, number)]
    loop = shots + shots[-2:0:-1]
    return itertools.islice(itertools.cycle(loop), max(len(shots), _LEAST_FRAMES))


def _shots(sequence: Sequence, track_id: TrackId) -> Iterable[_Shot]:
    encoder = Encoder(min_iou=MIN_IOU)
    height, width = sequence.masks[0].shape
    for mask in sequence.masks:
        yield (height, width), encoder.outline({track_id: mask})


def _square(index: int) -> _Shot:
    """Something quickly written: which frame is shown does not depend on what is in it."""
    x = 10 + index % 100
    ring = np.array([(x, 10), (x, 50), (x + 40, 50), (x + 40, 10)], np.int32)
    return (360, 640), {1: Path((ring,))}


def render(report: dict[str, Any]) -> str:
    """Lay a report out as text."""
    rows = report["rows"]
    losses = sorted({row["loss"] for row in rows})
    heads = "".join(f"{f'{loss:.0%} lost':>12}" for loss in losses)
    lines = [
        f"lost packets, both ways: {report['rtt_ms']:g} ms there and back, {report['fps']} frames "
        f"a second, IoU {report['min_iou']}",
        f"{'more than a frame behind':<34}{heads}",
    ]
    lines += _table(rows, lambda row: f"{row['behind']:.2%}")
    lines.append(f"{'bytes a frame':<34}{heads}")
    lines += _table(rows, lambda row: f"{row['bytes']:.1f}")
    return "\n".join(lines)


def _table(rows: list[dict[str, Any]], cell: Callable[[dict[str, Any]], str]) -> Iterable[str]:
    for way in dict.fromkeys(row["way"] for row in rows):
        cells = "".join(f"{cell(row):>12}" for row in rows if row["way"] == way)
        yield f"  {way:<32}{cells}"
