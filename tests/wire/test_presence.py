"""Records 9 and 12: boxes that show before outlines, and who is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import UsageError, WireError
from rtseg.wire import Decoder, FrameMessage
from rtseg.wire.packing import Packer
from rtseg.wire.presence import box_path, read_roll, write_roll
from tests.wire.test_parts import TICKS, content, crowd
from tests.wire.test_sections import payload_of


def test_a_box_shows_before_its_outline() -> None:
    packer, decoder = Packer(), Decoder()
    labels = {1: "cat", 2: "dog"}
    box = (10, 20, 300, 400)
    first = packer.take(content(0, {1: crowd(1)[1]}, boxes={2: box}, labels=labels))
    message = decoder.read(first.upon(None))
    assert isinstance(message, FrameMessage)
    assert [(item.stage, item.label) for item in message.objects] == [
        ("fine", "cat"),
        ("box", "dog"),
    ]
    assert message.objects[1].path == box_path(box)
    still = packer.take(content(TICKS, {1: crowd(1)[1]}, boxes={2: box}))
    message = decoder.read(still.upon(0))
    assert isinstance(message, FrameMessage)
    assert message.objects[1] == replace(
        message.objects[1], stage="box", label="dog", path=box_path(box)
    )
    # An outline that is the very rectangle is fine all the same.
    there = packer.take(content(2 * TICKS, {1: crowd(1)[1], 2: box_path(box)}))
    message = decoder.read(there.upon(TICKS))
    assert isinstance(message, FrameMessage)
    assert [item.stage for item in message.objects] == ["fine", "fine"]


@pytest.mark.parametrize(
    "box", [(5, 5, 5, 9), (5, 9, 8, 9), (0, 0, 1921, 5), (0, 0, 5, 1081), (-1, 0, 5, 5)]
)
def test_a_box_that_is_none_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(UsageError):
        Packer().take(content(0, {}, boxes={2: box}))


@given(st.lists(st.one_of(st.integers(0, 30), st.integers(0, 2**64 - 1)), unique=True))
def test_rolls_come_back(track_ids: list[int]) -> None:
    assert list(read_roll(payload_of(write_roll(track_ids)))) == track_ids


def test_a_roll_of_all_is_short() -> None:
    assert write_roll([2, 3, 4]) == bytes([12, 2, 2, 2])
    assert len(write_roll(range(1, 301))) <= 5


@pytest.mark.parametrize("payload", [b"\0\0\1\0", b"\0\xff\xff\x03", b"\x03\1", b"\0", b"\0\0\0"])
def test_rolls_that_are_wrong_are_errors(payload: bytes) -> None:
    with pytest.raises(WireError):
        read_roll(memoryview(payload))
