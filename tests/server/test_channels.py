"""What a client says on data channels: in which order it is answered, and when it is too much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from rtseg.engine import Session
from rtseg.engine.outbox import Outbox
from rtseg.errors import PeerError
from rtseg.server.channels import MAX_WAITING, DataChannels
from rtseg.server.conversation import MAX_MALFORMED
from rtseg.transport.peer import Channel


class FakeChannel:
    """A channel of a peer, which is the test."""

    def __init__(self, *, is_for_text: bool) -> None:
        self.is_for_text = is_for_text
        self.is_open = True
        self.sent: list[Any] = []
        self.room = asyncio.Event()
        self.room.set()
        self._on_close: Callable[[], None]
        self.receive: Callable[[str | bytes], None]

    def listen(
        self, on_message: Callable[[str | bytes], None], on_close: Callable[[], None]
    ) -> None:
        self.receive, self._on_close = on_message, on_close

    @property
    def has_room(self) -> bool:
        return self.room.is_set()

    async def wait_for_room(self) -> None:
        await self.room.wait()

    def send(self, message: str | bytes) -> None:
        assert self.is_open
        self.sent.append(json.loads(message) if isinstance(message, str) else message)

    def close(self) -> None:
        self.is_open = False
        self._on_close()


class FakeSession:
    """A session with nothing to say."""

    def __init__(self) -> None:
        self.outboxes: list[Outbox] = []

    def subscribe(self, *, is_reliable: bool) -> Outbox:
        self.outboxes.append(Outbox(is_reliable=is_reliable))
        return self.outboxes[-1]

    def unsubscribe(self, outbox: Outbox) -> None:
        self.outboxes.remove(outbox)

    def acknowledge(self, outbox: Outbox, frame_id: int) -> None:
        pytest.fail(f"{frame_id} was never sent")


class Page:
    """A page with both channels, and a server that answers when the test lets it."""

    def __init__(self) -> None:
        self.outlines = FakeChannel(is_for_text=False)
        self.text = FakeChannel(is_for_text=True)
        self.session = FakeSession()
        self.heard: list[str | bytes] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.tasks: list[asyncio.Task[None]] = []
        channels = DataChannels(cast("Session", self.session), self._on_text, self._spawn)
        for channel in (self.text, self.outlines):
            channels.opened(cast("Channel", channel))

    async def _on_text(self, text: str | bytes) -> dict[str, Any]:
        await self.may_answer.wait()
        if text == "nonsense":
            raise PeerError("expected sense", code="bad_message")
        self.heard.append(text)
        return {"answer": text}

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def settled(self) -> None:
        """Give every task its turns, as long as one may get on."""
        for _ in range(200):
            await asyncio.sleep(0)


async def test_messages_are_done_one_after_the_other() -> None:
    page = Page()
    page.may_answer.clear()  # as while a model loads
    for number in range(3):
        page.text.receive(str(number))
    await page.settled()
    assert not page.heard
    assert len(page.tasks) == 2, "one pumps outlines, one answers"
    page.may_answer.set()
    await page.settled()
    page.text.receive("3")
    await page.settled()
    assert [message["answer"] for message in page.text.sent] == ["0", "1", "2", "3"]


async def test_of_too_many_that_wait_the_newest_are_kept_and_the_client_is_told() -> None:
    page = Page()
    page.may_answer.clear()
    page.text.receive("first")
    await page.settled()  # it is in work, and waits no more
    for number in range(MAX_WAITING + 2):
        page.text.receive(str(number))
    assert [message["code"] for message in page.text.sent] == ["too_many_messages"] * 2
    page.may_answer.set()
    await page.settled()
    assert page.heard == ["first", *(str(n) for n in range(2, MAX_WAITING + 2))]


@pytest.mark.parametrize("which", ["text", "outlines"])
async def test_a_channel_with_too_much_nonsense_is_closed_alone(which: str) -> None:
    page = Page()
    channel = page.text if which == "text" else page.outlines
    other = page.outlines if which == "text" else page.text
    for _ in range(MAX_MALFORMED - 1):
        channel.receive("nonsense")
    channel.receive("ping")
    await page.settled()
    assert channel.is_open
    for _ in range(3):
        channel.receive("nonsense")
    await page.settled()
    assert not channel.is_open
    refusals = [message for message in channel.sent if message.get("code") == "bad_message"]
    assert len(refusals) == MAX_MALFORMED
    begun = len(page.tasks)
    channel.receive("more")
    assert len(page.tasks) == begun, "nothing is begun for a channel that closes"
    assert other.is_open
    other.receive("ping")
    await page.settled()
    assert page.heard == ["ping", "ping"]


async def test_binary_messages_that_are_no_acknowledgements_are_counted_too() -> None:
    page = Page()
    for _ in range(MAX_MALFORMED + 3):
        page.outlines.receive(b"\x01\x05\x00")
    await page.settled()
    assert not page.outlines.is_open
    assert page.text.is_open
    assert [message["code"] for message in page.text.sent] == ["bad_message"] * MAX_MALFORMED
    assert not page.session.outboxes, "the stream ended with its channel"


async def test_what_the_network_does_not_take_waits_where_the_newest_wins() -> None:
    page = Page()
    (outbox,) = page.session.outboxes
    outbox.put_frame(1, [b"1"])
    await page.settled()
    page.outlines.room.clear()
    outbox.put_frame(2, [b"2"])  # the pump waited for a message, as it had room
    await page.settled()
    for frame_id in range(3, 40):
        outbox.put_frame(frame_id, [b"%d" % frame_id])
        await page.settled()
    page.outlines.room.set()
    await page.settled()
    assert page.outlines.sent == [b"1", b"2", b"39"]
