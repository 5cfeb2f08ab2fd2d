"""Chat completions in OpenAI's form: whole, and as the events of a stream."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from rtseg.server.chat.scene import MaskFile
from rtseg.server.events import event

_NO_TOKENS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""rtseg reads no tokens and bills none."""


def new_id() -> str:
    """Return the id of a completion."""
    return f"chatcmpl-{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True)
class Head:
    """What all parts of one completion share.

    Parameters
    ----------
    model : as the client named it.
    created_s : Unix time, seconds.
    session_id : under which its artifacts are.
    id : of the completion.
    """

    model: str
    created_s: int
    session_id: str
    id: str = field(default_factory=new_id)

    def _object(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created_s,
            "model": self.model,
            "session_id": self.session_id,
        }

    def whole(
        self, *, content: str | None = None, refusal: str | None = None, read_as: dict[str, Any]
    ) -> dict[str, Any]:
        """Return a completion with an answer or a refusal."""
        message = {"role": "assistant", "content": content, "refusal": refusal}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._object("chat.completion"),
            "choices": [choice],
            "usage": _NO_TOKENS,
            "rtseg": read_as,
        }

    def chunk(
        self,
        *,
        content: str | None = None,
        refusal: str | None = None,
        role: str | None = None,
        finish_reason: str | None = None,
        with_usage: bool = False,
    ) -> bytes:
        """Return an event of a stream.

        Parameters
        ----------
        content, refusal : the next piece of it.
        role : of the first event.
        finish_reason : of the last.
        with_usage : the stream will end with its usage, which all others say is not here yet.
        """
        said = {"role": role, "content": content, "refusal": refusal}
        delta = {key: value for key, value in said.items() if value is not None}
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        body = {**self._object("chat.completion.chunk"), "choices": [choice]}
        if with_usage:
            body["usage"] = None
        return event(body)

    def usage(self) -> bytes:
        """Return the event that `stream_options.include_usage` asks for."""
        return event({**self._object("chat.completion.chunk"), "choices": [], "usage": _NO_TOKENS})


def pieces(answer: Any) -> list[str | MaskFile]:
    """Write an answer as JSON text, with its masks in between for which there is no text yet.

    Joined, with each mask's text as a JSON string, it is the answer.
    """
    files: list[MaskFile] = []
    mark = secrets.token_hex(16)  # nothing in the answer says this by chance

    def placed(file: MaskFile) -> str:
        files.append(file)
        return mark

    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, default=placed)
    texts = text.split(f'"{mark}"')
    parts = [part for pair in zip(texts, files, strict=False) for part in pair]
    return [part for part in (*parts, texts[-1]) if part]
