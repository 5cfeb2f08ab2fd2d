"""When a data channel has room: told by aiortc's own events."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiortc import RTCDataChannel
from pyee.asyncio import AsyncIOEventEmitter

from rtseg.transport.peer import Channel


class Inner(AsyncIOEventEmitter):
    """What a `Channel` uses of an `RTCDataChannel`."""

    def __init__(self) -> None:
        super().__init__()
        self.readyState = "open"
        self.bufferedAmount = 0


def made() -> tuple[Inner, Channel]:
    inner: Any = Inner()
    return inner, Channel(cast(RTCDataChannel, inner))


async def waits(channel: Channel) -> asyncio.Task[None]:
    task = asyncio.create_task(channel.wait_for_room())
    for _ in range(3):
        await asyncio.sleep(0)
    return task


async def test_a_channel_with_nothing_in_it_has_room_at_once() -> None:
    _, channel = made()
    assert channel.has_room
    assert (await waits(channel)).done()


async def test_room_is_waited_for_until_all_is_on_its_way() -> None:
    inner, channel = made()
    inner.bufferedAmount = 10
    assert not channel.has_room
    task = await waits(channel)
    inner.emit("bufferedamountlow")  # and something was sent meanwhile
    again = await waits(channel)
    assert not task.done()
    inner.bufferedAmount = 0
    inner.emit("bufferedamountlow")
    await asyncio.wait_for(asyncio.gather(task, again), 1)


async def test_a_channel_that_closes_is_not_waited_for() -> None:
    inner, channel = made()
    inner.bufferedAmount = 10
    task = await waits(channel)
    inner.readyState = "closed"
    inner.emit("close")
    await asyncio.wait_for(task, 1)
