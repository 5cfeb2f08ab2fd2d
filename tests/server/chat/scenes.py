"""Drawn objects, and answers about them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from rtseg.formats import Outlined
from rtseg.models import Route
from rtseg.server.chat.choosing import Plan
from rtseg.server.chat.completion import pieces
from rtseg.server.chat.reading import Mode
from rtseg.server.chat.scene import MaskFile, Scene, lay_out
from rtseg.server.chat.schemas import check, fill, parse
from rtseg.types import BoolMask, Prompt

SHAPE = (100, 200)


def box(x0: int, y0: int, x1: int, y1: int) -> BoolMask:
    mask = np.zeros(SHAPE, np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


CARS_AND_A_PERSON = (
    Outlined(1, "car", 0.9, box(10, 20, 60, 50), "yolo", 0),
    Outlined(2, "car", 0.7, box(100, 20, 160, 60), "yolo", 0),
    Outlined(3, "person", 0.8, box(70, 10, 90, 90), "people", 1),
)


def plan_of(mode: Mode = "instance", *, everything: bool = False) -> Plan:
    """Cars and people were asked for."""
    prompts = (Prompt("cars"), Prompt("people"))
    routes = (Route("yolo", "car"), Route("people", "person"))
    return Plan(mode, prompts, routes, 2, everything=everything)


def scene_of(mode: Mode = "instance", objects: tuple[Outlined, ...] = CARS_AND_A_PERSON) -> Scene:
    return lay_out(plan_of(mode), objects, SHAPE, "a-session-of-its-own")


def shown(mask: MaskFile) -> str:
    """What stands in place of a mask's address: `url car 1500` is its label and its pixels."""
    if mask.form == "artifact":
        return "img_abc123"
    of = "map" if mask.entry is None else f"{mask.entry.label} {mask.entry.one.area_px}"
    return f"{mask.form} {of}"


def answer(
    schema: type[BaseModel] | dict[str, Any],
    mode: Mode = "instance",
    objects: tuple[Outlined, ...] = CARS_AND_A_PERSON,
) -> Any:
    """Fill a schema as the server does; what comes is valid by it."""
    written = schema if isinstance(schema, dict) else schema.model_json_schema()
    node = parse(written)
    check(node, mode, plan_of().phrases)
    filled = fill(node, scene_of(mode, objects))
    text = "".join(
        part if isinstance(part, str) else json.dumps(shown(part)) for part in pieces(filled)
    )
    read = json.loads(text)
    Draft202012Validator(written).validate(read)
    if not isinstance(schema, dict):
        schema.model_validate_json(text)
    return read
