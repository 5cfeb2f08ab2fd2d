"""How far an outline can be trusted, on its way from the tracker to whoever draws it."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.engine.session_core import SessionCore
from rtseg.tracking import Track, Tracker, TrackState
from rtseg.types import TrackId
from rtseg.wire import Encoder, FrameMessage
from tests.engine.test_session_core import TICKS, Drive, words

WEB = Path(__file__).parents[2] / "web"


class Doubting(Tracker):
    """A tracker that is made to doubt what it follows."""

    doubts = False

    @property
    def tracks(self) -> dict[TrackId, Track]:
        if not self.doubts:
            return super().tracks
        return {
            track_id: replace(track, state=TrackState.UNCERTAIN, confidence=0.3)
            for track_id, track in super().tracks.items()
        }


class Told(Drive):
    """A core whose packets are kept, each upon the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = Doubting()
        self.core = SessionCore(self.tracker, Encoder(), self._new_id, max_objects=4)
        self.set(words())
        self.packets: list[bytes] = []
        self.base: int | None = None

    def tell(self, *xs: int, answers: bool = False) -> FrameMessage:
        asks = self.show(*xs)
        writer = self.core.pack(self.n * TICKS, (90, 160), self.core.outline(self.masks))
        self.packets.append(writer.upon(self.base))
        self.base = writer.frame_id
        message = self.decoder.read(self.packets[-1])
        assert isinstance(message, FrameMessage)
        if answers:
            self.answer(asks)
        else:
            for ask in asks:
                self.core.failed(ask)
        return message

    def follow(self, frames: int = 20) -> None:
        for count in range(frames):
            self.tell(20 + count, answers=True)


def states(message: FrameMessage) -> list[str | None]:
    return [item.standing and item.standing.state for item in message.objects]


def test_an_object_is_found_then_followed() -> None:
    drive = Told()
    seen = [states(drive.tell(20 + count, answers=True)) for count in range(20)]
    assert seen[0] == []
    assert seen[1] == ["found"]
    assert seen[-1] == ["followed"]


def test_doubt_reaches_the_page() -> None:
    """From the tracker through the core and the packets to the page's own decoder."""
    drive = Told()
    drive.follow()
    drive.tracker.doubts = True
    (doubted,) = drive.tell(40).objects
    assert doubted.standing is not None
    assert (doubted.standing.state, doubted.standing.confidence_u8) == ("uncertain", 76)
    assert not doubted.path.is_empty
    drive.tracker.doubts = False
    assert states(drive.tell(41)) == ["followed"]
    read = read_by_the_page(drive.packets)
    assert [thing["standing"] for thing in read[-2]] == [
        {"state": "uncertain", "confidence": pytest.approx(76 / 255)}
    ]
    assert [thing["standing"]["state"] for thing in read[-1]] == ["followed"]
    assert [bool(thing["rings"]) for thing in read[-2]] == [True]


def test_what_leaves_is_lost_and_what_returns_is_found_again() -> None:
    drive = Told()
    drive.follow()
    (thing,) = drive.tell(40, answers=True).objects
    for _ in range(8):
        message = drive.tell(answers=True)
    (gone,) = message.objects
    assert (gone.track_id, gone.path.is_empty) == (thing.track_id, True)
    assert gone.standing is not None
    assert (gone.standing.state, gone.standing.confidence_u8) == ("lost", 0)
    drive.tell(44, answers=True)
    (back,) = drive.tell(45, answers=True).objects
    assert (back.track_id, states(drive.tell(46))) == (thing.track_id, ["found again"])
    assert not back.path.is_empty


def test_the_age_is_that_of_a_models_word_also_when_the_tracker_renews_its_evidence() -> None:
    drive = Told()
    drive.follow(3)
    for count in range(60):
        message = drive.tell(23 + count // 4)
        # 30 frames a second, and a word of the frame before the first without an answer.
        assert [item.age_ms for item in message.objects] == [round((count + 1) * 1000 / 30)]
        assert all(item.track_id for item in message.objects)


def test_things_of_one_prompt_exclude_each_other_and_those_of_two_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drive = Told()
    told: list[set[frozenset[int]]] = []
    monkeypatch.setattr(
        drive.tracker, "exclude", lambda groups: told.append({frozenset(g) for g in groups})
    )
    drive.tell(0, 100, answers=True)
    drive.tell(2, 98, answers=True)
    assert told[-1] == {frozenset({1, 2})}
    drive.set(words(), words(name="v"))
    drive.tell(4, 96, answers=True)
    drive.tell(6, 94, answers=True)
    assert told[-1] == {frozenset({1, 2}), frozenset({3, 4})}
    assert not (drive.masks[1] & drive.masks[2]).any()
    assert np.count_nonzero(drive.masks[1] & drive.masks[3]) > 1000


def read_by_the_page(packets: list[bytes]) -> list[list[dict[str, Any]]]:
    """Have the TypeScript decoder read a stream; give the objects of each packet."""
    esbuild = WEB / "node_modules/.bin/esbuild"
    if not esbuild.exists() or shutil.which("node") is None:
        pytest.skip("needs Node and what web/ is built with: npm ci in web/")
    source = """
        import { Decoder } from "./src/core/wire.js";
        const decoder = new Decoder();
        const read = PACKETS.map((hex) => decoder.decode(Uint8Array.from(Buffer.from(hex, "hex"))));
        console.log(JSON.stringify(read.map(({ objects }) => objects)));
    """.replace("PACKETS", json.dumps([packet.hex() for packet in packets]))
    bundle = subprocess.run(
        [esbuild, "--bundle", "--format=esm", "--platform=node"],
        input=source,
        cwd=WEB,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    node = ["node", "--input-type=module"]
    done = subprocess.run(
        node, input=bundle, capture_output=True, text=True, check=True, timeout=60
    )
    objects: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return objects
