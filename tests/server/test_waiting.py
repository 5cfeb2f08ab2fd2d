"""Waiting for work: what leaves off, and what is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import Request

from rtseg.errors import BackendError, PeerError
from rtseg.server.waiting import together, while_here


async def test_things_side_by_side_in_their_order() -> None:
    first = asyncio.Event()

    async def waits() -> int:
        await first.wait()
        return 1

    async def lets_go() -> int:
        first.set()
        return 2

    assert await together(waits(), lets_go()) == [1, 2]
    assert await together() == []


async def test_the_first_failure_ends_the_others_and_is_all_that_is_told() -> None:
    left = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.append(True)

    async def fails() -> None:
        raise BackendError("the device is gone")

    with pytest.raises(BackendError, match="is gone"):
        await together(waits(), fails(), waits())
    assert left == [True, True]


async def test_a_client_that_leaves_ends_the_work() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    with pytest.raises(PeerError) as told:
        await while_here(Request({"type": "http"}, receive), work())
    assert (told.value.code, told.value.status) == ("client_gone", 499)
    assert ended.is_set()
