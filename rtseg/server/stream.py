"""A session's messages on a WebSocket, subprotocol `rtseg.v1`."""

from __future__ import annotations

import asyncio
import json

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from rtseg.engine.outbox import OutboxClosedError
from rtseg.errors import PeerError, RtsegError
from rtseg.server.access import bearer
from rtseg.server.live import Live, LiveManager, error_message

PROTOCOL = "rtseg.v1"
TOKEN_PREFIX = "rtseg.token."
MAX_MALFORMED = 16

CLOSE_NORMAL = 1000
CLOSE_POLICY = 1008
CLOSE_TRY_LATER = 1013
CLOSE_NO_PROTOCOL = 4400
_CLOSE_BY_STATUS = {401: 4401, 404: 4404}


routes = APIRouter()


class _TooMuchNonsenseError(Exception):
    """The client sent `MAX_MALFORMED` messages that mean nothing."""


@routes.websocket("/v1/sessions/{session_id}/stream")
async def stream(socket: WebSocket, session_id: str) -> None:
    """Everything that a session has to say, and prompts in the other direction."""
    manager: LiveManager = socket.app.state.manager
    offered = socket.scope.get("subprotocols", [])
    if PROTOCOL not in offered:
        # Accepted first: a browser only sees a close code of a socket that was open.
        await socket.accept()
        await socket.close(CLOSE_NO_PROTOCOL, f"expected the subprotocol {PROTOCOL}")
        return
    await socket.accept(PROTOCOL)
    try:
        live = manager.find(session_id, _token(socket, offered))
    except PeerError as error:
        await socket.send_text(json.dumps(error_message(error)))
        await socket.close(_CLOSE_BY_STATUS[error.status], error.code)
        return
    if live.session.stream_count >= manager.engine.config.server.max_streams_per_session:
        await socket.close(CLOSE_TRY_LATER, "this session has all the streams it may have")
        return
    await _serve(socket, live)


def _token(socket: WebSocket, offered: list[str]) -> str | None:
    for name in offered:
        if name.startswith(TOKEN_PREFIX):
            return name.removeprefix(TOKEN_PREFIX)
    return bearer(socket.headers.get("authorization"))


async def _serve(socket: WebSocket, live: Live) -> None:
    outbox = live.session.subscribe()

    async def send() -> None:
        while True:
            message = await outbox.take()
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)

    async def receive() -> None:
        malformed = 0
        while True:
            event = await socket.receive()
            if event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(event.get("code", 1005))
            payload = event.get("text")
            try:
                answer = await live.on_text(payload if payload is not None else event["bytes"])
            except RtsegError as error:
                answer = error_message(error)
                if isinstance(error, PeerError) and error.code == "bad_message":
                    malformed += 1
            if answer is not None:
                outbox.put_message(json.dumps(answer))
            if malformed >= MAX_MALFORMED:
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
