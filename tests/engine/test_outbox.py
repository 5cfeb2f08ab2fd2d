"""What waits for one reader, and which frame it has."""

from __future__ import annotations

import asyncio

import pytest

from rtseg.engine import Drop, Observer, Outbox
from rtseg.engine.outbox import UNFINISHED_FRAMES, OutboxClosedError


class Drops(Observer):
    def __init__(self) -> None:
        self.causes: list[Drop] = []

    def dropped(self, cause: Drop) -> None:
        self.causes.append(cause)


def send(outbox: Outbox, *numbers: int) -> str | bytes | None:
    """Leave these frames one after the other, and take what is then there."""
    for number in numbers:
        outbox.put_frame(number, [f"frame {number}".encode()])
    return outbox.take_nowait()


async def test_on_a_reliable_stream_the_reader_has_what_was_taken_last() -> None:
    outbox = Outbox()
    assert outbox.base_id is None
    assert send(outbox, 4) == b"frame 4"
    assert outbox.base_id == 4
    # Of two that came while the reader slept it gets one.
    assert send(outbox, 5, 6) == b"frame 6"
    assert outbox.base_id == 6
    outbox.put_frame(7, [b"not taken yet"])
    assert outbox.base_id == 6


async def test_where_packets_may_be_lost_it_has_what_it_acknowledges() -> None:
    outbox = Outbox(is_reliable=False)
    for number in (10, 11, 12, 13):
        send(outbox, number)
    assert outbox.base_id is None
    assert outbox.acknowledge(12)
    assert outbox.base_id == 12
    # What comes late, or twice, does not lead back.
    assert not outbox.acknowledge(11)
    assert outbox.acknowledge(12)
    assert outbox.base_id == 12
    assert outbox.acknowledge(13)
    assert outbox.base_id == 13


async def test_nobody_has_what_was_not_sent() -> None:
    outbox = Outbox(is_reliable=False)
    send(outbox, 1)
    send(outbox, 2, 3)
    outbox.put_frame(4, [b"not taken yet"])
    for number in (2, 4, 5):
        assert not outbox.acknowledge(number)
    assert outbox.base_id is None


async def test_a_base_that_grows_too_old_is_given_up() -> None:
    outbox = Outbox(is_reliable=False)
    send(outbox, 0)
    assert outbox.acknowledge(0)
    for number in range(1, 49):
        send(outbox, number)
        assert outbox.base_id == 0
    send(outbox, 49)
    assert outbox.base_id is None
    assert not outbox.acknowledge(0)
    assert not outbox.acknowledge(1)
    assert outbox.acknowledge(2)
    assert outbox.base_id == 2


async def test_the_parts_of_a_frame_go_one_by_one_and_before_a_newer_one() -> None:
    drops = Drops()
    outbox = Outbox(drops, is_reliable=False)
    outbox.put_frame(1, [b"1a", b"1b"])
    assert [outbox.take_nowait() for _ in range(3)] == [b"1a", b"1b", None]
    outbox.put_frame(2, [b"2a", b"2b", b"2c"])
    assert outbox.take_nowait() == b"2a"
    outbox.put_message("first")
    assert [outbox.take_nowait() for _ in range(2)] == ["first", b"2b"]
    outbox.put_frame(3, [b"3a", b"3b"])
    assert outbox.take_nowait() == b"2c"
    assert outbox.take_nowait() == b"3a"
    assert drops.causes == []
    # A reader has a frame once, however many parts it came in, and only if they were all sent.
    assert outbox.acknowledge(1)
    assert outbox.acknowledge(2)
    assert not outbox.acknowledge(3)
    assert outbox.take_nowait() == b"3b"
    assert outbox.acknowledge(3)
    assert outbox.base_id == 3


async def test_where_the_way_is_narrow_frames_are_sent_to_their_end() -> None:
    """One part finds room in the time of a frame, and there are three of each."""
    drops = Drops()
    outbox = Outbox(drops, is_reliable=False)
    sent = []
    for frame_id in range(1, 31):
        outbox.put_frame(frame_id, [b"%d%c" % (frame_id, part) for part in b"abc"])
        sent.append(outbox.take_nowait())
    # Always the newest, when there is room for one.
    assert sent[:9] == [b"1a", b"1b", b"1c", b"4a", b"4b", b"4c", b"7a", b"7b", b"7c"]
    assert len(drops.causes) == 19
    assert outbox.acknowledge(25)


async def test_what_waited_for_long_is_not_sent_before_what_is_new() -> None:
    drops = Drops()
    outbox = Outbox(drops, is_reliable=False)
    outbox.put_frame(1, [b"1a", b"1b"])
    assert outbox.take_nowait() == b"1a"
    for frame_id in range(2, 2 + UNFINISHED_FRAMES):
        outbox.put_frame(frame_id, [b"%d" % frame_id])
    assert len(drops.causes) == UNFINISHED_FRAMES - 1
    outbox.put_frame(99, [b"99"])
    assert len(drops.causes) == UNFINISHED_FRAMES + 1
    assert [outbox.take_nowait() for _ in range(2)] == [b"99", None]
    assert not outbox.acknowledge(1)


async def test_messages_go_in_order_before_the_newest_frame() -> None:
    drops = Drops()
    outbox = Outbox(drops)
    outbox.put_frame(1, [b"frame 1"])
    outbox.put_message("one")
    assert drops.causes == []
    outbox.put_frame(2, [b"frame 2"])
    assert drops.causes == [Drop.STREAM_SLOW]
    outbox.put_message(b"clock")
    assert [await outbox.take() for _ in range(3)] == ["one", b"clock", b"frame 2"]
    assert outbox.take_nowait() is None


async def test_a_slow_reader_bounds_the_outbox() -> None:
    drops = Drops()
    outbox = Outbox(drops, max_messages=4)
    for n in range(10):
        outbox.put_message(str(n))
    outbox.put_frame(9, [b"frame 9"])
    assert drops.causes == [Drop.MESSAGE_UNREAD] * 6
    assert [await outbox.take() for _ in range(5)] == ["6", "7", "8", "9", b"frame 9"]


async def test_a_closed_outbox_gives_what_it_has_and_then_ends() -> None:
    outbox = Outbox()
    outbox.put_message("last")
    outbox.close()
    outbox.put_message("too late")
    outbox.put_frame(1, [b"too late"])
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
