"""The hand-overs: the newest wins, and nothing grows."""

from __future__ import annotations

import asyncio

import pytest

from rtseg.engine import Outbox, Slot
from rtseg.engine.outbox import FramePacket, OutboxClosedError


def frame(number: int) -> FramePacket:
    return FramePacket(number, f"moved {number}".encode(), f"key {number}".encode)


async def test_only_who_has_the_frame_before_is_told_what_changed() -> None:
    outbox = Outbox()

    def sent(*numbers: int) -> str | bytes | None:
        for number in numbers:
            outbox.put_frame(frame(number))
        return outbox.take_nowait()

    assert [sent(4), sent(5), sent(6)] == [b"key 4", b"moved 5", b"moved 6"]
    # Two that came while the reader slept: the first of them is lost to it.
    assert [sent(7, 8), sent(9)] == [b"key 8", b"moved 9"]
    # One that never came at all.
    assert [sent(11), sent(12)] == [b"key 11", b"moved 12"]


async def test_who_may_lose_packets_gets_whole_frames() -> None:
    outbox = Outbox(is_reliable=False)
    for number in (1, 2, 3):
        outbox.put_frame(frame(number))
        assert outbox.take_nowait() == f"key {number}".encode()


async def test_a_slot_holds_the_newest() -> None:
    slot: Slot[int] = Slot()
    assert slot.put(1) is False
    assert slot.put(2) is True
    assert await slot.take() == 2


async def test_taking_waits_for_the_next_item() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    await slot.take()
    waiting = asyncio.ensure_future(slot.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    slot.put(5)
    assert await waiting == 5


async def test_messages_go_in_order_before_the_newest_frame() -> None:
    outbox = Outbox()
    assert outbox.put_frame(frame(1)) is False
    outbox.put_message("one")
    assert outbox.put_frame(frame(2)) is True
    outbox.put_message(b"clock")
    assert [await outbox.take() for _ in range(3)] == ["one", b"clock", b"key 2"]
    assert outbox.take_nowait() is None


async def test_a_slow_reader_bounds_the_outbox() -> None:
    outbox = Outbox(max_messages=4)
    for n in range(10):
        outbox.put_message(str(n))
        outbox.put_frame(frame(n))
    assert outbox.dropped_messages == 6
    assert [await outbox.take() for _ in range(5)] == ["6", "7", "8", "9", b"key 9"]


async def test_a_closed_outbox_gives_what_it_has_and_then_ends() -> None:
    outbox = Outbox()
    outbox.put_message("last")
    outbox.close()
    outbox.put_message("too late")
    outbox.put_frame(frame(1))
    assert await outbox.take() == "last"
    with pytest.raises(OutboxClosedError):
        await outbox.take()


async def test_closing_wakes_a_waiting_reader() -> None:
    outbox = Outbox()
    reader = asyncio.ensure_future(outbox.take())
    await asyncio.sleep(0)
    outbox.close()
    with pytest.raises(OutboxClosedError):
        await reader
