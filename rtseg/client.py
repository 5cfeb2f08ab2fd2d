"""A client in Python: send a file or a camera, read the outlines.

::

    async with rtseg.client.connect("http://127.0.0.1:8000", "clip.mp4", ["person"]) as live:
        async for update in live:
            for thing in update.message.objects:
                print(update.position_s, thing.label, thing.path.bbox)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from rtseg.errors import PeerError
from rtseg.transport.source import VIDEO_CLOCK_HZ, SourceTrack
from rtseg.types import Prompt
from rtseg.wire import ClockMessage, Decoder, FrameMessage

logger = logging.getLogger(__name__)

HTTP_TIMEOUT_S = 30.0
"""The server may have to load a model before it answers."""

CLOSE_TIMEOUT_S = 0.5
"""For the server to say goodbye on the stream. Where messages wait that nobody read, its goodbye
stands behind them and is not seen at all; the session is ended by a request of its own anyway."""

DRAIN_S = 0.5
"""After the last frame of a source, for its outlines to come back."""

_NTP_TO_UNIX_S = 2_208_988_800
_RTP_MODULUS = 1 << 32


@dataclass(frozen=True, slots=True)
class Update:
    """The outlines of one camera frame.

    Parameters
    ----------
    message : what the server says of the frame.
    position_s : where in the source that frame was, seconds; None until the first sender report
        came back (about a second), and for a track that is not a `SourceTrack`.
    """

    message: FrameMessage
    position_s: float | None


class ServerError(PeerError):
    """The server answered with an error; `code` and `status` are its own."""


class Live:
    """A running session; made by `connect`. Iterate over it for the outlines.

    Attributes
    ----------
    id : of the session.
    stream_url, token : where others may watch it, and what lets them in: docs/http.md.
    prompts : what is outlined, as the server understood it.
    bytes_received : on the stream so far.
    """

    def __init__(self, http: httpx.AsyncClient, answer: dict[str, Any], track: MediaStreamTrack):
        self.id: str = answer["id"]
        self.prompts: list[dict[str, Any]] = answer["prompts"]
        self.bytes_received = 0
        self._http = http
        self.token: str = answer["stream"]["token"]
        self.stream_url = _socket_url(str(http.base_url), answer["stream"]["url"])
        self._track = track
        self._decoder = Decoder()
        self._rtp_origin: int | None = None
        self._socket: ClientConnection | None = None
        self._finishing: asyncio.Task[None] | None = None
        track.on("ended", self._on_source_ended)

    async def __aiter__(self) -> AsyncIterator[Update]:
        """Give each frame's outlines as they come, until the session or the source ends.

        Raises
        ------
        UsageError
            The source could not be read to its end.
        PeerError
            The server told of an error in the stream, or the stream broke.
        """
        assert self._socket is not None
        try:
            async for data in self._socket:
                self.bytes_received += len(data)
                if isinstance(data, str):
                    if self._on_text(json.loads(data)):
                        break
                    continue
                match self._decoder.read(data):
                    case ClockMessage() as clock:
                        self._on_clock(clock)
                    case FrameMessage() as message:
                        yield Update(message, self._position_s(message.frame_id))
        except ConnectionClosed as error:
            if error.rcvd is None or error.rcvd.code not in {1000, 1001, 1012}:
                raise ServerError(f"the stream broke: {error}", code="stream_broke") from None
        if isinstance(self._track, SourceTrack) and self._track.error is not None:
            raise self._track.error

    async def set_prompts(self, prompts: Sequence[str | Prompt]) -> list[dict[str, Any]]:
        """Outline these from now on; gives them as the server understood them.

        Prompts that stay are sent again: with their `id` and more points they are corrected. The
        frame of a point is `Update.message.frame_id` of the frame on which it was made.

        Raises
        ------
        ServerError
            The server cannot outline that; it goes on with what it had.
        """
        body = {"prompts": _prompts_json(prompts)}
        answer = await self._call("PUT", f"/v1/sessions/{self.id}/prompts", json=body)
        self.prompts = answer["prompts"]
        return self.prompts

    async def status(self) -> dict[str, Any]:
        """Ask the server how the session is doing."""
        return await self._call("GET", f"/v1/sessions/{self.id}")

    async def end(self) -> None:
        """End the session on the server; one that has ended already is no error."""
        with contextlib.suppress(ServerError, httpx.HTTPError):
            await self._call("DELETE", f"/v1/sessions/{self.id}")

    async def close(self) -> None:
        """End the session and what runs here for it; may be called twice."""
        self._track.remove_listener("ended", self._on_source_ended)
        if self._finishing is not None:
            self._finishing.cancel()
            await asyncio.gather(self._finishing, return_exceptions=True)
        await self.end()

    def _on_source_ended(self) -> None:
        """End the session when the answers to the last frames had time to come."""

        async def finish() -> None:
            await asyncio.sleep(DRAIN_S)
            await self.end()

        self._finishing = asyncio.ensure_future(finish())

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        return _read(await self._http.request(method, path, headers=headers, **options))

    def _on_text(self, message: dict[str, Any]) -> bool:
        """Take a text message; True at the end of the session."""
        match message:
            case {"type": "end"}:
                return True
            case {"type": "error", "code": "nothing_there"}:
                logger.warning("%s", message["message"])
            case {"type": "error"}:
                raise ServerError(message["message"], code=message["code"])
            case {"type": "prompts"}:
                self.prompts = message["prompts"]
        return False

    def _on_clock(self, clock: ClockMessage) -> None:
        """Learn how RTP time and the source's time are joined.

        aiortc stamps a sender report with the time at which it sent the frame, and asks the track
        for the next one only after that: the frame is the last that was given away before.
        """
        if not isinstance(self._track, SourceTrack) or self._rtp_origin is not None:
            return
        sent_ns = (clock.ntp * 1_000_000_000 >> 32) - _NTP_TO_UNIX_S * 1_000_000_000
        before = [pts for pts, ns in self._track.sent.items() if ns <= sent_ns]
        if before:
            self._rtp_origin = (clock.rtp - before[-1]) % _RTP_MODULUS

    def _position_s(self, frame_id: int) -> float | None:
        if self._rtp_origin is None:
            return None
        return ((frame_id - self._rtp_origin) % _RTP_MODULUS) / VIDEO_CLOCK_HZ


@contextlib.asynccontextmanager
async def connect(
    server: str,
    source: str | Path | MediaStreamTrack,
    prompts: Sequence[str | Prompt] | None = None,
    *,
    size: tuple[int, int] | None = None,
    loop: bool = False,
    timing: bool = False,
    key: str | None = None,
) -> AsyncIterator[Live]:
    """Send a camera to a server and watch its outlines.

    Parameters
    ----------
    server : its address, `http://127.0.0.1:8000`.
    source : a file, a URL or a camera (see `rtseg.transport.source.read_frames`), or a video track
        of your own.
    prompts : what to outline, words or prompts; None is the server's default.
    size : (width, height) to scale a source to, pixels.
    loop : begin a file again at its end.
    timing : ask for the timing record in every frame.
    key : an API key, for a server that wants one.

    Raises
    ------
    ServerError
        The server refused, with its own code and message, or could not be reached.
    UsageError
        The source cannot be opened.
    """
    if isinstance(source, MediaStreamTrack):
        track: MediaStreamTrack = source
    else:
        track = source_track = SourceTrack(source, size=size, loop=loop)
        await source_track.open()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver(track, direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    body: dict[str, Any] = {
        "offer": {"type": "offer", "sdp": peer.localDescription.sdp},
        "timing": timing,
    }
    if prompts is not None:
        body["prompts"] = _prompts_json(prompts)
    async with httpx.AsyncClient(base_url=server, timeout=HTTP_TIMEOUT_S, trust_env=False) as http:
        live: Live | None = None
        try:
            try:
                headers = {} if key is None else {"Authorization": f"Bearer {key}"}
                answer = _read(await http.post("/v1/sessions", json=body, headers=headers))
            except httpx.TransportError as error:
                raise ServerError(
                    f"no server answers at {server}: {error}", code="no_server", status=503
                ) from None
            live = Live(http, answer, track)
            await peer.setRemoteDescription(
                RTCSessionDescription(answer["answer"]["sdp"], "answer")
            )
            async with open_socket(
                live.stream_url,
                subprotocols=["rtseg.v1"],  # type: ignore[list-item]
                additional_headers={"Authorization": f"Bearer {live.token}"},
                compression=None,
                proxy=None,
                close_timeout=CLOSE_TIMEOUT_S,
            ) as live._socket:
                yield live
        except (InvalidHandshake, OSError) as error:
            raise ServerError(
                f"the stream could not be opened: {error}", code="no_stream"
            ) from None
        finally:
            if live is not None:
                await live.close()
            await peer.close()
            track.stop()


def _prompts_json(prompts: Sequence[str | Prompt]) -> list[dict[str, Any]]:
    return [(Prompt(p) if isinstance(p, str) else p).as_json() for p in prompts]


def _socket_url(server: str, path: str) -> str:
    parts = urlsplit(urljoin(server, path))
    return urlunsplit(parts._replace(scheme="wss" if parts.scheme == "https" else "ws"))


def _read(response: httpx.Response) -> dict[str, Any]:
    if response.status_code == 204:
        return {}
    try:
        body = response.json()
        if response.is_success:
            return dict(body)
        error = body["error"]
        raise ServerError(error["message"], code=error["code"], status=response.status_code)
    except (ValueError, KeyError, TypeError):
        raise ServerError(
            f"expected an rtseg server, got status {response.status_code} with "
            f"{response.text[:80]!r}",
            code="not_rtseg",
            status=response.status_code,
        ) from None
