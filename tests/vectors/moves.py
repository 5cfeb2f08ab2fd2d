"""Streams of outlines that move, for the golden vectors.

Unlike the others these are written by `rtseg.wire` itself: what they hold is that every decoder
reads what the encoder writes, to the bit. Outlines are drawn by a fixed seed in whole numbers, so
that every machine writes the same bytes.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from rtseg.geometry.motion import Motion
from rtseg.wire import Content, Decoder, FrameMessage, Packer, StaleMessage
from rtseg.wire.outline import Outline

Json = dict[str, Any]
TICKS = 3003


class Drawn:
    """An outline that moves, loses vertices and gains some, by dice."""

    def __init__(self, seed: int, size: tuple[int, int], rings: int) -> None:
        self._dice = random.Random(seed)
        self._size = size
        self._next = 0
        self._rings: dict[int, list[tuple[int, int, int]]] = {}
        self._motions: dict[int, Motion] = {}
        self._serial = 0
        for _ in range(rings):
            self._add_ring()

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _add_ring(self) -> None:
        height, width = self._size
        count = self._dice.randrange(3, 30)
        dice = self._dice
        self._rings[self._id()] = [
            (self._id(), dice.randrange(width + 1), dice.randrange(height + 1))
            for _ in range(count)
        ]

    def step(self) -> None:
        """Go on to the next frame."""
        dice = self._dice
        height, width = self._size
        self._motions = {}
        unit = dice.randrange(1, 6)
        for name, ring in list(self._rings.items()):
            if dice.random() < 0.1 and len(self._rings) > 1:
                del self._rings[name]
                continue
            bends = [dice.randrange(-9, 10) if dice.random() < 0.5 else 0 for _ in range(4)]
            motion = Motion(dice.randrange(-12, 13), dice.randrange(-12, 13), *bends)
            moved = motion.move(np.array([(x, y) for _, x, y in ring], np.int32)).tolist()
            self._motions[name] = motion
            is_rigid = dice.random() < 0.2
            after: list[tuple[int, int, int]] = []
            for (vertex, _, _), (x, y) in zip(ring, moved, strict=True):
                if not is_rigid and dice.random() < 0.1 and len(ring) > 8:
                    continue
                wander = 0 if is_rigid else unit
                x += wander * dice.choice((0, 0, 0, 1, -1, 3))
                y += wander * dice.choice((0, 0, 0, 1, -1, -2))
                after.append((vertex, min(max(x, 0), width), min(max(y, 0), height)))
                if not is_rigid and dice.random() < 0.1:
                    x, y = (after[-1][axis] + unit * dice.randrange(-9, 10) for axis in (1, 2))
                    after.append((self._id(), min(max(x, 0), width), min(max(y, 0), height)))
            self._rings[name] = after
        if dice.random() < 0.3:
            self._add_ring()
        self._serial += 1

    def outline(self) -> Outline:
        """The outline as it is now."""
        rings = self._rings.values()
        return Outline(
            tuple(np.array([(x, y) for _, x, y in ring], np.int32) for ring in rings),
            tuple(np.array([vertex for vertex, _, _ in ring], np.int64) for ring in rings),
            tuple(self._rings),
            self._serial,
            self._serial - 1,
            self._motions,
        )


def streams() -> dict[str, list[tuple[bytes, bool]]]:
    """Packets, and whether each of them arrives."""
    return {
        "moves": _stream(1, (480, 640), 14, is_reliable=True),
        "moves-wide": _stream(2, (65535, 65535), 8, is_reliable=True),
        "moves-small": _stream(3, (16, 20), 10, is_reliable=True),
        "moves-acknowledged": _stream(4, (360, 640), 16, is_reliable=False),
        "moves-lost": [
            (packet, index not in (3, 7))
            for index, (packet, _) in enumerate(_stream(5, (360, 640), 12, is_reliable=True))
        ],
    }


def _stream(
    seed: int, size: tuple[int, int], frames: int, *, is_reliable: bool
) -> list[tuple[bytes, bool]]:
    dice = random.Random(seed)
    packer = Packer(is_reliable=is_reliable)
    things = {7: Drawn(seed, size, 1), 300: Drawn(seed + 50, size, 4)}
    packets: list[tuple[bytes, bool]] = []
    for number in range(frames):
        frame_id = (0xFFFFFFFF - 4 * TICKS + number * TICKS) % 2**32
        outlines = {track_id: thing.outline() for track_id, thing in things.items()}
        content = Content(
            frame_id,
            size,
            outlines,
            {7: 1.0, 300: 0.5 if number < 5 else 0.25},
            {7: 33 * number, 300: 120},
            {7: "Kätzchen"} if number < 9 else {7: "dog"},
            None,
        )
        packets.append((packer.pack(content), True))
        if not is_reliable and dice.random() < 0.6:
            packer.acknowledge((frame_id - 2 * TICKS) % 2**32)
        for thing in things.values():
            if dice.random() < 0.8:
                thing.step()
    return packets


def meaning(decoder: Decoder, packet: bytes) -> Json:
    """What a packet says, in the words of the vectors."""
    message = decoder.read(packet)
    if isinstance(message, StaleMessage):
        return {"stale": {"frame_id": message.frame_id, "base_id": message.base_id}}
    assert isinstance(message, FrameMessage)
    return {
        "frame": {
            "frame_id": message.frame_id,
            "width": message.width_px,
            "height": message.height_px,
            "objects": [
                {
                    "track_id": item.track_id,
                    "score_u8": item.score_u8,
                    "age_ms": item.age_ms,
                    "label": item.label,
                    "rings": [ring.tolist() for ring in item.path.rings],
                }
                for item in message.objects
            ],
            "timing": None,
        }
    }


def steps() -> dict[str, list[tuple[bytes, Json]]]:
    """Each stream as a decoder sees it."""
    found = {}
    for name, packets in streams().items():
        decoder = Decoder()
        arriving = [packet for packet, arrives in packets if arrives]
        found[name] = [(packet, meaning(decoder, packet)) for packet in arriving]
    return found
