"""The hand-over: the newest wins, and nothing grows."""

from __future__ import annotations

import asyncio

from rtseg.engine import Slot


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
