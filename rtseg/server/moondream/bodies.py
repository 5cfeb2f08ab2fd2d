"""What clients send: Moondream's keys, and rtseg's own beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rtseg.errors import UsageError
from rtseg.images.spatial import prompts_of
from rtseg.models import Catalogue
from rtseg.server.model_names import wanted
from rtseg.server.prompts import PromptBody
from rtseg.types import Box, Point, Prompt

EXAMPLE_IMAGE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAKklEQVQoz2O0sbFhIA"
    "UwMZAIaK+BBY2/ZdUCTEU+YQmD2Q/DQQPjMEhLAIKBBIl77LpeAAAAAElFTkSuQmCC"
)
"""A light square on dark ground, 16×16, so that what the document shows can be sent as it is."""

_FRACTIONS = {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}}
_REF: dict[str, Any] = {"anyOf": [_FRACTIONS | {"minItems": n, "maxItems": n} for n in (2, 4)]}


class _Body(BaseModel):
    # The services' clients send keys that rtseg has no use for, and new ones every year.
    model_config = ConfigDict(extra="ignore")


class Settings(_Body):
    """How to answer. Those of a language model (`temperature`, `max_tokens` …) change nothing."""

    max_objects: int | None = Field(None, ge=1, description="things at most, the first ones")


class AskBody(_Body):
    """A picture, and what to look for in it."""

    image_url: str = Field(
        description="the picture: data:image/jpeg;base64,… or an address",
        examples=[EXAMPLE_IMAGE],
    )
    object: str | None = Field(
        None, description="what it is, a word or a short phrase", examples=["person"]
    )
    spatial_refs: list[list[float]] | None = Field(
        None,
        description="touches, in fractions of the picture's width and height: [x, y] is a point on "
        "it, [x_min, y_min, x_max, y_max] a box around it. Points and a box say one object, "
        "several boxes say several of them",
        examples=[[[0.5, 0.3]]],
        json_schema_extra={"items": _REF},
    )
    prompts: list[PromptBody] | None = Field(
        None,
        description="rtseg's own, instead of object and spatial_refs: several things at once, and "
        "points that are not on it; as of sessions, without frames",
        examples=[None],
    )
    model: str | None = Field(
        None,
        description='of GET /v1/models; left out, "auto" or a service\'s own name: the best',
        examples=[None],
    )
    variant: str | None = Field(
        None, description="the same, as Moondream's client for Node calls it", examples=[None]
    )
    settings: Settings | None = Field(None, examples=[None])

    def asked(self, catalogue: Catalogue) -> tuple[Prompt, ...]:
        """Return what is asked, one prompt for each object.

        Raises
        ------
        UsageError
            A key is wrong, or nothing is asked for; the message names the key.
        PeerError
            `unknown_model`.
        """
        model = wanted(self.model or self.variant, catalogue)
        if not self.prompts:
            return prompts_of(self.object or "", self.spatial_refs or (), model=model)
        if (self.object or "").strip() or self.spatial_refs:
            raise UsageError(
                "prompts: expected either prompts or object and spatial_refs, got both; each "
                "prompt has its own text, points and box"
            )
        prompts = []
        for position, body in enumerate(self.prompts):
            prompt = body.to_prompt()
            touches: list[Point | Box] = [*prompt.points, *([prompt.box] if prompt.box else [])]
            if any(touch.frame_id is not None for touch in touches):
                raise UsageError(
                    f"prompts[{position}]: expected no frame, a single image has none; leave it out"
                )
            prompts.append(replace(prompt, model=wanted(prompt.model, catalogue) or model))
        return tuple(prompts)

    @property
    def words(self) -> str:
        """What it is about, for people."""
        if not self.prompts:
            return (self.object or "").strip()
        return ", ".join(dict.fromkeys(body.text.strip() for body in self.prompts if body.text))

    @property
    def max_objects(self) -> int | None:
        """How many things to answer at most; None for all."""
        return self.settings.max_objects if self.settings else None


MaskForm = Literal["png", "rle", "url"]


class SegmentBody(AskBody):
    """A picture, what to outline in it, and in which form."""

    stream: bool | None = Field(
        None, description="answer in parts, as Server-Sent Events", examples=[False]
    )
    mask: Annotated[
        MaskForm | None,
        Field(
            description="exact masks beside the paths: png is a data URI, rle COCO's run lengths, "
            "url a signed address",
            examples=["rle"],
        ),
    ] = None
    format: str | None = Field(
        None, description="answer with a file of this format instead", examples=[None]
    )


def example(**more: Any) -> dict[str, Any]:
    """Give a body for the document."""
    return {"image_url": EXAMPLE_IMAGE, **more}
