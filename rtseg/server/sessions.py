"""The routes of sessions: docs/http.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from rtseg.engine import EndReason
from rtseg.server.access import admit, bearer
from rtseg.server.live import Live, LiveManager
from rtseg.server.prompts import PromptBody
from rtseg.server.stream import PROTOCOL

routes = APIRouter(prefix="/v1/sessions", tags=["sessions"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Offer(_Body):
    """A session description as `RTCPeerConnection.createOffer` makes it."""

    type: Literal["offer"]
    sdp: str


class SessionRequest(_Body):
    """Begin a session."""

    offer: Offer
    prompts: list[PromptBody] | None = Field(None, description="left out: the server's default")
    timing: bool = Field(False, description="put the timing record in every packet")


class PromptsRequest(_Body):
    """Outline these from now on; an empty list pauses."""

    prompts: list[PromptBody]


def manager_of(request: Request) -> LiveManager:
    """Give the server's manager, which lives as long as the application."""
    manager = request.app.state.manager
    assert isinstance(manager, LiveManager)
    return manager


def find(
    session_id: str,
    request: Request,
    authorization: Annotated[str | None, Header()] = None,
) -> Live:
    """Give the session of the path if the request has its token."""
    return manager_of(request).find(session_id, bearer(authorization))


Manager = Annotated[LiveManager, Depends(manager_of)]
Found = Annotated[Live, Depends(find)]


@routes.post("", status_code=201, summary="Send a camera", dependencies=[Depends(admit)])
async def begin(request: SessionRequest, manager: Manager) -> dict[str, Any]:
    """An SDP offer that sends video in; its answer, and the address of the outlines, out.

    The outlines come on a WebSocket at `stream.url`, in subprotocol `rtseg.v1`, or to be read by
    people in `rtseg.v1+json`; `stream.token` opens it.
    """
    prompts = None
    if request.prompts is not None:
        prompts = [prompt.to_prompt() for prompt in request.prompts]
    live, answer = await manager.open(request.offer.sdp, prompts, with_timing=request.timing)
    session = live.session
    return {
        "id": session.id,
        "answer": {"type": "answer", "sdp": answer},
        "stream": {
            "url": f"/v1/sessions/{session.id}/stream",
            "protocol": PROTOCOL,
            "token": live.token,
        },
        "prompts": session.prompts_json(),
    }


@routes.get("/{session_id}", summary="Look how a session is doing")
async def show(live: Found) -> dict[str, Any]:
    """What became of its frames, who watches, and what is outlined."""
    session = live.session
    return {
        "id": session.id,
        "state": "connecting" if session.last_frame_ns is None else "live",
        "age_s": round(session.age_s(), 3),
        "frames": session.counts.as_json(),
        "streams": session.stream_count,
        "prompts": session.prompts_json(),
    }


@routes.put("/{session_id}/prompts", summary="Change what is outlined")
async def set_prompts(live: Found, request: PromptsRequest) -> dict[str, Any]:
    """The whole list that is wanted from now on, while the camera runs; an empty one pauses."""
    await live.set_prompts([prompt.to_prompt() for prompt in request.prompts])
    return {"prompts": live.session.prompts_json()}


@routes.delete("/{session_id}", status_code=204, summary="End a session")
async def end(live: Found, manager: Manager) -> None:
    """Close its connection and its streams, and forget what was outlined."""
    await manager.end(live, EndReason.CLOSED, "the client ended the session")
