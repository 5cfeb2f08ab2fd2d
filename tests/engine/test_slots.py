"""The hand-overs: the newest wins, and nothing grows."""

from __future__ import annotations

import asyncio

import pytest

from rtseg.engine import Outbox, Slot
from rtseg.engine.outbox import OutboxClosedError


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
    assert outbox.put_frame(b"old") is False
    outbox.put_message("one")
    assert outbox.put_frame(b"new") is True
    outbox.put_message(b"clock")
    assert [await outbox.take() for _ in range(3)] == ["one", b"clock", b"new"]
    assert outbox.take_nowait() is None


async def test_a_slow_reader_bounds_the_outbox() -> None:
    outbox = Outbox(max_messages=4)
    for n in range(10):
        outbox.put_message(str(n))
        outbox.put_frame(bytes([n]))
    assert outbox.dropped_messages == 6
    assert [await outbox.take() for _ in range(5)] == ["6", "7", "8", "9", b"\x09"]


async def test_a_closed_outbox_gives_what_it_has_and_then_ends() -> None:
    outbox = Outbox()
    outbox.put_message("last")
    outbox.close()
    outbox.put_message("too late")
    outbox.put_frame(b"too late")
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
