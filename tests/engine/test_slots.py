"""The hand-over: the newest wins, and nothing grows."""

from __future__ import annotations

import asyncio

from rtseg.engine import Slot


async def test_a_slot_holds_the_newest() -> None:
    slot: Slot[int] = Slot()
    assert slot.put(1) is False
    assert slot.put(2) is True
    assert slot.take_nowait() == 2
    assert slot.take_nowait() is None


async def test_waiting_ends_with_the_next_item() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    await slot.wait()
    slot.take_nowait()
    waiting = asyncio.ensure_future(slot.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    slot.put(5)
    await waiting
    assert slot.take_nowait() == 5


async def test_waiting_ends_with_a_wake_also_with_one_from_before() -> None:
    slot: Slot[int] = Slot()
    slot.wake()
    await slot.wait()
    waiting = asyncio.ensure_future(slot.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    slot.wake()
    await waiting
    assert slot.is_empty
