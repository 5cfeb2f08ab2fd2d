"""Server-Sent Events, and what makes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from rtseg.server.events import EventStream, event


def test_an_event_is_one_line() -> None:
    assert event({"label": "Löwe\n"}) == 'data: {"label": "Löwe\\n"}\n\n'.encode()


@pytest.mark.parametrize("fails_at", ["http.response.start", "http.response.body"])
async def test_what_makes_events_is_closed_where_they_cannot_be_sent(fails_at: str) -> None:
    closed: list[str] = []

    async def parts() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield event({})
        finally:
            closed.append("parts")

    async def written(source: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        try:
            async for each in source:
                yield each
        finally:
            closed.append("written")

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        if message["type"] == fails_at:
            raise OSError("the connection is broken")

    source = parts()  # held here, so that nothing but the response closes it
    await anext(source)
    events = written(source)
    with pytest.raises(OSError, match="broken"):
        await EventStream(events, source)({"type": "http"}, receive, send)
    # What never began has nothing to end.
    assert closed == (["parts"] if fails_at == "http.response.start" else ["written", "parts"])


async def test_a_hang_up_is_seen_before_the_next_event() -> None:
    """A transport tells of it in a turn of the loop, while many events may be there already."""
    is_gone = False
    sent_to_nobody = 0

    def lost() -> None:
        nonlocal is_gone
        is_gone = True

    async def many() -> AsyncGenerator[bytes, None]:
        for _ in range(20):
            yield event({})

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        nonlocal sent_to_nobody
        if message["type"] == "http.response.body":
            if is_gone:
                raise OSError("as a server does of whom it knows to be gone")
            sent_to_nobody += 1
            asyncio.get_running_loop().call_soon(lost)

    with pytest.raises(ClientDisconnect):
        await EventStream(many())({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
    assert sent_to_nobody == 1
