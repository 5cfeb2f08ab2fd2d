"""What clients get, for the document at /docs: the answers themselves are written as dicts."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from rtseg.server.moondream.bodies import example


class Region(BaseModel):
    """A box in fractions of the picture's width and height, around whole pixels."""

    x_min: float = Field(ge=0, le=1)
    y_min: float = Field(ge=0, le=1)
    x_max: float = Field(ge=0, le=1)
    y_max: float = Field(ge=0, le=1)


class Outline(BaseModel):
    """One thing, or all that was asked for."""

    path: str = Field(
        description="SVG path data in [0, 1] of bbox, to be filled by the nonzero rule; empty: "
        "nothing was found"
    )
    bbox: Region | None = Field(description="around its pixels; null: nothing was found")
    label: str
    score: float = Field(ge=0, le=1, description="how sure the model is")
    model: str = Field(description="who found it")
    area_px: int = Field(ge=0, description="pixels of its mask")
    mask: str | dict[str, Any] | None = Field(
        None, description="where the request asks for one: a data URI, COCO's run lengths, a URL"
    )


class Instance(Outline):
    """One thing that was found."""

    id: int = Field(ge=1)
    prompt: int = Field(ge=0, description="position of the prompt that it answers")


class SegmentAnswer(Outline):
    """The surest thing of each prompt, joined; and everything that was found."""

    instances: list[Instance]


class Box(Region):
    """A thing that was found."""

    label: str
    score: float = Field(ge=0, le=1)


class DetectAnswer(BaseModel):
    """Boxes, surest first; none: it was looked for and is not there."""

    objects: list[Box]


class Place(BaseModel):
    """A place on a thing, in fractions of the picture's width and height."""

    x: float = Field(ge=0, le=1)
    y: float = Field(ge=0, le=1)
    label: str
    score: float = Field(ge=0, le=1)


class PointAnswer(BaseModel):
    """A place on each thing, surest first; none: it was looked for and is not there."""

    points: list[Place]


class Problem(BaseModel):
    """What went wrong."""

    code: str = Field(description="for programs; stays as it is", examples=["unknown_prompt"])
    message: str = Field(description="for people: what was expected, what came, what to do")


class Error(BaseModel):
    """Every answer that is not 2xx."""

    error: Problem


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "The request cannot be served; the message says why."},
    401: {"model": Error, "description": "This server wants a key."},
    413: {"model": Error, "description": "The body or the picture is too large."},
    415: {"model": Error, "description": "It is no picture that rtseg reads."},
    429: {"model": Error, "description": "Too many requests; Retry-After says when to try again."},
    503: {
        "model": Error,
        "description": "No model for this is on the server, it failed, or too many callers wait.",
    },
}

STREAM_EXAMPLE = """\
data: {"type": "bbox", "bbox": {"x_min": 0.1, "y_min": 0.2, "x_max": 0.5, "y_max": 0.9}}

data: {"type": "path_delta", "chunk": "M 0 0.76 L 0.4", "completed": false}

data: {"type": "path_delta", "chunk": " 0 L 1 1 Z", "completed": false}

data: {"type": "final", "path": "M 0 0.76 C …", "bbox": {…}, "instances": […], "completed": true}

"""

SEGMENT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": SegmentAnswer,
        "description": "What was found. With `stream` the same in parts; with `format` a file.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
    },
    **ERRORS,
}

SEGMENT_EXAMPLES: dict[str, Any] = {
    "words": {"summary": "By a word", "value": example(object="person")},
    "point": {"summary": "By a touch", "value": example(object="", spatial_refs=[[0.5, 0.5]])},
    "box": {
        "summary": "By a box, with its exact mask",
        "value": example(object="square", spatial_refs=[[0.2, 0.1, 0.9, 0.9]], mask="rle"),
    },
    "stream": {"summary": "In parts", "value": example(object="person", stream=True)},
    "prompts": {
        "summary": "Several things, with a place that is not on one",
        "value": example(
            prompts=[
                {"text": "person"},
                {"points": [{"x": 0.5, "y": 0.5}, {"x": 0.1, "y": 0.1, "positive": False}]},
            ]
        ),
    },
    "file": {
        "summary": "As an SVG document",
        "value": example(object="", spatial_refs=[[0.5, 0.5]], format="svg"),
    },
}
WORD_EXAMPLES: dict[str, Any] = {"words": SEGMENT_EXAMPLES["words"]}
