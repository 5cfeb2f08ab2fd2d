"""A session's messages on a WebSocket: subprotocol `rtseg.v1`, or in plain JSON `rtseg.v1+json`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from rtseg.engine.outbox import OutboxClosedError
from rtseg.errors import PeerError
from rtseg.server.access import bearer
from rtseg.server.conversation import MAX_MALFORMED, Conversation
from rtseg.server.errors import error_message
from rtseg.server.json_view import JsonView
from rtseg.server.live import Live, LiveManager

PROTOCOL = "rtseg.v1"
JSON_PROTOCOL = "rtseg.v1+json"
TOKEN_PREFIX = "rtseg.token."

CLOSE_NORMAL = 1000
CLOSE_POLICY = 1008
CLOSE_TRY_LATER = 1013
CLOSE_NO_PROTOCOL = 4400
_CLOSE_BY_STATUS = {401: 4401, 404: 4404}

Writer: TypeAlias = Callable[[str | bytes], Awaitable[None]]
"""Sends one message of the session."""

routes = APIRouter()


class _TooMuchNonsenseError(Exception):
    """The client sent `MAX_MALFORMED` messages that mean nothing."""


@routes.websocket("/v1/sessions/{session_id}/stream")
async def stream(socket: WebSocket, session_id: str) -> None:
    """Everything that a session has to say, and prompts in the other direction."""
    manager: LiveManager = socket.app.state.manager
    offered = socket.scope.get("subprotocols", [])
    protocol = next((name for name in offered if name in {PROTOCOL, JSON_PROTOCOL}), None)
    if protocol is None:
        # Accepted first: a browser only sees a close code of a socket that was open.
        await socket.accept()
        await socket.close(
            CLOSE_NO_PROTOCOL, f"expected the subprotocol {PROTOCOL} or {JSON_PROTOCOL}"
        )
        return
    await socket.accept(protocol)
    try:
        live = manager.find(session_id, _token(socket, offered))
    except PeerError as error:
        await socket.send_text(json.dumps(error_message(error)))
        await socket.close(_CLOSE_BY_STATUS[error.status], error.code)
        return
    if live.session.stream_count >= manager.engine.config.server.max_streams_per_session:
        await socket.close(CLOSE_TRY_LATER, "this session has all the streams it may have")
        return
    write = _in_json(socket) if protocol == JSON_PROTOCOL else _as_is(socket)
    await _serve(socket, live, write)


def _token(socket: WebSocket, offered: list[str]) -> str | None:
    for name in offered:
        if name.startswith(TOKEN_PREFIX):
            return name.removeprefix(TOKEN_PREFIX)
    return bearer(socket.headers.get("authorization"))


def _as_is(socket: WebSocket) -> Writer:
    async def write(message: str | bytes) -> None:
        if isinstance(message, str):
            await socket.send_text(message)
        else:
            await socket.send_bytes(message)

    return write


def _in_json(socket: WebSocket) -> Writer:
    view = JsonView()

    async def write(message: str | bytes) -> None:
        # Off the event loop: to decode and write a large outline takes milliseconds.
        for line in await asyncio.to_thread(view.lines, message):
            await socket.send_text(line)
            await asyncio.sleep(0)  # a turn of the loop, in which a hang-up is told

    return write


async def _serve(socket: WebSocket, live: Live, write: Writer) -> None:
    outbox = live.session.subscribe()

    async def send() -> None:
        while True:
            await write(await outbox.take())

    async def receive() -> None:
        conversation = Conversation(live.on_text)
        while not conversation.is_over:
            event = await socket.receive()
            if event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(event.get("code", 1005))
            payload = event.get("text")
            answer = await conversation.answer(payload if payload is not None else event["bytes"])
            if answer is not None:
                outbox.put_message(answer)
        raise _TooMuchNonsenseError

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(send())
            group.create_task(receive())
    except* OutboxClosedError:
        await _close(socket, CLOSE_NORMAL, "the session ended")
    except* _TooMuchNonsenseError:
        await _close(socket, CLOSE_POLICY, f"{MAX_MALFORMED} messages that mean nothing")
    except* WebSocketDisconnect:
        pass
    finally:
        live.session.unsubscribe(outbox)


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await socket.close(code, reason)
    except (RuntimeError, WebSocketDisconnect):
        return  # the other side was faster
