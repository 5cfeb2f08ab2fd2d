"""An answer in the caller's own schema: what a scene holds, put where its fields mean it.

The answer is walked from the top. A list of objects gets one line for each entry of the scene; a
mapping, or fields that are named for what was asked, one for each class; and below them, fields get
what `meanings` says of them. What may be left out and cannot be filled is left out.

Masks are not written here: a `MaskFile` stands for each, until the answer is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rtseg.formats import Outlined
from rtseg.models import Route
from rtseg.server.chat.choosing import Plan
from rtseg.server.chat.errors import RequestError
from rtseg.server.chat.reading import Mode
from rtseg.server.chat.scene import Entry, Scene, lay_out
from rtseg.server.chat.schemas import values
from rtseg.server.chat.schemas.entries import (
    EntryFiller,
    NothingThereError,
    default_schema,
    objects_of,
)
from rtseg.server.chat.schemas.meanings import KNOWN, meaning, snake
from rtseg.server.chat.schemas.structure import (
    CONTAINERS,
    is_constant,
    is_entry,
    is_named,
    lists_in,
)
from rtseg.server.chat.schemas.tree import Node
from rtseg.server.chat.schemas.validity import is_valid
from rtseg.server.chat.schemas.values import UnfillableError
from rtseg.types import Prompt


def check(node: Node, mode: Mode, phrases: Sequence[str]) -> None:
    """See that a schema can be filled, before any model runs.

    Raises
    ------
    RequestError
        `unfillable_schema`: a field that must be there wants something that rtseg does not have.
    """
    names = [*phrases, "object"][: max(1, len(phrases))]
    mask = np.ones((2, 2), np.bool_)
    objects = [Outlined(0, name, 0.5, mask, "model", place) for place, name in enumerate(names)]
    prompts = tuple(Prompt(name) for name in names)
    routes = tuple(Route("model", name) for name in names)
    laid_out: Mode = "semantic" if mode == "panoptic" else mode
    scene = lay_out(Plan(laid_out, prompts, routes, len(prompts)), objects, mask.shape)
    if mode == "panoptic":  # the probe's masks are one another's, and a map has no overlaps
        scene = replace(scene, mode="panoptic")
    fill(node, scene, is_probe=True)


def fill(node: Node, scene: Scene, *, is_probe: bool = False) -> Any:
    """Put a scene into a schema.

    Parameters
    ----------
    node : the schema.
    scene : what was found.
    is_probe : the scene is made up: bounds that depend on what was found are not looked at.

    Returns
    -------
    JSON, in which a `MaskFile` stands for every mask.

    Raises
    ------
    RequestError
        `unfillable_schema`: a field that must be there cannot be filled.
    NothingThereError
        It could, if more had been found.
    """
    try:
        answer = _Filler(scene, is_probe).picture(node)
        if not is_valid(answer, node, counts=not is_probe):
            raise UnfillableError(node.path, "it is none of what rtseg finds")
    except UnfillableError as error:
        raise _unfillable(error) from None
    return answer


def _unfillable(error: UnfillableError) -> RequestError:
    return RequestError(
        f"the schema wants {error.path or 'an answer'}, which rtseg cannot fill: {error.why}. "
        f"What it can fill is known by its name or description: {KNOWN}; make the field optional, "
        "or leave it out",
        code="unfillable_schema",
        param="response_format",
    )


class _Filler(EntryFiller):
    """Fills what tells of the picture as a whole, and what is in it."""

    def __init__(self, scene: Scene, is_probe: bool) -> None:
        super().__init__(scene, is_probe)
        self._together = _as_one(scene.entries) if scene.entries else None

    def picture(self, node: Node) -> Any:
        """Fill what tells of the picture as a whole."""
        if node.kind == "union":
            return self._first(node, self.picture)
        if node.kind == "object":
            if is_entry(node):
                return self._surest(node)
            if not node.fields:
                if node.is_closed:
                    return {}
                if node.rest is None or node.rest.kind == "any":
                    return self.picture(self._open())
                return self._by_label(node.rest)
            others = self._other_things(node)
            return self._fields(
                node,
                lambda below: (
                    self._group(below, ()) if below.name in others else self.picture_field(below)
                ),
            )
        if node.kind == "array":
            return self.lines(node)
        if node.kind == "any":
            return self.picture(self._open())
        return self.picture_field(node)

    def _open(self) -> Node:
        return default_schema(self._scene.mode)

    def _other_things(self, node: Node) -> frozenset[str]:
        """Return fields that are named for things that were not asked for, beside some that were:
        `dogs`, where `cars` were."""
        names = [name for name, each in node.fields.items() if is_named(each)]
        asked = {name for name in names if self._scene.called(name.replace("_", " ")) is not None}
        return frozenset(names) - asked if asked else frozenset()

    def picture_field(self, node: Node) -> Any:
        """Fill a field of the whole picture."""
        some = node.some()
        if some is not node:
            return self._first(node, self.picture_field)
        if is_constant(node):
            return node.enum[0] if node.enum else None
        named = self._scene.called(node.name.replace("_", " ")) if node.name else None
        means = meaning(node)
        may_be_named = means in {None, "label"} and snake(node.name) not in CONTAINERS
        if named is not None and may_be_named:
            return self._group(node, named)
        if node.kind == "union":
            return self._first(node, self.picture_field)
        if node.kind == "array":
            return self._size(node) if means == "size" else self.lines(node)
        if node.kind == "object":
            return self._size(node) if means == "size" else self.picture(node)
        return self._picture_leaf(node, means)

    def _picture_leaf(self, node: Node, means: str | None) -> Any:
        scene = self._scene
        match means:
            case "mask":
                return self._mask_file(node, None)
            case "count":
                return values.number(len(self._counted(node)), node)
            case "width" | "height":
                return values.number(scene.shape[means == "width"], node)
            case "found":
                found = self._counted(node)
                return bool(found) if node.kind == "boolean" else self._no(node)
            case "mode" if not node.enum or scene.mode in node.enum:
                return scene.mode
            case "session" if node.kind == "string":
                return scene.session_id or "session"
            case "model" if node.kind == "string":
                return ", ".join(dict.fromkeys(entry.one.model for entry in scene.entries))
            case "label" if node.kind == "string" and not node.enum:
                return ", ".join(entry.label for entry in scene.classes)
            case "area" | "score" | "rle" | "path" | "polygon" | "bbox" | "centre":
                if self._together is None:
                    raise NothingThereError(f"{node.path} wants one, and nothing was found")
                return self._leaf(node, means, self._together, shares=False)
        return self._no(node)

    def _counted(self, node: Node) -> Sequence[Entry]:
        """Return what a count counts: `num_cars` the cars, `count` everything."""
        words = " ".join(
            word
            for word in snake(node.name).split("_")
            if word not in {"num", "n", "number", "of", "count", "total", "has", "is", "found"}
        )
        named = self._scene.called(words) if words else None
        return self._scene.entries if named is None else objects_of(named)

    def _surest(self, node: Node) -> Any:
        entries = self._scene.entries
        if not entries:
            raise NothingThereError("the schema has room for one object, and none was found")
        fitting = self._fitting(node, entries)
        if not fitting:
            raise NothingThereError("what was found has none of the labels that the schema allows")
        return self.entry(node, max(fitting, key=lambda entry: entry.one.score))

    def _by_label(self, node: Node) -> dict[str, Any]:
        return {entry.label: self._group(node, (entry,)) for entry in self._scene.classes}

    def _group(self, node: Node, entries: Sequence[Entry]) -> Any:
        """Fill what is named for a kind of thing with the things of this kind."""
        some = node.some()
        if meaning(node) == "count" or some.kind == "integer":
            return values.number(len(objects_of(entries)), some)
        things = tuple(entries) if self._scene.mode == "semantic" else objects_of(entries)
        if some.kind == "array":
            return self.lines(some, things)
        if some.kind == "boolean":
            return bool(things)
        if not things:
            if node.is_nullable:
                return None
            raise NothingThereError(f"{node.path} wants one, and none was found")
        if some.kind == "object":
            if not is_entry(some) and (lists := lists_in(some)):
                return self._fields(some, lambda below: self._list_or_leaf(below, things, lists))
            return self.entry(some, max(things, key=lambda entry: entry.one.score))
        whole = things[0] if len(things) == 1 else _as_one(things)
        return self._mask_file(some, whole) if some.kind == "string" else self._no(node)

    def _list_or_leaf(self, node: Node, things: Sequence[Entry], lists: Sequence[str]) -> Any:
        if node.name in lists:
            return self.lines(node.some(), things)
        return self.entry_field(node, _as_one(things), shares=False)


def _as_one(entries: Sequence[Entry]) -> Entry:
    mask = entries[0].one.mask
    for entry in entries[1:]:
        mask = mask | entry.one.mask
    surest = max(entries, key=lambda entry: entry.one.score)
    return replace(surest, one=replace(surest.one, mask=mask), members=tuple(entries))
