"""Prompts as clients send them, docs/http.md."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rtseg.errors import PeerError
from rtseg.types import Box, Point, Prompt

_FRAME = Field(
    None,
    ge=0,
    lt=1 << 32,
    description="RTP timestamp of the camera frame on which it was made; left out: the newest",
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PointBody(_Body):
    """A place in the picture, in fractions of its width and height."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    positive: bool = Field(True, description="on the object; false: not on it")
    frame: int | None = _FRAME


class BoxBody(_Body):
    """A rectangle, in fractions of the picture's width and height."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    frame: int | None = _FRAME


class PromptBody(_Body):
    """What to outline: words, touches, or both."""

    id: str = Field("", max_length=64, description="your own name for it, each once in a list")
    text: str = Field("", examples=["person"])
    points: list[PointBody] = Field(default_factory=list)
    box: BoxBody | None = None
    model: str | None = Field(None, description='of GET /v1/models; left out or "auto": the best')

    def to_prompt(self) -> Prompt:
        """Return it as the engine knows it.

        Raises
        ------
        UsageError
            A box is inside out or not in the picture.
        """
        return Prompt(
            self.text,
            tuple(Point(p.x, p.y, p.positive, p.frame) for p in self.points),
            None
            if (box := self.box) is None
            else Box(box.x_min, box.y_min, box.x_max, box.y_max, box.frame),
            None if self.model in {None, "", "auto"} else self.model,
            self.id,
        )


_LIST = TypeAdapter(list[PromptBody])


def parse(items: list[Any]) -> list[Prompt]:
    """Read a list of prompts out of a message.

    Raises
    ------
    PeerError
        `bad_message`: it is not one.
    UsageError
        As `PromptBody.to_prompt`.
    """
    try:
        return [body.to_prompt() for body in _LIST.validate_python(items)]
    except ValidationError as error:
        problems = "; ".join(
            f"prompts.{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors()[:3]
        )
        raise PeerError(
            f'expected prompts such as {{"text": "person"}} or {{"points": [{{"x": 0.5, "y": 0.5}}'
            f"]}}, got something else: {problems}",
            code="bad_message",
        ) from None
