"""A session of the engine joined to its peer: what one camera holds on this server."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import secrets
import time
from collections.abc import Coroutine, Sequence
from typing import Any

from rtseg.engine import Drop, EndReason, Engine, Session
from rtseg.errors import PeerError
from rtseg.server.channels import DataChannels
from rtseg.server.metrics import Metrics
from rtseg.server.prompts import parse
from rtseg.transport.peer import Channel, Peer
from rtseg.transport.reach import Reach
from rtseg.transport.receiving import Dropped
from rtseg.transport.sdp import check_offer
from rtseg.types import Frame, Prompt

logger = logging.getLogger(__name__)

WATCH_INTERVAL_S = 1.0

_DROPS = {
    Dropped.NETWORK: Drop.NETWORK_LOST,
    Dropped.DECODER_BEHIND: Drop.DECODER_BUSY,
    Dropped.DECODE_FAILED: Drop.DECODE_FAILED,
    Dropped.UNSEEN: Drop.LOOP_BUSY,
}


class Live:
    """One camera: its session, its peer, and the token that opens both."""

    def __init__(self, session: Session, manager: LiveManager) -> None:
        self.session = session
        self.token = secrets.token_urlsafe(24)
        self.peer: Peer | None = None
        self._manager = manager
        self._tasks: set[asyncio.Task[None]] = set()
        self._packets = -1
        self._packet_ns = 0
        self._channels = DataChannels(session, self.on_text, self.spawn)

    # What the peer tells (`PeerEvents`).

    def on_frame(self, frame: Frame) -> None:
        self.session.offer(frame)

    def on_sender_report(self, rtp: int, ntp: int) -> None:
        self.session.sender_report(rtp, ntp)

    def on_dropped(self, why: Dropped, count: int) -> None:
        for _ in range(count):
            self._manager.metrics.dropped(_DROPS[why])

    def on_failed(self, why: str) -> None:
        self.spawn(self._manager.end(self, EndReason.FAILED, why))

    def on_channel(self, channel: Channel) -> None:
        self._channels.opened(channel)

    def on_gone(self) -> None:
        self.spawn(
            self._manager.end(self, EndReason.PEER_GONE, "the camera's connection was closed")
        )

    # Both kinds of stream.

    async def on_text(self, text: str | bytes) -> dict[str, Any] | None:
        """Do what a client's message asks; give what to answer to that client alone.

        Raises
        ------
        PeerError
            The message is not one of those in docs/http.md; `bad_message`.
        RtsegError
            It is, but cannot be done.
        """
        message = _parse(text)
        match message:
            case {"type": "ping"}:
                return {"type": "pong", "id": message.get("id")}
            case {"type": "prompts", "prompts": list(prompts)}:
                await self.set_prompts(parse(prompts))
                return None
            case _:
                raise PeerError(
                    'expected {"type": "prompts", "prompts": [{"text": …}]} or {"type": "ping"}, '
                    f"got {str(text)[:100]}",
                    code="bad_message",
                )

    async def set_prompts(self, prompts: Sequence[Prompt]) -> None:
        """Outline these from now on; on an error the session keeps what it had."""
        self.session.follow(await self._manager.engine.route(prompts))

    # Life.

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine that this camera owns."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def gone_because(self, now_ns: int) -> str | None:
        """Say why the peer counts as gone at this monotonic time, None while it does not.

        A camera may rest (a paused video sends no frames), but a peer that lives sends reports at
        least every few seconds. ICE itself would take 30 s to notice.
        """
        bounds = self._manager.engine.config.session
        if self.session.last_frame_ns is None:
            if (now_ns - self.session.opened_ns) / 1e9 > bounds.connect_timeout_s:
                return f"no camera frame came within {bounds.connect_timeout_s:g} s"
            return None
        assert self.peer is not None  # frames came from it
        packets = await self.peer.packets_received()
        if packets != self._packets:
            self._packets, self._packet_ns = packets, now_ns
        if (now_ns - self._packet_ns) / 1e9 > bounds.peer_timeout_s:
            return f"nothing came from the camera for {bounds.peer_timeout_s:g} s"
        return None

    async def close(self) -> None:
        """Close the peer and what this camera still runs."""
        current = asyncio.current_task()
        for task in list(self._tasks):
            if task is not current:
                task.cancel()
        if self.peer is not None:
            await self.peer.close()


class LiveManager:
    """All cameras of a server: opens, finds, watches and ends them."""

    def __init__(self, engine: Engine, metrics: Metrics, reach: Reach) -> None:
        self.engine = engine
        self.metrics = metrics
        self._reach = reach
        self._live: dict[str, Live] = {}

    async def open(
        self, offer: str, prompts: Sequence[Prompt] | None, *, with_timing: bool
    ) -> tuple[Live, str]:
        """Begin a session from an SDP offer; give it and the SDP answer."""
        check_offer(offer)
        session = await self.engine.open(prompts, with_timing=with_timing)
        live = Live(session, self)
        try:
            live.peer, answer = await Peer.answer(offer, live, self._reach)
        except BaseException:
            await self.engine.end(session, EndReason.FAILED, "the offer could not be answered")
            raise
        self._live[session.id] = live
        return live, answer

    def find(self, session_id: str, token: str | None) -> Live:
        """Find a session that this token opens.

        Raises
        ------
        PeerError
            `no_such_session` 404, or `wrong_token` 401.
        """
        live = self._live.get(session_id)
        if live is None:
            raise PeerError(
                "no session has this id; it may have ended. Begin one with POST /v1/sessions",
                code="no_such_session",
                status=404,
            )
        if token is None or not hmac.compare_digest(token.encode(), live.token.encode()):
            raise PeerError(
                "expected the token that POST /v1/sessions gave for this session, got "
                + ("none" if token is None else "another one"),
                code="wrong_token",
                status=401,
            )
        return live

    async def end(self, live: Live, reason: EndReason, message: str) -> None:
        """End a session and everything it holds; may be called twice."""
        if self._live.pop(live.session.id, None) is None:
            return
        logger.info("session %s ended: %s", live.session.id, message)
        await self.engine.end(live.session, reason, message)
        await live.close()

    async def watch(self) -> None:
        """End sessions whose peer is gone, for ever."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            now_ns = time.monotonic_ns()
            for live in list(self._live.values()):
                if why := await live.gone_because(now_ns):
                    await self.end(live, EndReason.PEER_GONE, why)

    async def close(self) -> None:
        """End every session."""
        for live in list(self._live.values()):
            await self.end(live, EndReason.SERVER_SHUTDOWN, "the server is shutting down")


def _parse(text: str | bytes) -> dict[str, Any]:
    try:
        if isinstance(text, bytes):
            raise ValueError("binary")
        message = json.loads(text)
        if not isinstance(message, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        raise PeerError(
            f"expected a JSON object as a text message, got something else ({error})",
            code="bad_message",
        ) from None
    return message
